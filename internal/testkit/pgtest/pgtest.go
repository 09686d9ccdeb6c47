// Package pgtest runs PostgreSQL servers for tests: in a folder of their own, over a Unix socket, gone when
// the test binary is gone, however it ends.
//
// LICET_TEST_POSTGRES says what happens where PostgreSQL is not installed: unset skips the test, "required"
// fails it; "off" skips it in any case.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// startWait bounds the start of a server.
const startWait = 3 * time.Minute

// errMissing means that PostgreSQL is not installed.
var errMissing = errors.New("PostgreSQL is not installed")

// Server is a running PostgreSQL server.
type Server struct {
	bin    string // folder of the programs
	dir    string // socket, log and data
	fsync  bool
	owner  *syscall.SysProcAttr
	guard  *exec.Cmd
	stdin  *os.File // when it closes, the guard stops the server
	number atomic.Int64
}

// shared is the one server of this test binary for tests that do not disturb others.
var shared = sync.OnceValues(func() (*Server, error) { return start(false) })

// Shared returns the server that the tests of this binary share; it does not wait for the disk.
func Shared(t testing.TB) *Server {
	t.Helper()
	return need(t, shared)
}

// Private returns a server of the test's own, which it may restart. With fsync it is as durable as a real one.
func Private(t testing.TB, fsync bool) *Server {
	t.Helper()
	s := need(t, func() (*Server, error) { return start(fsync) })
	t.Cleanup(s.end)
	return s
}

// need skips or fails the test where there is no server, as LICET_TEST_POSTGRES says.
func need(t testing.TB, start func() (*Server, error)) *Server {
	t.Helper()
	mode := os.Getenv("LICET_TEST_POSTGRES")
	if mode == "off" {
		t.Skip("LICET_TEST_POSTGRES is off")
	}
	s, err := start()
	if errors.Is(err, errMissing) && mode != "required" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Database makes an empty schema, which is all that a store sees of the server, and returns its URL.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	// A database of its own takes many times longer to make. The schema stays until the server goes: so does
	// whatever a failed test left in it.
	name := fmt.Sprintf("t%d", s.number.Add(1))
	if err := s.exec("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	q := url.Values{"host": {s.dir}, "user": {"licet"}, "search_path": {name}}
	return "postgres:///postgres?" + q.Encode()
}

func (s *Server) exec(sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	c, err := pgx.Connect(ctx, "host="+s.dir+" user=licet dbname=postgres")
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, sql)
	return err
}

// Restart stops the server, which throws everybody out, and starts it again.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Stop()
	s.Start(t)
}

// Stop ends the server in the middle of what it does and waits until it is gone; its data stay.
func (s *Server) Stop() {
	if s.stdin == nil {
		return
	}
	fmt.Fprintln(s.stdin, "keep")
	s.stdin.Close()
	s.stdin = nil
	_ = s.guard.Wait()
}

// Start starts the server after Stop.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.launch(); err != nil {
		t.Fatal(err)
	}
}

// end stops the server and removes its folder.
func (s *Server) end() {
	if s.stdin != nil {
		s.stdin.Close()
		s.stdin = nil
		_ = s.guard.Wait()
	}
	_ = os.RemoveAll(s.dir)
}

func start(fsync bool) (*Server, error) {
	bin, err := findBin()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, fsync: fsync}
	if s.dir, err = os.MkdirTemp("", "licet-pg-"); err != nil {
		return nil, err
	}
	if s.owner, err = owner(s.dir); err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(s.dir, "data"), "-U", "licet", "-A", "trust",
		"--no-sync", "--locale=C", "-E", "UTF8", "--no-instructions")
	initdb.SysProcAttr, initdb.Dir = s.owner, s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := s.launch(); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// guardScript runs the server until its own input ends, which it does with the test binary. Then it stops the
// server and, unless it has read "keep", removes the folder.
const guardScript = `
bin=$1 dir=$2; shift 2
"$bin/postgres" -D "$dir/data" -k "$dir" "$@" </dev/null >>"$dir/log" 2>&1 &
pid=$!
read -r word
kill -QUIT $pid
wait $pid
[ "$word" = keep ] || rm -rf "$dir"
`

// launch starts the server and waits until it answers.
func (s *Server) launch() error {
	in, out, err := os.Pipe()
	if err != nil {
		return err
	}
	defer in.Close()
	args := []string{"-c", guardScript, "guard", s.bin, s.dir, "-c", "listen_addresses=", "-c", "max_connections=300",
		"-c", "shared_buffers=64MB", "-c", "autovacuum=off"}
	if !s.fsync {
		args = append(args, "-c", "fsync=off", "-c", "full_page_writes=off")
	}
	s.guard = exec.Command("/bin/sh", args...)
	s.guard.Stdin, s.guard.Dir, s.guard.SysProcAttr = in, s.dir, s.owner
	if err := s.guard.Start(); err != nil {
		out.Close()
		return err
	}
	s.stdin = out
	deadline := time.Now().Add(startWait)
	for {
		err := s.exec("SELECT 1")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("PostgreSQL does not start: %w\n%s", err, log)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// findBin returns the folder of initdb and postgres: that of PATH, or the newest of the usual places.
func findBin() (string, error) {
	var places []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		places = append(places, filepath.Dir(path))
	}
	newest, bin := 0, ""
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"} {
		found, _ := filepath.Glob(pattern)
		for _, dir := range found {
			digits := strings.TrimFunc(filepath.Base(filepath.Dir(dir)), func(r rune) bool { return r < '0' || r > '9' })
			if n, _ := strconv.Atoi(digits); n > newest {
				newest, bin = n, dir
			}
		}
	}
	if bin != "" {
		places = append(places, bin)
	}
	for _, dir := range places {
		if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
			return dir, nil
		}
	}
	return "", errMissing
}
