package office_test

import (
	"errors"
	"strconv"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

func TestChangeCustomerAccount(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		made, err := h.CreateCustomerAccount(ctx, h.boss, office.NewAccount{Code: "CORP", Issuer: "https://login.corp.test/a", ClientID: "licet", ClientSecret: "s3cret"})
		h.ok(err)
		stored := func() []byte {
			t.Helper()
			var sealed []byte
			h.ok(h.store.Read(ctx, func(tx *store.Tx) (err error) {
				_, sealed, err = tx.FindCustomerAccountByCode(h.tenant, "CORP")
				return err
			}))
			return sealed
		}
		for _, ref := range []string{"CORP", strconv.FormatInt(int64(made.ID), 10)} {
			if a, err := h.FindCustomerAccount(ctx, h.boss, ref); err != nil || a != made {
				t.Errorf("FindCustomerAccount(%s) = %+v, %v, want %+v", ref, a, err, made)
			}
		}
		_, err = h.FindCustomerAccount(ctx, h.boss, "NONE")
		want(t, "FindCustomerAccount of none", err, license.AccountUnknown)

		before, name, other := stored(), "Corp Ltd", "https://login.corp.test/b"
		changed, err := h.ChangeCustomerAccount(ctx, h.boss, "CORP", office.AccountChange{Name: &name})
		if err != nil || changed.Name != name || changed.Issuer != made.Issuer || string(stored()) != string(before) {
			t.Errorf("ChangeCustomerAccount of the name = %+v, %v, want the rest as it was", changed, err)
		}
		if _, err := h.ChangeCustomerAccount(ctx, h.boss, "CORP", office.AccountChange{Issuer: &other}); err != nil || len(stored()) != 0 {
			t.Errorf("ChangeCustomerAccount of the issuer = %v, want the secret forgotten", err)
		}
		secret := identity.Secret("n3w")
		h.ok(ignore(h.ChangeCustomerAccount(ctx, h.boss, "CORP", office.AccountChange{ClientSecret: &secret})))
		if len(stored()) == 0 {
			t.Error("a new secret is not stored")
		}
		none := ""
		changed, err = h.ChangeCustomerAccount(ctx, h.boss, "CORP", office.AccountChange{Issuer: &none})
		if err != nil || changed.Issuer != "" || changed.ClientID != "" || len(stored()) != 0 {
			t.Errorf("ChangeCustomerAccount without an issuer = %+v, %v, want neither client nor secret", changed, err)
		}
		_, err = h.ChangeCustomerAccount(ctx, h.boss, "CORP", office.AccountChange{ClientSecret: &secret})
		wantField(t, "ChangeCustomerAccount to a secret without an issuer", err, "issuer")
		stop := errors.New("stop")
		if _, err := h.ChangeCustomerAccount(ctx, h.boss, "CORP", office.AccountChange{Name: &none, If: func(license.CustomerAccount) error { return stop }}); !errors.Is(err, stop) {
			t.Errorf("ChangeCustomerAccount = %v, want what If said", err)
		}
		reader := h.member(identity.ReadOnly)
		_, err = h.ChangeCustomerAccount(ctx, reader, "CORP", office.AccountChange{Name: &name})
		want(t, "ChangeCustomerAccount by who may look", err, license.PermissionMissing)
	})
}

func ignore(_ license.CustomerAccount, err error) error { return err }

func TestKeysOfOnesOwn(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		_, token, err := h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "app", Scopes: identity.NewScopes(identity.UseLicenses)})
		h.ok(err)
		app, err := h.FindByToken(ctx, token.Reveal())
		h.ok(err)
		if key, err := h.OwnAPIKey(ctx, app); err != nil || key.Name != "app" {
			t.Errorf("OwnAPIKey = %+v, %v, want app", key, err)
		}
		_, err = h.OwnAPIKey(ctx, h.boss)
		wantCode(t, "OwnAPIKey of somebody without one", err, license.NotFound)

		made, _, err := h.CreateAppKey(ctx, h.boss, office.NewAppKey{Kind: store.BasicClient})
		h.ok(err)
		if key, err := h.FindAppKey(ctx, h.boss, made.PublicID); err != nil || key.ID != made.ID || key.Secret != nil {
			t.Errorf("FindAppKey = %+v, %v, want it without its secret", key, err)
		}
		stranger := h.boss
		stranger.Tenant++
		_, err = h.FindAppKey(ctx, stranger, made.PublicID)
		wantCode(t, "FindAppKey of another tenant", err, license.NotFound)
	})
}

// An address is let in again by who may change the settings, a program too.
func TestClearAddressLockoutByProgram(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		program := identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Key: 1, Scopes: identity.NewScopes(identity.WriteSettings)}
		h.ok(h.ClearAddressLockout(t.Context(), program, "192.0.2.1"))
		program.Scopes = identity.NewScopes(identity.WriteCustomers, identity.ReadSettings)
		want(t, "ClearAddressLockout by a program for customers", h.ClearAddressLockout(t.Context(), program, "192.0.2.1"), license.PermissionMissing)
	})
}
