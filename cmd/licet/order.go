package main

import (
	"licet/internal/license"
	"licet/internal/office"
)

// orderCommand: licet order. Every license is part of one order; what becomes of the order becomes of its
// licenses. An order is named by its reference or id.
type orderCommand struct {
	Create   orderCreate   `cmd:"" help:"Make an order; licenses are added with: license create --order."`
	List     orderList     `cmd:"" help:"List the orders."`
	Show     orderShow     `cmd:"" help:"Show an order; its licenses: license list --order."`
	Complete orderComplete `cmd:"" help:"It was paid: its licenses come into force."`
	Cancel   orderCancel   `cmd:"" help:"It was cancelled: its licenses are revoked for ever."`
	Refund   orderRefund   `cmd:"" help:"It was paid back: its licenses are revoked for ever."`
}

type orderView struct {
	ID        license.OrderID     `json:"id"`
	Reference string              `json:"reference"`
	Status    license.OrderStatus `json:"status"`
	Customer  *license.CustomerID `json:"customer_id"`
	Trial     bool                `json:"trial"`
	Created   license.Time        `json:"created_at"`
	Completed license.Time        `json:"completed_at"`
}

func viewOrder(o license.Order) orderView {
	return orderView{o.ID, o.Reference, o.Status, orNull(o.Customer), o.Trial, o.Created, o.CompletedAt}
}

// orNull shows no identity as null.
func orNull[T ~int64](id T) *T {
	if id == 0 {
		return nil
	}
	return &id
}

func (v orderView) customer() string {
	if v.Customer == nil {
		return ""
	}
	return idText(*v.Customer)
}

func (v orderView) pairs() [][2]string {
	return [][2]string{
		{"id", idText(v.ID)}, {"reference", v.Reference}, {"status", string(v.Status)}, {"customer id", v.customer()},
		{"trial", yesNo(v.Trial)}, {"created", moment(v.Created)}, {"completed", moment(v.Completed)},
	}
}

type orderCreate struct {
	Reference string `arg:"" optional:"" help:"Your own order id, kept as it is; made up when left out."`
	Pending   bool   `help:"It is not paid yet: its licenses are withheld until it is completed."`
	Customer  string `help:"E-mail address of the buyer." placeholder:"ADDRESS"`
	Trial     bool   `help:"It is for trials."`
}

// orderStatus is pending, or left to the office.
func orderStatus(pending bool) license.OrderStatus {
	if pending {
		return license.OrderPending
	}
	return ""
}

// Run makes it.
func (c *orderCreate) Run(t *tool) error {
	return t.onOrder(func(d *desk) (license.Order, error) {
		return d.CreateOrder(t.ctx, d.actor, office.NewOrder{Reference: c.Reference, Status: orderStatus(c.Pending), Customer: c.Customer, Trial: c.Trial})
	})
}

// onOrder does something about an order and shows it.
func (t *tool) onOrder(do func(*desk) (license.Order, error)) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	o, err := do(d)
	if err != nil {
		return err
	}
	return t.print(viewOrder(o), viewOrder(o).pairs)
}

type orderList struct {
	Customer string `help:"Of this customer: e-mail address or id." placeholder:"CUSTOMER"`
	listFlags
}

// Run lists them.
func (c *orderList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]license.Order, error) { return d.ListOrders(t.ctx, d.actor, c.Customer, p) },
		func(o license.Order) int64 { return int64(o.ID) })
	all := as(pages(t, c.listFlags, fetch), func(o license.Order) (orderView, error) { return viewOrder(o), nil })
	return printList(t, "ID REFERENCE STATUS CUSTOMER TRIAL CREATED COMPLETED", all, func(v orderView) []string {
		return []string{idText(v.ID), v.Reference, string(v.Status), v.customer(), yesNo(v.Trial), moment(v.Created), moment(v.Completed)}
	})
}

// orderArg names an order.
type orderArg struct {
	Order string `arg:"" help:"Reference or id."`
}

type orderShow struct{ orderArg }

// Run shows it.
func (c *orderShow) Run(t *tool) error {
	return t.onOrder(func(d *desk) (license.Order, error) { return d.FindOrder(t.ctx, d.actor, c.Order) })
}

type orderComplete struct{ orderArg }

// Run completes it.
func (c *orderComplete) Run(t *tool) error {
	return t.onOrder(func(d *desk) (license.Order, error) { return d.CompleteOrder(t.ctx, d.actor, c.Order) })
}

type orderCancel struct {
	orderArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then cancels it.
func (c *orderCancel) Run(t *tool) error {
	return t.onOrder(func(d *desk) (license.Order, error) {
		if err := t.confirm(c.Yes, "this revokes every license of the order "+c.Order+" for ever"); err != nil {
			return license.Order{}, err
		}
		return d.CancelOrder(t.ctx, d.actor, c.Order)
	})
}

type orderRefund struct {
	orderArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then refunds it.
func (c *orderRefund) Run(t *tool) error {
	return t.onOrder(func(d *desk) (license.Order, error) {
		if err := t.confirm(c.Yes, "this revokes every license of the order "+c.Order+" for ever"); err != nil {
			return license.Order{}, err
		}
		return d.RefundOrder(t.ctx, d.actor, c.Order)
	})
}
