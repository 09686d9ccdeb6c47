package office

import (
	"context"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/store"
)

// PublicKey is the public half of a key pair that signs for a tenant: answers of the native API, or license files.
type PublicKey struct {
	ID          int64
	Purpose     store.KeyPurpose
	JWK         signing.JWK
	Created     license.Time
	RetiredAt   license.Time // 0 is in use
	ListedUntil license.Time // 0 is as long as it is in use; then it is told for some time to whoever checks signatures
}

func publicKeyOf(k *store.SigningKey) (PublicKey, error) {
	public, err := signing.PublicEd25519(k.Public)
	p := PublicKey{ID: k.ID, Purpose: k.Purpose, JWK: signing.NewJWK(public, string(k.Purpose)), Created: k.Created, RetiredAt: k.RetiredAt}
	if k.RetiredAt != 0 {
		p.ListedUntil = k.RetiredAt.Add(k.Purpose.Overlap())
	}
	return p, err
}

// checkKeyPurpose refuses what is no purpose of keys that the world is told of.
func checkKeyPurpose(purpose store.KeyPurpose) error {
	if slices.Contains(store.PublicKeyPurposes(), purpose) {
		return nil
	}
	return license.Invalidf("purpose", "the purpose of a signing key is %s or %s", store.NativeAnswerKey, store.LicenseFileKey)
}

// ListPublicKeys returns the public keys that signatures of the actor's tenant are checked with, and makes the first ones where
// there are none: so a vendor can build them into apps before anything is signed. The retired ones are there too, newest first
// in each purpose, at most 100 of each.
func (o *Office) ListPublicKeys(ctx context.Context, actor identity.Actor) (list []PublicKey, err error) {
	if err := may(actor, identity.ReadKeys); err != nil {
		return nil, err
	}
	for _, purpose := range store.PublicKeyPurposes() {
		if _, err := o.ensureSigningKey(ctx, actor, purpose); err != nil {
			return nil, err
		}
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		list = nil
		for _, purpose := range store.PublicKeyPurposes() {
			pairs, err := tx.ListSigningKeys(actor.Tenant, purpose)
			if err != nil {
				return err
			}
			for i := range pairs {
				public, err := publicKeyOf(&pairs[i])
				if err != nil {
					return err
				}
				list = append(list, public)
			}
		}
		return nil
	})
	return list, err
}

// EnsureSigningKey returns the public key of the pair that signs for a purpose now, and makes the first. Of many who ask at once
// one makes it.
func (o *Office) EnsureSigningKey(ctx context.Context, actor identity.Actor, purpose store.KeyPurpose) (PublicKey, error) {
	if err := may(actor, identity.ReadKeys); err != nil {
		return PublicKey{}, err
	}
	if err := checkKeyPurpose(purpose); err != nil {
		return PublicKey{}, err
	}
	pair, err := o.ensureSigningKey(ctx, actor, purpose)
	if err != nil {
		return PublicKey{}, err
	}
	return publicKeyOf(&pair)
}

func (o *Office) ensureSigningKey(ctx context.Context, actor identity.Actor, purpose store.KeyPurpose) (pair store.SigningKey, err error) {
	var found bool
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		pair, found, err = tx.FindSigningKey(actor.Tenant, purpose)
		return err
	})
	if err != nil || found {
		return pair, err
	}
	fresh, err := o.newSigningKey(actor.Tenant, purpose)
	if err != nil {
		return pair, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		pair = fresh // Write may run twice.
		pair.Created = o.d.Now()
		made, err := tx.AddSigningKey(&pair)
		if err != nil || !made {
			return err
		}
		return signingKeyCreated(tx, actor, &pair)
	})
	return pair, err
}

// newSigningKey makes a key pair, ready to be stored.
func (o *Office) newSigningKey(tenant license.TenantID, purpose store.KeyPurpose) (store.SigningKey, error) {
	public, seed, err := signing.GenerateEd25519(o.d.Rand)
	if err != nil {
		return store.SigningKey{}, err
	}
	pair := store.SigningKey{Tenant: tenant, Purpose: purpose, Algorithm: signing.AlgorithmEd25519, Public: public}
	pair.Private = o.d.Keyring.Seal(pair.Context(), seed)
	return pair, nil
}

func signingKeyCreated(tx *store.Tx, actor identity.Actor, pair *store.SigningKey) error {
	public, err := publicKeyOf(pair)
	if err != nil {
		return err
	}
	return tx.AppendEvents(actor.Tenant, actor.String(), pair.Created, license.Event{Kind: license.SigningKeyCreated, Subject: pair.ID,
		Data: map[string]any{"purpose": pair.Purpose, "algorithm": pair.Algorithm, "kid": public.JWK.ID}})
}

// RotateSigningKey makes a new key pair, which signs for a purpose from now on, in the place of the one before. Whoever checks
// signatures is told of that one for some time yet ([store.KeyPurpose.Overlap]), so nothing that it signed stops being good; to
// end that at once, use DropSigningKey after it.
func (o *Office) RotateSigningKey(ctx context.Context, actor identity.Actor, purpose store.KeyPurpose) (PublicKey, error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return PublicKey{}, err
	}
	if err := checkKeyPurpose(purpose); err != nil {
		return PublicKey{}, err
	}
	fresh, err := o.newSigningKey(actor.Tenant, purpose)
	if err != nil {
		return PublicKey{}, err
	}
	var pair store.SigningKey
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		pair = fresh // Write may run twice.
		pair.Created = o.d.Now()
		if _, err := tx.LockTenant(actor.Tenant); err != nil {
			return err
		}
		if err := tx.InsertSigningKey(&pair); err != nil {
			return err
		}
		return signingKeyCreated(tx, actor, &pair)
	})
	if err != nil {
		return PublicKey{}, err
	}
	return publicKeyOf(&pair)
}

// DropSigningKey forgets a key pair that signs no longer, for one that somebody else has got hold of: whoever checks signatures is
// not told of it any more, and what it signed is good no more, except where its public key is built in. NotFound when the
// tenant has no such key, Conflict for one that is in use: rotate first.
func (o *Office) DropSigningKey(ctx context.Context, actor identity.Actor, id int64) (key PublicKey, err error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return PublicKey{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockTenant(actor.Tenant); err != nil {
			return err
		}
		pair, err := findPublicKey(tx, actor.Tenant, id)
		if err != nil {
			return err
		}
		if pair.RetiredAt == 0 {
			return &license.Error{Code: license.Conflict, Message: "the key is in use; rotate it first"}
		}
		if err := tx.DropSigningKey(actor.Tenant, pair.Purpose, id); err != nil {
			return err
		}
		if key, err = publicKeyOf(&pair); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.SigningKeyDropped, Subject: id,
			Data: map[string]any{"purpose": pair.Purpose, "kid": key.JWK.ID}})
	})
	return key, err
}

// findPublicKey returns a key pair of a tenant that the world is told of, whatever it is for.
func findPublicKey(tx *store.Tx, tenant license.TenantID, id int64) (pair store.SigningKey, err error) {
	for _, purpose := range store.PublicKeyPurposes() {
		if pair, err = tx.FindSigningKeyByID(tenant, purpose, id); license.CodeOf(err) != license.NotFound {
			return pair, err
		}
	}
	return pair, err
}
