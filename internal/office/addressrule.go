package office

import (
	"context"
	"net/netip"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Countries tells in which country an address is.
type Countries interface {
	// CountryOf returns a code of ISO 3166 in capitals; "" where nobody knows.
	CountryOf(netip.Addr) string
}

// NewAddressRule is a rule to make about from where licenses may be used (S0-26).
type NewAddressRule struct {
	Name    string
	Mode    license.RuleMode // "" is license.RuleOff
	Product string           // code, number or identity of whose licenses it concerns; "" is all of the tenant's
	License Ref              // the one license that it concerns; the zero Ref is all
	Allow   []string         // networks, addresses and countries, as license.ParseAddressEntry reads them; at most 200
	Deny    []string         // the same; Deny wins
}

// AddressRuleDetail is an address rule with how often its entries were met while it was reported or enforced.
type AddressRuleDetail struct {
	license.AddressRule
	Hits []store.AddressHits
}

// maxEntries is how many entries each list of an address rule has at most.
const maxEntries = 200

// CreateAddressRule makes a rule, in force from the next request on. It refuses with product_unknown and key_unknown, and as
// Invalid what is no rule, a 101st one, and countries to be enforced by a server that has no country database.
func (o *Office) CreateAddressRule(ctx context.Context, actor identity.Actor, n NewAddressRule) (r license.AddressRule, err error) {
	if err := mayWithin(actor, identity.WriteProducts); err != nil {
		return r, err
	}
	if n.Mode == "" {
		n.Mode = license.RuleOff
	}
	made := license.AddressRule{Tenant: actor.Tenant, Name: n.Name, Mode: n.Mode, Allow: n.Allow, Deny: n.Deny}
	if err := o.checkAddressRule(&made); err != nil {
		return r, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		r = made
		r.Created = o.d.Now()
		r.Updated = r.Created
		if _, err := tx.LockTenant(actor.Tenant); err != nil {
			return err
		}
		if err := n.scope(tx, actor, &r); err != nil {
			return err
		}
		all, err := tx.AddressRules(actor.Tenant)
		if err != nil {
			return err
		}
		if len(all) >= store.MaxAddressRules {
			return license.Invalidf("name", "there are %d address rules already, and no more fit", store.MaxAddressRules)
		}
		if err := tx.InsertAddressRule(&r); err != nil {
			return err
		}
		return o.noteAddressRule(tx, actor, license.AddressRuleCreated, &r)
	})
	if err != nil {
		return license.AddressRule{}, err
	}
	return r, nil
}

// scope finds what a rule concerns. Who is for certain products only names one of them.
func (n *NewAddressRule) scope(tx *store.Tx, actor identity.Actor, r *license.AddressRule) error {
	if n.Product != "" {
		p, err := findProduct(tx, actor, n.Product)
		if err != nil {
			return err
		}
		r.Product = p.ID
	}
	if n.License == (Ref{}) {
		if r.Product == 0 && actor.Narrowed() {
			return actor.RequireWhole(actor.Tenant, identity.ReadProducts)
		}
		return nil
	}
	l, err := findLicense(tx, actor, n.License)
	switch {
	case err != nil:
		return err
	case r.Product != 0 && r.Product != l.Product:
		return license.Invalidf("license", "the license is of another product")
	}
	r.Product, r.License = l.Product, l.ID
	return nil
}

// noteAddressRule brings the products in step with a rule that was changed, and leaves an event.
func (o *Office) noteAddressRule(tx *store.Tx, actor identity.Actor, kind license.EventKind, r *license.AddressRule) error {
	if err := tx.RuleAddresses(r.Tenant); err != nil {
		return err
	}
	return tx.AppendEvents(r.Tenant, actor.String(), o.d.Now(), license.Event{Kind: kind, License: r.License, Subject: int64(r.ID), Data: map[string]any{
		"name": r.Name, "mode": r.Mode, "allow": r.Allow, "deny": r.Deny, "product": int64(r.Product)}})
}

// checkAddressRule refuses what is no rule, and gives the entries their one spelling.
func (o *Office) checkAddressRule(r *license.AddressRule) (err error) {
	if err := checkText("name", r.Name, 1, maxName); err != nil {
		return err
	}
	if r.Allow, err = checkEntries("allow", r.Allow); err != nil {
		return err
	}
	if r.Deny, err = checkEntries("deny", r.Deny); err != nil {
		return err
	}
	switch r.Mode {
	case license.RuleOff, license.RuleReport:
	case license.RuleEnforce:
		if o.d.Countries == nil && (slices.ContainsFunc(r.Allow, license.IsCountryEntry) || slices.ContainsFunc(r.Deny, license.IsCountryEntry)) {
			return license.Invalidf("mode", "this server has no country database, so it cannot enforce countries; name one with geo.database")
		}
	default:
		return license.Invalidf("mode", "%q is no mode; use off, report or enforce", r.Mode)
	}
	if len(r.Allow)+len(r.Deny) == 0 {
		return license.Invalidf("allow", "say from where licenses may be used, or may not")
	}
	return nil
}

