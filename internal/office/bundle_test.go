package office_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// bundle makes the products one and two and a bundle of them.
func (h *house) bundle(mask string) office.Product {
	h.t.Helper()
	h.product("one", office.TermsChange{Activations: ptr(license.AtMost(2))})
	h.product("two", office.TermsChange{Duration: &license.Span{Months: 1}})
	b, err := h.CreateBundle(h.t.Context(), h.boss, office.NewBundle{Code: "both", Name: "Both", Products: []string{"one", "two"},
		Mask: license.Mask{Text: mask, Alphabet: license.AlphabetDigits}})
	h.ok(err)
	return b
}

// partsOf returns the parts of a bundle's license as they are stored.
func (h *house) partsOf(l license.LicenseRecord) (parts []license.License) {
	h.t.Helper()
	h.ok(h.store.Read(h.t.Context(), func(tx *store.Tx) (err error) {
		parts, err = tx.LicensesOfBundle(h.tenant, l.ID)
		return err
	}))
	return parts
}

func TestBundles(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		b := h.bundle("")
		if !b.Bundle || b.Auth != license.ByKey {
			t.Errorf("CreateBundle = %+v, want a bundle by key", b.Product)
		}
		items, err := h.BundleItems(ctx, h.boss, "both")
		if err != nil || len(items) != 2 || items[0].Product.Code != "one" || items[1].Product.Code != "two" {
			t.Errorf("BundleItems = %+v, %v, want one and two", items, err)
		}
		made := h.issue(office.NewLicenses{Product: "both", Amount: 3, Customer: "buyer@corp.test", Note: "a note", NotBefore: h.now() - 1})
		if len(made.Licenses) != 3 || len(made.Parts) != 6 {
			t.Fatalf("CreateLicenses = %d licenses and %d parts, want 3 and 6", len(made.Licenses), len(made.Parts))
		}
		for n, whole := range made.Licenses {
			parts := h.partsOf(whole)
			if len(parts) != 2 {
				t.Fatalf("bundle %d has %d parts, want 2", n, len(parts))
			}
			for i, part := range parts {
				stored := h.load(office.Ref{ID: part.ID})
				if part.Key != whole.Key || part.Order != whole.Order || part.Customer != whole.Customer || part.Bundle != whole.ID ||
					part.NotBefore != whole.NotBefore || stored.Note != "a note" || part.Product != items[i].Product.ID {
					t.Errorf("part %d of bundle %d = %+v, want the key, order and customer of %+v", i, n, part, whole.License)
				}
			}
			if parts[0].Terms.Activations != license.AtMost(2) || parts[1].Terms.Type != license.TimeLimited {
				t.Errorf("the parts have the terms %+v and %+v, want those of their own products", parts[0].Terms, parts[1].Terms)
			}
			byKey := h.load(office.Ref{Key: whole.Key})
			inTwo := h.load(office.Ref{Key: whole.Key, Product: "two"})
			if byKey.ID != whole.ID || inTwo.ID != parts[1].ID {
				t.Errorf("the key names %d, and in two %d; want the bundle's %d, and %d", byKey.ID, inTwo.ID, whole.ID, parts[1].ID)
			}
		}
		t.Run("dates-and-terms-hold-for-all", func(t *testing.T) {
			made := h.issue(office.NewLicenses{Product: "both", Expiry: license.Span{Seconds: 60}, Terms: office.TermsChange{Activations: ptr(license.AtMost(9))}})
			for _, l := range slices.Concat(made.Licenses, made.Parts) {
				if l.Terms.Duration.Seconds != 60 || l.Terms.Activations != license.AtMost(9) {
					t.Errorf("a license of the bundle has the terms %+v, want those of the issue", l.Terms)
				}
			}
		})
		t.Run("policies-of-parts", func(t *testing.T) {
			_, err := h.CreatePolicy(ctx, h.boss, office.NewPolicy{Product: "two", Code: "pro", Terms: office.TermsChange{Level: ptr(int64(7))}})
			h.ok(err)
			_, err = h.CreateBundle(ctx, h.boss, office.NewBundle{Code: "pro", Name: "Pro", Products: []string{"one", "two:pro"}})
			h.ok(err)
			made := h.issue(office.NewLicenses{Product: "pro"})
			if made.Parts[0].Terms.Level != 0 || made.Parts[1].Terms.Level != 7 {
				t.Errorf("the parts have the levels %d and %d, want 0 and 7", made.Parts[0].Terms.Level, made.Parts[1].Terms.Level)
			}
		})
		t.Run("keys-of-your-own", func(t *testing.T) {
			made := h.issue(office.NewLicenses{Product: "both", Keys: []string{"MINE-1", "MINE-2"}})
			if made.Licenses[1].Key != "MINE-2" || made.Parts[3].Key != "MINE-2" {
				t.Errorf("the keys are %s and %s, want MINE-2", made.Licenses[1].Key, made.Parts[3].Key)
			}
			h.issue(office.NewLicenses{Product: "two", Keys: []string{"TAKEN"}})
			_, err := h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "both", Keys: []string{"FREE", "taken"}})
			wantCode(t, "CreateLicenses with a key of a part", err, license.Conflict)
			if _, err := h.FindLicense(ctx, h.boss, office.Ref{Key: "FREE"}); license.ReasonOf(err) != license.KeyUnknown {
				t.Errorf("after that FREE = %v, want key_unknown", err)
			}
		})
		t.Run("refusals", func(t *testing.T) {
			_, err := h.CreateProduct(ctx, h.boss, office.NewProduct{Code: "people", Name: "People", Auth: license.ByUser})
			h.ok(err)
			for what, products := range map[string][]string{
				"nothing": {}, "a bundle": {"one", "both"}, "one twice": {"one", "one"}, "two ways": {"one", "people"},
			} {
				_, err := h.CreateBundle(ctx, h.boss, office.NewBundle{Code: "bad", Name: "Bad", Products: products})
				wantCode(t, "CreateBundle of "+what, err, license.Invalid)
			}
			_, err = h.CreateBundle(ctx, h.boss, office.NewBundle{Code: "bad", Name: "Bad", Products: []string{"one", "none"}})
			want(t, "CreateBundle of no product", err, license.ProductUnknown)
			_, err = h.CreateBundle(ctx, h.boss, office.NewBundle{Code: "bad", Name: "Bad", Products: []string{"two:none"}})
			wantCode(t, "CreateBundle by no policy", err, license.NotFound)
			_, err = h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "both", Amount: office.MaxIssue/3 + 1})
			wantCode(t, "CreateLicenses of too many", err, license.Invalid)
			_, err = h.ChangeProduct(ctx, h.boss, "two", office.ProductChange{Disabled: ptr(true)})
			h.ok(err)
			_, err = h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "both"})
			want(t, "CreateLicenses with a disabled part", err, license.ProductDisabled)
		})
	})
}

