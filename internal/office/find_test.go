package office_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// found tells what a search found, one line each.
func (h *house) found(actor identity.Actor, text string) []string {
	h.t.Helper()
	list, err := h.Find(h.t.Context(), actor, text)
	h.ok(err)
	lines := []string{}
	for _, f := range list {
		if f.ID == 0 {
			h.t.Errorf("Find(%q) found %+v without an identity", text, f)
		}
		lines = append(lines, fmt.Sprint(f.Kind, " ", f.Title, " (", f.Detail, ")"))
	}
	return lines
}

// One search finds things of every kind, as far as the actor may read them.
func TestFind(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		annual := h.product("annual", office.TermsChange{})
		h.product("basic", office.TermsChange{})
		var keys []string
		for i := range 7 {
			keys = append(keys, fmt.Sprint("ANN-", i))
		}
		made := h.issue(office.NewLicenses{Product: "annual", Keys: keys, Order: "ann-7", Customer: "Ann@x.test"})
		h.issue(office.NewLicenses{Product: "basic", Keys: []string{"ANN-0"}, Order: "zed"})
		h.ok(h.redeem(office.Ref{ID: made.Licenses[0].ID}, "Annie"))
		_, _, err := h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "bob", Email: "annabel@x.test"})
		h.ok(err)

		all := []string{
			"license ANN-0 (annual)", "license ANN-0 (basic)", "license ANN-1 (annual)", "license ANN-2 (annual)", "license ANN-3 (annual)",
			"customer Ann@x.test ()", "order ann-7 (completed)", "license_user Annie (annual)", "license_user bob (annabel@x.test)", "product annual (annual)",
		}
		for text, want := range map[string][]string{
			"ann":                            all,
			" ann ":                          all,
			"ANNA":                           {"license_user bob (annabel@x.test)"},
			"ann@X.TEST":                     {"customer Ann@x.test ()"},
			"ann-7":                          {"order ann-7 (completed)"},
			"a":                              {},
			"%":                              {},
			"nothing":                        {},
			"ba":                             {"product basic (basic)"},
			strings.Repeat("a", 400):         {},
			fmt.Sprint(made.Licenses[6].ID):  {"license ANN-6 (annual)"},
			fmt.Sprint(made.Order.ID):        {"order ann-7 (completed)"},
			fmt.Sprint(made.Product.Number):  {"product annual (annual)"},
			fmt.Sprint(made.Order.Customer):  {"customer Ann@x.test ()"},
			fmt.Sprint(int64(license.MaxID)): {},
		} {
			if diff := cmp.Diff(want, h.found(h.boss, text)); diff != "" {
				t.Errorf("Find(%q) (-want +got):\n%s", text, diff)
			}
		}

		key := identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Key: 1, Scopes: identity.NewScopes(identity.ReadProducts, identity.ReadOrders)}
		if diff := cmp.Diff([]string{"order ann-7 (completed)", "product annual (annual)"}, h.found(key, "ann")); diff != "" {
			t.Errorf("found by who may read orders and products (-want +got):\n%s", diff)
		}
		key.Scopes, key.Products = identity.AllScopes(), []license.ProductID{annual.ID}
		want := []string{"license ANN-0 (annual)", "license ANN-1 (annual)", "license ANN-2 (annual)", "license ANN-3 (annual)", "license ANN-4 (annual)", "product annual (annual)"}
		if diff := cmp.Diff(want, h.found(key, "ann")); diff != "" {
			t.Errorf("found by who is for one product (-want +got):\n%s", diff)
		}
		_, err = h.Find(ctx, identity.Actor{}, "ann")
		wantCode(t, "Find by nobody", err, license.Unauthenticated)
	})
}
