package authority_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		register := func(v *authority.Visit, name, key, hardware string) error {
			_, err := s.Register(ctx, v, authority.Registration{Name: name, Key: key, Hardware: hardware, Password: "pw"})
			return err
		}
		_, key := s.bob()
		t.Run("C20_C21_S1-03", func(t *testing.T) {
			if !s.license(key).IsUsed() {
				t.Error("the license is not used")
			}
			s.must(s.login("BOB", "pw"))
		})
		t.Run("C22_C23", func(t *testing.T) {
			wantReason(t, "a wrong password", s.login("bob", "bad"), license.PasswordWrong)
			wantReason(t, "no password", s.login("bob", ""), license.PasswordWrong)
			wantReason(t, "an unknown name", s.login("nobody", "pw"), license.UserUnknown)
			wantReason(t, "no name", s.login("", "pw"), license.UserUnknown)
		})
		t.Run("C24_C25", func(t *testing.T) {
			_, err := s.LoginByKey(ctx, s.begin("192.0.2.1"), key, machine1, "")
			wantReason(t, "LoginByKey of bob's license", err, license.AlreadyRedeemed)
			wantReason(t, "Register eve with it", register(s.begin("192.0.2.1"), "eve", key, machine1), license.AlreadyRedeemed)
		})
		t.Run("C26", func(t *testing.T) {
			second := s.key(1, day)
			wantReason(t, "Register Bob", register(s.begin("192.0.2.1"), "Bob", second, machine1), license.NameTaken)
			wantReason(t, "Register all", register(s.begin("192.0.2.1"), "All", second, machine1), license.NameTaken)
			if s.license(second).IsUsed() {
				t.Error("the license is used")
			}
		})
		t.Run("lengths", func(t *testing.T) {
			v, long := s.begin("192.0.2.1"), strings.Repeat("x", 71)
			s.settings(func(s *license.ApplicationSettings) { s.MinName = 4 })
			v.App, _ = s.Application(ctx, s.app.Owner, s.app.Name)
			for _, c := range []struct {
				name, key, hardware string
				want                license.Reason
				field               string
			}{
				{long, long, machine1, "", "username"},
				{"ann", long, machine1, "", "key"},
				{"ann", "unknown", machine1, license.NameTooShort, ""},
				{"anna", "unknown", "", license.DeviceRequired, ""},
				{"anna", "unknown", machine1, license.KeyUnknown, ""},
			} {
				err := register(v, c.name, c.key, c.hardware)
				if license.ReasonOf(err) != c.want || license.Describe(err).Field != c.field {
					t.Errorf("Register(%.5s, %.5s) = %v, want %s%s", c.name, c.key, err, c.want, c.field)
				}
			}
		})
		t.Run("without-a-session", func(t *testing.T) {
			v := &authority.Visit{App: s.app, Now: s.now(), Address: "192.0.2.1"}
			s.must(register(v, "carol", s.key(1, day), machine1))
			wantReason(t, "SignedIn", v.SignedIn(), license.NotSignedIn)
			s.must(s.login("carol", "pw"))
		})
		t.Run("paused-level", func(t *testing.T) {
			_, err := s.office.CreateLevel(ctx, s.boss, "app", "slow", 5)
			s.must(err)
			s.must(s.office.PauseLevel(ctx, s.boss, "app", "slow"))
			key := s.key(5, day)
			wantReason(t, "Register with it", register(s.begin("192.0.2.1"), "dave", key, machine1), license.HoldingPaused)
			if s.license(key).IsUsed() {
				t.Error("the license is used, and nobody can use it")
			}
		})
	})
}

