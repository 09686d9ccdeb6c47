package manage

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api/apitest"
)

type object = map[string]any

// withLicenses makes a product and licenses of it, with these keys.
func withLicenses(t *testing.T, s *apitest.Site, code string, more object, keys ...string) apitest.Answer {
	t.Helper()
	s.Post(t, "/v1/products", object{"code": code, "name": "An app"}).Want(201)
	body := object{"product": code, "keys": keys}
	for name, value := range more {
		body[name] = value
	}
	return s.Post(t, "/v1/licenses", body).Want(201)
}

func TestCreateLicenses(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		made := withLicenses(t, s, "app", object{"order": "O-1", "customer": "ann@example.com", "note": "by telephone", "created_by": "shop",
			"metadata": object{"seat": 4}, "terms": object{"activations": 3}, "duration": "12mo", "order_status": "pending"}, "A-1", "A-2", "A-3")
		if made.Len("licenses") != 3 || made.Text("order") != "O-1" || made.Text("licenses.2.key") != "A-3" || made.Len("parts") != 0 {
			t.Errorf("createLicenses = %s, want three of O-1", made.Raw)
		}
		if at := made.Header.Get("Location"); at != "/v1/licenses/"+made.Text("licenses.0.id") {
			t.Errorf("Location = %s, want that of the first license", at)
		}
		l := s.Get(t, "/v1/licenses/a-1").Want(200)
		if diff := cmp.Diff(made.At("license"), l.JSON); diff != "" {
			t.Errorf("the license that is answered is not what is stored (-answered +stored):\n%s", diff)
		}
		for path, want := range map[string]string{"terms.activations": "3", "terms.duration": "12mo", "withheld": "true", "note": "by telephone",
			"created_by": "shop", "metadata.seat": "4", "standing": "enabled", "expired": "false"} {
			if got := l.Text(path); got != want {
				t.Errorf("%s = %s, want %s", path, got, want)
			}
		}
		many := s.Post(t, "/v1/licenses", object{"product": "app", "amount": 25, "mask": object{"text": "B-****-****"}, "plan": "annually",
			"trial": true, "not_before": "2026-04-01T00:00:00Z"}).Want(201)
		if many.Len("licenses") != 25 || !strings.HasPrefix(many.Text("licenses.24.key"), "B-") || many.Text("license.terms.plan") != "annually" {
			t.Errorf("createLicenses = %s, want 25 of the plan", many.Raw)
		}
		tried := s.Post(t, "/v1/licenses?dry_run=true", object{"product": "app", "keys": []string{"C-1"}, "expires_at": "2027-01-01T00:00:00Z"}).Want(201)
		if tried.Text("license.expires_at") != "2027-01-01T00:00:00Z" {
			t.Errorf("a dry run answers %s, want the license", tried.Raw)
		}
		s.Get(t, "/v1/licenses/C-1").Refused(404, string(license.KeyUnknown))

		s.Post(t, "/v1/licenses", object{"product": "app", "keys": []string{"a-2"}}).Refused(409, "key")
		s.Post(t, "/v1/licenses", object{"product": "none"}).Refused(404, string(license.ProductUnknown))
		s.Post(t, "/v1/licenses", object{"product": "app", "amount": 10001}).Refused(400, "amount")
		s.Post(t, "/v1/licenses", object{"product": "app", "plan": "annually", "duration": "1mo"}).Refused(400, "expiry")
		s.Post(t, "/v1/licenses", object{"product": "app", "custom_fields": object{"none": "1"}}).Refused(400, "custom_fields")
	})
}

func TestCreateLicensesOfABundle(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		s.Post(t, "/v1/products", object{"code": "one", "name": "One"}).Want(201)
		s.Post(t, "/v1/products", object{"code": "two", "name": "Two"}).Want(201)
		if _, err := s.Office.CreateBundle(t.Context(), s.Operator, office.NewBundle{Code: "suite", Name: "Suite", Products: []string{"one", "two"}}); err != nil {
			t.Fatal(err)
		}
		made := s.Post(t, "/v1/licenses", object{"product": "suite", "amount": 2}).Want(201)
		if made.Len("licenses") != 2 || made.Len("parts") != 4 || made.Text("parts.0.key") != made.Text("licenses.0.key") {
			t.Errorf("createLicenses of a bundle = %s, want two and four parts with their keys", made.Raw)
		}
	})
}

