package office_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/testkit"
)

// How large the tenant of BenchmarkScreens is: so many licenses and events, and a tenth of that of customers, orders and users. The
// promise of 100 ms is for a million: go test ./internal/office -run=^$ -bench=Screens -benchtime=20x -licenses=1000000 -timeout=1h.
var screenLicenses = flag.Int("licenses", 2000, "licenses of the tenant that BenchmarkScreens shows")

// BenchmarkScreens is how long what a page shows takes, of a large tenant.
func BenchmarkScreens(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *store.Store
	}{{"sqlite", testkit.OpenSQLite}, {"postgres", testkit.OpenPostgres}} {
		b.Run(engine.name, func(b *testing.B) {
			s := engine.open(b)
			c := newCrowd(b, s)
			c.fill(*screenLicenses)
			for _, screen := range c.screens() {
				b.Run(screen.name, func(b *testing.B) {
					for b.Loop() {
						if err := screen.show(b.Context()); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// crowd is a tenant with much of everything.
type crowd struct {
	b        *testing.B
	h        *house
	products []office.Product
	last     license.LicenseRecord
	customer string
	user     license.LicenseUserID
	rand     *rand.Rand
}

func newCrowd(b *testing.B, s *store.Store) *crowd {
	b.Helper()
	c := &crowd{b: b, rand: rand.New(rand.NewPCG(1, 2))}
	c.h = benchHouse(b, s)
	for i := range 10 {
		p, err := c.h.CreateProduct(b.Context(), c.h.boss, office.NewProduct{Code: fmt.Sprint("app-", i), Name: "App"})
		c.ok(err)
		c.products = append(c.products, p)
	}
	return c
}

func (c *crowd) ok(err error) {
	c.b.Helper()
	if err != nil {
		c.b.Fatal(err)
	}
}

// fill makes n licenses, nine of ten of the first product, with a customer, an order and a user for each ten, and an event each.
func (c *crowd) fill(n int) {
	terms := license.DefaultTerms()
	terms.Type = license.TimeLimited
	now := c.h.now()
	for done := 0; done < n; done += 1000 {
		c.ok(c.h.store.Write(c.b.Context(), func(tx *store.Tx) error {
			all, err := c.people(tx, &terms, done, now)
			if err != nil {
				return err
			}
			if _, err := tx.InsertLicenses(all); err != nil {
				return err
			}
			events := make([]license.Event, len(all))
			for i := range all {
				l := &all[i].License
				if events[i] = (license.Event{Kind: license.LicenseIssued, License: l.ID, Data: map[string]any{"order": l.Order, "product": "app"}}); i%5 > 0 {
					events[i].Kind = license.DeviceActivated
				}
				if i%2 == 0 {
					l.FirstUsedAt = now
					if err := tx.CarryLicense(l); err != nil {
						return err
					}
				}
			}
			c.last = all[len(all)-1]
			return tx.AppendEvents(c.h.tenant, "client", now, events...)
		}))
	}
	day := store.DayOf(now)
	c.ok(c.h.store.Write(c.b.Context(), func(tx *store.Tx) error {
		var calls []store.DailyCalls
		for d := range int64(90) {
			for _, p := range c.products {
				for _, reason := range []license.Reason{"", license.LicenseExpired, license.DeviceLimit, license.KeyUnknown} {
					for _, kind := range []store.CallKind{store.CallCheck, store.CallActivate, store.CallLease} {
						calls = append(calls, store.DailyCalls{Tenant: c.h.tenant, Day: day - d, Product: p.ID, Kind: kind, Reason: reason, Calls: 10})
					}
				}
			}
		}
		return tx.AddDailyCalls(calls)
	}))
}

// people makes the customers, orders and users of a thousand licenses, and says which these are.
func (c *crowd) people(tx *store.Tx, terms *license.Terms, done int, now license.Time) ([]license.LicenseRecord, error) {
	var all []license.LicenseRecord
	for i := range 100 {
		name := fmt.Sprintf("person%07d", done/10+i)
		buyer := license.Customer{Tenant: c.h.tenant, Email: name + "@x.test", Name: name, Created: now}
		if _, err := tx.InsertCustomer(&buyer); err != nil {
			return nil, err
		}
		order := license.Order{Tenant: c.h.tenant, Reference: "ord-" + name, Status: license.OrderCompleted, Customer: buyer.ID, Created: now}
		if _, err := tx.InsertOrder(&order); err != nil {
			return nil, err
		}
		user := license.LicenseUser{Tenant: c.h.tenant, Name: name, Email: name + "@x.test", Created: now}
		if _, err := tx.InsertLicenseUser(&user); err != nil {
			return nil, err
		}
		c.customer, c.user = buyer.Email, user.ID
		for j := range 10 {
			p := c.products[0]
			if j == 9 {
				p = c.products[1+i%9]
			}
			all = append(all, license.LicenseRecord{License: license.License{Tenant: c.h.tenant, Product: p.ID, Order: order.ID, Customer: buyer.ID,
				Key: fmt.Sprintf("%08X-%08X", c.rand.Uint32(), c.rand.Uint32()), Standing: license.Enabled, Terms: terms,
				IssuedAt: now.Add(-time.Duration(c.rand.IntN(365*24)) * time.Hour), ExpiresAt: now.Add(time.Duration(c.rand.IntN(700*24)-100*24) * time.Hour)}})
		}
	}
	return all, nil
}

// screen is what a page asks.
type screen struct {
	name string
	show func(context.Context) error
}

func (c *crowd) screens() []screen {
	yes, no := true, false
	var list []screen
	add := func(name string, show func(ctx context.Context) error) { list = append(list, screen{name, show}) }
	for _, days := range []int{30, 90} {
		add(fmt.Sprint("figures-", days), func(ctx context.Context) error { _, err := c.h.Figures(ctx, c.h.boss, days); return err })
	}
	for name, f := range map[string]office.LicenseFilter{
		"all": {}, "product": {Product: "app-0"}, "small-product": {Product: "app-5"}, "customer": {Customer: c.customer}, "order": {Order: number(c.last.Order)},
		"used": {Used: &yes}, "unused": {Used: &no}, "expired": {Expired: &yes}, "banned": {Banned: &yes}, "suspended": {Standing: license.Suspended},
		"prefix": {Prefix: c.last.Key[:3]}, "key": {Search: c.last.Key}, "buyer": {Search: "person00000"}, "note": {Search: "nothing"},
		"issued": {IssuedFrom: c.h.now().Add(-24 * time.Hour)}, "small-product-banned": {Product: "app-5", Banned: &yes},
	} {
		for _, sort := range office.LicenseSorts() {
			add("licenses/"+name+"/"+string(sort), func(ctx context.Context) error {
				page, err := c.h.BrowseLicenses(ctx, c.h.boss, f, office.LicenseView{Sort: sort})
				if err == nil && page.Next != "" {
					_, err = c.h.BrowseLicenses(ctx, c.h.boss, f, office.LicenseView{Sort: sort, Cursor: page.Next})
				}
				return err
			})
		}
	}
	page := office.Page{Limit: 50}
	for name, f := range map[string]office.EventFilter{
		"all": {}, "kind": {Kind: "license.issued"}, "kinds": {Kind: "license."}, "rare": {Kind: "license.banned"}, "actor": {Actor: "user:"},
		"license": {License: c.last.Key}, "from": {From: c.h.now().Add(-time.Hour)}, "until": {Until: c.h.now().Add(-time.Hour)},
	} {
		add("events/"+name, func(ctx context.Context) error { _, _, err := c.h.SearchEvents(ctx, c.h.boss, f, page); return err })
	}
	add("history", func(ctx context.Context) error {
		_, err := c.h.LicenseHistory(ctx, c.h.boss, office.Ref{ID: c.last.ID}, page)
		return err
	})
	add("license", func(ctx context.Context) error {
		_, err := c.h.ShowLicense(ctx, c.h.boss, office.Ref{ID: c.last.ID})
		return err
	})
	for name, f := range map[string]office.OrderFilter{"all": {}, "prefix": {Prefix: "ord-person00000"}, "pending": {Status: license.OrderPending}, "completed": {Status: license.OrderCompleted}, "customer": {Customer: c.customer}} {
		add("orders/"+name, func(ctx context.Context) error { _, _, err := c.h.SearchOrders(ctx, c.h.boss, f, page); return err })
	}
	for name, f := range map[string]office.CustomerFilter{"all": {}, "prefix": {Prefix: "person00"}, "text": {Text: "nothing"}} {
		add("customers/"+name, func(ctx context.Context) error { _, _, err := c.h.SearchCustomers(ctx, c.h.boss, f, page); return err })
	}
	for name, f := range map[string]office.LicenseUserFilter{"all": {}, "prefix": {Prefix: "person00"}, "banned": {Banned: &yes}} {
		add("users/"+name, func(ctx context.Context) error {
			_, _, err := c.h.SearchLicenseUsers(ctx, c.h.boss, f, page)
			return err
		})
	}
	for _, text := range []string{"person0", "ord-per", c.last.Key[:2], number(int64(c.last.ID))} {
		add("find/"+text, func(ctx context.Context) error { _, err := c.h.Find(ctx, c.h.boss, text); return err })
	}
	add("lockouts", func(ctx context.Context) error { _, err := c.h.ListLockouts(ctx, c.h.boss); return err })
	add("deliveries-mails-members", func(ctx context.Context) error {
		_, err := c.h.ListMails(ctx, c.h.boss, "", page)
		if err == nil {
			_, err = c.h.ListMembers(ctx, c.h.boss, page)
		}
		return err
	})
	return list
}

func number[T ~int64](n T) string { return fmt.Sprint(int64(n)) }
