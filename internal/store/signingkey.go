package store

import "licet/internal/license"

const tenantsWithKey = `
SELECT DISTINCT tenant_id
  FROM signing_keys
 WHERE purpose = $1 AND retired_at = 0
 ORDER BY tenant_id
 LIMIT 2`

// OnlySigningKey returns the key pair for a purpose of the only tenant that has one; false when none or several have.
func (tx *Tx) OnlySigningKey(purpose KeyPurpose) (SigningKey, bool, error) {
	var tenants []license.TenantID
	err := tx.each(tenantsWithKey, []any{purpose}, func(scan func(...any) error) error {
		var t license.TenantID
		err := scan(&t)
		tenants = append(tenants, t)
		return err
	})
	if err != nil || len(tenants) != 1 {
		return SigningKey{}, false, err
	}
	return tx.FindSigningKey(tenants[0], purpose)
}
