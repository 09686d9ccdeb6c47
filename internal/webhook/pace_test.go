package webhook

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var p pacer
		for range 1001 {
			p.wait(t.Context(), 100)
		}
		if took := time.Since(begun); took < 10*time.Second-paceStep || took > 10*time.Second {
			t.Errorf("1001 events at 100 in a second take %s, want ten seconds", took)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		begun = time.Now()
		p.told += 100_000
		p.wait(ctx, 100)
		if took := time.Since(begun); took != 0 {
			t.Errorf("with an ended context it waits %s, want not at all", took)
		}
	})
}

// TestWaits: what fails is tried again later each time, about three days in all, and an endpoint rests at most about an hour.
func TestWaits(t *testing.T) {
	t.Parallel()
	var all time.Duration
	last := time.Duration(0)
	for attempts := 1; attempts <= 9; attempts++ {
		wait := retryAfter(attempts)
		if wait <= last {
			t.Errorf("after %d attempts the wait is %s, want more than %s", attempts, wait, last)
		}
		last, all = wait, all+wait
	}
	if all < tooLate || all > tooLate+tooLate/5 {
		t.Errorf("all waits are %s, want a little more than %s", all, tooLate)
	}
	if wait := retryAfter(1000); wait < 24*time.Hour {
		t.Errorf("after 1000 attempts the wait is %s, want a day", wait)
	}
	for failures := 5; failures < 1000; failures++ {
		if rest := restAfter(failures); rest < 30*time.Second || rest > time.Hour+6*time.Minute {
			t.Errorf("after %d failures the rest is %s", failures, rest)
		}
	}
}
