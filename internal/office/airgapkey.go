package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// AirGapKey returns the key pair that confirms the codes of air-gapped devices, without its private part: its public one, base64 of X
// and Y, is built into apps. NotFound when the tenant has none yet.
func (o *Office) AirGapKey(ctx context.Context, actor identity.Actor) (key store.SigningKey, err error) {
	if err := may(actor, identity.ReadKeys); err != nil {
		return key, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		found := false
		key, found, err = tx.FindSigningKey(actor.Tenant, store.AirGapKey)
		if err == nil && !found {
			err = &license.Error{Code: license.NotFound, Message: "there is no air-gap key yet"}
		}
		return err
	})
	key.Private = nil
	return key, err
}

// EnsureAirGapKey is AirGapKey, and makes the key pair where there is none: it can be built into an app before any license is
// activated by hand.
func (o *Office) EnsureAirGapKey(ctx context.Context, actor identity.Actor) (store.SigningKey, error) {
	if err := may(actor, identity.WriteKeys); err != nil {
		return store.SigningKey{}, err
	}
	err := o.d.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := o.companyKey(tx, actor)
		return err
	})
	if err != nil {
		return store.SigningKey{}, err
	}
	return o.AirGapKey(ctx, actor)
}
