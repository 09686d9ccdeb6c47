package store

import (
	"licet/internal/license"
)

const findLease = `
SELECT ends_at, borrowed FROM leases
 WHERE tenant_id = $1 AND license_id = $2 AND feature = $3 AND device_id = $4`

const countSeats = `
SELECT COUNT(*) FROM leases
 WHERE tenant_id = $1 AND license_id = $2 AND feature = $3 AND ends_at > $5 AND device_id <> $4`

const dropEndedLeases = `
DELETE FROM leases
 WHERE tenant_id = $1 AND license_id = $2 AND feature = $3 AND ends_at <= $4`

// findLease returns a device's hold on a place of a locked license, and how many live holds others
// have there. It sweeps out the ended ones of that place, so they never pile up.
func (tx *Tx) findLease(tenant license.TenantID, id license.LicenseID, feature string, device license.DeviceID, now license.Time) (*license.Lease, int64, error) {
	if err := tx.run(dropEndedLeases, tenant, id, feature, now); err != nil {
		return nil, 0, err
	}
	return tx.lookAtLease(tenant, id, feature, device, now)
}

// lookAtLease is findLease without the sweep, of a license that may not be locked.
func (tx *Tx) lookAtLease(tenant license.TenantID, id license.LicenseID, feature string, device license.DeviceID, now license.Time) (*license.Lease, int64, error) {
	var taken int64
	if _, err := tx.one(countSeats, []any{tenant, id, feature, device, now}, &taken); err != nil {
		return nil, 0, err
	}
	l := &license.Lease{License: id, Device: device, Feature: feature}
	found, err := tx.one(findLease, []any{tenant, id, feature, device}, &l.Until, &l.Borrowed)
	if err != nil || !found {
		return nil, taken, err
	}
	return l, taken, nil
}

const saveLease = `
INSERT INTO leases (tenant_id, license_id, feature, device_id, ends_at, borrowed)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, license_id, feature, device_id) DO UPDATE
   SET ends_at = excluded.ends_at, borrowed = excluded.borrowed`

func (tx *Tx) saveLease(tenant license.TenantID, l *license.Lease) error {
	return tx.run(saveLease, tenant, l.License, l.Feature, l.Device, l.Until, l.Borrowed)
}

const (
	dropLease  = `DELETE FROM leases WHERE tenant_id = $1 AND license_id = $2 AND feature = $3 AND device_id = $4`
	dropLeases = `DELETE FROM leases WHERE tenant_id = $1 AND license_id = $2 AND device_id = $3`
)

const findGrant = `
SELECT expires_at, used, used_since FROM feature_grants
 WHERE tenant_id = $1 AND license_id = $2 AND feature = $3`

// findGrant returns what a license used of a feature, or nil.
func (tx *Tx) findGrant(tenant license.TenantID, id license.LicenseID, feature string) (*license.Grant, error) {
	g := &license.Grant{License: id, Feature: feature}
	found, err := tx.one(findGrant, []any{tenant, id, feature}, &g.ExpiresAt, &g.Used, &g.UsedSince)
	if err != nil || !found {
		return nil, err
	}
	return g, nil
}

const saveGrant = `
INSERT INTO feature_grants (tenant_id, license_id, feature, expires_at, used, used_since)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, license_id, feature) DO UPDATE
   SET expires_at = excluded.expires_at, used = excluded.used, used_since = excluded.used_since`

// SaveGrant stores what a license may and did use of a feature.
func (tx *Tx) SaveGrant(tenant license.TenantID, g *license.Grant) error {
	return tx.run(saveGrant, tenant, g.License, g.Feature, g.ExpiresAt, g.Used, g.UsedSince)
}
