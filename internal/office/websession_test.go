package office_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// from is where people of tests sign in from.
var from = office.Visitor{Address: "192.0.2.7", Agent: "Browser/1"}

// enter signs somebody in who has goodPassword and no second factor.
func (h *house) enter(email string) (office.WebSession, identity.Secret) {
	h.t.Helper()
	s, token, err := h.SignIn(h.t.Context(), email, goodPassword, from)
	h.ok(err)
	return s, token
}

// wantOut fails unless a session has ended.
func (h *house) wantOut(t *testing.T, what string, token identity.Secret) {
	t.Helper()
	_, err := h.ResumeSession(t.Context(), token, from)
	wantCode(t, "ResumeSession "+what, err, license.Unauthenticated)
}

func (h *house) resume(t *testing.T, token identity.Secret) office.WebSession {
	t.Helper()
	s, err := h.ResumeSession(t.Context(), token, from)
	if err != nil {
		t.Fatalf("ResumeSession = %v, want ok", err)
	}
	return s
}

func TestWebSessions(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		m := h.cheapUser("ann@acme.test")
		t.Run("sign_in", func(t *testing.T) {
			s, token := h.enter("ANN@acme.test")
			if s.Pending || s.User.ID != m.User.ID || s.Tenant != h.tenant || len(s.Memberships) != 1 || s.Address != from.Address {
				t.Errorf("SignIn = %+v", s)
			}
			got := h.resume(t, token)
			if actor := got.Actor(); actor.Tenant != h.tenant || actor.Role != identity.Support || actor.User != m.User.ID || actor.Name != "ann@acme.test" {
				t.Errorf("Actor = %+v", actor)
			}
			log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 1})
			h.ok(err)
			if kinds(log) != "login.succeeded" || log[0].Data["address"] != from.Address || log[0].Data["with"] != "password" {
				t.Errorf("ListEvents = %+v", log)
			}
			want(t, "SignOut", h.SignOut(ctx, token), "")
			want(t, "SignOut again", h.SignOut(ctx, token), "")
			h.wantOut(t, "after SignOut", token)
		})
		t.Run("tokens", func(t *testing.T) {
			_, token := h.enter("ann@acme.test")
			text := token.Reveal()
			for _, bad := range []string{"", "x", text + "a", text[:len(text)-1], strings.Replace(text, "_session_", "_reset_", 1), strings.ToUpper(text)} {
				h.wantOut(t, "of another token", identity.Secret(bad))
			}
		})
		t.Run("idle", func(t *testing.T) {
			_, token := h.enter("ann@acme.test")
			h.advance(12*hour - time.Microsecond)
			h.resume(t, token)
			h.advance(12*hour - time.Microsecond)
			h.resume(t, token)
			h.advance(12 * hour)
			h.wantOut(t, "after 12 idle hours", token)
		})
		t.Run("seven_days", func(t *testing.T) {
			_, token := h.enter("ann@acme.test")
			for range 20 {
				h.advance(8 * hour)
				h.resume(t, token)
			}
			h.advance(8*hour - time.Microsecond)
			h.resume(t, token)
			h.advance(time.Microsecond)
			h.wantOut(t, "after 7 days", token)
		})
		t.Run("signs_of_life", func(t *testing.T) {
			s, token := h.enter("ann@acme.test")
			h.advance(5*minute - time.Microsecond)
			if got := h.resume(t, token); got.Seen != s.Seen {
				t.Errorf("Seen moved within five minutes: %s", got.Seen)
			}
			h.advance(time.Microsecond)
			got, err := h.ResumeSession(ctx, token, office.Visitor{Address: "192.0.2.8", Agent: strings.Repeat("ä\n", 400)})
			h.ok(err)
			if got.Seen != h.now() || got.Expires != h.now().Add(12*hour) || got.Address != "192.0.2.8" || got.Agent != strings.Repeat("ä ", 150) {
				t.Errorf("ResumeSession after five minutes = %+v", got)
			}
		})
	})
}

