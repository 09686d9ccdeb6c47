package seller

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire"
	"licet/internal/wire/wiretest"
)

// scene is a vendor with an application, a server with this door, and a server elsewhere that has a file.
type scene struct {
	*wiretest.World
	t         *testing.T
	app       license.Application
	keys      map[identity.Scopes]string // seller keys by what they may do
	elsewhere string
}

const product = "demo"

// forEachScene plays a case on both databases.
func forEachScene(t *testing.T, rate wire.Rate, play func(s *scene)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) { play(newScene(t, db(t), rate)) })
}

func newScene(t *testing.T, db *store.Store, rate wire.Rate) *scene {
	t.Helper()
	file := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("a file")) }))
	t.Cleanup(file.Close)
	w := wiretest.NewWith(t, db, func(a *authority.Deps, o *office.Deps) {
		o.Outside = outbound.New(outbound.Options{AllowPrivate: true, AllowPlain: true})
		a.Outside = o.Outside
	})
	w.Open(t, New(Deps{Office: w.Office, Authority: w.Authority, Now: w.Now, Rate: rate}).Handler())
	s := &scene{World: w, t: t, keys: map[identity.Scopes]string{}, elsewhere: file.URL}
	_, err := w.Office.CreateProduct(t.Context(), w.Operator, office.NewProduct{Code: product, Name: "Demo"})
	s.ok(err)
	s.app, err = w.Office.CreateApplication(t.Context(), w.Operator, product, office.NewApplication{Name: "app"})
	s.ok(err)
	return s
}

func (s *scene) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("unexpected error: %v", err)
	}
}

// key returns a seller key that may do no more than this, 0 for all that a seller needs.
func (s *scene) key(scopes identity.Scopes) string {
	s.t.Helper()
	if key := s.keys[scopes]; key != "" {
		return key
	}
	_, secret, err := s.Office.CreateSellerKey(s.t.Context(), s.Operator, office.NewSellerKey{Product: product, Name: "bot", Scopes: scopes})
	s.ok(err)
	s.keys[scopes] = secret.Reveal()
	return secret.Reveal()
}

// ask makes a call with a key, of a query without it.
func (s *scene) ask(key, query string) wiretest.Answer {
	s.t.Helper()
	return s.Send(s.t, wiretest.Request{Method: http.MethodGet, Path: "/keyauth/api/seller/?sellerkey=" + key + "&" + query})
}

// object is an answer in JSON.
type object = map[string]any

func (s *scene) object(a wiretest.Answer) object {
	s.t.Helper()
	var out object
	if err := json.Unmarshal([]byte(a.Body), &out); err != nil {
		s.t.Errorf("%q is no JSON object: %v", a.Body, err)
	}
	return out
}

// do makes a call that must succeed, with a key for everything.
func (s *scene) do(query string) object {
	s.t.Helper()
	a := s.ask(s.key(0), query)
	out := s.object(a)
	if out["success"] != true {
		s.t.Fatalf("%s = %d %s, want success", query, a.Status, a.Body)
	}
	return out
}

// session begins a session of the application, and returns its id.
func (s *scene) session() string {
	s.t.Helper()
	app, err := s.Authority.Application(s.t.Context(), s.app.Owner, s.app.Name)
	s.ok(err)
	id, err := s.Authority.OpenSession(s.t.Context(), &app, authority.NewSession{Address: wiretest.Home})
	s.ok(err)
	return id.Reveal()
}

// visit is a call of an app in a session.
func (s *scene) visit(session string) authority.Visit {
	s.t.Helper()
	v, err := s.Authority.ApplicationVisit(s.t.Context(), s.app.Owner, s.app.Name, session, wiretest.Home)
	s.ok(err)
	return v
}

func escape(text string) string { return url.QueryEscape(text) }

// hwid is the id of a machine that an application takes.
func hwid(letter string) string { return strings.Repeat(letter, 32) }
