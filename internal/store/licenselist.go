package store

import (
	"iter"

	"licet/internal/license"
)

const describeLicense = `UPDATE licenses SET metadata = $3 WHERE tenant_id = $1 AND id = $2`

// DescribeLicense stores the metadata of a license that this transaction has locked.
func (tx *Tx) DescribeLicense(tenant license.TenantID, id license.LicenseID, metadata string) error {
	return tx.run(describeLicense, tenant, id, metadata)
}

const findDeviceByID = `
SELECT ` + deviceColumns + `
  FROM devices
 WHERE tenant_id = $1 AND license_id = $2 AND id = $3`

// FindDevice returns a device known on a license by its identity, or when id is 0 by what it is bound to:
// its hardware id, else its address. NotFound when there is none.
func (tx *Tx) FindDevice(tenant license.TenantID, of license.LicenseID, id license.DeviceID, bound string) (license.Device, error) {
	if id != 0 {
		var d license.Device
		found, err := tx.one(findDeviceByID, []any{tenant, of, id}, deviceInto(&d)...)
		if err == nil && !found {
			err = noDevice()
		}
		return d, err
	}
	for _, kind := range []license.BindKind{license.BoundToHardware, license.BoundToAddress} {
		d, err := tx.findDevice(tenant, of, license.Binding{Kind: kind, Value: bound})
		if err != nil {
			return license.Device{}, err
		}
		if d != nil {
			return *d, nil
		}
	}
	return license.Device{}, noDevice()
}

func noDevice() error { return &license.Error{Code: license.NotFound, Message: "no such device"} }

// LicenseRow is a license with the names of what it hangs on: a line of an export.
type LicenseRow struct {
	license.LicenseRecord
	ProductCode   string
	PolicyCode    string // "" when none
	OrderRef      string
	OrderStatus   license.OrderStatus
	CustomerEmail string // "" when none
	UserName      string // license user who redeemed it, the first of several; "" when nobody did
}

// exportLicenses walks the licenses by the time of their issue. Outer joins keep both databases from
// beginning with another table.
const exportLicenses = `
SELECT ` + recordColumns + `,
       products.code, policies.code, orders.reference, orders.status, customers.email, ` + redeemerOfLicense + `
  FROM licenses
  LEFT JOIN products ON products.tenant_id = licenses.tenant_id AND products.id = licenses.product_id
  LEFT JOIN policies ON policies.tenant_id = licenses.tenant_id AND policies.id = licenses.policy_id
  LEFT JOIN orders ON orders.tenant_id = licenses.tenant_id AND orders.id = licenses.order_id
  LEFT JOIN customers ON customers.tenant_id = licenses.tenant_id AND customers.id = licenses.customer_id
 WHERE licenses.tenant_id = $1 AND licenses.issued_at < $2 AND (licenses.issued_at, licenses.id) > ($3, $4)
 ORDER BY licenses.issued_at, licenses.id
 LIMIT CAST($5 AS BIGINT)`

// ExportLicenses yields the licenses of a tenant that were issued from from on and before until, oldest
// first. It holds a page of them at a time; inside a Snapshot all of them are of one moment.
func (tx *Tx) ExportLicenses(tenant license.TenantID, from, until license.Time) iter.Seq2[*LicenseRow, error] {
	return func(yield func(*LicenseRow, error) bool) {
		at, after := from, license.LicenseID(0) // No identity is 0, so all of the first moment comes.
		for {
			rows, err := tx.exportPage(tenant, until, at, after)
			for i := 0; err == nil && i < len(rows); i++ {
				if err = tx.finish(&rows[i].licenseRow); err != nil {
					break
				}
				rows[i].out.LicenseRecord = rows[i].record()
				at, after = rows[i].IssuedAt, rows[i].ID
				if !yield(&rows[i].out, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if len(rows) < maxPage {
				return
			}
		}
	}
}

type exportRow struct {
	recordRow
	out LicenseRow
}

func (tx *Tx) exportPage(tenant license.TenantID, until, at license.Time, after license.LicenseID) ([]exportRow, error) {
	var rows []exportRow
	err := tx.each(exportLicenses, []any{tenant, until, at, after, maxPage}, func(scan func(...any) error) error {
		var r exportRow
		o := &r.out
		dest := append(r.recordRow.into(), &o.ProductCode, &o.PolicyCode, &o.OrderRef, &o.OrderStatus, &o.CustomerEmail, &o.UserName)
		err := scan(dest...)
		rows = append(rows, r)
		return err
	})
	return rows, err
}
