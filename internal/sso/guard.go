package sso

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

const (
	maxWait   = 10 * time.Second // for a whole answer
	maxAnswer = 1 << 20          // bytes of one
)

// Options say which providers may be asked.
type Options struct {
	// AllowPlain lets an issuer on this very machine do without TLS: for tests and for development.
	AllowPlain bool
	// AllowPrivate lets issuers be at addresses that are not public: for providers in the operator's own network.
	AllowPrivate bool
}

// client returns the client that every question to a provider goes through.
func (o Options) client() *http.Client {
	dialer := &net.Dialer{Timeout: maxWait, Control: o.control}
	return &http.Client{
		Timeout: maxWait,
		// A redirect could lead anywhere, with the client's secret.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &guard{plain: o.AllowPlain, next: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: maxWait, ForceAttemptHTTP2: true,
			DisableKeepAlives: true, // Providers are asked once in a while.
		}},
	}
}

// control sees each address that is about to be called, after its name was looked up.
func (o Options) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := at.Addr().Unmap()
	if o.AllowPrivate || o.AllowPlain && ip.IsLoopback() || isPublic(ip) {
		return nil
	}
	return fmt.Errorf("%s is not a public address; the operator may allow such issuers", ip)
}

// notPublic are the ranges that netip has no name for.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),   // behind a carrier
	netip.MustParsePrefix("192.0.0.0/24"),    // protocols
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("198.18.0.0/15"),   // measurements
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved
	netip.MustParsePrefix("64:ff9b::/96"),    // another address inside
	netip.MustParsePrefix("64:ff9b:1::/48"),  // the same, local
	netip.MustParsePrefix("2001::/23"),       // protocols, tunnels
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // another address inside
}

func isPublic(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, prefix := range notPublic {
		if prefix.Contains(ip) {
			return false
		}
	}
	return true
}

// allowed reports whether an address may be called, or be given to people: https, or with plain http on this machine.
func allowed(at *url.URL, plain bool) bool {
	if at.Host == "" || at.User != nil {
		return false
	}
	return at.Scheme == "https" || plain && at.Scheme == "http" && IsLocal(at)
}

// IsLocal reports whether an address names this machine.
func IsLocal(at *url.URL) bool {
	host := at.Hostname()
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// guard refuses questions over plain http, and cuts answers that are too long.
type guard struct {
	plain bool
	next  http.RoundTripper
}

// RoundTrip asks, if it may.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if !allowed(r.URL, g.plain) {
		return nil, errors.New("an identity provider answers over https")
	}
	answer, err := g.next.RoundTrip(r)
	if err == nil {
		answer.Body = &bounded{ReadCloser: answer.Body, left: maxAnswer}
	}
	return answer, err
}

// bounded is a body that fails where it is too long.
type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(into []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the answer is too long")
	}
	n, err := b.ReadCloser.Read(into[:min(len(into), b.left)])
	b.left -= n
	return n, err
}
