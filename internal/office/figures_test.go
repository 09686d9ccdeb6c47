package office_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// figures of the house's tenant.
func (h *house) figures(days int) office.Figures {
	h.t.Helper()
	f, err := h.Figures(h.t.Context(), h.boss, days)
	h.ok(err)
	return f
}

// call counts calls of apps as Authority does.
func (h *house) call(product license.ProductID, kind store.CallKind, reason license.Reason, calls int64) {
	h.t.Helper()
	h.ok(h.store.Write(h.t.Context(), func(tx *store.Tx) error {
		return tx.AddDailyCalls([]store.DailyCalls{{Tenant: h.tenant, Day: store.DayOf(h.now()), Product: product, Kind: kind, Reason: reason, Calls: calls}})
	}))
}

// counted says how long the last count took.
func (h *house) counted(took time.Duration) {
	h.t.Helper()
	h.ok(h.store.Write(h.t.Context(), func(tx *store.Tx) error {
		c, err := tx.FindCounts(h.tenant)
		if err != nil {
			return err
		}
		c.Took = took
		return tx.SaveCounts(h.tenant, c)
	}))
}

// The figures of a tenant without anything have every day, and nothing on it.
func TestFiguresOfNothing(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		for _, days := range []int{0, 7, 30, 90} {
			f := h.figures(days)
			want := days
			if days == 0 {
				want = 30
			}
			if len(f.Days) != want || f.Until != "2026-03-23" || f.Days[0].Day != f.From || f.Days[want-1] != (office.DayFigures{Day: f.Until}) {
				t.Errorf("Figures(%d) = %d days from %s until %s", days, len(f.Days), f.From, f.Until)
			}
			if f.States != (office.StateCounts{}) || len(f.Products)+len(f.Refusals)+len(f.Expiring) > 0 || f.CountedAt == 0 {
				t.Errorf("Figures(%d) of nothing = %+v", days, f)
			}
		}
		_, err := h.Figures(t.Context(), h.boss, 31)
		wantCode(t, "Figures(31)", err, license.Invalid)
		_, err = h.Figures(t.Context(), identity.Actor{}, 7)
		wantCode(t, "Figures of nobody", err, license.Unauthenticated)
	})
}

// What apps asked is added up by day, product and reason, within the span alone.
func TestFiguresOfCalls(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		a, b := h.product("aaa", office.TermsChange{}), h.product("bbb", office.TermsChange{})
		h.call(a.ID, store.CallCheck, "", 1000) // 8 days ago
		h.advance(8 * 24 * time.Hour)
		h.call(a.ID, store.CallCheck, "", 5)
		h.call(a.ID, store.CallCheck, license.LicenseExpired, 2)
		h.call(a.ID, store.CallActivate, "", 3)
		h.call(a.ID, store.CallReactivate, "", 40)
		h.call(a.ID, store.CallActivate, license.DeviceLimit, 1)
		h.call(b.ID, store.CallSignIn, license.LicenseExpired, 60)
		h.call(b.ID, store.CallRedeem, "", 4)
		h.call(0, store.CallOther, "", 9)
		f := h.figures(7)
		if diff := cmp.Diff(office.DayFigures{Day: "2026-03-31", Checks: 67, Activations: 7, Refusals: 63}, f.Days[6]); diff != "" {
			t.Errorf("today (-want +got):\n%s", diff)
		}
		if f.Days[0] != (office.DayFigures{Day: "2026-03-25"}) {
			t.Errorf("the first day is %+v", f.Days[0])
		}
		if diff := cmp.Diff([]office.ReasonCount{{Reason: license.LicenseExpired, Calls: 62}, {Reason: license.DeviceLimit, Calls: 1}}, f.Refusals); diff != "" {
			t.Errorf("refusals (-want +got):\n%s", diff)
		}
		if len(f.Products) != 2 || f.Products[0].Product.Code != "bbb" || f.Products[1].Checks != 7 || f.Products[1].Activations != 3 || f.Products[1].Refusals != 3 {
			t.Errorf("products = %+v", f.Products)
		}
		if f = h.figures(30); f.Days[29-8].Checks != 1000 || f.Products[0].Product.Code != "aaa" {
			t.Errorf("8 days ago: %+v, and first %s", f.Days[29-8], f.Products[0].Product.Code)
		}

		narrow := identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Key: 1, Name: "key", Scopes: identity.NewScopes(identity.ReadLicenses), Products: []license.ProductID{a.ID}}
		f, err := h.Figures(t.Context(), narrow, 7)
		h.ok(err)
		if f.Days[6].Checks != 7 || f.Days[6].Refusals != 3 || len(f.Products) != 1 {
			t.Errorf("figures of one product: %+v, %d products", f.Days[6], len(f.Products))
		}
	})
}

