package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// NewSellerKey is a seller key to make.
type NewSellerKey struct {
	Product string          // code, number or identity of the only product whose application it works in
	Name    string          // for people; may be empty
	Scopes  identity.Scopes // 0 is all that a seller needs
}

// sellerScopes is all that the Seller API asks for.
func sellerScopes() identity.Scopes {
	return identity.NewScopes(identity.WriteProducts, identity.WriteLicenses, identity.WriteCustomers, identity.WriteUsers, identity.WriteAudit)
}

// CreateSellerKey makes a key for bots and shops of an application: 32 hexadecimal digits, returned this once and not to be had
// again (keyauth.md §2). Nobody gives a key more than they may do themselves: of the scopes of 0 it gets those.
func (o *Office) CreateSellerKey(ctx context.Context, actor identity.Actor, n NewSellerKey) (key store.SellerKey, secret identity.Secret, err error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return key, "", err
	}
	if n.Scopes == 0 {
		n.Scopes = sellerScopes() & actor.Permissions()
	}
	if n.Scopes == 0 || !n.Scopes.Within(actor.Permissions()) {
		return key, "", license.Refusef(license.PermissionMissing, "a key cannot do more than you may")
	}
	if err := checkText("name", n.Name, 0, maxName); err != nil {
		return key, "", err
	}
	text, err := newHex(o.d.Rand, 16)
	if err != nil {
		return key, "", err
	}
	err = o.onApplication(ctx, actor, identity.WriteKeys, n.Product, func(w *applicationWork) error {
		key = store.SellerKey{Tenant: w.app.Tenant, Product: w.app.Product, Name: n.Name, Hint: "…" + text[len(text)-4:], Scopes: n.Scopes, Created: w.now}
		if err := w.tx.InsertSellerKey(&key, store.SellerKeyHash(text)); err != nil {
			return err
		}
		return w.note(license.Event{Kind: license.SellerKeyCreated, Subject: int64(key.ID),
			Data: map[string]any{"name": key.Name, "product": int64(key.Product), "scopes": key.Scopes.String()}})
	})
	if err != nil {
		return store.SellerKey{}, "", err
	}
	return key, identity.Secret(text), nil
}

// ListSellerKeys returns the seller keys of an application, revoked ones too, newest first, at most 1000.
func (o *Office) ListSellerKeys(ctx context.Context, actor identity.Actor, product string) (list []store.SellerKey, err error) {
	err = o.readApplication(ctx, actor, identity.ReadKeys, product, func(tx *store.Tx, app *license.Application) (err error) {
		list, err = tx.ListSellerKeys(app.Tenant, app.Product)
		return err
	})
	return list, err
}

// RevokeSellerKey ends a seller key for ever, from the next request on. Revoking it again changes nothing.
func (o *Office) RevokeSellerKey(ctx context.Context, actor identity.Actor, id license.SellerKeyID) (key store.SellerKey, err error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return key, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		now := o.d.Now()
		if key, err = tx.RevokeSellerKey(actor.Tenant, id, now); err != nil || key.RevokedAt != now {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.SellerKeyRevoked, Subject: int64(key.ID),
			Data: map[string]any{"name": key.Name}})
	})
	return key, err
}

// Seller returns who holds a seller key, as an actor, and the only application that they may work in, without its secret. It
// refuses with application_unknown for a key that nobody has, or that was revoked.
//
// What the actor may do holds for the tenant: it is for the caller to name no product but the application's.
func (o *Office) Seller(ctx context.Context, key string) (actor identity.Actor, app license.Application, err error) {
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		k, err := tx.FindSellerKey(store.SellerKeyHash(key))
		if license.CodeOf(err) == license.NotFound || err == nil && k.RevokedAt != 0 {
			return license.Refuse(license.ApplicationUnknown)
		}
		if err != nil {
			return err
		}
		actor = identity.Actor{Kind: identity.ClientApp, Tenant: k.Tenant, Key: license.APIKeyID(k.ID), Name: "seller key " + k.Name, Scopes: k.Scopes}
		app, err = tx.FindApplicationOf(k.Tenant, k.Product)
		return err
	})
	if err != nil {
		return identity.Actor{}, license.Application{}, err
	}
	return actor, withoutSecret(app), nil
}
