package authority

import (
	"context"

	"licet/internal/license"
	"licet/internal/store"
)

// ActivateBundle gives the device a place on every license of a bundle, or on none: r.By names the bundle. The first
// answer is of the bundle's own license. It refuses as Activate does for any of them.
func (a *Authority) ActivateBundle(ctx context.Context, r Request) ([]Answer, error) {
	return a.bundle(ctx, r, store.CallActivate, license.Activate)
}

// CheckInBundle is CheckIn for every license of a bundle.
func (a *Authority) CheckInBundle(ctx context.Context, r Request) ([]Answer, error) {
	return a.bundle(ctx, r, store.CallCheck, license.CheckIn)
}

// freeInBundle is license.Deactivate that leaves a part of a bundle alone which the device does not use.
func freeInBundle(s *license.State, c *license.Claim, now license.Time) (license.Change, error) {
	if s.License.Bundle != 0 && (s.Device == nil || !s.Device.Active) {
		return license.Change{License: s.License, Device: s.Device}, nil
	}
	return license.Deactivate(s, c, now)
}

// bundle decides about all licenses of a bundle in one transaction.
func (a *Authority) bundle(ctx context.Context, r Request, kind store.CallKind, decide rule) ([]Answer, error) {
	return a.bundleIn(ctx, r, kind, func(tx *store.Tx, r *Request, one *license.State) (Answer, error) {
		return a.decideIn(tx, r, one, decide)
	})
}

// bundleIn takes a step with each license of a bundle, the bundle's own first, in one transaction.
func (a *Authority) bundleIn(ctx context.Context, r Request, kind store.CallKind, step func(*store.Tx, *Request, *license.State) (Answer, error)) (all []Answer, err error) {
	seen, err := a.find(ctx, r)
	defer func() { a.told(&seen.Product, kind, err) }()
	if err != nil {
		return nil, err
	}
	if !seen.Product.Bundle {
		return nil, license.Refuse(license.ProductUnknown)
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		all = all[:0]
		parts, err := tx.LicensesOfBundle(seen.License.Tenant, seen.License.ID)
		if err != nil {
			return err
		}
		if err := a.once(tx, seen.License.Tenant, &r); err != nil {
			return err
		}
		for _, part := range append([]license.License{seen.License}, parts...) {
			one := license.State{License: part, User: seen.User}
			ans, err := step(tx, &r, &one)
			if err != nil {
				return err
			}
			all = append(all, ans)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range all {
		a.note(&all[i])
	}
	return all, nil
}
