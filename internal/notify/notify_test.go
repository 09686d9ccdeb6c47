package notify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/notify"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/testkit/pgtest"
	"licet/internal/testkit/smtptest"
)

// post is a mailer on a database with one tenant, before a sink, under a clock that only moves when told.
type post struct {
	*notify.Mailer
	t       *testing.T
	store   *store.Store
	keyring *signing.Keyring
	clock   *atomic.Int64
	tenant  license.TenantID
	log     *bytes.Buffer
}

const started = license.Time(1_800_000_000_000_000)

// forEachPost runs a test before a sink of its own on every database.
func forEachPost(t *testing.T, test func(t *testing.T, p *post, sink *smtptest.Sink)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		sink := smtptest.New(t)
		test(t, newPost(t, open(t), configOf(sink)), sink)
	})
}

func configOf(sink *smtptest.Sink) notify.Config {
	return notify.Config{Host: sink.Host, Port: sink.Port, TLS: notify.NoTLS, From: "Licet <noreply@licet.test>", Link: "https://portal.licet.test/"}
}

func newPost(t *testing.T, s *store.Store, config notify.Config) *post {
	t.Helper()
	p := &post{t: t, store: s, keyring: signing.NewKeyring(signing.MasterKey{1}), clock: new(atomic.Int64), log: new(bytes.Buffer)}
	p.clock.Store(int64(started))
	var err error
	p.Mailer, err = notify.New(notify.Deps{
		Store: s, Keyring: p.keyring, Now: p.now, Config: config, Log: slog.New(slog.NewTextHandler(p.log, nil)),
	})
	p.ok(err)
	tenant := license.Tenant{Code: "acme", Name: "Acme", Created: p.now()}
	p.write(func(tx *store.Tx) error { return tx.InsertTenant(&tenant) })
	p.tenant = tenant.ID
	return p
}

func (p *post) now() license.Time { return license.Time(p.clock.Load()) }

func (p *post) advance(d time.Duration) { p.clock.Add(d.Microseconds()) }

func (p *post) ok(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("unexpected error: %v", err)
	}
}

func (p *post) write(fn func(*store.Tx) error) {
	p.t.Helper()
	p.ok(p.store.Write(p.t.Context(), fn))
}

// queue stores a mail to somebody.
func (p *post) queue(kind store.MailKind, to string) int64 {
	p.t.Helper()
	m := store.Mail{Tenant: p.tenant, Product: 7, License: 0, Kind: kind, Recipient: to, Created: p.now()}
	p.write(func(tx *store.Tx) error {
		return tx.QueueMail("client", &m, store.MailData{
			ProductName: "Größe & Söhne", LicenseCode: "ABCD-EFGH", Code: "S3CRETC0DE", OldEmail: "old@x.test", NewEmail: "new@x.test",
		}, p.keyring.Seal)
	})
	return m.ID
}

func (p *post) deliver() {
	p.t.Helper()
	p.ok(p.Deliver(p.t.Context()))
}

func (p *post) find(id int64) (m store.Mail) {
	p.t.Helper()
	p.ok(p.store.Read(p.t.Context(), func(tx *store.Tx) (err error) {
		m, err = tx.FindMail(p.tenant, id)
		return err
	}))
	return m
}

