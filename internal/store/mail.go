package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"licet/internal/license"
)

// MailKind says what a mail tells.
type MailKind string

// The kinds of mails (software-dna.md §7). They are part of the product's public face: they are never renamed.
const (
	MailPasswordChanged MailKind = "license_password_changed"
	MailAdminChanged    MailKind = "admin_password_changed" // set, or changed
	MailEmailChanged    MailKind = "email_changed"          // to the old address and to the new one
	MailResetCode       MailKind = "password_reset_code"
	MailAdminResetCode  MailKind = "admin_password_reset_code"
	MailSetupKey        MailKind = "license_key" // what the administrator's password is set with
	MailWelcome         MailKind = "welcome"     // how to look after the license
)

// The kinds of mails to people who work for vendors. The server speaks in them, not the vendor: whoever writes templates must not come by
// what opens an account.
const (
	MailUserReset  MailKind = "account_password_reset" // how to choose a new password
	MailInvitation MailKind = "account_invitation"     // to join a vendor
)

// ToUsers reports whether mails of the kind go to people who work for vendors.
func (k MailKind) ToUsers() bool { return k == MailUserReset || k == MailInvitation }

// MailKinds lists every MailKind that a vendor may have words of their own for, for forms and for tests that walk them.
func MailKinds() []MailKind {
	return []MailKind{MailPasswordChanged, MailAdminChanged, MailEmailChanged, MailResetCode, MailAdminResetCode, MailSetupKey, MailWelcome}
}

// ParseMailKind reads one of MailKinds by its name; anything else is Invalid.
func ParseMailKind(text string) (MailKind, error) {
	if slices.Contains(MailKinds(), MailKind(text)) {
		return MailKind(text), nil
	}
	return "", license.Invalidf("kind", "there is no mail of the kind %q", text)
}

// UserResetGood is how long a link is good by which a platform user chooses a new password.
const UserResetGood = time.Hour

// MailState is how far a mail has come.
type MailState string

// The closed list of states.
const (
	MailWaiting MailState = "waiting" // for its next try
	MailSending MailState = "sending" // by a server, which may have died
	MailSent    MailState = "sent"    // the mail server has taken it
	MailFailed  MailState = "failed"  // no further try
)

// Mail is something to be told to somebody, or that was. It is stored with the change that it tells of, and written when it is sent.
type Mail struct {
	Tenant    license.TenantID
	ID        int64             // grows with time
	Product   license.ProductID // 0 is about no product
	License   license.LicenseID // 0 is about no license
	Kind      MailKind
	Recipient string
	Data      []byte // sealed JSON of MailData for Context; nil once it was sent
	State     MailState
	Created   license.Time
	Next      license.Time // no try before; of one that is being sent, when others may take it over
	Until     license.Time // no try after
	Attempts  int
	Ended     license.Time // when it was sent, or given up; 0 is not yet
	LastError string       // of the last try, without secrets; of one that was sent, what is wrong with its template
}

// MailData is what is merged into the text of a mail.
type MailData struct {
	ProductName string `json:"product,omitempty"`
	LicenseCode string `json:"license,omitempty"`
	Code        string `json:"code,omitempty"` // reset code, or setup key
	OldEmail    string `json:"old_email,omitempty"`
	NewEmail    string `json:"new_email,omitempty"`

	// Of mails to people who work for vendors.
	Link    string `json:"link,omitempty"` // it opens something, once
	Company string `json:"company,omitempty"`
	By      string `json:"by,omitempty"`
	Role    string `json:"role,omitempty"`
}

// Context is what the data of a mail is sealed for.
func (m *Mail) Context() string { return fmt.Sprintf("mail/%d/%d", m.Tenant, m.ID) }

// lifetime is how long a mail is tried: three days, and one with a code or a link no longer than that is good for.
func (k MailKind) lifetime() time.Duration {
	switch k {
	case MailResetCode, MailAdminResetCode:
		return license.ResetCodeHours * time.Hour
	case MailUserReset:
		return UserResetGood
	}
	return 3 * 24 * time.Hour
}

