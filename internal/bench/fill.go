package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"licet/internal/license"
	"licet/internal/store"
)

const (
	productName = "Benchmark"
	// fillAtOnce is how many licenses, or activations, one transaction of the filling makes: the
	// most that one order may have.
	fillAtOnce = 10_000
)

// benchTerms are those of a license for a year on three devices.
func benchTerms() license.Terms {
	t := license.DefaultTerms()
	t.Type, t.Activations = license.TimeLimited, license.AtMost(3)
	t.Plan, t.Duration = string(license.PlanAnnually), license.PlanAnnually.Span()
	return t
}

// keys are the keys of all licenses of a product. They are of one length and packed one after the
// other, so that a million of them is one allocation.
type keys struct {
	product int64 // its number
	packed  []byte
	each    int // bytes of one key
}

func (k *keys) count() int { return len(k.packed) / max(k.each, 1) }

func (k *keys) of(i int) []byte { return k.packed[i*k.each : (i+1)*k.each] }

// filler makes a product with licenses in a database. It writes what the server itself would have
// written, with orders and events, and activations that the rule of the core has decided.
type filler struct {
	store      *store.Store
	keys       keys
	product    license.Product
	terms      *license.Terms
	ids        []license.LicenseID // of the licenses, in the order of the keys
	orders     []placed
	duplicates int // keys that were taken
}

// placed is an order with the licenses from a place on.
type placed struct {
	license.Order
	first int
}

// fill makes n licenses that nobody has used yet.
func fill(ctx context.Context, s *store.Store, n int) (*filler, error) {
	if _, err := s.Migrate(ctx); err != nil {
		return nil, err
	}
	terms := benchTerms()
	f := &filler{store: s, terms: &terms}
	if err := f.begin(ctx); err != nil {
		return nil, err
	}
	if err := f.issue(ctx, 1); err != nil {
		return nil, err
	}
	err := f.adopt(ctx, s)
	for err == nil && len(f.ids) < n {
		err = f.issue(ctx, min(n-len(f.ids), fillAtOnce))
	}
	return f, err
}

// begin makes the tenant, the product and its policy.
func (f *filler) begin(ctx context.Context) error {
	return f.store.Write(ctx, func(tx *store.Tx) error {
		at := now()
		tenant := license.Tenant{Code: "bench-" + rand.Text()[:12], Name: productName, Created: at}
		if err := tx.InsertTenant(&tenant); err != nil {
			return err
		}
		p := store.ProductRecord{Created: at, Product: license.Product{
			Tenant: tenant.ID, Code: "bench", Name: productName, State: license.ProductActive, Auth: license.ByKey,
		}}
		if err := tx.InsertProduct(&p); err != nil {
			return err
		}
		f.product, f.keys.product = p.Product, p.Number
		return tx.InsertPolicy(&license.Policy{
			Tenant: tenant.ID, Product: p.ID, Code: "standard", Name: "Standard", Default: true, Terms: *f.terms, Created: at,
		})
	})
}

// issue makes n licenses with one order, in one transaction.
func (f *filler) issue(ctx context.Context, n int) error {
	texts, err := license.GenerateKeys(license.Mask{}, n, rand.Reader, nil)
	if err != nil {
		return err
	}
	at := now()
	o := license.Order{
		Tenant: f.product.Tenant, Reference: rand.Text(), Status: license.OrderCompleted, Created: at, CompletedAt: at,
	}
	records, events := make([]license.LicenseRecord, n), make([]license.Event, n)
	var taken []int
	err = f.store.Write(ctx, func(tx *store.Tx) (err error) {
		if fresh, err := tx.InsertOrder(&o); err != nil || !fresh {
			return errors.Join(err, errors.New("the order is there already"))
		}
		for i := range records {
			if records[i], err = f.license(&o, texts[i]); err != nil {
				return err
			}
		}
		if taken, err = tx.InsertLicenses(records); err != nil {
			return err
		}
		for i := range records {
			events[i] = license.Event{Kind: license.LicenseIssued, License: records[i].ID, Subject: int64(o.ID)}
		}
		return tx.AppendEvents(f.product.Tenant, "bench", at, events...)
	})
	if err != nil {
		return fmt.Errorf("make %d licenses: %w", n, err)
	}
	f.duplicates += len(taken)
	f.orders = append(f.orders, placed{o, len(f.ids)})
	for i := range records {
		f.ids = append(f.ids, records[i].ID)
		f.keys.each = len(texts[i])
		f.keys.packed = append(f.keys.packed, texts[i]...)
	}
	return nil
}

// license is a license as it was made, without its identity.
func (f *filler) license(o *license.Order, key string) (license.LicenseRecord, error) {
	r, _, err := license.NewLicense(&license.Issue{Product: f.product, Order: *o, Terms: f.terms, Key: key}, o.Created)
	return r, err
}

// activate activates the first device of every license. Nobody else may have changed them since
// they were made.
func (f *filler) activate(ctx context.Context) error {
	for from := 0; from < len(f.ids); from += fillAtOnce {
		to := min(from+fillAtOnce, len(f.ids))
		err := f.store.Write(ctx, func(tx *store.Tx) error { return f.activateSome(tx, from, to) })
		if err != nil {
			return fmt.Errorf("activate licenses: %w", err)
		}
	}
	return nil
}

func (f *filler) activateSome(tx *store.Tx, from, to int) error {
	at, o := now(), 0
	for i := from; i < to; i++ {
		for o+1 < len(f.orders) && f.orders[o+1].first <= i {
			o++
		}
		r, err := f.license(&f.orders[o].Order, string(f.keys.of(i)))
		if err != nil {
			return err
		}
		r.ID = f.ids[i]
		state := license.State{Product: f.product, License: r.License}
		claim := license.Claim{HardwareID: string(appendDevice(nil, i, 0)), Address: "127.0.0.1"}
		ch, err := license.Activate(&state, &claim, at)
		if err != nil {
			return err
		}
		if err := tx.Apply(f.product.Tenant, "client", at, &ch); err != nil {
			return err
		}
	}
	return nil
}
