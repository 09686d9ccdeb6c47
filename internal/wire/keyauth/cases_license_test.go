package keyauth_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
)

// TestLicenseLogin: C11 to C19, C27, C28, C32, C38, C39 and C47: a license alone.
func TestLicenseLogin(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("C11_S1-01_S1-02_S1-13_S1-14_S1-15_first_use", func(s *scene) {
			key := s.key(1, day)
			s.status(key, "Not Used")
			c := s.begin()
			o := s.good(c, "license", fields{"key": key, "hwid": h1})
			info := o["info"].(object)
			if info["username"] != key || info["hwid"] != h1 || info["ip"] != "203.0.113.1" || o["message"] != "Logged in!" {
				s.t.Errorf("license = %v", o)
			}
			subs := s.subscriptions(o)
			if len(subs) != 1 || subs["default"]["key"] != key || subs["default"]["level"] != "1" {
				s.t.Errorf("the subscriptions are %v, want default by %s", subs, key)
			}
			s.ends(subs["default"], day)
			s.status(key, "Used")
			s.usedBy(key, key)
			if u := s.user(key); u.Name != key || !u.ByKey {
				s.t.Errorf("the user is %+v", u)
			}
			if o := s.good(c, "check", nil); o["role"] != "not_checked" {
				s.t.Errorf("check = %v", o)
			}
		})
		s.play("C12_C13_C14_C15_again", func(s *scene) {
			key := s.key(1, day)
			s.good(s.begin(), "license", fields{"key": key, "hwid": h1})
			s.Advance(time.Hour)
			o := s.good(s.begin(), "license", fields{"key": key, "hwid": h1})
			s.ends(s.subscriptions(o)["default"], day-3600)                                     // C12: not renewed
			s.bad(s.begin(), "license", fields{"key": key, "hwid": h2}, s.text("hwidmismatch")) // C13
			s.bad(s.begin(), "license", fields{"key": key, "hwid": h1[:20]}, s.text("hwidmismatch"))
			s.bad(s.begin(), "license", fields{"key": key, "hwid": h1 + h1}, s.text("hwidmismatch"))
			s.good(s.begin(), "license", fields{"key": key, "hwid": h1 + "\n"}) // C15
			s.ok(s.Office.ResetHardware(s.t.Context(), s.Operator, s.product, key))
			o = s.good(s.begin(), "license", fields{"key": key, "hwid": h2}) // C14
			if o["info"].(object)["hwid"] != h2 {
				s.t.Errorf("after the reset the machine is %v, want %s", o["info"], h2)
			}
			s.bad(s.begin(), "license", fields{"key": key, "hwid": h1}, s.text("hwidmismatch"))
		})
		s.play("C16_C17_hwid", func(s *scene) {
			key := s.key(1, day)
			s.bad(s.begin(), "license", fields{"key": key}, "Force HWID is enabled, disable in app settings if you want to use blank HWIDs")
			s.bad(s.begin(), "license", fields{"key": key, "hwid": "short"}, "HWID must be 20 or more characters, change this in app settings.")
			s.status(key, "Not Used")
			s.settings(func(a *license.ApplicationSettings) { a.ForceHardware, a.MinHardware = false, 3 })
			o := s.good(s.begin(), "license", fields{"key": key})
			if hwid, there := o["info"].(object)["hwid"]; !there || hwid != nil {
				s.t.Errorf("without a machine hwid is %v, want null", hwid)
			}
			s.good(s.begin(), "license", fields{"key": key, "hwid": "short"})
			s.bad(s.begin(), "license", fields{"key": key, "hwid": "other"}, s.text("hwidmismatch"))
		})
		s.play("C18_C19_keys", func(s *scene) {
			s.bad(s.begin(), "license", fields{"key": "nothing", "hwid": h1}, s.text("keynotfound"))
			s.bad(s.begin(), "license", fields{"hwid": h1}, s.text("keynotfound"))
			s.bad(s.begin(), "license", fields{"key": strings.Repeat("k", 71), "hwid": h1}, "Key must be shorter than 70 characters")
		})
		s.play("C27_no_level", func(s *scene) {
			key := s.key(9, day)
			s.bad(s.begin(), "license", fields{"key": key, "hwid": h1}, s.text("nosublevel"))
			s.bad(s.begin(), "register", fields{"username": "eve", "pass": "x", "key": key, "hwid": h1}, s.text("nosublevel"))
			s.status(key, "Not Used")
		})
		s.play("C28_C32_S1-16_banned", func(s *scene) {
			s.settings(func(a *license.ApplicationSettings) { a.Texts = map[string]string{"keybanned": "Banned: {reason}"} })
			c, _ := s.bob()
			key := s.key(1, day)
			s.ok(s.Office.BanLicense(s.t.Context(), s.Operator, s.product, key, "r", true)) // S1-20: there is no user, and no error
			s.status(key, "Banned")
			s.bad(s.begin(), "license", fields{"key": key, "hwid": h2}, "Banned: r")
			s.bad(s.begin(), "register", fields{"username": "eve", "pass": "x", "key": key, "hwid": h2}, "Banned: r")
			s.bad(c, "upgrade", fields{"username": "bob", "key": key}, "Banned: r")
			s.ok(s.Office.UnbanLicense(s.t.Context(), s.Operator, s.product, key))
			s.status(key, "Not Used")
			s.good(s.begin(), "license", fields{"key": key, "hwid": h2})
		})
		s.play("C38_S1-09_two_subscriptions", func(s *scene) {
			_, err := s.Office.CreateLevel(s.t.Context(), s.Operator, s.product, "extra", 1)
			s.ok(err)
			subs := s.subscriptions(s.good(s.begin(), "license", fields{"key": s.key(1, day), "hwid": h1}))
			if len(subs) != 2 || subs["default"] == nil || subs["extra"] == nil {
				s.t.Errorf("the subscriptions are %v, want default and extra", subs)
			}
			s.ends(subs["extra"], day)
		})
		s.play("C39_race", func(s *scene) {
			key := s.key(1, day)
			var wins, users sync.Map
			var all sync.WaitGroup
			for i := range 64 {
				c := s.begin()
				all.Go(func() {
					call, f := "license", fields{"key": key, "hwid": fmt.Sprintf("%032d", i)}
					if i%2 == 0 {
						call = "register"
						f["username"], f["pass"] = fmt.Sprint("user", i), "pw"
						users.Store(i, true)
					}
					a := c.Post(s.t.Context(), call, f)
					if err := c.Verify(a); err != nil {
						s.t.Errorf("%s: %v", a, err)
					}
					if a.OK() {
						wins.Store(i, a.String())
					}
				})
			}
			all.Wait()
			n := 0
			wins.Range(func(any, any) bool { n++; return true })
			list, err := s.Office.ListApplicationUsers(s.t.Context(), s.Operator, s.product, office.Page{})
			s.ok(err)
			if n != 1 || len(list) != 1 {
				s.t.Errorf("%d of 64 redeemed the license, %d users were made, want 1", n, len(list))
			}
			s.status(key, "Used")
		})
		s.play("C47_blacklisted", func(s *scene) {
			s.ok(s.Office.BlockEntry(s.t.Context(), s.Operator, s.product, "ip", "198.51.100.7", "spam"))
			key := s.key(1, day)
			s.bad(s.beginAt("198.51.100.7"), "license", fields{"key": key, "hwid": h1}, s.text("hwidblacked"))
			s.status(key, "Banned")
			other := s.key(1, day)
			s.ok(s.Office.BlockEntry(s.t.Context(), s.Operator, s.product, "hwid", h2, ""))
			s.bad(s.begin(), "license", fields{"key": other, "hwid": h2}, s.text("hwidblacked"))
		})
		s.play("M04_S1-12_weeks", func(s *scene) {
			span, err := license.UnitWeeks.Span(5)
			s.ok(err)
			made, err := s.Office.CreateApplicationLicenses(s.t.Context(), s.Operator, s.product,
				office.NewApplicationLicenses{Amount: 1, Level: 1, Lasts: span})
			s.ok(err)
			s.Advance(24 * time.Hour) // The clock starts at the first use.
			o := s.good(s.begin(), "license", fields{"key": made.Licenses[0].Key, "hwid": h1})
			s.ends(s.subscriptions(o)["default"], 3024000)
		})
		s.play("M06_S1-10_S1-25_note", func(s *scene) {
			key := s.key(1, day)
			s.ok(s.Office.EditLicense(s.t.Context(), s.Operator, s.product, key, office.LicenseEdit{Note: ptr("Zebra Industries")}))
			c := s.begin()
			for _, a := range []string{"license", "check", "fetchStats", "fetchOnline"} {
				if got := c.Post(s.t.Context(), a, fields{"key": key, "hwid": h1}); strings.Contains(string(got.Body), "Zebra") || !got.OK() {
					s.t.Errorf("%s, want a success without the note", got)
				}
			}
			l, err := s.Office.FindApplicationLicense(s.t.Context(), s.Operator, s.product, key)
			s.ok(err)
			if l.Note != "Zebra Industries" {
				s.t.Errorf("the vendor sees the note %q", l.Note)
			}
		})
		s.play("case_of_keys", func(s *scene) {
			key := s.key(1, day)
			s.good(s.begin(), "license", fields{"key": strings.ToLower(key), "hwid": h1})
			o := s.good(s.begin(), "license", fields{"key": key, "hwid": h1})
			if len(s.subscriptions(o)) != 1 {
				s.t.Errorf("license in the other case = %v", o)
			}
		})
	})
}

