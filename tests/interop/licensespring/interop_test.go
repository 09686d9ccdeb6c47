// Package interop lets clients in other languages live a day with the licet binary: they are written from
// docs/contracts/licensespring-license-api.md alone and check every signature on their own.
// How languages are left out, the package harness says.
package interop

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"licet/internal/wire/licensespring/lsclient"
	"licet/tests/interop/harness"
)

// TestLicenseSpring runs, for each language, a day in the life of a license against a server of its own, and
// lets it verify what that server has signed for the client in Go.
func TestLicenseSpring(t *testing.T) {
	binary := harness.Build(t)
	for _, l := range harness.Languages() {
		t.Run(l.Name, func(t *testing.T) {
			program := l.Program(t)
			s := newSite(t, binary)
			t.Run("day", func(t *testing.T) { l.Run(t, program, "day", harness.File(t, "day.json", s.input)) })
			t.Run("vectors", func(t *testing.T) { l.Run(t, program, "vectors", harness.File(t, "vectors.json", s.vectors(t))) })
		})
	}
}

// site is a demo that runs, with licenses of every kind that a day needs.
type site struct {
	*harness.Site
	input map[string]string // of day.mjs and day.py
}

func newSite(t *testing.T, binary string) *site {
	t.Helper()
	s := &site{Site: harness.Serve(t, binary)}
	var demo struct {
		URL           string            `json:"url"`
		LicenseSpring map[string]string `json:"licensespring"`
	}
	s.Demo(t, &demo)
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
		s.Licet(t, append(append([]string{"product", "create", p.code}, common...), p.flags...)...)
		s.input[p.product] = p.code
		if p.key == "" {
			s.Licet(t, "policy", "create", "trial", "--product", p.code, "--trial", "--duration", "7d", "--lock", "hwid", "--max-activations", "1")
			continue
		}
		var made []struct {
			Key string `json:"license_key"`
		}
		if err := json.Unmarshal(s.Licet(t, "license", "create", "--product", p.code, "--json"), &made); err != nil || len(made) != 1 {
			t.Fatalf("license create printed %v, %v, want one license", made, err)
		}
		s.input[p.key] = made[0].Key
	}
	s.input["feature"] = "EXPORT"
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
