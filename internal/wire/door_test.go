package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"licet/internal/license"
)

func testDoor(h Handler) Door {
	table := ErrorTable{
		ByReason: map[license.Reason]Row{license.KeyUnknown: {404, "NO_KEY", "License not found"}},
		ByCode:   map[license.Code]Row{license.Internal: {500, "", "Server Error"}, license.Invalid: {422, "BAD", ""}},
	}
	return Door{
		Name: "fake", Surface: LicenseSurface, Path: "/fake",
		Mount: func(m *Mux) { m.Handle("POST /call", h) },
		WriteError: func(w http.ResponseWriter, _ *http.Request, err error) {
			row, e := table.Lookup(err)
			row.SetRetryAfter(w.Header(), e)
			_ = WriteJSON(w, row.Status, map[string]string{"error": row.Code, "message": row.Message})
		},
	}
}

func TestDoor(t *testing.T) {
	t.Parallel()
	secret := errors.New("secret detail")
	tests := []struct {
		name    string
		handler Handler
		status  int
		body    string
		code    license.Code // of the noted failure
		log     string       // what the noted failure tells the log
	}{
		{"answer", func(w http.ResponseWriter, _ *http.Request) error { return WriteJSON(w, 201, "a<b") },
			201, `"a<b"`, "", ""},
		{"reason", func(http.ResponseWriter, *http.Request) error { return license.Refuse(license.KeyUnknown) },
			404, `{"error":"NO_KEY","message":"License not found"}`, license.NotFound, "no license"},
		{"code", func(http.ResponseWriter, *http.Request) error { return license.Invalidf("x", "x is odd") },
			422, `{"error":"BAD","message":"x is odd"}`, license.Invalid, "x is odd"},
		{"unlisted_code", func(http.ResponseWriter, *http.Request) error { return license.Refuse(license.RateExceeded) },
			429, `{"error":"","message":"too many requests"}`, license.Throttled, "too many"},
		{"foreign_error", func(http.ResponseWriter, *http.Request) error { return secret },
			500, `{"error":"","message":"Server Error"}`, license.Internal, "secret detail"},
		{"too_large", func(http.ResponseWriter, *http.Request) error { return tooLarge() },
			413, `{"error":"BAD","message":"the body is too large"}`, license.Invalid, "too large"},
		{"panic", func(http.ResponseWriter, *http.Request) error { panic("secret detail") },
			500, `{"error":"","message":"Server Error"}`, license.Internal, "panic: secret detail"},
		{"panic_with_a_reason", func(http.ResponseWriter, *http.Request) error { panic(license.Refuse(license.KeyUnknown)) },
			500, `{"error":"","message":"Server Error"}`, license.Internal, "panic: no license has this key"},
		{"unencodable", func(w http.ResponseWriter, _ *http.Request) error { return WriteJSON(w, 200, math.NaN()) },
			500, `{"error":"","message":"Server Error"}`, license.Internal, "NaN"},
		{"headers_of_a_failed_answer", func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "text/csv")
			w.Header().Set("Content-Length", "7")
			return secret
		}, 500, `{"error":"","message":"Server Error"}`, license.Internal, "secret detail"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			x, r := Begin(rec, httptest.NewRequest("POST", "/fake/call", nil), "id7", netip.Addr{})
			testDoor(tt.handler).Handler().ServeHTTP(x, r)
			if got := strings.TrimSpace(rec.Body.String()); rec.Code != tt.status || got != tt.body {
				t.Errorf("answer = %d %s, want %d %s", rec.Code, got, tt.status, tt.body)
			}
			if got := rec.Header().Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type = %q, want application/json", got)
			}
			if got := rec.Header().Get("Content-Length"); got != fmt.Sprint(len(tt.body)) {
				t.Errorf("Content-Length = %q, want %d", got, len(tt.body))
			}
			if rec.Header().Get("X-Request-Id") != "id7" || x.Door != "fake" || x.Status() != tt.status || x.Bytes() != int64(len(tt.body)) {
				t.Errorf("exchange = %q %q %d %d", rec.Header().Get("X-Request-Id"), x.Door, x.Status(), x.Bytes())
			}
			if got := license.CodeOf(x.Failure()); got != tt.code {
				t.Errorf("CodeOf(Failure) = %q, want %q", got, tt.code)
			}
			if tt.log != "" && !strings.Contains(x.Failure().Error(), tt.log) {
				t.Errorf("Failure = %q, want it to say %q", x.Failure(), tt.log)
			}
			if (x.Stack() != nil) != strings.HasPrefix(tt.name, "panic") {
				t.Errorf("Stack = %d bytes", len(x.Stack()))
			}
		})
	}
}

