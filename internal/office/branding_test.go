package office_test

import (
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

func TestBranding(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		for _, good := range [][3]string{
			{"branding.name", "Acme Audio", "Acme Audio"},
			{"branding.color", " #1A7F5a ", "#1a7f5a"},
			{"branding.support_url", "https://example.com/help?a=1", "https://example.com/help?a=1"},
			{"branding.support_url", "mailto:help@example.com", "mailto:help@example.com"},
			{"branding.color", "", ""},
		} {
			s, err := h.SaveSetting(t.Context(), h.boss, office.Setting{Name: good[0], Value: good[1]})
			if err != nil || s.Value != good[2] {
				t.Errorf("SaveSetting(%s, %q) = %q, %v, want %q", good[0], good[1], s.Value, err, good[2])
			}
		}
		for _, bad := range [][2]string{
			{"branding.color", "red"}, {"branding.color", "#1a7f5"}, {"branding.color", "#1a7f5a;background:url(x)"},
			{"branding.support_url", "javascript:alert(1)"}, {"branding.support_url", "//evil.example"}, {"branding.support_url", "https://user:pass@example.com"},
			{"branding.support_url", "mailto:nobody"}, {"branding.name", "two\nlines"},
		} {
			_, err := h.SaveSetting(t.Context(), h.boss, office.Setting{Name: bad[0], Value: bad[1]})
			if license.CodeOf(err) != license.Invalid {
				t.Errorf("SaveSetting(%s, %q) = %v, want invalid", bad[0], bad[1], err)
			}
		}
	})
}

// What pages ask of a tenant besides its things.
func TestForPages(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		rules, err := h.LockoutRules(ctx, h.boss)
		if err != nil || rules.Members != identity.Platform() || rules.Users != identity.Portal() || rules.OwnMembers || rules.OwnUsers {
			t.Errorf("LockoutRules = %+v, %v, want the server's", rules, err)
		}
		if _, err := h.SaveSetting(ctx, h.boss, office.Setting{Name: "lockout.license_user", Value: `{"failures_per_round": 3}`}); err != nil {
			t.Fatal(err)
		}
		support := h.boss
		support.Role = identity.Support
		rules, err = h.LockoutRules(ctx, support)
		if err != nil || !rules.OwnUsers || rules.Users.FailuresPerRound != 3 || rules.OwnMembers {
			t.Errorf("LockoutRules after a change = %+v, %v, want the own one of license users", rules, err)
		}
		if _, err := h.LockoutRules(ctx, identity.Actor{}); license.CodeOf(err) != license.Unauthenticated {
			t.Errorf("LockoutRules for nobody = %v", err)
		}
		if err := h.RenameTenant(ctx, support, "Umbra"); license.ReasonOf(err) != license.PermissionMissing {
			t.Errorf("RenameTenant by support = %v, want permission_missing", err)
		}
		if err := h.RenameTenant(ctx, h.boss, ""); license.CodeOf(err) != license.Invalid {
			t.Errorf("RenameTenant to nothing = %v, want invalid", err)
		}
		if err := h.RenameTenant(ctx, h.boss, "Umbra Audio"); err != nil {
			t.Fatal(err)
		}
		if tenant, err := h.FindTenant(ctx, h.boss, ""); err != nil || tenant.Name != "Umbra Audio" {
			t.Errorf("the tenant is %+v, %v, want Umbra Audio", tenant, err)
		}
		seen, err := h.MembersSeen(ctx, h.boss)
		if err != nil || len(seen) != 0 {
			t.Errorf("MembersSeen = %v, %v, want nobody", seen, err)
		}
		user, err := h.FindMember(ctx, h.boss, h.boss.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.SignIn(ctx, user.User.Email, goodPassword, office.Visitor{}); err != nil {
			t.Fatal(err)
		}
		if seen, err := h.MembersSeen(ctx, h.boss); err != nil || seen[user.User.ID] != h.now() {
			t.Errorf("MembersSeen after a sign-in = %v, %v, want now", seen, err)
		}
		if err := h.CheckSetUp(ctx, "x"); license.CodeOf(err) != license.Conflict {
			t.Errorf("CheckSetUp with a tenant = %v, want conflict", err)
		}
	})
}
