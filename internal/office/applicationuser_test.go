package office_test

import (
	"slices"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

func TestApplicationUsers(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		app := h.application("game")
		u, err := h.CreateApplicationUser(ctx, h.boss, "game", office.NewApplicationUser{Name: " Bob ", Lasts: span(3600), Password: "short", Email: "Bob@x.test", Roams: true})
		h.ok(err)
		if u.Name != "Bob" || !u.Password || !u.Roams || u.Email == nil || u.CreatedBy != h.boss.Name {
			t.Errorf("CreateApplicationUser = %+v", u)
		}
		h.wantLeft("a new user", "game", "bob", "default 1h0m0s")
		for name, tt := range map[string]struct {
			n      office.NewApplicationUser
			reason license.Reason
			code   license.Code
		}{
			"taken":    {office.NewApplicationUser{Name: "BOB", Lasts: span(1)}, license.NameTaken, license.Conflict},
			"all":      {office.NewApplicationUser{Name: "All", Lasts: span(1)}, "", license.Invalid},
			"empty":    {office.NewApplicationUser{Lasts: span(1)}, license.NameTooShort, license.Invalid},
			"level":    {office.NewApplicationUser{Name: "x", Level: "gold", Lasts: span(1)}, "", license.NotFound},
			"no-time":  {office.NewApplicationUser{Name: "x"}, "", license.Invalid},
			"no-email": {office.NewApplicationUser{Name: "x", Lasts: span(1), Email: "x"}, "", license.Invalid},
		} {
			_, err := h.CreateApplicationUser(ctx, h.boss, "game", tt.n)
			if license.CodeOf(err) != tt.code || license.ReasonOf(err) != tt.reason {
				t.Errorf("CreateApplicationUser(%s) = %v, want %s", name, err, tt.code)
			}
		}
		if c := h.count("game"); c != 0 {
			t.Errorf("%d licenses are counted, want none: what was given by hand has no key", c)
		}

		h.ok(h.AddHardware(ctx, h.boss, "game", "bob", " hw-1\n"))
		h.ok(h.AddHardware(ctx, h.boss, "game", "bob", "hw-2"))
		h.ok(h.SetResetAfter(ctx, h.boss, "game", "bob", time.Hour))
		h.ok(h.SetUserEmail(ctx, h.boss, "game", "bob", ""))
		h.ok(h.RenameUser(ctx, h.boss, "game", "bob", "robert"))
		want(t, "RenameUser of one who is gone", h.RenameUser(ctx, h.boss, "game", "bob", "x"), license.UserUnknown)
		d, err := h.ApplicationUser(ctx, h.boss, "game", "robert")
		if err != nil || !slices.Equal(d.Hardware, []string{"hw-1", "hw-2"}) || d.ResetAfter != h.now().Add(time.Hour) || d.Email != nil || len(d.Holdings) != 1 {
			t.Errorf("ApplicationUser = %+v, %v", d, err)
		}
		h.ok(h.ResetHardware(ctx, h.boss, "game", "robert"))
		token, err := h.UserWebToken(ctx, h.boss, "game", "robert")
		h.ok(err)
		if again, err := h.UserWebToken(ctx, h.boss, "game", "robert"); err != nil || again != token || len(token.Reveal()) != 32 {
			t.Errorf("UserWebToken again differs, or has %d characters: %v", len(token.Reveal()), err)
		}

		h.ok(h.store.Write(ctx, func(tx *store.Tx) error {
			if err := tx.SaveSecondFactor(h.tenant, u.ID, &store.SecondFactor{Secret: []byte("x")}); err != nil {
				return err
			}
			return tx.InsertSession(&store.ApplicationSession{Tenant: h.tenant, IDHash: [32]byte{1}, Product: app.Product, User: u.ID,
				Created: h.now(), Expires: h.now().Add(time.Hour)})
		}))
		for _, password := range []identity.Secret{"another", ""} {
			h.ok(h.SetApplicationPassword(ctx, h.boss, "game", "robert", password))
			d, err := h.ApplicationUser(ctx, h.boss, "game", "robert")
			if err != nil || d.Password != (password != "") || h.sessions(app) != 0 {
				t.Errorf("after SetApplicationPassword(%d characters): %+v, %d sessions, %v", len(password.Reveal()), d.ApplicationUser, h.sessions(app), err)
			}
		}
		h.ok(h.ClearSecondFactor(ctx, h.boss, "game", "robert"))
		list, err := h.ListApplicationUsers(ctx, h.boss, "game", office.Page{})
		if err != nil || len(list) != 1 || list[0].SecondFactor || list[0].Hardware != nil {
			t.Errorf("ListApplicationUsers = %+v, %v", list, err)
		}
		h.ok(h.DropUser(ctx, h.boss, "game", "robert"))
		want(t, "DropUser again", h.DropUser(ctx, h.boss, "game", "robert"), license.UserUnknown)
		h.ok(h.store.Read(ctx, func(tx *store.Tx) error {
			_, licenses, err := tx.CountApplication(h.tenant, app.Product)
			if licenses != 0 {
				t.Errorf("%d licenses are left of a user who is gone", licenses)
			}
			return err
		}))
	})
}

