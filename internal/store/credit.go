package store

import (
	"licet/internal/license"
)

// CreditTarget says whose credits are meant.
type CreditTarget string

// The targets of credits. Only licenses and buyers have some; AllCredits is what somebody may ask for.
const (
	LicenseCredits CreditTarget = "license"
	EmailCredits   CreditTarget = "email"
	AllCredits     CreditTarget = "all" // the license's first, then the buyer's
)

// CreditHolder is who may spend credits of a product: either a license, or a buyer by their address.
type CreditHolder struct {
	Tenant  license.TenantID
	Product license.ProductID
	License license.LicenseID // 0 is a buyer
	Email   string            // in any letter case; "" is a license
}

// Target says which of the two the holder is.
func (h *CreditHolder) Target() CreditTarget {
	if h.License != 0 {
		return LicenseCredits
	}
	return EmailCredits
}

// Credit is how many units of a name somebody may spend (software-dna.md §4).
type Credit struct {
	Target CreditTarget
	Name   string // compared exactly
	Amount int64  // from 0
}

const creditsOf = `
SELECT name, amount
  FROM credits
 WHERE tenant_id = $1 AND license_id = $2 AND email = $3 AND product_id = $4
 ORDER BY name
 LIMIT 1000`

// Credits returns the credits of a holder by name.
func (tx *Tx) Credits(h CreditHolder) ([]Credit, error) {
	list, err := listOf(tx, creditsOf, []any{h.Tenant, h.License, FoldEmail(h.Email), h.Product}, func(c *Credit) []any { return []any{&c.Name, &c.Amount} })
	for i := range list {
		list[i].Target = h.Target()
	}
	return list, err
}

const addCredit = `
INSERT INTO credits (tenant_id, license_id, email, product_id, name, amount)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, license_id, email, product_id, name) DO UPDATE SET amount = credits.amount + excluded.amount
RETURNING amount`

const otherCreditNames = `
SELECT COUNT(DISTINCT name), COUNT(CASE WHEN name = $3 THEN 1 END)
  FROM credits
 WHERE tenant_id = $1 AND product_id = $2`

// AddCredit gives a holder n more units, 1 and up, of a name, and returns what they have then. The product is locked. Invalid where the
// product would have more than [license.MaxCreditNames] names, or the holder more than [license.MaxID] units.
func (tx *Tx) AddCredit(h CreditHolder, name string, n int64) (Credit, error) {
	c := Credit{Target: h.Target(), Name: name}
	if n < 1 || n > license.MaxID {
		return c, license.Invalidf("count", "the amount is at least 1")
	}
	var names, same int64
	if _, err := tx.one(otherCreditNames, []any{h.Tenant, h.Product, name}, &names, &same); err != nil {
		return c, err
	}
	if same == 0 && names >= license.MaxCreditNames {
		return c, license.Invalidf("name", "a product has at most %d kinds of credits", license.MaxCreditNames)
	}
	_, err := tx.one(addCredit, []any{h.Tenant, h.License, FoldEmail(h.Email), h.Product, name, n}, &c.Amount)
	if err == nil && c.Amount > license.MaxID {
		err = license.Invalidf("count", "that many credits cannot be counted")
	}
	return c, err
}

const spendCredit = `
UPDATE credits SET amount = amount - $6
 WHERE tenant_id = $1 AND license_id = $2 AND email = $3 AND product_id = $4 AND name = $5
RETURNING amount`

// SpendCredit takes n units, from 0, and returns what is left: below 0 it was too much, and the transaction has to be given up, or the
// rest be given back by a negative n. With n = 0 it locks alone. CreditUnknown where the holder has none of that name. Of several holders
// the license comes first, so that everybody locks in one order.
func (tx *Tx) SpendCredit(h CreditHolder, name string, n int64) (Credit, error) {
	c := Credit{Target: h.Target(), Name: name}
	found, err := tx.one(spendCredit, []any{h.Tenant, h.License, FoldEmail(h.Email), h.Product, name, n}, &c.Amount)
	if err == nil && !found {
		err = license.Refuse(license.CreditUnknown)
	}
	return c, err
}

// CreditHolders returns whose credits a target means for a license: its own, those of the address of its buyer, or both in this order. The
// buyer is the customer who bought the license; where nobody is known, whoever gave an address when it was activated. Without an
// address there is no buyer.
func (tx *Tx) CreditHolders(l *license.License, target CreditTarget) ([]CreditHolder, error) {
	own := CreditHolder{Tenant: l.Tenant, Product: l.Product, License: l.ID}
	if target == LicenseCredits {
		return []CreditHolder{own}, nil
	}
	buyer := CreditHolder{Tenant: l.Tenant, Product: l.Product}
	if l.Customer != 0 {
		c, err := tx.FindCustomer(l.Tenant, l.Customer)
		if err != nil {
			return nil, err
		}
		buyer.Email = c.Email
	}
	var out []CreditHolder
	if target == AllCredits {
		out = append(out, own)
	}
	if buyer.Email != "" {
		out = append(out, buyer)
	}
	return out, nil
}
