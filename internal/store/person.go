package store

import (
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
)

// PlatformUser is a person who works for one or more tenants.
type PlatformUser struct {
	ID       license.UserID
	Email    string // unique over the whole server ignoring letter case
	Name     string
	Disabled bool // switched off by somebody, which is not the same as locked (S0-49)
	Created  license.Time
}

// Credentials are a platform user with the hashes of their passwords, the current one first.
type Credentials struct {
	PlatformUser
	Hashes []identity.PasswordHash
}

// Current returns the hash of the password, "" when there is none.
func (c *Credentials) Current() identity.PasswordHash {
	if len(c.Hashes) == 0 {
		return ""
	}
	return c.Hashes[0]
}

// Member is a platform user in one tenant.
type Member struct {
	Tenant license.TenantID
	User   PlatformUser
	Role   identity.Role
	Since  license.Time
}

// Membership is a tenant that a platform user belongs to (S0-05).
type Membership struct {
	Tenant license.Tenant
	Role   identity.Role
	Since  license.Time
}

// keptHashes is how many hashes of passwords are kept: as many as the longest policy looks at.
const keptHashes = identity.MaxRemembered

const userColumns = `
       platform_users.id, platform_users.email, platform_users.name, platform_users.disabled, platform_users.created_at`

func userInto(u *PlatformUser) []any { return []any{&u.ID, &u.Email, &u.Name, &u.Disabled, &u.Created} }

func noUser() error { return &license.Error{Code: license.NotFound, Message: "no such platform user"} }

const insertUser = `
INSERT INTO platform_users (id, email, email_folded, name, password_hash, password_hashes, disabled, created_at)
VALUES ($1, $2, $3, $4, $5, $5, FALSE, $6)
ON CONFLICT (email_folded) DO NOTHING`

// InsertUser stores a new platform user and gives them an identity. Conflict when the e-mail address
// is taken.
func (tx *Tx) InsertUser(u *PlatformUser, hash identity.PasswordHash) error {
	u.ID = license.UserID(tx.NewID())
	n, err := tx.affected(insertUser, u.ID, u.Email, FoldEmail(u.Email), u.Name, hash, u.Created)
	if err == nil && n == 0 {
		err = taken("platform user", u.Email)
	}
	return err
}

// FoldEmail returns the form in which e-mail addresses are compared.
func FoldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

const findUser = `SELECT ` + userColumns + ` FROM platform_users WHERE id = $1`

// FindUser returns a platform user, or NotFound.
func (tx *Tx) FindUser(id license.UserID) (PlatformUser, error) { return tx.user(findUser, id) }

const findUserByEmail = `SELECT ` + userColumns + ` FROM platform_users WHERE email_folded = $1`

// FindUserByEmail returns the platform user with an e-mail address in any letter case, or NotFound.
func (tx *Tx) FindUserByEmail(email string) (PlatformUser, error) {
	return tx.user(findUserByEmail, FoldEmail(email))
}

func (tx *Tx) user(sql string, arg any) (PlatformUser, error) {
	var u PlatformUser
	found, err := tx.one(sql, []any{arg}, userInto(&u)...)
	if err == nil && !found {
		err = noUser()
	}
	return u, err
}

const findCredentials = `
SELECT ` + userColumns + `, platform_users.password_hash, platform_users.password_hashes
  FROM platform_users
 WHERE email_folded = $1`

// FindCredentials returns a platform user with the hashes of their passwords, or NotFound.
func (tx *Tx) FindCredentials(email string) (Credentials, error) {
	return tx.credentials(findCredentials, FoldEmail(email))
}

func (tx *Tx) credentials(sql string, arg any) (Credentials, error) {
	var c Credentials
	var current, recent string
	found, err := tx.one(sql, []any{arg}, append(userInto(&c.PlatformUser), &current, &recent)...)
	if err == nil && !found {
		err = noUser()
	}
	if current != "" {
		c.Hashes = append(c.Hashes, identity.PasswordHash(current))
	}
	for line := range strings.Lines(recent) {
		if line = strings.TrimSpace(line); line != "" && line != current {
			c.Hashes = append(c.Hashes, identity.PasswordHash(line))
		}
	}
	return c, err
}

const lockCredentials = `
UPDATE platform_users SET name = name
 WHERE id = $1
RETURNING ` + userColumns + `, platform_users.password_hash, platform_users.password_hashes`

// LockCredentials is FindCredentials by identity, for a change: nobody else changes the account until the end of the transaction.
func (tx *Tx) LockCredentials(id license.UserID) (Credentials, error) {
	return tx.credentials(lockCredentials, id)
}

const saveUserName = `UPDATE platform_users SET name = $2 WHERE id = $1`

// SaveUserName gives a platform user another name.
func (tx *Tx) SaveUserName(id license.UserID, name string) error {
	return tx.run(saveUserName, id, name)
}

