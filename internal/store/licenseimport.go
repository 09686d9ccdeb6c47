package store

import (
	"licet/internal/license"
)

const findKeys = `
SELECT licenses.key_folded, licenses.terms_id
  FROM licenses
 WHERE licenses.key_folded IN `

const ofThisProduct = ` AND licenses.tenant_id = $101 AND licenses.product_id = $102`

// keysAtOnce is how many keys one statement looks for: the numbers in ofThisProduct follow it.
const keysAtOnce = 100

// TermsOfKeys returns the terms of the licenses of a product that have one of these keys, in the form that
// [license.FoldKey] gives them, by that form. Keys that the product does not have are left out.
func (tx *Tx) TermsOfKeys(tenant license.TenantID, product license.ProductID, folded []string) (map[string]*license.Terms, error) {
	sql := manyRows(findKeys, 1, keysAtOnce, ofThisProduct)
	ids := make(map[string]termsID)
	for from := 0; from < len(folded); from += keysAtOnce {
		args := make([]any, 0, keysAtOnce+2)
		for i := range keysAtOnce {
			// The last statement repeats its last key, so that there is one text, and one plan, for all of them.
			args = append(args, folded[min(from+i, len(folded)-1)])
		}
		err := tx.each(sql, append(args, tenant, product), func(scan func(...any) error) error {
			var key string
			var id termsID
			err := scan(&key, &id)
			ids[key] = id
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	found := make(map[string]*license.Terms, len(ids))
	for key, id := range ids {
		terms, err := tx.terms(tenant, id)
		if err != nil {
			return nil, err
		}
		found[key] = terms
	}
	return found, nil
}

const carryLicense = `
UPDATE licenses SET redemption_blocked = $3, block_reason = $4, first_used_at = $5
 WHERE tenant_id = $1 AND id = $2`

// CarryLicense stores what a license that this transaction has just inserted brings with it from elsewhere and no new
// license has: its first use and its ban.
func (tx *Tx) CarryLicense(l *license.License) error {
	return tx.run(carryLicense, l.Tenant, l.ID, l.RedemptionBlocked, l.BlockReason, l.FirstUsedAt)
}
