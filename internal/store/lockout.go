package store

import (
	"licet/internal/identity"
	"licet/internal/license"
)

// LockoutKey says whose failures are counted. Tenant 0 is the whole server.
type LockoutKey struct {
	Tenant   license.TenantID
	Audience string // which door: "platform_user", "platform_address", …
	Subject  string // the account or the address behind it
}

const lockoutColumns = `failures, level, first_failure, last_failure, locked_until, permanent`

func lockoutInto(s *identity.Lockout) []any {
	return []any{&s.Failures, &s.Level, &s.FirstFailure, &s.LastFailure, &s.LockedUntil, &s.Permanent}
}

const findLockout = `
SELECT ` + lockoutColumns + `
  FROM lockouts
 WHERE tenant_id = $1 AND audience = $2 AND subject = $3`

// FindLockout returns what is held against a subject; the zero value when nothing is.
func (tx *Tx) FindLockout(k LockoutKey) (s identity.Lockout, err error) {
	_, err = tx.one(findLockout, []any{k.Tenant, k.Audience, k.Subject}, lockoutInto(&s)...)
	return s, err
}

const lockLockout = `
INSERT INTO lockouts (tenant_id, audience, subject, failures, level, first_failure, last_failure, locked_until, permanent)
VALUES ($1, $2, $3, 0, 0, 0, 0, 0, FALSE)
ON CONFLICT (tenant_id, audience, subject) DO UPDATE SET failures = lockouts.failures
RETURNING ` + lockoutColumns

// LockLockout is FindLockout for a change: nobody else decides about this subject until the end of the
// transaction. SaveLockout must follow.
func (tx *Tx) LockLockout(k LockoutKey) (s identity.Lockout, err error) {
	_, err = tx.one(lockLockout, []any{k.Tenant, k.Audience, k.Subject}, lockoutInto(&s)...)
	return s, err
}

// HoldSubject keeps everybody else from deciding about a subject until the end of the transaction. What is held against it stays as it is.
func (tx *Tx) HoldSubject(k LockoutKey) error {
	s, err := tx.LockLockout(k)
	if err != nil {
		return err
	}
	return tx.SaveLockout(k, s)
}

// HeldLockout is what is held against one subject of an audience.
type HeldLockout struct {
	Subject string
	identity.Lockout
}

const listLockouts = `
SELECT subject, ` + lockoutColumns + `
  FROM lockouts
 WHERE tenant_id = $1 AND audience = $2 AND subject > $3
 ORDER BY subject
 LIMIT CAST($4 AS BIGINT)`

// ListLockouts returns what is held against the subjects of the audience of k, by their names, beyond the subject of k ("" is the
// beginning), at most limit (1 to 1000). It may hold nothing any more: that is for the policy to say.
func (tx *Tx) ListLockouts(k LockoutKey, limit int) ([]HeldLockout, error) {
	_, size := pageOf(0, limit)
	return listOf(tx, listLockouts, []any{k.Tenant, k.Audience, k.Subject, size}, func(h *HeldLockout) []any {
		return append([]any{&h.Subject}, lockoutInto(&h.Lockout)...)
	})
}

// LockedMember is a platform user whose account is locked.
type LockedMember struct {
	User  license.UserID
	Email string
	identity.Lockout
}

const lockedMembers = `
SELECT platform_users.id, platform_users.email, ` + lockoutColumns + `
  FROM members
  JOIN platform_users ON platform_users.id = members.user_id
  JOIN lockouts ON lockouts.tenant_id = 0 AND lockouts.audience = $2 AND lockouts.subject = platform_users.email_folded
 WHERE members.tenant_id = $1 AND (lockouts.permanent = TRUE OR lockouts.locked_until + 0 > $3)
 ORDER BY members.user_id
 LIMIT CAST($4 AS BIGINT)`

// LockedMembers returns the members of a tenant whose accounts are locked at a moment, by an audience of the whole server, in the order in which
// the accounts were made, at most limit (1 to 1000). Where the clock went back, some of them are not: that is for the policy to say.
func (tx *Tx) LockedMembers(tenant license.TenantID, audience string, now license.Time, limit int) ([]LockedMember, error) {
	return listOf(tx, lockedMembers, []any{tenant, audience, now, pageSize(limit)}, func(m *LockedMember) []any {
		return append([]any{&m.User, &m.Email}, lockoutInto(&m.Lockout)...)
	})
}

const saveLockout = `
UPDATE lockouts
   SET failures = $4, level = $5, first_failure = $6, last_failure = $7, locked_until = $8, permanent = $9
 WHERE tenant_id = $1 AND audience = $2 AND subject = $3`

const dropLockout = `DELETE FROM lockouts WHERE tenant_id = $1 AND audience = $2 AND subject = $3`

// SaveLockout stores what is held against a subject that LockLockout has locked. The zero value leaves no
// row behind.
func (tx *Tx) SaveLockout(k LockoutKey, s identity.Lockout) error {
	if s == (identity.Lockout{}) {
		return tx.run(dropLockout, k.Tenant, k.Audience, k.Subject)
	}
	return tx.run(saveLockout, k.Tenant, k.Audience, k.Subject, s.Failures, s.Level, s.FirstFailure, s.LastFailure, s.LockedUntil, s.Permanent)
}