// What is left of a user's time does not change while it stands still, whatever stops it and in whatever order.
func TestPauses(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		const paused = string(license.HoldingPaused)
		acts := map[string]func(product string) error{
			"pause-app": func(p string) error { _, err := h.PauseApplication(ctx, h.boss, p); return err },
			"go-app":    func(p string) error { _, err := h.ResumeApplication(ctx, h.boss, p); return err },
			"pause-bob": func(p string) error { return h.PauseUser(ctx, h.boss, p, "bob") },
			"go-bob":    func(p string) error { return h.ResumeUser(ctx, h.boss, p, "bob") },
			"pause-sub": func(p string) error { return h.PauseLevel(ctx, h.boss, p, "default") },
			"go-sub":    func(p string) error { return h.ResumeLevel(ctx, h.boss, p, "default") },
			"extend": func(p string) error {
				_, err := h.ExtendUsers(ctx, h.boss, p, office.Users{Name: "bob"}, "", span(3600))
				return err
			},
			"give-eve": func(p string) error {
				_, err := h.CreateApplicationUser(ctx, h.boss, p, office.NewApplicationUser{Name: "eve", Lasts: span(4 * 3600)})
				return err
			},
		}
		// Ten minutes pass after each step. A step is said with what bob has then; he begins with 10 hours.
		for _, tt := range []struct {
			name  string
			steps [][2]string
			eve   string
		}{
			{"C34", [][2]string{{"pause-bob", paused}, {"go-bob", "default 9h50m0s"}}, "user_unknown"},
			{"user-twice", [][2]string{{"pause-bob", paused}, {"pause-bob", paused}, {"go-bob", "default 9h50m0s"}, {"go-bob", "default 9h40m0s"}}, "user_unknown"},
			{"level", [][2]string{{"pause-sub", paused}, {"go-sub", "default 9h50m0s"}}, "user_unknown"},
			{"application", [][2]string{{"pause-app", "default 10h0m0s"}, {"go-app", "default 9h50m0s"}}, "user_unknown"},
			{"user-within-application", [][2]string{{"pause-app", "default 10h0m0s"}, {"pause-bob", paused}, {"go-bob", "default 10h0m0s"}, {"go-app", "default 9h50m0s"}}, "user_unknown"},
			{"user-over-the-end-of-application", [][2]string{{"pause-app", "default 10h0m0s"}, {"pause-bob", paused}, {"go-app", paused}, {"go-bob", "default 9h50m0s"}}, "user_unknown"},
			{"user-from-before-application", [][2]string{{"pause-bob", paused}, {"pause-app", paused}, {"go-bob", "default 10h0m0s"}, {"go-app", "default 9h50m0s"}}, "user_unknown"},
			{"application-within-user", [][2]string{{"pause-bob", paused}, {"pause-app", paused}, {"go-app", paused}, {"go-bob", "default 9h50m0s"}}, "user_unknown"},
			{"user-within-level", [][2]string{{"pause-sub", paused}, {"pause-bob", paused}, {"go-bob", paused}, {"go-sub", "default 9h50m0s"}}, "user_unknown"},
			{"extend-while-paused", [][2]string{{"pause-bob", paused}, {"extend", paused}, {"go-bob", "default 10h50m0s"}}, "user_unknown"},
			{"given-while-paused", [][2]string{{"pause-app", "default 10h0m0s"}, {"give-eve", "default 10h0m0s"}, {"extend", "default 11h0m0s"}, {"go-app", "default 10h50m0s"}}, "default 3h50m0s"},
			{"given-of-a-paused-level", [][2]string{{"pause-app", "default 10h0m0s"}, {"pause-sub", paused}, {"give-eve", paused}, {"go-app", paused}, {"go-sub", "default 9h50m0s"}}, "default 3h50m0s"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				h.application(tt.name)
				h.ok(h.register(tt.name, "bob", h.key(tt.name, 1, span(36000)), "hw", ""))
				for i, step := range tt.steps {
					if err := acts[step[0]](tt.name); err != nil {
						t.Fatalf("%s = %v, want ok", step[0], err)
					}
					h.advance(10 * time.Minute)
					if got := h.left(tt.name, "bob"); got != step[1] {
						t.Errorf("after %d %s bob has %q, want %q", i, step[0], got, step[1])
					}
				}
				if got := h.left(tt.name, "eve"); got != tt.eve {
					t.Errorf("eve has %q, want %q", got, tt.eve)
				}
			})
		}
	})
}

