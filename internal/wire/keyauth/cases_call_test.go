package keyauth_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire/keyauth"
)

// TestCalls: C40 to C46, C48, C49, C53 and C56: what a session is good for.
func TestCalls(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("C40_not_signed_in", func(s *scene) {
			c := s.begin()
			for _, call := range []string{"check", "getvar", "setvar", "chatget", "chatsend", "ban", "changeUsername", "2faenable", "2fadisable"} {
				f := fields{"var": "a", "data": "b", "channel": "c", "message": "m", "newUsername": "n", "code": "123456"}
				if call == "2faenable" {
					delete(f, "code")
				}
				s.bad(c, call, f, s.text("sessionunauthed"))
			}
		})
		s.play("C41_check", func(s *scene) {
			c, _ := s.bob()
			if o := s.good(c, "check", nil); o["role"] != "not_checked" || o["message"] != "Session is validated." {
				s.t.Errorf("check = %v", o)
			}
			c.Base += "?check_paid=1"
			if o := s.good(c, "check", nil); o["role"] != "seller" {
				s.t.Errorf("check with check_paid = %v, want the role seller", o)
			}
		})
		s.play("C42_variables", func(s *scene) {
			ctx := s.t.Context()
			s.ok(s.Office.SaveVariable(ctx, s.Operator, s.product, office.ApplicationVariable{Name: "open", Value: "all may read"}, true))
			s.ok(s.Office.SaveVariable(ctx, s.Operator, s.product, office.ApplicationVariable{Name: "closed", Value: "users may read", Authed: true}, true))
			c := s.begin()
			if o := s.good(c, "var", fields{"varid": "open"}); o["message"] != "all may read" {
				s.t.Errorf("var = %v", o)
			}
			s.bad(c, "var", fields{"varid": "closed"}, s.text("sessionunauthed"))
			s.bad(c, "var", fields{"varid": "nothing"}, "Variable not found.")
			c, _ = s.bob()
			if o := s.good(c, "var", fields{"varid": "closed"}); o["message"] != "users may read" {
				s.t.Errorf("var = %v", o)
			}
		})
		s.play("C43_C44_C45_user_variables", func(s *scene) {
			c, _ := s.bob()
			s.good(c, "setvar", fields{"var": "a", "data": " b "})
			if o := s.good(c, "getvar", fields{"var": "a"}); o["response"] != " b " {
				s.t.Errorf("getvar = %v", o)
			}
			s.good(c, "setvar", fields{"varid": "js", "data": "1"})
			s.good(c, "getvar", fields{"var": "js"})
			_, err := s.Office.SetUserVariables(s.t.Context(), s.Operator, s.product, "bob", false, "a", "fixed", ptr(true))
			s.ok(err)
			s.bad(c, "setvar", fields{"var": "a", "data": "c"}, "Variable is read only")
			s.bad(c, "setvar", fields{"var": "big", "data": strings.Repeat("x", 501)}, "Variable data must be 500 characters or less")
			s.bad(c, "getvar", fields{"var": "big"}, "Variable not found for user")
			s.good(c, "setvar", fields{"var": "big", "data": strings.Repeat("x", 500)})
			s.bad(c, "setvar", fields{"data": "c"}, "No variable name provided")
			s.bad(c, "setvar", fields{"var": "a"}, "No variable data provided")
		})
		s.play("C46_blacklist", func(s *scene) {
			s.ok(s.Office.BlockEntry(s.t.Context(), s.Operator, s.product, store.BlockAddress, "198.51.100.7", ""))
			if o := s.good(s.beginAt("198.51.100.7"), "checkblacklist", fields{"hwid": h1}); o["message"] != "Client is blacklisted" {
				s.t.Errorf("checkblacklist = %v", o)
			}
			s.bad(s.begin(), "checkblacklist", fields{"hwid": h1}, "Client is not blacklisted")
			s.good(s.beginAt("198.51.100.7"), "checkBlack", nil)
		})
		s.play("C46b_forged_address", func(s *scene) {
			s.ok(s.Office.BlockEntry(s.t.Context(), s.Operator, s.product, store.BlockAddress, "198.51.100.7", ""))
			for name, value := range map[string]string{"X-Forwarded-For": "198.51.100.7", "CF-Connecting-IP": "198.51.100.7", "Forwarded": "for=198.51.100.7", "X-Real-IP": "198.51.100.7"} {
				c := s.begin()
				c.HTTP = &http.Client{Transport: &forger{next: c.HTTP.Transport, name: name, value: value}}
				s.bad(c, "checkblacklist", nil, "Client is not blacklisted")
				c = s.beginAt("198.51.100.7")
				c.HTTP = &http.Client{Transport: &forger{next: c.HTTP.Transport, name: name, value: "203.0.113.9"}}
				s.good(c, "checkblacklist", nil)
			}
		})
		s.play("C48_ban", func(s *scene) {
			c, _ := s.bob()
			s.bad(c, "ban", fields{"reason": strings.Repeat("x", 100)}, "Reason must be 99 characters or less")
			if o := s.good(c, "ban", fields{"reason": "x", "hwid": h1}); o["message"] != "Successfully Banned User" {
				s.t.Errorf("ban = %v", o)
			}
			s.bad(c, "check", nil, sessionGone)
			s.blocked(h1, "203.0.113.1", true)
			s.bad(s.begin(), "login", login(), s.text("userbanned"))
			if u := s.user("bob"); u.BanReason != "x" {
				s.t.Errorf("the reason is %q, want x", u.BanReason)
			}
		})
		s.play("C49_log", func(s *scene) {
			c, _ := s.bob()
			s.good(c, "log", fields{"message": "  hi <b>", "pcuser": "BOB-PC"})
			s.good(s.begin(), "log", fields{"message": "nobody"})
			logs, err := s.Office.ListLogs(s.t.Context(), s.Operator, s.product, 0, 10)
			s.ok(err)
			if len(logs) != 2 || logs[1].Message != "  hi <b>" || logs[1].Credential != "bob" || logs[1].Machine != "BOB-PC" || logs[0].Credential != "" {
				s.t.Errorf("the log holds %+v", logs)
			}
			for _, message := range []string{"", strings.Repeat("x", 276)} {
				if a := c.Post(s.t.Context(), "log", fields{"message": message}); a.OK() || c.Verify(a) != nil {
					s.t.Errorf("log of %d characters = %s", len(message), a)
				}
			}
		})
		s.play("C53_chat", func(s *scene) {
			ctx := s.t.Context()
			s.ok(s.Office.AddChannel(ctx, s.Operator, s.product, "c", 60))
			c, _ := s.bob()
			s.good(c, "chatsend", fields{"channel": "c", "message": "hello"})
			s.bad(c, "chatsend", fields{"channel": "c", "message": "again"}, s.text("chatHitDelay"))
			o := s.good(c, "chatget", fields{"channel": "c"})
			list := o["messages"].([]any)
			if len(list) != 1 || list[0].(object)["author"] != "bob" || list[0].(object)["timestamp"] != float64(s.Now()/1e6) {
				s.t.Errorf("chatget = %v", o)
			}
			s.Advance(time.Minute)
			s.good(c, "chatsend", fields{"channel": "c", "message": "again"})
			s.Advance(time.Minute)
			s.bad(c, "chatsend", fields{"channel": "nothing", "message": "x"}, "Chat channel not found")
			s.bad(c, "chatsend", fields{"channel": "c", "message": "   "}, "Message can't be blank")
			s.bad(c, "chatsend", fields{"channel": "c", "message": strings.Repeat("x", 2001)}, "Message too long!")
			if o := s.good(c, "chatget", fields{"channel": "nothing"}); len(o["messages"].([]any)) != 0 {
				s.t.Errorf("chatget of no channel = %v", o)
			}
			s.ok(s.Office.MuteUser(ctx, s.Operator, s.product, "bob", 3600))
			until := s.Now().UTC().Add(time.Hour).Format("January 2, 2006, 3:04 pm")
			s.bad(c, "chatsend", fields{"channel": "c", "message": "x"}, "You're muted from chat until "+until)
			s.Advance(time.Hour)
			s.good(c, "chatsend", fields{"channel": "c", "message": "x"})
		})
		s.play("C56_second_factor", func(s *scene) {
			c, _ := s.bob()
			o := s.good(c, "2faenable", nil)
			offer, _ := o["2fa"].(object)
			secret, _ := offer["secret_code"].(string)
			at, err := url.Parse(offer["QRCode"].(string))
			s.ok(err)
			if at.Scheme != "otpauth" || at.Query().Get("secret") != secret || !strings.Contains(at.Path, "bob") {
				s.t.Errorf("2faenable = %v", o)
			}
			code := func() string {
				text, err := identity.TOTP(secret, s.Now())
				s.ok(err)
				return text
			}
			wrong := func() string {
				if code() == "123456" {
					return "654321"
				}
				return "123456"
			}
			s.bad(c, "2faenable", fields{"code": wrong()}, "Invalid code please try again")
			if o := s.good(c, "2faenable", fields{"code": code()}); o["message"] != "2fa successfully activated" {
				s.t.Errorf("2faenable = %v", o)
			}
			s.bad(c, "2faenable", nil, "2fa is already enabled on this account")
			s.good(s.begin(), "login", login("code", code())) // The code that was just confirmed signs in, once.
			for range 20 {                                    // A right code that was used is no guess: nobody is locked out by it.
				if a := s.begin().Post(s.t.Context(), "login", login("code", code())); a.OK() || !strings.Contains(strings.ToLower(a.Message()), "2fa") {
					s.t.Fatalf("login with a code for the second time = %s", a)
				}
			}
			s.Advance(time.Minute)
			for _, f := range []fields{login(), login("code", ""), login("code", wrong())} {
				a := s.begin().Post(s.t.Context(), "login", f)
				s.verified(c, a)
				if a.OK() || !strings.Contains(strings.ToLower(a.Message()), "2fa") {
					s.t.Errorf("login with the code %q = %s, want a failure that says 2fa", f["code"], a)
				}
			}
			c = s.begin()
			s.good(c, "login", login("code", code()))
			s.bad(c, "2fadisable", nil, "Please provide the 2fa code to disable 2fa")
			s.bad(c, "2fadisable", fields{"code": wrong()}, "Invalid code please try again")
			s.good(c, "2fadisable", fields{"code": code()})
			s.good(s.begin(), "login", login())
			s.good(c, "2faenable", nil)
			s.Advance(301 * time.Second)
			s.bad(c, "2faenable", fields{"code": "123456"}, "2fa session has expired")
		})
	})
}

