package store

import (
	"cmp"
	"fmt"
	"slices"

	"licet/internal/license"
)

const applicationUserColumns = licenseUserColumns + `,
       CASE WHEN application_users.came_with = '' THEN FALSE ELSE TRUE END,
       CASE WHEN license_users.password_hash = '' THEN FALSE ELSE TRUE END,
       application_users.address, application_users.seen_at, application_users.email_digest, application_users.roams,
       application_users.reset_after, application_users.muted_until,
       CASE WHEN application_users.totp_secret IS NULL THEN FALSE ELSE TRUE END, application_users.created_by`

func applicationUserInto(u *license.ApplicationUser) []any {
	return append(licenseUserInto(&u.LicenseUser), &u.ByKey, &u.Password, &u.Address, &u.SeenAt, &u.Email, &u.Roams,
		&u.ResetAfter, &u.MutedUntil, &u.SecondFactor, &u.CreatedBy)
}

const withUserHardware = `
  LEFT JOIN user_hardware ON user_hardware.tenant_id = license_users.tenant_id AND user_hardware.user_id = license_users.id`

const hardwareColumns = `user_hardware.hardware_id, user_hardware.bound_at`

// userNamed and its like find users of an application with the machines they sign in from, a row for each.
const (
	userNamed = `
  FROM license_users
  JOIN application_users ON application_users.tenant_id = license_users.tenant_id AND application_users.user_id = license_users.id` +
		withUserHardware + `
 WHERE license_users.tenant_id = $1 AND license_users.product_id = $2 AND license_users.name_folded = $3`
	userMailed = `
  FROM application_users
  JOIN license_users ON license_users.tenant_id = application_users.tenant_id AND license_users.id = application_users.user_id` +
		withUserHardware + `
 WHERE application_users.tenant_id = $1 AND application_users.product_id = $2 AND application_users.email_digest = $3`
	userWithID = `
  FROM license_users
  JOIN application_users ON application_users.tenant_id = license_users.tenant_id AND application_users.user_id = license_users.id` +
		withUserHardware + `
 WHERE license_users.tenant_id = $1 AND license_users.id = $2`

	findApplicationUser        = `SELECT ` + applicationUserColumns + `, ` + hardwareColumns + userNamed
	findApplicationUserByEmail = `SELECT ` + applicationUserColumns + `, ` + hardwareColumns + userMailed
	findApplicationUserByID    = `SELECT ` + applicationUserColumns + `, ` + hardwareColumns + userWithID
)

// machine is one that a user signs in from.
type machine struct {
	id    string
	since license.Time
}

func machineInto(m *machine) []any { return []any{&m.id, &m.since} }

// machines are those of one user.
type machines []machine

// take adds the machine of a row, which has none where the user has none.
func (list *machines) take(m machine) {
	if m.id != "" {
		*list = append(*list, m)
	}
}

// ids returns the machines in the order in which the user got them.
func (list machines) ids() []string {
	slices.SortFunc(list, func(a, b machine) int { return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.id, b.id)) })
	var out []string
	for _, m := range list {
		out = append(out, m.id)
	}
	return out
}

// FindApplicationUser returns the user of an application with a name, in any letter case, or UserUnknown.
func (tx *Tx) FindApplicationUser(tenant license.TenantID, product license.ProductID, name string) (license.ApplicationUser, error) {
	return tx.applicationUser(findApplicationUser, tenant, product, foldName(name))
}

// FindApplicationUserByID returns a user of an application, or UserUnknown.
func (tx *Tx) FindApplicationUserByID(tenant license.TenantID, id license.LicenseUserID) (license.ApplicationUser, error) {
	return tx.applicationUser(findApplicationUserByID, tenant, id)
}

// FindApplicationUserByEmail returns the user of an application whose e-mail address has a digest, the oldest of several,
// or UserUnknown.
func (tx *Tx) FindApplicationUserByEmail(tenant license.TenantID, product license.ProductID, digest []byte) (license.ApplicationUser, error) {
	return tx.applicationUser(findApplicationUserByEmail, tenant, product, digest)
}

const lockApplicationUser = `UPDATE application_users SET user_id = user_id WHERE tenant_id = $1 AND user_id = $2`

// LockApplicationUser is FindApplicationUserByID for a change: nobody else changes the user, their machines or what they
// hold until the end of the transaction, and they cannot sign in meanwhile.
func (tx *Tx) LockApplicationUser(tenant license.TenantID, id license.LicenseUserID) (license.ApplicationUser, error) {
	if err := tx.holdApplicationUser(tenant, id); err != nil {
		return license.ApplicationUser{}, err
	}
	return tx.FindApplicationUserByID(tenant, id)
}

