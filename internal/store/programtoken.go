package store

import (
	"encoding/hex"

	"licet/internal/license"
)

// ProgramToken is what a program brings in a file of its own, where an application asks for that (keyauth.md §6, 6).
type ProgramToken struct {
	Hash      [32]byte // SHA-256 of the token, which itself is not kept
	Hint      string   // tells tokens apart in lists
	Holder    string   // whose it is, in the vendor's words
	FileHash  string   // of the first file it came in, in lower case; "" is none yet
	Banned    bool
	BanReason string
	Created   license.Time
}

// Handle is the hash of the token in 64 hexadecimal digits: it names the token and proves nothing.
func (t *ProgramToken) Handle() string { return hex.EncodeToString(t.Hash[:]) }

const programTokenColumns = `token_hash, hint, holder, file_hash, banned, ban_reason, created_at`

// programToken reads a row of programTokenColumns.
func programToken(scan func(...any) error) (ProgramToken, error) {
	var t ProgramToken
	var hash []byte
	err := scan(&hash, &t.Hint, &t.Holder, &t.FileHash, &t.Banned, &t.BanReason, &t.Created)
	copy(t.Hash[:], hash)
	return t, err
}

const insertProgramToken = `
INSERT INTO application_tokens (tenant_id, product_id, token_hash, hint, holder, created_at)
VALUES ($1, $2, $3, $4, $5, $6)`

// InsertProgramToken stores a new token.
func (tx *Tx) InsertProgramToken(tenant license.TenantID, product license.ProductID, t *ProgramToken) error {
	return tx.run(insertProgramToken, tenant, product, t.Hash[:], t.Hint, t.Holder, t.Created)
}

const findProgramToken = `
SELECT ` + programTokenColumns + `
  FROM application_tokens
 WHERE tenant_id = $1 AND product_id = $2 AND token_hash = $3`

// FindProgramToken returns a token by the SHA-256 of it, banned ones too, or ProgramTokenUnknown.
func (tx *Tx) FindProgramToken(tenant license.TenantID, product license.ProductID, hash [32]byte) (ProgramToken, error) {
	found := false
	t, err := programToken(func(dest ...any) (err error) {
		found, err = tx.one(findProgramToken, []any{tenant, product, hash[:]}, dest...)
		return err
	})
	if err == nil && !found {
		err = license.Refuse(license.ProgramTokenUnknown)
	}
	return t, err
}

const setProgramTokenFile = `
UPDATE application_tokens SET file_hash = $4
 WHERE tenant_id = $1 AND product_id = $2 AND token_hash = $3 AND (file_hash = '' OR file_hash = $4)`

// SetProgramTokenFile remembers the file that a token came in, in lower case; false when it came in another one before.
func (tx *Tx) SetProgramTokenFile(tenant license.TenantID, product license.ProductID, hash [32]byte, file string) (bool, error) {
	n, err := tx.affected(setProgramTokenFile, tenant, product, hash[:], file)
	return n == 1, err
}

const banProgramToken = `
UPDATE application_tokens SET banned = $4, ban_reason = $5
 WHERE tenant_id = $1 AND product_id = $2 AND token_hash = $3`

// BanProgramToken bans a token, or lifts the ban. It refuses with ProgramTokenUnknown.
func (tx *Tx) BanProgramToken(tenant license.TenantID, product license.ProductID, hash [32]byte, banned bool, reason string) error {
	n, err := tx.affected(banProgramToken, tenant, product, hash[:], banned, reason)
	if err == nil && n == 0 {
		err = license.Refuse(license.ProgramTokenUnknown)
	}
	return err
}

const listProgramTokens = `
SELECT ` + programTokenColumns + `
  FROM application_tokens
 WHERE tenant_id = $1 AND product_id = $2 AND token_hash > $3
 ORDER BY token_hash
 LIMIT CAST($4 AS BIGINT)`

// ListProgramTokens returns the tokens of an application by their hashes, above after (the zero hash is no bound), at most
// 1000.
func (tx *Tx) ListProgramTokens(tenant license.TenantID, product license.ProductID, after [32]byte, limit int) ([]ProgramToken, error) {
	return tx.programTokens(listProgramTokens, tenant, product, after[:], pageSize(limit))
}

const programTokensByHint = `
SELECT ` + programTokenColumns + `
  FROM application_tokens
 WHERE tenant_id = $1 AND product_id = $2 AND hint = $3
 ORDER BY token_hash
 LIMIT 2`

// ProgramTokensByHint returns the tokens that lists show by a hint, the first two. Its cost grows with the application's tokens.
func (tx *Tx) ProgramTokensByHint(tenant license.TenantID, product license.ProductID, hint string) ([]ProgramToken, error) {
	return tx.programTokens(programTokensByHint, tenant, product, hint)
}

func (tx *Tx) programTokens(sql string, args ...any) ([]ProgramToken, error) {
	var out []ProgramToken
	err := tx.each(sql, args, func(scan func(...any) error) error {
		t, err := programToken(scan)
		out = append(out, t)
		return err
	})
	return out, err
}
