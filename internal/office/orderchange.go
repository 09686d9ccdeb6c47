package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// OrderChange says what is to differ on an order; a nil field leaves its value. Its reference stays, and its status has calls of its own.
type OrderChange struct {
	Customer *string // e-mail address or identity; "" is none. Licenses that are in the order keep theirs

	If func(license.Order) error // looks at what is stored, and its error is the answer; nil is no condition
}

// ChangeOrder changes an order by reference or identity.
func (o *Office) ChangeOrder(ctx context.Context, actor identity.Actor, ref string, change OrderChange) (order license.Order, err error) {
	if err := may(actor, identity.WriteOrders); err != nil {
		return license.Order{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		found, err := findOrder(tx, actor, ref)
		if err != nil {
			return err
		}
		if order, err = tx.LockOrder(actor.Tenant, found.ID); err != nil {
			return err
		}
		if change.If != nil {
			stored := order
			stored.Revision-- // the lock has counted
			if err := change.If(stored); err != nil {
				return err
			}
		}
		if change.Customer == nil {
			return nil
		}
		c, err := customerOrNone(tx, actor.Tenant, *change.Customer)
		if err != nil || c.ID == order.Customer {
			return err
		}
		order.Customer = c.ID
		if err := tx.SaveOrder(&order); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.OrderChanged, Subject: int64(order.ID),
			Data: map[string]any{"reference": order.Reference, "customer": int64(order.Customer)}})
	})
	if err != nil {
		return license.Order{}, err
	}
	return order, nil
}
