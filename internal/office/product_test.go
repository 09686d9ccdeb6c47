package office_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

func TestProducts(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		first := h.product("first", office.TermsChange{Lock: ptr(license.LockAddress), Activations: ptr(license.AtMost(3))})
		second := h.product("second", office.TermsChange{})
		if first.Number != 1 || second.Number != 2 {
			t.Errorf("numbers = %d and %d, want 1 and 2", first.Number, second.Number)
		}
		for _, ref := range []string{"first", "1", strconv.FormatInt(int64(first.ID), 10)} {
			p, err := h.FindProduct(ctx, h.boss, ref)
			want(t, "FindProduct("+ref+")", err, "")
			if p.ID != first.ID {
				t.Errorf("FindProduct(%s) = %s, want first", ref, p.Code)
			}
		}
		policy, err := h.FindPolicy(ctx, h.boss, "first", "")
		h.ok(err)
		if policy.Code != "default" || policy.Terms.Lock != license.LockAddress || policy.Terms.Activations != 3 {
			t.Errorf("default policy = %+v", policy)
		}
		for _, ref := range []string{"third", "3", "99999999999"} {
			_, err := h.FindProduct(ctx, h.boss, ref)
			want(t, "FindProduct("+ref+")", err, license.ProductUnknown)
		}
		_, err = h.CreateProduct(ctx, h.boss, office.NewProduct{Code: "first", Name: "Again"})
		wantCode(t, "CreateProduct with a taken code", err, license.Conflict)
		for _, code := range []string{"", "x", "42", "with blank", "ümlaut"} {
			_, err := h.CreateProduct(ctx, h.boss, office.NewProduct{Code: code, Name: "P"})
			wantCode(t, "CreateProduct("+code+")", err, license.Invalid)
		}
		_, err = h.CreateProduct(ctx, office.In(operator(), 4711), office.NewProduct{Code: "stray", Name: "P"})
		wantCode(t, "CreateProduct in a tenant that is none", err, license.NotFound)

		changed, err := h.ChangeProduct(ctx, h.boss, "first", office.ProductChange{Name: ptr("First!"), Archived: ptr(true), Metadata: ptr(`{"a":1}`)})
		h.ok(err)
		got, err := h.FindProduct(ctx, h.boss, "first")
		h.ok(err)
		if diff := cmp.Diff(changed, got); diff != "" || got.Name != "First!" || !got.Archived {
			t.Errorf("FindProduct after ChangeProduct: %s", diff)
		}
		_, err = h.ChangeProduct(ctx, h.boss, "first", office.ProductChange{Metadata: ptr(`{`)})
		wantCode(t, "ChangeProduct with broken metadata", err, license.Invalid)
		for archived, n := range map[bool]int{true: 2, false: 1} {
			list, err := h.ListProducts(ctx, h.boss, archived, office.Page{})
			h.ok(err)
			if len(list) != n || list[0].Code != "second" {
				t.Errorf("ListProducts(archived %t) = %d, want %d with the newest first", archived, len(list), n)
			}
		}
		rest, err := h.ListProducts(ctx, h.boss, true, office.Page{Before: int64(second.ID), Limit: 1})
		h.ok(err)
		if len(rest) != 1 || rest[0].Code != "first" {
			t.Errorf("the second page of ListProducts = %v", rest)
		}
	})
}

func TestProductE2EE(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		key, err := h.ShowE2EE(ctx, h.boss, "demo")
		if err != nil || key != "" {
			t.Errorf("ShowE2EE before = %q, %v", key.Reveal(), err)
		}
		_, err = h.RotateE2EE(ctx, h.boss, "demo")
		wantCode(t, "RotateE2EE while off", err, license.Conflict)
		first, err := h.SwitchOnE2EE(ctx, h.boss, "demo")
		h.ok(err)
		if _, err := signing.ParseE2EEKey(first.Reveal()); err != nil || len(first) != 64 {
			t.Errorf("SwitchOnE2EE gave %d characters: %v", len(first), err)
		}
		again, err := h.SwitchOnE2EE(ctx, h.boss, "demo")
		h.ok(err)
		second, err := h.RotateE2EE(ctx, h.boss, "demo")
		h.ok(err)
		shown, err := h.ShowE2EE(ctx, h.boss, "demo")
		h.ok(err)
		if again != first || second == first || shown != second {
			t.Error("the key changes by rotating and by nothing else")
		}
		reader := identity.Actor{Kind: identity.PlatformUser, Tenant: h.tenant, Role: identity.ReadOnly}
		_, err = h.ShowE2EE(ctx, reader, "demo")
		want(t, "ShowE2EE by a reader", err, license.PermissionMissing)
		h.ok(h.SwitchOffE2EE(ctx, h.boss, "demo"))
		p, err := h.FindProduct(ctx, h.boss, "demo")
		h.ok(err)
		if p.E2EEKey != nil {
			t.Error("SwitchOffE2EE left a key behind")
		}
	})
}

