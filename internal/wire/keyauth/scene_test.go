package keyauth_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire"
	"licet/internal/wire/keyauth"
	"licet/internal/wire/keyauth/kaclient"
	"licet/internal/wire/seller"
	"licet/internal/wire/wiretest"
)

// The machines of the cases (§15).
var (
	h1 = strings.Repeat("1", 32)
	h2 = strings.Repeat("2", 32)
)

const (
	client = "http://licet.test/keyauth/api/1.3/"
	older  = "http://licet.test/keyauth/api/1.2/"
	bots   = "http://licet.test/keyauth/api/seller/"
	day    = 86400
)

// scene is app A of the contract, §15: version 1.0, the levels default/1 and pro/2, the lock to a machine on. Each case has one of
// its own, on a server that they share.
type scene struct {
	*wiretest.World
	t       *testing.T
	db      *store.Store
	public  ed25519.PublicKey
	product string
	app     license.Application
	seller  string // key
}

// fields is what a call says besides who asks.
type fields = map[string]string

// object is what an answer says, or a part of it.
type object = map[string]any

// forEachScene plays cases on both databases.
func forEachScene(t *testing.T, play func(s *scene)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) {
		play(newScene(t, db(t), outbound.Options{}, freely))
	})
}

// freely is no brake: a case asks more often in a second than people do in a day.
var freely wire.Rate

// newScene serves both doors. Each call of them is braked by rate.
func newScene(t *testing.T, db *store.Store, outside outbound.Options, rate wire.Rate) *scene {
	t.Helper()
	w := wiretest.NewWith(t, db, func(a *authority.Deps, o *office.Deps) {
		a.Outside, o.Outside = outbound.New(outside), outbound.New(outside)
	})
	mux := http.NewServeMux()
	d := keyauth.New(keyauth.Deps{Authority: w.Authority, Now: w.Now, Rate: rate, OtherRate: rate})
	d.Attach(mux, d.Path)
	d = seller.New(seller.Deps{Office: w.Office, Authority: w.Authority, Now: w.Now, Rate: rate})
	d.Attach(mux, d.Path)
	w.Open(t, mux)
	s := &scene{World: w, t: t, db: db}
	text, err := w.Office.ApplicationPublicKey(t.Context(), w.Operator)
	s.ok(err)
	s.public, err = hex.DecodeString(text)
	s.ok(err)
	return s
}

// play runs a case as a subtest, with an application of its own.
func (s *scene) play(name string, do func(s *scene)) {
	s.t.Run(name, func(t *testing.T) {
		code, _, _ := strings.Cut(name, "_")
		next := &scene{World: s.World, t: t, db: s.db, public: s.public}
		next.open(code)
		do(next)
	})
}

// open makes the product, its application, and a seller key.
func (s *scene) open(name string) {
	s.t.Helper()
	ctx := s.t.Context()
	s.product = "p-" + name
	_, err := s.Office.CreateProduct(ctx, s.Operator, office.NewProduct{Code: s.product, Name: "Product " + name})
	s.ok(err)
	s.app, err = s.Office.CreateApplication(ctx, s.Operator, s.product, office.NewApplication{Name: "app " + name})
	s.ok(err)
	_, err = s.Office.CreateLevel(ctx, s.Operator, s.product, "pro", 2)
	s.ok(err)
	_, key, err := s.Office.CreateSellerKey(ctx, s.Operator, office.NewSellerKey{Product: s.product, Name: "bot"})
	s.ok(err)
	s.seller = key.Reveal()
}

func (s *scene) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("unexpected error: %v", err)
	}
}

// change changes the application.
func (s *scene) change(c office.ApplicationChange) {
	s.t.Helper()
	var err error
	s.app, err = s.Office.ChangeApplication(s.t.Context(), s.Operator, s.product, c)
	s.ok(err)
}

// settings changes the settings of the application.
func (s *scene) settings(edit func(*license.ApplicationSettings)) {
	s.t.Helper()
	s.change(office.ApplicationChange{Settings: edit})
}

// at is the app on a machine that calls from an address, "" for [wiretest.Home]; it has no session yet.
func (s *scene) at(address string) *kaclient.Client {
	s.t.Helper()
	return &kaclient.Client{Base: client, Owner: s.app.Owner, Name: s.app.Name, Public: s.public, HTTP: s.Client(s.t, address),
		Now: func() time.Time { return s.Now().UTC() }}
}

// begin is the app with a session.
func (s *scene) begin() *kaclient.Client {
	s.t.Helper()
	return s.beginAt("")
}

func (s *scene) beginAt(address string) *kaclient.Client {
	s.t.Helper()
	c := s.at(address)
	c.Session, _ = s.good(c, "init", fields{"ver": "1.0"})["sessionid"].(string)
	return c
}

// good makes a call and wants a success that verifies; it returns what it says.
func (s *scene) good(c *kaclient.Client, call string, f fields) object {
	s.t.Helper()
	return s.fine(c, c.Post(s.t.Context(), call, f))
}

