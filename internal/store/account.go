package store

import (
	"fmt"

	"licet/internal/license"
)

const accountColumns = `id, tenant_id, code, name, issuer, client_id, created_at`

func accountInto(a *license.CustomerAccount) []any {
	return []any{&a.ID, &a.Tenant, &a.Code, &a.Name, &a.Issuer, &a.ClientID, &a.Created}
}

const insertAccount = `
INSERT INTO customer_accounts (tenant_id, id, code, name, issuer, client_id, client_secret, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant_id, code) DO NOTHING`

// InsertCustomerAccount stores a new account with the sealed secret of its single sign-on, nil when there is none.
// Conflict when the code is taken.
func (tx *Tx) InsertCustomerAccount(a *license.CustomerAccount, secret []byte) error {
	a.ID = license.CustomerAccountID(tx.NewID())
	n, err := tx.affected(insertAccount, a.Tenant, a.ID, a.Code, a.Name, a.Issuer, a.ClientID, secret, a.Created)
	if err == nil && n == 0 {
		err = taken("customer account", a.Code)
	}
	return err
}

const findAccount = `SELECT ` + accountColumns + ` FROM customer_accounts WHERE tenant_id = $1 AND id = $2`

// FindCustomerAccount returns an account of a tenant, or AccountUnknown.
func (tx *Tx) FindCustomerAccount(tenant license.TenantID, id license.CustomerAccountID) (a license.CustomerAccount, err error) {
	found, err := tx.one(findAccount, []any{tenant, id}, accountInto(&a)...)
	if err == nil && !found {
		err = license.Refuse(license.AccountUnknown)
	}
	return a, err
}

const findAccountByCode = `SELECT ` + accountColumns + `, client_secret FROM customer_accounts WHERE tenant_id = $1 AND code = $2`

// FindCustomerAccountByCode returns the account of a tenant with a code and its sealed secret, or AccountUnknown.
func (tx *Tx) FindCustomerAccountByCode(tenant license.TenantID, code string) (a license.CustomerAccount, secret []byte, err error) {
	found, err := tx.one(findAccountByCode, []any{tenant, code}, append(accountInto(&a), &secret)...)
	if err == nil && !found {
		err = license.Refuse(license.AccountUnknown)
	}
	return a, secret, err
}

const listAccounts = `SELECT ` + accountColumns + ` FROM customer_accounts WHERE tenant_id = $1 AND id < $2 ORDER BY id DESC LIMIT CAST($3 AS BIGINT)`

// ListCustomerAccounts returns the accounts of a tenant, newest first, below before (0 is no bound).
func (tx *Tx) ListCustomerAccounts(tenant license.TenantID, before license.CustomerAccountID, limit int) ([]license.CustomerAccount, error) {
	below, size := pageOf(int64(before), limit)
	return listOf(tx, listAccounts, []any{tenant, below, size}, accountInto)
}

// AccountContext is what the secret of an account's single sign-on is sealed for.
func AccountContext(a *license.CustomerAccount) string {
	return fmt.Sprintf("customer-account/%d/%s", a.Tenant, a.Code)
}