func TestWebSessionsOfOneself(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.cheapUser("ann@acme.test")
		h.cheapUser("bob@acme.test")
		first, one := h.enter("ann@acme.test")
		second, two := h.enter("ann@acme.test")
		_, three := h.enter("ann@acme.test")
		theirs, _ := h.enter("bob@acme.test")
		ann := first.Actor()
		list, err := h.ListWebSessions(ctx, ann)
		h.ok(err)
		if len(list) != 3 || list[2].ID != first.ID || list[0].Agent != from.Agent {
			t.Errorf("ListWebSessions = %+v, want the three of ann, newest first", list)
		}
		wantCode(t, "EndWebSession of somebody else", h.EndWebSession(ctx, ann, theirs.ID), license.NotFound)
		want(t, "EndWebSession", h.EndWebSession(ctx, ann, second.ID), "")
		wantCode(t, "EndWebSession again", h.EndWebSession(ctx, ann, second.ID), license.NotFound)
		h.wantOut(t, "that was ended", two)
		if n, err := h.EndOtherWebSessions(ctx, ann, first.ID); n != 1 || err != nil {
			t.Errorf("EndOtherWebSessions = %d, %v, want 1", n, err)
		}
		h.resume(t, one)
		h.wantOut(t, "that was ended with all others", three)
		for _, nobody := range []identity.Actor{{}, operator(), {Kind: identity.ClientApp, Tenant: h.tenant, Scopes: identity.AllScopes()}} {
			if _, err := h.ListWebSessions(ctx, nobody); err == nil {
				t.Errorf("ListWebSessions by %s = ok, want an error", nobody)
			}
		}
		want(t, "ChangeOwnName", h.ChangeOwnName(ctx, ann, " Ann Other "), "")
		wantCode(t, "ChangeOwnName to two lines", h.ChangeOwnName(ctx, ann, "a\nb"), license.Invalid)
		if got := h.resume(t, one); got.User.Name != "Ann Other" {
			t.Errorf("the name is %q, want Ann Other", got.User.Name)
		}
	})
}

func TestSwitchTenant(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		m := h.cheapUser("ann@acme.test")
		var others []license.Tenant
		for _, code := range []string{"beta", "aachen", "third"} {
			tenant, err := h.CreateTenant(ctx, operator(), code, code)
			h.ok(err)
			others = append(others, tenant)
		}
		for _, tenant := range others[:2] {
			_, err := h.AddMember(ctx, office.In(operator(), tenant.ID), "ann@acme.test", identity.Admin)
			h.ok(err)
		}
		s, token := h.enter("ann@acme.test")
		t.Run("S0-05", func(t *testing.T) {
			var names []string
			for _, m := range s.Memberships {
				names = append(names, m.Tenant.Name)
			}
			if got := strings.Join(names, " "); got != "aachen Acme beta" || s.Tenant != others[1].ID {
				t.Errorf("Memberships = %s in %d, want aachen Acme beta in the first", got, s.Tenant)
			}
			want(t, "SwitchTenant", h.SwitchTenant(ctx, token, h.tenant), "")
			got := h.resume(t, token)
			if actor := got.Actor(); actor.Tenant != h.tenant || actor.Role != identity.Support {
				t.Errorf("Actor = %+v, want support in acme", actor)
			}
		})
		t.Run("S0-06", func(t *testing.T) {
			for _, foreign := range []license.TenantID{others[2].ID, 12345, 0, -1} {
				wantCode(t, "SwitchTenant to a foreign one", h.SwitchTenant(ctx, token, foreign), license.NotFound)
			}
			if got := h.resume(t, token); got.Tenant != h.tenant {
				t.Errorf("the tenant is %d, want %d", got.Tenant, h.tenant)
			}
		})
		t.Run("removed", func(t *testing.T) {
			h.ok(h.RemoveMember(ctx, h.boss, "ann@acme.test"))
			got := h.resume(t, token)
			if actor := got.Actor(); got.Tenant != others[1].ID || actor.Role != identity.Admin {
				t.Errorf("after the removal: %+v, want the first tenant that is left", actor)
			}
			for _, tenant := range others[:2] {
				h.ok(h.RemoveMember(ctx, office.In(operator(), tenant.ID), "ann@acme.test"))
			}
			got = h.resume(t, token)
			actor := got.Actor()
			if got.Tenant != 0 || actor.Tenant != 0 || actor.Role != "" || actor.User != m.User.ID {
				t.Errorf("who belongs to no tenant is %+v", actor)
			}
			if _, err := h.ListMembers(ctx, actor, office.Page{}); err == nil {
				t.Error("ListMembers by who belongs to no tenant = ok, want an error")
			}
		})
	})
}

