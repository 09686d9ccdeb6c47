package store

import (
	"licet/internal/license"
)

const redemptionColumns = `redemptions.license_id, redemptions.user_id, redemptions.level_id, redemptions.level,
       redemptions.started_at, redemptions.expires_at, redemptions.paused_at, redemptions.added`

const findRedemption = `
SELECT ` + redemptionColumns + `
  FROM redemptions
 WHERE tenant_id = $1 AND license_id = $2
 ORDER BY user_id, level_id
 LIMIT 1`

// FindRedemption returns the redemption of a license and who holds it, the first of several; nil and nil when it
// was not redeemed.
func (tx *Tx) FindRedemption(tenant license.TenantID, id license.LicenseID) (*license.Redemption, *license.LicenseUser, error) {
	r := new(license.Redemption)
	found, err := tx.one(findRedemption, []any{tenant, id}, redemptionInto(r)...)
	if err != nil || !found {
		return nil, nil, err
	}
	u, err := tx.FindLicenseUser(tenant, r.User)
	return r, &u, err
}

func redemptionInto(r *license.Redemption) []any {
	return []any{&r.License, &r.User, &r.LevelID, &r.Level, &r.StartedAt, &r.ExpiresAt, &r.PausedAt, &r.Added}
}

const findRedemptionOf = `
SELECT ` + redemptionColumns + `
  FROM redemptions
 WHERE tenant_id = $1 AND license_id = $2 AND user_id = $3
 ORDER BY level_id
 LIMIT 1`

// FindRedemptionOf returns the redemption of a license by one user, the first of several, or nil.
func (tx *Tx) FindRedemptionOf(tenant license.TenantID, id license.LicenseID, user license.LicenseUserID) (*license.Redemption, error) {
	r := new(license.Redemption)
	found, err := tx.one(findRedemptionOf, []any{tenant, id, user}, redemptionInto(r)...)
	if err != nil || !found {
		return nil, err
	}
	return r, nil
}

const saveRedemption = `
INSERT INTO redemptions (tenant_id, license_id, user_id, level_id, level, started_at, expires_at, paused_at, added)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, license_id, user_id, level_id)
DO UPDATE SET started_at = excluded.started_at, expires_at = excluded.expires_at, paused_at = excluded.paused_at`

func (tx *Tx) saveRedemption(tenant license.TenantID, r *license.Redemption) error {
	return tx.run(saveRedemption, tenant, r.License, r.User, r.LevelID, r.Level, r.StartedAt, r.ExpiresAt, r.PausedAt, r.Added)
}

const countRedemptions = `SELECT COUNT(DISTINCT user_id) FROM redemptions WHERE tenant_id = $1 AND license_id = $2`

// CountRedemptions returns how many users a license has.
func (tx *Tx) CountRedemptions(tenant license.TenantID, id license.LicenseID) (n int64, err error) {
	_, err = tx.one(countRedemptions, []any{tenant, id}, &n)
	return n, err
}

// SaveRedemption assigns a locked license to a user, or changes the dates of the assignment.
func (tx *Tx) SaveRedemption(tenant license.TenantID, r *license.Redemption) error {
	return tx.saveRedemption(tenant, r)
}

const dropRedemption = `DELETE FROM redemptions WHERE tenant_id = $1 AND license_id = $2 AND user_id = $3`

// DropRedemption takes a locked license from a user.
func (tx *Tx) DropRedemption(tenant license.TenantID, id license.LicenseID, user license.LicenseUserID) error {
	return tx.run(dropRedemption, tenant, id, user)
}

const countUserDevices = `
SELECT COUNT(*)
  FROM devices
 WHERE tenant_id = $1 AND license_id = $2 AND user_id = $3 AND user_id > 0 AND active = TRUE AND id <> $4`

// countUserDevices returns how many devices a user has activated on a license, one left out.
func (tx *Tx) countUserDevices(tenant license.TenantID, id license.LicenseID, user license.LicenseUserID, besides license.DeviceID) (n int64, err error) {
	_, err = tx.one(countUserDevices, []any{tenant, id, user, besides}, &n)
	return n, err
}

const userDevices = `
SELECT ` + deviceColumns + `
  FROM devices
 WHERE tenant_id = $1 AND license_id = $2 AND user_id = $3 AND user_id > 0 AND active = TRUE
 ORDER BY id`

// UserDevices returns the devices that a user has activated on a license, oldest first.
func (tx *Tx) UserDevices(tenant license.TenantID, id license.LicenseID, user license.LicenseUserID) ([]license.Device, error) {
	return listOf(tx, userDevices, []any{tenant, id, user}, deviceInto)
}

const usersOfLicense = `
SELECT ` + licenseUserColumns + `,
       ` + redemptionColumns + `
  FROM redemptions
  JOIN license_users ON license_users.tenant_id = redemptions.tenant_id AND license_users.id = redemptions.user_id
 WHERE redemptions.tenant_id = $1 AND redemptions.license_id = $2 AND redemptions.user_id > $3
   AND NOT EXISTS (SELECT 1 FROM redemptions AS lower
                    WHERE lower.tenant_id = redemptions.tenant_id AND lower.license_id = redemptions.license_id
                      AND lower.user_id = redemptions.user_id AND lower.level_id < redemptions.level_id)
 ORDER BY redemptions.user_id
 LIMIT CAST($4 AS BIGINT)`

// Holder is a license user with the license they hold.
type Holder struct {
	License    license.License // only where the list is by user
	User       license.LicenseUser
	Redemption license.Redemption
}

// UsersOfLicense returns who holds a license, oldest account first, above after (0 is no bound), at most 1000.
func (tx *Tx) UsersOfLicense(tenant license.TenantID, id license.LicenseID, after license.LicenseUserID, limit int) ([]Holder, error) {
	var out []Holder
	err := tx.each(usersOfLicense, []any{tenant, id, after, min(max(limit, 1), 1000)}, func(scan func(...any) error) error {
		var h Holder
		if err := scan(append(licenseUserInto(&h.User), redemptionInto(&h.Redemption)...)...); err != nil {
			return err
		}
		out = append(out, h)
		return nil
	})
	return out, err
}

const licensesOfUser = `
SELECT ` + redemptionColumns + `
  FROM redemptions
 WHERE redemptions.tenant_id = $1 AND redemptions.user_id = $2 AND redemptions.license_id < $3
 ORDER BY redemptions.license_id DESC
 LIMIT CAST($4 AS BIGINT)`

// LicensesOfUser returns what a license user holds, newest license first, below before (0 is no bound), at most 1000.
func (tx *Tx) LicensesOfUser(tenant license.TenantID, user license.LicenseUserID, before license.LicenseID, limit int) ([]license.Redemption, error) {
	below, size := pageOf(int64(before), limit)
	return listOf(tx, licensesOfUser, []any{tenant, user, below, size}, redemptionInto)
}
