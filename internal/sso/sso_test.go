package sso_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/sso"
	"licet/internal/testkit/oidctest"
)

const noon license.Time = 1_774_267_200_000_000 // 2026-03-23T12:00:00Z

// local finds providers on this machine.
func local() *sso.Directory { return sso.NewDirectory(sso.Options{AllowPlain: true}) }

func find(t *testing.T, d *sso.Directory, issuer string) *sso.Provider {
	t.Helper()
	p, err := d.Find(t.Context(), issuer, noon)
	if err != nil {
		t.Fatalf("Find(%s) = %v, want ok", issuer, err)
	}
	return p
}

func wantReason(t *testing.T, what string, err error, want license.Reason) {
	t.Helper()
	if got := license.ReasonOf(err); got != want || (want == "") != (err == nil) {
		t.Errorf("%s = %v (%s), want %q", what, err, got, want)
	}
}

func wantUnavailable(t *testing.T, what string, err error) {
	t.Helper()
	if license.CodeOf(err) != license.Unavailable {
		t.Errorf("%s = %v, want unavailable", what, err)
	}
}

func TestSignInURL(t *testing.T) {
	t.Parallel()
	idp := oidctest.New(t)
	p := find(t, local(), idp.Issuer)
	for _, c := range []struct {
		tokens   bool
		response string
	}{{false, "code"}, {true, "id_token token"}} {
		at, err := url.Parse(p.SignInURL(sso.Client{ID: "licet", Secret: "s3cret", RedirectURI: "app://back"}, c.tokens, "st", "no"))
		if err != nil {
			t.Fatal(err)
		}
		q := at.Query()
		got := fmt.Sprint(at.Path, q.Get("response_type"), q.Get("client_id"), q.Get("redirect_uri"), q.Get("state"), q.Get("nonce"), q.Get("scope"))
		want := fmt.Sprint("/authorize", c.response, "licet", "app://back", "st", "no", "openid email profile")
		if got != want {
			t.Errorf("SignInURL(tokens %v) = %s, want %s", c.tokens, got, want)
		}
		if strings.Contains(at.String(), "s3cret") {
			t.Errorf("SignInURL(tokens %v) = %s, which tells the client's secret", c.tokens, at)
		}
	}
	if p.EndSession != idp.Issuer+"/logout" || p.Token != idp.Issuer+"/token" || p.Introspection != idp.Issuer+"/introspect" {
		t.Errorf("Find = %+v, want the addresses of the discovery document", p)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	idp, other := oidctest.New(t), oidctest.New(t)
	p := find(t, local(), idp.Issuer)
	at := noon.UTC()
	email := func(more map[string]any) map[string]any {
		all := map[string]any{"email": "ann@corp.test"}
		for name, value := range more {
			all[name] = value
		}
		return all
	}
	good := idp.Token(t, at, email(nil))
	for _, c := range []struct{ name, token string }{
		{"plain", good},
		{"verified", idp.Token(t, at, email(map[string]any{"email_verified": true}))},
		{"verified-as-text", idp.Token(t, at, email(map[string]any{"email_verified": "true"}))},
		{"one-of-several-audiences", idp.Token(t, at, email(map[string]any{"aud": []string{"other", "licet"}, "azp": "licet"}))},
		{"access-token-of-the-client", idp.Token(t, at, email(map[string]any{"aud": "account", "azp": "licet"}))},
	} {
		who, err := p.Verify(t.Context(), sso.Client{ID: "licet"}, c.token, noon)
		if err != nil || who.Email != "ann@corp.test" || who.Subject != "subject" {
			t.Errorf("Verify(%s) = %+v, %v, want ann@corp.test", c.name, who, err)
		}
	}
	head, rest, _ := strings.Cut(good, ".")
	claims, _, _ := strings.Cut(rest, ".")
	for _, c := range []struct{ name, token string }{
		{"nothing", ""},
		{"no-token", "not.a.token"},
		{"another-signer", other.Token(t, at, email(map[string]any{"iss": idp.Issuer}))},
		{"unsigned", "eyJhbGciOiJub25lIn0." + claims + "."},
		{"signature-cut", head + "." + claims + "."},
		{"another-issuer", idp.Token(t, at, email(map[string]any{"iss": other.Issuer}))},
		{"another-client", idp.Token(t, at, email(map[string]any{"aud": "other"}))},
		{"issued-to-another-client", idp.Token(t, at, email(map[string]any{"azp": "other"}))},
		{"expired", idp.Token(t, at.Add(-2*time.Hour), email(nil))},
		{"not-yet", idp.Token(t, at, email(map[string]any{"nbf": at.Add(time.Hour).Unix()}))},
		{"no-address", idp.Token(t, at, nil)},
		{"address-not-verified", idp.Token(t, at, email(map[string]any{"email_verified": false}))},
		{"address-not-verified-as-text", idp.Token(t, at, email(map[string]any{"email_verified": "false"}))},
	} {
		_, err := p.Verify(t.Context(), sso.Client{ID: "licet"}, c.token, noon)
		wantReason(t, "Verify("+c.name+")", err, license.CredentialsWrong)
	}
	_, err := p.Verify(t.Context(), sso.Client{}, good, noon)
	wantReason(t, "Verify without a client", err, license.CredentialsWrong)
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	idp := oidctest.New(t)
	p := find(t, local(), idp.Issuer)
	claims := map[string]any{"email": "ann@corp.test"}
	old := idp.Token(t, noon.UTC(), claims)
	for range 3 {
		_, err := p.Verify(t.Context(), sso.Client{ID: "licet"}, old, noon)
		wantReason(t, "Verify", err, "")
	}
	if asked := idp.Asked.Load(); asked != 2 {
		t.Errorf("three tokens cost %d questions, want discovery and keys", asked)
	}
	idp.Rotate(t)
	_, err := p.Verify(t.Context(), sso.Client{ID: "licet"}, idp.Token(t, noon.UTC(), claims), noon)
	wantReason(t, "Verify with a new key", err, "")
	idp.Rotate(t)
	idp.Down.Store(true)
	_, err = p.Verify(t.Context(), sso.Client{ID: "licet"}, idp.Token(t, noon.UTC(), claims), noon)
	wantUnavailable(t, "Verify while the keys cannot be had", err)
}

func TestExchange(t *testing.T) {
	t.Parallel()
	idp := oidctest.New(t)
	p := find(t, local(), idp.Issuer)
	us := sso.Client{ID: idp.ClientID, Secret: idp.ClientSecret, RedirectURI: "app://back"}
	token := idp.Token(t, noon.UTC(), nil)
	code := idp.Code(token, "app://back")
	got, err := p.Exchange(t.Context(), us, code)
	if err != nil || got != token {
		t.Fatalf("Exchange = %q, %v, want the id token", got, err)
	}
	_, err = p.Exchange(t.Context(), us, code)
	wantReason(t, "Exchange of a used code", err, license.CredentialsWrong)
	elsewhere := us
	elsewhere.RedirectURI = "app://elsewhere"
	_, err = p.Exchange(t.Context(), elsewhere, idp.Code(token, "app://back"))
	wantReason(t, "Exchange for another redirect URI", err, license.CredentialsWrong)
	_, err = p.Exchange(t.Context(), us, idp.Code("", "app://back"))
	wantReason(t, "Exchange that gives no id token", err, license.CredentialsWrong)
	idp.Down.Store(true)
	_, err = p.Exchange(t.Context(), us, code)
	wantUnavailable(t, "Exchange while the provider is down", err)
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	t.Run("one-question-for-many", func(t *testing.T) {
		t.Parallel()
		idp := oidctest.New(t)
		d := local()
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if _, err := d.Find(t.Context(), idp.Issuer, noon); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		find(t, d, idp.Issuer)
		first := idp.Asked.Load()
		if _, err := d.Find(t.Context(), idp.Issuer, noon.Add(2*time.Hour)); err != nil || idp.Asked.Load() != first+1 {
			t.Errorf("after two hours: %v, %d questions, want one more than %d", err, idp.Asked.Load(), first)
		}
	})
	t.Run("failures-are-kept-shortly", func(t *testing.T) {
		t.Parallel()
		idp := oidctest.New(t)
		idp.Down.Store(true)
		d := local()
		for range 3 {
			_, err := d.Find(t.Context(), idp.Issuer, noon)
			wantUnavailable(t, "Find while the provider is down", err)
		}
		if asked := idp.Asked.Load(); asked != 1 {
			t.Errorf("three failures cost %d questions, want 1", asked)
		}
		idp.Down.Store(false)
		if _, err := d.Find(t.Context(), idp.Issuer, noon.Add(time.Minute)); err != nil {
			t.Errorf("Find a minute later = %v, want ok", err)
		}
	})
	t.Run("another-issuer-than-asked", func(t *testing.T) {
		t.Parallel()
		idp := oidctest.New(t)
		idp.Say(map[string]any{"issuer": "https://login.example.com"})
		_, err := local().Find(t.Context(), idp.Issuer, noon)
		wantUnavailable(t, "Find", err)
	})
	for name, address := range map[string]string{
		"plain": "http://login.example.com/authorize", "script": "javascript:alert(1)", "with-a-password": "https://a:b@login.example.com/",
	} {
		t.Run("address-"+name, func(t *testing.T) {
			t.Parallel()
			idp := oidctest.New(t)
			idp.Say(map[string]any{"authorization_endpoint": address})
			_, err := local().Find(t.Context(), idp.Issuer, noon)
			wantUnavailable(t, "Find", err)
		})
	}
}

// What a vendor types as an issuer must not make the server talk to what only it can reach.
func TestGuard(t *testing.T) {
	t.Parallel()
	idp := oidctest.New(t)
	secure := httptest.NewTLSServer(idp)
	t.Cleanup(secure.Close)
	ask := func(name string, o sso.Options, issuer string) {
		t.Run(name, func(t *testing.T) {
			before := idp.Asked.Load()
			_, err := sso.NewDirectory(o).Find(t.Context(), issuer, noon)
			wantUnavailable(t, "Find("+issuer+")", err)
			if after := idp.Asked.Load(); after != before {
				t.Errorf("Find(%s) reached the server", issuer)
			}
		})
	}
	ask("plain-http", sso.Options{}, idp.Issuer)
	ask("plain-http-with-private-addresses", sso.Options{AllowPrivate: true}, idp.Issuer)
	ask("this-machine-over-tls", sso.Options{}, secure.URL)
	ask("plain-http-elsewhere", sso.Options{AllowPlain: true, AllowPrivate: true}, "http://192.0.2.1")
	ask("metadata-service", sso.Options{}, "https://169.254.169.254")
	ask("private-network", sso.Options{}, "https://10.0.0.1")
	ask("no-address", sso.Options{}, "file:///etc/passwd")

	t.Run("redirect", func(t *testing.T) {
		hop := httptest.NewServer(http.RedirectHandler(idp.Issuer+"/.well-known/openid-configuration", http.StatusFound))
		defer hop.Close()
		before := idp.Asked.Load()
		_, err := local().Find(t.Context(), hop.URL, noon)
		wantUnavailable(t, "Find of a redirect", err)
		if after := idp.Asked.Load(); after != before {
			t.Error("a redirect was followed")
		}
	})
	t.Run("endless-answer", func(t *testing.T) {
		long := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}))
		defer long.Close()
		_, err := local().Find(t.Context(), long.URL, noon)
		wantUnavailable(t, "Find of an endless answer", err)
	})
}
