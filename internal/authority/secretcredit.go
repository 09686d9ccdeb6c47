package authority

import (
	"context"
	"strings"

	"licet/internal/license"
	"licet/internal/store"
)

// ParseCreditTarget reads whose credits are asked for: license, email or all, in any letter case. Anything else is Invalid.
func ParseCreditTarget(text string) (store.CreditTarget, error) {
	switch t := store.CreditTarget(strings.ToLower(text)); t {
	case store.LicenseCredits, store.EmailCredits, store.AllCredits:
		return t, nil
	}
	return "", license.Invalidf("target", "the target is LICENSE, EMAIL or ALL")
}

// LicenseCredits returns the credits that a license, its buyer or both may spend, the license's first, each by name (E12). It refuses
// with Invalid for the target, AddressLocked, ProductUnknown and KeyUnknown. The buyer is who store.Tx.CreditHolders says.
func (a *Authority) LicenseCredits(ctx context.Context, c SecretCall, target string) (list []store.Credit, err error) {
	t, err := ParseCreditTarget(target)
	if err != nil {
		return nil, err
	}
	m, err := a.enterMatter(ctx, &c, false, nil)
	if err != nil {
		return nil, err
	}
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = creditsOf(tx, &m.license, t)
		return err
	})
	return list, err
}

func creditsOf(tx *store.Tx, l *license.License, target store.CreditTarget) (list []store.Credit, err error) {
	holders, err := tx.CreditHolders(l, target)
	if err != nil {
		return nil, err
	}
	for _, h := range holders {
		of, err := tx.Credits(h)
		if err != nil {
			return nil, err
		}
		list = append(list, of...)
	}
	return list, nil
}

// SpendCredits takes n credits of a name, from 0 to license.MaxCreditUse; of all, from the license's first (E13). It returns what is left
// of them, with the target that was asked for. It refuses with Invalid, AppKeyReadOnly, AddressLocked, ProductUnknown, KeyUnknown,
// CreditUnknown, CreditShort, and then nothing is taken, and TestRefused.
func (a *Authority) SpendCredits(ctx context.Context, c SecretCall, name string, n int64, target string) (left store.Credit, err error) {
	t, err := ParseCreditTarget(target)
	switch {
	case err != nil:
		return left, err
	case n < 0 || n > license.MaxCreditUse:
		return left, license.Invalidf("count", "from 0 to %d credits are spent at a time", license.MaxCreditUse)
	case name == "" || !plain(name):
		return left, license.Invalidf("name", "say which credits to spend")
	}
	m, err := a.enterMatter(ctx, &c, true, nil)
	if err != nil {
		return left, err
	}
	if m.isTrial() {
		return left, a.trySpending(ctx, &m, name, n, t)
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		if err := a.guardAddress(tx, &c); err != nil {
			return err
		}
		r, err := tx.LockLicense(m.license.Tenant, m.license.ID)
		if err != nil {
			return err
		}
		holders, err := tx.CreditHolders(&r.License, t)
		if err != nil {
			return err
		}
		if left, err = spend(tx, holders, name, n); err != nil {
			return err
		}
		left.Target = t
		return tx.AppendEvents(r.Tenant, c.actor(), a.now(), license.Event{Kind: license.CreditsSpent, License: r.ID,
			Data: map[string]any{"name": name, "count": n, "target": t, "left": left.Amount}})
	})
	return left, err
}

// trySpending says what spending would say, and takes nothing.
func (a *Authority) trySpending(ctx context.Context, m *matter, name string, n int64, target store.CreditTarget) error {
	err := a.store.Read(ctx, func(tx *store.Tx) error {
		list, err := creditsOf(tx, &m.license, target)
		if err != nil {
			return err
		}
		known, have := false, int64(0)
		for _, c := range list {
			if c.Name == name {
				known, have = true, have+c.Amount
			}
		}
		switch {
		case !known:
			return license.Refuse(license.CreditUnknown)
		case have < n:
			return license.Refuse(license.CreditShort)
		}
		return nil
	})
	if err == nil {
		err = a.tried(ctx, m)
	}
	return err
}

// spend takes n credits from holders, one after the other, and returns what all of them have left.
func spend(tx *store.Tx, holders []store.CreditHolder, name string, n int64) (store.Credit, error) {
	left, known := store.Credit{Name: name}, false
	for _, h := range holders {
		c, err := tx.SpendCredit(h, name, n)
		if license.ReasonOf(err) == license.CreditUnknown {
			continue
		}
		if err == nil && c.Amount < 0 { // The next one has to give the rest.
			n = -c.Amount
			c, err = tx.SpendCredit(h, name, c.Amount)
		} else {
			n = 0
		}
		if err != nil {
			return left, err
		}
		known, left.Amount = true, left.Amount+c.Amount
	}
	switch {
	case !known:
		return left, license.Refuse(license.CreditUnknown)
	case n > 0:
		return left, license.Refuse(license.CreditShort)
	}
	return left, nil
}
