package store

import (
	"fmt"

	"licet/internal/license"
)

// ThingsAtOnce is how many rows one statement drops of what belongs to an application: whoever drops everything goes on
// while as many were dropped.
const ThingsAtOnce = 1000

// ApplicationVariable is a named value that a vendor keeps for the apps of an application (keyauth.md §7, var).
type ApplicationVariable struct {
	Name   string
	Value  string
	Authed bool // only for who is signed in
}

func applicationVariableInto(v *ApplicationVariable) []any {
	return []any{&v.Name, &v.Value, &v.Authed}
}

const findApplicationVariable = `
SELECT name, value, authed
  FROM application_variables
 WHERE tenant_id = $1 AND product_id = $2 AND name = $3`

// FindApplicationVariable returns a variable of an application, or VariableUnknown.
func (tx *Tx) FindApplicationVariable(tenant license.TenantID, product license.ProductID, name string) (v ApplicationVariable, err error) {
	found, err := tx.one(findApplicationVariable, []any{tenant, product, name}, applicationVariableInto(&v)...)
	if err == nil && !found {
		err = license.Refuse(license.VariableUnknown)
	}
	return v, err
}

const insertApplicationVariable = `
INSERT INTO application_variables (tenant_id, product_id, name, value, authed)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING`

// InsertApplicationVariable stores a new variable; false when there is one of that name.
func (tx *Tx) InsertApplicationVariable(tenant license.TenantID, product license.ProductID, v *ApplicationVariable) (bool, error) {
	n, err := tx.affected(insertApplicationVariable, tenant, product, v.Name, v.Value, v.Authed)
	return n == 1, err
}

const saveApplicationVariable = `
UPDATE application_variables SET value = $4, authed = $5
 WHERE tenant_id = $1 AND product_id = $2 AND name = $3`

// SaveApplicationVariable changes a variable; false when there is none of that name.
func (tx *Tx) SaveApplicationVariable(tenant license.TenantID, product license.ProductID, v *ApplicationVariable) (bool, error) {
	n, err := tx.affected(saveApplicationVariable, tenant, product, v.Name, v.Value, v.Authed)
	return n == 1, err
}

const dropApplicationVariable = `DELETE FROM application_variables WHERE tenant_id = $1 AND product_id = $2 AND name = $3`

// DropApplicationVariable removes a variable; false when there is none of that name.
func (tx *Tx) DropApplicationVariable(tenant license.TenantID, product license.ProductID, name string) (bool, error) {
	n, err := tx.affected(dropApplicationVariable, tenant, product, name)
	return n == 1, err
}

const dropApplicationVariables = `
DELETE FROM application_variables
 WHERE tenant_id = $1 AND product_id = $2
   AND name IN (SELECT more.name FROM application_variables AS more
                 WHERE more.tenant_id = $1 AND more.product_id = $2 LIMIT 1000)`

// DropApplicationVariables removes at most [ThingsAtOnce] variables and returns how many.
func (tx *Tx) DropApplicationVariables(tenant license.TenantID, product license.ProductID) (int64, error) {
	return tx.affected(dropApplicationVariables, tenant, product)
}

const listApplicationVariables = `
SELECT name, value, authed
  FROM application_variables
 WHERE tenant_id = $1 AND product_id = $2 AND name > $3
 ORDER BY name
 LIMIT CAST($4 AS BIGINT)`

// ListApplicationVariables returns the variables of an application by name, above after ("" is no bound), at most 1000.
func (tx *Tx) ListApplicationVariables(tenant license.TenantID, product license.ProductID, after string, limit int) ([]ApplicationVariable, error) {
	return listOf(tx, listApplicationVariables, []any{tenant, product, after, pageSize(limit)}, applicationVariableInto)
}

// ApplicationFile is a file that the server fetches for apps of an application (keyauth.md §7, file).
type ApplicationFile struct {
	ID      string // six digits
	Name    string
	URL     string
	Size    int64 // bytes, when it was added
	Authed  bool  // only for who is signed in
	Created license.Time
}

const applicationFileColumns = `id, name, url, size, authed, created_at`

func applicationFileInto(f *ApplicationFile) []any {
	return []any{&f.ID, &f.Name, &f.URL, &f.Size, &f.Authed, &f.Created}
}

const findApplicationFile = `
SELECT ` + applicationFileColumns + `
  FROM application_files
 WHERE tenant_id = $1 AND product_id = $2 AND id = $3`

// FindApplicationFile returns a file of an application, or FileUnknown.
func (tx *Tx) FindApplicationFile(tenant license.TenantID, product license.ProductID, id string) (f ApplicationFile, err error) {
	found, err := tx.one(findApplicationFile, []any{tenant, product, id}, applicationFileInto(&f)...)
	if err == nil && !found {
		err = license.Refuse(license.FileUnknown)
	}
	return f, err
}

const insertApplicationFile = `
INSERT INTO application_files (tenant_id, product_id, id, name, url, size, authed, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING`

// InsertApplicationFile stores a new file; false when there is one of that identity.
func (tx *Tx) InsertApplicationFile(tenant license.TenantID, product license.ProductID, f *ApplicationFile) (bool, error) {
	n, err := tx.affected(insertApplicationFile, tenant, product, f.ID, f.Name, f.URL, f.Size, f.Authed, f.Created)
	return n == 1, err
}

const saveApplicationFile = `
UPDATE application_files SET name = $4, url = $5, size = $6, authed = $7
 WHERE tenant_id = $1 AND product_id = $2 AND id = $3`

