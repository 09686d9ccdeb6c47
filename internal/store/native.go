package store

import (
	"slices"
	"strconv"

	"licet/internal/license"
)

// NativeLookup says which license a client of the native API means: by its identity, or by its product and key. Where it says
// more than it needs to, all of it must be so.
type NativeLookup struct {
	Tenant   license.TenantID
	Products []license.ProductID   // that the client may ask about; nil is all of the tenant
	License  license.LicenseID     // 0 where Key says it
	Key      string                // in any letter case
	Product  string                // code, number or identity; "" where License is given, or Products has one
	User     license.LicenseUserID // who must hold it, of a product whose users sign in; 0 is nobody known
}

// nativeColumns are what a native answer tells besides what findState reads. Each column costs.
const nativeColumns = `
       products.id, products.number, products.code, products.name, products.auth_method, products.disabled, products.archived,
       products.address_ruled,
       licenses.id, licenses.license_key, licenses.standing, licenses.withheld, licenses.redemption_blocked, licenses.terms_id,
       licenses.issued_at, licenses.not_before, licenses.started_at, licenses.expires_at, licenses.maintained_until,
       licenses.first_used_at, licenses.activated, licenses.transfers, licenses.freed_device, licenses.used, licenses.used_since,
       licenses.metadata, licenses.revision,
       devices.id, devices.name, devices.active, devices.blocked, devices.activated_at, devices.seen_at, devices.user_id`

const nativeByKey = `
SELECT ` + nativeColumns + `
  FROM products
  LEFT JOIN licenses
    ON licenses.tenant_id = products.tenant_id AND licenses.product_id = products.id AND licenses.key_folded = $3
  LEFT JOIN devices
    ON devices.tenant_id = licenses.tenant_id AND devices.license_id = licenses.id
       AND devices.bound_to = $4 AND devices.bound_value = $5
 WHERE products.tenant_id = $1 AND products.`

const (
	findNativeByCode    = nativeByKey + `code = $2`
	findNativeByNumber  = nativeByKey + `number = $2`
	findNativeByProduct = nativeByKey + `id = $2`
)

const findNativeByLicense = `
SELECT ` + nativeColumns + `
  FROM licenses
  JOIN products ON products.tenant_id = licenses.tenant_id AND products.id = licenses.product_id
  LEFT JOIN devices
    ON devices.tenant_id = licenses.tenant_id AND devices.license_id = licenses.id
       AND devices.bound_to = $3 AND devices.bound_value = $4
 WHERE licenses.tenant_id = $1 AND licenses.id = $2`

// nativeRow is what FindNative reads.
type nativeRow struct {
	license.State
	device license.Device
	terms  termsID
}

func (r *nativeRow) into(dest []any) []any {
	p, l, d := &r.Product, &r.License, &r.device
	return append(dest,
		&p.ID, &p.Number, &p.Code, &p.Name, &p.Auth, &p.Disabled, &p.Archived, &p.AddressRuled,
		&l.ID, &l.Key, &l.Standing, &l.Withheld, &l.RedemptionBlocked, &r.terms,
		&l.IssuedAt, &l.NotBefore, &l.StartedAt, &l.ExpiresAt, &l.MaintainedUntil,
		&l.FirstUsedAt, &l.Activated, &l.Transfers, &l.FreedDevice, &l.Used, &l.UsedSince,
		&l.Metadata, &l.Revision,
		&d.ID, &d.Name, &d.Active, &d.Blocked, &d.ActivatedAt, &d.SeenAt, &d.User,
	)
}

// FindNative loads what a native check of one device needs, in one statement, and the user where a product's users sign in:
// the one of w, else who activated the device. Of the license it leaves out what no check looks at: order, policy,
// customer and custom fields. LockState loads all.
//
// It returns the product and KeyUnknown where the license is not there or not held by the user, ProductUnknown and nothing
// for a product that is not there, of another tenant or not the client's, AuthMethodWrong for a key of a product whose users
// sign in, and Invalid where w does not say which license it means.
func (tx *Tx) FindNative(w *NativeLookup, c *license.Claim) (license.State, error) {
	guess, _ := c.Bind(license.LockNone)
	r, err := tx.nativeRow(w, guess)
	if err != nil {
		return license.State{}, err
	}
	return tx.nativeState(r, w, c, guess)
}

// nativeState is what FindNative makes of the row that it has read. guess is what the row's device was looked for by.
func (tx *Tx) nativeState(r *nativeRow, w *NativeLookup, c *license.Claim, guess license.Binding) (license.State, error) {
	var err error
	p, l, d := &r.Product, &r.License, &r.device
	switch {
	case !w.allows(p.ID) && w.License != 0:
		return license.State{}, license.Refuse(license.KeyUnknown)
	case !w.allows(p.ID):
		return license.State{}, license.Refuse(license.ProductUnknown)
	}
	p.Tenant = w.Tenant
	switch {
	case w.License == 0 && p.Auth == license.ByUser:
		return license.State{Product: *p}, license.Refuse(license.AuthMethodWrong)
	case l.ID == 0 || !w.means(p, l):
		return license.State{Product: *p}, license.Refuse(license.KeyUnknown)
	}
	l.Tenant, l.Product = w.Tenant, p.ID
	if l.Terms, err = tx.terms(l.Tenant, r.terms); err != nil {
		return r.State, err
	}
	bound, ok := c.Bind(l.Terms.Lock)
	switch {
	case ok && bound != guess: // a lock to the address, and a hardware id was sent too
		r.Device, err = tx.findDevice(l.Tenant, l.ID, bound)
	case ok && d.ID != 0:
		d.License, d.Binding = l.ID, bound
		r.Device = d
	}
	if err == nil {
		err = tx.LoadOrigin(&r.State)
	}
	if err != nil || p.Auth != license.ByUser {
		return r.State, err
	}
	return r.State, tx.loadNativeUser(&r.State, w.User)
}

