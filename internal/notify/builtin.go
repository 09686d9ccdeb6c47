package notify

import "licet/internal/store"

// BuiltIn returns what a mail of a kind says where a vendor has no words of their own. A kind that is none has no words.
func BuiltIn(kind store.MailKind) store.MailTemplate {
	t := store.MailTemplate{Kind: kind}
	switch kind {
	case store.MailPasswordChanged:
		t.Subject, t.Text = "Your license for {{.Product}}: the password was changed", passwordChanged
	case store.MailAdminChanged:
		t.Subject, t.Text = "Your license for {{.Product}}: the administrator's password was changed", adminChanged
	case store.MailEmailChanged:
		t.Subject, t.Text = "Your license for {{.Product}}: the e-mail address was changed", emailChanged
	case store.MailResetCode:
		t.Subject, t.Text = "Your license for {{.Product}}: code for a new password", resetCode
	case store.MailAdminResetCode:
		t.Subject, t.Text = "Your license for {{.Product}}: code for a new administrator's password", adminResetCode
	case store.MailSetupKey:
		t.Subject, t.Text = "Your license for {{.Product}}: the License Key of its administrator", setupKey
	case store.MailWelcome:
		t.Subject, t.Text = "Welcome to {{.Product}}", welcome
	}
	return t
}

// The last lines of most mails.
const (
	linkLines = `{{if .Link}}

You look after the license here:
{{.Link}}{{end}}
`
	strangerLines = `

If it was not you, choose a new password at once and tell whoever sold you the license.`
)

const passwordChanged = `Hello,

the password of your license for {{.Product}} was changed.

License: {{.License}}` + strangerLines + linkLines

const adminChanged = `Hello,

the administrator's password of your license for {{.Product}} was set or changed.

License: {{.License}}` + strangerLines + linkLines

const emailChanged = `Hello,

the e-mail address of your license for {{.Product}} was changed.

License: {{.License}}{{if .OldEmail}}
Before: {{.OldEmail}}{{end}}
From now on: {{.NewEmail}}

If it was not you, tell whoever sold you the license.` + linkLines

const resetCode = `Hello,

somebody asked for a new password of your license for {{.Product}}. If it was you, give this code in place of the password, and choose a new one:

{{.Code}}

License: {{.License}}

The code is good for 24 hours, and once. Your password stays as it is until you change it. If you did not ask for the code, do nothing.` + linkLines

const adminResetCode = `Hello,

somebody asked for a new administrator's password of your license for {{.Product}}. If it was you, give this code in place of the administrator's password, and choose a new one:

{{.Code}}

License: {{.License}}

The code is good for 24 hours, and once. The password stays as it is until you change it. If you did not ask for the code, do nothing.` + linkLines

const setupKey = `Hello,

with this License Key you set the administrator's password of your license for {{.Product}}:

{{.Code}}

License: {{.License}}

Keep it to yourself: whoever has it may look after the license for all its users.` + linkLines

const welcome = `Hello,

your license for {{.Product}} is active.

License: {{.License}}

With it and your password you may look after the license: see its devices, give places back, and change the password and the e-mail address.` + linkLines