func TestPolicies(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		before := h.license("demo")
		year := license.PlanAnnually
		made, err := h.CreatePolicy(ctx, h.boss, office.NewPolicy{Product: "demo", Code: "year", Default: true, Terms: office.TermsChange{Plan: &year}})
		h.ok(err)
		if made.Terms.Type != license.TimeLimited || made.Terms.Starts != license.StartsAtOrder || made.Terms.Duration != year.Span() {
			t.Errorf("terms of an annual policy = %+v", made.Terms)
		}
		for _, ref := range []string{"", "year", strconv.FormatInt(int64(made.ID), 10)} {
			p, err := h.FindPolicy(ctx, h.boss, "demo", ref)
			want(t, "FindPolicy("+ref+")", err, "")
			if p.ID != made.ID || !p.Default {
				t.Errorf("FindPolicy(%s) = %s, want year as the default", ref, p.Code)
			}
		}
		old, err := h.FindPolicy(ctx, h.boss, "demo", "default")
		h.ok(err)
		if old.Default {
			t.Error("two policies are the default")
		}
		_, err = h.ChangePolicy(ctx, h.boss, "demo", "year", office.PolicyChange{Archived: ptr(true)})
		wantCode(t, "ChangePolicy archiving the default", err, license.Conflict)

		kept := h.license("demo")
		_, err = h.ChangePolicy(ctx, h.boss, "demo", "year", office.PolicyChange{Terms: office.TermsChange{Activations: ptr(license.AtMost(9))}})
		h.ok(err)
		for _, ref := range []office.Ref{before, kept} {
			if got := h.load(ref).Terms.Activations; got != 1 {
				t.Errorf("a license has %s activations after its policy changed, want 1", got)
			}
		}
		if got := h.load(h.license("demo")).Terms.Activations; got != 9 {
			t.Errorf("a new license has %s activations, want 9", got)
		}
		_, err = h.ChangePolicy(ctx, h.boss, "demo", "default", office.PolicyChange{Archived: ptr(true)})
		h.ok(err)
		_, err = h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "demo", Policy: "default"})
		wantCode(t, "CreateLicenses from an archived policy", err, license.Conflict)
		list, err := h.ListPolicies(ctx, h.boss, "demo", false, office.Page{})
		h.ok(err)
		if len(list) != 1 || list[0].Code != "year" {
			t.Errorf("ListPolicies = %v, want year", list)
		}
		h.product("other", office.TermsChange{})
		_, err = h.FindPolicy(ctx, h.boss, "other", strconv.FormatInt(int64(made.ID), 10))
		wantCode(t, "FindPolicy of another product", err, license.NotFound)
	})
}

func TestDefaultPolicyRace(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("demo", office.TermsChange{})
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				_, err := h.CreatePolicy(t.Context(), h.boss, office.NewPolicy{Product: "demo", Code: "p" + strconv.Itoa(i), Default: true})
				want(t, "CreatePolicy", err, "")
			})
		}
		wg.Wait() // The doctor looks for exactly one default when the test ends.
	})
}