func TestListLicenses(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		withLicenses(t, s, "app", object{"order": "O-1", "customer": "ann@example.com", "note": "Gold"}, "A-1", "A-2", "A-3")
		withLicenses(t, s, "other", nil, "B-1")
		s.Post(t, "/v1/licenses/A-2/suspend", nil).Want(200)
		s.Post(t, "/v1/licenses/A-3/ban", object{}).Want(200)
		activate(t, s, "app", "A-1", "hw-a")
		s.Post(t, "/v1/license-users", object{"name": "zoe"}).Want(201)
		s.Post(t, "/v1/licenses/A-2/users", object{"user": "zoe"}).Want(200)
		for query, want := range map[string]string{
			"":                                   "B-1 A-3 A-2 A-1",
			"product=app":                        "A-3 A-2 A-1",
			"product=other&policy=default":       "B-1",
			"order=O-1":                          "A-3 A-2 A-1",
			"customer=ANN@example.com":           "A-3 A-2 A-1",
			"standing=suspended":                 "A-2",
			"used=true":                          "A-1",
			"used=false&product=app":             "A-3 A-2",
			"banned=true":                        "A-3",
			"expired=true":                       "",
			"prefix=a-":                          "A-3 A-2 A-1",
			"note=gold&standing=enabled&limit=1": "A-3",
			"search=b-":                          "B-1",
			"search=ann@":                        "A-3 A-2 A-1",
			"user=zoe":                           "A-2",
			"issued_from=2026-03-24":             "",
			"issued_until=2026-03-24&limit=1":    "B-1",
		} {
			a := s.Get(t, "/v1/licenses?"+query).Want(200)
			if got := keysOf(a); got != want {
				t.Errorf("licenses?%s = %s, want %s", query, got, want)
			}
		}
		first := s.Get(t, "/v1/licenses?limit=3").Want(200)
		rest := s.Get(t, "/v1/licenses?limit=3&cursor="+first.Text("next")).Want(200)
		if keysOf(rest) != "A-1" || rest.Text("next") != "" || !strings.Contains(first.Header.Get("Link"), `rel="next"`) {
			t.Errorf("the second page = %s, want A-1 alone", rest.Raw)
		}
		s.Get(t, "/v1/licenses?policy=default").Refused(400, "policy")
		s.Get(t, "/v1/licenses?product=none").Refused(404, string(license.ProductUnknown))
		s.Get(t, "/v1/licenses?standing=gone").Refused(400, "standing")
		s.Get(t, "/v1/licenses?used=maybe").Refused(400, "used")
		s.Get(t, "/v1/licenses?issued_from=yesterday").Refused(400, "issued_from")
		s.Get(t, "/v1/licenses?user=nobody").Want(404)
	})
}

// keysOf returns the keys of a list of licenses.
func keysOf(a apitest.Answer) string {
	var keys []string
	list, _ := a.At("data").([]any)
	for i := range list {
		l, _ := list[i].(object)
		key, _ := l["key"].(string)
		keys = append(keys, key)
	}
	return strings.Join(keys, " ")
}