// checkEntries returns entries in their one spelling, each once, in their order.
func checkEntries(field string, list []string) ([]string, error) {
	if len(list) > maxEntries {
		return nil, license.Invalidf(field, "there are at most %d entries", maxEntries)
	}
	out := make([]string, 0, len(list))
	for _, text := range list {
		entry, err := license.ParseAddressEntry(field, text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, entry) {
			out = append(out, entry)
		}
	}
	return out, nil
}

// ListAddressRules returns the rules that the actor's tenant has, at most 100, oldest first.
func (o *Office) ListAddressRules(ctx context.Context, actor identity.Actor) (list []license.AddressRule, err error) {
	if err := mayWithin(actor, identity.ReadProducts); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.AddressRules(actor.Tenant)
		return err
	})
	return slices.DeleteFunc(list, func(r license.AddressRule) bool { return !coversRule(actor, &r) }), err
}

// coversRule reports whether a rule exists for the actor: for who is for certain products only, those about them.
func coversRule(actor identity.Actor, r *license.AddressRule) bool {
	return actor.Covers(r.Product) && (r.Product != 0 || !actor.Narrowed())
}

// FindAddressRule returns a rule of the actor's tenant with what was counted of it, or NotFound.
func (o *Office) FindAddressRule(ctx context.Context, actor identity.Actor, id license.AddressRuleID) (d AddressRuleDetail, err error) {
	if err := mayWithin(actor, identity.ReadProducts); err != nil {
		return d, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if d.AddressRule, err = findAddressRule(tx, actor, id); err != nil {
			return err
		}
		d.Hits, err = tx.AddressHitsOf(actor.Tenant, id)
		return err
	})
	return d, err
}

func findAddressRule(tx *store.Tx, actor identity.Actor, id license.AddressRuleID) (license.AddressRule, error) {
	r, err := tx.FindAddressRule(actor.Tenant, id)
	if err == nil && !coversRule(actor, &r) {
		return license.AddressRule{}, &license.Error{Code: license.NotFound, Message: "no such address rule"}
	}
	return r, err
}

// AddressRuleChange says what is to differ; a nil field leaves its value. What a rule concerns stays for ever.
type AddressRuleChange struct {
	Name  *string
	Mode  *license.RuleMode
	Allow *[]string
	Deny  *[]string
	If    func(license.AddressRule) error // asked with the rule as it is stored; its error ends the change. nil is no condition
}

// ChangeAddressRule changes a rule, from the next request on. It refuses as CreateAddressRule does, and with NotFound.
func (o *Office) ChangeAddressRule(ctx context.Context, actor identity.Actor, id license.AddressRuleID, c AddressRuleChange) (r license.AddressRule, err error) {
	err = o.onAddressRule(ctx, actor, id, func(tx *store.Tx, found license.AddressRule) error {
		if c.If != nil {
			if err := c.If(found); err != nil {
				return err
			}
		}
		r = found
		set(&r.Name, c.Name)
		set(&r.Mode, c.Mode)
		set(&r.Allow, c.Allow)
		set(&r.Deny, c.Deny)
		if err := o.checkAddressRule(&r); err != nil {
			return err
		}
		r.Updated = o.d.Now()
		if err := tx.SaveAddressRule(&r); err != nil {
			return err
		}
		return o.noteAddressRule(tx, actor, license.AddressRuleChanged, &r)
	})
	if err != nil {
		return license.AddressRule{}, err
	}
	return r, nil
}

// DropAddressRule removes a rule with what was counted of it. NotFound when there is none.
func (o *Office) DropAddressRule(ctx context.Context, actor identity.Actor, id license.AddressRuleID, condition func(license.AddressRule) error) error {
	return o.onAddressRule(ctx, actor, id, func(tx *store.Tx, r license.AddressRule) error {
		if condition != nil {
			if err := condition(r); err != nil {
				return err
			}
		}
		if err := tx.DropAddressRule(actor.Tenant, id); err != nil {
			return err
		}
		return o.noteAddressRule(tx, actor, license.AddressRuleDropped, &r)
	})
}

// onAddressRule does something to a rule. Changes of a tenant's rules go one after another.
func (o *Office) onAddressRule(ctx context.Context, actor identity.Actor, id license.AddressRuleID, do func(*store.Tx, license.AddressRule) error) error {
	if err := mayWithin(actor, identity.WriteProducts); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockTenant(actor.Tenant); err != nil {
			return err
		}
		r, err := findAddressRule(tx, actor, id)
		if err != nil {
			return err
		}
		return do(tx, r)
	})
}

// AddressTrial is a claim that might come.
type AddressTrial struct {
	Address string // of the client
	Country string // where the client says it is; "" is not said
	Product string // whose license is used; "" is any
	License Ref    // which license; the zero Ref is any
}

