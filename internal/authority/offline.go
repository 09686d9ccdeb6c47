package authority

import (
	"context"

	"licet/internal/license"
	"licet/internal/store"
)

// Use is what a device used of a license, or of one of its features, while nobody could count it.
type Use struct {
	Feature string // "" is the license itself
	Amount  int64  // units; 0 is nothing, negative gives back
}

// DeactivateAfter is Deactivate for a device that was offline: it stores r.Variables, counts uses and then frees the
// place, or does none of it. Besides what Deactivate refuses, it refuses as Consume does.
func (a *Authority) DeactivateAfter(ctx context.Context, r Request, uses []Use) (ans Answer, err error) {
	seen, err := a.find(ctx, r)
	defer func() { a.told(&seen.Product, store.CallDeactivate, err) }()
	if err != nil {
		return Answer{State: seen, Now: a.now()}, err
	}
	err = a.store.Write(ctx, func(tx *store.Tx) (err error) {
		ans = Answer{Now: a.now()}
		if err := a.once(tx, seen.License.Tenant, &r); err != nil {
			return err
		}
		if ans, err = a.countIn(tx, &r, &seen, uses, license.Consume); err != nil {
			return err
		}
		ans, err = a.decideIn(tx, &r, &seen, license.Deactivate)
		return err
	})
	return ans, err
}

// DeactivateBundleAfter is DeactivateBundle for a device that was offline. Each of uses is counted on every license of
// the bundle that has a meter for it.
func (a *Authority) DeactivateBundleAfter(ctx context.Context, r Request, uses []Use) ([]Answer, error) {
	return a.bundleIn(ctx, r, store.CallDeactivate, func(tx *store.Tx, r *Request, seen *license.State) (Answer, error) {
		var fit []Use
		for _, u := range uses {
			if hasMeter(seen.License.Terms, u.Feature) {
				fit = append(fit, u)
			}
		}
		if ans, err := a.countIn(tx, r, seen, fit, consumeInBundle); err != nil {
			return ans, err
		}
		return a.decideIn(tx, r, seen, freeInBundle)
	})
}

// consumeInBundle is license.Consume that leaves a part of a bundle alone which the device does not use.
func consumeInBundle(s *license.State, c *license.Claim, now license.Time) (license.Change, error) {
	if s.License.Bundle != 0 && (s.Device == nil || !s.Device.Active) {
		return license.Change{License: s.License, Device: s.Device}, nil
	}
	return license.Consume(s, c, now)
}

// hasMeter reports whether use of a feature, or with "" of the license itself, is counted.
func hasMeter(t *license.Terms, feature string) bool {
	if feature == "" {
		return t.Usage != nil
	}
	f := t.Feature(feature)
	return f != nil && f.Usage != nil
}

// countIn counts uses in a transaction that is open. The answer is of the last one, and worth reading only with an error.
func (a *Authority) countIn(tx *store.Tx, r *Request, seen *license.State, uses []Use, consume rule) (ans Answer, err error) {
	plain := Request{Claim: r.Claim}
	for _, u := range uses {
		if u.Amount == 0 {
			continue
		}
		plain.Feature, plain.Amount = u.Feature, u.Amount
		if ans, err = a.decideIn(tx, &plain, seen, consume); err != nil {
			return ans, err
		}
	}
	return ans, nil
}

// Inspect returns what a license says to a device that is activated on it, and of a bundle what each of its licenses says,
// the bundle's own first: what goes into a file for a device that cannot ask. No floating seat is taken. It refuses what
// Check refuses.
func (a *Authority) Inspect(ctx context.Context, r Request) ([]Answer, error) {
	seen, err := a.find(ctx, r)
	if err == nil && seen.Product.Bundle {
		return a.bundle(ctx, r, store.CallFile, inspect)
	}
	var ans Answer
	if err == nil {
		ans, err = a.decide(ctx, r, &seen, inspect)
	}
	a.told(&seen.Product, store.CallFile, err)
	if err != nil {
		return nil, err
	}
	return []Answer{ans}, nil
}

// inspect is a check as a decision that changes nothing.
func inspect(s *license.State, c *license.Claim, now license.Time) (license.Change, error) {
	return license.Change{License: s.License, Device: s.Device}, license.Check(s, c, now).Err()
}
