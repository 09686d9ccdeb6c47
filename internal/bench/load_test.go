package bench

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const good = `{"success":true}`

// fewKeys are n keys of one length.
func fewKeys(n int) *keys {
	k := &keys{product: 7, each: 8}
	for i := range n {
		k.packed = fmt.Appendf(k.packed, "KEY-%04d", i)
	}
	return k
}

// sendAll sends one request for each key over two connections.
func sendAll(t *testing.T, base string, k *keys) *outcome {
	t.Helper()
	l := &load{base: base, keys: k, connections: 2, span: time.Minute, next: newPool(k).all()}
	o, err := l.run(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestLoadSendsEachOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.Path != verifyPath {
			http.Error(w, "unexpected", http.StatusBadRequest)
			return
		}
		mu.Lock()
		seen[string(body)]++
		mu.Unlock()
		_, _ = io.WriteString(w, good)
	}))
	defer s.Close()
	const n = 500
	o := sendAll(t, s.URL, fewKeys(n))
	if o.latencies.total != n || o.failed() != 0 || len(seen) != n {
		t.Errorf("load = %d good, %v, %d different, want %d, none, %d", o.latencies.total, o.errors, len(seen), n, n)
	}
	want := fmt.Sprintf(`{"product_id":7,"license_key":"KEY-0003","hwid":"%s"}`, appendDevice(nil, 3, 0))
	if seen[want] != 1 {
		t.Errorf("%s was sent %d times, want once", want, seen[want])
	}
}

func TestLoadCountsErrors(t *testing.T) {
	t.Parallel()
	var count atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch count.Add(1) % 6 {
		case 0:
			http.Error(w, "no", http.StatusServiceUnavailable)
		case 1:
			_, _ = io.WriteString(w, `{"success":false}`)
		case 2:
			w.Header().Set("Connection", "close")
			_, _ = io.WriteString(w, good)
		case 3:
			panic(http.ErrAbortHandler)
		case 4:
			// Longer than the client's buffer, and in pieces.
			w.Header().Set("Content-Length", fmt.Sprint(len(good)+100_000))
			for range 10 {
				_, _ = io.WriteString(w, strings.Repeat(" ", 10_000))
				w.(http.Flusher).Flush()
			}
			_, _ = io.WriteString(w, good)
		default:
			_, _ = io.WriteString(w, good)
		}
	}))
	s.Config.ErrorLog = nil
	defer s.Close()
	o := sendAll(t, s.URL, fewKeys(60))
	want := map[string]int64{"status 503": 10, "no success": 10, "connection broken": 10}
	// An answer that closes the connection is good, and the next request needs a new one.
	if diff := cmp.Diff(want, o.errors); diff != "" || o.latencies.total != 30 {
		t.Errorf("load: %d good; errors (-want +got):\n%s", o.latencies.total, diff)
	}
}

func TestLoadWithoutServer(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + ln.Addr().String()
	ln.Close()
	l := &load{base: base, keys: fewKeys(1), connections: 1, span: time.Second, next: newPool(fewKeys(1)).all()}
	if _, err := l.run(t.Context(), func() {}); err == nil || !strings.HasPrefix(err.Error(), "connect to ") {
		t.Errorf("run = %v, want that it cannot connect", err)
	}
}

// A server that goes away in the middle is counted, and the load ends.
func TestLoadLosesServer(t *testing.T) {
	t.Parallel()
	var count atomic.Int64
	var s *httptest.Server
	gone := make(chan struct{})
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if count.Add(1) == 20 {
			go func() {
				s.Listener.Close()
				s.CloseClientConnections()
				close(gone)
			}()
		}
		_, _ = io.WriteString(w, good)
	}))
	defer s.Close()
	o := sendAll(t, s.URL, fewKeys(1000))
	<-gone
	if o.errors["no connection"] != 2 {
		t.Errorf("errors = %v, want that both connections could not be opened again", o.errors)
	}
}

func TestLoadEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var count atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if count.Add(1) == 10 {
			cancel()
		}
		_, _ = io.WriteString(w, good)
	}))
	defer s.Close()
	k := fewKeys(4)
	l := &load{base: s.URL, keys: k, connections: 2, span: time.Hour, next: anywhere(k)}
	if _, err := l.run(ctx, func() {}); err != context.Canceled {
		t.Errorf("run = %v, want context canceled", err)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const body = "12345"
	whole := "HTTP/1.1 200 OK\r\nContent-Type: x\r\nContent-Length: 5\r\n\r\n" + body
	for name, tt := range map[string]struct {
		text string
		done bool
		err  error
		want answer
	}{
		"whole":         {whole, true, nil, answer{status: 200, body: []byte(body)}},
		"close":         {strings.Replace(whole, "x\r\n", "x\r\nConnection: close\r\n", 1), true, nil, answer{status: 200, body: []byte(body), close: true}},
		"other status":  {strings.Replace(whole, "200", "404", 1), true, nil, answer{status: 404, body: []byte(body)}},
		"nothing":       {"", false, nil, answer{}},
		"half a head":   {whole[:30], false, nil, answer{}},
		"half a body":   {whole[:len(whole)-1], false, nil, answer{}},
		"too much":      {whole + "6", false, errMalformed, answer{}},
		"no length":     {"HTTP/1.1 200 OK\r\n\r\n", false, errMalformed, answer{}},
		"wrong length":  {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", false, errMalformed, answer{}},
		"wrong status":  {"HTTP/1.1 2x0 OK\r\nContent-Length: 5\r\n\r\n12345", false, errMalformed, answer{}},
		"other version": {"HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\n12345", false, errMalformed, answer{}},
		"no head":       {"hello\r\n\r\n", false, errMalformed, answer{}},
	} {
		var a answer
		done, err := a.parse([]byte(tt.text))
		if done != tt.done || err != tt.err {
			t.Errorf("parse(%s) = %v, %v, want %v, %v", name, done, err, tt.done, tt.err)
		}
		if diff := cmp.Diff(tt.want, a, cmp.AllowUnexported(answer{})); diff != "" {
			t.Errorf("parse(%s) (-want +got):\n%s", name, diff)
		}
	}
}

// A pool deals out every license once, whatever their number.
func TestPool(t *testing.T) {
	t.Parallel()
	for n := 1; n < 200; n++ {
		next := newPool(fewKeys(n)).all()
		seen := make([]bool, n)
		for range n {
			i, _, ok := next(nil)
			if !ok || seen[i] {
				t.Fatalf("pool of %d: license %d, %v, want each once", n, i, ok)
			}
			seen[i] = true
		}
		if i, _, ok := next(nil); ok {
			t.Fatalf("pool of %d deals out license %d again", n, i)
		}
	}
}

func TestDevicesDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range 1000 {
		for device := range 3 {
			name := string(appendDevice(nil, i, device))
			if len(name) != deviceLength || seen[name] {
				t.Fatalf("device %d of license %d is %q, want %d new characters", device, i, name, deviceLength)
			}
			seen[name] = true
		}
	}
}

func BenchmarkExchange(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, good) }))
	defer s.Close()
	host, err := hostOf(s.URL)
	if err != nil {
		b.Fatal(err)
	}
	c, err := dial(host, time.Now().Add(time.Hour))
	if err != nil {
		b.Fatal(err)
	}
	defer c.conn.Close()
	k := fewKeys(100)
	f, err := newForm(s.URL, k)
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	for b.Loop() {
		if err := c.exchange(f.of(k, r.IntN(100), 0)); err != nil {
			b.Fatal(err)
		}
	}
}