// want fails unless a mail is in a state after so many tries.
func (p *post) want(id int64, state store.MailState, attempts int) store.Mail {
	p.t.Helper()
	m := p.find(id)
	if m.State != state || m.Attempts != attempts {
		p.t.Errorf("mail = %s after %d tries (%s), want %s after %d", m.State, m.Attempts, m.LastError, state, attempts)
	}
	return m
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	forEachPost(t, func(t *testing.T, p *post, sink *smtptest.Sink) {
		id := p.queue(store.MailResetCode, "ann@x.test")
		p.deliver()
		got := sink.Wait(1)[0]
		if want := "Your license for Größe & Söhne: code for a new password"; got.Subject != want {
			t.Errorf("subject = %q, want %q", got.Subject, want)
		}
		if strings.Contains(got.Header.Get("Subject"), "ö") {
			t.Errorf("subject on the wire = %q, want it encoded", got.Header.Get("Subject"))
		}
		for part, text := range map[string]string{"text": got.Text, "html": got.HTML} {
			if !strings.Contains(text, "S3CRETC0DE") || !strings.Contains(text, "https://portal.licet.test/") || !strings.Contains(text, "ABCD-EFGH") {
				t.Errorf("%s = %s\nwant the code, the license and the link", part, text)
			}
		}
		if !strings.Contains(got.HTML, "Größe &amp; Söhne") || !strings.Contains(got.Text, "Größe & Söhne") {
			t.Errorf("names in text and HTML = %s\n%s", got.Text, got.HTML)
		}
		for name, want := range map[string]string{
			"From": `"Licet" <noreply@licet.test>`, "To": "<ann@x.test>", "Auto-Submitted": "auto-generated", "Date": "Fri, 15 Jan 2027 08:00:00 +0000",
			"Message-Id": fmt.Sprintf("<licet.%d.%d@licet.test>", p.tenant, id), "X-Mailer": "", "User-Agent": "",
		} {
			if have := got.Header.Get(name); have != want {
				t.Errorf("%s = %q, want %q", name, have, want)
			}
		}
		if m := p.want(id, store.MailSent, 1); m.Data != nil || m.Ended != p.now() || m.LastError != "" {
			t.Errorf("sent mail = %+v, want no data, the time, no error", m)
		}
	})
}

func TestNoSecondDeliveryAfterAcceptance(t *testing.T) {
	t.Parallel()
	forEachPost(t, func(t *testing.T, p *post, sink *smtptest.Sink) {
		sink.HangUp(true) // It says that it took the mail, and goes away.
		first, second := p.queue(store.MailWelcome, "ann@x.test"), p.queue(store.MailWelcome, "bob@x.test")
		for range 3 {
			p.deliver()
			p.advance(24 * time.Hour)
		}
		p.want(first, store.MailSent, 1)
		p.want(second, store.MailSent, 1)
		if got := sink.Messages(); len(got) != 2 || got[0].To == got[1].To {
			t.Errorf("%d mails have arrived, want one for each", len(got))
		}
	})
}

func TestRetryAfterARefusal(t *testing.T) {
	t.Parallel()
	forEachPost(t, func(t *testing.T, p *post, sink *smtptest.Sink) {
		id := p.queue(store.MailPasswordChanged, "ann@x.test")
		sink.Refuse(451)
		for i, wait := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 4 * time.Hour} {
			p.deliver()
			p.deliver() // Nothing is due.
			m := p.want(id, store.MailWaiting, i+1)
			if m.Next != p.now().Add(wait) || !strings.Contains(m.LastError, `451 "4.1.1 not today"`) {
				t.Fatalf("after try %d: next in %s (%s), want %s", i+1, m.Next.Sub(p.now()), m.LastError, wait)
			}
			p.advance(wait - time.Second)
			p.deliver() // Too early.
			p.advance(time.Second)
		}
		sink.Refuse(0)
		sink.RefuseData(452)
		p.deliver()
		p.want(id, store.MailWaiting, 7)
		sink.RefuseData(0)
		p.advance(4 * time.Hour)
		other := p.queue(store.MailWelcome, "bob@x.test")
		p.deliver()
		p.want(id, store.MailSent, 8)
		p.want(other, store.MailSent, 1)
		if got := sink.Messages(); len(got) != 2 {
			t.Errorf("%d mails have arrived, want 2", len(got))
		}
	})
}

