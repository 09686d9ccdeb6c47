package store

import (
	"encoding/json"
	"sync"

	"licet/internal/license"
)

const applicationColumns = `
       applications.tenant_id, applications.product_id, application_owners.owner_id, applications.name, applications.version,
       applications.download, applications.secret, applications.disabled, applications.paused_at, applications.settings,
       applications.created_at, applications.revision`

func applicationInto(a *license.Application, settings *string) []any {
	return []any{
		&a.Tenant, &a.Product, &a.Owner, &a.Name, &a.Version, &a.Download, &a.Secret, &a.Disabled, &a.PausedAt, settings,
		&a.Created, &a.Revision,
	}
}

const fromApplications = `
  FROM applications
  JOIN application_owners ON application_owners.tenant_id = applications.tenant_id`

const findApplication = `
SELECT ` + applicationColumns + `
  FROM application_owners
  JOIN applications ON applications.tenant_id = application_owners.tenant_id
 WHERE application_owners.owner_id = $1 AND applications.name_folded = $2`

// FindApplication returns the application that apps name by its owner and its name, in any letter case. It refuses with
// ApplicationUnknown.
func (tx *Tx) FindApplication(owner, name string) (license.Application, error) {
	return tx.application(findApplication, owner, foldName(name))
}

const findApplicationOf = `
SELECT ` + applicationColumns + fromApplications + `
 WHERE applications.tenant_id = $1 AND applications.product_id = $2`

// FindApplicationOf returns the application of a product, or ApplicationUnknown.
func (tx *Tx) FindApplicationOf(tenant license.TenantID, product license.ProductID) (license.Application, error) {
	return tx.application(findApplicationOf, tenant, product)
}

const lockApplication = `UPDATE applications SET revision = revision + 1 WHERE tenant_id = $1 AND product_id = $2`

// LockApplication is FindApplicationOf for a change: nobody else changes it until the end of the transaction.
func (tx *Tx) LockApplication(tenant license.TenantID, product license.ProductID) (license.Application, error) {
	if err := tx.run(lockApplication, tenant, product); err != nil {
		return license.Application{}, err
	}
	return tx.FindApplicationOf(tenant, product)
}

const holdApplication = `UPDATE applications SET revision = revision WHERE tenant_id = $1 AND product_id = $2`

// HoldApplication is FindApplicationOf for a change of what is in an application: nobody pauses it, or changes its levels, until the
// end of the transaction. It comes before every other lock, so that no two changes wait for each other.
func (tx *Tx) HoldApplication(tenant license.TenantID, product license.ProductID) (license.Application, error) {
	if !tx.alone {
		if err := tx.run(holdApplication, tenant, product); err != nil {
			return license.Application{}, err
		}
	}
	return tx.FindApplicationOf(tenant, product)
}

func (tx *Tx) application(sql string, args ...any) (license.Application, error) {
	var a license.Application
	var settings string
	found, err := tx.one(sql, args, applicationInto(&a, &settings)...)
	if err == nil && !found {
		err = license.Refuse(license.ApplicationUnknown)
	}
	if err == nil {
		a.Settings, err = tx.settings.read(settings)
	}
	return a, err
}

const listApplications = `
SELECT ` + applicationColumns + fromApplications + `
 WHERE applications.tenant_id = $1 AND applications.product_id < $2
 ORDER BY applications.product_id DESC
 LIMIT CAST($3 AS BIGINT)`

// ListApplications returns the applications of a tenant, newest product first, below before (0 is no bound).
func (tx *Tx) ListApplications(tenant license.TenantID, before license.ProductID, limit int) ([]license.Application, error) {
	below, size := pageOf(int64(before), limit)
	var out []license.Application
	err := tx.each(listApplications, []any{tenant, below, size}, func(scan func(...any) error) error {
		var a license.Application
		var settings string
		if err := scan(applicationInto(&a, &settings)...); err != nil {
			return err
		}
		var err error
		a.Settings, err = tx.settings.read(settings)
		out = append(out, a)
		return err
	})
	return out, err
}

const addOwner = `
INSERT INTO application_owners (tenant_id, owner_id) VALUES ($1, $2)
ON CONFLICT DO NOTHING`

const findOwner = `SELECT owner_id FROM application_owners WHERE tenant_id = $1`

// OwnerID returns what apps name a tenant by; fresh is what it becomes where there is nothing yet. Conflict where
// another tenant has it: try again with another one.
func (tx *Tx) OwnerID(tenant license.TenantID, fresh string) (owner string, err error) {
	if err := tx.run(addOwner, tenant, fresh); err != nil {
		return "", err
	}
	found, err := tx.one(findOwner, []any{tenant}, &owner)
	if err == nil && !found {
		err = &license.Error{Code: license.Conflict, Message: "the owner id is taken; try again"}
	}
	return owner, err
}

const insertApplication = `
INSERT INTO applications (tenant_id, product_id, name, name_folded, version, download, secret, disabled, paused_at, settings, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING`

// InsertApplication makes an application of a product; false when the product has one, or the tenant has one of that name.
func (tx *Tx) InsertApplication(a *license.Application) (bool, error) {
	a.Revision = 1
	n, err := tx.affected(insertApplication, a.Tenant, a.Product, a.Name, foldName(a.Name), a.Version, a.Download, a.Secret,
		a.Disabled, a.PausedAt, settingsText(a.Settings), a.Created)
	return n == 1, err
}

const saveApplication = `
UPDATE applications
   SET name = $3, name_folded = $4, version = $5, download = $6, secret = $7, disabled = $8, paused_at = $9, settings = $10
 WHERE tenant_id = $1 AND product_id = $2
   AND NOT EXISTS (SELECT 1 FROM applications AS other
                    WHERE other.tenant_id = $1 AND other.name_folded = $4 AND other.product_id <> $2)`

// SaveApplication stores what may change of a locked application; false when the tenant has another one of that name.
func (tx *Tx) SaveApplication(a *license.Application) (bool, error) {
	n, err := tx.affected(saveApplication, a.Tenant, a.Product, a.Name, foldName(a.Name), a.Version, a.Download, a.Secret,
		a.Disabled, a.PausedAt, settingsText(a.Settings))
	return n == 1, err
}

func settingsText(s *license.ApplicationSettings) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // Texts, numbers and booleans always encode.
	}
	return string(text)
}

// settingsCache keeps settings of applications by the text they were read from, so that none can be out of date.
type settingsCache struct {
	mu   sync.Mutex // guards read
	seen map[string]*license.ApplicationSettings
}

// maxSettings is how many different settings are kept.
const maxSettings = 1024

func (c *settingsCache) read(text string) (*license.ApplicationSettings, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.seen[text]; s != nil {
		return s, nil
	}
	s := license.DefaultApplicationSettings()
	if text != "" {
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return nil, license.Wrap(license.Internal, "the settings of the application cannot be read", err)
		}
	}
	if c.seen == nil || len(c.seen) >= maxSettings {
		c.seen = make(map[string]*license.ApplicationSettings)
	}
	c.seen[text] = &s
	return &s, nil
}
