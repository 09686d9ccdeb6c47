package store

import (
	"encoding/json"

	"licet/internal/license"
)

// ApplicationStaff is a manager or a reseller of an application (keyauth.md §11, team), without their password.
type ApplicationStaff struct {
	Name        string // unique per application, in any letter case
	Role        string // Manager or Reseller
	Email       string
	Levels      string           // that they may issue, in the vendor's words; "" is every one
	Permissions int64            // bits of keyauth.md §12
	Balance     map[string]int64 // licenses they may still issue, by length
	Created     license.Time
}

const staffColumns = `name, role, email, levels, permissions, balance, created_at`

// staff reads a row of staffColumns.
func staff(scan func(...any) error) (ApplicationStaff, error) {
	var s ApplicationStaff
	var balance string
	if err := scan(&s.Name, &s.Role, &s.Email, &s.Levels, &s.Permissions, &balance, &s.Created); err != nil || balance == "" {
		return s, err
	}
	err := json.Unmarshal([]byte(balance), &s.Balance)
	return s, license.Wrap(license.Internal, "the balance cannot be read", err)
}

func balanceText(balance map[string]int64) (string, error) {
	if len(balance) == 0 {
		return "", nil
	}
	text, err := json.Marshal(balance)
	return string(text), err
}

const insertStaff = `
INSERT INTO application_staff (tenant_id, product_id, name, name_folded, role, email, password_hash, levels, permissions, balance, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING`

// InsertStaff stores a new manager or reseller; false when there is one of that name, in any letter case.
func (tx *Tx) InsertStaff(tenant license.TenantID, product license.ProductID, s *ApplicationStaff, hash string) (bool, error) {
	balance, err := balanceText(s.Balance)
	if err != nil {
		return false, err
	}
	n, err := tx.affected(insertStaff, tenant, product, s.Name, foldName(s.Name), s.Role, s.Email, hash, s.Levels, s.Permissions, balance, s.Created)
	return n == 1, err
}

const findStaff = `
SELECT ` + staffColumns + `
  FROM application_staff
 WHERE tenant_id = $1 AND product_id = $2 AND name_folded = $3`

// FindStaff returns a manager or reseller by name, in any letter case, or UserUnknown.
func (tx *Tx) FindStaff(tenant license.TenantID, product license.ProductID, name string) (ApplicationStaff, error) {
	return tx.oneStaff(findStaff, tenant, product, foldName(name))
}

const lockStaff = `
UPDATE application_staff SET name = name
 WHERE tenant_id = $1 AND product_id = $2 AND name_folded = $3
RETURNING ` + staffColumns

// LockStaff is FindStaff for a change: nobody else changes them until the end of the transaction.
func (tx *Tx) LockStaff(tenant license.TenantID, product license.ProductID, name string) (ApplicationStaff, error) {
	return tx.oneStaff(lockStaff, tenant, product, foldName(name))
}

func (tx *Tx) oneStaff(sql string, args ...any) (ApplicationStaff, error) {
	found := false
	s, err := staff(func(dest ...any) (err error) {
		found, err = tx.one(sql, args, dest...)
		return err
	})
	if err == nil && !found {
		err = license.Refuse(license.UserUnknown)
	}
	return s, err
}

const saveBalance = `UPDATE application_staff SET balance = $4 WHERE tenant_id = $1 AND product_id = $2 AND name_folded = $3`

// SaveBalance stores the balance of a locked manager or reseller.
func (tx *Tx) SaveBalance(tenant license.TenantID, product license.ProductID, s *ApplicationStaff) error {
	balance, err := balanceText(s.Balance)
	if err != nil {
		return err
	}
	return tx.run(saveBalance, tenant, product, foldName(s.Name), balance)
}

const dropStaff = `DELETE FROM application_staff WHERE tenant_id = $1 AND product_id = $2 AND name_folded = $3`

// DropStaff removes a manager or reseller; false when there is none of that name.
func (tx *Tx) DropStaff(tenant license.TenantID, product license.ProductID, name string) (bool, error) {
	n, err := tx.affected(dropStaff, tenant, product, foldName(name))
	return n == 1, err
}

const listStaff = `
SELECT ` + staffColumns + `
  FROM application_staff
 WHERE tenant_id = $1 AND product_id = $2 AND name_folded > $3
 ORDER BY name_folded
 LIMIT CAST($4 AS BIGINT)`

// ListStaff returns the managers and resellers of an application by name, above after ("" is no bound), at most 1000.
func (tx *Tx) ListStaff(tenant license.TenantID, product license.ProductID, after string, limit int) ([]ApplicationStaff, error) {
	var out []ApplicationStaff
	err := tx.each(listStaff, []any{tenant, product, foldName(after), pageSize(limit)}, func(scan func(...any) error) error {
		s, err := staff(scan)
		out = append(out, s)
		return err
	})
	return out, err
}

// ApplicationButton is a button of a vendor's web loader (keyauth.md §11, web loader).
type ApplicationButton struct {
	Value string // what it stands for
	Label string
}

const insertButton = `
INSERT INTO application_buttons (tenant_id, product_id, value, label)
VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, product_id, value) DO UPDATE SET label = excluded.label`

// SaveButton stores a button, or gives the one of that value another label.
func (tx *Tx) SaveButton(tenant license.TenantID, product license.ProductID, b ApplicationButton) error {
	return tx.run(insertButton, tenant, product, b.Value, b.Label)
}

const dropButton = `DELETE FROM application_buttons WHERE tenant_id = $1 AND product_id = $2 AND value = $3`

// DropButton removes a button; false when there is none of that value.
func (tx *Tx) DropButton(tenant license.TenantID, product license.ProductID, value string) (bool, error) {
	n, err := tx.affected(dropButton, tenant, product, value)
	return n == 1, err
}

const dropButtons = `
DELETE FROM application_buttons
 WHERE tenant_id = $1 AND product_id = $2
   AND value IN (SELECT more.value FROM application_buttons AS more
                  WHERE more.tenant_id = $1 AND more.product_id = $2 LIMIT 1000)`

// DropButtons removes at most [ThingsAtOnce] buttons and returns how many.
func (tx *Tx) DropButtons(tenant license.TenantID, product license.ProductID) (int64, error) {
	return tx.affected(dropButtons, tenant, product)
}

const listButtons = `
SELECT value, label
  FROM application_buttons
 WHERE tenant_id = $1 AND product_id = $2 AND value > $3
 ORDER BY value
 LIMIT CAST($4 AS BIGINT)`

// ListButtons returns the buttons of an application by value, above after ("" is no bound), at most 1000.
func (tx *Tx) ListButtons(tenant license.TenantID, product license.ProductID, after string, limit int) ([]ApplicationButton, error) {
	return listOf(tx, listButtons, []any{tenant, product, after, pageSize(limit)},
		func(b *ApplicationButton) []any { return []any{&b.Value, &b.Label} })
}
