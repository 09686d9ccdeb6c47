package authority

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"licet/internal/license"
	"licet/internal/sso"
	"licet/internal/store"
)

// SSO says where the people of a customer account sign in.
type SSO struct {
	URL           string // where an app sends them
	Issuer        string
	EndSession    string // "" where the provider has none
	Token         string
	Introspection string // "" where the provider has none
}

// SSOURL returns where the people of the customer account with a code sign in, for a product whose users do. With the
// responseType "code", or "", they come back to redirectURI with a code, with "token" with an id token and an access token.
//
// It refuses with ProductUnknown, AuthMethodWrong for a product whose licenses have keys, and AccountUnknown also for an
// account without single sign-on. Unavailable when its identity provider cannot be reached.
func (a *Authority) SSOURL(ctx context.Context, tenant license.TenantID, productCode, accountCode, responseType, redirectURI string) (SSO, error) {
	if responseType != "" && responseType != "code" && responseType != "token" {
		return SSO{}, license.Invalidf("response_type", "the response type is code or token")
	}
	err := a.store.Read(ctx, func(tx *store.Tx) error {
		p, err := tx.FindProductByCode(tenant, productCode)
		if err == nil && p.Auth != license.ByUser {
			err = license.Refuse(license.AuthMethodWrong)
		}
		return err
	})
	if err != nil {
		return SSO{}, err
	}
	_, provider, client, err := a.provider(ctx, tenant, accountCode, redirectURI)
	if err != nil {
		return SSO{}, err
	}
	// What makes an answer belong to its question is for the app to compare; we keep no sessions.
	return SSO{
		URL: provider.SignInURL(client, responseType == "token", rand.Text(), rand.Text()), Issuer: provider.Issuer,
		EndSession: provider.EndSession, Token: provider.Token, Introspection: provider.Introspection,
	}, nil
}

// UserBySSO returns the license user who signed in at the identity provider of a customer account: proven by an id token,
// or by a code, which is exchanged for one with the redirectURI that it was got with.
//
// The provider vouches for an e-mail address, and for people of its own account alone: the user is the one named
// "address|ACCOUNT", or the one named by the address whose customer belongs to the account. It refuses with AccountUnknown,
// CredentialsWrong for any other user and for everything that is not right about the token, and UserBanned. Unavailable
// when the provider cannot be reached.
func (a *Authority) UserBySSO(ctx context.Context, tenant license.TenantID, accountCode, idToken, code, redirectURI string) (license.LicenseUser, error) {
	account, provider, client, err := a.provider(ctx, tenant, accountCode, redirectURI)
	if err != nil {
		return license.LicenseUser{}, err
	}
	if idToken == "" {
		if code == "" {
			return license.LicenseUser{}, license.Refuse(license.CredentialsWrong)
		}
		if idToken, err = provider.Exchange(ctx, client, code); err != nil {
			return license.LicenseUser{}, err
		}
	}
	who, err := provider.Verify(ctx, client, idToken, a.now())
	if err != nil {
		return license.LicenseUser{}, err
	}
	var u license.LicenseUser
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		u, err = userOfAccount(tx, &account, who.Email)
		return err
	})
	if err == nil && u.Banned {
		err = license.Refuse(license.UserBanned)
	}
	return u, err
}

// userOfAccount finds the license user of an address among the people of an account.
func userOfAccount(tx *store.Tx, account *license.CustomerAccount, email string) (license.LicenseUser, error) {
	suffix := "|" + account.Code
	if strings.Contains(email, "|") {
		return license.LicenseUser{}, license.Refuse(license.CredentialsWrong)
	}
	u, err := tx.FindLicenseUserByName(account.Tenant, 0, email+suffix)
	switch {
	case err == nil && strings.HasSuffix(u.Name, suffix): // Codes are compared exactly, names are not.
		return u, nil
	case err != nil && license.CodeOf(err) != license.NotFound:
		return license.LicenseUser{}, err
	}
	u, err = tx.FindLicenseUserByName(account.Tenant, 0, email)
	switch {
	case license.CodeOf(err) == license.NotFound || err == nil && u.Customer == 0:
		return license.LicenseUser{}, license.Refuse(license.CredentialsWrong)
	case err != nil:
		return license.LicenseUser{}, err
	}
	c, err := tx.FindCustomer(account.Tenant, u.Customer)
	if err == nil && c.Account != account.ID {
		err = license.Refuse(license.CredentialsWrong)
	}
	if err != nil {
		return license.LicenseUser{}, err
	}
	return u, nil
}

// provider finds the identity provider of a customer account and how we are registered there.
func (a *Authority) provider(ctx context.Context, tenant license.TenantID, code, redirectURI string) (account license.CustomerAccount, p *sso.Provider, c sso.Client, err error) {
	var sealed []byte
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		account, sealed, err = tx.FindCustomerAccountByCode(tenant, code)
		return err
	})
	switch {
	case err != nil:
		return account, nil, c, err
	case account.Issuer == "" || account.ClientID == "":
		return account, nil, c, license.Refusef(license.AccountUnknown, "the customer account %s has no single sign-on", account.Code)
	}
	c = sso.Client{ID: account.ClientID, RedirectURI: redirectURI}
	if sealed != nil {
		secret, err := a.keyring.Open(store.AccountContext(&account), sealed)
		if err != nil {
			return account, nil, c, license.Wrap(license.Internal, "the secret of the customer account cannot be read", fmt.Errorf("customer account %s: %w", account.Code, err))
		}
		c.Secret = string(secret)
	}
	p, err = a.providers.Find(ctx, account.Issuer, a.now())
	return account, p, c, err
}
