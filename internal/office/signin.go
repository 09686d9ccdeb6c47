package office

import (
	"context"
	"errors"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// The audiences whose failures are counted at the platform's door.
const (
	audienceUser    = "platform_user"
	audienceAddress = "platform_address"
)

// settingLockout is the name of a tenant's own lockout policy for platform users.
const settingLockout = "lockout." + audienceUser

// Authenticate returns the platform user with an e-mail address and a password. address is the network
// address of whoever asks, "" when there is none.
//
// An unknown account and a wrong password are alike in answer and in cost: credentials_wrong. Too many
// of them lock: login_locked or address_locked, with RetryAfter, or without for a permanent lock; then
// the password is not looked at (S0-44). An account that was switched off says account_disabled, to the
// right password alone.
func (o *Office) Authenticate(ctx context.Context, email string, password identity.Secret, address string) (User, error) {
	cred, err := o.prove(ctx, email, password, address)
	if err != nil {
		return User{}, err
	}
	if cred.Disabled {
		return User{}, license.Refuse(license.AccountDisabled)
	}
	return cred.PlatformUser, nil
}

// prove checks a password behind its lockouts, in the four steps that package identity describes.
func (o *Office) prove(ctx context.Context, email string, password identity.Secret, address string) (store.Credentials, error) {
	if clean, err := license.CheckEmail("email", email); err != nil {
		email = "" // Nobody has such an address; it costs what any other unknown account costs.
	} else {
		email = clean
	}
	var cred store.Credentials
	var guards []store.Guard
	err := o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if cred, err = findCredentials(tx, email); err != nil {
			return err
		}
		if guards, err = o.guards(tx, &cred, email, address); err != nil {
			return err
		}
		return tx.CheckGuards(guards, o.d.Now())
	})
	if err != nil {
		return store.Credentials{}, err
	}
	right, _, err := o.d.Hasher.Verify(ctx.Done(), cred.Current(), password.Reveal())
	if err != nil {
		return store.Credentials{}, err
	}
	var refused error
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		// Who knows a password alone must not be able to guess codes for ever: what is held stays until a code is right.
		more, err := asksMore(tx, cred.ID)
		if err != nil {
			return err
		}
		if more && right {
			return tx.HoldGuards(guards, o.d.Now())
		}
		refused, err = o.count(tx, guards, &cred, right, address)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return store.Credentials{}, err
	}
	return cred, nil
}

func findCredentials(tx *store.Tx, email string) (store.Credentials, error) {
	cred, err := tx.FindCredentials(email)
	if errors.Is(err, license.NotFound) {
		return store.Credentials{}, nil
	}
	return cred, err
}

// guards returns the lockouts of an account, known or not, and of an address. The account's comes
// first, so that everybody locks them in one order.
func (o *Office) guards(tx *store.Tx, cred *store.Credentials, email, address string) ([]store.Guard, error) {
	policy, err := o.policyOf(tx, cred)
	if err != nil {
		return nil, err
	}
	list := []store.Guard{{Key: userLockout(email), Policy: policy, Reason: license.LoginLocked}}
	return append(list, o.addressGuards(address)...), nil
}

// userLockout says whose failures are counted when a platform user signs in, known or not.
func userLockout(email string) store.LockoutKey {
	return store.LockoutKey{Audience: audienceUser, Subject: store.FoldEmail(email)}
}

// addressGuards returns the lockout of an address, none for "".
func (o *Office) addressGuards(address string) []store.Guard {
	if address == "" {
		return nil
	}
	return []store.Guard{{Key: store.LockoutKey{Audience: audienceAddress, Subject: address}, Policy: o.d.Addresses, Reason: license.AddressLocked}}
}

