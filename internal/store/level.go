package store

import (
	"licet/internal/license"
)

const levelColumns = `levels.id, levels.tenant_id, levels.product_id, levels.name, levels.level, levels.paused, levels.created_at`

func levelInto(l *license.Level) []any {
	return []any{&l.ID, &l.Tenant, &l.Product, &l.Name, &l.Number, &l.Paused, &l.Created}
}

// MaxLevels is how many levels an application may have.
const MaxLevels = 1000

const listLevels = `
SELECT ` + levelColumns + `
  FROM levels
 WHERE tenant_id = $1 AND product_id = $2
 ORDER BY id
 LIMIT 1000`

// Levels returns the levels of an application, oldest first, at most [MaxLevels].
func (tx *Tx) Levels(tenant license.TenantID, product license.ProductID) ([]license.Level, error) {
	return listOf(tx, listLevels, []any{tenant, product}, levelInto)
}

const findLevel = `
SELECT ` + levelColumns + `
  FROM levels
 WHERE tenant_id = $1 AND product_id = $2 AND name_folded = $3`

// FindLevel returns the level of a name, in any letter case, or NotFound.
func (tx *Tx) FindLevel(tenant license.TenantID, product license.ProductID, name string) (l license.Level, err error) {
	found, err := tx.one(findLevel, []any{tenant, product, foldName(name)}, levelInto(&l)...)
	if err == nil && !found {
		err = license.Missing("subscription", name)
	}
	return l, err
}

const insertLevel = `
INSERT INTO levels (tenant_id, id, product_id, name, name_folded, level, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, product_id, name_folded) DO NOTHING`

// InsertLevel stores a new level and gives it its identity; false when there is one of that name.
func (tx *Tx) InsertLevel(l *license.Level) (bool, error) {
	l.ID = license.LevelID(tx.NewID())
	n, err := tx.affected(insertLevel, l.Tenant, l.ID, l.Product, l.Name, foldName(l.Name), l.Number, l.Created)
	return n == 1, err
}

const saveLevel = `UPDATE levels SET level = $3, paused = $4 WHERE tenant_id = $1 AND id = $2`

// SaveLevel stores the number of a level, and whether it is paused. Who holds it goes on holding it.
func (tx *Tx) SaveLevel(l *license.Level) error {
	return tx.run(saveLevel, l.Tenant, l.ID, l.Number, l.Paused)
}

const (
	dropHoldings = `DELETE FROM redemptions WHERE tenant_id = $1 AND level_id = $2 AND level_id > 0`
	dropLevel    = `DELETE FROM levels WHERE tenant_id = $1 AND id = $2`
)

// DropLevel takes a level from everybody who holds it, and removes it. How many held it is returned.
func (tx *Tx) DropLevel(tenant license.TenantID, id license.LevelID) (held int64, err error) {
	if held, err = tx.affected(dropHoldings, tenant, id); err != nil {
		return 0, err
	}
	return held, tx.run(dropLevel, tenant, id)
}

const countHolders = `
SELECT COUNT(DISTINCT user_id) FROM redemptions WHERE tenant_id = $1 AND level_id = $2 AND level_id > 0 AND expires_at > $3`

const countHoldersForEver = `
SELECT COUNT(DISTINCT user_id) FROM redemptions WHERE tenant_id = $1 AND level_id = $2 AND level_id > 0 AND expires_at = 0`

// CountHolders returns how many users hold a level that has not ended. Its cost grows with them.
func (tx *Tx) CountHolders(tenant license.TenantID, id license.LevelID, now license.Time) (int64, error) {
	var some, more int64
	if _, err := tx.one(countHolders, []any{tenant, id, now}, &some); err != nil {
		return 0, err
	}
	_, err := tx.one(countHoldersForEver, []any{tenant, id}, &more)
	return some + more, err
}

