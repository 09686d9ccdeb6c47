package authority

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"

	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/store"
)

// PurposeServerAnswers is what the server's own key among the public ones is for: answers to nobody known.
const PurposeServerAnswers = "server-answers"

// serverAnswerContext is what that key is sealed for.
const serverAnswerContext = "server/native-answers/ed25519"

// nativeKeys are keys of the native API that were opened, by their identities, which never mean other ones.
type nativeKeys struct {
	answers signing.AnswerSigners
	files   signing.Keys[ed25519.PrivateKey]

	mu     sync.Mutex // guards server
	server *signing.AnswerSigner
}

// AnswerSigner returns what signs the answers of the native API to a tenant's clients: the key pair keyID of the tenant, which
// whoever asks has just read; 0 says that the tenant had none then, and its first is made. Once it was opened a key is
// remembered, so that this costs nothing. NotFound when there is no such tenant or key.
func (a *Authority) AnswerSigner(ctx context.Context, tenant license.TenantID, keyID int64) (*signing.AnswerSigner, error) {
	if s, ok := a.native.answers.Find(keyID); ok && keyID != 0 {
		return s, nil
	}
	var pair store.SigningKey
	var err error
	if keyID != 0 {
		err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
			pair, err = tx.FindSigningKeyByID(tenant, store.NativeAnswerKey, keyID)
			return err
		})
	} else {
		pair, err = a.signingKey(ctx, tenant, store.NativeAnswerKey)
	}
	if err != nil {
		return nil, err
	}
	return a.native.answers.Get(pair.ID, func() (*signing.AnswerSigner, error) {
		key, err := a.openKey(&pair)
		if err != nil {
			return nil, err
		}
		return signing.NewAnswerSigner(key), nil
	})
}

// fileKey returns the key that a tenant's license files are signed with now.
func (a *Authority) fileKey(ctx context.Context, tenant license.TenantID) (ed25519.PrivateKey, error) {
	pair, err := a.signingKey(ctx, tenant, store.LicenseFileKey)
	if err != nil {
		return nil, err
	}
	return a.native.files.Get(pair.ID, func() (ed25519.PrivateKey, error) { return a.openKey(&pair) })
}

// openKey unseals a key pair.
func (a *Authority) openKey(pair *store.SigningKey) (ed25519.PrivateKey, error) {
	seed, err := a.keyring.Open(pair.Context(), pair.Private)
	if err != nil {
		return nil, err
	}
	key, err := signing.ParseEd25519(pair.Public, seed)
	if err != nil {
		return nil, fmt.Errorf("open the signing key %d: %w", pair.ID, err)
	}
	return key, nil
}

// signingKey returns the key pair that a tenant signs with now, and makes its first. Of many who ask at once one makes it.
func (a *Authority) signingKey(ctx context.Context, tenant license.TenantID, purpose store.KeyPurpose) (store.SigningKey, error) {
	var pair store.SigningKey
	var found bool
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		pair, found, err = tx.FindSigningKey(tenant, purpose)
		return err
	})
	if err != nil || found {
		return pair, err
	}
	public, seed, err := signing.GenerateEd25519(a.rand)
	if err != nil {
		return pair, err
	}
	half, err := signing.PublicEd25519(public)
	if err != nil {
		return pair, err
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		now := a.now()
		pair = store.SigningKey{Tenant: tenant, Purpose: purpose, Algorithm: signing.AlgorithmEd25519, Public: public, Created: now}
		pair.Private = a.keyring.Seal(pair.Context(), seed)
		made, err := tx.AddSigningKey(&pair)
		if err != nil || !made {
			return err
		}
		return tx.AppendEvents(tenant, actor, now, license.Event{Kind: license.SigningKeyCreated, Subject: pair.ID,
			Data: map[string]any{"purpose": purpose, "algorithm": pair.Algorithm, "kid": signing.Thumbprint(half)}})
	})
	return pair, err
}

// ServerSigner returns what signs answers of the native API to nobody known, such as a client whose token is wrong: with the
// server's own key, which is made when it is first asked for.
func (a *Authority) ServerSigner(ctx context.Context) (*signing.AnswerSigner, error) {
	k := &a.native
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.server != nil {
		return k.server, nil
	}
	var sealed string
	var found bool
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		sealed, found, err = tx.ServerAnswerKey()
		return err
	})
	if err == nil && !found {
		sealed, err = a.makeServerKey(ctx)
	}
	if err != nil {
		return nil, err
	}
	raw, err := hex.DecodeString(sealed)
	if err != nil {
		return nil, fmt.Errorf("read the server's answer key: %w", err)
	}
	seed, err := a.keyring.Open(serverAnswerContext, raw)
	if err != nil {
		return nil, err
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("the server's answer key has %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	k.server = signing.NewAnswerSigner(ed25519.NewKeyFromSeed(seed))
	return k.server, nil
}

func (a *Authority) makeServerKey(ctx context.Context) (sealed string, err error) {
	_, seed, err := signing.GenerateEd25519(a.rand)
	if err != nil {
		return "", err
	}
	fresh := hex.EncodeToString(a.keyring.Seal(serverAnswerContext, seed))
	err = a.store.Write(ctx, func(tx *store.Tx) (err error) {
		sealed, err = tx.AddServerAnswerKey(fresh)
		return err
	})
	return sealed, err
}

// PublicKeys returns the keys that answers of the native API and license files are checked with: of the tenant with a code,
// whose first ones are made if need be, or with "" of all tenants, at most 1000; newest first, with those that were retired
// lately ([store.KeyPurpose.Overlap]), and the server's own last. NotFound when there is no such tenant.
func (a *Authority) PublicKeys(ctx context.Context, tenantCode string) ([]signing.JWK, error) {
	server, err := a.ServerSigner(ctx)
	if err != nil {
		return nil, err
	}
	pairs, err := a.publicKeys(ctx, tenantCode)
	if err != nil {
		return nil, err
	}
	out := make([]signing.JWK, 0, len(pairs)+1)
	for i := range pairs {
		public, err := signing.PublicEd25519(pairs[i].Public)
		if err != nil {
			return nil, fmt.Errorf("read the signing key %d: %w", pairs[i].ID, err)
		}
		out = append(out, signing.NewJWK(public, string(pairs[i].Purpose)))
	}
	return append(out, signing.NewJWK(server.PublicKey(), PurposeServerAnswers)), nil
}

func (a *Authority) publicKeys(ctx context.Context, tenantCode string) (list []store.SigningKey, err error) {
	var tenant license.Tenant
	read := func(tx *store.Tx) (err error) {
		if tenantCode != "" {
			if tenant, err = tx.FindTenantByCode(tenantCode); err != nil {
				return err
			}
		}
		list, err = tx.PublicSigningKeys(tenant.ID, a.now())
		return err
	}
	if err := a.store.Read(ctx, read); err != nil || tenantCode == "" {
		return list, err
	}
	complete := true
	for _, purpose := range store.PublicKeyPurposes() {
		if slices.ContainsFunc(list, func(k store.SigningKey) bool { return k.Purpose == purpose && k.RetiredAt == 0 }) {
			continue
		}
		complete = false
		if _, err := a.signingKey(ctx, tenant.ID, purpose); err != nil {
			return nil, err
		}
	}
	if !complete {
		err = a.store.Read(ctx, read)
	}
	return list, err
}
