package authority

import (
	"context"
	"strings"
	"unicode/utf8"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// LicenseReport is what who looks after a license sees of it.
type LicenseReport struct {
	Product     license.Product
	License     license.License
	Secrets     license.LicenseSecrets // the address and the vendor's data; what proves anything is left out
	AdminSet    bool                   // there is an administrator's password
	Devices     []license.Device       // that hold a place, the oldest first; of floating ones those with a seat
	MoreDevices bool                   // there are more behind these
	Customer    license.Customer       // the zero value when none
	InfoTag     string                 // the last one
	Now         license.Time           // the server's time that the report holds for
}

// maxReported is how many devices a report lists at most.
const maxReported = 1000

// DevicePage is a part of the devices of a license.
type DevicePage struct {
	After license.DeviceID // the last one of the page before; 0 begins at the front
	Limit int              // up to 1000; 0 is 1000, below 0 is no device
}

// SignInLicensePage returns what is known of a license to whoever knows its password; a reset code does not open it (software-dna.md §4, E2).
// It refuses with AddressLocked, ProductUnknown, KeyUnknown, NoLicensePassword and LicensePasswordWrong.
func (a *Authority) SignInLicensePage(ctx context.Context, c SecretCall, password identity.Secret, page DevicePage) (LicenseReport, error) {
	k := licensePassword()
	m, err := a.enterMatter(ctx, &c, false, k.fits)
	if err == nil {
		err = a.verify(ctx, &m, &k, password)
	}
	if err != nil {
		return LicenseReport{}, err
	}
	return a.reportOn(ctx, &m, page)
}

// ReportLicense returns what is known of a license (E1, E3). It counts nothing, and refuses with ProductUnknown and KeyUnknown.
func (a *Authority) ReportLicense(ctx context.Context, c SecretCall, page DevicePage) (LicenseReport, error) {
	c.Address = ""
	m, err := a.enterMatter(ctx, &c, false, nil)
	if err != nil {
		return LicenseReport{}, err
	}
	return a.reportOn(ctx, &m, page)
}

func (a *Authority) reportOn(ctx context.Context, m *matter, page DevicePage) (LicenseReport, error) {
	r := LicenseReport{
		Product: m.product, License: m.license, AdminSet: m.secrets.Admin != "", Now: a.now(),
		Secrets: license.LicenseSecrets{Tenant: m.secrets.Tenant, License: m.secrets.License, Email: m.secrets.Email, Data: m.secrets.Data},
	}
	var tags []store.InfoTag
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		if err = a.guardAddress(tx, m.call); err == nil {
			err = r.addDevices(tx, page)
		}
		if err == nil && m.license.Customer != 0 {
			r.Customer, err = tx.FindCustomer(m.license.Tenant, m.license.Customer)
		}
		if err == nil {
			tags, err = tx.ListInfoTags(m.license.Tenant, m.license.ID, 0, 1)
		}
		return err
	})
	if err == nil && len(tags) > 0 {
		err = a.openTags(tags)
		r.InfoTag = tags[0].Text
	}
	return r, err
}

func (r *LicenseReport) addDevices(tx *store.Tx, page DevicePage) (err error) {
	if page.Limit < 0 {
		return nil
	}
	most := min(page.Limit, maxReported)
	if most == 0 {
		most = maxReported
	}
	r.Devices, err = tx.ActiveDevices(&r.License, r.Now, page.After, most)
	if err != nil || len(r.Devices) < most {
		return err
	}
	more, err := tx.ActiveDevices(&r.License, r.Now, r.Devices[most-1].ID, 1)
	r.MoreDevices = len(more) > 0
	return err
}

// openTags opens tags that were read.
func (a *Authority) openTags(tags []store.InfoTag) error {
	for i := range tags {
		t := &tags[i]
		text, err := a.keyring.Open(store.InfoTagContext(t.Tenant, t.License), t.Sealed)
		if err != nil {
			return license.Wrap(license.Internal, "an info tag of the license cannot be read", err)
		}
		t.Text, t.Sealed = string(text), nil
	}
	return nil
}

