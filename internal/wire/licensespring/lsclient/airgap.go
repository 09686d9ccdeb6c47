package lsclient

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
)

// scalarSize is the length of r, s, X, Y and the private scalar on P-256.
const scalarSize = 32

// AirGapActivationCode is what the app shows for the initialization code of the vendor's page (§9, steps 1
// and 2): base64 of r and s of ECDSA P-256 with SHA-1 over the hardware id and the license key.
func AirGapActivationCode(initializationCode, hardwareID, licenseKey string) (string, error) {
	scalar, err := base64.StdEncoding.Strict().DecodeString(initializationCode)
	if err != nil || len(scalar) != scalarSize {
		return "", fmt.Errorf("the initialization code is no base64 of %d bytes: %q", scalarSize, initializationCode)
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		return "", fmt.Errorf("the initialization code is no private key: %w", err)
	}
	sum := sha1.Sum([]byte(hardwareID + licenseKey))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		return "", err
	}
	code := append(r.FillBytes(make([]byte, scalarSize)), s.FillBytes(make([]byte, scalarSize))...)
	return base64.StdEncoding.EncodeToString(code), nil
}

// VerifyAirGapConfirmation checks the confirmation code of the vendor's page (§9, step 3). airGapKey is base64
// of X and Y of the company's public key, policyID the id of the policy in digits.
func VerifyAirGapConfirmation(airGapKey, code, hardwareID, licenseKey, policyID string) error {
	point, err := base64.StdEncoding.Strict().DecodeString(airGapKey)
	if err != nil || len(point) != 2*scalarSize {
		return fmt.Errorf("the air-gap key is no base64 of %d bytes: %q", 2*scalarSize, airGapKey)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{4}, point...))
	if err != nil {
		return fmt.Errorf("the air-gap key is no point: %w", err)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(code)
	if err != nil || len(raw) != 2*scalarSize {
		return fmt.Errorf("the confirmation code is no base64 of %d bytes: %q", 2*scalarSize, code)
	}
	sum := sha256.Sum256([]byte(hardwareID + licenseKey + policyID))
	r, s := new(big.Int).SetBytes(raw[:scalarSize]), new(big.Int).SetBytes(raw[scalarSize:])
	if !ecdsa.Verify(key, sum[:], r, s) {
		return errors.New("the confirmation code does not hold")
	}
	return nil
}
