package signing

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// AlgorithmEd25519 is how a key pair says that it is of Ed25519.
const AlgorithmEd25519 = algorithmEd25519

// GenerateEd25519 makes a key pair: its public half as X of a [JWK] has it, and the 32 bytes of its private half, to be sealed
// with [Keyring.Seal]. nil means crypto/rand.
func GenerateEd25519(random io.Reader) (public string, seed []byte, err error) {
	seed = make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(orRand(random), seed); err != nil {
		return "", nil, fmt.Errorf("read a seed: %w", err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	return base64.RawURLEncoding.EncodeToString(key.Public().(ed25519.PublicKey)), seed, nil
}

// ParseEd25519 returns the private key of a pair that GenerateEd25519 made. It fails where the halves do not belong together.
func ParseEd25519(public string, seed []byte) (ed25519.PrivateKey, error) {
	want, err := parsePublic(public)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errors.New("not a key pair of Ed25519")
	}
	key := ed25519.NewKeyFromSeed(seed)
	if !want.Equal(key.Public()) {
		return nil, errors.New("not a key pair of Ed25519: its halves do not belong together")
	}
	return key, nil
}

// PublicEd25519 reads a public half that GenerateEd25519 made.
func PublicEd25519(public string) (ed25519.PublicKey, error) { return parsePublic(public) }
