package identity_test

import (
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
)

// The vectors of RFC 6238, appendix B, for SHA-1: of their eight digits the last six.
func TestTOTP(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	for seconds, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		got, err := identity.TOTP(identity.TOTPText(secret), license.Time(seconds*1_000_000))
		if got != want || err != nil {
			t.Errorf("TOTP at %d = %s, %v, want %s", seconds, got, err, want)
		}
	}
}

func TestCheckTOTP(t *testing.T) {
	t.Parallel()
	secret, now := []byte("12345678901234567890"), license.Time(1_700_000_000_000_000)
	code, err := identity.TOTP(identity.TOTPText(secret), now)
	if err != nil {
		t.Fatal(err)
	}
	step := int64(now) / 30_000_000
	for _, c := range []struct {
		name string
		code string
		late time.Duration
		want bool
	}{
		{"now", code, 0, true},
		{"with-a-blank", code[:3] + " " + code[3:], 0, true},
		{"a-minute-late", code, time.Minute, true},
		{"a-minute-early", code, -time.Minute, true},
		{"too-late", code, 90 * time.Second, false},
		{"too-early", code, -90 * time.Second, false},
		{"empty", "", 0, false},
		{"short", code[:5], 0, false},
	} {
		got, ok := identity.CheckTOTP(secret, c.code, now.Add(c.late))
		if ok != c.want || ok && got != step {
			t.Errorf("CheckTOTP %s = %d, %v, want %d, %v", c.name, got, ok, step, c.want)
		}
	}
	if _, err := identity.TOTP("no base32!", now); license.CodeOf(err) != license.Invalid {
		t.Errorf("TOTP with a secret that is none = %v, want invalid", err)
	}
	if got, want := identity.TOTPURI("My App", "a/b c", []byte{0, 1, 2, 3, 4}), "otpauth://totp/a%2Fb%20c?secret=AAAQEAYE&issuer=My%20App"; got != want {
		t.Errorf("TOTPURI = %s, want %s", got, want)
	}
}
