package authority

import (
	"context"
	"unicode"
	"unicode/utf8"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// maxUserName is how many bytes the name of a license user may have at a door: office allows 200 characters.
const maxUserName = 800

// SignInUser returns the license user of a tenant with a name and a password. address is the network address of whoever
// asks, "" when there is none.
//
// An unknown user, a user without a password and a wrong password are alike in answer and in cost: credentials_wrong.
// Too many of them lock: login_locked or address_locked, with RetryAfter; then the password is not looked at (S0-44,
// S0-48). A user who is banned hears user_banned, for the right password alone.
func (a *Authority) SignInUser(ctx context.Context, tenant license.TenantID, name string, password identity.Secret, address string) (license.LicenseUser, error) {
	u, err := a.prove(ctx, tenant, name, password, address, nil)
	return u.LicenseUser, err
}

// prove checks a password behind its lockouts, in the four steps that package identity describes. first may refuse
// before anything is looked at; it may be nil.
func (a *Authority) prove(ctx context.Context, tenant license.TenantID, name string, password identity.Secret, address string,
	first func(*store.Tx) error) (store.UserSecrets, error) {
	if !plain(name) {
		name = "" // Nobody has such a name; it costs what any other unknown one costs.
	}
	var u store.UserSecrets
	var guards []store.Guard
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		if first != nil {
			if err := first(tx); err != nil {
				return err
			}
		}
		if u, err = findSecrets(tx, tenant, name); err != nil {
			return err
		}
		if guards, err = a.guards(tx, tenant, name, address); err != nil {
			return err
		}
		return tx.CheckGuards(guards, a.now())
	})
	if err != nil {
		return store.UserSecrets{}, err
	}
	right, _, err := a.hasher.Verify(ctx.Done(), identity.PasswordHash(u.Hash), password.Reveal())
	if err != nil {
		return store.UserSecrets{}, err
	}
	var refused error
	err = a.store.Write(ctx, func(tx *store.Tx) (err error) {
		refused, err = a.count(tx, tenant, guards, &u, right, address)
		return err
	})
	if err == nil {
		err = refused
	}
	if err == nil && u.Banned {
		err = license.Refuse(license.UserBanned)
	}
	if err != nil {
		return store.UserSecrets{}, err
	}
	return u, nil
}

// findSecrets finds a license user of the whole tenant; the zero value when there is none of that name.
func findSecrets(tx *store.Tx, tenant license.TenantID, name string) (store.UserSecrets, error) {
	u, err := tx.FindLicenseUserByName(tenant, 0, name)
	switch {
	case license.CodeOf(err) == license.NotFound:
		return store.UserSecrets{}, nil
	case err != nil:
		return store.UserSecrets{}, err
	}
	return tx.FindUserSecrets(tenant, u.ID)
}

// guards returns the lockouts of a user, known or not, and of an address, the user's first.
func (a *Authority) guards(tx *store.Tx, tenant license.TenantID, name, address string) ([]store.Guard, error) {
	policy, err := a.userLockout(tx, tenant)
	if err != nil {
		return nil, err
	}
	list := []store.Guard{{Key: store.UserLockout(tenant, name), Policy: policy, Reason: license.LoginLocked}}
	if address != "" {
		list = append(list, store.Guard{Key: store.UserAddressLockout(tenant, address), Policy: a.addresses, Reason: license.AddressLocked})
	}
	return list, nil
}

// userLockout returns the lockout policy of a tenant's license users.
func (a *Authority) userLockout(tx *store.Tx, tenant license.TenantID) (identity.LockoutPolicy, error) {
	policy := a.lockout
	text, found, err := tx.TenantSetting(tenant, store.SettingUserLockout)
	if err == nil && found {
		policy, err = policy.With([]byte(text))
	}
	return policy, err
}

// count notes the outcome, and for a user who exists that they have been locked out.
func (a *Authority) count(tx *store.Tx, tenant license.TenantID, guards []store.Guard, u *store.UserSecrets, right bool, address string) (refused, err error) {
	now := a.now()
	refused, locked, err := tx.CountAttempt(guards, right, now)
	if err == nil && locked != nil && u.ID != 0 {
		err = tx.AppendEvents(tenant, identity.Actor{Kind: identity.System}.String(), now, license.Event{Kind: license.LoginWasLocked,
			Subject: int64(u.ID), Data: map[string]any{"address": address, "until": locked.LockedUntil, "permanent": locked.Permanent}})
	}
	return refused, err
}

// ChangeUserPassword gives a license user a new password for the old one, which is then no longer an initial one
// (S0-57). The old one is asked for behind the same lockouts as at sign-in (S0-48). Besides what SignInUser refuses, it
// refuses with password_fixed where the tenant lets nobody change passwords, and with password_weak and password_reused
// (S0-36 to S0-38).
func (a *Authority) ChangeUserPassword(ctx context.Context, tenant license.TenantID, name string, old, password identity.Secret, address string) error {
	u, err := a.prove(ctx, tenant, name, old, address, func(tx *store.Tx) error { return passwordsChange(tx, tenant) })
	if err != nil {
		return err
	}
	hash, err := a.hasher.HashNew(ctx.Done(), a.passwords, u.Account(), password.Reveal())
	if err != nil {
		return err
	}
	actor := identity.Actor{Kind: identity.LicenseUser, Tenant: tenant, LicenseUser: u.ID, Name: u.Name}
	return a.store.Write(ctx, func(tx *store.Tx) error {
		saved, err := tx.SaveUserPassword(&u, string(hash), nil, identity.MaxRemembered)
		if err != nil {
			return err
		}
		if !saved {
			return &license.Error{Code: license.Conflict, Message: "the password was changed meanwhile; try again"}
		}
		return tx.AppendEvents(tenant, actor.String(), a.now(), license.Event{Kind: license.PasswordChanged, Subject: int64(u.ID)})
	})
}

// passwordsChange refuses where a tenant keeps license users from changing their passwords.
func passwordsChange(tx *store.Tx, tenant license.TenantID) error {
	text, _, err := tx.TenantSetting(tenant, store.SettingChangePassword)
	if err == nil && text == "false" {
		err = license.Refuse(license.PasswordFixed)
	}
	return err
}

// InitialPassword returns the password that a license user was given and has not changed yet, in clear; "" once they
// have, and for who never had one.
func (a *Authority) InitialPassword(u store.UserSecrets) (string, error) {
	if len(u.Initial) == 0 {
		return "", nil
	}
	text, err := a.keyring.Open(u.InitialContext(), u.Initial)
	return string(text), err
}

// plain reports whether text may be a name that somebody was given: short enough, and without control characters.
func plain(text string) bool {
	if len(text) > maxUserName || !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}
