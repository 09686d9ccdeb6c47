package signing

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const (
	nonceSize = 12
	tagSize   = 16
)

// E2EEKey is the end-to-end key of one RMZ product. It does not show itself in logs or by fmt;
// [E2EEKey.Hex] is the form that a vendor copies into the app.
type E2EEKey [32]byte

// NewE2EEKey returns a key of 32 bytes of random; nil means crypto/rand.
func NewE2EEKey(random io.Reader) (E2EEKey, error) {
	var key E2EEKey
	if _, err := io.ReadFull(orRand(random), key[:]); err != nil {
		return E2EEKey{}, fmt.Errorf("read an end-to-end key: %w", err)
	}
	return key, nil
}

// ParseE2EEKey reads 64 hexadecimal digits of either case, and nothing around them. The error
// never repeats the text.
func ParseE2EEKey(text string) (E2EEKey, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(E2EEKey{}) {
		return E2EEKey{}, errors.New("an end-to-end key is 64 hexadecimal digits")
	}
	return E2EEKey(raw), nil
}

// Hex returns the key as 64 lower-case hexadecimal digits.
func (k E2EEKey) Hex() string { return hex.EncodeToString(k[:]) }

// String returns "[redacted]".
func (E2EEKey) String() string { return redacted }

// Format writes "[redacted]" for every verb.
func (E2EEKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (E2EEKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes "[redacted]".
func (E2EEKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Envelope encrypts answers as the RMZ contract wants it (§11): AES-256-GCM, a fresh random nonce
// of 12 bytes for each, no associated data, the tag apart from the payload.
//
// Building one costs a microsecond or two (BenchmarkEnvelope), little beside an answer over HTTP,
// so it is built for each answer and no cache has to be kept true when a key is replaced. It is
// safe for use by many goroutines when random is.
type Envelope struct {
	aead   cipher.AEAD
	random io.Reader
}

// NewEnvelope returns an envelope with a product's key (an [E2EEKey] will do) and a source of
// nonces; nil means crypto/rand, and only tests need another.
func NewEnvelope(key [32]byte, random io.Reader) *Envelope {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // The key has 32 bytes; there is nothing else to refuse.
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has the block size that GCM wants.
	}
	return &Envelope{aead: aead, random: orRand(random)}
}

// Encrypt returns the ciphertext without its tag, the nonce of 12 bytes and the tag of 16. It
// fails only when the source of nonces does: without a fresh nonce nothing is encrypted.
func (e *Envelope) Encrypt(plaintext []byte) (payload, nonce, tag []byte, err error) {
	buf := make([]byte, nonceSize, nonceSize+len(plaintext)+tagSize)
	if _, err := io.ReadFull(e.random, buf); err != nil {
		return nil, nil, nil, fmt.Errorf("read a nonce: %w", err)
	}
	sealed := e.aead.Seal(buf, buf, plaintext, nil)
	end := nonceSize + len(plaintext)
	return sealed[nonceSize:end:end], sealed[:nonceSize:nonceSize], sealed[end:], nil
}

// Decrypt returns what Encrypt was given, or [ErrTampered] for another key or changed bytes.
func (e *Envelope) Decrypt(payload, nonce, tag []byte) ([]byte, error) {
	if len(nonce) != nonceSize || len(tag) != tagSize {
		return nil, ErrTampered
	}
	sealed := append(append(make([]byte, 0, len(payload)+tagSize), payload...), tag...)
	plaintext, err := e.aead.Open(sealed[:0], nonce, sealed, nil)
	if err != nil {
		return nil, ErrTampered
	}
	return plaintext, nil
}

func orRand(random io.Reader) io.Reader {
	if random == nil {
		return rand.Reader
	}
	return random
}
