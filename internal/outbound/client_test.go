package outbound

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"licet/internal/license"
)

// elsewhere is what stands for an address that may be called: this machine, where it is allowed.
func elsewhere(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s
}

func want(t *testing.T, what string, err error, reason license.Reason) {
	t.Helper()
	if got := license.ReasonOf(err); got != reason || (reason == "") != (err == nil) {
		t.Errorf("%s = %v (%q), want %q", what, err, got, reason)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	s := elsewhere(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Disposition", `attachment; filename="../a\b.txt"`)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, strings.Join([]string{r.Method, r.URL.RequestURI(), r.UserAgent(), r.Header.Get("Content-Type"), string(body)}, "|"))
	})
	got, err := New(Options{AllowPlain: true}).Fetch(t.Context(), Request{
		Method: "POST", URL: s.URL + "/x?a=1", ContentType: "text/plain", UserAgent: "Bot/1", Body: "hello",
	})
	want(t, "Fetch", err, "")
	if text := string(got.Body); text != "POST|/x?a=1|Bot/1|text/plain|hello" || got.Status != http.StatusTeapot || got.Size != int64(len(text)) || got.FileName != "b.txt" {
		t.Errorf("Fetch = %q, %+v", text, got)
	}
	got, err = New(Options{AllowPlain: true}).Fetch(t.Context(), Request{URL: s.URL + "/y", ContentType: "left/out", Measure: true})
	want(t, "Fetch to measure", err, "")
	if got.Body != nil || got.Size != int64(len("GET|/y|Licet||")) {
		t.Errorf("Fetch to measure = %+v, want %d bytes and none of them", got, len("GET|/y|Licet||"))
	}
}

// Nothing inside the operator's network is called, whatever clothes its address wears.
func TestFetchRefusesPrivate(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "http://10.0.0.1/", "http://192.168.0.1:8080/x",
		"http://169.254.169.254/latest/meta-data/", "http://[::ffff:10.0.0.1]/", "http://[::ffff:a00:1]/", "http://0.0.0.0:1/",
		"https://[fd00::1]/", "http://[64:ff9b::a00:1]/",
	} {
		_, err := New(Options{}).Fetch(t.Context(), Request{URL: address})
		want(t, "Fetch "+address, err, license.OutsideRefused)
		if err != nil && strings.Contains(license.Describe(err).Message, "127.0.0.1") {
			t.Errorf("Fetch %s tells where it went: %s", address, license.Describe(err).Message)
		}
	}
	for _, address := range []string{"", "x", "ftp://example.test/", "file:///etc/passwd", "http://", "http://ann:pw@example.test/", "http://example.test/\n", "http://a/" + strings.Repeat("x", maxAddress)} {
		_, err := New(Options{}).Fetch(t.Context(), Request{URL: address})
		if license.CodeOf(err) != license.Invalid {
			t.Errorf("Fetch %.40q = %v, want invalid", address, err)
		}
	}
	for _, r := range []Request{{ContentType: "a\r\nX: y"}, {UserAgent: "a\nb"}} {
		r.URL, r.Body = "http://127.0.0.1:1/", "x"
		if _, err := New(Options{}).Fetch(t.Context(), r); license.CodeOf(err) != license.Invalid {
			t.Errorf("Fetch with %+v = %v, want invalid", r, err)
		}
	}
}

