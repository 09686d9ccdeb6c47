package signing

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"licet/internal/license"
)

// Keys are slow to make, so each test that wants one shares these.
var (
	rsa2048  = sync.OnceValue(func() *RSAKey { return mustRSA(RSA2048) })
	rsaOther = sync.OnceValue(func() *RSAKey { return mustRSA(0) })
	rsa3072  = sync.OnceValue(func() *RSAKey { return mustRSA(RSA3072) })
	rsa4096  = sync.OnceValue(func() *RSAKey { return mustRSA(RSA4096) })
)

func mustRSA(size RSASize) *RSAKey {
	key, err := GenerateRSA(nil, size)
	if err != nil {
		panic(err)
	}
	return key
}

func mustSign(t testing.TB, key *RSAKey, message []byte) string {
	t.Helper()
	signature, err := key.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

// TestRSAVectors are the messages of the License API contract, §15: their digests are given there,
// and whoever has the public key and crypto/rsa agrees with our signatures of them.
func TestRSAVectors(t *testing.T) {
	t.Parallel()
	key := rsa2048()
	for _, tt := range []struct{ name, message, digest string }{
		{
			"v1_with_validity", "hw-a53f-0cbc#aaaa-bbbb-cccc-dddd#2026-06-18t00:00:00.000z",
			"b25b6337f2d9fb2a3deef3c0a19b6758aeecd1c59b3e8395932f4f4725a534c9",
		},
		{
			"v1_perpetual", "hw-a53f-0cbc#aaaa-bbbb-cccc-dddd#",
			"ef7c120a20aaa145f1d861b74e9fb0584e162944b883fafc821a38f9d255677e",
		},
		{
			"v1_username", "hw-a53f-0cbc#user.one@example.com#",
			"748d1a9da120db3d5d2394e09c9345f877f7a1c02b9e249eb452f294e1011fce",
		},
		{
			"v2_body", `{"id":1749538876210079,"license_key":"AAAA-BBBB-CCCC-DDDD","note":"<a&b> ` + "\u2028" + ` é","validity_period":null}`,
			"6bbffbfd36af99490890bcc1e5250d81b37145f1ab70bf4786de7b50ae637d98",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			digest := sha256.Sum256([]byte(tt.message))
			if got := hex.EncodeToString(digest[:]); got != tt.digest {
				t.Fatalf("SHA-256(%q) = %s, want %s", tt.message, got, tt.digest)
			}
			signature := mustSign(t, key, []byte(tt.message))
			raw, err := base64.StdEncoding.DecodeString(signature)
			if err != nil || len(raw) != 256 || strings.ContainsAny(signature, "\r\n-_") {
				t.Fatalf("Sign = %q: %d bytes, %v, want 256 in one line of standard base64", signature, len(raw), err)
			}
			block, _ := pem.Decode([]byte(key.PublicPEM()))
			public, err := x509.ParsePKIXPublicKey(block.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			if err := rsa.VerifyPKCS1v15(public.(*rsa.PublicKey), crypto.SHA256, digest[:], raw); err != nil {
				t.Errorf("crypto/rsa on Sign = %v, want it verified", err)
			}
			if err := VerifyRSA(key.PublicPEM(), []byte(tt.message), signature); err != nil {
				t.Errorf("VerifyRSA = %v, want ok", err)
			}
			if err := VerifyRSA(key.PublicPEM(), []byte(tt.message+" "), signature); !errors.Is(err, ErrSignature) {
				t.Errorf("VerifyRSA of another message = %v, want ErrSignature", err)
			}
		})
	}
}

func TestRSASizes(t *testing.T) {
	t.Parallel()
	for _, size := range []RSASize{-1, 1, 1024, 2047, 2049, 8192} {
		if _, err := GenerateRSA(nil, size); !errors.Is(err, license.Invalid) {
			t.Errorf("GenerateRSA(%d) = %v, want invalid", size, err)
		}
	}
	keys := map[RSASize]*RSAKey{RSA2048: rsaOther()} // Made with 0, the default.
	if !testing.Short() {
		keys[RSA3072], keys[RSA4096] = rsa3072(), rsa4096()
	}
	for size, key := range keys {
		if key.Size() != size {
			t.Errorf("Size = %d, want %d", key.Size(), size)
		}
		signature := mustSign(t, key, []byte("x"))
		if want := base64.StdEncoding.EncodedLen(int(size) / 8); len(signature) != want {
			t.Errorf("%d: a signature has %d characters, want %d", size, len(signature), want)
		}
		if err := VerifyRSA(key.PublicPEM(), []byte("x"), signature); err != nil {
			t.Errorf("%d: VerifyRSA = %v, want ok", size, err)
		}
	}
}

// TestRSAKeyStored is the way of a key into the database and back.
func TestRSAKeyStored(t *testing.T) {
	t.Parallel()
	key := rsa2048()
	ring := NewKeyring(testKey(0))
	opened, err := ring.Open("rsa/1", ring.Seal("rsa/1", key.PKCS8()))
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseRSA(opened)
	if err != nil {
		t.Fatal(err)
	}
	if back.ID() != key.ID() || back.PublicPEM() != key.PublicPEM() || !bytes.Equal(back.PKCS8(), key.PKCS8()) {
		t.Errorf("the key came back as %s, want %s", back.ID(), key.ID())
	}
	if got, want := mustSign(t, back, []byte("x")), mustSign(t, key, []byte("x")); got != want {
		t.Errorf("the key that came back signs %s, want %s", got, want)
	}
	if _, err := hex.DecodeString(key.ID()); err != nil || len(key.ID()) != 16 || key.ID() == rsaOther().ID() {
		t.Errorf("IDs %s and %s, want two of 16 hexadecimal digits", key.ID(), rsaOther().ID())
	}
	if text := key.PublicPEM(); !strings.HasPrefix(text, "-----BEGIN PUBLIC KEY-----\n") || !strings.HasSuffix(text, "\n-----END PUBLIC KEY-----\n") {
		t.Errorf("PublicPEM = %q", text)
	}
}

func TestParseRSARefuses(t *testing.T) {
	t.Parallel()
	pkcs8 := func(key any, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	good := rsa2048().PKCS8()
	changed := bytes.Clone(good)
	changed[len(changed)/2] ^= 1
	for name, der := range map[string][]byte{
		"empty":     nil,
		"text":      []byte("secret"),
		"cut":       good[:len(good)-1],
		"changed":   changed,
		"PKCS1":     x509.MarshalPKCS1PrivateKey(rsa2048().key),
		"PEM":       pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: good}),
		"P256":      pkcs8(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		"1024_bits": pkcs8(rsa.GenerateKey(rand.Reader, 1024)),
		//lint:ignore SA1019 what others may still have
		"three_primes": pkcs8(rsa.GenerateMultiPrimeKey(rand.Reader, 3, 2048)),
	} {
		if _, err := ParseRSA(der); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("ParseRSA(%s) = %v, want it refused without its text", name, err)
		}
	}
}

