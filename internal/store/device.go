package store

import (
	"licet/internal/license"
)

const deviceColumns = `license_id, bound_to, bound_value, id, name, app_version, address, active, blocked, first_seen, activated_at, freed_at, seen_at, info, user_id`

func deviceInto(d *license.Device) []any {
	return []any{
		&d.License, &d.Binding.Kind, &d.Binding.Value, &d.ID, &d.Name, &d.AppVersion, &d.Address, &d.Active,
		&d.Blocked, &d.FirstSeen, &d.ActivatedAt, &d.FreedAt, &d.SeenAt, &d.Info, &d.User,
	}
}

const findDevice = `
SELECT ` + deviceColumns + `
  FROM devices
 WHERE tenant_id = $1 AND license_id = $2 AND bound_to = $3 AND bound_value = $4`

// findDevice returns what is known of a device on a license, or nil.
func (tx *Tx) findDevice(tenant license.TenantID, id license.LicenseID, b license.Binding) (*license.Device, error) {
	d := new(license.Device)
	found, err := tx.one(findDevice, []any{tenant, id, b.Kind, b.Value}, deviceInto(d)...)
	if err != nil || !found {
		return nil, err
	}
	return d, nil
}

const saveDevice = `
INSERT INTO devices (tenant_id, ` + deviceColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (tenant_id, license_id, bound_to, bound_value) DO UPDATE
   SET name = excluded.name, app_version = excluded.app_version, address = excluded.address, active = excluded.active,
       blocked = excluded.blocked, activated_at = excluded.activated_at, freed_at = excluded.freed_at, seen_at = excluded.seen_at,
       info = excluded.info, user_id = excluded.user_id`

func (tx *Tx) saveDevice(tenant license.TenantID, d *license.Device) error {
	return tx.run(saveDevice, tenant, d.License, d.Binding.Kind, d.Binding.Value, d.ID, d.Name, d.AppVersion, d.Address,
		d.Active, d.Blocked, d.FirstSeen, d.ActivatedAt, d.FreedAt, d.SeenAt, d.Info, d.User)
}

const listDevices = `
SELECT ` + deviceColumns + `
  FROM devices
 WHERE tenant_id = $1 AND license_id = $2 AND id > $3
 ORDER BY id
 LIMIT CAST($4 AS BIGINT)`

// ListDevices returns the devices known on a license whose identity is above after, at most limit
// (1 to 1000), oldest first.
func (tx *Tx) ListDevices(tenant license.TenantID, id license.LicenseID, after license.DeviceID, limit int) ([]license.Device, error) {
	return listOf(tx, listDevices, []any{tenant, id, after, min(max(limit, 1), 1000)}, deviceInto)
}

const freeDevices = `
UPDATE devices SET active = FALSE, freed_at = $3
 WHERE tenant_id = $1 AND license_id = $2 AND active = TRUE`

const dropAllLeases = `DELETE FROM leases WHERE tenant_id = $1 AND license_id = $2`

// FreeDevices frees every device of a locked license and ends every lease and reservation.
func (tx *Tx) FreeDevices(tenant license.TenantID, id license.LicenseID, now license.Time) error {
	if err := tx.run(freeDevices, tenant, id, now); err != nil {
		return err
	}
	if err := tx.run(dropAllLeases, tenant, id); err != nil {
		return err
	}
	return tx.run(dropReservations, tenant, id)
}
