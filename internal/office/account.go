package office

import (
	"context"
	"net/netip"
	"net/url"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// NewAccount is a customer account to make: a company whose people may sign in at an identity provider of their own.
type NewAccount struct {
	Code         string          // unique in the tenant, fixed for ever
	Name         string          // "" is the code
	Issuer       string          // of OpenID Connect, https; "" is no single sign-on
	ClientID     string          // how we are registered there; needed with an issuer
	ClientSecret identity.Secret // needed for the exchange of codes; "" is none
}

// CreateCustomerAccount makes a customer account of the actor's tenant. Conflict when it has one with that code.
//
// The people of an account are the license users named "address|CODE", and those whose customer belongs to it
// ([Office.ChangeCustomer]).
func (o *Office) CreateCustomerAccount(ctx context.Context, actor identity.Actor, n NewAccount) (a license.CustomerAccount, err error) {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return license.CustomerAccount{}, err
	}
	if n.Name == "" {
		n.Name = n.Code
	}
	if err := n.check(); err != nil {
		return license.CustomerAccount{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		if _, err := tx.FindTenant(actor.Tenant); err != nil {
			return err
		}
		a = license.CustomerAccount{Tenant: actor.Tenant, Code: n.Code, Name: n.Name, Issuer: n.Issuer, ClientID: n.ClientID, Created: now}
		var sealed []byte
		if n.ClientSecret != "" {
			sealed = o.d.Keyring.Seal(store.AccountContext(&a), []byte(n.ClientSecret.Reveal()))
		}
		if err := tx.InsertCustomerAccount(&a, sealed); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.AccountCreated, Subject: int64(a.ID),
			Data: map[string]any{"code": a.Code, "issuer": a.Issuer}})
	})
	if err != nil {
		return license.CustomerAccount{}, err
	}
	return a, nil
}

func (n *NewAccount) check() error {
	const maxClient, maxURL = 255, 2000
	if err := checkCode(n.Code); err != nil {
		return err
	}
	if err := checkText("name", n.Name, 1, maxName); err != nil {
		return err
	}
	if err := checkText("client_id", n.ClientID, 0, maxClient); err != nil {
		return err
	}
	if err := checkText("client_secret", n.ClientSecret.Reveal(), 0, maxURL); err != nil {
		return err
	}
	if err := checkText("issuer", n.Issuer, 0, maxURL); err != nil {
		return err
	}
	switch {
	case n.Issuer == "" && (n.ClientID != "" || n.ClientSecret != ""):
		return license.Invalidf("issuer", "a client belongs to an issuer; name that too")
	case n.Issuer == "":
		return nil
	case n.ClientID == "":
		return license.Invalidf("client_id", "say how we are registered at the issuer")
	}
	return checkIssuer(n.Issuer)
}

// checkIssuer refuses what cannot be the issuer of OpenID Connect. Plain http is for this machine alone, and the server
// must be told to allow it.
func checkIssuer(issuer string) error {
	at, err := url.Parse(issuer)
	switch {
	case err != nil || at.Host == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "":
	case at.Scheme == "https":
		return nil
	case at.Scheme == "http":
		if ip, err := netip.ParseAddr(at.Hostname()); at.Hostname() == "localhost" || err == nil && ip.IsLoopback() {
			return nil
		}
	}
	return license.Invalidf("issuer", "an issuer is an https address without a question mark, such as https://login.example.com/realm")
}

// ListCustomerAccounts returns the customer accounts of the actor's tenant.
func (o *Office) ListCustomerAccounts(ctx context.Context, actor identity.Actor, page Page) (list []license.CustomerAccount, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListCustomerAccounts(actor.Tenant, license.CustomerAccountID(page.Before), page.size())
		return err
	})
	return list, err
}
