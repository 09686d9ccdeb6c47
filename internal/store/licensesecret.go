package store

import (
	"slices"
	"strconv"
	"strings"

	"licet/internal/license"
)

const secretColumns = `password_hash, admin_hash, setup_key, reset_digest, reset_until, admin_digest, admin_until, email, data`

func secretsInto(s *license.LicenseSecrets) []any {
	return []any{&s.Password, &s.Admin, &s.SetupKey, &s.Reset.Digest, &s.Reset.Until, &s.AdminReset.Digest, &s.AdminReset.Until, &s.Email, &s.Data}
}

const findLicenseSecrets = `
SELECT ` + secretColumns + `
  FROM license_secrets
 WHERE tenant_id = $1 AND license_id = $2`

// FindLicenseSecrets returns what proves who may look after a license. Where nothing is stored, all of it is none.
func (tx *Tx) FindLicenseSecrets(tenant license.TenantID, id license.LicenseID) (license.LicenseSecrets, error) {
	s := license.LicenseSecrets{Tenant: tenant, License: id}
	_, err := tx.one(findLicenseSecrets, []any{tenant, id}, secretsInto(&s)...)
	return s, err
}

const lockLicenseSecrets = `
INSERT INTO license_secrets (tenant_id, license_id) VALUES ($1, $2)
ON CONFLICT (tenant_id, license_id) DO UPDATE SET email = license_secrets.email
RETURNING ` + secretColumns

// LockLicenseSecrets is FindLicenseSecrets for a change of a license that this transaction has locked: nobody else changes them
// until its end.
func (tx *Tx) LockLicenseSecrets(tenant license.TenantID, id license.LicenseID) (license.LicenseSecrets, error) {
	s := license.LicenseSecrets{Tenant: tenant, License: id}
	_, err := tx.one(lockLicenseSecrets, []any{tenant, id}, secretsInto(&s)...)
	return s, err
}

const saveLicenseSecrets = `
UPDATE license_secrets
   SET password_hash = $3, admin_hash = $4, setup_key = $5, reset_digest = $6, reset_until = $7, admin_digest = $8, admin_until = $9,
       email = $10, data = $11
 WHERE tenant_id = $1 AND license_id = $2`

// SaveLicenseSecrets stores what LockLicenseSecrets has locked.
func (tx *Tx) SaveLicenseSecrets(s *license.LicenseSecrets) error {
	return tx.run(saveLicenseSecrets, s.Tenant, s.License, s.Password, s.Admin, s.SetupKey, s.Reset.Digest, s.Reset.Until,
		s.AdminReset.Digest, s.AdminReset.Until, s.Email, s.Data)
}

const findProductInAnyCase = `
SELECT ` + productColumns + `
  FROM products
 WHERE products.tenant_id = $1 AND products.code IN ($2, $3)
 ORDER BY products.code
 LIMIT 1`

const findNumberedProductOfTenant = `
SELECT ` + productColumns + `
  FROM products
 WHERE products.number = $2 AND products.tenant_id = $1`

// FindProductNamed returns the product of a tenant with a code, or ProductUnknown. P and seven digits, as software_DNA names products,
// are a code in any letter case, else the number of a product.
func (tx *Tx) FindProductNamed(tenant license.TenantID, name string) (license.Product, error) {
	number, isID := productNumber(name)
	if !isID {
		p, err := tx.FindProductByCode(tenant, name)
		return p.Product, err
	}
	var byCode, byNumber license.Product
	err := tx.ask(nil, findProductInAnyCase, []any{tenant, strings.ToUpper(name), strings.ToLower(name)}, productInto(&byCode)...)
	if err == nil {
		err = tx.ask(nil, findNumberedProductOfTenant, []any{tenant, number}, productInto(&byNumber)...)
	}
	if err == nil {
		err = tx.flush()
	}
	switch {
	case err != nil:
		return license.Product{}, err
	case byCode.ID != 0:
		return byCode, nil
	case byNumber.ID != 0:
		return byNumber, nil
	}
	return license.Product{}, license.Refuse(license.ProductUnknown)
}

// productNumber reads the number in P and seven digits.
func productNumber(name string) (number int64, ok bool) {
	if len(name) != 8 || name[0] != 'P' && name[0] != 'p' {
		return 0, false
	}
	n, err := strconv.ParseUint(name[1:], 10, 32)
	return int64(n), err == nil
}

const listActiveDevices = `
SELECT ` + deviceColumns + `
  FROM devices
 WHERE tenant_id = $1 AND license_id = $2 AND id > $3 AND active = TRUE
 ORDER BY id
 LIMIT CAST($4 AS BIGINT)`

// A place that was lent is the device's for as long as it is lent.
const listSeatedDevices = `
SELECT ` + deviceColumns + `
  FROM devices
 WHERE tenant_id = $1 AND license_id = $2 AND id > $3 AND active = TRUE
   AND EXISTS (SELECT 1 FROM leases
                WHERE leases.tenant_id = $1 AND leases.license_id = $2 AND leases.feature = ''
                  AND leases.device_id = devices.id AND leases.ends_at > $5)
 ORDER BY id
 LIMIT CAST($4 AS BIGINT)`

// ActiveDevices returns the devices that hold a place on a license, above after (0 is no bound), at most limit (1 to 1000), oldest first.
// Of a license that lends its seats those are the ones with a seat at now.
func (tx *Tx) ActiveDevices(l *license.License, now license.Time, after license.DeviceID, limit int) ([]license.Device, error) {
	if l.Terms.Floating != nil {
		return listOf(tx, listSeatedDevices, []any{l.Tenant, l.ID, after, pageSize(limit), now}, deviceInto)
	}
	return listOf(tx, listActiveDevices, []any{l.Tenant, l.ID, after, pageSize(limit)}, deviceInto)
}

const firstActivated = `
SELECT ` + deviceColumns + `
  FROM devices
 WHERE tenant_id = $1 AND license_id = $2 AND active = TRUE
 ORDER BY activated_at, id
 LIMIT CAST($3 AS BIGINT)`

// FirstActivated returns the devices that hold a place on a license, at most limit (1 to 1000), the one activated first at the front.
func (tx *Tx) FirstActivated(tenant license.TenantID, id license.LicenseID, limit int) ([]license.Device, error) {
	return listOf(tx, firstActivated, []any{tenant, id, pageSize(limit)}, deviceInto)
}

const devicesNamed = `
SELECT ` + deviceColumns + `
  FROM devices
 WHERE tenant_id = $1 AND license_id = $2 AND active = TRUE AND LOWER(bound_value) = LOWER(CAST($3 AS TEXT))
 LIMIT 1000`

// FindActiveDevice returns the device that holds a place on a license and is known by a name there, in any case of the Latin
// letters, or DeviceUnknown.
func (tx *Tx) FindActiveDevice(tenant license.TenantID, id license.LicenseID, name string) (license.Device, error) {
	list, err := listOf(tx, devicesNamed, []any{tenant, id, name}, deviceInto)
	if err != nil {
		return license.Device{}, err
	}
	if len(list) == 0 {
		return license.Device{}, license.Refuse(license.DeviceUnknown)
	}
	exact := slices.IndexFunc(list, func(d license.Device) bool { return d.Binding.Value == name })
	return list[max(exact, 0)], nil
}
