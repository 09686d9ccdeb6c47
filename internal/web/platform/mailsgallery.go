package platform

import (
	"licet/internal/notify"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

func mailGallery() []specimen {
	list := []store.Mail{
		{ID: 3, Kind: store.MailResetCode, Recipient: "buyer@example.com", State: store.MailSent, Created: day(0).Add(-3600e6), Attempts: 1, Ended: day(0)},
		{ID: 2, Kind: store.MailWelcome, Recipient: "someone@example.org", State: store.MailFailed, Created: day(-2), Attempts: 7, LastError: hostile},
		{ID: 1, License: 11, Kind: store.MailSetupKey, Recipient: "later@example.org", State: store.MailWaiting, Created: day(-1), Next: day(1), Attempts: 1, LastError: "the mail server is not reachable"},
	}
	words := notify.Render(nil, store.MailResetCode, notify.Sample(""))
	builtIn := notify.BuiltIn(store.MailResetCode)
	t := &templateView{MailTemplate: office.MailTemplate{Kind: store.MailResetCode, Subject: builtIn.Subject, Text: builtIn.Text}, preview: words, write: true}
	own := *t
	own.own, own.Updated, own.product = true, day(-4), "studio"
	return []specimen{
		{name: "mails", title: "Mails", body: mailsPage(&mailsView{mails: list, next: base + "/mails?before=1"})},
		{name: "mails-empty", title: "Mails", body: mailsPage(&mailsView{})},
		{name: "mails-none", title: "Mails", body: mailsPage(&mailsView{state: store.MailFailed})},
		{name: "mail", title: "Mail", body: mailPage(&office.MailView{Mail: list[2], Words: &words}, true)},
		{name: "mail-sent", title: "Mail", body: mailPage(&office.MailView{Mail: list[0]}, false)},
		{name: "mail-templates", title: "Words of mails", body: mailTemplatesPage([]office.MailTemplate{{Kind: store.MailWelcome}, {Kind: store.MailWelcome, Product: "studio"}})},
		{name: "mail-template", title: "Words of a mail", body: mailTemplatePage(t, nil)},
		{name: "mail-template-own", title: "Words of a mail", body: mailTemplatePage(&own, web.Faults{"text": "This mail must tell the code: write {{.Code}}."})},
		{name: "mail-sender", title: "Sender of mails", body: mailSenderPage(office.MailSender{Address: "licenses@acme.example", Name: hostile}, true, nil)},
	}
}
