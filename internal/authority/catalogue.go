package authority

import (
	"context"

	"licet/internal/license"
	"licet/internal/store"
)

// ProductInfo is what an app may know about a product.
type ProductInfo struct {
	store.ProductRecord
	Terms license.Terms  // of its default policy
	Trial *license.Terms // of the policy that its trials are issued from; nil when it offers none
}

// Product returns the product of a tenant with a code, or ProductUnknown.
func (a *Authority) Product(ctx context.Context, tenant license.TenantID, code string) (p ProductInfo, err error) {
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		record, err := tx.FindProductByCode(tenant, code)
		if err != nil {
			return err
		}
		p, err = productInfo(tx, record)
		return err
	})
	return p, err
}

// Products returns the products of a tenant that are not archived, newest first: those below before, where 0 is no
// bound, and at most as many as the store gives at once.
func (a *Authority) Products(ctx context.Context, tenant license.TenantID, before license.ProductID, limit int) (all []ProductInfo, err error) {
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		records, err := tx.ListProducts(tenant, false, before, limit)
		if err != nil {
			return err
		}
		all = make([]ProductInfo, len(records))
		for i, record := range records {
			if all[i], err = productInfo(tx, record); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// productInfo adds the terms that licenses and trials of a product get.
func productInfo(tx *store.Tx, record store.ProductRecord) (ProductInfo, error) {
	p := ProductInfo{ProductRecord: record}
	usual, err := tx.FindDefaultPolicy(record.Tenant, record.ID)
	if err != nil {
		return p, err
	}
	p.Terms = usual.Terms
	if usual.Terms.Trial && !usual.Archived {
		p.Trial = &usual.Terms
		return p, nil
	}
	trial, err := tx.TrialPolicy(record.Tenant, record.ID)
	switch {
	case err == nil:
		p.Trial = &trial.Terms
	case license.ReasonOf(err) == license.TrialRefused:
		err = nil
	}
	return p, err
}
