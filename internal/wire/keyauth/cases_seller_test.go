package keyauth_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
)

// sold is an answer of the Seller API.
type sold struct {
	status int
	header http.Header
	text   string
	object
}

// sell calls the Seller API with the application's seller key; fields may give another.
func (s *scene) sell(call string, f fields) sold {
	s.t.Helper()
	query := url.Values{"sellerkey": {s.seller}, "type": {call}}
	for name, value := range f {
		query.Set(name, value)
	}
	resp, err := s.Client(s.t, "").Get(bots + "?" + query.Encode())
	s.ok(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	s.ok(err)
	a := sold{status: resp.StatusCode, header: resp.Header, text: string(body)}
	_ = json.Unmarshal(body, &a.object) // Some answers are no JSON.
	return a
}

// says wants an answer of the Seller API with a status and a text.
func (s *scene) says(a sold, status int, success bool, message string) object {
	s.t.Helper()
	if a.status != status || a.object["success"] != success || a.object["message"] != message {
		s.t.Fatalf("%d %s, want %d, %v, %q", a.status, a.text, status, success, message)
	}
	return a.object
}

// TestSeller: L01 to L10 of the contract, §15.
func TestSeller(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("L01_add", func(s *scene) {
			one := s.says(s.sell("add", fields{"expiry": "1", "mask": "A-******", "level": "1", "amount": "1"}), 200, true, "License Successfully Generated")
			if key, _ := one["key"].(string); !regexp.MustCompile(`^A-[0-9A-Za-z]{6}$`).MatchString(key) {
				s.t.Errorf("add = %v", one)
			}
			many := s.sell("add", fields{"expiry": "1", "mask": "A-******", "amount": "3"})
			keys, _ := s.says(many, 302, true, "Licenses successfully generated")["keys"].([]any)
			if len(keys) != 3 || many.header.Get("Location") != "" {
				s.t.Errorf("add of 3 = %s", many.text)
			}
			s.says(s.sell("add", fields{"mask": "A-******"}), 406, false, "Expiry not set")
			s.says(s.sell("add", fields{"expiry": "1", "amount": "101"}), 200, false, "You can only generate 100 licenses at a time")
			s.says(s.sell("add", fields{"expiry": "1", "amount": "2", "mask": "FIXED"}), 200, false, "Can't do custom key with amount greater than one")
		})
		s.play("L02_add_text", func(s *scene) {
			for _, format := range []string{"text", "TXT", "Text"} {
				a := s.sell("add", fields{"expiry": "1", "amount": "3", "format": format, "character": "2"})
				lines := strings.Split(strings.TrimSpace(a.text), "\r\n")
				if len(lines) != 3 || strings.ContainsAny(a.text, "{}\"") || strings.Contains(a.text, "message") {
					s.t.Errorf("add as text = %q, want three lines", a.text)
				}
				s.good(s.begin(), "license", fields{"key": lines[0], "hwid": h1})
			}
		})
		s.play("L03_ten_minutes", func(s *scene) {
			key := s.sell("add", fields{"expiry": "0.00694444444"}).object["key"].(string)
			if d := s.sell("info", fields{"key": key}).object["duration"]; d != "600" {
				s.t.Errorf("duration = %v, want 600", d)
			}
		})
		s.play("L04_keys", func(s *scene) {
			a := s.sell("stats", fields{"sellerkey": strings.Repeat("a", 31)})
			if a.status != 404 || a.text != "Invalid seller key length. Seller key is located in seller settings of dashboard." {
				s.t.Errorf("a short key = %d %s", a.status, a.text)
			}
			s.says(s.sell("stats", fields{"sellerkey": strings.Repeat("a", 32)}), 404, false, "No application with specified seller key found")
			for name, value := range map[string]string{"Authorization": "Bearer " + s.seller} {
				req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, bots+"?type=setseller", nil)
				s.ok(err)
				req.Header.Set(name, value)
				resp, err := s.Client(s.t, "").Do(req)
				s.ok(err)
				resp.Body.Close()
				if resp.StatusCode != 200 {
					s.t.Errorf("the key in the header %s = %d", name, resp.StatusCode)
				}
			}
			s.says(s.sell("", nil), 200, false, "Type not specified")
			s.says(s.sell("nonsense", nil), 200, false, "Type doesn't exist")
		})
		s.play("L05_ban", func(s *scene) {
			_, key := s.bob()
			s.says(s.sell("ban", fields{"key": key, "reason": "r", "userToo": "1"}), 200, true, "Successfully banned license!")
			s.bad(s.begin(), "login", login(), s.text("userbanned"))
			s.says(s.sell("unban", fields{"key": key}), 200, true, "Successfully unbanned license!")
			s.good(s.begin(), "login", login())
			s.says(s.sell("ban", fields{"key": key, "reason": "r", "userToo": "false"}), 200, true, "Successfully banned license!")
			s.good(s.begin(), "login", login())
			s.says(s.sell("ban", fields{"key": "nothing", "reason": "r"}), 200, false, "Failed to ban license!")
		})
		s.play("L06_info", func(s *scene) {
			_, key := s.bob()
			s.says(s.sell("setnote", fields{"key": key, "note": "for Bob"}), 200, true, "Successfully set note")
			s.says(s.sell("verify", fields{"key": key}), 200, true, "Key Successfully Verified")
			s.says(s.sell("verify", fields{"key": "nothing"}), 406, false, "Key Not Found")
			o := s.sell("info", fields{"key": key}).object
			want := fields{"duration": "86400", "hwid": h1, "note": "for Bob", "status": "Used", "level": "1", "usedby": "bob",
				"usedon": fmt.Sprint(int64(s.Now()) / 1e6), "creationdate": fmt.Sprint(int64(s.Now()) / 1e6)}
			for name, value := range want {
				if o[name] != value {
					s.t.Errorf("%s = %#v, want %q", name, o[name], value)
				}
			}
			if _, isText := o["createdby"].(string); !isText {
				s.t.Errorf("createdby = %v", o["createdby"])
			}
			s.says(s.sell("info", fields{"key": "nothing"}), 200, false, "Key Not Found")
		})
		s.play("L07_S1-23_extend", func(s *scene) {
			s.bob()
			s.says(s.sell("extend", fields{"user": "bob", "sub": "default", "expiry": "1"}), 200, true, "Successfully extended user(s)!")
			s.ends(s.subscriptions(s.good(s.begin(), "login", login()))["default"], 2*day)
			s.says(s.sell("extend", fields{"user": "bob", "sub": "pro", "expiry": "1"}), 200, true, "Successfully extended user(s)!")
			subs := s.subscriptions(s.good(s.begin(), "login", login()))
			s.ends(subs["pro"], day)
			s.says(s.sell("extend", fields{"user": "all", "sub": "pro", "expiry": "1", "activeOnly": "1"}), 200, true, "Successfully extended user(s)!")
			s.says(s.sell("extend", fields{"user": "nobody", "sub": "default", "expiry": "1"}), 200, false, "User(s) not found!")
			s.says(s.sell("extend", fields{"user": "bob", "sub": "nothing", "expiry": "1"}), 200, false, "Subscription not found!")
			s.says(s.sell("subtract", fields{"user": "bob", "sub": "default", "seconds": "3600"}), 200, true, s.sell("subtract", fields{"user": "bob", "sub": "pro", "seconds": "1"}).object["message"].(string))
			s.ends(s.subscriptions(s.good(s.begin(), "login", login()))["default"], 2*day-3600)
		})
		s.play("L08_empty", func(s *scene) {
			s.says(s.sell("fetchallkeys", nil), 406, false, "No License Keys Found")
			s.key(1, day)
			o := s.says(s.sell("fetchallkeys", nil), 200, true, "Successfully Retrieved Licenses")
			keys, _ := o["keys"].([]any)
			if len(keys) != 1 || keys[0].(object)["status"] != "Not Used" || keys[0].(object)["expires"] != "86400" {
				s.t.Errorf("fetchallkeys = %v", o)
			}
		})
		s.play("L09_reset", func(s *scene) {
			s.bob()
			s.bad(s.begin(), "login", login("hwid", h2), s.text("hwidmismatch"))
			s.says(s.sell("resetuser", fields{"user": "bob"}), 200, true, "Successfully reset user!")
			s.good(s.begin(), "login", login("hwid", h2))
			s.says(s.sell("addhwiduser", fields{"user": "bob", "hwid": h1}), 200, true, "Added HWID")
			s.good(s.begin(), "login", login())
			s.good(s.begin(), "login", login("hwid", h2))
		})
		s.play("L10_no_hashes", func(s *scene) {
			s.bob()
			a := s.sell("fetchallusers", nil)
			users, _ := a.object["users"].([]any)
			if len(users) != 1 || users[0].(object)["username"] != "bob" || users[0].(object)["password"] != nil || strings.Contains(a.text, "argon2") {
				s.t.Errorf("fetchallusers = %s", a.text)
			}
		})
		s.play("keys_are_revoked_and_scoped", func(s *scene) {
			list, err := s.Office.ListSellerKeys(s.t.Context(), s.Operator, s.product)
			s.ok(err)
			_, err = s.Office.RevokeSellerKey(s.t.Context(), s.Operator, list[0].ID)
			s.ok(err)
			s.says(s.sell("stats", nil), 404, false, "No application with specified seller key found")
		})
		s.play("apart", func(a *scene) {
			b := &scene{World: a.World, t: a.t, db: a.db, public: a.public}
			b.open("L-apart-b")
			_, key := a.bob()
			b.says(b.sell("info", fields{"key": key}), 200, false, "Key Not Found")
			b.says(b.sell("ban", fields{"key": key, "reason": "r"}), 200, false, "Failed to ban license!")
			b.says(b.sell("banuser", fields{"user": "bob", "reason": "r"}), 200, false, "User not found!")
			b.sell("delalllicenses", nil)
			b.sell("delallusers", nil)
			b.sell("killall", nil)
			a.good(a.begin(), "login", login())
		})
		s.play("delete", func(s *scene) {
			c, key := s.bob()
			s.key(1, day)
			s.says(s.sell("delunused", nil), 200, true, "Deleted All Unused Keys!")
			s.says(s.sell("delunused", nil), 200, false, "Didn't find any unused keys!")
			s.says(s.sell("del", fields{"key": key, "userToo": "1"}), 200, true, "Successfully deleted license!")
			s.bad(c, "check", nil, sessionGone)
			s.bad(s.begin(), "login", login(), s.text("usernamenotfound"))
			s.says(s.sell("fetchallkeys", nil), 406, false, "No License Keys Found")
		})
	})
}

