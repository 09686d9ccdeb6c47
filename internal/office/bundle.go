package office

import (
	"context"
	"slices"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// maxItems is how many products a bundle stands for at most.
const maxItems = 50

// NewBundle is a bundle to make: a product that stands for others. Whoever has the key of one of its licenses, or is a
// user of it, may activate all of them.
type NewBundle struct {
	Code     string   // unique among the codes of products
	Name     string   //
	Products []string // 1 to 50, each by code, number or identity; after a colon a policy whose terms its licenses get
	State    license.ProductState
	Mask     license.Mask
	Metadata string
	Fields   []license.CustomField
	Terms    TermsChange // of the default policy of the bundle itself
}

// CreateBundle makes a bundle with its default policy. Its users prove their right as those of the products do, which must
// be the same way for all of them. Invalid for a bundle in a bundle. What it stands for is fixed.
func (o *Office) CreateBundle(ctx context.Context, actor identity.Actor, n NewBundle) (Product, error) {
	if len(n.Products) == 0 || len(n.Products) > maxItems {
		return Product{}, license.Invalidf("bundle", "a bundle stands for 1 to %d products", maxItems)
	}
	return o.createProduct(ctx, actor, NewProduct{
		Code: n.Code, Name: n.Name, State: n.State, Mask: n.Mask, Metadata: n.Metadata, Fields: n.Fields, Terms: n.Terms,
	}, n.Products)
}

// bundleItems finds what the bundle p will stand for, and makes p one; nothing where it is none.
func bundleItems(tx *store.Tx, actor identity.Actor, p *Product, products []string) ([]store.BundleItem, error) {
	var items []store.BundleItem
	for _, ref := range products {
		name, policy, named := strings.Cut(ref, ":")
		product, err := findProduct(tx, actor, name)
		if err != nil {
			return nil, err
		}
		item := store.BundleItem{Product: product}
		if named {
			found, err := findPolicy(tx, &product, policy)
			if err != nil {
				return nil, err
			}
			item.Policy = found.ID
		}
		switch {
		case product.Bundle:
			return nil, license.Invalidf("bundle", "%s is a bundle itself", product.Code)
		case len(items) > 0 && product.Auth != items[0].Product.Auth:
			return nil, license.Invalidf("bundle", "the users of %s and of %s prove their right in different ways", product.Code, items[0].Product.Code)
		case slices.ContainsFunc(items, func(other store.BundleItem) bool { return other.Product.ID == product.ID }):
			return nil, license.Invalidf("bundle", "%s is named twice", product.Code)
		}
		items = append(items, item)
		p.Bundle, p.Auth = true, product.Auth
	}
	return items, nil
}

// BundleItem is a product that a bundle stands for.
type BundleItem = store.BundleItem

// BundleItems returns what a bundle stands for, in its order; nothing for a product that is none. Products that the actor is
// not for are left out.
func (o *Office) BundleItems(ctx context.Context, actor identity.Actor, ref string) (list []BundleItem, err error) {
	if err := mayWithin(actor, identity.ReadProducts); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		p, err := findProduct(tx, actor, ref)
		if err != nil {
			return err
		}
		list, err = tx.BundleItems(actor.Tenant, p.ID)
		list = slices.DeleteFunc(list, func(item BundleItem) bool { return !actor.Covers(item.Product.ID) })
		return err
	})
	return list, err
}

// bundled returns the members of an issue of a bundle: the bundle itself, then what it stands for.
func (n *NewLicenses) bundled(tx *store.Tx, actor identity.Actor, whole member) ([]member, error) {
	items, err := tx.BundleItems(whole.product.Tenant, whole.product.ID)
	if err != nil {
		return nil, err
	}
	all := []member{whole}
	if n.Amount*(len(items)+1) > MaxIssue {
		return nil, license.Invalidf("amount", "a bundle of %d products is issued %d times at once at most", len(items), MaxIssue/(len(items)+1))
	}
	for _, item := range items {
		if !actor.Covers(item.Product.ID) {
			return nil, beyondBundle()
		}
		var policy license.Policy
		if item.Policy == 0 {
			policy, err = tx.FindDefaultPolicy(item.Product.Tenant, item.Product.ID)
		} else {
			policy, err = tx.FindPolicy(item.Product.Tenant, item.Policy)
		}
		if err != nil {
			return nil, err
		}
		m, err := n.member(item.Product, &policy)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// beyondBundle is what somebody hears who is for a bundle and not for all that it stands for.
func beyondBundle() error {
	return license.Refusef(license.PermissionMissing, "this token is for certain products only, and the bundle stands for others too")
}

func recordsOf(members []member) [][]license.LicenseRecord {
	all := make([][]license.LicenseRecord, len(members))
	for i := range members {
		all[i] = members[i].records
	}
	return all
}

// wholes acts on licenses, and on the parts of those that are of bundles, each once.
type wholes struct {
	tx      *store.Tx
	done    map[license.LicenseID]Outcome
	bundles map[license.ProductID]bool
}

// act does something to a license and, where parts are wanted and it went well, to its parts.
func (w *wholes) act(actor identity.Actor, id license.LicenseID, now license.Time, do act, parts bool) (Outcome, error) {
	if result, done := w.done[id]; done {
		return result, nil
	}
	if parts && actor.Narrowed() {
		if err := w.within(actor, id); err != nil {
			return refusal(Outcome{}, err)
		}
	}
	result, err := one(w.tx, actor, id, now, do)
	if err != nil || !parts || result.Err != nil {
		return result, err
	}
	isBundle, err := w.isBundle(&result.License.License)
	if err != nil || !isBundle {
		return result, err
	}
	all, err := w.tx.LicensesOfBundle(actor.Tenant, id)
	if err != nil {
		return result, err
	}
	for i := range all {
		if w.done[all[i].ID], err = one(w.tx, actor, all[i].ID, now, do); err != nil {
			return result, err
		}
	}
	return result, nil
}

// within refuses an actor who is not for all the products that a license has parts of.
func (w *wholes) within(actor identity.Actor, id license.LicenseID) error {
	all, err := w.tx.LicensesOfBundle(actor.Tenant, id)
	for i := range all {
		if err == nil && !actor.Covers(all[i].Product) {
			err = beyondBundle()
		}
	}
	return err
}

func (w *wholes) isBundle(l *license.License) (bool, error) {
	is, known := w.bundles[l.Product]
	if known {
		return is, nil
	}
	p, err := w.tx.FindProduct(l.Tenant, l.Product)
	w.bundles[l.Product] = p.Bundle
	return p.Bundle, err
}

// withIDs returns the fields that a product shall have: each with the identity of the field of that name that it had, or a
// new one.
func withIDs(tx *store.Tx, fields, had []license.CustomField) []license.CustomField {
	out := slices.Clone(fields)
	for i := range out {
		out[i].ID = 0
		for _, old := range had {
			if old.Name == out[i].Name {
				out[i].ID = old.ID
			}
		}
		if out[i].ID == 0 {
			out[i].ID = tx.NewID()
		}
	}
	return out
}
