package office_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

func TestChangeAPIKey(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		key, token, err := h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "shop", Scopes: identity.NewScopes(identity.UseLicenses)})
		h.ok(err)
		ends := h.now().Add(hour)
		changed, err := h.ChangeAPIKey(ctx, h.boss, key.ID, office.APIKeyChange{Name: ptr("shop 2"), ExpiresAt: &ends})
		h.ok(err)
		found, err := h.FindAPIKey(ctx, h.boss, key.ID)
		h.ok(err)
		key.Name, key.ExpiresAt = "shop 2", ends
		if diff := cmp.Diff(key, changed); diff != "" {
			t.Errorf("ChangeAPIKey (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(key, found); diff != "" {
			t.Errorf("FindAPIKey (-want +got):\n%s", diff)
		}
		stale := &license.Error{Code: license.Conflict, Message: "somebody else was faster"}
		_, err = h.ChangeAPIKey(ctx, h.boss, key.ID, office.APIKeyChange{Name: ptr("shop 3"), If: func(k office.APIKey) error {
			if k.Name != "shop 2" {
				t.Errorf("If is asked of %q, want the stored shop 2", k.Name)
			}
			return stale
		}})
		if !errors.Is(err, stale) {
			t.Errorf("ChangeAPIKey with an If that says no = %v, want its own error", err)
		}
		_, err = h.ChangeAPIKey(ctx, h.boss, key.ID, office.APIKeyChange{Name: ptr("")})
		wantCode(t, "ChangeAPIKey to no name", err, license.Invalid)
		_, err = h.ChangeAPIKey(ctx, h.boss, key.ID, office.APIKeyChange{ExpiresAt: ptr(h.now())})
		wantCode(t, "ChangeAPIKey to an end that is over", err, license.Invalid)
		h.advance(2 * hour)
		_, err = h.FindByToken(ctx, token.Reveal())
		wantSentence(t, "FindByToken of an expired key", err, license.TokenExpired, "this token expired on 2026-03-23T13:00:00Z")
		_, err = h.ChangeAPIKey(ctx, h.boss, key.ID, office.APIKeyChange{Name: ptr("shop 3")})
		want(t, "ChangeAPIKey of an expired key that keeps its end", err, "")
		_, err = h.ChangeAPIKey(ctx, h.boss, key.ID, office.APIKeyChange{ExpiresAt: ptr(license.Time(0))})
		h.ok(err)
		_, err = h.FindByToken(ctx, token.Reveal())
		want(t, "FindByToken of a key that was given more time", err, "")

		_, err = h.RevokeAPIKey(ctx, h.boss, key.ID)
		h.ok(err)
		_, err = h.FindByToken(ctx, token.Reveal())
		wantSentence(t, "FindByToken of a revoked key", err, license.CredentialsWrong, "this token was revoked")
		_, err = h.FindByToken(ctx, "licet_key_x")
		wantSentence(t, "FindByToken of no token", err, license.CredentialsWrong, "this token is unknown")
		_, err = h.ChangeAPIKey(ctx, h.boss, key.ID, office.APIKeyChange{Name: ptr("shop 4")})
		wantCode(t, "ChangeAPIKey of a revoked key", err, license.Conflict)
		_, err = h.ChangeAPIKey(ctx, office.In(operator(), h.tenant+1), key.ID, office.APIKeyChange{Name: ptr("mine")})
		wantCode(t, "S0-06 ChangeAPIKey of another tenant", err, license.NotFound)
		_, err = h.FindAPIKey(ctx, office.In(operator(), h.tenant+1), key.ID)
		wantCode(t, "S0-06 FindAPIKey of another tenant", err, license.NotFound)
	})
}

// wantSentence is want that compares what people read as well.
func wantSentence(t *testing.T, what string, err error, reason license.Reason, sentence string) {
	t.Helper()
	want(t, what, err, reason)
	if got := license.Describe(err).Message; err != nil && got != sentence {
		t.Errorf("%s says %q, want %q", what, got, sentence)
	}
}

