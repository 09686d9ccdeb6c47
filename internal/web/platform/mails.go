package platform

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/notify"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

// mailRoutes are mails and their templates.
func (p *Platform) mailRoutes() []route {
	return []route{
		{pattern: "GET /mails", needs: identity.ReadCustomers, page: (*visit).mails},
		{pattern: "GET /mails/log/{id}", needs: identity.ReadCustomers, page: (*visit).mail},
		{pattern: "POST /mails/log/{id}/retry", needs: identity.WriteCustomers, page: (*visit).retryMail},
		{pattern: "GET /mails/templates", needs: identity.ReadProducts, page: (*visit).mailTemplates},
		{pattern: "GET /mails/templates/{kind}", needs: identity.ReadProducts, page: (*visit).mailTemplate},
		{pattern: "POST /mails/templates/{kind}", needs: identity.WriteProducts, page: (*visit).saveMailTemplate},
		{pattern: "POST /mails/templates/{kind}/reset", needs: identity.WriteProducts, page: (*visit).resetMailTemplate},
		{pattern: "GET /mails/templates/{kind}/html", needs: identity.ReadProducts, page: (*visit).mailHTML},
		{pattern: "GET /mails/sender", needs: identity.ReadProducts, page: (*visit).mailSender},
		{pattern: "POST /mails/sender", needs: identity.WriteProducts, page: (*visit).saveMailSender},
	}
}

// mailsView is the list of mails.
type mailsView struct {
	mails []store.Mail
	state store.MailState
	next  string
}

func (v *visit) mails() error {
	view := mailsView{state: store.MailState(v.input.Text("state"))}
	var err error
	view.mails, err = v.p.d.Office.ListMails(v.Context(), v.actor, view.state, office.Page{Before: v.input.Int("before", 0), Limit: pageSize})
	if err != nil {
		return err
	}
	if n := len(view.mails); n == pageSize {
		view.next = v.URL.Path + web.Query(v.input.Values, "before", fmt.Sprint(view.mails[n-1].ID))
	}
	return v.draw(v.t("Mails"), mailsPage(&view))
}

func (v *visit) mail() error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	m, err := v.p.d.Office.ShowMail(v.Context(), v.actor, id)
	if err != nil {
		return err
	}
	return v.draw(v.t("Mail"), mailPage(&m, v.can(identity.WriteCustomers)))
}

func (v *visit) retryMail() error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if _, err := v.p.d.Office.RetryMail(v.Context(), v.actor, id); err != nil {
		return err
	}
	v.say(web.Good, "The mail is tried again now.")
	return v.redirect(fmt.Sprintf("/mails/log/%d", id))
}

// ownKinds are the mails that a company may word: those to users of the platform speak for the server.
func ownKinds() []store.MailKind {
	return slices.DeleteFunc(store.MailKinds(), store.MailKind.ToUsers)
}

func (v *visit) mailTemplates() error {
	own, err := v.p.d.Office.ListMailTemplates(v.Context(), v.actor)
	if err != nil {
		return err
	}
	return v.draw(v.t("Words of mails"), mailTemplatesPage(own))
}

// templateView is the page on which a mail is worded.
type templateView struct {
	office.MailTemplate
	product string
	own     bool // these words are the company's, for just this product or for all
	preview notify.Rendered
	write   bool
}

// mailKind is the kind that the path names.
func (v *visit) mailKind() (store.MailKind, error) {
	kind := store.MailKind(v.PathValue("kind"))
	if !slices.Contains(ownKinds(), kind) {
		return "", license.Missing("page", v.URL.Path)
	}
	return kind, nil
}

func (v *visit) mailTemplate() error {
	kind, err := v.mailKind()
	if err != nil {
		return err
	}
	view := templateView{product: v.input.Text("product"), write: v.can(identity.WriteProducts)}
	if view.MailTemplate, err = v.p.d.Office.FindMailTemplate(v.Context(), v.actor, view.product, kind); err != nil {
		return err
	}
	view.own = view.Updated != 0 && view.Product == view.product
	view.preview, err = v.p.d.Office.PreviewMail(v.Context(), v.actor, view.product, kind)
	if err != nil {
		return err
	}
	return v.draw(v.t("Words of a mail"), mailTemplatePage(&view, nil))
}

// saveMailTemplate stores the words, or only shows what would come of them.
func (v *visit) saveMailTemplate() error {
	kind, err := v.mailKind()
	if err != nil {
		return err
	}
	view := templateView{product: v.input.Text("product"), write: true, own: true}
	view.MailTemplate = office.MailTemplate{Product: view.product, Kind: kind, Subject: v.input.Text("subject"), Text: v.input.Raw("text"), HTML: v.input.Raw("html")}
	asked := v.input.Text("do")
	o := v.p.d.Office
	if asked == "preview" {
		o = o.Rehearsal()
	}
	if err := o.SaveMailTemplate(v.Context(), v.actor, view.MailTemplate); err != nil {
		return v.again(err, v.t("Words of a mail"), func(f web.Faults) templ.Component { return mailTemplatePage(&view, f) })
	}
	if asked == "preview" {
		row := store.MailTemplate{Kind: kind, Subject: view.Subject, Text: view.Text, HTML: view.HTML}
		view.preview = notify.Render([]store.MailTemplate{row}, kind, notify.Sample(""))
		return v.draw(v.t("Words of a mail"), mailTemplatePage(&view, nil))
	}
	v.say(web.Good, "Mails of this kind say so from now on.")
	return v.redirect("/mails/templates/" + string(kind) + web.Query(nil, "product", view.product))
}

func (v *visit) resetMailTemplate() error {
	kind, err := v.mailKind()
	if err != nil {
		return err
	}
	product := v.input.Text("product")
	if err := v.p.d.Office.DropMailTemplate(v.Context(), v.actor, product, kind); err != nil {
		return err
	}
	v.say(web.Good, "Your words are gone; what stood before them counts again.")
	return v.redirect("/mails/templates/" + string(kind) + web.Query(nil, "product", product))
}

// mailHTML is a mail with made-up words as a mail program would show it, for a frame.
func (v *visit) mailHTML() error {
	kind, err := v.mailKind()
	if err != nil {
		return err
	}
	r, err := v.p.d.Office.PreviewMail(v.Context(), v.actor, v.input.Text("product"), kind)
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Security-Policy", web.PreviewPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(http.StatusOK)
	_, _ = bytes.NewBufferString(r.HTML).WriteTo(v.w) // Who went away needs no page.
	return nil
}

func (v *visit) mailSender() error {
	s, err := v.p.d.Office.FindMailSender(v.Context(), v.actor, v.input.Text("product"))
	if err != nil {
		return err
	}
	s.Product = v.input.Text("product")
	return v.draw(v.t("Sender of mails"), mailSenderPage(s, v.can(identity.WriteProducts), nil))
}

func (v *visit) saveMailSender() error {
	s := office.MailSender{Product: v.input.Text("product"), Address: v.input.Text("address"), Name: v.input.Text("name")}
	if err := v.p.d.Office.SaveMailSender(v.Context(), v.actor, s); err != nil {
		return v.again(err, v.t("Sender of mails"), func(f web.Faults) templ.Component { return mailSenderPage(s, true, f) })
	}
	v.say(web.Good, "Mails come from there from now on.")
	return v.redirect("/mails/sender" + web.Query(nil, "product", s.Product))
}
