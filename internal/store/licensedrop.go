package store

import (
	"cmp"
	"slices"

	"licet/internal/license"
)

// LicenseUse says which licenses of a product are meant.
type LicenseUse int

const (
	EveryLicense   LicenseUse = iota
	UnusedLicenses            // neither used nor banned
	UsedLicenses              // used and not banned
)

// The condition stands inside and outside: who waits for a lock looks again at what they have got.
const (
	lockWantedLicenses = `
UPDATE licenses SET revision = revision
 WHERE tenant_id = $1
   AND id IN (SELECT wanted.id FROM licenses AS wanted
               WHERE wanted.tenant_id = $1 AND wanted.product_id = $2 AND wanted.id < $3 AND wanted.license_key <> ''`
	upToLimit = `
               ORDER BY wanted.id DESC
               LIMIT CAST($4 AS BIGINT))`
	returningRecords = `
RETURNING ` + recordColumns

	lockEveryLicense   = lockWantedLicenses + upToLimit + returningRecords
	lockUnusedLicenses = lockWantedLicenses + ` AND wanted.first_used_at = 0 AND wanted.redemption_blocked = FALSE` + upToLimit +
		` AND first_used_at = 0 AND redemption_blocked = FALSE` + returningRecords
	lockUsedLicenses = lockWantedLicenses + ` AND wanted.first_used_at > 0 AND wanted.redemption_blocked = FALSE` + upToLimit +
		` AND first_used_at > 0 AND redemption_blocked = FALSE` + returningRecords
)

// LockLicensesOf is LockLicense for the newest licenses of a product that have a key, below before (0 is no bound), at most
// limit (1 to 1000), newest first. There are no more when it returns none.
func (tx *Tx) LockLicensesOf(tenant license.TenantID, product license.ProductID, which LicenseUse, before license.LicenseID, limit int) ([]license.LicenseRecord, error) {
	sql := lockEveryLicense
	switch which {
	case EveryLicense:
	case UnusedLicenses:
		sql = lockUnusedLicenses
	case UsedLicenses:
		sql = lockUsedLicenses
	}
	below, size := pageOf(int64(before), limit)
	var rows []recordRow
	err := tx.each(sql, []any{tenant, product, below, size}, func(scan func(...any) error) error {
		var r recordRow
		err := scan(r.into()...)
		rows = append(rows, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b recordRow) int { return cmp.Compare(b.ID, a.ID) })
	out := make([]license.LicenseRecord, len(rows))
	for i := range rows {
		if err := tx.finish(&rows[i].licenseRow); err != nil {
			return nil, err
		}
		out[i] = rows[i].record()
	}
	return out, nil
}

const ofThisTenant = ` AND tenant_id = $101`

// dropsAtOnce is how many licenses one statement removes: the number in ofThisTenant follows it.
const dropsAtOnce = 100

// dropAddressRules goes ahead of whatGoes.
const dropAddressRules = `DELETE FROM address_rules WHERE license_id IN `

// whatGoes is what is removed with a license, in the order that references ask for.
func whatGoes() []string {
	return []string{
		`DELETE FROM device_variables WHERE license_id IN `,
		`DELETE FROM leases WHERE license_id IN `,
		`DELETE FROM feature_grants WHERE license_id IN `,
		`DELETE FROM usage_events WHERE license_id IN `,
		`DELETE FROM usage_reservations WHERE license_id IN `,
		`DELETE FROM devices WHERE license_id IN `,
		`DELETE FROM redemptions WHERE license_id IN `,
		`DELETE FROM trials WHERE license_id IN `,
		`DELETE FROM air_gap_keys WHERE license_id IN `,
		`DELETE FROM license_secrets WHERE license_id IN `,
		`DELETE FROM info_tags WHERE license_id IN `,
		`DELETE FROM credits WHERE license_id IN `,
		`DELETE FROM address_reports WHERE license_id IN `,
		`DELETE FROM licenses WHERE id IN `,
	}
}

// DropLicenses removes locked licenses with all that hangs on them, so that they never were; only their events stay. What
// users held by them goes too (keyauth.md §9.9). The license of a bundle cannot go while it has parts.
func (tx *Tx) DropLicenses(tenant license.TenantID, ids ...license.LicenseID) error {
	var rules int64
	for from := 0; from < len(ids); from += dropsAtOnce {
		args := make([]any, 0, dropsAtOnce+1)
		for i := range dropsAtOnce {
			// The last statement repeats its last license, so that there is one text, and one plan, for all of them.
			args = append(args, ids[min(from+i, len(ids)-1)])
		}
		args = append(args, tenant)
		gone, err := tx.affected(manyRows(dropAddressRules, 1, dropsAtOnce, ofThisTenant), args...)
		if err != nil {
			return err
		}
		rules += gone
		for _, sql := range whatGoes() {
			if err := tx.run(manyRows(sql, 1, dropsAtOnce, ofThisTenant), args...); err != nil {
				return err
			}
		}
	}
	if rules == 0 {
		return nil
	}
	// The tenant is the lock of its address rules: somebody may be making another one.
	if _, err := tx.LockTenant(tenant); err != nil {
		return err
	}
	return tx.RuleAddresses(tenant)
}