// InfoTags returns the info tags of a license, newest first, at most 1000. It refuses as ReportLicense does, and with AddressLocked.
func (a *Authority) InfoTags(ctx context.Context, c SecretCall) (tags []store.InfoTag, err error) {
	m, err := a.enterMatter(ctx, &c, false, nil)
	if err != nil {
		return nil, err
	}
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		tags, err = tx.ListInfoTags(m.license.Tenant, m.license.ID, 0, maxListed)
		return err
	})
	if err == nil {
		err = a.openTags(tags)
	}
	return tags, err
}

// ChangeActivation changes the e-mail address of a license, the vendor's data, or both (E4); nil leaves a value. Either all of it is
// valid, or nothing is changed: Invalid, of the field email or data, and where there is nothing to change. Otherwise it refuses with
// AppKeyReadOnly, AddressLocked, ProductUnknown, KeyUnknown and TestRefused. With c.Mail the old and the new address hear of it.
func (a *Authority) ChangeActivation(ctx context.Context, c SecretCall, email, data *string) error {
	if email == nil && data == nil {
		return license.Invalidf("", "give another e-mail address, or other data")
	}
	if email != nil {
		address, err := license.CheckEmail("email", *email)
		if err != nil {
			return err
		}
		email = &address
	}
	if data != nil && (utf8.RuneCountInString(*data) > license.MaxLicenseData || !utf8.ValidString(*data) || strings.ContainsRune(*data, 0)) {
		return license.Invalidf("data", "the data of a license has at most %d characters", license.MaxLicenseData)
	}
	m, err := a.enterMatter(ctx, &c, true, nil)
	if err == nil {
		err = a.tried(ctx, &m)
	}
	if err != nil {
		return err
	}
	return a.alter(ctx, &m, func(tx *store.Tx, now license.Time, l *license.License, s *license.LicenseSecrets) error {
		old := s.Email
		if email != nil && *email != s.Email {
			// Codes that are out went to a mailbox that may be lost.
			s.Email, s.Reset, s.AdminReset = *email, license.ResetCode{}, license.ResetCode{}
		}
		if data != nil {
			s.Data = *data
		}
		err := m.keep(tx, now, s, license.Event{Kind: license.ActivationChanged, License: l.ID,
			Data: map[string]any{"email": s.Email != old, "data": data != nil}})
		if err != nil || s.Email == old {
			return err
		}
		said := store.MailData{OldEmail: old, NewEmail: s.Email}
		if err := a.tell(tx, &m, now, old, store.MailEmailChanged, said); err != nil {
			return err
		}
		return a.tell(tx, &m, now, s.Email, store.MailEmailChanged, said)
	})
}

// DropLicenseDevice frees the place of a device, and its seat (E11). device is what the license knows it by, in any letter case. It refuses
// with AppKeyReadOnly, AddressLocked, ProductUnknown, KeyUnknown, DeviceUnknown and TestRefused.
func (a *Authority) DropLicenseDevice(ctx context.Context, c SecretCall, device string) error {
	if !plain(device) {
		device = "" // Nothing has such a name.
	}
	m, err := a.enterMatter(ctx, &c, true, nil)
	if err == nil {
		err = a.store.Read(ctx, func(tx *store.Tx) error {
			_, err := tx.FindActiveDevice(m.license.Tenant, m.license.ID, device)
			return err
		})
	}
	if err == nil {
		err = a.tried(ctx, &m)
	}
	if err != nil {
		return err
	}
	return a.store.Write(ctx, func(tx *store.Tx) error {
		if err := a.guardAddress(tx, &c); err != nil {
			return err
		}
		l, err := tx.LockLicense(m.license.Tenant, m.license.ID)
		if err != nil {
			return err
		}
		d, err := tx.FindActiveDevice(l.Tenant, l.ID, device)
		if err != nil {
			return err
		}
		now := a.now()
		ch, err := license.FreeDevice(l.License, d, now)
		if err != nil {
			return err
		}
		return tx.Apply(l.Tenant, c.actor(), now, &ch)
	})
}
