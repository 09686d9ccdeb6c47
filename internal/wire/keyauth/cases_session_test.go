package keyauth_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/keyauth/kaclient"
)

const (
	sessionGone = "Session not found. Use latest code. You can only have app opened 1 at a time."
	here        = "Select app & copy code snippet from"
)

// TestSessions: C01 to C10, C55, C57, C58 and C60 to C63 of the contract, §15.
func TestSessions(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("C01_init", func(s *scene) {
			c := s.at("")
			o := s.good(c, "init", fields{"ver": "1.0"})
			if o["message"] != "Initialized" || o["newSession"] != true || len(o["sessionid"].(string)) != 32 || len(o["appinfo"].(object)) != 5 {
				s.t.Errorf("init = %v", o)
			}
			if info := o["appinfo"].(object); info["version"] != "1.0" || !strings.HasSuffix(info["customerPanelLink"].(string), "/") {
				s.t.Errorf("appinfo = %v", info)
			}
			again := s.good(c, "init", fields{"ver": "1.0"})
			if again["sessionid"] == o["sessionid"] {
				s.t.Error("a second init from one address gets the same session")
			}
		})
		s.play("C02_unknown_app", func(s *scene) {
			c := s.at("")
			c.Name = "nothing"
			a := c.Post(s.t.Context(), "init", nil)
			s.verified(c, a)
			if string(a.Body) != kaclient.Invalid || a.Status != http.StatusOK {
				s.t.Errorf("init of an unknown app = %s", a)
			}
			c = s.at("")
			c.Owner = "zzzzzzzzzz"
			if a := c.Post(s.t.Context(), "init", nil); string(a.Body) != kaclient.Invalid {
				s.t.Errorf("init of an unknown owner = %s", a)
			}
		})
		s.play("C03_nobody", func(s *scene) {
			for owner, begins := range map[string]string{"": "No OwnerID specified. " + here, "123456789": "OwnerID should be 10 characters long. " + here} {
				c := s.at("")
				c.Owner = owner
				a := c.Post(s.t.Context(), "init", nil)
				s.verified(c, a)
				if !strings.HasPrefix(a.Message(), begins) {
					s.t.Errorf("init of the owner %q = %s, want %q", owner, a, begins)
				}
			}
			c := s.at("")
			c.Name = ""
			if a := c.Post(s.t.Context(), "init", nil); !strings.HasPrefix(a.Message(), "No app name specified. "+here) {
				s.t.Errorf("init without a name = %s", a)
			}
		})
		s.play("C04_version", func(s *scene) {
			c := s.at("")
			if o := s.bad(c, "init", fields{"ver": "0.9"}, "invalidver"); o["download"] != "" {
				s.t.Errorf("download = %v, want none", o["download"])
			}
			s.change(office.ApplicationChange{Download: ptr("https://example.com/new?a=1&b=2")})
			if o := s.bad(c, "init", fields{"ver": "0.9"}, "invalidver"); o["download"] != "https://example.com/new?a=1&b=2" {
				s.t.Errorf("download = %v, want the link", o["download"])
			}
		})
		s.play("C05_version_of_others", func(s *scene) {
			s.good(s.at(""), "init", nil)
			s.good(s.at(""), "init", fields{"version": "1.0"})
			s.bad(s.at(""), "init", fields{"version": "0.9"}, "invalidver")
		})
		s.play("C06_disabled_and_paused", func(s *scene) {
			s.change(office.ApplicationChange{Disabled: ptr(true)})
			s.bad(s.at(""), "init", nil, s.text("appdisabled"))
			s.change(office.ApplicationChange{Disabled: ptr(false)})
			_, err := s.Office.PauseApplication(s.t.Context(), s.Operator, s.product)
			s.ok(err)
			s.bad(s.at(""), "init", nil, s.text("pausedApp"))
			_, err = s.Office.ResumeApplication(s.t.Context(), s.Operator, s.product)
			s.ok(err)
			s.begin()
		})
		s.play("C07_hash", func(s *scene) {
			hash := strings.Repeat("ab", 16)
			s.settings(func(a *license.ApplicationSettings) { a.CheckHash, a.Hashes = true, []string{hash} })
			s.good(s.at(""), "init", fields{"hash": hash})
			s.good(s.at(""), "init", fields{"hash": strings.ToUpper(hash)})
			for _, other := range []string{strings.Repeat("cd", 16), "", "undefined", hash[:16], hash + hash} {
				s.bad(s.at(""), "init", fields{"hash": other}, s.text("hashcheckfail"))
			}
		})
		s.play("C08_no_session", func(s *scene) {
			other := &scene{World: s.World, t: s.t, db: s.db, public: s.public}
			other.open("C08b")
			foreign := other.begin().Session
			for _, call := range []string{"check", "login", "license", "log", "logout", "var", "fetchStats"} {
				for _, session := range []string{"", "0123456789abcdef0123456789abcdef", foreign} {
					c := s.at("")
					c.Session = session
					s.bad(c, call, nil, sessionGone)
				}
			}
		})
		s.play("C09_session_over", func(s *scene) {
			c, _ := s.bob()
			s.good(c, "check", nil)
			s.Advance(21600 * time.Second)
			s.bad(c, "check", nil, sessionGone)
		})
		s.play("C10_unknown_type", func(s *scene) {
			const unknown = "The value inputted for type paramater was not found"
			s.bad(s.begin(), "foo", nil, unknown)
			s.bad(s.at(""), "", nil, unknown)
		})
		s.play("C55_logout", func(s *scene) {
			c, _ := s.bob()
			if o := s.good(c, "logout", nil); o["message"] != "Successfully logged out." {
				s.t.Errorf("logout = %v", o)
			}
			s.bad(c, "check", nil, sessionGone)
		})
		s.play("C57_statistics", func(s *scene) {
			c, _ := s.bob()
			s.key(1, day)
			info := s.good(c, "fetchStats", nil)["appinfo"].(object)
			if info["numUsers"] != "1" || info["numOnlineUsers"] != "1" || info["numKeys"] != "2" {
				s.t.Errorf("the statistics are %v, want 1 user, 1 online, 2 licenses", info)
			}
		})
		s.play("C58_online", func(s *scene) {
			s.bad(s.begin(), "fetchOnline", nil, "No online users found!")
		})
		s.play("C58b_online", func(s *scene) {
			c := s.begin()
			s.good(c, "register", fields{"username": "twelve-chars", "pass": "pw", "key": s.key(1, day), "hwid": h1})
			users := s.good(c, "fetchOnline", nil)["users"].([]any)
			if len(users) != 1 || users[0].(object)["credential"] != "twelve-cha**" {
				s.t.Errorf("online are %v, want twelve-cha**", users)
			}
		})
		s.play("C60_multipart_and_get", func(s *scene) {
			c := s.at("")
			if o := s.fine(c, c.Get(s.t.Context(), "init", fields{"ver": "1.0"})); o["message"] != "Initialized" {
				s.t.Errorf("init by GET = %v", o)
			}
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			for name, values := range c.Form("init", fields{"ver": "1.0"}) {
				s.ok(form.WriteField(name, values[0]))
			}
			s.ok(form.Close())
			if o := s.fine(c, c.Send(s.t.Context(), "init", form.FormDataContentType(), &body)); o["message"] != "Initialized" {
				s.t.Errorf("init by multipart = %v", o)
			}
			for _, base := range []string{"/keyauth/api/1.3", "/keyauth/1.3/", "/keyauth/1.3"} {
				c.Base = "http://licet.test" + base
				s.good(c, "init", nil)
			}
		})
		s.play("C61_texts", func(s *scene) {
			const odd = "Voil\u00e0 <b>\"fin\"</b> \u2028 \U0001F600 \\ /"
			s.settings(func(a *license.ApplicationSettings) { a.Texts = map[string]string{"usernamenotfound": odd} })
			a := s.begin().Post(s.t.Context(), "login", login())
			s.verified(s.at(""), a)
			if want := "\"message\":\"Voil\u00e0 <b>\\\"fin\\\"</b> \u2028 \U0001F600 \\\\ /\""; !strings.Contains(string(a.Body), want) {
				s.t.Errorf("the answer is %s, want in it %s", a.Body, want)
			}
		})
	})
}

