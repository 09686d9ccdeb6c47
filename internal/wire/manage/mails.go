package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/notify"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// Mail is something that an end user is told by mail, or was.
type Mail struct {
	ID        int64             `json:"id" example:"1774267200000008"`
	Kind      store.MailKind    `json:"kind" example:"password_reset_code"`
	State     store.MailState   `json:"state" enum:"waiting,sending,sent,failed"`
	Recipient string            `json:"recipient" example:"ann@example.com"`
	Product   license.ProductID `json:"product_id,omitempty" example:"1774267200000001"`
	License   license.LicenseID `json:"license_id,omitempty" example:"1774267200000003"`
	Created   license.Time      `json:"created_at"`
	Next      license.Time      `json:"next_at" doc:"There is no try before; null where there is none any more."`
	Attempts  int64             `json:"attempts"`
	Ended     license.Time      `json:"ended_at" doc:"When it was sent or given up."`
	LastError string            `json:"last_error" doc:"What the last try ended in."`
}

// MailWords is what a mail says.
type MailWords struct {
	Subject string `json:"subject" example:"Your code"`
	Text    string `json:"text" doc:"Plain text."`
	HTML    string `json:"html"`
	Remark  string `json:"remark,omitempty" doc:"Why your own words could not be used."`
}

// MailInFull is a mail with what it says.
type MailInFull struct {
	Mail
	Words *MailWords `json:"words,omitempty" doc:"As long as it was not sent. A code in it is hidden from tokens without licenses:write."`
}

type ofMail struct {
	Mail int64 `path:"mail" minimum:"1" doc:"The identity of the mail." example:"1774267200000008"`
}

type listMails struct {
	api.Paged
	State store.MailState `query:"state" enum:"waiting,sending,sent,failed" doc:"Those in one state alone." example:"failed"`
}

func addMails(a *api.API) {
	const tag = "Mails"
	api.Add(a, op(tag, "listMails", http.MethodGet, "/mails", "List mails", identity.ReadCustomers),
		func(ctx context.Context, c *api.Call, in *listMails) (api.List[Mail], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Mail]{}, err
			}
			found, err := c.Office.ListMails(ctx, c.Actor, in.State, page)
			return api.ListOf(in.Paged, found, viewMail, func(m *store.Mail) string { return api.ID(m.ID) }), err
		})
	api.Add(a, op(tag, "showMail", http.MethodGet, "/mails/{mail}", "Show a mail", identity.ReadCustomers),
		func(ctx context.Context, c *api.Call, in *ofMail) (MailInFull, error) {
			v, err := c.Office.ShowMail(ctx, c.Actor, in.Mail)
			return viewMailInFull(&v), err
		})
	api.Add(a, with(op(tag, "retryMail", http.MethodPost, "/mails/{mail}/retry", "Send a mail again", identity.WriteCustomers), destroys,
		describedAs("One that waits or was given up is sent as soon as may be.")),
		func(ctx context.Context, c *api.Call, in *ofMail) (Mail, error) {
			m, err := c.Office.RetryMail(ctx, c.Actor, in.Mail)
			return viewMail(&m), err
		})
}

func viewMail(m *store.Mail) Mail {
	v := Mail{
		ID: m.ID, Kind: m.Kind, State: m.State, Recipient: m.Recipient, Product: m.Product, License: m.License, Created: m.Created,
		Attempts: int64(m.Attempts), Ended: m.Ended, LastError: m.LastError,
	}
	if m.State == store.MailWaiting || m.State == store.MailSending {
		v.Next = m.Next
	}
	return v
}

func viewMailInFull(m *office.MailView) MailInFull {
	v := MailInFull{Mail: viewMail(&m.Mail)}
	if m.Words != nil {
		words := viewWords(m.Words)
		v.Words = &words
	}
	return v
}

func viewWords(r *notify.Rendered) MailWords { return MailWords(*r) }