func TestTermsChange(t *testing.T) {
	t.Parallel()
	year, none := license.PlanAnnually, license.Plan("")
	days := license.Span{Seconds: 30 * 86400}
	base := license.DefaultTerms()
	planned := base
	planned.Type, planned.Plan, planned.Duration, planned.Starts = license.TimeLimited, string(year), year.Span(), license.StartsAtOrder
	trial := base
	trial.Trial, trial.Duration = true, days
	metered := base
	metered.Type, metered.Usage = license.Consumption, &license.UsageTerms{Max: 5}
	for _, c := range []struct {
		name   string
		from   license.Terms
		change office.TermsChange
		want   func(*license.Terms)
	}{
		{"nothing", base, office.TermsChange{}, func(*license.Terms) {}},
		{"duration", base, office.TermsChange{Duration: &days}, func(w *license.Terms) { w.Type, w.Duration = license.TimeLimited, days }},
		{"plan", base, office.TermsChange{Plan: &year}, func(w *license.Terms) { *w = planned }},
		{"plan_from_first_use", base, office.TermsChange{Plan: &year, Starts: ptr(license.StartsAtFirstUse)}, func(w *license.Terms) {
			*w = planned
			w.Starts = license.StartsAtFirstUse
		}},
		{"duration_in_place_of_plan", planned, office.TermsChange{Duration: &days}, func(w *license.Terms) {
			w.Plan, w.Duration, w.Starts = "", days, license.StartsAtFirstUse
		}},
		{"no_plan", planned, office.TermsChange{Plan: &none}, func(w *license.Terms) {
			w.Plan, w.Duration, w.Starts = "", license.Span{}, license.StartsAtFirstUse
		}},
		{"perpetual_in_place_of_plan", planned, office.TermsChange{Type: ptr(license.Perpetual)}, func(w *license.Terms) {
			w.Type, w.Plan, w.Duration, w.Starts = license.Perpetual, "", license.Span{}, license.StartsAtFirstUse
		}},
		{"trial", base, office.TermsChange{Trial: ptr(true), Duration: &days}, func(w *license.Terms) { *w = trial }},
		{"trial_to_full", trial, office.TermsChange{Trial: ptr(false)}, func(w *license.Terms) { *w = base }},
		{"no_meter", metered, office.TermsChange{Type: ptr(license.Perpetual)}, func(w *license.Terms) { *w = base }},
		{"no_floating", func() license.Terms {
			f := base
			f.Floating = &license.FloatingTerms{Seats: 1, TimeoutMins: 5}
			return f
		}(), office.TermsChange{Floating: &license.FloatingTerms{}}, func(w *license.Terms) { *w = base }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.change.Apply(c.from)
			if err != nil {
				t.Fatalf("Apply = %v, want ok", err)
			}
			wanted := c.from
			c.want(&wanted)
			if diff := cmp.Diff(wanted, got); diff != "" {
				t.Errorf("Apply (-want +got):\n%s", diff)
			}
		})
	}
	for name, c := range map[string]office.TermsChange{
		"plan_and_duration":       {Plan: &year, Duration: &days},
		"perpetual_with_duration": {Type: ptr(license.Perpetual), Duration: &days},
		"unknown_plan":            {Plan: ptr(license.Plan("weekly"))},
		"negative_duration":       {Duration: &license.Span{Seconds: -1}},
		"negative_level":          {Level: ptr(int64(-1))},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Apply(base)
			wantCode(t, "Apply", err, license.Invalid)
		})
	}
}

