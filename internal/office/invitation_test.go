package office_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
)

// link is where a page would be that takes a token.
func link(token string) string { return "https://licet.test/go/" + token }

// newest returns the words of the newest mail, as actor may read them.
func (h *house) newest(actor identity.Actor) office.MailView {
	h.t.Helper()
	list, err := h.ListMails(h.t.Context(), actor, "", office.Page{Limit: 1})
	h.ok(err)
	if len(list) == 0 {
		h.t.Fatal("there is no mail")
	}
	v, err := h.ShowMail(h.t.Context(), actor, list[0].ID)
	h.ok(err)
	return v
}

// mailed returns the token in the newest mail.
func (h *house) mailed(kind store.MailKind, to string) identity.Secret {
	h.t.Helper()
	v := h.newest(office.In(operator(), h.tenant))
	if v.Kind != kind || v.Recipient != to {
		h.t.Fatalf("the newest mail is %s to %s, want %s to %s", v.Kind, v.Recipient, kind, to)
	}
	_, rest, _ := strings.Cut(v.Words.Text, link(""))
	token, _, _ := strings.Cut(rest, "\n")
	return identity.Secret(token)
}

func TestInvitations(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		m := h.user("boss@acme.test", identity.Owner)
		boss, err := h.ActorFor(ctx, m.User.ID, h.tenant)
		h.ok(err)
		t.Run("new_account", func(t *testing.T) {
			made, token, err := h.Invite(ctx, boss, "Ann@acme.test", identity.Support, link)
			h.ok(err)
			if sent := h.mailed(store.MailInvitation, "Ann@acme.test"); sent != token {
				t.Error("the mail has another token")
			}
			if v := h.newest(h.boss); strings.Contains(v.Words.Text, token.Reveal()) || !strings.Contains(v.Words.Text, "boss@acme.test invites you") {
				t.Errorf("an owner reads %q, want it without the link", v.Words.Text)
			}
			list, err := h.ListInvitations(ctx, boss)
			if err != nil || len(list) != 1 || list[0] != made || made.By != "boss@acme.test" || made.Expires != h.now().Add(7*24*hour) {
				t.Errorf("ListInvitations = %+v, %v, want %+v", list, err, made)
			}
			view, err := h.FindInvitation(ctx, token)
			if err != nil || view.TenantName != "Acme" || view.HasAccount || view.Role != identity.Support {
				t.Errorf("FindInvitation = %+v, %v", view, err)
			}
			_, _, err = h.AcceptInvitation(ctx, token, "Ann", "weak", from)
			want(t, "AcceptInvitation with a weak password", err, license.PasswordWeak)
			s, session, err := h.AcceptInvitation(ctx, token, "Ann", goodPassword, from)
			h.ok(err)
			if actor := s.Actor(); actor.Role != identity.Support || actor.Tenant != h.tenant || s.User.Name != "Ann" {
				t.Errorf("AcceptInvitation = %+v", s)
			}
			h.resume(t, session)
			_, _, err = h.AcceptInvitation(ctx, token, "Ann", goodPassword, from)
			wantCode(t, "AcceptInvitation again", err, license.NotFound)
			_, _, err = h.Invite(ctx, boss, "ann@acme.test", identity.Admin, link)
			wantCode(t, "Invite of a member", err, license.Conflict)
			log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 5})
			h.ok(err)
			if got := kinds(log); got != "login.succeeded invitation.accepted member.added invitation.created mail.queued" {
				t.Errorf("ListEvents = %s", got)
			}
		})
		t.Run("account_that_is_there", func(t *testing.T) {
			other, err := h.CreateTenant(ctx, operator(), "other", "Other")
			h.ok(err)
			theirs := office.In(operator(), other.ID)
			_, err = h.CreateUser(ctx, theirs, office.NewUser{Email: "kim@other.test", Password: goodPassword, Role: identity.Owner})
			h.ok(err)
			_, token, err := h.Invite(ctx, boss, "KIM@other.test", identity.Admin, link)
			h.ok(err)
			view, err := h.FindInvitation(ctx, token)
			if err != nil || !view.HasAccount {
				t.Errorf("FindInvitation = %+v, %v, want one with an account", view, err)
			}
			_, _, err = h.AcceptInvitation(ctx, token, "Kim", goodPassword, from)
			wantCode(t, "AcceptInvitation with an account", err, license.Conflict)
			want(t, "JoinInvitation by somebody else", h.JoinInvitation(ctx, boss, token), license.PermissionMissing)
			wantCode(t, "JoinInvitation by nobody", h.JoinInvitation(ctx, identity.Actor{}, token), license.Unauthenticated)
			_, session := h.enter("kim@other.test")
			s := h.resume(t, session)
			want(t, "JoinInvitation", h.JoinInvitation(ctx, s.Actor(), token), "")
			wantCode(t, "JoinInvitation again", h.JoinInvitation(ctx, s.Actor(), token), license.NotFound)
			want(t, "SwitchTenant", h.SwitchTenant(ctx, session, h.tenant), "")
			if s = h.resume(t, session); s.Actor().Role != identity.Admin {
				t.Errorf("the role is %s, want admin", s.Actor().Role)
			}
		})
		t.Run("ends", func(t *testing.T) {
			gone := func(what string, token identity.Secret) {
				t.Helper()
				_, err := h.FindInvitation(ctx, token)
				wantCode(t, "FindInvitation "+what, err, license.NotFound)
				_, _, err = h.AcceptInvitation(ctx, token, "", goodPassword, from)
				wantCode(t, "AcceptInvitation "+what, err, license.NotFound)
			}
			first, one, err := h.Invite(ctx, boss, "joe@acme.test", identity.Support, link)
			h.ok(err)
			second, two, err := h.Invite(ctx, boss, "JOE@acme.test", identity.Admin, link)
			h.ok(err)
			gone("that was made anew", one)
			wantCode(t, "WithdrawInvitation of the former", h.WithdrawInvitation(ctx, boss, first.ID), license.NotFound)
			elsewhere := office.In(operator(), h.tenant+1)
			wantCode(t, "WithdrawInvitation elsewhere", h.WithdrawInvitation(ctx, elsewhere, second.ID), license.NotFound)
			want(t, "WithdrawInvitation", h.WithdrawInvitation(ctx, boss, second.ID), "")
			gone("that was withdrawn", two)
			_, three, err := h.Invite(ctx, boss, "joe@acme.test", identity.Support, link)
			h.ok(err)
			h.advance(7 * 24 * hour)
			gone("after seven days", three)
			list, err := h.ListInvitations(ctx, boss)
			if len(list) != 0 || err != nil {
				t.Errorf("ListInvitations = %+v, %v, want none", list, err)
			}
			want(t, "Prune", h.Prune(ctx), "")
		})
		t.Run("roles", func(t *testing.T) {
			admin, support := h.boss, h.boss
			admin.Role, support.Role = identity.Admin, identity.Support
			_, _, err := h.Invite(ctx, admin, "eve@acme.test", identity.Owner, link)
			want(t, "Invite of an owner by an admin", err, license.PermissionMissing)
			_, _, err = h.Invite(ctx, support, "eve@acme.test", identity.Support, link)
			want(t, "Invite by support", err, license.PermissionMissing)
			made, _, err := h.Invite(ctx, boss, "eve@acme.test", identity.Owner, link)
			h.ok(err)
			want(t, "WithdrawInvitation of an owner by an admin", h.WithdrawInvitation(ctx, admin, made.ID), license.PermissionMissing)
			for _, email := range []string{"", "eve", "eve@acme.test\r\nBcc: x@y.test"} {
				_, _, err = h.Invite(ctx, boss, email, identity.Support, link)
				wantCode(t, fmt.Sprintf("Invite(%q)", email), err, license.Invalid)
			}
		})
		t.Run("of_who_was_removed", func(t *testing.T) {
			m := h.user("max@acme.test", identity.Admin)
			max, err := h.ActorFor(ctx, m.User.ID, h.tenant)
			h.ok(err)
			_, token, err := h.Invite(ctx, max, "friend@acme.test", identity.Admin, link)
			h.ok(err)
			h.ok(h.RemoveMember(ctx, boss, "max@acme.test"))
			_, err = h.FindInvitation(ctx, token)
			wantCode(t, "FindInvitation of who was removed", err, license.NotFound)
		})
	})
}

