package store

import (
	"licet/internal/identity"
	"licet/internal/license"
)

// PasswordReset is a link by which a platform user chooses a new password, or what somebody left who asked for one for nobody.
type PasswordReset struct {
	Hash    identity.TokenHash
	Email   string         // that was asked for
	User    license.UserID // 0 is nobody
	Expires license.Time
}

const insertPasswordReset = `
INSERT INTO password_resets (token_hash, email_folded, user_id, expires_at) VALUES ($1, $2, $3, $4)`

// InsertPasswordReset stores that somebody asked.
func (tx *Tx) InsertPasswordReset(r *PasswordReset) error {
	return tx.run(insertPasswordReset, r.Hash[:], FoldEmail(r.Email), r.User, r.Expires)
}

const countPasswordResets = `SELECT COUNT(*) FROM password_resets WHERE email_folded = $1 AND expires_at > $2`

// CountPasswordResets returns how often somebody asked for an address, in any letter case, and the link is still good.
func (tx *Tx) CountPasswordResets(email string, now license.Time) (n int64, err error) {
	_, err = tx.one(countPasswordResets, []any{FoldEmail(email), now}, &n)
	return n, err
}

const findPasswordReset = `
SELECT ` + userColumns + `
  FROM password_resets
  JOIN platform_users ON platform_users.id = password_resets.user_id
 WHERE password_resets.token_hash = $1 AND password_resets.expires_at > $2`

// FindPasswordReset returns who chooses a new password by a link, or NotFound.
func (tx *Tx) FindPasswordReset(hash identity.TokenHash, now license.Time) (u PlatformUser, err error) {
	found, err := tx.one(findPasswordReset, []any{hash[:], now}, userInto(&u)...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "this link is not good any more; ask for a new one"}
	}
	return u, err
}

const dropPasswordReset = `DELETE FROM password_resets WHERE token_hash = $1`

// DropPasswordReset uses a link up; false when it was used before.
func (tx *Tx) DropPasswordReset(hash identity.TokenHash) (bool, error) {
	n, err := tx.affected(dropPasswordReset, hash[:])
	return n == 1, err
}

const dropPasswordResets = `DELETE FROM password_resets WHERE email_folded = $1`

// DropPasswordResets takes all links of an account back.
func (tx *Tx) DropPasswordResets(email string) error {
	return tx.run(dropPasswordResets, FoldEmail(email))
}

const prunePasswordResets = `
DELETE FROM password_resets
 WHERE expires_at <= $1
   AND token_hash IN (SELECT token_hash FROM password_resets WHERE expires_at <= $1 ORDER BY expires_at LIMIT CAST($2 AS BIGINT))`

// PrunePasswordResets forgets links that are good no more, at most limit, and returns how many.
func (tx *Tx) PrunePasswordResets(now license.Time, limit int) (int64, error) {
	return tx.affected(prunePasswordResets, now, limit)
}
