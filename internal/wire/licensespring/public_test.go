package licensespring_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire/licensespring"
	"licet/internal/wire/licensespring/lsclient"
)

// What anybody may ask (§7.18, §2.2).
func TestPublic(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		anybody := lsclient.Client{Base: s.c.Base, HTTP: s.c.HTTP, Spelling: lsclient.Spelling{NoAuthorization: true, NoDate: true}}
		answers, err := s.Office.AnswerKey(t.Context(), s.Operator)
		s.ok(err)
		key := func(s *scene, query url.Values) any {
			a := anybody.Get(t.Context(), ".well-known", query)
			if a.Status != http.StatusOK {
				s.t.Fatalf(".well-known = %s", a)
			}
			return a.JSON()["pub_key"]
		}
		s.play("the_only_key", func(s *scene) {
			if got := key(s, nil); got != answers.Public {
				s.t.Errorf("pub_key = %v, want %s", got, answers.Public)
			}
		})
		s.play("endpoints", func(s *scene) {
			got := anybody.Get(t.Context(), ".well-known", nil).JSON()
			s.has(got, object{"api_base_url": base, "supported_api_versions": []string{"v4"}, "default_api_version": "v4", "timestamp": "2026-03-23T12:00:00.000Z"})
			first := got["endpoints"].([]any)[0].(object)
			s.has(first, object{"method": "POST", "url": base + "/activate_license"})
		})
		s.play("several_tenants", func(s *scene) {
			outside := identity.Actor{Kind: identity.Operator, Name: "test"}
			other, err := s.Office.CreateTenant(t.Context(), outside, "another", "Another")
			s.ok(err)
			_, _, err = s.Office.CreateAppKey(t.Context(), office.In(outside, other.ID), office.NewAppKey{Name: "app", Kind: store.HMACKey})
			s.ok(err)
			if got := key(s, nil); got != "" {
				s.t.Errorf("pub_key of nobody in particular = %v, want none", got)
			}
			if got := key(s, url.Values{"api_key": {s.c.APIKey}}); got != answers.Public {
				s.t.Errorf("pub_key of an app = %v, want that of its vendor", got)
			}
			s.refused(anybody.Get(t.Context(), ".well-known", url.Values{"api_key": {"nobody"}}), "invalid_api_key")
		})
		s.play("oauth_url", func(s *scene) {
			s.has(anybody.Get(t.Context(), "oauth_url", nil).JSON(), object{"url": base + "/oauth/token", "login_type": "client_credentials"})
			s.refused(anybody.Get(t.Context(), "oauth_url", url.Values{"login_type": {"password"}}), "validation_error")
		})
		s.play("oauth_refusals", func(s *scene) {
			client, secret, err := s.Office.CreateAppKey(t.Context(), s.Operator, office.NewAppKey{Name: "oauth", Kind: store.OAuthClient})
			s.ok(err)
			for name, tt := range map[string]struct {
				form, basic string
				status      int
				code        string
			}{
				"grant":         {"grant_type=password&client_id=x&client_secret=y", "", 400, "unsupported_grant_type"},
				"no-grant":      {"", "", 400, "unsupported_grant_type"},
				"no-client":     {"grant_type=client_credentials", "", 400, "invalid_request"},
				"malformed":     {"grant_type=%zz", "", 400, "invalid_request"},
				"twice":         {"grant_type=client_credentials&client_id=a&client_id=b", "", 400, "invalid_request"},
				"unknown":       {"grant_type=client_credentials&client_id=nobody&client_secret=y", "", 401, "invalid_client"},
				"wrong":         {"grant_type=client_credentials&client_id=" + client.PublicID + "&client_secret=y", "", 401, "invalid_client"},
				"an-API-key":    {"grant_type=client_credentials&client_id=" + s.c.APIKey + "&client_secret=" + s.c.SharedKey, "", 401, "invalid_client"},
				"by-basic":      {"grant_type=client_credentials", client.PublicID + ":" + secret.Reveal(), 200, ""},
				"by-form":       {"grant_type=client_credentials&client_id=" + client.PublicID + "&client_secret=" + secret.Reveal(), "", 200, ""},
				"by-basic-anon": {"grant_type=client_credentials", ":", 400, "invalid_request"},
			} {
				c := anybody
				if tt.basic != "" {
					c.Spelling = lsclient.Spelling{NoDate: true, Authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte(tt.basic))}
				}
				a := c.Do(t.Context(), http.MethodPost, "oauth/token", "application/x-www-form-urlencoded", []byte(tt.form), nil)
				got, _ := a.JSON()["error"].(string)
				if a.Status != tt.status || got != tt.code {
					s.t.Errorf("%s: oauth/token = %s, want %d %s", name, a, tt.status, tt.code)
				}
			}
		})
	})
}