func (tx *Tx) holdApplicationUser(tenant license.TenantID, id license.LicenseUserID) error {
	if tx.alone {
		return nil
	}
	return tx.run(lockApplicationUser, tenant, id)
}

func (tx *Tx) applicationUser(sql string, args ...any) (license.ApplicationUser, error) {
	var u license.ApplicationUser
	var known machines
	err := tx.each(sql, args, func(scan func(...any) error) error {
		var row license.ApplicationUser
		var m machine
		if err := scan(append(applicationUserInto(&row), machineInto(&m)...)...); err != nil {
			return err
		}
		if u.ID == 0 || row.ID < u.ID {
			u, known = row, nil
		}
		if row.ID == u.ID {
			known.take(m)
		}
		return nil
	})
	if err == nil && u.ID == 0 {
		err = license.Refuse(license.UserUnknown)
	}
	u.Hardware = known.ids()
	return u, err
}

const insertApplicationLicenseUser = `
INSERT INTO license_users (id, tenant_id, product_id, name, name_folded, password_hash, banned, ban_reason, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, product_id, name_folded) DO NOTHING`

const insertApplicationUser = `
INSERT INTO application_users (tenant_id, user_id, product_id, came_with, address, seen_at, email_digest, roams, reset_after,
                               muted_until, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

// InsertApplicationUser stores a new user of an application and gives them an identity; passwordHash may be "". One who is
// ByKey has their name as their password until they have a hash. It returns false, and stores nothing, when there is one of
// that name already, in any letter case.
func (tx *Tx) InsertApplicationUser(u *license.ApplicationUser, passwordHash string) (bool, error) {
	u.ID, u.Password = license.LicenseUserID(tx.NewID()), passwordHash != ""
	n, err := tx.affected(insertApplicationLicenseUser, u.ID, u.Tenant, u.Product, u.Name, foldName(u.Name), passwordHash,
		u.Banned, u.BanReason, u.Created)
	if err != nil || n == 0 {
		return false, err
	}
	cameWith := ""
	if u.ByKey {
		cameWith = license.FoldKey(u.Name)
	}
	err = tx.run(insertApplicationUser, u.Tenant, u.ID, u.Product, cameWith, u.Address, u.SeenAt, u.Email, u.Roams, u.ResetAfter,
		u.MutedUntil, u.CreatedBy)
	for i, hardware := range u.Hardware {
		if err == nil {
			err = tx.BindHardware(u.Tenant, u.ID, hardware, u.Created+license.Time(i)) // they keep their order
		}
	}
	return err == nil, err
}

const saveApplicationUser = `
UPDATE application_users
   SET address = $3, seen_at = $4, email_digest = $5, roams = $6, reset_after = $7, muted_until = $8
 WHERE tenant_id = $1 AND user_id = $2`

// SaveApplicationUser stores what may change of a locked user of an application, but their name, their machines and what
// proves who they are.
func (tx *Tx) SaveApplicationUser(u *license.ApplicationUser) error {
	err := tx.run(saveApplicationUser, u.Tenant, u.ID, u.Address, u.SeenAt, u.Email, u.Roams, u.ResetAfter, u.MutedUntil)
	if err == nil {
		err = tx.saveLicenseUser(&u.LicenseUser)
	}
	return err
}

const renameApplicationUser = `
UPDATE license_users SET name = $4, name_folded = $5
 WHERE tenant_id = $1 AND id = $2
   AND NOT EXISTS (SELECT 1 FROM license_users AS other
                    WHERE other.tenant_id = $1 AND other.product_id = $3 AND other.name_folded = $5 AND other.id <> $2)`

// RenameApplicationUser gives a user of an application another name; false when another one has it. One who came with a
// license alone still has it as their password. Conflict when somebody takes the name at this very moment.
func (tx *Tx) RenameApplicationUser(tenant license.TenantID, product license.ProductID, id license.LicenseUserID, name string) (bool, error) {
	n, err := tx.affected(renameApplicationUser, tenant, id, product, name, foldName(name))
	return n == 1, err
}

const listApplicationUsers = `
SELECT ` + applicationUserColumns + `, ` + hardwareColumns + `
  FROM (SELECT user_id
          FROM application_users
         WHERE tenant_id = $1 AND product_id = $2 AND user_id < $3
         ORDER BY user_id DESC
         LIMIT CAST($4 AS BIGINT)) AS page
  JOIN license_users ON license_users.tenant_id = $1 AND license_users.id = page.user_id
  JOIN application_users ON application_users.tenant_id = $1 AND application_users.user_id = page.user_id
  LEFT JOIN user_hardware ON user_hardware.tenant_id = $1 AND user_hardware.user_id = page.user_id
 ORDER BY page.user_id DESC`

// ListApplicationUsers returns the users of an application with their machines, newest first, below before (0 is no
// bound), at most 1000.
func (tx *Tx) ListApplicationUsers(tenant license.TenantID, product license.ProductID, before license.LicenseUserID, limit int) ([]license.ApplicationUser, error) {
	below, size := pageOf(int64(before), limit)
	var out []license.ApplicationUser
	var known machines
	err := tx.each(listApplicationUsers, []any{tenant, product, below, size}, func(scan func(...any) error) error {
		var row license.ApplicationUser
		var m machine
		if err := scan(append(applicationUserInto(&row), machineInto(&m)...)...); err != nil {
			return err
		}
		if len(out) == 0 || out[len(out)-1].ID != row.ID {
			out, known = append(out, row), nil
		}
		known.take(m)
		out[len(out)-1].Hardware = known.ids()
		return nil
	})
	return out, err
}

// What hangs on a user, in the order in which it goes.
const (
	dropUserVariables   = `DELETE FROM user_variables WHERE tenant_id = $1 AND user_id = $2`
	dropUserRedemptions = `DELETE FROM redemptions WHERE tenant_id = $1 AND user_id = $2`
	dropUserMessages    = `
