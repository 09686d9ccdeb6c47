package store

import (
	"licet/internal/license"
)

// maxPage is the largest page of any list.
const maxPage = 1000

// pageOf returns the identity that a page stays below and its size. Lists run newest first; before is
// the last identity of the page before, 0 for the first page; limit is cut to 1 to 1000.
func pageOf(before int64, limit int) (int64, int) {
	if before <= 0 || before > license.MaxID {
		before = license.MaxID
	}
	return before, min(max(limit, 1), maxPage)
}

// taken is the Conflict of a name that another one has.
func taken(noun, name string) error {
	return &license.Error{Code: license.Conflict, Message: "there is already a " + noun + " " + name}
}

const tenantColumns = `tenants.id, tenants.code, tenants.name, tenants.created_at`

func tenantInto(t *license.Tenant) []any { return []any{&t.ID, &t.Code, &t.Name, &t.Created} }

const insertTenant = `
INSERT INTO tenants (id, code, name, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (code) DO NOTHING`

// InsertTenant stores a new tenant and gives it its identity. Conflict when the code is taken.
func (tx *Tx) InsertTenant(t *license.Tenant) error {
	t.ID = license.TenantID(tx.NewID())
	n, err := tx.affected(insertTenant, t.ID, t.Code, t.Name, t.Created)
	if err == nil && n == 0 {
		err = taken("tenant", t.Code)
	}
	return err
}

const findTenant = `SELECT ` + tenantColumns + ` FROM tenants WHERE id = $1`

// FindTenant returns a tenant, or NotFound.
func (tx *Tx) FindTenant(id license.TenantID) (license.Tenant, error) {
	return tx.tenant(findTenant, id)
}

const findTenantByCode = `SELECT ` + tenantColumns + ` FROM tenants WHERE code = $1`

// FindTenantByCode returns the tenant with a code, or NotFound.
func (tx *Tx) FindTenantByCode(code string) (license.Tenant, error) {
	return tx.tenant(findTenantByCode, code)
}

func (tx *Tx) tenant(sql string, arg any) (license.Tenant, error) {
	var t license.Tenant
	found, err := tx.one(sql, []any{arg}, tenantInto(&t)...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such tenant"}
	}
	return t, err
}

const lockTenant = `UPDATE tenants SET name = name WHERE id = $1 RETURNING ` + tenantColumns

// LockTenant loads a tenant and keeps its members from being changed by others until the end of the
// transaction. NotFound when there is none.
func (tx *Tx) LockTenant(id license.TenantID) (license.Tenant, error) {
	return tx.tenant(lockTenant, id)
}

const listTenants = `
SELECT ` + tenantColumns + `
  FROM tenants
 WHERE id < $1
 ORDER BY id DESC
 LIMIT CAST($2 AS BIGINT)`

// ListTenants returns tenants, newest first, that are older than before (0 is no bound).
func (tx *Tx) ListTenants(before license.TenantID, limit int) ([]license.Tenant, error) {
	below, size := pageOf(int64(before), limit)
	var out []license.Tenant
	err := tx.each(listTenants, []any{below, size}, func(scan func(...any) error) error {
		var t license.Tenant
		if err := scan(tenantInto(&t)...); err != nil {
			return err
		}
		out = append(out, t)
		return nil
	})
	return out, err
}

const findTenantSetting = `SELECT value FROM tenant_settings WHERE tenant_id = $1 AND name = $2`

// TenantSetting returns what a tenant set under a name; false when it set nothing.
func (tx *Tx) TenantSetting(tenant license.TenantID, name string) (value string, found bool, err error) {
	found, err = tx.one(findTenantSetting, []any{tenant, name}, &value)
	return value, found, err
}

const saveTenantSetting = `
INSERT INTO tenant_settings (tenant_id, name, value) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, name) DO UPDATE SET value = excluded.value`

const dropTenantSetting = `DELETE FROM tenant_settings WHERE tenant_id = $1 AND name = $2`

// SaveTenantSetting stores what a tenant sets under a name; an empty value goes back to the default.
func (tx *Tx) SaveTenantSetting(tenant license.TenantID, name, value string) error {
	if value == "" {
		return tx.run(dropTenantSetting, tenant, name)
	}
	return tx.run(saveTenantSetting, tenant, name, value)
}
