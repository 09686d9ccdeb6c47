package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"licet/internal/store"
)

// letter is a mail that was claimed, as it goes out.
type letter struct {
	mail   store.Mail
	msg    *gomail.Msg
	remark string // what is wrong with its template or sender; "" is nothing
}

// deliver sends mails that were claimed. It returns false where the mail server cannot be reached, or ctx has ended.
func (m *Mailer) deliver(ctx context.Context, mails []store.Mail) (goOn bool, err error) {
	var letters []letter
	for i := range mails {
		l, refused, err := m.write(ctx, mails[i])
		switch {
		case err != nil:
			return false, errors.Join(err, m.giveBack(ctx, mails))
		case refused != "":
			m.d.Log.Warn("the mail cannot be sent", "mail", mails[i].ID, "tenant", int64(mails[i].Tenant), "kind", string(mails[i].Kind))
			if err := m.giveUp(ctx, &mails[i], refused); err != nil {
				return false, err
			}
		default:
			letters = append(letters, l)
		}
	}
	if len(letters) == 0 {
		return true, nil
	}
	s, err := m.d.Config.dial(ctx)
	if err != nil {
		return false, m.unreachable(ctx, letters, err)
	}
	defer s.close()
	for i := range letters {
		l := &letters[i]
		late := m.d.Now().Add(2*sendLimit) > l.mail.Next // Somebody else may soon claim it.
		if ctx.Err() != nil || s.broken || late {
			return !late && ctx.Err() == nil, m.giveBack(ctx, rest(letters[i:]))
		}
		if err := m.send(ctx, s, l); err != nil {
			return false, errors.Join(err, m.giveBack(ctx, rest(letters[i+1:])))
		}
	}
	return true, nil
}

func rest(letters []letter) []store.Mail {
	mails := make([]store.Mail, len(letters))
	for i := range letters {
		mails[i] = letters[i].mail
	}
	return mails
}

// send hands one mail to the mail server, and stores what became of it.
func (m *Mailer) send(ctx context.Context, s *session, l *letter) error {
	log := m.d.Log.With("mail", l.mail.ID, "tenant", int64(l.mail.Tenant), "kind", string(l.mail.Kind), "attempt", l.mail.Attempts)
	failed := s.send(l.msg)
	if failed == nil {
		m.taken = append(m.taken, *l)
		if l.remark != "" {
			log.Warn("the mail was sent with the built-in template or sender: the vendor's own is broken")
		}
		log.Info("the mail was sent")
		return m.settle(ctx)
	}
	log.Warn("the mail was not sent", "code", failed.code, "for_good", failed.forGood)
	if failed.forGood {
		return m.giveUp(ctx, &l.mail, failed.text)
	}
	return m.postpone(ctx, &l.mail, failed.text)
}

// unreachable lets mails wait because of the mail server.
func (m *Mailer) unreachable(ctx context.Context, letters []letter, failed error) error {
	if ctx.Err() != nil {
		return m.giveBack(ctx, rest(letters))
	}
	m.d.Log.Warn("the mail server cannot be used; the mails wait", "error", failed.Error())
	for i := range letters {
		if err := m.postpone(ctx, &letters[i].mail, clip(failed.Error())); err != nil {
			return errors.Join(err, m.giveBack(ctx, rest(letters[i+1:])))
		}
	}
	return nil
}

// postpone lets a mail wait for its next try, or gives it up where that would be too late.
func (m *Mailer) postpone(ctx context.Context, mail *store.Mail, reason string) error {
	next := m.d.Now().Add(retryAfter(mail.Attempts))
	if next > mail.Until {
		return m.giveUp(ctx, mail, reason)
	}
	return m.note(ctx, func(tx *store.Tx) error { return tx.MarkMailWaiting(mail, next, mail.Attempts, reason) })
}

func (m *Mailer) giveUp(ctx context.Context, mail *store.Mail, reason string) error {
	return m.note(ctx, func(tx *store.Tx) error { return tx.MarkMailFailed(mail, m.d.Now(), reason) })
}

