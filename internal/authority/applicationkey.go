package authority

import (
	"context"
	"crypto/ed25519"
	"sync"

	"licet/internal/store"
)

// applicationKey is the key that signs answers to applications, once it was loaded.
type applicationKey struct {
	mu  sync.Mutex // guards key
	key ed25519.PrivateKey
}

// ApplicationKey returns the key that signs answers to applications (keyauth.md §3.3). It is one for the whole server,
// since its public half is built into apps, and is made when it is first asked for.
func (a *Authority) ApplicationKey(ctx context.Context) (ed25519.PrivateKey, error) {
	k := &a.applicationKey
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key != nil {
		return k.key, nil
	}
	var sealed string
	var found bool
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		sealed, found, err = tx.ApplicationKey()
		return err
	})
	if err == nil && !found {
		var fresh string
		if fresh, err = a.keyring.NewEd25519(a.rand); err == nil {
			err = a.store.Write(ctx, func(tx *store.Tx) (err error) {
				sealed, err = tx.AddApplicationKey(fresh)
				return err
			})
		}
	}
	if err != nil {
		return nil, err
	}
	k.key, err = a.keyring.OpenEd25519(sealed)
	return k.key, err
}
