package platform

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// sells makes a product of the tenant.
func (s *site) sells(code string, terms office.TermsChange) office.Product {
	s.t.Helper()
	p, err := s.office.CreateProduct(s.t.Context(), s.operator, office.NewProduct{Code: code, Name: "Acme " + code, Terms: terms})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// yearly are terms of a year from the first use.
func yearly() office.TermsChange {
	year := license.Span{Months: 12}
	return office.TermsChange{Duration: &year}
}

// issues makes licenses with these keys.
func (s *site) issues(n office.NewLicenses) []license.LicenseRecord {
	s.t.Helper()
	made, err := s.office.CreateLicenses(s.t.Context(), s.operator, n)
	if err != nil {
		s.t.Fatal(err)
	}
	return made.Licenses
}

// carries makes a license of a CSV row.
func (s *site) carries(product, header, row string) license.LicenseRecord {
	s.t.Helper()
	got, err := s.office.ImportLicenses(s.t.Context(), s.operator, office.Import{Source: strings.NewReader(header + "\n" + row + "\n"), Product: product}, nil)
	if err != nil || got.Made != 1 {
		s.t.Fatalf("import of %q made %d: %v %v", row, got.Made, got.Errors, err)
	}
	key, _, _ := strings.Cut(row, ",")
	return s.licensed(office.Ref{Product: product, Key: key})
}

// licensed is a license as it is now.
func (s *site) licensed(ref office.Ref) license.LicenseRecord {
	s.t.Helper()
	l, err := s.office.FindLicense(s.t.Context(), s.operator, ref)
	if err != nil {
		s.t.Fatal(err)
	}
	return l
}

// all are the licenses of a filter, oldest first.
func (s *site) all(f office.LicenseFilter) []license.LicenseRecord {
	s.t.Helper()
	var out []license.LicenseRecord
	view := office.LicenseView{Sort: office.SortOldest, Limit: 1000}
	for {
		page, err := s.office.BrowseLicenses(s.t.Context(), s.operator, f, view)
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, page.Licenses...)
		if view.Cursor = page.Next; page.Next == "" {
			return out
		}
	}
}

func TestLicensesList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	owner.get("/licenses").want(http.StatusOK, "No licenses yet", "Create the first licenses").lacks("No license matches")
	s.sells("studio", yearly())
	s.sells("render", office.TermsChange{})
	one := s.issues(office.NewLicenses{Product: "studio", Keys: []string{"ACME-ONE"}, Customer: "ann@example.com", Note: hostile})[0]
	s.advance(time.Hour)
	s.issues(office.NewLicenses{Product: "render", Keys: []string{"ACME-TWO"}})
	used := s.carries("studio", "key,status,used_at", "OTHER-USED,used,2026-03-01")

	t.Run("S1-13", func(t *testing.T) {
		owner.get("/licenses?q=ACME-ONE").want(http.StatusOK, "ACME-ONE", ">Not Used</span>").lacks(">Used</span>", "ACME-TWO")
	})
	t.Run("links", func(t *testing.T) {
		owner.get("/licenses").want(http.StatusOK, licensePath(one.ID), licensePath(used.ID), "ann@example.com")
	})
	t.Run("hostile", func(t *testing.T) {
		owner.get("/licenses?columns=note").want(http.StatusOK, "&lt;script&gt;alert").lacks("<script>alert")
	})
	filters := []struct {
		name, query string
		has, lacks  []string
	}{
		{"search_key", "q=acme-o", []string{"ACME-ONE"}, []string{"ACME-TWO", "OTHER-USED"}},
		{"search_email", "q=ann@", []string{"ACME-ONE"}, []string{"ACME-TWO"}},
		{"product", "product=render", []string{"ACME-TWO"}, []string{"ACME-ONE"}},
		{"used", "used=yes", []string{"OTHER-USED", ">Used</span>"}, []string{"ACME-ONE", "ACME-TWO"}},
		{"not_used", "used=no", []string{"ACME-ONE", "ACME-TWO"}, []string{"OTHER-USED"}},
		{"customer", "customer=ann@example.com", []string{"ACME-ONE"}, []string{"ACME-TWO"}},
		{"policy", "product=studio&policy=default", []string{"ACME-ONE"}, []string{"ACME-TWO"}},
		{"days", "from=2026-03-31&until=2026-03-31", []string{"ACME-ONE", "ACME-TWO"}, nil},
		{"other_days", "until=2026-03-30", []string{"No license matches"}, []string{"ACME-ONE"}},
		{"standing", "standing=revoked", []string{"No license matches"}, []string{"ACME-ONE"}},
	}
	for _, tt := range filters {
		t.Run(tt.name, func(t *testing.T) {
			owner.get("/licenses?"+tt.query).want(http.StatusOK, tt.has...).lacks(tt.lacks...)
		})
	}
	wrong := []struct {
		name, query string
		status      int
		says        string
	}{
		{"no_customer", "customer=nobody@example.com", 404, "No such customer."},
		{"no_product", "product=nothing", 404, "No such product."},
		{"bad_day", "from=yesterday", 422, "Write a day as 2026-03-31."},
		{"bad_sort", "sort=colour", 422, "the order is one of"},
		{"bad_cursor", "cursor=x", 422, "no place in this list"},
		{"bad_standing", "standing=lying", 422, "The standing is enabled"},
	}
	for _, tt := range wrong {
		t.Run(tt.name, func(t *testing.T) {
			owner.get("/licenses?"+tt.query).want(tt.status, "No license matches").lacks("ACME-ONE")
			if page := owner.get("/licenses?" + tt.query); !strings.Contains(strings.ToLower(page.body), strings.ToLower(tt.says)) {
				t.Errorf("/licenses?%s does not say %q:\n%s", tt.query, tt.says, page.body)
			}
		})
	}
}

