package authority

import (
	"context"

	"licet/internal/store"
)

// PublicAnswerKey returns the public key, in PEM, that apps check signed answers with: of the tenant whose app key
// publicID is, or, where it is empty, of the only tenant that has one. It is "" when there is none, or when several
// have one and nobody said which. AppKeyUnknown when there is no such app key.
func (a *Authority) PublicAnswerKey(ctx context.Context, publicID string) (pem string, err error) {
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		var key store.SigningKey
		if publicID != "" {
			_, key, err = tx.FindApp(publicID)
		} else {
			key, _, err = tx.OnlySigningKey(store.AnswerKey)
		}
		pem = key.Public
		return err
	})
	return pem, err
}
