package main

import (
	"strconv"
	"strings"

	"licet/internal/license"
	"licet/internal/notify"
	"licet/internal/office"
	"licet/internal/server"
	"licet/internal/store"
)

// mailCommand: licet mail.
type mailCommand struct {
	List     mailList        `cmd:"" help:"List the mails, without what they say."`
	Show     mailShow        `cmd:"" help:"Show a mail, and what it says as long as it was not sent."`
	Retry    mailRetry       `cmd:"" help:"Send a mail that waits or was given up at the server's next look, within 15 seconds."`
	Test     mailTest        `cmd:"" help:"Send a test now, and say what the mail server answers."`
	Template templateCommand `cmd:"" help:"Your own words for the mails to end users."`
	Sender   senderCommand   `cmd:"" help:"Whom the mails come from."`
}

type mailView struct {
	ID        int64             `json:"id"`
	Kind      store.MailKind    `json:"kind"`
	State     store.MailState   `json:"state"`
	Recipient string            `json:"recipient"`
	Product   license.ProductID `json:"product_id"`
	License   license.LicenseID `json:"license_id"`
	Created   license.Time      `json:"created_at"`
	Next      *license.Time     `json:"next_at"` // no try before; null when there is none
	Attempts  int               `json:"attempts"`
	Ended     *license.Time     `json:"ended_at"` // when it was sent, or given up
	LastError string            `json:"last_error"`
}

func viewMail(m store.Mail) (mailView, error) {
	v := mailView{
		ID: m.ID, Kind: m.Kind, State: m.State, Recipient: m.Recipient, Product: m.Product, License: m.License,
		Created: m.Created, Attempts: m.Attempts, Ended: orNull(m.Ended), LastError: m.LastError,
	}
	if m.State == store.MailWaiting || m.State == store.MailSending {
		v.Next = orNull(m.Next)
	}
	return v, nil
}

func (v mailView) pairs() [][2]string {
	pairs := [][2]string{
		{"id", idText(v.ID)},
		{"kind", string(v.Kind)},
		{"state", string(v.State)},
		{"recipient", v.Recipient},
		{"product id", idText(v.Product)},
		{"license id", idText(v.License)},
		{"created", moment(v.Created)},
		{"attempts", strconv.Itoa(v.Attempts)},
		{"last error", v.LastError},
	}
	if v.Next != nil {
		pairs = append(pairs, [2]string{"next try", moment(*v.Next)})
	}
	if v.Ended != nil {
		pairs = append(pairs, [2]string{"ended", moment(*v.Ended)})
	}
	return pairs
}

type mailList struct {
	State string `help:"Only those in a state: waiting, sending, sent or failed." placeholder:"STATE"`
	listFlags
}

// Run lists them.
func (c *mailList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	all := pages(t, c.listFlags, full(func(p office.Page) ([]store.Mail, error) {
		return d.ListMails(t.ctx, d.actor, store.MailState(c.State), p)
	}, func(m store.Mail) int64 { return m.ID }))
	return printList(t, "ID KIND STATE RECIPIENT CREATED ATTEMPTS ERROR", as(all, viewMail), func(v mailView) []string {
		return []string{idText(v.ID), string(v.Kind), string(v.State), v.Recipient, moment(v.Created), strconv.Itoa(v.Attempts), v.LastError}
	})
}

// portalFlag is where end users look after their licenses: the setting portal.public_url of the server.
type portalFlag struct {
	PortalURL string `name:"portal-public-url" help:"Where end users look after their licenses, as the server has it." env:"LICET_PORTAL_PUBLIC_URL" placeholder:"URL"`
}

// mailDesk is sealedDesk with a mailer, which only a test sends with.
func (t *tool) mailDesk(config notify.Config) (*desk, error) {
	db, err := t.existing()
	if err != nil {
		return nil, err
	}
	deps := t.officeDeps(db)
	if deps.Keyring, err = t.keyring(db); err != nil {
		return nil, err
	}
	if deps.Mail, err = notify.New(notify.Deps{Config: config, Now: t.now}); err != nil {
		return nil, err
	}
	return t.deskOf(office.New(deps))
}

type mailShow struct {
	ID int64 `arg:"" help:"Id of the mail."`
	portalFlag
}

type mailWords struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
	Remark  string `json:"remark,omitempty"` // what is wrong with the template
}

type mailShown struct {
	mailView
	Words *mailWords `json:"words"` // null once it was sent
}

// Run shows it.
func (c *mailShow) Run(t *tool) error {
	d, err := t.mailDesk(notify.Config{Link: c.PortalURL})
	if err != nil {
		return err
	}
	m, err := d.ShowMail(t.ctx, d.actor, c.ID)
	if err != nil {
		return err
	}
	v, err := viewMail(m.Mail)
	if err != nil {
		return err
	}
	shown := mailShown{mailView: v}
	if m.Words != nil {
		words := mailWords(*m.Words)
		shown.Words = &words
	}
	if err := t.print(shown, v.pairs); err != nil || shown.Words == nil || t.globals.JSON {
		return err
	}
	if err := t.printLines(""); err != nil {
		return err
	}
	return t.printWords(shown.Words)
}

// printWords shows a mail as it is read.
func (t *tool) printWords(w *mailWords) error {
	if w.Remark != "" {
		t.sayf("licet: %s", w.Remark)
	}
	return t.printLines("Subject: " + printable(w.Subject) + "\n\n" + w.Text)
}

// printLines shows a text of several lines.
func (t *tool) printLines(text string) error {
	for line := range strings.SplitSeq(strings.TrimRight(text, "\r\n"), "\n") {
		if _, err := t.out.WriteString(strings.TrimRight(printable(line), " ") + "\n"); err != nil {
			return err
		}
	}
	return nil
}

type mailRetry struct {
	ID int64 `arg:"" help:"Id of the mail."`
}

// Run makes it due.
func (c *mailRetry) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	m, err := d.RetryMail(t.ctx, d.actor, c.ID)
	if err != nil {
		return err
	}
	v, err := viewMail(m)
	if err != nil {
		return err
	}
	return t.print(v, v.pairs)
}

type mailTest struct {
	Address string      `arg:"" help:"E-mail address to send to."`
	Mail    server.Mail `embed:"" prefix:"mail-" envprefix:"LICET_MAIL_"`
}

// Help says where the settings come from.
func (*mailTest) Help() string {
	return `The mail server is the one that licet serve has: give the same configuration file, environment or flags.`
}

// Run sends it.
func (c *mailTest) Run(t *tool) error {
	config, err := c.Mail.Open("")
	if err != nil {
		return err
	}
	db, err := t.existing()
	if err != nil {
		return err
	}
	deps := t.officeDeps(db)
	if deps.Mail, err = notify.New(notify.Deps{Config: config, Now: t.now}); err != nil {
		return err
	}
	answer, err := office.New(deps).TestMail(t.ctx, operator(), c.Address)
	if err != nil {
		return err
	}
	v := struct {
		Recipient string `json:"recipient"`
		Answer    string `json:"answer"` // of the mail server
	}{c.Address, answer}
	return t.print(v, func() [][2]string { return [][2]string{{"sent to", v.Recipient}, {"mail server", v.Answer}} })
}