func TestVerifyRSARefuses(t *testing.T) {
	t.Parallel()
	key, other := rsa2048(), rsaOther()
	message := []byte("message")
	good := mustSign(t, key, message)
	for name, signature := range map[string]string{
		"none":        "",
		"other_key":   mustSign(t, other, message),
		"other_text":  mustSign(t, key, []byte("massage")),
		"line_end":    good + "\n",
		"line_break":  good[:76] + "\r\n" + good[76:],
		"no_padding":  strings.TrimRight(good, "="),
		"hexadecimal": hex.EncodeToString([]byte(good)),
		"longer":      base64.StdEncoding.EncodeToString(make([]byte, 257)),
		"other_case":  strings.ToLower(good),
	} {
		if err := VerifyRSA(key.PublicPEM(), message, signature); !errors.Is(err, ErrSignature) {
			t.Errorf("VerifyRSA(%s) = %v, want ErrSignature", name, err)
		}
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalPKIXPublicKey(&ec.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, public := range map[string]string{
		"none":        "",
		"private_PEM": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key.PKCS8()})),
		"P256":        string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: ecDER})),
		"garbage":     string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")})),
		"two":         key.PublicPEM() + other.PublicPEM(),
	} {
		if err := VerifyRSA(public, message, good); err == nil || errors.Is(err, ErrSignature) {
			t.Errorf("VerifyRSA with the key %s = %v, want an error about the key", name, err)
		}
	}
}

