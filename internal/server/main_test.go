package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"licet/internal/license"
	"licet/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeDoor is a dialect with one call: it answers what it was sent, or the error that the body
// names.
func fakeDoor(name string, surface wire.Surface, path string) wire.Door {
	return wire.Door{
		Name: name, Surface: surface, Path: path,
		Mount: func(m *wire.Mux) {
			m.Handle("POST /verify", echo)
			m.Handle("GET /items/{key}", func(w http.ResponseWriter, r *http.Request) error {
				return wire.WriteJSON(w, 200, r.PathValue("key"))
			})
		},
		WriteError: func(w http.ResponseWriter, r *http.Request, err error) {
			row, _ := wire.ErrorTable{}.Lookup(err)
			_ = wire.WriteJSON(w, row.Status, map[string]string{"door": name, "message": row.Message})
		},
	}
}

func echo(w http.ResponseWriter, r *http.Request) error {
	body, err := wire.ReadBody(r, 0)
	defer body.Release()
	if err != nil {
		return err
	}
	switch text := string(body.Bytes()); text {
	case "panic":
		panic("a bug with APP-SECRET-KEY")
	case "unknown":
		return license.Refuse(license.KeyUnknown)
	default:
		return wire.WriteJSON(w, 200, map[string]string{
			"body": text, "address": wire.AddressOf(r).String(), "id": wire.IDOf(r),
		})
	}
}

// fourDoors is one door for each surface.
func fourDoors() []wire.Door {
	return []wire.Door{
		fakeDoor("rmz", wire.LicenseSurface, "/rmz"),
		fakeDoor("native_manage", wire.ManageSurface, "/v1"),
		fakeDoor("portal", wire.PortalSurface, "/portal"),
		fakeDoor("inbound", wire.InboundSurface, "/inbound"),
	}
}

// anyPort is a Config that takes free ports.
func anyPort() Config {
	return Config{Listen: []string{"127.0.0.1:0"}}
}

// running is a server under test.
type running struct {
	*Server
	t      *testing.T
	client *http.Client
	stop   context.CancelFunc
	logs   *logLines
	done   chan error // the result of Run
}

// start runs a server until the test ends. Connections are taken when it returns.
func start(t *testing.T, cfg Config, doors []wire.Door, ops Operations) *running {
	t.Helper()
	logs := newLogLines()
	log, err := NewLog(logs, LogConfig{})
	if err != nil {
		t.Fatal(err)
	}
	log.Close() // From here on each line is written at once.
	s, err := New(cfg, doors, ops, log.Logger)
	if err != nil {
		t.Fatalf("New = %v", err)
	}
	if err := s.Listen(); err != nil {
		t.Fatalf("Listen = %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	transport := &http.Transport{TLSClientConfig: &tls.Config{}, ForceAttemptHTTP2: true}
	r := &running{Server: s, t: t, client: &http.Client{Transport: transport}, stop: stop, logs: logs, done: make(chan error, 1)}
	go func() { r.done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		transport.CloseIdleConnections()
		if err, ok := <-r.done; ok && err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	})
	return r
}

// wait returns what Run returned.
func (r *running) wait() error {
	err := <-r.done
	close(r.done)
	return err
}

// answer is what came back.
type answer struct {
	status int
	body   string
	header http.Header
}

// call sends a request; pairs are headers, of which "Host" is the host name.
func (r *running) call(method, url, body string, pairs ...string) answer {
	r.t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == "Host" {
			req.Host = pairs[i+1]
			continue
		}
		req.Header.Set(pairs[i], pairs[i+1])
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatalf("%s %s = %v", method, url, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatalf("%s %s: body = %v", method, url, err)
	}
	return answer{res.StatusCode, string(text), res.Header}
}

// want checks status and body of a call; a body of "*" is any.
func (r *running) want(status int, want, method, url, body string, pairs ...string) {
	r.t.Helper()
	got := r.call(method, url, body, pairs...)
	if got.status != status || (want != "*" && got.body != want) {
		r.t.Errorf("%s %s %q %v = %d %s, want %d %s", method, url, body, pairs, got.status, got.body, status, want)
	}
}

// field returns a member of a JSON object.
func field(t *testing.T, body, name string) string {
	t.Helper()
	var m map[string]string
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("body %q = %v", body, err)
	}
	return m[name]
}

// logLines gathers log lines and lets a test wait for one.
type logLines struct {
	mu    sync.Mutex // guards lines
	lines []string
	news  *sync.Cond
}

func newLogLines() *logLines {
	l := &logLines{}
	l.news = sync.NewCond(&l.mu)
	return l
}

func (l *logLines) Write(lines []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(lines) {
		l.lines = append(l.lines, string(bytes.TrimSpace(line)))
	}
	l.news.Broadcast()
	return len(lines), nil
}

// await returns the first line that contains all words, as soon as there is one.
func (l *logLines) await(words ...string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for seen := 0; ; l.news.Wait() {
		for ; seen < len(l.lines); seen++ {
			if containsAll(l.lines[seen], words) {
				return l.lines[seen]
			}
		}
	}
}

func containsAll(line string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(line, w) {
			return false
		}
	}
	return true
}

// all returns everything that was logged.
func (l *logLines) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}
