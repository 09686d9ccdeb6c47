package store

import "licet/internal/license"

const saveVariable = `
INSERT INTO device_variables (tenant_id, license_id, device_id, name, id, value, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, license_id, device_id, name) DO UPDATE SET value = excluded.value, created_at = excluded.created_at
RETURNING id`

// SaveVariable stores a variable of a device; one of the same name is overwritten and keeps its identity.
func (tx *Tx) SaveVariable(tenant license.TenantID, v *license.Variable) error {
	v.ID = tx.NewID()
	_, err := tx.one(saveVariable, []any{tenant, v.License, v.Device, v.Name, v.ID, v.Value, v.Created}, &v.ID)
	return err
}

const variablesOfDevice = `
SELECT id, license_id, device_id, name, value, created_at
  FROM device_variables
 WHERE tenant_id = $1 AND license_id = $2 AND device_id = $3
 ORDER BY name
 LIMIT 1000`

// MaxVariables is how many variables a device may have.
const MaxVariables = 1000

// Variables returns the variables of a device by name, at most [MaxVariables].
func (tx *Tx) Variables(tenant license.TenantID, id license.LicenseID, device license.DeviceID) ([]license.Variable, error) {
	var out []license.Variable
	err := tx.each(variablesOfDevice, []any{tenant, id, device}, func(scan func(...any) error) error {
		var v license.Variable
		err := scan(&v.ID, &v.License, &v.Device, &v.Name, &v.Value, &v.Created)
		out = append(out, v)
		return err
	})
	return out, err
}

const noteOffline = `
INSERT INTO offline_requests (tenant_id, request_id, at) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, request_id) DO NOTHING`

// NoteOfflineRequest remembers a request that came by file; RequestReplayed when it was used before.
func (tx *Tx) NoteOfflineRequest(tenant license.TenantID, id string, now license.Time) error {
	n, err := tx.affected(noteOffline, tenant, id, now)
	if err == nil && n == 0 {
		err = license.Refuse(license.RequestReplayed)
	}
	return err
}
