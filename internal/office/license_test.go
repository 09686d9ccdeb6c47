package office_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
	"licet/internal/office"
)

const day = 24 * hour

func span(seconds int64) license.Span { return license.Span{Seconds: seconds} }

func TestStanding(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		ref := h.license("demo")
		suspend := func() error { _, err := office.One(h.SuspendLicenses(ctx, h.boss, ref)); return err }
		resume := func() error { _, err := office.One(h.ResumeLicenses(ctx, h.boss, ref)); return err }
		want(t, "SuspendLicenses", suspend(), "")
		want(t, "activate while suspended", h.activate(ref, "hw"), license.LicenseSuspended)
		want(t, "ResumeLicenses", resume(), "")
		want(t, "activate once resumed", h.activate(ref, "hw"), "")
		l, err := office.One(h.RevokeLicenses(ctx, h.boss, "fraud", ref))
		want(t, "RevokeLicenses", err, "")
		if diff := cmp.Diff(h.load(ref), l); diff != "" {
			t.Errorf("what a call returns differs from what is stored:\n%s", diff)
		}
		want(t, "SuspendLicenses of a revoked one", suspend(), license.LicenseRevoked)
		want(t, "ResumeLicenses of a revoked one", resume(), license.LicenseRevoked)
		history, err := h.LicenseHistory(ctx, h.boss, ref, office.Page{Limit: 2})
		h.ok(err)
		rest, err := h.LicenseHistory(ctx, h.boss, ref, office.Page{Before: int64(history[1].ID)})
		h.ok(err)
		if got := kinds(append(history, rest...)); got != "license.revoked device.activated license.resumed license.suspended license.issued" {
			t.Errorf("LicenseHistory = %s", got)
		}
		if history[0].Actor != h.boss.String() || history[0].Data["why"] != "fraud" {
			t.Errorf("revoked by %q because of %v", history[0].Actor, history[0].Data)
		}
	})
}

func TestBans(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		ban := func(ref office.Ref, withUser bool) {
			t.Helper()
			_, err := office.One(h.BanLicenses(ctx, h.boss, "chargeback", withUser, ref))
			want(t, "BanLicenses", err, "")
		}
		t.Run("S1-16", func(t *testing.T) {
			ref := h.license("demo")
			ban(ref, false)
			want(t, "redeem", h.redeem(ref, "u16"), license.RedemptionBlocked)
			if l := h.load(ref); l.BlockReason != "chargeback" || office.Status(&l.License) != "Banned" {
				t.Errorf("banned: %s because of %q", office.Status(&l.License), l.BlockReason)
			}
			_, err := office.One(h.UnbanLicenses(ctx, h.boss, ref))
			h.ok(err)
			want(t, "redeem once unbanned", h.redeem(ref, "u16"), "")
		})
		t.Run("S1-17", func(t *testing.T) {
			ref := h.license("demo")
			h.ok(h.redeem(ref, "u17"))
			ban(ref, false)
			want(t, "sign in", h.signIn(ref), "")
		})
		t.Run("S1-18", func(t *testing.T) {
			ref := h.license("demo")
			h.ok(h.redeem(ref, "u18"))
			_, err := h.BanLicenseUser(ctx, h.boss, "demo", "U18", "abuse")
			h.ok(err)
			want(t, "sign in", h.signIn(ref), license.UserBanned)
			_, err = h.UnbanLicenseUser(ctx, h.boss, "demo", "u18")
			h.ok(err)
			want(t, "sign in once unbanned", h.signIn(ref), "")
		})
		t.Run("S1-19", func(t *testing.T) {
			ref := h.license("demo")
			h.ok(h.redeem(ref, "u19"))
			ban(ref, true)
			want(t, "sign in", h.signIn(ref), license.UserBanned)
			if l := h.load(ref); office.Status(&l.License) != "Banned" {
				t.Errorf("the license shows %s", office.Status(&l.License))
			}
			_, err := office.One(h.UnbanLicenses(ctx, h.boss, ref))
			h.ok(err)
			want(t, "sign in once the license is unbanned", h.signIn(ref), "")
		})
		t.Run("S1-20", func(t *testing.T) {
			ref := h.license("demo")
			ban(ref, true)
			if !h.load(ref).RedemptionBlocked {
				t.Error("the unused license is not banned")
			}
		})
	})
}