// TestS0_20 looks at a license whose time is over: it is used as before, and expired besides.
func TestS0_20(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.sells("studio", yearly())
	s.carries("studio", "key,status,used_at,expires_at", "ACME-OVER,used,2025-03-01,2026-03-01")
	reader := s.as(identity.ReadOnly)
	t.Run("S0-20", func(t *testing.T) {
		reader.get("/licenses").want(http.StatusOK, ">Used</span>", ">Expired</span>")
		reader.get("/licenses?expired=yes").want(http.StatusOK, "ACME-OVER")
		reader.get("/licenses?expired=no").want(http.StatusOK).lacks("ACME-OVER")
	})
}

func TestLicensesListPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.sells("studio", office.TermsChange{})
	var keys []string
	for i := range 120 {
		keys = append(keys, fmt.Sprintf("K-%03d", i))
	}
	s.issues(office.NewLicenses{Product: "studio", Keys: keys})
	owner := s.as(identity.Owner)
	link := func(a *answer, rel string) string {
		t.Helper()
		for part := range strings.SplitSeq(a.body, "<a ") {
			if head, _, ok := strings.Cut(part, ">"); ok && strings.Contains(head, `rel="`+rel+`"`) {
				_, rest, _ := strings.Cut(head, `href="`+base)
				to, _, _ := strings.Cut(rest, `"`)
				return strings.ReplaceAll(to, "&amp;", "&")
			}
		}
		return ""
	}
	for _, order := range []string{"key", "-key", "created", "-created", "expires", "-expires"} {
		t.Run(strings.ReplaceAll(order, "-", "down_"), func(t *testing.T) {
			var seen []string
			keysOf := func(a *answer) (out []string) {
				for _, k := range keys {
					if strings.Contains(a.body, "<bdi>"+k+"</bdi>") {
						out = append(out, k)
					}
				}
				return out
			}
			first := owner.get("/licenses?sort=" + order).want(http.StatusOK)
			page := first
			for {
				seen = append(seen, keysOf(page)...)
				next := link(page, "next")
				if next == "" {
					break
				}
				page = owner.get(next).want(http.StatusOK)
			}
			slices.Sort(seen)
			if !slices.Equal(seen, keys) {
				t.Fatalf("the pages by %s show %d licenses, want each of 120 once", order, len(seen))
			}
			page = owner.get(link(page, "prev")).want(http.StatusOK)
			page = owner.get(link(page, "prev")).want(http.StatusOK)
			if got, want := keysOf(page), keysOf(first); !slices.Equal(got, want) {
				t.Errorf("two pages back are %v, want the first page %v", got, want)
			}
		})
	}
	t.Run("headers", func(t *testing.T) {
		owner.get("/licenses?sort=key").want(http.StatusOK, `aria-sort="ascending"`, "/licenses?sort=-key")
		owner.get("/licenses?q=K-00&sort=key").want(http.StatusOK, "/licenses?q=K-00&amp;sort=-key")
	})
}

