package signing

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"io"
)

// Ed25519Context is what the private key of the server's answers to applications is sealed for.
const Ed25519Context = "server/application-answers/ed25519"

// NewEd25519 makes a key pair and returns the seed of its private key, 32 bytes, sealed as hexadecimal text for
// [OpenEd25519]. It fails when rand does.
func (k *Keyring) NewEd25519(rand io.Reader) (sealed string, err error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return "", fmt.Errorf("read a seed: %w", err)
	}
	return hex.EncodeToString(k.Seal(Ed25519Context, seed)), nil
}

// OpenEd25519 returns the private key that NewEd25519 made. It fails where another master key sealed it.
func (k *Keyring) OpenEd25519(sealed string) (ed25519.PrivateKey, error) {
	raw, err := hex.DecodeString(sealed)
	if err != nil {
		return nil, fmt.Errorf("read a sealed key: %w", err)
	}
	seed, err := k.Open(Ed25519Context, raw)
	if err != nil {
		return nil, err
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("a sealed key has %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
