package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Order is a purchase: licenses that were sold together.
type Order struct {
	ID        license.OrderID     `json:"id" example:"1774267200000004"`
	Reference string              `json:"reference" doc:"Your own id, byte for byte, or one that was made up." example:"order-4711"`
	Status    license.OrderStatus `json:"status" enum:"pending,completed,cancelled,refunded" doc:"Licenses are withheld while it is pending, and revoked once it was cancelled or refunded."`
	Customer  license.CustomerID  `json:"customer_id,omitempty" doc:"The buyer; absent where there is none." example:"1774267200000005"`
	Trial     bool                `json:"trial" doc:"It is for trials."`
	Created   license.Time        `json:"created_at"`
	Completed license.Time        `json:"completed_at"`
}

type ofOrder struct {
	Order string `path:"order" doc:"The reference or identity of the order." example:"order-4711"`
}

type newOrder struct {
	Body struct {
		Reference string              `json:"reference,omitempty" maxLength:"255" doc:"Your own id; one is made up where it is left out." example:"order-4711"`
		Status    license.OrderStatus `json:"status,omitempty" enum:"pending,completed" doc:"completed where it is left out." example:"completed"`
		Customer  string              `json:"customer,omitempty" maxLength:"254" doc:"The e-mail address of the buyer, who becomes a customer where they are none." example:"ann@example.com"`
		Trial     bool                `json:"trial,omitempty"`
	}
}

type changeOrder struct {
	ofOrder
	Body struct {
		Customer api.Change[string] `json:"customer,omitzero" required:"false" maxLength:"254" doc:"The e-mail address or identity of a customer; null is none." example:"ann@example.com"`
	}
}

type listOrders struct {
	api.Paged
	Customer string              `query:"customer" maxLength:"254" doc:"Those of a customer, by e-mail address or identity." example:"ann@example.com"`
	Status   license.OrderStatus `query:"status" enum:"pending,completed,cancelled,refunded" doc:"Those in one status alone." example:"pending"`
	Prefix   string              `query:"prefix" maxLength:"255" doc:"What the reference begins with, byte for byte." example:"order-"`
}

// mayBeShort is said of lists that are narrowed by looking through what there is.
const mayBeShort = "A narrowed list may have fewer entries than asked for, or none, and go on: follow next until there is none."

func addOrders(a *api.API) {
	const tag = "Orders"
	api.Add(a, with(op(tag, "listOrders", http.MethodGet, "/orders", "List orders", identity.ReadOrders), describedAs(mayBeShort)),
		func(ctx context.Context, c *api.Call, in *listOrders) (api.List[Order], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Order]{}, err
			}
			found, next, err := c.Office.SearchOrders(ctx, c.Actor, office.OrderFilter{Customer: in.Customer, Status: in.Status, Prefix: in.Prefix}, page)
			return upTo(found, next, viewOrder), err
		})
	api.Add(a, with(op(tag, "createOrder", http.MethodPost, "/orders", "Create an order", identity.WriteOrders), creates,
		describedAs("Licenses that are created with its reference go into it.")),
		func(ctx context.Context, c *api.Call, in *newOrder) (Order, error) {
			b := &in.Body
			o, err := c.Office.CreateOrder(ctx, c.Actor, office.NewOrder{Reference: b.Reference, Status: b.Status, Customer: b.Customer, Trial: b.Trial})
			if err != nil {
				return Order{}, err
			}
			c.Created("/orders/" + api.ID(o.ID))
			return viewOrder(&o), nil
		})
	api.Add(a, with(op(tag, "showOrder", http.MethodGet, "/orders/{order}", "Show an order", identity.ReadOrders), tagged),
		func(ctx context.Context, c *api.Call, in *ofOrder) (Order, error) {
			o, err := c.Office.FindOrder(ctx, c.Actor, in.Order)
			return viewOrder(&o), err
		})
	api.Add(a, with(op(tag, "changeOrder", http.MethodPatch, "/orders/{order}", "Change an order", identity.WriteOrders), changes,
		describedAs("Licenses that are in the order keep their customer. How an order moves on is said by completing, cancelling or refunding it.")),
		func(ctx context.Context, c *api.Call, in *changeOrder) (Order, error) {
			o, err := c.Office.ChangeOrder(ctx, c.Actor, in.Order, office.OrderChange{
				Customer: in.Body.Customer.Ptr(),
				If:       func(o license.Order) error { return c.Match(viewOrder(&o)) },
			})
			return viewOrder(&o), err
		})
	addOrderMoves(a, tag)
}

// addOrderMoves adds what an order moves on by. Each changes nothing where the order is there already.
func addOrderMoves(a *api.API, tag string) {
	type move func(*office.Office, context.Context, identity.Actor, string) (license.Order, error)
	for _, m := range []struct {
		id, verb, summary, detail string
		do                        move
	}{
		{"completeOrder", "complete", "Complete an order", "It was paid: its licenses come into force, and durations that count from the order begin.", (*office.Office).CompleteOrder},
		{"cancelOrder", "cancel", "Cancel an order", "Every license in it is revoked for ever.", (*office.Office).CancelOrder},
		{"refundOrder", "refund", "Refund an order", "It was paid back: every license in it is revoked for ever.", (*office.Office).RefundOrder},
	} {
		api.Add(a, with(op(tag, m.id, http.MethodPost, "/orders/{order}/"+m.verb, m.summary, identity.WriteOrders), destroys, describedAs(m.detail)),
			func(ctx context.Context, c *api.Call, in *ofOrder) (Order, error) {
				o, err := m.do(c.Office, ctx, c.Actor, in.Order)
				return viewOrder(&o), err
			})
	}
}

// upTo is a part of a list that goes on before an identity; 0 is nowhere. A part of a narrow list may hold nothing and yet go on.
func upTo[S, T any](found []S, next int64, view func(*S) T) api.List[T] {
	l := whole(found, view)
	if next != 0 {
		l.Next = api.Cursor(api.ID(next))
	}
	return l
}

func viewOrder(o *license.Order) Order {
	return Order{ID: o.ID, Reference: o.Reference, Status: o.Status, Customer: o.Customer, Trial: o.Trial, Created: o.Created, Completed: o.CompletedAt}
}