func TestLoginOrder(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		v, key := s.bob()
		t.Run("C29_S1-17", func(t *testing.T) {
			s.must(s.office.BanLicense(ctx, s.boss, "app", key, "abuse", false))
			s.must(s.login("bob", "pw"))
		})
		t.Run("C30_C31_S1-18_S1-19", func(t *testing.T) {
			s.must(s.office.BanLicense(ctx, s.boss, "app", key, "cheater", true))
			err := s.login("bob", "wrong") // the ban is told before the password is looked at
			if wantReason(t, "Login of who is banned", err, license.UserBanned); license.Describe(err).Message != "cheater" {
				t.Errorf("the message is %q, want the reason", license.Describe(err).Message)
			}
			_, err = s.ApplicationVisit(ctx, s.app.Owner, s.app.Name, "", "")
			wantReason(t, "ApplicationVisit", err, license.SessionUnknown)
			s.must(s.office.UnbanLicense(ctx, s.boss, "app", key))
			s.must(s.login("bob", "pw"))
		})
		t.Run("order", func(t *testing.T) {
			from := func(hardware string, password identity.Secret) error {
				_, err := s.Login(ctx, s.begin("198.51.100.1"), authority.Credentials{Name: "bob", Password: password, Hardware: hardware})
				return err
			}
			s.must(s.office.BlockEntry(ctx, s.boss, "app", store.BlockAddress, "198.51.100.1", ""))
			wantReason(t, "everything wrong", from(machine2, "wrong"), license.PasswordWrong)
			wantReason(t, "another machine", from(machine2, "pw"), license.DeviceMismatch)
			s.must(s.office.PauseUser(ctx, s.boss, "app", "bob"))
			wantReason(t, "C34: paused", from(machine1, "pw"), license.HoldingPaused)
			s.must(s.office.ResumeUser(ctx, s.boss, "app", "bob"))
			wantReason(t, "kept out", from(machine1, "pw"), license.Blocklisted)
			blocked, err := s.IsBlocklisted(ctx, &authority.Visit{App: s.app, Address: "198.51.100.1"}, "")
			if !blocked || err != nil {
				t.Errorf("C46: IsBlocklisted = %v, %v, want true", blocked, err)
			}
		})
		t.Run("C46_not_blocked", func(t *testing.T) {
			blocked, err := s.IsBlocklisted(ctx, v, machine1)
			if blocked || err != nil {
				t.Errorf("IsBlocklisted = %v, %v, want false", blocked, err)
			}
		})
		t.Run("e-mail", func(t *testing.T) {
			by := func(email string) error {
				_, err := s.Login(ctx, s.begin("192.0.2.1"), authority.Credentials{Email: email, Password: "pw", Hardware: machine1})
				return err
			}
			s.must(by(" bob@X.test"))
			wantReason(t, "another address", by("eve@x.test"), license.UserUnknown)
			forgot := func(name, email string) error { return s.ForgotPassword(ctx, v, name, email) }
			wantReason(t, "ForgotPassword(nobody)", forgot("nobody", "bob@x.test"), license.UserUnknown)
			if err := forgot("bob", "eve@x.test"); license.Describe(err).Field != "email" {
				t.Errorf("ForgotPassword with another address = %v, want invalid email", err)
			}
			wantReason(t, "ForgotPassword(bob)", forgot("bob", "BOB@x.test"), license.MailUnavailable)
		})
		t.Run("web-token", func(t *testing.T) {
			token, err := s.office.UserWebToken(ctx, s.boss, "app", "bob")
			s.must(err)
			by := func(token string) error {
				_, err := s.Login(ctx, s.begin("192.0.2.1"), authority.Credentials{Name: "bob", Token: token, Hardware: machine1})
				return err
			}
			s.must(by(token.Reveal()))
			wantReason(t, "another token", by("x"+token.Reveal()), license.PasswordWrong)
		})
		t.Run("C33", func(t *testing.T) {
			s.advance(24 * time.Hour)
			wantReason(t, "Login once all has ended", s.login("bob", "pw"), license.NothingHeld)
		})
		t.Run("C59", func(t *testing.T) {
			_, err := s.office.CreateApplicationUser(ctx, s.boss, "app", office.NewApplicationUser{Name: "free", Lasts: license.Span{Seconds: day}})
			s.must(err)
			wantReason(t, "no password", s.login("free", ""), license.PasswordWrong)
			s.must(s.login("free", "first"))
			wantReason(t, "another password", s.login("free", "second"), license.PasswordWrong)
			s.must(s.login("free", "first"))
		})
	})
}