// waitAnew makes a mail due now.
func (m *Mail) waitAnew(now license.Time) {
	m.State, m.Next, m.Until, m.Attempts, m.Ended = MailWaiting, now, now.Add(m.Kind.lifetime()), 0, 0
}

const mailColumns = `mails.tenant_id, mails.id, mails.product_id, mails.license_id, mails.kind, mails.recipient, mails.data, mails.state,
       mails.created_at, mails.next_at, mails.until_at, mails.attempts, mails.ended_at, mails.last_error`

func mailInto(m *Mail) []any {
	return []any{
		&m.Tenant, &m.ID, &m.Product, &m.License, &m.Kind, &m.Recipient, &m.Data, &m.State,
		&m.Created, &m.Next, &m.Until, &m.Attempts, &m.Ended, &m.LastError,
	}
}

const insertMail = `
INSERT INTO mails (tenant_id, id, product_id, license_id, kind, recipient, data, state, created_at, next_at, until_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

// QueueMail stores a mail to send, in the transaction that makes the change it tells of, with the event MailQueued on behalf of actor.
// Of m it takes Tenant, Product, License, Kind, Recipient and Created, which is now; the rest it fills in. Seal is Keyring.Seal.
func (tx *Tx) QueueMail(actor string, m *Mail, d MailData, seal func(context string, text []byte) []byte) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	m.ID = tx.NewID()
	m.Data = seal(m.Context(), text)
	m.waitAnew(m.Created)
	err = tx.run(insertMail, m.Tenant, m.ID, m.Product, m.License, m.Kind, m.Recipient, m.Data, m.State, m.Created, m.Next, m.Until)
	if err != nil {
		return err
	}
	return tx.AppendEvents(m.Tenant, actor, m.Created, m.event(license.MailQueued))
}

// event tells of a mail, without its recipient.
func (m *Mail) event(kind license.EventKind) license.Event {
	return license.Event{Kind: kind, License: m.License, Subject: m.ID, Data: map[string]any{"kind": string(m.Kind)}}
}

// The second look at state and time is for PostgreSQL: who waited for another's claim sees the row as that left it.
const claimMails = `
UPDATE mails SET state = 'sending', next_at = $2, attempts = attempts + 1
 WHERE state IN ('waiting', 'sending') AND next_at <= $1
   AND (tenant_id, id) IN (SELECT tenant_id, id FROM mails WHERE state IN ('waiting', 'sending') AND next_at <= $1
                            ORDER BY next_at, id LIMIT CAST($3 AS BIGINT))
