package office

import (
	"context"
	"encoding/json"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Site is where passkeys are good: the relying party of WebAuthn.
type Site struct {
	ID     string // host name
	Origin string // scheme://host[:port]
}

// Ceremony is a question to a browser's passkeys. It is good for five minutes, and once.
type Ceremony struct {
	ID      identity.Secret // to be given back with the answer
	Options json.RawMessage // what navigator.credentials takes, as JSON
}

func (o *Office) BeginPasskey(ctx context.Context, actor identity.Actor, s Site) (Ceremony, error) {
	return Ceremony{}, errNotYet()
}

func (o *Office) FinishPasskey(ctx context.Context, actor identity.Actor, s Site, ceremony identity.Secret, answer []byte, name string) (Passkey, error) {
	return Passkey{}, errNotYet()
}

func (o *Office) DropPasskey(ctx context.Context, actor identity.Actor, id license.PasskeyID) error {
	return errNotYet()
}

func (o *Office) BeginPasskeySignIn(ctx context.Context, s Site) (Ceremony, error) {
	return Ceremony{}, errNotYet()
}

func (o *Office) FinishPasskeySignIn(ctx context.Context, s Site, ceremony identity.Secret, answer []byte, v Visitor) (WebSession, identity.Secret, error) {
	return WebSession{}, "", errNotYet()
}

func viewPasskey(row *store.Passkey) Passkey {
	return Passkey{ID: row.ID, Name: row.Name, Created: row.Created, Used: row.Used}
}
