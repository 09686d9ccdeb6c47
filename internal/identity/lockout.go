package identity

import (
	"bytes"
	"encoding/json"
	"time"

	"licet/internal/license"
)

// Minutes is a length of time in whole minutes, the unit lockout policies are written in.
type Minutes int32

// Duration returns m as a time.Duration.
func (m Minutes) Duration() time.Duration { return time.Duration(m) * time.Minute }

const (
	hour Minutes = 60
	day  Minutes = 24 * hour
)

// IdleFrom says from which moment the idle time of a [LockoutPolicy] is counted.
type IdleFrom string

// The moments idle time may be counted from. The empty IdleFrom means FromLockEnd.
const (
	FromLockEnd     IdleFrom = "lock_end"     // the last failure or the end of the last lock, whichever is later
	FromLastFailure IdleFrom = "last_failure" // the last failure, so a long lock uses idle time up
)

// LockoutPolicy says when failures lock, for how long, and when they are forgotten (S0-39). There
// is one per audience, and tenants may have their own (S0-47).
//
// One rule expresses all of it. Failures are counted; the FailuresPerRound-th begins a lock and a
// new round. Lock n lasts First + (n-1)*Step, or First * 2^(n-1) when Doubling, and never more
// than MaxLock; the lock after TemporaryLocks of them is permanent. Count and level are forgotten
// after IdleReset without a failure, the count alone when Window has passed since the round's
// first failure. Nothing is forgotten during a lock.
//
// The zero value is [Portal].
type LockoutPolicy struct {
	// FailuresPerRound is how many failures begin a lock; 1 to 1000.
	FailuresPerRound int `json:"failures_per_round"`
	// FirstLock is the length of the first lock; from 1 minute.
	FirstLock Minutes `json:"first_lock_minutes"`
	// Step is added for each further lock; 0 means that all are equal. Must be 0 when Doubling.
	Step Minutes `json:"step_minutes"`
	// MaxLock is the longest temporary lock; FirstLock to 366 days.
	MaxLock Minutes `json:"max_lock_minutes"`
	// TemporaryLocks is how many locks end by themselves before one is permanent; license.Unlimited
	// (null) means that none ever is.
	TemporaryLocks license.Limit `json:"temporary_locks_before_permanent"`
	// IdleReset is the time without a failure after which everything is forgotten; 0 means never.
	IdleReset Minutes `json:"idle_reset_minutes"`
	// IdleResetFrom is where IdleReset begins; empty means lock_end.
	IdleResetFrom IdleFrom `json:"idle_reset_from"`
	// ResetOnSuccess makes a success outside a lock forget everything.
	ResetOnSuccess bool `json:"reset_on_success"`
	// CountWhileLocked counts attempts during a lock too; a full round then begins the next lock at once.
	CountWhileLocked bool `json:"count_while_locked"`
	// Window is the span, from a round's first failure, in which a round must fill up; the first
	// failure after it begins a new round at the same level. 0 means no such span.
	Window Minutes `json:"window_minutes"`
	// Doubling makes each lock twice as long as the one before, instead of adding Step.
	Doubling bool `json:"doubling"`
}

// Portal is the policy for license users and license managers (S0-40): 10 failures, then 15, 30,
// 45, 60, 60, … minutes, never permanent.
func Portal() LockoutPolicy {
	return LockoutPolicy{
		FailuresPerRound: 10, FirstLock: 15, Step: 15, MaxLock: 60, TemporaryLocks: license.Unlimited,
		IdleReset: hour, IdleResetFrom: FromLockEnd, ResetOnSuccess: true,
	}
}

// Platform is the policy for platform users (S0-40): 5 failures, then 15 and 30 minutes, then
// permanent.
func Platform() LockoutPolicy {
	p := Portal()
	p.FailuresPerRound, p.MaxLock, p.TemporaryLocks = 5, 45, 2
	return p
}

// Classic is the third published policy (S0-40), for tenants that want it: 10 failures, then 15,
// 30 and 45 minutes, then permanent.
func Classic() LockoutPolicy {
	p := Portal()
	p.MaxLock, p.TemporaryLocks = 45, 3
	return p
}