func TestUpgradeUser(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		_, err := s.office.CreateLevel(ctx, s.boss, "app", "pro", 2)
		s.must(err)
		s.bob()
		v := s.begin("192.0.2.1")
		levels := func() []license.Entitlement {
			p, err := s.Login(ctx, s.begin("192.0.2.1"), authority.Credentials{Name: "bob", Password: "pw", Hardware: machine1})
			s.must(err)
			return p.Levels
		}
		before := levels()
		t.Run("C35", func(t *testing.T) {
			s.must(s.UpgradeUser(ctx, v, "BOB", s.key(1, 60)))
			wantReason(t, "SignedIn", v.SignedIn(), license.NotSignedIn)
			if got, want := levels(), before[0].ExpiresAt.Add(time.Minute); len(got) != 1 || got[0].ExpiresAt != want {
				t.Errorf("the levels are %+v, want one until %s", got, want)
			}
		})
		t.Run("C36", func(t *testing.T) {
			s.must(s.UpgradeUser(ctx, v, "bob", s.key(2, 3600)))
			got := levels()
			if len(got) != 2 || got[1].Name != "pro" || got[1].Key != "" || got[1].ExpiresAt != s.now().Add(time.Hour) {
				t.Errorf("the levels are %+v, want pro for an hour without a key as the second", got)
			}
		})
		t.Run("C37", func(t *testing.T) {
			key := s.key(1, 60)
			wantReason(t, "UpgradeUser(all)", s.UpgradeUser(ctx, v, "all", key), license.UserUnknown)
			if s.license(key).IsUsed() {
				t.Error("the license is used")
			}
		})
		t.Run("refusals", func(t *testing.T) {
			used, banned, without := s.key(1, 60), s.key(1, 60), s.key(9, 60)
			s.must(s.UpgradeUser(ctx, v, "bob", used))
			s.must(s.office.BanLicense(ctx, s.boss, "app", banned, "", false))
			for key, want := range map[string]license.Reason{
				"unknown": license.KeyUnknown, used: license.AlreadyRedeemed, banned: license.RedemptionBlocked, without: license.UserUnknown,
			} {
				wantReason(t, "UpgradeUser(nobody, "+key+")", s.UpgradeUser(ctx, v, "nobody", key), want)
			}
			wantReason(t, "UpgradeUser(bob) with a level that is none", s.UpgradeUser(ctx, v, "bob", without), license.LevelUnknown)
		})
		t.Run("race", func(t *testing.T) {
			before, keys := levels()[0].ExpiresAt, make([]string, 16)
			for i := range keys {
				keys[i] = s.key(1, 60)
			}
			won := s.race(32, license.AlreadyRedeemed, func(i int) error { return s.UpgradeUser(ctx, v, "bob", keys[i/2]) })
			if got, want := levels()[0].ExpiresAt, before.Add(16*time.Minute); won != 16 || got != want {
				t.Errorf("%d of 32 upgrades with 16 licenses, until %s, want 16 and %s", won, got, want)
			}
		})
	})
}