// TestOlderAPI: C62 and C63, API 1.2, which is off until the vendor switches it on.
func TestOlderAPI(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		old := func(s *scene) *kaclient.Client {
			secret, err := s.Office.ApplicationSecret(s.t.Context(), s.Operator, s.product)
			s.ok(err)
			c := s.at("")
			c.Base, c.Secret = older, secret.Reveal()
			return c
		}
		s.play("C62_signatures", func(s *scene) {
			c := old(s)
			if a := c.Post(s.t.Context(), "init", fields{"enckey": "0123456789abcdef"}); a.OK() {
				s.t.Fatalf("init of 1.2 while it is off = %s", a)
			}
			s.settings(func(a *license.ApplicationSettings) { a.Legacy = true })
			c.Enckey = "0123456789abcdef"
			o := s.good(c, "init", fields{"enckey": c.Enckey, "ver": "1.0"})
			c.Session = o["sessionid"].(string)
			s.good(c, "license", fields{"key": s.key(1, day), "hwid": h1})
			s.good(c, "check", nil)
			s.bad(c, "var", fields{"varid": "nothing"}, "Variable not found.")
			if _, there := o["ownerid"]; there {
				s.t.Error("an answer of 1.2 names the owner")
			}
		})
		s.play("C63_long_enckey", func(s *scene) {
			s.settings(func(a *license.ApplicationSettings) { a.Legacy = true })
			s.bad(old(s), "init", fields{"enckey": strings.Repeat("x", 36)}, `The paramater "enckey" is too long. Must be 35 characters or less.`)
		})
	})
}
