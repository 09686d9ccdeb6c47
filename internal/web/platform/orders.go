package platform

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// orderRoutes are the orders, of which every license is one's (S0-07).
func (p *Platform) orderRoutes() []route {
	const read, write = identity.ReadOrders, identity.WriteOrders
	return []route{
		{pattern: "GET /orders", needs: read, page: (*visit).orderList},
		{pattern: "GET /orders/new", needs: write, page: (*visit).orderNew},
		{pattern: "POST /orders", needs: write, page: (*visit).orderCreate},
		{pattern: "GET /orders/{id}", needs: read, page: (*visit).orderShow},
		{pattern: "POST /orders/{id}/customer", needs: write, page: (*visit).orderSetCustomer},
		{pattern: "POST /orders/{id}/complete", needs: write, page: (*visit).orderComplete},
		{pattern: "POST /orders/{id}/cancel", needs: write, page: (*visit).orderCancel},
		{pattern: "POST /orders/{id}/refund", needs: write, page: (*visit).orderRefund},
	}
}

// orderPath is the page of an order, or one below it.
func orderPath(id license.OrderID, below ...string) string {
	path := fmt.Sprintf("/orders/%d", int64(id))
	for _, part := range below {
		path += "/" + part
	}
	return path
}

// ordersView is what the list of orders shows.
type ordersView struct {
	orders    []license.Order
	customers map[license.CustomerID]license.Customer // nil where the role may not see them
	query     url.Values
	next      int64
	faults    web.Faults
	write     bool
}

func (v *visit) orderList() error {
	view := ordersView{query: v.input.Values, faults: v.input.Faults, write: v.can(identity.WriteOrders)}
	filter := office.OrderFilter{Customer: v.input.Text("customer"), Status: license.OrderStatus(v.input.Text("status")), Prefix: v.input.Text("q")}
	var err error
	view.orders, view.next, err = v.p.d.Office.SearchOrders(v.Context(), v.actor, filter, office.Page{Before: v.input.Int("before", 0), Limit: peoplePageSize})
	if license.CodeOf(err) == license.NotFound && filter.Customer != "" {
		view.faults["customer"], err = v.t("There is no such customer."), nil
	}
	if err != nil {
		return err
	}
	if view.customers, err = v.orderCustomers(view.orders...); err != nil {
		return err
	}
	return v.draw(v.t("Orders"), ordersPage(&view))
}

// orderCustomers returns the buyers of orders, where the role may see customers.
func (v *visit) orderCustomers(orders ...license.Order) (map[license.CustomerID]license.Customer, error) {
	if !v.can(identity.ReadCustomers) {
		return nil, nil
	}
	ids := make([]license.CustomerID, len(orders))
	for i := range orders {
		ids[i] = orders[i].Customer
	}
	return v.p.d.Office.CustomersByID(v.Context(), v.actor, ids...)
}

func (o *ordersView) value(name string) string { return o.query.Get(name) }

func (o *ordersView) filtered() bool {
	return o.value("q") != "" || o.value("status") != "" || o.value("customer") != ""
}

func (o *ordersView) forward() string { return peopleNext("/orders", o.query, o.next) }
func (o *ordersView) first() string   { return peopleFirst("/orders", o.query) }

// orderStatus is the status of an order in words, and how it is coloured.
func orderStatus(ctx context.Context, s license.OrderStatus) (web.Tone, string) {
	switch s {
	case license.OrderPending:
		return web.Warn, web.T(ctx, "Pending")
	case license.OrderCompleted:
		return web.Good, web.T(ctx, "Completed")
	case license.OrderCancelled:
		return web.Bad, web.T(ctx, "Cancelled")
	case license.OrderRefunded:
		return web.Bad, web.T(ctx, "Refunded")
	}
	return web.Quiet, string(s)
}

// orderView is what the page of an order shows.
type orderView struct {
	order    license.Order
	customer license.Customer // the zero one where there is none, or the role may not see them
	licenses []license.LicenseRecord
	products []office.Product
	next     int64
	query    url.Values
	count    int  // of the licenses, up to 1000
	more     bool // there are more than that
	write    bool
	issue    bool // the role may make licenses
}

