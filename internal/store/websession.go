package store

import (
	"licet/internal/identity"
	"licet/internal/license"
)

// WebSession is a browser in which a platform user is signed in, or half so.
type WebSession struct {
	Hash    identity.TokenHash // of what the browser holds
	ID      license.WebSessionID
	User    license.UserID
	Tenant  license.TenantID // whose pages are looked at; 0 is the first one
	Pending bool             // the second factor was not shown yet
	Address string
	Agent   string
	Created license.Time
	Seen    license.Time
	Expires license.Time
}

const webSessionColumns = `web_sessions.id, web_sessions.user_id, web_sessions.tenant_id, web_sessions.pending,
       web_sessions.address, web_sessions.agent, web_sessions.created_at, web_sessions.seen_at, web_sessions.expires_at`

func webSessionInto(s *WebSession) []any {
	return []any{&s.ID, &s.User, &s.Tenant, &s.Pending, &s.Address, &s.Agent, &s.Created, &s.Seen, &s.Expires}
}

const insertWebSession = `
INSERT INTO web_sessions (token_hash, id, user_id, tenant_id, pending, address, agent, created_at, seen_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// InsertWebSession stores a new session and gives it an identity.
func (tx *Tx) InsertWebSession(s *WebSession) error {
	s.ID = license.WebSessionID(tx.NewID())
	return tx.run(insertWebSession, s.Hash[:], s.ID, s.User, s.Tenant, s.Pending, s.Address, s.Agent, s.Created, s.Seen, s.Expires)
}

const findWebSession = `
SELECT ` + webSessionColumns + `,` + userColumns + `, ` + tenantColumns + `, members.role, members.created_at
  FROM web_sessions
  JOIN platform_users ON platform_users.id = web_sessions.user_id
  LEFT JOIN members ON members.user_id = web_sessions.user_id
  LEFT JOIN tenants ON tenants.id = members.tenant_id
 WHERE web_sessions.token_hash = $1
 LIMIT 1000`

// FindWebSession returns the session that a browser holds, whose it is, and the tenants they belong to, at most 1000 and in no order;
// false when there is none. It may have ended, and the account may be switched off.
func (tx *Tx) FindWebSession(hash identity.TokenHash) (s WebSession, u PlatformUser, tenants []Membership, found bool, err error) {
	s.Hash = hash
	err = tx.each(findWebSession, []any{hash[:]}, func(scan func(...any) error) error {
		var m Membership
		into := append(webSessionInto(&s), userInto(&u)...)
		into = append(append(into, tenantInto(&m.Tenant)...), &m.Role, &m.Since)
		if err := scan(into...); err != nil {
			return err
		}
		found = true
		if m.Tenant.ID != 0 {
			tenants = append(tenants, m)
		}
		return nil
	})
	return s, u, tenants, found, err
}

const noteWebSession = `
UPDATE web_sessions SET seen_at = $3, expires_at = $4, address = $5, agent = $6
 WHERE token_hash = $1 AND seen_at = $2`

// NoteWebSession stores the times, the address and the agent of a session that was last seen at before, unless somebody else has noted it
// since.
func (tx *Tx) NoteWebSession(s *WebSession, before license.Time) error {
	return tx.run(noteWebSession, s.Hash[:], before, s.Seen, s.Expires, s.Address, s.Agent)
}

const switchWebSession = `UPDATE web_sessions SET tenant_id = $2 WHERE token_hash = $1`

// SwitchWebSession notes whose pages are looked at with a session.
func (tx *Tx) SwitchWebSession(hash identity.TokenHash, tenant license.TenantID) error {
	return tx.run(switchWebSession, hash[:], tenant)
}

const dropWebSession = `DELETE FROM web_sessions WHERE token_hash = $1`

// DropWebSession ends a session; false when there was none: of any number that end one, one hears true.
func (tx *Tx) DropWebSession(hash identity.TokenHash) (bool, error) {
	n, err := tx.affected(dropWebSession, hash[:])
	return n == 1, err
}

const dropWebSessionByID = `DELETE FROM web_sessions WHERE user_id = $1 AND id = $2`

// DropWebSessionByID ends a session of a platform user; false when there was none.
func (tx *Tx) DropWebSessionByID(user license.UserID, id license.WebSessionID) (bool, error) {
	n, err := tx.affected(dropWebSessionByID, user, id)
	return n == 1, err
}

const dropWebSessions = `DELETE FROM web_sessions WHERE user_id = $1 AND id <> $2`

// DropWebSessions ends the sessions of a platform user besides one, or all with 0, and returns how many there were.
func (tx *Tx) DropWebSessions(user license.UserID, besides license.WebSessionID) (int64, error) {
	return tx.affected(dropWebSessions, user, besides)
}

const listWebSessions = `
SELECT ` + webSessionColumns + `
  FROM web_sessions
 WHERE web_sessions.user_id = $1
 ORDER BY web_sessions.id DESC
 LIMIT 1000`

// ListWebSessions returns the sessions of a platform user, the newest first, at most 1000, with those that have ended and are not
// forgotten yet.
func (tx *Tx) ListWebSessions(user license.UserID) ([]WebSession, error) {
	return listOf(tx, listWebSessions, []any{user}, webSessionInto)
}

const pruneWebSessions = `
DELETE FROM web_sessions
 WHERE expires_at <= $1
   AND token_hash IN (SELECT token_hash FROM web_sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT CAST($2 AS BIGINT))`

// PruneWebSessions forgets sessions that have ended by now, at most limit, and returns how many.
func (tx *Tx) PruneWebSessions(now license.Time, limit int) (int64, error) {
	return tx.affected(pruneWebSessions, now, limit)
}
