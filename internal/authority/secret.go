package authority

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// LicenseClient is a server of a vendor that asks for an end user who looks after a license.
type LicenseClient struct {
	Tenant   license.TenantID
	ID       license.AppKeyID
	Name     string            // for people
	ReadOnly bool              // it may ask, not change
	Product  license.ProductID // the only one that it may ask for; 0 is all
}

// LicenseClient returns the API client with an identity, in any letter case, that shows its key (software-dna.md §2). It refuses with
// AppKeyUnknown alone: for a wrong identity, a wrong key, and one that was revoked.
func (a *Authority) LicenseClient(ctx context.Context, clientID string, key identity.Secret) (LicenseClient, error) {
	var k store.AppKey
	err := license.Refuse(license.AppKeyUnknown) // Nobody has such a name.
	if clientID = strings.ToUpper(clientID); clientID != "" && plain(clientID) {
		failed := a.store.Read(ctx, func(tx *store.Tx) (err error) {
			k, _, err = tx.FindApp(clientID)
			return err
		})
		if failed != nil && license.ReasonOf(failed) != license.AppKeyUnknown {
			return LicenseClient{}, failed
		}
	}
	digest := sha256.Sum256([]byte(key.Reveal()))
	right := subtle.ConstantTimeCompare(digest[:], k.Secret) == 1
	if !right || key == "" || k.Kind != store.BasicClient || k.RevokedAt != 0 {
		return LicenseClient{}, err
	}
	return LicenseClient{Tenant: k.Tenant, ID: k.ID, Name: k.Name, ReadOnly: k.ReadOnly, Product: k.Product}, nil
}

// SecretCall is what every call about a license says.
type SecretCall struct {
	Client  LicenseClient
	Product string // its code, or P and seven digits in any letter case: a code, else the product's number
	License string // its key, in any letter case
	Address string // network address of the end user, in its canonical form; "" is nobody's, and nothing is counted
	Test    bool   // of an ACTIVE product, only say whether it would be done
	Mail    bool   // tell the end user by mail
}

// actor is who the events of a call are recorded for.
func (c *SecretCall) actor() string {
	if c.Client.ID == 0 {
		return actor
	}
	return identity.Actor{Kind: identity.ClientApp, Key: license.APIKeyID(c.Client.ID), Name: c.Client.Name}.String()
}

// matter is what a call is about, as it was read.
type matter struct {
	call    *SecretCall
	product license.Product
	license license.License
	secrets license.LicenseSecrets
}

// isTrial reports whether a call only asks what would be done (software-dna.md §5.6).
func (m *matter) isTrial() bool { return m.call.Test && m.product.State == license.ProductActive }

// tried refuses a call that only asks what would be done, once everything else about it was right. The lockout is looked at again: a
// right guess among many at once is none once they have locked.
func (a *Authority) tried(ctx context.Context, m *matter) error {
	if !m.isTrial() {
		return nil
	}
	if err := a.store.Read(ctx, func(tx *store.Tx) error { return a.guardAddress(tx, m.call) }); err != nil {
		return err
	}
	return license.Refuse(license.TestRefused)
}

// enterMatter finds what a call is about. It refuses with AppKeyReadOnly where it is a change and the client may only ask, then in this order
// with AddressLocked, ProductUnknown, KeyUnknown, which is counted, and as fits says, which may be nil.
func (a *Authority) enterMatter(ctx context.Context, c *SecretCall, change bool, fits func(*matter) error) (m matter, err error) {
	defer func() { a.notes.call(m.told(store.CallLookAfter, err), 1) }()
	m.call = c
	if change && c.Client.ReadOnly {
		return m, license.Refuse(license.AppKeyReadOnly)
	}
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		if err := a.guardAddress(tx, c); err != nil {
			return err
		}
		return m.find(tx)
	})
	switch {
	case license.ReasonOf(err) == license.KeyUnknown:
		return m, a.rejected(ctx, c, license.KeyUnknown)
	case err == nil && fits != nil:
		err = fits(&m)
	}
	return m, err
}

