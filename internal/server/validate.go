package server

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"licet/internal/license"
	"licet/internal/wire"
)

// Validate returns the first wrong setting as one line that names it, as the configuration file
// does, and says what to do; nil when there is none. It opens no file and no address.
func (c Config) Validate() error {
	c = c.withDefaults()
	checks := []func() error{
		c.checkAddresses, c.checkOperations, c.TLS.check, c.checkProxies,
		c.checkNumbers, c.checkLog, c.Mail.check, c.Network.check,
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkAddresses() error {
	if err := checkListen("listen", c.Listen); err != nil {
		return err
	}
	for _, name := range wire.Surfaces() {
		s := c.surface(name)
		if err := checkListen(string(name)+".listen", s.Listen); err != nil {
			return err
		}
		if u, err := url.Parse(s.PublicURL); s.PublicURL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "") {
			return license.Invalidf(string(name)+".public_url", "%q is no address; write for example https://license.example.com", s.PublicURL)
		}
		for _, host := range s.Hosts {
			if !hostName(host) {
				return license.Invalidf(string(name)+".hosts", "%q is no host name; write for example license.example.com, without https:// and without a port", host)
			}
		}
	}
	return nil
}

func checkListen(setting string, list []string) error {
	for _, address := range list {
		if !listenAddress(address) {
			return license.Invalidf(setting, "%q is no address to listen on; write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080", address)
		}
	}
	return nil
}

func (c *Config) checkOperations() error {
	if c.Operations == operationsOff {
		return nil
	}
	if !listenAddress(c.Operations) {
		return license.Invalidf("operations", "%q is no address to listen on; write HOST:PORT, for example 127.0.0.1:8081, or off", c.Operations)
	}
	if portOf(c.Operations) == "0" {
		return nil
	}
	for _, l := range c.places() {
		if l.address == c.Operations {
			return license.Invalidf("operations", "%s already serves a surface; choose another address, or off", c.Operations)
		}
	}
	return nil
}

func (t *TLS) check() error {
	switch {
	case t.CertFile == "" && t.KeyFile != "":
		return license.Invalidf("tls.cert_file", "tls.key_file is set, so this must be too")
	case t.CertFile != "" && t.KeyFile == "":
		return license.Invalidf("tls.key_file", "tls.cert_file is set, so this must be too")
	}
	a := &t.ACME
	if len(a.Domains) == 0 {
		if a.AcceptTerms || a.Email != "" || a.DirectoryURL != "" {
			return license.Invalidf("tls.acme.domains", "ACME needs at least one name; write for example license.example.com")
		}
		return nil
	}
	if t.CertFile != "" {
		return license.Invalidf("tls.acme.domains", "tls.cert_file is set too; use either certificate files or ACME")
	}
	for _, d := range a.Domains {
		if _, err := netip.ParseAddr(d); err == nil || !hostName(d) || !strings.Contains(d, ".") {
			return license.Invalidf("tls.acme.domains", "%q is no public host name; write for example license.example.com", d)
		}
	}
	if !a.AcceptTerms {
		return license.Invalidf("tls.acme.accept_terms", "set it to true to accept the terms of service of the certificate authority")
	}
	if u, err := url.Parse(a.DirectoryURL); a.DirectoryURL != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		return license.Invalidf("tls.acme.directory_url", "%q is no https:// URL", a.DirectoryURL)
	}
	return nil
}

func (c *Config) checkProxies() error {
	if _, err := wire.ParseProxies(c.TrustedProxies); err != nil {
		return license.Invalidf("trusted_proxies", "%v", err)
	}
	switch wire.ProxyHeader(c.ProxyHeader) {
	case wire.XForwardedFor, wire.Forwarded:
		return nil
	}
	return license.Invalidf("proxy_header", "%q is not known; write X-Forwarded-For or Forwarded", c.ProxyHeader)
}

const (
	longestTimeout = time.Hour
	largestBody    = 1 << 30
)

func (c *Config) checkNumbers() error {
	timeouts := []struct {
		setting string
		value   time.Duration
	}{
		{"read_header_timeout", c.ReadHeaderTimeout},
		{"read_timeout", c.ReadTimeout},
		{"write_timeout", c.WriteTimeout},
		{"idle_timeout", c.IdleTimeout},
		{"drain_timeout", c.DrainTimeout},
	}
	for _, t := range timeouts {
		if t.value < time.Millisecond || t.value > longestTimeout {
			return license.Invalidf(t.setting, "%s is out of range; write a time from 1ms to 1h, for example 30s", t.value)
		}
	}
	if c.MaxBody < 1 || c.MaxBody > largestBody {
		return license.Invalidf("max_body", "%d is out of range; write a number of bytes from 1 to %d", c.MaxBody, largestBody)
	}
	if c.MaxConnections < 1 {
		return license.Invalidf("max_connections", "%d is out of range; write a number from 1", c.MaxConnections)
	}
	for _, rate := range []struct {
		field string
		n     int
	}{
		{"native.rate_per_minute", c.Native.RatePerMinute}, {"rmz.rate_per_minute", c.RMZ.RatePerMinute}, {"dna.rate_per_minute", c.DNA.RatePerMinute}, {"keyauth.guess_rate", c.KeyAuth.GuessRate}, {"keyauth.rate", c.KeyAuth.Rate},
		{"keyauth.seller_rate", c.KeyAuth.SellerRate},
	} {
		if rate.n < 0 {
			return license.Invalidf(rate.field, "%d is out of range; write a number from 1, or 0 for no limit", rate.n)
		}
	}
	return nil
}

func (c *Config) checkLog() error {
	if _, err := parseLevel(c.Log.Level); err != nil {
		return err
	}
	if c.Log.Format != "json" && c.Log.Format != "text" {
		return license.Invalidf("log.format", "%q is not known; write json or text", c.Log.Format)
	}
	return nil
}

// listenAddress reports whether s is HOST:PORT with a numeric port and, as host, nothing, an
// address or a name.
func listenAddress(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return false
	}
	return host == "" || hostName(host)
}

// hostName reports whether s is an address, or a name of letters, digits, hyphens and dots.
func hostName(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
				return false
			}
		}
	}
	return true
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
