package office

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Figures are what a tenant's front page shows. Days are in UTC.
type Figures struct {
	From, Until string        // first and last day, both included: 2026-03-01
	Days        []DayFigures  // each day of the span, oldest first, also those without anything
	Refusals    []ReasonCount // of the span, largest first, at most 20

	States    StateCounts
	CountedAt license.Time // when States, the licenses of Products and what was created were counted

	Products []ProductFigures // those with most calls in the span, at most 10; those without any follow by their licenses

	Expiring      []license.LicenseRecord // enabled ones that end within 30 days, the soonest first, at most 10
	ExpiringCount int                     // how many those are, counted up to 1000
	ExpiringMore  bool                    // there are more than that
}

// DayFigures are what happened on a day: to about a second as far as apps asked, and as of Figures.CountedAt as far as licenses were
// created.
type DayFigures struct {
	Day         string // 2026-03-01
	Checks      int64  // questions whether a device may run, answered either way
	Activations int64  // devices that took a place; one that had it already does not count
	Refusals    int64  // calls of any kind that were refused
	Created     int64  // licenses, without those that were dropped since
}

// ReasonCount is how often apps were refused for a reason.
type ReasonCount struct {
	Reason license.Reason
	Calls  int64
}

// StateCounts are how many licenses there are, exact as of Figures.CountedAt. NotUsed, Used and Banned add up to Total: they are what
// Status says. Suspended and Revoked are what the vendor made of some of them, and Expired is a badge of its own (S0-20): each of these
// three may hold beside any of the others.
type StateCounts struct {
	Total     int64
	NotUsed   int64 // never activated or redeemed, and not banned
	Used      int64 // and not banned
	Banned    int64 // nobody new may redeem them
	Expired   int64 // grace included
	Suspended int64
	Revoked   int64
}

// ProductFigures are what apps asked about a product in the span of some Figures.
type ProductFigures struct {
	Product     Product
	Licenses    int64 // as of Figures.CountedAt
	Checks      int64
	Activations int64
	Refusals    int64
}

// The bounds of what is shown.
const (
	usualSpan   = 30 // days
	maxSpan     = 90
	maxRefusals = 20
	topProducts = 10
	soonSpan    = 30 * 24 * time.Hour
	soonShown   = 10
	soonCounted = 1000
)

// Figures returns what happened in the actor's tenant on the last 7, 30 or 90 days, today included; 0 is 30. Somebody who is for
// certain products sees the figures of those alone.
//
// What apps asked is counted as they ask. Licenses are counted one by one, so not at each look: the counts are at most two seconds old
// where counting takes no time, and else up to a hundred times as old as counting takes; CountedAt says when it was.
func (o *Office) Figures(ctx context.Context, actor identity.Actor, days int) (Figures, error) {
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return Figures{}, err
	}
	switch days {
	case 0:
		days = usualSpan
	case 7, usualSpan, maxSpan:
	default:
		return Figures{}, license.Invalidf("days", "ask for 7, 30 or 90 days")
	}
	counted, err := o.tenantCounts(ctx, actor)
	if err != nil {
		return Figures{}, err
	}
	var f Figures
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		s := newSheet(actor, o.d.Now(), days)
		s.take(&counted)
		if err := tx.EachDailyCalls(actor.Tenant, s.first, s.last, s.add); err != nil {
			return err
		}
		f = s.figures(counted.At)
		if err := s.name(tx, &f); err != nil {
			return err
		}
		return expiring(tx, actor, o.d.Now(), &f)
	})
	return f, err
}

// sheet is where figures are added up.
type sheet struct {
	actor       identity.Actor
	first, last int64 // days
	days        []DayFigures
	states      StateCounts
	reasons     map[license.Reason]int64
	products    map[license.ProductID]*productSheet
}

// productSheet is a product on a sheet.
type productSheet struct {
	ProductFigures
	calls int64
}