func TestInvitationRace(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		_, token, err := h.Invite(t.Context(), h.boss, "ann@acme.test", identity.Support, link)
		h.ok(err)
		once(t, "AcceptInvitation", func(int) error {
			_, _, err := h.AcceptInvitation(t.Context(), token, "Ann", goodPassword, from)
			return err
		})
	})
}

func TestPasswordReset(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.cheapUser("ann@acme.test")
		const next identity.Secret = "Another-Horse-7!"
		ask := func(email string) identity.Secret {
			t.Helper()
			h.ok(h.AskPasswordReset(ctx, email, link, from))
			return h.mailed(store.MailUserReset, "ann@acme.test")
		}
		mails := func() int {
			list, err := h.ListMails(ctx, h.boss, "", office.Page{})
			h.ok(err)
			return len(list)
		}
		t.Run("once", func(t *testing.T) {
			_, session := h.enter("ann@acme.test")
			token := ask("ANN@acme.test")
			if v := h.newest(h.boss); strings.Contains(v.Words.Text, token.Reveal()) || strings.Contains(v.Words.HTML, token.Reveal()) {
				t.Error("an owner reads the link that opens somebody's account")
			}
			u, err := h.FindPasswordReset(ctx, token)
			if err != nil || u.Email != "ann@acme.test" {
				t.Errorf("FindPasswordReset = %+v, %v", u, err)
			}
			want(t, "ResetPassword to a weak one", h.ResetPassword(ctx, token, "weak", from), license.PasswordWeak)
			want(t, "ResetPassword to the old one", h.ResetPassword(ctx, token, goodPassword, from), license.PasswordReused)
			want(t, "ResetPassword", h.ResetPassword(ctx, token, next, from), "")
			h.wantOut(t, "after ResetPassword", session)
			wantCode(t, "ResetPassword again", h.ResetPassword(ctx, token, "Another-Horse-8!", from), license.NotFound)
			_, _, err = h.SignIn(ctx, "ann@acme.test", next, from)
			want(t, "SignIn with the new password", err, "")
			log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 4})
			h.ok(err)
			if got := kinds(log); got != "login.succeeded password.changed password.reset_asked mail.queued" {
				t.Errorf("ListEvents = %s", got)
			}
		})
		t.Run("an_hour", func(t *testing.T) {
			token := ask("ann@acme.test")
			h.advance(hour - time.Microsecond)
			_, err := h.FindPasswordReset(ctx, token)
			want(t, "FindPasswordReset within the hour", err, "")
			h.advance(time.Microsecond)
			_, err = h.FindPasswordReset(ctx, token)
			wantCode(t, "FindPasswordReset after an hour", err, license.NotFound)
			wantCode(t, "ResetPassword after an hour", h.ResetPassword(ctx, token, "Another-Horse-8!", from), license.NotFound)
		})
		t.Run("brake", func(t *testing.T) {
			before := mails()
			for range 5 {
				h.ok(h.AskPasswordReset(ctx, "ann@acme.test", link, from))
			}
			if n := mails() - before; n != 3 {
				t.Errorf("5 wishes made %d mails, want 3", n)
			}
			h.advance(hour)
			ask("ann@acme.test")
		})
		t.Run("nobody", func(t *testing.T) {
			before := mails()
			for _, email := range []string{"nobody@acme.test", "", "no\x00body", strings.Repeat("x", 300) + "@acme.test"} {
				want(t, fmt.Sprintf("AskPasswordReset(%.20q)", email), h.AskPasswordReset(ctx, email, link, from), "")
			}
			h.cheapUser("off@acme.test")
			h.ok(h.DisableUser(ctx, h.boss, "off@acme.test", true))
			want(t, "AskPasswordReset of who is switched off", h.AskPasswordReset(ctx, "off@acme.test", link, from), "")
			if n := mails() - before; n != 0 {
				t.Errorf("%d mails went out, want none", n)
			}
			_, err := h.FindPasswordReset(ctx, "licet_reset_nonsense")
			wantCode(t, "FindPasswordReset of nonsense", err, license.NotFound)
		})
		t.Run("S0-46", func(t *testing.T) {
			for _, lock := range []time.Duration{15 * minute, 30 * minute, 0} {
				h.knock("ann@acme.test", "wrong", 5)
				h.advance(lock)
			}
			want(t, "ResetPassword of who is locked out", h.ResetPassword(ctx, ask("ann@acme.test"), "Another-Horse-9!", from), "")
			_, _, err := h.SignIn(ctx, "ann@acme.test", "Another-Horse-9!", from)
			want(t, "SignIn with the new password", err, license.LoginLocked)
			want(t, "Unlock", h.Unlock(ctx, h.boss, "ann@acme.test"), "")
			_, _, err = h.SignIn(ctx, "ann@acme.test", "Another-Horse-9!", from)
			want(t, "SignIn once unlocked", err, "")
		})
		t.Run("password_set_otherwise", func(t *testing.T) {
			h.advance(hour)
			token := ask("ann@acme.test")
			h.ok(h.SetPassword(ctx, h.boss, "ann@acme.test", "Another-Horse-10!"))
			_, err := h.FindPasswordReset(ctx, token)
			wantCode(t, "FindPasswordReset after SetPassword", err, license.NotFound)
		})
	})
}