// told is how a call about a matter is counted.
func (m *matter) told(kind store.CallKind, err error) callKey {
	return callKey{m.call.Client.Tenant, m.product.ID, kind, answerOf(err)}
}

func (m *matter) find(tx *store.Tx) error {
	c := m.call
	if !plain(c.Product) {
		return license.Refuse(license.ProductUnknown)
	}
	var err error
	if m.product, err = tx.FindProductNamed(c.Client.Tenant, c.Product); err != nil {
		return err
	}
	switch {
	case c.Client.Product != 0 && c.Client.Product != m.product.ID:
		return license.Refuse(license.ProductUnknown) // It does not exist for this client.
	case license.ValidKey(c.License) != nil:
		return license.Refuse(license.KeyUnknown)
	}
	r, err := tx.FindLicenseByKey(c.Client.Tenant, m.product.ID, c.License)
	if err == nil && r.Withheld {
		err = license.Refuse(license.KeyUnknown) // It is as if it did not exist.
	}
	if err != nil {
		return err
	}
	m.license = r.License
	m.secrets, err = tx.FindLicenseSecrets(m.license.Tenant, m.license.ID)
	return err
}

// alter stores what was decided on a matter. Do sees the license and its secrets as they are under the lock.
func (a *Authority) alter(ctx context.Context, m *matter, do func(tx *store.Tx, now license.Time, l *license.License, s *license.LicenseSecrets) error) error {
	return a.store.Write(ctx, func(tx *store.Tx) error {
		if err := a.guardAddress(tx, m.call); err != nil {
			return err
		}
		r, err := tx.LockLicense(m.license.Tenant, m.license.ID)
		if err != nil {
			return err
		}
		s, err := tx.LockLicenseSecrets(r.Tenant, r.ID)
		if err != nil {
			return err
		}
		return do(tx, a.now(), &r.License, &s)
	})
}

// guardAddress refuses with AddressLocked: before anything is compared, and once more before anybody hears that it was right.
func (a *Authority) guardAddress(tx *store.Tx, c *SecretCall) error {
	if c.Address == "" {
		return nil
	}
	key := store.EndUserAddressLockout(c.Client.Tenant, c.Address)
	held, err := tx.AnyHeld(key)
	if err != nil || !held {
		return err
	}
	guard, err := addressGuard(tx, key)
	if err != nil {
		return err
	}
	return tx.CheckGuards([]store.Guard{guard}, a.now())
}

// addressGuard is the lockout of an end user's address, by the policy of the server.
func addressGuard(tx *store.Tx, key store.LockoutKey) (store.Guard, error) {
	g := store.Guard{Key: key, Policy: identity.Address(), Reason: license.AddressLocked}
	text, found, err := tx.ServerSetting(store.SettingAddressLockout)
	if err == nil && found {
		g.Policy, err = g.Policy.With([]byte(text))
	}
	return g, err
}

// rejected counts a rejection against the address of a call. It returns the refusal for the reason, or that of a lock which began
// meanwhile.
func (a *Authority) rejected(ctx context.Context, c *SecretCall, reason license.Reason) error {
	if c.Address == "" {
		return license.Refuse(reason)
	}
	var refused error
	err := a.store.Write(ctx, func(tx *store.Tx) error {
		guard, err := addressGuard(tx, store.EndUserAddressLockout(c.Client.Tenant, c.Address))
		if err != nil {
			return err
		}
		now := a.now()
		var locked *identity.Lockout
		refused, locked, err = tx.CountAttempt([]store.Guard{guard}, false, now)
		if err != nil || locked == nil {
			return err
		}
		return tx.AppendEvents(c.Client.Tenant, identity.Actor{Kind: identity.System}.String(), now, license.Event{Kind: license.AddressWasLocked,
			Data: map[string]any{"address": c.Address, "until": locked.LockedUntil, "permanent": locked.Permanent, "why": reason}})
	})
	switch {
	case err != nil:
		return err
	case license.ReasonOf(refused) == license.CredentialsWrong:
		return license.Refuse(reason)
	}
	return refused
}