// town is a house with two products, mine and theirs, a bundle of both, licenses of each, and a key that is for mine alone.
type town struct {
	*house
	me                  identity.Actor
	mine, theirs, whole license.LicenseRecord
	policy              license.Policy // of theirs
}

func newTown(t *testing.T, h *house) *town {
	t.Helper()
	ctx := t.Context()
	c := &town{house: h}
	h.product("mine", office.TermsChange{})
	theirs := h.product("theirs", office.TermsChange{})
	_, err := h.CreateBundle(ctx, h.boss, office.NewBundle{Code: "both", Name: "Both", Products: []string{"mine", "theirs"}})
	h.ok(err)
	c.mine = h.issue(office.NewLicenses{Product: "mine", Order: "o-mine", Keys: []string{"SAME-KEY"}}).Licenses[0]
	c.theirs = h.issue(office.NewLicenses{Product: "theirs", Order: "o-theirs", Keys: []string{"SAME-KEY"}, Customer: "ann@x.test"}).Licenses[0]
	c.whole = h.issue(office.NewLicenses{Product: "both", Order: "o-both"}).Licenses[0]
	h.issue(office.NewLicenses{Product: "mine", Order: "o-mixed"})
	h.issue(office.NewLicenses{Product: "theirs", Order: "o-mixed"})
	_, err = h.CreateOrder(ctx, h.boss, office.NewOrder{Reference: "o-empty"})
	h.ok(err)
	c.policy, err = h.FindPolicy(ctx, h.boss, "theirs", "")
	h.ok(err)
	if theirs.ID != c.policy.Product {
		t.Fatalf("the default policy is of product %d, want %d", c.policy.Product, theirs.ID)
	}
	_, token, err := h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "narrow", Scopes: identity.AllScopes(), Products: []string{"mine", "mine"}})
	h.ok(err)
	c.me, err = h.FindByToken(ctx, token.Reveal())
	h.ok(err)
	if len(c.me.Products) != 1 || c.me.Products[0] != c.mine.Product {
		t.Fatalf("the key is for %v, want %d", c.me.Products, c.mine.Product)
	}
	return c
}

// A key for one product does there what its scopes say.
func TestNarrowedKeyWithinItsProduct(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		c := newTown(t, h)
		ref := office.Ref{Key: "same-key"}
		for what, call := range map[string]func() error{
			"FindProduct": func() error { _, err := h.FindProduct(ctx, c.me, "mine"); return err },
			"ChangeProduct": func() error {
				_, err := h.ChangeProduct(ctx, c.me, "mine", office.ProductChange{Name: ptr("m")})
				return err
			},
			"CreatePolicy": func() error {
				_, err := h.CreatePolicy(ctx, c.me, office.NewPolicy{Product: "mine", Code: "pro"})
				return err
			},
			"CreateLicenses": func() error {
				_, err := h.CreateLicenses(ctx, c.me, office.NewLicenses{Product: "mine", Order: "o-mine"})
				return err
			},
			"new_order":   func() error { _, err := h.CreateLicenses(ctx, c.me, office.NewLicenses{Product: "mine"}); return err },
			"FindLicense": func() error { r, err := h.FindLicense(ctx, c.me, ref); return errors.Join(err, same(r.ID, c.mine.ID)) },
			"ShowLicense": func() error { _, err := h.ShowLicense(ctx, c.me, ref); return err },
			"SuspendLicenses": func() error {
				_, err := office.One(h.SuspendLicenses(ctx, c.me, ref))
				return err
			},
			"LicenseHistory": func() error { _, err := h.LicenseHistory(ctx, c.me, ref, office.Page{}); return err },
			"FindOrder":      func() error { _, err := h.FindOrder(ctx, c.me, "o-mine"); return err },
			"ListVersions":   func() error { _, err := h.ListVersions(ctx, c.me, "mine", office.Page{}); return err },
		} {
			t.Run(what, func(t *testing.T) { want(t, what, call(), "") })
		}
		t.Run("lists", func(t *testing.T) { c.lists(t) })
		t.Run("bundle_of_covered_products", func(t *testing.T) {
			all, _, err := h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "all", Scopes: identity.AllScopes(), Products: []string{"mine", "theirs", "both"}})
			h.ok(err)
			_, err = h.CreateLicenses(ctx, all.Actor(), office.NewLicenses{Product: "both"})
			want(t, "CreateLicenses of a bundle", err, "")
			_, err = office.One(h.RevokeLicenses(ctx, all.Actor(), "", office.Ref{ID: c.whole.ID}))
			want(t, "RevokeLicenses of a bundle", err, "")
		})
		t.Run("part_of_a_bundle", func(t *testing.T) {
			r, err := h.FindLicense(ctx, c.me, office.Ref{Key: c.whole.Key})
			if err != nil || r.Product != c.mine.Product || r.Bundle != c.whole.ID {
				t.Errorf("FindLicense of a bundle's key = %+v, %v, want the part of mine", r, err)
			}
		})
	})
}

