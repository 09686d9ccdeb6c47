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

const (
	machine1 = "11111111-1111-1111-1111-111111111111"
	machine2 = "22222222-2222-2222-2222-222222222222"
	day      = int64(86400)
)

// shop is the product as an application whose apps are at the door.
type shop struct {
	*world
	app license.Application
}

func forEachShop(t *testing.T, test func(t *testing.T, s *shop)) {
	t.Helper()
	forEachWorld(t, func(t *testing.T, w *world) {
		app, err := w.office.CreateApplication(t.Context(), w.boss, "app", office.NewApplication{})
		w.must(err)
		test(t, &shop{w, app})
	})
}

// settings changes the settings of the application.
func (s *shop) settings(edit func(*license.ApplicationSettings)) {
	s.t.Helper()
	_, err := s.office.ChangeApplication(s.t.Context(), s.boss, "app", office.ApplicationChange{Settings: edit})
	s.must(err)
}

// key makes a license of a level that lasts so many seconds.
func (s *shop) key(level, seconds int64) string {
	s.t.Helper()
	made, err := s.office.CreateApplicationLicenses(s.t.Context(), s.boss, "app",
		office.NewApplicationLicenses{Amount: 1, Level: level, Lasts: license.Span{Seconds: seconds}})
	s.must(err)
	return made.Licenses[0].Key
}

// begin begins a session from an address.
func (s *shop) begin(address string) *authority.Visit {
	s.t.Helper()
	app, err := s.Application(s.t.Context(), s.app.Owner, s.app.Name)
	s.must(err)
	id, err := s.OpenSession(s.t.Context(), &app, authority.NewSession{Address: address})
	s.must(err)
	return s.visit(id, address)
}

func (s *shop) visit(id identity.Secret, address string) *authority.Visit {
	s.t.Helper()
	v, err := s.ApplicationVisit(s.t.Context(), s.app.Owner, strings.ToUpper(s.app.Name), id.Reveal(), address)
	s.must(err)
	return &v
}

// bob registers bob with the password pw on the first machine, and returns his license.
func (s *shop) bob() (*authority.Visit, string) {
	s.t.Helper()
	v, key := s.begin("192.0.2.1"), s.key(1, day)
	_, err := s.Register(s.t.Context(), v, authority.Registration{Name: "bob", Key: key, Hardware: machine1, Password: "pw", Email: "Bob@x.test"})
	s.must(err)
	return v, key
}

// login signs in on the first machine from an address that nobody else uses.
func (s *shop) login(name string, password identity.Secret) error {
	s.t.Helper()
	_, err := s.Login(s.t.Context(), s.begin("192.0.2.77"), authority.Credentials{Name: name, Password: password, Hardware: machine1})
	return err
}

func (s *shop) user(name string) office.UserDetail {
	s.t.Helper()
	u, err := s.office.ApplicationUser(s.t.Context(), s.boss, "app", name)
	s.must(err)
	return u
}

func (s *shop) license(key string) *license.License {
	s.t.Helper()
	l, err := s.office.FindApplicationLicense(s.t.Context(), s.boss, "app", key)
	s.must(err)
	return &l.License
}

