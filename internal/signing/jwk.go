package signing

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
)

// JWK is a public Ed25519 key as a JSON Web Key (RFC 7517, RFC 8037). There is no place in it for a private one.
type JWK struct {
	Type      string `json:"kty"`               // OKP
	Curve     string `json:"crv"`               // Ed25519
	X         string `json:"x"`                 // the key, 32 bytes in base64url
	ID        string `json:"kid"`               // the thumbprint
	Use       string `json:"use,omitempty"`     // sig
	Algorithm string `json:"alg,omitempty"`     // EdDSA
	Purpose   string `json:"purpose,omitempty"` // what Licet signs with it; others pass it over
}

// JWKS is a set of public keys, as /.well-known/jwks.json has it.
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// NewJWK returns a public key as JSON Web Key. Purpose is what it signs.
func NewJWK(public ed25519.PublicKey, purpose string) JWK {
	return JWK{
		Type: "OKP", Curve: "Ed25519", X: base64.RawURLEncoding.EncodeToString(public), ID: Thumbprint(public),
		Use: "sig", Algorithm: algorithmEdDSA, Purpose: purpose,
	}
}

// ParseJWK reads a public Ed25519 key from JSON. A kid that is there is kept as it is: others name keys as they like.
func ParseJWK(text []byte) (JWK, error) {
	var k JWK
	if err := json.Unmarshal(text, &k); err != nil {
		return JWK{}, errors.New("a JSON Web Key is a JSON object of texts")
	}
	_, err := k.PublicKey()
	return k, err
}

// PublicKey returns the key. It fails where this is none of Ed25519.
func (k *JWK) PublicKey() (ed25519.PublicKey, error) {
	public, err := parsePublic(k.X)
	if k.Type != "OKP" || k.Curve != "Ed25519" || err != nil {
		return nil, errors.New("not a JSON Web Key of Ed25519")
	}
	return public, nil
}

// Thumbprint returns the name of a public key that everybody computes alike (RFC 7638): SHA-256 in base64url, 43 characters.
func Thumbprint(public ed25519.PublicKey) string {
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(public) + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// parsePublic reads a public key as X of a JWK has it.
func parsePublic(x string) (ed25519.PublicKey, error) {
	raw, ok := decodeURL(x)
	if !ok || len(raw) != ed25519.PublicKeySize {
		return nil, errors.New("not a public key of Ed25519")
	}
	return raw, nil
}

// decodeURL reads base64url without padding, on one line.
func decodeURL(text string) ([]byte, bool) {
	for i := range len(text) {
		if text[i] == '\r' || text[i] == '\n' {
			return nil, false
		}
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return raw, err == nil
}