// TestMasks: M01 to M03, how keys are made (§9.1, §9.2).
func TestMasks(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("M01_M02_S1-05_alphabets", func(s *scene) {
			for _, tt := range []struct {
				lower, upper bool
				letters      string
			}{
				{true, false, "0123456789abcdefghijklmnopqrstuvwxyz"},
				{false, true, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
				{true, true, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
				{false, false, "0123456789"},
			} {
				made, err := s.Office.CreateApplicationLicenses(s.t.Context(), s.Operator, s.product,
					office.NewApplicationLicenses{Amount: 100, Mask: "AB-***-x*********", Lower: tt.lower, Upper: tt.upper, Level: 1, Lasts: license.Span{Seconds: 60}})
				s.ok(err)
				seen := map[string]bool{}
				for _, l := range made.Licenses {
					rest, ok := strings.CutPrefix(l.Key, "AB-")
					if !ok || len(l.Key) != 17 || rest[3:5] != "-x" || strings.Trim(rest[:3]+rest[5:], tt.letters) != "" {
						s.t.Errorf("the key %q does not fit AB-***-x********* of %s", l.Key, tt.letters)
					}
					seen[strings.ToUpper(l.Key)] = true
				}
				if len(seen) != 100 { // S1-04
					s.t.Errorf("%d different keys, want 100", len(seen))
				}
			}
		})
		s.play("M03_S1-04_amounts", func(s *scene) {
			for _, n := range []office.NewApplicationLicenses{{Amount: 101, Level: 1}, {Amount: -1, Level: 1}, {Amount: 2, Mask: "FIXED", Level: 1}} {
				n.Lasts = license.Span{Seconds: 60}
				if made, err := s.Office.CreateApplicationLicenses(s.t.Context(), s.Operator, s.product, n); err == nil {
					s.t.Errorf("%d licenses of the mask %q = %d made, want none", n.Amount, n.Mask, len(made.Licenses))
				}
			}
			if made, err := s.Office.CreateApplicationLicenses(s.t.Context(), s.Operator, s.product, office.NewApplicationLicenses{Amount: 1, Mask: "FIXED", Level: 1, Lasts: license.Span{Seconds: 60}}); err != nil || made.Licenses[0].Key != "FIXED" {
				s.t.Errorf("one license of the mask FIXED = %v, %v", made.Licenses, err)
			}
			list, err := s.Office.ListApplicationLicenses(s.t.Context(), s.Operator, s.product, office.Page{})
			s.ok(err)
			if len(list) != 1 {
				s.t.Errorf("%d licenses are there, want 1", len(list))
			}
		})
		s.play("S1-26_form", func(s *scene) {
			before, err := s.Office.FindApplication(s.t.Context(), s.Operator, s.product)
			s.ok(err)
			if f := before.Settings.Form; f.Amount != 1 || f.Mask != license.ApplicationMask || !f.Lower || !f.Upper || f.Level != 1 || f.Duration != 1 || f.Unit != license.UnitDays {
				s.t.Errorf("a new application's form begins with %+v", f)
			}
			weeks, err := license.UnitWeeks.Span(5)
			s.ok(err)
			_, err = s.Office.CreateApplicationLicenses(s.t.Context(), s.Operator, s.product, office.NewApplicationLicenses{
				Amount: 3, Mask: "R-******", Lower: true, Level: 2, Note: "fair", Lasts: weeks})
			s.ok(err)
			after, err := s.Office.FindApplication(s.t.Context(), s.Operator, s.product)
			s.ok(err)
			if f := after.Settings.Form; f.Amount != 3 || f.Mask != "R-******" || !f.Lower || f.Upper || f.Level != 2 || f.Note != "fair" || f.Duration != 5 || f.Unit != license.UnitWeeks {
				s.t.Errorf("the form begins with %+v, want what was chosen last", f)
			}
		})
		s.play("M05_S1-21_S1-22_add_time", func(s *scene) {
			_, used := s.bob()
			fresh, banned := s.key(1, day), s.key(1, day)
			s.ok(s.Office.BanLicense(s.t.Context(), s.Operator, s.product, banned, "", false))
			n, err := s.Office.ExtendUnused(s.t.Context(), s.Operator, s.product, license.Span{Seconds: day})
			s.ok(err)
			if n != 1 {
				s.t.Errorf("%d licenses were extended, want the unused one", n)
			}
			for key, want := range map[string]int64{used: day, fresh: 2 * day, banned: day} {
				l, err := s.Office.FindApplicationLicense(s.t.Context(), s.Operator, s.product, key)
				s.ok(err)
				if l.Terms.Duration.Seconds != want {
					s.t.Errorf("%s lasts %d s, want %d", key, l.Terms.Duration.Seconds, want)
				}
			}
			o := s.good(s.begin(), "license", fields{"key": fresh, "hwid": h2})
			s.ends(s.subscriptions(o)["default"], 2*day)
		})
	})
}