func TestOpenSession(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		open := func(edit func(*license.Application, *license.ApplicationSettings), n authority.NewSession) error {
			app, settings := s.app, *s.app.Settings
			app.Settings = &settings
			edit(&app, &settings)
			_, err := s.OpenSession(ctx, &app, n)
			return err
		}
		_, err := s.Application(ctx, s.app.Owner, "nothing")
		wantReason(t, "Application(nothing)", err, license.ApplicationUnknown)
		type edit = func(*license.Application, *license.ApplicationSettings)
		for _, c := range []struct {
			name string
			edit edit
			say  authority.NewSession
			want license.Reason
		}{
			{"plain", func(*license.Application, *license.ApplicationSettings) {}, authority.NewSession{}, ""},
			{"C03-forced-encryption", func(_ *license.Application, s *license.ApplicationSettings) { s.ForceEncryption = true }, authority.NewSession{Legacy: true}, license.EncryptionRequired},
			{"with-encryption", func(_ *license.Application, s *license.ApplicationSettings) { s.ForceEncryption = true }, authority.NewSession{Legacy: true, Enckey: "e"}, ""},
			{"C06-disabled", func(a *license.Application, _ *license.ApplicationSettings) { a.Disabled, a.PausedAt = true, 1 }, authority.NewSession{}, license.ApplicationDisabled},
			{"C06-paused", func(a *license.Application, _ *license.ApplicationSettings) { a.PausedAt = 1 }, authority.NewSession{Version: "0"}, license.ApplicationPaused},
			{"C04-version", func(_ *license.Application, s *license.ApplicationSettings) { s.CheckHash = true }, authority.NewSession{Version: "0.9"}, license.VersionOutdated},
			{"C01-version", func(*license.Application, *license.ApplicationSettings) {}, authority.NewSession{Version: "1.0"}, ""},
			{"C07-no-hash", func(_ *license.Application, s *license.ApplicationSettings) {
				s.CheckHash, s.Hashes = true, []string{"ab"}
			}, authority.NewSession{}, license.ProgramChanged},
			{"C07-part-of-a-hash", func(_ *license.Application, s *license.ApplicationSettings) {
				s.CheckHash, s.Hashes = true, []string{"ab"}
			}, authority.NewSession{Hash: "a"}, license.ProgramChanged},
			{"C07-hash", func(_ *license.Application, s *license.ApplicationSettings) {
				s.CheckHash, s.Hashes = true, []string{"ab"}
			}, authority.NewSession{Hash: "AB"}, ""},
			{"token", func(_ *license.Application, s *license.ApplicationSettings) { s.RequireToken = true }, authority.NewSession{Version: "0"}, license.ProgramTokenRequired},
			{"token-hash", func(_ *license.Application, s *license.ApplicationSettings) { s.RequireToken = true }, authority.NewSession{Token: "t"}, license.ProgramHashRequired},
			{"token-unknown", func(_ *license.Application, s *license.ApplicationSettings) { s.RequireToken = true }, authority.NewSession{Token: "t", TokenHash: "aa"}, license.ProgramTokenUnknown},
		} {
			if err := open(c.edit, c.say); c.want != "" || err != nil {
				wantReason(t, "OpenSession "+c.name, err, c.want)
			}
		}
		t.Run("learns-a-hash", func(t *testing.T) {
			s.settings(func(s *license.ApplicationSettings) { s.CheckHash, s.LearnHash = true, true })
			app, err := s.Application(ctx, s.app.Owner, s.app.Name)
			s.must(err)
			_, err = s.OpenSession(ctx, &app, authority.NewSession{Hash: "CD"})
			s.must(err)
			_, err = s.OpenSession(ctx, &app, authority.NewSession{Hash: "EF"}) // decided on what was read before
			wantReason(t, "OpenSession of another program", err, license.ProgramChanged)
			app, err = s.Application(ctx, s.app.Owner, s.app.Name)
			s.must(err)
			if !slices.Equal(app.Settings.Hashes, []string{"cd"}) {
				t.Errorf("the hashes are %v, want cd", app.Settings.Hashes)
			}
		})
	})
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		id, err := s.OpenSession(ctx, &s.app, authority.NewSession{Address: "192.0.2.1"})
		s.must(err)
		v := s.visit(id, "192.0.2.1")
		if len(id.Reveal()) != 32 || v.Session.Expires != s.now().Add(6*time.Hour) {
			t.Errorf("a session of %d digits that ends at %s, want 32 and in 6 hours", len(id.Reveal()), v.Session.Expires)
		}
		wantReason(t, "SignedIn", v.SignedIn(), license.NotSignedIn)
		gone := func(what string, id identity.Secret) {
			t.Helper()
			v, err := s.ApplicationVisit(ctx, s.app.Owner, s.app.Name, id.Reveal(), "")
			if wantReason(t, what, err, license.SessionUnknown); v.App.Product != s.app.Product {
				t.Errorf("%s: the visit has no application", what)
			}
		}
		gone("C08-unknown", "nothing")
		gone("no-session", "")
		s.must(s.Logout(ctx, v))
		gone("C55-logged-out", id)
		id, err = s.OpenSession(ctx, &s.app, authority.NewSession{})
		s.must(err)
		s.advance(6 * time.Hour)
		gone("C09-over", id)
	})
}