func TestPasswordResetRace(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.cheapUser("ann@acme.test")
		h.ok(h.AskPasswordReset(t.Context(), "ann@acme.test", link, from))
		token := h.mailed(store.MailUserReset, "ann@acme.test")
		once(t, "ResetPassword", func(i int) error {
			return h.ResetPassword(t.Context(), token, identity.Secret(fmt.Sprintf("Another-Horse-%d!", i)), from)
		})
	})
}

// A vendor has no words of their own for mails that open accounts: who writes templates could read along.
func TestMailsToUsersHaveNoTemplates(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		for _, kind := range []store.MailKind{store.MailUserReset, store.MailInvitation} {
			err := h.SaveMailTemplate(t.Context(), h.boss, office.MailTemplate{Kind: kind, Subject: "x", Text: "{{.Link}}"})
			wantCode(t, "SaveMailTemplate of "+string(kind), err, license.Invalid)
		}
	})
}

func TestSetUp(t *testing.T) {
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		ctx := t.Context()
		now := mustTime(t, "2026-03-23T12:00:00Z")
		o := office.New(office.Deps{Store: open(t), Keyring: signing.NewKeyring(signing.MasterKey{1}), Hasher: testkit.Hasher(),
			Now: func() license.Time { return now }, Rand: rand.Reader})
		needs := func(want bool) {
			t.Helper()
			if got, err := o.NeedsSetUp(ctx); got != want || err != nil {
				t.Errorf("NeedsSetUp = %t, %v, want %t", got, err, want)
			}
		}
		needs(true)
		n := office.SetUp{Company: "Acme", Code: "acme", Email: "ann@acme.test", Name: "Ann", Password: goodPassword}
		_, _, err := o.SetUp(ctx, "", n, from)
		wantCode(t, "SetUp before OpenSetUp", err, license.NotFound)
		_, err = o.OpenSetUp(ctx, identity.Actor{Kind: identity.PlatformUser, User: 1})
		want(t, "OpenSetUp by somebody", err, license.PermissionMissing)
		former, err := o.OpenSetUp(ctx, operator())
		if err != nil {
			t.Fatal(err)
		}
		token, err := o.OpenSetUp(ctx, operator())
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = o.SetUp(ctx, former, n, from)
		wantCode(t, "SetUp with the former token", err, license.NotFound)
		for field, spoil := range map[string]func(*office.SetUp){
			"company":  func(n *office.SetUp) { n.Company = "" },
			"code":     func(n *office.SetUp) { n.Code = "1" },
			"email":    func(n *office.SetUp) { n.Email = "ann" },
			"name":     func(n *office.SetUp) { n.Name = "a\nb" },
			"password": func(n *office.SetUp) { n.Password = "weak" },
		} {
			bad := n
			spoil(&bad)
			_, _, err := o.SetUp(ctx, token, bad, from)
			if e, ok := errors.AsType[*license.Error](err); !ok || e.Field != field {
				t.Errorf("SetUp with a bad %s = %v", field, err)
			}
		}
		needs(true)
		once(t, "SetUp", func(i int) error {
			other := n
			other.Code, other.Email = fmt.Sprintf("acme-%d", i), fmt.Sprintf("ann%d@acme.test", i)
			s, session, err := o.SetUp(ctx, token, other, from)
			if err != nil {
				return err
			}
			if actor := s.Actor(); actor.Role != identity.Owner || actor.Tenant == 0 {
				t.Errorf("SetUp = %+v, want an owner", s)
			}
			_, err = o.ResumeSession(ctx, session, from)
			return err
		})
		list, err := o.ListTenants(ctx, operator(), office.Page{})
		if err != nil || len(list) != 1 || list[0].Name != "Acme" {
			t.Errorf("ListTenants = %+v, %v, want one", list, err)
		}
		needs(false)
		_, err = o.OpenSetUp(ctx, operator())
		wantCode(t, "OpenSetUp again", err, license.Conflict)
	})
}
