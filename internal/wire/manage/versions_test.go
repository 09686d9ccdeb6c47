package manage

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"testing"

	"licet/internal/identity"
	"licet/internal/signing"
	"licet/internal/wire/api/apitest"
)

// product makes a product with a code.
func product(t *testing.T, s *apitest.Site, code string) apitest.Answer {
	t.Helper()
	return s.Post(t, "/v1/products", map[string]any{"code": code, "name": code}).Want(http.StatusCreated)
}

// matched is a call that demands with If-Match what an answer showed.
func matched(method, path string, body any, shown apitest.Answer) apitest.Call {
	return apitest.Call{Method: method, Path: path, Body: body, Header: map[string]string{"If-Match": shown.Header.Get("Etag")}}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		product(t, s, "app")
		const all = "/v1/products/app/versions"
		made := s.Post(t, all, map[string]any{"version": "2.4.1", "channel": "beta", "environment": "win64", "url": "https://example.com/a.zip"}).Want(201)
		s.Post(t, all, map[string]any{"version": "2.4.1", "released_at": "2026-01-01T00:00:00Z"}).Want(201)
		s.Post(t, all, map[string]any{"version": "2.4.1"}).Refused(409, "conflict")
		s.Post(t, all, map[string]any{"version": "3", "url": "nowhere"}).Refused(400, "url")
		s.Post(t, all+"?dry_run=true", map[string]any{"version": "3"}).Want(201)
		if list := s.Get(t, all+"?limit=1").Want(200); list.Len("data") != 1 || list.Text("next") == "" || list.Text("data.0.released_at") != "2026-01-01T00:00:00Z" {
			t.Errorf("the list is %s", list.Raw)
		}
		s.Get(t, "/v1/products/none/versions").Refused(404, "product_unknown")

		one := all + "/" + made.Text("id")
		shown := s.Get(t, one).Want(200)
		if shown.Text("channel") != "beta" || shown.Header.Get("Etag") != made.Header.Get("Etag") || made.Header.Get("Location") == "" {
			t.Errorf("the version is %s, made as %s", shown.Raw, made.Raw)
		}
		s.Get(t, all+"/1").Refused(404, "version_unknown")
		if off := s.Do(t, matched("PATCH", one, `{"enabled":false}`, shown)).Want(200); off.Text("enabled") != "false" {
			t.Errorf("the version is %s", off.Raw)
		}
		s.Do(t, matched("PATCH", one, `{"enabled":true}`, shown)).Want(412)
		if both := s.Post(t, all+"/2.4.1/disable", nil).Want(200); both.Len("data") != 2 || both.Text("data.1.enabled") != "false" {
			t.Errorf("disabled are %s", both.Raw)
		}
		s.Post(t, all+"/2.4.1/enable?dry_run=true", nil).Want(200)
		if again := s.Get(t, one); again.Text("enabled") != "false" {
			t.Errorf("after a dry run the version is %s", again.Raw)
		}
		s.Post(t, all+"/2.4.1/enable", nil).Want(200)
		s.Post(t, all+"/9/enable", nil).Refused(404, "version_unknown")
		reader := s.NewToken(t, identity.NewScopes(identity.ReadProducts))
		s.Do(t, apitest.Call{Method: "POST", Path: all, Body: `{"version":"4"}`, Token: reader}).Refused(403, "permission_missing")
	})
}

func TestBundles(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		product(t, s, "app")
		product(t, s, "tool")
		body := map[string]any{"code": "suite", "name": "Suite", "products": []map[string]any{{"product": "app", "policy": "default"}, {"product": "tool"}}}
		if tried := s.Post(t, "/v1/bundles?dry_run=true", body).Want(201); tried.Len("items") != 2 {
			t.Errorf("the dry run answers %s", tried.Raw)
		}
		made := s.Post(t, "/v1/bundles", body).Want(201)
		shown := s.Get(t, "/v1/bundles/suite").Want(200)
		if shown.Len("items") != 2 || shown.Text("items.0.policy_id") == "" || shown.Text("product.bundle") != "true" || shown.Header.Get("Etag") != made.Header.Get("Etag") {
			t.Errorf("the bundle is %s", shown.Raw)
		}
		s.Get(t, "/v1/bundles/app").Refused(404, "product_unknown")
		s.Post(t, "/v1/bundles", map[string]any{"code": "more", "name": "More", "products": []map[string]any{{"product": "suite"}}}).Refused(400, "bundle")
		s.Post(t, "/v1/bundles", body).Refused(409, "conflict")
	})
}

