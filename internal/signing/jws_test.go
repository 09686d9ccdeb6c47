package signing

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The key of RFC 8037, appendix A, and the JWS that A.4 signs with it.
const (
	rfc8037Seed  = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
	rfc8037X     = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
	rfc8037Name  = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
	rfc8037Token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)

func rfc8037Key(t testing.TB) (ed25519.PrivateKey, ed25519.PublicKey) {
	t.Helper()
	seed, ok := decodeURL(rfc8037Seed)
	if !ok {
		t.Fatal("no seed")
	}
	key, err := ParseEd25519(rfc8037X, seed)
	if err != nil {
		t.Fatal(err)
	}
	return key, key.Public().(ed25519.PublicKey)
}

func TestRFC8037(t *testing.T) {
	t.Parallel()
	_, public := rfc8037Key(t)
	k := NewJWK(public, "tests")
	if k.ID != rfc8037Name || k.X != rfc8037X { // A.2, A.3
		t.Errorf("NewJWK = %+v, want the kid %s", k, rfc8037Name)
	}
	payload, err := VerifyJWS(rfc8037Token, "", func(string) (ed25519.PublicKey, bool) { return public, true })
	if err != nil || string(payload) != "Example of Ed25519 signing" { // A.5
		t.Errorf("VerifyJWS = %q, %v, want ok", payload, err)
	}
	if _, err := VerifyJWS(rfc8037Token, "x", func(string) (ed25519.PublicKey, bool) { return public, true }); err != ErrSignature {
		t.Errorf("VerifyJWS of another type = %v, want %v", err, ErrSignature)
	}
}

// A library that is not ours reads the keys and verifies what they sign.
func TestJWSByOthers(t *testing.T) {
	t.Parallel()
	key, public := rfc8037Key(t)
	payload := []byte(`{"iss":"acme","n":1}`)
	token := SignJWS(key, "licet-license+jwt", payload)
	text, err := json.Marshal(JWKS{Keys: []JWK{NewJWK(bytes.Repeat([]byte{7}, 32), "other"), NewJWK(public, "tests")}})
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		t.Fatal(err)
	}
	h := signed.Signatures[0].Protected
	if h.Algorithm != "EdDSA" || h.KeyID != rfc8037Name || h.ExtraHeaders["typ"] != "licet-license+jwt" {
		t.Errorf("header = %+v", h)
	}
	found := set.Key(h.KeyID)
	if len(found) != 1 || !found[0].Valid() || !found[0].IsPublic() {
		t.Fatalf("Key(%s) = %v, want one public key", h.KeyID, found)
	}
	got, err := signed.Verify(found[0])
	if diff := cmp.Diff(string(payload), string(got)); err != nil || diff != "" {
		t.Errorf("Verify = %v (-want +got):\n%s", err, diff)
	}
	thumb, err := found[0].Thumbprint(5) // crypto.SHA256
	if err != nil || base64.RawURLEncoding.EncodeToString(thumb) != rfc8037Name {
		t.Errorf("Thumbprint = %x, %v", thumb, err)
	}
}

// What such a library signs verifies here.
func TestJWSOfOthers(t *testing.T) {
	t.Parallel()
	key, public := rfc8037Key(t)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}},
		(&jose.SignerOptions{}).WithType("t"))
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign([]byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	payload, err := VerifyJWS(token, "t", func(kid string) (ed25519.PublicKey, bool) { return public, kid == "k1" })
	if err != nil || string(payload) != "hello" {
		t.Errorf("VerifyJWS = %q, %v, want ok", payload, err)
	}
}

