package platform

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire"
)

// site is the platform on a database of its own, over real HTTP, with a tenant "acme" and a clock that stands still.
type site struct {
	t         *testing.T
	url       string
	store     *store.Store
	office    *office.Office
	authority *authority.Authority
	operator  identity.Actor // in the tenant
	clock     atomic.Int64
}

// password satisfies the policy.
const password identity.Secret = "Correct-Horse-9-Battery"

// newSite starts a site on SQLite; newSiteOn on any database.
func newSite(t *testing.T) *site { return newSiteOn(t, testkit.OpenSQLite(t)) }

func newSiteOn(t *testing.T, db *store.Store) *site {
	t.Helper()
	s := bareSite(t, db, nil)
	tenant, err := s.office.CreateTenant(t.Context(), s.host(), "acme", "Acme Software")
	if err != nil {
		t.Fatal(err)
	}
	s.operator = office.In(s.host(), tenant.ID)
	return s
}

// host is whoever runs the server.
func (s *site) host() identity.Actor { return identity.Actor{Kind: identity.Operator, Name: "test"} }

// bareSite starts a site that nobody has set up; with may change what the office and the pages stand on.
func bareSite(t *testing.T, db *store.Store, with func(*office.Deps, *Deps)) *site {
	t.Helper()
	s := &site{t: t, store: db}
	s.clock.Store(int64(license.TimeOf(time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC))))
	now := func() license.Time { return license.Time(s.clock.Load()) }
	keyring := signing.NewKeyring(signing.MasterKey{1})
	hasher := testkit.Hasher()
	offices := office.Deps{Store: db, Keyring: keyring, Hasher: hasher, Now: now, Rand: rand.Reader}
	pages := Deps{Now: now, Rand: rand.Reader, Stop: t.Context().Done(), Gallery: true, Version: "test"}
	if with != nil {
		with(&offices, &pages)
	}
	s.office = office.New(offices)
	s.authority = authority.New(authority.Deps{Store: db, Keyring: keyring, Hasher: hasher, Now: now, Rand: rand.Reader})
	pages.Office, pages.Authority = s.office, s.authority
	doors := New(pages)
	mux := http.NewServeMux()
	for _, d := range doors {
		d.Attach(mux, d.Path)
	}
	mux.HandleFunc("/platform/", func(w http.ResponseWriter, r *http.Request) { doors[0].WriteUnknown(w, r, nil) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x, r := wire.Begin(w, r, "test", wire.PeerOf(r))
		mux.ServeHTTP(x, r)
		if x.Failure() != nil && x.Status() >= 500 {
			t.Errorf("%s %s: %v\n%s", r.Method, r.URL, x.Failure(), x.Stack())
		}
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// advance moves the clock.
func (s *site) advance(d time.Duration) { s.clock.Add(d.Microseconds()) }

// client is a browser without a screen.
type client struct {
	s    *site
	http *http.Client
}

// stranger is a browser in which nobody is signed in. It follows redirects.
func (s *site) stranger() *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &client{s, &http.Client{Jar: jar}}
}

// as is a browser in which a new person with a role is signed in.
func (s *site) as(role identity.Role) *client {
	s.t.Helper()
	email := string(role) + "@acme.example"
	if _, err := s.office.CreateUser(context.Background(), s.operator, office.NewUser{Email: email, Name: string(role), Password: password, Role: role}); err != nil && license.CodeOf(err) != license.Conflict {
		s.t.Fatal(err)
	}
	c := s.stranger()
	c.post("/sign-in", url.Values{"email": {email}, "password": {password.Reveal()}}).want(http.StatusOK)
	return c
}

// answer is what came back, after redirects.
type answer struct {
	t      *testing.T
	what   string
	status int
	path   string // where redirects ended
	header http.Header
	body   string
}

func (c *client) get(path string) *answer {
	c.s.t.Helper()
	request, err := http.NewRequest(http.MethodGet, c.s.url+base+path, nil)
	if err != nil {
		c.s.t.Fatal(err)
	}
	return c.do(request)
}

func (c *client) post(path string, form url.Values) *answer {
	c.s.t.Helper()
	request, err := http.NewRequest(http.MethodPost, c.s.url+base+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	return c.do(request)
}

func (c *client) do(request *http.Request) *answer {
	c.s.t.Helper()
	response, err := c.http.Do(request)
	if err != nil {
		c.s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.s.t.Fatal(err)
	}
	return &answer{c.s.t, request.Method + " " + request.URL.Path, response.StatusCode, strings.TrimPrefix(response.Request.URL.RequestURI(), base), response.Header, string(body)}
}

// want fails the test unless the status is this one and the page holds all of the texts.
func (a *answer) want(status int, texts ...string) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s = %d, want %d:\n%s", a.what, a.status, status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			a.t.Errorf("%s does not say %q:\n%s", a.what, text, a.body)
		}
	}
	return a
}

// lacks fails the test where the page holds one of the texts.
func (a *answer) lacks(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			a.t.Errorf("%s says %q", a.what, text)
		}
	}
	return a
}
