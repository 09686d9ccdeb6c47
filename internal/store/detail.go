package store

import (
	"licet/internal/license"
)

// Lookup says which license a client means that names its product by code: by its key, or as the license of
// a user.
type Lookup struct {
	Tenant  license.TenantID
	Code    string            // of the product
	Key     string            // "" where User says it
	User    string            // name of the license user, of a product whose users sign in
	License license.LicenseID // which of several; 0 is any
}

const deviceOfLicense = `
       devices.license_id, devices.bound_to, devices.bound_value, devices.id, devices.name, devices.app_version,
       devices.address, devices.active, devices.blocked, devices.first_seen, devices.activated_at, devices.freed_at,
       devices.seen_at, devices.info, devices.user_id`

const findByKey = `
SELECT ` + productColumns + `,` + licenseColumns + `,` + deviceOfLicense + `
  FROM products
  LEFT JOIN licenses
    ON licenses.tenant_id = products.tenant_id AND licenses.product_id = products.id AND licenses.key_folded = $3
  LEFT JOIN devices
    ON devices.tenant_id = licenses.tenant_id AND devices.license_id = licenses.id
       AND devices.bound_to = $4 AND devices.bound_value = $5
 WHERE products.tenant_id = $1 AND products.code = $2`

// FindBy loads the license that w means, its product, and the claimed device: all of each. By a user it loads the
// user too, and of several licenses the one this device is activated on, else the newest.
//
// It returns the product and ProductUnknown, KeyUnknown, or AuthMethodWrong when the product's users prove their
// right in the other way.
func (tx *Tx) FindBy(w *Lookup, c *license.Claim) (license.State, error) {
	if w.User != "" {
		return tx.findByUser(w, c)
	}
	var s license.State
	var r licenseRow
	d := new(license.Device)
	guess, _ := c.Bind(license.LockNone)
	dest := append(append(productInto(&s.Product), r.into()...), deviceInto(d)...)
	found, err := tx.one(findByKey, []any{w.Tenant, w.Code, license.FoldKey(w.Key), guess.Kind, guess.Value}, dest...)
	switch {
	case err != nil:
		return s, err
	case !found:
		return s, license.Refuse(license.ProductUnknown)
	case s.Product.Auth == license.ByUser:
		return s, license.Refuse(license.AuthMethodWrong)
	case r.ID == 0 || w.License != 0 && w.License != r.ID:
		return s, license.Refuse(license.KeyUnknown)
	}
	if err := tx.finish(&r); err != nil {
		return s, err
	}
	s.License = r.License
	bound, ok := c.Bind(s.License.Terms.Lock)
	switch {
	case ok && bound != guess:
		s.Device, err = tx.findDevice(s.License.Tenant, s.License.ID, bound)
	case ok && d.ID != 0:
		s.Device = d
	}
	if err == nil {
		err = tx.LoadOrigin(&s)
	}
	return s, err
}

const findLicenseOnDevice = `
SELECT redemptions.license_id
  FROM redemptions
  JOIN licenses ON licenses.tenant_id = redemptions.tenant_id AND licenses.id = redemptions.license_id
  JOIN devices
    ON devices.tenant_id = redemptions.tenant_id AND devices.license_id = redemptions.license_id
       AND devices.bound_to = 'hwid' AND devices.bound_value = $5 AND devices.active = TRUE
 WHERE redemptions.tenant_id = $1 AND redemptions.user_id = $2 AND licenses.product_id = $3
   AND redemptions.license_id >= $4 AND redemptions.license_id <= $6
 LIMIT 1`

const findLicenseOfUser = `
SELECT redemptions.license_id
  FROM redemptions
  JOIN licenses ON licenses.tenant_id = redemptions.tenant_id AND licenses.id = redemptions.license_id
 WHERE redemptions.tenant_id = $1 AND redemptions.user_id = $2 AND licenses.product_id = $3
   AND redemptions.license_id >= $4 AND redemptions.license_id <= $5 AND licenses.withheld = FALSE
 ORDER BY redemptions.license_id DESC
 LIMIT 1`

