package office_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// application makes a product and its application.
func (h *house) application(code string) license.Application {
	h.t.Helper()
	h.product(code, office.TermsChange{})
	app, err := h.CreateApplication(h.t.Context(), h.boss, code, office.NewApplication{})
	h.ok(err)
	return app
}

// key makes a license of an application.
func (h *house) key(product string, level int64, lasts license.Span) string {
	h.t.Helper()
	made, err := h.CreateApplicationLicenses(h.t.Context(), h.boss, product, office.NewApplicationLicenses{Amount: 1, Level: level, Lasts: lasts})
	h.ok(err)
	return made.Licenses[0].Key
}

// register lets somebody redeem a license and sign in, as an app would.
func (h *house) register(product, name, key, hardware, address string) error {
	h.t.Helper()
	p, err := h.FindProduct(h.t.Context(), h.boss, product)
	h.ok(err)
	return h.store.Write(h.t.Context(), func(tx *store.Tx) error {
		r, err := tx.FindLicenseByKey(h.tenant, p.ID, key)
		if err != nil {
			return err
		}
		levels, err := tx.Levels(h.tenant, p.ID)
		if err != nil {
			return err
		}
		u := license.ApplicationUser{LicenseUser: license.LicenseUser{Tenant: h.tenant, Product: p.ID, Name: name, Created: h.now()},
			ByKey: name == key, Hardware: []string{hardware}, Address: address}
		if made, err := tx.InsertApplicationUser(&u, ""); err != nil || !made {
			return license.Refuse(license.NameTaken)
		}
		ch, err := license.Redeem(&license.State{Product: p.Product, License: r.License, User: &u.LicenseUser}, levels, h.now())
		if err != nil {
			return err
		}
		if err := tx.Apply(h.tenant, "client", h.now(), &ch); err != nil {
			return err
		}
		return tx.InsertSession(&store.ApplicationSession{Tenant: h.tenant, IDHash: [32]byte{1, byte(u.ID), byte(u.ID >> 8), byte(p.ID)},
			Product: p.ID, User: u.ID, Address: address, Created: h.now(), Expires: h.now().Add(time.Hour)})
	})
}

// left says what a user may use, as a door tells them: "default 1h0m0s", or why not.
func (h *house) left(product, name string) string {
	h.t.Helper()
	d, err := h.ApplicationUser(h.t.Context(), h.boss, product, name)
	if err != nil {
		return string(license.ReasonOf(err))
	}
	levels, err := license.SignIn(&d.LicenseUser, d.Holdings, d.Now)
	if err != nil {
		return string(license.ReasonOf(err))
	}
	var text string
	for _, l := range levels {
		text += fmt.Sprintf("%s %s ", l.Name, l.ExpiresAt.Sub(d.Now))
	}
	return text[:max(len(text)-1, 0)]
}

func (h *house) wantLeft(what, product, name, want string) {
	h.t.Helper()
	if got := h.left(product, name); got != want {
		h.t.Errorf("%s: %s of %s has %q left, want %q", what, name, product, got, want)
	}
}

// sessions returns how many sessions an application has.
func (h *house) sessions(app license.Application) (n int) {
	h.t.Helper()
	h.ok(h.store.Read(h.t.Context(), func(tx *store.Tx) error {
		list, err := tx.ListSessions(h.tenant, app.Product, h.now(), store.ApplicationSession{}, 100)
		n = len(list)
		return err
	}))
	return n
}

// blocked returns what an application keeps out.
func (h *house) blocked(app license.Application) (list []string) {
	h.t.Helper()
	h.ok(h.store.Read(h.t.Context(), func(tx *store.Tx) error {
		blocks, err := tx.ListBlocks(h.tenant, app.Product, false, store.Block{}, 100)
		list = nil
		for _, b := range blocks {
			list = append(list, string(b.Kind)+" "+b.Value)
		}
		return err
	}))
	return list
}

