// Package torture holds the tests that treat the licet binary as its operators' bad days do: killed
// in mid-storm, out of disk, its database gone and back. They build the binary and look at what it
// left behind with the doctor and with their own eyes.
package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

// perLicense is the activation limit of every license in these tests; more devices than that ask.
const (
	perLicense = 3
	askers     = 5
)

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "licet-torture-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "licet")
	cmd := exec.Command("go", "build", "-pgo=off", "-o", path, "licet/cmd/licet")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// site is one place where Licet is installed.
type site struct {
	t      *testing.T
	binary string
	dir    string
	url    string // PostgreSQL, or "" for SQLite in dir
	number int64  // of the product
	keys   []string
	next   atomic.Int64 // the activation to ask for next
}

func newSite(t *testing.T, dir, url string, licenses int) *site {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, binary: binary, dir: dir, url: url}
	s.licet("migrate")
	s.licet("tenant", "create", "acme", "--name", "Acme")
	var product struct {
		Number int64 `json:"number"`
	}
	s.decode(&product, "product", "create", "app", "--name", "App", "--lock", "hwid", "--max-activations", fmt.Sprint(perLicense), "--json")
	s.number = product.Number
	var made []struct {
		Key string `json:"license_key"`
	}
	s.decode(&made, "license", "create", "--product", "app", "--amount", fmt.Sprint(licenses), "--json")
	for _, l := range made {
		s.keys = append(s.keys, l.Key)
	}
	return s
}

func (s *site) args(args ...string) []string {
	args = append(args, "--data", s.dir)
	if s.url != "" {
		args = append(args, "--database", s.url)
	}
	return args
}

// licet runs a command that must succeed, and returns what it printed.
func (s *site) licet(args ...string) []byte {
	s.t.Helper()
	cmd := exec.Command(s.binary, s.args(args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("licet %s: %v\n%s%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.Bytes()
}

func (s *site) decode(into any, args ...string) {
	s.t.Helper()
	if err := json.Unmarshal(s.licet(args...), into); err != nil {
		s.t.Fatalf("licet %s: %v", strings.Join(args, " "), err)
	}
}

// server is a running licet serve.
type server struct {
	cmd  *exec.Cmd
	base string
	log  *bytes.Buffer
	gone chan struct{}
}

// serve starts the server and returns once it is ready.
func (s *site) serve() *server {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "address")
	cmd := exec.Command(s.binary, s.args("serve", "--listen", "127.0.0.1:0", "--address-file", file, "--rmz-rate-per-minute", "0")...)
	v := &server{cmd: cmd, log: new(bytes.Buffer), gone: make(chan struct{})}
	cmd.Stderr = v.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		defer close(v.gone)
		_ = cmd.Wait() // how it ended is looked at by those who ended it
	}()
	s.t.Cleanup(v.kill)
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Minute)
	defer cancel()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		if text, err := os.ReadFile(file); err == nil && len(text) > 0 {
			v.base = strings.TrimSpace(string(text))
			return v
		}
		select {
		case <-look.C:
		case <-v.gone:
			s.t.Fatalf("the server ended before it was ready:\n%s", v.log)
		case <-ctx.Done():
			s.t.Fatalf("the server is not ready:\n%s", v.log)
		}
	}
}

// kill is kill -9.
func (v *server) kill() {
	_ = v.cmd.Process.Kill() // it may be gone
	<-v.gone
}

// grant is one acknowledged activation.
type grant struct{ key, hwid string }

// storm asks for activations from many goroutines until stop returns true, and returns those that were
// acknowledged and how often each status came. Every license is asked for by more devices than it has
// places for.
func (s *site) storm(v *server, round string, stop func(acknowledged int64) bool) (map[grant]bool, map[int]int) {
	const goroutines = 32
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: goroutines}}
	defer client.CloseIdleConnections()
	var (
		mu       sync.Mutex
		granted  = map[grant]bool{}
		statuses = map[int]int{}
		acks     atomic.Int64
		wg       sync.WaitGroup
	)
	for range goroutines {
		wg.Go(func() {
			for !stop(acks.Load()) {
				n := int(s.next.Add(1))
				g := grant{s.keys[n/askers%len(s.keys)], fmt.Sprintf("%s-%d", round, n%askers)}
				status := s.verify(client, v.base, g)
				mu.Lock()
				statuses[status]++
				if status == http.StatusOK {
					granted[g] = true
					acks.Add(1)
				}
				mu.Unlock()
				if status == 0 && s.ended(v) {
					return
				}
			}
		})
	}
	wg.Wait()
	return granted, statuses
}

func (s *site) ended(v *server) bool {
	select {
	case <-v.gone:
		return true
	default:
		return false
	}
}

// verify asks for one activation and returns the status; 0 when there was no answer.
func (s *site) verify(client *http.Client, base string, g grant) int {
	body, _ := json.Marshal(map[string]any{"product_id": s.number, "license_key": g.key, "hwid": g.hwid})
	res, err := client.Post(base+"/rmz/verify", "application/json", bytes.NewReader(body))
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return 0
	}
	if res.StatusCode == http.StatusOK && !bytes.Contains(answer, []byte(`"success":true`)) {
		s.t.Errorf("200 without success: %s", answer)
	}
	return res.StatusCode
}

// inspect looks at the database itself: every acknowledged activation is there, no limit is exceeded,
// and the doctor finds nothing.
func (s *site) inspect(acknowledged map[grant]bool) {
	s.t.Helper()
	ctx := s.t.Context()
	db, err := store.Open(ctx, store.Options{Dir: s.dir, URL: s.url})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	active := map[grant]bool{}
	err = db.Snapshot(ctx, func(tx *store.Tx) error {
		product, err := tx.FindNumberedProduct(s.number)
		if err != nil {
			return err
		}
		for _, key := range s.keys {
			if err := s.collect(tx, product.Tenant, product.ID, key, active); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	lost := 0
	for g := range acknowledged {
		if !active[g] {
			lost++
		}
	}
	if lost > 0 {
		s.t.Errorf("%d of %d acknowledged activations are lost", lost, len(acknowledged))
	}
	s.licet("doctor")
}

func (s *site) collect(tx *store.Tx, tenant license.TenantID, product license.ProductID, key string, active map[grant]bool) error {
	l, err := tx.FindLicenseByKey(tenant, product, key)
	if err != nil || l.Activated == 0 {
		return err
	}
	devices, err := tx.ListDevices(tenant, l.ID, 0, 1000)
	if err != nil {
		return err
	}
	held := 0
	for _, d := range devices {
		if d.Active {
			held++
			active[grant{key, d.Binding.Value}] = true
		}
	}
	if held > perLicense || int64(held) != l.Activated {
		s.t.Errorf("license %s holds %d devices and counts %d, allowed are %d", key, held, l.Activated, perLicense)
	}
	return nil
}
