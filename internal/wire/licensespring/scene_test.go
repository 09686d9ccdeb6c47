package licensespring_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire"
	"licet/internal/wire/licensespring"
	"licet/internal/wire/licensespring/lsclient"
	"licet/internal/wire/wiretest"
)

// scene is a vendor with an app key and a server with this door. Its cases play one after another, each with
// products and licenses of its own: to make a key pair for each would take longer than all the rest.
type scene struct {
	*wiretest.World
	t  *testing.T
	c  *lsclient.Client // signs with the app key
	db *store.Store
}

const base = "http://licet.test/licensespring/api/v4"

// forEachScene plays cases on both databases.
func forEachScene(t *testing.T, play func(s *scene)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) { play(newScene(t, db(t))) })
}

func newScene(t *testing.T, db *store.Store) *scene {
	t.Helper()
	w := wiretest.New(t, db, func(w *wiretest.World) wire.Door {
		return licensespring.New(licensespring.Deps{Authority: w.Authority, Now: w.Now})
	})
	s := &scene{World: w, t: t, db: db}
	key, secret, err := w.Office.CreateAppKey(t.Context(), w.Operator, office.NewAppKey{Name: "app", Kind: store.HMACKey})
	s.ok(err)
	answers, err := w.Office.AnswerKey(t.Context(), w.Operator)
	s.ok(err)
	public, err := lsclient.ParsePublicKey(answers.Public)
	s.ok(err)
	s.c = &lsclient.Client{Base: base, APIKey: key.PublicID, SharedKey: secret.Reveal(), PublicKey: public,
		HTTP: w.Client(t, ""), Now: func() time.Time { return w.Now().UTC() }}
	return s
}

// play runs a case as a subtest.
func (s *scene) play(name string, do func(s *scene)) {
	s.t.Run(name, func(t *testing.T) {
		c := *s.c
		do(&scene{World: s.World, t: t, c: &c, db: s.db})
	})
}

func (s *scene) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("unexpected error: %v", err)
	}
}

func ptr[T any](v T) *T { return &v }

// object is the body of a request, or a part of an answer.
type object = map[string]any

// terms builds a change of terms.
func terms(edit func(*office.TermsChange)) office.TermsChange {
	var c office.TermsChange
	if edit != nil {
		edit(&c)
	}
	return c
}

// product makes a product whose licenses are proved by their keys.
func (s *scene) product(code string, edit func(*office.TermsChange)) {
	s.t.Helper()
	_, err := s.Office.CreateProduct(s.t.Context(), s.Operator, office.NewProduct{Code: code, Name: "Product " + code, Terms: terms(edit)})
	s.ok(err)
}

// license makes a license with a key of its own; edit says what differs from the product's.
func (s *scene) license(product, key string, edit func(*office.NewLicenses)) license.LicenseRecord {
	s.t.Helper()
	n := office.NewLicenses{Product: product, Keys: []string{key}}
	if edit != nil {
		edit(&n)
	}
	made, err := s.Office.CreateLicenses(s.t.Context(), s.Operator, n)
	s.ok(err)
	return made.Licenses[0]
}

// sold makes a product and one license of it, in one step, and returns the license's key.
func (s *scene) sold(product string, edit func(*office.TermsChange)) string {
	s.t.Helper()
	s.product(product, edit)
	key := product + "-AAAA-BBBB-CCCC-DDDD"
	s.license(product, key, nil)
	return key
}

// user makes a user-based product, a license of it and its user.
func (s *scene) user(product, name, password string, edit func(*office.TermsChange)) license.LicenseRecord {
	s.t.Helper()
	ctx := s.t.Context()
	_, err := s.Office.CreateProduct(ctx, s.Operator, office.NewProduct{Code: product, Name: product, Auth: license.ByUser, Terms: terms(edit)})
	s.ok(err)
	made, err := s.Office.CreateLicenses(ctx, s.Operator, office.NewLicenses{Product: product})
	s.ok(err)
	_, _, err = s.Office.CreateLicenseUser(ctx, s.Operator, office.NewLicenseUser{Name: name, Email: name, FirstName: "User", LastName: "One", Password: identity.Secret(password)})
	s.ok(err)
	_, err = s.Office.AssignUser(ctx, s.Operator, office.Ref{ID: made.Licenses[0].ID}, name)
	s.ok(err)
	return made.Licenses[0]
}

func (s *scene) setting(name, value string) {
	s.t.Helper()
	_, err := s.Office.SaveSetting(s.t.Context(), s.Operator, office.Setting{Name: name, Value: value})
	s.ok(err)
}

// asks is what every call says.
func asks(product, key, device string, more ...object) object {
	out := object{"product": product, "license_key": key, "hardware_id": device}
	for _, m := range more {
		maps.Copy(out, m)
	}
	return out
}

// query turns a body into a query.
func query(o object) url.Values {
	v := url.Values{}
	for name, value := range o {
		switch value := value.(type) {
		case string:
			v.Set(name, value)
		default:
			text, err := json.Marshal(value)
			if err != nil {
				panic(err)
			}
			v.Set(name, string(text))
		}
	}
	return v
}

func (s *scene) post(endpoint string, body object) lsclient.Answer {
	return s.c.Post(s.t.Context(), endpoint, body)
}

func (s *scene) get(endpoint string, body object) lsclient.Answer {
	return s.c.Get(s.t.Context(), endpoint, query(body))
}

// good wants a success that verifies in every way a client can, and returns what it says.
func (s *scene) good(a lsclient.Answer) object {
	s.t.Helper()
	if a.Err != nil || a.Status != http.StatusOK {
		s.t.Fatalf("%s = %s (%v), want 200", a.Endpoint, a, a.Err)
	}
	if err := s.c.Verify(a, nil); err != nil {
		s.t.Fatalf("%s: %v; the answer was %s", a.Endpoint, err, a.Body)
	}
	if len(a.Body) >= 64<<10 { // S0-52
		s.t.Errorf("%s answers with %d bytes", a.Endpoint, len(a.Body))
	}
	return a.JSON()
}

// list is good for an answer that is an array.
func (s *scene) list(a lsclient.Answer) []any {
	s.t.Helper()
	s.good(a)
	return a.List()
}

// bad wants a refusal with a code, of the form that every error has.
func (s *scene) bad(a lsclient.Answer, status int, code string) {
	s.t.Helper()
	if a.Err != nil || a.Status != status || a.Code() != code {
		s.t.Fatalf("%s = %s (%v), want %d %s", a.Endpoint, a, a.Err, status, code)
	}
	if err := s.c.Verify(a, nil); err != nil {
		s.t.Fatalf("%s: %v", a.Endpoint, err)
	}
}

// refused is bad with the status that nearly all have.
func (s *scene) refused(a lsclient.Answer, code string) {
	s.t.Helper()
	s.bad(a, http.StatusBadRequest, code)
}

// has wants members of an object to print as said.
func (s *scene) has(got object, want object) {
	s.t.Helper()
	for name, w := range want {
		g, there := got[name]
		a, err := json.Marshal(g)
		s.ok(err)
		b, err := json.Marshal(w)
		s.ok(err)
		if !there || string(a) != string(b) {
			s.t.Errorf("%s = %s, want %s", name, a, b)
		}
	}
}
