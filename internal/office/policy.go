package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// NewPolicy is a policy to make.
type NewPolicy struct {
	Product string // code, number or identity
	Code    string // fixed for ever
	Name    string // "" is the code
	Default bool   // used from now on when an issue names no policy
	Terms   TermsChange
}

// CreatePolicy makes a template for licenses of a product, from license.DefaultTerms. Conflict when the
// product has one with that code.
func (o *Office) CreatePolicy(ctx context.Context, actor identity.Actor, n NewPolicy) (license.Policy, error) {
	if err := mayWithin(actor, identity.WritePolicies); err != nil {
		return license.Policy{}, err
	}
	if err := checkCode(n.Code); err != nil {
		return license.Policy{}, err
	}
	if n.Name == "" {
		n.Name = n.Code
	}
	if err := checkText("name", n.Name, 1, maxName); err != nil {
		return license.Policy{}, err
	}
	terms, err := n.Terms.Apply(license.DefaultTerms())
	if err != nil {
		return license.Policy{}, err
	}
	var p license.Policy
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		product, err := lockProduct(tx, actor, n.Product)
		if err != nil {
			return err
		}
		p = license.Policy{Tenant: actor.Tenant, Product: product.ID, Code: n.Code, Name: n.Name, Default: n.Default, Terms: terms, Created: now}
		if err := tx.InsertPolicy(&p); err != nil {
			return err
		}
		return tx.AppendEvents(p.Tenant, actor.String(), now, license.Event{Kind: license.PolicyCreated, Subject: int64(p.ID),
			Data: map[string]any{"code": p.Code, "product": product.Code, "default": p.Default}})
	})
	return p, err
}

func lockProduct(tx *store.Tx, actor identity.Actor, ref string) (Product, error) {
	found, err := findProduct(tx, actor, ref)
	if err != nil {
		return found, err
	}
	return tx.LockProduct(actor.Tenant, found.ID)
}

// PolicyChange says what is to differ; a nil field leaves its value.
type PolicyChange struct {
	Name     *string
	Archived *bool // no new licenses from it
	Default  bool  // make it the default of its product; another takes that place only the same way
	Terms    TermsChange

	If func(license.Policy) error // looks at what is stored, and its error is the answer; nil is no condition
}

// ChangePolicy changes a policy of a product. No license that was issued from it changes. Conflict for
// archiving the default, or making an archived one the default.
func (o *Office) ChangePolicy(ctx context.Context, actor identity.Actor, product, ref string, c PolicyChange) (p license.Policy, err error) {
	if err := mayWithin(actor, identity.WritePolicies); err != nil {
		return license.Policy{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		owner, err := lockProduct(tx, actor, product)
		if err != nil {
			return err
		}
		found, err := findPolicy(tx, &owner, ref)
		if err != nil {
			return err
		}
		if p, err = tx.LockPolicy(actor.Tenant, found.ID); err != nil {
			return err
		}
		if err := c.apply(&p); err != nil {
			return err
		}
		if err := tx.SavePolicy(&p); err != nil {
			return err
		}
		if c.Default {
			if err := tx.DefaultPolicy(p.Tenant, p.Product, p.ID); err != nil {
				return err
			}
		}
		return tx.AppendEvents(p.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.PolicyChanged, Subject: int64(p.ID),
			Data: map[string]any{"code": p.Code, "product": owner.Code, "default": p.Default, "archived": p.Archived}})
	})
	return p, err
}

func (c PolicyChange) apply(p *license.Policy) error {
	if c.If != nil {
		stored := *p
		stored.Revision-- // the lock has counted
		if err := c.If(stored); err != nil {
			return err
		}
	}
	set(&p.Name, c.Name)
	set(&p.Archived, c.Archived)
	p.Default = p.Default || c.Default
	if p.Default && p.Archived {
		return &license.Error{Code: license.Conflict, Message: "the default policy of a product cannot be archived; make another one the default first"}
	}
	if err := checkText("name", p.Name, 1, maxName); err != nil {
		return err
	}
	terms, err := c.Terms.Apply(p.Terms)
	p.Terms = terms
	return err
}

// ListPolicies returns the policies of a product; the archived ones only when asked for.
func (o *Office) ListPolicies(ctx context.Context, actor identity.Actor, product string, archived bool, page Page) (list []license.Policy, err error) {
	if err := mayWithin(actor, identity.ReadPolicies); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		owner, err := findProduct(tx, actor, product)
		if err != nil {
			return err
		}
		list, err = tx.ListPolicies(actor.Tenant, owner.ID, archived, license.PolicyID(page.Before), page.size())
		return err
	})
	return list, err
}

// FindPolicy returns a policy of a product by its code or identity; with an empty ref the default one.
func (o *Office) FindPolicy(ctx context.Context, actor identity.Actor, product, ref string) (p license.Policy, err error) {
	if err := mayWithin(actor, identity.ReadPolicies); err != nil {
		return license.Policy{}, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		owner, err := findProduct(tx, actor, product)
		if err != nil {
			return err
		}
		p, err = findPolicy(tx, &owner, ref)
		return err
	})
	return p, err
}

func findPolicy(tx *store.Tx, owner *Product, ref string) (license.Policy, error) {
	id, isID := license.ParseID(ref)
	switch {
	case ref == "":
		return tx.FindDefaultPolicy(owner.Tenant, owner.ID)
	case !isID:
		return tx.FindPolicyByCode(owner.Tenant, owner.ID, ref)
	}
	p, err := tx.FindPolicy(owner.Tenant, license.PolicyID(id))
	if err == nil && p.Product != owner.ID {
		return license.Policy{}, license.Missing("policy", ref)
	}
	return p, err
}
