package store

import "licet/internal/license"

const saveAccount = `
UPDATE customer_accounts SET name = $3, issuer = $4, client_id = $5, client_secret = $6
 WHERE tenant_id = $1 AND id = $2`

// SaveCustomerAccount stores what may change of an account, and the sealed secret of its single sign-on, nil when there is none. The
// caller holds the lock of the tenant.
func (tx *Tx) SaveCustomerAccount(a *license.CustomerAccount, secret []byte) error {
	return tx.run(saveAccount, a.Tenant, a.ID, a.Name, a.Issuer, a.ClientID, secret)
}