// orderOf returns the order that the path names. The office looks for references first, of which one may look like an identity.
func (v *visit) orderOf() (license.Order, error) {
	id, err := v.id("id")
	if err != nil {
		return license.Order{}, err
	}
	order, err := v.p.d.Office.FindOrder(v.Context(), v.actor, fmt.Sprint(id))
	if err == nil && order.ID != license.OrderID(id) {
		err = license.Missing("order", fmt.Sprint(id))
	}
	return order, err
}

func (v *visit) orderShow() error {
	order, err := v.orderOf()
	if err != nil {
		return err
	}
	view := orderView{order: order, query: v.input.Values, write: v.can(identity.WriteOrders), issue: v.can(identity.WriteLicenses)}
	o, ctx := v.p.d.Office, v.Context()
	if view.count, view.more, err = o.OrderSize(ctx, v.actor, order.Reference); err != nil {
		return err
	}
	if v.can(identity.ReadLicenses) {
		page := office.Page{Before: v.input.Int("before", 0), Limit: peoplePageSize}
		if view.licenses, view.next, err = o.ListLicenses(ctx, v.actor, office.LicenseFilter{Order: order.Reference}, page); err != nil {
			return err
		}
		if view.products, err = v.peopleProducts(); err != nil {
			return err
		}
	}
	customers, err := v.orderCustomers(order)
	if err != nil {
		return err
	}
	view.customer = customers[order.Customer]
	return v.draw(v.t("Order %s", order.Reference), orderPage(&view))
}

// open reports whether anything can become of the order yet: cancelled and refunded ones are over.
func (o *orderView) open() bool {
	return o.order.Status == license.OrderPending || o.order.Status == license.OrderCompleted
}

// size is how many licenses the order holds, in words.
func (o *orderView) size(ctx context.Context) string {
	if o.more {
		return web.T(ctx, "more than %d licenses", o.count)
	}
	return web.N(ctx, int64(o.count), "%d license", "%d licenses")
}

// path is a page below that of the order.
func (o *orderView) path(below ...string) string { return base + orderPath(o.order.ID, below...) }

func (v *visit) orderSetCustomer() error {
	order, err := v.orderOf()
	if err != nil {
		return err
	}
	to := v.input.Text("customer")
	if _, err := v.p.d.Office.ChangeOrder(v.Context(), v.actor, order.Reference, office.OrderChange{Customer: &to}); err != nil {
		return peopleMissing(err, "")
	}
	if to == "" {
		v.say(web.Good, "The order %s belongs to no customer now.", order.Reference)
	} else {
		v.say(web.Good, "The order %s belongs to %s.", order.Reference, to)
	}
	return v.redirect(orderPath(order.ID))
}

func (v *visit) orderComplete() error {
	return v.orderSettle((*office.Office).CompleteOrder, "The order %s is completed: its licenses work from now on.")
}

func (v *visit) orderCancel() error {
	return v.orderSettle((*office.Office).CancelOrder, "The order %s is cancelled, and its licenses are revoked.")
}

func (v *visit) orderRefund() error {
	return v.orderSettle((*office.Office).RefundOrder, "The order %s is refunded, and its licenses are revoked.")
}

// orderSettle moves an order to another status.
func (v *visit) orderSettle(settle func(*office.Office, context.Context, identity.Actor, string) (license.Order, error), said string) error {
	order, err := v.orderOf()
	if err != nil {
		return err
	}
	if _, err := settle(v.p.d.Office, v.Context(), v.actor, order.Reference); err != nil {
		return err
	}
	v.say(web.Good, said, order.Reference)
	return v.redirect(orderPath(order.ID))
}

// orderForm is what the form for a new order shows, and what was typed into it.
type orderForm struct {
	*web.Input
	products []office.Product
	issue    bool // the role may make licenses
}

// orderRows is how many rows the form has for licenses. More are added on the page of the order.
const orderRows = 4

func (v *visit) orderForm() (*orderForm, error) {
	form := &orderForm{Input: v.input, issue: v.can(identity.WriteLicenses)}
	var err error
	form.products, err = v.peopleProducts()
	return form, err
}

