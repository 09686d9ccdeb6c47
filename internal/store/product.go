package store

import (
	"encoding/json"

	"licet/internal/license"
)

// ProductRecord is a product with what only the vendor's people see.
type ProductRecord struct {
	license.Product
	Mask     license.Mask // pattern of new keys; the zero Mask is the default one
	Fields   []license.CustomField
	Created  license.Time
	Revision int64
}

const productRecordColumns = productColumns + `,
       products.key_mask, products.key_letters, products.custom_fields, products.created_at, products.revision`

// productRecordInto returns the destinations of productRecordColumns; fields is for finish.
func productRecordInto(p *ProductRecord, fields *string) []any {
	return append(productInto(&p.Product), &p.Mask.Text, &p.Mask.Alphabet, fields, &p.Created, &p.Revision)
}

const nextProductNumber = `UPDATE id_clock SET next = next + 1 WHERE name = 'product_number' RETURNING next`

const insertProduct = `
INSERT INTO products (tenant_id, id, number, code, name, state, auth_method, disabled, archived,
                      key_mask, key_letters, metadata, e2ee_key, created_at, revision, bundle, custom_fields)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (tenant_id, code) DO NOTHING`

// InsertProduct stores a new product and gives it its identity and the next number of the server.
// Conflict when the tenant has a product with that code. Lock the tenant before, where it may have address rules.
func (tx *Tx) InsertProduct(p *ProductRecord) error {
	if _, err := tx.one(nextProductNumber, nil, &p.Number); err != nil {
		return err
	}
	p.ID, p.Revision = license.ProductID(tx.NewID()), 1
	n, err := tx.affected(insertProduct, p.Tenant, p.ID, p.Number, p.Code, p.Name, p.State, p.Auth, p.Disabled, p.Archived,
		p.Mask.Text, p.Mask.Alphabet, p.Metadata, p.E2EEKey, p.Created, p.Revision, p.Bundle, fieldsText(p.Fields))
	if err == nil && n == 0 {
		err = taken("product", p.Code)
	}
	if err == nil {
		err = tx.run(ruleAddressesOf, p.Tenant, p.ID)
	}
	return err
}

const findProduct = `
SELECT ` + productRecordColumns + `
  FROM products
 WHERE products.tenant_id = $1 AND products.id = $2`

// FindProduct returns a product of a tenant, or ProductUnknown.
func (tx *Tx) FindProduct(tenant license.TenantID, id license.ProductID) (ProductRecord, error) {
	return tx.productRecord(findProduct, tenant, id)
}

const findProductByNumber = `
SELECT ` + productRecordColumns + `
  FROM products
 WHERE products.tenant_id = $1 AND products.number = $2`

// FindProductByNumber returns the product with a number if it is the tenant's, else ProductUnknown.
func (tx *Tx) FindProductByNumber(tenant license.TenantID, number int64) (ProductRecord, error) {
	return tx.productRecord(findProductByNumber, tenant, number)
}

const findProductByCode = `
SELECT ` + productRecordColumns + `
  FROM products
 WHERE products.tenant_id = $1 AND products.code = $2`

// FindProductByCode returns the product of a tenant with a code, or ProductUnknown.
func (tx *Tx) FindProductByCode(tenant license.TenantID, code string) (ProductRecord, error) {
	return tx.productRecord(findProductByCode, tenant, code)
}

const lockProduct = `
UPDATE products SET revision = revision + 1
 WHERE tenant_id = $1 AND id = $2
RETURNING ` + productRecordColumns

// LockProduct loads a product for a change of it or of its policies, and keeps others from both until
// the end of the transaction. ProductUnknown when there is none.
func (tx *Tx) LockProduct(tenant license.TenantID, id license.ProductID) (ProductRecord, error) {
	return tx.productRecord(lockProduct, tenant, id)
}

func (tx *Tx) productRecord(sql string, args ...any) (ProductRecord, error) {
	var p ProductRecord
	var fields string
	found, err := tx.one(sql, args, productRecordInto(&p, &fields)...)
	switch {
	case err != nil:
	case !found:
		err = license.Refuse(license.ProductUnknown)
	default:
		err = p.finish(fields)
	}
	return p, err
}

const saveProduct = `
UPDATE products
   SET name = $3, state = $4, disabled = $5, archived = $6, key_mask = $7, key_letters = $8, metadata = $9, e2ee_key = $10,
       custom_fields = $11
 WHERE tenant_id = $1 AND id = $2`

// SaveProduct stores what may change of a product that this transaction has locked.
func (tx *Tx) SaveProduct(p *ProductRecord) error {
	return tx.run(saveProduct, p.Tenant, p.ID, p.Name, p.State, p.Disabled, p.Archived, p.Mask.Text, p.Mask.Alphabet, p.Metadata, p.E2EEKey, fieldsText(p.Fields))
}

// fieldsText is how custom fields are stored.
func fieldsText(list []license.CustomField) string {
	if len(list) == 0 {
		return ""
	}
	text, err := json.Marshal(list)
	if err != nil {
		return "" // Texts and numbers always encode.
	}
	return string(text)
}

// finish reads what is stored as JSON.
func (p *ProductRecord) finish(fields string) error {
	if fields == "" {
		return nil
	}
	return json.Unmarshal([]byte(fields), &p.Fields)
}

const listProducts = `
SELECT ` + productRecordColumns + `
  FROM products
 WHERE products.tenant_id = $1 AND products.id < $2 AND (products.archived = FALSE OR $3)
 ORDER BY products.id DESC
 LIMIT CAST($4 AS BIGINT)`

// ListProducts returns the products of a tenant, newest first, below before (0 is no bound); the
// archived ones only when asked for.
func (tx *Tx) ListProducts(tenant license.TenantID, archived bool, before license.ProductID, limit int) ([]ProductRecord, error) {
	below, size := pageOf(int64(before), limit)
	var out []ProductRecord
	err := tx.each(listProducts, []any{tenant, below, archived, size}, func(scan func(...any) error) error {
		var p ProductRecord
		var fields string
		if err := scan(productRecordInto(&p, &fields)...); err != nil {
			return err
		}
		if err := p.finish(fields); err != nil {
			return err
		}
		out = append(out, p)
		return nil
	})
	return out, err
}
