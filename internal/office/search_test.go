package office_test

import (
	"fmt"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// walk goes through all the pages of a list, and returns the names of what is on them.
func walk[T any](t *testing.T, limit int, name func(T) string, list func(office.Page) ([]T, int64, error)) string {
	t.Helper()
	got := []string{}
	page := office.Page{Limit: limit}
	for range 50 {
		part, next, err := list(page)
		if err != nil {
			t.Fatalf("a page below %d: %v", page.Before, err)
		}
		if len(part) > limit {
			t.Fatalf("a page of %d holds %d", limit, len(part))
		}
		for _, it := range part {
			got = append(got, name(it))
		}
		if next == 0 {
			return fmt.Sprint(got)
		}
		page.Before = next
	}
	t.Fatal("the list does not end")
	return ""
}

func TestSearches(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for _, code := range []string{"app-one", "tool", "App-two"} {
			h.product(code, office.TermsChange{})
		}
		_, err := h.ChangeProduct(ctx, h.boss, "App-two", office.ProductChange{Archived: ptr(true)})
		h.ok(err)
		for _, n := range []office.NewCustomer{{Email: "ann@buyer.test", Name: "Ann"}, {Email: "bob@buyer.test", Company: "Anna & Co"}, {Email: "Andy@else.test"}} {
			_, err := h.CreateCustomer(ctx, h.boss, n)
			h.ok(err)
		}
		for _, n := range []office.NewOrder{
			{Reference: "A-1"}, {Reference: "A-2", Status: license.OrderPending, Customer: "ann@buyer.test"},
			{Reference: "B-1", Status: license.OrderPending}, {Reference: "a-3", Customer: "ann@buyer.test"},
		} {
			_, err := h.CreateOrder(ctx, h.boss, n)
			h.ok(err)
		}
		for _, n := range []office.NewLicenseUser{{Name: "eve"}, {Name: "Evan", Customer: "ann@buyer.test"}, {Name: "mia", Product: "tool", Customer: "ann@buyer.test"}} {
			_, _, err := h.CreateLicenseUser(ctx, h.boss, n)
			h.ok(err)
		}
		_, err = h.BanLicenseUser(ctx, h.boss, "", "eve", "")
		h.ok(err)

		for _, limit := range []int{1, 2, 100} {
			for filter, want := range map[office.OrderFilter]string{
				{}:                              "[a-3 B-1 A-2 A-1]",
				{Prefix: "A-"}:                  "[A-2 A-1]",
				{Status: license.OrderPending}:  "[B-1 A-2]",
				{Status: license.OrderRefunded}: "[]",
				{Customer: "ANN@buyer.test"}:    "[a-3 A-2]",
				{Customer: "ann@buyer.test", Status: license.OrderCompleted}: "[a-3]",
				{Prefix: "A", Status: license.OrderCompleted}:                "[A-1]",
				{Prefix: "%"}: "[]",
			} {
				got := walk(t, limit, func(o license.Order) string { return o.Reference }, func(p office.Page) ([]license.Order, int64, error) {
					return h.SearchOrders(ctx, h.boss, filter, p)
				})
				if got != want {
					t.Errorf("SearchOrders(%+v) by %d = %s, want %s", filter, limit, got, want)
				}
			}
			for filter, want := range map[office.CustomerFilter]string{
				{}:                           "[Andy@else.test bob@buyer.test ann@buyer.test]",
				{Prefix: "AN"}:               "[Andy@else.test ann@buyer.test]",
				{Text: "ann"}:                "[bob@buyer.test ann@buyer.test]",
				{Text: "ann", Prefix: "ann"}: "[ann@buyer.test]",
			} {
				got := walk(t, limit, func(c license.Customer) string { return c.Email }, func(p office.Page) ([]license.Customer, int64, error) {
					return h.SearchCustomers(ctx, h.boss, filter, p)
				})
				if got != want {
					t.Errorf("SearchCustomers(%+v) by %d = %s, want %s", filter, limit, got, want)
				}
			}
			yes, no := true, false
			for filter, want := range map[office.LicenseUserFilter]string{
				{}:                           "[Evan eve]",
				{Prefix: "ev"}:               "[Evan eve]",
				{Prefix: "EVE"}:              "[eve]",
				{Banned: &yes}:               "[eve]",
				{Banned: &no, Prefix: "e"}:   "[Evan]",
				{Product: "tool"}:            "[mia]",
				{Customer: "ann@buyer.test"}: "[mia Evan]",
				{Customer: "ann@buyer.test", Prefix: "m"}: "[mia]",
			} {
				name := func(u license.LicenseUser) string { return u.Name }
				got := walk(t, limit, name, func(p office.Page) ([]license.LicenseUser, int64, error) {
					return h.SearchLicenseUsers(ctx, h.boss, filter, p)
				})
				if got != want {
					t.Errorf("SearchLicenseUsers(%+v) by %d = %s, want %s", filter, limit, got, want)
				}
			}
			for filter, want := range map[office.ProductFilter]string{
				{}:                              "[tool app-one]",
				{Archived: true}:                "[App-two tool app-one]",
				{Archived: true, Prefix: "APP"}: "[App-two app-one]",
				{Prefix: "app"}:                 "[app-one]",
			} {
				got := walk(t, limit, func(p office.Product) string { return p.Code }, func(p office.Page) ([]office.Product, int64, error) {
					return h.SearchProducts(ctx, h.boss, filter, p)
				})
				if got != want {
					t.Errorf("SearchProducts(%+v) by %d = %s, want %s", filter, limit, got, want)
				}
			}
		}
		_, _, err = h.SearchOrders(ctx, h.boss, office.OrderFilter{Status: "lost"}, office.Page{})
		wantCode(t, "SearchOrders of no status", err, license.Invalid)
	})
}