// forger adds a header to each request.
type forger struct {
	next        http.RoundTripper
	name, value string
}

func (f *forger) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set(f.name, f.value)
	return f.next.RoundTrip(r)
}

// TestOutside: C50 to C52, what the server fetches for an app.
func TestOutside(t *testing.T) {
	t.Parallel()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone":
			http.NotFound(w, r)
		case "/inside":
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
		case "/program.bin":
			_, _ = w.Write([]byte{0, 1, 0xfe, 0xff})
		default:
			fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("User-Agent"), r.Header.Get("Content-Type"))
		}
	}))
	t.Cleanup(upstream.Close)
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) {
		s := newScene(t, db(t), outbound.Options{AllowPrivate: true}, freely)
		ctx := t.Context()
		s.play("C50_file", func(s *scene) {
			f, err := s.Office.AddFile(ctx, s.Operator, s.product, upstream.URL+"/program.bin", true)
			s.ok(err)
			s.bad(s.begin(), "file", fields{"fileid": f.ID}, s.text("sessionunauthed"))
			c, _ := s.bob()
			if o := s.good(c, "file", fields{"fileid": f.ID}); o["contents"] != hex.EncodeToString([]byte{0, 1, 0xfe, 0xff}) {
				s.t.Errorf("file = %v", o)
			}
			s.bad(c, "file", fields{"fileid": "000000"}, "File not Found")
			_, err = s.Office.EditFile(ctx, s.Operator, s.product, f.ID, ptr(upstream.URL+"/gone"), nil)
			if err == nil { // A vendor may be told at once, or the app later.
				s.bad(c, "file", fields{"fileid": f.ID}, "File no longer works, please notify the application developer.")
			}
		})
		s.play("C51_webhook", func(s *scene) {
			w, err := s.Office.AddWebhook(ctx, s.Operator, s.product, "", upstream.URL+"/hook", "Bot/1", true)
			s.ok(err)
			s.bad(s.begin(), "webhook", fields{"webid": w.ID, "params": "?a=1"}, s.text("sessionunauthed"))
			c, _ := s.bob()
			o := s.good(c, "webhook", fields{"webid": w.ID, "params": "?a=1", "body": "undefined", "conttype": "undefined"})
			if o["response"] != "GET /hook?a=1 Bot/1 " || o["message"] != "Webhook request successful" {
				s.t.Errorf("webhook = %v", o)
			}
			o = s.good(c, "webhook", fields{"webid": w.ID, "params": "", "body": `{"a":1}`, "conttype": "application/json"})
			if o["response"] != "POST /hook Bot/1 application/json" {
				s.t.Errorf("webhook with a body = %v", o)
			}
			s.bad(c, "webhook", fields{"webid": "nothing"}, "Webhook Not Found.")
		})
	})
	// Without leave of the operator nobody gets at what is near the server.
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) {
		s := newScene(t, db(t), outbound.Options{}, freely)
		s.play("C52_private_address", func(s *scene) {
			c, _ := s.bob()
			for _, at := range []string{upstream.URL + "/inside", upstream.URL, "http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/", "http://[::ffff:127.0.0.1]/",
				"http://169.254.169.254/latest", "http://localhost/", "http://0.0.0.0/"} {
				w, err := s.Office.AddWebhook(s.t.Context(), s.Operator, s.product, "", at, "", false)
				if err != nil {
					continue // The vendor is told at once.
				}
				a := c.Post(s.t.Context(), "webhook", fields{"webid": w.ID, "params": ""})
				s.verified(c, a)
				if a.OK() || strings.Contains(string(a.Body), "GET") {
					s.t.Errorf("a webhook to %s = %s, want a refusal", at, a)
				}
			}
		})
	})
}

