package keyauth_test

import (
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
)

// TestUsers: C20 to C26, C29 to C31, C33 to C37, C54 and C59: people with a name and a password.
func TestUsers(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("C20_S1-03_register", func(s *scene) {
			c, key := s.bob()
			s.status(key, "Used")
			s.usedBy(key, "bob")
			s.good(c, "check", nil)
			o := s.good(s.begin(), "login", login()) // C21
			info := o["info"].(object)
			if info["username"] != "bob" || info["hwid"] != h1 {
				s.t.Errorf("login = %v", o)
			}
			s.ends(s.subscriptions(o)["default"], day)
			s.bad(s.begin(), "login", login("pass", "bad"), s.text("passmismatch"))                                          // C22
			s.bad(s.begin(), "login", login("username", "nobody"), s.text("usernamenotfound"))                               // C23
			s.bad(s.begin(), "license", fields{"key": key, "hwid": h1}, s.text("keyused"))                                   // C24
			s.bad(s.begin(), "register", fields{"username": "eve", "pass": "pw", "key": key, "hwid": h1}, s.text("keyused")) // C25
			s.good(s.begin(), "login", login("username", "BOB"))
		})
		s.play("C26_name_taken", func(s *scene) {
			s.bob()
			key := s.key(1, day)
			s.bad(s.begin(), "register", fields{"username": "bob", "pass": "pw", "key": key, "hwid": h2}, s.text("usernametaken"))
			s.bad(s.begin(), "register", fields{"username": "Bob", "pass": "pw", "key": key, "hwid": h2}, s.text("usernametaken"))
			s.status(key, "Not Used")
		})
		s.play("C29_S1-17_ban_without_the_box", func(s *scene) {
			c, key := s.bob()
			s.ok(s.Office.BanLicense(s.t.Context(), s.Operator, s.product, key, "shared", false))
			s.status(key, "Banned")
			s.good(c, "check", nil)
			s.good(s.begin(), "login", login())
			s.blocked(h1, "203.0.113.1", false)
		})
		s.play("C30_C31_S1-19_ban_with_the_box", func(s *scene) {
			s.settings(func(a *license.ApplicationSettings) { a.Texts = map[string]string{"userbanned": "Out: {reason}"} })
			c, key := s.bob()
			s.ok(s.Office.BanLicense(s.t.Context(), s.Operator, s.product, key, "shared", true))
			s.status(key, "Banned")
			s.bad(c, "check", nil, sessionGone) // DEC: a ban ends sessions.
			s.bad(s.begin(), "login", login(), "Out: shared")
			s.bad(s.begin(), "login", login("pass", "bad"), "Out: shared")
			s.blocked(h1, "203.0.113.1", true)
			s.ok(s.Office.UnbanLicense(s.t.Context(), s.Operator, s.product, key)) // C31
			s.good(s.begin(), "login", login())
			s.status(key, "Used")
			s.blocked(h1, "203.0.113.1", false)
		})
		s.play("S1-18_ban_user", func(s *scene) {
			c, key := s.bob()
			s.ok(s.Office.BanUser(s.t.Context(), s.Operator, s.product, "bob", "sharing"))
			s.bad(c, "check", nil, sessionGone)
			s.bad(s.begin(), "login", login(), s.text("userbanned"))
			s.status(key, "Used")
			s.ok(s.Office.UnbanUser(s.t.Context(), s.Operator, s.product, "bob"))
			s.good(s.begin(), "login", login())
		})
		// The same by the calls that are for every product.
		s.play("S1-16_S1-19_S1-20_ban_of_any_license", func(s *scene) {
			c, key := s.bob()
			fresh := s.key(1, day)
			ref := func(key string) office.Ref { return office.Ref{Product: s.product, Key: key} }
			_, err := s.Office.BanLicenses(s.t.Context(), s.Operator, "shared", true, ref(key), ref(fresh))
			s.ok(err)
			s.bad(c, "check", nil, sessionGone)
			s.bad(s.begin(), "login", login(), s.text("userbanned"))
			s.blocked(h1, "203.0.113.1", true)
			_, err = s.Office.UnbanLicenses(s.t.Context(), s.Operator, ref(key))
			s.ok(err)
			s.blocked(h1, "203.0.113.1", false)
			c = s.begin()
			s.good(c, "login", login())
			_, err = s.Office.BanLicenseUser(s.t.Context(), s.Operator, s.product, "bob", "shared")
			s.ok(err)
			s.bad(c, "check", nil, sessionGone)
			s.blocked(h1, "203.0.113.1", true)
			_, err = s.Office.UnbanLicenseUser(s.t.Context(), s.Operator, s.product, "bob")
			s.ok(err)
			s.blocked(h1, "203.0.113.1", false)
			s.good(s.begin(), "login", login())
		})
		s.play("ban_of_two_on_one_machine", func(s *scene) {
			s.bob()
			s.settings(func(a *license.ApplicationSettings) { a.LockHardware = true })
			s.good(s.begin(), "register", fields{"username": "ann", "pass": "pw", "key": s.key(1, day), "hwid": h1})
			ctx := s.t.Context()
			for _, order := range [][2]string{{"bob", "ann"}, {"ann", "bob"}} {
				s.ok(s.Office.BanUser(ctx, s.Operator, s.product, "bob", ""))
				s.ok(s.Office.BanUser(ctx, s.Operator, s.product, "ann", ""))
				s.ok(s.Office.UnbanUser(ctx, s.Operator, s.product, order[0]))
				s.blocked(h1, "203.0.113.1", true)
				s.ok(s.Office.UnbanUser(ctx, s.Operator, s.product, order[1]))
				s.blocked(h1, "203.0.113.1", false)
			}
		})
		s.play("S9.10_paused_with_a_session", func(s *scene) {
			s.bob()
			before, late, key := s.begin(), s.begin(), s.key(1, day)
			_, err := s.Office.PauseApplication(s.t.Context(), s.Operator, s.product)
			s.ok(err)
			s.bad(before, "login", login(), s.text("pausedsub"))
			s.bad(before, "login", login("pass", "bad"), s.text("passmismatch"))
			s.bad(before, "license", fields{"key": key, "hwid": h2}, s.text("pausedsub"))
			s.bad(late, "register", fields{"username": "eve", "pass": "pw", "key": key, "hwid": h2}, s.text("pausedsub"))
			s.status(key, "Not Used")
			_, err = s.Office.ResumeApplication(s.t.Context(), s.Operator, s.product)
			s.ok(err)
			s.good(before, "login", login())
			s.change(office.ApplicationChange{Disabled: ptr(true)})
			s.bad(late, "login", login(), s.text("appdisabled"))
			s.bad(late, "license", fields{"key": key, "hwid": h2}, s.text("appdisabled"))
		})
		s.play("license_user_without_a_password", func(s *scene) {
			key := s.key(1, day)
			s.good(s.begin(), "license", fields{"key": key, "hwid": h1})
			s.ok(s.Office.SetApplicationPassword(s.t.Context(), s.Operator, s.product, key, ""))
			s.good(s.begin(), "license", fields{"key": key, "hwid": h1})
			s.good(s.begin(), "license", fields{"key": key, "hwid": h1})
		})
		s.play("C33_expired", func(s *scene) {
			s.bob()
			s.Advance(day * time.Second)
			s.bad(s.begin(), "login", login(), s.text("noactivesubs"))
		})
		s.play("C34_paused", func(s *scene) {
			s.bob()
			s.Advance(time.Hour)
			s.ok(s.Office.PauseUser(s.t.Context(), s.Operator, s.product, "bob"))
			s.Advance(2 * day * time.Second)
			s.bad(s.begin(), "login", login(), s.text("pausedsub"))
			s.ok(s.Office.ResumeUser(s.t.Context(), s.Operator, s.product, "bob"))
			o := s.good(s.begin(), "login", login())
			s.ends(s.subscriptions(o)["default"], day-3600)
		})
		s.play("C35_upgrade_longer", func(s *scene) {
			s.bob()
			c, key := s.begin(), s.key(1, 60)
			if o := s.good(c, "upgrade", fields{"username": "bob", "key": key}); o["message"] != "Upgraded successfully" {
				s.t.Errorf("upgrade = %v", o)
			}
			s.bad(c, "check", nil, s.text("sessionunauthed"))
			s.usedBy(key, "bob")
			o := s.good(c, "login", login())
			subs := s.subscriptions(o)
			if len(subs) != 1 {
				s.t.Errorf("the subscriptions are %v, want one", subs)
			}
			s.ends(subs["default"], day+60)
		})
		s.play("C36_upgrade_new", func(s *scene) {
			s.bob()
			c := s.begin()
			s.good(c, "upgrade", fields{"username": "bob", "key": s.key(2, 60)})
			subs := s.subscriptions(s.good(c, "login", login()))
			if key, there := subs["pro"]["key"]; !there || key != nil {
				s.t.Errorf("the key of the upgrade is %v, want null", key)
			}
			s.ends(subs["pro"], 60)
			s.ends(subs["default"], day)
			s.bad(c, "upgrade", fields{"username": "bob", "key": "nothing"}, s.text("keynotfound"))
			key := s.key(2, 60)
			s.bad(c, "upgrade", fields{"username": "nobody", "key": key}, s.text("usernamenotfound"))
			s.status(key, "Not Used")
		})
		s.play("C37_all_is_a_name", func(s *scene) {
			s.bob()
			key := s.key(1, day)
			s.bad(s.begin(), "upgrade", fields{"username": "all", "key": key}, s.text("usernamenotfound"))
			s.status(key, "Not Used")
			s.ends(s.subscriptions(s.good(s.begin(), "login", login()))["default"], day)
		})
		s.play("S1-23_extend_user", func(s *scene) {
			s.bob()
			_, err := s.Office.ExtendUsers(s.t.Context(), s.Operator, s.product, office.Users{Name: "bob"}, "default", license.Span{Seconds: 3600})
			s.ok(err)
			s.ends(s.subscriptions(s.good(s.begin(), "login", login()))["default"], day+3600)
		})
		s.play("C54_change_name", func(s *scene) {
			c, _ := s.bob()
			s.good(s.begin(), "register", fields{"username": "ann", "pass": "pw", "key": s.key(1, day), "hwid": h2})
			s.bad(c, "changeUsername", fields{"newUsername": "ann"}, "Username already used!")
			s.good(c, "changeUsername", fields{"newUsername": "robert"})
			s.bad(c, "check", nil, sessionGone)
			s.bad(s.begin(), "login", login(), s.text("usernamenotfound"))
			s.ends(s.subscriptions(s.good(s.begin(), "login", login("username", "robert")))["default"], day)
		})
		s.play("C59_no_password_yet", func(s *scene) {
			_, err := s.Office.CreateApplicationUser(s.t.Context(), s.Operator, s.product, office.NewApplicationUser{Name: "bob", Lasts: license.Span{Seconds: day}})
			s.ok(err)
			o := s.good(s.begin(), "login", login("pass", "mine"))
			if sub := s.subscriptions(o)["default"]; sub["key"] != nil {
				s.t.Errorf("the subscription of a made user is %v, want no key", sub)
			}
			s.bad(s.begin(), "login", login("pass", "other"), s.text("passmismatch"))
			s.good(s.begin(), "login", login("pass", "mine"))
		})
		s.play("lengths", func(s *scene) {
			long := "0123456789012345678901234567890123456789012345678901234567890123456789x"
			s.bad(s.begin(), "register", fields{"username": long, "pass": "pw", "key": s.key(1, day), "hwid": h1}, "Username must be shorter than 70 characters")
			s.bad(s.begin(), "register", fields{"username": "bob", "pass": "pw", "key": long, "hwid": h1}, "Key must be shorter than 70 characters")
			s.settings(func(a *license.ApplicationSettings) { a.MinName = 4 })
			s.bad(s.begin(), "register", fields{"username": "bob", "pass": "pw", "key": s.key(1, day), "hwid": h1}, s.text("unTooShort"))
		})
		s.play("e-mail", func(s *scene) {
			c := s.begin()
			s.good(c, "register", fields{"username": "bob", "pass": "pw", "key": s.key(1, day), "hwid": h1, "email": "Bob@Example.com"})
			s.settings(func(a *license.ApplicationSettings) { a.ForceHardware = false })
			s.good(s.begin(), "loginEmail", fields{"email": "bob@example.com", "pass": "pw"})
			s.bad(s.begin(), "loginEmail", fields{"email": "eve@example.com", "pass": "pw"}, s.text("usernamenotfound"))
			s.bad(c, "forgot", fields{"username": "nobody", "email": "x@example.com"}, "No user found with that username!")
			s.bad(c, "forgot", fields{"username": "bob", "email": "eve@example.com"}, "Email address doesn't match!")
			s.good(s.begin(), "register", fields{"username": "ann", "pass": "pw", "key": s.key(1, day)})
			s.bad(c, "forgot", fields{"username": "ann", "email": "x@example.com"},
				"Email address not provided during register, ask developer to edit your account and change email.")
		})
	})
}
