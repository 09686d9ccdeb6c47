package authority_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// metered issues a license of so many units and activates device A on it.
func (w *world) metered(most int64, edits ...func(*license.Terms)) string {
	w.t.Helper()
	key := w.issue(func(t *license.Terms) {
		t.Type, t.Usage = license.Consumption, &license.UsageTerms{Max: license.AtMost(most)}
		t.Features = []license.FeatureTerms{{Code: "pages", Usage: &license.UsageTerms{Max: license.AtMost(most)}}}
		for _, edit := range edits {
			edit(t)
		}
	})
	w.activate(key, "A")
	return key
}

// units is a claim of device A to an amount.
func (w *world) units(key, feature string, amount int64) authority.Request {
	r := w.request(key, "A")
	r.Feature, r.Amount = feature, amount
	return r
}

func (w *world) wantUse(what string, ans authority.Answer, err error, total int64, again bool) {
	w.t.Helper()
	if err != nil || ans.Usage.Total != total || ans.Usage.Again != again {
		w.t.Errorf("%s = %v: total %d, again %t; want %d, %t", what, err, ans.Usage.Total, ans.Usage.Again, total, again)
	}
}

func TestUseUnitsOnce(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.metered(10)
		ans, err := w.UseUnits(ctx, w.units(key, "", 3), "job-1")
		w.wantUse("UseUnits(3)", ans, err, 3, false)
		ans, err = w.UseUnits(ctx, w.units(key, "", 4), "")
		w.wantUse("UseUnits(4) without a name", ans, err, 7, false)
		ans, err = w.UseUnits(ctx, w.units(key, "", 3), "job-1")
		w.wantUse("UseUnits(3) again", ans, err, 3, true)
		if ans.License.Used != 7 {
			t.Errorf("%d are used, want 7", ans.License.Used)
		}
		for _, other := range []authority.Request{w.units(key, "", 2), w.units(key, "pages", 3)} {
			if _, err := w.UseUnits(ctx, other, "job-1"); license.CodeOf(err) != license.Conflict {
				t.Errorf("UseUnits of another use under the same name = %v, want conflict", err)
			}
		}
		_, err = w.UseUnits(ctx, w.units(key, "", 4), "job-2")
		wantReason(t, "UseUnits beyond the limit", err, license.UsageLimit)
		ans, err = w.UseUnits(ctx, w.units(key, "pages", 4), "job-2")
		w.wantUse("UseUnits of a name that was refused", ans, err, 4, false)
		_, err = w.office.RevokeLicenses(ctx, w.boss, "", office.Ref{Key: key, Product: "app"})
		w.must(err)
		ans, err = w.UseUnits(ctx, w.units(key, "", 3), "job-1")
		w.wantUse("UseUnits again on a revoked license", ans, err, 3, true)
		for _, name := range []string{strings.Repeat("x", 256), "a\x00b", "reservation/1"} {
			if _, err := w.UseUnits(ctx, w.units(key, "", 3), name); license.CodeOf(err) != license.Invalid {
				t.Errorf("UseUnits as %.20q = %v, want invalid", name, err)
			}
		}
	})
}

func TestUseUnitsRaces(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		t.Run("one-name-counts-once", func(t *testing.T) {
			key := w.metered(10)
			won := w.race(64, "", func(int) error { _, err := w.UseUnits(ctx, w.units(key, "", 3), "job"); return err })
			if ans := w.validate(w.native(key, "A")); won != 64 || ans.License.Used != 3 {
				t.Errorf("%d of 64 answers, and %d used; want all and 3", won, ans.License.Used)
			}
		})
		// Through both doors at once: what is reserved and what is used is never more than there is.
		t.Run("two-doors-one-meter", func(t *testing.T) {
			key := w.metered(20)
			won := w.race(64, license.UsageLimit, func(i int) error {
				if i%2 == 0 {
					_, err := w.ReserveUnits(ctx, w.units(key, "", 1))
					return err
				}
				r := w.ask(key, "A")
				r.Amount = 1
				_, err := w.Consume(ctx, r)
				return err
			})
			ans := w.validate(w.native(key, "A"))
			if won != 20 || ans.License.Used+ans.Reserved != 20 {
				t.Errorf("%d succeed, %d are used and %d reserved; want 20", won, ans.License.Used, ans.Reserved)
			}
		})
		t.Run("one-commit-of-many", func(t *testing.T) {
			key := w.metered(10)
			held, err := w.ReserveUnits(ctx, w.units(key, "", 5))
			w.must(err)
			won := w.race(32, "", func(int) error {
				_, err := w.CommitUnits(ctx, w.units(key, "", 0), held.Usage.Reservation.ID, 4, "")
				return err
			})
			if ans := w.validate(w.native(key, "A")); won != 32 || ans.License.Used != 4 || ans.Reserved != 0 {
				t.Errorf("%d of 32 commits, %d used and %d reserved; want 32, 4 and 0", won, ans.License.Used, ans.Reserved)
			}
		})
	})
}

