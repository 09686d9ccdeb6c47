package office_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
)

// browse goes through a list to its end and back to its beginning, and returns the identities as they came.
func (h *house) browse(f office.LicenseFilter, sort office.LicenseSort, limit int) (there, back []license.LicenseID) {
	h.t.Helper()
	view := office.LicenseView{Sort: sort, Limit: limit}
	for n := 0; ; n++ {
		page, err := h.BrowseLicenses(h.t.Context(), h.boss, f, view)
		h.ok(err)
		if (n == 0) != (page.Previous == "") || len(page.Licenses) > limit {
			h.t.Fatalf("page %d of %q has %d licenses and Previous %q", n, sort, len(page.Licenses), page.Previous)
		}
		for _, l := range page.Licenses {
			there = append(there, l.ID)
		}
		if page.Next == "" {
			back = append(back, there[len(there)-len(page.Licenses):]...)
			view.Cursor = page.Previous
			break
		}
		view.Cursor = page.Next
	}
	for view.Cursor != "" {
		page, err := h.BrowseLicenses(h.t.Context(), h.boss, f, view)
		h.ok(err)
		if page.Next == "" {
			h.t.Fatalf("a page of %q on the way back has no next one", sort)
		}
		var part []license.LicenseID
		for _, l := range page.Licenses {
			part = append(part, l.ID)
		}
		back = append(part, back...)
		view.Cursor = page.Previous
	}
	return there, back
}

// A list of licenses runs in every order, forward and back, with every filter, and shows each license once.
func TestBrowseLicenses(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("app", office.TermsChange{Activations: ptr(license.AtMost(1))})
		h.product("other", office.TermsChange{})
		keyless, err := h.CreateProduct(t.Context(), h.boss, office.NewProduct{Code: "team", Name: "team", Auth: license.ByUser})
		h.ok(err)
		var all []license.LicenseRecord
		add := func(n office.NewLicenses) { all = append(all, h.issue(n).Licenses...) }
		end := h.now().Add(100 * time.Hour)
		add(office.NewLicenses{Product: "app", Keys: []string{"KEY-B", "KEY-a", "KEY-D"}, ExpiresAt: end, Customer: "ann@x.test", Order: "one"})
		add(office.NewLicenses{Product: "other", Keys: []string{"ZED", "KEY-C"}, Order: "one"})
		add(office.NewLicenses{Product: keyless.Code, Amount: 3})
		add(office.NewLicenses{Product: "app", Keys: []string{"_", "key-e"}, ExpiresAt: end.Add(-time.Hour)})
		add(office.NewLicenses{Product: "other", Amount: 4, ExpiresAt: end.Add(time.Hour), Customer: "ann@x.test"})
		h.ok(h.activate(office.Ref{ID: all[0].ID}, "hw"))

		for name, c := range map[string]struct {
			filter office.LicenseFilter
			keep   func(*license.LicenseRecord) bool
		}{
			"all":      {office.LicenseFilter{}, func(*license.LicenseRecord) bool { return true }},
			"product":  {office.LicenseFilter{Product: "app"}, func(r *license.LicenseRecord) bool { return r.Product == all[0].Product }},
			"order":    {office.LicenseFilter{Order: "one"}, func(r *license.LicenseRecord) bool { return r.Order == all[0].Order }},
			"customer": {office.LicenseFilter{Customer: "ann@x.test"}, func(r *license.LicenseRecord) bool { return r.Customer == all[0].Customer }},
			"prefix":   {office.LicenseFilter{Prefix: "key-"}, func(r *license.LicenseRecord) bool { return len(r.Key) == 5 }},
			"search":   {office.LicenseFilter{Search: "ann@"}, func(r *license.LicenseRecord) bool { return r.Customer == all[0].Customer }},
			"used":     {office.LicenseFilter{Used: ptr(true)}, func(r *license.LicenseRecord) bool { return r.ID == all[0].ID }},
			"unused":   {office.LicenseFilter{Used: ptr(false), Product: "app"}, func(r *license.LicenseRecord) bool { return r.ID != all[0].ID && r.Product == all[0].Product }},
			"issued":   {office.LicenseFilter{IssuedFrom: h.now()}, func(*license.LicenseRecord) bool { return true }},
		} {
			t.Run(name, func(t *testing.T) {
				for _, sort := range office.LicenseSorts() {
					wanted := slices.DeleteFunc(slices.Clone(all), func(r license.LicenseRecord) bool { return !c.keep(&r) })
					slices.SortFunc(wanted, sorted(sort))
					want := make([]license.LicenseID, len(wanted))
					for i := range wanted {
						want[i] = wanted[i].ID
					}
					for _, limit := range []int{1, 2, 5, 100} {
						there, back := h.browse(c.filter, sort, limit)
						if !slices.Equal(there, want) {
							t.Errorf("%s by %s, %d a page: %v, want %v", name, sort, limit, there, want)
						}
						if !slices.Equal(back, want) {
							t.Errorf("%s by %s, %d a page, on the way back: %v, want %v", name, sort, limit, back, want)
						}
					}
				}
			})
		}
	})
}