func TestLicensesColumns(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.sells("studio", yearly())
	l := s.issues(office.NewLicenses{Product: "studio", Keys: []string{"ACME-ONE"}, Note: "for Ann", Order: "order-77", Customer: "ann@example.com", CreatedBy: "the shop"})[0]
	if _, err := s.office.NoteLicenses(t.Context(), s.operator, "for Ann", office.Ref{ID: l.ID}); err != nil {
		t.Fatal(err)
	}
	reader := s.as(identity.ReadOnly)
	reader.get("/licenses").want(http.StatusOK, `<th scope="col" class="">Product`).lacks("for Ann", "order-77")
	var every []string
	for _, c := range licensesColumnList {
		every = append(every, string(c))
	}
	reader.post("/licenses/columns", url.Values{"column": every}).want(http.StatusOK)
	reader.get("/licenses").want(http.StatusOK, "for Ann", "order-77", "ann@example.com", "the shop", "default", "Last seen", "1 year")
	reader.post("/licenses/columns", url.Values{"column": {"order", "<script>"}}).want(http.StatusOK)
	reader.get("/licenses").want(http.StatusOK, "order-77").lacks("ann@example.com")
	reader.get("/licenses?columns=customer").want(http.StatusOK, "ann@example.com").lacks("order-77")
	reader.post("/licenses/columns", url.Values{}).want(http.StatusOK)
	reader.get("/licenses").want(http.StatusOK, "ACME-ONE").lacks("order-77")
	reader.post("/licenses/columns", url.Values{"usual": {"yes"}}).want(http.StatusOK)
	reader.get("/licenses").want(http.StatusOK, "ann@example.com")
}

func TestLicensesRoles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.sells("studio", yearly())
	l := s.issues(office.NewLicenses{Product: "studio", Keys: []string{"ACME-ONE"}})[0]
	reader := s.as(identity.ReadOnly)
	reader.get("/licenses").want(http.StatusOK, "ACME-ONE", "Export").lacks("New licenses", "name=\"pick\"", "/licenses/import")
	for _, path := range []string{"/licenses/new", "/licenses/new/preview", "/licenses/import", "/licenses/import/template"} {
		reader.get(path).want(http.StatusForbidden)
	}
	reader.post("/licenses/new", url.Values{"product": {"studio"}, "amount": {"1"}, "lowercase": {"yes"}, "uppercase": {"yes"}})
	reader.post("/licenses/bulk/do", url.Values{"action": {"suspend"}, "pick": {idText(l.ID)}})
	if got := s.all(office.LicenseFilter{}); len(got) != 1 || got[0].Standing != license.Enabled {
		t.Errorf("after what a reader sent there are %d licenses, the first %s; want 1, enabled", len(got), got[0].Standing)
	}
	s.as(identity.Support).get("/licenses").want(http.StatusOK, "New licenses", "name=\"pick\"")
	if got := s.stranger().get("/licenses?q=x"); !strings.HasPrefix(got.path, "/sign-in?back=") {
		t.Errorf("somebody who is not signed in is at %s, want the sign-in", got.path)
	}
}

func TestLicensesOfOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	operator := identity.Actor{Kind: identity.Operator, Name: "test"}
	umbra, err := s.office.CreateTenant(t.Context(), operator, "umbra", "Umbra")
	if err != nil {
		t.Fatal(err)
	}
	others := office.In(operator, umbra.ID)
	if _, err := s.office.CreateProduct(t.Context(), others, office.NewProduct{Code: "secret", Name: "Secret thing"}); err != nil {
		t.Fatal(err)
	}
	made, err := s.office.CreateLicenses(t.Context(), others, office.NewLicenses{Product: "secret", Keys: []string{"UMBRA-1"}, Customer: "eve@umbra.example"})
	if err != nil {
		t.Fatal(err)
	}
	owner := s.as(identity.Owner)
	id := idText(made.Licenses[0].ID)
	owner.get("/licenses").want(http.StatusOK).lacks("UMBRA-1", "secret")
	owner.get("/licenses?product=secret").want(http.StatusNotFound)
	owner.get("/licenses?customer=eve@umbra.example").want(http.StatusNotFound)
	owner.get("/licenses?order=" + made.Order.Reference).want(http.StatusNotFound)
	m := madeLicenses{product: made.Product.ID, order: made.Order.ID, from: made.Licenses[0].IssuedAt, until: made.Licenses[0].IssuedAt, amount: 1}
	owner.get("/licenses/made" + m.query()).want(http.StatusNotFound)
	owner.get("/licenses/made/keys" + m.query()).want(http.StatusNotFound).lacks("UMBRA-1")
	owner.post("/licenses/bulk", url.Values{"action": {"revoke"}, "pick": {id}}).want(http.StatusOK, "Refused").lacks("UMBRA-1")
	owner.post("/licenses/bulk/do", url.Values{"action": {"revoke"}, "pick": {id}}).want(http.StatusOK, "was refused").lacks("UMBRA-1")
	l, err := s.office.FindLicense(t.Context(), others, office.Ref{ID: made.Licenses[0].ID})
	if err != nil || l.Standing != license.Enabled {
		t.Errorf("the other company's license is %s, %v; want enabled", l.Standing, err)
	}
}

// TestLicensesExport reads what the button at the right corner gives.
func TestLicensesExport(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.clock.Store(int64(license.TimeOf(time.Date(2026, 1, 31, 23, 59, 59, 0, time.UTC))))
	s.sells("studio", office.TermsChange{})
	s.issues(office.NewLicenses{Product: "studio", Keys: []string{"LAST-OF-JANUARY"}, Note: "=cmd|' /C calc'!A1"})
	s.advance(time.Second)
	s.issues(office.NewLicenses{Product: "studio", Keys: []string{"FIRST-OF-FEBRUARY"}})
	reader := s.as(identity.ReadOnly)
	rows := func(a *answer) [][]string {
		t.Helper()
		list, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	t.Run("S0-10", func(t *testing.T) {
		list := reader.get("/licenses").want(http.StatusOK, `action="/platform/licenses/export"`, `value="2026-02-01"`, `value="2026-02-28"`)
		_, head, _ := strings.Cut(list.body, "head-row")
		head, _, _ = strings.Cut(head, "</header>")
		if strings.LastIndex(head, "<button type=\"button\" class=\"button \" popovertarget=\"export\"") < strings.Index(head, "Licenses") {
			t.Errorf("Export does not stand at the right corner:\n%s", head)
		}
		a := reader.get("/licenses/export?from=2026-02-01&until=2026-02-28").want(http.StatusOK)
		if got, want := a.header.Get("Content-Disposition"), `attachment; filename="licenses_2026-02-01_2026-02-28.csv"`; got != want {
			t.Errorf("Content-Disposition = %s, want %s", got, want)
		}
		if got := a.header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
			t.Errorf("Content-Type = %s, want text/csv; charset=utf-8", got)
		}
		if got := rows(a); len(got) != 2 || got[1][0] != "FIRST-OF-FEBRUARY" {
			t.Errorf("the export of February is %v, want one license", got)
		}
	})
	t.Run("S0-11", func(t *testing.T) {
		got := rows(reader.get("/licenses/export?from=2026-01-01&until=2026-01-31").want(http.StatusOK))
		if len(got) != 2 || got[1][0] != "LAST-OF-JANUARY" {
			t.Fatalf("the export of January is %v, want the license of its last second alone", got)
		}
		if note := got[1][len(got[1])-1]; note != "'=cmd|' /C calc'!A1" {
			t.Errorf("the note is %q, want it neutralised", note)
		}
		if got := rows(reader.get("/licenses/export?from=2025-01-01&until=2025-01-31").want(http.StatusOK)); len(got) != 1 || got[0][0] != "key" {
			t.Errorf("the export of nothing is %v, want the header", got)
		}
		if got := rows(reader.get("/licenses/export").want(http.StatusOK)); len(got) != 3 {
			t.Errorf("the export of all has %d rows, want a header and 2", len(got))
		}
	})
	t.Run("wrong", func(t *testing.T) {
		reader.get("/licenses/export?from=2026-02-02&until=2026-02-01").want(http.StatusOK, "The first day lies after the last.", "LAST-OF-JANUARY")
		reader.get("/licenses/export?from=soon").want(http.StatusOK, "Write a day as 2026-03-31.")
	})
}
