package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// NewOrder is an order to make.
type NewOrder struct {
	Reference string              // the vendor's own id, kept byte for byte; "" makes a random one (S0-08)
	Status    license.OrderStatus // pending or completed; "" is completed
	Customer  string              // e-mail address; "" is none
	Trial     bool
}

// CreateOrder makes an order without licenses. Conflict when the tenant has one with that reference.
func (o *Office) CreateOrder(ctx context.Context, actor identity.Actor, n NewOrder) (order license.Order, err error) {
	if err := may(actor, identity.WriteOrders); err != nil {
		return license.Order{}, err
	}
	if err := n.check(); err != nil {
		return license.Order{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		if _, err := tx.FindTenant(actor.Tenant); err != nil {
			return err
		}
		customer, err := n.customer(tx, actor, now)
		if err != nil {
			return err
		}
		made := false
		if order, made, err = o.insertOrder(tx, actor, now, n, customer); err == nil && !made {
			err = &license.Error{Code: license.Conflict, Message: "there is already an order " + n.Reference}
		}
		return err
	})
	if err != nil {
		return license.Order{}, err
	}
	return order, nil
}

func (n *NewOrder) check() error {
	if n.Reference != "" {
		if err := checkText("order", n.Reference, 1, 255); err != nil {
			return err
		}
	}
	if n.Customer != "" {
		email, err := license.CheckEmail("email", n.Customer)
		if err != nil {
			return err
		}
		n.Customer = email
	}
	switch n.Status {
	case "", license.OrderPending, license.OrderCompleted:
		return nil
	}
	return license.Invalidf("status", "a new order is %s or %s", license.OrderPending, license.OrderCompleted)
}

// customer returns the buyer, made now where the tenant does not know them; 0 when there is none.
func (n *NewOrder) customer(tx *store.Tx, actor identity.Actor, now license.Time) (license.CustomerID, error) {
	if n.Customer == "" {
		return 0, nil
	}
	c, _, err := findOrInsertCustomer(tx, actor, now, NewCustomer{Email: n.Customer})
	return c.ID, err
}

// insertOrder stores a new order, or returns false where the reference is taken. A new order begins as
// pending and completes in the same breath, unless it is to stay so.
func (o *Office) insertOrder(tx *store.Tx, actor identity.Actor, now license.Time, n NewOrder, customer license.CustomerID) (license.Order, bool, error) {
	order := license.Order{Tenant: actor.Tenant, Reference: n.Reference, Status: license.OrderPending, Customer: customer, Trial: n.Trial, Created: now}
	if order.Reference == "" {
		reference, err := license.NewReference(o.d.Rand)
		if err != nil {
			return order, false, err
		}
		order.Reference = reference
	}
	var events []license.Event
	if n.Status != license.OrderPending {
		var err error
		if order, events, err = license.MoveOrder(order, license.OrderCompleted, now); err != nil {
			return order, false, err
		}
	}
	made, err := tx.InsertOrder(&order)
	if err != nil || !made {
		return order, false, err
	}
	all := []license.Event{{Kind: license.OrderCreated, Data: map[string]any{"reference": order.Reference, "status": order.Status, "trial": order.Trial}}}
	all = append(all, events...)
	for i := range all {
		all[i].Subject = int64(order.ID)
	}
	return order, true, tx.AppendEvents(actor.Tenant, actor.String(), now, all...)
}

// orderFor returns the order that new licenses go into, locked: the one with the reference, or a new one
// (S0-07, S0-08). Whether it still takes licenses is for the core to say.
func (o *Office) orderFor(tx *store.Tx, actor identity.Actor, now license.Time, n NewOrder) (license.Order, error) {
	customer, err := n.customer(tx, actor, now)
	if err != nil {
		return license.Order{}, err
	}
	order, made, err := o.insertOrder(tx, actor, now, n, customer)
	if err != nil || made {
		return order, err
	}
	known, err := tx.FindOrderByReference(actor.Tenant, order.Reference)
	if err != nil {
		return order, err
	}
	if order, err = tx.LockOrder(actor.Tenant, known.ID); err != nil {
		return order, err
	}
	stands := func(why string) error {
		return &license.Error{Code: license.Conflict, Field: "order", Message: "the order " + order.Reference + " " + why}
	}
	err = coverOrder(tx, actor, &order)
	switch {
	case license.CodeOf(err) == license.NotFound:
		return order, stands("is taken")
	case err != nil:
		return order, err
	case n.Status != "" && n.Status != order.Status:
		return order, stands("is " + string(order.Status))
	case customer != 0 && order.Customer != 0 && customer != order.Customer:
		return order, stands("belongs to another customer")
	case customer != 0 && order.Customer == 0:
		order.Customer = customer
		return order, tx.SaveOrder(&order)
	}
	return order, nil
}

