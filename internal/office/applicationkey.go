package office

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"

	"licet/internal/identity"
	"licet/internal/store"
)

// ApplicationPublicKey returns what apps of applications check answers with: 64 hexadecimal digits, the same for every
// application of the server (keyauth.md §3.3). The key pair is made where there is none yet.
func (o *Office) ApplicationPublicKey(ctx context.Context, actor identity.Actor) (string, error) {
	if err := may(actor, identity.ReadKeys); err != nil {
		return "", err
	}
	var sealed string
	var found bool
	err := o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		sealed, found, err = tx.ApplicationKey()
		return err
	})
	if err == nil && !found {
		var fresh string
		if fresh, err = o.d.Keyring.NewEd25519(o.d.Rand); err == nil {
			err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
				sealed, err = tx.AddApplicationKey(fresh)
				return err
			})
		}
	}
	if err != nil {
		return "", err
	}
	key, err := o.d.Keyring.OpenEd25519(sealed)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(key.Public().(ed25519.PublicKey)), nil
}
