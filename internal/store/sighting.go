package store

import (
	"cmp"
	"slices"

	"licet/internal/license"
)

// Sighting is that a device asked and was answered.
type Sighting struct {
	Tenant  license.TenantID
	License license.LicenseID
	Binding license.Binding
	At      license.Time
}

const saveSighting = `
UPDATE devices SET seen_at = $5
 WHERE tenant_id = $1 AND license_id = $2 AND bound_to = $3 AND bound_value = $4 AND seen_at < $5`

// SaveSightings notes when devices were last seen. It sorts the slice: neighbouring rows lie on the
// same pages, and replicas that write the same rows do not deadlock.
func (tx *Tx) SaveSightings(seen []Sighting) error {
	slices.SortFunc(seen, func(a, b Sighting) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.License, b.License),
			cmp.Compare(a.Binding.Kind, b.Binding.Kind), cmp.Compare(a.Binding.Value, b.Binding.Value))
	})
	for _, s := range seen {
		if err := tx.run(saveSighting, s.Tenant, s.License, s.Binding.Kind, s.Binding.Value, s.At); err != nil {
			return err
		}
	}
	return nil
}

const addUsage = `
INSERT INTO api_usage (tenant_id, month, calls) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, month) DO UPDATE SET calls = api_usage.calls + excluded.calls`

// AddUsage adds to a tenant's calls of a month (2026-03).
func (tx *Tx) AddUsage(tenant license.TenantID, month string, calls int64) error {
	return tx.run(addUsage, tenant, month, calls)
}

const usageSince = `SELECT month, calls FROM api_usage WHERE tenant_id = $1 AND month >= $2`

// UsageSince returns a tenant's calls of the months from one on (2026-03), by month.
func (tx *Tx) UsageSince(tenant license.TenantID, month string) (map[string]int64, error) {
	calls := make(map[string]int64)
	err := tx.each(usageSince, []any{tenant, month}, func(scan func(...any) error) error {
		var m string
		var n int64
		err := scan(&m, &n)
		calls[m] = n
		return err
	})
	return calls, err
}

const findUsage = `SELECT calls FROM api_usage WHERE tenant_id = $1 AND month = $2`

// Usage returns a tenant's calls of a month (2026-03).
func (tx *Tx) Usage(tenant license.TenantID, month string) (calls int64, err error) {
	_, err = tx.one(findUsage, []any{tenant, month}, &calls)
	return calls, err
}
