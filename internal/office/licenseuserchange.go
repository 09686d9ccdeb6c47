package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// LicenseUserChange says what is to differ on a license user; a nil field leaves its value. The name stays.
type LicenseUserChange struct {
	Email     *string // "" is none
	FirstName *string
	LastName  *string
	Phone     *string
	Customer  *string // e-mail address or identity of the customer they are of; "" is nobody

	If func(license.LicenseUser) error // looks at what is stored, and its error is the answer; nil is no condition
}

// ChangeLicenseUser changes a license user by name or identity, among those of a product or with "" of the whole tenant.
func (o *Office) ChangeLicenseUser(ctx context.Context, actor identity.Actor, product, user string, change LicenseUserChange) (u license.LicenseUser, err error) {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return license.LicenseUser{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		found, err := findLicenseUser(tx, actor, product, user)
		if err != nil {
			return err
		}
		if u, err = tx.LockLicenseUser(actor.Tenant, found.ID); err != nil {
			return err
		}
		before := u
		if change.If != nil {
			if err := change.If(u); err != nil {
				return err
			}
		}
		if err := change.apply(tx, &u); err != nil || u == before {
			return err
		}
		if err := tx.SaveLicenseUser(&u); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.UserChanged, Subject: int64(u.ID),
			Data: map[string]any{"name": u.Name, "product": int64(u.Product)}})
	})
	if err != nil {
		return license.LicenseUser{}, err
	}
	return u, nil
}

// apply takes over what is to differ.
func (change *LicenseUserChange) apply(tx *store.Tx, u *license.LicenseUser) (err error) {
	set(&u.FirstName, change.FirstName)
	set(&u.LastName, change.LastName)
	set(&u.Phone, change.Phone)
	if err := checkTexts(map[string]string{"first_name": u.FirstName, "last_name": u.LastName, "phone": u.Phone}); err != nil {
		return err
	}
	if change.Email != nil && *change.Email != "" {
		if u.Email, err = license.CheckEmail("email", *change.Email); err != nil {
			return err
		}
	} else {
		set(&u.Email, change.Email)
	}
	if change.Customer == nil {
		return nil
	}
	c, err := customerOrNone(tx, u.Tenant, *change.Customer)
	u.Customer = c.ID
	return err
}

// customerOrNone is findCustomer, and the zero value for "".
func customerOrNone(tx *store.Tx, tenant license.TenantID, ref string) (license.Customer, error) {
	if ref == "" {
		return license.Customer{}, nil
	}
	return findCustomer(tx, tenant, ref)
}
