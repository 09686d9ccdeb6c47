package office_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"licet/internal/license"
	"licet/internal/office"
)

func TestIssue(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		t.Run("S1-04", func(t *testing.T) {
			for _, n := range []int{1, 2, 100} {
				made := h.issue(office.NewLicenses{Product: "demo", Amount: n})
				seen := map[string]bool{}
				for _, l := range made.Licenses {
					seen[license.FoldKey(l.Key)] = true
				}
				if len(seen) != n {
					t.Errorf("CreateLicenses(%d) made %d different keys", n, len(seen))
				}
			}
			for _, n := range []int{-1, 10_001} {
				_, err := h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "demo", Amount: n})
				wantCode(t, fmt.Sprint("CreateLicenses of ", n), err, license.Invalid)
			}
		})
		for _, c := range []struct {
			name         string
			lower, upper bool
			want         string
		}{
			{"S1-05_S1-08_both", true, true, `^AB-[0-9a-zA-Z]{8}-x[0-9a-zA-Z]ß$`},
			{"S1-06", true, false, `^AB-[0-9a-z]{8}-x[0-9a-z]ß$`},
			{"S1-07", false, true, `^AB-[0-9A-Z]{8}-x[0-9A-Z]ß$`},
			{"S1-08", false, false, `^AB-[0-9]{8}-x[0-9]ß$`},
		} {
			t.Run(c.name, func(t *testing.T) {
				mask, err := license.MaskOf("AB-********-x*ß", c.lower, c.upper)
				h.ok(err)
				form := regexp.MustCompile(c.want)
				for _, l := range h.issue(office.NewLicenses{Product: "demo", Amount: 50, Mask: &mask}).Licenses {
					if !form.MatchString(l.Key) {
						t.Errorf("key %q, want the form %s", l.Key, c.want)
					}
				}
			})
		}
		t.Run("S1-12", func(t *testing.T) {
			span, err := license.UnitWeeks.Span(5)
			h.ok(err)
			ref := office.Ref{ID: h.issue(office.NewLicenses{Product: "demo", Expiry: span}).Licenses[0].ID}
			if l := h.load(ref); l.ExpiresAt != 0 || l.Terms.Duration.AboutSeconds() != 3_024_000 {
				t.Errorf("before its use: %s, ends %s", l.Terms.Duration, l.ExpiresAt)
			}
			h.advance(hour)
			h.ok(h.activate(ref, "hw"))
			if l := h.load(ref); l.ExpiresAt != span.Add(h.now()) {
				t.Errorf("ends %s, want 5 weeks after the first use", l.ExpiresAt)
			}
		})
		t.Run("S1-10_S1-13_S1-14", func(t *testing.T) {
			made := h.issue(office.NewLicenses{Product: "demo", Note: "for Ann,\nby hand", Terms: office.TermsChange{Level: ptr(int64(2))}})
			ref := office.Ref{Key: made.Licenses[0].Key}
			d, err := h.ShowLicense(ctx, h.boss, ref)
			h.ok(err)
			if d.Note != "for Ann,\nby hand" || d.Terms.Level != 2 || office.Status(&d.License) != "Not Used" {
				t.Errorf("ShowLicense = note %q, level %d, status %s", d.Note, d.Terms.Level, office.Status(&d.License))
			}
			h.ok(h.redeem(office.Ref{ID: d.ID}, "ann"))
			d, err = h.ShowLicense(ctx, h.boss, ref)
			h.ok(err)
			if office.Status(&d.License) != "Used" || d.User == nil || d.User.Name != "ann" {
				t.Errorf("ShowLicense after redemption = status %s, user %v", office.Status(&d.License), d.User)
			}
		})
		t.Run("plan", func(t *testing.T) {
			l := h.issue(office.NewLicenses{Product: "demo", Plan: license.PlanAnnually}).Licenses[0]
			if l.ExpiresAt != h.now().Add(365*24*hour) || l.Terms.Plan != "annually" || l.StartedAt != h.now() {
				t.Errorf("an annual license ends %s, plan %q", l.ExpiresAt, l.Terms.Plan)
			}
		})
		t.Run("fixed_date", func(t *testing.T) {
			end := h.now().Add(24 * hour)
			l := h.issue(office.NewLicenses{Product: "demo", ExpiresAt: end}).Licenses[0]
			if !l.IsExpired(end) || l.IsExpired(end-1) {
				t.Errorf("a license until %s does not end then: %+v", end, l.Terms)
			}
		})
		t.Run("features_begin_with_the_license", func(t *testing.T) {
			days := license.Span{Seconds: 86400}
			terms := office.TermsChange{Starts: ptr(license.StartsAtIssue), Features: &[]license.FeatureTerms{{Code: "pro", Duration: days}}}
			h.issue(office.NewLicenses{Product: "demo", Amount: 2, Terms: terms})
		})
		t.Run("refused", func(t *testing.T) {
			week := license.Span{Seconds: 604800}
			for name, n := range map[string]office.NewLicenses{
				"two_expiries":     {Expiry: week, Plan: license.PlanAnnually},
				"date_and_span":    {Expiry: week, ExpiresAt: h.now()},
				"unknown_plan":     {Plan: "weekly"},
				"long_note":        {Note: strings.Repeat("x", 1001)},
				"broken_metadata":  {Metadata: "{"},
				"order_status":     {OrderStatus: license.OrderRefunded},
				"no_email":         {Customer: "nobody"},
				"control_in_order": {Order: "a\x00b"},
				"keys_and_amount":  {Keys: []string{"a1"}, Amount: 2},
				"key_twice":        {Keys: []string{"Same", "sAME"}},
				"no_key":           {Keys: []string{" "}},
			} {
				n.Product = "demo"
				_, err := h.CreateLicenses(ctx, h.boss, n)
				wantCode(t, name, err, license.Invalid)
			}
		})
	})
}

