package store

import (
	"licet/internal/license"
)

const policyColumns = `id, tenant_id, product_id, code, name, is_default, archived, terms_id, created_at, revision`

// policyRow is a policy on its way out of the database: its terms are still a number.
type policyRow struct {
	license.Policy
	termsID termsID
}

func (r *policyRow) into() []any {
	return []any{&r.ID, &r.Tenant, &r.Product, &r.Code, &r.Name, &r.Default, &r.Archived, &r.termsID, &r.Created, &r.Revision}
}

// policy fills in the terms.
func (tx *Tx) finishPolicy(r *policyRow) (license.Policy, error) {
	terms, err := tx.terms(r.Tenant, r.termsID)
	if err == nil {
		r.Terms = *terms
	}
	return r.Policy, err
}

const insertPolicy = `
INSERT INTO policies (tenant_id, id, product_id, code, name, is_default, archived, terms_id, created_at, revision)
VALUES ($1, $2, $3, $4, $5, FALSE, FALSE, $6, $7, $8)
ON CONFLICT (tenant_id, product_id, code) DO NOTHING`

// InsertPolicy stores a new policy of a product that this transaction has locked or just made, and gives
// it its identity. Conflict when the product has a policy with that code.
func (tx *Tx) InsertPolicy(p *license.Policy) error {
	terms, err := tx.internTerms(p.Tenant, &p.Terms)
	if err != nil {
		return err
	}
	p.ID, p.Revision = license.PolicyID(tx.NewID()), 1
	n, err := tx.affected(insertPolicy, p.Tenant, p.ID, p.Product, p.Code, p.Name, terms, p.Created, p.Revision)
	switch {
	case err != nil:
		return err
	case n == 0:
		return taken("policy", p.Code)
	case p.Default:
		return tx.DefaultPolicy(p.Tenant, p.Product, p.ID)
	}
	return nil
}

const (
	noDefaultPolicy  = `UPDATE policies SET is_default = FALSE WHERE tenant_id = $1 AND product_id = $2 AND is_default = TRUE`
	newDefaultPolicy = `UPDATE policies SET is_default = TRUE WHERE tenant_id = $1 AND id = $2`
)

// DefaultPolicy makes a policy the one default of its product, which this transaction has locked.
func (tx *Tx) DefaultPolicy(tenant license.TenantID, product license.ProductID, id license.PolicyID) error {
	if err := tx.run(noDefaultPolicy, tenant, product); err != nil {
		return err
	}
	return tx.run(newDefaultPolicy, tenant, id)
}

const findPolicy = `SELECT ` + policyColumns + ` FROM policies WHERE tenant_id = $1 AND id = $2`

// FindPolicy returns a policy of a tenant, or NotFound.
func (tx *Tx) FindPolicy(tenant license.TenantID, id license.PolicyID) (license.Policy, error) {
	return tx.policy(findPolicy, tenant, id)
}

const findPolicyByCode = `
SELECT ` + policyColumns + `
  FROM policies
 WHERE tenant_id = $1 AND product_id = $2 AND code = $3`

// FindPolicyByCode returns the policy of a product with a code, or NotFound.
func (tx *Tx) FindPolicyByCode(tenant license.TenantID, product license.ProductID, code string) (license.Policy, error) {
	return tx.policy(findPolicyByCode, tenant, product, code)
}

const findDefaultPolicy = `
SELECT ` + policyColumns + `
  FROM policies
 WHERE tenant_id = $1 AND product_id = $2 AND is_default = TRUE`

// FindDefaultPolicy returns the default policy of a product; every product has one.
func (tx *Tx) FindDefaultPolicy(tenant license.TenantID, product license.ProductID) (license.Policy, error) {
	return tx.policy(findDefaultPolicy, tenant, product)
}

const lockPolicy = `
UPDATE policies SET revision = revision + 1
 WHERE tenant_id = $1 AND id = $2
RETURNING ` + policyColumns

// LockPolicy loads a policy for a change. NotFound when there is none.
func (tx *Tx) LockPolicy(tenant license.TenantID, id license.PolicyID) (license.Policy, error) {
	return tx.policy(lockPolicy, tenant, id)
}

func (tx *Tx) policy(sql string, args ...any) (license.Policy, error) {
	var r policyRow
	found, err := tx.one(sql, args, r.into()...)
	if err != nil {
		return r.Policy, err
	}
	if !found {
		return r.Policy, &license.Error{Code: license.NotFound, Message: "no such policy"}
	}
	return tx.finishPolicy(&r)
}

const savePolicy = `
UPDATE policies SET name = $3, archived = $4, terms_id = $5
 WHERE tenant_id = $1 AND id = $2`

// SavePolicy stores what may change of a policy that this transaction has locked; licenses keep the terms
// they were issued with.
func (tx *Tx) SavePolicy(p *license.Policy) error {
	terms, err := tx.internTerms(p.Tenant, &p.Terms)
	if err != nil {
		return err
	}
	return tx.run(savePolicy, p.Tenant, p.ID, p.Name, p.Archived, terms)
}

const listPolicies = `
SELECT ` + policyColumns + `
  FROM policies
 WHERE tenant_id = $1 AND product_id = $2 AND id < $3 AND (archived = FALSE OR $4)
 ORDER BY id DESC
 LIMIT CAST($5 AS BIGINT)`

// ListPolicies returns the policies of a product, newest first, below before (0 is no bound); the
// archived ones only when asked for.
func (tx *Tx) ListPolicies(tenant license.TenantID, product license.ProductID, archived bool, before license.PolicyID, limit int) ([]license.Policy, error) {
	below, size := pageOf(int64(before), limit)
	var rows []policyRow
	err := tx.each(listPolicies, []any{tenant, product, below, archived, size}, func(scan func(...any) error) error {
		var r policyRow
		if err := scan(r.into()...); err != nil {
			return err
		}
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]license.Policy, len(rows))
	for i := range rows {
		if out[i], err = tx.finishPolicy(&rows[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
