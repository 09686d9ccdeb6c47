package server

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"licet/internal/wire"
)

func waitingDoor(entered chan<- struct{}, leave <-chan struct{}) wire.Door {
	d := fakeDoor("rmz", wire.LicenseSurface, "/rmz")
	d.Mount = func(m *wire.Mux) {
		m.Handle("POST /verify", func(w http.ResponseWriter, r *http.Request) error {
			entered <- struct{}{}
			select {
			case <-leave:
				return wire.WriteJSON(w, 200, "done")
			case <-r.Context().Done():
				return r.Context().Err()
			}
		})
	}
	return d
}

func TestRun_drains(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	r := start(t, anyPort(), []wire.Door{waitingDoor(entered, leave)}, Operations{})
	url, address := r.URL(wire.LicenseSurface), r.rooms[0].ln.Addr().String()
	ops := r.OperationsURL()
	r.want(200, "ready\n", "GET", ops+"/readyz", "")

	answered := make(chan answer, 1)
	go func() { answered <- r.call("POST", url+"/rmz/verify", "") }()
	<-entered
	r.stop()
	r.logs.await("draining")
	r.want(503, "draining\n", "GET", ops+"/readyz", "")
	r.want(200, "ok\n", "GET", ops+"/healthz", "")
	if c, err := net.Dial("tcp", address); err == nil {
		c.Close()
		t.Error("a new connection was taken while draining, want it refused")
	}
	select {
	case err := <-r.done:
		t.Fatalf("Run = %v while a request was in flight, want it to wait", err)
	default:
	}
	close(leave)
	if got := <-answered; got.status != 200 || got.body != `"done"` {
		t.Errorf("request in flight = %d %s, want 200 done", got.status, got.body)
	}
	if err := r.wait(); err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
	if strings.Contains(r.logs.all(), "cut off") {
		t.Error("the log says that requests were cut off, want none")
	}
}

func TestRun_cuts_what_does_not_end(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	cfg := anyPort()
	cfg.DrainTimeout = 20 * time.Millisecond
	r := start(t, cfg, []wire.Door{waitingDoor(entered, nil)}, Operations{})
	url := r.URL(wire.LicenseSurface)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if res, err := r.client.Post(url+"/rmz/verify", "", nil); err == nil {
			res.Body.Close()
		}
	}()
	<-entered
	r.stop()
	if err := r.wait(); err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
	<-gone
	r.logs.await("WARN", "were cut off")
	// The handler's context ended, which is nobody's fault.
	r.logs.await(`"level":"WARN"`, `"msg":"request"`, `"code":"unavailable"`)
}

func TestRun_ends_when_an_address_fails(t *testing.T) {
	t.Parallel()
	r := start(t, anyPort(), fourDoors(), Operations{})
	r.logs.await("listening")
	r.rooms[0].ln.Close()
	if err := r.wait(); err == nil || !strings.HasPrefix(err.Error(), "listen: 127.0.0.1:0 no longer listens: ") {
		t.Errorf("Run = %v, want the address named", err)
	}
}

func TestListen_refuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy := taken.Addr().String()
	tests := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"taken", func(c *Config) { c.Listen = []string{busy} },
			"listen: " + busy + " is taken by another program; stop it, or choose another address"},
		{"taken_second", func(c *Config) { c.Manage.Listen = []string{"127.0.0.1:0", busy} },
			"manage.listen: " + busy + " is taken by another program; stop it, or choose another address"},
		{"taken_operations", func(c *Config) { c.Operations = busy },
			"operations: " + busy + " is taken by another program; stop it, or choose another address"},
		{"foreign", func(c *Config) { c.Listen = []string{"192.0.2.1:8080"} },
			"listen: this machine has no address 192.0.2.1:8080; choose one that it has"},
	}
	for _, tt := range tests {
		cfg := anyPort()
		tt.change(&cfg)
		file := filepath.Join(t.TempDir(), "address")
		cfg.AddressFile = file
		s, err := New(cfg, fourDoors(), Operations{}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(t.Context()); err == nil || err.Error() != tt.want {
			t.Errorf("%s: Run = %v, want %s", tt.name, err, tt.want)
		}
		if s.URL(wire.LicenseSurface) != "" {
			t.Errorf("%s: an address is still open at %s", tt.name, s.URL(wire.LicenseSurface))
		}
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the address file is there, want none", tt.name)
		}
	}
}

func TestAddressFile(t *testing.T) {
	t.Parallel()
	cfg := anyPort()
	cfg.AddressFile = filepath.Join(t.TempDir(), "address")
	if err := os.WriteFile(cfg.AddressFile, []byte("http://127.0.0.1:1"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, cfg, fourDoors(), Operations{})
	r.logs.await("listening")
	got, err := os.ReadFile(cfg.AddressFile)
	if err != nil || string(got) != r.URL(wire.LicenseSurface) || !strings.HasPrefix(string(got), "http://127.0.0.1:") {
		t.Errorf("address file = %q, %v, want %q", got, err, r.URL(wire.LicenseSurface))
	}
	r.want(200, "ok\n", "GET", string(got)+"/healthz", "")
	r.stop()
	if err := r.wait(); err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
	if left, err := os.ReadDir(filepath.Dir(cfg.AddressFile)); err != nil || len(left) != 0 {
		t.Errorf("after the end: %v, %v, want no file", left, err)
	}
}

func TestAddressFile_that_cannot_be_written(t *testing.T) {
	t.Parallel()
	cfg := anyPort()
	cfg.AddressFile = filepath.Join(t.TempDir(), "missing", "address")
	s, err := New(cfg, fourDoors(), Operations{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "address_file: ") {
		t.Errorf("Run = %v, want address_file: …", err)
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	tests := []struct{ scheme, name, address, actual, want string }{
		{"http", "", "127.0.0.1:0", "127.0.0.1:4711", "http://127.0.0.1:4711"},
		{"http", "", ":8080", "[::]:8080", "http://127.0.0.1:8080"},
		{"http", "", "0.0.0.0:8080", "0.0.0.0:8080", "http://127.0.0.1:8080"},
		{"http", "", "[::]:8080", "[::]:8080", "http://[::1]:8080"},
		{"http", "", "[::1]:80", "[::1]:80", "http://[::1]"},
		{"http", "", "localhost:80", "127.0.0.1:80", "http://localhost"},
		{"https", "a.example", "0.0.0.0:443", "0.0.0.0:443", "https://a.example"},
		{"https", "a.example", "0.0.0.0:8443", "0.0.0.0:8443", "https://a.example:8443"},
	}
	for _, tt := range tests {
		actual, err := net.ResolveTCPAddr("tcp", tt.actual)
		if err != nil {
			t.Fatal(err)
		}
		if got := baseURL(tt.scheme, tt.name, tt.address, actual); got != tt.want {
			t.Errorf("baseURL(%s, %q, %s, %s) = %s, want %s", tt.scheme, tt.name, tt.address, tt.actual, got, tt.want)
		}
	}
}
