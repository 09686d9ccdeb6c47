package store

import (
	"errors"

	"licet/internal/license"
)

const productColumns = `
       products.id, products.tenant_id, products.number, products.code, products.name, products.state,
       products.auth_method, products.disabled, products.archived, products.metadata, products.bundle, products.e2ee_key,
       products.address_ruled`

func productInto(p *license.Product) []any {
	return []any{
		&p.ID, &p.Tenant, &p.Number, &p.Code, &p.Name, &p.State, &p.Auth, &p.Disabled, &p.Archived, &p.Metadata, &p.Bundle, &p.E2EEKey,
		&p.AddressRuled,
	}
}

// findState is the one statement behind a check. It reads what a check and its answer look at, and no
// more: each column costs. The device is looked for under the name it most likely has.
const findState = `
SELECT products.id, products.tenant_id, products.name, products.disabled, products.archived, products.metadata,
       products.e2ee_key, products.address_ruled,
       licenses.id, licenses.standing, licenses.withheld, licenses.redemption_blocked, licenses.terms_id,
       licenses.not_before, licenses.started_at, licenses.expires_at, licenses.maintained_until, licenses.first_used_at,
       licenses.activated, licenses.transfers, licenses.freed_device, licenses.used, licenses.used_since, licenses.revision,
       devices.id, devices.active, devices.blocked, devices.seen_at
  FROM products
  LEFT JOIN licenses
    ON licenses.tenant_id = products.tenant_id AND licenses.product_id = products.id AND licenses.key_folded = $2
  LEFT JOIN devices
    ON devices.tenant_id = licenses.tenant_id AND devices.license_id = licenses.id
       AND devices.bound_to = $3 AND devices.bound_value = $4
 WHERE products.number = $1`

// FindState loads what a check of one device needs, in one statement: of the product with this number,
// of its license with this key, and of the claimed device. Of the license it leaves out what no check
// looks at: order, policy, customer, key, metadata. LockState loads all.
//
// It returns the product and ProductUnknown, or KeyUnknown, where one is missing.
func (tx *Tx) FindState(number int64, key string, c *license.Claim) (license.State, error) {
	s := license.State{Product: license.Product{Number: number}}
	p, l := &s.Product, &s.License
	var terms termsID
	d := new(license.Device)
	guess, _ := c.Bind(license.LockNone)
	found, err := tx.one(findState, []any{number, license.FoldKey(key), guess.Kind, guess.Value},
		&p.ID, &p.Tenant, &p.Name, &p.Disabled, &p.Archived, &p.Metadata, &p.E2EEKey, &p.AddressRuled,
		&l.ID, &l.Standing, &l.Withheld, &l.RedemptionBlocked, &terms,
		&l.NotBefore, &l.StartedAt, &l.ExpiresAt, &l.MaintainedUntil, &l.FirstUsedAt,
		&l.Activated, &l.Transfers, &l.FreedDevice, &l.Used, &l.UsedSince, &l.Revision,
		&d.ID, &d.Active, &d.Blocked, &d.SeenAt)
	switch {
	case err != nil:
		return s, err
	case !found:
		return s, license.Refuse(license.ProductUnknown)
	case l.ID == 0:
		return s, license.Refuse(license.KeyUnknown)
	}
	l.Tenant, l.Product = p.Tenant, p.ID
	if l.Terms, err = tx.terms(l.Tenant, terms); err != nil {
		return s, err
	}
	bound, ok := c.Bind(l.Terms.Lock)
	switch {
	case ok && bound != guess: // a lock to the address, and a hardware id was sent too
		s.Device, err = tx.findDevice(l.Tenant, l.ID, bound)
	case ok && d.ID != 0:
		d.License, d.Binding = l.ID, bound
		s.Device = d
	}
	if err == nil {
		err = tx.LoadOrigin(&s)
	}
	return s, err
}

const findProductOfLicense = `
SELECT ` + productColumns + `
  FROM products
 WHERE products.tenant_id = $1 AND products.id = $2`

// LockState locks the license of seen, which FindState returned, and loads everything that a change by
// the claimed device may look at. What seen says is only where to look: all is read again under the
// lock, in one round trip unless the claim is about a feature or a floating seat.
//
// KeyUnknown when there is no such license any more.
func (tx *Tx) LockState(seen *license.State, c *license.Claim, now license.Time) (license.State, error) {
	tenant, id := seen.License.Tenant, seen.License.ID
	var s license.State
	var r licenseRow
	var device license.Device
	bound, _ := c.Bind(seen.License.Terms.Lock)
	var locked, known bool
	lock := lockLicense
	if tx.alone {
		lock = readLicense
	}
	err := errors.Join(
		tx.ask(&locked, lock, []any{tenant, id}, r.into()...),
		tx.ask(nil, findProductOfLicense, []any{tenant, seen.License.Product}, productInto(&s.Product)...),
		tx.ask(&known, findDevice, []any{tenant, id, bound.Kind, bound.Value}, deviceInto(&device)...),
		tx.flush())
	if err != nil {
		return s, err
	}
	if !locked {
		return s, license.Refuse(license.KeyUnknown)
	}
	if err := tx.finish(&r); err != nil {
		return s, err
	}
	s.License = r.License
	if known {
		s.Device = &device
	}
	if now, ok := c.Bind(s.License.Terms.Lock); ok && now != bound {
		if s.Device, err = tx.findDevice(tenant, id, now); err != nil { // the lock was changed in between
			return s, err
		}
	}
	if seen.User != nil {
		if err := tx.loadUser(&s, seen.User.ID); err != nil {
			return s, err
		}
	}
	if err := tx.LoadOrigin(&s); err != nil {
		return s, err
	}
	return s, tx.loadPlace(&s, c, now)
}

// loadPlace adds what is stored of the claimed feature, meter and floating seat.
func (tx *Tx) loadPlace(s *license.State, c *license.Claim, now license.Time) (err error) {
	l, floating, meter := &s.License, s.License.Terms.Floating, s.License.Terms.Usage
	if c.Feature != "" {
		floating, meter = nil, nil
		if f := l.Terms.Feature(c.Feature); f != nil {
			floating, meter = f.Floating, f.Usage
			if s.Grant, err = tx.findGrant(l.Tenant, l.ID, c.Feature); err != nil {
				return err
			}
		}
	}
	if floating != nil && s.Device != nil {
		if s.Lease, s.SeatsTaken, err = tx.findLease(l.Tenant, l.ID, c.Feature, s.Device.ID, now); err != nil {
			return err
		}
	}
	if meter != nil && c.Amount > 0 { // What is given back needs no room.
		s.Reserved, _, err = tx.Reserved(l.Tenant, l.ID, c.Feature, now)
	}
	return err
}

// Apply stores a decision about a locked license, with its events, and fills in the identity of a new
// device.
func (tx *Tx) Apply(tenant license.TenantID, actor string, now license.Time, ch *license.Change) error {
	if ch.Empty() {
		return nil
	}
	tx.nameDevice(ch)
	tx.nameReservation(ch)
	if ch.License.ID != 0 && len(ch.Events) > 0 {
		if err := tx.saveLicense(&ch.License); err != nil {
			return err
		}
	}
	if ch.Device != nil {
		if err := tx.saveDevice(tenant, ch.Device); err != nil {
			return err
		}
	}
	if err := tx.applyHolds(tenant, ch); err != nil {
		return err
	}
	if err := tx.applyReservations(tenant, ch); err != nil {
		return err
	}
	return tx.AppendEvents(tenant, actor, now, ch.Events...)
}

// ErrChanged is the outcome of a Write with ApplyActivation when the license is not what it was.
var ErrChanged = errors.New("store: the license has been changed meanwhile")

// ApplyActivation stores the first activation of a device that was decided on what FindState returned, without a
// look at the license under a lock. When anything about the license was changed since, the Write stores nothing and returns ErrChanged;
// then look again, with LockState.
func (tx *Tx) ApplyActivation(actor string, now license.Time, ch *license.Change) error {
	if err := tx.saveActivation(&ch.License); err != nil {
		return err
	}
	tenant := ch.License.Tenant
	tx.nameDevice(ch)
	if err := tx.saveDevice(tenant, ch.Device); err != nil {
		return err
	}
	if err := tx.applyHolds(tenant, ch); err != nil {
		return err
	}
	return tx.AppendEvents(tenant, actor, now, ch.Events...)
}

// nameDevice gives a new device its identity.
func (tx *Tx) nameDevice(ch *license.Change) {
	if ch.Device == nil || ch.Device.ID != 0 {
		return
	}
	ch.Device.ID = license.DeviceID(tx.NewID())
	for i := range ch.Events {
		if ch.Events[i].Kind == license.DeviceActivated {
			ch.Events[i].Subject = int64(ch.Device.ID)
		}
	}
}

// applyHolds stores the leases, grants, redemptions and users of a change.
func (tx *Tx) applyHolds(tenant license.TenantID, ch *license.Change) error {
	switch {
	case ch.DropLeases:
		if err := tx.run(dropLeases, tenant, ch.License.ID, ch.Device.ID); err != nil {
			return err
		}
	case ch.DropLease:
		if err := tx.run(dropLease, tenant, ch.License.ID, ch.Lease.Feature, ch.Device.ID); err != nil {
			return err
		}
	case ch.Lease != nil:
		if err := tx.saveLease(tenant, ch.Lease); err != nil {
			return err
		}
	}
	for i := range ch.Grants {
		if err := tx.SaveGrant(tenant, &ch.Grants[i]); err != nil {
			return err
		}
	}
	for i := range ch.Redemptions {
		if err := tx.saveRedemption(tenant, &ch.Redemptions[i]); err != nil {
			return err
		}
	}
	for i := range ch.Users {
		if err := tx.saveLicenseUser(&ch.Users[i]); err != nil {
			return err
		}
	}
	return nil
}
