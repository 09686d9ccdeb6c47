package store

import (
	"licet/internal/license"
)

// AppKey is what apps of a vendor identify themselves with.
type AppKey struct {
	ID        license.AppKeyID
	Tenant    license.TenantID
	Kind      AppKeyKind
	Name      string // for people
	PublicID  string // what the app sends: an API key or a client id
	Secret    []byte // sealed for SecretContext; of a BasicClient its SHA-256
	ReadOnly  bool   // it may ask, not change
	Product   license.ProductID
	Created   license.Time
	RevokedAt license.Time // 0 is not revoked
}

// AppKeyKind says how an app proves that it has the secret.
type AppKeyKind string

const (
	HMACKey     AppKeyKind = "hmac"  // it signs its requests
	OAuthClient AppKeyKind = "oauth" // it asks for an access token
	BasicClient AppKeyKind = "basic" // it sends the secret itself, of which the SHA-256 is kept (software-dna.md §2)
)

// SecretContext is what the secret is sealed for.
func (k *AppKey) SecretContext() string { return "app-key/" + k.PublicID }

const appKeyColumns = `app_keys.id, app_keys.tenant_id, app_keys.kind, app_keys.name, app_keys.public_id, app_keys.secret,
       app_keys.read_only, app_keys.product_id, app_keys.created_at, app_keys.revoked_at`

func appKeyInto(k *AppKey) []any {
	return []any{&k.ID, &k.Tenant, &k.Kind, &k.Name, &k.PublicID, &k.Secret, &k.ReadOnly, &k.Product, &k.Created, &k.RevokedAt}
}

const insertAppKey = `
INSERT INTO app_keys (tenant_id, id, kind, name, public_id, secret, read_only, product_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// InsertAppKey stores a new app key and gives it its identity.
func (tx *Tx) InsertAppKey(k *AppKey) error {
	k.ID = license.AppKeyID(tx.NewID())
	return tx.run(insertAppKey, k.Tenant, k.ID, k.Kind, k.Name, k.PublicID, k.Secret, k.ReadOnly, orNull(k.Product), k.Created)
}

const addAppKey = insertAppKey + `
ON CONFLICT (public_id) DO NOTHING`

// AddAppKey is InsertAppKey for a name that somebody may have already: then it stores nothing and returns false.
func (tx *Tx) AddAppKey(k *AppKey) (bool, error) {
	k.ID = license.AppKeyID(tx.NewID())
	n, err := tx.affected(addAppKey, k.Tenant, k.ID, k.Kind, k.Name, k.PublicID, k.Secret, k.ReadOnly, orNull(k.Product), k.Created)
	return n == 1, err
}

// SigningKey is a key pair of a tenant.
type SigningKey struct {
	ID        int64
	Tenant    license.TenantID
	Purpose   KeyPurpose
	Algorithm string // such as rsa-2048
	Public    string
	Private   []byte // sealed for Context
	Created   license.Time
	RetiredAt license.Time // 0 is in use
}

// KeyPurpose says what a key pair signs. One pair never signs for two purposes.
type KeyPurpose string

const (
	AnswerKey KeyPurpose = "answers" // answers to apps, RSA
	AirGapKey KeyPurpose = "air-gap" // confirmation codes, P-256

	NativeAnswerKey KeyPurpose = "native-answers" // answers of the native API, Ed25519
	LicenseFileKey  KeyPurpose = "license-files"  // license files, Ed25519
)

// Context is what the private key is sealed for.
func (k *SigningKey) Context() string { return "signing-key/" + string(k.Purpose) + "/" + k.Public }

const signingKeyColumns = `signing_keys.id, signing_keys.tenant_id, signing_keys.purpose, signing_keys.algorithm,
       signing_keys.public_key, signing_keys.private_key, signing_keys.created_at, signing_keys.retired_at`

func signingKeyInto(k *SigningKey) []any {
	return []any{&k.ID, &k.Tenant, &k.Purpose, &k.Algorithm, &k.Public, &k.Private, &k.Created, &k.RetiredAt}
}

const findApp = `
SELECT ` + appKeyColumns + `,
       ` + signingKeyColumns + `
  FROM app_keys
  LEFT JOIN signing_keys
    ON signing_keys.tenant_id = app_keys.tenant_id AND signing_keys.purpose = 'answers' AND signing_keys.retired_at = 0
 WHERE app_keys.public_id = $1`

// FindApp returns the app key that an app sends, and the key pair that signs the answers of its tenant now.
// AppKeyUnknown when there is none; a revoked one is returned as it is.
func (tx *Tx) FindApp(publicID string) (AppKey, SigningKey, error) {
	var k AppKey
	var s SigningKey
	found, err := tx.one(findApp, []any{publicID}, append(appKeyInto(&k), signingKeyInto(&s)...)...)
	if err == nil && !found {
		err = license.Refuse(license.AppKeyUnknown)
	}
	return k, s, err
}

const listAppKeys = `
SELECT ` + appKeyColumns + `
  FROM app_keys
 WHERE tenant_id = $1 AND id < $2
 ORDER BY id DESC
 LIMIT CAST($3 AS BIGINT)`

// ListAppKeys returns the app keys of a tenant, newest first, below before (0 is no bound).
func (tx *Tx) ListAppKeys(tenant license.TenantID, before license.AppKeyID, limit int) ([]AppKey, error) {
	below, size := pageOf(int64(before), limit)
	return listOf(tx, listAppKeys, []any{tenant, below, size}, appKeyInto)
}

const revokeAppKey = `
UPDATE app_keys SET revoked_at = CASE WHEN revoked_at = 0 THEN $3 ELSE revoked_at END
 WHERE tenant_id = $1 AND public_id = $2
