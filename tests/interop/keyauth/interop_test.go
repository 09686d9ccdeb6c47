// Package interop lets clients in Go, Node and Python live a day with the licet binary as apps that were written for
// KeyAuth do. They are written from docs/contracts/keyauth.md alone and check every signature on their own.
//
// How languages are left out, the package harness says.
package interop

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"licet/internal/wire/keyauth/kaclient"
	"licet/tests/interop/harness"
)

// TestKeyAuth runs a day in the life of an application, for each language against a server of its own.
func TestKeyAuth(t *testing.T) {
	binary := harness.Build(t)
	t.Run("go", func(t *testing.T) { newSite(t, binary).day(t) })
	for _, l := range harness.Languages() {
		t.Run(l.Name, func(t *testing.T) {
			program := l.Program(t)
			l.Run(t, program, "day", harness.File(t, "day.json", newSite(t, binary).input))
		})
	}
}

// input is what day.mjs and day.py read: what the demo has made, and where it is.
type input struct {
	BaseURL     string   `json:"base_url"`
	Name        string   `json:"name"`
	Owner       string   `json:"ownerid"`
	Secret      string   `json:"secret"`
	SellerKey   string   `json:"seller_key"`
	Version     string   `json:"version"`
	PublicKey   string   `json:"public_key"`
	LicenseKeys []string `json:"license_keys"`
	Legacy      bool     `json:"legacy"`
}

// site is a demo that runs.
type site struct {
	*harness.Site
	input   input
	product string // of the application
}

func newSite(t *testing.T, binary string) *site {
	t.Helper()
	s := &site{Site: harness.Serve(t, binary)}
	var demo struct {
		URL     string `json:"url"`
		KeyAuth *input `json:"keyauth"`
	}
	s.Demo(t, &demo)
	if demo.KeyAuth == nil || len(demo.KeyAuth.LicenseKeys) < 3 {
		t.Fatal("demo.json has no part named keyauth with three license keys")
	}
	s.input = *demo.KeyAuth
	s.input.BaseURL = demo.URL + "/keyauth"
	s.legacy(t)
	return s
}

// legacy lets API 1.2 answer too, and compares what the command line says of the application with what the demo does.
func (s *site) legacy(t *testing.T) {
	t.Helper()
	var list []struct {
		Product string `json:"product"`
		Name    string `json:"name"`
		Owner   string `json:"ownerid"`
	}
	if err := json.Unmarshal(s.Licet(t, "keyauth", "app", "list", "--json"), &list); err != nil || len(list) != 1 {
		t.Fatalf("keyauth app list printed %v, %v, want one application", list, err)
	}
	if list[0].Name != s.input.Name || list[0].Owner != s.input.Owner {
		t.Errorf("keyauth app list = %+v, want %s of %s", list[0], s.input.Name, s.input.Owner)
	}
	if key := strings.TrimSpace(string(s.Licet(t, "keyauth", "public-key"))); key != s.input.PublicKey {
		t.Errorf("keyauth public-key = %s, want %s", key, s.input.PublicKey)
	}
	s.product = list[0].Product
	s.Licet(t, "keyauth", "app", "set", s.product, "--legacy")
	s.input.Legacy = true
}

// app is the app of the demo, on no machine yet.
func (s *site) app(t *testing.T) *kaclient.Client {
	t.Helper()
	public, err := hex.DecodeString(s.input.PublicKey)
	if err != nil || len(public) != ed25519.PublicKeySize {
		t.Fatalf("the public key is %q, want 64 hexadecimal digits", s.input.PublicKey)
	}
	return &kaclient.Client{Base: s.input.BaseURL + "/api/1.3/", Owner: s.input.Owner, Name: s.input.Name, Public: public}
}

// fields is what a call says besides who asks.
type fields = map[string]string

// said is what an answer says.
type said struct {
	Success  bool
	Message  string
	Response string
	Role     string
	Download *string
	Session  string `json:"sessionid"`
	Info     struct {
		Username      string
		Hwid          string
		Subscriptions []struct{ Subscription, Key, Expiry string }
	}
}