// TestApplicationsApart keeps apart what is alike: a session, a user, a variable and a ban of one application mean nothing in another.
func TestApplicationsApart(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("apart", func(a *scene) {
			b := &scene{World: a.World, t: a.t, db: a.db, public: a.public}
			b.open("apart-b")
			c, key := a.bob()
			other := b.begin()
			b.bad(other, "license", fields{"key": key, "hwid": h1}, b.text("keynotfound"))
			b.bad(other, "login", login(), b.text("usernamenotfound"))
			b.bob()
			a.ok(a.Office.BanUser(a.t.Context(), a.Operator, a.product, "bob", ""))
			b.good(b.begin(), "login", login())
			b.ok(b.Office.UnbanUser(b.t.Context(), b.Operator, b.product, "bob"))
			a.blocked(h1, "203.0.113.1", true)
			stranger := b.at("")
			stranger.Session = c.Session
			b.bad(stranger, "check", nil, sessionGone)
		})
	})
}

// TestGuessing: who tries passwords, or keys, is kept from going on (§14.2).
func TestGuessing(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("passwords", func(s *scene) {
			s.bob()
			tries := 0
			for ; tries < 50; tries++ {
				a := s.beginAt(netip.AddrFrom4([4]byte{198, 51, 100, byte(tries)}).String()).Post(s.t.Context(), "login", login("pass", fmt.Sprint("guess", tries)))
				if a.Message() != s.text("passmismatch") {
					break
				}
			}
			if tries == 0 || tries == 50 {
				s.t.Fatalf("%d wrong passwords for one user were looked at", tries)
			}
			a := s.begin().Post(s.t.Context(), "login", login())
			s.verified(s.at(""), a)
			if a.OK() {
				s.t.Errorf("the right password while the user is locked = %s", a)
			}
			s.Advance(24 * time.Hour * 30)
		})
	})
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) {
		s := newScene(t, db(t), outbound.Options{}, freely)
		s.play("default_rate", func(s *scene) {
			fast := newScene(t, db(t), outbound.Options{}, keyauth.DefaultRate)
			fast.open("fast")
			c := fast.begin()
			limited := 0
			for range 40 {
				a := c.Post(t.Context(), "license", fields{"key": "nothing", "hwid": h1})
				fast.verified(c, a)
				if a.Status == http.StatusTooManyRequests {
					limited++
				}
			}
			if limited == 0 {
				t.Error("40 guesses of a key in a second from one address are all answered")
			}
		})
	})
}

