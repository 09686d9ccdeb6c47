package rmz

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire/wiretest"
)

// sealed is an answer in its envelope.
type sealed struct{ payload, nonce, tag []byte }

// unpack reads the envelope of an answer: exactly the four members.
func unpack(t *testing.T, a wiretest.Answer) sealed {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(a.Body), &members); err != nil {
		t.Fatalf("answer %d %q: %v", a.Status, a.Body, err)
	}
	names := slices.Sorted(maps.Keys(members))
	if diff := cmp.Diff([]string{"encrypted", "nonce", "payload", "tag"}, names); diff != "" || string(members["encrypted"]) != "true" {
		t.Fatalf("answer %d %s, want exactly the four members", a.Status, a.Body)
	}
	var s sealed
	for name, to := range map[string]*[]byte{"payload": &s.payload, "nonce": &s.nonce, "tag": &s.tag} {
		var text string
		err := json.Unmarshal(members[name], &text)
		if err == nil {
			*to, err = base64.StdEncoding.Strict().DecodeString(text)
		}
		if err != nil {
			t.Fatalf("%s of %s: %v", name, a.Body, err)
		}
	}
	if len(s.nonce) != 12 || len(s.tag) != 16 {
		t.Fatalf("nonce of %d bytes, tag of %d, want 12 and 16", len(s.nonce), len(s.tag))
	}
	return s
}

func (s sealed) open(t *testing.T, hexKey string) (string, error) {
	t.Helper()
	key, err := signing.ParseE2EEKey(hexKey)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := signing.NewEnvelope(key, nil).Decrypt(s.payload, s.nonce, s.tag)
	return string(plain), err
}

func TestE2EE(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) {
		s := db(t)
		world := func(t *testing.T) *wiretest.World {
			t.Parallel()
			w := wiretest.New(t, s, unbraked)
			w.Run(t, exampleState+"\ne2ee demo on")
			return w
		}
		t.Run("R33_success", func(t *testing.T) {
			w := world(t)
			got := verify(t, w, "machine-A")
			want := strings.Replace(example, `"id":123`, `"id":`+w.Name("demo"), 1)
			plain, err := unpack(t, got).open(t, w.Name("demo_key"))
			if got.Status != http.StatusOK || err != nil || plain != want {
				t.Errorf("verify = %d, decrypts to %s, %v, want 200 and %s", got.Status, plain, err, want)
			}
		})
		t.Run("R34_errors", func(t *testing.T) {
			w := world(t)
			w.Run(t, "activations K 1")
			verify(t, w, "machine-A")
			for _, tt := range []struct {
				body   string
				status int
				want   string
			}{
				{`{"product_id":$demo,"license_key":"unknown","hwid":"A"}`, 404, `{"success":false,"error":"LICENSE_NOT_FOUND","message":"License not found"}`},
				{`{"product_id":$demo,"license_key":"K"}`, 403, `{"success":false,"error":"HWID_REQUIRED","message":"HWID is required for this license"}`},
				{`{"product_id":$demo,"license_key":"K","hwid":"B"}`, 429, `{"success":false,"error":"ACTIVATION_LIMIT","message":"Maximum activations reached"}`},
			} {
				got := w.Send(t, wiretest.JSON("/rmz/verify", tt.body))
				plain, err := unpack(t, got).open(t, w.Name("demo_key"))
				if got.Status != tt.status || err != nil || plain != tt.want {
					t.Errorf("%s = %d, decrypts to %s, %v, want %d and %s", tt.body, got.Status, plain, err, tt.status, tt.want)
				}
			}
		})
		t.Run("clear_before_the_product_is_known", func(t *testing.T) {
			w := world(t)
			for _, body := range []string{`{"product_id":999999999,"license_key":"K","hwid":"A"}`, `{"product_id":$demo}`} {
				if got := w.Send(t, wiretest.JSON("/rmz/verify", body)); !strings.HasPrefix(got.Body, `{"success":false,"error":`) {
					t.Errorf("%s = %d %s, want it in clear", body, got.Status, got.Body)
				}
			}
		})
		t.Run("R35_nonces", func(t *testing.T) {
			w := world(t)
			seen := map[string]bool{}
			for range 1000 {
				seen[string(unpack(t, verify(t, w, "machine-A")).nonce)] = true
			}
			if len(seen) != 1000 {
				t.Errorf("%d different nonces in 1000 answers, want 1000", len(seen))
			}
		})
		t.Run("R36_rotated", func(t *testing.T) {
			w := world(t)
			old := w.Name("demo_key")
			w.Run(t, "e2ee demo rotate")
			got := unpack(t, verify(t, w, "machine-A"))
			if _, err := got.open(t, w.Name("demo_key")); err != nil {
				t.Errorf("with the new key: %v", err)
			}
			if plain, err := got.open(t, old); err == nil {
				t.Errorf("with the old key the answer decrypts to %s", plain)
			}
			w.Run(t, "e2ee demo off")
			if clear := verify(t, w, "machine-A"); !strings.HasPrefix(clear.Body, `{"success":true`) {
				t.Errorf("switched off, verify = %s, want it in clear", clear.Body)
			}
		})
	})
}

// TestPublishedVector decrypts the contract's own example (§11) as a client would.
func TestPublishedVector(t *testing.T) {
	t.Parallel()
	const body = `{"encrypted": true, "payload": "MzmtExqKM+1NQGWOuwkZmG7gY3j5A4FQnfPgAbjm6xvRtg6PGE3dS6i9PB3RYKeqaCj5gEVoewq2mM+zgfLAqmbjry6wJE5r702Q",
		"nonce": "ZGVmZ2hpamtsbW5v", "tag": "mEGA6Uc2r3s4+so7dzCJxw=="}`
	plain, err := unpack(t, wiretest.Answer{Body: body}).open(t, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	if want := string(appendRefusal(nil, notFound)); err != nil || plain != want {
		t.Errorf("the vector decrypts to %s, %v, want %s", plain, err, want)
	}
	key := signing.E2EEKey{}
	for i := range key {
		key[i] = byte(i)
	}
	nonce := strings.NewReader("defghijklmno")
	got, err := appendEnvelope(nil, signing.NewEnvelope(key, nonce), appendRefusal(nil, notFound))
	var want, have any
	if err != nil || json.Unmarshal([]byte(body), &want) != nil || json.Unmarshal(got, &have) != nil || cmp.Diff(want, have) != "" {
		t.Errorf("with the vector's nonce the answer is %s, %v, want %s", got, err, body)
	}
}
