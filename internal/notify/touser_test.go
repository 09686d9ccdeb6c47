package notify_test

import (
	"strings"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/testkit/smtptest"
)

// queueUser stores a mail to somebody who works for a vendor.
func (p *post) queueUser(kind store.MailKind, d store.MailData) int64 {
	p.t.Helper()
	m := store.Mail{Tenant: p.tenant, Kind: kind, Recipient: "ann@acme.test", Created: p.now()}
	p.write(func(tx *store.Tx) error { return tx.QueueMail("system", &m, d, p.keyring.Seal) })
	return m.ID
}

// The server speaks to people who work for vendors: whatever a vendor says of words and senders, who writes templates does not come by
// what opens an account.
func TestMailsToUsers(t *testing.T) {
	t.Parallel()
	forEachPost(t, func(t *testing.T, p *post, sink *smtptest.Sink) {
		const link = "https://licet.test/reset/licet_reset_secret?a=1&b=2"
		p.write(func(tx *store.Tx) error {
			for _, kind := range []store.MailKind{store.MailUserReset, store.MailInvitation} {
				if err := tx.SaveMailTemplate(&store.MailTemplate{Tenant: p.tenant, Kind: kind, Subject: "Mine", Text: "Mine {{.Link}}"}); err != nil {
					return err
				}
			}
			return tx.SaveMailSender(&store.MailSender{Tenant: p.tenant, Address: "eve@acme.test", Name: "Eve"})
		})
		reset := p.queueUser(store.MailUserReset, store.MailData{Link: link})
		p.queueUser(store.MailInvitation, store.MailData{Link: link, Company: "Größe & Söhne\r\nBcc: {link}", By: "boss@acme.test", Role: "read-only"})
		p.deliver()
		got := sink.Wait(2)
		for i, want := range []string{"Licet: choose a new password", "You are invited to Größe & Söhne Bcc: {link} on Licet"} {
			m := got[i]
			if m.Subject != want || m.From != "noreply@licet.test" || m.Header.Get("Bcc") != "" {
				t.Errorf("mail %d = %q from %s, want %q", i, m.Subject, m.From, want)
			}
			if strings.Count(m.Text, link) != 1 || !strings.Contains(m.HTML, "a=1&amp;b=2") {
				t.Errorf("mail %d says %s\n%s\nwant the link once", i, m.Text, m.HTML)
			}
		}
		if text := got[1].Text; !strings.Contains(text, "boss@acme.test invites you") || !strings.Contains(text, "as read-only.") {
			t.Errorf("the invitation says %s", text)
		}
		p.want(reset, store.MailSent, 1)

		late := p.queueUser(store.MailUserReset, store.MailData{Link: link})
		p.advance(time.Hour)
		p.deliver()
		if m := p.want(late, store.MailFailed, 1); !strings.Contains(m.LastError, "too long") {
			t.Errorf("a link that is good no more was refused with %q", m.LastError)
		}
	})
}

// The kinds of mails to users are none that a vendor may have words for.
func TestKindsToUsers(t *testing.T) {
	t.Parallel()
	for _, kind := range store.MailKinds() {
		if kind.ToUsers() {
			t.Errorf("%s goes to users and has templates", kind)
		}
	}
	_, err := store.ParseMailKind(string(store.MailUserReset))
	if license.CodeOf(err) != license.Invalid {
		t.Errorf("ParseMailKind = %v, want invalid", err)
	}
}
