package store

import (
	"licet/internal/license"
)

const findNumberedProduct = `
SELECT ` + productRecordColumns + `
  FROM products
 WHERE products.number = $1`

// FindNumberedProduct returns the product with a number, whosever it is, or ProductUnknown: a client
// names its product and no tenant.
func (tx *Tx) FindNumberedProduct(number int64) (ProductRecord, error) {
	return tx.productRecord(findNumberedProduct, number)
}

const findTrial = `
SELECT license_id FROM trials
 WHERE tenant_id = $1 AND product_id = $2 AND hardware_id = $3 AND name_folded = $4`

// FindTrial returns the license a device already tries a product with; 0 when it has none. Where a product's users
// sign in, each user of a device has a trial of their own; elsewhere user is "".
func (tx *Tx) FindTrial(tenant license.TenantID, product license.ProductID, hardwareID, user string) (id license.LicenseID, err error) {
	_, err = tx.one(findTrial, []any{tenant, product, hardwareID, foldName(user)}, &id)
	return id, err
}

const insertTrial = `
INSERT INTO trials (tenant_id, product_id, hardware_id, name_folded, license_id) VALUES ($1, $2, $3, $4, $5)`

// InsertTrial notes which license a device tries a product with. Conflict when it already has one.
func (tx *Tx) InsertTrial(tenant license.TenantID, product license.ProductID, hardwareID, user string, id license.LicenseID) error {
	return tx.run(insertTrial, tenant, product, hardwareID, foldName(user), id)
}

const findTrialPolicies = `
SELECT ` + policyColumns + `
  FROM policies
 WHERE tenant_id = $1 AND product_id = $2 AND archived = FALSE
 ORDER BY is_default DESC, id
 LIMIT 1000`

// TrialPolicy returns the policy that trials of a product are issued from: the default one if it is a
// trial, else the oldest that is. TrialRefused when there is none.
func (tx *Tx) TrialPolicy(tenant license.TenantID, product license.ProductID) (license.Policy, error) {
	var rows []policyRow
	err := tx.each(findTrialPolicies, []any{tenant, product}, func(scan func(...any) error) error {
		var r policyRow
		err := scan(r.into()...)
		rows = append(rows, r)
		return err
	})
	if err != nil {
		return license.Policy{}, err
	}
	for i := range rows {
		p, err := tx.finishPolicy(&rows[i])
		if err != nil || p.Terms.Trial {
			return p, err
		}
	}
	return license.Policy{}, license.Refuse(license.TrialRefused)
}
