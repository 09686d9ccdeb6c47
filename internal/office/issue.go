package office

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// MaxIssue is how many licenses one call makes at most.
const MaxIssue = 10_000

// NewLicenses says which licenses to make. Only Product is needed: then it is one license with the
// default policy's terms and a key of the product's mask.
type NewLicenses struct {
	Product string        // code, number or identity
	Policy  string        // code or identity; "" is the product's default
	Amount  int           // 1 to MaxIssue; 0 is as many as Keys, or 1
	Mask    *license.Mask // of the keys; nil is the product's
	Keys    []string      // the vendor's own keys, one a license, in place of made ones

	Expiry    license.Span // how long they last; zero is what the policy says. Excludes Plan and ExpiresAt
	ExpiresAt license.Time // a fixed end; 0 is none
	Plan      license.Plan // an RMZ plan; "" is none
	NotBefore license.Time // no activation earlier; 0 is none
	Trial     bool
	Terms     TermsChange // what else differs from the policy

	Order       string              // reference: an order of that name is added to; "" makes one
	OrderStatus license.OrderStatus // pending or completed; "" is completed, or as a known order stands
	Customer    string              // e-mail address of the buyer; "" is none
	Note        string              // for the vendor's people, never sent to a client (S1-25)
	CreatedBy   string              // who made them, in the vendor's words
	Metadata    string              // JSON that clients see
	Fields      map[string]string   // custom fields by name; those not named hold what the product says (S0-23)
}

// Issued is what CreateLicenses made.
type Issued struct {
	Product  Product
	Order    license.Order
	Licenses []license.LicenseRecord
	Parts    []license.LicenseRecord // of a bundle: those of the first product that it stands for, then of the next
}

// CreateLicenses makes licenses, all of them or none, in one order. With keys of their own, Conflict
// when one is in use; with a mask, mask_too_small when it has no room for so many. It refuses with
// product_disabled and product_archived, and with Conflict for an archived policy and for an order that
// is cancelled, refunded, or stands otherwise than asked.
//
// Of a bundle each license comes with one for each product that the bundle stands for: its parts, with the same key, in
// the same order. What n says of terms, dates, note and metadata holds for all of them.
func (o *Office) CreateLicenses(ctx context.Context, actor identity.Actor, n NewLicenses) (Issued, error) {
	if err := mayWithin(actor, identity.WriteLicenses); err != nil {
		return Issued{}, err
	}
	if err := n.check(); err != nil {
		return Issued{}, err
	}
	var made Issued
	err := o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		made, err = o.issue(tx, actor, &n)
		return err
	})
	if err != nil {
		return Issued{}, err
	}
	return made, nil
}

// issue makes licenses once they were checked.
func (o *Office) issue(tx *store.Tx, actor identity.Actor, n *NewLicenses) (made Issued, err error) {
	now := o.d.Now()
	members, err := n.prepare(tx, actor)
	if err != nil {
		return made, err
	}
	order, err := o.orderFor(tx, actor, now, n.order())
	if err != nil {
		return made, err
	}
	for i := range members {
		if err := members[i].make(n, order, now); err != nil {
			return made, err
		}
	}
	if err := o.store(tx, n, members); err != nil {
		return made, err
	}
	made = Issued{Product: members[0].product, Order: order, Licenses: members[0].records}
	for i := range members {
		m := &members[i]
		if i > 0 {
			made.Parts = append(made.Parts, m.records...)
		}
		if err := recordIssue(tx, actor, now, &m.issue, m.records, m.grants); err != nil {
			return made, err
		}
	}
	return made, nil
}

func (n *NewLicenses) order() NewOrder {
	return NewOrder{Reference: n.Order, Status: n.OrderStatus, Customer: n.Customer, Trial: n.Trial}
}

// check refuses what is wrong whatever is stored, and settles the amount.
func (n *NewLicenses) check() error {
	if n.Amount == 0 {
		n.Amount = max(len(n.Keys), 1)
	}
	n.Keys = slices.Clone(n.Keys)
	order := n.order()
	if err := order.check(); err != nil {
		return err
	}
	n.Customer = order.Customer
	expiries := 0
	for _, given := range []bool{!n.Expiry.IsZero(), n.ExpiresAt != 0, n.Plan != ""} {
		if given {
			expiries++
		}
	}
	switch {
	case n.Amount < 1 || n.Amount > MaxIssue:
		return license.Invalidf("amount", "the amount is 1 to %d", MaxIssue)
	case len(n.Keys) > 0 && len(n.Keys) != n.Amount:
		return license.Invalidf("amount", "there are %d keys, not %d", len(n.Keys), n.Amount)
	case len(n.Keys) > 0 && n.Mask != nil:
		return license.Invalidf("mask", "give either keys or a mask")
	case expiries > 1:
		return license.Invalidf("expiry", "give one of a duration, a date and a plan")
	}
	if err := checkNote(n.Note); err != nil {
		return err
	}
	if err := checkText("created_by", n.CreatedBy, 0, maxName); err != nil {
		return err
	}
	if err := checkMetadata(n.Metadata); err != nil {
		return err
	}
	return checkKeys(n.Keys)
}