// policyOf returns the lockout policy of an account: that of the first of its tenants which has one of
// its own (S0-47), else the server's.
func (o *Office) policyOf(tx *store.Tx, cred *store.Credentials) (identity.LockoutPolicy, error) {
	if cred.ID == 0 {
		return o.d.Lockout, nil
	}
	tenants, err := tx.Memberships(cred.ID)
	if err != nil {
		return o.d.Lockout, err
	}
	for _, m := range tenants {
		text, found, err := tx.TenantSetting(m.Tenant.ID, settingLockout)
		if err != nil {
			return o.d.Lockout, err
		}
		if found {
			return o.d.Lockout.With([]byte(text))
		}
	}
	return o.d.Lockout, nil
}

// count notes the outcome, and in the tenants of an account that it has been locked.
func (o *Office) count(tx *store.Tx, guards []store.Guard, cred *store.Credentials, right bool, address string) (refused, err error) {
	now := o.d.Now()
	refused, locked, err := tx.CountAttempt(guards, right, now)
	if err == nil && locked != nil {
		err = toTenants(tx, cred.ID, identity.Actor{Kind: identity.System}, now, license.Event{Kind: license.LoginWasLocked,
			Subject: int64(cred.ID), Data: map[string]any{"address": address, "until": locked.LockedUntil, "permanent": locked.Permanent}})
	}
	return refused, err
}

// toTenants records an event about an account in the tenant of the actor, or from outside tenants in
// every tenant of the account.
func toTenants(tx *store.Tx, user license.UserID, actor identity.Actor, now license.Time, e license.Event) error {
	if actor.Tenant != 0 {
		return tx.AppendEvents(actor.Tenant, actor.String(), now, e)
	}
	tenants, err := tx.Memberships(user)
	if err != nil {
		return err
	}
	for _, m := range tenants {
		if err := tx.AppendEvents(m.Tenant.ID, actor.String(), now, e); err != nil {
			return err
		}
	}
	return nil
}

// ChangePassword is ChangeOwnPassword from nowhere in particular: all the actor's sessions end.
func (o *Office) ChangePassword(ctx context.Context, actor identity.Actor, old, password identity.Secret, address string) error {
	return o.ChangeOwnPassword(ctx, actor, old, password, 0, Visitor{Address: address})
}

// ChangeOwnPassword gives the actor, a platform user, a new password for the old one, and ends their sessions besides keep, which may be
// 0. The old one is asked for behind the same lockout as at sign-in (S0-48). It refuses with credentials_wrong, password_weak and
// password_reused.
func (o *Office) ChangeOwnPassword(ctx context.Context, actor identity.Actor, old, password identity.Secret, keep license.WebSessionID, v Visitor) error {
	cred, err := o.proveSelf(ctx, actor, old, v)
	if err != nil {
		return err
	}
	return o.savePassword(ctx, actor, &cred, password, keep)
}

// proveSelf checks the password of the actor, a platform user, behind its lockouts.
func (o *Office) proveSelf(ctx context.Context, actor identity.Actor, password identity.Secret, v Visitor) (store.Credentials, error) {
	if err := self(actor); err != nil {
		return store.Credentials{}, err
	}
	var user User
	err := o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		user, err = tx.FindUser(actor.User)
		return err
	})
	if err != nil {
		return store.Credentials{}, err
	}
	return o.prove(ctx, user.Email, password, v.Address)
}

// SetPassword gives a platform user of the actor's tenant a new password. An account that belongs to
// other tenants too is Forbidden to all but the operator, who would else give themselves a door into
// those. It refuses with password_weak and password_reused (S0-36 to S0-38).
func (o *Office) SetPassword(ctx context.Context, actor identity.Actor, ref string, password identity.Secret) error {
	if err := may(actor, identity.WriteUsers); err != nil {
		return err
	}
	var cred store.Credentials
	err := o.d.Store.Read(ctx, func(tx *store.Tx) error {
		m, err := findMember(tx, actor.Tenant, ref)
		if err != nil {
			return err
		}
		if err := mayManage(actor, m.Role); err != nil {
			return err
		}
		if err := onlyHere(tx, actor, m); err != nil {
			return err
		}
		cred, err = tx.FindCredentials(m.User.Email)
		return err
	})
	if err != nil {
		return err
	}
	return o.savePassword(ctx, actor, &cred, password, 0)
}