// nativeRow runs the statement that fits.
func (tx *Tx) nativeRow(w *NativeLookup, guess license.Binding) (*nativeRow, error) {
	r := new(nativeRow)
	if w.License != 0 {
		found, err := tx.one(findNativeByLicense, []any{w.Tenant, w.License, guess.Kind, guess.Value}, r.into(nil)...)
		if err == nil && !found {
			err = license.Refuse(license.KeyUnknown)
		}
		return r, err
	}
	if w.Key == "" {
		return r, license.Invalidf("key", "say which license is meant: its key and its product, or its id")
	}
	key := license.FoldKey(w.Key)
	try := func(sql string, product any) (bool, error) {
		return tx.one(sql, []any{w.Tenant, product, key, guess.Kind, guess.Value}, r.into(nil)...)
	}
	number, numeric := license.ParseID(w.Product)
	var found bool
	var err error
	switch {
	case w.Product == "" && len(w.Products) == 1:
		found, err = try(findNativeByProduct, w.Products[0])
	case w.Product == "":
		return r, license.Invalidf("product", "say which product is meant: its code, number or id")
	case numeric: // No code is a number.
		if found, err = try(findNativeByNumber, number); err == nil && !found {
			found, err = try(findNativeByProduct, number)
		}
	default:
		found, err = try(findNativeByCode, w.Product)
	}
	if err == nil && !found {
		err = license.Refuse(license.ProductUnknown)
	}
	return r, err
}

// allows reports whether the client may ask about a product.
func (w *NativeLookup) allows(p license.ProductID) bool {
	return w.Products == nil || slices.Contains(w.Products, p)
}

// means reports whether all that w says besides the identity of the license is so.
func (w *NativeLookup) means(p *license.Product, l *license.License) bool {
	if w.License == 0 {
		return true
	}
	return (w.Key == "" || license.FoldKey(w.Key) == license.FoldKey(l.Key)) &&
		(w.Product == "" || w.Product == p.Code || w.Product == strconv.FormatInt(p.Number, 10) || w.Product == strconv.FormatInt(int64(p.ID), 10))
}

// loadNativeUser adds the user whom the client speaks for, or who activated the device.
func (tx *Tx) loadNativeUser(s *license.State, user license.LicenseUserID) error {
	if user == 0 && s.Device != nil {
		user = s.Device.User
	}
	if user == 0 {
		return nil
	}
	return tx.loadUser(s, user)
}

// FindNativeProduct returns the product that w means, or ProductUnknown; Invalid where it names none.
func (tx *Tx) FindNativeProduct(w *NativeLookup) (p ProductRecord, err error) {
	number, numeric := license.ParseID(w.Product)
	switch {
	case w.Product == "" && len(w.Products) == 1:
		p, err = tx.FindProduct(w.Tenant, w.Products[0])
	case w.Product == "":
		return p, license.Invalidf("product", "say which product is meant: its code, number or id")
	case numeric:
		if p, err = tx.FindProductByNumber(w.Tenant, number); license.ReasonOf(err) == license.ProductUnknown {
			p, err = tx.FindProduct(w.Tenant, license.ProductID(number))
		}
	default:
		p, err = tx.FindProductByCode(w.Tenant, w.Product)
	}
	if err == nil && !w.allows(p.ID) {
		return ProductRecord{}, license.Refuse(license.ProductUnknown)
	}
	return p, err
}

// Look adds to s, which FindNative or another method returned, what is stored of the claimed feature, meter and floating seat,
// and returns what the license used of all its features. It locks nothing, so what it sees may be over when it returns.
func (tx *Tx) Look(s *license.State, c *license.Claim, now license.Time) (grants []license.Grant, err error) {
	l := &s.License
	floating, meter := l.Terms.Floating, l.Terms.Usage
	if c.Feature != "" {
		floating, meter = nil, nil
		if f := l.Terms.Feature(c.Feature); f != nil {
			floating, meter = f.Floating, f.Usage
		}
	}
	if len(l.Terms.Features) > 0 {
		if grants, err = listOf(tx, grantsOfLicense, []any{l.Tenant, l.ID}, grantInto); err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(grants, func(g license.Grant) bool { return g.Feature == c.Feature }); i >= 0 {
			g := grants[i]
			s.Grant = &g
		}
	}
	if floating != nil && s.Device != nil {
		if s.Lease, s.SeatsTaken, err = tx.lookAtLease(l.Tenant, l.ID, c.Feature, s.Device.ID, now); err != nil {
			return grants, err
		}
	}
	if meter != nil {
		s.Reserved, _, err = tx.Reserved(l.Tenant, l.ID, c.Feature, now)
	}
	return grants, err
}

func grantInto(g *license.Grant) []any {
	return []any{&g.License, &g.Feature, &g.ExpiresAt, &g.Used, &g.UsedSince}
}