func TestReservations(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.metered(10)
		reserve := func(feature string, amount int64) license.ReservationID {
			t.Helper()
			ans, err := w.ReserveUnits(ctx, w.units(key, feature, amount))
			w.must(err)
			return ans.Usage.Reservation.ID
		}
		first := reserve("pages", 8)
		if ans, err := w.ReserveUnits(ctx, w.units(key, "", 10)); err != nil || ans.Usage.Reservation.Until != w.now().Add(license.ReservedFor) {
			t.Errorf("ReserveUnits of another meter = %v, %+v", err, ans.Usage.Reservation)
		}
		other := w.ask(key, "A")
		other.Feature, other.Amount = "pages", 3
		_, err := w.Consume(ctx, other)
		wantReason(t, "Consume(3) at another door of what is reserved", err, license.UsageLimit)
		r := w.native(key, "A")
		r.Feature = "pages"
		if ans := w.validate(r); ans.Reserved != 8 {
			t.Errorf("Validate says %d are reserved, want 8", ans.Reserved)
		}
		_, err = w.CommitUnits(ctx, w.units(key, "", 0), first, 9, "")
		if license.CodeOf(err) != license.Invalid {
			t.Errorf("CommitUnits(9) of 8 = %v, want invalid", err)
		}
		ans, err := w.CommitUnits(ctx, w.units(key, "", 0), first, 6, "")
		w.wantUse("CommitUnits(6)", ans, err, 6, false)
		ans, err = w.CommitUnits(ctx, w.units(key, "", 0), first, 6, "")
		w.wantUse("CommitUnits(6) again", ans, err, 6, true)
		if _, err = w.CommitUnits(ctx, w.units(key, "", 0), first, 5, ""); license.CodeOf(err) != license.Conflict {
			t.Errorf("CommitUnits(5) of what was settled with 6 = %v, want conflict", err)
		}
		second := reserve("pages", 4)
		ans, err = w.CommitUnits(ctx, w.units(key, "", 0), second, 1, "job")
		w.wantUse("CommitUnits with a name", ans, err, 7, false)
		ans, err = w.CommitUnits(ctx, w.units(key, "", 0), second, 1, "job")
		w.wantUse("CommitUnits with the name again", ans, err, 7, true)
		third := reserve("pages", 3)
		_, err = w.CancelUnits(ctx, w.units(key, "", 0), third)
		w.must(err)
		_, err = w.CancelUnits(ctx, w.units(key, "", 0), third)
		if license.CodeOf(err) != license.NotFound {
			t.Errorf("CancelUnits again = %v, want not_found", err)
		}
		late := reserve("pages", 3)
		w.advance(license.ReservedFor)
		if _, err = w.CommitUnits(ctx, w.units(key, "", 0), late, 3, ""); license.CodeOf(err) != license.NotFound {
			t.Errorf("CommitUnits after its time = %v, want not_found", err)
		}
		ans, err = w.UseUnits(ctx, w.units(key, "pages", 3), "")
		w.wantUse("UseUnits of what was not used in time", ans, err, 10, false)
	})
}

// What a device reserved goes with its place, and with a reset and a dropped license.
func TestReservationsGoWithTheirDevice(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.metered(10, func(t *license.Terms) { t.Activations = license.AtMost(2) })
		hold := func() license.ReservationID {
			t.Helper()
			ans, err := w.ReserveUnits(ctx, w.units(key, "", 10))
			w.must(err)
			return ans.Usage.Reservation.ID
		}
		id := hold()
		w.activate(key, "B")
		r := w.request(key, "B")
		if _, err := w.CommitUnits(ctx, r, id, 1, ""); license.CodeOf(err) != license.NotFound {
			t.Errorf("CommitUnits of another device's = %v, want not_found", err)
		}
		w.deactivate(key, "A")
		r.Amount = 1
		ans, err := w.UseUnits(ctx, r, "")
		w.wantUse("UseUnits of another device after that", ans, err, 1, false)
		w.activate(key, "A")
		_, err = w.ReserveUnits(ctx, w.units(key, "", 9))
		w.must(err)
		_, err = w.office.ResetDevices(ctx, w.boss, office.Ref{Key: key, Product: "app"})
		w.must(err)
		w.activate(key, "A")
		hold()
	})
}

func TestReservationsAreBounded(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.metered(5000)
		known := w.validate(w.native(key, "A"))
		w.must(w.store.Write(ctx, func(tx *store.Tx) error {
			for range 1000 {
				r := license.Reservation{License: known.License.ID, Device: known.Device.ID, Amount: 1, Created: w.now(), Until: w.now().Add(time.Minute)}
				if err := tx.Apply(w.boss.Tenant, "test", w.now(), &license.Change{Reservation: &r, Events: []license.Event{
					{Kind: license.UsageReserved, License: known.License.ID, Data: map[string]any{}}}}); err != nil {
					return err
				}
			}
			return nil
		}))
		_, err := w.ReserveUnits(ctx, w.units(key, "", 1))
		wantReason(t, "the 1001st reservation", err, license.UsageLimit)
		w.advance(time.Minute)
		_, err = w.ReserveUnits(ctx, w.units(key, "", 1))
		w.must(err)
	})
}

func TestPrune(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.metered(10_000)
		for i := range 3 {
			_, err := w.UseUnits(ctx, w.units(key, "", 1), fmt.Sprint("old-", i))
			w.must(err)
		}
		_, err := w.ReserveUnits(ctx, w.units(key, "", 1))
		w.must(err)
		w.advance(90*24*time.Hour - time.Second)
		_, err = w.UseUnits(ctx, w.units(key, "", 1), "young")
		w.must(err)
		w.must(w.Prune(ctx))
		ans, err := w.UseUnits(ctx, w.units(key, "", 1), "old-0")
		w.wantUse("UseUnits within 90 days", ans, err, 1, true)
		w.advance(2 * time.Second)
		w.must(w.Prune(ctx))
		ans, err = w.UseUnits(ctx, w.units(key, "", 1), "old-0")
		w.wantUse("UseUnits after 90 days", ans, err, 5, false)
		ans, err = w.UseUnits(ctx, w.units(key, "", 1), "young")
		w.wantUse("UseUnits of what is young", ans, err, 4, true)
	})
}
