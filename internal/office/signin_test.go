package office_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

const (
	hour   = time.Hour
	minute = time.Minute
)

// knock tries to sign in so many times and returns the last error.
func (h *house) knock(email string, password identity.Secret, times int) (err error) {
	for range times {
		_, err = h.Authenticate(h.t.Context(), email, password, "")
	}
	return err
}

// wantLocked fails unless the right password is refused for so long; 0 is for ever.
func (h *house) wantLocked(t *testing.T, email string, wait time.Duration) {
	t.Helper()
	err := h.knock(email, goodPassword, 1)
	e, ok := errors.AsType[*license.Error](err)
	if !ok || e.Reason != license.LoginLocked || e.RetryAfter != wait {
		t.Errorf("Authenticate(%s) = %v, want login_locked for %s", email, err, wait)
	}
}

// policy gives the tenant a lockout policy for the time of a test.
func (h *house) policy(override string) {
	h.t.Helper()
	_, err := h.SetLockoutPolicy(h.t.Context(), h.boss, override)
	h.ok(err)
}

const (
	portal  = `{"failures_per_round":10,"first_lock_minutes":15,"step_minutes":15,"max_lock_minutes":60,"temporary_locks_before_permanent":null,"idle_reset_minutes":60}`
	classic = `{"failures_per_round":10,"first_lock_minutes":15,"step_minutes":15,"max_lock_minutes":45,"temporary_locks_before_permanent":3,"idle_reset_minutes":60}`
)

func TestSignInTimelines(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		for _, c := range []struct {
			name, policy string
			tries        int
			locks        []time.Duration // 0 is for ever
		}{
			{"S0-39_one_policy_expresses_all", `{"failures_per_round":2,"first_lock_minutes":1,"step_minutes":2,"max_lock_minutes":4,"temporary_locks_before_permanent":3}`, 2,
				[]time.Duration{minute, 3 * minute, 4 * minute, 0}},
			{"S0-41", portal, 10, []time.Duration{15 * minute, 30 * minute, 45 * minute, 60 * minute, 60 * minute}},
			{"S0-40_S0-42", "", 5, []time.Duration{15 * minute, 30 * minute, 0}},
			{"S0-43", classic, 10, []time.Duration{15 * minute, 30 * minute, 45 * minute, 0}},
		} {
			t.Run(c.name, func(t *testing.T) {
				h.policy(c.policy)
				email := c.name + "@acme.test"
				h.cheapUser(email)
				for _, lock := range c.locks {
					want(t, "the last try of a round", h.knock(email, "wrong", c.tries), license.CredentialsWrong)
					h.wantLocked(t, email, lock)
					h.advance(lock)
				}
				if c.locks[len(c.locks)-1] == 0 {
					h.advance(1000 * hour)
					h.wantLocked(t, email, 0)
					return
				}
				want(t, "the right password after the last lock", h.knock(email, goodPassword, 1), "")
			})
		}
	})
}

