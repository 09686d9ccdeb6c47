package wire

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the address ranges whose word about the client's address is taken. Without any,
// the peer of the connection is the client, whatever headers say.
type Proxies []netip.Prefix

// ParseProxies reads addresses ("192.0.2.7", "::1") and ranges ("10.0.0.0/8"). A range written in
// IPv4-mapped IPv6 becomes plain IPv4. The error names the entry that is neither.
func ParseProxies(list []string) (Proxies, error) {
	var out Proxies
	for _, text := range list {
		p, err := parsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a range such as 10.0.0.0/8", text)
		}
		out = append(out, p)
	}
	return out, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		a = normal(a)
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	if p.Addr().Is4In6() {
		// Fewer than 96 bits would be a range of IPv6 with an IPv4 look; Prefix then refuses -1.
		return p.Addr().Unmap().Prefix(p.Bits() - 96)
	}
	return p.Masked(), nil
}

// Trusts reports whether a is one of the proxies.
func (p Proxies) Trusts(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// ProxyHeader names the one header in which trusted proxies hand on the client's address. Only one
// is ever read: a proxy that writes the one lets a client's forgery of the other through.
type ProxyHeader string

// The headers proxies use. The zero ProxyHeader means XForwardedFor.
const (
	XForwardedFor ProxyHeader = "X-Forwarded-For"
	Forwarded     ProxyHeader = "Forwarded" // RFC 7239
)

// PeerOf returns the address of the other end of the connection, unmapped and without a zone, or
// the zero Addr when the request has none.
func PeerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return normal(peer.Addr())
}

// ClientOf returns the client's address. That is the peer, unless the peer is a trusted proxy:
// then it is the right-most address in the header that is not a trusted proxy itself. A client
// can write only to the left of what its first trusted proxy adds, so nothing it writes counts.
//
// Where the walk meets something that is no address it stops at the last proxy it came from; where
// all addresses are proxies the left-most one is the client.
func (p Proxies) ClientOf(r *http.Request, header ProxyHeader) netip.Addr {
	client := PeerOf(r)
	if len(p) == 0 || !p.Trusts(client) {
		return client
	}
	if header == "" {
		header = XForwardedFor
	}
	lines := r.Header[string(header)]
	for i := len(lines) - 1; i >= 0; i-- {
		rest, more := lines[i], true
		for more {
			var element string
			rest, element, more = cutLast(rest, header == Forwarded)
			if header == Forwarded {
				element = forwardedFor(element)
			}
			hop, ok := parseHop(element)
			if !ok {
				return client
			}
			client = hop
			if !p.Trusts(client) {
				return client
			}
		}
	}
	return client
}

// cutLast cuts the last comma-separated element off s, reading from the right: whatever a client
// put to the left, an open quote included, cannot change what a proxy added at the right.
func cutLast(s string, quotes bool) (rest, element string, more bool) {
	quoted := false
	for i := len(s) - 1; i >= 0; i-- {
		switch {
		case quotes && s[i] == '"' && !escaped(s, i):
			quoted = !quoted
		case s[i] == ',' && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return "", s, false
}

// escaped reports whether the byte at i has an odd number of backslashes before it.
func escaped(s string, i int) bool {
	n := 0
	for i--; i >= 0 && s[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// forwardedFor returns the value of "for" in one element of a Forwarded header, without its
// quotes, or "" when there is none.
func forwardedFor(element string) string {
	for element != "" {
		var pair string
		pair, element = cutPair(element)
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "for") {
			continue
		}
		value = strings.TrimSpace(value)
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		return value
	}
	return ""
}

// cutPair cuts the first name=value off an element, at a semicolon outside quotes.
func cutPair(s string) (pair, rest string) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"' && !escaped(s, i):
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// parseHop reads one address as proxies write them: bare, with a port, or IPv6 in brackets.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 || (end+1 < len(s) && s[end+1] != ':') {
			return netip.Addr{}, false
		}
		s = s[1:end]
	} else if host, _, ok := strings.Cut(s, ":"); ok && strings.Count(s, ":") == 1 {
		s = host
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}, false
	}
	return normal(a), true
}

// normal gives an address its one spelling.
func normal(a netip.Addr) netip.Addr { return a.WithZone("").Unmap() }
