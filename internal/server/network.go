package server

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"licet/internal/license"
	"licet/internal/wire"
)

// Network names the addresses that customers let through their firewalls. They are shown to vendors, and to everybody at
// /.well-known/licet-network.json of the license surface (S0-18). Nothing listens on them by being named here.
type Network struct {
	// Addresses are entries "SURFACE ADDRESS SINCE". The surface is license, manage, portal or inbound, or outbound for
	// addresses that the server itself calls from, as webhooks do. The address is an URL, a host name, a network address or a
	// range. Since is the day from which it holds, such as 2026-03-31; it may be left out, and may lie ahead.
	// Default none: the public URLs of the surfaces.
	Addresses []string `help:"Addresses that customers let through their firewalls, each as SURFACE ADDRESS SINCE: license https://license.example.com 2026-03-31." env:"ADDRESSES" placeholder:"ENTRY" toml:"addresses"`
}

// NetworkAddress is an address that customers let through.
type NetworkAddress struct {
	Surface string // license, manage, portal, inbound or outbound
	Address string
	Since   string // a day, 2026-03-31; "" is not said
}

// outbound is what the server itself calls from.
const outbound = "outbound"

func (n *Network) check() error {
	_, err := n.parse()
	return err
}

// parse reads the entries, in their order.
func (n *Network) parse() ([]NetworkAddress, error) {
	const setting = "network.addresses"
	var out []NetworkAddress
	for _, entry := range n.Addresses {
		words := strings.Fields(entry)
		if len(words) < 2 || len(words) > 3 {
			return nil, license.Invalidf(setting, "%q is no entry; write for example \"license https://license.example.com 2026-03-31\"", entry)
		}
		a := NetworkAddress{Surface: words[0], Address: words[1]}
		if a.Surface != outbound && !slices.Contains(wire.Surfaces(), wire.Surface(a.Surface)) {
			return nil, license.Invalidf(setting, "%q is no surface; write license, manage, portal, inbound or outbound", a.Surface)
		}
		if !networkAddress(a.Address) {
			return nil, license.Invalidf(setting, "%q is no address; write an URL, a host name, a network address or a range", a.Address)
		}
		if len(words) == 3 {
			a.Since = words[2]
			if _, err := time.Parse(time.DateOnly, a.Since); err != nil {
				return nil, license.Invalidf(setting, "%q is no day; write for example 2026-03-31", a.Since)
			}
		}
		out = append(out, a)
	}
	return out, nil
}

func networkAddress(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	if _, err := netip.ParsePrefix(text); err == nil {
		return true
	}
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		return (u.Scheme == "https" || u.Scheme == "http") && u.User == nil
	}
	return hostName(text)
}

// NetworkAddresses returns the addresses that customers let through: those that are named, else the public URLs of the surfaces. They
// are valid when Validate says so.
func (c *Config) NetworkAddresses() []NetworkAddress {
	list, err := c.Network.parse()
	if err != nil || len(list) > 0 {
		return list
	}
	for _, name := range wire.Surfaces() {
		if at := c.surface(name).PublicURL; at != "" {
			list = append(list, NetworkAddress{Surface: string(name), Address: at})
		}
	}
	return list
}