func TestExtend(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{Duration: ptr(span(86400))})
		extend := func(ref office.Ref) error {
			_, err := office.One(h.ExtendLicenses(ctx, h.boss, span(3600), ref))
			return err
		}
		ref := h.license("demo")
		t.Run("S1-21", func(t *testing.T) {
			want(t, "ExtendLicenses", extend(ref), "")
			want(t, "ExtendLicenses again", extend(ref), "")
			h.ok(h.redeem(ref, "ann"))
			if l := h.load(ref); l.ExpiresAt != h.now().Add(26*hour) {
				t.Errorf("ends %s, want 26 hours after its redemption", l.ExpiresAt)
			}
		})
		t.Run("S1-22", func(t *testing.T) {
			before := h.load(ref)
			want(t, "ExtendLicenses of a used one", extend(ref), license.LicenseUsed)
			if after := h.load(ref); after.ExpiresAt != before.ExpiresAt || after.Terms.Duration != before.Terms.Duration {
				t.Errorf("a refused extension moved the end to %s", after.ExpiresAt)
			}
			_, err := office.One(h.ChangeLicenses(ctx, h.boss, office.LicenseChange{Terms: office.TermsChange{Duration: ptr(span(5))}}, ref))
			want(t, "ChangeLicenses of the duration of a used one", err, license.LicenseUsed)
		})
		t.Run("S1-23", func(t *testing.T) {
			_, err := office.One(h.ExtendRedemptions(ctx, h.boss, span(3600), ref))
			want(t, "ExtendRedemptions", err, "")
			h.advance(26 * hour)
			want(t, "sign in in the hour added", h.signIn(ref), "")
			h.advance(hour)
			want(t, "sign in after it", h.signIn(ref), license.NothingHeld)
			_, err = office.One(h.ExtendRedemptions(ctx, h.boss, span(3600), h.license("demo")))
			wantCode(t, "ExtendRedemptions of an unused one", err, license.Conflict)
		})
		t.Run("renew", func(t *testing.T) {
			ref := office.Ref{ID: h.issue(office.NewLicenses{Product: "demo", Plan: license.PlanMonthly}).Licenses[0].ID}
			end := h.load(ref).ExpiresAt
			_, err := office.One(h.RenewLicenses(ctx, h.boss, license.PlanAnnually, license.Span{}, ref))
			want(t, "RenewLicenses", err, "")
			if l := h.load(ref); l.ExpiresAt != end.Add(365*day) || l.Terms.Plan != "annually" {
				t.Errorf("ends %s with plan %s, want a year after %s", l.ExpiresAt, l.Terms.Plan, end)
			}
			h.advance(400 * day)
			_, err = office.One(h.RenewLicenses(ctx, h.boss, "", span(86400), ref))
			want(t, "RenewLicenses once it lapsed", err, "")
			if l := h.load(ref); l.ExpiresAt != h.now().Add(day) {
				t.Errorf("ends %s, want a day from now", l.ExpiresAt)
			}
		})
		_, err := h.ExtendLicenses(ctx, h.boss, license.Span{}, ref)
		wantCode(t, "ExtendLicenses by nothing", err, license.Invalid)
		_, err = h.RenewLicenses(ctx, h.boss, "weekly", license.Span{}, ref)
		wantCode(t, "RenewLicenses by no plan", err, license.Invalid)
	})
}

