package store

import (
	"fmt"

	"licet/internal/license"
)

// AirGapContext is what the private scalar of a license is sealed for.
func AirGapContext(tenant license.TenantID, id license.LicenseID) string {
	return fmt.Sprintf("air-gap/%d/%d", tenant, id)
}

const findAirGap = `SELECT scalar FROM air_gap_keys WHERE tenant_id = $1 AND license_id = $2`

// AirGapScalar returns the sealed private scalar of a license, nil when it has none yet.
func (tx *Tx) AirGapScalar(tenant license.TenantID, id license.LicenseID) (sealed []byte, err error) {
	_, err = tx.one(findAirGap, []any{tenant, id}, &sealed)
	return sealed, err
}

const addAirGap = `
INSERT INTO air_gap_keys (tenant_id, license_id, scalar) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, license_id) DO NOTHING`

// AddAirGapScalar stores the sealed private scalar of a license unless it has one, and returns the one it has then.
func (tx *Tx) AddAirGapScalar(tenant license.TenantID, id license.LicenseID, sealed []byte) ([]byte, error) {
	if err := tx.run(addAirGap, tenant, id, sealed); err != nil {
		return nil, err
	}
	return tx.AirGapScalar(tenant, id)
}
