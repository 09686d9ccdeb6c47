package sso

import (
	"net/netip"
	"testing"
)

func TestIsPublic(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"93.184.215.14": true, "2606:2800:21f:cb07:6820:80da:af6b:8b2c": true,
		"127.0.0.1": false, "::1": false, "0.0.0.0": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "fe80::1": false, "fc00::1": false, "100.64.0.1": false, "198.18.0.1": false, "224.0.0.1": false,
		"255.255.255.255": false, "64:ff9b::a00:1": false, "2002:a00:1::": false, "2001:db8::1": false,
	} {
		if got := isPublic(netip.MustParseAddr(text)); got != want {
			t.Errorf("isPublic(%s) = %v, want %v", text, got, want)
		}
	}
}

// An address of IPv4 in the clothes of IPv6 is still that address.
func TestControlUnmaps(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{"[::ffff:10.0.0.1]:443": false, "[::ffff:93.184.215.14]:443": true, "[fe80::1%eth0]:443": false} {
		if err := (Options{}).control("tcp", address, nil); (err == nil) != ok {
			t.Errorf("control(%s) = %v, want ok %v", address, err, ok)
		}
	}
}
