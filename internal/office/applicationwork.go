package office

import (
	"cmp"
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// applicationWork is what a change of an application has at hand in its transaction.
type applicationWork struct {
	tx      *store.Tx
	actor   identity.Actor
	product Product
	app     license.Application
	now     license.Time
}

// onApplication does something to what is in the application of a product, in one transaction. Of one application these go one after
// another. It may run twice.
func (o *Office) onApplication(ctx context.Context, actor identity.Actor, needs identity.Permission, product string, do func(*applicationWork) error) error {
	return o.work(ctx, actor, needs, product, (*store.Tx).HoldApplication, do)
}

// onLockedApplication is onApplication for what changes the application itself.
func (o *Office) onLockedApplication(ctx context.Context, actor identity.Actor, needs identity.Permission, product string, do func(*applicationWork) error) error {
	return o.work(ctx, actor, needs, product, (*store.Tx).LockApplication, do)
}

type findsApplication func(*store.Tx, license.TenantID, license.ProductID) (license.Application, error)

func (o *Office) work(ctx context.Context, actor identity.Actor, needs identity.Permission, product string, find findsApplication, do func(*applicationWork) error) error {
	if err := mayWithin(actor, needs); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		p, err := findProduct(tx, actor, product)
		if err != nil {
			return err
		}
		w := applicationWork{tx: tx, actor: actor, product: p, now: o.d.Now()}
		if w.app, err = find(tx, actor.Tenant, p.ID); err != nil {
			return err
		}
		return do(&w)
	})
}

// readApplication asks something of the application of a product.
func (o *Office) readApplication(ctx context.Context, actor identity.Actor, needs identity.Permission, product string, do func(*store.Tx, *license.Application) error) error {
	if err := mayWithin(actor, needs); err != nil {
		return err
	}
	return o.d.Store.Read(ctx, func(tx *store.Tx) error {
		app, err := findApplication(tx, actor, product)
		if err != nil {
			return err
		}
		return do(tx, &app)
	})
}

// findApplication returns the application of a product, or ApplicationUnknown.
func findApplication(tx *store.Tx, actor identity.Actor, product string) (license.Application, error) {
	p, err := findProduct(tx, actor, product)
	if err != nil {
		return license.Application{}, err
	}
	return tx.FindApplicationOf(actor.Tenant, p.ID)
}

// clock is the time by which what users hold is counted.
func (w *applicationWork) clock() license.Time { return w.app.Clock(w.now) }

// note records facts.
func (w *applicationWork) note(events ...license.Event) error {
	return w.tx.AppendEvents(w.app.Tenant, w.actor.String(), w.now, events...)
}

// apply stores what was decided.
func (w *applicationWork) apply(ch *license.Change) error {
	return w.tx.Apply(w.app.Tenant, w.actor.String(), w.now, ch)
}

// user finds a user of the application by name, and locks them. It refuses with UserUnknown.
func (w *applicationWork) user(name string) (license.ApplicationUser, error) {
	u, err := w.tx.FindApplicationUser(w.app.Tenant, w.app.Product, name)
	if err != nil {
		return u, err
	}
	return w.tx.LockApplicationUser(w.app.Tenant, u.ID)
}

// DefaultLevel is the name of the level that every application begins with.
const DefaultLevel = "default"

// level finds a level of the application by name; "" is the default one.
func (w *applicationWork) level(name string) (license.Level, error) {
	return w.tx.FindLevel(w.app.Tenant, w.app.Product, cmp.Or(name, DefaultLevel))
}

// license finds a license of the application by its key, and locks it. It refuses with KeyUnknown.
func (w *applicationWork) license(key string) (license.LicenseRecord, error) {
	if license.ValidKey(key) != nil {
		return license.LicenseRecord{}, license.Refuse(license.KeyUnknown)
	}
	r, err := w.tx.FindLicenseByKey(w.app.Tenant, w.app.Product, key)
	if err != nil {
		return r, err
	}
	return w.tx.LockLicense(w.app.Tenant, r.ID)
}

// users finds the users of the application who hold a license, oldest first, at most 1000. Who holds it and is no user of the
// application is left out.
func (w *applicationWork) users(id license.LicenseID) ([]license.ApplicationUser, error) {
	held, err := w.tx.UsersOfLicense(w.app.Tenant, id, 0, 1000)
	if err != nil {
		return nil, err
	}
	ids := make([]license.LicenseUserID, len(held))
	for i := range held {
		ids[i] = held[i].User.ID
	}
	return w.lockUsers(ids)
}

// lockUsers locks users of the application, and leaves out who is none, or is gone.
func (w *applicationWork) lockUsers(ids []license.LicenseUserID) ([]license.ApplicationUser, error) {
	out := make([]license.ApplicationUser, 0, len(ids))
	for _, id := range ids {
		u, err := w.tx.LockApplicationUser(w.app.Tenant, id)
		switch {
		case license.ReasonOf(err) == license.UserUnknown:
		case err != nil:
			return nil, err
		default:
			out = append(out, u)
		}
	}
	return out, nil
}

// atOnce is how many users or licenses a change of all of an application does in one transaction.
const atOnce = 200