// A key for certain products searches among what is of them, and finds nobody by an address.
func TestNarrowedSearches(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		mine := h.product("mine", office.TermsChange{})
		h.product("many", office.TermsChange{})
		h.issue(office.NewLicenses{Product: "mine", Keys: []string{"A-1"}, Order: "mine-1", Customer: "ann@buyer.test", Note: "ann@home"})
		h.issue(office.NewLicenses{Product: "mine", Keys: []string{"A-2"}, Order: "mine-2", OrderStatus: license.OrderPending, Customer: "ann@buyer.test"})
		h.issue(office.NewLicenses{Product: "many", Keys: []string{"A-3"}, Order: "mine-3"})
		me := identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Key: 5, Scopes: identity.AllScopes(), Products: []license.ProductID{mine.ID}}

		for filter, want := range map[office.LicenseFilter]string{{Search: "a-"}: "[A-2 A-1]", {Search: "ann@"}: "[A-1]", {Search: "ann@buyer"}: "[]"} {
			got := walk(t, 1, func(r license.LicenseRecord) string { return r.Key }, func(p office.Page) ([]license.LicenseRecord, int64, error) {
				return h.ListLicenses(ctx, me, filter, p)
			})
			if got != want {
				t.Errorf("ListLicenses(%q) = %s, want %s", filter.Search, got, want)
			}
		}
		for filter, want := range map[office.OrderFilter]string{
			{}: "[mine-2 mine-1]", {Prefix: "mine-1"}: "[mine-1]", {Status: license.OrderPending}: "[mine-2]", {Prefix: "mine-3"}: "[]",
		} {
			got := walk(t, 1, func(o license.Order) string { return o.Reference }, func(p office.Page) ([]license.Order, int64, error) {
				return h.SearchOrders(ctx, me, filter, p)
			})
			if got != want {
				t.Errorf("SearchOrders(%+v) = %s, want %s", filter, got, want)
			}
		}
		products := walk(t, 1, func(p office.Product) string { return p.Code }, func(p office.Page) ([]office.Product, int64, error) {
			return h.SearchProducts(ctx, me, office.ProductFilter{Prefix: "m"}, p)
		})
		if products != "[mine]" {
			t.Errorf("SearchProducts = %s, want [mine]", products)
		}
		_, _, err := h.SearchOrders(ctx, me, office.OrderFilter{Customer: "ann@buyer.test"}, office.Page{})
		want(t, "SearchOrders of a customer", err, license.PermissionMissing)
		_, _, err = h.SearchCustomers(ctx, me, office.CustomerFilter{}, office.Page{})
		want(t, "SearchCustomers", err, license.PermissionMissing)
		_, _, err = h.ListLicenses(ctx, me, office.LicenseFilter{User: "eve"}, office.Page{})
		want(t, "ListLicenses of a user", err, license.PermissionMissing)
	})
}
