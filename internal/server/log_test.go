package server

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
	"licet/internal/wire"
)

func TestLog_gathers_lines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		act  func(*Log)
		want int // lines that are out at once
	}{
		{"info_waits", func(l *Log) { l.Info("a") }, 0},
		{"error_does_not", func(l *Log) { l.Info("a"); l.Error("b") }, 2},
		{"error_below_groups", func(l *Log) { l.With("x", 1).WithGroup("g").Error("b") }, 1},
		{"close_writes", func(l *Log) { l.Info("a"); l.Close() }, 1},
		{"closed_does_not_wait", func(l *Log) { l.Close(); l.Info("a") }, 1},
		{"debug_is_off", func(l *Log) { l.Debug("a"); l.Close() }, 0},
		{"much_does_not_wait", func(l *Log) { l.Info(strings.Repeat("a", flushAt)) }, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				out := &syncBuffer{}
				l, err := NewLog(out, LogConfig{})
				if err != nil {
					t.Fatal(err)
				}
				tt.act(l)
				if got := out.lines(); got != tt.want {
					t.Errorf("lines at once = %d, want %d", got, tt.want)
				}
			})
		})
	}
}

func TestLog_waits_no_longer_than_100ms(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &syncBuffer{}
		l, err := NewLog(out, LogConfig{Level: "debug", Format: "text"})
		if err != nil {
			t.Fatal(err)
		}
		for round := range 3 {
			l.Debug("a")
			time.Sleep(flushEvery - time.Millisecond)
			l.Debug("b")
			synctest.Wait()
			if got := out.lines(); got != 2*round {
				t.Errorf("round %d: lines before 100 ms = %d, want %d", round, got, 2*round)
			}
			time.Sleep(time.Millisecond)
			synctest.Wait()
			if got := out.lines(); got != 2*round+2 {
				t.Errorf("round %d: lines after 100 ms = %d, want %d", round, got, 2*round+2)
			}
		}
		l.Close()
	})
}

func TestLog_loses_nothing_under_races(t *testing.T) {
	t.Parallel()
	out := &syncBuffer{}
	l, err := NewLog(out, LogConfig{})
	if err != nil {
		t.Fatal(err)
	}
	const writers, each = 16, 500
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for i := range each {
				level := slog.LevelInfo
				if i%50 == 0 {
					level = slog.LevelError
				}
				l.Log(t.Context(), level, "line")
			}
		})
	}
	wg.Wait()
	l.Close()
	if got := out.lines(); got != writers*each {
		t.Errorf("lines = %d, want %d", got, writers*each)
	}
}

// FuzzRequestLine holds that the fast line says what slog would say of the same request.
func FuzzRequestLine(f *testing.F) {
	f.Add("POST", "/rmz/verify", 200, int64(7), "192.0.2.1", "id", "rmz", "not_found", "key_unknown")
	f.Add("G\"T", "/\\\x00\xff…<>&", 0, int64(-1), "", "", "", "", "")
	f.Fuzz(func(t *testing.T, method, path string, status int, us int64, address, id, door, code, reason string) {
		client, _ := netip.ParseAddr(address)
		w := httptest.NewRecorder()
		x, _ := wire.Begin(w, httptest.NewRequest("GET", "/", nil), id, client)
		x.Door = door
		if status >= 200 && status <= 999 {
			x.WriteHeader(status)
		}
		line := requestLine{
			now: time.UnixMicro(us).UTC(), method: method, path: path, took: time.Duration(us), x: x,
			code: license.Code(code), reason: license.Reason(reason),
		}
		if y := line.now.Year(); y < 0 || y > 9999 {
			t.Skip("slog writes such times in another way")
		}
		var slow bytes.Buffer
		if err := slog.NewJSONHandler(&slow, nil).Handle(t.Context(), line.record()); err != nil {
			t.Fatal(err)
		}
		var got, want map[string]any
		fast := line.appendJSON(nil)
		if err := json.Unmarshal(fast, &got); err != nil {
			t.Fatalf("%s = %v", fast, err)
		}
		if err := json.Unmarshal(slow.Bytes(), &want); err != nil {
			t.Fatalf("%s = %v", slow.Bytes(), err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-slog +fast):\n%s", diff)
		}
	})
}

func TestNewLog_refuses(t *testing.T) {
	t.Parallel()
	for _, cfg := range []LogConfig{{Level: "loud"}, {Format: "xml"}} {
		if _, err := NewLog(&syncBuffer{}, cfg); err == nil {
			t.Errorf("NewLog(%+v) = nil, want an error", cfg)
		}
	}
}

// syncBuffer is a buffer for several goroutines.
type syncBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) lines() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Count(b.buf.Bytes(), []byte("\n"))
}

func TestLimitListener(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimitListener(pipeListener{}, 1)
		first, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		second := make(chan net.Conn, 1)
		go func() {
			c, _ := l.Accept()
			second <- c
		}()
		synctest.Wait()
		if len(second) != 0 {
			t.Fatal("a second connection was taken beside the first, want it to wait")
		}
		first.Close()
		first.Close() // Twice gives back one slot.
		c := <-second
		third := make(chan error, 1)
		go func() {
			_, err := l.Accept()
			third <- err
		}()
		synctest.Wait()
		if len(third) != 0 {
			t.Fatal("a third connection was taken beside the second, want it to wait")
		}
		l.Close()
		if err := <-third; err == nil {
			t.Error("Accept on a closed listener = nil, want an error")
		}
		c.Close()
	})
}

// pipeListener has a connection for whoever asks.
type pipeListener struct{}

func (pipeListener) Accept() (net.Conn, error) { c, _ := net.Pipe(); return c, nil }
func (pipeListener) Close() error              { return nil }
func (pipeListener) Addr() net.Addr            { return &net.TCPAddr{} }
