package office

import (
	"context"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Lists that are narrowed. Each of these methods returns a page of the actor's tenant, newest first, and the Before of the next page, 0 at
// the end. A page of a narrow filter may be short, or empty, and yet have a next one: each looks at a bounded number of rows.

// OrderFilter narrows a list of orders; the zero value is all.
type OrderFilter struct {
	Customer string // e-mail address or identity
	Status   license.OrderStatus
	Prefix   string // what the reference begins with, byte for byte
}

// SearchOrders returns a page of orders.
func (o *Office) SearchOrders(ctx context.Context, actor identity.Actor, f OrderFilter, page Page) (list []license.Order, next int64, err error) {
	if err := mayWithin(actor, identity.ReadOrders); err != nil {
		return nil, 0, err
	}
	switch f.Status {
	case "", license.OrderPending, license.OrderCompleted, license.OrderCancelled, license.OrderRefunded:
	default:
		return nil, 0, license.Invalidf("status", "the status is %s, %s, %s or %s",
			license.OrderPending, license.OrderCompleted, license.OrderCancelled, license.OrderRefunded)
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		found := store.OrderFilter{Status: f.Status, Prefix: f.Prefix, Within: actor.Products}
		if f.Customer != "" {
			if err := actor.RequireWhole(actor.Tenant, identity.ReadOrders); err != nil { // Who is a customer does not lie within a product.
				return err
			}
			c, err := findCustomer(tx, actor.Tenant, f.Customer)
			if err != nil {
				return err
			}
			found.Customer = c.ID
		}
		var after license.OrderID
		list, after, err = tx.SearchOrders(actor.Tenant, &found, license.OrderID(page.Before), page.size())
		next = int64(after)
		return err
	})
	return list, next, err
}

// CustomerFilter narrows a list of customers; the zero value is all.
type CustomerFilter struct {
	Prefix string // what the e-mail address begins with, in any letter case
	Text   string // what the name, the company or the reference contains, in any letter case
}

// SearchCustomers returns a page of customers.
func (o *Office) SearchCustomers(ctx context.Context, actor identity.Actor, f CustomerFilter, page Page) (list []license.Customer, next int64, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return nil, 0, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		var after license.CustomerID
		list, after, err = tx.SearchCustomers(actor.Tenant, &store.CustomerFilter{Prefix: f.Prefix, Text: f.Text}, license.CustomerID(page.Before), page.size())
		next = int64(after)
		return err
	})
	return list, next, err
}

// SearchLicenseUsers returns a page of license users.
func (o *Office) SearchLicenseUsers(ctx context.Context, actor identity.Actor, f LicenseUserFilter, page Page) (list []license.LicenseUser, next int64, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return nil, 0, err
	}
	if f.Product != "" && f.Customer != "" {
		return nil, 0, license.Invalidf("customer", "name a product or a customer, not both")
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		found := store.LicenseUserFilter{Prefix: f.Prefix, Banned: f.Banned}
		if f.Customer != "" {
			c, err := findCustomer(tx, actor.Tenant, f.Customer)
			if err != nil {
				return err
			}
			found.Customer = c.ID
		} else if found.Product, err = userScope(tx, actor, f.Product); err != nil {
			return err
		}
		var after license.LicenseUserID
		list, after, err = tx.SearchLicenseUsers(actor.Tenant, &found, license.LicenseUserID(page.Before), page.size())
		next = int64(after)
		return err
	})
	return list, next, err
}

// ProductFilter narrows a list of products; the zero value is all but the archived ones.
type ProductFilter struct {
	Archived bool   // the archived ones too
	Prefix   string // what the code begins with, in any letter case
}

// SearchProducts returns a page of products.
func (o *Office) SearchProducts(ctx context.Context, actor identity.Actor, f ProductFilter, page Page) (list []Product, next int64, err error) {
	const most = 1000
	prefix := strings.ToLower(f.Prefix)
	for part := (Page{Before: page.Before, Limit: most}); ; {
		some, err := o.ListProducts(ctx, actor, f.Archived, part)
		if err != nil {
			return nil, 0, err
		}
		for i := range some {
			part.Before = int64(some[i].ID)
			switch {
			case !strings.HasPrefix(strings.ToLower(some[i].Code), prefix):
			case len(list) == page.size():
				return list, int64(list[len(list)-1].ID), nil
			default:
				list = append(list, some[i])
			}
		}
		if len(some) < most {
			return list, 0, nil
		}
	}
}