// AddressVerdict is what the rules would say of an AddressTrial.
type AddressVerdict struct {
	Country string // of the address; license.UnknownCountry where nobody knows
	Refused bool   // as the rules are now
	Rules   []AddressSay
}

// AddressSay is what one rule would say.
type AddressSay struct {
	Rule  license.AddressRule
	Entry string // by which it is broken, license.OtherAddress for what it does not allow; "" is not broken
}

// TryAddressRules says what the rules would make of a claim, those that are off too. Nothing is counted by it. Rules that the
// actor is not for count in the verdict, and are not shown.
func (o *Office) TryAddressRules(ctx context.Context, actor identity.Actor, t AddressTrial) (v AddressVerdict, err error) {
	if err := mayWithin(actor, identity.ReadProducts); err != nil {
		return v, err
	}
	origin := license.Origin{Said: t.Country}
	if origin.Address, err = netip.ParseAddr(t.Address); err != nil {
		return v, license.Invalidf("address", "%q is no address; write one as in 192.0.2.7 or 2001:db8::1", t.Address)
	}
	origin.Address = origin.Address.WithZone("").Unmap()
	origin.Country = o.countryOf(origin.Address)
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		var about license.AddressRule
		scope := NewAddressRule{Product: t.Product, License: t.License}
		if err := scope.scope(tx, actor, &about); err != nil {
			return err
		}
		all, err := tx.AddressRules(actor.Tenant)
		origin.Rules = slices.DeleteFunc(all, func(r license.AddressRule) bool { return !concerns(&r, &about) })
		return err
	})
	if err != nil {
		return v, err
	}
	v = AddressVerdict{Country: origin.Country, Refused: origin.Refused()}
	broken := make(map[license.AddressRuleID]string)
	for _, hit := range origin.Judge() {
		broken[hit.Rule.ID] = hit.Entry
	}
	for _, r := range origin.Rules {
		if coversRule(actor, &r) {
			v.Rules = append(v.Rules, AddressSay{r, broken[r.ID]})
		}
	}
	return v, nil
}

// concerns reports whether a rule may have a say about licenses of what about is about.
func concerns(r, about *license.AddressRule) bool {
	return (r.Product == 0 || r.Product == about.Product) && (r.License == 0 || r.License == about.License)
}

// countryOf returns the country of an address, license.UnknownCountry where nobody knows.
func (o *Office) countryOf(address netip.Addr) string {
	if o.d.Countries != nil {
		if code := o.d.Countries.CountryOf(address); code != "" {
			return code
		}
	}
	return license.UnknownCountry
}

// AddressRehearsal is what a rule would do to the devices that are in use.
type AddressRehearsal struct {
	Devices int                 // that were looked at: active, and at most 10,000
	More    bool                // whether there are more
	Hits    []store.AddressHits // how many of them would break the rule, by its entries, and when the last was seen
}

// maxRehearsed is how many devices a rehearsal looks at.
const maxRehearsed = 10_000

// RehearseAddressRule says what a rule would do to the devices that are in use, by the addresses that they came from last. It
// stores nothing, and refuses as CreateAddressRule does.
func (o *Office) RehearseAddressRule(ctx context.Context, actor identity.Actor, n NewAddressRule) (h AddressRehearsal, err error) {
	if err := mayWithin(actor, identity.ReadProducts); err != nil {
		return h, err
	}
	r := license.AddressRule{Tenant: actor.Tenant, Name: "rehearsal", Mode: license.RuleReport, Allow: n.Allow, Deny: n.Deny}
	if err := o.checkAddressRule(&r); err != nil {
		return h, err
	}
	var seen []store.SeenAddress
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if err := n.scope(tx, actor, &r); err != nil {
			return err
		}
		seen, err = tx.SeenAddresses(actor.Tenant, r.Product, r.License, maxRehearsed+1)
		return err
	})
	if err != nil {
		return h, err
	}
	if h.More = len(seen) > maxRehearsed; h.More {
		seen = seen[:maxRehearsed]
	}
	h.Devices = len(seen)
	for _, s := range seen {
		h.meet(o, &r, s)
	}
	slices.SortFunc(h.Hits, func(a, b store.AddressHits) int { return int(b.Hits - a.Hits) })
	return h, nil
}

// meet judges one device.
func (h *AddressRehearsal) meet(o *Office, r *license.AddressRule, s store.SeenAddress) {
	origin := license.Origin{Rules: []license.AddressRule{*r}}
	if address, err := netip.ParseAddr(s.Address); err == nil {
		origin.Address, origin.Country = address, o.countryOf(address)
	}
	for _, hit := range origin.Judge() {
		i := slices.IndexFunc(h.Hits, func(known store.AddressHits) bool { return known.Entry == hit.Entry })
		if i < 0 {
			i, h.Hits = len(h.Hits), append(h.Hits, store.AddressHits{Entry: hit.Entry})
		}
		h.Hits[i].Hits++
		h.Hits[i].Last = max(h.Hits[i].Last, s.At)
	}
}