func TestDoor_cuts_a_half_written_answer(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func() error{
		"error": func() error { return errors.New("database gone") },
		"panic": func() error { panic("oops") },
		"abort": func() error { panic(http.ErrAbortHandler) },
	} {
		rec := httptest.NewRecorder()
		x, r := Begin(rec, httptest.NewRequest("POST", "/fake/call", nil), "", netip.Addr{})
		func() {
			defer func() {
				if got := recover(); got != http.ErrAbortHandler {
					t.Errorf("%s: recovered %v, want http.ErrAbortHandler", name, got)
				}
			}()
			testDoor(func(w http.ResponseWriter, _ *http.Request) error {
				_, _ = io.WriteString(w, "half")
				return end()
			}).Handler().ServeHTTP(x, r)
		}()
		if rec.Body.String() != "half" {
			t.Errorf("%s: body = %q, want nothing after the half", name, rec.Body)
		}
	}
}

func TestDoor_cancelled_request_is_no_fault(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rec := httptest.NewRecorder()
	x, r := Begin(rec, httptest.NewRequestWithContext(ctx, "POST", "/fake/call", nil), "", netip.Addr{})
	testDoor(func(_ http.ResponseWriter, r *http.Request) error { return r.Context().Err() }).Handler().ServeHTTP(x, r)
	if got := license.CodeOf(x.Failure()); got != license.Unavailable || rec.Code != 503 {
		t.Errorf("cancelled request = %s %d, want unavailable 503", got, rec.Code)
	}
}

func TestDoor_without_a_server_or_a_writer(t *testing.T) {
	t.Parallel()
	d := testDoor(func(http.ResponseWriter, *http.Request) error {
		return license.RefuseFor(license.ServerBusy, 1500*time.Millisecond)
	})
	d.WriteError = nil
	rec := httptest.NewRecorder()
	d.Handler().ServeHTTP(rec, httptest.NewRequest("POST", "/fake/call", nil))
	if got := rec.Body.String(); rec.Code != 503 || got != `{"message":"the server is busy; try again shortly"}` {
		t.Errorf("answer = %d %s", rec.Code, got)
	}
	if got := rec.Header().Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After = %q, want 2", got)
	}
}

func TestDoor_Attach_at_another_prefix(t *testing.T) {
	t.Parallel()
	d := testDoor(func(w http.ResponseWriter, _ *http.Request) error { return WriteJSON(w, 200, 1) })
	mount := d.Mount
	d.Mount = func(m *Mux) {
		mount(m)
		m.Handle("/", Plain(http.NotFoundHandler()))
		m.Handle("GET  /spaced", Plain(http.NotFoundHandler()))
	}
	for prefix, want := range map[string]string{
		"":      "[POST /call / GET /spaced]",
		"/fake": "[POST /fake/call /fake/ GET /fake/spaced]",
	} {
		if got := fmt.Sprint(d.Attach(http.NewServeMux(), prefix)); got != want {
			t.Errorf("Attach(%q) = %s, want %s", prefix, got, want)
		}
	}
}

func TestErrorTable_Lookup_has_a_row_for_everything(t *testing.T) {
	t.Parallel()
	var table ErrorTable
	for _, c := range license.Codes() {
		for _, err := range []error{c, &license.Error{Code: c}, fmt.Errorf("wrapped: %w", c)} {
			row, e := table.Lookup(err)
			if row.Status < 400 || row.Message == "" || e.Code != c {
				t.Errorf("Lookup(%#v) = %+v, %+v", err, row, e)
			}
			if server := c == license.Internal || c == license.Unavailable; (row.Status >= 500) != server {
				t.Errorf("Lookup(%s) = %d", c, row.Status)
			}
		}
	}
	for _, r := range license.Reasons() {
		row, e := table.Lookup(r)
		if row.Status != plainStatus(r.Code()) || row.Message != r.Sentence() || e.Reason != r {
			t.Errorf("Lookup(%s) = %+v, %+v", r, row, e)
		}
	}
	if row, _ := table.Lookup(errors.New("secret")); row.Status != 500 || strings.Contains(row.Message, "secret") {
		t.Errorf("Lookup(foreign) = %+v", row)
	}
	table.TooLarge = Row{400, "validation_error", "too big"}
	if row, _ := table.Lookup(tooLarge()); row != table.TooLarge {
		t.Errorf("Lookup(too large) = %+v, want the table's own row", row)
	}
}

func TestExchange_flushes_and_unwraps(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	x, _ := Begin(rec, httptest.NewRequest("GET", "/", nil), "", netip.Addr{})
	x.WriteHeader(http.StatusEarlyHints)
	if x.Wrote() {
		t.Error("Wrote after 103 = true, want false")
	}
	if err := http.NewResponseController(x).Flush(); err != nil || !rec.Flushed || !x.Wrote() {
		t.Errorf("Flush = %v, flushed %v, wrote %v", err, rec.Flushed, x.Wrote())
	}
	if x.Unwrap() != http.ResponseWriter(rec) {
		t.Error("Unwrap is not the writer below")
	}
}

func BenchmarkWriteJSON(b *testing.B) {
	v := struct {
		Success bool   `json:"success"`
		Error   string `json:"error"`
		Message string `json:"message"`
	}{false, "LICENSE_NOT_FOUND", "License not found"}
	w := discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.h)
		if err := WriteJSON(w, 404, v); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
