package office

import (
	"cmp"
	"context"
	"slices"

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

	User        string       // name or identity of a license user who holds it: of the product's where Product is given, else of the whole tenant
	IssuedFrom  license.Time // on or after it; 0 is no bound
	IssuedUntil license.Time // before it; 0 is no bound
	Search      string       // what the key or the customer's e-mail address begins with; where none does, what the note contains
}

// ListLicenses returns licenses of the actor's tenant, and the Before of the next page, 0 at the end. A page
// of a narrow filter may be short, or empty, and yet have a next one: each looks at a bounded
// number of licenses.
func (o *Office) ListLicenses(ctx context.Context, actor identity.Actor, f LicenseFilter, page Page) (list []license.LicenseRecord, next int64, err error) {
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return nil, 0, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		found, err := f.resolve(tx, actor)
		if err != nil {
			return err
		}
		var after license.LicenseID
		if found.Product == 0 && actor.Narrowed() {
			list, after, err = itsLicenses(tx, actor, found, o.d.Now(), page)
		} else {
			list, after, err = tx.ListLicenses(actor.Tenant, found, o.d.Now(), license.LicenseID(page.Before), page.size())
		}
		next = int64(after)
		return err
	})
	return list, next, err
}

// itsLicenses is a page of the licenses of the products that an actor is for: of each of them a page, put together as far as
// all of them reach.
func itsLicenses(tx *store.Tx, actor identity.Actor, f store.LicenseFilter, now license.Time, page Page) (list []license.LicenseRecord, next license.LicenseID, err error) {
	for _, f.Product = range actor.Products {
		part, after, err := tx.ListLicenses(actor.Tenant, f, now, license.LicenseID(page.Before), page.size())
		if err != nil {
			return nil, 0, err
		}
		list, next = append(list, part...), max(next, after)
	}
	slices.SortFunc(list, func(a, b license.LicenseRecord) int { return cmp.Compare(b.ID, a.ID) })
	list = slices.DeleteFunc(list, func(r license.LicenseRecord) bool { return r.ID < next })
	if len(list) > page.size() {
		list = list[:page.size()]
		next = list[len(list)-1].ID
	}
	return list, next, nil
}

func (f *LicenseFilter) resolve(tx *store.Tx, actor identity.Actor) (store.LicenseFilter, error) {
	out := store.LicenseFilter{Standing: f.Standing, Used: f.Used, Expired: f.Expired, Banned: f.Banned, Prefix: f.Prefix, Note: f.Note,
		IssuedFrom: f.IssuedFrom, IssuedUntil: f.IssuedUntil, Search: f.Search, KeysOnly: actor.Narrowed()}
	switch f.Standing {
	case "", license.Enabled, license.Suspended, license.Revoked:
	default:
		return out, license.Invalidf("standing", "the standing is enabled, suspended or revoked")
	}
	if f.Policy != "" && f.Product == "" {
		return out, license.Invalidf("policy", "a policy belongs to a product; name that too")
	}
	if f.Product != "" {
		p, err := findProduct(tx, actor, f.Product)
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
		order, err := findOrder(tx, actor, f.Order)
		if err != nil {
			return out, err
		}
		out.Order = order.ID
	}
	return out, f.people(tx, actor, &out)
}

// people finds the customer and the license user of a filter.
func (f *LicenseFilter) people(tx *store.Tx, actor identity.Actor, out *store.LicenseFilter) error {
	if f.Customer == "" && f.User == "" {
		return nil
	}
	if actor.Narrowed() { // Who is a customer does not lie within a product.
		return actor.RequireWhole(actor.Tenant, identity.ReadCustomers)
	}
	if f.Customer != "" {
		c, err := findCustomer(tx, actor.Tenant, f.Customer)
		if err != nil {
			return err
		}
		out.Customer = c.ID
	}
	if f.User != "" {
		u, err := holder(tx, actor.Tenant, out.Product, f.User)
		if err != nil {
			return err
		}
		out.User = u.ID
	}
	return nil
}