// What happens to the license of a bundle happens to its parts.
func TestBundleActsAsOne(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.bundle("")
		made := h.issue(office.NewLicenses{Product: "both"})
		whole := office.Ref{ID: made.Licenses[0].ID}
		each := func(what string, holds func(license.License) bool) {
			t.Helper()
			for _, part := range h.partsOf(made.Licenses[0]) {
				if !holds(part) {
					t.Errorf("after %s a part is %+v", what, part)
				}
			}
		}
		do := func(out []office.Outcome, err error) {
			t.Helper()
			_, err = office.One(out, err)
			h.ok(err)
		}
		do(h.SuspendLicenses(ctx, h.boss, whole))
		each("SuspendLicenses", func(l license.License) bool { return l.Standing == license.Suspended })
		do(h.ResumeLicenses(ctx, h.boss, whole))
		each("ResumeLicenses", func(l license.License) bool { return l.Standing == license.Enabled })
		do(h.BanLicenses(ctx, h.boss, "abuse", false, whole))
		each("BanLicenses", func(l license.License) bool { return l.RedemptionBlocked })
		do(h.UnbanLicenses(ctx, h.boss, whole))
		each("UnbanLicenses", func(l license.License) bool { return !l.RedemptionBlocked })

		before := h.partsOf(made.Licenses[0])[1].Terms.Duration
		out, err := h.ExtendLicenses(ctx, h.boss, license.Span{Months: 1}, whole)
		h.ok(err)
		wantCode(t, "ExtendLicenses of a bundle that never ends", out[0].Err, license.Conflict)
		each("ExtendLicenses that was refused", func(l license.License) bool { return l.Terms.Type == license.Perpetual || l.Terms.Duration == before })

		ref := office.Ref{ID: made.Parts[1].ID}
		out, err = h.ExtendLicenses(ctx, h.boss, license.Span{Months: 1}, ref)
		h.ok(err)
		if out[0].Err != nil || h.load(ref).Terms.Duration.Months != 2 {
			t.Errorf("ExtendLicenses of a part = %v, %+v, want two months", out[0].Err, h.load(ref).Terms.Duration)
		}
		_, err = h.activateOnAll(made.Licenses[0], "A")
		h.ok(err)
		do(h.ResetDevices(ctx, h.boss, whole))
		each("ResetDevices", func(l license.License) bool { return l.Activated == 0 && l.IsUsed() })
		// A part that is named with its bundle is acted on once.
		out, err = h.RenewLicenses(ctx, h.boss, "", license.Span{Months: 1}, whole, ref)
		h.ok(err)
		if out[1].Err != nil {
			t.Errorf("RenewLicenses of the part = %v, want ok", out[1].Err)
		}
		do(h.RevokeLicenses(ctx, h.boss, "fraud", whole))
		each("RevokeLicenses", func(l license.License) bool { return l.Standing == license.Revoked })
	})
}