const savePassword = `
UPDATE platform_users SET password_hash = $3, password_hashes = $4
 WHERE id = $1 AND password_hash = $2`

// SavePassword gives a platform user a new password and remembers the old ones. It reports false, and
// stores nothing, when the password is no longer the one in c.
func (tx *Tx) SavePassword(c *Credentials, hash identity.PasswordHash) (bool, error) {
	lines := []string{string(hash)}
	for _, old := range c.Hashes[:min(len(c.Hashes), keptHashes-1)] {
		lines = append(lines, string(old))
	}
	n, err := tx.affected(savePassword, c.ID, c.Current(), hash, strings.Join(lines, "\n"))
	return n == 1, err
}

const disableUser = `UPDATE platform_users SET disabled = $2 WHERE id = $1`

// DisableUser switches a platform user off, or on again.
func (tx *Tx) DisableUser(id license.UserID, disabled bool) error {
	return tx.run(disableUser, id, disabled)
}

const insertMember = `
INSERT INTO members (tenant_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, user_id) DO NOTHING`

// InsertMember makes a platform user a member of a tenant; Conflict when they are one.
func (tx *Tx) InsertMember(m *Member) error {
	n, err := tx.affected(insertMember, m.Tenant, m.User.ID, m.Role, m.Since)
	if err == nil && n == 0 {
		err = &license.Error{Code: license.Conflict, Message: m.User.Email + " is a member already"}
	}
	return err
}

const saveRole = `UPDATE members SET role = $3 WHERE tenant_id = $1 AND user_id = $2`

// SaveRole changes what a member is.
func (tx *Tx) SaveRole(tenant license.TenantID, user license.UserID, role identity.Role) error {
	return tx.run(saveRole, tenant, user, role)
}

const dropMember = `DELETE FROM members WHERE tenant_id = $1 AND user_id = $2`

// DropMember ends a membership; the platform user stays.
func (tx *Tx) DropMember(tenant license.TenantID, user license.UserID) error {
	return tx.run(dropMember, tenant, user)
}

const findMember = `
SELECT members.tenant_id, members.role, members.created_at,` + userColumns + `
  FROM members
  JOIN platform_users ON platform_users.id = members.user_id
 WHERE members.tenant_id = $1 AND members.user_id = $2`

// FindMember returns a member of a tenant; NotFound for anybody else.
func (tx *Tx) FindMember(tenant license.TenantID, user license.UserID) (Member, error) {
	var m Member
	found, err := tx.one(findMember, []any{tenant, user}, memberInto(&m)...)
	if err == nil && !found {
		err = noUser()
	}
	return m, err
}

func memberInto(m *Member) []any {
	return append([]any{&m.Tenant, &m.Role, &m.Since}, userInto(&m.User)...)
}

const listMembers = `
SELECT members.tenant_id, members.role, members.created_at,` + userColumns + `
  FROM members
  LEFT JOIN platform_users ON platform_users.id = members.user_id
 WHERE members.tenant_id = $1 AND members.user_id < $2
 ORDER BY members.user_id DESC
 LIMIT CAST($3 AS BIGINT)`

// ListMembers returns the members of a tenant, newest account first, below before (0 is no bound).
func (tx *Tx) ListMembers(tenant license.TenantID, before license.UserID, limit int) ([]Member, error) {
	below, size := pageOf(int64(before), limit)
	var out []Member
	err := tx.each(listMembers, []any{tenant, below, size}, func(scan func(...any) error) error {
		var m Member
		if err := scan(memberInto(&m)...); err != nil {
			return err
		}
		out = append(out, m)
		return nil
	})
	return out, err
}

const countOwners = `
SELECT COUNT(*)
  FROM members
  JOIN platform_users ON platform_users.id = members.user_id
 WHERE members.tenant_id = $1 AND members.role = 'owner' AND members.user_id <> $2 AND platform_users.disabled = FALSE`

// CountOtherOwners returns how many owners a tenant has besides one, the disabled ones left out.
func (tx *Tx) CountOtherOwners(tenant license.TenantID, besides license.UserID) (n int64, err error) {
	_, err = tx.one(countOwners, []any{tenant, besides}, &n)
	return n, err
}

const memberships = `
SELECT ` + tenantColumns + `, members.role, members.created_at
  FROM members
  JOIN tenants ON tenants.id = members.tenant_id
 WHERE members.user_id = $1
 ORDER BY members.tenant_id
 LIMIT 1000`

// Memberships returns the tenants of a platform user, oldest first, at most 1000.
func (tx *Tx) Memberships(user license.UserID) ([]Membership, error) {
	var out []Membership
	err := tx.each(memberships, []any{user}, func(scan func(...any) error) error {
		var m Membership
		if err := scan(append(tenantInto(&m.Tenant), &m.Role, &m.Since)...); err != nil {
			return err
		}
		out = append(out, m)
		return nil
	})
	return out, err
}
