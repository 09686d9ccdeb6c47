package license_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"licet/internal/license"
)

func TestParseAddressEntry(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"192.0.2.7", "192.0.2.7"},
		{"192.0.2.7/32", "192.0.2.7"},
		{" 192.0.2.7/24 ", "192.0.2.0/24"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"::ffff:192.0.2.7", "192.0.2.7"},
		{"::ffff:192.0.2.7/120", "192.0.2.0/24"},
		{"2001:DB8::1", "2001:db8::1"},
		{"2001:db8::1/32", "2001:db8::/32"},
		{"country:de", "country:DE"},
		{"COUNTRY:ZZ", "country:ZZ"},
		{"country: us", "country:US"},
	} {
		got, err := license.ParseAddressEntry("allow", tt.text)
		if err != nil || got != tt.want {
			t.Errorf("ParseAddressEntry(%q) = %q, %v, want %q", tt.text, got, err, tt.want)
		}
		if again, err := license.ParseAddressEntry("allow", got); err != nil || again != got {
			t.Errorf("ParseAddressEntry(%q) = %q, %v, want it again", got, again, err)
		}
	}
	for _, text := range []string{
		"", "DE", "country:", "country:DEU", "country:D1", "country:Ü", "country:*", "192.0.2", "192.0.2.0/33", "192.0.2.0/-1", "fe80::1%eth0",
		"::ffff:192.0.2.0/95", "1.2.3.4-1.2.3.9", "other", "example.test", "192.0.2.0/24/8",
	} {
		got, err := license.ParseAddressEntry("allow", text)
		if license.CodeOf(err) != license.Invalid || license.Describe(err).Field != "allow" {
			t.Errorf("ParseAddressEntry(%q) = %q, %v, want invalid for allow", text, got, err)
		}
	}
}

func TestS0_26_JudgeAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                   string
		allow, deny            string
		address, country, said string
		want                   string // the entry of the hit; "" is none
	}{
		{"S0-26_no_entries", "", "", "192.0.2.7", "DE", "", ""},
		{"S0-26_network_allowed", "192.0.2.0/24", "", "192.0.2.7", "", "", ""},
		{"S0-26_network_not_allowed", "192.0.2.0/24", "", "198.51.100.7", "", "", "other"},
		{"S0-26_network_denied", "", "192.0.2.0/24", "192.0.2.7", "", "", "192.0.2.0/24"},
		{"S0-26_deny_wins", "192.0.2.0/24", "192.0.2.7", "192.0.2.7", "", "", "192.0.2.7"},
		{"S0-26_beside_the_denied_one", "192.0.2.0/24", "192.0.2.7", "192.0.2.8", "", "", ""},
		{"S0-26_mapped_address", "192.0.2.0/24", "", "::ffff:192.0.2.7", "", "", ""},
		{"S0-26_zone", "fe80::/10", "", "fe80::1%eth0", "", "", ""},
		{"S0-26_ipv6", "", "2001:db8::/32", "2001:db8:1::1", "", "", "2001:db8::/32"},
		{"S0-26_country_allowed", "country:DE country:AT", "", "192.0.2.7", "AT", "", ""},
		{"S0-26_country_not_allowed", "country:DE", "", "192.0.2.7", "FR", "", "other"},
		{"S0-26_country_denied", "", "country:FR", "192.0.2.7", "fr", "", "country:FR"},
		{"S0-26_unknown_country_not_allowed", "country:DE", "", "10.0.0.1", "", "", "other"},
		{"S0-26_unknown_country_allowed", "country:DE country:ZZ", "", "10.0.0.1", "", "", ""},
		{"S0-26_unknown_country_denied", "", "country:ZZ", "10.0.0.1", "", "", "country:ZZ"},
		{"S0-26_network_in_place_of_country", "country:DE 10.0.0.0/8", "", "10.0.0.1", "", "", ""},
		{"S0-26_said_country_denied", "", "country:FR", "192.0.2.7", "DE", "fr", "country:FR"},
		{"S0-26_said_country_not_allowed", "country:DE", "", "192.0.2.7", "DE", "FR", "other"},
		{"S0-26_said_country_allowed", "country:DE country:FR", "", "192.0.2.7", "DE", "FR", ""},
		{"S0-26_said_country_does_not_make_up_for_the_address", "country:DE", "", "192.0.2.7", "FR", "DE", "other"},
		{"S0-26_said_country_beside_networks", "192.0.2.0/24", "", "192.0.2.7", "DE", "FR", ""},
		{"S0-26_said_country_not_allowed_in_a_network", "country:DE 10.0.0.0/8", "", "10.0.0.1", "", "FR", "other"},
		{"S0-26_said_nonsense", "country:DE", "", "192.0.2.7", "DE", "Germany", "other"},
		{"S0-26_no_address", "0.0.0.0/0 ::/0", "", "", "", "", "other"},
		{"S0-26_no_address_denied_elsewhere", "", "192.0.2.0/24", "", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rule := license.AddressRule{Allow: strings.Fields(tt.allow), Deny: strings.Fields(tt.deny)}
			o := license.Origin{Country: tt.country, Said: tt.said, Rules: []license.AddressRule{rule}}
			if tt.address != "" {
				o.Address = netip.MustParseAddr(tt.address)
			}
			got := ""
			for _, h := range o.Judge() {
				got = h.Entry
			}
			if got != tt.want {
				t.Errorf("Judge(%s) of allow %q and deny %q breaks %q, want %q", &o, tt.allow, tt.deny, got, tt.want)
			}
		})
	}
}