func TestSigningKeysDoNotShow(t *testing.T) {
	t.Parallel()
	key := rsa2048()
	airgap, err := ParseAirGap([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF"))
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{
		key.key.D.String()[:12], key.key.D.Text(16)[:12], key.key.Primes[0].String()[:12],
		"ABCDEF", "QUJD", "41424344",
		//lint:ignore SA1019 as fmt would print it
		airgap.key.D.String()[:12],
	}
	type box struct {
		RSA    *RSAKey
		AirGap *AirGapKey
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "rsa", key, "airgap", airgap, "box", box{key, airgap})
	text, err := json.Marshal(box{key, airgap})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(text), key.String(), airgap.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, key), fmt.Sprintf(verb, airgap), fmt.Sprintf(verb, *key), fmt.Sprintf(verb, *airgap),
			fmt.Sprintf(verb, box{key, airgap}))
	}
	for _, text := range shown {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("a key shows itself: %s", text)
			}
		}
	}
}

func FuzzParseRSA(f *testing.F) {
	good := rsa2048().PKCS8()
	f.Add(good)
	f.Add(append(bytes.Clone(good), 0))
	f.Add(good[:100])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, der []byte) {
		key, err := ParseRSA(der)
		if err != nil {
			return
		}
		back, err := ParseRSA(key.PKCS8())
		if err != nil || back.ID() != key.ID() {
			t.Fatalf("ParseRSA(PKCS8) = %v, want the same key", err)
		}
		// A key with a false prime parses, but then no signature leaves it.
		signature, err := key.Sign([]byte("x"))
		if err == nil && VerifyRSA(key.PublicPEM(), []byte("x"), signature) != nil {
			t.Errorf("the key %s signs what does not verify", key.ID())
		}
	})
}

func TestRSAKeys(t *testing.T) {
	t.Parallel()
	var keys RSAKeys
	want := rsa2048()
	broken := errors.New("broken")
	if _, err := keys.Get(1, func() (*RSAKey, error) { return nil, broken }); err != broken {
		t.Fatalf("Get = %v, want the error of load", err)
	}
	loads := 0
	for range 3 {
		key, err := keys.Get(1, func() (*RSAKey, error) { loads++; return want, nil })
		if err != nil || key != want {
			t.Fatalf("Get = %v, %v, want the loaded key", key, err)
		}
	}
	if loads != 1 {
		t.Errorf("the key was loaded %d times, want once and not after an error", loads)
	}
	for id := range int64(3 * maxKeys) {
		if _, err := keys.Get(id+2, func() (*RSAKey, error) { return want, nil }); err != nil {
			t.Fatal(err)
		}
		if n := keys.Len(); n > maxKeys {
			t.Fatalf("%d keys are remembered, want at most %d", n, maxKeys)
		}
	}
}

// TestRSAKeysRace: whoever asks for a number at the same time gets the same key.
func TestRSAKeysRace(t *testing.T) {
	t.Parallel()
	var keys RSAKeys
	var wg sync.WaitGroup
	got := make([][8]*RSAKey, 64)
	for i := range got {
		wg.Go(func() {
			for id := range got[i] {
				key, err := keys.Get(int64(id), func() (*RSAKey, error) { return new(RSAKey), nil })
				if err != nil {
					t.Error(err)
				}
				got[i][id] = key
			}
		})
	}
	wg.Wait()
	for i := range got {
		if got[i] != got[0] {
			t.Fatalf("goroutine %d got other keys than the first", i)
		}
	}
}

func BenchmarkRSA(b *testing.B) {
	message := bytes.Repeat([]byte("x"), 1200) // A full answer is about this long.
	for _, size := range []struct {
		name string
		key  func() *RSAKey
	}{{"2048", rsa2048}, {"3072", rsa3072}, {"4096", rsa4096}} {
		b.Run(size.name+"/sign", func(b *testing.B) {
			key := size.key()
			b.ReportAllocs()
			for b.Loop() {
				mustSign(b, key, message)
			}
		})
		b.Run(size.name+"/parse", func(b *testing.B) {
			der := size.key().PKCS8()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseRSA(der); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
