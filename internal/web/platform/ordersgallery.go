package platform

import (
	"net/url"

	"licet/internal/license"
	"licet/internal/web"
)

func orderSamples() ([]license.Order, map[license.CustomerID]license.Customer) {
	orders := []license.Order{
		{ID: 61, Reference: "SHOP-100284", Status: license.OrderCompleted, Customer: 31, Created: day(-1), CompletedAt: day(-1)},
		{ID: 62, Reference: "SHOP-100283", Status: license.OrderPending, Customer: 31, Created: day(-2)},
		{ID: 63, Reference: "J4K2-88QP-ZZ01", Status: license.OrderCompleted, Trial: true, Created: day(-3), CompletedAt: day(-3)},
		{ID: 64, Reference: "SHOP-100271", Status: license.OrderRefunded, Customer: 32, Created: day(-40), CompletedAt: day(-40)},
		{ID: 65, Reference: hostile, Status: license.OrderCancelled, Customer: 32, Created: day(-50)},
	}
	customers := map[license.CustomerID]license.Customer{
		31: {ID: 31, Email: "buyer@customer.example", Name: "Ann Buyer", Company: "Customer GmbH"},
		32: {ID: 32, Email: hostile, Name: hostile},
	}
	return orders, customers
}

func peopleSampleLicenses() []license.LicenseRecord {
	terms := license.DefaultTerms()
	terms.Type = license.TimeLimited
	one := func(id license.LicenseID, key string, change func(*license.License)) license.LicenseRecord {
		l := license.License{ID: id, Product: 21, Key: key, Standing: license.Enabled, Terms: &terms, IssuedAt: day(-9)}
		change(&l)
		return license.LicenseRecord{License: l}
	}
	return []license.LicenseRecord{
		one(11, "ACME-7QK2-M4XD-91TB", func(l *license.License) { l.FirstUsedAt, l.ExpiresAt = day(-3), day(200) }),
		one(12, "ACME-0000-M4XD-0001", func(l *license.License) { l.RedemptionBlocked = true }),
		one(13, "", func(l *license.License) { l.FirstUsedAt, l.ExpiresAt = day(-30), day(-3) }),
		one(14, hostile, func(l *license.License) { l.Standing = license.Revoked }),
	}
}

func orderGallery() []specimen {
	orders, customers := orderSamples()
	products := peopleSampleProducts()
	form := func(values url.Values) *orderForm {
		return &orderForm{Input: web.NewInput(values), products: products, issue: true}
	}
	page := func(name string, o license.Order, write bool, licenses []license.LicenseRecord) specimen {
		return specimen{name: name, title: "Order", body: orderPage(&orderView{
			order: o, customer: customers[o.Customer], licenses: licenses, products: products,
			count: len(licenses), write: write, issue: write,
		})}
	}
	many := orderView{order: orders[0], customer: customers[31], licenses: peopleSampleLicenses(), products: products, next: 5, count: 1000, more: true, write: true, issue: true}
	return []specimen{
		{name: "orders", title: "Orders", body: ordersPage(&ordersView{orders: orders, customers: customers, write: true, next: 60})},
		{name: "orders-read-only", title: "Orders", body: ordersPage(&ordersView{orders: orders, query: url.Values{"before": {"70"}}})},
		{name: "orders-empty", title: "Orders", body: ordersPage(&ordersView{write: true})},
		{name: "orders-none-match", title: "Orders", body: ordersPage(&ordersView{query: url.Values{"q": {hostile}, "customer": {"x"}}, faults: web.Faults{"customer": "There is no such customer."}})},
		{name: "orders-look-on", title: "Orders", body: ordersPage(&ordersView{query: url.Values{"status": {"pending"}}, next: 60})},
		{name: "order", title: "Order", body: orderPage(&many)},
		page("order-pending", orders[1], true, nil), page("order-refunded", orders[3], true, peopleSampleLicenses()),
		page("order-hostile", orders[4], true, peopleSampleLicenses()[3:]), page("order-read-only", orders[0], false, peopleSampleLicenses()[:1]),
		{name: "order-new", title: "New order", body: orderNewPage(form(nil), nil)},
		{name: "order-new-wrong", title: "New order", body: orderNewPage(form(url.Values{"reference": {hostile}, "product_1": {"studio"}, "amount_1": {"0"}, "product_2": {"old"}}),
			web.Faults{"amount_1": "The amount is 1 to 10,000.", "reference": "There is already an order of that reference.", "policy_2": "There is no such policy."})},
		{name: "order-new-without-licenses", title: "New order", body: orderNewPage(&orderForm{Input: web.NewInput(nil)}, nil)},
	}
}
