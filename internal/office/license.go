package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Ref names a license: by its identity when that is given, else by its key, or its identity written
// where a key stands. Keys are unique per product; without a Product all of the tenant's are looked at.
type Ref struct {
	ID      license.LicenseID
	Product string // code, number or identity; "" is any
	Key     string
}

// LicenseFilter narrows a list of licenses by things that people know; the zero value is all.
type LicenseFilter struct {
	Product  string // code, number or identity
	Policy   string // code or identity; needs Product
	Order    string // reference or identity
	Customer string // e-mail address or identity
	Standing license.Standing
	Used     *bool
	Expired  *bool
	Banned   *bool
	Prefix   string // what the key begins with
	Note     string // what the note contains
}

// ListLicenses returns licenses of the actor's tenant, and the Before of the next page, 0 at the end. A page
// of a narrow filter may be short, or empty, and yet have a next one: each looks at a bounded
// number of licenses.
func (o *Office) ListLicenses(ctx context.Context, actor identity.Actor, f LicenseFilter, page Page) (list []license.LicenseRecord, next int64, err error) {
	if err := may(actor, identity.ReadLicenses); err != nil {
		return nil, 0, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		found, err := f.resolve(tx, actor.Tenant)
		if err != nil {
			return err
		}
		var after license.LicenseID
		list, after, err = tx.ListLicenses(actor.Tenant, found, o.d.Now(), license.LicenseID(page.Before), page.size())
		next = int64(after)
		return err
	})
	return list, next, err
}

func (f *LicenseFilter) resolve(tx *store.Tx, tenant license.TenantID) (store.LicenseFilter, error) {
	out := store.LicenseFilter{Standing: f.Standing, Used: f.Used, Expired: f.Expired, Banned: f.Banned, Prefix: f.Prefix, Note: f.Note}
	switch f.Standing {
	case "", license.Enabled, license.Suspended, license.Revoked:
	default:
		return out, license.Invalidf("standing", "the standing is enabled, suspended or revoked")
	}
	if f.Policy != "" && f.Product == "" {
		return out, license.Invalidf("policy", "a policy belongs to a product; name that too")
	}
	if f.Product != "" {
		p, err := findProduct(tx, tenant, f.Product)
		if err != nil {
			return out, err
		}
		out.Product = p.ID
		if f.Policy != "" {
			policy, err := findPolicy(tx, &p, f.Policy)
			if err != nil {
				return out, err
			}
			out.Policy = policy.ID
		}
	}
	if f.Order != "" {
		order, err := findOrder(tx, tenant, f.Order)
		if err != nil {
			return out, err
		}
		out.Order = order.ID
	}
	if f.Customer != "" {
		c, err := findCustomer(tx, tenant, f.Customer)
		if err != nil {
			return out, err
		}
		out.Customer = c.ID
	}
	return out, nil
}

// FindLicense returns a license of the actor's tenant. It refuses with key_unknown, and with Invalid
// where several products have a license with that key and none is named.
func (o *Office) FindLicense(ctx context.Context, actor identity.Actor, ref Ref) (r license.LicenseRecord, err error) {
	if err := may(actor, identity.ReadLicenses); err != nil {
		return license.LicenseRecord{}, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		id, err := resolve(tx, actor.Tenant, ref)
		if err != nil {
			return err
		}
		r, err = tx.FindLicense(actor.Tenant, id)
		return err
	})
	return r, err
}

// resolve returns the identity of a license. One that is given is believed: whoever loads it will see.
func resolve(tx *store.Tx, tenant license.TenantID, ref Ref) (license.LicenseID, error) {
	if ref.ID != 0 {
		return ref.ID, nil
	}
	if err := license.ValidKey(ref.Key); err != nil {
		return 0, err
	}
	id, isID := license.ParseID(ref.Key)
	if ref.Product != "" {
		return resolveIn(tx, tenant, ref, license.LicenseID(id))
	}
	found, err := tx.FindLicensesByKey(tenant, ref.Key)
	switch {
	case err != nil:
		return 0, err
	case len(found) > 1:
		return 0, license.Invalidf("product", "several products have a license with this key; name the product")
	case len(found) == 1:
		return found[0], nil
	case isID:
		return license.LicenseID(id), nil
	}
	return 0, license.Refuse(license.KeyUnknown)
}

