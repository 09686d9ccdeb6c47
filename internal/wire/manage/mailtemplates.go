package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// MailTemplate is the words of a kind of mail.
type MailTemplate struct {
	Kind    store.MailKind `json:"kind" example:"password_reset_code"`
	Product string         `json:"product" doc:"The code of the product whose mails have these words; empty is all that have none of their own." example:"my-app"`
	Subject string         `json:"subject" example:"Your code for {{.Product}}"`
	Text    string         `json:"text" doc:"Plain text." example:"Your code is {{.Code}}."`
	HTML    string         `json:"html" doc:"Empty is made of the plain text."`
	Own     bool           `json:"own" doc:"They are yours; else those that come with the server."`
	Updated license.Time   `json:"updated_at"`
}

// MailSender is whom mails come from.
type MailSender struct {
	Product string `json:"product" doc:"The code of the product whose mails come from there; empty is all that have none of their own." example:"my-app"`
	Address string `json:"address" doc:"Empty is the server's own." example:"support@example.com"`
	Name    string `json:"name" example:"My App"`
}

// aboutProduct narrows mails to those about a product.
type aboutProduct struct {
	Product string `query:"product" doc:"The code, number or identity of a product: what is said of its mails; without it, what is said of all." example:"my-app"`
}

type ofMailTemplate struct {
	aboutProduct
	Kind store.MailKind `path:"kind" doc:"A kind of mail." enum:"license_password_changed,admin_password_changed,email_changed,password_reset_code,admin_password_reset_code,license_key,welcome" example:"password_reset_code"`
}

type saveMailTemplate struct {
	ofMailTemplate
	Body struct {
		Subject string `json:"subject" minLength:"1" maxLength:"200" example:"Your code for {{.Product}}"`
		Text    string `json:"text" minLength:"1" maxLength:"65536" doc:"Plain text." example:"Your code is {{.Code}}."`
		HTML    string `json:"html,omitempty" maxLength:"65536" doc:"Made of the plain text where it is left out." example:"<p>Your code is {{.Code}}.</p>"`
	}
}

type saveMailSender struct {
	aboutProduct
	Body struct {
		Address string `json:"address" minLength:"3" maxLength:"254" doc:"The mail server must let the server send from it." example:"support@example.com"`
		Name    string `json:"name,omitempty" maxLength:"200" example:"My App"`
	}
}

func addMailTemplates(a *api.API) {
	const tag = "Mails"
	api.Add(a, with(op(tag, "listMailTemplates", http.MethodGet, "/mail-templates", "List your mail templates", identity.ReadProducts)),
		func(ctx context.Context, c *api.Call, _ *struct{}) (api.List[MailTemplate], error) {
			found, err := c.Office.ListMailTemplates(ctx, c.Actor)
			return whole(found, viewMailTemplate), err
		})
	api.Add(a, with(op(tag, "showMailTemplate", http.MethodGet, "/mail-templates/{kind}", "Show a mail template", identity.ReadProducts),
		describedAs("The words that such a mail has: the product's, else yours for all, else those that come with the server.")),
		func(ctx context.Context, c *api.Call, in *ofMailTemplate) (MailTemplate, error) {
			t, err := c.Office.FindMailTemplate(ctx, c.Actor, in.Product, in.Kind)
			return viewMailTemplate(&t), err
		})
	api.Add(a, with(op(tag, "saveMailTemplate", http.MethodPut, "/mail-templates/{kind}", "Save a mail template", identity.WriteProducts), destroys,
		describedAs("From the next mail on. Look at it with the preview.")),
		func(ctx context.Context, c *api.Call, in *saveMailTemplate) (MailTemplate, error) {
			product, err := in.code(ctx, c)
			if err != nil {
				return MailTemplate{}, err
			}
			t := office.MailTemplate{Product: product, Kind: in.Kind, Subject: in.Body.Subject, Text: in.Body.Text, HTML: in.Body.HTML, Updated: c.Now}
			return viewMailTemplate(&t), c.Office.SaveMailTemplate(ctx, c.Actor, t)
		})
	api.Add(a, with(op(tag, "deleteMailTemplate", http.MethodDelete, "/mail-templates/{kind}", "Delete a mail template", identity.WriteProducts), destroys,
		describedAs("The answer is what was deleted.")),
		func(ctx context.Context, c *api.Call, in *ofMailTemplate) (MailTemplate, error) {
			t, err := c.Office.FindMailTemplate(ctx, c.Actor, in.Product, in.Kind)
			if err == nil {
				err = c.Office.DropMailTemplate(ctx, c.Actor, in.Product, in.Kind)
			}
			return viewMailTemplate(&t), err
		})
	api.Add(a, with(op(tag, "previewMail", http.MethodGet, "/mail-templates/{kind}/preview", "Preview a mail", identity.ReadProducts),
		describedAs("With made-up names and codes.")),
		func(ctx context.Context, c *api.Call, in *ofMailTemplate) (MailWords, error) {
			r, err := c.Office.PreviewMail(ctx, c.Actor, in.Product, in.Kind)
			return viewWords(&r), err
		})
	addMailSender(a, tag)
}

func addMailSender(a *api.API, tag string) {
	api.Add(a, op(tag, "showMailSender", http.MethodGet, "/mail-sender", "Show whom mails come from", identity.ReadProducts),
		func(ctx context.Context, c *api.Call, in *aboutProduct) (MailSender, error) {
			s, err := c.Office.FindMailSender(ctx, c.Actor, in.Product)
			return MailSender(s), err
		})
	api.Add(a, with(op(tag, "saveMailSender", http.MethodPut, "/mail-sender", "Say whom mails come from", identity.WriteProducts), destroys),
		func(ctx context.Context, c *api.Call, in *saveMailSender) (MailSender, error) {
			product, err := in.code(ctx, c)
			if err != nil {
				return MailSender{}, err
			}
			s := office.MailSender{Product: product, Address: in.Body.Address, Name: in.Body.Name}
			return MailSender(s), c.Office.SaveMailSender(ctx, c.Actor, s)
		})
	api.Add(a, with(op(tag, "deleteMailSender", http.MethodDelete, "/mail-sender", "Forget whom mails come from", identity.WriteProducts), destroys,
		describedAs("Then they come from where your sender for all says, or the server.")),
		func(ctx context.Context, c *api.Call, in *aboutProduct) (api.None, error) {
			return api.None{}, c.Office.SaveMailSender(ctx, c.Actor, office.MailSender{Product: in.Product})
		})
}

// code is the code of the product that is named; "" for none.
func (p *aboutProduct) code(ctx context.Context, c *api.Call) (string, error) {
	if p.Product == "" {
		return "", nil
	}
	found, err := c.Office.FindProduct(ctx, c.Actor, p.Product)
	return found.Code, err
}

func viewMailTemplate(t *office.MailTemplate) MailTemplate {
	return MailTemplate{Kind: t.Kind, Product: t.Product, Subject: t.Subject, Text: t.Text, HTML: t.HTML, Own: t.Updated != 0, Updated: t.Updated}
}