func TestNoteAndTerms(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		ref := h.license("demo")
		t.Run("S1-24", func(t *testing.T) {
			_, err := office.One(h.NoteLicenses(ctx, h.boss, "Ann's laptop", ref))
			h.ok(err)
			if got := h.load(ref).Note; got != "Ann's laptop" {
				t.Errorf("the note is %q", got)
			}
			out, err := h.NoteLicenses(ctx, h.boss, "Ann's laptop", ref)
			h.ok(err)
			if out[0].Changed {
				t.Error("the same note again is a change")
			}
		})
		t.Run("terms", func(t *testing.T) {
			other := h.license("demo")
			change := office.LicenseChange{Metadata: ptr(`{"tier":"pro"}`), Terms: office.TermsChange{
				Activations: ptr(license.AtMost(2)), Lock: ptr(license.LockNone), Transfers: ptr(license.None)}}
			l, err := office.One(h.ChangeLicenses(ctx, h.boss, change, ref))
			h.ok(err)
			if diff := cmp.Diff(h.load(ref), l); diff != "" {
				t.Errorf("what a call returns differs from what is stored:\n%s", diff)
			}
			if l.Terms.Activations != 2 || l.Terms.Lock != license.LockNone || l.Terms.Transfers != license.None || l.Metadata != `{"tier":"pro"}` {
				t.Errorf("ChangeLicenses = %+v", l.Terms)
			}
			if got := h.load(other).Terms.Activations; got != 1 {
				t.Errorf("another license of the same terms has %s activations now", got)
			}
			_, err = office.One(h.ChangeLicenses(ctx, h.boss, office.LicenseChange{Terms: office.TermsChange{Type: ptr(license.Subscription)}}, ref))
			wantCode(t, "ChangeLicenses of the type", err, license.Conflict)
			_, err = office.One(h.ChangeLicenses(ctx, h.boss, office.LicenseChange{Terms: office.TermsChange{Level: ptr(int64(-1))}}, ref))
			wantCode(t, "ChangeLicenses to bad terms", err, license.Invalid)
		})
		t.Run("trial_to_full", func(t *testing.T) {
			trial := office.Ref{ID: h.issue(office.NewLicenses{Product: "demo", Trial: true, Expiry: span(60)}).Licenses[0].ID}
			h.ok(h.activate(trial, "hw"))
			h.advance(hour)
			if l := h.load(trial); !l.IsExpired(h.now()) {
				t.Error("the trial did not end")
			}
			_, err := office.One(h.ChangeLicenses(ctx, h.boss, office.LicenseChange{Terms: office.TermsChange{Trial: ptr(false)}}, trial))
			h.ok(err)
			if l := h.load(trial); l.IsExpired(h.now()) || l.Terms.Trial {
				t.Error("the full license ended with its trial")
			}
		})
	})
}

func TestDevices(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{Activations: ptr(license.AtMost(2))})
		ref := h.license("demo")
		h.ok(h.activate(ref, "hw-a"))
		h.ok(h.activate(ref, "hw-b"))
		want(t, "activate a third device", h.activate(ref, "hw-c"), license.DeviceLimit)
		list, err := h.ListDevices(ctx, h.boss, ref, 0, 10)
		h.ok(err)
		if len(list) != 2 || list[0].Binding.Value != "hw-a" {
			t.Fatalf("ListDevices = %+v", list)
		}
		_, err = h.FreeDevice(ctx, h.boss, ref, office.DeviceRef{ID: list[0].ID})
		want(t, "FreeDevice", err, "")
		_, err = h.FreeDevice(ctx, h.boss, ref, office.DeviceRef{Bound: "hw-a"})
		want(t, "FreeDevice again", err, license.DeviceUnknown)
		_, err = h.FreeDevice(ctx, h.boss, ref, office.DeviceRef{Bound: "hw-z"})
		wantCode(t, "FreeDevice of no device", err, license.NotFound)
		h.ok(h.activate(ref, "hw-c"))
		if l := h.load(ref); l.Transfers != 1 || l.Activated != 2 {
			t.Errorf("%d transfers and %d activations, want 1 and 2", l.Transfers, l.Activated)
		}
		_, err = h.BlockDevice(ctx, h.boss, ref, office.DeviceRef{Bound: "hw-b"})
		want(t, "BlockDevice", err, "")
		want(t, "activate a blocked device", h.activate(ref, "hw-b"), license.DeviceBlocked)
		_, err = h.UnblockDevice(ctx, h.boss, ref, office.DeviceRef{Bound: "hw-b"})
		want(t, "UnblockDevice", err, "")
		want(t, "activate an unblocked device", h.activate(ref, "hw-b"), "")
		l, err := office.One(h.ResetDevices(ctx, h.boss, ref))
		want(t, "ResetDevices", err, "")
		if l.Activated != 0 || l.Transfers != 0 || l.FirstUsedAt == 0 {
			t.Errorf("after a reset %d activations, %d transfers, first used %s", l.Activated, l.Transfers, l.FirstUsedAt)
		}
		d, err := h.ShowLicense(ctx, h.boss, ref)
		h.ok(err)
		for _, device := range d.Devices {
			if device.Active {
				t.Errorf("the device %s is active after a reset", device.Binding.Value)
			}
		}
		if len(d.Devices) != 3 || d.MoreDevices || d.Order.ID == 0 || d.Product.Code != "demo" || d.Policy.Code != "default" {
			t.Errorf("ShowLicense = %+v", d)
		}
		h.ok(h.activate(ref, "hw-d"))
	})
}