const holdingsOfUser = `
SELECT ` + redemptionColumns + `, levels.name, licenses.license_key, licenses.standing, licenses.withheld
  FROM redemptions
  JOIN levels ON levels.tenant_id = redemptions.tenant_id AND levels.id = redemptions.level_id
  JOIN licenses ON licenses.tenant_id = redemptions.tenant_id AND licenses.id = redemptions.license_id
 WHERE redemptions.tenant_id = $1 AND redemptions.user_id = $2
 ORDER BY redemptions.license_id DESC, redemptions.level_id DESC
 LIMIT 1000`

// Holdings returns what a user holds of an application, ended or not, the newest 1000.
func (tx *Tx) Holdings(tenant license.TenantID, user license.LicenseUserID) ([]license.Holding, error) {
	var out []license.Holding
	err := tx.each(holdingsOfUser, []any{tenant, user}, func(scan func(...any) error) error {
		var h license.Holding
		err := scan(append(redemptionInto(&h.Redemption), &h.Name, &h.Key, &h.Standing, &h.Withheld)...)
		out = append(out, h)
		return err
	})
	return out, err
}

const dropHolding = `DELETE FROM redemptions WHERE tenant_id = $1 AND license_id = $2 AND user_id = $3 AND level_id = $4`

// DropHolding takes one redemption from a user.
func (tx *Tx) DropHolding(tenant license.TenantID, r *license.Redemption) error {
	return tx.run(dropHolding, tenant, r.License, r.User, r.LevelID)
}

// Pausing keeps when it was; going on gives back what has passed since. What has ended stays so.
const (
	pauseUser = `
UPDATE redemptions SET paused_at = $3
 WHERE tenant_id = $1 AND user_id = $2 AND level_id > 0 AND paused_at = 0 AND (expires_at = 0 OR expires_at > $3)`
	resumeUser = `
UPDATE redemptions SET expires_at = CASE WHEN expires_at = 0 THEN 0 ELSE expires_at + ($3 - paused_at) END, paused_at = 0
 WHERE tenant_id = $1 AND user_id = $2 AND level_id > 0 AND paused_at > 0`
	pauseLevel = `
UPDATE redemptions SET paused_at = $3
 WHERE tenant_id = $1 AND level_id = $2 AND level_id > 0 AND paused_at = 0 AND (expires_at = 0 OR expires_at > $3)`
	resumeLevel = `
UPDATE redemptions SET expires_at = CASE WHEN expires_at = 0 THEN 0 ELSE expires_at + ($3 - paused_at) END, paused_at = 0
 WHERE tenant_id = $1 AND level_id = $2 AND level_id > 0 AND paused_at > 0`
	resumeApplication = `
UPDATE redemptions SET expires_at = expires_at + ($4 - $3)
 WHERE tenant_id = $1 AND level_id IN (SELECT id FROM levels WHERE levels.tenant_id = $1 AND levels.product_id = $2)
   AND level_id > 0 AND paused_at = 0 AND expires_at > $3`
)

// PauseUser stops the time of all that a user holds; at is the application's clock. It returns how much that was.
func (tx *Tx) PauseUser(tenant license.TenantID, user license.LicenseUserID, at license.Time) (int64, error) {
	return tx.affected(pauseUser, tenant, user, at)
}

// ResumeUser lets the time of what a user holds run on. It returns how much that was.
func (tx *Tx) ResumeUser(tenant license.TenantID, user license.LicenseUserID, at license.Time) (int64, error) {
	return tx.affected(resumeUser, tenant, user, at)
}

// PauseLevel stops the time of a level for everybody who holds it.
func (tx *Tx) PauseLevel(tenant license.TenantID, id license.LevelID, at license.Time) (int64, error) {
	return tx.affected(pauseLevel, tenant, id, at)
}

// ResumeLevel lets the time of a level run on for everybody who holds it.
func (tx *Tx) ResumeLevel(tenant license.TenantID, id license.LevelID, at license.Time) (int64, error) {
	return tx.affected(resumeLevel, tenant, id, at)
}

// ResumeApplication gives everybody back the time from since to now, in which an application was paused.
func (tx *Tx) ResumeApplication(tenant license.TenantID, product license.ProductID, since, now license.Time) (int64, error) {
	return tx.affected(resumeApplication, tenant, product, since, now)
}
