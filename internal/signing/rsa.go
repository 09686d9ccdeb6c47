package signing

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"licet/internal/license"
)

// ErrSignature means: the signature was not made by this key over this message, or is no
// signature at all.
const ErrSignature Error = "the signature does not fit"

// RSASize is the length of an RSA modulus in bits; 0 means 2048.
type RSASize int

// The sizes that are allowed. A signature of 4096 bits costs about six times the work of one of
// 2048 (BenchmarkRSA).
const (
	RSA2048 RSASize = 2048
	RSA3072 RSASize = 3072
	RSA4096 RSASize = 4096
)

func (s RSASize) allowed() bool { return s == RSA2048 || s == RSA3072 || s == RSA4096 }

// RSAKey signs answers and offline files as the License API wants it (§3): RSASSA-PKCS1-v1_5 with
// SHA-256. It never changes, is safe for use by many goroutines, and does not show itself in logs
// or by fmt.
type RSAKey struct {
	key         *rsa.PrivateKey
	public      string            // SPKI, PEM
	fingerprint [sha256.Size]byte // of the SPKI, DER
}

// GenerateRSA returns a new key. A size that is not allowed is invalid, with the field "size".
// The work takes from a tenth of a second to many seconds, by size and luck.
//
// random nil means crypto/rand. Since Go 1.26 crypto/rsa reads the system's source whatever it is
// given; tests that want the same key twice use testing/cryptotest.
func GenerateRSA(random io.Reader, size RSASize) (*RSAKey, error) {
	if size == 0 {
		size = RSA2048
	}
	if !size.allowed() {
		return nil, license.Invalidf("size", "an RSA key has 2048, 3072 or 4096 bits")
	}
	key, err := rsa.GenerateKey(orRand(random), int(size))
	if err != nil {
		return nil, fmt.Errorf("generate an RSA key: %w", err)
	}
	return newRSAKey(key), nil
}

// ParseRSA reads an RSA key of two primes and an allowed size from PKCS #8 in DER, as
// [RSAKey.PKCS8] writes it. The error never repeats the bytes.
func ParseRSA(pkcs8 []byte) (*RSAKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, errors.New("not a private key in PKCS #8")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok || len(key.Primes) != 2 || !RSASize(key.N.BitLen()).allowed() {
		return nil, errors.New("not an RSA key of 2048, 3072 or 4096 bits and two primes")
	}
	return newRSAKey(key), nil
}

func newRSAKey(key *rsa.PrivateKey) *RSAKey {
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err) // Every RSA key that was generated or parsed can be written.
	}
	return &RSAKey{
		key:         key,
		public:      string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})),
		fingerprint: sha256.Sum256(spki),
	}
}

// PKCS8 returns the private key as PKCS #8 in DER, to be sealed with [Keyring.Seal] and never
// stored or shown as it is.
func (k *RSAKey) PKCS8() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(k.key)
	if err != nil {
		panic(err) // Every RSA key that was generated or parsed can be written.
	}
	return der
}

// PublicPEM returns the public key as clients want it (§3): SPKI in PEM, from
// "-----BEGIN PUBLIC KEY-----" to the line end after the last line.
func (k *RSAKey) PublicPEM() string { return k.public }

// ID returns 16 hexadecimal digits that tell keys apart and may be stored and shown: the
// beginning of the SHA-256 of the public key (SPKI, DER).
func (k *RSAKey) ID() string { return hex.EncodeToString(k.fingerprint[:8]) }

// Size returns the length of the modulus.
func (k *RSAKey) Size() RSASize { return RSASize(k.key.N.BitLen()) }

// Sign returns the signature of message in standard base64 with padding, on one line. The same
// key and message always give the same signature. A server signs through a [Signer].
func (k *RSAKey) Sign(message []byte) (string, error) {
	return k.signDigest(sha256.Sum256(message))
}

func (k *RSAKey) signDigest(digest [sha256.Size]byte) (string, error) {
	signature, err := rsa.SignPKCS1v15(nil, k.key, crypto.SHA256, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign with key %s: %w", k.ID(), err)
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}

// VerifyRSA checks what [RSAKey.Sign] returned against a public key as [RSAKey.PublicPEM] gives
// it. It fails with [ErrSignature], or with another error when the key cannot be read.
func VerifyRSA(publicPEM string, message []byte, signature string) error {
	block, rest := pem.Decode([]byte(publicPEM))
	if block == nil || block.Type != "PUBLIC KEY" || strings.TrimSpace(string(rest)) != "" {
		return errors.New("not a public key in PEM")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return fmt.Errorf("public key: %w", err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return errors.New("not a public key of RSA")
	}
	raw, ok := decodeLine(signature)
	if !ok {
		return ErrSignature
	}
	digest := sha256.Sum256(message)
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw) != nil {
		return ErrSignature
	}
	return nil
}

// decodeLine decodes standard base64 with padding in its one spelling: without line ends, which
// Go's decoder would skip, and without stray bits at the end.
func decodeLine(text string) ([]byte, bool) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	return raw, err == nil && !strings.ContainsAny(text, "\r\n")
}

// String returns "[redacted]".
func (RSAKey) String() string { return redacted }

// Format writes "[redacted]" for every verb.
func (RSAKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (RSAKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes "[redacted]".
func (RSAKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }
