package server

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestS0_18_Addresses: what customers let through is what is named, with the day from which it holds, else the public URLs.
func TestS0_18_Addresses(t *testing.T) {
	t.Parallel()
	c := Config{Manage: Surface{PublicURL: "https://manage.example.com"}}
	if diff := cmp.Diff([]NetworkAddress{{"manage", "https://manage.example.com", ""}}, c.NetworkAddresses()); diff != "" {
		t.Errorf("without entries (-want +got):\n%s", diff)
	}
	c.Network.Addresses = []string{"license 192.0.2.0/28 2026-03-31", " license  2001:db8::7 ", "outbound out.example.com", "portal https://portal.example.com 2027-01-01"}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	want := []NetworkAddress{
		{"license", "192.0.2.0/28", "2026-03-31"}, {"license", "2001:db8::7", ""}, {"outbound", "out.example.com", ""}, {"portal", "https://portal.example.com", "2027-01-01"},
	}
	if diff := cmp.Diff(want, c.NetworkAddresses()); diff != "" {
		t.Errorf("with entries (-want +got):\n%s", diff)
	}
	for entry, fault := range map[string]string{
		"license":                        `network.addresses: "license" is no entry; write for example "license https://license.example.com 2026-03-31"`,
		"shop 192.0.2.7":                 `network.addresses: "shop" is no surface; write license, manage, portal, inbound or outbound`,
		"license ftp://x.example.com":    `network.addresses: "ftp://x.example.com" is no address; write an URL, a host name, a network address or a range`,
		"license -x":                     `network.addresses: "-x" is no address; write an URL, a host name, a network address or a range`,
		"license 192.0.2.7 31.3.2026":    `network.addresses: "31.3.2026" is no day; write for example 2026-03-31`,
		"license 192.0.2.7 2026-02-30":   `network.addresses: "2026-02-30" is no day; write for example 2026-03-31`,
		"license 192.0.2.7 2026-03-31 x": `network.addresses: "license 192.0.2.7 2026-03-31 x" is no entry; write for example "license https://license.example.com 2026-03-31"`,
	} {
		c := Config{Network: Network{Addresses: []string{entry}}}
		if err := c.Validate(); err == nil || err.Error() != fault {
			t.Errorf("Validate with %q = %v, want %s", entry, err, fault)
		}
	}
}
