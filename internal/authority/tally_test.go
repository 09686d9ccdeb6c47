package authority_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/store"
)

// told is what was counted of today, one line for each way of calling, and the meter of the month.
func (w *world) told() (lines []string, meter int64) {
	w.t.Helper()
	w.must(w.Flush(w.t.Context()))
	today := store.DayOf(w.now())
	err := w.store.Read(w.t.Context(), func(tx *store.Tx) (err error) {
		lines = nil
		err = tx.EachDailyCalls(w.boss.Tenant, today, today, func(c *store.DailyCalls) {
			if c.Calls != 0 {
				lines = append(lines, fmt.Sprintf("%s %s product:%v %d", c.Kind, orAllowed(c.Reason), c.Product != 0, c.Calls))
			}
		})
		if err == nil {
			meter, err = tx.Usage(w.boss.Tenant, w.now().UTC().Format("2006-01"))
		}
		return err
	})
	w.must(err)
	slices.Sort(lines)
	return lines, meter
}

func orAllowed(reason license.Reason) string {
	if reason == "" {
		return "allowed"
	}
	return string(reason)
}

func (w *world) wantTold(meter int64, want ...string) {
	w.t.Helper()
	lines, got := w.told()
	if diff := cmp.Diff(want, lines); diff != "" {
		w.t.Errorf("calls of the day (-want +got):\n%s", diff)
	}
	if got != meter {
		w.t.Errorf("the meter says %d, want %d", got, meter)
	}
}

// S0-01: each call that is answered counts once for the meter, and once for what was asked and how it was answered.
func TestS0_01_CallsOfTheDay(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.issue(func(t *license.Terms) { t.Activations = license.AtMost(1) })
		w.activate(key, "A")
		w.activate(key, "A") // It has its place.
		_, err := w.Activate(ctx, w.ask(key, "B"))
		wantReason(t, "Activate of a second device", err, license.DeviceLimit)
		for _, device := range []string{"A", "A", "B"} {
			_, err := w.Check(ctx, w.ask(key, device))
			w.must(err)
		}
		_, err = w.Check(ctx, w.ask("unknown", "A"))
		wantReason(t, "Check of an unknown key", err, license.KeyUnknown)
		_, err = w.Check(ctx, authority.Request{Product: 999, Key: key})
		wantReason(t, "Check of an unknown product", err, license.ProductUnknown)
		_, err = w.Consume(ctx, w.ask(key, "A"))
		if license.CodeOf(err) != license.Invalid {
			t.Errorf("Consume of nothing = %v, want invalid", err)
		}
		w.deactivate(key, "A")
		w.wantTold(9,
			"activate allowed product:true 1", "activate device_limit product:true 1", "check allowed product:true 2",
			"check device_unknown product:true 1", "check key_unknown product:true 1", "consume invalid product:true 1",
			"deactivate allowed product:true 1", "re-activate allowed product:true 1")

		t.Run("admit", func(t *testing.T) {
			// A check that goes on to an activation is one call, and is an activation.
			w.advance(24 * time.Hour)
			for _, device := range []string{"B", "C"} {
				seen, err := w.Check(ctx, w.ask(key, device))
				w.must(err)
				_, err = w.Admit(ctx, w.ask(key, device), &seen)
				if (err == nil) != (device == "B") {
					t.Errorf("Admit(%s) = %v", device, err)
				}
			}
			w.wantTold(11, "activate allowed product:true 1", "activate device_limit product:true 1")
		})
		t.Run("days", func(t *testing.T) {
			w.advance(24 * time.Hour)
			w.NoteCall(w.boss.Tenant)
			w.wantTold(12, "other allowed product:false 1")
			w.advance(401 * 24 * time.Hour)
			w.must(w.Prune(ctx))
			err := w.store.Read(ctx, func(tx *store.Tx) error {
				return tx.EachDailyCalls(w.boss.Tenant, 0, 1<<40, func(c *store.DailyCalls) { t.Errorf("after 401 days there is %+v", *c) })
			})
			w.must(err)
		})
	})
}

// Calls of applications count as what the app wanted.
func TestCallsOfApplications(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		_, key := s.bob()
		s.must(s.login("bob", "pw"))
		wantReason(t, "a wrong password", s.login("bob", "no"), license.PasswordWrong)
		wantReason(t, "an upgrade with a used key", s.UpgradeUser(t.Context(), s.begin("192.0.2.1"), "bob", key), license.AlreadyRedeemed)
		lines, meter := s.told()
		want := []string{"redeem allowed product:true 1", "redeem already_redeemed product:true 1", "session allowed product:true 4",
			"sign-in allowed product:true 1", "sign-in password_wrong product:true 1"}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("calls of the day (-want +got):\n%s", diff)
		}
		if meter != 8 {
			t.Errorf("the meter says %d, want 8", meter)
		}
	})
}