func TestApplications(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		app, other := h.application("game"), h.application("tool")
		if len(app.Owner) != 10 || app.Owner != other.Owner || app.Name != "game" || app.Version != "1.0" || app.Secret != nil {
			t.Errorf("CreateApplication = %+v, want one owner id of 10 characters, the product's name, 1.0, no secret", app)
		}
		levels, err := h.Levels(ctx, h.boss, "game")
		if err != nil || len(levels) != 1 || levels[0].Name != "default" || levels[0].Number != 1 {
			t.Errorf("Levels = %v, %v, want default of number 1", levels, err)
		}
		_, err = h.CreateApplication(ctx, h.boss, "game", office.NewApplication{Name: "again"})
		wantCode(t, "CreateApplication of a product that has one", err, license.Conflict)
		h.product("third", office.TermsChange{})
		_, err = h.CreateApplication(ctx, h.boss, "third", office.NewApplication{Name: "GAME"})
		wantCode(t, "CreateApplication with a taken name", err, license.Conflict)
		_, err = h.FindApplication(ctx, h.boss, "third")
		want(t, "FindApplication of a product without one", err, license.ApplicationUnknown)

		secret, err := h.ApplicationSecret(ctx, h.boss, "game")
		if raw, hexErr := hex.DecodeString(secret.Reveal()); err != nil || hexErr != nil || len(raw) != 32 {
			t.Errorf("ApplicationSecret has %d characters, %v, %v, want 64 hexadecimal digits", len(secret), err, hexErr)
		}
		fresh, err := h.RotateApplicationSecret(ctx, h.boss, "game")
		h.ok(err)
		if now, err := h.ApplicationSecret(ctx, h.boss, "game"); err != nil || now != fresh || now == secret {
			t.Errorf("the secret after a rotation is not the new one: %v", err)
		}
		reader := identity.Actor{Kind: identity.PlatformUser, Tenant: h.tenant, User: 2, Role: identity.ReadOnly}
		_, err = h.ApplicationSecret(ctx, reader, "game")
		want(t, "ApplicationSecret of one who reads only", err, license.PermissionMissing)

		changed, err := h.ChangeApplication(ctx, h.boss, "game", office.ApplicationChange{Version: ptr("2.0"), Settings: func(s *license.ApplicationSettings) {
			s.Texts["keybanned"] = "Banned: {reason}"
			s.SellerAddresses = []string{"192.0.2.7/24"}
			s.Hashes = []string{"ABC"}
		}})
		h.ok(err)
		if s := changed.Settings; changed.Version != "2.0" || s.Text("keybanned") != "Banned: {reason}" || s.SellerAddresses[0] != "192.0.2.0/24" || !s.HasHash("abc") {
			t.Errorf("ChangeApplication = %s %+v, want all of the change", changed.Version, s)
		}
		if app.Settings.Text("keybanned") != "Your license is banned" {
			t.Error("ChangeApplication changed the settings that somebody reads")
		}
		for name, edit := range map[string]func(*license.ApplicationSettings){
			"session_seconds":  func(s *license.ApplicationSettings) { s.SessionSeconds = 59 },
			"texts":            func(s *license.ApplicationSettings) { s.Texts["nonsense"] = "x" },
			"seller_addresses": func(s *license.ApplicationSettings) { s.SellerAddresses = []string{"home"} },
		} {
			_, err := h.ChangeApplication(ctx, h.boss, "game", office.ApplicationChange{Settings: edit})
			if license.CodeOf(err) != license.Invalid || license.Describe(err).Field != name {
				t.Errorf("ChangeApplication with a wrong %s = %v, want invalid", name, err)
			}
		}
		_, err = h.ChangeApplication(ctx, h.boss, "game", office.ApplicationChange{Name: ptr("Tool")})
		wantCode(t, "ChangeApplication to a taken name", err, license.Conflict)
		h.ok(h.AddProgramHash(ctx, h.boss, "game", " DEF "))
		if now, err := h.FindApplication(ctx, h.boss, "game"); err != nil || !now.Settings.HasHash("def") || !now.Settings.HasHash("abc") {
			t.Errorf("the hashes after AddProgramHash: %v, %v", now.Settings, err)
		}
		h.ok(h.ResetProgramHashes(ctx, h.boss, "game"))
		if now, err := h.FindApplication(ctx, h.boss, "game"); err != nil || now.Settings.HasHash("def") {
			t.Errorf("a hash is left after ResetProgramHashes: %v", err)
		}
		if list, err := h.ListApplications(ctx, h.boss, office.Page{}); err != nil || len(list) != 2 || list[0].Secret != nil {
			t.Errorf("ListApplications = %v, %v, want two without secrets", list, err)
		}
	})
}

