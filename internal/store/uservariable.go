package store

import "licet/internal/license"

// UserVariable is a named value that is kept for a user of an application (keyauth.md §7, getvar and setvar).
type UserVariable struct {
	User     license.LicenseUserID
	UserName string // only where the list is of an application
	Name     string
	Value    string
	ReadOnly bool // for the user's app
}

// MaxUserVariables is how many variables an app may keep for a user.
const MaxUserVariables = 1000

const userVariableColumns = `user_variables.user_id, user_variables.name, user_variables.value, user_variables.read_only`

func userVariableInto(v *UserVariable) []any { return []any{&v.User, &v.Name, &v.Value, &v.ReadOnly} }

const findUserVariable = `
SELECT ` + userVariableColumns + `
  FROM user_variables
 WHERE tenant_id = $1 AND user_id = $2 AND name = $3`

// FindUserVariable returns a variable of a user, or VariableUnknown.
func (tx *Tx) FindUserVariable(tenant license.TenantID, user license.LicenseUserID, name string) (v UserVariable, err error) {
	found, err := tx.one(findUserVariable, []any{tenant, user, name}, userVariableInto(&v)...)
	if err == nil && !found {
		err = license.Refuse(license.VariableUnknown)
	}
	return v, err
}

const changeUserVariable = `
UPDATE user_variables SET value = $4
 WHERE tenant_id = $1 AND user_id = $2 AND name = $3 AND read_only = FALSE`

const countUserVariables = `SELECT COUNT(*) FROM user_variables WHERE tenant_id = $1 AND user_id = $2`

const insertUserVariable = `
INSERT INTO user_variables (tenant_id, user_id, name, value)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING`

// ChangeUserVariable stores a variable as the user's app wants it. It refuses with VariableFixed, and as Invalid what would be
// more than [MaxUserVariables].
func (tx *Tx) ChangeUserVariable(tenant license.TenantID, user license.LicenseUserID, name, value string) error {
	n, err := tx.affected(changeUserVariable, tenant, user, name, value)
	if err != nil || n == 1 {
		return err
	}
	var have int64
	if _, err := tx.one(countUserVariables, []any{tenant, user}, &have); err != nil {
		return err
	}
	if have < MaxUserVariables {
		// One that is there now is read only, or another request has just stored it.
		n, err = tx.affected(insertUserVariable, tenant, user, name, value)
		if err == nil && n == 0 {
			n, err = tx.affected(changeUserVariable, tenant, user, name, value)
		}
		if err == nil && n == 0 {
			err = license.Refuse(license.VariableFixed)
		}
		return err
	}
	if _, err := tx.FindUserVariable(tenant, user, name); err == nil {
		return license.Refuse(license.VariableFixed)
	}
	return license.Invalidf("var", "a user has at most %d variables", MaxUserVariables)
}

const saveUserVariable = `
INSERT INTO user_variables (tenant_id, user_id, name, value, read_only)
VALUES ($1, $2, $3, $4, COALESCE(CAST($5 AS BOOLEAN), FALSE))
ON CONFLICT (tenant_id, user_id, name)
DO UPDATE SET value = excluded.value, read_only = COALESCE(CAST($5 AS BOOLEAN), user_variables.read_only)`

// SaveUserVariable stores a variable of a user as the vendor wants it. A nil readOnly leaves that as it is; a new one can be
// written by the app then.
func (tx *Tx) SaveUserVariable(tenant license.TenantID, user license.LicenseUserID, name, value string, readOnly *bool) error {
	return tx.run(saveUserVariable, tenant, user, name, value, orNil(readOnly))
}

// orNil is what a pointer points to, for an argument.
func orNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

const dropUserVariable = `DELETE FROM user_variables WHERE tenant_id = $1 AND user_id = $2 AND name = $3`

// DropUserVariable removes a variable of a user; false when there is none of that name.
func (tx *Tx) DropUserVariable(tenant license.TenantID, user license.LicenseUserID, name string) (bool, error) {
	n, err := tx.affected(dropUserVariable, tenant, user, name)
	return n == 1, err
}

