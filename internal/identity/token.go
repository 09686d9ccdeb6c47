package identity

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// A token reads "licet_<kind>_<58 characters>": 32 random bytes and their CRC-32, in lower-case
// base32. The checksum lets a mistyped or cut token be refused without a look-up, and lets
// scanners recognise one that leaked.
const (
	tokenPrefix = "licet_"
	tokenBytes  = 32
	tokenBody   = 58 // base32 characters of 36 bytes
	maxKind     = 16
)

// The kinds of tokens there are. The kind shows a person what they hold; it proves nothing.
const (
	KindAPIKey  = "key"     // credential of a program on the manage surface
	KindSession = "session" // a signed-in browser

	KindPasskey    = "passkey" // a question to a browser's passkeys
	KindReset      = "reset"   // in a link to choose a new password by
	KindInvitation = "invitation"
	KindSetUp      = "setup" // in a link to make the first tenant by
)

// TokenHash is the SHA-256 of a whole token: all that is stored of it. A fast hash is right here,
// because a token has 256 random bits.
type TokenHash [sha256.Size]byte

// Equal compares in constant time.
func (h TokenHash) Equal(other TokenHash) bool {
	return subtle.ConstantTimeCompare(h[:], other[:]) == 1
}

// NewToken makes a token of a kind (1 to 16 lower-case letters) from 32 bytes of random. The token
// is shown once and not kept; hash is stored, and hint ("licet_key_…x7q2") is what lists show.
// It fails when random does, or for a kind that is no such word.
func NewToken(random io.Reader, kind string) (token Secret, hash TokenHash, hint string, err error) {
	if !isKind(kind) {
		return "", TokenHash{}, "", fmt.Errorf("token kind %q: want 1 to %d lower-case letters", kind, maxKind)
	}
	raw := make([]byte, tokenBytes, tokenBytes+crc32.Size)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", TokenHash{}, "", fmt.Errorf("read a token: %w", err)
	}
	raw = binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw))
	text := tokenPrefix + kind + "_" + tokenEncoding().EncodeToString(raw)
	return Secret(text), sha256.Sum256([]byte(text)), tokenPrefix + kind + "_…" + text[len(text)-4:], nil
}

// ParseToken reads a token and returns its kind and the hash to look it up by; ok is false for
// anything that NewToken cannot have made.
func ParseToken(text string) (kind string, hash TokenHash, ok bool) {
	rest, found := strings.CutPrefix(text, tokenPrefix)
	if !found {
		return "", TokenHash{}, false
	}
	kind, body, found := strings.Cut(rest, "_")
	if !found || !isKind(kind) || len(body) != tokenBody {
		return "", TokenHash{}, false
	}
	raw, ok := decodeBody(body)
	if !ok || binary.BigEndian.Uint32(raw[tokenBytes:]) != crc32.ChecksumIEEE(raw[:tokenBytes]) {
		return "", TokenHash{}, false
	}
	return kind, sha256.Sum256([]byte(text)), true
}

// decodeBody is the inverse of tokenEncoding for a text of tokenBody characters. Every call of an app begins with it, so it makes no
// tables; and unlike package base32 it refuses spare bits and line ends: one token has exactly one spelling.
func decodeBody(body string) (raw [tokenBytes + crc32.Size]byte, ok bool) {
	var pending uint32
	bits, n := 0, 0
	for _, c := range []byte(body) {
		switch {
		case 'a' <= c && c <= 'z':
			pending = pending<<5 | uint32(c-'a')
		case '2' <= c && c <= '7':
			pending = pending<<5 | uint32(c-'2'+26)
		default:
			return raw, false
		}
		if bits += 5; bits >= 8 {
			bits -= 8
			raw[n] = byte(pending >> bits)
			n++
		}
	}
	return raw, pending&(1<<bits-1) == 0
}

func tokenEncoding() *base32.Encoding {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
}

func isKind(kind string) bool {
	if kind == "" || len(kind) > maxKind {
		return false
	}
	for _, c := range []byte(kind) {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}
