// Package native holds the whole native API against what is promised of it: who may call what, and that whatever is sent, what comes back
// is described by the OpenAPI document and is no fault of the server.
package native

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/wire"
	"licet/internal/wire/api"
	"licet/internal/wire/api/apitest"
	"licet/internal/wire/manage"
	native "licet/internal/wire/native"
	"licet/internal/wire/wiretest"
)

// document is what the tests read of the OpenAPI document.
type document struct {
	Paths      map[string]map[string]*operation `json:"paths"`
	Components struct {
		Schemas map[string]any `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID         string      `json:"operationId"`
	Scope      string      `json:"x-scope"`
	Surface    string      `json:"x-surface"`
	Parameters []parameter `json:"parameters"`
	Body       *struct {
		Required bool                                     `json:"required"`
		Content  map[string]struct{ Schema, Example any } `json:"content"`
	} `json:"requestBody"`

	method, path string
}

type parameter struct {
	Name   string         `json:"name"`
	In     string         `json:"in"`
	Schema map[string]any `json:"schema"`
}

// open opens all native doors on a store.
func open(t testing.TB, s *store.Store) (*apitest.Site, []*operation, *document) {
	t.Helper()
	site := apitest.New(t, s, func(a *api.API, w *wiretest.World) { manage.Add(a, manage.Deps{Now: w.Now, Authority: w.Authority}) },
		func(a *api.API, w *wiretest.World) wire.Door {
			return native.New(a, native.Deps{Authority: w.Authority, Keyring: w.Keyring, Now: w.Now})
		})
	text, err := site.API.Document()
	if err != nil {
		t.Fatal(err)
	}
	d := new(document)
	if err := json.Unmarshal(text, d); err != nil {
		t.Fatal(err)
	}
	var list []*operation
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			o := d.Paths[path][method]
			o.method, o.path = strings.ToUpper(method), path
			list = append(list, o)
		}
	}
	if len(list) < 250 {
		t.Fatalf("the document has %d operations, which is not all of them", len(list))
	}
	return site, list, d
}

// things are values for the wildcards of paths: things of a tenant, made by furnish.
type things map[string]string

var wildcard = regexp.MustCompile(`\{([a-z_]+)\}`)

// at fills the wildcards of a path.
func (h things) at(t testing.TB, path string) string {
	return wildcard.ReplaceAllStringFunc(path, func(w string) string {
		value, known := h[strings.Trim(w, "{}")]
		if !known {
			t.Errorf("%s: no thing stands for %s; make one in furnish", path, w)
		}
		return url.PathEscape(value)
	})
}

// furnish makes one thing of each kind in the site's tenant.
func furnish(t testing.TB, s *apitest.Site) things {
	t.Helper()
	post := func(path string, body any) apitest.Answer { return s.Post(t, path, body).Want(201) }
	type m = map[string]any
	product := post("/v1/products", m{"code": "my-app", "name": "My App"})
	policy := post("/v1/products/my-app/policies", m{"code": "pro"})
	post("/v1/products/my-app/versions", m{"version": "1.0.0"})
	made := post("/v1/licenses", m{"product": "my-app", "customer": "buyer@example.com", "order": "A-1"})
	key := made.Text("licenses.0.key")
	active := s.Post(t, "/v1/activations", m{"key": key, "product": "my-app", "hardware_id": "machine-A"}).Want(201)
	endpoint := post("/v1/webhook-endpoints", m{"url": "https://hooks.example.com/", "kinds": []string{"nothing.at_all"}})
	rule := post("/v1/address-rules", m{"name": "office", "mode": "off", "allow": []string{"192.0.2.0/24"}})
	user := post("/v1/license-users", m{"name": "ann@example.com", "email": "ann@example.com"})
	token := post("/v1/tokens", m{"name": "other", "scopes": []string{"products:read"}})
	appKey := post("/v1/app-keys", m{"name": "app", "kind": "hmac"})
	account := post("/v1/customer-accounts", m{"code": "acme", "name": "Acme"})
	member := post("/v1/members", m{"email": "bob@example.com", "name": "Bob", "password": "Correct-Horse-7", "role": "support"})
	return things{
		"product": product.Text("id"), "policy": policy.Text("id"), "version": "1.0.0", "license": made.Text("licenses.0.id"),
		"device": active.Text("device.id"), "id": active.Text("device.activation"), "endpoint": endpoint.Text("id"), "rule": rule.Text("id"),
		"user": user.Text("id"), "token": token.Text("id"), "app_key": appKey.Text("public_id"), "account": account.Text("id"),
		"member": member.Text("id"), "customer": made.Text("license.customer_id"), "order": made.Text("license.order_id"),
		// Things that need an application are not made: its product is another tenant's, which is what counts here.
		"kind": "license_code", "value": "x", "channel": "c", "file": "1", "level": "default", "session": "s", "name": "n", "variable": "v",
		"webhook": "w", "address": "192.0.2.1", "mail": "1774267200000001", "setting": "license_users.change_password",
		"signing_key": "1774267200000001", "delivery": "1774267200000001",
	}
}

// call makes a call of an operation with the example of its body.
func (o *operation) call(t testing.TB, h things, token string) apitest.Call {
	own := maps.Clone(h)
	for _, p := range o.Parameters {
		if list, is := p.Schema["enum"].([]any); is && p.In == "path" {
			own[p.Name], _ = list[0].(string)
		}
	}
	c := apitest.Call{Method: o.method, Path: own.at(t, o.path), Token: token, Wild: true}
	if o.Body != nil {
		for _, media := range slices.Sorted(maps.Keys(o.Body.Content)) {
			c.Body = o.Body.Content[media].Example
		}
	}
	return c
}

// endless answers as long as its reader listens.
func (o *operation) endless() bool { return o.ID == "streamEvents" }

// TestAuthorization is the matrix: every operation, by nobody, with each role, without its scope, with nothing but its scope, and by a
// foreign tenant.
func TestAuthorization(t *testing.T) {
	t.Parallel()
	forEachDB(t, func(t *testing.T, s *store.Store) {
		site, list, _ := open(t, s)
		foreign, _, _ := open(t, s)
		h := furnish(t, site)
		tokens := map[string]string{}
		token := func(scopes identity.Scopes) string {
			if tokens[scopes.String()] == "" {
				tokens[scopes.String()] = site.NewToken(t, scopes)
			}
			return tokens[scopes.String()]
		}
		for _, o := range list {
			needs := identity.Permission(o.Scope)
			if needs == "" {
				if o.ID != "showMe" {
					t.Errorf("%s needs no scope", o.ID)
				}
				continue
			}
			t.Run(o.ID, func(t *testing.T) {
				site.Do(t, o.call(t, h, "-")).Refused(http.StatusUnauthorized, "credentials_wrong")
				site.Do(t, o.call(t, h, "licet_key_wrong")).Refused(http.StatusUnauthorized, "credentials_wrong")
				for _, role := range identity.Roles() {
					if scopes := role.Scopes(); !scopes.Allow(needs) {
						site.Do(t, o.call(t, h, token(scopes))).Refused(http.StatusForbidden, "permission_missing")
					}
				}
				if a := site.Do(t, o.call(t, h, token(without(needs)))).Refused(http.StatusForbidden, "permission_missing"); !strings.Contains(a.Text("detail"), o.Scope) {
					t.Errorf("%s without %s says %q, want the scope named", o.ID, needs, a.Text("detail"))
				}
				if strings.Contains(o.path, "{") && !ofNobody(o) {
					foreignCall(t, foreign, o, h)
				}
				if a := only(t, site, o, h, token(identity.NewScopes(needs))); a.Status == http.StatusUnauthorized && !strings.HasPrefix(o.path, "/v1/users/") ||
					a.Text("reason") == string(license.PermissionMissing) && strings.Contains(a.Text("detail"), "lacks") {
					t.Errorf("%s with %s alone = %d %s", o.ID, needs, a.Status, a.Raw)
				}
			})
		}
	})
}

// only calls an operation with nothing but its scope, as a dry run where it can be one, so that what others look at stays.
func only(t *testing.T, s *apitest.Site, o *operation, h things, token string) apitest.Answer {
	t.Helper()
	c := o.call(t, h, token)
	if o.endless() {
		return apitest.Answer{}
	}
	if slices.ContainsFunc(o.Parameters, func(p parameter) bool { return p.Name == "dry_run" }) {
		c.Path += "?dry_run=true"
	} else if o.method != http.MethodGet {
		c.Path = strings.ReplaceAll(c.Path, h["license"], "1")
	}
	return s.Do(t, c)
}

// foreignCall wants 404 of an operation on things of another tenant. Some bodies do not fit all things, which is said first.
func foreignCall(t *testing.T, s *apitest.Site, o *operation, h things) {
	t.Helper()
	if a := s.Do(t, o.call(t, h, "")); a.Status != http.StatusNotFound && a.Status != http.StatusBadRequest {
		t.Errorf("%s by another tenant = %d %s, want 404", o.ID, a.Status, a.Raw)
	}
}

// ofNobody reports whether what stands in the path is no tenant's thing, but a word or an address.
func ofNobody(o *operation) bool {
	for _, w := range wildcard.FindAllStringSubmatch(o.path, -1) {
		if !slices.Contains([]string{"kind", "setting", "address"}, w[1]) {
			return false
		}
	}
	return true
}

// without is every scope but one, and but the one that brings it.
func without(p identity.Permission) identity.Scopes {
	area, _, _ := strings.Cut(string(p), ":")
	var list []identity.Permission
	for _, other := range identity.Permissions() {
		if other == p || strings.HasSuffix(string(p), ":read") && other == identity.Permission(area+":write") {
			continue
		}
		list = append(list, other)
	}
	return identity.NewScopes(list...)
}

// TestExamples: the example of every call is one that the server can read.
func TestExamples(t *testing.T) {
	t.Parallel()
	site, list, _ := open(t, sqlite(t))
	h := furnish(t, site)
	for _, o := range list {
		if o.endless() {
			continue
		}
		t.Run(o.ID, func(t *testing.T) {
			c := o.call(t, h, "")
			c.Wild = false
			if a := site.Do(t, c); a.Status == http.StatusBadRequest && (strings.Contains(a.Text("detail"), "no such member") || strings.Contains(a.Text("detail"), "expected")) {
				t.Errorf("%s %s %v = %s", o.method, o.path, c.Body, a.Raw)
			}
		})
	}
}
