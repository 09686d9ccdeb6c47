package store

import (
	"errors"

	"licet/internal/license"
)

const productColumns = `
       products.id, products.tenant_id, products.number, products.code, products.name, products.state,
       products.auth_method, products.disabled, products.archived, products.metadata, products.e2ee_key`

func productInto(p *license.Product) []any {
	return []any{&p.ID, &p.Tenant, &p.Number, &p.Code, &p.Name, &p.State, &p.Auth, &p.Disabled, &p.Archived, &p.Metadata, &p.E2EEKey}
}

// findState is the one statement behind a check. A device is looked for under both names it may be
// known by, since only the terms say which one counts.
const findState = `
SELECT ` + productColumns + `,` + licenseColumns + `,
       by_hwid.id, by_hwid.active, by_hwid.blocked, by_ip.id, by_ip.active, by_ip.blocked
  FROM products
  LEFT JOIN licenses
    ON licenses.tenant_id = products.tenant_id AND licenses.product_id = products.id AND licenses.key_folded = $2
  LEFT JOIN devices AS by_hwid
    ON by_hwid.tenant_id = licenses.tenant_id AND by_hwid.license_id = licenses.id
       AND by_hwid.bound_to = 'hwid' AND by_hwid.bound_value = $3
  LEFT JOIN devices AS by_ip
    ON by_ip.tenant_id = licenses.tenant_id AND by_ip.license_id = licenses.id
       AND by_ip.bound_to = 'ip' AND by_ip.bound_value = $4
 WHERE products.number = $1`

// FindState loads what a check of one device needs, in one statement: the product with this number,
// its license with this key, and of the claimed device whether it is active or blocked.
//
// It returns the product and ProductUnknown, or KeyUnknown, where one is missing.
func (tx *Tx) FindState(number int64, key string, c *license.Claim) (license.State, error) {
	var s license.State
	var r licenseRow
	var hw, ip license.Device
	dest := append(productInto(&s.Product), r.into()...)
	dest = append(dest, &hw.ID, &hw.Active, &hw.Blocked, &ip.ID, &ip.Active, &ip.Blocked)
	found, err := tx.one(findState, []any{number, license.FoldKey(key), orNull(c.HardwareID), orNull(c.Address)}, dest...)
	switch {
	case err != nil:
		return s, err
	case !found:
		return s, license.Refuse(license.ProductUnknown)
	case r.ID == 0:
		return s, license.Refuse(license.KeyUnknown)
	}
	if err := tx.finish(&r); err != nil {
		return s, err
	}
	s.License = r.License
	known := &hw
	b, _ := c.Bind(s.License.Terms.Lock)
	if b.Kind == license.BoundToAddress {
		known = &ip
	}
	if known.ID != 0 {
		known.License, known.Binding = r.ID, b
		s.Device = known
	}
	return s, nil
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
	err := errors.Join(
		tx.ask(&locked, lockLicense, []any{tenant, id}, r.into()...),
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
	return s, tx.loadPlace(&s, c, now)
}

// loadPlace adds what is stored of the claimed feature and floating seat.
func (tx *Tx) loadPlace(s *license.State, c *license.Claim, now license.Time) (err error) {
	l, floating := &s.License, s.License.Terms.Floating
	if c.Feature != "" {
		floating = nil
		if f := l.Terms.Feature(c.Feature); f != nil {
			floating = f.Floating
			if s.Grant, err = tx.findGrant(l.Tenant, l.ID, c.Feature); err != nil {
				return err
			}
		}
	}
	if floating != nil && s.Device != nil {
		s.Lease, s.SeatsTaken, err = tx.findLease(l.Tenant, l.ID, c.Feature, s.Device.ID, now)
	}
	return err
}

// Apply stores a decision about a locked license, with its events, and fills in the identity of a new
// device.
func (tx *Tx) Apply(tenant license.TenantID, actor string, now license.Time, ch *license.Change) error {
	if ch.Empty() {
		return nil
	}
	if ch.Device != nil && ch.Device.ID == 0 {
		ch.Device.ID = license.DeviceID(tx.NewID())
		for i := range ch.Events {
			if ch.Events[i].Kind == license.DeviceActivated {
				ch.Events[i].Subject = int64(ch.Device.ID)
			}
		}
	}
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
	return tx.AppendEvents(tenant, actor, now, ch.Events...)
}

// applyHolds stores the leases, grants, redemption and user of a change.
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
		if err := tx.saveGrant(tenant, &ch.Grants[i]); err != nil {
			return err
		}
	}
	if ch.Redemption != nil {
		if err := tx.saveRedemption(tenant, ch.Redemption); err != nil {
			return err
		}
	}
	if ch.User != nil {
		return tx.saveLicenseUser(ch.User)
	}
	return nil
}
