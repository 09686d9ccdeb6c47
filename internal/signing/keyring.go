package signing

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
)

// A sealed text is version (1 byte), key mark (4 bytes), nonce (12), ciphertext, tag (16). The
// first five bytes and the context are authenticated with the text.
const (
	sealVersion  = 1
	markSize     = 4
	headSize     = 1 + markSize
	sealOverhead = headSize + 12 + 16
)

// Error is a failure of this package that callers tell apart.
type Error string

// The errors of [Keyring.Open] and [Envelope.Decrypt].
const (
	// ErrFormat means: this was never sealed by Licet, or by a later version of it.
	ErrFormat Error = "not a sealed text of this version"
	// ErrOtherKey means: sealed under a master key that the keyring does not have.
	ErrOtherKey Error = "sealed with another master key"
	// ErrTampered means: changed since, cut, or sealed for another context.
	ErrTampered Error = "the sealed text was changed, or belongs elsewhere"
)

// Error returns the text.
func (e Error) Error() string { return string(e) }

// Keyring seals and opens what is stored. It is safe for use by many goroutines.
type Keyring struct {
	current sealKey
	older   []sealKey
}

type sealKey struct {
	aead        cipher.AEAD
	digest      []byte     // key of digests
	macs        *sync.Pool // of hash.Hash with that key, since the preparation of one costs more than a digest
	fingerprint [8]byte
}

// NewKeyring returns a keyring that seals with current and opens what was sealed with current or
// one of older, so that a master key can be replaced without a pause.
func NewKeyring(current MasterKey, older ...MasterKey) *Keyring {
	k := &Keyring{current: newSealKey(current)}
	for _, key := range older {
		k.older = append(k.older, newSealKey(key))
	}
	return k
}

// newSealKey derives from master a key for sealing alone, one for digests alone and, separately, its fingerprint, which
// tells nothing about any of them.
func newSealKey(master MasterKey) sealKey {
	block, err := aes.NewCipher(derive(master, "licet/seal/v1", 32))
	if err != nil {
		panic(err) // The key has 32 bytes; there is nothing else to refuse.
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the block size that GCM wants.
	}
	digest := derive(master, "licet/digest/v1", 32)
	return sealKey{
		aead: aead, digest: digest, macs: &sync.Pool{New: func() any { return hmac.New(sha256.New, digest) }},
		fingerprint: [8]byte(derive(master, "licet/fingerprint/v1", 8)),
	}
}

func derive(master MasterKey, purpose string, size int) []byte {
	key, err := hkdf.Key(sha256.New, master[:], nil, purpose, size)
	if err != nil {
		panic(err) // Only a size beyond 8160 bytes is refused.
	}
	return key
}

func (s sealKey) mark() []byte { return s.fingerprint[:markSize] }

// Fingerprint returns 16 hexadecimal digits that tell master keys apart and may be stored and
// shown. A server compares it at start with the one in its database and so recognises a wrong key
// before anything is sealed with it.
func (k *Keyring) Fingerprint() string { return hex.EncodeToString(k.current.fingerprint[:]) }

// Seal returns plaintext encrypted with AES-256-GCM under a fresh random nonce. The context says
// what the text is and whose, as "product-e2ee/12/345": only the same context opens it, so a
// sealed value copied into another row is refused. Sealing twice gives different results.
func (k *Keyring) Seal(context string, plaintext []byte) []byte {
	out := make([]byte, 0, len(plaintext)+sealOverhead)
	out = append(out, sealVersion)
	out = append(out, k.current.mark()...)
	return k.current.aead.Seal(out, nil, plaintext, additional(out, context))
}

// Open returns what Seal was given. It fails with [ErrFormat], [ErrOtherKey] or [ErrTampered].
func (k *Keyring) Open(context string, sealed []byte) ([]byte, error) {
	if len(sealed) < sealOverhead || sealed[0] != sealVersion {
		return nil, fmt.Errorf("open %s: %w", context, ErrFormat)
	}
	head, body := sealed[:headSize], sealed[headSize:]
	known := false
	for _, key := range append([]sealKey{k.current}, k.older...) {
		if !bytes.Equal(key.mark(), head[1:]) {
			continue
		}
		known = true
		if plaintext, err := key.aead.Open(nil, nil, body, additional(head, context)); err == nil {
			return plaintext, nil
		}
	}
	if !known {
		return nil, fmt.Errorf("open %s: %w", context, ErrOtherKey)
	}
	return nil, fmt.Errorf("open %s: %w", context, ErrTampered)
}

// additional is what is authenticated beside the text: the head, whose length is fixed, then the
// context.
func additional(head []byte, context string) []byte {
	return append(bytes.Clone(head[:headSize]), context...)
}
