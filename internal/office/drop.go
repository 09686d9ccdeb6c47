package office

import (
	"context"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// DropCustomer forgets a customer, by e-mail address or identity, who has no licenses, no orders and no license users; Conflict for any
// other. Their name stays in nothing but backups.
func (o *Office) DropCustomer(ctx context.Context, actor identity.Actor, ref string) error {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockTenant(actor.Tenant); err != nil {
			return err
		}
		c, err := findCustomer(tx, actor.Tenant, ref)
		if err != nil {
			return err
		}
		dropped, err := tx.DropCustomer(actor.Tenant, c.ID)
		if err == nil && !dropped {
			err = &license.Error{Code: license.Conflict, Message: "the customer has licenses, orders or license users; give those to somebody else first"}
		}
		if err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.CustomerDropped, Subject: int64(c.ID)})
	})
}

// DropLicenseUser forgets a license user, by name or identity, among those of a product or with "" of the whole tenant: what they hold is
// taken from them, and the devices that they activated are freed. Conflict for a user of an application, see [Office.DropUser], and for one who is
// given a license at this very moment.
func (o *Office) DropLicenseUser(ctx context.Context, actor identity.Actor, product, user string) error {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := findLicenseUser(tx, actor, product, user)
		if err != nil {
			return err
		}
		theirs, err := applicationUsers(tx, []license.LicenseUser{u})
		if err == nil && len(theirs) > 0 {
			err = &license.Error{Code: license.Conflict, Message: u.Name + " is a user of an application; drop them there"}
		}
		if err != nil {
			return err
		}
		now := o.d.Now()
		if err := takeAll(tx, actor, &u, now); err != nil {
			return err
		}
		if err := tx.DropApplicationUser(u.Tenant, u.ID); err != nil {
			return err
		}
		if err := tx.SaveLockout(lockoutOf(&u), identity.Lockout{}); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.UserDropped, Subject: int64(u.ID),
			Data: map[string]any{"name": u.Name}})
	})
}

// maxHeld is how many licenses a user may hold who is forgotten in one transaction.
const maxHeld = 1000

// takeAll takes everything from a license user that they hold.
func takeAll(tx *store.Tx, actor identity.Actor, u *license.LicenseUser, now license.Time) error {
	held, err := tx.LicensesOfUser(u.Tenant, u.ID, 0, maxHeld)
	if err != nil {
		return err
	}
	if len(held) == maxHeld {
		return &license.Error{Code: license.Conflict, Message: u.Name + " holds too many licenses; take some of them first"}
	}
	for _, r := range slices.Backward(held) { // In the order in which licenses are locked elsewhere.
		l, err := tx.LockLicense(u.Tenant, r.License)
		if err != nil {
			return err
		}
		after, freed, err := freeDevicesOf(tx, actor, l.License, u.ID, now)
		if err != nil {
			return err
		}
		if err := tx.DropRedemption(u.Tenant, r.License, u.ID); err != nil {
			return err
		}
		ch := license.Unassigned(after, *u, freed)
		if err := tx.Apply(u.Tenant, actor.String(), now, &ch); err != nil {
			return err
		}
	}
	return nil
}