func (tx *Tx) findByUser(w *Lookup, c *license.Claim) (s license.State, err error) {
	p, err := tx.FindProductByCode(w.Tenant, w.Code)
	if err != nil {
		return s, err
	}
	s.Product = p.Product
	if p.Auth != license.ByUser {
		return s, license.Refuse(license.AuthMethodWrong)
	}
	u, err := tx.FindLicenseUserByName(w.Tenant, 0, w.User)
	if license.CodeOf(err) == license.NotFound {
		err = license.Refuse(license.KeyUnknown)
	}
	if err != nil {
		return s, err
	}
	var id license.LicenseID
	least, most := w.License, w.License
	if w.License == 0 {
		most = license.MaxID
	}
	found, err := tx.one(findLicenseOnDevice, []any{w.Tenant, u.ID, p.ID, least, c.HardwareID, most}, &id)
	if err == nil && !found {
		found, err = tx.one(findLicenseOfUser, []any{w.Tenant, u.ID, p.ID, least, most}, &id)
	}
	if err != nil {
		return s, err
	}
	if !found {
		return s, license.Refuse(license.KeyUnknown)
	}
	r, err := tx.FindLicense(w.Tenant, id)
	if err != nil {
		return s, err
	}
	s.License, s.User = r.License, &u
	if bound, ok := c.Bind(s.License.Terms.Lock); ok {
		if s.Device, err = tx.findDevice(w.Tenant, id, bound); err != nil {
			return s, err
		}
	}
	if err := tx.LoadOrigin(&s); err != nil {
		return s, err
	}
	return s, tx.loadUser(&s, u.ID)
}

// loadUser adds what is stored about one user of a license.
func (tx *Tx) loadUser(s *license.State, user license.LicenseUserID) error {
	l := &s.License
	u, err := tx.FindLicenseUser(l.Tenant, user)
	if err != nil {
		return err
	}
	s.User = &u
	if s.Redemption, err = tx.FindRedemptionOf(l.Tenant, l.ID, user); err != nil {
		return err
	}
	if s.Redemption == nil {
		return license.Refuse(license.KeyUnknown)
	}
	var known license.DeviceID
	if s.Device != nil {
		known = s.Device.ID
	}
	s.UserDevices, err = tx.countUserDevices(l.Tenant, l.ID, user, known)
	return err
}

// Detail is what a full answer tells about a license besides its State.
type Detail struct {
	Order     license.Order
	Customer  license.Customer        // the zero value when none
	Account   license.CustomerAccount // the customer's; the zero value when none
	Grants    []license.Grant         // of its features
	Seats     map[string]int64        // floating seats held now, by feature; "" is the license itself
	Variables []license.Variable      // of the device; only after a change
}

const grantsOfLicense = `
SELECT license_id, feature, expires_at, used, used_since FROM feature_grants WHERE tenant_id = $1 AND license_id = $2`

const seatsOfLicense = `
SELECT feature, COUNT(*) FROM leases WHERE tenant_id = $1 AND license_id = $2 AND ends_at > $3 GROUP BY feature`

// FindDetail loads what a full answer tells besides s, which another method returned: all but the variables, see
// [Tx.Variables].
func (tx *Tx) FindDetail(s *license.State, now license.Time) (d Detail, err error) {
	l := &s.License
	if err = tx.ask(nil, findOrder, []any{l.Tenant, l.Order}, orderInto(&d.Order)...); err != nil {
		return d, err
	}
	if l.Customer != 0 {
		if err = tx.ask(nil, findCustomer, []any{l.Tenant, l.Customer}, customerInto(&d.Customer)...); err != nil {
			return d, err
		}
	}
	if err = tx.flush(); err != nil {
		return d, err
	}
	if d.Customer.Account != 0 {
		if d.Account, err = tx.FindCustomerAccount(l.Tenant, d.Customer.Account); err != nil {
			return d, err
		}
	}
	if len(l.Terms.Features) > 0 {
		if d.Grants, err = listOf(tx, grantsOfLicense, []any{l.Tenant, l.ID}, grantInto); err != nil {
			return d, err
		}
	}
	if l.Terms.Lends() {
		d.Seats = map[string]int64{}
		err = tx.each(seatsOfLicense, []any{l.Tenant, l.ID, now}, func(scan func(...any) error) error {
			var feature string
			var n int64
			err := scan(&feature, &n)
			d.Seats[feature] = n
			return err
		})
		if err != nil {
			return d, err
		}
	}
	return d, err
}

const licensesOfBundle = `
SELECT ` + licenseColumns + `
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.bundle_id = $2 AND licenses.bundle_id > 0
 ORDER BY licenses.id
 LIMIT 1000`

// LicensesOfBundle returns the licenses that are part of a bundle's license, oldest first, at most 1000.
func (tx *Tx) LicensesOfBundle(tenant license.TenantID, bundle license.LicenseID) ([]license.License, error) {
	var rows []licenseRow
	err := tx.each(licensesOfBundle, []any{tenant, bundle}, func(scan func(...any) error) error {
		var r licenseRow
		err := scan(r.into()...)
		rows = append(rows, r)
		return err
	})
	out := make([]license.License, len(rows))
	for i := range rows {
		if err == nil {
			err = tx.finish(&rows[i])
		}
		out[i] = rows[i].License
	}
	return out, err
}
