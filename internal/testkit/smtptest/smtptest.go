// Package smtptest is a mail server for tests: it takes what it is sent and shows it, or refuses as it is told. It speaks real SMTP, on
// request with STARTTLS or encrypted from the first byte, and with passwords.
package smtptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Message is a mail as it arrived.
type Message struct {
	From, To string // of the envelope
	Header   mail.Header
	Subject  string // decoded
	Text     string // decoded plain text, with \n
	HTML     string // decoded
	Raw      []byte
	TLS      bool   // it came encrypted
	User     string // who signed in; "" is nobody
}

// Sink is a mail server on a free port of this machine. The zero values of its settings take everything.
type Sink struct {
	Addr  string // HOST:PORT
	Host  string // 127.0.0.1
	Port  int
	Roots *x509.CertPool // who vouches for its certificate; nil without TLS

	t        testing.TB
	tls      *tls.Config
	implicit bool
	arrived  chan struct{} // has a value after each message

	mu       sync.Mutex // guards what follows
	server   *smtp.Server
	messages []Message
	refuse   *smtp.SMTPError // at RCPT
	full     *smtp.SMTPError // after DATA
	hangUp   bool
	user     string
	password string
	sessions int
}

// New starts a sink without encryption, and stops it with the test.
func New(t testing.TB) *Sink { return start(t, false, false) }

// NewSTARTTLS is New with STARTTLS, under a certificate of its own.
func NewSTARTTLS(t testing.TB) *Sink { return start(t, true, false) }

// NewImplicitTLS is New encrypted from the first byte.
func NewImplicitTLS(t testing.TB) *Sink { return start(t, true, true) }

func start(t testing.TB, encrypted, implicit bool) *Sink {
	t.Helper()
	s := &Sink{t: t, Addr: "127.0.0.1:0", implicit: implicit, arrived: make(chan struct{}, 1)}
	if encrypted {
		s.tls, s.Roots = certificate(t)
	}
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// Start lets a stopped sink listen again, where it did before.
func (s *Sink) Start() {
	s.t.Helper()
	listener, err := net.Listen("tcp", s.Addr)
	if err != nil {
		s.t.Fatal(err)
	}
	at := listener.Addr().(*net.TCPAddr)
	s.Addr, s.Host, s.Port = at.String(), at.IP.String(), at.Port
	server := smtp.NewServer(smtp.BackendFunc(s.session))
	server.Domain, server.AllowInsecureAuth, server.EnableSMTPUTF8 = "sink.test", true, true
	server.ErrorLog = log.New(io.Discard, "", 0)
	if s.implicit {
		listener = tls.NewListener(listener, s.tls)
	} else {
		server.TLSConfig = s.tls
	}
	s.mu.Lock()
	s.server = server
	s.mu.Unlock()
	go func() { _ = server.Serve(listener) }() // It ends with Stop.
}

// Stop ends every connection and listens no more. A second Stop does nothing.
func (s *Sink) Stop() {
	s.mu.Lock()
	server := s.server
	s.mu.Unlock()
	_ = server.Close() // The second one is an error.
}

// Refuse makes the sink answer each recipient with a code, such as 451 or 550; 0 takes them again.
func (s *Sink) Refuse(code int) { s.set(func() { s.refuse = answer(code) }) }

// RefuseData makes it answer each text with a code; 0 takes them again.
func (s *Sink) RefuseData(code int) { s.set(func() { s.full = answer(code) }) }

// HangUp makes it take mails, say so, and close the connection without another word.
func (s *Sink) HangUp(yes bool) { s.set(func() { s.hangUp = yes }) }

// Require makes it take mails from one user alone.
func (s *Sink) Require(user, password string) { s.set(func() { s.user, s.password = user, password }) }

func (s *Sink) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func answer(code int) *smtp.SMTPError {
	if code == 0 {
		return nil
	}
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "not today"}
}

// Messages returns what has arrived so far.
func (s *Sink) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

// Sessions returns how often somebody has connected.
func (s *Sink) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// Wait returns all that has arrived once that is at least n mails. It waits as long as the test may take.
func (s *Sink) Wait(n int) []Message {
	s.t.Helper()
	for {
		if list := s.Messages(); len(list) >= n {
			return list
		}
		select {
		case <-s.arrived:
		case <-s.t.Context().Done():
			s.t.Fatalf("%d mails have arrived, want %d", len(s.Messages()), n)
		}
	}
}

// session is one connection.
type session struct {
	sink     *Sink
	conn     *smtp.Conn
	from, to string
	user     string
	done     bool
}

func (s *Sink) session(c *smtp.Conn) (smtp.Session, error) {
	s.set(func() { s.sessions++ })
	return &session{sink: s, conn: c}, nil
}

// AuthMechanisms lists what one can sign in with.
func (c *session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth signs in.
func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		c.sink.mu.Lock()
		defer c.sink.mu.Unlock()
		if user != c.sink.user || password != c.sink.password {
			return smtp.ErrAuthFailed
		}
		c.user = user
		return nil
	}), nil
}

// Mail begins a mail.
func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	c.sink.mu.Lock()
	defer c.sink.mu.Unlock()
	if c.sink.user != c.user {
		return smtp.ErrAuthRequired
	}
	c.from = from
	return nil
}

// Rcpt names its reader.
func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.sink.mu.Lock()
	defer c.sink.mu.Unlock()
	c.to = to
	if c.sink.refuse != nil {
		return c.sink.refuse
	}
	return nil
}

// Data takes its text.
func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := parse(raw)
	if err != nil {
		return err
	}
	_, m.TLS = c.conn.TLSConnectionState()
	m.From, m.To, m.User = c.from, c.to, c.user
	c.sink.mu.Lock()
	defer c.sink.mu.Unlock()
	if c.sink.full != nil {
		return c.sink.full
	}
	c.sink.messages = append(c.sink.messages, m)
	c.done = true
	select {
	case c.sink.arrived <- struct{}{}:
	default:
	}
	return nil
}

// Reset ends a mail. It is called when the answer to the text has been sent.
func (c *session) Reset() {
	c.sink.mu.Lock()
	defer c.sink.mu.Unlock()
	if c.sink.hangUp && c.done {
		_ = c.conn.Conn().Close() // That is what it is for.
	}
	c.done = false
}

// Logout ends the connection.
func (c *session) Logout() error { return nil }

// parse reads a mail with a plain part and an HTML part.
func parse(raw []byte) (Message, error) {
	m := Message{Raw: raw}
	in, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	m.Header = in.Header
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(in.Header.Get("Subject")); err != nil {
		return m, err
	}
	_, params, err := mime.ParseMediaType(in.Header.Get("Content-Type"))
	if err != nil {
		return m, err
	}
	parts := multipart.NewReader(in.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		var body io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(part)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return m, err
		}
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		switch kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); kind {
		case "text/plain":
			m.Text = string(text)
		case "text/html":
			m.HTML = string(text)
		}
	}
}

// certificate makes one for 127.0.0.1 that vouches for itself.
func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

// PortText is the port as flags want it.
func (s *Sink) PortText() string { return strconv.Itoa(s.Port) }
