package rmz

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"licet/internal/authority"
	"licet/internal/testkit"
	"licet/internal/wire"
	"licet/internal/wire/wiretest"
)

// sink is a ResponseWriter without a connection.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header { return s.header }

func (s *sink) WriteHeader(status int) { s.status = status }

func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkVerify measures the door without a network: verify of an activated device on SQLite,
// beside a handler that decodes the same request and encodes the same answer from memory.
func BenchmarkVerify(b *testing.B) {
	w := wiretest.New(b, testkit.OpenSQLite(b), unbraked)
	w.Run(b, exampleState)
	body := []byte(strings.NewReplacer("123", w.Name("demo"), "MYAPP-9F3K-7QWE-2ZXC-4VBN", "K").Replace(string(usual)))
	w.Send(b, wiretest.JSON("/rmz/verify", string(body)))

	var kept authority.Answer
	capture := newDoor(deps(w))
	check := capture.check
	req, err := Decode(body, jsonBody)
	if err == nil {
		kept, err = check(b.Context(), req)
	}
	if err != nil || !kept.Verdict.OK() {
		b.Fatalf("check = %+v, %v", kept.Verdict, err)
	}
	braked := deps(w)
	braked.Rate = wire.Rate{Limit: 1 << 30}
	sealed := wiretest.New(b, testkit.OpenSQLite(b), unbraked)
	sealed.Run(b, exampleState+"\ne2ee demo on")
	for _, bb := range []struct {
		name    string
		handler http.Handler
	}{
		{"bare", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := wire.ReadBody(r, maxBody)
			if err != nil {
				return
			}
			defer body.Release()
			if _, err := Decode(body.Bytes(), r.Header.Get("Content-Type")); err != nil {
				return
			}
			send(w, Encode(body.Bytes()[:0], &kept))
		})},
		{"door", unbraked(w).Handler()},
		{"door_with_brake", New(braked).Handler()},
		{"door_encrypted", unbraked(sealed).Handler()},
	} {
		b.Run(bb.name, func(b *testing.B) {
			reader := bytes.NewReader(body)
			r := httptest.NewRequest(http.MethodPost, "/rmz/verify", nil)
			r.Header.Set("Content-Type", jsonBody)
			r.Body, r.ContentLength = io.NopCloser(reader), int64(len(body))
			out := &sink{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				reader.Reset(body)
				clear(out.header)
				out.status = 0
				bb.handler.ServeHTTP(out, r)
				if out.status != 0 {
					b.Fatalf("answered %d, want 200", out.status)
				}
			}
		})
	}
}
