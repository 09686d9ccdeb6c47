package store

import (
	"licet/internal/license"
)

const customerColumns = `id, tenant_id, email, name, company, reference, created_at, first_name, last_name, phone, address,
       city, postcode, state, country, metadata, account_id`

func customerInto(c *license.Customer) []any {
	return []any{
		&c.ID, &c.Tenant, &c.Email, &c.Name, &c.Company, &c.Reference, &c.Created,
		&c.FirstName, &c.LastName, &c.Phone, &c.Address, &c.City, &c.Postcode, &c.State, &c.Country, &c.Metadata, &c.Account,
	}
}

const insertCustomer = `
INSERT INTO customers (tenant_id, id, email, email_folded, name, company, reference, created_at,
                       first_name, last_name, phone, address, city, postcode, state, country, metadata, account_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (tenant_id, email_folded) DO NOTHING`

// InsertCustomer stores a new customer and gives them an identity. It reports false, and stores nothing,
// when the tenant has one with that e-mail address in any letter case.
func (tx *Tx) InsertCustomer(c *license.Customer) (bool, error) {
	c.ID = license.CustomerID(tx.NewID())
	n, err := tx.affected(insertCustomer, c.Tenant, c.ID, c.Email, FoldEmail(c.Email), c.Name, c.Company, c.Reference, c.Created,
		c.FirstName, c.LastName, c.Phone, c.Address, c.City, c.Postcode, c.State, c.Country, c.Metadata, c.Account)
	return n == 1, err
}

const saveCustomer = `
UPDATE customers
   SET name = $3, company = $4, reference = $5, first_name = $6, last_name = $7, phone = $8, address = $9, city = $10,
       postcode = $11, state = $12, country = $13, metadata = $14, account_id = $15
 WHERE tenant_id = $1 AND id = $2`

// SaveCustomer stores what may change of a customer: all but the e-mail address.
func (tx *Tx) SaveCustomer(c *license.Customer) error {
	return tx.run(saveCustomer, c.Tenant, c.ID, c.Name, c.Company, c.Reference, c.FirstName, c.LastName, c.Phone, c.Address,
		c.City, c.Postcode, c.State, c.Country, c.Metadata, c.Account)
}

const findCustomer = `SELECT ` + customerColumns + ` FROM customers WHERE tenant_id = $1 AND id = $2`

// FindCustomer returns a customer of a tenant, or NotFound.
func (tx *Tx) FindCustomer(tenant license.TenantID, id license.CustomerID) (license.Customer, error) {
	return tx.customer(findCustomer, tenant, id)
}

const findCustomerByEmail = `SELECT ` + customerColumns + ` FROM customers WHERE tenant_id = $1 AND email_folded = $2`

// FindCustomerByEmail returns the customer of a tenant with an e-mail address in any letter case, or NotFound.
func (tx *Tx) FindCustomerByEmail(tenant license.TenantID, email string) (license.Customer, error) {
	return tx.customer(findCustomerByEmail, tenant, FoldEmail(email))
}

func (tx *Tx) customer(sql string, args ...any) (license.Customer, error) {
	var c license.Customer
	found, err := tx.one(sql, args, customerInto(&c)...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such customer"}
	}
	return c, err
}

const listCustomers = `
SELECT ` + customerColumns + `
  FROM customers
 WHERE tenant_id = $1 AND id < $2
 ORDER BY id DESC
 LIMIT CAST($3 AS BIGINT)`

// ListCustomers returns the customers of a tenant, newest first, below before (0 is no bound).
func (tx *Tx) ListCustomers(tenant license.TenantID, before license.CustomerID, limit int) ([]license.Customer, error) {
	below, size := pageOf(int64(before), limit)
	var out []license.Customer
	err := tx.each(listCustomers, []any{tenant, below, size}, func(scan func(...any) error) error {
		var c license.Customer
		if err := scan(customerInto(&c)...); err != nil {
			return err
		}
		out = append(out, c)
		return nil
	})
	return out, err
}

const dropCustomer = `
DELETE FROM customers
 WHERE tenant_id = $1 AND id = $2
   AND NOT EXISTS (SELECT 1 FROM licenses WHERE licenses.tenant_id = $1 AND licenses.customer_id = $2)
   AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.tenant_id = $1 AND orders.customer_id = $2)
   AND NOT EXISTS (SELECT 1 FROM license_users WHERE license_users.tenant_id = $1 AND license_users.customer_id = $2)`

// DropCustomer removes a customer whom nothing refers to; false where something does. Conflict where it begins to at this very moment.
func (tx *Tx) DropCustomer(tenant license.TenantID, id license.CustomerID) (bool, error) {
	n, err := tx.affected(dropCustomer, tenant, id)
	return n == 1, err
}
