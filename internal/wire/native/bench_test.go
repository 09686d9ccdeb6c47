package native

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/signing"
	"licet/internal/testkit"
	"licet/internal/wire"
	"licet/internal/wire/api"
	"licet/internal/wire/rmz"
	"licet/internal/wire/wiretest"
)

// sink is a ResponseWriter without a connection.
type sink struct {
	header http.Header
	status int
	body   []byte
}

func (s *sink) Header() http.Header { return s.header }

func (s *sink) WriteHeader(status int) { s.status = status }

func (s *sink) Write(b []byte) (int, error) {
	s.body = append(s.body[:0], b...)
	return len(b), nil
}

// repeated is a request that is sent again and again to a handler.
type repeated struct {
	request *http.Request
	reader  *bytes.Reader
	body    []byte
	out     sink
}

func newRepeated(path, token string, body []byte) *repeated {
	c := &repeated{reader: bytes.NewReader(body), body: body, out: sink{header: http.Header{}}}
	c.request = httptest.NewRequest(http.MethodPost, path, nil)
	c.request.Header.Set("Content-Type", "application/json")
	c.request.Header.Set("Authorization", "Bearer "+token)
	c.request.Body, c.request.ContentLength = io.NopCloser(c.reader), int64(len(body))
	return c
}

func (c *repeated) send(h http.Handler) {
	c.reader.Reset(c.body)
	clear(c.out.header)
	c.out.status = 0
	h.ServeHTTP(&c.out, c.request)
}

func (c *repeated) run(b *testing.B, h http.Handler) {
	b.ReportAllocs()
	for b.Loop() {
		if c.send(h); c.out.status > 200 {
			b.Fatalf("answered %d %s, want 200", c.out.status, c.out.body)
		}
	}
}

// bare decodes the same request and encodes the same verdict with encoding/json, from memory.
func bare(v *Verdict) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in validateIn
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil || in.Key == "" {
			http.Error(w, "request", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(v)
	}
}

// BenchmarkValidate measures the door without a network: validate of an activated device on SQLite, signed and not, beside a bare
// handler, beside the signature alone, and beside what the RMZ door takes for the same license.
func BenchmarkValidate(b *testing.B) {
	s := newSite(b, testkit.OpenSQLite(b), usual)
	on := body{"key": "K", "product": "demo", "hardware_id": "0123456789abcdef0123456789abcdef"}
	s.Post(b, "/v1/activations", on).Want(201)
	answer := s.Post(b, "/v1/validate", on).Want(200)
	var verdict Verdict
	if err := json.Unmarshal(answer.Raw, &verdict); err != nil || !verdict.Valid {
		b.Fatalf("validate = %s, %v", answer.Raw, err)
	}
	text, err := json.Marshal(on)
	if err != nil {
		b.Fatal(err)
	}
	token := s.NewToken(b, identity.NewScopes(identity.UseLicenses))
	doorOf := func(unsigned bool) http.Handler {
		deps := Deps{Authority: s.Authority, Keyring: s.Keyring, Now: s.Now, Rate: wire.Rate{}, Unsigned: unsigned}
		return New(api.New(api.Deps{Office: s.Office, Now: s.Now}), deps).Handler()
	}
	b.Run("bare", func(b *testing.B) { newRepeated("/v1/validate", token, text).run(b, bare(&verdict)) })
	b.Run("signed", func(b *testing.B) { newRepeated("/v1/validate", token, text).run(b, doorOf(false)) })
	b.Run("unsigned", func(b *testing.B) { newRepeated("/v1/validate", token, text).run(b, doorOf(true)) })
	b.Run("rmz", func(b *testing.B) {
		old := strings.NewReplacer("P", s.Name("demo"), "H", on["hardware_id"].(string)).
			Replace(`{"product_id":P,"license_key":"K","hwid":"H"}`)
		door := rmz.New(rmz.Deps{Authority: s.Authority, Keyring: s.Keyring, Now: s.Now})
		newRepeated("/rmz/verify", s.Token, []byte(old)).run(b, door.Handler())
	})
	b.Run("signature", func(b *testing.B) {
		signer, err := s.Authority.ServerSigner(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := signer.Sign(&signing.Answer{Method: "POST", Path: "/v1/validate", Status: 200, Body: answer.Raw, At: wiretest.Epoch}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkDecode is what scan saves.
func BenchmarkDecode(b *testing.B) {
	text := []byte(`{"key":"MYAPP-9F3K-7QWE-2ZXC-4VBN","product":"demo","hardware_id":"0123456789abcdef0123456789abcdef"}`)
	b.Run("scan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if in := new(validateIn); !in.scan(text) {
				b.Fatal("scan does not know it")
			}
		}
	})
	b.Run("encoding_json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(text, new(validateIn)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
