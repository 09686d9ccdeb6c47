package identity

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"

	"licet/internal/license"
)

// Codes of a second factor (RFC 6238): six digits that change every 30 seconds, made with SHA-1, as every authenticator app
// makes them.
const (
	TOTPSecretSize = 25 // bytes: 40 characters of base32

	totpSeconds = 30
	totpWindow  = 2 // steps that a clock may be early or late
	totpDigits  = 6
	totpModulus = 1_000_000
)

// TOTP returns the code of a moment, made from a secret as [TOTPText] writes it, as an authenticator app does. Invalid for a
// secret that is not base32.
func TOTP(text string, now license.Time) (string, error) {
	secret, err := totpEncoding().DecodeString(strings.ToUpper(strings.ReplaceAll(text, " ", "")))
	if err != nil {
		return "", license.Invalidf("secret", "the secret is not base32")
	}
	return totpCode(secret, totpStep(now)), nil
}

// totpStep returns the step that a moment is in.
func totpStep(now license.Time) int64 { return int64(now) / 1_000_000 / totpSeconds }

func totpCode(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%0*d", totpDigits, binary.BigEndian.Uint32(sum[from:])&0x7fff_ffff%totpModulus)
}

// CheckTOTP reports whether code is that of a step around now, two steps early or late, and returns the step, the latest of
// several. Who keeps it can refuse a code that was taken before.
func CheckTOTP(secret []byte, code string, now license.Time) (step int64, ok bool) {
	code = strings.ReplaceAll(code, " ", "")
	current := totpStep(now)
	for at := current - totpWindow; at <= current+totpWindow; at++ {
		if subtle.ConstantTimeCompare([]byte(code), []byte(totpCode(secret, at))) == 1 {
			step, ok = at, true
		}
	}
	return step, ok
}

// TOTPText returns a secret as people type it into an authenticator app.
func TOTPText(secret []byte) string {
	return totpEncoding().EncodeToString(secret)
}

func totpEncoding() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// TOTPURI returns what an authenticator app reads from a QR code.
func TOTPURI(issuer, name string, secret []byte) string {
	return "otpauth://totp/" + url.PathEscape(name) + "?secret=" + TOTPText(secret) + "&issuer=" +
		strings.ReplaceAll(url.QueryEscape(issuer), "+", "%20")
}
