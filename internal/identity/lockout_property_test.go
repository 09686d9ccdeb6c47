package identity

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"licet/internal/license"
)

// policies draws a valid policy.
func policies(t *rapid.T) LockoutPolicy {
	first := rapid.IntRange(1, 2000).Draw(t, "first")
	p := LockoutPolicy{
		FailuresPerRound: rapid.IntRange(1, 12).Draw(t, "round"),
		FirstLock:        Minutes(first),
		MaxLock:          Minutes(rapid.IntRange(first, 20_000).Draw(t, "max")),
		TemporaryLocks:   license.Limit(rapid.IntRange(-1, 5).Draw(t, "temporary")),
		IdleReset:        Minutes(rapid.IntRange(0, 3000).Draw(t, "idle")),
		IdleResetFrom:    rapid.SampledFrom([]IdleFrom{"", FromLockEnd, FromLastFailure}).Draw(t, "from"),
		ResetOnSuccess:   rapid.Bool().Draw(t, "reset"),
		CountWhileLocked: rapid.Bool().Draw(t, "count"),
		Window:           Minutes(rapid.IntRange(0, 3000).Draw(t, "window")),
		Doubling:         rapid.Bool().Draw(t, "doubling"),
	}
	if !p.Doubling {
		p.Step = Minutes(rapid.IntRange(0, 500).Draw(t, "step"))
	}
	if err := p.Validate(); err != nil {
		t.Fatalf("drawn policy: %v", err)
	}
	return p
}

// TestLockoutProperties walks any policy through any history, with a clock that may be put back.
func TestLockoutProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := policies(t)
		var s Lockout
		now := noon
		forwardOnly := rapid.Bool().Draw(t, "forward")
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			low := -100_000
			if forwardOnly {
				low = 0
			}
			now = now.Add(time.Duration(rapid.IntRange(low, 100_000).Draw(t, "seconds")) * time.Second)
			wasLocked, before := p.Locked(s, now)
			if before < 0 || before > p.MaxLock.Duration() {
				t.Fatalf("Locked waits %v, want 0 to MaxLock %v", before, p.MaxLock.Duration())
			}
			next := s
			failed := rapid.IntRange(0, 9).Draw(t, "act") < 8
			if failed {
				next = p.Failed(s, now)
			} else {
				next = p.Succeeded(s, now)
			}
			isLocked, after := p.Locked(next, now)
			switch {
			case next.Failures < 0 || next.Failures >= p.FailuresPerRound:
				t.Fatalf("%d failures in a round of %d", next.Failures, p.FailuresPerRound)
			case (next.Failures == 0) != (next.FirstFailure == 0):
				t.Fatalf("%d failures with the first at %v", next.Failures, next.FirstFailure)
			case next.LastFailure > now:
				t.Fatalf("last failure %v after now %v", next.LastFailure, now)
			case wasLocked && !isLocked:
				t.Fatalf("an attempt ended a lock: %+v, then %+v", s, next)
			case wasLocked && !p.CountWhileLocked && after != before:
				t.Fatalf("an attempt changed a lock of %v to %v", before, after)
			case wasLocked && after < before && !next.Permanent:
				t.Fatalf("an attempt shortened a lock of %v to %v", before, after)
			case !wasLocked && isLocked && !failed:
				t.Fatalf("a success locked: %+v", next)
			case !wasLocked && isLocked && !next.Permanent && after < p.FirstLock.Duration():
				t.Fatalf("a new lock of %v, want at least %v", after, p.FirstLock.Duration())
			case next.Permanent && p.TemporaryLocks == license.Unlimited:
				t.Fatalf("permanent without a limit of temporary locks")
			case !failed && !wasLocked && p.ResetOnSuccess && next != (Lockout{}):
				t.Fatalf("a success left %+v", next)
			}
			s = next
		}
		if p.Unlock(s) != (Lockout{}) {
			t.Fatal("Unlock left something")
		}
	})
}

// TestLockoutAlwaysEnds: without attempts every temporary lock ends within MaxLock.
func TestLockoutAlwaysEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := policies(t)
		s := Lockout{Level: rapid.IntRange(0, 1<<40).Draw(t, "level")}
		p.TemporaryLocks = license.Unlimited
		for range p.FailuresPerRound {
			s = p.Failed(s, noon)
		}
		locked, wait := p.Locked(s, noon)
		if !locked || wait < p.FirstLock.Duration() || wait > p.MaxLock.Duration() {
			t.Fatalf("lock %d = %v, %v, want %v to %v", s.Level, locked, wait, p.FirstLock.Duration(), p.MaxLock.Duration())
		}
		if locked, _ := p.Locked(s, noon.Add(p.MaxLock.Duration())); locked {
			t.Fatalf("still locked after MaxLock")
		}
	})
}
