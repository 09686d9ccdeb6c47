package store

import (
	"strings"

	"licet/internal/license"
)

// Lists that are narrowed. Each of these methods returns a page, newest first, below before (0 is no bound), at most limit (1 to 1000), and
// where the next page goes on: its before, or 0 when there is nothing more. A page looks at 10,000 rows and no more: where a filter leaves out
// most, it may be short, or empty, and yet have a next one.

// OrderFilter narrows a list of orders; the zero value is all of a tenant's. All conditions hold together.
type OrderFilter struct {
	Customer license.CustomerID
	Status   license.OrderStatus
	Prefix   string              // what the reference begins with, byte for byte
	Within   []license.ProductID // those that hold licenses, all of them of these products; nil is no condition
}

const listOrdersWithStatus = `
SELECT ` + orderColumns + `
  FROM orders
 WHERE tenant_id = $1 AND status = $2 AND id < $3
 ORDER BY id DESC
 LIMIT CAST($4 AS BIGINT)`

const ordersBeginning = `
SELECT id
  FROM orders
 WHERE tenant_id = $1 AND reference COLLATE "binary" >= $2 AND reference COLLATE "binary" < $3 AND id < $4
 LIMIT CAST($5 AS BIGINT)`

// SearchOrders returns a page of orders of a tenant.
func (tx *Tx) SearchOrders(tenant license.TenantID, f *OrderFilter, before license.OrderID, limit int) ([]license.Order, license.OrderID, error) {
	below, size := pageOf(int64(before), limit)
	id := func(o *license.Order) int64 { return int64(o.ID) }
	read := listed(tx, listOrders, func(below int64, n int) []any { return []any{tenant, below, n} }, orderInto, id)
	ids, few, err := tx.fewBeginning(ordersBeginning, f.Prefix, tenant, below)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case f.Within != nil:
		read = listed(tx, listOrdersWithin, func(below int64, n int) []any { return []any{tenant, holdsOnlyArg(f.Within), below, n} }, orderInto, id)
	case few:
		read = among(ids, func(ids []int64) ([]license.Order, error) { return loadEach(tx, findOrder, tenant, ids, orderInto) })
	case f.Customer != 0:
		read = listed(tx, listOrdersOfCustomer, func(below int64, n int) []any { return []any{tenant, f.Customer, below, n} }, orderInto, id)
	case f.Status != "":
		read = listed(tx, listOrdersWithStatus, func(below int64, n int) []any { return []any{tenant, f.Status, below, n} }, orderInto, id)
	}
	page, next, err := narrowed(read, id, func(o *license.Order) (bool, error) {
		return (f.Customer == 0 || o.Customer == f.Customer) && (f.Status == "" || o.Status == f.Status) &&
			strings.HasPrefix(o.Reference, f.Prefix), nil
	}, below, size)
	return page, license.OrderID(next), err
}

// fewBeginning returns the rows of a list that begin with a prefix, where there is one and they are few.
func (tx *Tx) fewBeginning(sql, prefix string, of ...any) (ids []int64, few bool, err error) {
	if prefix == "" {
		return nil, false, nil
	}
	least, beyond := begins(prefix)
	below := of[len(of)-1]
	return tx.candidates(sql, append(of[:len(of)-1:len(of)-1], least, beyond, below)...)
}

// CustomerFilter narrows a list of customers; the zero value is all of a tenant's. All conditions hold together.
type CustomerFilter struct {
	Prefix string // what the e-mail address begins with, in any letter case
	Text   string // what the name, the company or the reference contains, in any letter case
}

// SearchCustomers returns a page of customers of a tenant.
func (tx *Tx) SearchCustomers(tenant license.TenantID, f *CustomerFilter, before license.CustomerID, limit int) ([]license.Customer, license.CustomerID, error) {
	below, size := pageOf(int64(before), limit)
	prefix, text := FoldEmail(f.Prefix), strings.ToLower(f.Text)
	id := func(c *license.Customer) int64 { return int64(c.ID) }
	read := listed(tx, listCustomers, func(below int64, n int) []any { return []any{tenant, below, n} }, customerInto, id)
	ids, few, err := tx.fewBeginning(customersBeginning, prefix, tenant, below)
	if err != nil {
		return nil, 0, err
	}
	if few {
		read = among(ids, func(ids []int64) ([]license.Customer, error) {
			return loadEach(tx, findCustomer, tenant, ids, customerInto)
		})
	}
	page, next, err := narrowed(read, id, func(c *license.Customer) (bool, error) {
		return strings.HasPrefix(FoldEmail(c.Email), prefix) && (strings.Contains(strings.ToLower(c.Name), text) ||
			strings.Contains(strings.ToLower(c.Company), text) || strings.Contains(strings.ToLower(c.Reference), text)), nil
	}, below, size)
	return page, license.CustomerID(next), err
}

// LicenseUserFilter narrows a list of license users. All conditions hold together.
type LicenseUserFilter struct {
	Product  license.ProductID  // whose users; 0 is those of the whole tenant, unless Customer says whose
	Customer license.CustomerID // those of a customer, of whatever product; 0 is no condition
	Prefix   string             // what the name begins with, in any letter case
	Banned   *bool
}

const usersBeginning = `
SELECT license_users.id
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.product_id = $2 AND license_users.name_folded COLLATE "binary" >= $3
   AND license_users.name_folded COLLATE "binary" < $4 AND license_users.id < $5
 LIMIT CAST($6 AS BIGINT)`

// SearchLicenseUsers returns a page of license users of a tenant.
func (tx *Tx) SearchLicenseUsers(tenant license.TenantID, f *LicenseUserFilter, before license.LicenseUserID, limit int) ([]license.LicenseUser, license.LicenseUserID, error) {
	below, size := pageOf(int64(before), limit)
	prefix := foldName(f.Prefix)
	id := func(u *license.LicenseUser) int64 { return int64(u.ID) }
	read := listed(tx, listLicenseUsers, func(below int64, n int) []any { return []any{tenant, f.Product, below, n} }, licenseUserInto, id)
	if f.Customer != 0 {
		read = listed(tx, licenseUsersOfCustomer, func(below int64, n int) []any { return []any{tenant, f.Customer, below, n} }, licenseUserInto, id)
	} else {
		ids, few, err := tx.fewBeginning(usersBeginning, prefix, tenant, f.Product, below)
		if err != nil {
			return nil, 0, err
		}
		if few {
			read = among(ids, func(ids []int64) ([]license.LicenseUser, error) {
				return loadEach(tx, findLicenseUser, tenant, ids, licenseUserInto)
			})
		}
	}
	page, next, err := narrowed(read, id, func(u *license.LicenseUser) (bool, error) {
		return strings.HasPrefix(foldName(u.Name), prefix) && (f.Banned == nil || u.Banned == *f.Banned), nil
	}, below, size)
	return page, license.LicenseUserID(next), err
}