// S0-06: what belongs to another tenant does not exist, whatever name or identity it is asked by.
func TestIsolation(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		theirs := h.product("demo", office.TermsChange{})
		made := h.issue(office.NewLicenses{Product: "demo", Order: "o-1", Customer: "c@buyer.test"})
		ref := office.Ref{ID: made.Licenses[0].ID}
		h.ok(h.activate(ref, "hw"))
		member := h.user("ann@acme.test", identity.Support)
		key, _, err := h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "k", Scopes: identity.NewScopes(identity.ReadOrders)})
		h.ok(err)
		other, err := h.CreateTenant(ctx, operator(), "other", "Other")
		h.ok(err)
		me := identity.Actor{Kind: identity.PlatformUser, Tenant: other.ID, User: 2, Role: identity.Owner}
		id := func(n int64) string { return strconv.FormatInt(n, 10) }

		t.Run("S0-06", func(t *testing.T) {
			for name, ask := range map[string]func() error{
				"FindTenant":     func() error { _, err := h.FindTenant(ctx, me, "acme"); return err },
				"product_code":   func() error { _, err := h.FindProduct(ctx, me, "demo"); return err },
				"product_number": func() error { _, err := h.FindProduct(ctx, me, id(theirs.Number)); return err },
				"product_id":     func() error { _, err := h.FindProduct(ctx, me, id(int64(theirs.ID))); return err },
				"ChangeProduct":  func() error { _, err := h.ChangeProduct(ctx, me, "1", office.ProductChange{}); return err },
				"RotateE2EE":     func() error { _, err := h.RotateE2EE(ctx, me, "demo"); return err },
				"CreatePolicy": func() error {
					_, err := h.CreatePolicy(ctx, me, office.NewPolicy{Product: "1", Code: "px"})
					return err
				},
				"CreateLicenses":  func() error { _, err := h.CreateLicenses(ctx, me, office.NewLicenses{Product: "1"}); return err },
				"license_id":      func() error { _, err := h.FindLicense(ctx, me, ref); return err },
				"license_key":     func() error { _, err := h.FindLicense(ctx, me, office.Ref{Key: made.Licenses[0].Key}); return err },
				"license_id_text": func() error { _, err := h.FindLicense(ctx, me, office.Ref{Key: id(int64(ref.ID))}); return err },
				"ShowLicense":     func() error { _, err := h.ShowLicense(ctx, me, ref); return err },
				"ListDevices":     func() error { _, err := h.ListDevices(ctx, me, ref, 0, 10); return err },
				"LicenseHistory":  func() error { _, err := h.LicenseHistory(ctx, me, ref, office.Page{}); return err },
				"RevokeLicenses":  func() error { _, err := office.One(h.RevokeLicenses(ctx, me, "", ref)); return err },
				"FreeDevice":      func() error { _, err := h.FreeDevice(ctx, me, ref, office.DeviceRef{Bound: "hw"}); return err },
				"order_reference": func() error { _, err := h.FindOrder(ctx, me, "o-1"); return err },
				"order_id":        func() error { _, err := h.FindOrder(ctx, me, id(int64(made.Order.ID))); return err },
				"RefundOrder":     func() error { _, err := h.RefundOrder(ctx, me, id(int64(made.Order.ID))); return err },
				"customer_email":  func() error { _, err := h.FindCustomer(ctx, me, "c@buyer.test"); return err },
				"customer_id":     func() error { _, err := h.FindCustomer(ctx, me, id(int64(made.Order.Customer))); return err },
				"FindMember":      func() error { _, err := h.FindMember(ctx, me, "ann@acme.test"); return err },
				"SetPassword":     func() error { return h.SetPassword(ctx, me, id(int64(member.User.ID)), "Another-Horse-7!") },
				"Unlock":          func() error { return h.Unlock(ctx, me, "ann@acme.test") },
				"RevokeAPIKey":    func() error { _, err := h.RevokeAPIKey(ctx, me, key.ID); return err },
				"filter_product": func() error {
					_, _, err := h.ListLicenses(ctx, me, office.LicenseFilter{Product: "1"}, office.Page{})
					return err
				},
				"ListOrders_buyer": func() error { _, err := h.ListOrders(ctx, me, "c@buyer.test", office.Page{}); return err },
			} {
				t.Run(name, func(t *testing.T) { wantCode(t, name, ask(), license.NotFound) })
			}
			list, _, err := h.ListLicenses(ctx, me, office.LicenseFilter{}, office.Page{})
			h.ok(err)
			orders, err := h.ListOrders(ctx, me, "", office.Page{})
			h.ok(err)
			keys, err := h.ListAPIKeys(ctx, me, office.Page{})
			h.ok(err)
			if len(list)+len(orders)+len(keys) != 0 {
				t.Errorf("lists of another tenant show %d licenses, %d orders, %d keys", len(list), len(orders), len(keys))
			}
		})
		t.Run("same_names_are_free", func(t *testing.T) {
			_, err := h.CreateProduct(ctx, me, office.NewProduct{Code: "demo", Name: "Mine"})
			h.ok(err)
			_, err = h.CreateLicenses(ctx, me, office.NewLicenses{Product: "demo", Keys: []string{made.Licenses[0].Key}, Order: "o-1", Customer: "c@buyer.test"})
			want(t, "CreateLicenses with the same key, order and customer", err, "")
		})
		if got := h.load(ref); got.Standing != license.Enabled || got.Activated != 1 {
			t.Errorf("the license was changed by another tenant: %+v", got.License)
		}
		h.ok(h.store.Read(ctx, func(tx *store.Tx) error {
			l, err := tx.FindLicenseByKey(h.tenant, theirs.ID, made.Licenses[0].Key)
			if err == nil && l.ID != ref.ID {
				t.Errorf("FindLicenseByKey = %d, want %d", l.ID, ref.ID)
			}
			return err
		}))
	})
}