func TestSelf(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		v, _ := s.bob()
		fresh := s.begin("192.0.2.1")
		t.Run("C40", func(t *testing.T) {
			for what, err := range map[string]error{
				"BanSelf":             s.BanSelf(ctx, fresh, "", ""),
				"RenameSelf":          s.RenameSelf(ctx, fresh, "new"),
				"DisableSecondFactor": s.DisableSecondFactor(ctx, fresh, "123456"),
				"EnableSecondFactor":  func() error { _, err := s.EnableSecondFactor(ctx, fresh, ""); return err }(),
			} {
				wantReason(t, what, err, license.NotSignedIn)
			}
		})
		t.Run("C54", func(t *testing.T) {
			key := s.key(1, day)
			byKey := s.begin("192.0.2.1")
			_, err := s.LoginByKey(ctx, byKey, key, machine1, "")
			s.must(err)
			wantReason(t, "RenameSelf(Bob)", s.RenameSelf(ctx, byKey, "Bob"), license.NameTaken)
			wantReason(t, "RenameSelf(all)", s.RenameSelf(ctx, byKey, "all"), license.NameTaken)
			s.must(s.RenameSelf(ctx, byKey, "robert"))
			wantReason(t, "the new name as the password", s.login("robert", "robert"), license.PasswordWrong)
			s.must(s.login("robert", identity.Secret(key)))
			_, err = s.LoginByKey(ctx, s.begin("192.0.2.1"), key, machine1, "")
			wantReason(t, "LoginByKey once renamed", err, license.AlreadyRedeemed)
		})
		t.Run("C48", func(t *testing.T) {
			if err := s.BanSelf(ctx, v, strings.Repeat("x", 100), ""); license.Describe(err).Field != "reason" {
				t.Errorf("BanSelf with a long reason = %v, want invalid reason", err)
			}
			s.must(s.BanSelf(ctx, v, "x", machine2))
			wantReason(t, "Login", s.login("bob", "pw"), license.UserBanned)
			blocks, err := s.office.ListBlocks(ctx, s.boss, "app", false, store.Block{}, 10)
			s.must(err)
			got := []string{}
			for _, b := range blocks {
				got = append(got, fmt.Sprint(b.Kind, " ", b.Value, " ", b.Reason, " ", b.User == v.Session.User))
			}
			if want := []string{"hwid " + machine2 + " x true", "ip 192.0.2.1 x true"}; !slices.Equal(got, want) {
				t.Errorf("the blocks are %v, want %v", got, want)
			}
			if left, err := s.office.ListSessions(ctx, s.boss, "app", store.ApplicationSession{}, 100); err != nil || slices.ContainsFunc(left, func(x store.ApplicationSession) bool { return x.User == v.Session.User }) {
				t.Errorf("a session of bob is left: %v", err)
			}
			s.must(s.office.UnbanUser(ctx, s.boss, "app", "bob"))
			s.must(s.login("bob", "pw"))
		})
	})
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		v, _ := s.bob()
		login := func(code string) error {
			_, err := s.Login(ctx, s.begin("192.0.2.1"), authority.Credentials{Name: "bob", Password: "pw", Hardware: machine1, Code: code})
			return err
		}
		enable := func(code string) (authority.Enrollment, error) { return s.EnableSecondFactor(ctx, v, code) }
		_, err := enable("123456")
		wantReason(t, "a code before anything", err, license.SecondFactorLate)
		offer, err := enable("")
		s.must(err)
		if len(offer.Secret) != 40 || offer.URI != "otpauth://totp/bob?secret="+offer.Secret+"&issuer="+s.app.Name {
			t.Errorf("EnableSecondFactor = %+v", offer)
		}
		code := func() string {
			t.Helper()
			text, err := identity.TOTP(offer.Secret, s.now())
			s.must(err)
			return text
		}
		wrong := func() string {
			if code() == "123456" {
				return "654321"
			}
			return "123456"
		}
		_, err = enable(wrong())
		wantReason(t, "C56: a wrong code", err, license.SecondFactorWrong)
		s.must(login("")) // nothing is asked for yet
		s.advance(300 * time.Second)
		_, err = enable(code())
		wantReason(t, "C56: a late code", err, license.SecondFactorLate)
		offer, err = enable("")
		s.must(err)
		_, err = enable(code())
		s.must(err)
		_, err = enable("")
		wantReason(t, "a second one", err, license.SecondFactorOn)
		s.must(login(code()))
		wantReason(t, "a code for the second time", login(code()), license.SecondFactorWrong)
		s.advance(time.Minute)
		wantReason(t, "C56: no code", login(""), license.SecondFactorRequired)
		wantReason(t, "a wrong code", login(wrong()), license.SecondFactorWrong)
		t.Run("good-once", func(t *testing.T) {
			visits := make([]*authority.Visit, 8)
			for i := range visits {
				visits[i] = s.begin("192.0.2.1")
			}
			if won := s.race(8, license.SecondFactorWrong, func(i int) error {
				_, err := s.Login(ctx, visits[i], authority.Credentials{Name: "bob", Password: "pw", Hardware: machine1, Code: code()})
				return err
			}); won != 1 {
				t.Errorf("%d of 8 sign in with one code", won)
			}
		})
		s.advance(24 * time.Hour / 2) // whatever was counted is forgotten
		wantReason(t, "no code to disable", s.DisableSecondFactor(ctx, v, ""), license.SecondFactorRequired)
		wantReason(t, "a wrong code to disable", s.DisableSecondFactor(ctx, v, wrong()), license.SecondFactorWrong)
		s.must(s.DisableSecondFactor(ctx, v, code()))
		wantReason(t, "disabled twice", s.DisableSecondFactor(ctx, v, code()), license.SecondFactorOff)
		s.must(login(""))
	})
}

