package office

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/store"
)

// Product is a product with what only the vendor's people see.
type Product = store.ProductRecord

// NewProduct is a product to make.
type NewProduct struct {
	Code     string
	Name     string
	Auth     license.AuthMethod    // fixed for ever; "" is license.ByKey
	State    license.ProductState  // "" is license.ProductActive
	Mask     license.Mask          // of new keys; the zero Mask is the default one
	Metadata string                // JSON that clients see; "" is none
	Fields   []license.CustomField // that licenses have, with what they hold unless an issue says otherwise
	Terms    TermsChange           // of the default policy, from license.DefaultTerms
}

// DefaultPolicyCode is the code of the policy that every product begins with.
const DefaultPolicyCode = "default"

// CreateProduct makes a product with its default policy. Conflict when the tenant has one with that code.
func (o *Office) CreateProduct(ctx context.Context, actor identity.Actor, n NewProduct) (Product, error) {
	return o.createProduct(ctx, actor, n, nil)
}

// createProduct makes a product, or with what a bundle stands for that.
func (o *Office) createProduct(ctx context.Context, actor identity.Actor, n NewProduct, bundle []string) (Product, error) {
	if err := may(actor, identity.WriteProducts); err != nil {
		return Product{}, err
	}
	made, err := n.product(actor.Tenant)
	if err != nil {
		return Product{}, err
	}
	terms, err := n.Terms.Apply(license.DefaultTerms())
	if err != nil {
		return Product{}, err
	}
	var p Product
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		p = made
		p.Created = now
		p.Fields = withIDs(tx, n.Fields, nil)
		// The tenant is the lock of its address rules, which may be about all of its products.
		if _, err := tx.LockTenant(actor.Tenant); err != nil {
			return err
		}
		items, err := bundleItems(tx, actor, &p, bundle)
		if err != nil {
			return err
		}
		if err := tx.InsertProduct(&p); err != nil {
			return err
		}
		if err := tx.InsertBundleItems(p.Tenant, p.ID, items); err != nil {
			return err
		}
		policy := license.Policy{Tenant: p.Tenant, Product: p.ID, Code: DefaultPolicyCode, Name: "Default", Default: true, Terms: terms, Created: now}
		if err := tx.InsertPolicy(&policy); err != nil {
			return err
		}
		return tx.AppendEvents(p.Tenant, actor.String(), now,
			license.Event{Kind: license.ProductCreated, Subject: int64(p.ID), Data: map[string]any{"code": p.Code, "number": p.Number, "bundle": p.Bundle}},
			license.Event{Kind: license.PolicyCreated, Subject: int64(policy.ID), Data: map[string]any{"code": policy.Code, "product": p.Code}})
	})
	return p, err
}

// product is the product with what is not given filled in, once it was checked.
func (n *NewProduct) product(tenant license.TenantID) (Product, error) {
	p := Product{Mask: n.Mask, Product: license.Product{Tenant: tenant, Code: n.Code, Name: n.Name,
		State: cmp.Or(n.State, license.ProductActive), Auth: cmp.Or(n.Auth, license.ByKey), Metadata: n.Metadata}, Fields: n.Fields}
	if err := checkCode(n.Code); err != nil {
		return p, err
	}
	return p, checkProduct(&p)
}

func checkProduct(p *Product) error {
	if err := checkText("name", p.Name, 1, maxName); err != nil {
		return err
	}
	if p.Auth != license.ByKey && p.Auth != license.ByUser {
		return license.Invalidf("auth", "the method is %s or %s", license.ByKey, license.ByUser)
	}
	if p.State != license.ProductActive && p.State != license.ProductTesting {
		return license.Invalidf("state", "the state is %s or %s", license.ProductTesting, license.ProductActive)
	}
	if err := p.Mask.Validate(); err != nil {
		return err
	}
	if err := license.ValidateFields(p.Fields); err != nil {
		return err
	}
	return checkMetadata(p.Metadata)
}