func (s *scene) fine(c *kaclient.Client, a kaclient.Answer) object {
	s.t.Helper()
	s.verified(c, a)
	if a.Status != http.StatusOK || !a.OK() {
		s.t.Fatalf("%s, want a success", a)
	}
	return a.JSON()
}

// bad makes a call and wants a failure with a text, which verifies too.
func (s *scene) bad(c *kaclient.Client, call string, f fields, text string) object {
	s.t.Helper()
	return s.refused(c, c.Post(s.t.Context(), call, f), text)
}

func (s *scene) refused(c *kaclient.Client, a kaclient.Answer, text string) object {
	s.t.Helper()
	s.verified(c, a)
	if a.Status != http.StatusOK || a.OK() || a.Message() != text {
		s.t.Fatalf("%s, want the failure %q", a, text)
	}
	return a.JSON()
}

func (s *scene) verified(c *kaclient.Client, a kaclient.Answer) {
	s.t.Helper()
	if err := c.Verify(a); err != nil {
		s.t.Fatalf("%s: %v", a, err)
	}
}

// text is what the application says under a name (§10).
func (s *scene) text(name string) string {
	s.t.Helper()
	text, known := license.ApplicationText(name)
	if !known {
		s.t.Fatalf("there is no text %q", name)
	}
	return text
}

// key makes an unused license of a level that lasts so many seconds.
func (s *scene) key(level, seconds int64) string {
	s.t.Helper()
	made, err := s.Office.CreateApplicationLicenses(s.t.Context(), s.Operator, s.product, office.NewApplicationLicenses{
		Amount: 1, Mask: "KEY-********-********", Upper: true, Level: level, Lasts: license.Span{Seconds: seconds}})
	s.ok(err)
	return made.Licenses[0].Key
}

// status is the word that the vendor sees for a license (S1-13).
func (s *scene) status(key, want string) {
	s.t.Helper()
	l, err := s.Office.FindApplicationLicense(s.t.Context(), s.Operator, s.product, key)
	s.ok(err)
	if got := office.Status(&l.License); got != want {
		s.t.Errorf("the license is %s, want %s", got, want)
	}
}

// usedBy wants a license to be used by a user.
func (s *scene) usedBy(key, name string) {
	s.t.Helper()
	l, err := s.Office.FindApplicationLicense(s.t.Context(), s.Operator, s.product, key)
	s.ok(err)
	if l.UsedBy != name {
		s.t.Errorf("the license is used by %q, want %q", l.UsedBy, name)
	}
}

func (s *scene) user(name string) office.UserDetail {
	s.t.Helper()
	u, err := s.Office.ApplicationUser(s.t.Context(), s.Operator, s.product, name)
	s.ok(err)
	return u
}

// bob registers with a license of level 1 for a day and returns the app in which he is signed in, and his license.
func (s *scene) bob() (*kaclient.Client, string) {
	s.t.Helper()
	c, key := s.begin(), s.key(1, day)
	s.good(c, "register", fields{"username": "bob", "pass": "pw", "key": key, "hwid": h1})
	return c, key
}

// login is bob signing in.
func login(more ...string) fields {
	f := fields{"username": "bob", "pass": "pw", "hwid": h1}
	for i := 0; i < len(more); i += 2 {
		f[more[i]] = more[i+1]
	}
	return f
}

// blocked wants a machine and an address to be kept out, or not.
func (s *scene) blocked(hardware, address string, want bool) {
	s.t.Helper()
	for kind, value := range map[store.BlockKind]string{store.BlockHardware: hardware, store.BlockAddress: address} {
		got := false
		s.ok(s.db.Read(s.t.Context(), func(tx *store.Tx) (err error) {
			var says string
			if kind == store.BlockHardware {
				says = value
			}
			from := "192.0.2.99"
			if kind == store.BlockAddress {
				from = value
			}
			got, err = tx.IsBlocked(s.Operator.Tenant, s.app.Product, from, says)
			return err
		}))
		if got != want {
			s.t.Errorf("%s %s is blocked: %v, want %v", kind, value, got, want)
		}
	}
}

// subscriptions is what the info of a sign-in lists, by name.
func (s *scene) subscriptions(answer object) map[string]object {
	s.t.Helper()
	out := map[string]object{}
	info, _ := answer["info"].(object)
	list, _ := info["subscriptions"].([]any)
	for _, each := range list {
		sub := each.(object)
		out[sub["subscription"].(string)] = sub
	}
	return out
}

// ends wants a subscription to end so many seconds from now.
func (s *scene) ends(sub object, seconds int64) {
	s.t.Helper()
	if want := strconv.FormatInt(int64(s.Now())/1e6+seconds, 10); sub["expiry"] != want || sub["timeleft"] != float64(seconds) {
		s.t.Errorf("the subscription is %v, want expiry %s and timeleft %d", sub, want, seconds)
	}
}

func ptr[T any](v T) *T { return &v }
