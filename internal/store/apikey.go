package store

import (
	"licet/internal/identity"
	"licet/internal/license"
)

// APIKey is the credential of a program, without its secret: of that only a hash is stored.
type APIKey struct {
	ID        license.APIKeyID
	Tenant    license.TenantID
	Name      string
	Hint      string // tells keys apart in lists
	Scopes    identity.Scopes
	Created   license.Time
	ExpiresAt license.Time // 0 is never
	RevokedAt license.Time // 0 is not revoked
}

// Live reports whether the key may be used at now.
func (k *APIKey) Live(now license.Time) bool {
	return k.RevokedAt == 0 && (k.ExpiresAt == 0 || now < k.ExpiresAt)
}

const apiKeyColumns = `id, tenant_id, name, hint, scopes, created_at, expires_at, revoked_at`

// scanAPIKey reads a row of apiKeyColumns. A word that is no permission any more gives nothing.
func scanAPIKey(scan func(...any) error) (APIKey, error) {
	var k APIKey
	var scopes string
	if err := scan(&k.ID, &k.Tenant, &k.Name, &k.Hint, &scopes, &k.Created, &k.ExpiresAt, &k.RevokedAt); err != nil {
		return k, err
	}
	var err error
	k.Scopes, err = identity.ParseScopes(scopes)
	return k, err
}

const insertAPIKey = `
INSERT INTO api_keys (id, tenant_id, name, hint, scopes, created_at, expires_at, revoked_at, secret_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// InsertAPIKey stores a new key with the hash of its token, and gives it its identity.
func (tx *Tx) InsertAPIKey(k *APIKey, hash identity.TokenHash) error {
	k.ID = license.APIKeyID(tx.NewID())
	return tx.run(insertAPIKey, k.ID, k.Tenant, k.Name, k.Hint, k.Scopes.String(), k.Created, k.ExpiresAt, k.RevokedAt, hash[:])
}

const findAPIKeyByHash = `SELECT ` + apiKeyColumns + ` FROM api_keys WHERE secret_hash = $1`

// FindAPIKeyByHash returns the key with a token, or NotFound. It may be revoked or have expired.
func (tx *Tx) FindAPIKeyByHash(hash identity.TokenHash) (APIKey, error) {
	return tx.apiKey(findAPIKeyByHash, hash[:])
}

const revokeAPIKey = `
UPDATE api_keys SET revoked_at = CASE WHEN revoked_at = 0 THEN $3 ELSE revoked_at END
 WHERE tenant_id = $1 AND id = $2
RETURNING ` + apiKeyColumns

// RevokeAPIKey ends a key for ever and returns it as it is then; NotFound when the tenant has no such key.
// One that was revoked before keeps its time.
func (tx *Tx) RevokeAPIKey(tenant license.TenantID, id license.APIKeyID, now license.Time) (APIKey, error) {
	return tx.apiKey(revokeAPIKey, tenant, id, now)
}

func (tx *Tx) apiKey(sql string, args ...any) (APIKey, error) {
	var k APIKey
	found := false
	k, err := scanAPIKey(func(dest ...any) (err error) {
		found, err = tx.one(sql, args, dest...)
		return err
	})
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such API key"}
	}
	return k, err
}

const listAPIKeys = `
SELECT ` + apiKeyColumns + `
  FROM api_keys
 WHERE tenant_id = $1 AND id < $2
 ORDER BY id DESC
 LIMIT CAST($3 AS BIGINT)`

// ListAPIKeys returns the keys of a tenant, newest first, below before (0 is no bound).
func (tx *Tx) ListAPIKeys(tenant license.TenantID, before license.APIKeyID, limit int) ([]APIKey, error) {
	below, size := pageOf(int64(before), limit)
	var out []APIKey
	err := tx.each(listAPIKeys, []any{tenant, below, size}, func(scan func(...any) error) error {
		k, err := scanAPIKey(scan)
		out = append(out, k)
		return err
	})
	return out, err
}
