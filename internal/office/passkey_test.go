package office_test

import (
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/testkit/passkeytest"
)

var site = office.Site{ID: "licet.test", Origin: "https://licet.test"}

// addPasskey lets somebody add a passkey.
func (h *house) addPasskey(t *testing.T, actor identity.Actor, a *passkeytest.Authenticator, name string) office.Passkey {
	t.Helper()
	c, err := h.BeginPasskey(t.Context(), actor, site)
	h.ok(err)
	p, err := h.FinishPasskey(t.Context(), actor, site, c.ID, a.Create(c.Options), name)
	h.ok(err)
	return p
}

// passkeySignIn signs in with the newest passkey of an authenticator.
func (h *house) passkeySignIn(t *testing.T, a *passkeytest.Authenticator) (office.WebSession, identity.Secret, error) {
	t.Helper()
	c, err := h.BeginPasskeySignIn(t.Context(), site)
	h.ok(err)
	return h.FinishPasskeySignIn(t.Context(), site, c.ID, a.Get(c.Options), from)
}

func TestPasskeys(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ann := h.protect("ann@acme.test")
		bob := h.cheapUser("bob@acme.test")
		a := passkeytest.New(t, site.Origin)
		a.Synced = true
		made := h.addPasskey(t, ann.actor, a, " Laptop ")
		t.Run("sign_in", func(t *testing.T) {
			h.advance(minute)
			s, token, err := h.passkeySignIn(t, a)
			h.ok(err)
			if actor := s.Actor(); s.Pending || actor.User != ann.actor.User || actor.Tenant != h.tenant {
				t.Errorf("FinishPasskeySignIn = %+v, want ann with both factors", s)
			}
			h.resume(t, token)
			f, err := h.FindSecondFactor(ctx, ann.actor)
			if err != nil || len(f.Passkeys) != 1 || f.Passkeys[0].Name != "Laptop" || f.Passkeys[0].ID != made.ID || f.Passkeys[0].Used != h.now() {
				t.Errorf("FindSecondFactor = %+v, %v", f, err)
			}
			log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 2})
			h.ok(err)
			if kinds(log) != "login.succeeded passkey.added" || log[0].Data["with"] != "passkey" {
				t.Errorf("ListEvents = %+v", log)
			}
		})
		t.Run("ceremony", func(t *testing.T) {
			c, err := h.BeginPasskeySignIn(ctx, site)
			h.ok(err)
			answer := a.Get(c.Options)
			once(t, "FinishPasskeySignIn of one question", func(int) error {
				_, _, err := h.FinishPasskeySignIn(ctx, site, c.ID, answer, office.Visitor{})
				return err
			})
			late, err := h.BeginPasskeySignIn(ctx, site)
			h.ok(err)
			h.advance(5 * minute)
			_, _, err = h.FinishPasskeySignIn(ctx, site, late.ID, a.Get(late.Options), from)
			wantCode(t, "FinishPasskeySignIn after five minutes", err, license.NotFound)
			c, err = h.BeginPasskeySignIn(ctx, site)
			h.ok(err)
			_, err = h.FinishPasskey(ctx, ann.actor, site, c.ID, passkeytest.New(t, site.Origin).Create([]byte(`{}`)), "x")
			wantCode(t, "FinishPasskey of a question to sign in", err, license.NotFound)
			mine, err := h.BeginPasskey(ctx, ann.actor, site)
			h.ok(err)
			theirs, err := h.ActorFor(ctx, bob.User.ID, h.tenant)
			h.ok(err)
			_, err = h.FinishPasskey(ctx, theirs, site, mine.ID, passkeytest.New(t, site.Origin).Create(mine.Options), "x")
			wantCode(t, "FinishPasskey of somebody else's question", err, license.NotFound)
		})
		t.Run("wrong_answers", func(t *testing.T) {
			b := passkeytest.New(t, site.Origin)
			h.addPasskey(t, ann.actor, b, "Phone")
			b.Unverified = true
			_, _, err := h.passkeySignIn(t, b)
			want(t, "FinishPasskeySignIn of nobody verified", err, license.CredentialsWrong)
			b.Unverified, b.Origin = false, "https://evil.test"
			_, _, err = h.passkeySignIn(t, b)
			want(t, "FinishPasskeySignIn on another site", err, license.CredentialsWrong)
			b.Origin, b.Count = site.Origin, 5
			_, _, err = h.passkeySignIn(t, b)
			want(t, "FinishPasskeySignIn", err, "")
			b.Count = 5
			_, _, err = h.passkeySignIn(t, b)
			want(t, "FinishPasskeySignIn of a copy", err, license.CredentialsWrong)
			for _, s := range []office.Site{{}, {ID: "192.0.2.1", Origin: "https://192.0.2.1"}} {
				_, err = h.BeginPasskey(ctx, ann.actor, s)
				wantCode(t, "BeginPasskey where there can be none", err, license.Invalid)
			}
		})
		t.Run("S0-44", func(t *testing.T) {
			h.knock("ann@acme.test", "wrong", 5)
			_, _, err := h.passkeySignIn(t, a)
			want(t, "FinishPasskeySignIn of a locked account", err, license.LoginLocked)
			h.advance(15 * minute)
			_, _, err = h.passkeySignIn(t, a)
			want(t, "FinishPasskeySignIn after the lock", err, "")
		})
		t.Run("S0-49", func(t *testing.T) {
			h.ok(h.DisableUser(ctx, h.boss, "ann@acme.test", true))
			_, _, err := h.passkeySignIn(t, a)
			want(t, "FinishPasskeySignIn of who is switched off", err, license.AccountDisabled)
			h.ok(h.DisableUser(ctx, h.boss, "ann@acme.test", false))
		})
		t.Run("dropped", func(t *testing.T) {
			theirs, err := h.ActorFor(ctx, bob.User.ID, h.tenant)
			h.ok(err)
			wantCode(t, "DropPasskey of somebody else", h.DropPasskey(ctx, theirs, made.ID), license.NotFound)
			want(t, "DropPasskey", h.DropPasskey(ctx, ann.actor, made.ID), "")
			_, _, err = h.passkeySignIn(t, a)
			want(t, "FinishPasskeySignIn of one that was dropped", err, license.CredentialsWrong)
		})
		t.Run("address", func(t *testing.T) {
			var err error
			for range 31 {
				_, _, err = h.passkeySignIn(t, a)
			}
			want(t, "the 31st wrong answer of an address", err, license.AddressLocked)
		})
	})
}
