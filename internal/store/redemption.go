package store

import (
	"strings"

	"licet/internal/license"
)

const licenseUserColumns = `id, tenant_id, product_id, name, email, banned, ban_reason, created_at`

func licenseUserInto(u *license.LicenseUser) []any {
	return []any{&u.ID, &u.Tenant, &u.Product, &u.Name, &u.Email, &u.Banned, &u.BanReason, &u.Created}
}

const insertLicenseUser = `
INSERT INTO license_users (id, tenant_id, product_id, name, name_folded, email, banned, ban_reason, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, product_id, name_folded) DO NOTHING`

// InsertLicenseUser stores a new license user and gives them an identity; false when the product
// already has one of that name, in any letter case.
func (tx *Tx) InsertLicenseUser(u *license.LicenseUser) (bool, error) {
	u.ID = license.LicenseUserID(tx.NewID())
	n, err := tx.affected(insertLicenseUser, u.ID, u.Tenant, u.Product, u.Name, strings.ToLower(u.Name), u.Email, u.Banned, u.BanReason, u.Created)
	return n == 1, err
}

const saveLicenseUser = `
UPDATE license_users SET email = $3, banned = $4, ban_reason = $5
 WHERE tenant_id = $1 AND id = $2`

func (tx *Tx) saveLicenseUser(u *license.LicenseUser) error {
	return tx.run(saveLicenseUser, u.Tenant, u.ID, u.Email, u.Banned, u.BanReason)
}

const findLicenseUser = `
SELECT ` + licenseUserColumns + `
  FROM license_users
 WHERE tenant_id = $1 AND id = $2`

// FindLicenseUser returns a license user of a tenant, or NotFound.
func (tx *Tx) FindLicenseUser(tenant license.TenantID, id license.LicenseUserID) (license.LicenseUser, error) {
	return tx.licenseUser(findLicenseUser, tenant, id)
}

const findLicenseUserByName = `
SELECT ` + licenseUserColumns + `
  FROM license_users
 WHERE tenant_id = $1 AND product_id = $2 AND name_folded = $3`

// FindLicenseUserByName returns the license user of a product with a name, in any letter case, or
// NotFound.
func (tx *Tx) FindLicenseUserByName(tenant license.TenantID, product license.ProductID, name string) (license.LicenseUser, error) {
	return tx.licenseUser(findLicenseUserByName, tenant, product, strings.ToLower(name))
}

func (tx *Tx) licenseUser(sql string, args ...any) (license.LicenseUser, error) {
	var u license.LicenseUser
	found, err := tx.one(sql, args, licenseUserInto(&u)...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such license user"}
	}
	return u, err
}

const findRedemption = `
SELECT license_id, user_id, level, started_at, expires_at
  FROM redemptions
 WHERE tenant_id = $1 AND license_id = $2`

// FindRedemption returns the redemption of a license and who holds it; nil and nil when it was not
// redeemed.
func (tx *Tx) FindRedemption(tenant license.TenantID, id license.LicenseID) (*license.Redemption, *license.LicenseUser, error) {
	r := new(license.Redemption)
	found, err := tx.one(findRedemption, []any{tenant, id}, &r.License, &r.User, &r.Level, &r.StartedAt, &r.ExpiresAt)
	if err != nil || !found {
		return nil, nil, err
	}
	u, err := tx.FindLicenseUser(tenant, r.User)
	return r, &u, err
}

const saveRedemption = `
INSERT INTO redemptions (tenant_id, license_id, user_id, level, started_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, license_id) DO UPDATE SET expires_at = excluded.expires_at`

func (tx *Tx) saveRedemption(tenant license.TenantID, r *license.Redemption) error {
	return tx.run(saveRedemption, tenant, r.License, r.User, r.Level, r.StartedAt, r.ExpiresAt)
}