func TestLoginByKey(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		byKey := func(v *authority.Visit, key, hardware string) (authority.Profile, error) {
			return s.LoginByKey(ctx, v, key, hardware, "")
		}
		t.Run("C11_C12_C13_S1-02_S1-14_S1-15", func(t *testing.T) {
			key, v := s.key(1, day), s.begin("192.0.2.1")
			p, err := byKey(v, key, machine1)
			s.must(err)
			ends := s.now().Add(24 * time.Hour)
			if p.User.Name != key || len(p.Levels) != 1 || p.Levels[0].Name != "default" || p.Levels[0].Key != key || p.Levels[0].ExpiresAt != ends {
				t.Errorf("LoginByKey = %+v, want %s with the level default until %s", p, key, ends)
			}
			if got := s.license(key); !got.IsUsed() {
				t.Error("the license is not used")
			}
			if u := s.user(key); !u.ByKey || !slices.Equal(u.Hardware, []string{machine1}) || u.SeenAt != s.now() {
				t.Errorf("the user is %+v", u.ApplicationUser)
			}
			s.must(v.SignedIn())
			s.advance(time.Hour)
			for _, spelled := range []string{key, strings.ToLower(key), " " + key + " "} {
				p, err := byKey(s.begin("192.0.2.1"), strings.TrimSpace(spelled), machine1)
				s.must(err)
				if p.Levels[0].ExpiresAt != ends || p.User.SeenAt != s.now() {
					t.Errorf("LoginByKey(%q) again = %+v, want the same end", spelled, p)
				}
			}
			_, err = byKey(s.begin("192.0.2.1"), key, machine2)
			wantReason(t, "LoginByKey from another machine", err, license.DeviceMismatch)
			s.must(s.office.ResetHardware(ctx, s.boss, "app", key))
			p, err = byKey(s.begin("192.0.2.1"), key, machine2)
			s.must(err)
			if !slices.Equal(p.User.Hardware, []string{machine2}) {
				t.Errorf("C14: the machines are %v, want the second", p.User.Hardware)
			}
		})
		t.Run("C16_C17_C18_C19", func(t *testing.T) {
			v := s.begin("192.0.2.1")
			_, err := byKey(v, s.key(1, day), "")
			wantReason(t, "no machine", err, license.DeviceRequired)
			_, err = byKey(v, s.key(1, day), "short")
			wantReason(t, "a short machine", err, license.DeviceTooShort)
			_, err = byKey(v, "unknown", machine1)
			wantReason(t, "an unknown key", err, license.KeyUnknown)
			_, err = byKey(v, "", machine1)
			wantReason(t, "no key", err, license.KeyUnknown)
			_, err = byKey(v, strings.Repeat("k", 71), machine1)
			if license.Describe(err).Field != "key" {
				t.Errorf("a long key = %v, want invalid key", err)
			}
		})
		t.Run("C27", func(t *testing.T) {
			key := s.key(9, day)
			_, err := byKey(s.begin("192.0.2.1"), key, machine1)
			wantReason(t, "a level that is none", err, license.LevelUnknown)
			if got := s.license(key); got.IsUsed() {
				t.Error("the license is used")
			}
		})
		t.Run("C28_S1-16", func(t *testing.T) {
			key := s.key(1, day)
			s.must(s.office.BanLicense(ctx, s.boss, "app", key, "abuse", true))
			_, err := byKey(s.begin("192.0.2.1"), key, machine1)
			if wantReason(t, "a banned license", err, license.RedemptionBlocked); license.Describe(err).Message != "abuse" {
				t.Errorf("the message is %q, want the reason", license.Describe(err).Message)
			}
		})
		t.Run("C47", func(t *testing.T) {
			s.must(s.office.BlockEntry(ctx, s.boss, "app", store.BlockAddress, "198.51.100.1", ""))
			key := s.key(9, day)
			_, err := byKey(s.begin("198.51.100.1"), key, machine1)
			wantReason(t, "from an address that is kept out", err, license.Blocklisted)
			if l := s.license(key); !l.RedemptionBlocked || l.IsUsed() || l.BlockReason != "The client is blacklisted" {
				t.Errorf("the license is %+v, want it banned and unused", l)
			}
			_, err = byKey(s.begin("192.0.2.1"), key, machine1)
			wantReason(t, "the license from elsewhere", err, license.RedemptionBlocked)
		})
		t.Run("C38_S1-09", func(t *testing.T) {
			_, err := s.office.CreateLevel(ctx, s.boss, "app", "twin", 1)
			s.must(err)
			p, err := byKey(s.begin("192.0.2.1"), s.key(1, day), machine2)
			s.must(err)
			if len(p.Levels) != 2 {
				t.Errorf("the levels are %+v, want two", p.Levels)
			}
		})
	})
}

