// Package oidctest is a small OpenID Connect provider for tests: discovery, keys, and a token endpoint that takes each
// code once. It signs with RS256 what a test tells it to.
package oidctest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Provider is a provider on a free port of this machine, without TLS. Our client there is ClientID with ClientSecret.
type Provider struct {
	Issuer       string
	ClientID     string
	ClientSecret string

	Asked atomic.Int64 // questions so far
	Down  atomic.Bool  // it answers 503 to everything

	mu    sync.Mutex // guards what follows
	key   *rsa.PrivateKey
	kid   string
	codes map[string]grant
	extra map[string]any // of the discovery document
}

// grant is what a code stands for.
type grant struct{ idToken, redirectURI string }

// New starts a provider and stops it with the test.
func New(t testing.TB) *Provider {
	t.Helper()
	p := &Provider{ClientID: "licet", ClientSecret: "s3cret", codes: make(map[string]grant)}
	p.Rotate(t)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.Issuer = server.URL
	return p
}

// Rotate gives the provider another key; what the old one signed no longer holds.
func (p *Provider) Rotate(t testing.TB) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key, p.kid = key, rand.Text()
}

// Say puts other values into the discovery document.
func (p *Provider) Say(extra map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.extra = extra
}

// Token signs an id token: of this issuer, for the client, issued at now and good for an hour, with claims on top; a nil
// value takes a claim away.
func (p *Provider) Token(t testing.TB, now time.Time, claims map[string]any) string {
	t.Helper()
	all := map[string]any{"iss": p.Issuer, "aud": p.ClientID, "sub": "subject", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	p.mu.Lock()
	key, kid := p.key, p.kid
	p.mu.Unlock()
	signed := part(t, map[string]any{"alg": "RS256", "kid": kid, "typ": "JWT"}) + "." + part(t, all)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func part(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// Code returns a code that the token endpoint exchanges for an id token, once, with the same redirect URI.
func (p *Provider) Code(idToken, redirectURI string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code] = grant{idToken, redirectURI}
	return code
}

// ServeHTTP answers as the provider.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.Asked.Add(1)
	if p.Down.Load() {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		answer(w, http.StatusOK, p.discovery())
	case "/keys":
		answer(w, http.StatusOK, p.keys())
	case "/token":
		p.token(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (p *Provider) discovery() map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token",
		"jwks_uri": p.Issuer + "/keys", "end_session_endpoint": p.Issuer + "/logout", "introspection_endpoint": p.Issuer + "/introspect",
		"id_token_signing_alg_values_supported": []string{"RS256"},
	}
	maps.Copy(all, p.extra)
	return all
}

func (p *Provider) keys() map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	number := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }
	return map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": p.kid, "n": number(p.key.N), "e": number(big.NewInt(int64(p.key.E))),
	}}}
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != p.ClientID || secret != p.ClientSecret {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	p.mu.Lock()
	code := r.PostFormValue("code")
	known, ok := p.codes[code]
	delete(p.codes, code)
	p.mu.Unlock()
	if !ok || r.PostFormValue("grant_type") != "authorization_code" || r.PostFormValue("redirect_uri") != known.redirectURI {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	answer(w, http.StatusOK, map[string]any{"access_token": "opaque", "token_type": "Bearer", "expires_in": 3600, "id_token": known.idToken})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // Whoever asked may be gone.
}