// Address is the policy for network addresses (software_DNA §8): 10 rejections within 24 hours of
// the first lock for 24 hours, then 2, 4 and at most 7 days when it happens again within 24 hours
// of a lock's end. A success clears nothing: it may belong to somebody else behind that address.
func Address() LockoutPolicy {
	return LockoutPolicy{
		FailuresPerRound: 10, FirstLock: day, Doubling: true, MaxLock: 7 * day, TemporaryLocks: license.Unlimited,
		IdleReset: day, IdleResetFrom: FromLockEnd, Window: day,
	}
}

// Spraying is the policy for network addresses that people sign in from: 100 failures within an hour, then 15, 30, 45 and
// 60 minutes. It is far laxer than that of an account, since a whole office may share an address, and it stops who tries
// one password on many accounts.
func Spraying() LockoutPolicy {
	return LockoutPolicy{
		FailuresPerRound: 100, FirstLock: 15, Step: 15, MaxLock: 60, TemporaryLocks: license.Unlimited,
		IdleReset: day, Window: hour,
	}
}

// With returns p changed by the fields that a tenant's JSON object names (S0-47). The result is
// complete: stored as JSON it stays as it is when a later release has other presets. An unknown
// field or a value out of range is Invalid.
func (p LockoutPolicy) With(override []byte) (LockoutPolicy, error) {
	changed := p.orDefault()
	dec := json.NewDecoder(bytes.NewReader(override))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&changed); err != nil {
		return p, license.Wrap(license.Invalid, "the lockout policy is not a JSON object of known fields", err)
	}
	if dec.More() {
		return p, license.Invalidf("lockout", "one JSON object is wanted")
	}
	return changed, changed.Validate()
}

// Validate reports the first field that is out of its range, as an Invalid error. The zero value
// is valid.
func (p LockoutPolicy) Validate() error {
	p = p.orDefault()
	const year = 366 * day
	switch {
	case p.FailuresPerRound < 1 || p.FailuresPerRound > 1000:
		return license.Invalidf("failures_per_round", "must be 1 to 1000")
	case p.FirstLock < 1 || p.FirstLock > year:
		return license.Invalidf("first_lock_minutes", "must be 1 to %d", year)
	case p.Step < 0 || p.Step > year:
		return license.Invalidf("step_minutes", "must be 0 to %d", year)
	case p.Doubling && p.Step != 0:
		return license.Invalidf("step_minutes", "must be 0 when locks are doubled")
	case p.MaxLock < p.FirstLock || p.MaxLock > year:
		return license.Invalidf("max_lock_minutes", "must be first_lock_minutes to %d", year)
	case p.TemporaryLocks > 1000:
		return license.Invalidf("temporary_locks_before_permanent", "must be 0 to 1000, or null for never")
	case p.IdleReset < 0 || p.IdleReset > year:
		return license.Invalidf("idle_reset_minutes", "must be 0 to %d", year)
	case p.IdleResetFrom != "" && p.IdleResetFrom != FromLockEnd && p.IdleResetFrom != FromLastFailure:
		return license.Invalidf("idle_reset_from", "must be %s or %s", FromLockEnd, FromLastFailure)
	case p.Window < 0 || p.Window > year:
		return license.Invalidf("window_minutes", "must be 0 to %d", year)
	}
	return nil
}

func (p LockoutPolicy) orDefault() LockoutPolicy {
	if p == (LockoutPolicy{}) {
		return Portal()
	}
	return p
}

// lockLength returns the length of lock n, counted from 1.
func (p LockoutPolicy) lockLength(n int) time.Duration {
	// However small the step, MaxLock is reached after as many locks as it has minutes: a larger
	// n changes nothing, and the product below stays far from overflow.
	more := min(int64(n)-1, int64(p.MaxLock))
	length := int64(p.FirstLock)
	if p.Doubling {
		length <<= min(more, 20)
	} else {
		length += more * int64(p.Step)
	}
	return Minutes(min(length, int64(p.MaxLock))).Duration()
}

