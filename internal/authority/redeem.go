package authority

import (
	"context"

	"licet/internal/license"
	"licet/internal/store"
)

// Redeem assigns the license with a key to the license user of that name, who is made when the product
// has none: the license becomes a user's (KeyAuth .license, .register and .upgrade).
//
// Besides ProductUnknown and KeyUnknown it refuses as license.Redeem does; of two at once, one wins.
func (a *Authority) Redeem(ctx context.Context, product int64, key, name string) (Answer, error) {
	r := Request{Product: product, Key: key}
	seen, err := a.find(ctx, r)
	if err != nil {
		return Answer{State: seen, Now: a.now()}, err
	}
	var ans Answer
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		ans = Answer{Now: a.now()}
		var err error
		if ans.State, err = tx.LockState(&seen, &r.Claim, ans.Now); err != nil {
			return err
		}
		user, made, err := userOf(tx, &ans.State, name, ans.Now)
		if err != nil {
			return err
		}
		ans.User = user
		ch, err := license.Redeem(&ans.State, ans.Now)
		if err != nil {
			return err
		}
		ch.Events = append(made, ch.Events...)
		if err := tx.Apply(ans.License.Tenant, actor, ans.Now, &ch); err != nil {
			return err
		}
		ans.License, ans.Redemption = ch.License, ch.Redemption
		return nil
	})
	return ans, err
}

// userOf finds the license user of a name or makes one, with the event that says so.
func userOf(tx *store.Tx, s *license.State, name string, now license.Time) (*license.LicenseUser, []license.Event, error) {
	if name == "" {
		return nil, nil, nil // the rule says what is missing
	}
	u := license.LicenseUser{Tenant: s.License.Tenant, Product: s.License.Product, Name: name, Created: now}
	fresh, err := tx.InsertLicenseUser(&u)
	if err != nil {
		return nil, nil, err
	}
	if fresh {
		return &u, []license.Event{{Kind: license.UserCreated, Subject: int64(u.ID), Data: map[string]any{"name": name}}}, nil
	}
	u, err = tx.FindLicenseUserByName(u.Tenant, u.Product, name)
	return &u, nil, err
}

// SignIn answers whether whoever redeemed the license with a key may go on. The ban of the license does
// not matter, the ban of the user does (S1-17, S1-18). UserRequired when nobody redeemed it.
func (a *Authority) SignIn(ctx context.Context, product int64, key string) (Answer, error) {
	ans := Answer{Now: a.now()}
	var err error
	if ans.State, err = a.find(ctx, Request{Product: product, Key: key}); err != nil {
		return ans, err
	}
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		ans.Redemption, ans.User, err = tx.FindRedemption(ans.License.Tenant, ans.License.ID)
		return err
	})
	if err != nil {
		return ans, err
	}
	return ans, license.SignIn(&ans.State, ans.Now)
}