RETURNING ` + mailColumns

// ClaimMails takes mails that are due, of all tenants, at most limit (1 to 1000), for who will send them before the lease is over: so
// long nobody else is given them, and after that they are due again, unless they were marked. The oldest come first.
func (tx *Tx) ClaimMails(now license.Time, lease time.Duration, limit int) ([]Mail, error) {
	list, err := listOf(tx, claimMails, []any{now, now.Add(lease), pageSize(limit)}, mailInto)
	slices.SortFunc(list, func(a, b Mail) int { return cmp.Compare(a.ID, b.ID) })
	return list, err
}

// mailActor does what nobody asked for.
const mailActor = "system"

const markMailSent = `
UPDATE mails SET state = 'sent', data = NULL, ended_at = $3, last_error = $4
 WHERE tenant_id = $1 AND id = $2 AND state <> 'sent'`

// MarkMailSent notes that the mail server took a mail, whoever has claimed it since, and forgets its data. Remark is what is wrong with
// its template; "" is nothing.
func (tx *Tx) MarkMailSent(m *Mail, now license.Time, remark string) error {
	n, err := tx.affected(markMailSent, m.Tenant, m.ID, now, remark)
	if err != nil || n == 0 {
		return err
	}
	m.State, m.Data, m.Ended, m.LastError = MailSent, nil, now, remark
	return tx.AppendEvents(m.Tenant, mailActor, now, m.event(license.MailSent))
}

const markMailFailed = `
UPDATE mails SET state = 'failed', ended_at = $4, last_error = $5
 WHERE tenant_id = $1 AND id = $2 AND state = 'sending' AND next_at = $3`

// MarkMailFailed gives up a mail that was claimed, unless somebody else has claimed it since. It keeps its data, for another try by hand.
func (tx *Tx) MarkMailFailed(m *Mail, now license.Time, reason string) error {
	n, err := tx.affected(markMailFailed, m.Tenant, m.ID, m.Next, now, reason)
	if err != nil || n == 0 {
		return err
	}
	m.State, m.Ended, m.LastError = MailFailed, now, reason
	return tx.AppendEvents(m.Tenant, mailActor, now, m.event(license.MailFailed))
}

const markMailWaiting = `
UPDATE mails SET state = 'waiting', next_at = $4, attempts = $5, last_error = $6
 WHERE tenant_id = $1 AND id = $2 AND state = 'sending' AND next_at = $3`

// MarkMailWaiting gives a mail that was claimed back for another try at next, unless somebody else has claimed it since. Attempts is
// how many there were; reason is why the last one failed.
func (tx *Tx) MarkMailWaiting(m *Mail, next license.Time, attempts int, reason string) error {
	n, err := tx.affected(markMailWaiting, m.Tenant, m.ID, m.Next, next, attempts, reason)
	if n == 1 {
		m.State, m.Next, m.Attempts, m.LastError = MailWaiting, next, attempts, reason
	}
	return err
}

const findMail = `SELECT ` + mailColumns + ` FROM mails WHERE mails.tenant_id = $1 AND mails.id = $2`

// FindMail returns a mail of a tenant, or NotFound.
func (tx *Tx) FindMail(tenant license.TenantID, id int64) (Mail, error) {
	return tx.mail(findMail, tenant, id)
}

const lockMail = `
UPDATE mails SET state = state
 WHERE mails.tenant_id = $1 AND mails.id = $2
RETURNING ` + mailColumns

// RequeueMail makes a mail of a tenant that was not sent due now, with all its tries before it. NotFound; Conflict for one
// that was sent, and for one that is being sent.
func (tx *Tx) RequeueMail(tenant license.TenantID, id int64, actor string, now license.Time) (Mail, error) {
	m, err := tx.mail(lockMail, tenant, id)
	if err != nil {
		return m, err
	}
	switch {
	case m.State == MailSent:
		return m, &license.Error{Code: license.Conflict, Message: "the mail was sent"}
	case m.State == MailSending && now < m.Next:
		return m, &license.Error{Code: license.Conflict, Message: "the mail is being sent"}
	}
	m.waitAnew(now)
	if err := tx.run(requeueMail, m.Tenant, m.ID, m.Next, m.Until); err != nil {
		return m, err
	}
	return m, tx.AppendEvents(m.Tenant, actor, now, m.event(license.MailQueued))
}

const requeueMail = `
UPDATE mails SET state = 'waiting', next_at = $3, until_at = $4, attempts = 0, ended_at = 0
 WHERE tenant_id = $1 AND id = $2`

func (tx *Tx) mail(sql string, args ...any) (m Mail, err error) {
	found, err := tx.one(sql, args, mailInto(&m)...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such mail"}
	}
	return m, err
}

const (
	listMails = `
SELECT ` + mailColumns + `
  FROM mails
 WHERE mails.tenant_id = $1 AND mails.id < $2
 ORDER BY mails.id DESC
 LIMIT CAST($3 AS BIGINT)`
	listMailsIn = `
SELECT ` + mailColumns + `
  FROM mails
 WHERE mails.tenant_id = $1 AND mails.state = $2 AND mails.id < $3
 ORDER BY mails.id DESC
 LIMIT CAST($4 AS BIGINT)`
)

// ListMails returns the mails of a tenant in a state, "" being any, newest first, below before (0 is no bound), at most limit (1 to 1000).
func (tx *Tx) ListMails(tenant license.TenantID, state MailState, before int64, limit int) ([]Mail, error) {
	below, size := pageOf(before, limit)
	if state == "" {
		return listOf(tx, listMails, []any{tenant, below, size}, mailInto)
	}
	return listOf(tx, listMailsIn, []any{tenant, state, below, size}, mailInto)
}