// TestHostile: whatever a client sends, what it gets is signed, and has the types that clients want.
func TestHostile(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("hostile", func(s *scene) {
			s.settings(func(a *license.ApplicationSettings) { a.ForceHardware = false })
			c, _ := s.bob()
			calls := strings.Fields("init login loginEmail register license upgrade forgot check checkblacklist fetchOnline fetchStats var getvar setvar log webhook file chatget chatsend changeUsername 2faenable 2fadisable ban")
			values := []string{"", " ", "\x00", "\xff\xfe", "null", "[]", "{}", "'; DROP TABLE licenses; --", "<script>", "\u202e\u0000", strings.Repeat("A", 20_000), "-1", "99999999999999999999"}
			for _, call := range calls {
				for i, v := range values {
					f := fields{}
					for _, name := range strings.Fields("username pass key hwid email code token varid var data message pcuser webid params body conttype fileid channel newUsername reason ver hash enckey thash") {
						f[name] = v
					}
					if call == "init" {
						f["sessionid"] = ""
					}
					if call == "ban" && i > 0 {
						break
					}
					a := c.Post(s.t.Context(), call, f)
					s.verified(c, a)
					if a.Status >= 500 {
						s.t.Errorf("%s of %.20q = %s", call, v, a)
					}
				}
				if call == "changeUsername" {
					c = s.begin()
					s.good(c, "register", fields{"username": "next-" + call, "pass": "pw", "key": s.key(1, day)})
				}
			}
			for _, body := range []string{"", "%", "%zz=%", "type=init&type=check", strings.Repeat("a=b&", 100_000), "{\"type\":\"init\"}", "type[]=init"} {
				for _, kind := range []string{"", "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "nonsense"} {
					a := c.Send(s.t.Context(), "init", kind, strings.NewReader(body))
					if err := c.Verify(a); err != nil && !strings.Contains(err.Error(), "ownerid is \"\"") {
						s.t.Errorf("a body %.20q of the type %q: %s: %v", body, kind, a, err)
					}
					if a.Status >= 500 {
						s.t.Errorf("a body %.20q of the type %q = %s", body, kind, a)
					}
				}
			}
		})
	})
}
