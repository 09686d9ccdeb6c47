package office_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// user makes a platform user with goodPassword.
func (h *house) user(email string, role identity.Role) office.Member {
	h.t.Helper()
	m, err := h.CreateUser(h.t.Context(), h.boss, office.NewUser{Email: email, Name: "Somebody", Password: goodPassword, Role: role})
	h.ok(err)
	return m
}

// cheapUser makes somebody of support whose password, goodPassword, costs next to nothing to verify, for tests that try many.
func (h *house) cheapUser(email string) office.Member {
	h.t.Helper()
	salt := []byte("saltsalt")
	key := argon2.IDKey([]byte(goodPassword.Reveal()), salt, 1, 8, 1, 16)
	b64 := base64.RawStdEncoding
	hash := identity.PasswordHash("$argon2id$v=19$m=8,t=1,p=1$" + b64.EncodeToString(salt) + "$" + b64.EncodeToString(key))
	m := office.Member{Tenant: h.tenant, Role: identity.Support, Since: h.now(), User: office.User{Email: email, Name: "Somebody", Created: h.now()}}
	h.ok(h.store.Write(h.t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertUser(&m.User, hash); err != nil {
			return err
		}
		return tx.InsertMember(&m)
	}))
	return m
}

func TestPasswordPolicy(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		t.Run("S0-36", func(t *testing.T) {
			for password, rule := range map[identity.Secret]string{
				"Correct-H7!":  "at least 12 characters",
				"CORRECT-H7!!": "lower-case",
				"correct-h7!!": "upper-case",
				"Correct-Hx!!": "digit",
				"CorrectH7xyz": "special",
			} {
				_, err := h.CreateUser(t.Context(), h.boss, office.NewUser{Email: "new@acme.test", Password: password, Role: identity.Support})
				want(t, "CreateUser("+password.Reveal()+")", err, license.PasswordWeak)
				if err != nil && !strings.Contains(err.Error(), rule) {
					t.Errorf("CreateUser(%s) says %q, which does not name %q", password.Reveal(), err, rule)
				}
			}
			h.user("good@acme.test", identity.Support)
		})
		t.Run("S0-37", func(t *testing.T) {
			_, err := h.CreateUser(t.Context(), h.boss, office.NewUser{Email: "Anna-Bella-7@acme.test", Password: "anna-BELLA-7", Role: identity.Support})
			want(t, "CreateUser with the local part as password", err, license.PasswordWeak)
			_, err = h.CreateUser(t.Context(), h.boss, office.NewUser{Email: "Anna-Bella-7@acme.test", Password: "anna-BELLA-7@acme.test", Role: identity.Support})
			want(t, "CreateUser with the e-mail address as password", err, license.PasswordWeak)
		})
		t.Run("S0-38", func(t *testing.T) {
			m := h.user("old@acme.test", identity.Support)
			next := []identity.Secret{"Correct-Horse-8!", "Correct-Horse-9!", "Correct-Horse-10!", "Correct-Horse-11!"}
			for _, password := range next {
				want(t, "SetPassword to a new one", h.SetPassword(t.Context(), h.boss, m.User.Email, password), "")
			}
			// Five are remembered: the current one and the four before.
			for _, password := range append(next, goodPassword) {
				want(t, "SetPassword to a recent one", h.SetPassword(t.Context(), h.boss, m.User.Email, password), license.PasswordReused)
			}
			want(t, "SetPassword to a sixth one", h.SetPassword(t.Context(), h.boss, m.User.Email, "Correct-Horse-12!"), "")
			want(t, "SetPassword to the first one", h.SetPassword(t.Context(), h.boss, m.User.Email, goodPassword), "")
			_, err := h.Authenticate(t.Context(), m.User.Email, goodPassword, "")
			want(t, "Authenticate with the newest password", err, "")
		})
	})
}

func TestChangePassword(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		m := h.user("ann@acme.test", identity.Support)
		ann, err := h.ActorFor(t.Context(), m.User.ID, h.tenant)
		h.ok(err)
		const next identity.Secret = "Another-Horse-7!"
		want(t, "ChangePassword without the old one", h.ChangePassword(t.Context(), ann, "wrong", next, ""), license.CredentialsWrong)
		want(t, "ChangePassword to a weak one", h.ChangePassword(t.Context(), ann, goodPassword, "short", ""), license.PasswordWeak)
		want(t, "ChangePassword", h.ChangePassword(t.Context(), ann, goodPassword, next, ""), "")
		_, err = h.Authenticate(t.Context(), "ann@acme.test", goodPassword, "")
		want(t, "Authenticate with the old password", err, license.CredentialsWrong)
		_, err = h.Authenticate(t.Context(), "ann@acme.test", next, "")
		want(t, "Authenticate with the new password", err, "")
	})
}

