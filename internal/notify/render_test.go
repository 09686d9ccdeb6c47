package notify_test

import (
	"strings"
	"testing"

	"licet/internal/license"
	"licet/internal/notify"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/testkit/smtptest"
)

// TestBuiltIn: every kind of mail has words, and tells what it is for.
func TestBuiltIn(t *testing.T) {
	t.Parallel()
	sample := notify.Sample("")
	for _, kind := range store.MailKinds() {
		builtIn := notify.BuiltIn(kind)
		if err := notify.CheckTemplate(&builtIn); err != nil {
			t.Errorf("%s: CheckTemplate = %v, want ok", kind, err)
		}
		r := notify.Render(nil, kind, sample)
		if r.Remark != "" || !strings.Contains(r.Subject, sample.Product) || !strings.Contains(r.Text, sample.License) || !strings.Contains(r.Text, sample.Link) {
			t.Errorf("%s = %+v, want product, license and link", kind, r)
		}
		if tells := strings.Contains(r.Text, sample.Code); tells != strings.Contains(builtIn.Text, "{{.Code}}") {
			t.Errorf("%s tells the code: %t", kind, tells)
		}
		if r := notify.Render(nil, kind, notify.Words{}); r.Subject == "" || strings.Contains(r.Text, "no value") {
			t.Errorf("%s without words = %q", kind, r.Text)
		}
	}
}

func TestCheckTemplate(t *testing.T) {
	t.Parallel()
	const ok = ""
	for name, c := range map[string]struct {
		edit func(*store.MailTemplate)
		want string
	}{
		"good": {func(*store.MailTemplate) {}, ok},
		"branches": {func(t *store.MailTemplate) {
			t.Text = "{{.Code}}{{if .Link}}{{.Link}}{{else if .Code}}x{{else}}y{{end}}{{/* note */}}"
		}, ok},
		"html":       {func(t *store.MailTemplate) { t.HTML = `<p><a href="{{.Link}}">{{- .Code -}}</a></p>` }, ok},
		"subject":    {func(t *store.MailTemplate) { t.Subject = "a\nb" }, "subject: a subject is one line of 1 to 200 characters"},
		"no_subject": {func(t *store.MailTemplate) { t.Subject = "" }, "subject: a subject is one line of 1 to 200 characters"},
		"no_text":    {func(t *store.MailTemplate) { t.Text = " \n" }, "text: the plain text has 1 to 65536 bytes"},
		"long_html":  {func(t *store.MailTemplate) { t.HTML = strings.Repeat("x", 65537) }, "html: the HTML has at most 65536 bytes"},
		"no_code":    {func(t *store.MailTemplate) { t.Text = "Ask again." }, "text: this mail must tell the code: write {{.Code}}"},
		"no_code_html": {
			func(t *store.MailTemplate) { t.HTML = "<p>Ask again.</p>" },
			"html: this mail must tell the code: write {{.Code}}",
		},
		"unclosed": {func(t *store.MailTemplate) { t.Text = "a\nb {{.Code" }, "text: line 2: unclosed action"},
		"word":     {func(t *store.MailTemplate) { t.Text = "a\n\n{{.Kode}}" }, "text: line 3:2: there is no word {{.Kode}}; the words are .Product, .License, .Code, .OldEmail, .NewEmail, .Link"},
		"function": {func(t *store.MailTemplate) { t.Text = `{{printf "%1000000000d" 1}}` }, "text: line 1:2: write a word such as {{.Product}}, or {{if .Link}} … {{else}} … {{end}}"},
		"loop":     {func(t *store.MailTemplate) { t.Text = `{{range 1000000000}}x{{end}}` }, "text: line 1:8: write a word such as {{.Product}}, or {{if .Link}} … {{else}} … {{end}}"},
		"pipe":     {func(t *store.MailTemplate) { t.Text = `{{.Code | html}}` }, "text: line 1:2: write a word such as {{.Product}}, or {{if .Link}} … {{else}} … {{end}}"},
		"in_branch": {
			func(t *store.MailTemplate) { t.HTML = "<p>\n{{if .Code}}{{with .Code}}{{.}}{{end}}{{end}}" },
			"html: line 2:19: write a word such as {{.Product}}, or {{if .Link}} … {{else}} … {{end}}",
		},
		"define":   {func(t *store.MailTemplate) { t.Text = `{{.Code}}{{define "x"}}y{{end}}` }, "text: a template cannot define another one"},
		"bad_html": {func(t *store.MailTemplate) { t.HTML = `<a href='{{if .Code}}"{{else}}'{{end}}>` }, "html: line 1:14: {{if}} branches end in different contexts"},
		"nul":      {func(t *store.MailTemplate) { t.Text = "{{.Code}}\x00" }, "text: it is not valid UTF-8 without NUL"},
	} {
		template := store.MailTemplate{Kind: store.MailResetCode, Subject: "Code for {{.Product}}", Text: "{{.Code}}"}
		c.edit(&template)
		got := ""
		if err := notify.CheckTemplate(&template); err != nil {
			got = err.Error()
			if license.CodeOf(err) != license.Invalid {
				t.Errorf("%s: code %s, want invalid", name, license.CodeOf(err))
			}
		}
		if !strings.HasPrefix(got, c.want) || c.want == ok && got != ok {
			t.Errorf("%s: CheckTemplate = %s\nwant %s", name, got, c.want)
		}
	}
}

