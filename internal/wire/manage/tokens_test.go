package manage

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/wire/api/apitest"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		product := s.Post(t, "/v1/products", map[string]any{"code": "my-app", "name": "My App"}).Want(201)
		made := s.Post(t, "/v1/tokens", map[string]any{
			"name": "shop", "scopes": []string{"orders:write"}, "products": []string{"my-app"}, "expires_at": s.Now().Add(time.Hour)}).Want(201)
		secret := made.Text("token")
		if !strings.HasPrefix(secret, "licet_key_") || made.Len("scopes") != 2 || made.Text("product_ids.0") != product.Text("id") || made.Header.Get("Etag") != "" {
			t.Errorf("the token is %s", made.Raw)
		}
		for _, c := range []struct {
			name string
			body map[string]any
			why  string
		}{
			{"none", map[string]any{"name": "x"}, "scopes"},
			{"unknown", map[string]any{"name": "x", "scopes": []string{"orders:eat"}}, "scopes"},
			{"two_ways", map[string]any{"name": "x", "client": true, "scopes": []string{"orders:read"}}, "scopes"},
			{"past", map[string]any{"name": "x", "client": true, "expires_at": s.Now()}, "expires"},
		} {
			s.Post(t, "/v1/tokens", c.body).Refused(400, c.why)
		}
		// A token for no product must not become one for all.
		s.Do(t, apitest.Call{Method: http.MethodPost, Path: "/v1/tokens", Body: `{"name":"x","client":true,"products":[]}`, Wild: true}).Refused(400, "products")
		s.Post(t, "/v1/tokens", map[string]any{"name": "x", "client": true, "products": []string{"none"}}).Refused(404, "product_unknown")
		if tried := s.Post(t, "/v1/tokens?dry_run=true", map[string]any{"name": "x", "client": true}).Want(201); tried.Text("token") != "" {
			t.Errorf("a dry run shows a token: %s", tried.Raw)
		}

		path := "/v1/tokens/" + made.Text("id")
		shown := s.Get(t, path).Want(200)
		if strings.Contains(string(shown.Raw), secret) {
			t.Errorf("the token is shown again: %s", shown.Raw)
		}
		if list := s.Get(t, "/v1/tokens").Want(200); list.Len("data") != 2 || list.Text("data.0.name") != "shop" || list.At("data.1.product_ids") != nil {
			t.Errorf("the list is %s", list.Raw)
		}
		s.Get(t, "/v1/tokens/7").Refused(404, "not_found")
		call := apitest.Call{Method: http.MethodPatch, Path: path, Body: `{"name":"the shop","expires_at":null}`,
			Header: map[string]string{"If-Match": shown.Header.Get("Etag")}}
		if changed := s.Do(t, call).Want(200); changed.Text("name") != "the shop" || changed.At("expires_at") != nil {
			t.Errorf("the changed token is %s", changed.Raw)
		}
		s.Do(t, call).Want(412)

		if me := s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/me", Token: secret}).Want(200); me.Text("token.name") != "the shop" || me.Text("tenant.code") == "" {
			t.Errorf("the token says of itself %s", me.Raw)
		}
		s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/tokens", Token: secret}).Refused(403, "permission_missing")
		s.Post(t, path+"/revoke?dry_run=true", nil).Want(200)
		s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/me", Token: secret}).Want(200)
		if revoked := s.Post(t, path+"/revoke", nil).Want(200); revoked.At("revoked_at") == nil {
			t.Errorf("the revoked token is %s", revoked.Raw)
		}
		s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/me", Token: secret}).Refused(401, "credentials_wrong")
		s.Patch(t, path, map[string]any{"name": "x"}).Refused(409, "conflict")
		s.Post(t, "/v1/tokens/7/revoke", nil).Refused(404, "not_found")
	})
}

func TestClientToken(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		made := s.Post(t, "/v1/tokens", map[string]any{"name": "app", "client": true}).Want(201)
		if made.Len("scopes") != 1 || made.Text("scopes.0") != string(identity.UseLicenses) {
			t.Errorf("the client token is %s", made.Raw)
		}
		s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/me", Token: made.Text("token")}).Want(200)
		s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/tokens", Token: made.Text("token")}).Refused(403, "permission_missing")
		weak := s.NewToken(t, identity.NewScopes(identity.WriteKeys))
		s.Do(t, apitest.Call{Method: http.MethodPost, Path: "/v1/tokens", Body: map[string]any{"name": "x", "client": true}, Token: weak}).
			Refused(403, string(license.PermissionMissing))
	})
}