func same(got, want license.LicenseID) error {
	if got != want {
		return fmt.Errorf("license %d, want %d", got, want)
	}
	return nil
}

func (c *town) lists(t *testing.T) {
	ctx := t.Context()
	products, err := c.ListProducts(ctx, c.me, true, office.Page{})
	if err != nil || len(products) != 1 || products[0].Code != "mine" {
		t.Errorf("ListProducts = %v, %v, want mine", products, err)
	}
	licenses, _, err := c.ListLicenses(ctx, c.me, office.LicenseFilter{}, office.Page{})
	if err != nil || len(licenses) == 0 {
		t.Errorf("ListLicenses = %v, %v, want those of mine", licenses, err)
	}
	for _, r := range licenses {
		if r.Product != c.mine.Product {
			t.Errorf("ListLicenses gives license %d of product %d", r.ID, r.Product)
		}
	}
	var out bytes.Buffer
	c.ok(c.ExportLicenses(ctx, c.me, &out, 0, 0, nil))
	if got := strings.Count(out.String(), "\r\n"); got != len(licenses)+1 || strings.Contains(out.String(), "theirs") {
		t.Errorf("ExportLicenses wrote %d lines, want a header and %d licenses of mine:\n%s", got, len(licenses), &out)
	}
	orders, err := c.ListOrders(ctx, c.me, "", office.Page{})
	if err != nil || len(orders) == 0 {
		t.Errorf("ListOrders = %v, %v, want those of mine", orders, err)
	}
	for _, o := range orders {
		if slices.Contains([]string{"o-theirs", "o-both", "o-mixed", "o-empty"}, o.Reference) {
			t.Errorf("ListOrders gives %s", o.Reference)
		}
	}
}

