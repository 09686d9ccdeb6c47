package signing

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

const vectorKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

// TestEnvelopeVector is the test vector of the RMZ contract, §11.
func TestEnvelopeVector(t *testing.T) {
	t.Parallel()
	const (
		plaintext   = `{"success":false,"error":"LICENSE_NOT_FOUND","message":"License not found"}`
		wantPayload = "MzmtExqKM+1NQGWOuwkZmG7gY3j5A4FQnfPgAbjm6xvRtg6PGE3dS6i9PB3RYKeqaCj5gEVoewq2mM+zgfLAqmbjry6wJE5r702Q"
		wantNonce   = "ZGVmZ2hpamtsbW5v"
		wantTag     = "mEGA6Uc2r3s4+so7dzCJxw=="
	)
	key, err := ParseE2EEKey(vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	e := NewEnvelope(key, base64.NewDecoder(base64.StdEncoding, strings.NewReader(wantNonce)))
	payload, nonce, tag, err := e.Encrypt([]byte(plaintext))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct {
		name, want string
		got        []byte
	}{{"payload", wantPayload, payload}, {"nonce", wantNonce, nonce}, {"tag", wantTag, tag}} {
		if got := base64.StdEncoding.EncodeToString(part.got); got != part.want {
			t.Errorf("%s = %s, want %s", part.name, got, part.want)
		}
	}
	if got, err := e.Decrypt(payload, nonce, tag); err != nil || string(got) != plaintext {
		t.Errorf("Decrypt = %s, %v, want %s", got, err, plaintext)
	}
}

// TestEnvelopeR35 is RMZ R33 and R35: the sizes, and no nonce twice.
func TestEnvelopeR35(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 1000 {
		payload, nonce, tag, err := NewEnvelope(E2EEKey(testKey(0)), nil).Encrypt([]byte("same"))
		if err != nil || len(payload) != 4 || len(nonce) != 12 || len(tag) != 16 {
			t.Fatalf("Encrypt = %d, %d, %d bytes, %v, want 4, 12, 16", len(payload), len(nonce), len(tag), err)
		}
		seen[string(nonce)] = true
	}
	if len(seen) != 1000 {
		t.Errorf("R35: %d different nonces in 1000 answers", len(seen))
	}
}

func TestEnvelopeRoundTrip(t *testing.T) {
	t.Parallel()
	key, other := testKey(0), testKey(1)
	rapid.Check(t, func(t *rapid.T) {
		plaintext := rapid.SliceOf(rapid.Byte()).Draw(t, "plaintext")
		e := NewEnvelope(key, nil)
		payload, nonce, tag, err := e.Encrypt(plaintext)
		if err != nil || len(payload) != len(plaintext) {
			t.Fatalf("Encrypt = %d bytes, %v, want %d", len(payload), err, len(plaintext))
		}
		if got, err := e.Decrypt(payload, nonce, tag); err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("Decrypt = %x, %v, want %x", got, err, plaintext)
		}
		if _, err := NewEnvelope(other, nil).Decrypt(payload, nonce, tag); !errors.Is(err, ErrTampered) {
			t.Fatalf("R36: Decrypt with another key = %v, want ErrTampered", err)
		}
		for _, part := range [][]byte{payload, nonce, tag} {
			if len(part) == 0 {
				continue
			}
			i := rapid.IntRange(0, len(part)-1).Draw(t, "byte")
			part[i] ^= 4
			if _, err := e.Decrypt(payload, nonce, tag); !errors.Is(err, ErrTampered) {
				t.Fatalf("Decrypt of changed bytes = %v, want ErrTampered", err)
			}
			part[i] ^= 4
		}
		// The parts do not share memory that an append would overwrite.
		_, _ = append(payload, 'x'), append(nonce, 'x')
		if got, err := e.Decrypt(payload, nonce, tag); err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("Decrypt after appends = %x, %v, want %x", got, err, plaintext)
		}
	})
}

func TestEnvelopeWithoutRandomness(t *testing.T) {
	t.Parallel()
	for _, random := range []io.Reader{iotest.ErrReader(io.ErrClosedPipe), strings.NewReader("11 bytes...")} {
		payload, nonce, tag, err := NewEnvelope(testKey(0), random).Encrypt([]byte("x"))
		if err == nil || payload != nil || nonce != nil || tag != nil {
			t.Errorf("Encrypt without a nonce = %x, %x, %x, %v, want an error alone", payload, nonce, tag, err)
		}
	}
	if _, err := NewE2EEKey(strings.NewReader("31 bytes.......................")); err == nil {
		t.Error("NewE2EEKey from 31 bytes succeeded, want an error")
	}
}

func TestParseE2EEKey(t *testing.T) {
	t.Parallel()
	for _, text := range []string{vectorKey, strings.ToUpper(vectorKey)} {
		if got, err := ParseE2EEKey(text); err != nil || got.Hex() != vectorKey {
			t.Errorf("ParseE2EEKey(%s) = %s, %v", text, got.Hex(), err)
		}
	}
	for _, text := range []string{"", vectorKey[:63], vectorKey[:62], vectorKey + "00", " " + vectorKey[1:], vectorKey + "\n", strings.Repeat("g", 64)} {
		if got, err := ParseE2EEKey(text); err == nil {
			t.Errorf("ParseE2EEKey(%q) = %s, want it refused", text, got.Hex())
		}
	}
	a, err1 := NewE2EEKey(nil)
	b, err2 := NewE2EEKey(nil)
	if err1 != nil || err2 != nil || a == b {
		t.Errorf("NewE2EEKey twice: %v, %v, the same %v", err1, err2, a == b)
	}
}

func FuzzParseE2EEKey(f *testing.F) {
	f.Add(vectorKey)
	f.Add(strings.Repeat("F", 64))
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseE2EEKey(text)
		if (err == nil) && key.Hex() != strings.ToLower(text) {
			t.Errorf("ParseE2EEKey(%q) = %s", text, key.Hex())
		}
	})
}

func FuzzEnvelopeDecrypt(f *testing.F) {
	e := NewEnvelope(testKey(0), nil)
	payload, nonce, tag, err := e.Encrypt([]byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload, nonce, tag)
	f.Add([]byte{}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, payload, nonce, tag []byte) {
		if got, err := e.Decrypt(payload, nonce, tag); err == nil && len(got) != len(payload) {
			t.Errorf("Decrypt of %d bytes gave %d", len(payload), len(got))
		}
	})
}

// BenchmarkEnvelope shows what a cache of ciphers could save at most: the difference between the
// two, against an answer that takes tens of microseconds.
func BenchmarkEnvelope(b *testing.B) {
	answer := bytes.Repeat([]byte("x"), 400) // A successful verification is about this long.
	key := testKey(0)
	b.Run("built_for_each", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, err := NewEnvelope(key, nil).Encrypt(answer); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("built_once", func(b *testing.B) {
		e := NewEnvelope(key, nil)
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, err := e.Encrypt(answer); err != nil {
				b.Fatal(err)
			}
		}
	})
}