func TestExtendUsers(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("game")
		_, err := h.CreateLevel(ctx, h.boss, "game", "pro", 2)
		h.ok(err)
		for name, level := range map[string]int64{"ann": 1, "bob": 1, "eve": 2} {
			h.ok(h.register("game", name, h.key("game", level, span(3600)), "hw-"+name, ""))
		}
		steps := []struct {
			name  string
			do    func() (int64, error)
			n     int64
			after map[string]string
		}{
			{"S1-23", func() (int64, error) {
				return h.ExtendUsers(ctx, h.boss, "game", office.Users{Name: "BOB"}, "", span(60))
			}, 1,
				map[string]string{"bob": "default 1h1m0s", "ann": "default 1h0m0s"}},
			{"active", func() (int64, error) {
				return h.ExtendUsers(ctx, h.boss, "game", office.Users{All: true, ActiveOnly: true}, "default", span(60))
			}, 2, map[string]string{"bob": "default 1h2m0s", "ann": "default 1h1m0s", "eve": "pro 1h0m0s"}},
			{"all", func() (int64, error) {
				return h.ExtendUsers(ctx, h.boss, "game", office.Users{All: true}, "pro", span(60))
			}, 3, map[string]string{"bob": "default 1h2m0s pro 1m0s", "ann": "default 1h1m0s pro 1m0s", "eve": "pro 1h1m0s"}},
			{"shorten", func() (int64, error) {
				return h.ShortenUsers(ctx, h.boss, "game", office.Users{All: true}, "default", span(3600))
			}, 2, map[string]string{"bob": "default 2m0s pro 1m0s", "eve": "pro 1h1m0s"}},
			{"shorten-to-nothing", func() (int64, error) {
				return h.ShortenUsers(ctx, h.boss, "game", office.Users{Name: "bob"}, "default", license.Span{Months: 12000})
			}, 1, map[string]string{"bob": "pro 1m0s"}},
			{"again-from-now", func() (int64, error) {
				return h.ExtendUsers(ctx, h.boss, "game", office.Users{Name: "bob"}, "default", span(60))
			}, 1, map[string]string{"bob": "default 1m0s pro 1m0s"}},
		}
		for _, step := range steps {
			if n, err := step.do(); err != nil || n != step.n {
				t.Errorf("%s = %d, %v, want %d", step.name, n, err, step.n)
			}
			for name, want := range step.after {
				h.wantLeft(step.name, "game", name, want)
			}
		}
		_, err = h.ExtendUsers(ctx, h.boss, "game", office.Users{Name: "nobody"}, "", span(1))
		want(t, "ExtendUsers(nobody)", err, license.UserUnknown)
		_, err = h.ExtendUsers(ctx, h.boss, "game", office.Users{Name: "bob"}, "gold", span(1))
		wantCode(t, "ExtendUsers of a level that is not there", err, license.NotFound)

		h.advance(10 * time.Minute)
		if n, err := h.DropUsers(ctx, h.boss, "game", true); err != nil || n != 2 {
			t.Errorf("DropUsers(expired) = %d, %v, want 2: ann and bob", n, err)
		}
		h.wantLeft("after the expired went", "game", "bob", string(license.UserUnknown))
		if n, err := h.DropUsers(ctx, h.boss, "game", false); err != nil || n != 1 {
			t.Errorf("DropUsers = %d, %v, want 1", n, err)
		}
	})
}
