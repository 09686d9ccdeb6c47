package platform

import (
	"context"
	"io"
	"net/url"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// madeLicenses names the licenses that were made together: those of an order and a product, made at some moment, or within two.
type madeLicenses struct {
	product     license.ProductID
	order       license.OrderID
	from, until license.Time
	amount      int64
}

// query is the query of the pages about them.
func (m madeLicenses) query() string {
	return "?" + url.Values{
		"product": {idText(int64(m.product))}, "order": {idText(int64(m.order))}, "from": {idText(int64(m.from))},
		"until": {idText(int64(m.until))}, "amount": {idText(m.amount)},
	}.Encode()
}

func (v *visit) readMade() (m madeLicenses, err error) {
	number := func(name string) int64 {
		n, ok := license.ParseID(v.input.Text(name))
		if !ok {
			err = license.Missing("page", v.URL.Path)
		}
		return n
	}
	m = madeLicenses{
		product: license.ProductID(number("product")), order: license.OrderID(number("order")),
		from: license.Time(number("from")), until: license.Time(number("until")), amount: number("amount"),
	}
	return m, err
}

// each calls do with the licenses, oldest first, a page of so many at a time, until it says that it has enough.
func (m madeLicenses) each(ctx context.Context, v *visit, size int, do func([]license.LicenseRecord) (more bool, err error)) error {
	f := office.LicenseFilter{
		Product: idText(int64(m.product)), Order: idText(int64(m.order)), IssuedFrom: m.from, IssuedUntil: m.until + 1,
	}
	view := office.LicenseView{Sort: office.SortOldest, Limit: size}
	for {
		page, err := v.p.d.Office.BrowseLicenses(ctx, v.actor, f, view)
		if err != nil {
			return err
		}
		more, err := do(page.Licenses)
		if err != nil || !more || page.Next == "" {
			return err
		}
		view.Cursor = page.Next
	}
}

// madeView is what the page of new licenses shows.
type madeView struct {
	made     madeLicenses
	order    license.Order
	product  office.Product
	licenses []license.LicenseRecord // the first of them
}

// shownKeys is how many keys the page shows; the file has all.
const shownKeys = 100

// licensesMade shows the keys of licenses that were just made.
func (v *visit) licensesMade() error {
	m, err := v.readMade()
	if err != nil {
		return err
	}
	view := &madeView{made: m}
	if view.product, err = v.p.d.Office.FindProduct(v.Context(), v.actor, idText(int64(m.product))); err != nil {
		return err
	}
	if view.order, err = v.p.d.Office.FindOrder(v.Context(), v.actor, idText(int64(m.order))); err != nil {
		return err
	}
	err = m.each(v.Context(), v, shownKeys, func(some []license.LicenseRecord) (bool, error) {
		view.licenses = append(view.licenses, some...)
		return len(view.licenses) < shownKeys, nil
	})
	if err != nil {
		return err
	}
	view.licenses = view.licenses[:min(len(view.licenses), shownKeys)]
	return v.draw(v.t("New licenses"), licensesMadePage(view))
}

// licensesMadeKeys sends their keys as a text, one a line.
func (v *visit) licensesMadeKeys() error {
	m, err := v.readMade()
	if err != nil {
		return err
	}
	order, err := v.p.d.Office.FindOrder(v.Context(), v.actor, idText(int64(m.order)))
	if err != nil {
		return err
	}
	out := &licensesDownload{v: v, media: "text/plain; charset=utf-8", name: "licenses-" + order.Reference + ".txt"}
	return out.end(m.each(v.Context(), v, 1000, func(some []license.LicenseRecord) (bool, error) {
		for i := range some {
			if _, err := io.WriteString(out, licenseName(&some[i].License)+"\n"); err != nil {
				return false, err
			}
		}
		out.prolong()
		return true, nil
	}))
}

// listed is the list of all licenses of the order.
func (m *madeView) listed() string {
	return base + "/licenses" + web.Query(nil, "order", m.order.Reference)
}

// keys are the shown keys, one a line.
func (m *madeView) keys() string {
	var text []byte
	for i := range m.licenses {
		text = append(text, licenseName(&m.licenses[i].License)...)
		text = append(text, '\n')
	}
	return string(text)
}
