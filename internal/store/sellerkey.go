package store

import (
	"crypto/sha256"

	"licet/internal/identity"
	"licet/internal/license"
)

// SellerKey is what a vendor's bots and shops identify themselves with, for one application, without its secret: of that only
// a hash is stored (keyauth.md §11).
type SellerKey struct {
	ID        license.SellerKeyID
	Tenant    license.TenantID
	Product   license.ProductID
	Name      string // for people
	Hint      string // tells keys apart in lists
	Scopes    identity.Scopes
	Created   license.Time
	RevokedAt license.Time // 0 is not revoked
}

// SellerKeyHash is what is stored of a key. A fast hash is right here, because a key has 128 random bits.
func SellerKeyHash(key string) [sha256.Size]byte { return sha256.Sum256([]byte(key)) }

const sellerKeyColumns = `seller_keys.id, seller_keys.tenant_id, seller_keys.product_id, seller_keys.name, seller_keys.hint,
       seller_keys.scopes, seller_keys.created_at, seller_keys.revoked_at`

// scanSellerKey reads a row of sellerKeyColumns.
func scanSellerKey(scan func(...any) error) (k SellerKey, err error) {
	var scopes string
	if err = scan(&k.ID, &k.Tenant, &k.Product, &k.Name, &k.Hint, &scopes, &k.Created, &k.RevokedAt); err != nil {
		return k, err
	}
	k.Scopes, err = identity.ParseScopes(scopes)
	return k, err
}

const insertSellerKey = `
INSERT INTO seller_keys (tenant_id, id, product_id, name, key_hash, hint, scopes, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// InsertSellerKey stores a new key with the hash of its secret, and gives it its identity.
func (tx *Tx) InsertSellerKey(k *SellerKey, hash [sha256.Size]byte) error {
	k.ID = license.SellerKeyID(tx.NewID())
	return tx.run(insertSellerKey, k.Tenant, k.ID, k.Product, k.Name, hash[:], k.Hint, k.Scopes.String(), k.Created)
}

const findSellerKey = `SELECT ` + sellerKeyColumns + ` FROM seller_keys WHERE key_hash = $1`

// FindSellerKey returns the key with a hash, whosever it is, or NotFound. It may be revoked.
func (tx *Tx) FindSellerKey(hash [sha256.Size]byte) (SellerKey, error) {
	return tx.sellerKey(findSellerKey, hash[:])
}

const revokeSellerKey = `
UPDATE seller_keys SET revoked_at = CASE WHEN revoked_at = 0 THEN $3 ELSE revoked_at END
 WHERE tenant_id = $1 AND id = $2
RETURNING ` + sellerKeyColumns

// RevokeSellerKey ends a key for ever and returns it as it is then; NotFound when the tenant has no such key. One that was
// revoked before keeps its time.
func (tx *Tx) RevokeSellerKey(tenant license.TenantID, id license.SellerKeyID, now license.Time) (SellerKey, error) {
	return tx.sellerKey(revokeSellerKey, tenant, id, now)
}

func (tx *Tx) sellerKey(sql string, args ...any) (SellerKey, error) {
	found := false
	k, err := scanSellerKey(func(dest ...any) (err error) {
		found, err = tx.one(sql, args, dest...)
		return err
	})
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such seller key"}
	}
	return k, err
}

const listSellerKeys = `
SELECT ` + sellerKeyColumns + `
  FROM seller_keys
 WHERE seller_keys.tenant_id = $1 AND seller_keys.product_id = $2
 ORDER BY seller_keys.id DESC
 LIMIT 1000`

// ListSellerKeys returns the keys of an application, newest first, revoked ones too, at most 1000.
func (tx *Tx) ListSellerKeys(tenant license.TenantID, product license.ProductID) ([]SellerKey, error) {
	var out []SellerKey
	err := tx.each(listSellerKeys, []any{tenant, product}, func(scan func(...any) error) error {
		k, err := scanSellerKey(scan)
		out = append(out, k)
		return err
	})
	return out, err
}
