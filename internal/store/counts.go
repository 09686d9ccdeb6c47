package store

import (
	"time"

	"licet/internal/license"
)

// TenantCounts is how many things a tenant had when they were counted last.
type TenantCounts struct {
	At   license.Time  // when it was counted; 0 is never
	Took time.Duration // how long counting took
	Body string        // what came of it, as JSON
}

const findCounts = `SELECT counted_at, took, body FROM tenant_counts WHERE tenant_id = $1`

// FindCounts returns what was counted of a tenant; the zero value when nothing was.
func (tx *Tx) FindCounts(tenant license.TenantID) (c TenantCounts, err error) {
	var took int64
	_, err = tx.one(findCounts, []any{tenant}, &c.At, &took, &c.Body)
	c.Took = time.Duration(took) * time.Microsecond
	return c, err
}

const saveCounts = `
INSERT INTO tenant_counts (tenant_id, counted_at, took, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id) DO UPDATE SET counted_at = excluded.counted_at, took = excluded.took, body = excluded.body`

// SaveCounts keeps what was counted of a tenant.
func (tx *Tx) SaveCounts(tenant license.TenantID, c TenantCounts) error {
	return tx.run(saveCounts, tenant, c.At, c.Took.Microseconds(), c.Body)
}

// countedAtOnce is how many licenses are read at once to be counted.
const countedAtOnce = 10_000

const licensesToCount = `
SELECT licenses.id, licenses.product_id, licenses.terms_id, licenses.standing, licenses.redemption_blocked, licenses.issued_at,
       licenses.expires_at, licenses.first_used_at
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.id > $2
 ORDER BY licenses.id
 LIMIT CAST($3 AS BIGINT)`

// EachLicense calls count for every license of a tenant, with what its state depends on: product, terms, standing, whether it is
// banned, and when it was issued, used and ends. It goes through all there are, so it belongs in a Snapshot, and not into what somebody
// waits for. count must keep no pointer.
func (tx *Tx) EachLicense(tenant license.TenantID, count func(*license.License)) error {
	known := make(map[termsID]*license.Terms)
	rows := make([]licenseRow, 0, countedAtOnce)
	for last := license.LicenseID(0); ; {
		rows = rows[:0]
		err := tx.each(licensesToCount, []any{tenant, last, countedAtOnce}, func(scan func(...any) error) error {
			rows = append(rows, licenseRow{})
			r := &rows[len(rows)-1]
			r.Tenant = tenant
			return scan(&r.ID, &r.Product, &r.termsID, &r.Standing, &r.RedemptionBlocked, &r.IssuedAt, &r.ExpiresAt, &r.FirstUsedAt)
		})
		if err != nil {
			return err
		}
		for i := range rows {
			r := &rows[i]
			if r.Terms = known[r.termsID]; r.Terms == nil {
				if err := tx.finish(r); err != nil {
					return err
				}
				known[r.termsID] = r.Terms
			}
			count(&r.License)
		}
		if len(rows) < countedAtOnce {
			return nil
		}
		tx.learned = nil // They are known here, and were looked for one by one there.
		last = rows[len(rows)-1].ID
	}
}

const licensesEnding = `
SELECT licenses.id, licenses.product_id, licenses.terms_id, licenses.standing, licenses.withheld, licenses.expires_at
  FROM (SELECT license_ends.ends_at, license_ends.license_id
          FROM license_ends
         WHERE license_ends.tenant_id = $1 AND (license_ends.ends_at, license_ends.license_id) > ($2, $3) AND license_ends.ends_at <= $4
         ORDER BY license_ends.ends_at, license_ends.license_id
         LIMIT CAST($5 AS BIGINT)) AS ends
 CROSS JOIN licenses
 WHERE licenses.tenant_id = $1 AND licenses.id = ends.license_id
 ORDER BY ends.ends_at, ends.license_id`

// LicensesEnding calls found for the licenses of a tenant that end after one moment and up to another, grace included, the soonest
// first, with their product, terms and standing, until it returns false. It looks at 10,000 and no more.
func (tx *Tx) LicensesEnding(tenant license.TenantID, after, until license.Time, found func(*license.License) bool) error {
	at, last := after, license.LicenseID(license.MaxID)
	for range maxScanned / maxPage {
		var rows []licenseRow
		err := tx.each(licensesEnding, []any{tenant, at, last, until, maxPage}, func(scan func(...any) error) error {
			var r licenseRow
			r.Tenant = tenant
			err := scan(&r.ID, &r.Product, &r.termsID, &r.Standing, &r.Withheld, &r.ExpiresAt)
			rows = append(rows, r)
			return err
		})
		if err != nil {
			return err
		}
		for i := range rows {
			if err := tx.finish(&rows[i]); err != nil {
				return err
			}
			if !found(&rows[i].License) {
				return nil
			}
			at, last = rows[i].Deadline(), rows[i].ID
		}
		if len(rows) < maxPage {
			return nil
		}
	}
	return nil
}
