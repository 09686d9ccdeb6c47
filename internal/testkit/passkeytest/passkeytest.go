// Package passkeytest is an authenticator made of software: it answers questions to passkeys as a browser would, with ES256 and without
// attestation (WebAuthn, level 3), and in wrong ways when told to.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Flags of what an authenticator says.
const (
	userPresent    = 0x01
	userVerified   = 0x04
	backupEligible = 0x08
	backedUp       = 0x10
	withKey        = 0x40
)

// Authenticator holds passkeys. Its fields may be changed between answers.
type Authenticator struct {
	Origin     string // of the page that asks
	Unverified bool   // it does not look who its user is
	Synced     bool   // its passkeys are copied to other devices
	Count      uint32 // of the next answer to a sign-in; 0 counts nothing, else it goes up by itself

	t    testing.TB
	keys []key
}

type key struct {
	id, handle []byte
	site       string
	private    *ecdsa.PrivateKey
}

// New returns an authenticator without passkeys, in a browser with a page of origin.
func New(t testing.TB, origin string) *Authenticator { return &Authenticator{t: t, Origin: origin} }

type base64url []byte

// MarshalText writes it without padding.
func (b base64url) MarshalText() ([]byte, error) {
	return []byte(base64.RawURLEncoding.EncodeToString(b)), nil
}

// UnmarshalText reads it without padding.
func (b *base64url) UnmarshalText(text []byte) (err error) {
	*b, err = base64.RawURLEncoding.DecodeString(string(text))
	return err
}

// answer is what a page sends.
type answer struct {
	ID       base64url      `json:"id"`
	RawID    base64url      `json:"rawId"`
	Type     string         `json:"type"`
	Response map[string]any `json:"response"`
}

// Create makes a passkey as navigator.credentials.create does with options.
func (a *Authenticator) Create(options []byte) []byte {
	a.t.Helper()
	var o struct {
		Challenge string `json:"challenge"`
		Site      struct {
			ID string `json:"id"`
		} `json:"rp"`
		User struct {
			ID base64url `json:"id"`
		} `json:"user"`
	}
	a.ok(json.Unmarshal(options, &o))
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.ok(err)
	id := make([]byte, 16)
	_, err = rand.Read(id)
	a.ok(err)
	a.keys = append(a.keys, key{id: id, handle: o.User.ID, site: o.Site.ID, private: private})

	public, err := private.PublicKey.Bytes() // 0x04, X, Y
	a.ok(err)
	said := a.said(o.Site.ID, withKey)
	said = append(said, make([]byte, 16)...) // AAGUID
	said = binary.BigEndian.AppendUint16(said, uint16(len(id)))
	said = append(said, id...)
	said = append(said, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20) // EC2, ES256, P-256, x
	said = append(said, public[1:33]...)
	said = append(said, 0x22, 0x58, 0x20) // y
	said = append(said, public[33:65]...)

	object := append([]byte{0xa3, 0x63}, "fmt\x64none\x67attStmt\xa0\x68authData\x58"...)
	object = append(append(object, byte(len(said))), said...)
	return a.answer(id, map[string]any{
		"clientDataJSON": a.clientData("webauthn.create", o.Challenge), "attestationObject": base64url(object),
		"transports": []string{"internal", "hybrid", "carrier-pigeon"},
	})
}

// Get signs in with the newest passkey of the site as navigator.credentials.get does with options.
func (a *Authenticator) Get(options []byte) []byte {
	a.t.Helper()
	var o struct {
		Challenge string `json:"challenge"`
		Site      string `json:"rpId"`
	}
	a.ok(json.Unmarshal(options, &o))
	var k *key
	for i := range a.keys {
		if a.keys[i].site == o.Site {
			k = &a.keys[i]
		}
	}
	if k == nil {
		a.t.Fatalf("there is no passkey of %q", o.Site)
	}
	said := a.said(o.Site, 0)
	if a.Count > 0 {
		a.Count++
	}
	data := a.clientData("webauthn.get", o.Challenge)
	hash := sha256.Sum256(data)
	digest := sha256.Sum256(append(append([]byte{}, said...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, digest[:])
	a.ok(err)
	return a.answer(k.id, map[string]any{
		"clientDataJSON": data, "authenticatorData": base64url(said), "signature": base64url(signature), "userHandle": base64url(k.handle),
	})
}

func (a *Authenticator) answer(id []byte, response map[string]any) []byte {
	a.t.Helper()
	text, err := json.Marshal(answer{ID: id, RawID: id, Type: "public-key", Response: response})
	a.ok(err)
	return text
}

// said is what is signed about the answer.
func (a *Authenticator) said(site string, flags byte) []byte {
	flags |= userPresent
	if !a.Unverified {
		flags |= userVerified
	}
	if a.Synced {
		flags |= backupEligible | backedUp
	}
	hash := sha256.Sum256([]byte(site))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.Count)
}

func (a *Authenticator) clientData(kind, challenge string) base64url {
	a.t.Helper()
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	a.ok(err)
	return text
}

func (a *Authenticator) ok(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}
