package office

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

const (
	countsFresh   = 2 * time.Second       // so old counts may always be
	countsShare   = 100                   // counting takes one part of so many of the time
	countsQuick   = 50 * time.Millisecond // counting that takes less is waited for
	createdKept   = maxSpan + 2           // days of which it is known what was created: whoever counts late shows one more
	countDeadline = 10 * time.Minute      // for counting behind a page
)

// counts are what is counted of the licenses of a tenant: what is kept in the database, as JSON.
type counts struct {
	At       license.Time  `json:"-"`
	Took     time.Duration `json:"-"`
	Products []productCounts
}

// productCounts are the counts of one product.
type productCounts struct {
	Product license.ProductID
	States  StateCounts
	Created map[int64]int64 `json:",omitempty"` // by day; the last 92 of them
}

// tenantCounts returns the counts of the actor's tenant: those that are kept, unless they are too old. Where counting takes long, they
// are counted anew behind the page, and shown as they are.
func (o *Office) tenantCounts(ctx context.Context, actor identity.Actor) (c counts, err error) {
	var kept store.TenantCounts
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		kept, err = tx.FindCounts(actor.Tenant)
		return err
	})
	if err != nil {
		return c, err
	}
	c.At, c.Took = kept.At, kept.Took
	if kept.At != 0 && json.Unmarshal([]byte(kept.Body), &c) != nil {
		c = counts{} // Of another release.
	}
	age := o.d.Now().Sub(c.At)
	switch {
	case c.At != 0 && age >= 0 && age <= max(countsFresh, countsShare*c.Took):
		return c, nil
	case c.At == 0, c.Took < countsQuick:
		return o.countOnce(ctx, actor.Tenant)
	case !o.rehearses:
		o.countBehind(actor.Tenant)
	}
	return c, nil
}

// countOnce counts, for all who ask at once.
func (o *Office) countOnce(ctx context.Context, tenant license.TenantID) (counts, error) {
	if o.rehearses {
		return o.countLicenses(ctx, tenant)
	}
	type outcome struct {
		counts counts
		err    error
	}
	done := make(chan outcome, 1)
	begun := o.back.begin(func() { // Whoever came first may leave; the others still want to know.
		got, err, _ := o.back.counting.Do(strconv.FormatInt(int64(tenant), 10), func() (any, error) {
			ctx, stop := context.WithTimeout(o.back.ctx, countDeadline)
			defer stop()
			return o.countLicenses(ctx, tenant)
		})
		c, _ := got.(counts)
		done <- outcome{c, err}
	})
	if !begun {
		return counts{}, license.RefuseFor(license.ServerBusy, time.Second)
	}
	select {
	case got := <-done:
		return got.counts, got.err
	case <-ctx.Done():
		return counts{}, license.RefuseFor(license.ServerBusy, time.Second)
	}
}

// countBehind counts while nobody waits, one tenant at a time. Where it fails, the next look tries again.
func (o *Office) countBehind(tenant license.TenantID) {
	select {
	case o.back.counters <- struct{}{}:
	default:
		return
	}
	begun := o.back.begin(func() {
		defer func() { <-o.back.counters }()
		_, _ = o.countOnce(o.back.ctx, tenant)
	})
	if !begun {
		<-o.back.counters
	}
}

// countLicenses counts the licenses of a tenant, all of one moment, and keeps the outcome. It is none the worse where it cannot be kept.
func (o *Office) countLicenses(ctx context.Context, tenant license.TenantID) (counts, error) {
	began, now := time.Now(), o.d.Now()
	first := store.DayOf(now) - createdKept
	byProduct := make(map[license.ProductID]*productCounts)
	err := o.d.Store.Snapshot(ctx, func(tx *store.Tx) error {
		clear(byProduct)
		return tx.EachLicense(tenant, func(l *license.License) {
			p := byProduct[l.Product]
			if p == nil {
				p = &productCounts{Product: l.Product, Created: make(map[int64]int64)}
				byProduct[l.Product] = p
			}
			p.States.add(l, now)
			if day := int64(l.IssuedAt) / int64(24*time.Hour/time.Microsecond); day >= first {
				p.Created[day]++
			}
		})
	})
	if err != nil {
		return counts{}, err
	}
	c := counts{At: now}
	for _, p := range byProduct {
		c.Products = append(c.Products, *p)
	}
	slices.SortFunc(c.Products, func(a, b productCounts) int { return cmp.Compare(a.Product, b.Product) })
	body, err := json.Marshal(c)
	if err != nil {
		return counts{}, err
	}
	c.Took = time.Since(began)
	_ = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		return tx.SaveCounts(tenant, store.TenantCounts{At: c.At, Took: c.Took, Body: string(body)})
	})
	return c, nil
}

// add counts a license.
func (s *StateCounts) add(l *license.License, now license.Time) {
	s.Total++
	switch {
	case l.RedemptionBlocked:
		s.Banned++
	case l.IsUsed():
		s.Used++
	default:
		s.NotUsed++
	}
	switch l.Standing {
	case license.Suspended:
		s.Suspended++
	case license.Revoked:
		s.Revoked++
	default:
	}
	if l.IsExpired(now) {
		s.Expired++
	}
}

// sum adds the counts of a product.
func (s *StateCounts) sum(p *StateCounts) {
	s.Total += p.Total
	s.NotUsed += p.NotUsed
	s.Used += p.Used
	s.Banned += p.Banned
	s.Expired += p.Expired
	s.Suspended += p.Suspended
	s.Revoked += p.Revoked
}
