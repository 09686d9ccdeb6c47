package store

import (
	"iter"
	"strings"

	"licet/internal/license"
)

// LicenseFilter narrows a list of licenses; the zero value is all of a tenant's. All conditions hold
// together.
type LicenseFilter struct {
	Product  license.ProductID
	Policy   license.PolicyID
	Order    license.OrderID
	Customer license.CustomerID
	Standing license.Standing
	Used     *bool  // ever activated or redeemed
	Expired  *bool  // at the time of asking, grace included
	Banned   *bool  // nobody new may redeem it
	Prefix   string // what the key begins with, in any letter case
	Note     string // what the note contains, in any letter case
}

// rest reports whether l meets the conditions that no index helps with.
func (f *LicenseFilter) rest(r *license.LicenseRecord, now license.Time) bool {
	l := &r.License
	switch {
	case f.Product != 0 && l.Product != f.Product,
		f.Policy != 0 && l.Policy != f.Policy,
		f.Order != 0 && l.Order != f.Order,
		f.Customer != 0 && l.Customer != f.Customer,
		f.Standing != "" && l.Standing != f.Standing,
		f.Used != nil && l.IsUsed() != *f.Used,
		f.Expired != nil && l.IsExpired(now) != *f.Expired,
		f.Banned != nil && l.RedemptionBlocked != *f.Banned,
		!strings.HasPrefix(license.FoldKey(l.Key), license.FoldKey(f.Prefix)),
		!strings.Contains(strings.ToLower(r.Note), strings.ToLower(f.Note)):
		return false
	}
	return true
}

// selective reports whether rest may refuse what the index gives.
func (f *LicenseFilter) selective() bool {
	indexed := *f
	switch {
	case f.Order != 0:
		indexed.Order = 0
	case f.Customer != 0:
		indexed.Customer = 0
	default:
		indexed.Product = 0
	}
	return indexed != LicenseFilter{}
}

// maxScanned bounds how many rows one page of a filtered list looks at, so that a filter that hardly
// anything meets costs no more than any other.
const maxScanned = 20_000

const listLicenses = `
SELECT ` + recordColumns + `
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.id < $2
 ORDER BY licenses.id DESC
 LIMIT CAST($3 AS BIGINT)`

const listLicensesOfProduct = `
SELECT ` + recordColumns + `
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.product_id = $2 AND licenses.id < $3
 ORDER BY licenses.id DESC
 LIMIT CAST($4 AS BIGINT)`

const listLicensesOfOrder = `
SELECT ` + recordColumns + `
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.order_id = $2 AND licenses.id < $3
 ORDER BY licenses.id DESC
 LIMIT CAST($4 AS BIGINT)`

const listLicensesOfCustomer = `
SELECT ` + recordColumns + `
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.customer_id = $2 AND licenses.id < $3
 ORDER BY licenses.id DESC
 LIMIT CAST($4 AS BIGINT)`

// ListLicenses returns licenses of a tenant, newest first, below before (0 is no bound), at most limit
// (1 to 1000), and where the next page goes on: its before, or 0 when there is nothing more.
//
// A page looks at 20,000 licenses and no more. Where a filter leaves out most of what an index gives, a
// page may thus be short, or empty, and yet have a next one.
func (tx *Tx) ListLicenses(tenant license.TenantID, f LicenseFilter, now license.Time, before license.LicenseID, limit int) (page []license.LicenseRecord, next license.LicenseID, err error) {
	below, size := pageOf(int64(before), limit)
	// One more than the page tells whether there is a next one.
	step := size + 1
	if f.selective() {
		step = maxPage
	}
	for scanned := 0; scanned < maxScanned; scanned += step {
		rows, err := tx.someLicenses(tenant, &f, below, step)
		if err != nil {
			return nil, 0, err
		}
		for i := range rows {
			if len(page) == size {
				return page, page[size-1].ID, nil
			}
			r := &rows[i]
			if err := tx.finish(&r.licenseRow); err != nil {
				return nil, 0, err
			}
			if rec := r.record(); f.rest(&rec, now) {
				page = append(page, rec)
			}
			below = int64(r.ID)
		}
		if len(rows) < step {
			return page, 0, nil
		}
	}
	return page, license.LicenseID(below), nil
}

// someLicenses reads the next rows by the index that fits the filter best.
func (tx *Tx) someLicenses(tenant license.TenantID, f *LicenseFilter, below int64, limit int) ([]recordRow, error) {
	sql, args := listLicenses, []any{tenant, below, limit}
	switch {
	case f.Order != 0:
		sql, args = listLicensesOfOrder, []any{tenant, f.Order, below, limit}
	case f.Customer != 0:
		sql, args = listLicensesOfCustomer, []any{tenant, f.Customer, below, limit}
	case f.Product != 0:
		sql, args = listLicensesOfProduct, []any{tenant, f.Product, below, limit}
	}
	rows := make([]recordRow, 0, limit)
	err := tx.each(sql, args, func(scan func(...any) error) error {
		var r recordRow
		err := scan(r.into()...)
		rows = append(rows, r)
		return err
	})
	return rows, err
}

const findLicensesByKey = `
SELECT licenses.id
  FROM products
  JOIN licenses
    ON licenses.tenant_id = products.tenant_id AND licenses.product_id = products.id AND licenses.key_folded = $2
 WHERE products.tenant_id = $1 AND licenses.bundle_id = 0
 LIMIT 2`

// FindLicensesByKey returns the licenses of a tenant that have a key, in any letter case, over all
// products: at most two, since keys are unique per product only. Of a bundle it is the bundle's own license, not the
// parts that share its key.
func (tx *Tx) FindLicensesByKey(tenant license.TenantID, key string) ([]license.LicenseID, error) {
	var out []license.LicenseID
	err := tx.each(findLicensesByKey, []any{tenant, license.FoldKey(key)}, func(scan func(...any) error) error {
		var id license.LicenseID
		err := scan(&id)
		out = append(out, id)
		return err
	})
	return out, err
}

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
