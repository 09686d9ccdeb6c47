package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"licet/internal/license"
	"licet/internal/wire/licensespring/lsclient"
)

// A device without a network: its request file becomes a license file, a refresh file follows it, and then it gives its
// place back (docs/contracts/licensespring-license-api.md, §8, case 45).
func TestOfflineFiles(t *testing.T) {
	t.Parallel()
	s := newShell(t).on("2026-03-23T12:00:00Z")
	s.run("tenant", "create", "acme")
	s.run("product", "create", "app")
	s.run("license", "create", "--product", "app", "--key", "OFF-LINE")
	var app struct {
		APIKey string `json:"api_key"`
		Shared string `json:"shared_key"`
	}
	// The first secret makes the master key, which the program says.
	var made, said bytes.Buffer
	code := runAt(t.Context(), func() license.Time { return s.at }, []string{"app", "create", "--json", "--data", s.data}, strings.NewReader(""), &made, &said)
	if err := json.Unmarshal(made.Bytes(), &app); code != exitDone || err != nil {
		t.Fatalf("licet app create = %d %s, %v, want an app key", code, said.String(), err)
	}
	public, err := lsclient.ParsePublicKey(s.run("app", "public-key"))
	if err != nil {
		t.Fatal(err)
	}
	c := &lsclient.Client{APIKey: app.APIKey, SharedKey: app.Shared, PublicKey: public}
	request := func(name string, more map[string]any) string {
		fields := map[string]any{"product": "app", "license_key": "OFF-LINE", "hardware_id": "HW-1", "api_key": app.APIKey,
			"date": "Fri Jul 4 2025 10:56:13 GMT+0000"}
		for k, v := range more {
			fields[k] = v
		}
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(lsclient.OfflineRequest(fields, app.Shared, false)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}

	asked := request("activate_offline.req", map[string]any{"request": "activation", "request_id": "one"})
	got, err := c.VerifyOfflineFile(strings.TrimSpace(s.run("license", "offline", asked)))
	if err != nil || got["license_key"] != "OFF-LINE" || got["date"] != "Mon, 23 Mar 2026 12:00:00 GMT" {
		t.Fatalf("license offline wrote %v, %v, want a license file of now", got, err)
	}

	s.on("2026-04-01T00:00:00Z")
	got, err = c.VerifyRefreshFile(strings.TrimSpace(s.run("license", "refresh-file", "--product", "app", "--key", "off-line", "--device", "HW-1")))
	if err != nil || got["license_active"] != true || got["date"] != "Wed, 01 Apr 2026 00:00:00 GMT" {
		t.Fatalf("license refresh-file wrote %v, %v, want a refresh file of now", got, err)
	}

	// The Node SDK does not say what this file asks for.
	back := request("deactivate_offline.req", map[string]any{"variables": map[string]any{"left": "bye"}})
	if text := s.run("license", "offline", back, "--deactivate"); text != "license_deactivated\n" {
		t.Errorf("license offline --deactivate wrote %q, want license_deactivated", text)
	}
}