// Of many who redeem a license at once, from machines of their own, one does; from one machine, all are the same user.
func TestRedemptionRace(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.settings(func(s *license.ApplicationSettings) { s.MinHardware = 1 })
		t.Run("C39", func(t *testing.T) {
			key := s.key(1, day)
			visits := make([]*authority.Visit, 64)
			for i := range visits {
				visits[i] = s.begin(fmt.Sprint("192.0.2.", i))
			}
			won := s.race(64, license.AlreadyRedeemed, func(i int) (err error) {
				hardware := fmt.Sprint("hw", i)
				if i%2 == 0 {
					_, err = s.LoginByKey(ctx, visits[i], key, hardware, "")
				} else {
					_, err = s.Register(ctx, visits[i], authority.Registration{Name: fmt.Sprint("user", i), Key: key, Hardware: hardware, Password: "pw"})
				}
				if license.ReasonOf(err) == license.DeviceMismatch {
					return license.Refuse(license.AlreadyRedeemed) // They came after who redeemed it, from another machine.
				}
				return err
			})
			users, err := s.office.ListApplicationUsers(ctx, s.boss, "app", office.Page{})
			s.must(err)
			if won != 1 || len(users) != 1 {
				t.Errorf("%d of 64 redeem one license and make %d users, want one of each", won, len(users))
			}
		})
		t.Run("one-machine", func(t *testing.T) {
			key := s.key(1, day)
			visits := make([]*authority.Visit, 16)
			for i := range visits {
				visits[i] = s.begin("192.0.2.1")
			}
			if won := s.race(16, "", func(i int) error {
				_, err := s.LoginByKey(ctx, visits[i], key, "one", "")
				return err
			}); won != 16 {
				t.Errorf("%d of 16 sign in", won)
			}
		})
		t.Run("one-name", func(t *testing.T) {
			keys := make([]string, 16)
			for i := range keys {
				keys[i] = s.key(1, day)
			}
			won := s.race(16, license.NameTaken, func(i int) error {
				_, err := s.Register(ctx, &authority.Visit{App: s.app, Now: s.now()},
					authority.Registration{Name: "ann", Key: keys[i], Hardware: machine1, Password: "pw"})
				return err
			})
			if won != 1 {
				t.Errorf("%d of 16 get one name", won)
			}
		})
		t.Run("first-machine", func(t *testing.T) {
			key := s.key(1, day)
			_, err := s.LoginByKey(ctx, s.begin("192.0.2.1"), key, "first", "")
			s.must(err)
			s.must(s.office.ResetHardware(ctx, s.boss, "app", key))
			visits := make([]*authority.Visit, 16)
			for i := range visits {
				visits[i] = s.begin("192.0.2.1")
			}
			if won := s.race(16, license.DeviceMismatch, func(i int) error {
				_, err := s.LoginByKey(ctx, visits[i], key, fmt.Sprint("hw", i), "")
				return err
			}); won != 1 || len(s.user(key).Hardware) != 1 {
				t.Errorf("%d of 16 machines become the user's, who has %v", won, s.user(key).Hardware)
			}
		})
	})
}