// CompleteOrder says that an order was paid: its licenses come into force, and durations that count
// from the order begin. Conflict for a cancelled or refunded one.
func (o *Office) CompleteOrder(ctx context.Context, actor identity.Actor, ref string) (license.Order, error) {
	return o.settle(ctx, actor, ref, license.OrderCompleted)
}

// CancelOrder ends an order before or after payment: every license in it is revoked for ever.
func (o *Office) CancelOrder(ctx context.Context, actor identity.Actor, ref string) (license.Order, error) {
	return o.settle(ctx, actor, ref, license.OrderCancelled)
}

// RefundOrder says that an order was paid back: every license in it is revoked for ever.
func (o *Office) RefundOrder(ctx context.Context, actor identity.Actor, ref string) (license.Order, error) {
	return o.settle(ctx, actor, ref, license.OrderRefunded)
}

// settle moves an order and all its licenses in one transaction. An order that is there already changes
// nothing.
func (o *Office) settle(ctx context.Context, actor identity.Actor, ref string, to license.OrderStatus) (order license.Order, err error) {
	if err := mayWithin(actor, identity.WriteOrders); err != nil {
		return license.Order{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		found, err := findOrder(tx, actor, ref)
		if err != nil {
			return err
		}
		if order, err = tx.LockOrder(actor.Tenant, found.ID); err != nil {
			return err
		}
		if err := coverOrder(tx, actor, &order); err != nil {
			return err // A license of another product came in between.
		}
		var events []license.Event
		if order, events, err = license.MoveOrder(order, to, now); err != nil || len(events) == 0 {
			return err
		}
		if err := tx.SaveOrder(&order); err != nil {
			return err
		}
		if err := tx.AppendEvents(actor.Tenant, actor.String(), now, events...); err != nil {
			return err
		}
		return settleLicenses(tx, actor, now, &order)
	})
	if err != nil {
		return license.Order{}, err
	}
	return order, nil
}

// settleLicenses goes through the licenses of a locked order a page at a time, so an order may be large.
func settleLicenses(tx *store.Tx, actor identity.Actor, now license.Time, order *license.Order) error {
	const page = 500
	after := license.LicenseID(0)
	for {
		ids, err := tx.LicensesOfOrder(order.Tenant, order.ID, after, page)
		if err != nil {
			return err
		}
		for _, id := range ids {
			l, err := tx.LockLicense(order.Tenant, id)
			if err != nil {
				return err
			}
			after = id
			if l.Order != order.ID {
				continue // It was moved to another order in between.
			}
			ch := license.Settle(l.License, order.Status, now)
			if err := tx.Apply(order.Tenant, actor.String(), now, &ch); err != nil {
				return err
			}
		}
		if len(ids) < page {
			return nil
		}
	}
}

// ListOrders returns the orders of the actor's tenant, or of one customer (e-mail address or identity).
func (o *Office) ListOrders(ctx context.Context, actor identity.Actor, customer string, page Page) (list []license.Order, err error) {
	if err := mayWithin(actor, identity.ReadOrders); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if actor.Narrowed() {
			if customer != "" { // Who is a customer does not lie within a product.
				return actor.RequireWhole(actor.Tenant, identity.ReadCustomers)
			}
			list, err = tx.ListOrdersWithin(actor.Tenant, actor.Products, license.OrderID(page.Before), page.size())
			return err
		}
		var buyer license.Customer
		if customer != "" {
			if buyer, err = findCustomer(tx, actor.Tenant, customer); err != nil {
				return err
			}
		}
		list, err = tx.ListOrders(actor.Tenant, buyer.ID, license.OrderID(page.Before), page.size())
		return err
	})
	return list, err
}

// FindOrder returns an order of the actor's tenant by its reference, byte for byte, or its identity.
func (o *Office) FindOrder(ctx context.Context, actor identity.Actor, ref string) (order license.Order, err error) {
	if err := mayWithin(actor, identity.ReadOrders); err != nil {
		return license.Order{}, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		order, err = findOrder(tx, actor, ref)
		return err
	})
	return order, err
}

func findOrder(tx *store.Tx, actor identity.Actor, ref string) (license.Order, error) {
	order, err := tx.FindOrderByReference(actor.Tenant, ref)
	if id, isID := license.ParseID(ref); isID && license.CodeOf(err) == license.NotFound {
		order, err = tx.FindOrder(actor.Tenant, license.OrderID(id))
	}
	if err == nil {
		err = coverOrder(tx, actor, &order)
	}
	if err != nil {
		return license.Order{}, err
	}
	return order, nil
}

// coverOrder returns NotFound where an order does not exist for the actor: for somebody who is for certain products an order is
// one that holds licenses, all of them of those products.
func coverOrder(tx *store.Tx, actor identity.Actor, order *license.Order) error {
	if !actor.Narrowed() {
		return nil
	}
	within, err := tx.OrderWithin(actor.Tenant, order.ID, actor.Products)
	if err == nil && !within {
		err = &license.Error{Code: license.NotFound, Message: "no such order"}
	}
	return err
}