func TestIssueStates(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		_, err := h.CreateProduct(ctx, h.boss, office.NewProduct{Code: "people", Name: "P", Auth: license.ByUser})
		h.ok(err)
		for _, l := range h.issue(office.NewLicenses{Product: "people", Amount: 3}).Licenses {
			if l.Key != "" {
				t.Errorf("a license for users has the key %q", l.Key)
			}
		}
		_, err = h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "people", Keys: []string{"k1"}})
		wantCode(t, "CreateLicenses with keys for users", err, license.Invalid)

		made := h.issue(office.NewLicenses{Product: "demo", Keys: []string{" Own-1 ", "own-2"}})
		if made.Licenses[0].Key != "Own-1" {
			t.Errorf("an own key is kept as %q", made.Licenses[0].Key)
		}
		_, err = h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "demo", Keys: []string{"new", "OWN-2"}, Order: "never", Customer: "never@buyer.test"})
		wantCode(t, "CreateLicenses with a key in use", err, license.Conflict)
		for _, what := range []func() error{
			func() error { _, err := h.FindLicense(ctx, h.boss, office.Ref{Key: "new"}); return err },
			func() error { _, err := h.FindOrder(ctx, h.boss, "never"); return err },
			func() error { _, err := h.FindCustomer(ctx, h.boss, "never@buyer.test"); return err },
		} {
			wantCode(t, "what a refused issue leaves behind", what(), license.NotFound)
		}
		for change, reason := range map[*office.ProductChange]license.Reason{
			{Disabled: ptr(true)}: license.ProductDisabled,
			{Archived: ptr(true)}: license.ProductArchived,
		} {
			h.product("p-"+string(reason), office.TermsChange{})
			_, err := h.ChangeProduct(ctx, h.boss, "p-"+string(reason), *change)
			h.ok(err)
			_, err = h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "p-" + string(reason)})
			want(t, "CreateLicenses", err, reason)
		}
	})
}

func TestIssueTinyMask(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("demo", office.TermsChange{})
		digits := license.Mask{Text: "T**", Alphabet: license.AlphabetDigits}
		for _, n := range []int{60, 30, 9, 1} {
			h.issue(office.NewLicenses{Product: "demo", Amount: n, Mask: &digits})
		}
		_, err := h.CreateLicenses(t.Context(), h.boss, office.NewLicenses{Product: "demo", Mask: &digits})
		want(t, "CreateLicenses of the 101st key of 100", err, license.MaskTooSmall)
		_, err = h.CreateLicenses(t.Context(), h.boss, office.NewLicenses{Product: "demo", Amount: 101, Mask: &digits})
		want(t, "CreateLicenses of 101 of 100", err, license.MaskTooSmall)
		fixed := license.Mask{Text: "FIXED"}
		h.issue(office.NewLicenses{Product: "demo", Mask: &fixed})
		_, err = h.CreateLicenses(t.Context(), h.boss, office.NewLicenses{Product: "demo", Mask: &fixed})
		want(t, "CreateLicenses of a fixed key again", err, license.MaskTooSmall)
		list, _, err := h.ListLicenses(t.Context(), h.boss, office.LicenseFilter{Product: "demo"}, office.Page{Limit: 1000})
		h.ok(err)
		if len(list) != 101 {
			t.Errorf("%d licenses, want 101", len(list))
		}
	})
}

func TestIssueTenThousand(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("demo", office.TermsChange{})
		made := h.issue(office.NewLicenses{Product: "demo", Amount: office.MaxIssue})
		if len(made.Licenses) != 10_000 {
			t.Fatalf("%d licenses, want 10000", len(made.Licenses))
		}
		order, err := h.RefundOrder(t.Context(), h.boss, made.Order.Reference)
		h.ok(err)
		if order.Status != license.OrderRefunded {
			t.Errorf("order is %s", order.Status)
		}
		// The doctor finds a license that was left out when the test ends.
	})
}

// Two bulk issues at once of one product, in one order, from a mask that nearly fills up.
func TestIssueRace(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		p := h.product("demo", office.TermsChange{})
		mask := license.Mask{Text: "R***", Alphabet: license.AlphabetDigits}
		orders := make([]license.OrderID, 4)
		var wg sync.WaitGroup
		for i := range orders {
			wg.Go(func() {
				made, err := h.CreateLicenses(t.Context(), h.boss, office.NewLicenses{Product: "demo", Amount: 150, Mask: &mask, Order: "shared", Customer: "c@buyer.test"})
				want(t, "CreateLicenses", err, "")
				orders[i] = made.Order.ID
			})
		}
		wg.Wait()
		for _, id := range orders {
			if id != orders[0] {
				t.Errorf("orders = %v, want one", orders)
			}
		}
		list, next, err := h.ListLicenses(t.Context(), h.boss, office.LicenseFilter{Order: "shared"}, office.Page{Limit: 1000})
		h.ok(err)
		seen := map[string]bool{}
		for _, l := range list {
			seen[l.Key] = true
			if l.Product != p.ID || l.Customer == 0 {
				t.Fatalf("license %+v", l.License)
			}
		}
		if len(list) != 600 || len(seen) != 600 || next != 0 {
			t.Errorf("%d licenses with %d keys, want 600", len(list), len(seen))
		}
	})
}