func TestChangeLicense(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		made := withLicenses(t, s, "app", object{"order": "O-1", "customer": "ann@example.com"}, "A-1")
		withLicenses(t, s, "other", object{"order": "O-2", "customer": "bob@example.com"}, "B-1")
		before := s.Get(t, "/v1/licenses/A-1").Want(200)
		match := map[string]string{"If-Match": before.Header.Get("Etag")}
		change := object{"note": "told", "terms": object{"activations": nil}, "metadata": object{"a": 1}}
		tried := s.Do(t, apitest.Call{Method: http.MethodPatch, Path: "/v1/licenses/A-1?dry_run=true", Body: change, Header: match}).Want(200)
		done := s.Do(t, apitest.Call{Method: http.MethodPatch, Path: "/v1/licenses/A-1", Body: change, Header: match}).Want(200)
		if diff := cmp.Diff(tried.JSON, done.JSON); diff != "" {
			t.Errorf("the dry run answered otherwise (-dry +done):\n%s", diff)
		}
		after := s.Get(t, "/v1/licenses/A-1").Want(200)
		if after.Header.Get("Etag") != done.Header.Get("Etag") || string(after.Raw) != string(done.Raw) {
			t.Errorf("PATCH answers %s, GET %s, want the same", done.Raw, after.Raw)
		}
		if after.Text("note") != "told" || after.At("terms.activations") != nil || after.Text("metadata.a") != "1" {
			t.Errorf("the license is %s, want it changed", after.Raw)
		}
		s.Do(t, apitest.Call{Method: http.MethodPatch, Path: "/v1/licenses/A-1", Body: change, Header: match}).Want(412)

		moved := s.Patch(t, "/v1/licenses/A-1", object{"order": "O-2"}).Want(200)
		if moved.Text("order_id") == made.Text("order_id") || moved.Text("customer_id") == before.Text("customer_id") {
			t.Errorf("the license is %s, want it in the other order", moved.Raw)
		}
		if got := s.Patch(t, "/v1/licenses/A-1", object{"customer": nil}).Want(200); got.At("customer_id") != nil {
			t.Errorf("customer_id = %v, want none", got.At("customer_id"))
		}
		s.Patch(t, "/v1/licenses/A-1", object{"product": "app", "note": "x"}).Want(200)
		s.Patch(t, "/v1/licenses/A-1", object{"product": "other"}).Refused(409, "product")
		s.Patch(t, "/v1/licenses/A-1", object{"order": nil}).Refused(400, "order")
		s.Patch(t, "/v1/licenses/A-1", object{"order": "none"}).Want(404)
		s.Patch(t, "/v1/licenses/A-1", object{"terms": object{"type": "subscription"}}).Want(409)
		s.Patch(t, "/v1/licenses/A-1", object{"standing": "revoked"}).Refused(400, "standing")
		s.Patch(t, "/v1/licenses/none", object{"note": "x"}).Refused(404, string(license.KeyUnknown))
		s.Get(t, "/v1/licenses/A-1?product=other").Refused(404, string(license.KeyUnknown))
	})
}

func TestLicenseHistory(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		withLicenses(t, s, "app", nil, "A-1")
		s.Post(t, "/v1/licenses/A-1/revoke", object{"reason": "charged back"}).Want(200)
		first := s.Get(t, "/v1/licenses/A-1/events?limit=1").Want(200)
		if first.Text("data.0.type") != string(license.LicenseWasRevoked) || first.Text("data.0.data.why") != "charged back" {
			t.Errorf("the newest event = %s, want the revocation", first.Raw)
		}
		rest := s.Get(t, "/v1/licenses/A-1/events?cursor="+first.Text("next")).Want(200)
		if rest.Len("data") != 1 || rest.Text("data.0.type") != string(license.LicenseIssued) {
			t.Errorf("the others = %s, want the issue", rest.Raw)
		}
		s.Get(t, "/v1/licenses/none/events").Refused(404, string(license.KeyUnknown))
	})
}

// tokenFor returns a token with these scopes.
func tokenFor(t *testing.T, s *apitest.Site, words string) string {
	t.Helper()
	scopes, err := identity.ParseScopes(words)
	if err != nil {
		t.Fatal(err)
	}
	return s.NewToken(t, scopes)
}

func TestLicensesNeedTheirScopes(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		withLicenses(t, s, "app", nil, "A-1")
		token := tokenFor(t, s, "licenses:read customers:read")
		s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/licenses/A-1", Token: token}).Want(200)
		for path, body := range map[string]any{"/v1/licenses": object{"product": "app"}, "/v1/licenses/A-1/suspend": nil,
			"/v1/licenses/suspend": object{"licenses": []string{"A-1"}}, "/v1/licenses/import": object{"product": "app", "text": "key\nX"},
			"/v1/license-users": object{"name": "ann"}} {
			s.Do(t, apitest.Call{Method: http.MethodPost, Path: path, Body: body, Token: token}).Refused(403, string(license.PermissionMissing))
		}
	})
}
