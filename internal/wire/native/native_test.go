package native

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire"
	"licet/internal/wire/api"
	"licet/internal/wire/api/apitest"
	"licet/internal/wire/wiretest"
)

// site is a server with the door, and a product demo with a license K.
type site struct {
	*apitest.Site
}

const usual = `
product demo "My App" lock=hwid activations=2
license K of demo`

func newSite(t testing.TB, s *store.Store, lines string) *site {
	t.Helper()
	at := apitest.New(t, s, func(*api.API, *wiretest.World) {}, func(a *api.API, w *wiretest.World) wire.Door {
		return New(a, Deps{Authority: w.Authority, Keyring: w.Keyring, Now: w.Now})
	})
	at.Run(t, lines)
	return &site{at}
}

func forEachSite(t *testing.T, lines string, test func(*testing.T, *site)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) { test(t, newSite(t, open(t), lines)) })
}

type body = map[string]any

func TestDay(t *testing.T) {
	t.Parallel()
	forEachSite(t, usual, func(t *testing.T, s *site) {
		on := body{"key": "k", "product": "demo", "hardware_id": "machine-A"}
		before := s.Post(t, "/v1/validate", on).Want(200)
		if before.Text("valid") != "false" || before.Text("code") != "license_not_active" {
			t.Errorf("before = %s, want license_not_active", before.Raw)
		}
		first := s.Post(t, "/v1/activations", body{"key": "K", "product": "demo", "hardware_id": "machine-A", "device_name": "Ann's", "version": "1.0"}).Want(201)
		if first.Text("valid") != "true" || first.Text("device.name") != "Ann's" || first.Text("license.activations") != "1" {
			t.Errorf("activation = %s", first.Raw)
		}
		s.Post(t, "/v1/activations", on).Want(200)
		after := s.Post(t, "/v1/validate", on).Want(200)
		if after.Text("valid") != "true" || after.Text("code") != "ok" || after.Text("device.activation") != first.Text("device.activation") {
			t.Errorf("after = %s", after.Raw)
		}
		byID := s.Post(t, "/v1/validate", body{"license": first.At("license.id"), "hardware_id": "machine-A"}).Want(200)
		if byID.Text("valid") != "true" {
			t.Errorf("by identity = %s", byID.Raw)
		}
		s.Post(t, "/v1/activations", body{"key": "K", "product": "demo", "hardware_id": "machine-B"}).Want(201)
		s.Post(t, "/v1/activations", body{"key": "K", "product": "demo", "hardware_id": "machine-C"}).Refused(403, "device_limit")
		s.Delete(t, "/v1/activations/"+first.Text("device.activation")).Want(200)
		s.Post(t, "/v1/activations", body{"key": "K", "product": "demo", "hardware_id": "machine-C"}).Want(201)
		if gone := s.Post(t, "/v1/validate", on).Want(200); gone.Text("code") != "device_unknown" {
			t.Errorf("a device that was freed = %s, want device_unknown", gone.Raw)
		}
		s.Run(t, "revoke K")
		if gone := s.Post(t, "/v1/validate", on).Want(200); gone.Text("code") != "license_revoked" || gone.Text("valid") != "false" {
			t.Errorf("revoked = %s, want license_revoked", gone.Raw)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t, testkit.OpenSQLite(t), usual)
	for _, tt := range []struct {
		name   string
		path   string
		body   any
		status int
		why    string
	}{
		{"unknown_key", "/v1/validate", `{"key":"X","product":"demo"}`, 404, "key_unknown"},
		{"unknown_product", "/v1/validate", `{"key":"K","product":"other"}`, 404, "product_unknown"},
		{"no_key", "/v1/validate", `{"product":"demo"}`, 400, "key"},
		{"nothing", "/v1/validate", ``, 400, "key"},
		{"no_product", "/v1/validate", `{"key":"K"}`, 400, "product"},
		{"wrong_type", "/v1/validate", `{"key":7}`, 400, "key"},
		{"wrong_nested_type", "/v1/validate", `{"key":"K","location":{"country":7}}`, 400, "location.country"},
		{"no_object", "/v1/validate", `[]`, 400, "body"},
		{"no_json", "/v1/validate", `key=K`, 400, "body"},
		{"half_json", "/v1/validate", `{"key":"K"`, 400, "body"},
		{"no_utf8", "/v1/validate", "{\"key\":\"\xff\"}", 400, "body"},
		{"nul", "/v1/validate", `{"key":"K","product":"demo","hardware_id":"a\u0000b"}`, 400, "invalid"},
		{"long_hardware", "/v1/validate", `{"key":"K","product":"demo","hardware_id":"` + strings.Repeat("x", 501) + `"}`, 400, "hardware_id"},
		{"huge", "/v1/validate", `{"key":"` + strings.Repeat("x", maxBody) + `"}`, 413, "invalid"},
		{"large_id", "/v1/validate", `{"license":9223372036854775807}`, 404, "key_unknown"},
		{"fraction", "/v1/validate", `{"license":1.5}`, 400, "license"},
		{"foreign_activation", "/v1/leases", `{"key":"K","product":"demo","hardware_id":"A"}`, 403, "license_not_active"},
		{"usage_of_none", "/v1/usage", `{"key":"K","product":"demo","hardware_id":"A","amount":1}`, 403, "license_not_active"},
		{"commit_of_none", "/v1/usage/commit", `{"key":"K","product":"demo","hardware_id":"A","reservation":5,"amount":1}`, 404, "not_found"},
		{"commit_without_amount", "/v1/usage/commit", `{"key":"K","product":"demo","hardware_id":"A","reservation":5}`, 400, "amount"},
		{"commit_of_null", "/v1/usage/commit", `{"key":"K","product":"demo","hardware_id":"A","reservation":5,"amount":null}`, 400, "amount"},
		{"short_file", "/v1/license-files", `{"key":"K","product":"demo","hardware_id":"A","ttl_seconds":59}`, 400, "ttl_seconds"},
		{"file_without_device", "/v1/license-files", `{"key":"K","product":"demo","hardware_id":"A"}`, 403, "license_not_active"},
		{"trial_of_a_paid_product", "/v1/trials", `{"product":"demo","hardware_id":"A"}`, 403, "trial_refused"},
		{"sign_in_of_nobody", "/v1/users/sign-in", `{"user":"nobody","password":"x"}`, 401, "credentials_wrong"},
		{"no_leases", "/v1/leases/renew", `{}`, 400, "leases"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := s.Do(t, apitest.Call{Method: "POST", Path: tt.path, Body: tt.body, Wild: true}).Refused(tt.status, tt.why)
			verify(t, s, "POST", tt.path, "", a)
		})
	}
	s.Do(t, apitest.Call{Method: "DELETE", Path: "/v1/activations/AAAA"}).Refused(404, "device_unknown")
}

// TestUnknownMembers: license calls ignore what they do not know, so that newer apps can talk to older servers.
func TestUnknownMembers(t *testing.T) {
	t.Parallel()
	s := newSite(t, testkit.OpenSQLite(t), usual)
	s.Post(t, "/v1/validate", body{"key": "K", "product": "demo", "hardware_id": "A", "mood": "good", "location": body{"country": "DE"}}).Want(200)
}

// TestVerdictIsItsType holds what is written by hand against the type that the document is made from.
func TestVerdictIsItsType(t *testing.T) {
	t.Parallel()
	s := newSite(t, testkit.OpenSQLite(t), `
product demo "My \"App\" <é>" lock=hwid activations=unlimited metadata='{"a":[1,2]}'
license K of demo expires=2026-05-01`)
	s.Post(t, "/v1/activations", body{"key": "K", "product": "demo", "hardware_id": "A", "device_name": "Ann's \"<box>\" \u2028"}).Want(201)
	for _, hardware := range []string{"A", "B", ""} {
		a := s.Post(t, "/v1/validate", body{"key": "K", "product": "demo", "hardware_id": hardware}).Want(200)
		var v Verdict
		in := json.NewDecoder(strings.NewReader(string(a.Raw)))
		in.DisallowUnknownFields()
		if err := in.Decode(&v); err != nil {
			t.Fatalf("%s: %v", a.Raw, err)
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var x, y any
		if json.Unmarshal(a.Raw, &x) != nil || json.Unmarshal(again, &y) != nil {
			t.Fatal("no JSON")
		}
		if d := cmp.Diff(y, x); d != "" {
			t.Errorf("by hand (+) and by type (-):\n%s", d)
		}
	}
}

// verify fails unless an answer bears a good signature for what was asked.
func verify(t *testing.T, s *site, method, path, nonce string, a apitest.Answer) {
	t.Helper()
	keys, err := s.Authority.PublicKeys(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	h := signing.AnswerHeaders{ContentDigest: a.Header.Get("Content-Digest"), SignatureInput: a.Header.Get("Signature-Input"), Signature: a.Header.Get("Signature")}
	err = h.Verify(&signing.Answer{Method: method, Path: path, Nonce: nonce, Status: a.Status, Body: a.Raw, At: s.Now()}, func(id string) (ed25519.PublicKey, bool) {
		for i := range keys {
			if keys[i].ID == id {
				public, err := keys[i].PublicKey()
				return public, err == nil
			}
		}
		return nil, false
	})
	if err != nil {
		t.Errorf("%s %s %d: the signature is bad: %v (%s)", method, path, a.Status, err, h.SignatureInput)
	}
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	forEachSite(t, usual, func(t *testing.T, s *site) {
		send := func(c apitest.Call) apitest.Answer { c.Method, c.Wild = "POST", true; return s.Do(t, c) }
		ok := body{"key": "K", "product": "demo", "hardware_id": "A"}
		for _, tt := range []struct {
			name   string
			call   apitest.Call
			status int
			nonce  string
		}{
			{"answer", apitest.Call{Path: "/v1/validate", Body: ok}, 200, ""},
			{"nonce", apitest.Call{Path: "/v1/validate", Body: ok, Header: map[string]string{"Licet-Nonce": "n-1"}}, 200, "n-1"},
			{"accept_signature", apitest.Call{Path: "/v1/validate", Body: ok, Header: map[string]string{"Accept-Signature": `sig=("@status");nonce="n-2"`}}, 200, "n-2"},
			{"error", apitest.Call{Path: "/v1/validate", Body: body{"key": "X", "product": "demo"}, Header: map[string]string{"Licet-Nonce": "n-3"}}, 404, "n-3"},
			{"no_token", apitest.Call{Path: "/v1/validate", Body: ok, Token: "-"}, 401, ""},
			{"wrong_token", apitest.Call{Path: "/v1/validate", Body: ok, Token: "x", Header: map[string]string{"Licet-Nonce": "n-4"}}, 401, "n-4"},
			{"no_scope", apitest.Call{Path: "/v1/validate", Body: ok, Token: s.NewToken(t, identity.NewScopes(identity.ReadLicenses))}, 403, ""},
			{"bad_nonce", apitest.Call{Path: "/v1/validate", Body: ok, Header: map[string]string{"Licet-Nonce": strings.Repeat("n", 200)}}, 400, ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				verify(t, s, "POST", tt.call.Path, tt.nonce, send(tt.call).Want(tt.status))
			})
		}
	})
}

func TestActivationIdentity(t *testing.T) {
	t.Parallel()
	s := newSite(t, testkit.OpenSQLite(t), usual)
	other := newSite(t, testkit.OpenSQLite(t), usual)
	id := s.Post(t, "/v1/activations", body{"key": "K", "product": "demo", "hardware_id": "A"}).Want(201).Text("device.activation")
	flipped := "B" + id[1:]
	last := id[:len(id)-1] + string(rune(id[len(id)-1])^1)
	for name, wrong := range map[string]string{"flipped": flipped, "last": last, "cut": id[:len(id)-4], "long": id + "AAAA"} {
		if a := s.Do(t, apitest.Call{Method: http.MethodDelete, Path: "/v1/activations/" + wrong, Wild: true}); a.Status != 404 {
			t.Errorf("%s = %d %s, want 404", name, a.Status, a.Raw)
		}
	}
	other.Do(t, apitest.Call{Method: http.MethodDelete, Path: "/v1/activations/" + id}).Want(404)
	s.Delete(t, "/v1/activations/"+id).Want(200)
}

func FuzzActivation(f *testing.F) {
	keys := signing.NewKeyring(signing.MasterKey{1})
	f.Add(activationID(keys, 1, 2, 3))
	f.Fuzz(func(t *testing.T, text string) {
		of, device, err := parseActivation(keys, 1, text)
		if err == nil && activationID(keys, 1, of, device) != text {
			t.Errorf("%q is another spelling of an activation", text)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"key":"K","product":12,"features":["a"],"location":{"country":"DE"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var in validateIn
		if err := decode(text, &in); err == nil && len(text) > 0 && !json.Valid(text) {
			t.Errorf("decode(%q) succeeds, and it is no JSON", text)
		}
	})
}

// TestScanLeavesTheRest: what scan does not know it leaves as it was, for encoding/json.
func TestScanLeavesTheRest(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `[]`, `{`, `{}`, `{"key"}`, `{"key":"K"`, `{"key":"K"},`, `{"key":"K"} x`, `{"key":"\u004b"}`, `{"KEY":"K"}`, `{"features":["a"]}`,
		`{"key":7}`, `{"license":"7"}`, `{"license":1.5}`, `{"license":-1}`, `{"license":9223372036854775808}`, `{"product":01}`, `{"mood":"good"}`,
		`{"key":true}`, `{"key":nul}`, "{\"key\":\"\xff\"}", "{\"key\":\"a\nb\"}", `{"location":{"country":"DE"}}`, `{"key":"K",}`,
	} {
		in := validateIn{Version: "before"}
		if in.scan([]byte(text)) || in.Version != "before" || in.Key != "" {
			t.Errorf("scan(%s) = %+v, want false and nothing changed", text, in)
		}
	}
	for _, text := range []string{
		`{"key":"K"}`, ` { "key" : "K" , "product" : "demo" } `, `{"product":12,"key":"é"}`, `{"license":9007199254740991}`, `{"license":0}`,
		`{"key":null,"license":null,"product":null}`, `{"key":"a","key":"b","key":null}`, `{"hardware_id":"h","version":"1.0"}`,
	} {
		var in, want validateIn
		if err := json.Unmarshal([]byte(text), &want); err != nil || !in.scan([]byte(text)) {
			t.Errorf("scan(%s) = false, want true (%v)", text, err)
		}
		if !reflect.DeepEqual(in, want) {
			t.Errorf("scan(%s) = %+v, want %+v as encoding/json", text, in, want)
		}
	}
}

// FuzzScan: what scan accepts, encoding/json reads in the same way.
func FuzzScan(f *testing.F) {
	for _, text := range []string{`{"key":"K","product":12}`, `{"license":7,"hardware_id":null,"version":"1"}`, `{"key":"a","key":"b"}`, `{"product":-1}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var fast, slow validateIn
		if !fast.scan(text) {
			return
		}
		if err := json.Unmarshal(text, &slow); err != nil || !reflect.DeepEqual(fast, slow) {
			t.Errorf("scan(%q) = %+v, encoding/json %+v, %v", text, fast, slow, err)
		}
	})
}

// TestWhoAsksIsJudgedFirst: whoever may not ask is not told what is wrong with what they ask.
func TestWhoAsksIsJudgedFirst(t *testing.T) {
	t.Parallel()
	forEachSite(t, usual, func(t *testing.T, s *site) {
		narrow := s.NewToken(t, identity.NewScopes(identity.ReadLicenses))
		for _, text := range []string{
			`{"key":"X","product":"demo"}`, `{"key":"K","product":"other"}`, `{"key":7}`, `half`, ``, `{"key":"` + strings.Repeat("x", maxBody) + `"}`,
			`{"key":"a\u0000","product":"demo"}`, `{"key":"K"}`, `{"license":7}`, `{"user":"nobody","password":"x"}`, `{"key":"K","product":"12"}`,
			`{"key":"K","product":"demo","features":[` + strings.Repeat(`"a",`, 100) + `"a"]}`,
		} {
			for token, want := range map[string]int{"-": 401, "x": 401, narrow: 403} {
				a := s.Do(t, apitest.Call{Method: "POST", Path: "/v1/validate", Body: text, Token: token, Wild: true})
				if a.Status != want {
					t.Errorf("%.60s with token %.12s = %d %s, want %d", text, token, a.Status, a.Raw, want)
				}
			}
		}
	})
}

// TestProductsOfAToken: a token for one product need not name it, and knows no other.
func TestProductsOfAToken(t *testing.T) {
	t.Parallel()
	forEachSite(t, usual+"\nproduct other \"Other\"\nlicense L of other", func(t *testing.T, s *site) {
		_, secret, err := s.Office.CreateAPIKey(t.Context(), s.Operator, office.NewAPIKey{Name: "demo", Scopes: identity.NewScopes(identity.UseLicenses), Products: []string{"demo"}})
		if err != nil {
			t.Fatal(err)
		}
		detail := s.License(t, "L")
		for text, want := range map[string]int{
			`{"key":"K"}`: 200, `{"key":"K","product":"demo"}`: 200, `{"key":"K","product":` + s.Name("demo") + `}`: 200, `{"key":"L"}`: 404,
			`{"key":"K","product":"` + strconv.FormatInt(int64(s.License(t, "K").License.Product), 10) + `"}`: 200,
			`{"key":"L","product":"other"}`: 404, `{"key":"L","product":` + s.Name("other") + `}`: 404,
			`{"license":` + strconv.FormatInt(int64(detail.License.ID), 10) + `}`: 404, `{"license":1}`: 404,
		} {
			a := s.Do(t, apitest.Call{Method: "POST", Path: "/v1/validate", Body: text, Token: secret.Reveal(), Wild: true})
			if a.Status != want {
				t.Errorf("%s = %d %s, want %d", text, a.Status, a.Raw, want)
			}
		}
	})
}

// TestLastUse: a token that makes license calls alone shows when it was used.
func TestLastUse(t *testing.T) {
	t.Parallel()
	s := newSite(t, testkit.OpenSQLite(t), usual)
	token := s.NewToken(t, identity.NewScopes(identity.UseLicenses))
	s.Do(t, apitest.Call{Method: "POST", Path: "/v1/validate", Body: body{"key": "K", "product": "demo"}, Token: token}).Want(200)
	if err := s.Authority.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys, err := s.Office.ListAPIKeys(t.Context(), s.Operator, office.Page{Limit: 1})
	if err != nil || len(keys) != 1 || keys[0].UsedAt != s.Now() {
		t.Errorf("the keys are %+v, %v, want one used at %v", keys, err, s.Now())
	}
}
