// Package license is the core of Licet: what a license is, and what may be done with it.
//
// # Shape
//
// Every rule is a pure function: a snapshot of what is stored ([State]), what a client says
// ([Claim]) and the time go in; a [Verdict] or a [Change] comes out. The package knows no
// database, no network, no clock and no source of randomness: time and random bytes are
// arguments. Whoever calls a rule loads the state, asks, and stores what the Change says, in one
// transaction.
//
// # One truth for every dialect
//
// A dialect (RMZ, LicenseSpring, KeyAuth, software_DNA, the native API) translates; it never
// decides. A refusal is an [Error] with a [Reason]; each dialect owns a table from Reason to its
// own words. The rules themselves are rows of one table ([Rules]), printed to docs/rules.md.
//
// # Terms
//
// A license owns its [Terms]. A [Policy] is only a template that is copied at issue; editing it
// later changes no license. Terms hold no dates and no counters, only what was agreed; dates and
// counters live on the [License].
package license