// SaveApplicationFile changes a file; false when there is none of that identity.
func (tx *Tx) SaveApplicationFile(tenant license.TenantID, product license.ProductID, f *ApplicationFile) (bool, error) {
	n, err := tx.affected(saveApplicationFile, tenant, product, f.ID, f.Name, f.URL, f.Size, f.Authed)
	return n == 1, err
}

const dropApplicationFile = `DELETE FROM application_files WHERE tenant_id = $1 AND product_id = $2 AND id = $3`

// DropApplicationFile removes a file; false when there is none of that identity.
func (tx *Tx) DropApplicationFile(tenant license.TenantID, product license.ProductID, id string) (bool, error) {
	n, err := tx.affected(dropApplicationFile, tenant, product, id)
	return n == 1, err
}

const dropApplicationFiles = `
DELETE FROM application_files
 WHERE tenant_id = $1 AND product_id = $2
   AND id IN (SELECT more.id FROM application_files AS more
               WHERE more.tenant_id = $1 AND more.product_id = $2 LIMIT 1000)`

// DropApplicationFiles removes at most [ThingsAtOnce] files and returns how many.
func (tx *Tx) DropApplicationFiles(tenant license.TenantID, product license.ProductID) (int64, error) {
	return tx.affected(dropApplicationFiles, tenant, product)
}

const listApplicationFiles = `
SELECT ` + applicationFileColumns + `
  FROM application_files
 WHERE tenant_id = $1 AND product_id = $2 AND id > $3
 ORDER BY id
 LIMIT CAST($4 AS BIGINT)`

// ListApplicationFiles returns the files of an application by identity, above after ("" is no bound), at most 1000.
func (tx *Tx) ListApplicationFiles(tenant license.TenantID, product license.ProductID, after string, limit int) ([]ApplicationFile, error) {
	return listOf(tx, listApplicationFiles, []any{tenant, product, after, pageSize(limit)}, applicationFileInto)
}

// ApplicationWebhook is an address that the server asks for apps of an application, so that they need not know it
// (keyauth.md §7, webhook).
type ApplicationWebhook struct {
	ID        string
	BaseURL   []byte // sealed for WebhookContext
	Host      string // scheme and host of the base URL, which lists show
	UserAgent string
	Authed    bool // only for who is signed in
	Created   license.Time
}

// WebhookContext is what the base URL of a webhook is sealed for.
func WebhookContext(tenant license.TenantID, product license.ProductID, id string) string {
	return fmt.Sprintf("application-webhook/%d/%d/%s", tenant, product, id)
}

const applicationWebhookColumns = `id, base_url, host, user_agent, authed, created_at`

func applicationWebhookInto(w *ApplicationWebhook) []any {
	return []any{&w.ID, &w.BaseURL, &w.Host, &w.UserAgent, &w.Authed, &w.Created}
}

const findApplicationWebhook = `
SELECT ` + applicationWebhookColumns + `
  FROM application_webhooks
 WHERE tenant_id = $1 AND product_id = $2 AND id = $3`

// FindApplicationWebhook returns a webhook of an application, or WebhookUnknown.
func (tx *Tx) FindApplicationWebhook(tenant license.TenantID, product license.ProductID, id string) (w ApplicationWebhook, err error) {
	found, err := tx.one(findApplicationWebhook, []any{tenant, product, id}, applicationWebhookInto(&w)...)
	if err == nil && !found {
		err = license.Refuse(license.WebhookUnknown)
	}
	return w, err
}

const insertApplicationWebhook = `
INSERT INTO application_webhooks (tenant_id, product_id, id, base_url, host, user_agent, authed, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING`

// InsertApplicationWebhook stores a new webhook; false when there is one of that identity.
func (tx *Tx) InsertApplicationWebhook(tenant license.TenantID, product license.ProductID, w *ApplicationWebhook) (bool, error) {
	n, err := tx.affected(insertApplicationWebhook, tenant, product, w.ID, w.BaseURL, w.Host, w.UserAgent, w.Authed, w.Created)
	return n == 1, err
}

const dropApplicationWebhook = `DELETE FROM application_webhooks WHERE tenant_id = $1 AND product_id = $2 AND id = $3`

// DropApplicationWebhook removes a webhook; false when there is none of that identity.
func (tx *Tx) DropApplicationWebhook(tenant license.TenantID, product license.ProductID, id string) (bool, error) {
	n, err := tx.affected(dropApplicationWebhook, tenant, product, id)
	return n == 1, err
}

const dropApplicationWebhooks = `
DELETE FROM application_webhooks
 WHERE tenant_id = $1 AND product_id = $2
   AND id IN (SELECT more.id FROM application_webhooks AS more
               WHERE more.tenant_id = $1 AND more.product_id = $2 LIMIT 1000)`

// DropApplicationWebhooks removes at most [ThingsAtOnce] webhooks and returns how many.
func (tx *Tx) DropApplicationWebhooks(tenant license.TenantID, product license.ProductID) (int64, error) {
	return tx.affected(dropApplicationWebhooks, tenant, product)
}

const listApplicationWebhooks = `
SELECT ` + applicationWebhookColumns + `
  FROM application_webhooks
 WHERE tenant_id = $1 AND product_id = $2 AND id > $3
 ORDER BY id
 LIMIT CAST($4 AS BIGINT)`

// ListApplicationWebhooks returns the webhooks of an application by identity, above after ("" is no bound), at most 1000.
func (tx *Tx) ListApplicationWebhooks(tenant license.TenantID, product license.ProductID, after string, limit int) ([]ApplicationWebhook, error) {
	return listOf(tx, listApplicationWebhooks, []any{tenant, product, after, pageSize(limit)}, applicationWebhookInto)
}
