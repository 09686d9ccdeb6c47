package office

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/passkey"
	"licet/internal/store"
)

const (
	ceremonyTime = 5 * time.Minute // how long a question to passkeys waits for its answer
	maxPasskeys  = 50              // of one account
	maxAnswerOf  = 64 * 1024       // bytes of an answer of a browser
)

// Site is where passkeys are good: the relying party of WebAuthn.
type Site struct {
	ID     string // host name
	Origin string // scheme://host[:port]
}

// Ceremony is a question to a browser's passkeys. It is good for five minutes, and once.
type Ceremony struct {
	ID      identity.Secret // to be given back with the answer
	Options json.RawMessage // publicKey of navigator.credentials.create or get, in the JSON form of WebAuthn that browsers parse
}

func viewPasskey(row *store.Passkey) Passkey {
	return Passkey{ID: row.ID, Name: row.Name, Created: row.Created, Used: row.Used}
}

// BeginPasskey asks the actor's browser for a new passkey: [Office.FinishPasskey] goes on with its answer. It refuses as Invalid a site that
// cannot have passkeys, such as one that is named by a network address, and with Conflict where the actor has 50.
func (o *Office) BeginPasskey(ctx context.Context, actor identity.Actor, s Site) (Ceremony, error) {
	if err := self(actor); err != nil {
		return Ceremony{}, err
	}
	var h passkey.Holder
	err := o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		h, err = holderOf(tx, actor.User)
		return err
	})
	if err != nil {
		return Ceremony{}, err
	}
	if len(h.Keys) >= maxPasskeys {
		return Ceremony{}, &license.Error{Code: license.Conflict, Message: fmt.Sprintf("there are %d passkeys already", maxPasskeys)}
	}
	options, state, err := passkey.Begin(passkey.Site(s), h)
	return o.keepCeremony(ctx, actor.User, options, state, err)
}

// holderOf returns somebody with their passkeys.
func holderOf(tx *store.Tx, user license.UserID) (passkey.Holder, error) {
	u, err := tx.FindUser(user)
	if err != nil {
		return passkey.Holder{}, err
	}
	h := passkey.Holder{Handle: handleOf(u.ID), Name: u.Email, Title: u.Name}
	if h.Title == "" {
		h.Title = u.Email
	}
	rows, err := tx.ListPasskeys(user)
	for i := range rows {
		h.Keys = append(h.Keys, keyOf(&rows[i]))
	}
	return h, err
}

// handleOf is what stands for a platform user in their passkeys.
func handleOf(user license.UserID) []byte { return binary.BigEndian.AppendUint64(nil, uint64(user)) }

func keyOf(row *store.Passkey) passkey.Key {
	return passkey.Key{ID: row.Credential, PublicKey: row.PublicKey, AAGUID: row.AAGUID, Transports: strings.Fields(row.Transports),
		SignCount: uint32(row.SignCount), BackupEligible: row.BackupEligible, BackedUp: row.BackedUp}
}

// keepCeremony stores what is needed of a question; err is why there is none.
func (o *Office) keepCeremony(ctx context.Context, user license.UserID, options json.RawMessage, state []byte, err error) (Ceremony, error) {
	if err != nil {
		return Ceremony{}, license.Wrap(license.Invalid, "there can be no passkeys at this address", err)
	}
	token, hash, _, err := identity.NewToken(o.d.Rand, identity.KindPasskey)
	if err != nil {
		return Ceremony{}, err
	}
	row := store.Ceremony{Hash: hash, User: user, State: o.d.Keyring.Seal(ceremonyContext(hash), state), Expires: o.d.Now().Add(ceremonyTime)}
	if err := o.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.InsertCeremony(&row) }); err != nil {
		return Ceremony{}, err
	}
	return Ceremony{ID: token, Options: options}, nil
}

// ceremonyContext is what a question is sealed for.
func ceremonyContext(hash identity.TokenHash) string {
	return "passkey_ceremony/" + hex.EncodeToString(hash[:])
}

// takeCeremony returns what was kept of a question, once. It refuses with NotFound where its time is over, or it was not asked of user.
func (o *Office) takeCeremony(ctx context.Context, id identity.Secret, user license.UserID) (state []byte, err error) {
	hash, found := tokenHash(id, identity.KindPasskey)
	var c store.Ceremony
	if found {
		err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
			c, found, err = tx.TakeCeremony(hash)
			return err
		})
	}
	if err == nil && (!found || c.User != user || o.d.Now() >= c.Expires) {
		err = &license.Error{Code: license.NotFound, Message: "it took too long; try again"}
	}
	if err != nil {
		return nil, err
	}
	if state, err = o.d.Keyring.Open(ceremonyContext(hash), c.State); err != nil {
		return nil, license.Wrap(license.Internal, "the question to the passkey cannot be read; is this the right master key?", err)
	}
	return state, nil
}

