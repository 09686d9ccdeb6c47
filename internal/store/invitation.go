package store

import (
	"licet/internal/identity"
	"licet/internal/license"
)

// Invitation lets somebody join a tenant.
type Invitation struct {
	Tenant  license.TenantID
	ID      license.InvitationID
	Email   string
	Role    identity.Role
	By      string             // who invited, in words
	ByUser  license.UserID     // the platform user who did; 0 is none
	Hash    identity.TokenHash // of what the link holds; not read
	Created license.Time
	Expires license.Time
}

const invitationColumns = `invitations.tenant_id, invitations.id, invitations.email, invitations.role, invitations.inviter,
       invitations.inviter_id, invitations.created_at, invitations.expires_at`

func invitationInto(i *Invitation) []any {
	return []any{&i.Tenant, &i.ID, &i.Email, &i.Role, &i.By, &i.ByUser, &i.Created, &i.Expires}
}

func noInvitation() error {
	return &license.Error{Code: license.NotFound, Message: "this invitation is not good any more; ask for a new one"}
}

const saveInvitation = `
INSERT INTO invitations (tenant_id, id, email, email_folded, role, inviter, inviter_id, token_hash, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (tenant_id, email_folded)
DO UPDATE SET id = excluded.id, email = excluded.email, role = excluded.role, inviter = excluded.inviter, inviter_id = excluded.inviter_id,
              token_hash = excluded.token_hash, created_at = excluded.created_at, expires_at = excluded.expires_at`

// SaveInvitation stores an invitation in place of the one that its tenant has for the same address, and gives it an identity.
func (tx *Tx) SaveInvitation(i *Invitation) error {
	i.ID = license.InvitationID(tx.NewID())
	return tx.run(saveInvitation, i.Tenant, i.ID, i.Email, FoldEmail(i.Email), i.Role, i.By, i.ByUser, i.Hash[:], i.Created, i.Expires)
}

const listInvitations = `
SELECT ` + invitationColumns + `
  FROM invitations
 WHERE invitations.tenant_id = $1
 ORDER BY invitations.id DESC
 LIMIT 1000`

// ListInvitations returns the invitations of a tenant, the newest first, at most 1000, with those that are good no more and not
// forgotten yet.
func (tx *Tx) ListInvitations(tenant license.TenantID) ([]Invitation, error) {
	return listOf(tx, listInvitations, []any{tenant}, invitationInto)
}

const findInvitation = `
SELECT ` + invitationColumns + `
  FROM invitations
 WHERE invitations.token_hash = $1 AND invitations.expires_at > $2`

// FindInvitation returns the invitation behind a link, or NotFound.
func (tx *Tx) FindInvitation(hash identity.TokenHash, now license.Time) (Invitation, error) {
	return tx.invitation(findInvitation, hash[:], now)
}

const findInvitationByID = `SELECT ` + invitationColumns + ` FROM invitations WHERE invitations.tenant_id = $1 AND invitations.id = $2`

// FindInvitationByID returns an invitation of a tenant, or NotFound.
func (tx *Tx) FindInvitationByID(tenant license.TenantID, id license.InvitationID) (Invitation, error) {
	return tx.invitation(findInvitationByID, tenant, id)
}

const takeInvitation = `
DELETE FROM invitations
 WHERE invitations.token_hash = $1 AND invitations.expires_at > $2
RETURNING ` + invitationColumns

// TakeInvitation is FindInvitation and forgets it: of any number that take one, one gets it.
func (tx *Tx) TakeInvitation(hash identity.TokenHash, now license.Time) (Invitation, error) {
	return tx.invitation(takeInvitation, hash[:], now)
}

func (tx *Tx) invitation(sql string, args ...any) (i Invitation, err error) {
	found, err := tx.one(sql, args, invitationInto(&i)...)
	if err == nil && !found {
		err = noInvitation()
	}
	return i, err
}

const dropInvitation = `DELETE FROM invitations WHERE tenant_id = $1 AND id = $2`

// DropInvitation takes an invitation back; false when there was none.
func (tx *Tx) DropInvitation(tenant license.TenantID, id license.InvitationID) (bool, error) {
	n, err := tx.affected(dropInvitation, tenant, id)
	return n == 1, err
}

const dropInvitationsBy = `DELETE FROM invitations WHERE tenant_id = $1 AND inviter_id = $2`

// DropInvitationsBy takes all invitations back that a platform user made in a tenant. Its cost grows with the tenant's invitations.
func (tx *Tx) DropInvitationsBy(tenant license.TenantID, user license.UserID) error {
	return tx.run(dropInvitationsBy, tenant, user)
}

const pruneInvitations = `
DELETE FROM invitations
 WHERE expires_at <= $1
   AND (tenant_id, id) IN (SELECT tenant_id, id FROM invitations WHERE expires_at <= $1 ORDER BY expires_at LIMIT CAST($2 AS BIGINT))`

// PruneInvitations forgets invitations that are good no more, at most limit, and returns how many.
func (tx *Tx) PruneInvitations(now license.Time, limit int) (int64, error) {
	return tx.affected(pruneInvitations, now, limit)
}
