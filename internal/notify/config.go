package notify

import (
	"cmp"
	"crypto/x509"
	"net/mail"
	"net/netip"
	"strings"
	"unicode"

	"licet/internal/identity"
	"licet/internal/license"
)

// Encryption is how the way to the mail server is encrypted.
type Encryption string

// The ways. Without encryption only a mail server on this machine is spoken to.
const (
	StartTLS    Encryption = "starttls" // the connection begins in clear; without STARTTLS nothing is sent
	ImplicitTLS Encryption = "implicit" // encrypted from the first byte
	NoTLS       Encryption = "none"     // loopback alone
)

// Config says which server takes the mails. The zero value is none: then mails wait.
type Config struct {
	Host     string     // "" is no server
	Port     int        // 0 is 587, and 465 with ImplicitTLS
	TLS      Encryption // "" is StartTLS
	User     string     // "" is no sign-in
	Password identity.Secret
	From     string         // whom mails come from where a vendor says nothing else: an address, or Name <address>
	Link     string         // {{.Link}} of templates: where end users look after their licenses
	Roots    *x509.CertPool // who may vouch for the server's certificate; nil are those of this machine
}

// Ready reports whether there is a server.
func (c *Config) Ready() bool { return c.Host != "" }

// Check returns the first wrong setting as Invalid, with a field such as mail.from.
func (c *Config) Check() error {
	if !c.Ready() {
		if c.User != "" || c.From != "" {
			return license.Invalidf("mail.host", "other settings of mail are there, so this must be too: the name of the mail server")
		}
		return nil
	}
	switch c.TLS {
	case "", StartTLS, ImplicitTLS:
	case NoTLS:
		if !loopback(c.Host) {
			return license.Invalidf("mail.tls", "none is for a mail server on this machine; write starttls or implicit for %s", c.Host)
		}
	default:
		return license.Invalidf("mail.tls", "%q is not known; write starttls, implicit or none", c.TLS)
	}
	if c.Port < 0 || c.Port > 65535 {
		return license.Invalidf("mail.port", "%d is no port", c.Port)
	}
	if strings.ContainsFunc(c.Host, func(r rune) bool { return unicode.IsControl(r) || r == ' ' || r == '/' }) {
		return license.Invalidf("mail.host", "%q is no host name; write for example smtp.example.com", c.Host)
	}
	if _, err := c.from(); err != nil {
		return license.Invalidf("mail.from", "%q is no sender; write an address, or Name <address>", c.From)
	}
	return nil
}

func (c *Config) port() int {
	if c.TLS == ImplicitTLS {
		return cmp.Or(c.Port, 465)
	}
	return cmp.Or(c.Port, 587)
}

func (c *Config) from() (*mail.Address, error) {
	a, err := mail.ParseAddress(c.From)
	if err == nil {
		err = CheckAddress("from", a.Address)
	}
	return a, err
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// CheckAddress refuses as Invalid what is not exactly one e-mail address, without a name: so nothing else comes into the head of a mail
// with it.
func CheckAddress(field, text string) error {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || a.Name != "" || len(text) > license.MaxEmail || strings.ContainsFunc(text, unsafeRune) {
		return license.Invalidf(field, "an e-mail address is wanted, without a name")
	}
	return nil
}

func unsafeRune(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`<>"(),;:\`, r)
}

// sender puts together whom a mail comes from; it fails where one of both could get out of its header.
func sender(address, name string) (*mail.Address, error) {
	if err := CheckAddress("address", address); err != nil {
		return nil, err
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return nil, license.Invalidf("name", "it must not hold control characters")
	}
	return &mail.Address{Name: name, Address: address}, nil
}