// savePassword hashes outside the transaction and stores unless the password was changed meanwhile. Sessions besides keep end.
func (o *Office) savePassword(ctx context.Context, actor identity.Actor, cred *store.Credentials, password identity.Secret, keep license.WebSessionID) error {
	account := identity.Account{Email: cred.Email, Previous: cred.Hashes}
	hash, err := o.d.Hasher.HashNew(ctx.Done(), o.d.Passwords, account, password.Reveal())
	if err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := replacePassword(tx, cred, hash, keep); err != nil {
			return err
		}
		return toTenants(tx, cred.ID, actor, o.d.Now(), license.Event{Kind: license.PasswordChanged, Subject: int64(cred.ID)})
	})
}

// replacePassword stores a new password; what the old one opened is closed: sessions besides keep, and links to choose another one by.
func replacePassword(tx *store.Tx, cred *store.Credentials, hash identity.PasswordHash, keep license.WebSessionID) error {
	saved, err := tx.SavePassword(cred, hash)
	if err != nil {
		return err
	}
	if !saved {
		return &license.Error{Code: license.Conflict, Message: "the password was changed meanwhile; try again"}
	}
	if _, err := tx.DropWebSessions(cred.ID, keep); err != nil {
		return err
	}
	return tx.DropPasswordResets(cred.Email)
}

// Unlock clears what is held against the account of a platform user, a permanent lock too (S0-46). It
// takes an owner of one of the account's tenants, or the operator, who may leave the tenant open.
func (o *Office) Unlock(ctx context.Context, actor identity.Actor, ref string) error {
	if err := actor.RequireOwner(actor.Tenant); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		user, err := findAccount(tx, actor, ref)
		if err != nil {
			return err
		}
		key := userLockout(user.Email)
		before, err := tx.LockLockout(key)
		if err != nil {
			return err
		}
		if err := tx.SaveLockout(key, o.d.Lockout.Unlock(before)); err != nil {
			return err
		}
		return toTenants(tx, user.ID, actor, o.d.Now(), license.Event{Kind: license.LoginUnlocked, Subject: int64(user.ID),
			Data: map[string]any{"email": user.Email, "was_permanent": before.Permanent}})
	})
}

// findAccount finds a member of the actor's tenant, or any account for the operator outside tenants.
func findAccount(tx *store.Tx, actor identity.Actor, ref string) (User, error) {
	if actor.Tenant != 0 {
		m, err := findMember(tx, actor.Tenant, ref)
		return m.User, err
	}
	if id, isID := license.ParseID(ref); isID {
		return tx.FindUser(license.UserID(id))
	}
	return tx.FindUserByEmail(ref)
}

// Locked returns what is held against the account of a platform user, for the screen that shows members.
func (o *Office) Locked(ctx context.Context, actor identity.Actor, ref string) (s identity.Lockout, err error) {
	if err := may(actor, identity.ReadUsers); err != nil {
		return s, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		m, err := findMember(tx, actor.Tenant, ref)
		if err != nil {
			return err
		}
		s, err = tx.FindLockout(userLockout(m.User.Email))
		return err
	})
	return s, err
}

// SetLockoutPolicy gives the platform users of the actor's tenant a lockout policy of its own: the
// server's, changed by the fields of a JSON object. It holds from the next attempt on and is stored
// complete, so later releases do not change it (S0-47). An empty text goes back to the server's.
func (o *Office) SetLockoutPolicy(ctx context.Context, actor identity.Actor, override string) (identity.LockoutPolicy, error) {
	set, err := o.SaveSetting(ctx, actor, Setting{settingLockout, override})
	if err != nil || set.Value == "" {
		return o.d.Lockout, err
	}
	return o.d.Lockout.With([]byte(set.Value))
}
