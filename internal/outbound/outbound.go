// Package outbound calls addresses that somebody else chose: identity providers, webhooks and files of vendors. It is the only
// way by which the server asks others.
//
// An address that a vendor typed could lead to the inside of the operator's network. So each address is judged once its name
// was looked up, just before the call, and again after each redirect: it must be public, whatever the name said a moment
// ago. An answer may be so large and take so long, and settings of the environment for proxies are not looked at, since a
// proxy would look names up by itself.
package outbound

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
	maxWait        = 10 * time.Second // for a whole answer of an identity provider
	maxAnswer      = 1 << 20          // bytes of one
	maxHeader      = 64 << 10         // bytes of the head of any answer
	maxIdle        = 60 * time.Second // of a connection that is kept open
	maxIdlePerHost = 8
)

// Options say which addresses may be called besides public ones.
type Options struct {
	// AllowPlain lets this very machine be called, also without TLS: for tests and for development.
	AllowPlain bool
	// AllowPrivate lets addresses be called that are not public: for what is in the operator's own network.
	AllowPrivate bool
	// KeepOpen keeps connections open between calls: for many calls to the same addresses.
	KeepOpen bool
	// NoRedirects makes an answer that sends elsewhere an answer like others, which is not followed.
	NoRedirects bool
}

// HTTPClient returns a client for questions that hold secrets of ours: over TLS alone, without redirects, at most a megabyte,
// and for at most ten seconds.
func (o Options) HTTPClient() *http.Client {
	return &http.Client{
		Timeout: maxWait,
		// A redirect could lead anywhere, with the secret.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &secretive{options: o, next: o.transport(&net.Dialer{Timeout: maxWait}, maxWait)},
	}
}

// Allowed reports whether HTTPClient calls an address, as far as can be told before its name is looked up: https, or with
// AllowPlain http on this machine. It may be given to people then.
func (o Options) Allowed(at *url.URL) bool {
	if at.Host == "" || at.User != nil {
		return false
	}
	return at.Scheme == "https" || o.AllowPlain && at.Scheme == "http" && isLocal(at)
}

// isLocal reports whether an address names this machine.
func isLocal(at *url.URL) bool {
	host := at.Hostname()
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// transport calls addresses by a dialer that looks at each of them.
func (o Options) transport(dialer *net.Dialer, wait time.Duration) *http.Transport {
	dialer.Control = o.control
	return &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: wait, ResponseHeaderTimeout: wait, MaxResponseHeaderBytes: maxHeader,
		ForceAttemptHTTP2: true, DisableKeepAlives: !o.KeepOpen, IdleConnTimeout: maxIdle, MaxIdleConnsPerHost: maxIdlePerHost,
	}
}

// errNotPublic is the cause of a call that was refused for its address.
var errNotPublic = errors.New("not a public address; the operator may allow others")

// control sees each address that is about to be called, after its name was looked up.
func (o Options) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	return o.judge(at.Addr())
}

// judge refuses an address that may not be called.
func (o Options) judge(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	if o.AllowPrivate || o.AllowPlain && ip.IsLoopback() || isPublic(ip) {
		return nil
	}
	return fmt.Errorf("%s is %w", ip, errNotPublic)
}

// notPublic are the ranges that netip has no name for.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),   // behind a carrier
	netip.MustParsePrefix("192.0.0.0/24"),    // protocols
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("192.88.99.0/24"),  // relays of tunnels
	netip.MustParsePrefix("198.18.0.0/15"),   // measurements
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved
	netip.MustParsePrefix("2001::/23"),       // protocols, tunnels
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // another address inside
	netip.MustParsePrefix("3fff::/20"),       // documentation
}

// public6 is all of IPv6 that is given out: what lies elsewhere is reserved, local, or has another address inside.
var public6 = netip.MustParsePrefix("2000::/3")

func isPublic(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Is6() && !public6.Contains(ip) {
		return false
	}
	for _, prefix := range notPublic {
		if prefix.Contains(ip) {
			return false
		}
	}
	return true
}

// secretive refuses calls over plain http, and cuts answers that are too long.
type secretive struct {
	options Options
	next    http.RoundTripper
}

// RoundTrip asks, if it may.
func (s *secretive) RoundTrip(r *http.Request) (*http.Response, error) {
	if !s.options.Allowed(r.URL) {
		return nil, errors.New("that is asked over https alone")
	}
	answer, err := s.next.RoundTrip(r)
	if err == nil {
		answer.Body = &bounded{ReadCloser: answer.Body, left: maxAnswer}
	}
	return answer, err
}

// ErrTooLarge is the cause of a call whose answer was too large.
var ErrTooLarge = errors.New("the answer is too large")

// bounded is a body that fails with ErrTooLarge where it has more than left bytes.
type bounded struct {
	io.ReadCloser
	left int64
}

// Read reads no more than one byte beyond the bound, to tell a body that ends there from one that goes on.
func (b *bounded) Read(into []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	n, err := b.ReadCloser.Read(into[:min(int64(len(into)), b.left+1)])
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}