// TestOwnWords: the product's words come before the tenant's, those before the built-in ones, and broken ones are none.
func TestOwnWords(t *testing.T) {
	t.Parallel()
	forEachPost(t, func(t *testing.T, p *post, sink *smtptest.Sink) {
		save := func(product license.ProductID, subject, html string) {
			p.write(func(tx *store.Tx) error {
				return tx.SaveMailTemplate(&store.MailTemplate{
					Tenant: p.tenant, Product: product, Kind: store.MailResetCode,
					Subject: subject, Text: "Code: {{.Code}}", HTML: html, Updated: p.now(),
				})
			})
		}
		got := func() smtptest.Message {
			p.queue(store.MailResetCode, "ann@x.test")
			p.deliver()
			list := sink.Messages()
			return list[len(list)-1]
		}
		save(0, "All: {{.Product}}", "")
		save(8, "Another one", "")
		if m := got(); m.Subject != "All: Größe & Söhne" || !strings.Contains(m.HTML, "<p>Code: S3CRETC0DE</p>") {
			t.Errorf("with words of the tenant: %s, %s", m.Subject, m.HTML)
		}
		save(7, "Own: {{.Product}}", "<b>{{.Product}}: {{.Code}}</b>")
		if m := got(); m.Subject != "Own: Größe & Söhne" || m.HTML != "<b>Größe &amp; Söhne: S3CRETC0DE</b>" || m.Text != "Code: S3CRETC0DE" {
			t.Errorf("with words of the product: %s, %s, %s", m.Subject, m.HTML, m.Text)
		}
		save(7, "Own: {{.Nothing}}", "")
		id := p.queue(store.MailResetCode, "ann@x.test")
		p.deliver()
		m := p.want(id, store.MailSent, 1)
		list := sink.Messages()
		if last := list[len(list)-1]; last.Subject != notify.Render(nil, store.MailResetCode, notify.Words{Product: "Größe & Söhne"}).Subject {
			t.Errorf("with broken words: %s, want the built-in ones", last.Subject)
		}
		if want := "the template is broken, the built-in one was taken: subject: line 1:7: there is no word {{.Nothing}}"; !strings.HasPrefix(m.LastError, want) {
			t.Errorf("last error = %s\nwant %s", m.LastError, want)
		}
		if !strings.Contains(p.log.String(), "the vendor's own is broken") {
			t.Errorf("log = %s, want a word about it", p.log)
		}
		p.write(func(tx *store.Tx) error {
			if ok, err := tx.DropMailTemplate(p.tenant, 7, store.MailResetCode); err != nil || !ok {
				t.Errorf("DropMailTemplate = %t, %v", ok, err)
			}
			return nil
		})
		if m := got(); m.Subject != "All: Größe & Söhne" {
			t.Errorf("after the product's words are gone: %s", m.Subject)
		}
	})
}

// FuzzCheckTemplate: what is let in renders in no time and within one line of subject, and never fails later.
func FuzzCheckTemplate(f *testing.F) {
	for _, text := range []string{"{{.Code}}", "{{if .Link}}{{.Link}}{{end}}", "{{range 9}}{{end}}", "{{/*", "<a href={{.Link}}>", "<script>{{.Code}}</script>"} {
		f.Add("Code for {{.Product}}", text, text)
	}
	f.Fuzz(func(t *testing.T, subject, text, html string) {
		template := store.MailTemplate{Kind: store.MailWelcome, Subject: subject, Text: text, HTML: html}
		if notify.CheckTemplate(&template) != nil {
			return
		}
		for _, w := range []notify.Words{{}, notify.Sample(""), {Product: "\r\nBcc: eve@x.test", Link: "javascript:alert(1)", Code: "</script>"}} {
			r := notify.Render([]store.MailTemplate{template}, template.Kind, w)
			if r.Remark != "" || strings.ContainsAny(r.Subject, "\r\n") {
				t.Errorf("Render = %+v, want no remark and one line", r)
			}
		}
	})
}

// TestAnotherMasterKey: a mail that cannot be opened does not stop the others.
func TestAnotherMasterKey(t *testing.T) {
	t.Parallel()
	sink := smtptest.New(t)
	p := newPost(t, testkit.OpenSQLite(t), configOf(sink))
	m := store.Mail{Tenant: p.tenant, Kind: store.MailWelcome, Recipient: "ann@x.test", Created: p.now()}
	p.write(func(tx *store.Tx) error {
		return tx.QueueMail("client", &m, store.MailData{}, func(string, []byte) []byte { return []byte("no seal") })
	})
	id := p.queue(store.MailWelcome, "bob@x.test")
	p.deliver()
	p.want(m.ID, store.MailFailed, 1)
	p.want(id, store.MailSent, 1)
}