func TestE2EE(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		product(t, s, "app")
		const path = "/v1/products/app/e2ee"
		off := s.Get(t, path).Want(200)
		s.Post(t, path+"/rotate", nil).Refused(409, "conflict")
		if tried := s.Post(t, path+"?dry_run=true", nil).Want(200); tried.Text("on") != "true" || s.Get(t, path).Text("on") != "false" {
			t.Errorf("the dry run answers %s", tried.Raw)
		}
		first := s.Post(t, path, nil).Want(200)
		second := s.Post(t, path+"/rotate", nil).Want(200)
		if len(first.Text("key")) != 64 || second.Text("key") == first.Text("key") || s.Get(t, path).Text("key") != second.Text("key") {
			t.Errorf("the keys are %s and %s", first.Raw, second.Raw)
		}
		s.Do(t, matched("DELETE", path, nil, off)).Want(412)
		if gone := s.Do(t, matched("DELETE", path, nil, second)).Want(200); gone.Text("on") != "false" {
			t.Errorf("switched off it is %s", gone.Raw)
		}
		reader := s.NewToken(t, identity.NewScopes(identity.ReadProducts))
		s.Do(t, apitest.Call{Method: "GET", Path: path, Token: reader}).Refused(403, "permission_missing")
	})
}

func TestAirGap(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		s.Post(t, "/v1/products", map[string]any{"code": "app", "name": "App"}).Want(201)
		made := s.Post(t, "/v1/licenses", map[string]any{"product": "app"}).Want(201)
		id, key := made.Text("license.id"), made.Text("license.key")
		if id == "" {
			t.Fatalf("the new license is %s", made.Raw)
		}
		start := s.Post(t, "/v1/licenses/"+id+"/airgap", nil).Want(200)
		code := func(hardware string) string {
			scalar, err := base64.StdEncoding.DecodeString(start.Text("initialization_code"))
			if err != nil {
				t.Fatal(err)
			}
			app, err := signing.ParseAirGap(scalar)
			if err != nil {
				t.Fatal(err)
			}
			code, err := app.ActivationCode(hardware, key)
			if err != nil {
				t.Fatal(err)
			}
			return code
		}
		body := func(hardware, code string) any {
			return map[string]any{"hardware_id": hardware, "code": code, "policy_id": "42"}
		}
		path := fmt.Sprintf("/v1/licenses/%s/airgap/", key)
		s.Post(t, path+"confirm?product=app", body("A", "AAAA")).Refused(400, "code")
		s.Post(t, path+"confirm?product=app&dry_run=true", body("A", code("A"))).Want(200)
		confirmed := s.Post(t, path+"confirm?product=app", body("A", code("A"))).Want(200)
		if err := signing.VerifyConfirmationCode(start.Text("public_key"), confirmed.Text("confirmation_code"), "A", key, "42"); err != nil {
			t.Errorf("VerifyConfirmationCode(%s) = %v, want ok", confirmed.Raw, err)
		}
		s.Post(t, path+"confirm", body("B", code("B"))).Refused(403, "device_limit")
		s.Post(t, path+"free", body("A", code("A"))).Want(200)
		s.Post(t, path+"confirm", body("B", code("B"))).Want(200)
		s.Post(t, path+"free", body("A", code("A"))).Refused(403, "device_unknown")
		s.Post(t, "/v1/licenses/none/airgap", nil).Refused(404, "key_unknown")
	})
}
