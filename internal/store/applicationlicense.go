package store

import (
	"licet/internal/license"
)

// redeemer is who redeemed a license, the first of several. A license that granted several levels has a redemption for each
// of them, so this is no join: a license is one row of a list.
const redeemer = `
               (SELECT redemptions.user_id
                  FROM redemptions
                 WHERE redemptions.tenant_id = licenses.tenant_id AND redemptions.license_id = licenses.id
                 ORDER BY redemptions.user_id
                 LIMIT 1)`

const redeemerOfLicense = `
       (SELECT license_users.name
          FROM license_users
         WHERE license_users.tenant_id = licenses.tenant_id AND license_users.id =` + redeemer + `)`

const hardwareOfRedeemer = `
       (SELECT user_hardware.hardware_id
          FROM user_hardware
         WHERE user_hardware.tenant_id = licenses.tenant_id AND user_hardware.user_id =` + redeemer + `
         ORDER BY user_hardware.bound_at, user_hardware.hardware_id
         LIMIT 1)`

// withKey leaves out licenses without a key: what a vendor gave to a user by hand is no license to them.
const withKey = ` AND licenses.license_key <> ''`

// ApplicationLicense is a license of an application with who used it.
type ApplicationLicense struct {
	license.LicenseRecord
	UsedBy   string // name of the user who redeemed it; "" is nobody, or somebody who is gone
	Hardware string // the first machine of that user; "" is none
}

const listApplicationLicenses = `
SELECT ` + recordColumns + `,` + redeemerOfLicense + `,` + hardwareOfRedeemer + `
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.product_id = $2 AND licenses.id < $3` + withKey + `
 ORDER BY licenses.id DESC
 LIMIT CAST($4 AS BIGINT)`

// ListApplicationLicenses returns the licenses of an application that have a key, newest first, below before (0 is no bound).
func (tx *Tx) ListApplicationLicenses(tenant license.TenantID, product license.ProductID, before license.LicenseID, limit int) ([]ApplicationLicense, error) {
	below, size := pageOf(int64(before), limit)
	return tx.applicationLicenses(listApplicationLicenses, tenant, product, below, size)
}

const findApplicationLicense = `
SELECT ` + recordColumns + `,` + redeemerOfLicense + `,` + hardwareOfRedeemer + `
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.product_id = $2 AND licenses.key_folded = $3`

// FindApplicationLicense returns the license of an application that has this key, in any letter case, or KeyUnknown.
func (tx *Tx) FindApplicationLicense(tenant license.TenantID, product license.ProductID, key string) (ApplicationLicense, error) {
	found, err := tx.applicationLicenses(findApplicationLicense, tenant, product, license.FoldKey(key))
	if err != nil {
		return ApplicationLicense{}, err
	}
	if len(found) == 0 {
		return ApplicationLicense{}, license.Refuse(license.KeyUnknown)
	}
	return found[0], nil
}

func (tx *Tx) applicationLicenses(sql string, args ...any) ([]ApplicationLicense, error) {
	var rows []recordRow
	var out []ApplicationLicense
	err := tx.each(sql, args, func(scan func(...any) error) error {
		var r recordRow
		var l ApplicationLicense
		err := scan(append(r.into(), &l.UsedBy, &l.Hardware)...)
		rows, out = append(rows, r), append(out, l)
		return err
	})
	for i := range rows {
		if err == nil {
			err = tx.finish(&rows[i].licenseRow)
		}
		out[i].LicenseRecord = rows[i].record()
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ApplicationCounts says how much an application has. Licenses without a key are not counted.
type ApplicationCounts struct {
	Unused   int64
	Used     int64
	Paused   int64 // suspended, used or not
	Banned   int64 // or revoked, used or not
	Licenses int64 // all of these

	Webhooks, Files, Variables int64

	Resellers, Managers int64
	Staff               int64 // both
}

const countApplicationLicenses = `
SELECT COUNT(*),
       COUNT(CASE WHEN redemption_blocked = TRUE OR standing = 'revoked' THEN 1 END),
       COUNT(CASE WHEN redemption_blocked = FALSE AND standing = 'suspended' THEN 1 END),
       COUNT(CASE WHEN redemption_blocked = FALSE AND standing = 'enabled' AND first_used_at > 0 THEN 1 END)
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.product_id = $2` + withKey

const countApplicationThings = `
SELECT (SELECT COUNT(*) FROM application_webhooks WHERE tenant_id = $1 AND product_id = $2),
       (SELECT COUNT(*) FROM application_files WHERE tenant_id = $1 AND product_id = $2),
       (SELECT COUNT(*) FROM application_variables WHERE tenant_id = $1 AND product_id = $2),
       (SELECT COUNT(*) FROM application_staff WHERE tenant_id = $1 AND product_id = $2 AND role = 'Reseller'),
       (SELECT COUNT(*) FROM application_staff WHERE tenant_id = $1 AND product_id = $2 AND role = 'Manager')`

// CountApplicationThings counts what an application has. Its cost grows with the licenses.
func (tx *Tx) CountApplicationThings(tenant license.TenantID, product license.ProductID) (c ApplicationCounts, err error) {
	of := []any{tenant, product}
	if _, err = tx.one(countApplicationLicenses, of, &c.Licenses, &c.Banned, &c.Paused, &c.Used); err != nil {
		return c, err
	}
	c.Unused = c.Licenses - c.Banned - c.Paused - c.Used
	_, err = tx.one(countApplicationThings, of, &c.Webhooks, &c.Files, &c.Variables, &c.Resellers, &c.Managers)
	c.Staff = c.Resellers + c.Managers
	return c, err
}

// A sum, so that SQLite looks for what a user holds and does not go through what everybody does.
const expiredUsers = `
SELECT license_users.id
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.product_id = $2 AND license_users.id < $3
   AND EXISTS (SELECT 1 FROM redemptions
                WHERE redemptions.tenant_id = license_users.tenant_id AND redemptions.user_id = license_users.id
                  AND redemptions.level_id + 0 > 0)
   AND NOT EXISTS (SELECT 1 FROM redemptions
                    WHERE redemptions.tenant_id = license_users.tenant_id AND redemptions.user_id = license_users.id
                      AND redemptions.level_id + 0 > 0
                      AND (redemptions.expires_at = 0
                           OR redemptions.paused_at = 0 AND redemptions.expires_at > $5
                           OR redemptions.paused_at > 0 AND redemptions.expires_at > redemptions.paused_at))
 ORDER BY license_users.id DESC
 LIMIT CAST($4 AS BIGINT)`

// ExpiredUsers returns the users of an application who held something and have no time left of any of it, newest first, below
// before (0 is no bound). at is the application's clock.
func (tx *Tx) ExpiredUsers(tenant license.TenantID, product license.ProductID, at license.Time, before license.LicenseUserID, limit int) ([]license.LicenseUserID, error) {
	below, size := pageOf(int64(before), limit)
	var out []license.LicenseUserID
	err := tx.each(expiredUsers, []any{tenant, product, below, size, at}, func(scan func(...any) error) error {
		var id license.LicenseUserID
		err := scan(&id)
		out = append(out, id)
		return err
	})
	return out, err
}