func TestGivesUp(t *testing.T) {
	t.Parallel()
	forEachPost(t, func(t *testing.T, p *post, sink *smtptest.Sink) {
		t.Run("a_recipient_that_is_none", func(t *testing.T) {
			sink.Refuse(550)
			defer sink.Refuse(0)
			id := p.queue(store.MailWelcome, "nobody@x.test")
			p.deliver()
			m := p.want(id, store.MailFailed, 1)
			if m.Data == nil || m.Ended != p.now() || !strings.Contains(m.LastError, `550 "5.1.1 not today"`) || strings.Contains(m.LastError, "nobody@") {
				t.Errorf("failed mail = %s, data kept %t", m.LastError, m.Data != nil)
			}
		})
		t.Run("three_days", func(t *testing.T) {
			sink.Refuse(451)
			defer sink.Refuse(0)
			id := p.queue(store.MailWelcome, "ann@x.test")
			since := p.now()
			for p.find(id).State == store.MailWaiting {
				p.advance(max(0, p.find(id).Next.Sub(p.now())))
				p.deliver()
			}
			m := p.want(id, store.MailFailed, 22)
			if after := m.Ended.Sub(since); after > 72*time.Hour || after < 68*time.Hour {
				t.Errorf("given up after %s, want about 3 days", after)
			}
		})
		t.Run("a_dead_code", func(t *testing.T) {
			id := p.queue(store.MailResetCode, "ann@x.test")
			p.advance(24 * time.Hour)
			p.deliver()
			m := p.want(id, store.MailFailed, 1)
			if m.LastError != "it waited too long" || len(sink.Messages()) > 0 {
				t.Errorf("an old code = %s, %d mails have arrived", m.LastError, len(sink.Messages()))
			}
			p.write(func(tx *store.Tx) error {
				_, err := tx.RequeueMail(p.tenant, id, "operator", p.now())
				return err
			})
			p.deliver()
			p.want(id, store.MailSent, 1)
		})
	})
}

func TestDeadServer(t *testing.T) {
	t.Parallel()
	forEachPost(t, func(t *testing.T, p *post, sink *smtptest.Sink) {
		sink.Stop()
		var ids []int64
		for i := range 25 {
			ids = append(ids, p.queue(store.MailWelcome, fmt.Sprintf("u%d@x.test", i)))
		}
		p.deliver()
		if m := p.find(ids[0]); m.State != store.MailWaiting || m.Attempts != 1 || !strings.Contains(m.LastError, "refused") {
			t.Errorf("mail at a dead server = %s after %d tries: %s", m.State, m.Attempts, m.LastError)
		}
		if m := p.want(ids[24], store.MailWaiting, 0); m.LastError != "" {
			t.Errorf("a mail of a later batch = %s, want untouched", m.LastError)
		}
		sink.Start()
		p.advance(time.Minute)
		p.deliver()
		for _, id := range ids {
			if m := p.find(id); m.State != store.MailSent {
				t.Fatalf("mail after the server is back = %s, want sent", m.State)
			}
		}
		if got := recipients(sink.Messages()); len(got) != 25 {
			t.Errorf("%d mails have arrived, want 25", len(got))
		}
	})
}

func recipients(list []smtptest.Message) map[string]int {
	got := map[string]int{}
	for _, m := range list {
		got[m.To]++
	}
	return got
}

// TestTwoMailers: two servers on one database send each mail once.
func TestTwoMailers(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(t *testing.T) store.Options{
		"sqlite":   func(t *testing.T) store.Options { return store.Options{Dir: t.TempDir()} },
		"postgres": func(t *testing.T) store.Options { return store.Options{URL: pgtest.Shared(t).Database(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, sink := database(t), smtptest.New(t)
			p := newPost(t, testkit.Open(t, o), configOf(sink))
			beside, err := notify.New(notify.Deps{Store: testkit.Open(t, o), Keyring: p.keyring, Now: p.now, Config: configOf(sink)})
			p.ok(err)
			const mails = 60
			for i := range mails {
				p.queue(store.MailWelcome, fmt.Sprintf("u%d@x.test", i))
			}
			var all sync.WaitGroup
			for _, m := range []*notify.Mailer{p.Mailer, beside, p.Mailer} {
				all.Go(func() {
					if err := m.Deliver(t.Context()); err != nil {
						t.Errorf("Deliver = %v", err)
					}
				})
			}
			all.Wait()
			got := recipients(sink.Wait(mails))
			for to, n := range got {
				if n != 1 {
					t.Errorf("%s got %d mails, want 1", to, n)
				}
			}
			if len(got) != mails {
				t.Errorf("%d people got mail, want %d", len(got), mails)
			}
		})
	}
}

// TestLease: what a server claimed that died is due again when its lease is over, and not before.
func TestLease(t *testing.T) {
	t.Parallel()
	forEachPost(t, func(t *testing.T, p *post, sink *smtptest.Sink) {
		id := p.queue(store.MailWelcome, "ann@x.test")
		var claimed []store.Mail
		p.write(func(tx *store.Tx) (err error) {
			claimed, err = tx.ClaimMails(p.now(), 10*time.Minute, 10)
			return err
		})
		p.advance(9 * time.Minute)
		p.deliver()
		p.want(id, store.MailSending, 1)
		if err := p.store.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.RequeueMail(p.tenant, id, "operator", p.now())
			return err
		}); !errors.Is(err, license.Conflict) {
			t.Errorf("RequeueMail while it is sent = %v, want conflict", err)
		}
		p.advance(time.Minute)
		p.deliver()
		p.want(id, store.MailSent, 2)
		p.write(func(tx *store.Tx) error { return tx.MarkMailFailed(&claimed[0], p.now(), "late") })
		p.write(func(tx *store.Tx) error { return tx.MarkMailWaiting(&claimed[0], p.now(), 1, "late") })
		p.want(id, store.MailSent, 2)
		if len(sink.Messages()) != 1 {
			t.Errorf("%d mails have arrived, want 1", len(sink.Messages()))
		}
	})
}

