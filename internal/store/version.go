package store

import (
	"slices"

	"licet/internal/license"
)

const versionColumns = `
       product_versions.id, product_versions.tenant_id, product_versions.product_id, product_versions.version,
       product_versions.channel, product_versions.environment, product_versions.url, product_versions.filename,
       product_versions.hash_md5, product_versions.eula_link, product_versions.notes_link, product_versions.size,
       product_versions.requires_version, product_versions.enabled, product_versions.released_at,
       product_versions.created_at, product_versions.updated_at`

func versionInto(v *license.Version) []any {
	return []any{
		&v.ID, &v.Tenant, &v.Product, &v.Version, &v.Channel, &v.Environment, &v.URL, &v.Filename, &v.HashMD5,
		&v.EULALink, &v.NotesLink, &v.Size, &v.RequiresVersion, &v.Enabled, &v.ReleasedAt, &v.Created, &v.Updated,
	}
}

const insertVersion = `
INSERT INTO product_versions (tenant_id, product_id, id, version, channel, environment, url, filename, hash_md5, eula_link,
                              notes_link, size, requires_version, enabled, released_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (tenant_id, product_id, version, environment, channel) DO NOTHING`

// InsertVersion stores a new version of a product and gives it its identity. Conflict when the product has one of
// that name for the same environment and channel.
func (tx *Tx) InsertVersion(v *license.Version) error {
	v.ID = tx.NewID()
	n, err := tx.affected(insertVersion, v.Tenant, v.Product, v.ID, v.Version, v.Channel, v.Environment, v.URL, v.Filename,
		v.HashMD5, v.EULALink, v.NotesLink, v.Size, v.RequiresVersion, v.Enabled, v.ReleasedAt, v.Created, v.Updated)
	if err == nil && n == 0 {
		err = taken("version", v.Version+" for this environment and channel")
	}
	return err
}

const findVersion = `
SELECT ` + versionColumns + `
  FROM product_versions
 WHERE tenant_id = $1 AND product_id = $2 AND id = $3`

// FindVersion returns a version of a product, or VersionUnknown.
func (tx *Tx) FindVersion(tenant license.TenantID, product license.ProductID, id int64) (license.Version, error) {
	var v license.Version
	found, err := tx.one(findVersion, []any{tenant, product, id}, versionInto(&v)...)
	if err == nil && !found {
		err = license.Refuse(license.VersionUnknown)
	}
	return v, err
}

const versionsNamed = `
SELECT ` + versionColumns + `
  FROM product_versions
 WHERE tenant_id = $1 AND product_id = $2 AND version = $3
 ORDER BY environment, channel
 LIMIT 1000`

// VersionsNamed returns the versions of a product with a name: one for each environment and channel.
func (tx *Tx) VersionsNamed(tenant license.TenantID, product license.ProductID, version string) ([]license.Version, error) {
	return tx.versions(versionsNamed, tenant, product, version)
}

const setVersionEnabled = `
UPDATE product_versions SET enabled = $4, updated_at = $5
 WHERE tenant_id = $1 AND product_id = $2 AND id = $3 AND enabled <> $4`

// EnableVersion lets apps load a version, or no longer; false when that is how it is.
func (tx *Tx) EnableVersion(v *license.Version, enabled bool, now license.Time) (bool, error) {
	n, err := tx.affected(setVersionEnabled, v.Tenant, v.Product, v.ID, enabled, now)
	return n > 0, err
}

const listVersions = `
SELECT ` + versionColumns + `
  FROM product_versions
 WHERE tenant_id = $1 AND product_id = $2 AND id < $3
 ORDER BY id DESC
 LIMIT CAST($4 AS BIGINT)`

// ListVersions returns the versions of a product, the last made first, below before (0 is no bound).
func (tx *Tx) ListVersions(tenant license.TenantID, product license.ProductID, before int64, limit int) ([]license.Version, error) {
	below, size := pageOf(before, limit)
	return tx.versions(listVersions, tenant, product, below, size)
}

const releasedVersions = `
SELECT ` + versionColumns + `
  FROM product_versions
 WHERE tenant_id = $1 AND product_id = $2 AND released_at <= $3 AND enabled = TRUE
 ORDER BY released_at DESC, id DESC
 LIMIT CAST($4 AS BIGINT)`

// MaxReleases is how many versions an app is told of at most.
const MaxReleases = 1000

// ReleasedVersions returns the enabled versions of a product that were released up to a moment, newest release first,
// at most limit (1 to [MaxReleases]); see [license.Version.Suits] for environment and channel.
func (tx *Tx) ReleasedVersions(tenant license.TenantID, product license.ProductID, until license.Time, environment, channel string, limit int) ([]license.Version, error) {
	limit = min(max(limit, 1), MaxReleases)
	look := limit
	if environment != "" || channel != "" {
		look = MaxReleases // which of them suit is not asked of the database, where it would cost a new plan each time
	}
	all, err := tx.versions(releasedVersions, tenant, product, until, look)
	all = slices.DeleteFunc(all, func(v license.Version) bool { return !v.Suits(environment, channel) })
	return all[:min(len(all), limit)], err
}

func (tx *Tx) versions(sql string, args ...any) ([]license.Version, error) {
	return listOf(tx, sql, args, versionInto)
}
