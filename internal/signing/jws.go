package signing

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// algorithmEdDSA is the name of Ed25519 among the algorithms of JOSE (RFC 8037) that every library knows.
const algorithmEdDSA = "EdDSA"

// jwsHeader is the protected header of a JWS. Its members are written in this order.
type jwsHeader struct {
	Algorithm string          `json:"alg"`
	KeyID     string          `json:"kid,omitempty"`
	Type      string          `json:"typ,omitempty"`
	Critical  json.RawMessage `json:"crit,omitempty"`
}

// SignJWS returns a payload signed with Ed25519, as a JSON Web Signature in its compact form (RFC 7515). typ says what it is, so
// that no other signed text passes for it; the kid is the thumbprint of the key.
func SignJWS(key ed25519.PrivateKey, typ string, payload []byte) string {
	header, err := json.Marshal(jwsHeader{Algorithm: algorithmEdDSA, KeyID: Thumbprint(key.Public().(ed25519.PublicKey)), Type: typ})
	if err != nil {
		panic(err) // Texts can be written.
	}
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	return text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(text)))
}

// VerifyJWS returns the payload of a JSON Web Signature that is of the type typ and signed with Ed25519 by the key that key
// returns for its kid. It fails with [ErrSignature]. What the payload says, and until when it holds, is not looked at.
func VerifyJWS(text, typ string, key func(kid string) (ed25519.PublicKey, bool)) ([]byte, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, ErrSignature
	}
	raw, ok := decodeURL(parts[0])
	var h jwsHeader
	if !ok || json.Unmarshal(raw, &h) != nil || h.Algorithm != algorithmEdDSA || h.Type != typ || h.Critical != nil {
		return nil, ErrSignature
	}
	payload, ok := decodeURL(parts[1])
	signature, whole := decodeURL(parts[2])
	public, known := key(h.KeyID)
	if !ok || !whole || !known || len(public) != ed25519.PublicKeySize ||
		!ed25519.Verify(public, []byte(parts[0]+"."+parts[1]), signature) {
		return nil, ErrSignature
	}
	return payload, nil
}
