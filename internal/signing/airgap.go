package signing

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha1" // Activation codes are made with it by the apps (§9); nothing else is.
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
)

const (
	airGapScalar = 32               // bytes of a number of P-256
	airGapPair   = 2 * airGapScalar // bytes of X‖Y and of r‖s
	airGapPrefix = 4                // of an uncompressed point; the codes go without
	airGapTries  = 8                // one fails once in 2³² times
)

// AirGapKey is a P-256 key of the air gap (contract License API §9). There are two kinds of use:
//
//   - a license has one, whose [AirGapKey.InitializationCode] goes to the app, which makes the
//     activation code with it;
//   - a company has one, whose [AirGapKey.PublicXY] is built into the app, and which makes the
//     confirmation code.
//
// Codes are standard base64 with padding, on one line; whoever reads one from a form cuts the
// blanks around it first. A key never changes, is safe for use by many goroutines, and does not
// show itself in logs or by fmt.
type AirGapKey struct{ key *ecdsa.PrivateKey }

// GenerateAirGap returns a key with a scalar of random; nil means crypto/rand.
func GenerateAirGap(random io.Reader) (*AirGapKey, error) {
	var scalar [airGapScalar]byte
	for range airGapTries {
		if _, err := io.ReadFull(orRand(random), scalar[:]); err != nil {
			return nil, fmt.Errorf("read an air-gap key: %w", err)
		}
		if key, err := ParseAirGap(scalar[:]); err == nil {
			return key, nil
		}
	}
	return nil, errors.New("the source of random bytes gives no air-gap key")
}

// ParseAirGap reads what [AirGapKey.Scalar] returned. The error never repeats the bytes.
func ParseAirGap(scalar []byte) (*AirGapKey, error) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		return nil, errors.New("not a private scalar of P-256")
	}
	return &AirGapKey{key: key}, nil
}

// Scalar returns the private key as 32 bytes, to be sealed with [Keyring.Seal].
func (k *AirGapKey) Scalar() []byte {
	scalar, err := k.key.Bytes()
	if err != nil {
		panic(err) // Every key that was parsed can be written.
	}
	return scalar
}

// InitializationCode returns the private scalar in base64, which the portal shows to the license's
// owner (§9, 1). It is a secret of that license.
func (k *AirGapKey) InitializationCode() string {
	return base64.StdEncoding.EncodeToString(k.Scalar())
}

// PublicXY returns the public key as apps want it (§9, 3): base64 of X‖Y, 64 bytes, no prefix.
func (k *AirGapKey) PublicXY() string {
	point, err := k.key.PublicKey.Bytes()
	if err != nil {
		panic(err) // Every key that was parsed can be written.
	}
	return base64.StdEncoding.EncodeToString(point[1:])
}

// ActivationCode returns what the app makes of its initialization code (§9, 2). The server only
// verifies; this is for tests and tools.
func (k *AirGapKey) ActivationCode(hardwareID, licenseKey string) (string, error) {
	return k.code(nil, activationDigest(hardwareID, licenseKey))
}

// VerifyActivationCode checks an activation code made with this license's key, or fails with
// [ErrSignature].
func (k *AirGapKey) VerifyActivationCode(code, hardwareID, licenseKey string) error {
	return verifyCode(&k.key.PublicKey, code, activationDigest(hardwareID, licenseKey))
}

// ConfirmationCode returns the code that lets the app on the device hardwareID use the policy file
// policyID (§9, 3). Two codes of the same differ, and both are good.
//
// random nil means crypto/rand. Since Go 1.26 crypto/ecdsa reads the system's source whatever it
// is given.
func (k *AirGapKey) ConfirmationCode(random io.Reader, hardwareID, licenseKey, policyID string) (string, error) {
	return k.code(random, confirmationDigest(hardwareID, licenseKey, policyID))
}

// VerifyConfirmationCode checks a confirmation code as the app does, with what
// [AirGapKey.PublicXY] returned. It fails with [ErrSignature], or with another error when the key
// cannot be read.
func VerifyConfirmationCode(publicXY, code, hardwareID, licenseKey, policyID string) error {
	xy, ok := decodeLine(publicXY)
	if !ok || len(xy) != airGapPair {
		return errors.New("an air-gap public key is 64 bytes in base64")
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{airGapPrefix}, xy...))
	if err != nil {
		return errors.New("the air-gap public key is not a point of P-256")
	}
	return verifyCode(key, code, confirmationDigest(hardwareID, licenseKey, policyID))
}

func activationDigest(hardwareID, licenseKey string) []byte {
	digest := sha1.Sum([]byte(hardwareID + licenseKey))
	return digest[:]
}

func confirmationDigest(hardwareID, licenseKey, policyID string) []byte {
	digest := sha256.Sum256([]byte(hardwareID + licenseKey + policyID))
	return digest[:]
}

// code signs digest and returns base64 of r‖s.
func (k *AirGapKey) code(random io.Reader, digest []byte) (string, error) {
	r, s, err := ecdsa.Sign(orRand(random), k.key, digest)
	if err != nil {
		return "", fmt.Errorf("sign an air-gap code: %w", err)
	}
	var pair [airGapPair]byte
	r.FillBytes(pair[:airGapScalar])
	s.FillBytes(pair[airGapScalar:])
	return base64.StdEncoding.EncodeToString(pair[:]), nil
}

func verifyCode(key *ecdsa.PublicKey, code string, digest []byte) error {
	pair, ok := decodeLine(code)
	if !ok || len(pair) != airGapPair {
		return ErrSignature
	}
	r, s := new(big.Int).SetBytes(pair[:airGapScalar]), new(big.Int).SetBytes(pair[airGapScalar:])
	if !ecdsa.Verify(key, digest, r, s) {
		return ErrSignature
	}
	return nil
}

// String returns "[redacted]".
func (AirGapKey) String() string { return redacted }

// Format writes "[redacted]" for every verb.
func (AirGapKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (AirGapKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes "[redacted]".
func (AirGapKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }
