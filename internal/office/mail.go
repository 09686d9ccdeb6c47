package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/notify"
	"licet/internal/store"
)

// ListMails returns the mails of the actor's tenant in a state, "" being any, newest first. Nothing of what they say is in the list.
func (o *Office) ListMails(ctx context.Context, actor identity.Actor, state store.MailState, page Page) (list []store.Mail, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return nil, err
	}
	switch state {
	case "", store.MailWaiting, store.MailSending, store.MailSent, store.MailFailed:
	default:
		return nil, license.Invalidf("state", "a mail is waiting, sending, sent or failed")
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListMails(actor.Tenant, state, page.Before, page.size())
		return err
	})
	for i := range list {
		list[i].Data = nil
	}
	return list, err
}

// MailView is a mail as somebody may read it.
type MailView struct {
	store.Mail
	Words *notify.Rendered // what it says; nil once it was sent, and where it cannot be opened
}

// hiddenCode stands where a code is that is not for everybody.
const hiddenCode = "••••••••"

// ShowMail returns a mail of the actor's tenant and what it says, as long as it was not sent. The code in it opens a license, so it is
// hidden from who may not change licenses; a link that opens an account is hidden from everybody but the operator.
func (o *Office) ShowMail(ctx context.Context, actor identity.Actor, id int64) (v MailView, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return v, err
	}
	var own []store.MailTemplate
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if v.Mail, err = tx.FindMail(actor.Tenant, id); err != nil {
			return err
		}
		own, err = tx.MailTemplatesFor(actor.Tenant, v.Product, v.Kind)
		return err
	})
	if err != nil || v.Data == nil {
		return v, err
	}
	w, err := notify.OpenWords(o.d.Keyring, &v.Mail, o.mailLink())
	v.Data = nil
	if err != nil {
		return v, nil // Another master key sealed it, say: the rest is worth seeing.
	}
	if v.Kind.ToUsers() && onlyOperator(actor) != nil {
		w.Link = hiddenCode // Whoever has it is somebody else.
	}
	if w.Code != "" && !actor.Permissions().Allow(identity.WriteLicenses) {
		w.Code = hiddenCode
	}
	r := notify.Render(own, v.Kind, w)
	v.Words = &r
	return v, nil
}

func (o *Office) mailLink() string {
	if o.d.Mail == nil {
		return ""
	}
	return o.d.Mail.Link()
}

// RetryMail makes a mail of the actor's tenant due now, with all its tries before it. Conflict for one that was sent, or is being sent.
func (o *Office) RetryMail(ctx context.Context, actor identity.Actor, id int64) (m store.Mail, err error) {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return m, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		m, err = tx.RequeueMail(actor.Tenant, id, actor.String(), o.d.Now())
		return err
	})
	m.Data = nil
	return m, err
}

// TestMail sends a mail that says it is a test, and returns what the mail server answered. It is for the operator. It refuses with
// MailUnavailable where there is no mail server.
func (o *Office) TestMail(ctx context.Context, actor identity.Actor, to string) (answer string, err error) {
	if err := onlyOperator(actor); err != nil {
		return "", err
	}
	if o.d.Mail == nil {
		return "", license.Refusef(license.MailUnavailable, "there is no mail server; name it with the setting mail.host")
	}
	if o.rehearses {
		return "", nil
	}
	return o.d.Mail.SendTest(ctx, to)
}

// MailTemplate is a vendor's own words for a kind of mail, of a product or with "" of all that have none.
type MailTemplate struct {
	Product string // code, number or identity; as an answer the code
	Kind    store.MailKind
	Subject string
	Text    string       // plain text
	HTML    string       // "" is made of the plain text
	Updated license.Time // as an answer; 0 is what Licet says itself
}

// SaveMailTemplate stores words for a kind of mail, from the next mail on. What cannot be used is refused as Invalid, with the place of the
// mistake: see notify.CheckTemplate.
func (o *Office) SaveMailTemplate(ctx context.Context, actor identity.Actor, t MailTemplate) error {
	row, err := t.row(actor.Tenant)
	if err == nil {
		err = notify.CheckTemplate(&row)
	}
	if err != nil {
		return err
	}
	return o.onMailOf(ctx, actor, t.Product, func(tx *store.Tx, product license.ProductID) error {
		row.Product, row.Updated = product, o.d.Now()
		if err := tx.SaveMailTemplate(&row); err != nil {
			return err
		}
		return o.noteMail(tx, actor, license.MailTemplateSaved, product, map[string]any{"kind": string(row.Kind)})
	})
}

func (t *MailTemplate) row(tenant license.TenantID) (store.MailTemplate, error) {
	kind, err := store.ParseMailKind(string(t.Kind))
	return store.MailTemplate{Tenant: tenant, Kind: kind, Subject: t.Subject, Text: t.Text, HTML: t.HTML}, err
}

// DropMailTemplate forgets a vendor's words for a kind of mail, of a product or with "" of all; NotFound when there are none.
func (o *Office) DropMailTemplate(ctx context.Context, actor identity.Actor, product string, kind store.MailKind) error {
	if _, err := store.ParseMailKind(string(kind)); err != nil {
		return err
	}
	return o.onMailOf(ctx, actor, product, func(tx *store.Tx, id license.ProductID) error {
		dropped, err := tx.DropMailTemplate(actor.Tenant, id, kind)
		if err == nil && !dropped {
			err = &license.Error{Code: license.NotFound, Message: "no such template"}
		}
		if err != nil {
			return err
		}
		return o.noteMail(tx, actor, license.MailTemplateDropped, id, map[string]any{"kind": string(kind)})
	})
}