func newSheet(actor identity.Actor, now license.Time, days int) *sheet {
	last := store.DayOf(now)
	s := &sheet{actor: actor, first: last - int64(days) + 1, last: last, days: make([]DayFigures, days),
		reasons: make(map[license.Reason]int64), products: make(map[license.ProductID]*productSheet)}
	for i := range s.days {
		s.days[i].Day = store.DayStart(s.first + int64(i)).UTC().Format(time.DateOnly)
	}
	return s
}

func (s *sheet) product(id license.ProductID) *productSheet {
	p := s.products[id]
	if p == nil {
		p = new(productSheet)
		s.products[id] = p
	}
	return p
}

// take takes the counts of licenses.
func (s *sheet) take(c *counts) {
	for i := range c.Products {
		p := &c.Products[i]
		if !s.actor.Covers(p.Product) {
			continue
		}
		s.states.sum(&p.States)
		s.product(p.Product).Licenses = p.States.Total
		for day, n := range p.Created {
			if day >= s.first && day <= s.last {
				s.days[day-s.first].Created += n
			}
		}
	}
}

// add adds calls of a day.
func (s *sheet) add(c *store.DailyCalls) {
	if !s.actor.Covers(c.Product) {
		return
	}
	d, p := &s.days[c.Day-s.first], s.product(c.Product)
	p.calls += c.Calls
	if c.Reason != "" {
		d.Refusals += c.Calls
		p.Refusals += c.Calls
		s.reasons[c.Reason] += c.Calls
	}
	switch c.Kind {
	case store.CallCheck, store.CallSignIn:
		d.Checks += c.Calls
		p.Checks += c.Calls
	case store.CallActivate, store.CallRedeem:
		if c.Reason == "" {
			d.Activations += c.Calls
			p.Activations += c.Calls
		}
	default:
	}
}

// figures is what came of it, without what has to be loaded.
func (s *sheet) figures(countedAt license.Time) Figures {
	f := Figures{From: s.days[0].Day, Until: s.days[len(s.days)-1].Day, Days: s.days, States: s.states, CountedAt: countedAt}
	for reason, calls := range s.reasons {
		if calls > 0 {
			f.Refusals = append(f.Refusals, ReasonCount{reason, calls})
		}
	}
	slices.SortFunc(f.Refusals, func(a, b ReasonCount) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Reason, b.Reason))
	})
	f.Refusals = f.Refusals[:min(len(f.Refusals), maxRefusals)]
	return f
}

// name loads the products with most calls. One that is gone has no name, and is left out.
func (s *sheet) name(tx *store.Tx, f *Figures) error {
	ids := slices.SortedFunc(maps.Keys(s.products), func(a, b license.ProductID) int {
		p, q := s.products[a], s.products[b]
		return cmp.Or(cmp.Compare(q.calls, p.calls), cmp.Compare(q.Licenses, p.Licenses), cmp.Compare(a, b))
	})
	for _, id := range ids {
		if id == 0 {
			continue
		}
		p, err := tx.FindProduct(s.actor.Tenant, id)
		switch {
		case license.CodeOf(err) == license.NotFound:
			continue
		case err != nil:
			return err
		}
		row := s.products[id].ProductFigures
		row.Product = p
		if f.Products = append(f.Products, row); len(f.Products) == topProducts {
			break
		}
	}
	return nil
}

// expiring looks for what ends soon.
func expiring(tx *store.Tx, actor identity.Actor, now license.Time, f *Figures) error {
	var ids []license.LicenseID
	err := tx.LicensesEnding(actor.Tenant, now, now.Add(soonSpan), func(l *license.License) bool {
		if l.Standing != license.Enabled || l.Withheld || l.Deadline() == 0 || !actor.Covers(l.Product) {
			return true
		}
		if f.ExpiringMore = f.ExpiringCount == soonCounted; f.ExpiringMore {
			return false
		}
		if f.ExpiringCount++; len(ids) < soonShown {
			ids = append(ids, l.ID)
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		r, err := tx.FindLicense(actor.Tenant, id)
		switch {
		case license.CodeOf(err) == license.NotFound: // dropped meanwhile
		case err != nil:
			return err
		default:
			f.Expiring = append(f.Expiring, r)
		}
	}
	return nil
}