// Lockout is what is kept about the failures of one account or one address. The zero value holds
// nothing against anybody.
//
// # Clocks
//
// All that counts is time since the last failure. A clock that was put back, or another server
// whose clock is behind, finds a last failure in the future; then the whole state is read as if it
// had been moved back, so that the last failure is now. Lengths stay as they are: a lock never
// lasts longer than its length from that moment on, it is not cut short, and nothing is forgotten.
// A clock put forward ends locks early, as it must.
type Lockout struct {
	Failures     int          `json:"failures"`      // failures in the current round
	Level        int          `json:"level"`         // locks so far
	FirstFailure license.Time `json:"first_failure"` // of the current round; 0 when Failures is 0
	LastFailure  license.Time `json:"last_failure"`  // the last one counted; 0 when there is none
	LockedUntil  license.Time `json:"locked_until"`  // end of the last temporary lock; 0 when there was none
	Permanent    bool         `json:"permanent"`     // locked until somebody unlocks it (S0-46)
}

// At returns s as it stands at now: moved when it lies in the future, and without what is forgotten.
func (p LockoutPolicy) At(s Lockout, now license.Time) Lockout {
	p = p.orDefault()
	if ahead := s.LastFailure - now; ahead > 0 {
		s.LastFailure = now
		if s.FirstFailure != 0 {
			s.FirstFailure -= ahead
		}
		if s.LockedUntil != 0 {
			s.LockedUntil -= ahead
		}
	}
	if s.Permanent || now < s.LockedUntil {
		return s
	}
	idleSince := s.LastFailure
	if p.IdleResetFrom != FromLastFailure {
		idleSince = max(idleSince, s.LockedUntil)
	}
	if p.IdleReset > 0 && now.Sub(idleSince) >= p.IdleReset.Duration() {
		return Lockout{}
	}
	if p.Window > 0 && s.Failures > 0 && now.Sub(s.FirstFailure) >= p.Window.Duration() {
		s.Failures, s.FirstFailure = 0, 0
	}
	return s
}

// Locked reports whether s is locked at now, and how long yet; 0 for a permanent lock. A lock that
// ends at t is over at t.
func (p LockoutPolicy) Locked(s Lockout, now license.Time) (locked bool, retryAfter time.Duration) {
	s = p.At(s, now)
	if s.Permanent {
		return true, 0
	}
	return now < s.LockedUntil, max(s.LockedUntil.Sub(now), 0)
}

// Check is Locked as an error: nil when s is not locked, else the reason (license.LoginLocked or
// license.AddressLocked) with RetryAfter, 0 for a permanent lock (S0-44).
func (p LockoutPolicy) Check(s Lockout, now license.Time, reason license.Reason) error {
	locked, wait := p.Locked(s, now)
	switch {
	case !locked:
		return nil
	case wait == 0:
		return license.Refusef(reason, "%s; it stays locked until somebody unlocks it", reason.Sentence())
	default:
		return license.RefuseFor(reason, wait)
	}
}

// Failed returns the state after a failed attempt at now. An attempt during a lock counts only
// with CountWhileLocked; it is right to report it all the same, and to store the result where it
// differs.
func (p LockoutPolicy) Failed(s Lockout, now license.Time) Lockout {
	p = p.orDefault()
	s = p.At(s, now)
	if s.Permanent || (now < s.LockedUntil && !p.CountWhileLocked) {
		return s
	}
	if s.Failures == 0 {
		s.FirstFailure = now
	}
	s.Failures++
	s.LastFailure = now
	if s.Failures < p.FailuresPerRound {
		return s
	}
	s.Level++
	s.Failures, s.FirstFailure = 0, 0
	if !p.TemporaryLocks.Allows(int64(s.Level)) {
		s.Permanent, s.LockedUntil = true, 0
		return s
	}
	// Counting during a lock may begin the next one early, and never ends one early.
	s.LockedUntil = max(s.LockedUntil, now.Add(p.lockLength(s.Level)))
	return s
}

// Succeeded returns the state after a right password at now. During a lock it changes nothing:
// there a right password is as good as none (S0-44).
func (p LockoutPolicy) Succeeded(s Lockout, now license.Time) Lockout {
	p = p.orDefault()
	s = p.At(s, now)
	if s.Permanent || now < s.LockedUntil || !p.ResetOnSuccess {
		return s
	}
	return Lockout{}
}

// Unlock returns the state after somebody who may do so cleared it (S0-46): nothing is held
// against the account or the address any more, the level included.
func (p LockoutPolicy) Unlock(Lockout) Lockout { return Lockout{} }