// FinishPasskey adds the passkey that the actor's browser has made, under a name of 1 to 200 characters. It refuses with NotFound for a
// question whose time is over, Invalid for an answer that does not fit it, and Conflict for a passkey that is there already.
func (o *Office) FinishPasskey(ctx context.Context, actor identity.Actor, s Site, ceremony identity.Secret, answer []byte, name string) (Passkey, error) {
	if err := self(actor); err != nil {
		return Passkey{}, err
	}
	name = strings.TrimSpace(name)
	if err := checkText("name", name, 1, maxName); err != nil {
		return Passkey{}, err
	}
	state, err := o.takeCeremony(ctx, ceremony, actor.User)
	if err != nil {
		return Passkey{}, err
	}
	var h passkey.Holder
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		h, err = holderOf(tx, actor.User)
		return err
	})
	if err != nil {
		return Passkey{}, err
	}
	k, err := passkey.Finish(passkey.Site(s), h, state, clipped(answer))
	if err != nil {
		return Passkey{}, license.Wrap(license.Invalid, "the passkey was not accepted; try again", err)
	}
	row := store.Passkey{User: actor.User, Credential: k.ID, PublicKey: k.PublicKey, Name: name, AAGUID: k.AAGUID,
		Transports: strings.Join(k.Transports, " "), SignCount: int64(k.SignCount), BackupEligible: k.BackupEligible, BackedUp: k.BackedUp}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		row.Created = o.d.Now()
		if err := tx.InsertPasskey(&row); err != nil {
			return err
		}
		return o.noteFactor(tx, actor, license.PasskeyAdded, map[string]any{"name": name})
	})
	if err != nil {
		return Passkey{}, err
	}
	return viewPasskey(&row), nil
}

// clipped is an answer as far as it is looked at; none is longer.
func clipped(answer []byte) []byte { return answer[:min(len(answer), maxAnswerOf)] }

// DropPasskey removes one of the actor's own passkeys, or NotFound.
func (o *Office) DropPasskey(ctx context.Context, actor identity.Actor, id license.PasskeyID) error {
	if err := self(actor); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		row, err := tx.DropPasskey(actor.User, id)
		if err != nil {
			return err
		}
		return o.noteFactor(tx, actor, license.PasskeyDropped, map[string]any{"name": row.Name})
	})
}

// BeginPasskeySignIn asks a browser for any passkey of the site: [Office.FinishPasskeySignIn] goes on with its answer. It refuses as
// BeginPasskey does.
func (o *Office) BeginPasskeySignIn(ctx context.Context, s Site) (Ceremony, error) {
	options, state, err := passkey.BeginSignIn(passkey.Site(s))
	return o.keepCeremony(ctx, 0, options, state, err)
}

// FinishPasskeySignIn begins a session for whoever a passkey belongs to; it counts as both factors, so it is not Pending.
//
// It refuses with NotFound for a question whose time is over, credentials_wrong for an answer that does not fit it and for a passkey that
// seems to have been copied, account_disabled, and login_locked and address_locked as [Office.SignIn] does: a locked account stays locked
// (S0-44). An answer that is wrong counts against the address.
func (o *Office) FinishPasskeySignIn(ctx context.Context, s Site, ceremony identity.Secret, answer []byte, v Visitor) (session WebSession, token identity.Secret, err error) {
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error { return tx.CheckGuards(o.addressGuards(v.Address), o.d.Now()) })
	if err != nil {
		return WebSession{}, "", err
	}
	state, err := o.takeCeremony(ctx, ceremony, 0)
	if err != nil {
		return WebSession{}, "", err
	}
	var refused error
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		var row store.Passkey
		k, err := passkey.FinishSignIn(passkey.Site(s), state, clipped(answer), func(credential []byte) (passkey.Key, []byte, error) {
			var err error
			row, err = tx.FindPasskey(credential)
			return keyOf(&row), handleOf(row.User), err
		})
		switch {
		case err != nil && isOurs(err):
			return err
		case err != nil:
			refused, _, err = tx.CountAttempt(o.addressGuards(v.Address), false, o.d.Now())
			if refused == nil {
				refused = license.Refuse(license.CredentialsWrong)
			}
			return err
		}
		u, err := o.usePasskey(tx, &row, &k, v)
		if err != nil {
			return err
		}
		session, token, err = o.openSession(tx, u, v, opening{with: "passkey"})
		return err
	})
	if err == nil {
		err = refused
	}
	return done(session, token, err)
}

// isOurs tells a failure of the store from an answer that is wrong.
func isOurs(err error) bool {
	e, ok := errors.AsType[*license.Error](err)
	return ok && e.Code != license.NotFound
}

// usePasskey notes the use of a passkey that proved itself, unless its account is locked or switched off.
func (o *Office) usePasskey(tx *store.Tx, row *store.Passkey, k *passkey.Key, v Visitor) (User, error) {
	u, err := tx.FindUser(row.User)
	if err != nil {
		return User{}, err
	}
	cred := store.Credentials{PlatformUser: u}
	guards, err := o.guards(tx, &cred, u.Email, v.Address)
	if err != nil {
		return User{}, err
	}
	refused, err := o.count(tx, guards, &cred, true, v.Address)
	switch {
	case err != nil:
		return User{}, err
	case refused != nil:
		return User{}, refused
	case u.Disabled:
		return User{}, license.Refuse(license.AccountDisabled)
	}
	before := row.SignCount
	row.SignCount, row.BackedUp, row.Used = int64(k.SignCount), k.BackedUp, o.d.Now()
	first, err := tx.UsePasskey(row, before)
	if err == nil && !first {
		err = license.Refuse(license.CredentialsWrong)
	}
	return u, err
}