// sorted compares licenses as an order says.
func sorted(by office.LicenseSort) func(a, b license.LicenseRecord) int {
	last := func(is bool) int {
		if is {
			return 1
		}
		return 0
	}
	up := map[office.LicenseSort]func(a, b license.LicenseRecord) int{
		office.SortOldest: func(a, b license.LicenseRecord) int { return cmp.Compare(a.ID, b.ID) },
		office.SortKey: func(a, b license.LicenseRecord) int {
			return cmp.Or(cmp.Compare(last(a.Key == ""), last(b.Key == "")), cmp.Compare(license.FoldKey(a.Key), license.FoldKey(b.Key)), cmp.Compare(a.ID, b.ID))
		},
		office.SortExpiry: func(a, b license.LicenseRecord) int {
			return cmp.Or(cmp.Compare(last(a.ExpiresAt == 0), last(b.ExpiresAt == 0)), cmp.Compare(a.ExpiresAt, b.ExpiresAt), cmp.Compare(a.ID, b.ID))
		},
		office.SortExpiryDown: func(a, b license.LicenseRecord) int { // Those that never end come last here, too.
			return cmp.Or(cmp.Compare(last(a.ExpiresAt == 0), last(b.ExpiresAt == 0)), cmp.Compare(b.ExpiresAt, a.ExpiresAt), cmp.Compare(b.ID, a.ID))
		},
	}
	if compare := up[by]; compare != nil {
		return compare
	}
	compare := up[by[1:]]
	return func(a, b license.LicenseRecord) int { return compare(b, a) }
}

// A cursor comes from anybody.
func TestBrowseRefusesCursors(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		for _, v := range []office.LicenseView{
			{Sort: "name"},
			{Cursor: "x"},
			{Cursor: "nk1.QQ"},
			{Cursor: "nc"},
			{Cursor: "nc-1"},
			{Cursor: "nc1.2"},
			{Cursor: "xc1"},
			{Sort: office.SortKey, Cursor: "nk1.%%"},
			{Sort: office.SortKey, Cursor: "nk1._w"},
			{Sort: office.SortKey, Cursor: "nk1.AA"},
			{Sort: office.SortExpiry, Cursor: "ne1"},
			{Sort: office.SortExpiry, Cursor: "ne1.-5"},
		} {
			_, err := h.BrowseLicenses(t.Context(), h.boss, office.LicenseFilter{}, v)
			wantCode(t, "BrowseLicenses("+string(v.Sort)+", "+v.Cursor+")", err, license.Invalid)
		}
	})
}

// What a filter wants is found however far away it lies, over pages that each look at no more than they may, and none of it twice.
func TestBrowseFarAway(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("app", office.TermsChange{Activations: ptr(license.AtMost(1))})
		var all []license.LicenseRecord
		for i, amount := range []int{1, 10_000, 10_000, 3000, 1} {
			n := office.NewLicenses{Product: "app", Amount: amount, ExpiresAt: h.now().Add(time.Duration(i+1) * time.Hour), Order: "order"}
			if amount == 1 {
				n.Note, n.Keys = "a needle", []string{map[int]string{0: "0", 4: "Z"}[i]}
			}
			all = append(all, h.issue(n).Licenses...)
		}
		want := []license.LicenseID{all[0].ID, all[len(all)-1].ID}
		h.ok(h.activate(office.Ref{ID: want[0]}, "hw"))
		for name, f := range map[string]office.LicenseFilter{
			"note": {Note: "NEEDLE"}, "search": {Search: "needle"}, "order": {Order: "order", Note: "needle"}, "product": {Product: "app", Note: "needle"},
		} {
			sorts := office.LicenseSorts()
			if name != "note" {
				sorts = []office.LicenseSort{office.SortOldest, office.SortKeyDown}
			}
			for _, sort := range sorts {
				there, back := h.browse(f, sort, 10)
				slices.Sort(there)
				slices.Sort(back)
				if !slices.Equal(there, want) || !slices.Equal(back, want) {
					t.Errorf("%s by %s: %v, and back %v, want %v", name, sort, there, back, want)
				}
			}
		}
		if there, _ := h.browse(office.LicenseFilter{Used: ptr(true)}, office.SortNewest, 10); !slices.Equal(there, want[:1]) {
			t.Errorf("used: %v, want %v", there, want[:1])
		}
		there, back := h.browse(office.LicenseFilter{Product: "app"}, office.SortKeyDown, 1000)
		if len(there) != len(all) || !slices.Equal(there, back) {
			t.Errorf("all of a product by key: %d, and %d on the way back, want %d", len(there), len(back), len(all))
		}
	})
}
