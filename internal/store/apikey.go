package store

import (
	"slices"
	"strconv"
	"strings"

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
	Products  []license.ProductID // what it is for, growing; nil is all of the tenant's
	Created   license.Time
	ExpiresAt license.Time // 0 is never
	RevokedAt license.Time // 0 is not revoked
	UsedAt    license.Time // to about a minute; 0 is never
}

// Live reports whether the key may be used at now.
func (k *APIKey) Live(now license.Time) bool { return k.Check(now) == nil }

// Check says to somebody who holds the whole token why it does not work at now: CredentialsWrong when it was revoked,
// TokenExpired when its time is over.
func (k *APIKey) Check(now license.Time) error {
	switch {
	case k.RevokedAt != 0:
		return license.Refusef(license.CredentialsWrong, "this token was revoked")
	case k.ExpiresAt != 0 && k.ExpiresAt <= now:
		return license.Refusef(license.TokenExpired, "this token expired on %s", k.ExpiresAt)
	}
	return nil
}

// Actor returns who asks with the key.
func (k *APIKey) Actor() identity.Actor {
	return identity.Actor{Kind: identity.ClientApp, Tenant: k.Tenant, Key: k.ID, Name: k.Name, Scopes: k.Scopes, Products: k.Products}
}

const apiKeyColumns = `id, tenant_id, name, hint, scopes, created_at, expires_at, revoked_at, products, used_at`

// apiKeyRow is a row of apiKeyColumns.
type apiKeyRow struct {
	APIKey
	scopes, products string
}

func (r *apiKeyRow) into() []any {
	k := &r.APIKey
	return []any{&k.ID, &k.Tenant, &k.Name, &k.Hint, &r.scopes, &k.Created, &k.ExpiresAt, &k.RevokedAt, &r.products, &k.UsedAt}
}

// finish reads what is stored as text. A word that is no permission or no product any more gives nothing: the error is final.
func (r *apiKeyRow) finish() (err error) {
	if r.Scopes, err = identity.ParseScopes(r.scopes); err != nil {
		return err
	}
	r.Products, err = parseProducts(r.products)
	return err
}

// productsText is how a list of products is stored: identities separated by blanks; "" for nil, which is all. A list that is
// there and empty cannot be stored.
func productsText(list []license.ProductID) string {
	words := make([]string, len(list))
	for i, id := range slices.Sorted(slices.Values(list)) {
		words[i] = strconv.FormatInt(int64(id), 10)
	}
	return strings.Join(words, " ")
}

func parseProducts(text string) ([]license.ProductID, error) {
	var list []license.ProductID
	for word := range strings.FieldsSeq(text) {
		id, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, err
		}
		list = append(list, license.ProductID(id))
	}
	return list, nil
}

// scanAPIKey reads a row of apiKeyColumns.
func scanAPIKey(scan func(...any) error) (APIKey, error) {
	var r apiKeyRow
	if err := scan(r.into()...); err != nil {
		return r.APIKey, err
	}
	return r.APIKey, r.finish()
}

const insertAPIKey = `
INSERT INTO api_keys (id, tenant_id, name, hint, scopes, created_at, expires_at, revoked_at, products, secret_hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// InsertAPIKey stores a new key with the hash of its token, and gives it its identity.
func (tx *Tx) InsertAPIKey(k *APIKey, hash identity.TokenHash) error {
	k.ID = license.APIKeyID(tx.NewID())
	return tx.run(insertAPIKey, k.ID, k.Tenant, k.Name, k.Hint, k.Scopes.String(), k.Created, k.ExpiresAt, k.RevokedAt,
		productsText(k.Products), hash[:])
}

const findAPIKeyByHash = `SELECT ` + apiKeyColumns + ` FROM api_keys WHERE secret_hash = $1`

// FindAPIKeyByHash returns the key with a token, or NotFound. It may be revoked or have expired.
func (tx *Tx) FindAPIKeyByHash(hash identity.TokenHash) (APIKey, error) {
	return tx.apiKey(findAPIKeyByHash, hash[:])
}

const findAPIKey = `SELECT ` + apiKeyColumns + ` FROM api_keys WHERE tenant_id = $1 AND id = $2`

// FindAPIKey returns a key of a tenant, or NotFound. It may be revoked or have expired.
func (tx *Tx) FindAPIKey(tenant license.TenantID, id license.APIKeyID) (APIKey, error) {
	return tx.apiKey(findAPIKey, tenant, id)
}

const lockAPIKey = `
UPDATE api_keys SET name = name
 WHERE tenant_id = $1 AND id = $2
RETURNING ` + apiKeyColumns

// LockAPIKey loads a key for a change, and keeps others from one until the end of the transaction. NotFound when there is none.
func (tx *Tx) LockAPIKey(tenant license.TenantID, id license.APIKeyID) (APIKey, error) {
	return tx.apiKey(lockAPIKey, tenant, id)
}

const saveAPIKey = `UPDATE api_keys SET name = $3, expires_at = $4 WHERE tenant_id = $1 AND id = $2`

// SaveAPIKey stores what may change of a key that this transaction has locked.
func (tx *Tx) SaveAPIKey(k *APIKey) error {
	return tx.run(saveAPIKey, k.Tenant, k.ID, k.Name, k.ExpiresAt)
}

const noteAPIKey = `UPDATE api_keys SET used_at = $3 WHERE tenant_id = $1 AND id = $2 AND used_at < $3`

// NoteAPIKey stores when a key was used, unless a later use is known.
func (tx *Tx) NoteAPIKey(tenant license.TenantID, id license.APIKeyID, at license.Time) error {
	return tx.run(noteAPIKey, tenant, id, at)
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
	var r apiKeyRow
	found, err := tx.one(sql, args, r.into()...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such API key"}
	}
	if err == nil {
		err = r.finish()
	}
	return r.APIKey, err
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
