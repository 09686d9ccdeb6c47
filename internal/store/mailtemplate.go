package store

import (
	"licet/internal/license"
)

// MailTemplate is a vendor's own words for a kind of mail.
type MailTemplate struct {
	Tenant  license.TenantID
	Product license.ProductID // 0 is all of the tenant that have none of their own
	Kind    MailKind
	Subject string
	Text    string // plain text
	HTML    string // "" is made of the plain text
	Updated license.Time
}

const mailTemplateColumns = `tenant_id, product_id, kind, subject, body, html, updated_at`

func mailTemplateInto(t *MailTemplate) []any {
	return []any{&t.Tenant, &t.Product, &t.Kind, &t.Subject, &t.Text, &t.HTML, &t.Updated}
}

const saveMailTemplate = `
INSERT INTO mail_templates (tenant_id, product_id, kind, subject, body, html, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, product_id, kind)
DO UPDATE SET subject = excluded.subject, body = excluded.body, html = excluded.html, updated_at = excluded.updated_at`

// SaveMailTemplate stores a template, in place of the one for the same mails.
func (tx *Tx) SaveMailTemplate(t *MailTemplate) error {
	return tx.run(saveMailTemplate, t.Tenant, t.Product, t.Kind, t.Subject, t.Text, t.HTML, t.Updated)
}

const dropMailTemplate = `DELETE FROM mail_templates WHERE tenant_id = $1 AND product_id = $2 AND kind = $3`

// DropMailTemplate removes a template; false when there was none.
func (tx *Tx) DropMailTemplate(tenant license.TenantID, product license.ProductID, kind MailKind) (bool, error) {
	n, err := tx.affected(dropMailTemplate, tenant, product, kind)
	return n == 1, err
}

const mailTemplatesFor = `
SELECT ` + mailTemplateColumns + `
  FROM mail_templates
 WHERE tenant_id = $1 AND product_id IN (0, $2) AND kind = $3
 ORDER BY product_id DESC`

// MailTemplatesFor returns the vendor's words for a mail about a product, 0 being none: the product's own first, then the tenant's, as
// far as there are any.
func (tx *Tx) MailTemplatesFor(tenant license.TenantID, product license.ProductID, kind MailKind) ([]MailTemplate, error) {
	return listOf(tx, mailTemplatesFor, []any{tenant, product, kind}, mailTemplateInto)
}

const listMailTemplates = `
SELECT ` + mailTemplateColumns + `
  FROM mail_templates
 WHERE tenant_id = $1 AND (product_id, kind) > ($2, $3)
 ORDER BY product_id, kind
 LIMIT CAST($4 AS BIGINT)`

// ListMailTemplates returns the templates of a tenant, its own first, then by product, by kind each, beyond after (the zero value is no
// bound), at most limit (1 to 1000).
func (tx *Tx) ListMailTemplates(tenant license.TenantID, after MailTemplate, limit int) ([]MailTemplate, error) {
	return listOf(tx, listMailTemplates, []any{tenant, after.Product, after.Kind, pageSize(limit)}, mailTemplateInto)
}

// MailSender is whom mails come from.
type MailSender struct {
	Tenant  license.TenantID
	Product license.ProductID // 0 is all of the tenant that have none of their own
	Address string
	Name    string // may be empty
}

const saveMailSender = `
INSERT INTO mail_senders (tenant_id, product_id, address, name) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, product_id) DO UPDATE SET address = excluded.address, name = excluded.name`

const dropMailSender = `DELETE FROM mail_senders WHERE tenant_id = $1 AND product_id = $2`

// SaveMailSender stores whom mails come from, in place of who it was. No address is none of their own.
func (tx *Tx) SaveMailSender(s *MailSender) error {
	if s.Address == "" {
		return tx.run(dropMailSender, s.Tenant, s.Product)
	}
	return tx.run(saveMailSender, s.Tenant, s.Product, s.Address, s.Name)
}

const findMailSender = `
SELECT tenant_id, product_id, address, name
  FROM mail_senders
 WHERE tenant_id = $1 AND product_id IN (0, $2)
 ORDER BY product_id DESC
 LIMIT 1`

// FindMailSender returns whom mails about a product come from, 0 being none: the product's own, else the tenant's; false when there is
// neither.
func (tx *Tx) FindMailSender(tenant license.TenantID, product license.ProductID) (s MailSender, ok bool, err error) {
	ok, err = tx.one(findMailSender, []any{tenant, product}, &s.Tenant, &s.Product, &s.Address, &s.Name)
	return s, ok, err
}