func TestSignInLocked(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		t.Run("S0-44", func(t *testing.T) {
			h.cheapUser("ann@acme.test")
			h.knock("ann@acme.test", "wrong", 5)
			h.advance(5 * minute)
			h.wantLocked(t, "ann@acme.test", 10*minute)
			want(t, "a wrong password during a lock", h.knock("ann@acme.test", "wrong", 20), license.LoginLocked)
			h.wantLocked(t, "ann@acme.test", 10*minute) // not extended
			h.advance(10 * minute)
			want(t, "the right password at the end of the lock", h.knock("ann@acme.test", goodPassword, 1), "")
		})
		t.Run("S0-45", func(t *testing.T) {
			h.cheapUser("bob@acme.test")
			h.policy(portal)
			h.knock("bob@acme.test", "wrong", 9)
			h.advance(hour)
			h.knock("bob@acme.test", "wrong", 9)
			want(t, "the tenth failure with an hour between", h.knock("bob@acme.test", goodPassword, 1), "")
			h.policy("")
		})
		t.Run("S0-46", func(t *testing.T) {
			h.cheapUser("eve@acme.test")
			for _, lock := range []time.Duration{15 * minute, 30 * minute, 0} {
				h.knock("eve@acme.test", "wrong", 5)
				h.advance(lock)
			}
			h.wantLocked(t, "eve@acme.test", 0)
			admin := h.boss
			admin.Role = identity.Admin
			want(t, "Unlock by an admin", h.Unlock(t.Context(), admin, "eve@acme.test"), license.PermissionMissing)
			want(t, "Unlock by an owner", h.Unlock(t.Context(), h.boss, "eve@acme.test"), "")
			want(t, "Authenticate once unlocked", h.knock("eve@acme.test", goodPassword, 1), "")
			log, err := h.ListEvents(t.Context(), h.boss, office.Page{Limit: 4})
			h.ok(err)
			if got := kinds(log); got != "login.unlocked login.locked login.locked login.locked" {
				t.Errorf("ListEvents = %s", got)
			}
			if log[0].Actor != h.boss.String() {
				t.Errorf("unlocked by %q, want %q", log[0].Actor, h.boss)
			}
			want(t, "Unlock by the operator", h.Unlock(t.Context(), operator(), "eve@acme.test"), "")
		})
		t.Run("S0-47", func(t *testing.T) {
			h.cheapUser("kim@acme.test")
			h.knock("kim@acme.test", "wrong", 1)
			h.policy(`{"failures_per_round":2,"first_lock_minutes":7,"max_lock_minutes":7}`)
			h.knock("kim@acme.test", "wrong", 1)
			h.wantLocked(t, "kim@acme.test", 7*minute)
			_, err := h.SetLockoutPolicy(t.Context(), h.boss, `{"failures_per_round":0}`)
			wantCode(t, "SetLockoutPolicy out of range", err, license.Invalid)
			h.policy("")
		})
		t.Run("S0-48", func(t *testing.T) {
			want(t, "an unknown account", h.knock("nobody@acme.test", "wrong", 5), license.CredentialsWrong)
			h.wantLocked(t, "nobody@acme.test", 15*minute)
			want(t, "no e-mail address", h.knock("no\x00body", "wrong", 1), license.CredentialsWrong)
			m := h.cheapUser("joe@acme.test")
			joe, err := h.ActorFor(t.Context(), m.User.ID, h.tenant)
			h.ok(err)
			for range 5 {
				err = h.ChangePassword(t.Context(), joe, "wrong", goodPassword, "")
			}
			want(t, "ChangePassword", err, license.CredentialsWrong)
			h.wantLocked(t, "JOE@acme.test", 15*minute)
		})
		t.Run("S0-49", func(t *testing.T) {
			h.cheapUser("off@acme.test")
			h.ok(h.DisableUser(t.Context(), h.boss, "off@acme.test", true))
			want(t, "a wrong password", h.knock("off@acme.test", "wrong", 1), license.CredentialsWrong)
			want(t, "the right password", h.knock("off@acme.test", goodPassword, 1), license.AccountDisabled)
			h.ok(h.DisableUser(t.Context(), h.boss, "off@acme.test", false))
			want(t, "the right password once enabled", h.knock("off@acme.test", goodPassword, 1), "")
		})
	})
}

// A password that many goroutines guess at once is tried no more often than one after another.
func TestSignInRace(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.cheapUser("ann@acme.test")
		var wg sync.WaitGroup
		var mu sync.Mutex
		said := map[license.Reason]int{}
		for i := range 24 {
			wg.Go(func() {
				_, err := h.Authenticate(t.Context(), "ann@acme.test", identity.Secret(fmt.Sprint("wrong", i)), "192.0.2.1")
				mu.Lock()
				said[license.ReasonOf(err)]++
				mu.Unlock()
			})
		}
		wg.Wait()
		if said[license.CredentialsWrong] != 5 || said[license.LoginLocked] != 19 {
			t.Errorf("24 guesses at once = %v, want 5 judged and 19 locked out", said)
		}
		h.wantLocked(t, "ann@acme.test", 15*minute)
	})
}

// One address that tries a password on many accounts is stopped.
func TestSprayingAddress(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		var err error
		for i := range 31 {
			_, err = h.Authenticate(t.Context(), fmt.Sprintf("u%d@acme.test", i), "wrong", "192.0.2.1")
		}
		want(t, "the 31st try of an address", err, license.AddressLocked)
		h.cheapUser("ann@acme.test")
		_, err = h.Authenticate(t.Context(), "ann@acme.test", goodPassword, "192.0.2.2")
		want(t, "another address", err, "")
	})
}