DELETE FROM chat_messages
 WHERE tenant_id = $1 AND user_id = $2
   AND product_id = (SELECT product_id FROM application_users WHERE application_users.tenant_id = $1 AND application_users.user_id = $2)`
	dropApplicationUser = `DELETE FROM application_users WHERE tenant_id = $1 AND user_id = $2`
	dropLicenseUser     = `DELETE FROM license_users WHERE tenant_id = $1 AND id = $2`
)

// DropApplicationUser removes a user of an application with all that is theirs: what they hold, their machines, variables,
// sessions and chat messages. The licenses that they redeemed stay used.
func (tx *Tx) DropApplicationUser(tenant license.TenantID, id license.LicenseUserID) error {
	if _, err := tx.DropSessionsOfUser(tenant, id); err != nil {
		return err
	}
	for _, sql := range []string{dropUserVariables, dropHardware, dropUserRedemptions, dropUserMessages, dropApplicationUser, dropLicenseUser} {
		if err := tx.run(sql, tenant, id); err != nil {
			return err
		}
	}
	return nil
}

const countApplicationUsers = `SELECT COUNT(*) FROM application_users WHERE tenant_id = $1 AND product_id = $2`

const countProductLicenses = `SELECT COUNT(*) FROM licenses WHERE tenant_id = $1 AND product_id = $2 AND key_folded IS NOT NULL`

// CountApplication returns how many users and licenses an application has. Its cost grows with them.
func (tx *Tx) CountApplication(tenant license.TenantID, product license.ProductID) (users, licenses int64, err error) {
	if _, err = tx.one(countApplicationUsers, []any{tenant, product}, &users); err != nil {
		return 0, 0, err
	}
	_, err = tx.one(countProductLicenses, []any{tenant, product}, &licenses)
	return users, licenses, err
}

const bindHardware = `
INSERT INTO user_hardware (tenant_id, user_id, hardware_id, bound_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, user_id, hardware_id) DO NOTHING`

// BindHardware lets a user sign in from a machine too. Lock the user before.
func (tx *Tx) BindHardware(tenant license.TenantID, user license.LicenseUserID, hardware string, now license.Time) error {
	return tx.run(bindHardware, tenant, user, hardware, now)
}

const dropHardware = `DELETE FROM user_hardware WHERE tenant_id = $1 AND user_id = $2`

// DropHardware forgets the machines of a user, and returns how many they were: the next that they sign in from is theirs.
func (tx *Tx) DropHardware(tenant license.TenantID, user license.LicenseUserID) (int64, error) {
	return tx.affected(dropHardware, tenant, user)
}

const dropAllHardware = `
DELETE FROM user_hardware
 WHERE tenant_id = $1
   AND user_id IN (SELECT user_id FROM application_users
                    WHERE application_users.tenant_id = $1 AND application_users.product_id = $2)`

// DropAllHardware forgets the machines of all users of an application, and returns how many they were.
func (tx *Tx) DropAllHardware(tenant license.TenantID, product license.ProductID) (int64, error) {
	return tx.affected(dropAllHardware, tenant, product)
}

// SecondFactorContext is what the secrets of a second factor are sealed for.
func SecondFactorContext(user license.LicenseUserID) string {
	return fmt.Sprintf("license-user/%d/second-factor", user)
}

// WebTokenContext is what the token of a user's web loader is sealed for.
func WebTokenContext(user license.LicenseUserID) string {
	return fmt.Sprintf("license-user/%d/web-token", user)
}