// What is of another product does not exist for a key, and what is of no product it may not touch.
func TestNarrowedKeyBeyondItsProduct(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		c := newTown(t, h)
		theirs, part := office.Ref{ID: c.theirs.ID}, office.Ref{Product: "theirs", Key: "SAME-KEY"}
		policyID := fmt.Sprint(int64(c.policy.ID))
		for _, tt := range []struct {
			what, want string // a reason, else a code
			call       func() error
		}{
			{"FindProduct", "product_unknown", func() error { _, err := h.FindProduct(ctx, c.me, "theirs"); return err }},
			{"FindProduct_by_id", "product_unknown", func() error {
				_, err := h.FindProduct(ctx, c.me, fmt.Sprint(int64(c.theirs.Product)))
				return err
			}},
			{"ChangeProduct", "product_unknown", func() error { _, err := h.ChangeProduct(ctx, c.me, "theirs", office.ProductChange{}); return err }},
			{"ShowE2EE", "product_unknown", func() error { _, err := h.ShowE2EE(ctx, c.me, "theirs"); return err }},
			{"ListPolicies", "product_unknown", func() error { _, err := h.ListPolicies(ctx, c.me, "theirs", true, office.Page{}); return err }},
			{"FindPolicy", "not_found", func() error { _, err := h.FindPolicy(ctx, c.me, "mine", policyID); return err }},
			{"CreateLicenses", "product_unknown", func() error {
				_, err := h.CreateLicenses(ctx, c.me, office.NewLicenses{Product: "theirs"})
				return err
			}},
			{"CreateLicenses_into_an_order_of_theirs", "conflict", func() error {
				_, err := h.CreateLicenses(ctx, c.me, office.NewLicenses{Product: "mine", Order: "o-theirs"})
				return err
			}},
			{"CreateLicenses_into_an_empty_order", "conflict", func() error {
				_, err := h.CreateLicenses(ctx, c.me, office.NewLicenses{Product: "mine", Order: "o-empty"})
				return err
			}},
			{"FindLicense", "key_unknown", func() error { _, err := h.FindLicense(ctx, c.me, theirs); return err }},
			{"FindLicense_by_key", "product_unknown", func() error { _, err := h.FindLicense(ctx, c.me, part); return err }},
			{"ShowLicense", "key_unknown", func() error { _, err := h.ShowLicense(ctx, c.me, theirs); return err }},
			{"LicenseHistory", "key_unknown", func() error { _, err := h.LicenseHistory(ctx, c.me, theirs, office.Page{}); return err }},
			{"ListDevices", "key_unknown", func() error { _, err := h.ListDevices(ctx, c.me, theirs, 0, 10); return err }},
			{"RevokeLicenses", "key_unknown", func() error { _, err := office.One(h.RevokeLicenses(ctx, c.me, "", theirs)); return err }},
			{"ResetDevices", "key_unknown", func() error { _, err := office.One(h.ResetDevices(ctx, c.me, theirs)); return err }},
			{"AirGapInit", "key_unknown", func() error { _, err := h.AirGapInit(ctx, c.me, theirs); return err }},
			{"AddInfoTag", "key_unknown", func() error { _, err := h.AddInfoTag(ctx, c.me, theirs, "x"); return err }},
			{"ListLicenses_of_a_customer", "permission_missing", func() error {
				_, _, err := h.ListLicenses(ctx, c.me, office.LicenseFilter{Customer: "ann@x.test"}, office.Page{})
				return err
			}},
			{"ListLicenses_of_an_order", "not_found", func() error {
				_, _, err := h.ListLicenses(ctx, c.me, office.LicenseFilter{Order: "o-mixed"}, office.Page{})
				return err
			}},
			{"FindOrder", "not_found", func() error { _, err := h.FindOrder(ctx, c.me, "o-theirs"); return err }},
			{"FindOrder_mixed", "not_found", func() error { _, err := h.FindOrder(ctx, c.me, "o-mixed"); return err }},
			{"FindOrder_empty", "not_found", func() error { _, err := h.FindOrder(ctx, c.me, "o-empty"); return err }},
			{"CancelOrder_mixed", "not_found", func() error { _, err := h.CancelOrder(ctx, c.me, "o-mixed"); return err }},
			{"CreateVersion", "product_unknown", func() error {
				_, err := h.AddVersion(ctx, c.me, office.NewVersion{Product: "theirs", Version: "1"})
				return err
			}},
			{"FindApplication", "product_unknown", func() error { _, err := h.FindApplication(ctx, c.me, "theirs"); return err }},

			{"CreateProduct", "permission_missing", func() error {
				_, err := h.CreateProduct(ctx, c.me, office.NewProduct{Code: "new", Name: "n"})
				return err
			}},
			{"CreateOrder", "permission_missing", func() error { _, err := h.CreateOrder(ctx, c.me, office.NewOrder{}); return err }},
			{"ListCustomers", "permission_missing", func() error { _, err := h.ListCustomers(ctx, c.me, office.Page{}); return err }},
			{"ListMembers", "permission_missing", func() error { _, err := h.ListMembers(ctx, c.me, office.Page{}); return err }},
			{"ListAPIKeys", "permission_missing", func() error { _, err := h.ListAPIKeys(ctx, c.me, office.Page{}); return err }},
			{"CreateAPIKey", "permission_missing", func() error {
				_, _, err := h.CreateAPIKey(ctx, c.me, office.NewAPIKey{Name: "wider", Scopes: identity.NewScopes(identity.ReadLicenses)})
				return err
			}},
			{"ListSettings", "permission_missing", func() error { _, err := h.ListSettings(ctx, c.me); return err }},
			{"ListEvents", "permission_missing", func() error { _, err := h.ListEvents(ctx, c.me, office.Page{}); return err }},
		} {
			t.Run(tt.what, func(t *testing.T) {
				err := tt.call()
				got := string(license.ReasonOf(err))
				if got == "" && err != nil {
					got = string(license.CodeOf(err))
				}
				if got != tt.want {
					t.Errorf("%s = %s (%v), want %s", tt.what, orOK(got), err, tt.want)
				}
			})
		}
		t.Run("bundle", func(t *testing.T) {
			key, _, err := h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "b", Scopes: identity.AllScopes(), Products: []string{"both"}})
			h.ok(err)
			_, err = h.CreateLicenses(ctx, key.Actor(), office.NewLicenses{Product: "both"})
			want(t, "CreateLicenses", err, license.PermissionMissing)
			_, err = office.One(h.RevokeLicenses(ctx, key.Actor(), "", office.Ref{ID: c.whole.ID}))
			want(t, "RevokeLicenses", err, license.PermissionMissing)
			if got := h.load(office.Ref{ID: c.whole.ID}).Standing; got != license.Enabled {
				t.Errorf("the bundle's license is %s, want enabled", got)
			}
			items, err := h.BundleItems(ctx, key.Actor(), "both")
			if err != nil || len(items) != 0 {
				t.Errorf("BundleItems = %v, %v, want none that the key is for", items, err)
			}
		})
	})
}