func checkMetadata(text string) error {
	switch {
	case text == "":
	case len(text) > maxMetadata:
		return license.Invalidf("metadata", "metadata has at most %d bytes", maxMetadata)
	case !json.Valid([]byte(text)):
		return license.Invalidf("metadata", "metadata is JSON")
	}
	return nil
}

// ProductChange says what is to differ; a nil field leaves its value.
type ProductChange struct {
	Name     *string
	State    *license.ProductState
	Mask     *license.Mask
	Metadata *string
	Disabled *bool                  // no new licenses, no new activations; running devices go on
	Archived *bool                  // no new activations either; hidden from lists
	Fields   *[]license.CustomField // all of them; licenses that were issued keep theirs

	If func(Product) error // looks at what is stored, and its error is the answer; nil is no condition
}

// ChangeProduct changes a product. Its code and method stay for ever. No license changes.
func (o *Office) ChangeProduct(ctx context.Context, actor identity.Actor, ref string, c ProductChange) (Product, error) {
	return o.editProduct(ctx, actor, ref, func(tx *store.Tx, p *Product) (map[string]any, error) {
		if c.If != nil {
			stored := *p
			stored.Revision-- // the lock has counted
			if err := c.If(stored); err != nil {
				return nil, err
			}
		}
		if c.Fields != nil {
			p.Fields = withIDs(tx, *c.Fields, p.Fields)
		}
		set(&p.Name, c.Name)
		set(&p.State, c.State)
		set(&p.Mask, c.Mask)
		set(&p.Metadata, c.Metadata)
		set(&p.Disabled, c.Disabled)
		set(&p.Archived, c.Archived)
		return map[string]any{"name": p.Name, "state": p.State, "disabled": p.Disabled, "archived": p.Archived}, checkProduct(p)
	})
}

// editProduct locks a product, lets edit change it, and stores it with an event of what edit returns; nil
// means that nothing changed.
func (o *Office) editProduct(ctx context.Context, actor identity.Actor, ref string, edit func(*store.Tx, *Product) (map[string]any, error)) (p Product, err error) {
	if err := mayWithin(actor, identity.WriteProducts); err != nil {
		return Product{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		found, err := findProduct(tx, actor, ref)
		if err != nil {
			return err
		}
		if p, err = tx.LockProduct(actor.Tenant, found.ID); err != nil {
			return err
		}
		data, err := edit(tx, &p)
		if err != nil || data == nil {
			return err
		}
		if err := tx.SaveProduct(&p); err != nil {
			return err
		}
		return tx.AppendEvents(p.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.ProductChanged, Subject: int64(p.ID), Data: data})
	})
	if err != nil {
		return Product{}, err
	}
	return p, nil
}

// ListProducts returns the products of the actor's tenant; the archived ones only when asked for.
func (o *Office) ListProducts(ctx context.Context, actor identity.Actor, archived bool, page Page) (list []Product, err error) {
	if err := mayWithin(actor, identity.ReadProducts); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if actor.Narrowed() {
			list, err = itsProducts(tx, actor, archived, page)
			return err
		}
		list, err = tx.ListProducts(actor.Tenant, archived, license.ProductID(page.Before), page.size())
		return err
	})
	return list, err
}

// itsProducts is a page of the products that an actor is for.
func itsProducts(tx *store.Tx, actor identity.Actor, archived bool, page Page) ([]Product, error) {
	ids := slices.Sorted(slices.Values(actor.Products))
	var list []Product
	for _, id := range slices.Backward(ids) {
		if page.Before != 0 && int64(id) >= page.Before {
			continue
		}
		p, err := tx.FindProduct(actor.Tenant, id)
		if err != nil {
			return nil, err
		}
		if archived || !p.Archived {
			list = append(list, p)
		}
		if len(list) == page.size() {
			break
		}
	}
	return list, nil
}

// FindProduct returns a product of the actor's tenant by its code, number or identity. Digits alone are
// looked up as a number first. It refuses with product_unknown.
func (o *Office) FindProduct(ctx context.Context, actor identity.Actor, ref string) (p Product, err error) {
	if err := mayWithin(actor, identity.ReadProducts); err != nil {
		return Product{}, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = findProduct(tx, actor, ref)
		return err
	})
	return p, err
}

