package server

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/wire"
)

func TestPanic_is_answered_and_survived(t *testing.T) {
	t.Parallel()
	r := start(t, anyPort(), fourDoors(), Operations{})
	url := r.URL(wire.LicenseSurface) + "/rmz/verify"
	r.want(500, `{"door":"rmz","message":"internal error"}`, "POST", url, "panic")
	line := r.logs.await(`"level":"ERROR"`)
	for _, word := range []string{`"door":"rmz"`, `"status":500`, `"code":"internal"`, "panic: a bug", "server.echo", `"id":"`} {
		if !strings.Contains(line, word) {
			t.Errorf("log line %s\nwants %s", line, word)
		}
	}
	r.want(200, "*", "POST", url, "hello")
}

func TestPanic_outside_handlers(t *testing.T) {
	t.Parallel()
	doors := fourDoors()
	doors[0].WriteError = func(w http.ResponseWriter, _ *http.Request, err error) {
		if license.CodeOf(err) == license.NotFound {
			_, _ = io.WriteString(w, "half")
		}
		panic("the error writer is broken")
	}
	r := start(t, anyPort(), doors, Operations{})
	url := r.URL(wire.LicenseSurface) + "/rmz/verify"
	r.want(500, `{"message":"internal error"}`, "POST", url, "panic")
	if res, err := r.client.Post(url, "", strings.NewReader("unknown")); err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
		t.Errorf("half an answer = %v, want a cut connection", err)
	}
	r.logs.await(`"cut":true`)
	r.want(200, "*", "POST", url, "hello")
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	cfg := anyPort()
	r := start(t, cfg, fourDoors(), Operations{})
	url := r.URL(wire.LicenseSurface)
	tests := []struct {
		name, method, path, body string
		want                     map[string]any
	}{
		{"answer", "POST", "/rmz/verify?license_key=SECRET", "SECRET", map[string]any{
			"level": "INFO", "method": "POST", "path": "/rmz/verify", "status": 200., "door": "rmz", "address": "127.0.0.1"}},
		{"wildcard", "GET", "/rmz/items/SECRET", "", map[string]any{
			"level": "INFO", "method": "GET", "path": "/rmz/items/{key}", "status": 200., "door": "rmz", "bytes": 8.}},
		{"refusal", "POST", "/portal/verify", "unknown", map[string]any{
			"level": "INFO", "path": "/portal/verify", "status": 404., "door": "portal", "code": "not_found", "reason": "key_unknown"}},
		{"strange_path", "GET", "/rmz/licenses/SECRET/x", "", map[string]any{
			"level": "INFO", "path": "/rmz/licenses/…", "status": 404., "door": ""}},
		{"long_path", "GET", "/" + strings.Repeat("x", 200), "", map[string]any{
			"path": "/" + strings.Repeat("x", longestPath-1) + "…"}},
	}
	for _, tt := range tests {
		got := r.call(tt.method, url+tt.path, tt.body)
		line := r.logs.await(`"id":"` + got.header.Get("X-Request-Id") + `"`)
		if strings.Contains(line, "SECRET") {
			t.Errorf("%s: the log tells a secret: %s", tt.name, line)
		}
		var have map[string]any
		if err := json.Unmarshal([]byte(line), &have); err != nil {
			t.Fatal(err)
		}
		for name, want := range tt.want {
			if have[name] != want {
				t.Errorf("%s: %s = %v, want %v", tt.name, name, have[name], want)
			}
		}
	}
}

func TestRequestID_and_address_from_proxies(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{false, true} {
		cfg := anyPort()
		if trusted {
			cfg.TrustedProxies = []string{"127.0.0.0/8"}
		}
		r := start(t, cfg, fourDoors(), Operations{})
		got := r.call("POST", r.URL(wire.LicenseSurface)+"/rmz/verify", "hello",
			"X-Request-Id", "from-outside", "X-Forwarded-For", "1.1.1.1, 203.0.113.9", "Forwarded", "for=1.1.1.1")
		id, client := got.header.Get("X-Request-Id"), field(t, got.body, "address")
		if id != field(t, got.body, "id") || id == "" {
			t.Errorf("trusted %v: id %q in the header, %q in the handler", trusted, id, field(t, got.body, "id"))
		}
		if (id == "from-outside") != trusted || (client == "203.0.113.9") != trusted {
			t.Errorf("trusted %v: id %q, address %s", trusted, id, client)
		}
		r.logs.await(`"id":"`+id+`"`, `"address":"`+client+`"`)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	cfg := anyPort()
	cfg.MaxBody = 1000
	r := start(t, cfg, fourDoors(), Operations{})
	url := r.URL(wire.LicenseSurface) + "/rmz/verify"
	const tooLarge = `{"door":"rmz","message":"the body is too large"}`
	r.want(200, "*", "POST", url, strings.Repeat("x", 1000))
	r.want(413, tooLarge, "POST", url, strings.Repeat("x", 1001))
	r.want(413, tooLarge, "POST", url, strings.Repeat("x", 10<<20))

	chunked := io.MultiReader(strings.NewReader(strings.Repeat("x", 900)), strings.NewReader(strings.Repeat("x", 900)))
	res, err := r.client.Post(url, "", chunked)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, _ := io.ReadAll(res.Body); res.StatusCode != 413 || string(got) != tooLarge {
		t.Errorf("chunked = %d %s, want 413", res.StatusCode, got)
	}
}

func raw(t *testing.T, r *running, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.rooms[0].ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSlowClients_are_dropped(t *testing.T) {
	t.Parallel()
	t.Run("head", func(t *testing.T) {
		cfg := anyPort()
		cfg.ReadHeaderTimeout = 20 * time.Millisecond
		c := raw(t, start(t, cfg, fourDoors(), Operations{}), "POST /rmz/verify HTTP/1.1\r\nHost: a\r\nX-Slow: ")
		if got, err := io.ReadAll(c); err != nil || len(got) != 0 {
			t.Errorf("half a head = %q, %v, want a closed connection", got, err)
		}
	})
	t.Run("body", func(t *testing.T) {
		cfg := anyPort()
		cfg.ReadTimeout = 20 * time.Millisecond
		c := raw(t, start(t, cfg, fourDoors(), Operations{}), "POST /rmz/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
		got, err := io.ReadAll(c)
		if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 400 ") || !strings.Contains(string(got), "did not arrive in time") {
			t.Errorf("half a body = %q, %v, want 400 and a closed connection", got, err)
		}
	})
}

func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	r := start(t, anyPort(), fourDoors(), Operations{})
	tests := []struct{ name, text, want string }{
		{"huge_head", "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "HTTP/1.1 431 "},
		{"no_http", "\x16\x03\x01\x02\x00\x01\r\n\r\n", "HTTP/1.1 400 "},
		{"two_lengths", "POST /rmz/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 400 "},
		{"no_host", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
		{"h2c", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 400 "},
	}
	for _, tt := range tests {
		c := raw(t, r, tt.text)
		line, err := bufio.NewReader(c).ReadString('\n')
		if !strings.HasPrefix(line, tt.want) {
			t.Errorf("%s = %q, %v, want %s…", tt.name, line, err, tt.want)
		}
	}
	r.want(200, "*", "POST", r.URL(wire.LicenseSurface)+"/rmz/verify", "hello")
}
