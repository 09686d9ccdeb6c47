//go:build unix

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSignals: while a request is on its way a first SIGTERM drains; a second one ends the server at
// once, which shows as an end by the signal.
func TestSignals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	c := exec.Command("licet", "serve", "--data", dir, "--listen", "127.0.0.1:0", "--address-file", filepath.Join(dir, "url"), "--log-format", "text")
	c.Stderr = log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	address := strings.TrimPrefix(eventually(t, filepath.Join(dir, "url"), "http://"), "http://")

	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /rmz/verify HTTP/1.1\r\nHost: licet.example\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	// The server asks for the body, so the request is on its way. It never comes.
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, log.Name(), "draining")
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err = c.Wait()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("the second SIGTERM ends the server with %v, want an end by the signal", err)
	}
}

// eventually returns the text of a file once it contains want.
func eventually(t *testing.T, file, want string) string {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), want) {
			return string(text)
		}
	}
	t.Fatalf("%s has no %q after %s", file, want, patience)
	return ""
}
