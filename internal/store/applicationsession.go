package store

import (
	"bytes"
	"cmp"
	"encoding/hex"

	"licet/internal/license"
)

// ApplicationSession is what an app began, and who signed in with it. Nothing of it moves its end (keyauth.md §5).
type ApplicationSession struct {
	Tenant   license.TenantID
	IDHash   [32]byte // SHA-256 of what the app holds
	Product  license.ProductID
	User     license.LicenseUserID // 0 is nobody yet
	Enckey   string                // what the app brought for the older dialect
	Address  string
	Created  license.Time
	Expires  license.Time
	UserName string // as it is now; only what is read
}

// Handle is what lists show of a session and what ends it. It proves nothing.
func (s *ApplicationSession) Handle() string { return hex.EncodeToString(s.IDHash[:handleSize]) }

// handleSize is how many bytes of the hash a handle shows.
const handleSize = 16

const sessionColumns = `application_sessions.tenant_id, application_sessions.id_hash, application_sessions.product_id,
       application_sessions.user_id, application_sessions.enckey, application_sessions.address,
       application_sessions.created_at, application_sessions.expires_at, license_users.name`

func sessionInto(s *ApplicationSession, hash *[]byte) []any {
	return []any{&s.Tenant, hash, &s.Product, &s.User, &s.Enckey, &s.Address, &s.Created, &s.Expires, &s.UserName}
}

const fromSessions = `
  FROM application_sessions
  LEFT JOIN license_users
    ON license_users.tenant_id = application_sessions.tenant_id AND license_users.id = application_sessions.user_id`

const sweepSessions = `
DELETE FROM application_sessions
 WHERE tenant_id = $1
   AND id_hash IN (SELECT id_hash
                     FROM application_sessions
                    WHERE tenant_id = $1 AND product_id = $2 AND expires_at <= $3
                    ORDER BY expires_at
                    LIMIT 2)`

