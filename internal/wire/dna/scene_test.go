package dna_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire"
	"licet/internal/wire/dna"
	"licet/internal/wire/wiretest"
)

// The products of the cases (§13).
const (
	active    = "P0000001"
	trialMode = "P0000002"
)

// scene is a vendor with an API client, an ACTIVE product and one in TESTING MODE. Its cases play one after another, each with licenses
// and an end user's address of its own.
type scene struct {
	*wiretest.World
	t       *testing.T
	db      *store.Store
	client  string
	key     string
	address string // UserIp
	count   *atomic.Int64
}

// fields is what a call says, or what an answer does.
type fields = map[string]any

// forEachScene plays cases on both databases.
func forEachScene(t *testing.T, rate wire.Rate, play func(s *scene)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) { play(newScene(t, db(t), rate)) })
}

func newScene(t *testing.T, db *store.Store, rate wire.Rate) *scene {
	t.Helper()
	w := wiretest.New(t, db, func(w *wiretest.World) wire.Door {
		return dna.New(dna.Deps{Authority: w.Authority, Now: w.Now, Rate: rate})
	})
	s := &scene{World: w, t: t, db: db, count: new(atomic.Int64), address: "198.51.100.1"}
	key, secret, err := w.Office.CreateAppKey(t.Context(), w.Operator, office.NewAppKey{Name: "portal", Kind: store.BasicClient})
	s.ok(err)
	s.client, s.key = key.PublicID, secret.Reveal()
	for code, state := range map[string]license.ProductState{active: license.ProductActive, trialMode: license.ProductTesting} {
		_, err := w.Office.CreateProduct(t.Context(), w.Operator, office.NewProduct{Code: code, Name: "Product " + code, State: state})
		s.ok(err)
	}
	return s
}

// play runs a case as a subtest.
func (s *scene) play(name string, do func(s *scene)) {
	s.t.Run(name, func(t *testing.T) {
		next := *s
		next.t, next.address = t, fmt.Sprintf("198.51.100.%d", 2+s.count.Add(1))
		do(&next)
	})
}

func (s *scene) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("unexpected error: %v", err)
	}
}

func ptr[T any](v T) *T { return &v }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	fields
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.body) }

// send makes a call with a raw body, as the client of the scene.
func (s *scene) send(method, path, body string) answer {
	s.t.Helper()
	return s.sendAs(s.client, s.key, method, path, body)
}

func (s *scene) sendAs(client, key, method, path, body string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://licet.test/dna"+path, strings.NewReader(body))
	s.ok(err)
	r.SetBasicAuth(client, key)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded") // As curl says of what -d sends.
	return s.do(r)
}

func (s *scene) do(r *http.Request) answer {
	s.t.Helper()
	resp, err := s.Client(s.t, "").Do(r)
	s.ok(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	s.ok(err)
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(text)}
	_ = json.Unmarshal(bytes.TrimSpace(text), &a.fields) // Some answers are no object.
	return a
}

// call makes a call with JSON, adding the end user's address and that nobody wants a mail.
func (s *scene) call(method, path string, f fields) answer {
	s.t.Helper()
	all := fields{"UserIp": s.address, "SendDnaEmail": false}
	for name, value := range f {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	text, err := json.Marshal(all)
	s.ok(err)
	return s.send(method, path, string(text))
}

func (s *scene) post(path string, f fields) answer {
	s.t.Helper()
	return s.call(http.MethodPost, path, f)
}

// wants wants a status, and of a failure the form that every one has.
func (s *scene) wants(a answer, status int) answer {
	s.t.Helper()
	message, _ := a.fields["Message"].(string)
	switch {
	case a.status != status:
		s.t.Fatalf("the answer is %s, want %d", a, status)
	case status == http.StatusNoContent && a.body != "":
		s.t.Errorf("204 has a body: %s", a.body)
	case status >= 400 && (message == "" || len(a.fields) != 1):
		s.t.Errorf("%s, want one member, Message", a)
	}
	return a
}

// terms are those of each kind of license.
func terms(kind string) office.TermsChange {
	var c office.TermsChange
	switch kind {
	case "SU":
		c.Password, c.Activations = ptr(license.SinglePassword), ptr(license.AtMost(1))
	case "MU":
		c.Password, c.Activations = ptr(license.SharedPassword), ptr(license.AtMost(25))
	case "F":
		c.Password, c.Activations = ptr(license.SharedPassword), ptr(license.Unlimited)
		c.Floating = &license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 2880}
	}
	return c
}

// issue makes a license of a kind that nobody has used, and returns its code.
func (s *scene) issue(product, kind string, edit func(*office.NewLicenses)) string {
	s.t.Helper()
	n := office.NewLicenses{Product: product, Keys: []string{fmt.Sprintf("%s%d", kind, s.count.Add(1))}, Terms: terms(kind)}
	if edit != nil {
		edit(&n)
	}
	made, err := s.Office.CreateLicenses(s.t.Context(), s.Operator, n)
	s.ok(err)
	return made.Licenses[0].Key
}

// activate activates a device on a license.
func (s *scene) activate(product, code, device, password string) error {
	s.t.Helper()
	_, err := s.Authority.ActivateWithPassword(s.t.Context(), s.Operator.Tenant, authority.PasswordActivation{
		Product: product, Key: code, Password: identity.Secret(password), Email: email, Claim: license.Claim{HardwareID: device, DeviceName: "host-" + device}})
	return err
}

// email is where the mails about licenses of the cases go.
const email = "a@x.test"

// used makes a license of a kind that is activated with a password, and returns its path.
func (s *scene) used(product, kind, password string) string {
	s.t.Helper()
	code := s.issue(product, kind, nil)
	s.ok(s.activate(product, code, "DEVICE1", password))
	return "/v1/licenses/" + product + "/" + code
}

// opens wants a password to open a license, or not (E2).
func (s *scene) opens(path, password string, want bool) {
	s.t.Helper()
	status := http.StatusForbidden
	if want {
		status = http.StatusOK
	}
	s.wants(s.post(path, fields{"LicensePassword": password}), status)
}

// setupKey is the License Key of a license.
func (s *scene) setupKey(path string) string {
	s.t.Helper()
	key, _ := s.wants(s.post(path+"/licensekey", nil), http.StatusOK).fields["LicenseKey"].(string)
	if key == "" {
		s.t.Fatal("there is no license key")
	}
	return key
}