// The listings, with what they show (§7.12, §7.13, §7.16).
func TestListings(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		ctx := t.Context()
		_, err := s.Office.CreateCustomer(ctx, s.Operator, office.NewCustomer{Email: "buyer@example.com", Company: "Buyer"})
		s.ok(err)
		_, err = s.Office.CreateProduct(ctx, s.Operator, office.NewProduct{Code: "LIST", Name: "List", Auth: license.ByUser})
		s.ok(err)
		made, err := s.Office.CreateLicenses(ctx, s.Operator, office.NewLicenses{Product: "LIST", Customer: "buyer@example.com", Order: "order-1"})
		s.ok(err)
		_, password, err := s.Office.CreateLicenseUser(ctx, s.Operator, office.NewLicenseUser{Name: "list@example.com", Email: "list@example.com"})
		s.ok(err)
		_, err = s.Office.AssignUser(ctx, s.Operator, office.Ref{ID: made.Licenses[0].ID}, "list@example.com")
		s.ok(err)
		s.play("customer_license_users", func(s *scene) {
			got := s.good(s.get("customer_license_users", object{"product": "LIST", "customer": "Buyer@example.com"}))
			s.has(got["customer"].(object), object{"email": "buyer@example.com", "company_name": "Buyer"})
			s.has(got["users"].([]any)[0].(object), object{"email": "list@example.com", "is_active": true, "is_initial_password": true,
				"initial_password": password.Reveal(), "total_activations": 0, "order_store_id": "order-1"})
		})
		s.play("user_licenses", func(s *scene) {
			s.refused(s.get("user_licenses", object{"username": "list@example.com"}), "missing_parameters")
			s.refused(s.get("user_licenses", object{"password": "x"}), "missing_parameters")
			s.refused(s.get("user_licenses", object{"username": "list@example.com", "password": password.Reveal(), "product": "NOPE"}), "unknown_product")
			list := s.list(s.get("user_licenses", object{"username": "List@example.com|ACC", "password": password.Reveal(), "product": "LIST"}))
			one := list[0].(object)["license"].(object)
			s.has(one, object{"license_active": false, "order_store_id": "order-1"})
			for _, name := range []string{"device_id", "borrowed_until", "license_signature", "installation_file"} {
				if _, there := one[name]; there {
					s.t.Errorf("a listed license has %s", name)
				}
			}
		})
		s.play("device_licenses", func(s *scene) {
			s.refused(s.get("device_licenses", object{}), "missing_hardware_id")
			if list := s.list(s.get("device_licenses", object{"hardware_id": "HW-NEW"})); len(list) != 0 {
				s.t.Errorf("device_licenses of a device nobody knows = %v", list)
			}
			s.good(s.post("activate_license", object{"product": "LIST", "hardware_id": "HW-LIST", "username": "list@example.com", "password": password.Reveal()}))
			list := s.list(s.get("device_licenses", object{"hardware_id": "HW-LIST"}))
			if len(list) != 1 {
				s.t.Fatalf("device_licenses = %v, want one", list)
			}
			s.has(list[0].(object)["user"].(object), object{"email": "list@example.com", "total_activations": 1})
		})
		s.play("products", func(s *scene) {
			s.product("METERED", func(c *office.TermsChange) {
				c.Type, c.Duration = ptr(license.Subscription), &license.Span{Months: 12}
				c.Floating = &license.FloatingTerms{Seats: license.AtMost(3), TimeoutMins: 90}
				c.Features = ptr([]license.FeatureTerms{{Code: "render", Usage: &license.UsageTerms{Max: license.AtMost(5)}}})
			})
			row := s.list(s.get("products", nil))[0].(object)
			s.has(row, object{"short_code": "METERED", "active": true, "subscription_duration": "1y", "valid_duration": nil, "is_floating_cloud": true,
				"floating_users": 3, "floating_timeout": 90, "is_node_locked": false, "is_bundle": false, "default_license_type": "subscription"})
			s.has(row["features"].([]any)[0].(object), object{"code": "render", "feature_type": "consumption", "max_consumption": 5})
		})
		s.play("only_those_of_the_app", func(s *scene) {
			key, secret, err := s.Office.CreateAppKey(ctx, s.Operator, office.NewAppKey{Name: "narrow", Kind: store.HMACKey, Product: "METERED"})
			s.ok(err)
			c := *s.c
			c.APIKey, c.SharedKey = key.PublicID, secret.Reveal()
			s = &scene{World: s.World, t: s.t, c: &c}
			if list := s.list(s.get("products", nil)); len(list) != 1 {
				s.t.Errorf("products of a narrow key = %v, want one", list)
			}
			if list := s.list(s.get("device_licenses", object{"hardware_id": "HW-LIST"})); len(list) != 0 {
				s.t.Errorf("device_licenses of a narrow key = %v, want none", list)
			}
			if list := s.list(s.get("user_licenses", object{"username": "list@example.com", "password": password.Reveal()})); len(list) != 0 {
				s.t.Errorf("user_licenses of a narrow key = %v, want none", list)
			}
			s.refused(s.get("trial_key", object{"product": "LIST", "hardware_id": "HW", "email": "x@example.com"}), "api_key_product_not_allowed")
			s.refused(s.get("customer_license_users", object{"product": "LIST", "customer": "buyer@example.com"}), "api_key_product_not_allowed")
		})
	})
}

