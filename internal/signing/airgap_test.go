package signing

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// airGapScalarText is the private scalar x of RFC 6979, A.2.5; airGapPoint is its public point.
const (
	airGapScalarText = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
	airGapPoint      = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" +
		"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)

func airGapKey(t testing.TB) *AirGapKey {
	t.Helper()
	scalar, err := hex.DecodeString(airGapScalarText)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParseAirGap(scalar)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// toCode turns hexadecimal digits into a code.
func toCode(t testing.TB, digits string) string {
	t.Helper()
	raw, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// TestAirGapVectors are the signatures that RFC 6979, A.2.5 gives for the message "sample" with
// SHA-1 and SHA-256: other programs make our codes and we read them. However the message is split
// into its parts, the code is the same, as the contract has it (§9).
func TestAirGapVectors(t *testing.T) {
	t.Parallel()
	key := airGapKey(t)
	if got, want := key.PublicXY(), toCode(t, airGapPoint); got != want {
		t.Errorf("PublicXY = %s, want %s", got, want)
	}
	if got, want := key.InitializationCode(), toCode(t, airGapScalarText); got != want || len(got) != 44 {
		t.Errorf("InitializationCode = %s, want %s", got, want)
	}
	activation := toCode(t, "61340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d32"+
		"6d7f147dac089441bb2e2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb")
	if err := key.VerifyActivationCode(activation, "sam", "ple"); err != nil {
		t.Errorf("VerifyActivationCode = %v, want ok", err)
	}
	confirmation := toCode(t, "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"+
		"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")
	if err := VerifyConfirmationCode(key.PublicXY(), confirmation, "sa", "mp", "le"); err != nil {
		t.Errorf("VerifyConfirmationCode = %v, want ok", err)
	}
	if err := VerifyConfirmationCode(key.PublicXY(), activation, "sa", "mp", "le"); !errors.Is(err, ErrSignature) {
		t.Errorf("VerifyConfirmationCode of an activation code = %v, want ErrSignature", err)
	}
}

func TestAirGapCodes(t *testing.T) {
	t.Parallel()
	owner, company := airGapKey(t), mustAirGap(t)
	rapid.Check(t, func(t *rapid.T) {
		// Each with an end of its own: the contract joins them without a mark between them.
		hardware := rapid.String().Draw(t, "hardware") + "/h"
		licenseKey := rapid.String().Draw(t, "license_key") + "/k"
		policy := rapid.String().Draw(t, "policy") + "/p"
		activation, err := owner.ActivationCode(hardware, licenseKey)
		if err != nil || len(activation) != 88 {
			t.Fatalf("ActivationCode = %s, %v, want 88 characters", activation, err)
		}
		confirmation, err := company.ConfirmationCode(nil, hardware, licenseKey, policy)
		if err != nil || len(confirmation) != 88 {
			t.Fatalf("ConfirmationCode = %s, %v, want 88 characters", confirmation, err)
		}
		for _, tt := range []struct {
			name string
			err  error
			want error
		}{
			{"activation", owner.VerifyActivationCode(activation, hardware, licenseKey), nil},
			{"activation_other_key", company.VerifyActivationCode(activation, hardware, licenseKey), ErrSignature},
			{"activation_other_device", owner.VerifyActivationCode(activation, hardware+"x", licenseKey), ErrSignature},
			{"activation_other_license", owner.VerifyActivationCode(activation, hardware, licenseKey+"x"), ErrSignature},
			{"activation_upper_case", owner.VerifyActivationCode(activation, hardware, strings.TrimSuffix(licenseKey, "k")+"K"), ErrSignature},
			{"confirmation", VerifyConfirmationCode(company.PublicXY(), confirmation, hardware, licenseKey, policy), nil},
			{"confirmation_other_key", VerifyConfirmationCode(owner.PublicXY(), confirmation, hardware, licenseKey, policy), ErrSignature},
			{"confirmation_other_policy", VerifyConfirmationCode(company.PublicXY(), confirmation, hardware, licenseKey, policy+"x"), ErrSignature},
			{"confirmation_no_policy", VerifyConfirmationCode(company.PublicXY(), confirmation, hardware, licenseKey, ""), ErrSignature},
		} {
			if !errors.Is(tt.err, tt.want) {
				t.Errorf("%s = %v, want %v", tt.name, tt.err, tt.want)
			}
		}
	})
}

func mustAirGap(t testing.TB) *AirGapKey {
	t.Helper()
	key, err := GenerateAirGap(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestVerifyCodeRefuses(t *testing.T) {
	t.Parallel()
	key := airGapKey(t)
	good, err := key.ActivationCode("HW-1", "AAAA-BBBB")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	code := base64.StdEncoding.EncodeToString
	var zeros, ones [32]byte
	for i := range ones {
		ones[i] = 0xff
	}
	bad := []string{
		"", "x", " " + good, good + "\n", good[:40] + "\r\n" + good[40:], strings.TrimRight(good, "="), hex.EncodeToString(raw),
		code(raw[:63]), code(append(bytes.Clone(raw), 0)), code(make([]byte, 64)),
		code(append(zeros[:], raw[32:]...)), code(append(bytes.Clone(raw[:32]), zeros[:]...)),
		code(append(ones[:], raw[32:]...)), code(append(bytes.Clone(raw[32:]), raw[:32]...)),
	}
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		bad = append(bad, code(changed))
	}
	for _, text := range bad {
		if err := key.VerifyActivationCode(text, "HW-1", "AAAA-BBBB"); !errors.Is(err, ErrSignature) {
			t.Errorf("VerifyActivationCode(%q) = %v, want ErrSignature", text, err)
		}
	}
	offCurve, err := base64.StdEncoding.DecodeString(key.PublicXY())
	if err != nil {
		t.Fatal(err)
	}
	offCurve[63] ^= 1
	for _, public := range []string{"", "x", key.PublicXY() + "\n", code(make([]byte, 64)), code(make([]byte, 65)), code(offCurve)} {
		if err := VerifyConfirmationCode(public, good, "HW-1", "AAAA-BBBB", "1"); err == nil || errors.Is(err, ErrSignature) {
			t.Errorf("VerifyConfirmationCode with the key %q = %v, want an error about the key", public, err)
		}
	}
}

func TestAirGapKeys(t *testing.T) {
	t.Parallel()
	const order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
	for _, digits := range []string{"", "00", strings.Repeat("00", 32), order, strings.Repeat("ff", 32), airGapScalarText + "00", airGapScalarText[2:]} {
		scalar, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseAirGap(scalar); err == nil {
			t.Errorf("ParseAirGap(%s) succeeded, want it refused", digits)
		}
	}
	// What is too large is passed over; what is good comes back as it was, with leading zeros.
	small := append(make([]byte, 31), 7)
	key, err := GenerateAirGap(bytes.NewReader(append(bytes.Repeat([]byte{0xff}, 64), small...)))
	if err != nil || !bytes.Equal(key.Scalar(), small) {
		t.Errorf("GenerateAirGap = %v, want the scalar 7", err)
	}
	if _, err := GenerateAirGap(iotest.ErrReader(errors.New("broken"))); err == nil {
		t.Error("GenerateAirGap without randomness succeeded, want an error")
	}
	if _, err := GenerateAirGap(bytes.NewReader(make([]byte, 4096))); err == nil {
		t.Error("GenerateAirGap from zeros succeeded, want an error")
	}
	if a, b := mustAirGap(t), mustAirGap(t); a.InitializationCode() == b.InitializationCode() {
		t.Error("GenerateAirGap gave the same key twice")
	}
}

func FuzzVerifyActivationCode(f *testing.F) {
	key := airGapKey(f)
	good, err := key.ActivationCode("HW-1", "AAAA-BBBB")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, "HW-1", "AAAA-BBBB")
	f.Add(good+"\n", "HW-1", "AAAA-BBBB")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, code, hardware, licenseKey string) {
		if key.VerifyActivationCode(code, hardware, licenseKey) != nil {
			return
		}
		// Only what was seeded can verify, in its one spelling.
		if raw, err := base64.StdEncoding.DecodeString(code); err != nil || hardware+licenseKey != "HW-1AAAA-BBBB" ||
			base64.StdEncoding.EncodeToString(raw) != code {
			t.Errorf("VerifyActivationCode(%q, %q, %q) = ok", code, hardware, licenseKey)
		}
	})
}