func TestGuesses(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		key := s.key(1, day)
		_, err := s.LoginByKey(ctx, s.begin("192.0.2.1"), key, machine1, "")
		s.must(err)
		guess := func(address string, name string, password identity.Secret) error {
			_, err := s.Login(ctx, s.begin(address), authority.Credentials{Name: name, Password: password, Hardware: machine1})
			return err
		}
		t.Run("passwords", func(t *testing.T) {
			for i := range 10 { // each from an address of its own
				wantReason(t, "a wrong password", guess(fmt.Sprint("198.51.100.", i), key, "wrong"), license.PasswordWrong)
			}
			wantReason(t, "the right one", guess("192.0.2.2", key, identity.Secret(key)), license.LoginLocked)
			s.advance(15 * time.Minute)
			s.must(guess("192.0.2.2", strings.ToUpper(key), identity.Secret(key)))
		})
		t.Run("keys", func(t *testing.T) {
			byKey := func(address, key string) error {
				_, err := s.LoginByKey(ctx, s.begin(address), key, machine1, "")
				return err
			}
			for i := range 30 {
				wantReason(t, "an unknown key", byKey("203.0.113.1", fmt.Sprint("guess", i)), license.KeyUnknown)
			}
			wantReason(t, "the right key", byKey("203.0.113.1", key), license.AddressLocked)
			wantReason(t, "another unknown key", byKey("203.0.113.1", "guess"), license.AddressLocked)
			wantReason(t, "an upgrade", s.UpgradeUser(ctx, s.begin("203.0.113.1"), key, s.key(1, 60)), license.AddressLocked)
			s.must(byKey("203.0.113.2", key))
		})
	})
}

func TestFigures(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		v, _ := s.bob()
		s.key(1, day)
		want := func(want authority.Statistics, names ...string) {
			t.Helper()
			got, err := s.Statistics(ctx, v)
			s.must(err)
			online, err := s.OnlineUsers(ctx, v)
			s.must(err)
			if got != want || !slices.Equal(online, names) {
				t.Errorf("Statistics = %+v and %v, want %+v and %v", got, online, want, names)
			}
		}
		t.Run("C57", func(t *testing.T) { want(authority.Statistics{Users: 1, Online: 1, Licenses: 2}, "bob") })
		_, err := s.Register(ctx, s.begin("192.0.2.1"), authority.Registration{Name: "ann", Key: s.key(1, day), Hardware: machine1, Password: "pw"})
		s.must(err)
		want(authority.Statistics{Users: 1, Online: 1, Licenses: 2}, "bob") // as it was
		s.advance(30 * time.Minute)
		want(authority.Statistics{Users: 1, Online: 2, Licenses: 2}, "ann", "bob")
		s.advance(30 * time.Minute)
		want(authority.Statistics{Users: 2, Online: 2, Licenses: 3}, "ann", "bob")
	})
}