// ask calls, checks the answer as clients do, and returns what it says. A message that ends in … is only the beginning.
func ask(t *testing.T, c *kaclient.Client, call string, f fields, success bool, message string) said {
	t.Helper()
	a := c.Post(t.Context(), call, f)
	if err := c.Verify(a); err != nil {
		t.Fatalf("%v: %v", a, err)
	}
	var out said
	if err := json.Unmarshal(a.Body, &out); err != nil {
		t.Fatalf("%v: %v", a, err)
	}
	begin, open := strings.CutSuffix(message, "…")
	if out.Success != success || !strings.HasPrefix(out.Message, begin) || !open && out.Message != message {
		t.Fatalf("%v, want success %v and %q", a, success, message)
	}
	return out
}

// begin opens a session.
func (s *site) begin(t *testing.T, c *kaclient.Client) *kaclient.Client {
	t.Helper()
	c.Session = ask(t, c, "init", fields{"ver": s.input.Version, "enckey": c.Enckey}, true, "Initialized").Session
	if c.Session == "" {
		t.Fatal("init gives no session")
	}
	return c
}

const (
	hardware     = "go-0123456789abcdef0123456789abcdef"
	otherMachine = "go-fedcba9876543210fedcba9876543210"
	oddText      = "y <&> é \u2028 /"
)

// day is a day in the life of an application.
func (s *site) day(t *testing.T) {
	app := s.app(t)
	s.strangers(t, app)
	s.begin(t, app)
	keys := s.input.LicenseKeys
	ask(t, app, "check", nil, false, "Session is not validated")
	ask(t, app, "license", fields{"key": "NO-SUCH-KEY", "hwid": hardware}, false, "Invalid license key")
	got := ask(t, app, "license", fields{"key": keys[0], "hwid": hardware}, true, "Logged in!")
	if got.Info.Username != keys[0] || got.Info.Hwid != hardware || len(got.Info.Subscriptions) != 1 || got.Info.Subscriptions[0].Subscription != "default" {
		t.Errorf("license = %+v, want a user of the license on this machine, who holds the level default", got.Info)
	}
	if role := ask(t, app, "check", nil, true, "Session is validated.").Role; role != "not_checked" {
		t.Errorf("check = role %q, want not_checked", role)
	}
	s.tampered(t, app)
	if motd := ask(t, app, "var", fields{"varid": "motd"}, true, "…").Message; motd == "" {
		t.Error("the variable motd is empty")
	}
	ask(t, app, "log", fields{"message": "a day in Go: <&> é", "pcuser": "go"}, true, "…")

	who := fields{"username": "gopher", "pass": " p&ss <b>é ", "hwid": hardware}
	with := func(name, value string) fields {
		f := fields{name: value}
		for name, value := range who {
			if _, other := f[name]; !other {
				f[name] = value
			}
		}
		return f
	}
	ask(t, s.begin(t, s.app(t)), "register", with("key", keys[1]), true, "Logged in!")
	s.begin(t, app)
	ask(t, app, "login", with("pass", "another"), false, "Password does not match.")
	ask(t, app, "login", with("hwid", otherMachine), false, "HWID doesn't match.…")
	before := ask(t, app, "login", who, true, "Logged in!")
	ask(t, s.begin(t, s.app(t)), "upgrade", fields{"username": "gopher", "key": keys[2]}, true, "Upgraded successfully")
	after := ask(t, app, "login", who, true, "Logged in!")
	if expiry(t, after) <= expiry(t, before) {
		t.Errorf("after the upgrade the expiry is %d, before it was %d", expiry(t, after), expiry(t, before))
	}
	ask(t, app, "setvar", fields{"var": "a", "data": oddText}, true, "Successfully set variable")
	if value := ask(t, app, "getvar", fields{"var": "a"}, true, "Successfully retrieved variable").Response; value != oddText {
		t.Errorf("getvar = %q, want %q", value, oddText)
	}
	ask(t, app, "logout", nil, true, "Successfully logged out.")
	ask(t, app, "check", nil, false, "Session not found…")
	s.older(t, who)
	s.logged(t)
	s.banned(t, who)
}