// provider is an identity provider that lets everybody in whose address is in the code.
func provider(t *testing.T, now func() time.Time) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			_ = json.NewEncoder(w).Encode(object{"issuer": server.URL, "authorization_endpoint": server.URL + "/in", "token_endpoint": server.URL + "/token",
				"jwks_uri": server.URL + "/keys", "end_session_endpoint": server.URL + "/out", "id_token_signing_alg_values_supported": []string{"RS256"}})
		case "/keys":
			_ = json.NewEncoder(w).Encode(object{"keys": []object{{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1",
				"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}})
		case "/token":
			text := part(object{"alg": "RS256", "kid": "1"}) + "." + part(object{"iss": server.URL, "aud": "licet", "sub": "1",
				"email": r.FormValue("code"), "iat": now().Unix(), "exp": now().Add(time.Hour).Unix()})
			digest := sha256.Sum256([]byte(text))
			signature, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
			_ = json.NewEncoder(w).Encode(object{"access_token": "a", "token_type": "Bearer", "id_token": text + "." + base64.RawURLEncoding.EncodeToString(signature)})
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// People who sign in at a provider of their own (§6, I3 and I4; §7.17).
func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	db := testkit.OpenSQLite(t)
	s := newScene(t, db)
	a := authority.New(authority.Deps{Store: db, Now: s.Now, Rand: rand.Reader, Keyring: s.Keyring, Hasher: testkit.Hasher(),
		AllowPlainIssuer: true, AllowPrivateIssuer: true})
	s.World.Open(t, licensespring.New(licensespring.Deps{Authority: a, Now: s.Now}).Handler())
	s.c.HTTP = s.World.Client(t, "")
	issuer := provider(t, func() time.Time { return s.Now().UTC() })
	_, err := s.Office.CreateCustomerAccount(t.Context(), s.Operator, office.NewAccount{Code: "ACME", Issuer: issuer, ClientID: "licet", ClientSecret: "s"})
	s.ok(err)
	s.user("SSO", "ann@example.com|ACME", firstPassword, func(c *office.TermsChange) { c.Activations = ptr(license.AtMost(5)) })
	answer, err := http.PostForm(issuer+"/token", url.Values{"code": {"ann@example.com"}})
	s.ok(err)
	var token struct {
		ID string `json:"id_token"`
	}
	s.ok(json.NewDecoder(answer.Body).Decode(&token))
	s.ok(answer.Body.Close())
	with := func(more object) object {
		out := object{"product": "SSO", "hardware_id": "HW1", "customer_account_code": "ACME"}
		for name, value := range more {
			out[name] = value
		}
		return out
	}
	s.play("sso_url", func(s *scene) {
		got := s.good(s.get("sso_url", object{"product": "SSO", "customer_account_code": "ACME", "redirect_uri": "https://app.example/back"}))
		s.has(got["openid_configuration"].(object), object{"issuer": issuer, "end_session_endpoint": issuer + "/out", "token_endpoint": issuer + "/token", "introspection_endpoint": ""})
		if u, _ := got["url"].(string); !strings.HasPrefix(u, issuer+"/in?") || !strings.Contains(u, "response_type=code") || !strings.Contains(u, "redirect_uri=https%3A%2F%2Fapp.example%2Fback") {
			s.t.Errorf("url = %q, want one of the provider that comes back with a code", u)
		}
		s.refused(s.get("sso_url", object{"product": "SSO", "customer_account_code": "NOBODY"}), "customer_account_not_found")
		s.refused(s.get("sso_url", object{"product": "SSO"}), "missing_parameters")
		s.refused(s.get("sso_url", object{"product": "SSO", "customer_account_code": "ACME", "response_type": "magic"}), "validation_error")
	})
	s.play("I3_and_I4", func(s *scene) {
		for name, proof := range map[string]object{"id_token": {"id_token": token.ID}, "code": {"code": "ann@example.com"}} {
			got := s.good(s.post("activate_license", with(proof)))
			if got["username"] != "ann@example.com|ACME" {
				s.t.Errorf("by %s: username = %v, want the one that a check finds the user by", name, got["username"])
			}
		}
		s.good(s.get("check_license", object{"product": "SSO", "hardware_id": "HW1", "username": "ann@example.com|ACME"}))
		s.refused(s.post("activate_license", with(object{"code": "eve@example.com"})), "invalid_credentials")
		s.refused(s.post("activate_license", with(object{"id_token": token.ID + "x"})), "invalid_credentials")
		s.refused(s.post("activate_license", object{"product": "SSO", "hardware_id": "HW1", "code": "x"}), "missing_parameters")
	})
	s.play("user_licenses", func(s *scene) {
		if list := s.list(s.get("user_licenses", object{"id_token": token.ID, "customer_account_code": "ACME"})); len(list) != 1 {
			s.t.Errorf("user_licenses = %v, want one", list)
		}
	})
}