func TestSessionsEndWithThePassword(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.cheapUser("ann@acme.test")
		kept, here := h.enter("ann@acme.test")
		_, there := h.enter("ann@acme.test")
		const next, third identity.Secret = "Another-Horse-7!", "Another-Horse-8!"
		want(t, "ChangeOwnPassword with a wrong one", h.ChangeOwnPassword(ctx, kept.Actor(), "wrong", next, kept.ID, from), license.CredentialsWrong)
		h.resume(t, there)
		want(t, "ChangeOwnPassword", h.ChangeOwnPassword(ctx, kept.Actor(), goodPassword, next, kept.ID, from), "")
		h.resume(t, here)
		h.wantOut(t, "of another browser", there)
		want(t, "SetPassword", h.SetPassword(ctx, h.boss, "ann@acme.test", third), "")
		h.wantOut(t, "after SetPassword", here)

		_, token, err := h.SignIn(ctx, "ann@acme.test", third, from)
		h.ok(err)
		h.ok(h.DisableUser(ctx, h.boss, "ann@acme.test", true))
		h.wantOut(t, "of who was switched off", token)
		_, _, err = h.SignIn(ctx, "ann@acme.test", third, from)
		want(t, "SignIn of who was switched off (S0-49)", err, license.AccountDisabled)
		h.ok(h.DisableUser(ctx, h.boss, "ann@acme.test", false))
		h.wantOut(t, "of who was switched on again", token)
	})
}

// The lockouts of passwords stand at the door of the web pages, too.
func TestSignInSessionLockout(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		try := func(email string, password identity.Secret, times int) (err error) {
			for range times {
				_, _, err = h.SignIn(ctx, email, password, office.Visitor{})
			}
			return err
		}
		locked := func(t *testing.T, email string, wait time.Duration) {
			t.Helper()
			e, ok := errors.AsType[*license.Error](try(email, goodPassword, 1))
			if !ok || e.Reason != license.LoginLocked || e.RetryAfter != wait {
				t.Errorf("SignIn = %v, want login_locked for %s", e, wait)
			}
		}
		h.cheapUser("ann@acme.test")
		t.Run("S0-42", func(t *testing.T) {
			for _, lock := range []time.Duration{15 * minute, 30 * minute, 0} {
				want(t, "the fifth try", try("ann@acme.test", "wrong", 5), license.CredentialsWrong)
				locked(t, "ann@acme.test", lock)
				h.advance(lock)
			}
			h.advance(1000 * hour)
			locked(t, "ann@acme.test", 0)
		})
		t.Run("S0-46", func(t *testing.T) {
			want(t, "Unlock", h.Unlock(ctx, h.boss, "ann@acme.test"), "")
			want(t, "SignIn", try("ann@acme.test", goodPassword, 1), "")
		})
		t.Run("S0-44", func(t *testing.T) {
			h.cheapUser("bob@acme.test")
			try("bob@acme.test", "wrong", 5)
			h.advance(5 * minute)
			locked(t, "bob@acme.test", 10*minute)
			try("bob@acme.test", "wrong", 9)
			locked(t, "bob@acme.test", 10*minute)
		})
		t.Run("S0-48", func(t *testing.T) {
			want(t, "an unknown account", try("nobody@acme.test", "wrong", 5), license.CredentialsWrong)
			locked(t, "nobody@acme.test", 15*minute)
		})
	})
}

// What has ended is forgotten, and nothing else.
func TestPruneSessions(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.cheapUser("ann@acme.test")
		h.enter("ann@acme.test")
		h.ok(h.AskPasswordReset(ctx, "ann@acme.test", link, from))
		_, err := h.BeginPasskeySignIn(ctx, site)
		h.ok(err)
		_, _, err = h.Invite(ctx, h.boss, "bob@acme.test", identity.Support, link)
		h.ok(err)
		count := func() (n int) {
			// Taken back: it only counts.
			err := h.store.Write(ctx, func(tx *store.Tx) error {
				n = 0
				for _, prune := range []func(license.Time, int) (int64, error){
					tx.PruneWebSessions, tx.PruneCeremonies, tx.PrunePasswordResets, tx.PruneInvitations,
				} {
					some, err := prune(license.MaxID, 100)
					if err != nil {
						return err
					}
					n += int(some)
				}
				return license.Conflict
			})
			wantCode(t, "the count", err, license.Conflict)
			return n
		}
		for _, after := range []struct {
			wait time.Duration
			left int
		}{{0, 4}, {5 * minute, 3}, {55 * minute, 2}, {11 * hour, 1}, {7*24*hour - 12*hour, 0}} {
			h.advance(after.wait)
			h.ok(h.Prune(ctx))
			if n := count(); n != after.left {
				t.Errorf("after another %s %d things are left, want %d", after.wait, n, after.left)
			}
		}
	})
}