// onMailOf changes what mails about a product look like, or with "" about all.
func (o *Office) onMailOf(ctx context.Context, actor identity.Actor, product string, do func(*store.Tx, license.ProductID) error) error {
	if err := may(actor, identity.WriteProducts); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		id, err := mailProduct(tx, actor, product)
		if err != nil {
			return err
		}
		return do(tx, id)
	})
}

// mailProduct returns the product that is named; 0 for "", which is all of the tenant.
func mailProduct(tx *store.Tx, actor identity.Actor, ref string) (license.ProductID, error) {
	if ref == "" {
		_, err := tx.FindTenant(actor.Tenant)
		return 0, err
	}
	p, err := findProduct(tx, actor, ref)
	return p.ID, err
}

func (o *Office) noteMail(tx *store.Tx, actor identity.Actor, kind license.EventKind, product license.ProductID, data map[string]any) error {
	return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: kind, Subject: int64(product), Data: data})
}

// FindMailTemplate returns the words that a mail of a kind about a product has, or with "" about one without words of its own: the
// product's, else the tenant's, else what Licet says itself.
func (o *Office) FindMailTemplate(ctx context.Context, actor identity.Actor, product string, kind store.MailKind) (t MailTemplate, err error) {
	if err := may(actor, identity.ReadProducts); err != nil {
		return t, err
	}
	if _, err := store.ParseMailKind(string(kind)); err != nil {
		return t, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		id, err := mailProduct(tx, actor, product)
		if err != nil {
			return err
		}
		row := notify.BuiltIn(kind)
		own, err := tx.MailTemplatesFor(actor.Tenant, id, kind)
		if err != nil {
			return err
		}
		if len(own) > 0 {
			row = own[0]
		}
		t, err = viewTemplate(tx, &row)
		return err
	})
	return t, err
}

func viewTemplate(tx *store.Tx, row *store.MailTemplate) (MailTemplate, error) {
	t := MailTemplate{Kind: row.Kind, Subject: row.Subject, Text: row.Text, HTML: row.HTML, Updated: row.Updated}
	if row.Product == 0 {
		return t, nil
	}
	p, err := tx.FindProduct(row.Tenant, row.Product)
	t.Product = p.Code
	return t, err
}

// ListMailTemplates returns all the templates of the actor's tenant: its own first, then those of its products.
func (o *Office) ListMailTemplates(ctx context.Context, actor identity.Actor) (list []MailTemplate, err error) {
	if err := may(actor, identity.ReadProducts); err != nil {
		return nil, err
	}
	err = o.d.Store.Snapshot(ctx, func(tx *store.Tx) error {
		const atOnce = 1000
		var after store.MailTemplate
		for list = nil; ; {
			rows, err := tx.ListMailTemplates(actor.Tenant, after, atOnce)
			if err != nil {
				return err
			}
			for i := range rows {
				t, err := viewTemplate(tx, &rows[i])
				if err != nil {
					return err
				}
				list = append(list, t)
			}
			if len(rows) < atOnce {
				return nil
			}
			after = rows[len(rows)-1]
		}
	})
	return list, err
}

// PreviewMail renders a mail of a kind about a product, or with "" about one without words of its own, with made-up words.
func (o *Office) PreviewMail(ctx context.Context, actor identity.Actor, product string, kind store.MailKind) (notify.Rendered, error) {
	t, err := o.FindMailTemplate(ctx, actor, product, kind)
	if err != nil {
		return notify.Rendered{}, err
	}
	row, err := t.row(actor.Tenant)
	return notify.Render([]store.MailTemplate{row}, kind, notify.Sample(o.mailLink())), err
}

// MailSender is whom mails come from.
type MailSender struct {
	Product string // code; "" is the tenant's for all
	Address string // "" is the server's
	Name    string
}

// SaveMailSender says whom mails about a product come from, or with "" about all; no address is nobody of its own.
func (o *Office) SaveMailSender(ctx context.Context, actor identity.Actor, s MailSender) error {
	if s.Address != "" {
		if err := notify.CheckAddress("address", s.Address); err != nil {
			return err
		}
	}
	if err := checkText("name", s.Name, 0, maxName); err != nil {
		return err
	}
	return o.onMailOf(ctx, actor, s.Product, func(tx *store.Tx, product license.ProductID) error {
		row := store.MailSender{Tenant: actor.Tenant, Product: product, Address: s.Address, Name: s.Name}
		if err := tx.SaveMailSender(&row); err != nil {
			return err
		}
		return o.noteMail(tx, actor, license.MailSenderSaved, product, map[string]any{"address": s.Address, "name": s.Name})
	})
}

// FindMailSender returns whom mails about a product come from, or with "" about one without a sender of its own. The zero value is the
// server's.
func (o *Office) FindMailSender(ctx context.Context, actor identity.Actor, product string) (s MailSender, err error) {
	if err := may(actor, identity.ReadProducts); err != nil {
		return s, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		id, err := mailProduct(tx, actor, product)
		if err != nil {
			return err
		}
		row, _, err := tx.FindMailSender(actor.Tenant, id)
		if err != nil {
			return err
		}
		s = MailSender{Address: row.Address, Name: row.Name}
		if row.Product != 0 {
			p, err := tx.FindProduct(actor.Tenant, row.Product)
			s.Product = p.Code
			return err
		}
		return nil
	})
	return s, err
}