func TestSellerKeys(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		app := h.application("game")
		key, secret, err := h.CreateSellerKey(ctx, h.boss, office.NewSellerKey{Product: "game", Name: "shop"})
		h.ok(err)
		if raw, err := hex.DecodeString(secret.Reveal()); err != nil || len(raw) != 16 {
			t.Errorf("the key has %d characters, want 32 hexadecimal digits", len(secret.Reveal()))
		}
		actor, of, err := h.Seller(ctx, secret.Reveal())
		h.ok(err)
		if of.Product != app.Product || of.Secret != nil || actor.String() != fmt.Sprintf("client:%d seller key shop", key.ID) {
			t.Errorf("Seller = %s of %d, want the key's", actor, of.Product)
		}
		h.ok(may(h, actor, "game"))
		_, _, err = h.CreateSellerKey(ctx, actor, office.NewSellerKey{Product: "game"})
		want(t, "CreateSellerKey by a seller key", err, license.PermissionMissing)
		_, _, err = h.Seller(ctx, "00000000000000000000000000000000")
		want(t, "Seller with a key that nobody has", err, license.ApplicationUnknown)
		_, err = h.RevokeSellerKey(ctx, h.boss, key.ID)
		h.ok(err)
		_, _, err = h.Seller(ctx, secret.Reveal())
		want(t, "Seller with a revoked key", err, license.ApplicationUnknown)
		list, err := h.ListSellerKeys(ctx, h.boss, "game")
		if err != nil || len(list) != 1 || list[0].RevokedAt == 0 || list[0].Scopes != key.Scopes {
			t.Errorf("ListSellerKeys = %v, %v, want the revoked one", list, err)
		}
		_, narrow, err := h.CreateSellerKey(ctx, h.boss, office.NewSellerKey{Product: "game", Scopes: identity.NewScopes(identity.ReadLicenses)})
		h.ok(err)
		actor, _, err = h.Seller(ctx, narrow.Reveal())
		h.ok(err)
		want(t, "making licenses with a key that reads", may(h, actor, "game"), license.PermissionMissing)
	})
}

func may(h *house, actor identity.Actor, product string) error {
	_, err := h.CreateApplicationLicenses(h.t.Context(), actor, product, office.NewApplicationLicenses{Amount: 1, Level: 1, Lasts: span(60)})
	return err
}

