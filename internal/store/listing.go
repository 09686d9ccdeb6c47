package store

import (
	"cmp"
	"slices"

	"licet/internal/license"
)

// FindHeld loads a license with its product and, unless user is 0, with that user, as the methods that begin with a
// claim do, but without a device. It returns KeyUnknown when the user does not hold the license.
func (tx *Tx) FindHeld(tenant license.TenantID, id license.LicenseID, user license.LicenseUserID) (s license.State, err error) {
	r, err := tx.FindLicense(tenant, id)
	if err != nil {
		return s, err
	}
	s.License = r.License
	p, err := tx.FindProduct(tenant, r.License.Product)
	if err != nil {
		return s, err
	}
	s.Product = p.Product
	if user == 0 {
		return s, nil
	}
	return s, tx.loadUser(&s, user)
}

const devicesByHardware = `
SELECT ` + deviceColumns + `
  FROM devices
 WHERE tenant_id = $1 AND bound_value = $2 AND bound_to = 'hwid' AND active = TRUE AND license_id < $3
 ORDER BY license_id DESC
 LIMIT CAST($4 AS BIGINT)`

// DevicesByHardware returns what a machine is activated as, on every license of a tenant, the newest license first, below
// before (0 is no bound), at most 1000.
func (tx *Tx) DevicesByHardware(tenant license.TenantID, hardwareID string, before license.LicenseID, limit int) ([]license.Device, error) {
	below, size := pageOf(int64(before), limit)
	return listOf(tx, devicesByHardware, []any{tenant, hardwareID, below, size}, deviceInto)
}

const holdersOfCustomer = `
SELECT redemptions.license_id, redemptions.user_id
  FROM licenses
  JOIN redemptions ON redemptions.tenant_id = licenses.tenant_id AND redemptions.license_id = licenses.id
 WHERE licenses.tenant_id = $1 AND licenses.customer_id = $2 AND licenses.product_id = $3 AND licenses.id < $4
 ORDER BY licenses.id DESC
 LIMIT CAST($5 AS BIGINT)`

// HoldersOfCustomer returns who holds which license of a product that a customer bought, the newest license first, below
// before (0 is no bound), at most 1000. The licenses and users are their identities alone.
func (tx *Tx) HoldersOfCustomer(tenant license.TenantID, customer license.CustomerID, product license.ProductID, before license.LicenseID, limit int) ([]license.Redemption, error) {
	below, size := pageOf(int64(before), limit)
	var out []license.Redemption
	err := tx.each(holdersOfCustomer, []any{tenant, customer, product, below, size}, func(scan func(...any) error) error {
		var r license.Redemption
		err := scan(&r.License, &r.User)
		out = append(out, r)
		return err
	})
	slices.SortStableFunc(out, func(a, b license.Redemption) int {
		return cmp.Or(cmp.Compare(b.License, a.License), cmp.Compare(a.User, b.User))
	})
	return out, err
}
