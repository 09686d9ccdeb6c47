package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// HeldLicense is what a license user holds by one redemption, with what lists show of the license.
type HeldLicense = store.HeldLicense

// UserView narrows a list of license users for people; the zero value is every one of the tenant's, of whatever product. All conditions
// hold together.
type UserView struct {
	Product  string // those of one product: code, number or identity; "" is any
	Whole    bool   // those of the whole tenant alone; not with Product
	Customer string // e-mail address or identity; "" is anybody's
	Prefix   string // what the name or the e-mail address begins with; the name in any letter case
	Banned   *bool
}

// UserRow is a license user as lists show them.
type UserRow struct {
	license.LicenseUser
	OfApplication bool             // they sign in to an application by themselves
	Seen          license.Time     // when they signed in there last; 0 is never
	Held          []HeldLicense    // the newest 3
	HoldsMore     bool             // than that
	Locked        identity.Lockout // what is held against them after wrong passwords
}

// BrowseLicenseUsers returns a page of license users of the actor's tenant, newest first, and the Before of the next page, 0 at the end.
// A page of a narrow filter may be short, or empty, and yet have a next one.
func (o *Office) BrowseLicenseUsers(ctx context.Context, actor identity.Actor, f UserView, page Page) (rows []UserRow, next int64, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return nil, 0, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		found, err := f.resolve(tx, actor)
		if err != nil {
			return err
		}
		list, after, err := tx.BrowseLicenseUsers(actor.Tenant, &found, license.LicenseUserID(page.Before), page.size())
		if err != nil {
			return err
		}
		rows, next = make([]UserRow, len(list)), int64(after)
		for i := range list {
			if rows[i], err = userRow(tx, &list[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return rows, next, err
}

func (f *UserView) resolve(tx *store.Tx, actor identity.Actor) (store.UserFilter, error) {
	out := store.UserFilter{Prefix: f.Prefix, Banned: f.Banned}
	switch {
	case f.Whole && f.Product != "":
		return out, license.Invalidf("product", "name a product or the whole tenant, not both")
	case f.Whole:
		out.Product = new(license.ProductID)
	case f.Product != "":
		p, err := findProduct(tx, actor, f.Product)
		if err != nil {
			return out, err
		}
		out.Product = &p.ID
	}
	c, err := customerOrNone(tx, actor.Tenant, f.Customer)
	out.Customer = c.ID
	return out, err
}

func userRow(tx *store.Tx, u *license.LicenseUser) (row UserRow, err error) {
	const shown = 3
	row.LicenseUser = *u
	if row.Held, err = tx.HeldByUser(u.Tenant, u.ID, 0, shown+1); err != nil {
		return row, err
	}
	if row.HoldsMore = len(row.Held) > shown; row.HoldsMore {
		row.Held = row.Held[:shown]
	}
	if u.Product != 0 {
		if row.Seen, row.OfApplication, err = tx.SightOfUser(u.Tenant, u.ID); err != nil {
			return row, err
		}
	}
	row.Locked, err = tx.FindLockout(lockoutOf(u))
	return row, err
}

// UserPage is a license user with all that a screen shows of them.
type UserPage struct {
	license.LicenseUser
	Now      license.Time
	Product  Product          // the zero one for a user of the whole tenant
	Customer license.Customer // the zero one where there is none
	Locked   identity.Lockout // what is held against them after wrong passwords
	Held     []HeldLicense    // the page of what they hold that was asked for, newest license first
	NextHeld int64            // Before of the next page of it; 0 is none

	// Of a user of an application alone:
	Member    *license.ApplicationUser // nil for any other
	App       license.Application      // without its secret
	Clock     license.Time             // the application's, by which what they hold is counted
	Levels    []license.Level
	Variables []store.UserVariable
	Sessions  []store.ApplicationSession // that have not ended, at most 100
}

// ShowLicenseUser returns a license user by identity, all of one moment, with a page of what they hold.
func (o *Office) ShowLicenseUser(ctx context.Context, actor identity.Actor, id license.LicenseUserID, held Page) (p UserPage, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return UserPage{}, err
	}
	err = o.d.Store.Snapshot(ctx, func(tx *store.Tx) (err error) {
		p = UserPage{Now: o.d.Now()}
		if p.LicenseUser, err = tx.FindLicenseUser(actor.Tenant, id); err != nil {
			return err
		}
		if p.LicenseUser.Customer != 0 {
			if p.Customer, err = tx.FindCustomer(actor.Tenant, p.LicenseUser.Customer); err != nil {
				return err
			}
		}
		if p.Locked, err = tx.FindLockout(lockoutOf(&p.LicenseUser)); err != nil {
			return err
		}
		if err := p.loadHeld(tx, held); err != nil || p.LicenseUser.Product == 0 {
			return err
		}
		if p.Product, err = tx.FindProduct(actor.Tenant, p.LicenseUser.Product); err != nil {
			return err
		}
		return p.loadApplication(tx)
	})
	return p, err
}

// loadHeld loads what the user holds. A page ends between two licenses, of which each may grant several levels.
func (p *UserPage) loadHeld(tx *store.Tx, page Page) (err error) {
	size := page.size()
	if p.Held, err = tx.HeldByUser(p.Tenant, p.ID, license.LicenseID(page.Before), size+1); err != nil || len(p.Held) <= size {
		return err
	}
	end, cut := size, p.Held[size].License
	for end > 0 && p.Held[end-1].License == cut {
		end--
	}
	if end == 0 { // One license with more levels than a page has lines.
		end = size
	}
	p.Held = p.Held[:end]
	p.NextHeld = int64(p.Held[end-1].License)
	return nil
}

// loadApplication loads what is known of a user of an application, where they are one.
func (p *UserPage) loadApplication(tx *store.Tx) error {
	u, err := tx.FindApplicationUserByID(p.Tenant, p.ID)
	if license.ReasonOf(err) == license.UserUnknown {
		return nil
	}
	if err != nil {
		return err
	}
	p.Member = &u
	app, err := tx.FindApplicationOf(p.Tenant, p.LicenseUser.Product)
	if err != nil {
		return err
	}
	p.App, p.Clock = withoutSecret(app), app.Clock(p.Now)
	if p.Levels, err = tx.Levels(p.Tenant, app.Product); err != nil {
		return err
	}
	if p.Variables, err = tx.UserVariables(p.Tenant, p.ID); err != nil {
		return err
	}
	if p.Sessions, err = tx.SessionsOfUser(p.Tenant, p.ID, p.Now); err != nil {
		return err
	}
	for i := range p.Sessions {
		p.Sessions[i].Enckey = "" // It signs answers.
	}
	return nil
}

// EndSessionsOfUser ends every session of a user of an application and returns how many they were. It refuses with user_unknown.
func (o *Office) EndSessionsOfUser(ctx context.Context, actor identity.Actor, product, name string) (ended int64, err error) {
	err = o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) (err error) {
		if ended, err = w.tx.DropSessionsOfUser(u.Tenant, u.ID); err != nil || ended == 0 {
			return err
		}
		return w.changed(u, license.SessionsEnded, map[string]any{"name": u.Name, "count": ended})
	})
	return ended, err
}