// Rules stand side by side: each has a say, and only those that are enforced refuse.
func TestS0_26_Modes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		modes   string
		refused bool
	}{
		{"", false}, {"off", false}, {"report", false}, {"enforce", true}, {"report enforce", true}, {"off report", false},
	} {
		o := &license.Origin{Address: netip.MustParseAddr("192.0.2.7")}
		for mode := range strings.FieldsSeq(tt.modes) {
			o.Rules = append(o.Rules, license.AddressRule{Mode: license.RuleMode(mode), Deny: []string{"192.0.2.0/24"}})
		}
		if got := o.Refused(); got != tt.refused || len(o.Judge()) != len(o.Rules) {
			t.Errorf("S0-26 rules in modes %q: Refused = %v with %d hits, want %v with %d", tt.modes, got, len(o.Judge()), tt.refused, len(o.Rules))
		}
	}
	if (*license.Origin)(nil).Refused() {
		t.Error("no Origin is refused")
	}
}

// Judging changes nothing, and a rule without Allow is broken by nothing but an entry of Deny that fits.
func TestJudgeAddressProperties(t *testing.T) {
	t.Parallel()
	countries := rapid.SampledFrom([]string{"", "DE", "FR", "us", "ZZ", "Mars"})
	entries := rapid.SliceOfN(rapid.SampledFrom([]string{"192.0.2.0/24", "198.51.100.7", "country:DE", "country:ZZ", "2001:db8::/32"}), 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		o := license.Origin{
			Address: netip.AddrFrom4([4]byte{192, 0, 2, rapid.Byte().Draw(t, "last")}),
			Country: countries.Draw(t, "country"), Said: countries.Draw(t, "said"),
			Rules: []license.AddressRule{{Allow: entries.Draw(t, "allow"), Deny: entries.Draw(t, "deny"), Mode: license.RuleEnforce}},
		}
		before := fmt.Sprintf("%#v", o)
		hits := o.Judge()
		if after := fmt.Sprintf("%#v", o); after != before {
			t.Fatalf("Judge changed %s into %s", before, after)
		}
		r := o.Rules[0]
		switch {
		case len(hits) == 0 && o.Refused(), len(hits) > 0 && !o.Refused():
			t.Fatalf("Refused = %v with %d hits", o.Refused(), len(hits))
		case len(r.Allow) == 0 && len(r.Deny) == 0 && len(hits) > 0:
			t.Fatalf("a rule that says nothing is broken by %q", hits[0].Entry)
		case len(hits) == 1 && hits[0].Entry == license.OtherAddress && len(r.Allow) == 0:
			t.Fatal("a rule that allows nothing in particular is broken by what it does not allow")
		}
	})
}

func FuzzParseAddressEntry(f *testing.F) {
	for _, text := range []string{"192.0.2.7/24", "::ffff:1.2.3.4/100", "country:de", "2001:db8::1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := license.ParseAddressEntry("deny", text)
		if err != nil {
			return
		}
		if again, err := license.ParseAddressEntry("deny", got); err != nil || again != got {
			t.Errorf("ParseAddressEntry(%q) = %q, which reads as %q, %v", text, got, again, err)
		}
		if strings.ContainsAny(got, " \t\n") {
			t.Errorf("ParseAddressEntry(%q) = %q, which has a blank", text, got)
		}
	})
}
