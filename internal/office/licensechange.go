package office

import (
	"context"
	"maps"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// LicenseChange says what is to differ on licenses; a nil field leaves its value.
type LicenseChange struct {
	Terms    TermsChange
	Metadata *string // JSON that clients see
	Note     *string // for the vendor's people alone
	Order    *string // reference or identity of the order to move it to; its customer comes with it
	Customer *string // e-mail address or identity; "" is none

	If func(*LicenseDetail) error // looks at what is stored of each, and its error is the answer; nil is no condition
}

// ChangeLicenses changes what licenses were sold with. Devices that hold a place keep it when a limit
// falls below their number. Conflict for another type, license_used for another duration of a used one,
// license_revoked for terms and metadata of a revoked one. Order and customer of a bundle's license go for its parts too; see
// license.PutInOrder for where a license may go. No license changes its product.
func (o *Office) ChangeLicenses(ctx context.Context, actor identity.Actor, c LicenseChange, refs ...Ref) ([]Outcome, error) {
	if err := c.check(actor); err != nil {
		return nil, err
	}
	var to destination
	before := func(tx *store.Tx) (err error) {
		to, err = c.destination(tx, actor)
		return err
	}
	out, err := o.acts(ctx, actor, refs, before, func(tx *store.Tx, r license.LicenseRecord, now license.Time) (license.Change, error) {
		return c.apply(tx, actor, r, &to, now)
	}, false)
	for i := range out {
		if out[i].Err == nil {
			set(&out[i].License.Note, c.Note)
		}
	}
	return out, err
}

func (c *LicenseChange) check(actor identity.Actor) error {
	if c.Metadata != nil {
		if err := checkMetadata(*c.Metadata); err != nil {
			return err
		}
	}
	if c.Note != nil {
		if err := checkNote(*c.Note); err != nil {
			return err
		}
	}
	if c.Customer != nil {
		if err := may(actor, identity.ReadCustomers); err != nil {
			return err
		}
	}
	if c.Order == nil {
		return nil
	}
	return mayWithin(actor, identity.WriteOrders)
}

// destination is where licenses go: nil leaves them where they are.
type destination struct {
	order    *license.Order
	customer *license.Customer // the zero value is none
}

// destination finds where licenses go, and locks the order: orders come before the licenses in them, here as elsewhere.
func (c *LicenseChange) destination(tx *store.Tx, actor identity.Actor) (to destination, err error) {
	if c.Order != nil {
		found, err := findOrder(tx, actor, *c.Order)
		if err != nil {
			return to, err
		}
		order, err := tx.LockOrder(actor.Tenant, found.ID)
		if err != nil {
			return to, err
		}
		to.order = &order
	}
	if c.Customer != nil {
		customer, err := customerOrNone(tx, actor.Tenant, *c.Customer)
		if err != nil {
			return to, err
		}
		to.customer = &customer
	}
	return to, nil
}

// apply decides about a locked license and stores what Apply does not. A refusal comes before anything is stored.
func (c *LicenseChange) apply(tx *store.Tx, actor identity.Actor, r license.LicenseRecord, to *destination, now license.Time) (license.Change, error) {
	if c.If != nil {
		d := LicenseDetail{LicenseRecord: r, Now: now, Expired: r.IsExpired(now)}
		if err := d.load(tx); err != nil {
			return license.Change{}, err
		}
		if err := c.If(&d); err != nil {
			return license.Change{}, err
		}
	}
	ch := license.Change{License: r.License}
	if c.Terms != (TermsChange{}) || c.Metadata != nil {
		var err error
		if ch, err = changeTerms(r.License, c.Terms); err != nil {
			return ch, err
		}
	}
	if err := to.move(&ch, now); err != nil {
		return ch, err
	}
	parts, err := to.moveParts(tx, actor, &r.License, &ch.License, now)
	if err != nil {
		return ch, err
	}
	return ch, c.store(tx, actor, r, &ch, parts, now)
}

// store stores what Apply does not store of a change, and the parts of a bundle's license.
func (c *LicenseChange) store(tx *store.Tx, actor identity.Actor, r license.LicenseRecord, ch *license.Change, parts []license.Change, now license.Time) error {
	if c.Metadata != nil {
		ch.License.Metadata = *c.Metadata
		if err := tx.DescribeLicense(r.Tenant, r.ID, *c.Metadata); err != nil {
			return err
		}
	}
	if c.Note != nil && *c.Note != r.Note {
		ch.Events = append(ch.Events, license.Event{Kind: license.LicenseNoted, License: r.ID})
		if err := tx.NoteLicense(r.Tenant, r.ID, *c.Note); err != nil {
			return err
		}
	}
	if ch.License.Order != r.Order || ch.License.Customer != r.Customer {
		if err := tx.ReorderLicense(&ch.License); err != nil {
			return err
		}
	}
	for i := range parts {
		if err := tx.ReorderLicense(&parts[i].License); err != nil {
			return err
		}
		if err := tx.Apply(r.Tenant, actor.String(), now, &parts[i]); err != nil {
			return err
		}
	}
	return nil
}

// move takes a change on to where the license goes.
func (to *destination) move(ch *license.Change, now license.Time) error {
	before := ch.License
	if to.order != nil {
		moved, err := license.PutInOrder(ch.License, *to.order, now)
		if err != nil {
			return err
		}
		ch.License, ch.Grants = moved.License, append(ch.Grants, moved.Grants...)
		ch.Events = append(ch.Events, moved.Events...)
	}
	if to.customer != nil {
		if ch.License.Bundle != 0 && ch.License.Customer != to.customer.ID {
			return &license.Error{Code: license.Conflict, Field: "customer", Message: "the license is part of a bundle; change the bundle's own license"}
		}
		ch.License.Customer = to.customer.ID
	}
	if ch.License.Order == before.Order && ch.License.Customer == before.Customer {
		return nil
	}
	data := map[string]any{"order": int64(ch.License.Order), "customer": int64(ch.License.Customer)}
	for i := range ch.Events {
		if ch.Events[i].Kind == license.LicenseChanged {
			maps.Copy(ch.Events[i].Data, data)
			return nil
		}
	}
	ch.Events = append(ch.Events, license.Event{Kind: license.LicenseChanged, License: before.ID, Data: data})
	return nil
}

// moveParts is move for the parts of a bundle's license that goes from where it was to where l is.
func (to *destination) moveParts(tx *store.Tx, actor identity.Actor, from, l *license.License, now license.Time) ([]license.Change, error) {
	if l.Order == from.Order && l.Customer == from.Customer {
		return nil, nil
	}
	parts, err := tx.LicensesOfBundle(l.Tenant, l.ID)
	if err != nil {
		return nil, err
	}
	out := make([]license.Change, len(parts))
	for i, part := range parts {
		if !actor.Covers(part.Product) {
			return nil, beyondBundle()
		}
		locked, err := tx.LockLicense(part.Tenant, part.ID)
		if err != nil {
			return nil, err
		}
		ch := &out[i]
		ch.License = locked.License
		ch.License.Bundle = 0 // They go with their whole.
		if err := to.move(ch, now); err != nil {
			return nil, err
		}
		ch.License.Bundle = l.ID
	}
	return out, nil
}
