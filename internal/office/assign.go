package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// AssignUser lets a license user hold a license: one of the whole tenant, or of the license's product, by name or
// identity. A user who holds it keeps it. It refuses with user_limit, license_revoked and redemption_blocked.
func (o *Office) AssignUser(ctx context.Context, actor identity.Actor, ref Ref, user string) (license.LicenseRecord, error) {
	return One(o.eachWhole(ctx, actor, []Ref{ref}, func(tx *store.Tx, r license.LicenseRecord, _ license.Time) (license.Change, error) {
		u, err := userFor(tx, &r, user)
		if err != nil {
			return license.Change{}, err
		}
		held, err := tx.FindRedemptionOf(r.Tenant, r.ID, u.ID)
		if err != nil {
			return license.Change{}, err
		}
		users, err := tx.CountRedemptions(r.Tenant, r.ID)
		if err != nil {
			return license.Change{}, err
		}
		return license.Assign(r.License, u, users, held)
	}))
}

// UnassignUser takes a license from a user and frees the devices that the user has activated on it. NotFound when they do
// not hold it.
func (o *Office) UnassignUser(ctx context.Context, actor identity.Actor, ref Ref, user string) (license.LicenseRecord, error) {
	return One(o.eachWhole(ctx, actor, []Ref{ref}, func(tx *store.Tx, r license.LicenseRecord, now license.Time) (license.Change, error) {
		u, err := userFor(tx, &r, user)
		if err != nil {
			return license.Change{}, err
		}
		held, err := tx.FindRedemptionOf(r.Tenant, r.ID, u.ID)
		if err == nil && held == nil {
			err = &license.Error{Code: license.NotFound, Message: u.Name + " does not hold this license"}
		}
		if err != nil {
			return license.Change{}, err
		}
		l, freed, err := freeDevicesOf(tx, actor, r.License, u.ID, now)
		if err != nil {
			return license.Change{}, err
		}
		return license.Unassigned(l, u, freed), tx.DropRedemption(r.Tenant, r.ID, u.ID)
	}))
}

// freeDevicesOf frees the devices of a user on a locked license, and returns how it is then.
func freeDevicesOf(tx *store.Tx, actor identity.Actor, l license.License, user license.LicenseUserID, now license.Time) (license.License, int, error) {
	devices, err := tx.UserDevices(l.Tenant, l.ID, user)
	for _, d := range devices {
		var ch license.Change
		if ch, err = license.FreeDevice(l, d, now); err != nil {
			return l, 0, err
		}
		if err = tx.Apply(l.Tenant, actor.String(), now, &ch); err != nil {
			return l, 0, err
		}
		l = ch.License
	}
	return l, len(devices), err
}

// userFor finds who may hold a license: a user of the whole tenant or of the license's product.
func userFor(tx *store.Tx, r *license.LicenseRecord, user string) (license.LicenseUser, error) {
	for _, scope := range []license.ProductID{0, r.Product} {
		u, err := tx.FindLicenseUserByName(r.Tenant, scope, user)
		if license.CodeOf(err) != license.NotFound {
			return u, err
		}
	}
	id, _ := license.ParseID(user)
	u, err := tx.FindLicenseUser(r.Tenant, license.LicenseUserID(id))
	if err == nil && u.Product != 0 && u.Product != r.Product {
		err = license.Invalidf("user", "%s is a license user of another product", u.Name)
	}
	return u, err
}
