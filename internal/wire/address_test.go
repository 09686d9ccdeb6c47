package wire

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestParseProxies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, want string // want "" is an error
	}{
		{"10.0.0.0/8", "10.0.0.0/8"},
		{"10.1.2.3/8", "10.0.0.0/8"},
		{" 192.0.2.7 ", "192.0.2.7/32"},
		{"::1", "::1/128"},
		{"2001:DB8::/32", "2001:db8::/32"},
		{"::ffff:10.0.0.1", "10.0.0.1/32"},
		{"::ffff:10.0.0.0/104", "10.0.0.0/8"},
		{"fe80::1%eth0", "fe80::1/128"},
		{"::ffff:10.0.0.0/80", ""},
		{"10.0.0.0/33", ""},
		{"localhost", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, err := ParseProxies([]string{tt.in})
		text := ""
		if err == nil {
			text = got[0].String()
		}
		if text != tt.want {
			t.Errorf("ParseProxies(%q) = %q, %v, want %q", tt.in, text, err, tt.want)
		}
	}
}

func TestClientOf(t *testing.T) {
	t.Parallel()
	const xff, fwd = XForwardedFor, Forwarded
	tests := []struct {
		name   string
		peer   string
		header ProxyHeader
		lines  []string
		want   string
	}{
		{"direct", "192.0.2.1:1234", xff, nil, "192.0.2.1"},
		{"direct_v6", "[2001:db8::1]:1", xff, nil, "2001:db8::1"},
		{"mapped", "[::ffff:192.0.2.1]:1", xff, nil, "192.0.2.1"},
		{"zone", "[fe80::1%eth0]:1", xff, nil, "fe80::1"},
		{"no_peer", "@", xff, []string{"192.0.2.9"}, "invalid IP"},
		{"untrusted_peer_forges", "192.0.2.1:1", xff, []string{"203.0.113.9"}, "192.0.2.1"},
		{"untrusted_peer_forges_forwarded", "192.0.2.1:1", fwd, []string{"for=203.0.113.9"}, "192.0.2.1"},
		{"one_proxy", "10.0.0.1:1", xff, []string{"203.0.113.9"}, "203.0.113.9"},
		{"zero_header_is_xff", "10.0.0.1:1", "", []string{"203.0.113.9"}, "203.0.113.9"},
		{"mapped_proxy", "[::ffff:10.0.0.1]:1", xff, []string{"203.0.113.9"}, "203.0.113.9"},
		{"client_forges_left", "10.0.0.1:1", xff, []string{"1.1.1.1, 203.0.113.9"}, "203.0.113.9"},
		{"two_proxies", "10.0.0.1:1", xff, []string{"1.1.1.1, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{"two_lines", "10.0.0.1:1", xff, []string{"1.1.1.1", "203.0.113.9", "10.0.0.2"}, "203.0.113.9"},
		{"all_proxies", "10.0.0.1:1", xff, []string{"10.0.0.7, 10.0.0.2"}, "10.0.0.7"},
		{"no_header", "10.0.0.1:1", xff, nil, "10.0.0.1"},
		{"garbage", "10.0.0.1:1", xff, []string{"203.0.113.9, unknown"}, "10.0.0.1"},
		{"garbage_behind_proxy", "10.0.0.1:1", xff, []string{"nonsense, 10.0.0.2"}, "10.0.0.2"},
		{"empty_element", "10.0.0.1:1", xff, []string{"203.0.113.9,"}, "10.0.0.1"},
		{"with_port", "10.0.0.1:1", xff, []string{"203.0.113.9:4711"}, "203.0.113.9"},
		{"v6_with_port", "10.0.0.1:1", xff, []string{"[2001:DB8::9]:4711"}, "2001:db8::9"},
		{"v6_bare", "10.0.0.1:1", xff, []string{"2001:db8:0::9"}, "2001:db8::9"},
		{"v6_mapped_zone", "10.0.0.1:1", xff, []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"v6_unclosed", "10.0.0.1:1", xff, []string{"[2001:db8::9"}, "10.0.0.1"},
		{"v6_trailing", "10.0.0.1:1", xff, []string{"[2001:db8::9]x"}, "10.0.0.1"},
		{"xff_is_not_read", "10.0.0.1:1", fwd, nil, "10.0.0.1"},
		{"forwarded", "10.0.0.1:1", fwd, []string{"proto=https;For=203.0.113.9;by=10.0.0.1"}, "203.0.113.9"},
		{"forwarded_v6", "10.0.0.1:1", fwd, []string{`for="[2001:db8::9]:4711"`}, "2001:db8::9"},
		{"forwarded_two", "10.0.0.1:1", fwd, []string{`for=1.1.1.1, for="203.0.113.9";host="a,b;c", for=10.0.0.2`}, "203.0.113.9"},
		{"forwarded_open_quote", "10.0.0.1:1", fwd, []string{`for="1.1.1.1, for=203.0.113.9`}, "203.0.113.9"},
		{"forwarded_hidden", "10.0.0.1:1", fwd, []string{"for=_secret"}, "10.0.0.1"},
		{"forwarded_none", "10.0.0.1:1", fwd, []string{"proto=https"}, "10.0.0.1"},
	}
	proxies, err := ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{}}
			if tt.name == "xff_is_not_read" {
				r.Header[string(xff)] = []string{"203.0.113.9"}
			}
			name := tt.header
			if name == "" {
				name = xff
			}
			r.Header[string(name)] = tt.lines
			if got := proxies.ClientOf(r, tt.header); got.String() != tt.want {
				t.Errorf("ClientOf(%s, %s %q) = %s, want %s", tt.peer, name, tt.lines, got, tt.want)
			}
		})
	}
}

