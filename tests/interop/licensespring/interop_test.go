// Package interop lets clients in other languages live a day with the licet binary: they are written from
// docs/contracts/licensespring-license-api.md alone and check every signature on their own.
//
// LICET_TEST_NODE=off and LICET_TEST_PYTHON=off leave a language out; without them, one that is not installed
// fails the test.
package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"licet/internal/wire/licensespring/lsclient"
)

// patience bounds whatever may hang: the start of the server, its end, and a script.
const patience = 5 * time.Minute

// language is one in which there is a client.
type language struct {
	name    string
	off     string // the environment variable that leaves it out
	ending  string // of its scripts
	find    func() string
	missing string // what to do where find finds nothing
}

func languages() []language {
	return []language{
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

// run lets program run a script with one argument, and fails the test when the script says so.
func (l language) run(t *testing.T, program, script, argument string) {
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

// TestLicenseSpring runs, for each language, a day in the life of a license against a server of its own, and
// lets it verify what that server has signed for the client in Go.
func TestLicenseSpring(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "licet")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "licet/cmd/licet")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, l := range languages() {
		t.Run(l.name, func(t *testing.T) {
			if os.Getenv(l.off) == "off" {
				t.Skipf("%s is off", l.off)
			}
			program := l.find()
			if program == "" {
				t.Fatalf("%s; %s=off leaves this test out", l.missing, l.off)
			}
			s := newSite(t, binary)
			t.Run("day", func(t *testing.T) { l.run(t, program, "day", s.file(t, "day.json", s.input)) })
			t.Run("vectors", func(t *testing.T) { l.run(t, program, "vectors", s.file(t, "vectors.json", s.vectors(t))) })
		})
	}
}

// site is a demo that runs, with licenses of every kind that a day needs.
type site struct {
	binary, dir string
	input       map[string]string // of day.mjs and day.py
}

func newSite(t *testing.T, binary string) *site {
	t.Helper()
	s := &site{binary: binary, dir: filepath.Join(t.TempDir(), "data")}
	s.serve(t)
	var demo struct {
		URL           string            `json:"url"`
		LicenseSpring map[string]string `json:"licensespring"`
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &demo); err != nil {
		t.Fatalf("demo.json: %v", err)
	}
	if len(demo.LicenseSpring) == 0 {
		t.Fatal("demo.json has no part named licensespring")
	}
	s.input = maps.Clone(demo.LicenseSpring)
	s.input["base_url"] = demo.URL + "/licensespring/api/v4"
	s.sell(t)
	return s
}

// oddMetadata is what a server in Go writes in another way than JavaScript, if it is let to.
const oddMetadata = `{"b":"<b>&</b> é \u2028","2":1,"1":{"x":null}}`

// sell makes what the demo has not: products whose licenses count, float, have a feature, or are trials.
func (s *site) sell(t *testing.T) {
	t.Helper()
	features := filepath.Join(t.TempDir(), "features.json")
	if err := os.WriteFile(features, []byte(`[{"code":"EXPORT","name":"Export"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	common := []string{"--auth", "license-key", "--lock", "hwid", "--max-activations", "4", "--features-file", features, "--metadata", oddMetadata}
	for _, p := range []struct {
		code, product, key string
		flags              []string
	}{
		{"DAYMETER", "consumption_product", "consumption_key", []string{"--type", "consumption", "--usage", "10"}},
		{"DAYFLOAT", "floating_product", "floating_key", []string{"--seats", "2", "--seat-minutes", "120", "--borrow-hours", "12"}},
		{"DAYFEATURE", "feature_product", "feature_key", nil},
		{"DAYTRIAL", "trial_product", "", nil},
	} {
		s.licet(t, append(append([]string{"product", "create", p.code}, common...), p.flags...)...)
		s.input[p.product] = p.code
		if p.key == "" {
			s.licet(t, "policy", "create", "trial", "--product", p.code, "--trial", "--duration", "7d", "--lock", "hwid", "--max-activations", "1")
			continue
		}
		var made []struct {
			Key string `json:"license_key"`
		}
		if err := json.Unmarshal(s.licet(t, "license", "create", "--product", p.code, "--json"), &made); err != nil || len(made) != 1 {
			t.Fatalf("license create printed %v, %v, want one license", made, err)
		}
		s.input[p.key] = made[0].Key
	}
	s.input["feature"] = "EXPORT"
}

// licet runs a command beside the server, and returns what it printed.
func (s *site) licet(t *testing.T, args ...string) []byte {
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

// serve starts the server and returns once it is ready. It is stopped when the test is over.
func (s *site) serve(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	address := filepath.Join(dir, "address")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(s.binary, "serve", "--demo", "--listen", "127.0.0.1:0", "--operations", "off", "--address-file", address, "--data", s.dir)
	cmd.Stderr = log
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
			t.Logf("the server's log:\n%s", text)
		}
		_ = log.Close() // The server wrote it, not this program.
	})
	s.await(t, address, gone)
}

// await returns once the file of the address is there.
func (s *site) await(t *testing.T, address string, gone <-chan struct{}) {
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

// file writes what a script reads.
func (s *site) file(t *testing.T, name string, content any) string {
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

// vector is an answer of the server, for vectors.mjs and vectors.py.
type vector struct {
	Body            string            `json:"body"`
	HeaderSignature string            `json:"header_signature,omitempty"`
	PublicKey       string            `json:"public_key"`
	Request         map[string]string `json:"request,omitempty"`
	Kind            string            `json:"kind,omitempty"` // offline, for a license that travels by file
	SharedKey       string            `json:"shared_key,omitempty"`
	APIKey          string            `json:"api_key,omitempty"`
}

// vectors asks the server what can be asked, verifies the answers, and returns them.
func (s *site) vectors(t *testing.T) []vector {
	t.Helper()
	key, err := lsclient.ParsePublicKey(s.input["public_key"])
	if err != nil {
		t.Fatalf("public_key of demo.json: %v", err)
	}
	client := lsclient.Client{Base: s.input["base_url"], APIKey: s.input["api_key"], SharedKey: s.input["shared_key"], PublicKey: key}
	var list []vector
	keep := func(a lsclient.Answer, kind string) {
		t.Helper()
		if err := client.Verify(a, nil); err != nil || a.Status != 200 {
			t.Fatalf("%s = %v, %v, want 200 and good signatures", a.Endpoint, a, err)
		}
		v := vector{Body: string(a.Body), HeaderSignature: a.Header.Get("LicenseSignature"), PublicKey: s.input["public_key"], Request: a.Sent, Kind: kind}
		if kind != "" {
			v.SharedKey, v.APIKey = client.SharedKey, client.APIKey
		}
		list = append(list, v)
	}
	ctx := t.Context()
	for _, what := range []string{"", "consumption_", "floating_", "feature_"} {
		product, licenseKey := s.input[what+"product"], s.input[what+"key"]
		if what == "" {
			licenseKey = s.input["license_key"]
		}
		ask := map[string]any{"product": product, "license_key": licenseKey, "hardware_id": "Vectors-" + what + "1"}
		query := url.Values{}
		for name, value := range ask {
			query.Set(name, fmt.Sprint(value))
		}
		keep(client.Get(ctx, "product_details", url.Values{"product": {product}}), "")
		keep(client.Post(ctx, "activate_license", ask), "")
		keep(client.Get(ctx, "check_license", query), "")
		keep(client.Post(ctx, "deactivate_license", ask), "")
		maps.Copy(ask, map[string]any{
			"request": "activation", "request_id": "vectors-" + what + "1", "api_key": client.APIKey, "date": "Fri Jul 4 2025 10:56:13 GMT+0000",
		})
		file := client.PostText(ctx, "activate_offline", lsclient.OfflineRequest(ask, client.SharedKey, what == ""))
		keep(file, "offline")
		if _, err := client.VerifyOfflineFile(string(file.Body)); err != nil {
			t.Fatalf("activate_offline: %v", err)
		}
	}
	return list
}
