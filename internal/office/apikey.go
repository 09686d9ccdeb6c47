package office

import (
	"context"

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
	ExpiresAt license.Time // 0 is never
}

// CreateAPIKey makes a credential for a program of the actor's tenant. The token is returned this once
// and cannot be had again. Nobody gives a key more than they may do themselves.
func (o *Office) CreateAPIKey(ctx context.Context, actor identity.Actor, n NewAPIKey) (APIKey, identity.Secret, error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return APIKey{}, "", err
	}
	now := o.d.Now()
	switch {
	case n.Scopes == 0:
		return APIKey{}, "", license.Invalidf("scopes", "say what the key may do, for instance licenses:read")
	case !n.Scopes.Within(actor.Permissions()):
		return APIKey{}, "", license.Refusef(license.PermissionMissing, "a key cannot do more than you may")
	case n.ExpiresAt != 0 && n.ExpiresAt <= now:
		return APIKey{}, "", license.Invalidf("expires", "the expiry lies in the past")
	}
	if err := checkText("name", n.Name, 1, maxName); err != nil {
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
		if err := tx.InsertAPIKey(&key, hash); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.KeyCreated, Subject: int64(key.ID),
			Data: map[string]any{"name": key.Name, "scopes": key.Scopes.String()}})
	})
	if err != nil {
		return APIKey{}, "", err
	}
	return key, token, nil
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

// FindByToken returns the program that holds a token as an actor. A token that was never given, was
// revoked or has expired is credentials_wrong, all alike.
func (o *Office) FindByToken(ctx context.Context, token string) (identity.Actor, error) {
	wrong := license.Refusef(license.CredentialsWrong, "the API key is unknown, revoked or has expired")
	kind, hash, ok := identity.ParseToken(token)
	if !ok || kind != identity.KindAPIKey {
		return identity.Actor{}, wrong
	}
	var key APIKey
	err := o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		key, err = tx.FindAPIKeyByHash(hash)
		return err
	})
	switch {
	case license.CodeOf(err) == license.NotFound:
		return identity.Actor{}, wrong
	case err != nil:
		return identity.Actor{}, err
	case !key.Live(o.d.Now()):
		return identity.Actor{}, wrong
	}
	return identity.Actor{Kind: identity.ClientApp, Tenant: key.Tenant, Key: key.ID, Name: key.Name, Scopes: key.Scopes}, nil
}