func TestAddressOf_outside_a_server_is_the_peer(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "[::ffff:192.0.2.1]:1"
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	if got := AddressOf(r); got != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("AddressOf = %s, want 192.0.2.1", got)
	}
	_, r = Begin(httptest.NewRecorder(), r, "id1", netip.MustParseAddr("203.0.113.9"))
	if got := AddressOf(r); got != netip.MustParseAddr("203.0.113.9") {
		t.Errorf("AddressOf in an exchange = %s, want 203.0.113.9", got)
	}
	if got := IDOf(r); got != "id1" {
		t.Errorf("IDOf = %q, want id1", got)
	}
}

// FuzzClientOf holds two promises: an untrusted peer's headers change nothing, and what a trusted
// proxy adds at the right wins over anything a client wrote before it.
func FuzzClientOf(f *testing.F) {
	for _, s := range []string{"", "1.1.1.1", `for="1.1.1.1`, `for="a\`, `"`, `\"`, "10.0.0.1,10.0.0.2", "[::1", ";;,,"} {
		f.Add(s)
	}
	proxies, err := ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	client := netip.MustParseAddr("203.0.113.9")
	f.Fuzz(func(t *testing.T, forged string) {
		for header, added := range map[ProxyHeader]string{XForwardedFor: client.String(), Forwarded: "for=" + client.String()} {
			for _, lines := range [][]string{{forged + ", " + added}, {forged, added}} {
				r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{string(header): lines}}
				if got := proxies.ClientOf(r, header); got != client {
					t.Errorf("ClientOf(%s %q) = %s, want %s", header, lines, got, client)
				}
				r.RemoteAddr = "192.0.2.1:1"
				if got := proxies.ClientOf(r, header); got.String() != "192.0.2.1" {
					t.Errorf("ClientOf(untrusted, %s %q) = %s, want the peer", header, lines, got)
				}
			}
			r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{string(header): {forged}}}
			got := proxies.ClientOf(r, header)
			if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
				t.Errorf("ClientOf(%s %q) = %s, want one normal spelling", header, forged, got)
			}
		}
	})
}

func TestProxyID(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"", ""},
		{"9b2c-4f.A_z:1=x", "9b2c-4f.A_z:1=x"},
		{strings.Repeat("a", 64), strings.Repeat("a", 64)},
		{strings.Repeat("a", 65), ""},
		{"a b", ""},
		{"a\"b", ""},
		{"a\x00", ""},
		{"ü", ""},
	}
	for _, tt := range tests {
		r := &http.Request{Header: http.Header{"X-Request-Id": {tt.in}}}
		if got := ProxyID(r); got != tt.want {
			t.Errorf("ProxyID(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestRequestIDs_are_sane_and_differ(t *testing.T) {
	t.Parallel()
	ids, seen := NewRequestIDs(), map[string]bool{}
	for range 1000 {
		id := ids.Next()
		r := &http.Request{Header: http.Header{"X-Request-Id": {id}}}
		if seen[id] || ProxyID(r) != id {
			t.Fatalf("Next = %q, want a new id that ProxyID takes", id)
		}
		seen[id] = true
	}
}

func BenchmarkClientOf(b *testing.B) {
	proxies, err := ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		b.Fatal(err)
	}
	for name, peer := range map[string]string{"direct": "192.0.2.1:1234", "proxied": "10.0.0.1:1234"} {
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {"1.1.1.1, 203.0.113.9"}}}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				proxies.ClientOf(r, XForwardedFor)
			}
		})
	}
}