func resolveIn(tx *store.Tx, tenant license.TenantID, ref Ref, id license.LicenseID) (license.LicenseID, error) {
	p, err := findProduct(tx, tenant, ref.Product)
	if err != nil {
		return 0, err
	}
	l, err := tx.FindLicenseByKey(tenant, p.ID, ref.Key)
	if license.CodeOf(err) == license.NotFound && id != 0 {
		if l, err = tx.FindLicense(tenant, id); err == nil && l.Product != p.ID {
			err = license.Refuse(license.KeyUnknown)
		}
	}
	return l.ID, err
}

// LicenseDetail is a license with all that a screen shows of it.
type LicenseDetail struct {
	license.LicenseRecord
	Now         license.Time // the time that Expired holds for
	Expired     bool
	Product     Product
	Policy      license.Policy       // zero when it was issued without one
	Order       license.Order        //
	Customer    license.Customer     // zero when none
	Devices     []license.Device     // the first 100 known, oldest first; see [Office.ListDevices]
	MoreDevices bool                 // whether there are more
	Redemption  *license.Redemption  // nil when not redeemed
	User        *license.LicenseUser // who redeemed it
}

// ShowLicense returns a license of the actor's tenant with what belongs to it, all of one moment.
func (o *Office) ShowLicense(ctx context.Context, actor identity.Actor, ref Ref) (d LicenseDetail, err error) {
	if err := may(actor, identity.ReadLicenses); err != nil {
		return LicenseDetail{}, err
	}
	err = o.d.Store.Snapshot(ctx, func(tx *store.Tx) error {
		d = LicenseDetail{Now: o.d.Now()}
		id, err := resolve(tx, actor.Tenant, ref)
		if err != nil {
			return err
		}
		if d.LicenseRecord, err = tx.FindLicense(actor.Tenant, id); err != nil {
			return err
		}
		d.Expired = d.IsExpired(d.Now)
		return d.load(tx)
	})
	return d, err
}

func (d *LicenseDetail) load(tx *store.Tx) (err error) {
	tenant := d.Tenant
	if d.Product, err = tx.FindProduct(tenant, d.License.Product); err != nil {
		return err
	}
	if d.Order, err = tx.FindOrder(tenant, d.License.Order); err != nil {
		return err
	}
	if d.License.Policy != 0 {
		if d.Policy, err = tx.FindPolicy(tenant, d.License.Policy); err != nil {
			return err
		}
	}
	if d.License.Customer != 0 {
		if d.Customer, err = tx.FindCustomer(tenant, d.License.Customer); err != nil {
			return err
		}
	}
	const shown = 100
	if d.Devices, err = tx.ListDevices(tenant, d.ID, 0, shown+1); err != nil {
		return err
	}
	if d.MoreDevices = len(d.Devices) > shown; d.MoreDevices {
		d.Devices = d.Devices[:shown]
	}
	d.Redemption, d.User, err = tx.FindRedemption(tenant, d.ID)
	return err
}

// ListDevices returns devices known on a license above after (0 is the beginning), oldest first, at most
// limit (1 to 1000).
func (o *Office) ListDevices(ctx context.Context, actor identity.Actor, ref Ref, after license.DeviceID, limit int) (list []license.Device, err error) {
	if err := may(actor, identity.ReadLicenses); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		id, err := resolve(tx, actor.Tenant, ref)
		if err != nil {
			return err
		}
		if _, err := tx.FindLicense(actor.Tenant, id); err != nil {
			return err
		}
		list, err = tx.ListDevices(actor.Tenant, id, after, limit)
		return err
	})
	return list, err
}

// ListEvents returns what happened in the actor's tenant, newest first: the audit log. It needs
// audit:read.
func (o *Office) ListEvents(ctx context.Context, actor identity.Actor, page Page) (list []license.StoredEvent, err error) {
	if err := may(actor, identity.ReadAudit); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListEvents(actor.Tenant, 0, license.EventID(page.Before), page.size())
		return err
	})
	return list, err
}

// LicenseHistory returns what happened to a license, newest first.
func (o *Office) LicenseHistory(ctx context.Context, actor identity.Actor, ref Ref, page Page) (list []license.StoredEvent, err error) {
	if err := may(actor, identity.ReadLicenses); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		id, err := resolve(tx, actor.Tenant, ref)
		if err != nil {
			return err
		}
		if _, err := tx.FindLicense(actor.Tenant, id); err != nil {
			return err
		}
		list, err = tx.ListEvents(actor.Tenant, id, license.EventID(page.Before), page.size())
		return err
	})
	return list, err
}

// Status is the word that lists show for how a license stands with its holder: Banned, Used or Not Used
// (S1-13, S1-14).
func Status(l *license.License) string {
	switch {
	case l.RedemptionBlocked:
		return "Banned"
	case l.IsUsed():
		return "Used"
	}
	return "Not Used"
}