func TestMembers(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ann := h.user("ann@acme.test", identity.Owner)
		_, err := h.CreateUser(ctx, h.boss, office.NewUser{Email: "ANN@acme.test", Password: goodPassword, Role: identity.Support})
		wantCode(t, "CreateUser with a taken address", err, license.Conflict)

		other, err := h.CreateTenant(ctx, operator(), "other", "Other")
		h.ok(err)
		theirs := office.In(operator(), other.ID)
		_, err = h.CreateTenant(ctx, operator(), "other", "Again")
		wantCode(t, "CreateTenant with a taken code", err, license.Conflict)
		_, err = h.CreateTenant(ctx, h.boss, "mine", "Mine")
		want(t, "CreateTenant by an owner", err, license.PermissionMissing)

		t.Run("S0-05", func(t *testing.T) {
			list, err := h.TenantsOf(ctx, ann.User.ID)
			h.ok(err)
			if len(list) != 1 || list[0].Tenant.Code != "acme" {
				t.Errorf("TenantsOf = %v, want acme", list)
			}
			_, err = h.AddMember(ctx, theirs, "Ann@acme.test", identity.Support)
			h.ok(err)
			list, err = h.TenantsOf(ctx, ann.User.ID)
			h.ok(err)
			if len(list) != 2 || list[0].Role != identity.Owner || list[1].Tenant.Code != "other" || list[1].Role != identity.Support {
				t.Errorf("TenantsOf = %v, want acme as owner and other as support", list)
			}
			_, err = h.AddMember(ctx, theirs, "ann@acme.test", identity.Support)
			wantCode(t, "AddMember again", err, license.Conflict)
		})
		t.Run("roles_per_tenant", func(t *testing.T) {
			there, err := h.ActorFor(ctx, ann.User.ID, other.ID)
			h.ok(err)
			_, err = h.CreateProduct(ctx, there, office.NewProduct{Code: "p1", Name: "P"})
			want(t, "CreateProduct as support", err, license.PermissionMissing)
			third, err := h.CreateTenant(ctx, operator(), "third", "Third")
			h.ok(err)
			_, err = h.ActorFor(ctx, ann.User.ID, third.ID)
			wantCode(t, "ActorFor elsewhere", err, license.NotFound)
		})
		t.Run("accounts_of_several_tenants", func(t *testing.T) {
			want(t, "SetPassword", h.SetPassword(ctx, h.boss, "ann@acme.test", "Another-Horse-7!"), license.PermissionMissing)
			want(t, "DisableUser", h.DisableUser(ctx, h.boss, "ann@acme.test", true), license.PermissionMissing)
			want(t, "SetPassword by the operator", h.SetPassword(ctx, theirs, "ann@acme.test", "Another-Horse-7!"), "")
		})
		t.Run("last_owner", func(t *testing.T) {
			wantCode(t, "RemoveMember", h.RemoveMember(ctx, h.boss, "ann@acme.test"), license.Conflict)
			wantCode(t, "SetRole", h.SetRole(ctx, h.boss, "ann@acme.test", identity.Support), license.Conflict)
			h.user("bob@acme.test", identity.Owner)
			want(t, "SetRole", h.SetRole(ctx, h.boss, "ann@acme.test", identity.Admin), "")
			want(t, "RemoveMember", h.RemoveMember(ctx, h.boss, "ann@acme.test"), "")
			_, err := h.FindMember(ctx, h.boss, "ann@acme.test")
			wantCode(t, "FindMember", err, license.NotFound)
		})
		t.Run("admins_and_owners", func(t *testing.T) {
			admin := h.boss
			admin.Role = identity.Admin
			_, err := h.CreateUser(ctx, admin, office.NewUser{Email: "eve@acme.test", Password: goodPassword, Role: identity.Owner})
			want(t, "CreateUser of an owner by an admin", err, license.PermissionMissing)
			want(t, "SetPassword of an owner by an admin", h.SetPassword(ctx, admin, "bob@acme.test", "Another-Horse-7!"), license.PermissionMissing)
		})
	})
}

func TestAPIKeys(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		scopes := identity.NewScopes(identity.WriteLicenses)
		key, token, err := h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "shop", Scopes: scopes, ExpiresAt: h.now().Add(hour)})
		h.ok(err)
		actor, err := h.FindByToken(ctx, token.Reveal())
		h.ok(err)
		if actor.Tenant != h.tenant || actor.Scopes != scopes || actor.Key != key.ID || actor.Kind != identity.ClientApp {
			t.Errorf("FindByToken = %+v", actor)
		}
		_, err = h.CreateProduct(ctx, actor, office.NewProduct{Code: "p1", Name: "P"})
		want(t, "CreateProduct with a key for licenses", err, license.PermissionMissing)
		_, _, err = h.CreateAPIKey(ctx, identity.Actor{Kind: identity.PlatformUser, Tenant: h.tenant, Role: identity.Support}, office.NewAPIKey{Name: "x", Scopes: scopes})
		want(t, "CreateAPIKey by support", err, license.PermissionMissing)
		admin := h.boss
		admin.Role = identity.Admin
		_, _, err = h.CreateAPIKey(ctx, admin, office.NewAPIKey{Name: "x", Scopes: identity.AllScopes()})
		want(t, "CreateAPIKey that may do more", err, license.PermissionMissing)

		text := token.Reveal()
		_, err = h.FindByToken(ctx, text[:len(text)-3]+text[len(text)-2:]+"a")
		want(t, "FindByToken of a mistyped token", err, license.CredentialsWrong)
		h.advance(hour)
		_, err = h.FindByToken(ctx, token.Reveal())
		want(t, "FindByToken of an expired key", err, license.TokenExpired)

		lasting, token, err := h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "lasting", Scopes: scopes})
		h.ok(err)
		for range 2 {
			_, err = h.RevokeAPIKey(ctx, h.boss, lasting.ID)
			want(t, "RevokeAPIKey", err, "")
			h.advance(hour)
		}
		_, err = h.FindByToken(ctx, token.Reveal())
		want(t, "FindByToken of a revoked key", err, license.CredentialsWrong)
		list, err := h.ListAPIKeys(ctx, h.boss, office.Page{})
		h.ok(err)
		if len(list) != 2 || list[0].ID != lasting.ID || list[0].RevokedAt == 0 {
			t.Errorf("ListAPIKeys = %+v, want the revoked one and the expired one", list)
		}
		log, err := h.ListEvents(ctx, h.boss, office.Page{})
		h.ok(err)
		if got := kinds(log); got != "key.revoked key.created key.created tenant.created" {
			t.Errorf("ListEvents = %s", got)
		}
	})
}
