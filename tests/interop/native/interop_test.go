// Package interop lets programs that know nothing of Licet use its native API: curl, a JOSE library, a Standard Webhooks library, a linter
// of OpenAPI documents, and a client that is generated from the document.
package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"licet/tests/interop/harness"
)

// patience bounds whatever may hang.
const patience = 5 * time.Minute

// demo is the part of demo.json.
type demo struct {
	URL    string `json:"url"`
	Native struct {
		Token string `json:"token"`
	} `json:"native"`
}

// TestDay runs everything in one folder with one server: installing the packages takes the most time.
func TestDay(t *testing.T) {
	t.Parallel()
	node := harness.Languages()[0].Program(t)
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Fatal("npm is not installed: run scripts/node, or install it; LICET_TEST_NODE=off leaves this test out")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	run(t, dir, nil, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")

	site := harness.Serve(t, harness.Build(t), "--outbound-allow-private")
	var d demo
	site.Demo(t, &d)
	t.Run("script", func(t *testing.T) { script(t, dir, node, &d) })
	t.Run("document", func(t *testing.T) {
		save(t, d.URL+"/openapi.json", filepath.Join(dir, "openapi.json"))
		run(t, dir, nil, node, "node_modules/@redocly/cli/bin/cli.js", "lint", "openapi.json", "--format=summary")
	})
	t.Run("generated_client", func(t *testing.T) {
		run(t, dir, nil, node, "node_modules/openapi-typescript/bin/cli.js", "openapi.json", "-o", "schema.d.ts")
		run(t, dir, nil, node, "node_modules/typescript/bin/tsc", "-p", ".")
		t.Log(run(t, dir, nil, node, "out/client.js", d.URL, d.Native.Token))
	})
}

// script runs day.sh, and looks at what its sink was told.
func script(t *testing.T, dir, node string, d *demo) {
	state := t.TempDir()
	_, before := published(t, d, 0) // The demo has a life behind it.
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	sink := exec.CommandContext(ctx, node, "sink.mjs", state)
	sink.Dir, sink.Stderr = dir, os.Stderr
	if err := sink.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = sink.Process.Kill() // It has no other end.
		_ = sink.Wait()
	}()
	address := read(ctx, t, filepath.Join(state, "address"))
	t.Log(run(t, dir, []string{"URL=" + d.URL, "TOKEN=" + d.Native.Token, "SINK=" + address, "STATE=" + state}, "sh", "day.sh"))

	want, _ := published(t, d, before)
	if len(want) < 8 {
		t.Fatalf("the feed has %v, which is not all of the day", want)
	}
	var got []string
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for len(got) < len(want) {
		text, _ := os.ReadFile(filepath.Join(state, "events")) // It comes with the first event.
		got = strings.Fields(strings.ReplaceAll(string(text), " ", "/"))
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("the sink was told %v, want %v", got, want)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the sink was told %v, want exactly %v", got, want)
	}
}

// published returns what the feed has after a place, of the kinds that the script's endpoint asked for, as the sink writes it down, and the
// place where the feed ends.
func published(t *testing.T, d *demo, after int64) (list []string, end int64) {
	t.Helper()
	for {
		page := feed(t, d, after)
		for _, e := range page.Data {
			area, _, _ := strings.Cut(e.Type, ".")
			if slices.Contains([]string{"product", "policy", "license", "device"}, area) {
				list = append(list, fmt.Sprintf("%d/%s", e.Data.ID, e.Type))
			}
		}
		if len(page.Data) == 0 {
			return list, page.After
		}
		after = page.After
	}
}

// page is one of the feed.
type page struct {
	Data []struct {
		Type string `json:"type"`
		Data struct {
			ID int64 `json:"id"`
		} `json:"data"`
	} `json:"data"`
	After int64 `json:"after"`
}

// feed asks for the page after a place; 0 is the beginning.
func feed(t *testing.T, d *demo, after int64) (p page) {
	t.Helper()
	address := d.URL + "/v1/events/feed?limit=1000"
	if after != 0 {
		address += fmt.Sprint("&after=", after)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.Native.Token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&p); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the feed answers %d, %v", answer.StatusCode, err)
	}
	return p
}

// read returns what is in a file, once it is there.
func read(ctx context.Context, t *testing.T, path string) string {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if text, err := os.ReadFile(path); err == nil {
			return string(text)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatalf("%s does not come", path)
		}
	}
}

// save fetches a page into a file.
func save(t *testing.T, address, path string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d, %v", address, answer.StatusCode, err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs a program in a folder, and returns what it says.
func run(t *testing.T, dir string, env []string, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1", "REDOCLY_TELEMETRY=off", "CI=1"), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
	return string(out)
}
