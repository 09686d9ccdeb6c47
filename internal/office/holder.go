package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// LicenseHolders returns the license users who hold a license, oldest account first, above after (0 is the beginning), at most
// limit (1 to 1000).
func (o *Office) LicenseHolders(ctx context.Context, actor identity.Actor, ref Ref, after license.LicenseUserID, limit int) (list []store.Holder, err error) {
	err = o.readLicense(ctx, actor, ref, func(tx *store.Tx, l *license.LicenseRecord) (err error) {
		list, err = tx.UsersOfLicense(l.Tenant, l.ID, after, limit)
		return err
	})
	return list, err
}

// HoldingsOf returns what a license user holds, newest license first. The user is named as [Office.FindLicenseUser] has it.
func (o *Office) HoldingsOf(ctx context.Context, actor identity.Actor, product, user string, page Page) (list []license.Redemption, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		u, err := findLicenseUser(tx, actor, product, user)
		if err != nil {
			return err
		}
		list, err = tx.LicensesOfUser(actor.Tenant, u.ID, license.LicenseID(page.Before), page.size())
		return err
	})
	return list, err
}