func TestRun(t *testing.T) {
	t.Parallel()
	sink := smtptest.New(t)
	p := newPost(t, testkit.OpenSQLite(t), configOf(sink))
	p.queue(store.MailWelcome, "first@x.test")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Run(ctx)
	}()
	sink.Wait(1)
	id := p.queue(store.MailWelcome, "second@x.test")
	p.Kick()
	p.Kick()
	if got := sink.Wait(2); got[1].To != "second@x.test" {
		t.Errorf("the second mail went to %s", got[1].To)
	}
	stop()
	<-done
	p.want(id, store.MailSent, 1)
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.OpenSQLite(t), notify.Config{})
	id := p.queue(store.MailResetCode, "ann@x.test")
	p.deliver()
	m := p.want(id, store.MailWaiting, 0)
	w, err := notify.OpenWords(p.keyring, &m, "")
	p.ok(err)
	if r := notify.Render(nil, m.Kind, w); !strings.Contains(r.Text, "S3CRETC0DE") || strings.Contains(r.Text, "look after the license here") {
		t.Errorf("text = %s, want the code and no link", r.Text)
	}
	if _, err := p.SendTest(t.Context(), "ann@x.test"); license.ReasonOf(err) != license.MailUnavailable {
		t.Errorf("SendTest = %v, want %s", err, license.MailUnavailable)
	}
}

func TestEncryptionAndSignIn(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *smtptest.Sink{"starttls": smtptest.NewSTARTTLS, "implicit": smtptest.NewImplicitTLS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := start(t)
			sink.Require("licet", "pa55")
			config := configOf(sink)
			config.TLS, config.Roots, config.User, config.Password = notify.Encryption(name), sink.Roots, "licet", "pa55"
			p := newPost(t, testkit.OpenSQLite(t), config)
			id := p.queue(store.MailWelcome, "ann@x.test")
			p.deliver()
			p.want(id, store.MailSent, 1)
			if got := sink.Wait(1)[0]; !got.TLS || got.User != "licet" {
				t.Errorf("mail came encrypted %t from %q, want true from licet", got.TLS, got.User)
			}
			for what, edit := range map[string]func(*notify.Config){
				"a_stranger's_certificate": func(c *notify.Config) { c.Roots = nil },
				"a_wrong_password":         func(c *notify.Config) { c.Password = "wr0ng" },
			} {
				worse := config
				edit(&worse)
				m, err := notify.New(notify.Deps{Now: p.now, Config: worse})
				p.ok(err)
				if _, err := m.SendTest(t.Context(), "ann@x.test"); license.CodeOf(err) != license.Unavailable || strings.Contains(fmt.Sprint(err), "wr0ng") {
					t.Errorf("%s: SendTest = %v, want unavailable", what, err)
				}
			}
		})
	}
	t.Run("no_starttls", func(t *testing.T) {
		t.Parallel()
		sink := smtptest.New(t)
		config := configOf(sink)
		config.TLS = notify.StartTLS
		p := newPost(t, testkit.OpenSQLite(t), config)
		id := p.queue(store.MailWelcome, "ann@x.test")
		p.deliver()
		p.want(id, store.MailWaiting, 1)
		if len(sink.Messages()) > 0 {
			t.Error("a mail went out in clear")
		}
	})
	t.Run("sign_in_on_loopback", func(t *testing.T) {
		t.Parallel()
		sink := smtptest.New(t)
		sink.Require("licet", "pa55")
		config := configOf(sink)
		config.User, config.Password = "licet", "pa55"
		m, err := notify.New(notify.Deps{Now: func() license.Time { return started }, Config: config})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := m.SendTest(t.Context(), "ann@x.test")
		if err != nil || !strings.Contains(answer, "OK: queued") {
			t.Errorf("SendTest = %q, %v, want the answer of the mail server", answer, err)
		}
		if got := sink.Wait(1)[0]; got.Subject != "Test of Licet's mail" || got.User != "licet" {
			t.Errorf("test mail = %q from %q", got.Subject, got.User)
		}
	})
}