func TestLevels(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("game")
		_, err := h.CreateLevel(ctx, h.boss, "game", "pro", 2)
		h.ok(err)
		_, err = h.CreateLevel(ctx, h.boss, "game", "plus", 1)
		h.ok(err)
		_, err = h.CreateLevel(ctx, h.boss, "game", "PRO", 3)
		wantCode(t, "CreateLevel with a taken name", err, license.Conflict)
		_, err = h.CreateLevel(ctx, h.boss, "game", "none", -1)
		wantCode(t, "CreateLevel of a negative number", err, license.Invalid)
		h.ok(h.register("game", "bob", h.key("game", 1, span(3600)), "hw", ""))
		h.wantLeft("after a license of level 1", "game", "bob", "default 1h0m0s plus 1h0m0s")
		_, err = h.ChangeLevel(ctx, h.boss, "game", "plus", 9)
		h.ok(err)
		h.wantLeft("after the level got another number", "game", "bob", "default 1h0m0s plus 1h0m0s")
		if n, err := h.CountHolders(ctx, h.boss, "game", "Plus"); err != nil || n != 1 {
			t.Errorf("CountHolders = %d, %v, want 1", n, err)
		}
		if n, err := h.DropLevel(ctx, h.boss, "game", "plus"); err != nil || n != 1 {
			t.Errorf("DropLevel = %d, %v, want 1", n, err)
		}
		h.wantLeft("after a level was removed", "game", "bob", "default 1h0m0s")
		_, err = h.DropLevel(ctx, h.boss, "game", "default")
		wantCode(t, "DropLevel(default)", err, license.Conflict)
		_, err = h.DropLevel(ctx, h.boss, "game", "plus")
		wantCode(t, "DropLevel again", err, license.NotFound)
		h.ok(h.TakeLevel(ctx, h.boss, "game", "bob", "default"))
		h.wantLeft("after a level was taken", "game", "bob", string(license.NothingHeld))
		wantCode(t, "TakeLevel again", h.TakeLevel(ctx, h.boss, "game", "bob", "default"), license.NotFound)
	})
}

// Whatever is done to one application, the other is as it was.
func TestApplicationsAreApart(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		app, other := h.application("game"), h.application("tool")
		keys := map[string]string{}
		for _, product := range []string{"game", "tool"} {
			keys[product] = h.key(product, 1, span(3600))
			h.ok(h.register(product, "bob", keys[product], "hw-of-bob", "192.0.2.9"))
			h.key(product, 1, span(3600))
		}
		unused, used := false, true
		for _, act := range []struct {
			name string
			do   func() error
		}{
			{"ban", func() error { return h.BanLicense(ctx, h.boss, "game", keys["game"], "x", true) }},
			{"unban of the other's key", func() error {
				err := h.UnbanLicense(ctx, h.boss, "game", keys["tool"])
				want(t, "UnbanLicense of the other's key", err, license.KeyUnknown)
				return nil
			}},
			{"pause", func() error { _, err := h.PauseApplication(ctx, h.boss, "game"); return err }},
			{"unused", func() error { _, err := h.DropLicensesWhere(ctx, h.boss, "game", &unused); return err }},
			{"used", func() error { _, err := h.DropLicensesWhere(ctx, h.boss, "game", &used); return err }},
			{"extend", func() error { _, err := h.ExtendUnused(ctx, h.boss, "game", span(60)); return err }},
			{"users", func() error {
				_, err := h.ExtendUsers(ctx, h.boss, "game", office.Users{All: true}, "", span(60))
				return err
			}},
			{"hardware", func() error { _, err := h.ResetAllHardware(ctx, h.boss, "game"); return err }},
		} {
			if err := act.do(); err != nil {
				t.Errorf("%s = %v, want ok", act.name, err)
			}
		}
		_, err := h.DropUsers(ctx, h.boss, "game", false)
		h.ok(err)
		h.wantLeft("in the other application", "tool", "bob", "default 1h0m0s")
		d, err := h.ApplicationUser(ctx, h.boss, "tool", "bob")
		if err != nil || !slices.Equal(d.Hardware, []string{"hw-of-bob"}) || h.sessions(other) != 1 || h.blocked(other) != nil {
			t.Errorf("bob of the other application = %+v, %v; %d sessions, blocks %v", d.ApplicationUser, err, h.sessions(other), h.blocked(other))
		}
		c, err := h.CountApplication(ctx, h.boss, "tool")
		if diff := cmp.Diff(office.ApplicationCounts{Unused: 1, Used: 1, Licenses: 2}, c); err != nil || diff != "" {
			t.Errorf("CountApplication(tool) = %v (-want +got)\n%s", err, diff)
		}
		if n := h.sessions(app); n != 0 {
			t.Errorf("the application has %d sessions, want none", n)
		}
	})
}