// activateOnAll activates a device on every license of a bundle, as an app would.
func (h *house) activateOnAll(l license.LicenseRecord, hardware string) ([]authority.Answer, error) {
	a := authority.New(authority.Deps{Store: h.store, Now: h.now})
	return a.ActivateBundle(h.t.Context(), authority.Request{By: &store.Lookup{Tenant: h.tenant, Code: "both", Key: l.Key}, Claim: license.Claim{HardwareID: hardware}})
}

func TestBundleOfUsers(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for _, code := range []string{"one", "two"} {
			_, err := h.CreateProduct(ctx, h.boss, office.NewProduct{Code: code, Name: code, Auth: license.ByUser})
			h.ok(err)
		}
		b, err := h.CreateBundle(ctx, h.boss, office.NewBundle{Code: "both", Name: "Both", Products: []string{"one", "two"}})
		h.ok(err)
		if b.Auth != license.ByUser {
			t.Errorf("the bundle is %s, want %s as its products", b.Auth, license.ByUser)
		}
		made := h.issue(office.NewLicenses{Product: "both"})
		_, _, err = h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Email: "ann@corp.test"})
		h.ok(err)
		_, err = h.AssignUser(ctx, h.boss, office.Ref{ID: made.Licenses[0].ID}, "ann@corp.test")
		h.ok(err)
		a := authority.New(authority.Deps{Store: h.store, Now: h.now})
		ask := authority.Request{By: &store.Lookup{Tenant: h.tenant, Code: "both", User: "ann@corp.test"}, Claim: license.Claim{HardwareID: "A"}}
		all, err := a.ActivateBundle(ctx, ask)
		if err != nil || len(all) != 3 {
			t.Fatalf("ActivateBundle = %d answers, %v, want 3", len(all), err)
		}
		_, err = h.UnassignUser(ctx, h.boss, office.Ref{ID: made.Licenses[0].ID}, "ann@corp.test")
		h.ok(err)
		for _, part := range h.partsOf(made.Licenses[0]) {
			if part.Activated != 0 {
				t.Errorf("after UnassignUser a part has %d devices, want 0", part.Activated)
			}
		}
	})
}