func (v *visit) orderNew() error {
	form, err := v.orderForm()
	if err != nil {
		return err
	}
	return v.draw(v.t("New order"), orderNewPage(form, nil))
}

// field is the name of a field in a row.
func (f *orderForm) field(name string, row int) string { return name + "_" + strconv.Itoa(row) }

// or is what was typed into a field, and otherwise where nothing was.
func (f *orderForm) or(name, otherwise string) string {
	if text := f.Text(name); text != "" {
		return text
	}
	return otherwise
}

// orderCreate makes an order, with licenses in it, or nothing at all. Without a reference it is given one (S0-08).
func (v *visit) orderCreate() error {
	form, err := v.orderForm()
	if err != nil {
		return err
	}
	items, err := form.items()
	var order license.Order
	var at *orderItem // that was last tried; nil is the order itself
	made := 0
	if err == nil {
		err = v.p.d.Office.Together(v.Context(), func(o *office.Office) error {
			made, at = 0, nil
			order, err = o.CreateOrder(v.Context(), v.actor, office.NewOrder{
				Reference: form.Raw("reference"), Status: license.OrderStatus(form.Text("status")), Customer: form.Text("customer"), Trial: form.Bool("trial"),
			})
			if err != nil {
				return err
			}
			for i := range items {
				at = &items[i]
				at.new.Order, at.new.Trial = order.Reference, order.Trial
				issued, err := o.CreateLicenses(v.Context(), v.actor, at.new)
				if err != nil {
					return err
				}
				made += len(issued.Licenses)
			}
			return nil
		})
		if at != nil {
			err = at.fault(err)
		} else {
			err = orderFault(err)
		}
	}
	if err != nil {
		return v.again(err, v.t("New order"), func(f web.Faults) templ.Component { return orderNewPage(form, f) })
	}
	if made > 0 {
		v.say(web.Good, web.N(v.Context(), int64(made), "The order is there, with %d license.", "The order is there, with %d licenses."))
	} else {
		v.say(web.Good, "The order %s is there.", order.Reference)
	}
	return v.redirect(orderPath(order.ID))
}

// orderItem is a row of the form that asks for licenses.
type orderItem struct {
	row int
	new office.NewLicenses
}

// items are the rows in which a product is chosen.
func (f *orderForm) items() (items []orderItem, err error) {
	if !f.issue {
		return nil, nil
	}
	for row := 1; row <= orderRows; row++ {
		product := f.Text(f.field("product", row))
		if product == "" {
			continue
		}
		amount := f.field("amount", row)
		n := f.Int(amount, 1)
		if text := f.Faults[amount]; text != "" {
			return nil, license.Invalidf(amount, "%s", text)
		}
		if n < 1 || n > office.MaxIssue {
			return nil, license.Invalidf(amount, "the amount is 1 to %d", office.MaxIssue)
		}
		items = append(items, orderItem{row, office.NewLicenses{Product: product, Policy: f.Text(f.field("policy", row)), Amount: int(n)}})
	}
	return items, nil
}

// fault says of an error in which row it is.
func (i *orderItem) fault(err error) error {
	if err == nil {
		return nil
	}
	e := license.Describe(err)
	switch e.Code {
	case license.NotFound:
		return license.Invalidf("policy_"+strconv.Itoa(i.row), "%s", e.Message)
	case license.Invalid, license.Conflict, license.Refused:
		field := "product"
		if e.Field == "amount" || e.Field == "policy" {
			field = e.Field
		}
		return license.Invalidf(field+"_"+strconv.Itoa(i.row), "%s", e.Message)
	}
	return err
}

// orderFault says of an error of an order at which field of the form it is.
func orderFault(err error) error {
	if err == nil {
		return nil
	}
	e := license.Describe(err)
	field := map[string]string{"order": "reference", "email": "customer"}[e.Field]
	if e.Code == license.Conflict && e.Field == "" {
		field = "reference"
	}
	if field == "" {
		return err
	}
	return &license.Error{Code: e.Code, Reason: e.Reason, Field: field, Message: e.Message}
}
