// Package passkey asks browsers for passkeys and checks what they answer (WebAuthn, level 3). Bytes in, bytes out: what is kept between a
// question and its answer is the caller's to keep, where browsers cannot change it, and to forget once it was answered.
//
// A passkey counts as two factors: the browser must have verified its user, by a fingerprint or a PIN. Nothing is asked about who made the
// authenticator, so that none tells anything about its holder.
package passkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// company is what browsers show as the name of the site.
const company = "Licet"

// ErrCopied refuses an answer of a passkey that counts its uses, and was used elsewhere with the same count: somebody has a copy of it.
var ErrCopied = errors.New("passkey: it seems to have been copied")

// Site is where passkeys are good.
type Site struct {
	ID     string // host name
	Origin string // scheme://host[:port]
}

// Key is a passkey as it is stored.
type Key struct {
	ID             []byte // credential id
	PublicKey      []byte // COSE
	AAGUID         []byte // which kind of authenticator it says it is
	Transports     []string
	SignCount      uint32
	BackupEligible bool // it may be copied to other devices of its holder
	BackedUp       bool // it was
}

// Holder is whose passkeys are meant.
type Holder struct {
	Handle []byte // stands for the person in the passkey; 1 to 64 bytes that tell nothing about them
	Name   string // that they sign in by
	Title  string // name for people
	Keys   []Key  // that they have
}

// Begin returns what navigator.credentials.create takes as publicKey, in the JSON form that browsers parse, to add a passkey; and what
// Finish needs. It fails for a site that cannot have any, such as one that is named by a network address.
func Begin(s Site, h Holder) (options json.RawMessage, state []byte, err error) {
	party, err := s.party()
	if err != nil {
		return nil, nil, err
	}
	known := webauthn.Credentials(credentials(h.Keys)).CredentialDescriptors()
	creation, session, err := party.BeginRegistration(user{h}, webauthn.WithExclusions(known))
	if err != nil {
		return nil, nil, err
	}
	return both(creation.Response, session)
}

// Finish checks the answer to Begin and returns the new passkey.
func Finish(s Site, h Holder, state, answer []byte) (Key, error) {
	party, session, err := s.resume(state)
	if err != nil {
		return Key{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Key{}, err
	}
	made, err := party.CreateCredential(user{h}, session, parsed)
	if err != nil {
		return Key{}, err
	}
	return keyOf(made), nil
}

// BeginSignIn returns what navigator.credentials.get takes as publicKey, in the JSON form that browsers parse, for whoever has a passkey of
// the site; and what FinishSignIn needs.
func BeginSignIn(s Site) (options json.RawMessage, state []byte, err error) {
	party, err := s.party()
	if err != nil {
		return nil, nil, err
	}
	assertion, session, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, nil, err
	}
	return both(assertion.Response, session)
}

// FinishSignIn checks the answer to BeginSignIn. Find returns the passkey with a credential id and its holder's handle. What it returns is
// the passkey as it is to be stored now, or ErrCopied.
func FinishSignIn(s Site, state, answer []byte, find func(credential []byte) (k Key, handle []byte, err error)) (Key, error) {
	party, session, err := s.resume(state)
	if err != nil {
		return Key{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Key{}, err
	}
	_, used, err := party.ValidatePasskeyLogin(func(credential, _ []byte) (webauthn.User, error) {
		k, handle, err := find(credential)
		return user{Holder{Handle: handle, Keys: []Key{k}}}, err // That the handles are the same is checked behind this.
	}, session, parsed)
	if err != nil {
		return Key{}, err
	}
	if used.Authenticator.CloneWarning {
		return Key{}, ErrCopied
	}
	return keyOf(used), nil
}

// party is the site as the library has it. How long a question is good is the caller's to say, by the caller's clock.
func (s Site) party() (*webauthn.WebAuthn, error) {
	required := true
	return webauthn.New(&webauthn.Config{
		RPID: s.ID, RPDisplayName: company, RPOrigins: []string{s.Origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
}

func (s Site) resume(state []byte) (*webauthn.WebAuthn, webauthn.SessionData, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return nil, session, errors.New("passkey: what was kept of the question is damaged")
	}
	party, err := s.party()
	if err == nil && session.RelyingPartyID != s.ID {
		err = errors.New("passkey: the question was asked by another site")
	}
	return party, session, err
}

// both writes a question, and what is kept of it.
func both(question any, session *webauthn.SessionData) (options json.RawMessage, state []byte, err error) {
	if options, err = json.Marshal(question); err != nil {
		return nil, nil, err
	}
	state, err = json.Marshal(session)
	return options, state, err
}

// user is a Holder as the library has it.
type user struct{ h Holder }

func (u user) WebAuthnID() []byte                         { return u.h.Handle }
func (u user) WebAuthnName() string                       { return u.h.Name }
func (u user) WebAuthnDisplayName() string                { return u.h.Title }
func (u user) WebAuthnCredentials() []webauthn.Credential { return credentials(u.h.Keys) }

func credentials(keys []Key) []webauthn.Credential {
	out := make([]webauthn.Credential, len(keys))
	for i, k := range keys {
		out[i] = webauthn.Credential{
			ID: k.ID, PublicKey: k.PublicKey, AttestationFormat: string(protocol.AttestationFormatNone),
			Flags:         webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: k.BackupEligible, BackupState: k.BackedUp},
			Authenticator: webauthn.Authenticator{AAGUID: k.AAGUID, SignCount: k.SignCount},
		}
		for _, t := range k.Transports {
			out[i].Transport = append(out[i].Transport, protocol.AuthenticatorTransport(t))
		}
	}
	return out
}

func keyOf(c *webauthn.Credential) Key {
	k := Key{
		ID: bytes.Clone(c.ID), PublicKey: bytes.Clone(c.PublicKey), AAGUID: bytes.Clone(c.Authenticator.AAGUID), SignCount: c.Authenticator.SignCount,
		BackupEligible: c.Flags.BackupEligible, BackedUp: c.Flags.BackupState,
	}
	for _, t := range c.Transport {
		if slices.Contains(transports(), string(t)) && !slices.Contains(k.Transports, string(t)) { // Browsers may say anything.
			k.Transports = append(k.Transports, string(t))
		}
	}
	return k
}

// transports lists the ways to an authenticator that are kept.
func transports() []string { return []string{"usb", "nfc", "ble", "smart-card", "hybrid", "internal"} }
