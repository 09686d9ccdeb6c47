package store

import (
	"licet/internal/license"
)

const orderColumns = `id, tenant_id, reference, status, customer_id, is_trial, created_at, completed_at, revision`

func orderInto(o *license.Order) []any {
	return []any{&o.ID, &o.Tenant, &o.Reference, &o.Status, &o.Customer, &o.Trial, &o.Created, &o.CompletedAt, &o.Revision}
}

const insertOrder = `
INSERT INTO orders (tenant_id, id, reference, status, customer_id, is_trial, created_at, completed_at, revision)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, reference) DO NOTHING`

// InsertOrder stores a new order and gives it its identity. It reports false, and stores nothing, when
// the tenant has an order with that reference.
func (tx *Tx) InsertOrder(o *license.Order) (bool, error) {
	o.ID, o.Revision = license.OrderID(tx.NewID()), 1
	n, err := tx.affected(insertOrder, o.Tenant, o.ID, o.Reference, o.Status, orNull(o.Customer), o.Trial, o.Created, o.CompletedAt, o.Revision)
	return n == 1, err
}

const findOrder = `SELECT ` + orderColumns + ` FROM orders WHERE tenant_id = $1 AND id = $2`

// FindOrder returns an order of a tenant, or NotFound.
func (tx *Tx) FindOrder(tenant license.TenantID, id license.OrderID) (license.Order, error) {
	return tx.order(findOrder, tenant, id)
}

const findOrderByReference = `SELECT ` + orderColumns + ` FROM orders WHERE tenant_id = $1 AND reference = $2`

// FindOrderByReference returns the order of a tenant with a reference, byte for byte, or NotFound.
func (tx *Tx) FindOrderByReference(tenant license.TenantID, reference string) (license.Order, error) {
	return tx.order(findOrderByReference, tenant, reference)
}

const lockOrder = `
UPDATE orders SET revision = revision + 1
 WHERE tenant_id = $1 AND id = $2
RETURNING ` + orderColumns

// LockOrder loads an order for a change of it or of the licenses in it, and keeps others from both until
// the end of the transaction. NotFound when there is none.
func (tx *Tx) LockOrder(tenant license.TenantID, id license.OrderID) (license.Order, error) {
	return tx.order(lockOrder, tenant, id)
}

func (tx *Tx) order(sql string, args ...any) (license.Order, error) {
	var o license.Order
	found, err := tx.one(sql, args, orderInto(&o)...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such order"}
	}
	return o, err
}

const saveOrder = `
UPDATE orders SET status = $3, customer_id = $4, completed_at = $5
 WHERE tenant_id = $1 AND id = $2`

// SaveOrder stores what may change of an order that this transaction has locked.
func (tx *Tx) SaveOrder(o *license.Order) error {
	return tx.run(saveOrder, o.Tenant, o.ID, o.Status, orNull(o.Customer), o.CompletedAt)
}

const listOrders = `
SELECT ` + orderColumns + `
  FROM orders
 WHERE tenant_id = $1 AND id < $2
 ORDER BY id DESC
 LIMIT CAST($3 AS BIGINT)`

const listOrdersOfCustomer = `
SELECT ` + orderColumns + `
  FROM orders
 WHERE tenant_id = $1 AND customer_id = $2 AND id < $3
 ORDER BY id DESC
 LIMIT CAST($4 AS BIGINT)`

// ListOrders returns the orders of a tenant, or of one customer, newest first, below before (0 is no
// bound).
func (tx *Tx) ListOrders(tenant license.TenantID, customer license.CustomerID, before license.OrderID, limit int) ([]license.Order, error) {
	below, size := pageOf(int64(before), limit)
	sql, args := listOrders, []any{tenant, below, size}
	if customer != 0 {
		sql, args = listOrdersOfCustomer, []any{tenant, customer, below, size}
	}
	var out []license.Order
	err := tx.each(sql, args, func(scan func(...any) error) error {
		var o license.Order
		if err := scan(orderInto(&o)...); err != nil {
			return err
		}
		out = append(out, o)
		return nil
	})
	return out, err
}

// holdsOnly is the condition that an order holds licenses, and none of another product than those of a list, which is text with
// a blank on both sides of each identity.
const holdsOnly = `
       EXISTS (SELECT 1 FROM licenses WHERE licenses.tenant_id = orders.tenant_id AND licenses.order_id = orders.id)
   AND NOT EXISTS (SELECT 1 FROM licenses
                    WHERE licenses.tenant_id = orders.tenant_id AND licenses.order_id = orders.id
                      AND CAST($2 AS TEXT) NOT LIKE '% ' || licenses.product_id || ' %')`

func holdsOnlyArg(products []license.ProductID) string { return " " + productsText(products) + " " }

const orderWithin = `SELECT 1 FROM orders WHERE orders.tenant_id = $1 AND orders.id = $3 AND ` + holdsOnly

// OrderWithin reports whether an order holds licenses, and all of them are of some products.
func (tx *Tx) OrderWithin(tenant license.TenantID, order license.OrderID, products []license.ProductID) (bool, error) {
	var one int64
	return tx.one(orderWithin, []any{tenant, holdsOnlyArg(products), order}, &one)
}

const listOrdersWithin = `
SELECT ` + orderColumns + `
  FROM orders
 WHERE orders.tenant_id = $1 AND orders.id < $3 AND ` + holdsOnly + `
 ORDER BY orders.id DESC
 LIMIT CAST($4 AS BIGINT)`

// ListOrdersWithin is ListOrders of those that hold licenses, all of them of some products.
func (tx *Tx) ListOrdersWithin(tenant license.TenantID, products []license.ProductID, before license.OrderID, limit int) ([]license.Order, error) {
	below, size := pageOf(int64(before), limit)
	return listOf(tx, listOrdersWithin, []any{tenant, holdsOnlyArg(products), below, size}, orderInto)
}

const licensesOfOrder = `
SELECT id
  FROM licenses
 WHERE tenant_id = $1 AND order_id = $2 AND id > $3
 ORDER BY id
 LIMIT CAST($4 AS BIGINT)`

// LicensesOfOrder returns the identities of licenses of an order, oldest first, above after, at most
// limit (1 to 1000).
func (tx *Tx) LicensesOfOrder(tenant license.TenantID, order license.OrderID, after license.LicenseID, limit int) ([]license.LicenseID, error) {
	_, size := pageOf(0, limit)
	var out []license.LicenseID
	err := tx.each(licensesOfOrder, []any{tenant, order, after, size}, func(scan func(...any) error) error {
		var id license.LicenseID
		if err := scan(&id); err != nil {
			return err
		}
		out = append(out, id)
		return nil
	})
	return out, err
}
