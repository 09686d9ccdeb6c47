package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// FindAppKey returns an app key of the actor's tenant by what the app sends, revoked ones too, without its secret. NotFound when the
// tenant has no such key.
func (o *Office) FindAppKey(ctx context.Context, actor identity.Actor, publicID string) (key AppKey, err error) {
	if err := may(actor, identity.ReadKeys); err != nil {
		return AppKey{}, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		key, _, err = tx.FindApp(publicID)
		return err
	})
	if license.ReasonOf(err) == license.AppKeyUnknown || err == nil && key.Tenant != actor.Tenant {
		err = &license.Error{Code: license.NotFound, Message: "no such app key"}
	}
	if err != nil {
		return AppKey{}, err
	}
	key.Secret = nil
	return key, nil
}
