package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/testkit/smtptest"
)

// A mail waits, is read, is tried again; a test of the mail server goes out at once.
func TestMailCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t).on("2026-03-23T12:00:00Z")
	s.run("tenant", "create", "acme")
	s.run("product", "create", "app")
	// The first secret makes the master key, which the program says.
	if code := runAt(t.Context(), func() license.Time { return s.at }, []string{"app", "create", "--data", s.data}, strings.NewReader(""), new(bytes.Buffer), new(bytes.Buffer)); code != exitDone {
		t.Fatalf("licet app create = %d", code)
	}
	master, err := signing.LoadMasterKey("", filepath.Join(s.data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	mail := store.Mail{Kind: store.MailResetCode, Recipient: "ann@x.test", Created: s.at}
	db := testkit.Open(t, store.Options{Dir: s.data})
	err = db.Write(t.Context(), func(tx *store.Tx) error {
		tenants, err := tx.ListTenants(0, 1)
		if err != nil {
			return err
		}
		mail.Tenant = tenants[0].ID
		return tx.QueueMail("client", &mail, store.MailData{ProductName: "App\x1b[31m", LicenseCode: "ABCD", Code: "S3CRETC0DE"}, signing.NewKeyring(master).Seal)
	})
	if err != nil {
		t.Fatal(err)
	}
	id := strconv.FormatInt(mail.ID, 10)

	list := s.run("mail", "list") + s.run("mail", "list", "--state", "waiting", "--json")
	if !strings.Contains(list, "ann@x.test") || !strings.Contains(list, `"next_at": "2026-03-23T12:00:00Z"`) || strings.Contains(list, "S3CRETC0DE") {
		t.Errorf("mail list = %s, want the mail without what it says", list)
	}
	if got := s.run("mail", "list", "--state", "sent", "--json"); got != "[]\n" {
		t.Errorf("mail list --state sent = %s, want none", got)
	}
	shown := s.run("mail", "show", id, "--portal-public-url", "https://portal.acme.test")
	for _, want := range []string{"\nS3CRETC0DE\n", "\nSubject: Your license for App [31m: code for a new password\n", "\nhttps://portal.acme.test\n", "recipient:  ann@x.test\n"} {
		if !strings.Contains(shown, want) {
			t.Errorf("mail show = %s\nwant %q in it", shown, want)
		}
	}
	s.on("2026-03-23T13:00:00Z")
	var again mailView
	if err := json.Unmarshal([]byte(s.run("mail", "retry", id, "--json")), &again); err != nil || *again.Next != s.at {
		t.Errorf("mail retry = %+v, %v, want a try now", again, err)
	}
	err = db.Write(t.Context(), func(tx *store.Tx) error { return tx.MarkMailSent(&mail, s.at, "") })
	if err != nil {
		t.Fatal(err)
	}
	if got := s.run("mail", "show", id); strings.Contains(got, "Subject") || !strings.Contains(got, "sent") {
		t.Errorf("mail show of one that was sent = %s, want no words", got)
	}

	sink := smtptest.New(t)
	password := rand.Text()
	sink.Require("licet", password)
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	test := []string{
		"mail", "test", "bob@x.test", "--mail-host", sink.Host, "--mail-port", sink.PortText(), "--mail-tls", "none",
		"--mail-from", "Licet <noreply@licet.test>", "--mail-user", "licet", "--mail-password-file", file,
	}
	if got := s.run(test...); !strings.Contains(got, "mail server:  2.0.0 OK: queued") {
		t.Errorf("mail test = %s, want what the mail server answered", got)
	}
	if got := sink.Wait(1)[0]; got.To != "bob@x.test" || got.User != "licet" || !strings.Contains(got.Text, "this is a test") {
		t.Errorf("test mail = %+v", got)
	}
	sink.Refuse(550)
	var errs bytes.Buffer
	code := runAt(t.Context(), func() license.Time { return s.at }, append(test, "--data", s.data), strings.NewReader(""), new(bytes.Buffer), &errs)
	if code != exitFailed || !strings.Contains(errs.String(), `550 "5.1.1 not today"`) || strings.Contains(errs.String(), password) {
		t.Errorf("mail test that is refused = %d %s, want the answer of the mail server", code, errs.String())
	}
}