func TestConfigCheck(t *testing.T) {
	t.Parallel()
	good := notify.Config{Host: "smtp.example.com", From: "Licet <a@example.com>"}
	for name, c := range map[string]struct {
		edit func(*notify.Config)
		want string
	}{
		"good":        {func(*notify.Config) {}, ""},
		"none":        {func(c *notify.Config) { *c = notify.Config{} }, ""},
		"no_host":     {func(c *notify.Config) { c.Host = "" }, "mail.host"},
		"no_from":     {func(c *notify.Config) { c.From = "" }, "mail.from"},
		"bad_from":    {func(c *notify.Config) { c.From = "a@example.com, b@example.com" }, "mail.from"},
		"clear":       {func(c *notify.Config) { c.TLS = notify.NoTLS }, "mail.tls"},
		"clear_local": {func(c *notify.Config) { c.TLS, c.Host = notify.NoTLS, "localhost" }, ""},
		"clear_v6":    {func(c *notify.Config) { c.TLS, c.Host = notify.NoTLS, "::1" }, ""},
		"clear_near":  {func(c *notify.Config) { c.TLS, c.Host = notify.NoTLS, "10.0.0.1" }, "mail.tls"},
		"tls":         {func(c *notify.Config) { c.TLS = "ssl" }, "mail.tls"},
		"port":        {func(c *notify.Config) { c.Port = 70000 }, "mail.port"},
	} {
		config := good
		c.edit(&config)
		if got := license.Describe(config.Check()).Field; got != c.want {
			t.Errorf("%s: Check = %q, want %q", name, got, c.want)
		}
	}
}