// A redirect is judged as the first address was. Only this machine is public here; the rest of the private world is not.
func TestFetchFollowsRedirects(t *testing.T) {
	t.Parallel()
	s := elsewhere(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Referer() != "" {
			t.Errorf("a redirect tells where it came from: %s", r.Referer())
		}
		switch rest, hops := strings.CutPrefix(r.URL.Path, "/hops/"); {
		case hops && rest != "0":
			n, _ := strconv.Atoi(rest)
			http.Redirect(w, r, "/hops/"+strconv.Itoa(n-1), http.StatusFound)
		case r.URL.Query().Has("to"):
			http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusTemporaryRedirect)
		default:
			_, _ = io.WriteString(w, "there")
		}
	})
	c := New(Options{AllowPlain: true})
	for _, v := range []struct {
		name, path string
		want       license.Reason
	}{
		{"to-private", "/?to=http://10.0.0.1/", license.OutsideRefused},
		{"to-metadata", "/?to=http://169.254.169.254/", license.OutsideRefused},
		{"to-mapped", "/?to=http://[::ffff:10.0.0.1]/", license.OutsideRefused},
		{"to-file", "/?to=file:///etc/passwd", license.OutsideRefused},
		{"to-name-and-password", "/?to=" + strings.Replace(s.URL, "http://", "http://ann:pw@", 1), license.OutsideRefused},
		{"five", "/hops/5", ""},
		{"six", "/hops/6", license.OutsideFailed},
	} {
		_, err := c.Fetch(t.Context(), Request{URL: s.URL + v.path})
		want(t, v.name, err, v.want)
	}
}

func TestFetchIsBounded(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := elsewhere(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/said":
			w.Header().Set("Content-Length", "1001")
			_, _ = io.WriteString(w, strings.Repeat("x", 1001))
		case "/streamed":
			for range 3 {
				_, _ = io.WriteString(w, strings.Repeat("x", 500))
				w.(http.Flusher).Flush()
			}
		case "/fits":
			_, _ = io.WriteString(w, strings.Repeat("x", 1000))
		case "/slow":
			w.(http.Flusher).Flush()
			<-release
		}
	})
	defer close(release)
	c := New(Options{AllowPlain: true})
	for _, path := range []string{"/said", "/streamed"} {
		for _, measure := range []bool{false, true} {
			_, err := c.Fetch(t.Context(), Request{URL: s.URL + path, MaxBytes: 1000, Measure: measure})
			want(t, path, err, license.OutsideFailed)
			if !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s = %v, want ErrTooLarge", path, err)
			}
		}
	}
	got, err := c.Fetch(t.Context(), Request{URL: s.URL + "/fits", MaxBytes: 1000})
	want(t, "/fits", err, "")
	if len(got.Body) != 1000 {
		t.Errorf("/fits has %d bytes, want 1000", len(got.Body))
	}
	_, err = c.Fetch(t.Context(), Request{URL: s.URL + "/slow?key=secret", MaxTime: time.Millisecond})
	want(t, "/slow", err, license.OutsideFailed)
	if err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("the log is told the address: %v", err)
	}
}

// A name that leads to a private address is refused, at the moment of the call: what it led to before does not count.
func TestFetchRefusesRebinding(t *testing.T) {
	t.Parallel()
	s := elsewhere(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "inside") })
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	names := nameServer(t, net.IPv4(127, 0, 0, 1))
	address := "http://rebound.example:" + port + "/"
	_, err = newClient(Options{}, &net.Dialer{Resolver: names}).Fetch(t.Context(), Request{URL: address})
	want(t, "Fetch of a name that leads here", err, license.OutsideRefused)
	got, err := newClient(Options{AllowPlain: true}, &net.Dialer{Resolver: names}).Fetch(t.Context(), Request{URL: address})
	want(t, "Fetch of the same where it is allowed", err, "")
	if string(got.Body) != "inside" {
		t.Errorf("Fetch = %q, want inside", got.Body)
	}
}

// nameServer answers every question for an address of IPv4 with ip.
func nameServer(t *testing.T, ip net.IP) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			end := 12 // Behind the head stands the question: a name, its type and its class.
			for end < n && buf[end] != 0 {
				end += int(buf[end]) + 1
			}
			if end += 5; end > n {
				continue
			}
			isA := binary.BigEndian.Uint16(buf[end-4:]) == 1
			out := append([]byte{}, buf[:end]...)
			copy(out[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}) // an answer, one question
			if isA {
				out[7] = 1
				out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				out = append(out, ip.To4()...)
			}
			_, _ = conn.WriteTo(out, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}
