package authority

import (
	"licet/internal/license"
	"licet/internal/store"
)

// tell queues a mail about a matter, where one is wanted and there is somebody to tell. It is stored with the change, or neither is.
func (a *Authority) tell(tx *store.Tx, m *matter, now license.Time, to string, kind store.MailKind, say store.MailData) error {
	if !m.call.Mail || to == "" {
		return nil
	}
	say.ProductName, say.LicenseCode = m.product.Name, m.license.Key
	mail := store.Mail{Tenant: m.license.Tenant, Product: m.product.ID, License: m.license.ID, Kind: kind, Recipient: to, Created: now}
	return tx.QueueMail(m.call.actor(), &mail, say, a.keyring.Seal)
}

// send is tell for a code that reaches the end user by mail alone. It refuses with NoMailAddress.
func (a *Authority) send(tx *store.Tx, m *matter, now license.Time, s *license.LicenseSecrets, kind store.MailKind, code string) error {
	if m.call.Mail && s.Email == "" {
		return license.Refuse(license.NoMailAddress)
	}
	return a.tell(tx, m, now, s.Email, kind, store.MailData{Code: code})
}