// TestInjection: no name and no address gets anything else into a mail.
func TestInjection(t *testing.T) {
	t.Parallel()
	sink := smtptest.New(t)
	p := newPost(t, testkit.OpenSQLite(t), configOf(sink))
	t.Run("recipients", func(t *testing.T) {
		for _, to := range []string{
			"", "ann", "a@x.test\r\nBcc: eve@x.test", "a@x.test, eve@x.test", "Ann <a@x.test>", "<a@x.test>", "a@x.test\n", `"a b"@x.test`, "a@x.test>",
			"a@x.test> SIZE=1", "a@x.test\x00", "a (eve)@x.test",
		} {
			if strings.Contains(to, "\x00") {
				continue // No database keeps it.
			}
			id := p.queue(store.MailWelcome, to)
			p.deliver()
			if m := p.want(id, store.MailFailed, 1); m.LastError != "the recipient is no e-mail address" {
				t.Errorf("mail to %q = %s, want it refused", to, m.LastError)
			}
		}
		if n := sink.Sessions(); n != 0 {
			t.Errorf("the mail server was asked %d times, want never", n)
		}
	})
	t.Run("senders_and_names", func(t *testing.T) {
		for _, from := range []store.MailSender{
			{Address: "shop@x.test\r\nBcc: eve@x.test"}, {Address: "shop@x.test", Name: "Shop\r\nBcc: eve@x.test"}, {Address: "a@x.test,b@x.test"},
		} {
			from.Tenant = p.tenant
			p.write(func(tx *store.Tx) error { return tx.SaveMailSender(&from) })
			id := p.queue(store.MailWelcome, "ann@x.test")
			p.deliver()
			if m := p.want(id, store.MailSent, 1); !strings.Contains(m.LastError, "the sender is broken") {
				t.Errorf("mail from %q %q: %s, want a word about it", from.Address, from.Name, m.LastError)
			}
		}
		m := store.Mail{Tenant: p.tenant, Kind: store.MailWelcome, Recipient: "ann@x.test", Created: p.now()}
		p.write(func(tx *store.Tx) error {
			return tx.QueueMail("client", &m, store.MailData{ProductName: "X\r\nBcc: eve@x.test\r\n\r\nhello"}, p.keyring.Seal)
		})
		p.deliver()
		for _, got := range sink.Messages() {
			if got.From != "noreply@licet.test" || got.To != "ann@x.test" || got.Header.Get("Bcc") != "" {
				t.Errorf("mail from %q to %q with Bcc %q", got.From, got.To, got.Header.Get("Bcc"))
			}
		}
		if last := sink.Messages()[3]; last.Subject != "Welcome to X Bcc: eve@x.test hello" {
			t.Errorf("subject = %q, want one line", last.Subject)
		}
	})
	t.Run("a_good_sender", func(t *testing.T) {
		from := store.MailSender{Tenant: p.tenant, Product: 7, Address: "shop@x.test", Name: `Größe, "Söhne" <eve@x.test>`}
		p.write(func(tx *store.Tx) error { return tx.SaveMailSender(&from) })
		p.queue(store.MailWelcome, "ann@x.test")
		p.deliver()
		got := sink.Messages()[4]
		list, err := got.Header.AddressList("From")
		if err != nil || len(list) != 1 || list[0].Address != "shop@x.test" || list[0].Name != from.Name || got.From != "shop@x.test" {
			t.Errorf("From = %v, %v, want one sender", list, err)
		}
	})
}

// TestSecretsStayAway: what a mail tells is in no log, no event and no error.
func TestSecretsStayAway(t *testing.T) {
	t.Parallel()
	forEachPost(t, func(t *testing.T, p *post, sink *smtptest.Sink) {
		sink.Refuse(451)
		p.queue(store.MailResetCode, "ann@x.test")
		p.deliver()
		sink.Refuse(550)
		p.queue(store.MailSetupKey, "bob@x.test")
		p.deliver()
		sink.Refuse(0)
		p.advance(time.Hour)
		p.deliver()
		var seen strings.Builder
		fmt.Fprintln(&seen, p.log)
		p.ok(p.store.Read(t.Context(), func(tx *store.Tx) error {
			events, err := tx.ListEvents(p.tenant, 0, 0, 100)
			if err != nil {
				return err
			}
			var kinds []string
			for _, e := range events {
				kinds = append(kinds, string(e.Kind))
				fmt.Fprintln(&seen, e.Actor, e.Data)
			}
			slices.Reverse(kinds)
			if got, want := strings.Join(kinds, " "), "mail.queued mail.queued mail.failed mail.sent"; got != want {
				t.Errorf("events = %s, want %s", got, want)
			}
			mails, err := tx.ListMails(p.tenant, "", 0, 100)
			for _, m := range mails {
				fmt.Fprintln(&seen, m.LastError, string(m.Data))
			}
			return err
		}))
		for _, secret := range []string{"S3CRETC0DE", "ann@", "bob@", "ABCD-EFGH"} {
			if strings.Contains(seen.String(), secret) {
				t.Errorf("%s shows up in: %s", secret, seen.String())
			}
		}
		if !strings.Contains(p.log.String(), "code=451") || !strings.Contains(p.log.String(), "code=550") {
			t.Errorf("log = %s, want the answers", p.log)
		}
		if text := fmt.Sprintf("%+v", notify.Config{Password: identity.Secret("pa55")}); strings.Contains(text, "pa55") {
			t.Errorf("config shows %s", text)
		}
	})
}