// Pages of the licenses of some products are put together from those of each.
func TestNarrowedKeyPages(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		var all []license.LicenseID
		products := []string{"aa", "bb", "cc"}
		for _, code := range append(products, "dd") {
			h.product(code, office.TermsChange{})
		}
		for i := range 25 {
			made := h.issue(office.NewLicenses{Product: products[i*i%3], Amount: 1 + i%3}).Licenses
			for _, r := range made {
				all = append(all, r.ID)
			}
			h.issue(office.NewLicenses{Product: "dd"})
		}
		slices.Sort(all)
		slices.Reverse(all)
		key, _, err := h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "k", Scopes: identity.AllScopes(), Products: products})
		h.ok(err)
		for _, size := range []int{1, 4, 7, 100} {
			var got []license.LicenseID
			page := office.Page{Limit: size}
			for {
				list, next, err := h.ListLicenses(ctx, key.Actor(), office.LicenseFilter{}, page)
				h.ok(err)
				for _, r := range list {
					got = append(got, r.ID)
				}
				if next == 0 {
					break
				}
				page.Before = next
			}
			if diff := cmp.Diff(all, got); diff != "" {
				t.Errorf("pages of %d (-want +got):\n%s", size, diff)
			}
		}
	})
}

func TestAPIKeyProducts(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("mine", office.TermsChange{})
		_, _, err := h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "k", Scopes: identity.AllScopes(), Products: []string{"nothing"}})
		want(t, "CreateAPIKey for an unknown product", err, license.ProductUnknown)
		_, _, err = h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "k", Scopes: identity.AllScopes(), Products: slices.Repeat([]string{"mine"}, 101)})
		wantCode(t, "CreateAPIKey for 101 products", err, license.Invalid)
		_, _, err = h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "k", Scopes: identity.AllScopes(), Products: []string{""}})
		wantCode(t, "CreateAPIKey for a product without a name", err, license.Invalid)
	})
}
