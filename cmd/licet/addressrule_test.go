package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// countryFile writes a country database that knows one network.
func countryFile(t *testing.T, network, code string) string {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-Country", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	_, parsed, err := net.ParseCIDR(network)
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Insert(parsed, mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(code)}}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "countries.mmdb"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := tree.WriteTo(f); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// Countries are enforced where a database is named, by a flag or by the file that the server reads.
func TestS0_26_CountryDatabase(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.run("tenant", "create", "acme")
	s.run("product", "create", "app")
	database := countryFile(t, "192.0.2.0/24", "DE")
	config := filepath.Join(t.TempDir(), "licet.toml")
	if err := os.WriteFile(config, []byte("[geo]\ndatabase = '"+database+"'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run("address-rule", "create", "Germany", "--mode", "enforce", "--allow", "country:DE", "--geo-database", database)
	for address, want := range map[string]string{"192.0.2.7": "DE\nrefused:            no", "198.51.100.7": "ZZ\nrefused:            yes"} {
		if got := s.run("address-rule", "try", address, "--config", config); !strings.Contains(got, want) {
			t.Errorf("S0-26 address-rule try %s = %s, want %q", address, got, want)
		}
	}
}
