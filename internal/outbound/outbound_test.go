package outbound

import (
	"net/netip"
	"net/url"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestIsPublic(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"93.184.215.14": true, "2606:2800:21f:cb07:6820:80da:af6b:8b2c": true,
		"127.0.0.1": false, "::1": false, "0.0.0.0": false, "::": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "fe80::1": false, "fc00::1": false, "fec0::1": false, "100.64.0.1": false, "198.18.0.1": false,
		"224.0.0.1": false, "255.255.255.255": false, "64:ff9b::a00:1": false, "::a00:1": false, "2002:a00:1::": false,
		"2001:db8::1": false, "2001::1": false, "3fff::1": false, "192.88.99.1": false, "240.0.0.1": false,
	} {
		if got := isPublic(netip.MustParseAddr(text)); got != want {
			t.Errorf("isPublic(%s) = %v, want %v", text, got, want)
		}
	}
}

// An address of IPv4 in the clothes of IPv6 is still that address, and a zone does not hide where an address belongs.
func TestControlUnmaps(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"[::ffff:10.0.0.1]:443": false, "[::ffff:127.0.0.1]:80": false, "[::ffff:93.184.215.14]:443": true,
		"[fe80::1%eth0]:443": false, "[2001:db8::1%eth0]:443": false,
	} {
		if err := (Options{}).control("tcp", address, nil); (err == nil) != ok {
			t.Errorf("control(%s) = %v, want ok %v", address, err, ok)
		}
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address string
		options Options
		want    bool
	}{
		{"https://example.test/a", Options{}, true},
		{"https://ann@example.test/a", Options{}, false},
		{"http://example.test/a", Options{AllowPlain: true, AllowPrivate: true}, false},
		{"http://127.0.0.1/a", Options{}, false},
		{"http://127.0.0.1/a", Options{AllowPlain: true}, true},
		{"http://localhost:8080/a", Options{AllowPlain: true}, true},
		{"file:///etc/passwd", Options{AllowPlain: true}, false},
	} {
		at, err := url.Parse(c.address)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.options.Allowed(at); got != c.want {
			t.Errorf("Allowed(%s) with %+v = %v, want %v", c.address, c.options, got, c.want)
		}
	}
}