const insertSession = `
INSERT INTO application_sessions (tenant_id, id_hash, product_id, user_id, enckey, address, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// InsertSession stores a new session, and removes up to two of the application that have ended by then: so there are
// never many more than live ones, and nothing has to look for them.
func (tx *Tx) InsertSession(s *ApplicationSession) error {
	if err := tx.run(sweepSessions, s.Tenant, s.Product, s.Created); err != nil {
		return err
	}
	return tx.run(insertSession, s.Tenant, s.IDHash[:], s.Product, s.User, s.Enckey, s.Address, s.Created, s.Expires)
}

const findSession = `
SELECT ` + sessionColumns + fromSessions + `
 WHERE application_sessions.tenant_id = $1 AND application_sessions.id_hash = $2`

// FindSession returns a session of an application that has not ended, with the name of who signed in, or SessionUnknown.
func (tx *Tx) FindSession(tenant license.TenantID, product license.ProductID, idHash [32]byte, now license.Time) (ApplicationSession, error) {
	var s ApplicationSession
	var hash []byte
	found, err := tx.one(findSession, []any{tenant, idHash[:]}, sessionInto(&s, &hash)...)
	if err != nil {
		return ApplicationSession{}, err
	}
	if !found || s.Product != product || now >= s.Expires {
		return ApplicationSession{}, license.Refuse(license.SessionUnknown)
	}
	s.IDHash = idHash
	return s, nil
}

// A user who was banned a moment ago signs in no more: see SignInSession.
const signInSession = `
UPDATE application_sessions SET user_id = $3
 WHERE tenant_id = $1 AND id_hash = $2
   AND EXISTS (SELECT 1 FROM license_users
                WHERE license_users.tenant_id = $1 AND license_users.id = $3 AND license_users.banned = FALSE)`

// SignInSession notes who signed in with a session. NoteSignIn must come before it: then whoever bans the user either ends
// the session given, or is seen here. It refuses with UserBanned, UserUnknown, and SessionUnknown for one that was ended meanwhile.
func (tx *Tx) SignInSession(tenant license.TenantID, idHash [32]byte, user license.LicenseUserID) error {
	n, err := tx.affected(signInSession, tenant, idHash[:], user)
	if err != nil || n == 1 {
		return err
	}
	u, err := tx.FindApplicationUserByID(tenant, user)
	switch {
	case err != nil:
		return err
	case u.Banned:
		return license.Refusef(license.UserBanned, "%s", cmp.Or(u.BanReason, license.UserBanned.Sentence()))
	}
	return license.Refuse(license.SessionUnknown)
}

const dropSession = `DELETE FROM application_sessions WHERE tenant_id = $1 AND id_hash = $2 AND product_id = $3`

// DropSession ends a session; false when there was none.
func (tx *Tx) DropSession(tenant license.TenantID, product license.ProductID, idHash [32]byte) (bool, error) {
	n, err := tx.affected(dropSession, tenant, idHash[:], product)
	return n == 1, err
}

const dropSessionByHandle = `
DELETE FROM application_sessions WHERE tenant_id = $1 AND id_hash >= $2 AND id_hash <= $3 AND product_id = $4`

// DropSessionByHandle ends the session with a handle; false when there was none.
func (tx *Tx) DropSessionByHandle(tenant license.TenantID, product license.ProductID, handle string) (bool, error) {
	first, last, ok := hashesOf(handle)
	if !ok {
		return false, nil
	}
	n, err := tx.affected(dropSessionByHandle, tenant, first[:], last[:], product)
	return n > 0, err
}

// hashesOf returns the first and the last hash that a handle may be of.
func hashesOf(handle string) (first, last [32]byte, ok bool) {
	raw, err := hex.DecodeString(handle)
	if err != nil || len(raw) != handleSize {
		return first, last, false
	}
	copy(first[:], raw)
	for i := range last {
		last[i] = 0xff
	}
	copy(last[:], raw)
	return first, last, true
}

const dropSessionsOfUser = `DELETE FROM application_sessions WHERE tenant_id = $1 AND user_id = $2 AND user_id > 0`

// DropSessionsOfUser ends every session of a user, and returns how many they were. None is begun until the end of the
// transaction.
func (tx *Tx) DropSessionsOfUser(tenant license.TenantID, user license.LicenseUserID) (int64, error) {
	if err := tx.holdApplicationUser(tenant, user); err != nil {
		return 0, err
	}
	return tx.affected(dropSessionsOfUser, tenant, user)
}

const dropSessions = `DELETE FROM application_sessions WHERE tenant_id = $1 AND product_id = $2`

// DropSessions ends every session of an application, and returns how many they were.
func (tx *Tx) DropSessions(tenant license.TenantID, product license.ProductID) (int64, error) {
	return tx.affected(dropSessions, tenant, product)
}

const listSessions = `
SELECT ` + sessionColumns + fromSessions + `
 WHERE application_sessions.tenant_id = $1 AND application_sessions.product_id = $2
   AND (application_sessions.expires_at, application_sessions.id_hash) > ($3, $4)
 ORDER BY application_sessions.expires_at, application_sessions.id_hash
 LIMIT CAST($5 AS BIGINT)`

// ListSessions returns sessions of an application that have not ended at now, those that end first at the front, beyond the
// session after (of the zero value all), at most 1000.
func (tx *Tx) ListSessions(tenant license.TenantID, product license.ProductID, now license.Time, after ApplicationSession, limit int) ([]ApplicationSession, error) {
	from, beyond := now, bytes.Repeat([]byte{0xff}, len(after.IDHash)) // What ends at now has ended.
	if after.Expires > now {
		from, beyond = after.Expires, after.IDHash[:]
	}
	var out []ApplicationSession
	_, size := pageOf(0, limit)
	err := tx.each(listSessions, []any{tenant, product, from, beyond, size}, func(scan func(...any) error) error {
		var s ApplicationSession
		var hash []byte
		if err := scan(sessionInto(&s, &hash)...); err != nil {
			return err
		}
		copy(s.IDHash[:], hash)
		out = append(out, s)
		return nil
	})
	return out, err
}

const onlineUsers = `
SELECT DISTINCT license_users.name
  FROM application_sessions
  JOIN license_users
    ON license_users.tenant_id = application_sessions.tenant_id AND license_users.id = application_sessions.user_id
 WHERE application_sessions.tenant_id = $1 AND application_sessions.product_id = $2 AND application_sessions.expires_at > $3
 ORDER BY license_users.name
 LIMIT CAST($4 AS BIGINT)`

// OnlineUsers returns the names of users who are signed in to an application, each once, at most limit and 1000. Its cost
// grows with the sessions.
func (tx *Tx) OnlineUsers(tenant license.TenantID, product license.ProductID, now license.Time, limit int) ([]string, error) {
	_, size := pageOf(0, limit)
	var out []string
	err := tx.each(onlineUsers, []any{tenant, product, now, size}, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		out = append(out, name)
		return err
	})
	return out, err
}
