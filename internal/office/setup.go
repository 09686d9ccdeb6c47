package office

import (
	"context"
	"encoding/hex"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// settingSetUp is the setting of a server with the hash of the token that makes the first tenant.
const settingSetUp = "setup.token"

// SetUp is the first tenant of a server and its owner.
type SetUp struct {
	Company  string // name of the tenant
	Code     string // of the tenant
	Email    string
	Name     string // of the owner; may be empty
	Password identity.Secret
}

// NeedsSetUp reports whether there is no tenant at all.
func (o *Office) NeedsSetUp(ctx context.Context) (needs bool, err error) {
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		needs, err = needsSetUp(tx)
		return err
	})
	return needs, err
}

func needsSetUp(tx *store.Tx) (bool, error) {
	list, err := tx.ListTenants(0, 1)
	return len(list) == 0, err
}

// OpenSetUp returns a token that makes the first tenant, once; the one before is good no more. Only the operator may. Conflict where
// there is a tenant.
func (o *Office) OpenSetUp(ctx context.Context, actor identity.Actor) (identity.Secret, error) {
	if err := onlyOperator(actor); err != nil {
		return "", err
	}
	token, hash, _, err := identity.NewToken(o.d.Rand, identity.KindSetUp)
	if err != nil {
		return "", err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if needs, err := needsSetUp(tx); err != nil || !needs {
			return orSetUp(err)
		}
		return tx.SaveServerSetting(settingSetUp, hex.EncodeToString(hash[:]))
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// orSetUp is err, or a refusal because the server is set up.
func orSetUp(err error) error {
	if err != nil {
		return err
	}
	return &license.Error{Code: license.Conflict, Message: "the server is set up already; sign in"}
}

// SetUp makes the first tenant and its owner, and signs them in. It refuses with Conflict where there is a tenant, NotFound for a token
// that is good no more, Invalid for a field, and password_weak; after these two the token stays good.
func (o *Office) SetUp(ctx context.Context, token identity.Secret, n SetUp, v Visitor) (s WebSession, next identity.Secret, err error) {
	email, hash, err := o.checkSetUp(ctx, token, &n)
	if err != nil {
		return WebSession{}, "", err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := o.takeSetUp(tx, token); err != nil {
			return err
		}
		now := o.d.Now()
		t := license.Tenant{Code: n.Code, Name: n.Company, Created: now}
		if err := tx.InsertTenant(&t); err != nil {
			return err
		}
		u := User{Email: email, Name: n.Name, Created: now}
		if err := tx.InsertUser(&u, hash); err != nil {
			return err
		}
		actor := personally(u)
		actor.Tenant = t.ID
		err := tx.AppendEvents(t.ID, actor.String(), now, license.Event{Kind: license.TenantCreated, Subject: int64(t.ID), Data: map[string]any{"code": t.Code}})
		if err != nil {
			return err
		}
		if err := insertMember(tx, actor, now, &Member{Tenant: t.ID, User: u, Role: identity.Owner, Since: now}); err != nil {
			return err
		}
		s, next, err = o.openSession(tx, u, v, opening{with: "setup", tenant: t.ID})
		return err
	})
	return done(s, next, err)
}

// checkSetUp refuses what cannot be, the token first, since hashing a password is work.
func (o *Office) checkSetUp(ctx context.Context, token identity.Secret, n *SetUp) (email string, hash identity.PasswordHash, err error) {
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error { return o.isSetUp(tx, token) })
	if err != nil {
		return "", "", err
	}
	if err := checkText("company", n.Company, 1, maxName); err != nil {
		return "", "", err
	}
	if err := checkCode(n.Code); err != nil {
		return "", "", err
	}
	if email, err = license.CheckEmail("email", n.Email); err != nil {
		return "", "", err
	}
	if err := checkText("name", n.Name, 0, maxName); err != nil {
		return "", "", err
	}
	hash, err = o.d.Hasher.HashNew(ctx.Done(), o.d.Passwords, identity.Account{Email: email}, n.Password.Reveal())
	return email, hash, err
}

// isSetUp refuses a token that does not make the first tenant.
func (o *Office) isSetUp(tx *store.Tx, token identity.Secret) error {
	if needs, err := needsSetUp(tx); err != nil || !needs {
		return orSetUp(err)
	}
	hash, ok := tokenHash(token, identity.KindSetUp)
	kept, _, err := tx.ServerSetting(settingSetUp)
	if err != nil {
		return err
	}
	if want, err := hex.DecodeString(kept); !ok || err != nil || len(want) != len(hash) || !hash.Equal(identity.TokenHash(want)) {
		return &license.Error{Code: license.NotFound, Message: "this link is not good any more; the server prints a new one when it starts"}
	}
	return nil
}

// takeSetUp uses the token up: of any number that set up, one goes on.
func (o *Office) takeSetUp(tx *store.Tx, token identity.Secret) error {
	hash, _ := tokenHash(token, identity.KindSetUp)
	first, err := tx.TakeServerSetting(settingSetUp, hex.EncodeToString(hash[:]))
	if err != nil {
		return err
	}
	if needs, err := needsSetUp(tx); err != nil || !needs {
		return orSetUp(err)
	}
	if !first {
		return errLinkGone()
	}
	return nil
}
