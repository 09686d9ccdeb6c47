package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// AccountChange says what is to differ on a customer account; a nil field leaves its value. Its code stays.
type AccountChange struct {
	Name         *string
	Issuer       *string          // "" ends single sign-on; the client and its secret are forgotten with it
	ClientID     *string          // how we are registered at the issuer
	ClientSecret *identity.Secret // "" is none

	If func(license.CustomerAccount) error // looks at what is stored, and its error is the answer; nil is no condition
}

// FindCustomerAccount returns a customer account of the actor's tenant by code or identity. It refuses with account_unknown.
func (o *Office) FindCustomerAccount(ctx context.Context, actor identity.Actor, ref string) (a license.CustomerAccount, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return a, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		a, _, err = findAccountByRef(tx, actor.Tenant, ref)
		return err
	})
	return a, err
}

// findAccountByRef returns an account and its sealed secret.
func findAccountByRef(tx *store.Tx, tenant license.TenantID, ref string) (license.CustomerAccount, []byte, error) {
	code := ref
	if id, isID := license.ParseID(ref); isID { // A code has a letter.
		a, err := tx.FindCustomerAccount(tenant, license.CustomerAccountID(id))
		if err != nil {
			return a, nil, err
		}
		code = a.Code
	}
	return tx.FindCustomerAccountByCode(tenant, code)
}

// ChangeCustomerAccount changes a customer account of the actor's tenant, by code or identity. A new issuer forgets the secret of
// the client at the one before, unless another is given. It refuses with account_unknown.
func (o *Office) ChangeCustomerAccount(ctx context.Context, actor identity.Actor, ref string, change AccountChange) (a license.CustomerAccount, err error) {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return a, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockTenant(actor.Tenant); err != nil { // of two changes at once, the second sees the first
			return err
		}
		var sealed []byte
		if a, sealed, err = findAccountByRef(tx, actor.Tenant, ref); err != nil {
			return err
		}
		if change.If != nil {
			if err := change.If(a); err != nil {
				return err
			}
		}
		before := a
		if err := change.apply(&a); err != nil {
			return err
		}
		switch {
		case change.ClientSecret != nil && *change.ClientSecret != "":
			sealed = o.d.Keyring.Seal(store.AccountContext(&a), []byte(change.ClientSecret.Reveal()))
		case change.ClientSecret != nil, a.Issuer != before.Issuer:
			sealed = nil
		}
		if a == before && change.ClientSecret == nil {
			return nil
		}
		if err := tx.SaveCustomerAccount(&a, sealed); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.AccountChanged, Subject: int64(a.ID),
			Data: map[string]any{"code": a.Code, "issuer": a.Issuer}})
	})
	if err != nil {
		return license.CustomerAccount{}, err
	}
	return a, nil
}

// apply takes over what is to differ, and refuses what a new account could not be either.
func (change *AccountChange) apply(a *license.CustomerAccount) error {
	set(&a.Name, change.Name)
	set(&a.Issuer, change.Issuer)
	if change.Issuer != nil && *change.Issuer == "" {
		a.ClientID = ""
	}
	set(&a.ClientID, change.ClientID)
	n := NewAccount{Code: a.Code, Name: a.Name, Issuer: a.Issuer, ClientID: a.ClientID}
	if change.ClientSecret != nil {
		n.ClientSecret = *change.ClientSecret
	}
	return n.check()
}
