package store

import (
	"fmt"

	"licet/internal/license"
)

// InfoTag is a note that an app keeps about a license (software-dna.md §10). There is a history of them.
type InfoTag struct {
	ID      int64 // grows with time
	Tenant  license.TenantID
	License license.LicenseID
	Sealed  []byte // for InfoTagContext
	Text    string // opened, where somebody may read it; it is not stored
	At      license.Time
}

// InfoTagContext is what the tags of a license are sealed for.
func InfoTagContext(tenant license.TenantID, id license.LicenseID) string {
	return fmt.Sprintf("license/%d/%d/info-tag", tenant, id)
}

const addInfoTag = `INSERT INTO info_tags (tenant_id, license_id, id, tag, at) VALUES ($1, $2, $3, $4, $5)`

// AddInfoTag stores a new tag and gives it its identity.
func (tx *Tx) AddInfoTag(t *InfoTag) error {
	t.ID = tx.NewID()
	return tx.run(addInfoTag, t.Tenant, t.License, t.ID, t.Sealed, t.At)
}

const listInfoTags = `
SELECT id, tenant_id, license_id, tag, at
  FROM info_tags
 WHERE tenant_id = $1 AND license_id = $2 AND id < $3
 ORDER BY id DESC
 LIMIT CAST($4 AS BIGINT)`

// ListInfoTags returns the tags of a license, newest first, below before (0 is no bound), at most limit (1 to 1000). They are sealed.
func (tx *Tx) ListInfoTags(tenant license.TenantID, id license.LicenseID, before int64, limit int) ([]InfoTag, error) {
	below, size := pageOf(before, limit)
	return listOf(tx, listInfoTags, []any{tenant, id, below, size}, func(t *InfoTag) []any {
		return []any{&t.ID, &t.Tenant, &t.License, &t.Sealed, &t.At}
	})
}