func TestVerifyJWSRefuses(t *testing.T) {
	t.Parallel()
	key, public := rfc8037Key(t)
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	sign := func(header string) string {
		text := encode(header) + "." + encode("{}")
		return text + "." + encode(string(ed25519.Sign(key, []byte(text))))
	}
	good := sign(`{"alg":"EdDSA","typ":"t"}`)
	keys := func(string) (ed25519.PublicKey, bool) { return public, true }
	if _, err := VerifyJWS(good, "t", keys); err != nil {
		t.Fatalf("VerifyJWS = %v, want ok", err)
	}
	for name, token := range map[string]string{
		"none": encode(`{"alg":"none","typ":"t"}`) + "." + encode("{}") + ".", "other-alg": sign(`{"alg":"HS256","typ":"t"}`),
		"other-type": sign(`{"alg":"EdDSA","typ":"x"}`), "no-type": sign(`{"alg":"EdDSA"}`), "crit": sign(`{"alg":"EdDSA","typ":"t","crit":["x"]}`),
		"no-json": sign(`x`), "parts": good + ".x", "two-parts": "a.b", "empty": "", "padding": good + "=", "line": good + "\n",
		"payload": strings.Replace(good, encode("{}"), encode("[]"), 1),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := VerifyJWS(token, "t", keys); err != ErrSignature {
				t.Errorf("VerifyJWS = %v, want %v", err, ErrSignature)
			}
		})
	}
	if _, err := VerifyJWS(good, "t", func(string) (ed25519.PublicKey, bool) { return nil, false }); err != ErrSignature {
		t.Errorf("VerifyJWS without a key = %v, want %v", err, ErrSignature)
	}
}

func TestJWKRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `[]`, `{}`, `{"kty":"RSA","crv":"Ed25519","x":"` + rfc8037X + `"}`, `{"kty":"OKP","crv":"X25519","x":"` + rfc8037X + `"}`,
		`{"kty":"OKP","crv":"Ed25519","x":"` + rfc8037X + `="}`, `{"kty":"OKP","crv":"Ed25519","x":"AAAA"}`, `{"kty":"OKP","crv":"Ed25519","x":5}`,
	} {
		if k, err := ParseJWK([]byte(text)); err == nil {
			t.Errorf("ParseJWK(%s) = %+v, want an error", text, k)
		}
	}
	if _, err := ParseEd25519(rfc8037X, bytes.Repeat([]byte{1}, 32)); err == nil {
		t.Error("ParseEd25519 of halves that differ = ok, want an error")
	}
	if _, err := ParseEd25519(rfc8037X, nil); err == nil {
		t.Error("ParseEd25519 without a seed = ok, want an error")
	}
}

func TestEd25519Pair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		random := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "random")
		public, seed, err := GenerateEd25519(bytes.NewReader(random))
		if err != nil {
			t.Fatal(err)
		}
		key, err := ParseEd25519(public, seed)
		if err != nil {
			t.Fatal(err)
		}
		half, err := PublicEd25519(public)
		if err != nil || !half.Equal(key.Public()) {
			t.Errorf("PublicEd25519 = %x, %v", half, err)
		}
		payload := rapid.SliceOf(rapid.Byte()).Draw(t, "payload")
		got, err := VerifyJWS(SignJWS(key, "t", payload), "t", func(kid string) (ed25519.PublicKey, bool) { return half, kid == Thumbprint(half) })
		if err != nil || !bytes.Equal(got, payload) {
			t.Errorf("VerifyJWS = %x, %v, want %x", got, err, payload)
		}
	})
	if _, _, err := GenerateEd25519(strings.NewReader("short")); err == nil {
		t.Error("GenerateEd25519 without random bytes = ok, want an error")
	}
}

// FuzzVerifyJWS: no text but those of the key verifies.
func FuzzVerifyJWS(f *testing.F) {
	key, public := rfc8037Key(f)
	good := SignJWS(key, "t", []byte("{}"))
	f.Add(good)
	f.Add(rfc8037Token)
	f.Fuzz(func(t *testing.T, token string) {
		if payload, err := VerifyJWS(token, "t", func(string) (ed25519.PublicKey, bool) { return public, true }); err == nil && token != good {
			t.Errorf("VerifyJWS(%q) = %q, want it refused", token, payload)
		}
	})
}

// FuzzParseJWK: what is read is a key, and is written as one.
func FuzzParseJWK(f *testing.F) {
	_, public := rfc8037Key(f)
	text, err := json.Marshal(NewJWK(public, "tests"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParseJWK(text)
		if err != nil {
			return
		}
		public, err := k.PublicKey()
		if err != nil || len(public) != ed25519.PublicKeySize || NewJWK(public, "").X != k.X {
			t.Errorf("PublicKey() = %x, %v of %s", public, err, text)
		}
	})
}
