package store

import (
	"cmp"
	"slices"
	"time"

	"licet/internal/license"
)

const tenantsWithKey = `
SELECT DISTINCT tenant_id
  FROM signing_keys
 WHERE purpose = $1 AND retired_at = 0
 ORDER BY tenant_id
 LIMIT 2`

// OnlySigningKey returns the key pair for a purpose of the only tenant that has one; false when none or several have.
func (tx *Tx) OnlySigningKey(purpose KeyPurpose) (SigningKey, bool, error) {
	var tenants []license.TenantID
	err := tx.each(tenantsWithKey, []any{purpose}, func(scan func(...any) error) error {
		var t license.TenantID
		err := scan(&t)
		tenants = append(tenants, t)
		return err
	})
	if err != nil || len(tenants) != 1 {
		return SigningKey{}, false, err
	}
	return tx.FindSigningKey(tenants[0], purpose)
}

// Overlap is how long a key pair that signs no longer is still told to whoever checks signatures: as long as anything that it
// signed may be shown. 0 is a key pair that the world is not told of.
func (p KeyPurpose) Overlap() time.Duration {
	switch p {
	case NativeAnswerKey:
		return 30 * 24 * time.Hour
	case LicenseFileKey:
		return 400 * 24 * time.Hour // license.MaxFileTTL, and some days for clocks and caches
	}
	return 0
}

// PublicKeyPurposes lists the purposes whose public keys the world is told of.
func PublicKeyPurposes() []KeyPurpose { return []KeyPurpose{NativeAnswerKey, LicenseFileKey} }

// Listed reports whether whoever checks signatures is told of the key pair.
func (k *SigningKey) Listed(now license.Time) bool {
	overlap := k.Purpose.Overlap()
	return overlap > 0 && (k.RetiredAt == 0 || k.RetiredAt > now.Add(-overlap))
}

// AddSigningKey stores a key pair unless the tenant has one for its purpose already: then k becomes that one, and it returns
// false. Of many at once one is stored. NotFound when there is no such tenant.
func (tx *Tx) AddSigningKey(k *SigningKey) (bool, error) {
	if _, err := tx.LockTenant(k.Tenant); err != nil {
		return false, err
	}
	known, found, err := tx.FindSigningKey(k.Tenant, k.Purpose)
	if err != nil || found {
		*k = known
		return false, err
	}
	return true, tx.InsertSigningKey(k)
}

const findSigningKeyByID = `
SELECT ` + signingKeyColumns + `
  FROM signing_keys
 WHERE tenant_id = $1 AND purpose = $2 AND id = $3`

// FindSigningKeyByID returns a key pair, also one that signs no longer. NotFound when there is none.
func (tx *Tx) FindSigningKeyByID(tenant license.TenantID, purpose KeyPurpose, id int64) (k SigningKey, err error) {
	found, err := tx.one(findSigningKeyByID, []any{tenant, purpose, id}, signingKeyInto(&k)...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such signing key"}
	}
	return k, err
}

const dropSigningKey = `
DELETE FROM signing_keys
 WHERE tenant_id = $1 AND purpose = $2 AND id = $3 AND retired_at > 0`

// DropSigningKey forgets a key pair that signs no longer. NotFound when there is none.
func (tx *Tx) DropSigningKey(tenant license.TenantID, purpose KeyPurpose, id int64) error {
	n, err := tx.affected(dropSigningKey, tenant, purpose, id)
	if err == nil && n == 0 {
		err = &license.Error{Code: license.NotFound, Message: "no such signing key among those that are retired"}
	}
	return err
}

const publicSigningKeys = `
SELECT ` + signingKeyColumns + `
  FROM signing_keys
 WHERE signing_keys.tenant_id = $1 AND signing_keys.purpose = $2 AND (signing_keys.retired_at = 0 OR signing_keys.retired_at > $3)
 ORDER BY signing_keys.id DESC
 LIMIT 500`

const allPublicSigningKeys = `
SELECT ` + signingKeyColumns + `
  FROM signing_keys
 WHERE signing_keys.id > 0 AND signing_keys.purpose IN ('native-answers', 'license-files')
   AND (signing_keys.retired_at = 0
    OR signing_keys.retired_at > CASE signing_keys.purpose WHEN 'native-answers' THEN CAST($1 AS BIGINT) ELSE CAST($2 AS BIGINT) END)
 ORDER BY signing_keys.id DESC
 LIMIT 1000`

// PublicSigningKeys returns the key pairs of a tenant, or with 0 of all tenants, that whoever checks signatures is told of:
// those in use and those that were retired lately. Newest first, at most 1000.
func (tx *Tx) PublicSigningKeys(tenant license.TenantID, now license.Time) (out []SigningKey, err error) {
	if tenant == 0 {
		return listOf(tx, allPublicSigningKeys, []any{now.Add(-NativeAnswerKey.Overlap()), now.Add(-LicenseFileKey.Overlap())}, signingKeyInto)
	}
	for _, purpose := range PublicKeyPurposes() {
		list, err := listOf(tx, publicSigningKeys, []any{tenant, purpose, now.Add(-purpose.Overlap())}, signingKeyInto)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	slices.SortFunc(out, func(a, b SigningKey) int { return cmp.Compare(b.ID, a.ID) })
	return out, nil
}

// settingServerAnswerKey is where the sealed key is that signs answers of the native API to nobody known.
const settingServerAnswerKey = "native.ed25519"

// ServerAnswerKey returns the sealed key that signs answers of the native API to nobody known, and whether there is one.
func (tx *Tx) ServerAnswerKey() (sealed string, found bool, err error) {
	return tx.ServerSetting(settingServerAnswerKey)
}

// AddServerAnswerKey keeps a sealed key unless there is one already, and returns what is kept: of many replicas that start at
// once, all get the same.
func (tx *Tx) AddServerAnswerKey(sealed string) (string, error) {
	return tx.AddServerSetting(settingServerAnswerKey, sealed)
}
