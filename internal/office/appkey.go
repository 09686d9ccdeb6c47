package office

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/store"
)

// AppKey is what apps of a vendor identify themselves with, without its secret.
type AppKey = store.AppKey

// NewAppKey is an app key to make.
type NewAppKey struct {
	Name     string // for people; may be empty
	Kind     store.AppKeyKind
	ReadOnly bool   // it may ask, not change
	Product  string // code, number or identity of the only product it is for; "" is every one
}

// secretMask makes what an app proves itself with: 43 characters, 256 random bits.
func secretMask() license.Mask {
	return license.Mask{Text: strings.Repeat("*", 43), Alphabet: license.AlphabetMixed}
}

// CreateAppKey makes a key for apps of the actor's tenant, or for servers of the vendor, which ask for end users; and the key pair
// that answers to apps are signed with where the tenant has none. The secret, a shared key or that of a client, is returned this
// once and cannot be had again.
func (o *Office) CreateAppKey(ctx context.Context, actor identity.Actor, n NewAppKey) (AppKey, identity.Secret, error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return AppKey{}, "", err
	}
	if n.Kind != store.HMACKey && n.Kind != store.OAuthClient && n.Kind != store.BasicClient {
		return AppKey{}, "", license.Invalidf("kind", "an app key is of the kind %s, %s or %s", store.HMACKey, store.OAuthClient, store.BasicClient)
	}
	if err := checkText("name", n.Name, 0, maxName); err != nil {
		return AppKey{}, "", err
	}
	secret, err := secretMask().Generate(o.d.Rand)
	if err != nil {
		return AppKey{}, "", err
	}
	var pair *store.SigningKey
	if n.Kind != store.BasicClient { // What those are told is not signed.
		if pair, err = o.firstAnswerKey(ctx, actor); err != nil {
			return AppKey{}, "", err
		}
	}
	var key AppKey
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		key = AppKey{Tenant: actor.Tenant, Kind: n.Kind, Name: n.Name, ReadOnly: n.ReadOnly, Created: now}
		if _, err := tx.LockTenant(actor.Tenant); err != nil {
			return err
		}
		if n.Product != "" {
			p, err := findProduct(tx, actor, n.Product)
			if err != nil {
				return err
			}
			key.Product = p.ID
		}
		if err := insertFirst(tx, actor, pair, now); err != nil {
			return err
		}
		if err := o.insertAppKey(tx, &key, secret); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.AppKeyCreated, Subject: int64(key.ID),
			Data: map[string]any{"name": key.Name, "kind": key.Kind, "public_id": key.PublicID, "read_only": key.ReadOnly, "product": int64(key.Product)}})
	})
	key.Secret = nil
	if err != nil {
		return AppKey{}, "", err
	}
	return key, identity.Secret(secret), nil
}

// insertAppKey gives a key its name and stores it, with its secret sealed. Of a secret that comes with every request a fast hash is
// enough, because it has 256 random bits.
func (o *Office) insertAppKey(tx *store.Tx, key *AppKey, secret string) (err error) {
	if key.Kind != store.BasicClient {
		if key.PublicID, err = newPublicID(o.d.Rand, key.Kind); err != nil {
			return err
		}
		key.Secret = o.d.Keyring.Seal(key.SecretContext(), []byte(secret))
		return tx.InsertAppKey(key)
	}
	hash := sha256.Sum256([]byte(secret))
	key.Secret = hash[:]
	for range clientTries {
		if key.PublicID, err = clientMask().Generate(o.d.Rand); err != nil {
			return err
		}
		if added, err := tx.AddAppKey(key); added || err != nil {
			return err
		}
	}
	return &license.Error{Code: license.Conflict, Message: "nearly every client id is taken"}
}

// clientMask makes the ids of clients, C0000001, which are few: another one is drawn where somebody has it already.
func clientMask() license.Mask {
	return license.Mask{Text: "C*******", Alphabet: license.AlphabetDigits}
}

// clientTries is how often one is drawn.
const clientTries = 100

// newPublicID makes a random name: a UUID, and for a client one that says so.
func newPublicID(random io.Reader, kind store.AppKeyKind) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make the name of an app key: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // version 4 of RFC 9562
	h := hex.EncodeToString(b[:])
	id := h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	if kind == store.OAuthClient {
		id = "client-" + id
	}
	return id, nil
}

// ListAppKeys returns the app keys of the actor's tenant, revoked ones too.
func (o *Office) ListAppKeys(ctx context.Context, actor identity.Actor, page Page) (list []AppKey, err error) {
	if err := may(actor, identity.ReadKeys); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListAppKeys(actor.Tenant, license.AppKeyID(page.Before), page.size())
		return err
	})
	for i := range list {
		list[i].Secret = nil
	}
	return list, err
}

// RevokeAppKey ends an app key for ever, from the next request on. Revoking it again changes nothing. It refuses with
// AppKeyUnknown.
func (o *Office) RevokeAppKey(ctx context.Context, actor identity.Actor, publicID string) (key AppKey, err error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return AppKey{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		now := o.d.Now()
		if key, err = tx.RevokeAppKey(actor.Tenant, publicID, now); err != nil || key.RevokedAt != now {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.AppKeyWasRevoked, Subject: int64(key.ID),
			Data: map[string]any{"name": key.Name, "public_id": key.PublicID}})
	})
	key.Secret = nil
	return key, err
}