// TestPausing: time that an application, or a user in it, is paused is given back (§9.10).
func TestPausing(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("pause_within_pause", func(s *scene) {
			ctx := s.t.Context()
			s.bob()
			s.good(s.begin(), "register", fields{"username": "ann", "pass": "pw", "key": s.key(1, day), "hwid": h2})
			s.Advance(time.Hour)
			_, err := s.Office.PauseApplication(ctx, s.Operator, s.product)
			s.ok(err)
			s.Advance(5 * time.Hour)
			s.ok(s.Office.PauseUser(ctx, s.Operator, s.product, "bob"))
			s.Advance(5 * time.Hour)
			s.ok(s.Office.ResumeUser(ctx, s.Operator, s.product, "bob"))
			s.Advance(100 * time.Hour)
			_, err = s.Office.ResumeApplication(ctx, s.Operator, s.product)
			s.ok(err)
			s.ends(s.subscriptions(s.good(s.begin(), "login", login()))["default"], day-3600)
			s.ends(s.subscriptions(s.good(s.begin(), "login", login("username", "ann", "hwid", h2)))["default"], day-3600)
			s.ok(s.Office.PauseLevel(ctx, s.Operator, s.product, "default"))
			s.Advance(100 * time.Hour)
			s.bad(s.begin(), "login", login(), s.text("pausedsub"))
			s.ok(s.Office.ResumeLevel(ctx, s.Operator, s.product, "default"))
			s.ends(s.subscriptions(s.good(s.begin(), "login", login()))["default"], day-3600)
			n, err := s.Office.ExtendUsers(ctx, s.Operator, s.product, office.Users{All: true}, "default", license.Span{Seconds: 60})
			s.ok(err)
			if n != 2 {
				s.t.Errorf("%d users were extended, want 2", n)
			}
		})
	})
}
