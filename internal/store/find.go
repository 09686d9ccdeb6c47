package store

import (
	"licet/internal/license"
)

// What begins with a text, the first of each kind by its bytes. Each of these methods returns at most limit (1 to 1000).

const findLicensesBeginning = recordsWhere + ` AND licenses.key_folded COLLATE "binary" >= $2 AND licenses.key_folded COLLATE "binary" < $3
 ORDER BY licenses.key_folded COLLATE "binary", licenses.id
 LIMIT CAST($4 AS BIGINT)`

// LicensesBeginning returns licenses whose keys begin with a text, in any letter case.
func (tx *Tx) LicensesBeginning(tenant license.TenantID, prefix string, limit int) ([]license.LicenseRecord, error) {
	least, beyond := begins(license.FoldKey(prefix))
	rows, err := listOf(tx, findLicensesBeginning, []any{tenant, least, beyond, pageSize(limit)}, (*recordRow).into)
	var out []license.LicenseRecord
	for i := range rows {
		if err == nil {
			err = tx.finish(&rows[i].licenseRow)
		}
		out = append(out, rows[i].record())
	}
	return out, err
}

const findCustomersBeginning = `
SELECT ` + customerColumns + `
  FROM customers
 WHERE tenant_id = $1 AND email_folded COLLATE "binary" >= $2 AND email_folded COLLATE "binary" < $3
 ORDER BY email_folded COLLATE "binary"
 LIMIT CAST($4 AS BIGINT)`

// CustomersBeginning returns customers whose e-mail addresses begin with a text, in any letter case.
func (tx *Tx) CustomersBeginning(tenant license.TenantID, prefix string, limit int) ([]license.Customer, error) {
	least, beyond := begins(FoldEmail(prefix))
	return listOf(tx, findCustomersBeginning, []any{tenant, least, beyond, pageSize(limit)}, customerInto)
}

const findOrdersBeginning = `
SELECT ` + orderColumns + `
  FROM orders
 WHERE tenant_id = $1 AND reference COLLATE "binary" >= $2 AND reference COLLATE "binary" < $3
 ORDER BY reference COLLATE "binary"
 LIMIT CAST($4 AS BIGINT)`

// OrdersBeginning returns orders whose references begin with a text, byte for byte.
func (tx *Tx) OrdersBeginning(tenant license.TenantID, prefix string, limit int) ([]license.Order, error) {
	least, beyond := begins(prefix)
	return listOf(tx, findOrdersBeginning, []any{tenant, least, beyond, pageSize(limit)}, orderInto)
}

const (
	findUsersNamed = `
SELECT ` + licenseUserColumns + `
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.name_folded COLLATE "binary" >= $2 AND license_users.name_folded COLLATE "binary" < $3
 ORDER BY license_users.name_folded COLLATE "binary", license_users.id
 LIMIT CAST($4 AS BIGINT)`
	findUsersWithEmail = `
SELECT ` + licenseUserColumns + `
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.email COLLATE "binary" >= $2 AND license_users.email COLLATE "binary" < $3
   AND license_users.email <> ''
 ORDER BY license_users.email COLLATE "binary", license_users.id
 LIMIT CAST($4 AS BIGINT)`
)

// UsersBeginning returns license users of any product whose names begin with a text, in any letter case.
func (tx *Tx) UsersBeginning(tenant license.TenantID, prefix string, limit int) ([]license.LicenseUser, error) {
	least, beyond := begins(foldName(prefix))
	return listOf(tx, findUsersNamed, []any{tenant, least, beyond, pageSize(limit)}, licenseUserInto)
}

// UsersWithEmail returns license users of any product whose e-mail addresses begin with a text, byte for byte.
func (tx *Tx) UsersWithEmail(tenant license.TenantID, prefix string, limit int) ([]license.LicenseUser, error) {
	least, beyond := begins(prefix)
	return listOf(tx, findUsersWithEmail, []any{tenant, least, beyond, pageSize(limit)}, licenseUserInto)
}

const (
	lockedForGood = `
SELECT subject, ` + lockoutColumns + `
  FROM lockouts
 WHERE tenant_id = $1 AND audience = $2 AND permanent = TRUE
 ORDER BY subject
 LIMIT CAST($3 AS BIGINT)`
	lockedUntil = `
SELECT subject, ` + lockoutColumns + `
  FROM lockouts
 WHERE tenant_id = $1 AND audience = $2 AND locked_until > 0 AND locked_until > $3
 ORDER BY locked_until
 LIMIT CAST($4 AS BIGINT)`
)

// Locked returns what is locked of the audience of k at a moment, at most limit (1 to 1000) for good and as many for a time.
func (tx *Tx) Locked(k LockoutKey, now license.Time, limit int) ([]HeldLockout, error) {
	into := func(h *HeldLockout) []any { return append([]any{&h.Subject}, lockoutInto(&h.Lockout)...) }
	forever, err := listOf(tx, lockedForGood, []any{k.Tenant, k.Audience, pageSize(limit)}, into)
	if err != nil {
		return nil, err
	}
	list, err := listOf(tx, lockedUntil, []any{k.Tenant, k.Audience, now, pageSize(limit)}, into)
	return append(forever, list...), err
}
