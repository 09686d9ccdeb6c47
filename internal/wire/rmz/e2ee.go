package rmz

import (
	"encoding/base64"
	"fmt"

	"licet/internal/license"
	"licet/internal/signing"
)

// envelope returns what the answers of a product go out in, or nil when they go in clear. The key is
// read and opened for each answer, so a replaced one holds at once (§11). An error is a fault of
// ours: the key was sealed under a master key that this server does not have.
func (d *door) envelope(p *license.Product) (*signing.Envelope, error) {
	if len(p.E2EEKey) == 0 {
		return nil, nil
	}
	if d.keyring == nil {
		return nil, fmt.Errorf("rmz: product %d answers encrypted, and there is no master key", p.Number)
	}
	key, err := d.keyring.Open(p.SealContext(), p.E2EEKey)
	if err != nil {
		return nil, fmt.Errorf("rmz: the end-to-end key of product %d: %w", p.Number, err)
	}
	if len(key) != len(signing.E2EEKey{}) {
		return nil, fmt.Errorf("rmz: the end-to-end key of product %d has %d bytes", p.Number, len(key))
	}
	return signing.NewEnvelope([32]byte(key), nil), nil
}

// appendEnvelope appends plain, encrypted under a fresh nonce: exactly the four members of §11.
func appendEnvelope(dst []byte, e *signing.Envelope, plain []byte) ([]byte, error) {
	payload, nonce, tag, err := e.Encrypt(plain)
	if err != nil {
		return nil, err
	}
	dst = append(dst, `{"encrypted":true,"payload":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, payload)
	dst = append(dst, `","nonce":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, nonce)
	dst = append(dst, `","tag":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, tag)
	return append(dst, `"}`...), nil
}