// findProduct finds a product of the actor's tenant by what people call it. This is the one place where a product exists or
// does not exist for somebody: those that the actor is not for are ProductUnknown.
func findProduct(tx *store.Tx, actor identity.Actor, ref string) (Product, error) {
	if ref == "" {
		return Product{}, license.Invalidf("product", "say which product")
	}
	p, err := productOf(tx, actor.Tenant, ref)
	if err == nil && !actor.Covers(p.ID) {
		return Product{}, license.Refuse(license.ProductUnknown)
	}
	return p, err
}

func productOf(tx *store.Tx, tenant license.TenantID, ref string) (Product, error) {
	id, isID := license.ParseID(ref)
	if !isID {
		return tx.FindProductByCode(tenant, ref)
	}
	p, err := tx.FindProductByNumber(tenant, id)
	if license.CodeOf(err) == license.NotFound {
		return tx.FindProduct(tenant, license.ProductID(id))
	}
	return p, err
}

// SwitchOnE2EE makes the answers about a product end-to-end encrypted (contract rmz, 11) and returns the
// key as 64 hexadecimal digits. Where it is on, it stays as it is and its key is returned.
func (o *Office) SwitchOnE2EE(ctx context.Context, actor identity.Actor, ref string) (identity.Secret, error) {
	return o.keyE2EE(ctx, actor, ref, false)
}

// RotateE2EE gives a product a new end-to-end key and returns it. The old one stops at once.
func (o *Office) RotateE2EE(ctx context.Context, actor identity.Actor, ref string) (identity.Secret, error) {
	return o.keyE2EE(ctx, actor, ref, true)
}

func (o *Office) keyE2EE(ctx context.Context, actor identity.Actor, ref string, rotate bool) (identity.Secret, error) {
	fresh, err := signing.NewE2EEKey(o.d.Rand)
	if err != nil {
		return "", err
	}
	p, err := o.editProduct(ctx, actor, ref, func(_ *store.Tx, p *Product) (map[string]any, error) {
		on := p.E2EEKey != nil
		switch {
		case on && !rotate:
			return nil, nil
		case !on && rotate:
			return nil, &license.Error{Code: license.Conflict, Message: "end-to-end encryption is off; switch it on first"}
		}
		p.E2EEKey = o.d.Keyring.Seal(p.SealContext(), fresh[:])
		return map[string]any{"e2ee": map[bool]string{true: "rotated", false: "on"}[on]}, nil
	})
	if err != nil {
		return "", err
	}
	return o.openE2EE(&p)
}

// SwitchOffE2EE sends the answers about a product in clear again. Its key is gone.
func (o *Office) SwitchOffE2EE(ctx context.Context, actor identity.Actor, ref string) error {
	_, err := o.editProduct(ctx, actor, ref, func(_ *store.Tx, p *Product) (map[string]any, error) {
		if p.E2EEKey == nil {
			return nil, nil
		}
		p.E2EEKey = nil
		return map[string]any{"e2ee": "off"}, nil
	})
	return err
}

// ShowE2EE returns the end-to-end key of a product as 64 hexadecimal digits, "" when it is off. As a
// secret it needs products:write.
func (o *Office) ShowE2EE(ctx context.Context, actor identity.Actor, ref string) (identity.Secret, error) {
	if err := mayWithin(actor, identity.WriteProducts); err != nil {
		return "", err
	}
	p, err := o.FindProduct(ctx, actor, ref)
	if err != nil || p.E2EEKey == nil {
		return "", err
	}
	return o.openE2EE(&p)
}

func (o *Office) openE2EE(p *Product) (identity.Secret, error) {
	raw, err := o.d.Keyring.Open(p.SealContext(), p.E2EEKey)
	if err != nil {
		return "", license.Wrap(license.Internal, "the end-to-end key cannot be read; is this the right master key?", err)
	}
	return identity.Secret(signing.E2EEKey(raw).Hex()), nil
}
