package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"licet/internal/wire"
)

// BenchmarkMiddleware is what the server adds to a request, the log line included, beside the same
// handler on a bare mux.
func BenchmarkMiddleware(b *testing.B) {
	door := wire.Door{
		Name: "rmz", Surface: wire.LicenseSurface, Path: "/rmz",
		Mount: func(m *wire.Mux) {
			m.Handle("POST /verify", func(w http.ResponseWriter, _ *http.Request) error {
				w.WriteHeader(200)
				return nil
			})
		},
	}
	bare := http.NewServeMux()
	bare.HandleFunc("POST /rmz/verify", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) })
	quiet, loud := LogConfig{Level: "warn"}, LogConfig{}
	for _, bb := range []struct {
		name string
		h    http.Handler
	}{
		{"bare_mux", bare}, {"server_without_log", benchServer(b, door, quiet)}, {"server", benchServer(b, door, loud)},
	} {
		b.Run(bb.name, func(b *testing.B) { benchHandler(b, bb.h) })
	}
}

func benchServer(b *testing.B, door wire.Door, log LogConfig) http.Handler {
	b.Helper()
	l, err := NewLog(io.Discard, log)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(l.Close)
	s, err := New(Config{}, []wire.Door{door}, Operations{}, l.Logger)
	if err != nil {
		b.Fatal(err)
	}
	return s.rooms[0].handler
}

func benchHandler(b *testing.B, h http.Handler) {
	r := httptest.NewRequest("POST", "/rmz/verify", strings.NewReader("{}"))
	r.RemoteAddr = "192.0.2.1:1234"
	w := blackHole{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.h)
		r.Pattern = ""
		h.ServeHTTP(w, r)
	}
}

// blackHole is a ResponseWriter that costs nothing.
type blackHole struct{ h http.Header }

func (w blackHole) Header() http.Header         { return w.h }
func (w blackHole) Write(b []byte) (int, error) { return len(b), nil }
func (w blackHole) WriteHeader(int)             {}