RETURNING ` + appKeyColumns

// RevokeAppKey ends an app key for ever and returns it as it is then; AppKeyUnknown when the tenant has no such key.
func (tx *Tx) RevokeAppKey(tenant license.TenantID, publicID string, now license.Time) (AppKey, error) {
	var k AppKey
	found, err := tx.one(revokeAppKey, []any{tenant, publicID, now}, appKeyInto(&k)...)
	if err == nil && !found {
		err = license.Refuse(license.AppKeyUnknown)
	}
	return k, err
}

const findSigningKey = `
SELECT ` + signingKeyColumns + `
  FROM signing_keys
 WHERE tenant_id = $1 AND purpose = $2 AND retired_at = 0`

// FindSigningKey returns the key pair that a tenant signs with now; false when it has none yet.
func (tx *Tx) FindSigningKey(tenant license.TenantID, purpose KeyPurpose) (k SigningKey, found bool, err error) {
	found, err = tx.one(findSigningKey, []any{tenant, purpose}, signingKeyInto(&k)...)
	return k, found, err
}

const retireSigningKey = `
UPDATE signing_keys SET retired_at = $3 WHERE tenant_id = $1 AND purpose = $2 AND retired_at = 0`

const insertSigningKey = `
INSERT INTO signing_keys (tenant_id, id, purpose, algorithm, public_key, private_key, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`

// InsertSigningKey stores a key pair, which signs from now on in the place of the one before. Of two at once, one
// is a Conflict.
func (tx *Tx) InsertSigningKey(k *SigningKey) error {
	k.ID = tx.NewID()
	if err := tx.run(retireSigningKey, k.Tenant, k.Purpose, k.Created); err != nil {
		return err
	}
	return tx.run(insertSigningKey, k.Tenant, k.ID, k.Purpose, k.Algorithm, k.Public, k.Private, k.Created)
}

const listSigningKeys = `
SELECT ` + signingKeyColumns + `
  FROM signing_keys
 WHERE signing_keys.tenant_id = $1 AND signing_keys.purpose = $2
 ORDER BY signing_keys.id DESC
 LIMIT 100`

// ListSigningKeys returns the key pairs of a purpose, newest first, the retired ones too, at most 100.
func (tx *Tx) ListSigningKeys(tenant license.TenantID, purpose KeyPurpose) ([]SigningKey, error) {
	return listOf(tx, listSigningKeys, []any{tenant, purpose}, signingKeyInto)
}
