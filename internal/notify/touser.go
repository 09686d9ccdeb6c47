package notify

import (
	"strings"

	"licet/internal/store"
)

// toUser writes a mail to somebody who works for a vendor. What is merged into it was typed by people, so it stays on its line.
func toUser(kind store.MailKind, w *Words) Rendered {
	subject, text := "Licet: choose a new password", userReset
	if kind == store.MailInvitation {
		subject, text = "You are invited to {company} on Licet", invitation
	}
	merge := strings.NewReplacer("{company}", oneLine(w.company), "{by}", oneLine(w.by), "{role}", oneLine(w.role), "{link}", oneLine(w.Link))
	r := Rendered{Subject: oneLine(merge.Replace(subject)), Text: merge.Replace(text)}
	r.HTML = htmlOf(r.Text)
	return r
}

const userReset = `Hello,

somebody asked for a new password of your Licet account. If it was you, choose one here:

{link}

The link is good for an hour, and once. Your password stays as it is until then. If you did not ask for it, do nothing.
`

const invitation = `Hello,

{by} invites you to look after the licenses of {company} on Licet, as {role}. Accept here:

{link}

The link is good for seven days, and once. If you do not know {company}, do nothing.
`