// expiry is when the first subscription ends, in Unix seconds.
func expiry(t *testing.T, s said) int64 {
	t.Helper()
	if len(s.Info.Subscriptions) == 0 {
		t.Fatalf("info = %+v, want a subscription", s.Info)
	}
	at, err := strconv.ParseInt(s.Info.Subscriptions[0].Expiry, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// strangers are refused before there is a session.
func (s *site) strangers(t *testing.T, app *kaclient.Client) {
	t.Helper()
	a := app.Post(t.Context(), "init", fields{"name": "no such application"})
	if err := app.Verify(a); err != nil || string(a.Body) != kaclient.Invalid {
		t.Fatalf("%v, %v, want %s and a good signature", a, err, kaclient.Invalid)
	}
	if old := ask(t, app, "init", fields{"ver": "0.0"}, false, "invalidver"); old.Download == nil {
		t.Error("invalidver has no download")
	}
	ask(t, app, "check", fields{"sessionid": "0123456789abcdef"}, false, "Session not found…")
}

// tampered answers are no good ones.
func (s *site) tampered(t *testing.T, app *kaclient.Client) {
	t.Helper()
	a := app.Post(t.Context(), "check", nil)
	if err := app.Verify(a); err != nil {
		t.Fatalf("%v: %v", a, err)
	}
	body := a
	body.Body = bytes.Replace(a.Body, []byte("not_checked"), []byte("developer"), 1)
	if bytes.Equal(body.Body, a.Body) || app.Verify(body) == nil {
		t.Errorf("a body that is not the signed one passes: %v", body)
	}
	stamp := a
	stamp.Header = a.Header.Clone()
	at, err := strconv.ParseInt(a.Header.Get("x-signature-timestamp"), 10, 64)
	stamp.Header.Set("x-signature-timestamp", strconv.FormatInt(at-1, 10))
	if err != nil || app.Verify(stamp) == nil {
		t.Errorf("a time that is not the signed one passes: %v", err)
	}
}

// older is the app of API 1.2.
func (s *site) older(t *testing.T, who fields) {
	t.Helper()
	app := s.app(t)
	app.Base, app.Secret, app.Enckey = s.input.BaseURL+"/api/1.2/", s.input.Secret, "0123456789abcdef"
	s.begin(t, app)
	ask(t, app, "login", who, true, "Logged in!")
	ask(t, app, "check", nil, true, "Session is validated.")
}

// logged looks for what the day has left behind with the command line.
func (s *site) logged(t *testing.T) {
	t.Helper()
	var lines []struct{ Message, Credential, Machine string }
	if err := json.Unmarshal(s.Licet(t, "keyauth", "logs", s.product, "--json"), &lines); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 1 || lines[0].Message != "a day in Go: <&> é" || lines[0].Machine != "go" || lines[0].Credential != s.input.LicenseKeys[0] {
		t.Errorf("keyauth logs = %+v, want the line that the day wrote", lines)
	}
	var gopher struct {
		Variables []struct{ Name, Value string }
		Hardware  []string
	}
	if err := json.Unmarshal(s.Licet(t, "keyauth", "user", "show", s.product, "gopher", "--json"), &gopher); err != nil {
		t.Fatal(err)
	}
	if len(gopher.Variables) != 1 || gopher.Variables[0].Value != oddText || len(gopher.Hardware) != 1 || gopher.Hardware[0] != hardware {
		t.Errorf("keyauth user show = %+v, want the variable a and one machine", gopher)
	}
}

// banned licenses: with the box off the user goes on, with it on they are out until it is lifted (§9.8).
func (s *site) banned(t *testing.T, who fields) {
	t.Helper()
	app := s.app(t)
	login := func(success bool, message string) {
		t.Helper()
		ask(t, s.begin(t, app), "login", who, success, message)
	}
	key := s.input.LicenseKeys[1] // what they registered with
	s.Licet(t, "license", "ban", key, "--reason", "charge back")
	login(true, "Logged in!")
	s.Licet(t, "license", "unban", key)
	s.Licet(t, "license", "ban", key, "--with-user", "--yes")
	login(false, "The user is banned")
	s.Licet(t, "license", "unban", key)
	login(true, "Logged in!")
	s.Licet(t, "keyauth", "user", "ban", s.product, who["username"])
	login(false, "The user is banned")
	s.Licet(t, "keyauth", "user", "unban", s.product, who["username"])
	login(true, "Logged in!")
}
