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
	Device  license.DeviceID
	At      license.Time
}

// sightingsAtOnce is how many rows one statement carries; it bounds the time that a batch of notes
// keeps other changes waiting.
const sightingsAtOnce = 200

const upsertSightings = `
INSERT INTO sightings (tenant_id, license_id, device_id, seen_at) VALUES `

const newerSighting = `
ON CONFLICT (tenant_id, license_id, device_id) DO UPDATE SET seen_at = excluded.seen_at
 WHERE sightings.seen_at < excluded.seen_at`

// SaveSightings notes when devices were last seen; no device may be listed twice. It sorts the slice:
// neighbouring rows lie on the same pages, and replicas that write the same rows do not deadlock.
func (tx *Tx) SaveSightings(seen []Sighting) error {
	slices.SortFunc(seen, func(a, b Sighting) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.License, b.License), cmp.Compare(a.Device, b.Device))
	})
	for part := range slices.Chunk(seen, sightingsAtOnce) {
		args := make([]any, 0, len(part)*4)
		for _, s := range part {
			args = append(args, s.Tenant, s.License, s.Device, s.At)
		}
		if err := tx.run(manyRows(upsertSightings, len(part), 4, newerSighting), args...); err != nil {
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

const findUsage = `SELECT calls FROM api_usage WHERE tenant_id = $1 AND month = $2`

// Usage returns a tenant's calls of a month (2026-03).
func (tx *Tx) Usage(tenant license.TenantID, month string) (calls int64, err error) {
	_, err = tx.one(findUsage, []any{tenant, month}, &calls)
	return calls, err
}