func TestBulk(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		h.product("twin", office.TermsChange{})
		made := h.issue(office.NewLicenses{Product: "demo", Keys: []string{"K-1", "K-2", "777"}}).Licenses
		h.issue(office.NewLicenses{Product: "twin", Keys: []string{"k-2"}})
		_, err := office.One(h.RevokeLicenses(ctx, h.boss, "", office.Ref{Key: "K-1"}))
		h.ok(err)
		refs := []office.Ref{
			{Key: "k-1"},                    // revoked
			{Key: "nope"},                   // no such license
			{Key: "K-2"},                    // two products have it
			{Key: " k-2 ", Product: "demo"}, // this one
			{ID: made[1].ID},                // and again
			{Key: "777"},                    // a key of digits
			{Key: fmt.Sprint(made[2].ID)},   // its identity in place of a key
			{Key: "K-2", Product: "none"},   // no such product
			{ID: 4711},                      // no such license
			{Key: fmt.Sprint(made[2].ID), Product: "2"}, // not of this product
		}
		out, err := h.SuspendLicenses(ctx, h.boss, refs...)
		h.ok(err)
		wanted := []license.Code{license.Refused, license.NotFound, license.Invalid, "", "", "", "", license.NotFound, license.NotFound, license.NotFound}
		for i, o := range out {
			if license.CodeOf(o.Err) != wanted[i] || o.Ref != refs[i] || o.Changed != (wanted[i] == "") {
				t.Errorf("SuspendLicenses(%+v) = %v, changed %t, want %s", refs[i], o.Err, o.Changed, orOK(string(wanted[i])))
			}
		}
		for i, standing := range []license.Standing{license.Revoked, license.Suspended, license.Suspended} {
			if l := h.load(office.Ref{ID: made[i].ID}); l.Standing != standing {
				t.Errorf("%s is %s, want %s", l.Key, l.Standing, standing)
			}
		}
		_, err = h.SuspendLicenses(ctx, h.boss)
		wantCode(t, "SuspendLicenses of none", err, license.Invalid)
		_, err = h.SuspendLicenses(ctx, h.boss, make([]office.Ref, office.MaxBulk+1)...)
		wantCode(t, "SuspendLicenses of too many", err, license.Invalid)
	})
}

