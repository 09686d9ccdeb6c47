// Package identity is the core of people: who asks, what they may do, how they prove who they
// are, and what happens when they fail too often.
//
// # Purity
//
// The package knows no database, no network and no clock: state and time are arguments, random
// bytes come from an [io.Reader]. The one thing with a life of its own is the [Hasher], which
// bounds how many passwords are hashed at once.
//
// # What is here
//
//   - [Actor], [Role], [Permission], [Scopes]: who asks and what that allows.
//   - [PasswordPolicy]: what a new password must be (S0-36 to S0-38).
//   - [Hasher] and [PasswordHash]: argon2id, expensive on purpose and bounded on purpose.
//   - [LockoutPolicy] and [Lockout]: one timeline for every door to a password and for addresses
//     (S0-39 to S0-49, software_DNA §8).
//   - [NewToken] and [ParseToken]: random credentials of programs, stored only as hashes.
//   - [Secret]: a text that does not show itself.
//
// # Signing in without a gap
//
// A use case that checks a password does four things. It loads the [Lockout] and refuses at once
// with [LockoutPolicy.Check], before any hashing. It verifies with [Hasher.Verify], giving the
// empty hash for an unknown account, which costs as much as a wrong password. Then, in the one
// transaction that holds the row, it loads the Lockout again and refuses with Check even when the
// password was right: so guesses racing past the first look gain nothing. Last it stores what
// [LockoutPolicy.Failed] or [LockoutPolicy.Succeeded] returned, where it differs.
package identity
