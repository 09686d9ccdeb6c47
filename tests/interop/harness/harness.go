// Package harness runs clients in other languages against the licet binary, started with its demo.
//
// LICET_TEST_NODE=off and LICET_TEST_PYTHON=off leave a language out; without them, one that is not installed
// fails the test.
package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds whatever may hang: the start of the server, its end, and a script.
const patience = 5 * time.Minute

// Language is one in which there are clients.
type Language struct {
	Name    string
	off     string // the environment variable that leaves it out
	ending  string // of its scripts
	find    func() string
	missing string // what to do where find finds nothing
}

// Languages lists them.
func Languages() []Language {
	return []Language{
		{"node", "LICET_TEST_NODE", ".mjs", findNode, "Node.js is not installed: run scripts/node, or install node 18 or newer"},
		{"python", "LICET_TEST_PYTHON", ".py", findPython, "there is no python3 that can import cryptography: run scripts/python, or install it"},
	}
}

func findNode() string {
	path, _ := exec.LookPath("node") // "" where there is none.
	return path
}

// findPython looks where scripts/python does.
func findPython() string {
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if path, err := exec.LookPath(name); err == nil && exec.Command(path, "-c", "import cryptography.hazmat.primitives.asymmetric.padding").Run() == nil {
			return path
		}
	}
	return ""
}

// Program returns what runs scripts of the language. It skips the test where the language is left out, and fails it where
// the language is not installed.
func (l Language) Program(t *testing.T) string {
	t.Helper()
	if os.Getenv(l.off) == "off" {
		t.Skipf("%s is off", l.off)
	}
	program := l.find()
	if program == "" {
		t.Fatalf("%s; %s=off leaves this test out", l.missing, l.off)
	}
	return program
}

// Run lets program run a script of the test's own folder with one argument. It fails the test when the script says so,
// and when it leaves a step out.
func (l Language) Run(t *testing.T, program, script, argument string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, script+l.ending, argument)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1", "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
	out, err := cmd.CombinedOutput()
	t.Logf("%s%s:\n%s", script, l.ending, out)
	if err != nil {
		t.Errorf("%s%s: %v", script, l.ending, err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "skipped: ") {
			t.Errorf("%s%s left a step out: %s", script, l.ending, line)
		}
	}
}

// File writes what a script reads, as JSON, and returns where it is.
func File(t *testing.T, name string, content any) string {
	t.Helper()
	text, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Build builds the binary and returns where it is.
func Build(t *testing.T) string {
	t.Helper()
	binary, err := BuildIn(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// BuildIn builds the binary into a folder, for many tests, and returns where it is.
func BuildIn(dir string) (string, error) {
	binary := filepath.Join(dir, "licet")
	build := exec.Command("go", "build", "-pgo=off", "-o", binary, "licet/cmd/licet")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return binary, nil
}

// Site is a demo that runs.
type Site struct {
	binary, dir string
	log         string // file
}

// Log returns what the server has said, and logged, until now.
func (s *Site) Log(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Serve starts a server with the demo, and with flags, and returns once it is ready. It is stopped when the test is over.
func Serve(t *testing.T, binary string, flags ...string) *Site {
	t.Helper()
	s := &Site{binary: binary, dir: filepath.Join(t.TempDir(), "data")}
	dir := t.TempDir()
	address := filepath.Join(dir, "address")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"serve", "--demo", "--listen", "127.0.0.1:0", "--operations", "off", "--address-file", address, "--data", s.dir}
	cmd := exec.Command(s.binary, append(args, flags...)...)
	cmd.Stderr = log
	s.log = log.Name()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = cmd.Wait() // How it ended is looked at below.
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // It may be gone.
		select {
		case <-gone:
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			<-gone
			t.Error("the server does not stop")
		}
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("the server ended with %d, want 0", code)
		}
		if text, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Logf("the server's log, without the requests that went well:\n%s", notable(text))
		}
		_ = log.Close() // The server wrote it, not this program.
	})
	await(t, address, gone)
	return s
}

// notable is a log without the lines of requests that went well: hundreds of them would hide what failed.
func notable(log []byte) string {
	var kept strings.Builder
	for line := range strings.Lines(string(log)) {
		wentWell := strings.Contains(line, `"status":2`) || strings.Contains(line, `"status":3`)
		if !wentWell || !strings.Contains(line, `"level":"INFO","msg":"request"`) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// await returns once the file of the address is there.
func await(t *testing.T, address string, gone <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		if text, err := os.ReadFile(address); err == nil && len(text) > 0 {
			return
		}
		select {
		case <-look.C:
		case <-gone:
			t.Fatal("the server ended before it was ready")
		case <-ctx.Done():
			t.Fatal("the server is not ready")
		}
	}
}

// Demo reads what the demo has made into v.
func (s *Site) Demo(t *testing.T, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("demo.json: %v", err)
	}
}

// Licet runs a command beside the server, and returns what it printed.
func (s *Site) Licet(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), s.binary, append(args, "--data", s.dir)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("licet %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return out
}
