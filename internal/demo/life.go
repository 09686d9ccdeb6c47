package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// lifeMark is the server setting that says: the demo's company has its past.
const lifeMark = "demo.life"

// live gives the demo's company a past, once: products, customers and orders of the last three months, and what their apps asked. It
// is made by the use cases that people and apps call, with the clock turned back, in one transaction: there is all of it or nothing.
func (d *Demo) live(ctx context.Context, actor identity.Actor) (made bool, err error) {
	err = d.Store.Read(ctx, func(tx *store.Tx) error {
		_, there, err := tx.ServerSetting(lifeMark)
		made = !there
		return err
	})
	if err != nil || !made {
		return false, err
	}
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, there, err := tx.ServerSetting(lifeMark); err != nil || there {
			return err // Another replica was faster.
		}
		if err := newLife(d, tx, actor).tell(ctx); err != nil {
			return err
		}
		return tx.SaveServerSetting(lifeMark, "true")
	})
	if license.CodeOf(err) == license.Conflict {
		return false, nil // Somebody has made things of these names: the demo is old, and has a past of its own.
	}
	return err == nil, err
}

// life is a past that is being told.
type life struct {
	*Demo
	tx     *store.Tx
	office *office.Office
	apps   *authority.Authority
	vendor identity.Actor // who looks after things
	boss   identity.Actor // the operator, who may more
	now    license.Time   // the present
	clock  license.Time   // the moment that is told of
	dice   *rand.Rand     // numbers and dates, the same in every demo; what opens anything comes from Demo.Rand
	acts   []act
	seen   []store.Sighting
}

// act is something that happens at a moment.
type act struct {
	at license.Time
	do func(context.Context) error
}

// owned is a license of the past.
type owned struct {
	license.LicenseRecord
	number int64 // of its product
	over   bool  // nothing may be done with it any more
}

func newLife(d *Demo, tx *store.Tx, actor identity.Actor) *life {
	l := &life{Demo: d, tx: tx, vendor: actor, boss: actor, now: d.Now(), dice: rand.New(rand.NewPCG(1735, 2026))}
	now := func() license.Time { return l.clock }
	part := d.Store.Within(tx)
	l.clock = l.now
	l.office = office.New(office.Deps{Store: part, Keyring: d.Keyring, Hasher: d.Hasher, Rand: d.Rand, Now: now})
	// What it counts is lost on purpose: the counts of the past are made by count.
	l.apps = authority.New(authority.Deps{Store: part, Keyring: d.Keyring, Hasher: d.Hasher, Rand: d.Rand, Now: now})
	return l
}

// tell tells all of it, in the order of time.
func (l *life) tell(ctx context.Context) error {
	if err := l.people(ctx); err != nil {
		return err
	}
	products, err := l.furnish(ctx)
	if err != nil {
		return err
	}
	for _, s := range lifeSales() {
		l.plan(l.ago(s.ago, 9*60+l.dice.IntN(8*60)), func(ctx context.Context) error { return l.sell(ctx, s, products[s.product]) })
	}
	l.plan(l.ago(20, 11*60), l.listen)
	for len(l.acts) > 0 {
		next := 0
		for i := range l.acts {
			if l.acts[i].at < l.acts[next].at {
				next = i
			}
		}
		a := l.acts[next]
		l.acts[next] = l.acts[len(l.acts)-1]
		l.acts = l.acts[:len(l.acts)-1]
		l.clock = a.at
		if err := a.do(ctx); err != nil {
			return fmt.Errorf("what happened on %s: %w", a.at, err)
		}
	}
	l.clock = l.ago(30, 10*60)
	if err := l.count(ctx, products); err != nil {
		return err
	}
	if err := l.neighbour(ctx); err != nil {
		return err
	}
	return l.tx.SaveSightings(l.seen)
}

// plan has something done at a moment; what lies ahead is left to whoever tries the demo.
func (l *life) plan(at license.Time, do func(context.Context) error) {
	if at < l.now {
		l.acts = append(l.acts, act{at, do})
	}
}

// ago is a moment of a day that is so many days ago, so many minutes after midnight.
func (l *life) ago(days, minutes int) license.Time {
	return l.now.Day().Add(time.Duration(minutes)*time.Minute - time.Duration(days)*24*time.Hour + time.Duration(l.dice.IntN(60_000))*time.Millisecond)
}

// later is a moment so many hours after the one that is told of, at most.
func (l *life) later(least, most int) license.Time {
	return l.clock.Add(time.Duration(least)*time.Hour + time.Duration(l.dice.IntN((most-least)*3600))*time.Second)
}

// people finds who the company is, and gives it a colleague who only looks, by a password that nobody has.
func (l *life) people(ctx context.Context) error {
	member, err := l.office.FindMember(ctx, l.vendor, userEmail)
	switch {
	case license.CodeOf(err) == license.NotFound: // Then the operator has done it all.
	case err != nil:
		return err
	default:
		l.vendor = identity.Actor{Kind: identity.PlatformUser, Tenant: l.vendor.Tenant, User: member.User.ID, Name: member.User.Email, Role: identity.Owner}
	}
	password, err := passwordMask().Generate(l.Rand)
	if err != nil {
		return err
	}
	l.clock = l.ago(94, 9*60)
	_, err = l.office.CreateUser(ctx, l.vendor, office.NewUser{Email: "robin@licet.example", Name: "Robin Vale", Password: identity.Secret(password), Role: identity.ReadOnly})
	return err
}

