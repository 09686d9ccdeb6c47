package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"os"
	"strings"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"licet/internal/license"
)

// session is a connection to the mail server that is signed in and ready for mails.
type session struct {
	client *gomail.Client
	wire   *smtp.Client
	conn   net.Conn
	broken bool // nothing more can be sent on it
}

// dial gets through to the mail server.
func (c *Config) dial(ctx context.Context) (*session, error) {
	s := &session{}
	encryption := &tls.Config{ServerName: c.Host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
	options := []gomail.Option{
		gomail.WithPort(c.port()), gomail.WithTimeout(sendLimit), gomail.WithHELO(hello()), gomail.WithTLSConfig(encryption),
		gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			var err error
			if c.TLS == ImplicitTLS {
				s.conn, err = (&tls.Dialer{Config: encryption}).DialContext(ctx, network, address)
			} else {
				s.conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
			}
			return s.conn, err
		}),
	}
	switch c.TLS {
	case ImplicitTLS:
		options = append(options, gomail.WithSSL())
	case NoTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if c.User != "" {
		options = append(options, gomail.WithUsername(c.User), gomail.WithPassword(c.Password.Reveal()),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	var err error
	if s.client, err = gomail.NewClient(c.Host, options...); err != nil {
		return nil, err
	}
	if s.wire, err = s.client.DialToSMTPClientWithContext(ctx); err != nil {
		if s.conn != nil {
			s.conn.Close() // The library leaves it open.
		}
		return nil, err
	}
	return s, nil
}

// hello is the name that this machine gives itself.
func hello() string {
	name, err := os.Hostname()
	if err != nil || strings.ContainsAny(name, " \t\r\n") {
		return "localhost"
	}
	return cmp.Or(name, "localhost")
}

func (s *session) close() {
	_ = s.client.CloseWithSMTPClient(s.wire) // A farewell: what was taken was taken.
	s.conn.Close()
}

// notSent is why a mail was not taken.
type notSent struct {
	code    int    // of the mail server's answer; 0 is none
	forGood bool   // it will not be taken later either
	text    string // for people
}

// send hands over one mail. What the mail server has taken is sent, whatever follows.
func (s *session) send(msg *gomail.Msg) *notSent {
	err := s.client.SendWithSMTPClient(s.wire, msg)
	if msg.IsDelivered() {
		s.broken = err != nil
		return nil
	}
	if err == nil {
		err = errors.New("the mail server did not take it")
	}
	failed := &notSent{}
	failed.text, _, _ = strings.Cut(err.Error(), ", affected ") // What follows names the recipient once more.
	failed.text = clip(failed.text)
	if e, ok := errors.AsType[*gomail.SendError](err); ok {
		failed.code = e.ErrorCode()
		switch e.Reason {
		case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
			failed.forGood = failed.code/100 == 5
		case gomail.ErrGetRcpts, gomail.ErrGetSender:
			failed.forGood = true
		}
	}
	s.broken = failed.code == 0 || failed.code == 421 || s.client.ResetWithSMTPClient(s.wire) != nil
	return failed
}

// compose puts a message together.
func compose(from *mail.Address, to, id string, now license.Time, r *Rendered) *gomail.Msg {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	msg.ToMailAddress(&mail.Address{Address: to})
	msg.Subject(r.Subject)
	msg.SetMessageIDWithValue(id)
	msg.SetDateWithValue(now.UTC())
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // Keeps holiday notices from answering.
	msg.SetBodyString(gomail.TypeTextPlain, r.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, r.HTML)
	return msg
}

// SendTest sends a mail that says it is a test, now, and returns what the mail server answered. MailUnavailable without a mail server;
// Invalid for an address that is none; Unavailable with what went wrong.
func (m *Mailer) SendTest(ctx context.Context, to string) (answer string, err error) {
	if !m.Ready() {
		return "", license.Refusef(license.MailUnavailable, "there is no mail server; name it with the setting mail.host")
	}
	if err := CheckAddress("address", to); err != nil {
		return "", err
	}
	from, err := m.d.Config.from()
	if err != nil {
		return "", err
	}
	s, err := m.d.Config.dial(ctx)
	if err != nil {
		return "", license.Wrap(license.Unavailable, "the mail server cannot be used", err)
	}
	defer s.close()
	const text = "Hello,\n\nthis is a test: Licet can send mails by this mail server.\n"
	now := m.d.Now()
	id := fmt.Sprintf("licet.test.%d@%s", now, domainOf(from.Address))
	msg := compose(from, to, id, now, &Rendered{Subject: "Test of Licet's mail", Text: text, HTML: htmlOf(text)})
	if failed := s.send(msg); failed != nil {
		return "", license.Wrap(license.Unavailable, "the mail server refused the mail", errors.New(failed.text))
	}
	return clip(msg.ServerResponse()), nil
}
