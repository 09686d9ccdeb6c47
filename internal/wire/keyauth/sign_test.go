package keyauth

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"licet/internal/license"
)

// vectorKey is the key of the vector in §3.3: the seed 00 to 1f.
func vectorKey() ed25519.PrivateKey {
	var seed [ed25519.SeedSize]byte
	for i := range seed {
		seed[i] = byte(i)
	}
	return ed25519.NewKeyFromSeed(seed[:])
}

// vectorTime is the timestamp of the vector.
const vectorTime license.Time = 1700000000 * 1e6

// bareDoor is a door that can sign, and answer whatever needs no authority.
func bareDoor(deps Deps) *door {
	if deps.Now == nil {
		deps.Now = func() license.Time { return vectorTime + 999_999 }
	}
	d := newDoor(deps)
	key := vectorKey()
	d.key = func(context.Context) (ed25519.PrivateKey, error) { return key, nil }
	return d
}

// bareCall is a call of the owner of the vector.
func bareCall(v dialect) (*call, *httptest.ResponseRecorder) {
	w := httptest.NewRecorder()
	c := bareDoor(Deps{}).begin(w, httptest.NewRequest("POST", "http://licet.example/keyauth/api/1.3/", nil), v)
	c.fields[ownerField] = "abcdefghij"
	return c, w
}

// header returns a header of an answer in the spelling that it is sent in.
func header(h http.Header, name string) string { return strings.Join(h[name], ",") }

// verify checks the signature of an answer of 1.3.
func verify(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	signature, err := hex.DecodeString(header(w.Header(), "x-signature-ed25519"))
	message := header(w.Header(), "x-signature-timestamp") + w.Body.String()
	if err != nil || !ed25519.Verify(vectorKey().Public().(ed25519.PublicKey), []byte(message), signature) {
		t.Errorf("the answer %d %s is not signed: %v", w.Code, w.Body, w.Header())
	}
}

// The vector of §3.3.
func TestSignatureVector(t *testing.T) {
	t.Parallel()
	const (
		public = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
		body   = `{"success":true,"code":68,"message":"Session is validated.","nonce":"00000000-0000-4000-8000-000000000000",` +
			`"role":"not_checked","ownerid":"abcdefghij"}`
		want = "5a29044d39660efff03bd798c9f75c540e3412babc3b04de01f20363ee087aaa" +
			"4e218a71c4ecb01745852ba0e0a3351902bceecc1a152e6f7b25e546e7cc3808"
	)
	if got := hex.EncodeToString(vectorKey().Public().(ed25519.PublicKey)); got != public {
		t.Fatalf("public key = %s, want %s", got, public)
	}
	c, _ := bareCall(v13)
	inPlace := append(make([]byte, stampRoom, 1000), body...)
	for name, out := range map[string][]byte{"elsewhere": nil, "too_small": make([]byte, stampRoom), "in_place": inPlace} {
		c.out = out
		message := []byte(body)
		if name == "in_place" {
			message = inPlace[stampRoom:]
		}
		h := http.Header{}
		if err := c.sign(h, message); err != nil {
			t.Fatal(err)
		}
		if got := header(h, "x-signature-ed25519"); got != want || header(h, "x-signature-timestamp") != "1700000000" || string(message) != body {
			t.Errorf("%s: signature = %s at %s, want %s", name, got, header(h, "x-signature-timestamp"), want)
		}
		if len(h) != 2 {
			t.Errorf("%s: headers = %v, want two", name, h)
		}
	}
}

// The vectors of §3.2.
func TestHMACVectors(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("a", 64)
	for enckey, want := range map[string]string{
		"":                 "ad8c2f7b86eb72359cb5d756caf7588bd137b70325f83800172602c17a031c84",
		"0123456789abcdef": "bfc6a81460e2ae0d2ef77b8d847adadf03025e314d50352b7d52f78270712829",
	} {
		if got := hmacOf(enckey, secret, []byte(`{"success":true}`)); got != want {
			t.Errorf("hmacOf(%q) = %s, want %s", enckey, got, want)
		}
	}
}

// Which answers bear the signature of 1.2 without looking at a secret (§3.2, §3.3).
func TestOldSignature(t *testing.T) {
	t.Parallel()
	known := func(c *call) { s := license.DefaultApplicationSettings(); c.visit.App.Settings = &s }
	for _, tt := range []struct {
		name    string
		dialect dialect
		prepare func(*call)
		want    string
	}{
		{"unknown_app", v12, func(*call) {}, ""},
		{"unknown_app_with_enckey", v12, func(c *call) { c.fields[enckeyField] = "e" }, ""},
		{"session_without_enckey", v12, func(c *call) { known(c); c.visit.Session.IDHash[0] = 1 }, noKey},
		{"session_without_enckey_in_13", v13, func(c *call) { known(c); c.visit.Session.IDHash[0] = 1 }, ""},
		{"enckey_after_init_in_13", v13, func(c *call) { known(c); c.visit.Session.IDHash[0] = 1; c.fields[enckeyField] = "e" }, ""},
		{"init_without_enckey_in_13", v13, known, ""},
	} {
		c, _ := bareCall(tt.dialect)
		tt.prepare(c)
		h := http.Header{}
		if err := c.signOld(h, []byte("{}")); err != nil || header(h, "signature") != tt.want {
			t.Errorf("%s: signature = %q, %v, want %q", tt.name, header(h, "signature"), err, tt.want)
		}
	}
}

// Where the key cannot be had, a success is not sent, and a failure is sent as it is.
func TestNoKey(t *testing.T) {
	t.Parallel()
	c, w := bareCall(v13)
	gone := license.Refuse(license.StorageDown)
	c.d.key = func(context.Context) (ed25519.PrivateKey, error) { return nil, gone }
	if err := c.done("yes"); !errors.Is(err, license.StorageDown) || w.Body.Len() != 0 {
		t.Errorf("done = %v with %s, want storage_down and nothing written", err, w.Body)
	}
	c.d.writeError(w, c.r, gone)
	if w.Code != http.StatusServiceUnavailable || header(w.Header(), "x-signature-ed25519") != "" || !strings.HasPrefix(w.Body.String(), `{"success":false,`) {
		t.Errorf("writeError = %d %s %v", w.Code, w.Body, w.Header())
	}
}
