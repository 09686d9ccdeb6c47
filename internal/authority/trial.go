package authority

import (
	"context"

	"licet/internal/license"
	"licet/internal/store"
)

// Trial gives a device a trial license of the product with a number, or finds the one it has: a device
// tries a product once. It issues; it does not activate. A trial lands in an order of its own, whose id
// the server makes (S0-09). fresh is false for a trial the device had before.
//
// It refuses with ProductUnknown, DeviceRequired, TrialRefused when the product offers no trial, and
// TrialExpired when the device's trial is over.
func (a *Authority) Trial(ctx context.Context, product int64, hardwareID string) (l license.License, fresh bool, err error) {
	if hardwareID == "" {
		return l, false, license.Refuse(license.DeviceRequired)
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		l, fresh = license.License{}, false
		p, err := tx.FindNumberedProduct(product)
		if err != nil {
			return err
		}
		// The product is the lock: two first requests of one device come one after the other.
		if p, err = tx.LockProduct(p.Tenant, p.ID); err != nil {
			return err
		}
		known, err := tx.FindTrial(p.Tenant, p.ID, hardwareID, "")
		if err != nil {
			return err
		}
		if known == 0 {
			fresh = true
			l, err = a.issueTrial(tx, &p, hardwareID)
			return err
		}
		r, err := tx.FindLicense(p.Tenant, known)
		if err == nil && r.IsExpired(a.now()) {
			err = license.Refuse(license.TrialExpired)
		}
		l = r.License
		return err
	})
	return l, fresh, err
}

func (a *Authority) issueTrial(tx *store.Tx, p *store.ProductRecord, hardwareID string) (license.License, error) {
	now := a.now()
	policy, err := tx.TrialPolicy(p.Tenant, p.ID)
	if err != nil {
		return license.License{}, err
	}
	reference, err := license.NewReference(a.rand)
	if err != nil {
		return license.License{}, err
	}
	order := license.Order{Tenant: p.Tenant, Reference: reference, Status: license.OrderCompleted, Trial: true, Created: now, CompletedAt: now}
	if _, err := tx.InsertOrder(&order); err != nil {
		return license.License{}, err
	}
	r, grants, err := license.NewLicense(&license.Issue{Product: p.Product, Order: order, Policy: policy.ID, Terms: &policy.Terms}, now)
	if err != nil {
		return license.License{}, err
	}
	all := []license.LicenseRecord{r}
	if err := tx.InsertGenerated(all, p.Mask, a.rand); err != nil {
		return license.License{}, err
	}
	l := all[0].License
	if err := tx.InsertTrial(p.Tenant, p.ID, hardwareID, "", l.ID); err != nil {
		return license.License{}, err
	}
	for i := range grants {
		grants[i].License = l.ID
	}
	ch := license.Change{Grants: grants, Events: []license.Event{
		{Kind: license.OrderCreated, Subject: int64(order.ID), Data: map[string]any{"reference": reference, "trial": true}},
		{Kind: license.LicenseIssued, License: l.ID, Subject: int64(order.ID), Data: map[string]any{"product": p.Code, "order": reference, "trial": true}},
	}}
	return l, tx.Apply(p.Tenant, actor, now, &ch)
}