// giveBack makes mails due at once that were claimed and not tried.
func (m *Mailer) giveBack(ctx context.Context, mails []store.Mail) error {
	return m.note(ctx, func(tx *store.Tx) error {
		for i := range mails {
			mail := mails[i]
			if err := tx.MarkMailWaiting(&mail, m.d.Now(), mail.Attempts-1, mail.LastError); err != nil {
				return err
			}
		}
		return nil
	})
}

// note stores what became of mails, also when ctx has just ended.
func (m *Mailer) note(ctx context.Context, do func(*store.Tx) error) error {
	return m.d.Store.Write(context.WithoutCancel(ctx), do)
}

// write makes the letter of a mail. Refused says why there is none, and never will be; the error is of the database.
func (m *Mailer) write(ctx context.Context, mail store.Mail) (l letter, refused string, err error) {
	l.mail = mail
	if m.d.Now() >= mail.Until {
		return l, clip(strings.TrimSuffix("it waited too long; before that: "+mail.LastError, "; before that: ")), nil
	}
	if CheckAddress("recipient", mail.Recipient) != nil {
		return l, "the recipient is no e-mail address", nil
	}
	w, err := OpenWords(m.d.Keyring, &mail, m.d.Config.Link)
	if err != nil {
		return l, "its data cannot be opened: " + err.Error(), nil
	}
	var templates []store.MailTemplate
	var from store.MailSender
	err = m.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if mail.Kind.ToUsers() {
			return nil // The server speaks, in its own words.
		}
		if templates, err = tx.MailTemplatesFor(mail.Tenant, mail.Product, mail.Kind); err != nil {
			return err
		}
		from, _, err = tx.FindMailSender(mail.Tenant, mail.Product)
		return err
	})
	if err != nil {
		return l, "", err
	}
	r := Render(templates, mail.Kind, w)
	by, id, remark, err := m.d.Config.envelope(&mail, &from)
	if err != nil {
		return l, clip(err.Error()), nil
	}
	l.remark = clip(r.Remark + " " + remark)
	l.msg = compose(by, mail.Recipient, id, m.d.Now(), &r)
	return l, "", nil
}

// envelope returns whom a mail comes from, the vendor's sender where there is one, and its Message-ID, which is the same at each try.
// Remark says why the vendor's sender was not taken.
func (c *Config) envelope(mail *store.Mail, own *store.MailSender) (by *netmail.Address, id, remark string, err error) {
	if by, err = c.from(); err != nil {
		return nil, "", "", err
	}
	id = fmt.Sprintf("licet.%d.%d@%s", mail.Tenant, mail.ID, domainOf(by.Address))
	if own.Address == "" {
		return by, id, "", nil
	}
	theirs, err := sender(own.Address, own.Name)
	if err != nil {
		return by, id, "the sender is broken, the server's was taken: " + err.Error(), nil
	}
	return theirs, id, "", nil
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// Opener opens what was sealed: a signing.Keyring.
type Opener interface {
	Open(context string, sealed []byte) ([]byte, error)
}

// OpenWords returns what is merged into a mail; link is where end users look after their licenses. It fails where the data is gone, as with every mail that was sent, or cannot be opened.
func OpenWords(keyring Opener, mail *store.Mail, link string) (Words, error) {
	text, err := keyring.Open(mail.Context(), mail.Data)
	if err != nil {
		return Words{}, err
	}
	var d store.MailData
	if err := json.Unmarshal(text, &d); err != nil {
		return Words{}, errors.New("it is damaged") // The error might quote a secret.
	}
	if mail.Kind.ToUsers() {
		return Words{Link: d.Link, company: d.Company, by: d.By, role: d.Role}, nil
	}
	return Words{Product: d.ProductName, License: d.LicenseCode, Code: d.Code, OldEmail: d.OldEmail, NewEmail: d.NewEmail, Link: link}, nil
}

// clip keeps what a mail server, or a template, says within one line of 500 characters.
func clip(text string) string {
	runes := []rune(strings.ToValidUTF8(oneLine(text), "?"))
	return string(runes[:min(len(runes), 500)])
}