// Many who issue a bundle at once, with hardly more keys than they need: each key stands for the same bundle everywhere.
func TestBundleKeysRace(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.bundle("K**")
		var mine []string
		for i := range 20 {
			mine = append(mine, fmt.Sprintf("K%02d", 3*i))
		}
		h.issue(office.NewLicenses{Product: "one", Keys: mine[:10]})
		h.issue(office.NewLicenses{Product: "two", Keys: mine[10:]})
		var wg sync.WaitGroup
		var mu sync.Mutex
		issued := 0
		for range 8 {
			wg.Go(func() {
				made, err := h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "both", Amount: 8})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("CreateLicenses = %v, want ok", err)
					return
				}
				issued += len(made.Licenses)
			})
		}
		wg.Wait()
		if issued != 64 {
			t.Errorf("%d bundles were issued, want 64", issued)
		}
		_, err := h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "both", Amount: 17})
		want(t, "CreateLicenses beyond the mask", err, license.MaskTooSmall)
		seen := map[string]int{}
		for _, product := range []string{"both", "one", "two"} {
			list, _, err := h.ListLicenses(ctx, h.boss, office.LicenseFilter{Product: product}, office.Page{Limit: 1000})
			h.ok(err)
			for _, l := range list {
				seen[l.Key]++
			}
		}
		for key, times := range seen {
			want := 3
			if slices.Contains(mine, key) {
				want = 1
			}
			if times != want {
				t.Errorf("the key %s is there %d times, want %d", key, times, want)
			}
		}
		if len(seen) != 84 {
			t.Errorf("%d keys are in use, want 84", len(seen))
		}
	})
}

func TestCustomFields(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		p, err := h.CreateProduct(ctx, h.boss, office.NewProduct{Code: "app", Name: "App", Fields: []license.CustomField{
			{Name: "regions", Type: license.TextField, Value: "eu"}, {Name: "seats", Type: license.NumberField},
		}})
		h.ok(err)
		if p.Fields[0].ID == 0 || p.Fields[0].ID == p.Fields[1].ID {
			t.Errorf("the fields are %+v, want an identity each", p.Fields)
		}
		t.Run("S0-23", func(t *testing.T) {
			made := h.issue(office.NewLicenses{Product: "app", Fields: map[string]string{"regions": "eu,us"}})
			text := h.load(office.Ref{ID: made.Licenses[0].ID}).CustomFields
			if !strings.Contains(text, `"regions"`) || !strings.Contains(text, `"eu,us"`) || !strings.Contains(text, `"seats"`) {
				t.Errorf("the license has %s, want regions eu,us and seats without a value", text)
			}
		})
		for name, value := range map[string]string{"none": "x", "seats": "many"} {
			_, err := h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "app", Fields: map[string]string{name: value}})
			wantCode(t, "CreateLicenses with "+name+" "+value, err, license.Invalid)
		}
		before := h.issue(office.NewLicenses{Product: "app"}).Licenses[0]
		changed, err := h.ChangeProduct(ctx, h.boss, "app", office.ProductChange{Fields: &[]license.CustomField{
			{Name: "until", Type: license.TimeField, Value: "2027-01-31"}, {Name: "regions", Type: license.TextField, Value: "us"},
		}})
		h.ok(err)
		if changed.Fields[1].ID != p.Fields[0].ID || changed.Fields[0].ID == p.Fields[1].ID {
			t.Errorf("the fields are %+v after %+v, want regions to keep its identity", changed.Fields, p.Fields)
		}
		if got := h.load(office.Ref{ID: before.ID}).CustomFields; !strings.Contains(got, `"eu"`) {
			t.Errorf("a license issued before has %s, want what the product said then", got)
		}
		for what, fields := range map[string][]license.CustomField{
			"two of a name": {{Name: "a", Type: "text"}, {Name: "a", Type: "text"}}, "no type": {{Name: "a"}}, "no name": {{Type: "text"}},
			"a wrong default": {{Name: "a", Type: "number", Value: "x"}},
		} {
			_, err := h.ChangeProduct(ctx, h.boss, "app", office.ProductChange{Fields: &fields})
			wantCode(t, "ChangeProduct with "+what, err, license.Invalid)
		}
		t.Run("bundle", func(t *testing.T) {
			h.product("bare", office.TermsChange{})
			_, err := h.CreateBundle(ctx, h.boss, office.NewBundle{Code: "both", Name: "Both", Products: []string{"bare", "app"}})
			h.ok(err)
			made := h.issue(office.NewLicenses{Product: "both", Fields: map[string]string{"regions": "asia"}})
			if made.Licenses[0].CustomFields != "" || made.Parts[0].CustomFields != "" || !strings.Contains(made.Parts[1].CustomFields, "asia") {
				t.Errorf("the bundle's licenses have %q, %q and %q, want the field on the last", made.Licenses[0].CustomFields, made.Parts[0].CustomFields, made.Parts[1].CustomFields)
			}
		})
	})
}
