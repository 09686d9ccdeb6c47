package office

import (
	"context"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// APIKey is the credential of a program, without its secret.
type APIKey = store.APIKey

// NewAPIKey is an API key to make.
type NewAPIKey struct {
	Name      string
	Scopes    identity.Scopes
	Products  []string     // code, number or identity of those that it is for, at most 100; none is all
	ExpiresAt license.Time // 0 is never
}

// maxKeyProducts is how many products a key is for at most, unless it is for all.
const maxKeyProducts = 100

// CreateAPIKey makes a credential for a program of the actor's tenant. The token is returned this once
// and cannot be had again. Nobody gives a key more than they may do themselves. It refuses with product_unknown.
func (o *Office) CreateAPIKey(ctx context.Context, actor identity.Actor, n NewAPIKey) (APIKey, identity.Secret, error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return APIKey{}, "", err
	}
	now := o.d.Now()
	if err := n.check(actor, now); err != nil {
		return APIKey{}, "", err
	}
	token, hash, hint, err := identity.NewToken(o.d.Rand, identity.KindAPIKey)
	if err != nil {
		return APIKey{}, "", err
	}
	var key APIKey
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		key = APIKey{Tenant: actor.Tenant, Name: n.Name, Hint: hint, Scopes: n.Scopes, Created: now, ExpiresAt: n.ExpiresAt}
		if _, err := tx.FindTenant(actor.Tenant); err != nil {
			return err
		}
		if key.Products, err = productIDs(tx, actor, n.Products); err != nil {
			return err
		}
		if err := tx.InsertAPIKey(&key, hash); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.KeyCreated, Subject: int64(key.ID), Data: keyData(&key)})
	})
	if err != nil {
		return APIKey{}, "", err
	}
	return key, token, nil
}

func (n *NewAPIKey) check(actor identity.Actor, now license.Time) error {
	switch {
	case n.Scopes == 0:
		return license.Invalidf("scopes", "say what the key may do, for instance licenses:read")
	case !n.Scopes.Within(actor.Permissions()):
		return license.Refusef(license.PermissionMissing, "a key cannot do more than you may")
	case len(n.Products) > maxKeyProducts:
		return license.Invalidf("products", "a key is for at most %d products, or for all", maxKeyProducts)
	}
	if err := checkKeyEnd(n.ExpiresAt, now); err != nil {
		return err
	}
	return checkText("name", n.Name, 1, maxName)
}

func checkKeyEnd(at, now license.Time) error {
	if at != 0 && at <= now {
		return license.Invalidf("expires", "the expiry lies in the past")
	}
	return nil
}

// productIDs finds products that are named, each once, growing; nil for none.
func productIDs(tx *store.Tx, actor identity.Actor, refs []string) ([]license.ProductID, error) {
	var ids []license.ProductID
	for _, ref := range refs {
		p, err := findProduct(tx, actor, ref)
		if err != nil {
			return nil, err
		}
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// keyData is what an event says of a key.
func keyData(k *APIKey) map[string]any {
	data := map[string]any{"name": k.Name, "scopes": k.Scopes.String()}
	if k.Products != nil {
		data["products"] = k.Products
	}
	if k.ExpiresAt != 0 {
		data["expires_at"] = k.ExpiresAt
	}
	return data
}

// FindAPIKey returns a key of the actor's tenant, revoked ones too, or NotFound.
func (o *Office) FindAPIKey(ctx context.Context, actor identity.Actor, id license.APIKeyID) (key APIKey, err error) {
	if err := may(actor, identity.ReadKeys); err != nil {
		return APIKey{}, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		key, err = tx.FindAPIKey(actor.Tenant, id)
		return err
	})
	return key, err
}

// APIKeyChange says what is to differ; a nil field leaves its value. What a key may do and what it is for stay for ever.
type APIKeyChange struct {
	Name      *string
	ExpiresAt *license.Time      // 0 is never
	If        func(APIKey) error // asked under the lock with the key as it is stored; its error ends the change. nil is no condition
}

// ChangeAPIKey changes a key. Conflict for one that was revoked.
func (o *Office) ChangeAPIKey(ctx context.Context, actor identity.Actor, id license.APIKeyID, c APIKeyChange) (key APIKey, err error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return APIKey{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		now := o.d.Now()
		if key, err = tx.LockAPIKey(actor.Tenant, id); err != nil {
			return err
		}
		if c.If != nil {
			if err := c.If(key); err != nil {
				return err
			}
		}
		if key.RevokedAt != 0 {
			return &license.Error{Code: license.Conflict, Message: "the key was revoked, and that is for ever"}
		}
		if err := c.apply(&key, now); err != nil {
			return err
		}
		if err := tx.SaveAPIKey(&key); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.KeyChanged, Subject: int64(key.ID), Data: keyData(&key)})
	})
	if err != nil {
		return APIKey{}, err
	}
	return key, nil
}

func (c *APIKeyChange) apply(key *APIKey, now license.Time) error {
	set(&key.Name, c.Name)
	if c.ExpiresAt != nil && *c.ExpiresAt != key.ExpiresAt {
		if err := checkKeyEnd(*c.ExpiresAt, now); err != nil {
			return err
		}
		key.ExpiresAt = *c.ExpiresAt
	}
	return checkText("name", key.Name, 1, maxName)
}

// ListAPIKeys returns the keys of the actor's tenant, revoked ones too.
func (o *Office) ListAPIKeys(ctx context.Context, actor identity.Actor, page Page) (list []APIKey, err error) {
	if err := may(actor, identity.ReadKeys); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListAPIKeys(actor.Tenant, license.APIKeyID(page.Before), page.size())
		return err
	})
	return list, err
}

// RevokeAPIKey ends a key for ever, from the next request on. Revoking it again changes nothing.
func (o *Office) RevokeAPIKey(ctx context.Context, actor identity.Actor, id license.APIKeyID) (key APIKey, err error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return APIKey{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		now := o.d.Now()
		if key, err = tx.RevokeAPIKey(actor.Tenant, id, now); err != nil || key.RevokedAt != now {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.KeyRevoked, Subject: int64(key.ID),
			Data: map[string]any{"name": key.Name}})
	})
	return key, err
}

// FindByToken returns the program that holds a token as an actor. It refuses with credentials_wrong a token that is unknown or
// was revoked, and with token_expired one whose time is over; the sentence says which. Nobody learns more by it than who holds
// the whole token, since a wrong one is unknown.
func (o *Office) FindByToken(ctx context.Context, token string) (identity.Actor, error) {
	unknown := license.Refusef(license.CredentialsWrong, "this token is unknown")
	kind, hash, ok := identity.ParseToken(token)
	if !ok || kind != identity.KindAPIKey {
		return identity.Actor{}, unknown
	}
	var key APIKey
	err := o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		key, err = tx.FindAPIKeyByHash(hash)
		return err
	})
	if license.CodeOf(err) == license.NotFound {
		return identity.Actor{}, unknown
	}
	if err == nil {
		err = key.Check(o.d.Now())
	}
	if err != nil {
		return identity.Actor{}, err
	}
	return key.Actor(), nil
}
