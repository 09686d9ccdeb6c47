package main

import (
	"io"
	"os"

	"licet/internal/license"
	"licet/internal/notify"
	"licet/internal/office"
	"licet/internal/store"
)

// templateCommand: licet mail template.
type templateCommand struct {
	Set     templateSet     `cmd:"" help:"Say in your own words what a mail says."`
	Show    templateShow    `cmd:"" help:"Show the words that a mail has."`
	Drop    templateDrop    `cmd:"" help:"Forget your own words for a mail."`
	List    templateList    `cmd:"" help:"List your own words."`
	Preview templatePreview `cmd:"" help:"Show a mail with made-up names and codes."`
}

// templateArg names a mail.
type templateArg struct {
	Kind    string `arg:"" help:"license_password_changed, admin_password_changed, email_changed, password_reset_code, admin_password_reset_code, license_key or welcome."`
	Product string `help:"Only about one product: code, number or id. Without it, about all that have no words of their own." placeholder:"PRODUCT"`
}

func (a *templateArg) kind() store.MailKind { return store.MailKind(a.Kind) }

type templateView struct {
	Kind    store.MailKind `json:"kind"`
	Product string         `json:"product"` // "" is all that have none of their own
	Subject string         `json:"subject"`
	Text    string         `json:"text"`
	HTML    string         `json:"html"`       // "" is made of the text
	Updated *license.Time  `json:"updated_at"` // null is what Licet says itself
}

func viewTemplate(m office.MailTemplate) (templateView, error) {
	return templateView{m.Kind, m.Product, m.Subject, m.Text, m.HTML, orNull(m.Updated)}, nil
}

func (v templateView) whose() string {
	switch {
	case v.Updated == nil:
		return "built in"
	case v.Product == "":
		return "all products"
	}
	return v.Product
}

type templateSet struct {
	templateArg
	Subject  string `required:"" help:"Subject." placeholder:"TEXT"`
	TextFile string `required:"" help:"File with the plain text; - is standard input." placeholder:"FILE"`
	HTMLFile string `name:"html-file" help:"File with the HTML; without it, it is made of the plain text." placeholder:"FILE"`
}

// Help says how templates are written.
func (*templateSet) Help() string {
	return `Subject, text and HTML merge these words: {{.Product}}, {{.License}}, {{.Code}} (a reset code or License Key), {{.OldEmail}}, {{.NewEmail}} and {{.Link}} (where end users look after their licenses). What a mail does not tell of is empty; {{if .Link}} … {{else}} … {{end}} stands around what is only there with a word.

A mistake is refused with its line. See what comes of it with: licet mail template preview KIND`
}

// Run stores them.
func (c *templateSet) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	m := office.MailTemplate{Product: c.Product, Kind: c.kind(), Subject: c.Subject}
	if m.Text, err = t.fileText("text-file", c.TextFile); err != nil {
		return err
	}
	if c.HTMLFile != "" {
		if m.HTML, err = t.fileText("html-file", c.HTMLFile); err != nil {
			return err
		}
	}
	if err := d.SaveMailTemplate(t.ctx, d.actor, m); err != nil {
		return err
	}
	return t.showTemplate(d, &c.templateArg)
}

// maxWords is more than a template may have; what is longer is refused by its length.
const maxWords = 1 << 20

// fileText reads a file, or with - standard input.
func (t *tool) fileText(flag, name string) (string, error) {
	in := t.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", usagef("--%s: %w", flag, err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxWords))
	return string(text), err
}

func (t *tool) showTemplate(d *desk, a *templateArg) error {
	m, err := d.FindMailTemplate(t.ctx, d.actor, a.Product, a.kind())
	if err != nil {
		return err
	}
	v, err := viewTemplate(m)
	if err != nil {
		return err
	}
	err = t.print(v, func() [][2]string { return [][2]string{{"kind", string(v.Kind)}, {"of", v.whose()}} })
	if err != nil || t.globals.JSON {
		return err
	}
	text := "\nSubject: " + printable(v.Subject) + "\n\n" + v.Text
	if v.HTML != "" {
		text += "\n\n" + v.HTML
	}
	return t.printLines(text)
}

type templateShow struct{ templateArg }

// Run shows them.
func (c *templateShow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	return t.showTemplate(d, &c.templateArg)
}

type templateDrop struct{ templateArg }

// Run drops them.
func (c *templateDrop) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := d.DropMailTemplate(t.ctx, d.actor, c.Product, c.kind()); err != nil {
		return err
	}
	return t.printCount(1)
}

type templateList struct{}

// Run lists them.
func (*templateList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	list, err := d.ListMailTemplates(t.ctx, d.actor)
	if err != nil {
		return err
	}
	return printList(t, "KIND OF SUBJECT UPDATED", as(seq(list), viewTemplate), func(v templateView) []string {
		return []string{string(v.Kind), v.whose(), v.Subject, moment(*v.Updated)}
	})
}

type templatePreview struct {
	templateArg
	portalFlag
}

// Run renders it.
func (c *templatePreview) Run(t *tool) error {
	d, err := t.mailDesk(notify.Config{Link: c.PortalURL})
	if err != nil {
		return err
	}
	r, err := d.PreviewMail(t.ctx, d.actor, c.Product, c.kind())
	if err != nil {
		return err
	}
	words := mailWords(r)
	if t.globals.JSON {
		return t.printJSON(words)
	}
	return t.printWords(&words)
}

// senderCommand: licet mail sender.
type senderCommand struct {
	Set  senderSet  `cmd:"" help:"Say whom mails come from; without an address, from whom the server says."`
	Show senderShow `cmd:"" help:"Show whom mails come from."`
}

type senderProduct struct {
	Product string `help:"Only about one product: code, number or id. Without it, about all that have no sender of their own." placeholder:"PRODUCT"`
}

type senderView struct {
	Product string `json:"product"` // "" is all that have none of their own
	Address string `json:"address"` // "" is the server's
	Name    string `json:"name"`
}

func (t *tool) showSender(d *desk, product string) error {
	s, err := d.FindMailSender(t.ctx, d.actor, product)
	if err != nil {
		return err
	}
	v := senderView(s)
	return t.print(v, func() [][2]string {
		if v.Address == "" {
			return [][2]string{{"address", "the server's"}}
		}
		return [][2]string{{"address", v.Address}, {"name", v.Name}, {"product", v.Product}}
	})
}

type senderSet struct {
	Address string `arg:"" optional:"" help:"E-mail address. The mail server must let the server send from it."`
	Name    string `help:"Name to show." placeholder:"NAME"`
	senderProduct
}

// Run stores it.
func (c *senderSet) Run(t *tool) error {
	if c.Address == "" && c.Name != "" {
		return usagef("--name goes with an address")
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := d.SaveMailSender(t.ctx, d.actor, office.MailSender{Product: c.Product, Address: c.Address, Name: c.Name}); err != nil {
		return err
	}
	return t.showSender(d, c.Product)
}

type senderShow struct{ senderProduct }

// Run shows it.
func (c *senderShow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	return t.showSender(d, c.Product)
}