func TestAppKeys(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		s.Post(t, "/v1/products", map[string]any{"code": "my-app", "name": "My App"}).Want(201)
		if none := s.Get(t, "/v1/answer-keys").Want(200); none.Len("data") != 0 {
			t.Errorf("the answer keys are %s", none.Raw)
		}
		made := s.Post(t, "/v1/app-keys", map[string]any{"kind": "hmac", "name": "desktop", "product": "my-app", "read_only": true}).Want(201)
		if made.Text("secret") == "" || made.Text("product_id") == "" || made.Text("read_only") != "true" {
			t.Errorf("the app key is %s", made.Raw)
		}
		s.Post(t, "/v1/app-keys", map[string]any{"kind": "basic", "product": "none"}).Refused(404, "product_unknown")
		s.Do(t, apitest.Call{Method: http.MethodPost, Path: "/v1/app-keys", Body: `{"kind":"x"}`, Wild: true}).Refused(400, "kind")
		path := "/v1/app-keys/" + made.Text("public_id")
		if shown := s.Get(t, path).Want(200); strings.Contains(string(shown.Raw), made.Text("secret")) {
			t.Errorf("the secret is shown again: %s", shown.Raw)
		}
		s.Get(t, "/v1/app-keys/none").Refused(404, "not_found")
		if list := s.Get(t, "/v1/app-keys").Want(200); list.Len("data") != 1 {
			t.Errorf("the list is %s", list.Raw)
		}
		if revoked := s.Post(t, path+"/revoke", nil).Want(200); revoked.At("revoked_at") == nil {
			t.Errorf("the revoked app key is %s", revoked.Raw)
		}
		s.Post(t, "/v1/app-keys/none/revoke", nil).Refused(404, "not_found")

		if keys := s.Get(t, "/v1/answer-keys").Want(200); keys.Len("data") != 1 || !strings.HasPrefix(keys.Text("data.0.public_key"), "-----BEGIN") {
			t.Errorf("the answer keys are %s", keys.Raw)
		}
		s.Post(t, "/v1/answer-keys/rotate?dry_run=true", map[string]any{"size": 2048}).Want(200)
		s.Post(t, "/v1/answer-keys/rotate", map[string]any{}).Want(200)
		s.Do(t, apitest.Call{Method: http.MethodPost, Path: "/v1/answer-keys/rotate", Body: `{"size":1024}`, Wild: true}).Refused(400, "size")
		if keys := s.Get(t, "/v1/answer-keys").Want(200); keys.Len("data") != 2 || keys.At("data.1.retired_at") == nil {
			t.Errorf("the answer keys are %s", keys.Raw)
		}
	})
}

func TestSigningKeys(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		list := s.Get(t, "/v1/signing-keys").Want(200)
		if list.Len("data") != 2 || list.Text("data.0.jwk.crv") != "Ed25519" {
			t.Errorf("the first keys are %s", list.Raw)
		}
		rotate := func(path, purpose string) apitest.Answer {
			return s.Do(t, apitest.Call{Method: http.MethodPost, Path: path, Body: map[string]any{"purpose": purpose}, Wild: true})
		}
		rotate("/v1/signing-keys/rotate?dry_run=true", "license-files").Want(200)
		fresh := rotate("/v1/signing-keys/rotate", "license-files").Want(200)
		rotate("/v1/signing-keys/rotate", "answers").Refused(400, "purpose")
		list = s.Get(t, "/v1/signing-keys").Want(200)
		if list.Len("data") != 3 || list.Text("data.1.id") != fresh.Text("id") || list.At("data.2.listed_until") == nil {
			t.Errorf("the keys are %s", list.Raw)
		}
		s.Delete(t, "/v1/signing-keys/"+fresh.Text("id")).Refused(409, "conflict")
		if gone := s.Delete(t, "/v1/signing-keys/"+list.Text("data.2.id")).Want(200); gone.Text("jwk.kid") != list.Text("data.2.jwk.kid") {
			t.Errorf("deleted is %s", gone.Raw)
		}
		s.Delete(t, "/v1/signing-keys/7").Refused(404, "not_found")
	})
}
