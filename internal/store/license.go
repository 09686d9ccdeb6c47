package store

import (
	"licet/internal/license"
)

// licenseColumns are what rules and dialects see of a license: never the vendor's note. They are
// named with their table, so that the same list serves joins and RETURNING.
const licenseColumns = `
       licenses.id, licenses.tenant_id, licenses.product_id, licenses.order_id, licenses.policy_id,
       licenses.customer_id, licenses.license_key, licenses.standing, licenses.withheld,
       licenses.redemption_blocked, licenses.block_reason, licenses.terms_id, licenses.issued_at,
       licenses.not_before, licenses.started_at, licenses.expires_at, licenses.maintained_until,
       licenses.first_used_at, licenses.activated, licenses.transfers, licenses.freed_device,
       licenses.used, licenses.used_since, licenses.metadata, licenses.custom_fields, licenses.bundle_id, licenses.revision`

// recordColumns are licenseColumns and what only the vendor's people see. No request of an app reads them.
const recordColumns = licenseColumns + `, licenses.note, licenses.created_by`

// licenseRow is a license on its way out of the database: its terms are still a number.
type licenseRow struct {
	license.License
	termsID termsID
}

// into returns the destinations of licenseColumns.
func (r *licenseRow) into() []any {
	l := &r.License
	return []any{
		&l.ID, &l.Tenant, &l.Product, &l.Order, &l.Policy, &l.Customer, &l.Key, &l.Standing, &l.Withheld,
		&l.RedemptionBlocked, &l.BlockReason, &r.termsID, &l.IssuedAt, &l.NotBefore, &l.StartedAt, &l.ExpiresAt,
		&l.MaintainedUntil, &l.FirstUsedAt, &l.Activated, &l.Transfers, &l.FreedDevice, &l.Used, &l.UsedSince,
		&l.Metadata, &l.CustomFields, &l.Bundle, &l.Revision,
	}
}

// recordRow is a license with what only the vendor's people see, on its way out of the database.
type recordRow struct {
	licenseRow
	note, createdBy string
}

// into returns the destinations of recordColumns.
func (r *recordRow) into() []any { return append(r.licenseRow.into(), &r.note, &r.createdBy) }

func (r *recordRow) record() license.LicenseRecord {
	return license.LicenseRecord{License: r.License, Note: r.note, CreatedBy: r.createdBy}
}

// finish fills in the terms.
func (tx *Tx) finish(r *licenseRow) (err error) {
	r.Terms, err = tx.terms(r.Tenant, r.termsID)
	return err
}

const findLicense = `
SELECT ` + recordColumns + `
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.id = $2`

// FindLicense returns a license of a tenant, or NotFound.
func (tx *Tx) FindLicense(tenant license.TenantID, id license.LicenseID) (license.LicenseRecord, error) {
	return tx.licenseRecord(findLicense, tenant, id)
}

const findLicenseByKey = `
SELECT ` + recordColumns + `
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.product_id = $2 AND licenses.key_folded = $3`

// FindLicenseByKey returns the license of a product that has this key, in any letter case, or NotFound.
func (tx *Tx) FindLicenseByKey(tenant license.TenantID, product license.ProductID, key string) (license.LicenseRecord, error) {
	return tx.licenseRecord(findLicenseByKey, tenant, product, license.FoldKey(key))
}

func (tx *Tx) licenseRecord(sql string, args ...any) (license.LicenseRecord, error) {
	var r recordRow
	found, err := tx.one(sql, args, r.into()...)
	if err != nil {
		return license.LicenseRecord{}, err
	}
	if !found {
		return license.LicenseRecord{}, license.Refuse(license.KeyUnknown)
	}
	err = tx.finish(&r.licenseRow)
	return r.record(), err
}

// lockLicense writes nothing new: the write is the lock.
const lockLicense = lockOneLicense + licenseColumns

const lockLicenseRecord = lockOneLicense + recordColumns

const lockOneLicense = `
UPDATE licenses SET revision = revision
 WHERE tenant_id = $1 AND id = $2
RETURNING `

const readLicense = `
SELECT ` + licenseColumns + `
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.id = $2`

// LockLicense loads a license for a change and keeps everybody else from changing it until the end of
// the transaction: the lock is the write itself, which both databases honour. Where nobody else can
// write meanwhile, as on SQLite, it only reads. It is the first statement of every change. NotFound when there is none.
func (tx *Tx) LockLicense(tenant license.TenantID, id license.LicenseID) (license.LicenseRecord, error) {
	if tx.alone {
		return tx.licenseRecord(findLicense, tenant, id)
	}
	return tx.licenseRecord(lockLicenseRecord, tenant, id)
}

const saveLicense = `
UPDATE licenses
   SET standing = $3, withheld = $4, redemption_blocked = $5, block_reason = $6, terms_id = $7,
       started_at = $8, expires_at = $9, maintained_until = $10, first_used_at = $11, activated = $12,
       transfers = $13, freed_device = $14, used = $15, used_since = $16, ends_at = $17, revision = revision + 1
 WHERE tenant_id = $1 AND id = $2`

const saveActivation = `
UPDATE licenses
   SET started_at = $4, expires_at = $5, maintained_until = $6, first_used_at = $7, activated = $8,
       transfers = $9, freed_device = $10, ends_at = $11, revision = revision + 1
 WHERE tenant_id = $1 AND id = $2 AND revision = $3
RETURNING revision`

// saveActivation stores what an activation changes of a license, provided that nobody has changed it since it had
// l's revision: the lock is the write itself.
func (tx *Tx) saveActivation(l *license.License) error {
	saved := new(bool)
	tx.provided(saved, ErrChanged)
	err := tx.ask(saved, saveActivation, []any{
		l.Tenant, l.ID, l.Revision, l.StartedAt, l.ExpiresAt, l.MaintainedUntil,
		l.FirstUsedAt, l.Activated, l.Transfers, l.FreedDevice, l.Deadline(),
	}, new(int64))
	l.Revision++
	return err
}

// saveLicense stores what a change may change of a license that this transaction has locked.
func (tx *Tx) saveLicense(l *license.License) error {
	terms, err := tx.internTerms(l.Tenant, l.Terms)
	if err != nil {
		return err
	}
	l.Revision++
	return tx.run(saveLicense, l.Tenant, l.ID, l.Standing, l.Withheld, l.RedemptionBlocked, l.BlockReason, terms,
		l.StartedAt, l.ExpiresAt, l.MaintainedUntil, l.FirstUsedAt, l.Activated, l.Transfers, l.FreedDevice, l.Used, l.UsedSince, l.Deadline())
}

const noteLicense = `UPDATE licenses SET note = $3 WHERE tenant_id = $1 AND id = $2`

// NoteLicense stores the vendor's note of a license that this transaction has locked.
func (tx *Tx) NoteLicense(tenant license.TenantID, id license.LicenseID, note string) error {
	return tx.run(noteLicense, tenant, id, note)
}

const reorderLicense = `UPDATE licenses SET order_id = $3, customer_id = $4 WHERE tenant_id = $1 AND id = $2`

// ReorderLicense stores the order and the customer of a license that this transaction has locked.
func (tx *Tx) ReorderLicense(l *license.License) error {
	return tx.run(reorderLicense, l.Tenant, l.ID, l.Order, orNull(l.Customer))
}
