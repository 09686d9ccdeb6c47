package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"licet/internal/license"
	"licet/internal/notify"
)

func TestMailSettings(t *testing.T) {
	t.Parallel()
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	full := Mail{Host: "smtp.example.com", Port: 2525, TLS: "implicit", User: "licet", PasswordFile: file("pa 55\r\n"), From: "Licet <a@example.com>"}
	got, err := full.Open("https://portal.example.com")
	want := notify.Config{
		Host: "smtp.example.com", Port: 2525, TLS: notify.ImplicitTLS, User: "licet", Password: "pa 55",
		From: "Licet <a@example.com>", Link: "https://portal.example.com",
	}
	if err != nil || got != want || got.Password.Reveal() != "pa 55" {
		t.Errorf("Open = %+v, %v, want all of it", got, err)
	}
	for name, c := range map[string]struct {
		edit func(*Mail)
		want string
	}{
		"defaults":    {func(m *Mail) { *m = Default().Mail }, ""},
		"no_password": {func(m *Mail) { m.PasswordFile = "" }, "mail.password_file"},
		"no_user":     {func(m *Mail) { m.User = "" }, "mail.password_file"},
		"no_file":     {func(m *Mail) { m.PasswordFile = "nowhere" }, "mail.password_file"},
		"empty_file":  {func(m *Mail) { m.PasswordFile = file("\n") }, "mail.password_file"},
		"clear":       {func(m *Mail) { m.TLS = "none" }, "mail.tls"},
		"no_from":     {func(m *Mail) { m.From = "" }, "mail.from"},
		"no_host":     {func(m *Mail) { m.Host = "" }, "mail.host"},
	} {
		m := full
		c.edit(&m)
		_, err := m.Open("")
		if got := license.Describe(err).Field; got != c.want {
			t.Errorf("%s: Open = %v, want %s", name, err, c.want)
		}
	}
	config := Default()
	config.Mail.Host = "smtp.example.com"
	if err := config.Validate(); err == nil || !strings.HasPrefix(err.Error(), "mail.from: ") {
		t.Errorf("Validate without a sender = %v, want mail.from", err)
	}
}