func TestListLicenses(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{Duration: ptr(span(3600))})
		h.product("other", office.TermsChange{})
		keys := []string{"AA-1", "AA-2", "BB-1", "BB-2", "BB-3"}
		made := h.issue(office.NewLicenses{Product: "demo", Keys: keys, Order: "o-1", Customer: "ann@buyer.test"}).Licenses
		h.advance(hour)
		issued := h.now()
		bobs := h.issue(office.NewLicenses{Product: "other", Keys: []string{"AA-9"}, Note: "for Bob"}).Licenses[0].ID
		ref := func(i int) office.Ref { return office.Ref{ID: made[i].ID} }
		h.ok(h.activate(ref(0), "hw"))
		_, err := h.SuspendLicenses(ctx, h.boss, ref(1))
		h.ok(err)
		_, err = h.BanLicenses(ctx, h.boss, "", false, ref(2))
		h.ok(err)
		_, _, err = h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "eve"})
		h.ok(err)
		for _, held := range []office.Ref{ref(3), {ID: bobs}} {
			_, err = h.AssignUser(ctx, h.boss, held, "eve")
			h.ok(err)
		}
		h.advance(2 * hour)
		for _, c := range []struct {
			name   string
			filter office.LicenseFilter
			want   string
		}{
			{"all", office.LicenseFilter{}, "[AA-9 BB-3 BB-2 BB-1 AA-2 AA-1]"},
			{"product", office.LicenseFilter{Product: "other"}, "[AA-9]"},
			{"policy", office.LicenseFilter{Product: "demo", Policy: "default"}, "[BB-3 BB-2 BB-1 AA-2 AA-1]"},
			{"order", office.LicenseFilter{Order: "o-1", Prefix: "bb"}, "[BB-3 BB-2 BB-1]"},
			{"customer", office.LicenseFilter{Customer: "ANN@buyer.test", Used: ptr(true)}, "[AA-1]"},
			{"unused", office.LicenseFilter{Product: "demo", Used: ptr(false)}, "[BB-3 BB-2 BB-1 AA-2]"},
			{"standing", office.LicenseFilter{Standing: license.Suspended}, "[AA-2]"},
			{"expired", office.LicenseFilter{Expired: ptr(true)}, "[AA-1]"},
			{"banned", office.LicenseFilter{Banned: ptr(true)}, "[BB-1]"},
			{"prefix", office.LicenseFilter{Prefix: "aa-"}, "[AA-9 AA-2 AA-1]"},
			{"note", office.LicenseFilter{Note: "BOB"}, "[AA-9]"},
			{"order_of_another_product", office.LicenseFilter{Order: "o-1", Product: "other"}, "[]"},
			{"user", office.LicenseFilter{User: "Eve"}, "[AA-9 BB-2]"},
			{"user_and_product", office.LicenseFilter{User: "eve", Product: "demo"}, "[BB-2]"},
			{"issued_from", office.LicenseFilter{IssuedFrom: issued}, "[AA-9]"},
			{"issued_until", office.LicenseFilter{IssuedUntil: issued, Prefix: "AA"}, "[AA-2 AA-1]"},
			{"issued_never", office.LicenseFilter{IssuedFrom: issued, IssuedUntil: issued}, "[]"},
			{"search_key", office.LicenseFilter{Search: "bb-"}, "[BB-3 BB-2 BB-1]"},
			{"search_whole_key", office.LicenseFilter{Search: "AA-9"}, "[AA-9]"},
			{"search_customer", office.LicenseFilter{Search: "Ann@"}, "[BB-3 BB-2 BB-1 AA-2 AA-1]"},
			{"search_customer_in_product", office.LicenseFilter{Search: "ann@", Product: "other"}, "[]"},
			{"search_key_and_customer", office.LicenseFilter{Search: "A"}, "[AA-9 BB-3 BB-2 BB-1 AA-2 AA-1]"},
			{"search_note", office.LicenseFilter{Search: "bob"}, "[AA-9]"},
			{"search_nothing", office.LicenseFilter{Search: "zz"}, "[]"},
		} {
			t.Run(c.name, func(t *testing.T) {
				for _, limit := range []int{1, 2, 100} {
					got := []string{}
					page := office.Page{Limit: limit}
					for pages := 0; pages < 20; pages++ {
						list, next, err := h.ListLicenses(ctx, h.boss, c.filter, page)
						h.ok(err)
						for _, l := range list {
							got = append(got, l.Key)
						}
						if len(list) > limit {
							t.Fatalf("a page of %d holds %d", limit, len(list))
						}
						if next == 0 {
							break
						}
						page.Before = next
					}
					if fmt.Sprint(got) != c.want {
						t.Errorf("ListLicenses by %d = %v, want %s", limit, got, c.want)
					}
				}
			})
		}
		_, _, err = h.ListLicenses(ctx, h.boss, office.LicenseFilter{Policy: "default"}, office.Page{})
		wantCode(t, "ListLicenses of a policy without product", err, license.Invalid)
		_, _, err = h.ListLicenses(ctx, h.boss, office.LicenseFilter{Standing: "dead"}, office.Page{})
		wantCode(t, "ListLicenses of no standing", err, license.Invalid)
		_, _, err = h.ListLicenses(ctx, h.boss, office.LicenseFilter{Product: "none"}, office.Page{})
		want(t, "ListLicenses of no product", err, license.ProductUnknown)
		_, _, err = h.ListLicenses(ctx, h.boss, office.LicenseFilter{User: "nobody"}, office.Page{})
		wantCode(t, "ListLicenses of no user", err, license.NotFound)
	})
}
