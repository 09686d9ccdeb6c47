package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// OwnAPIKey returns the key of the program that asks. It takes no permission: whoever holds a key may know what it is. NotFound for
// somebody who has none.
func (o *Office) OwnAPIKey(ctx context.Context, actor identity.Actor) (key APIKey, err error) {
	if actor.Kind != identity.ClientApp {
		return APIKey{}, &license.Error{Code: license.NotFound, Message: "you hold no API key"}
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		key, err = tx.FindAPIKey(actor.Tenant, actor.Key)
		return err
	})
	return key, err
}
