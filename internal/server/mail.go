package server

import (
	"io"
	"os"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/notify"
)

// Mail names the server that takes the mails. Without it mails wait, and can be read on the command line.
type Mail struct {
	// Host is the mail server.
	// Default none: no mail is sent.
	Host string `help:"Mail server that takes the mails; without it they wait." env:"HOST" placeholder:"HOST" toml:"host"`
	// Port is its port. 0 means 587, or 465 with implicit encryption.
	Port int `help:"Port of the mail server; 0 for 587, or 465 with implicit encryption." env:"PORT" default:"0" placeholder:"N" toml:"port"`
	// TLS is how the way there is encrypted: starttls, implicit, or none, which is for a server on this machine alone.
	// Default starttls.
	TLS string `help:"How the way to the mail server is encrypted: starttls, implicit, or none on this machine alone." env:"TLS" default:"starttls" placeholder:"HOW" toml:"tls"`
	// User is who signs in there.
	// Default none: nobody does.
	User string `help:"Who signs in at the mail server." env:"USER" placeholder:"NAME" toml:"user"`
	// PasswordFile holds that user's password.
	// Default none.
	PasswordFile string `help:"File with the password for the mail server." env:"PASSWORD_FILE" placeholder:"FILE" toml:"password_file"`
	// From is whom mails come from where a vendor says nothing else: an address, or Name <address>. It is needed with Host.
	// Default none.
	From string `help:"Whom mails come from where a vendor says nothing else: an address, or Name <address>." env:"FROM" placeholder:"ADDRESS" toml:"from"`
}

// check refuses what cannot be meant. It opens nothing.
func (m Mail) check() error {
	if (m.User == "") != (m.PasswordFile == "") {
		return license.Invalidf("mail.password_file", "mail.user and this belong together: set both or neither")
	}
	config := m.config("")
	return config.Check()
}

func (m Mail) config(link string) notify.Config {
	return notify.Config{Host: m.Host, Port: m.Port, TLS: notify.Encryption(m.TLS), User: m.User, From: m.From, Link: link}
}

// maxPassword is how many bytes a file with a password may have.
const maxPassword = 4096

// Open checks the settings and reads the password. Link is where end users look after their licenses; "" is nowhere.
func (m Mail) Open(link string) (notify.Config, error) {
	if err := m.check(); err != nil {
		return notify.Config{}, err
	}
	config := m.config(link)
	if m.PasswordFile == "" {
		return config, nil
	}
	f, err := os.Open(m.PasswordFile)
	if err != nil {
		return notify.Config{}, license.Invalidf("mail.password_file", "%v", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPassword))
	if err != nil {
		return notify.Config{}, license.Invalidf("mail.password_file", "%v", err)
	}
	config.Password = identity.Secret(strings.TrimRight(string(text), "\r\n"))
	if config.Password == "" {
		return notify.Config{}, license.Invalidf("mail.password_file", "%s is empty", m.PasswordFile)
	}
	return config, nil
}
