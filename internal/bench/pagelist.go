package bench

import (
	"fmt"
	"net/url"
	"time"

	"licet/internal/office"
)

// onePage is a page to look at.
type onePage struct{ name, path string }

// pages lists what is looked at: every list, as it comes and narrowed in every way there is, and what is about one thing of many.
func (f *crowdFiller) pages() []onePage {
	list := []onePage{
		{"start page", "/"}, {"start page, 90 days", "/?days=90"},
		{"products", "/products"}, {"policies", "/policies"}, {"keys", "/keys"}, {"keys of apps", "/keys/apps"},
		{"webhooks", "/webhooks"}, {"one webhook", fmt.Sprint("/webhooks/", int64(f.endpoint))}, {"one webhook: failed", fmt.Sprintf("/webhooks/%d?state=failed", f.endpoint)},
		{"mails", "/mails"}, {"mails: waiting", "/mails?state=waiting"}, {"lockouts", "/lockouts"}, {"team", "/team"},
		{"companies", "/customers/accounts"}, {"new licenses", "/licenses/new"},
		{"search: key", "/search?q=" + url.QueryEscape(f.last.Key)}, {"search: name", "/search?q=person0"}, {"search: order", "/search?q=ord-per"},
		{"search: two letters", "/search?q=" + f.last.Key[:2]},
	}
	list = append(list, f.licensePages()...)
	list = append(list, f.narrowed("orders", "/orders", "", "q=ord-person00000", "status=pending", "status=completed", "status=refunded", "customer="+url.QueryEscape(f.customer.Email))...)
	list = append(list, f.narrowed("customers", "/customers", "", "q=person00", "text=nothing", "text=person00001")...)
	list = append(list, f.narrowed("users", "/users", "", "q=person00", "banned=yes", "banned=no", "customer="+url.QueryEscape(f.customer.Email), "product=app-0")...)
	day := f.now.UTC().Format(time.DateOnly)
	list = append(list, f.narrowed("audit log", "/audit", "", "kind=license.issued", "kind=license.", "kind=license.banned", "kind=product.created",
		"actor=user:1", "actor=nobody", "license="+url.QueryEscape(f.last.Key), "from="+day, "until="+f.now.Add(-300*24*time.Hour).UTC().Format(time.DateOnly))...)
	license := fmt.Sprint("/licenses/", int64(f.last.ID))
	for _, tab := range []string{"", "/devices", "/users", "/usage", "/history", "/explain"} {
		list = append(list, onePage{"one license" + tab, license + tab})
	}
	return append(list,
		onePage{"one order", fmt.Sprint("/orders/", int64(f.order.ID))},
		onePage{"one customer", fmt.Sprint("/customers/", int64(f.customer.ID))},
		onePage{"one user", fmt.Sprint("/users/", int64(f.user.ID))},
		onePage{"one product", fmt.Sprint("/products/", int64(f.products[0].ID))},
	)
}

// narrowed is a list under each of some filters.
func (f *crowdFiller) narrowed(name, path string, filters ...string) (list []onePage) {
	for _, filter := range filters {
		if filter == "" {
			list = append(list, onePage{name, path})
			continue
		}
		list = append(list, onePage{name + ": " + filter, path + "?" + filter})
	}
	return list
}

// licensePages are the list of licenses under each filter, in each order.
func (f *crowdFiller) licensePages() (list []onePage) {
	week := f.now.Add(-7 * 24 * time.Hour).UTC().Format(time.DateOnly)
	filters := []string{
		"", "product=app-0", "product=app-5", "product=app-0&policy=standard", "used=yes", "used=no", "expired=yes", "expired=no", "banned=yes", "standing=suspended", "standing=revoked",
		"q=" + f.last.Key[:3], "q=" + url.QueryEscape(f.last.Key), "q=person00001", "q=nothing", "note=nothing",
		"from=" + week, "until=" + week, "product=app-5&banned=yes", "product=app-0&used=yes&expired=yes", "banned=yes&standing=suspended",
		"customer=" + url.QueryEscape(f.customer.Email), fmt.Sprint("order=", int64(f.order.ID)), fmt.Sprint("user=", int64(f.user.ID)),
	}
	for _, filter := range filters {
		for _, sort := range office.LicenseSorts() {
			name := fmt.Sprintf("licenses: %s by %s", filter, sort)
			if filter == "" {
				name = fmt.Sprintf("licenses by %s", sort)
			}
			list = append(list, onePage{name, "/licenses?sort=" + url.QueryEscape(string(sort)) + "&" + filter})
		}
	}
	return list
}