// S0-20: expired is a badge of its own, so it counts beside used and not used.
func TestS0_20_FiguresOfStates(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		p := h.product("app", office.TermsChange{Activations: ptr(license.AtMost(9)), Type: ptr(license.TimeLimited)})
		later := h.now().Add(48 * time.Hour)
		made := h.issue(office.NewLicenses{Product: "app", Amount: 6, ExpiresAt: later}).Licenses
		ref := func(i int) office.Ref { return office.Ref{ID: made[i].ID} }
		h.ok(h.activate(ref(0), "hw"))
		h.ok(h.activate(ref(1), "hw"))
		_, err := h.SuspendLicenses(t.Context(), h.boss, ref(1))
		h.ok(err)
		_, err = h.RevokeLicenses(t.Context(), h.boss, "test", ref(2))
		h.ok(err)
		_, err = h.BanLicenses(t.Context(), h.boss, "test", false, ref(3))
		h.ok(err)
		f := h.figures(7)
		want := office.StateCounts{Total: 6, Used: 2, NotUsed: 3, Banned: 1, Suspended: 1, Revoked: 1}
		if diff := cmp.Diff(want, f.States); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		if f.Days[6].Created != 6 || f.Products[0].Licenses != 6 || f.Products[0].Product.ID != p.ID {
			t.Errorf("created today %d, products %+v", f.Days[6].Created, f.Products)
		}
		if f.ExpiringCount != 4 || len(f.Expiring) != 4 || f.Expiring[0].ID != made[0].ID || f.ExpiringMore {
			t.Errorf("expiring %d, more %v: %+v", f.ExpiringCount, f.ExpiringMore, f.Expiring)
		}

		h.counted(0)
		h.advance(48 * time.Hour)
		f = h.figures(7)
		want.Expired = 6
		if diff := cmp.Diff(want, f.States); diff != "" {
			t.Errorf("states after the end (-want +got):\n%s", diff)
		}
		if f.ExpiringCount != 0 || f.Days[4].Created != 6 || f.CountedAt != h.now() {
			t.Errorf("after the end: %d expiring, %+v, counted at %s", f.ExpiringCount, f.Days[4], f.CountedAt)
		}
	})
}

// Licenses are not counted at each look: counts that were quick to make are kept for two seconds.
func TestFiguresAreKept(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("app", office.TermsChange{})
		first := h.figures(7)
		h.license("app")
		if f := h.figures(7); f.CountedAt != first.CountedAt || f.States.Total != 0 {
			t.Errorf("counted again at once: %d at %s", f.States.Total, f.CountedAt)
		}
		h.counted(40 * time.Millisecond)
		h.advance(4 * time.Second)
		if f := h.figures(7); f.CountedAt != first.CountedAt {
			t.Error("counts that took 40 ms are made anew after 4 seconds")
		}
		h.advance(time.Second)
		if f := h.figures(7); f.CountedAt != h.now() || f.States.Total != 1 {
			t.Errorf("after 5 seconds: %d counted at %s", f.States.Total, f.CountedAt)
		}
		// Slow counting goes on behind the page, which shows what there is.
		h.license("app")
		h.counted(time.Second)
		h.advance(101 * time.Second)
		if f := h.figures(7); f.States.Total != 1 {
			t.Errorf("a slow count shows %d licenses, want the kept 1", f.States.Total)
		}
		h.EndJobs() // It waits for the count.
	})
}