const userVariables = `
SELECT ` + userVariableColumns + `
  FROM user_variables
 WHERE tenant_id = $1 AND user_id = $2
 ORDER BY name
 LIMIT 1000`

// UserVariables returns the variables of a user by name, at most 1000.
func (tx *Tx) UserVariables(tenant license.TenantID, user license.LicenseUserID) ([]UserVariable, error) {
	return listOf(tx, userVariables, []any{tenant, user}, userVariableInto)
}

const listUserVariables = `
SELECT ` + userVariableColumns + `, license_users.name
  FROM license_users
  JOIN user_variables ON user_variables.tenant_id = license_users.tenant_id AND user_variables.user_id = license_users.id
 WHERE license_users.tenant_id = $1 AND license_users.product_id = $2 AND license_users.name_folded >= $3
   AND (license_users.name_folded > $3 OR user_variables.name > $4)
 ORDER BY license_users.name_folded, user_variables.name
 LIMIT CAST($5 AS BIGINT)`

// ListUserVariables returns the variables of all users of an application, by the names of the users and then their own,
// above those of after (the zero value is no bound), at most 1000.
func (tx *Tx) ListUserVariables(tenant license.TenantID, product license.ProductID, after UserVariable, limit int) ([]UserVariable, error) {
	return listOf(tx, listUserVariables, []any{tenant, product, foldName(after.UserName), after.Name, pageSize(limit)},
		func(v *UserVariable) []any { return append(userVariableInto(v), &v.UserName) })
}

const userRun = `
SELECT COUNT(*), MAX(run.name_folded)
  FROM (SELECT name_folded
          FROM license_users
         WHERE tenant_id = $1 AND product_id = $2 AND name_folded > $3
         ORDER BY name_folded
         LIMIT 1000) AS run`

// UserRun is some of the users of an application, by their folded names: above After, up to To.
type UserRun struct {
	After, To string
	Count     int64
}

// NextUserRun returns the next [ThingsAtOnce] users of an application after a run, or after the zero value the first ones. With a
// Count of 0 there are no more.
func (tx *Tx) NextUserRun(tenant license.TenantID, product license.ProductID, last UserRun) (UserRun, error) {
	next := UserRun{After: last.To}
	_, err := tx.one(userRun, []any{tenant, product, last.To}, &next.Count, &next.To)
	return next, err
}

const saveVariableOfRun = `
INSERT INTO user_variables (tenant_id, user_id, name, value, read_only)
SELECT license_users.tenant_id, license_users.id, CAST($5 AS TEXT), CAST($6 AS TEXT), COALESCE(CAST($7 AS BOOLEAN), FALSE)
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.product_id = $2
   AND license_users.name_folded > $3 AND license_users.name_folded <= $4
ON CONFLICT (tenant_id, user_id, name)
DO UPDATE SET value = excluded.value, read_only = COALESCE(CAST($7 AS BOOLEAN), user_variables.read_only)`

// SaveVariableOfRun is SaveUserVariable for every user of a run, and returns how many they are.
func (tx *Tx) SaveVariableOfRun(tenant license.TenantID, product license.ProductID, run UserRun, name, value string, readOnly *bool) (int64, error) {
	return tx.affected(saveVariableOfRun, tenant, product, run.After, run.To, name, value, orNil(readOnly))
}

const dropVariableOfRun = `
DELETE FROM user_variables
 WHERE tenant_id = $1 AND name = $5
   AND user_id IN (SELECT id
                     FROM license_users
                    WHERE license_users.tenant_id = $1 AND license_users.product_id = $2
                      AND license_users.name_folded > $3 AND license_users.name_folded <= $4)`

// DropVariableOfRun takes a variable from every user of a run, and returns how many had it.
func (tx *Tx) DropVariableOfRun(tenant license.TenantID, product license.ProductID, run UserRun, name string) (int64, error) {
	return tx.affected(dropVariableOfRun, tenant, product, run.After, run.To, name)
}