// holder finds a license user by name, among those of a product, unless that is 0, and of the whole tenant, else by identity.
func holder(tx *store.Tx, tenant license.TenantID, product license.ProductID, user string) (license.LicenseUser, error) {
	for _, scope := range []license.ProductID{product, 0} {
		u, err := tx.FindLicenseUserByName(tenant, scope, user)
		if license.CodeOf(err) != license.NotFound {
			return u, err
		}
	}
	id, _ := license.ParseID(user)
	return tx.FindLicenseUser(tenant, license.LicenseUserID(id))
}

// FindLicense returns a license of the actor's tenant. It refuses with key_unknown, and with Invalid
// where several products have a license with that key and none is named.
func (o *Office) FindLicense(ctx context.Context, actor identity.Actor, ref Ref) (r license.LicenseRecord, err error) {
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return license.LicenseRecord{}, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		id, err := resolve(tx, actor, ref)
		if err != nil {
			return err
		}
		r, err = tx.FindLicense(actor.Tenant, id)
		return err
	})
	return r, err
}

// resolve returns the identity of a license. One that is given is believed: whoever loads it will see. Licenses of products
// that the actor is not for are KeyUnknown.
func resolve(tx *store.Tx, actor identity.Actor, ref Ref) (license.LicenseID, error) {
	id, err := licenseOf(tx, actor, ref)
	if err != nil || !actor.Narrowed() {
		return id, err
	}
	r, err := tx.FindLicense(actor.Tenant, id)
	if err == nil && !actor.Covers(r.Product) {
		return 0, license.Refuse(license.KeyUnknown)
	}
	return id, err
}

func licenseOf(tx *store.Tx, actor identity.Actor, ref Ref) (license.LicenseID, error) {
	if ref.ID != 0 {
		return ref.ID, nil
	}
	if err := license.ValidKey(ref.Key); err != nil {
		return 0, err
	}
	id, isID := license.ParseID(ref.Key)
	if ref.Product != "" {
		return resolveIn(tx, actor, ref, license.LicenseID(id))
	}
	found, err := licensesByKey(tx, actor, ref.Key)
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

// licensesByKey returns the licenses that have a key, over all products that the actor is for.
func licensesByKey(tx *store.Tx, actor identity.Actor, key string) ([]license.LicenseID, error) {
	if !actor.Narrowed() {
		return tx.FindLicensesByKey(actor.Tenant, key)
	}
	var found, parts []license.LicenseID
	for _, product := range actor.Products {
		r, err := tx.FindLicenseByKey(actor.Tenant, product, key)
		switch {
		case license.CodeOf(err) == license.NotFound:
		case err != nil:
			return nil, err
		case r.Bundle == 0:
			found = append(found, r.ID)
		default:
			parts = append(parts, r.ID)
		}
	}
	if len(found) == 0 {
		return parts, nil // The bundle that they are of is for others.
	}
	return found, nil
}

func resolveIn(tx *store.Tx, actor identity.Actor, ref Ref, id license.LicenseID) (license.LicenseID, error) {
	p, err := findProduct(tx, actor, ref.Product)
	if err != nil {
		return 0, err
	}
	l, err := tx.FindLicenseByKey(actor.Tenant, p.ID, ref.Key)
	if license.CodeOf(err) == license.NotFound && id != 0 {
		if l, err = tx.FindLicense(actor.Tenant, id); err == nil && l.Product != p.ID {
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
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return LicenseDetail{}, err
	}
	err = o.d.Store.Snapshot(ctx, func(tx *store.Tx) error {
		d = LicenseDetail{Now: o.d.Now()}
		id, err := resolve(tx, actor, ref)
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
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		id, err := resolve(tx, actor, ref)
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
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		id, err := resolve(tx, actor, ref)
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