// CustomersByID returns the customers of the actor's tenant with some identities; those that are none are left out.
func (o *Office) CustomersByID(ctx context.Context, actor identity.Actor, ids ...license.CustomerID) (found map[license.CustomerID]license.Customer, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return nil, err
	}
	found = make(map[license.CustomerID]license.Customer, len(ids))
	var each []int64
	for _, id := range ids {
		if _, asked := found[id]; id != 0 && !asked {
			found[id] = license.Customer{}
			each = append(each, int64(id))
		}
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.Customers(actor.Tenant, each)
		clear(found)
		for _, c := range list {
			found[c.ID] = c
		}
		return err
	})
	return found, err
}

// OrderSize returns how many licenses an order holds, by reference or identity, counted up to 1000; more says that there are more.
func (o *Office) OrderSize(ctx context.Context, actor identity.Actor, ref string) (n int, more bool, err error) {
	const most = 1000
	if err := mayWithin(actor, identity.ReadOrders); err != nil {
		return 0, false, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		order, err := findOrder(tx, actor, ref)
		if err != nil {
			return err
		}
		ids, err := tx.LicensesOfOrder(order.Tenant, order.ID, 0, most)
		if err != nil {
			return err
		}
		if n = len(ids); n == most {
			ids, err = tx.LicensesOfOrder(order.Tenant, order.ID, ids[most-1], 1)
			more = len(ids) > 0
		}
		return err
	})
	return n, more, err
}