// furnish makes products and customers, and returns the products by code.
func (l *life) furnish(ctx context.Context) (map[string]office.Product, error) {
	l.clock = l.ago(95, 10*60)
	products := make(map[string]office.Product)
	for _, p := range lifeProducts() {
		made, err := l.office.CreateProduct(ctx, l.vendor, office.NewProduct{
			Code: p.code, Name: p.name, Mask: license.Mask{Text: p.mask, Alphabet: license.AlphabetClear}, Fields: p.fields, Terms: p.policies[0].terms,
		})
		if err != nil {
			return nil, err
		}
		products[p.code] = made
		if _, err := l.office.ChangePolicy(ctx, l.vendor, p.code, office.DefaultPolicyCode, office.PolicyChange{Name: &p.policies[0].name}); err != nil {
			return nil, err
		}
		for _, policy := range p.policies[1:] {
			l.clock = l.clock.Add(4 * time.Minute)
			_, err := l.office.CreatePolicy(ctx, l.vendor, office.NewPolicy{Product: p.code, Code: policy.code, Name: policy.name, Terms: policy.terms})
			if err != nil {
				return nil, err
			}
		}
	}
	for _, c := range lifeCustomers() {
		l.clock = l.clock.Add(3 * time.Minute)
		if _, err := l.office.CreateCustomer(ctx, l.vendor, c); err != nil {
			return nil, err
		}
	}
	return products, nil
}

// sell makes an order with its licenses, and plans what comes of it.
func (l *life) sell(ctx context.Context, s sale, p office.Product) error {
	n := office.NewLicenses{
		Product: s.product, Policy: s.policy, Amount: s.amount, Customer: s.customer, Note: s.note,
		Order: fmt.Sprintf("W-%04d", 2311-7*s.ago-l.dice.IntN(7)), CreatedBy: "web shop",
	}
	if s.then == pending {
		n.OrderStatus = license.OrderPending
	}
	made, err := l.office.CreateLicenses(ctx, l.vendor, n)
	if err != nil {
		return err
	}
	all := make([]*owned, len(made.Licenses))
	for i := range all {
		all[i] = &owned{LicenseRecord: made.Licenses[i], number: p.Number}
		if i*100 < s.activated*s.amount {
			l.plan(l.later(1, 24*5), l.use(all[i]))
		}
	}
	l.end(s, made.Order, all)
	if s.then == assigned {
		return l.assign(ctx, s, all)
	}
	return nil
}

// end plans what became of an order.
func (l *life) end(s sale, order license.Order, all []*owned) {
	last := all[len(all)-1]
	ref := func(o *owned) office.Ref { return office.Ref{ID: o.ID} }
	late := l.later(24*9, 24*14)
	switch s.then {
	case refunded:
		l.plan(late, func(ctx context.Context) error {
			for _, o := range all {
				o.over = true
			}
			_, err := l.office.RefundOrder(ctx, l.vendor, order.Reference)
			return err
		})
	case renewed:
		for at := l.clock.Add(29 * 24 * time.Hour); at < l.now; at = at.Add(30 * 24 * time.Hour) {
			l.plan(at, func(ctx context.Context) error {
				for _, o := range all {
					if _, err := office.One(l.office.RenewLicenses(ctx, l.vendor, "", license.Span{Months: 1}, ref(o))); err != nil {
						return err
					}
				}
				return nil
			})
		}
	case suspended:
		l.plan(late, func(ctx context.Context) error {
			for _, o := range all {
				o.over = true
				if _, err := office.One(l.office.SuspendLicenses(ctx, l.vendor, ref(o))); err != nil {
					return err
				}
			}
			return nil
		})
	case revoked:
		l.plan(late, func(ctx context.Context) error {
			for _, o := range all[len(all)-4:] {
				o.over = true
				if _, err := office.One(l.office.RevokeLicenses(ctx, l.vendor, "card reported lost", ref(o))); err != nil {
					return err
				}
			}
			return nil
		})
	case banned:
		l.plan(late, func(ctx context.Context) error {
			last.over = true
			_, err := office.One(l.office.BanLicenses(ctx, l.vendor, "key seen on a forum", false, ref(last)))
			return err
		})
	}
}

// assign gives the first two licenses of an order to users of its customer.
func (l *life) assign(ctx context.Context, s sale, all []*owned) error {
	_, domain, _ := strings.Cut(s.customer, "@")
	for i, name := range []string{"front-desk", "bookkeeping"} {
		email := name + "@" + domain
		if _, _, err := l.office.CreateLicenseUser(ctx, l.vendor, office.NewLicenseUser{Name: email, Email: email, Customer: s.customer}); err != nil {
			return err
		}
		if _, err := l.office.AssignUser(ctx, l.vendor, office.Ref{ID: all[i].ID}, email); err != nil {
			return err
		}
	}
	return nil
}