// AnswerKey returns the key pair that answers to apps of the actor's tenant are signed with now, without its private
// part. NotFound when the tenant has none yet: the first app key makes it.
func (o *Office) AnswerKey(ctx context.Context, actor identity.Actor) (key store.SigningKey, err error) {
	if err := may(actor, identity.ReadKeys); err != nil {
		return key, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		found := false
		key, found, err = tx.FindSigningKey(actor.Tenant, store.AnswerKey)
		if err == nil && !found {
			err = &license.Error{Code: license.NotFound, Message: "answers are not signed yet; make an app key first"}
		}
		return err
	})
	key.Private = nil
	return key, err
}

// ListAnswerKeys returns the key pairs that answers to apps of the actor's tenant are or were signed with, newest first,
// without their private parts.
func (o *Office) ListAnswerKeys(ctx context.Context, actor identity.Actor) (list []store.SigningKey, err error) {
	if err := may(actor, identity.ReadKeys); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListSigningKeys(actor.Tenant, store.AnswerKey)
		return err
	})
	for i := range list {
		list[i].Private = nil
	}
	return list, err
}

// RotateAnswerKey makes a new key pair, which signs answers to apps of the actor's tenant from now on, in the place of
// the one before. Apps that hold the old public key refuse the answers: give them the new one first, or with it. size is
// 2048, 3072 or 4096 bits; 0 is what the tenant's setting answers.rsa_size says, else 2048.
func (o *Office) RotateAnswerKey(ctx context.Context, actor identity.Actor, size signing.RSASize) (key store.SigningKey, err error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return key, err
	}
	if size == 0 {
		err := o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
			size, err = answerSize(tx, actor.Tenant)
			return err
		})
		if err != nil {
			return key, err
		}
	}
	pair, err := o.newAnswerKey(actor.Tenant, size)
	if err != nil {
		return key, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockTenant(actor.Tenant); err != nil {
			return err
		}
		key = *pair
		return insertAnswerKey(tx, actor, &key, o.d.Now())
	})
	key.Private = nil
	return key, err
}

// firstAnswerKey makes the key pair of a tenant that has none, ready to be stored; nil when it has one. Making it takes
// long, so it is done outside any transaction.
func (o *Office) firstAnswerKey(ctx context.Context, actor identity.Actor) (*store.SigningKey, error) {
	var known bool
	var size signing.RSASize
	err := o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if _, err = tx.FindTenant(actor.Tenant); err != nil {
			return err
		}
		if _, known, err = tx.FindSigningKey(actor.Tenant, store.AnswerKey); err != nil || known {
			return err
		}
		size, err = answerSize(tx, actor.Tenant)
		return err
	})
	if err != nil || known {
		return nil, err
	}
	return o.newAnswerKey(actor.Tenant, size)
}

// newAnswerKey makes a key pair, ready to be stored.
func (o *Office) newAnswerKey(tenant license.TenantID, size signing.RSASize) (*store.SigningKey, error) {
	pair, err := signing.GenerateRSA(o.d.Rand, size)
	if err != nil {
		return nil, err
	}
	key := &store.SigningKey{
		Tenant: tenant, Purpose: store.AnswerKey, Algorithm: "rsa-" + strconv.Itoa(int(pair.Size())), Public: pair.PublicPEM(),
	}
	key.Private = o.d.Keyring.Seal(key.Context(), pair.PKCS8())
	return key, nil
}

// insertFirst stores the first key pair of a locked tenant, unless somebody else was first; nil is nothing to store.
func insertFirst(tx *store.Tx, actor identity.Actor, pair *store.SigningKey, now license.Time) error {
	if pair == nil {
		return nil
	}
	_, known, err := tx.FindSigningKey(actor.Tenant, store.AnswerKey)
	if err != nil || known {
		return err
	}
	first := *pair // Write may run twice.
	return insertAnswerKey(tx, actor, &first, now)
}

func insertAnswerKey(tx *store.Tx, actor identity.Actor, key *store.SigningKey, now license.Time) error {
	key.Created = now
	if err := tx.InsertSigningKey(key); err != nil {
		return err
	}
	return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.AnswerKeyCreated, Subject: key.ID,
		Data: map[string]any{"algorithm": key.Algorithm}})
}

// answerSize is what a tenant set for the keys it makes; 0 is the default.
func answerSize(tx *store.Tx, tenant license.TenantID) (signing.RSASize, error) {
	text, found, err := tx.TenantSetting(tenant, store.SettingRSASize)
	if err != nil || !found {
		return 0, err
	}
	return parseRSASize(text)
}

func parseRSASize(text string) (signing.RSASize, error) {
	n, err := strconv.Atoi(text)
	switch size := signing.RSASize(n); {
	case err != nil:
	case size == signing.RSA2048, size == signing.RSA3072, size == signing.RSA4096:
		return size, nil
	}
	return 0, license.Invalidf("size", "an RSA key has 2048, 3072 or 4096 bits")
}
