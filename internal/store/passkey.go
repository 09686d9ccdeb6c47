package store

import (
	"licet/internal/identity"
	"licet/internal/license"
)

// Passkey is a key that a platform user signs in with.
type Passkey struct {
	User           license.UserID
	ID             license.PasskeyID
	Credential     []byte // its identity for browsers, unique over the whole server
	PublicKey      []byte // COSE
	Name           string
	AAGUID         []byte // which kind of authenticator it says it is
	Transports     string // separated by blanks
	SignCount      int64
	BackupEligible bool // it may be copied to other devices of its holder
	BackedUp       bool // it was
	Created        license.Time
	Used           license.Time // last; 0 is never
}

const passkeyColumns = `user_id, id, credential_id, public_key, name, aaguid, transports, sign_count, backup_eligible, backed_up,
       created_at, used_at`

func passkeyInto(p *Passkey) []any {
	return []any{
		&p.User, &p.ID, &p.Credential, &p.PublicKey, &p.Name, &p.AAGUID, &p.Transports, &p.SignCount, &p.BackupEligible, &p.BackedUp,
		&p.Created, &p.Used,
	}
}

const insertPasskey = `
INSERT INTO passkeys (user_id, id, credential_id, public_key, name, aaguid, transports, sign_count, backup_eligible, backed_up, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (credential_id) DO NOTHING`

// InsertPasskey stores a new passkey and gives it an identity; Conflict when it is known.
func (tx *Tx) InsertPasskey(p *Passkey) error {
	p.ID = license.PasskeyID(tx.NewID())
	n, err := tx.affected(insertPasskey, p.User, p.ID, p.Credential, p.PublicKey, p.Name, bytesOf(p.AAGUID), p.Transports, p.SignCount,
		p.BackupEligible, p.BackedUp, p.Created)
	if err == nil && n == 0 {
		err = &license.Error{Code: license.Conflict, Message: "this passkey is there already"}
	}
	return err
}

// bytesOf is b for an argument of a column that cannot be NULL.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

const findPasskey = `SELECT ` + passkeyColumns + ` FROM passkeys WHERE credential_id = $1`

// FindPasskey returns the passkey that browsers know by a credential, or NotFound.
func (tx *Tx) FindPasskey(credential []byte) (p Passkey, err error) {
	found, err := tx.one(findPasskey, []any{credential}, passkeyInto(&p)...)
	if err == nil && !found {
		err = noPasskey()
	}
	return p, err
}

func noPasskey() error { return &license.Error{Code: license.NotFound, Message: "no such passkey"} }

const usePasskey = `
UPDATE passkeys SET sign_count = $4, backed_up = $5, used_at = $6
 WHERE user_id = $1 AND id = $2 AND sign_count = $3`

// UsePasskey stores the count, the flag and the time of a passkey's use; false when it was used or dropped since it was read with the
// count before.
func (tx *Tx) UsePasskey(p *Passkey, before int64) (bool, error) {
	n, err := tx.affected(usePasskey, p.User, p.ID, before, p.SignCount, p.BackedUp, p.Used)
	return n == 1, err
}

const dropPasskey = `DELETE FROM passkeys WHERE user_id = $1 AND id = $2 RETURNING ` + passkeyColumns

// DropPasskey removes a passkey of a platform user and returns it, or NotFound.
func (tx *Tx) DropPasskey(user license.UserID, id license.PasskeyID) (p Passkey, err error) {
	found, err := tx.one(dropPasskey, []any{user, id}, passkeyInto(&p)...)
	if err == nil && !found {
		err = noPasskey()
	}
	return p, err
}

const dropPasskeys = `DELETE FROM passkeys WHERE user_id = $1`

// DropPasskeys removes all passkeys of a platform user and returns how many there were.
func (tx *Tx) DropPasskeys(user license.UserID) (int64, error) {
	return tx.affected(dropPasskeys, user)
}

const listPasskeys = `SELECT ` + passkeyColumns + ` FROM passkeys WHERE user_id = $1 ORDER BY id LIMIT 1000`

// ListPasskeys returns the passkeys of a platform user, the oldest first, at most 1000.
func (tx *Tx) ListPasskeys(user license.UserID) ([]Passkey, error) {
	return listOf(tx, listPasskeys, []any{user}, passkeyInto)
}

// Ceremony is a question to passkeys that waits for its answer.
type Ceremony struct {
	Hash    identity.TokenHash
	User    license.UserID // who adds a passkey; 0 is somebody who signs in
	State   []byte         // sealed
	Expires license.Time
}

const insertCeremony = `INSERT INTO passkey_ceremonies (token_hash, user_id, state, expires_at) VALUES ($1, $2, $3, $4)`

// InsertCeremony stores a new ceremony.
func (tx *Tx) InsertCeremony(c *Ceremony) error {
	return tx.run(insertCeremony, c.Hash[:], c.User, c.State, c.Expires)
}

const takeCeremony = `DELETE FROM passkey_ceremonies WHERE token_hash = $1 RETURNING user_id, state, expires_at`

// TakeCeremony returns a ceremony and forgets it; false when there is none: of any number that take one, one gets it. It may have ended.
func (tx *Tx) TakeCeremony(hash identity.TokenHash) (c Ceremony, found bool, err error) {
	c.Hash = hash
	found, err = tx.one(takeCeremony, []any{hash[:]}, &c.User, &c.State, &c.Expires)
	return c, found, err
}

const pruneCeremonies = `
DELETE FROM passkey_ceremonies
 WHERE expires_at <= $1
   AND token_hash IN (SELECT token_hash FROM passkey_ceremonies WHERE expires_at <= $1 ORDER BY expires_at LIMIT CAST($2 AS BIGINT))`

// PruneCeremonies forgets ceremonies that have ended by now, at most limit, and returns how many.
func (tx *Tx) PruneCeremonies(now license.Time, limit int) (int64, error) {
	return tx.affected(pruneCeremonies, now, limit)
}