// checkKeys refuses keys that are none, and the same key twice. It takes blanks off their ends.
func checkKeys(keys []string) error {
	seen := make(map[string]bool, len(keys))
	for i, key := range keys {
		if err := license.ValidKey(key); err != nil {
			return err
		}
		folded := license.FoldKey(key)
		if seen[folded] {
			return license.Invalidf("key", "the key %q is given twice", strings.TrimSpace(key))
		}
		seen[folded], keys[i] = true, strings.TrimSpace(key)
	}
	return nil
}

// member is what is made for one product: the one that is asked for, and each that a bundle stands for.
type member struct {
	product Product
	issue   license.Issue
	fields  string
	records []license.LicenseRecord
	grants  []license.Grant // of every one of them alike
}

// prepare finds product and policy, and those of what a bundle stands for.
func (n *NewLicenses) prepare(tx *store.Tx, actor identity.Actor) ([]member, error) {
	product, err := findProduct(tx, actor, n.Product)
	if err != nil {
		return nil, err
	}
	policy, err := findPolicy(tx, &product, n.Policy)
	if err != nil {
		return nil, err
	}
	first, err := n.member(product, &policy)
	if err != nil {
		return nil, err
	}
	all := []member{first}
	if product.Bundle {
		if all, err = n.bundled(tx, actor, first); err != nil {
			return nil, err
		}
	}
	return all, n.checkFields(all)
}

// member settles the terms of a product's licenses: what is given, else the policy's.
func (n *NewLicenses) member(product Product, policy *license.Policy) (m member, err error) {
	m = member{product: product, issue: license.Issue{
		Product: product.Product, Policy: policy.ID, NotBefore: n.NotBefore, ExpiresAt: n.ExpiresAt, Note: n.Note, Metadata: n.Metadata,
	}}
	if policy.Archived {
		return m, &license.Error{Code: license.Conflict, Field: "policy", Message: "the policy " + policy.Code + " is archived"}
	}
	change := n.Terms
	if !n.Expiry.IsZero() {
		change.Duration = &n.Expiry
	}
	if n.Plan != "" {
		if _, known := license.PlanByKey(string(n.Plan)); !known {
			return m, license.Invalidf("plan", "%q is no plan", n.Plan)
		}
		change.Plan = &n.Plan
	}
	if n.Trial {
		change.Trial = &n.Trial
	}
	terms, err := change.Apply(policy.Terms)
	if err != nil {
		return m, err
	}
	if n.ExpiresAt != 0 {
		terms = endsOn(terms)
	}
	m.issue.Terms = &terms
	m.fields, err = license.FillFields(product.Fields, n.Fields)
	return m, err
}

// checkFields refuses a custom field that none of the products has.
func (n *NewLicenses) checkFields(all []member) error {
	for name := range n.Fields {
		known := slices.ContainsFunc(all, func(m member) bool {
			return slices.ContainsFunc(m.product.Fields, func(f license.CustomField) bool { return f.Name == name })
		})
		if !known {
			return license.Invalidf("custom_fields", "the product has no custom field %q", name)
		}
	}
	return nil
}

// make asks the core for each license.
func (m *member) make(n *NewLicenses, order license.Order, now license.Time) error {
	m.issue.Order, m.issue.Customer = order, order.Customer
	record, grants, err := license.NewLicense(&m.issue, now)
	if err != nil {
		return err
	}
	record.CustomFields, record.CreatedBy = m.fields, n.CreatedBy
	m.grants, m.records = grants, make([]license.LicenseRecord, n.Amount)
	for i := range m.records {
		m.records[i] = record
	}
	return nil
}

// store gives the records their keys and inserts them.
func (o *Office) store(tx *store.Tx, n *NewLicenses, members []member) error {
	p, all := &members[0].product, members[0].records
	if p.Auth == license.ByUser && (len(n.Keys) > 0 || n.Mask != nil) {
		return license.Invalidf("key", "the licenses of %s have no keys: its users sign in", p.Code)
	}
	mask := p.Mask
	if n.Mask != nil {
		mask = *n.Mask
	}
	generate := p.Auth != license.ByUser && len(n.Keys) == 0
	var taken []int
	var err error
	switch {
	case len(members) > 1 && generate:
		return tx.InsertGeneratedBundles(recordsOf(members), mask, o.d.Rand)
	case len(members) > 1:
		taken, err = tx.InsertBundles(recordsOf(members), n.Keys)
	case generate:
		return tx.InsertGenerated(all, mask, o.d.Rand)
	default:
		for i := range n.Keys {
			all[i].Key = n.Keys[i]
		}
		taken, err = tx.InsertLicenses(all)
	}
	if err == nil && len(taken) > 0 {
		err = &license.Error{Code: license.Conflict, Field: "key",
			Message: fmt.Sprintf("%d of the keys are in use already, the first is %q", len(taken), all[taken[0]].Key)}
	}
	return err
}

// recordIssue leaves one event for each license, and what its features begin with.
func recordIssue(tx *store.Tx, actor identity.Actor, now license.Time, issue *license.Issue, all []license.LicenseRecord, grants []license.Grant) error {
	events := make([]license.Event, len(all))
	for i := range all {
		events[i] = license.Event{Kind: license.LicenseIssued, License: all[i].ID, Subject: int64(issue.Order.ID),
			Data: map[string]any{"product": issue.Product.Code, "order": issue.Order.Reference}}
		for _, g := range grants {
			g.License = all[i].ID
			if err := tx.SaveGrant(actor.Tenant, &g); err != nil {
				return err
			}
		}
	}
	return tx.AppendEvents(actor.Tenant, actor.String(), now, events...)
}
