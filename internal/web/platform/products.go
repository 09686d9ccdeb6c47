package platform

import (
	"context"
	"slices"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// productRoutes are products and applications.
func (p *Platform) productRoutes() []route {
	return slices.Concat([]route{
		{pattern: "GET /products", needs: identity.ReadProducts, page: (*visit).products},
		{pattern: "POST /products", needs: identity.WriteProducts, page: (*visit).createProduct},
		{pattern: "GET /products/new", needs: identity.WriteProducts, page: (*visit).newProduct},
		{pattern: "GET /products/preview", needs: identity.ReadProducts, page: (*visit).previewMask},
		{pattern: "GET /products/{id}", needs: identity.ReadProducts, page: (*visit).product},
		{pattern: "GET /products/{id}/settings", needs: identity.ReadProducts, page: (*visit).productSettings},
		{pattern: "POST /products/{id}/settings", needs: identity.WriteProducts, page: (*visit).saveProduct},
		{pattern: "POST /products/{id}/state", needs: identity.WriteProducts, page: (*visit).setProductState},
		{pattern: "GET /products/{id}/security", needs: identity.ReadProducts, page: (*visit).productSecurity},
		{pattern: "POST /products/{id}/security", needs: identity.WriteProducts, page: (*visit).changeSecurity},
		{pattern: "GET /products/{id}/versions", needs: identity.ReadProducts, page: (*visit).productVersions},
		{pattern: "POST /products/{id}/versions", needs: identity.WriteProducts, page: (*visit).addVersion},
		{pattern: "GET /products/{id}/versions/new", needs: identity.WriteProducts, page: (*visit).newVersion},
		{pattern: "POST /products/{id}/versions/{version}", needs: identity.WriteProducts, page: (*visit).enableVersion},
		{pattern: "GET /products/{id}/fields", needs: identity.ReadProducts, page: (*visit).productFields},
		{pattern: "POST /products/{id}/fields", needs: identity.WriteProducts, page: (*visit).saveFields},
		{pattern: "GET /products/{id}/parts", needs: identity.ReadProducts, page: (*visit).productParts},
	}, p.applicationRoutes())
}

// listSize is how many lines a page of a list has.
const listSize = 50

// productRow is a line of the list of products.
type productRow struct {
	office.Product
	lock        license.Lock // of new licenses by default; "" is not known
	application bool
}

// productsView is what the list of products shows.
type productsView struct {
	text, state string
	archived    bool
	rows        []productRow
	next        string
	first       bool // the list begins here
	canWrite    bool
}

// filtered reports whether a filter hides something.
func (l *productsView) filtered() bool { return l.text != "" || l.state != "" }

func (v *visit) products() error {
	list := productsView{
		text: v.input.Text("q"), state: v.input.Text("state"), archived: v.input.Bool("archived"), canWrite: v.can(identity.WriteProducts),
		first: v.input.Text("before") == "",
	}
	found, next, err := v.findProducts(&list)
	if err != nil {
		return err
	}
	if next != 0 {
		list.next = v.URL.Path + web.Query(v.URL.Query(), "before", idText(next))
	}
	apps, err := v.applicationNames()
	if err != nil {
		return err
	}
	for i := range found {
		row := productRow{Product: found[i]}
		_, row.application = apps[row.ID]
		if v.can(identity.ReadPolicies) {
			policy, err := v.p.d.Office.FindPolicy(v.Context(), v.actor, idText(row.ID), "")
			if err != nil {
				return err
			}
			row.lock = policy.Terms.Lock
		}
		list.rows = append(list.rows, row)
	}
	return v.draw(v.t("Products"), productsPage(&list))
}

// findProducts returns a page of the products that a filter lets through, and below which product the next one begins.
func (v *visit) findProducts(list *productsView) (found []office.Product, next license.ProductID, err error) {
	const most = 1000
	before := v.input.Int("before", 0)
	for {
		all, err := v.p.d.Office.ListProducts(v.Context(), v.actor, list.archived, office.Page{Before: before, Limit: most})
		if err != nil {
			return nil, 0, err
		}
		for i := range all {
			if !list.lets(&all[i]) {
				continue
			}
			if len(found) == listSize {
				return found, found[listSize-1].ID, nil
			}
			found = append(found, all[i])
		}
		if len(all) < most {
			return found, 0, nil
		}
		before = int64(all[most-1].ID)
	}
}

// lets reports whether a product is one of those that were asked for.
func (l *productsView) lets(p *office.Product) bool {
	switch l.state {
	case "active", "testing":
		if string(p.State) != l.state || p.Disabled {
			return false
		}
	case "disabled":
		if !p.Disabled {
			return false
		}
	case "bundle":
		if !p.Bundle {
			return false
		}
	}
	text := strings.ToLower(l.text)
	return strings.Contains(strings.ToLower(p.Name), text) || strings.Contains(strings.ToLower(p.Code), text) || idText(p.ID) == l.text || l.text == idText(p.Number)
}

// applicationNames are the applications of the company by their products, up to a thousand.
func (v *visit) applicationNames() (map[license.ProductID]string, error) {
	list, err := v.p.d.Office.ListApplications(v.Context(), v.actor, office.Page{Limit: 1000})
	names := make(map[license.ProductID]string, len(list))
	for i := range list {
		names[list[i].Product] = list[i].Name
	}
	return names, err
}

// productHead is what every page about a product begins with.
type productHead struct {
	office.Product
	application bool   // it has one
	tab         string // the page that this is
	canWrite    bool
	canIssue    bool
}

// openProduct finds the product that the path names.
func (v *visit) openProduct(tab string) (productHead, error) {
	p, err := v.p.d.Office.FindProduct(v.Context(), v.actor, v.PathValue("id"))
	if err != nil {
		return productHead{}, err
	}
	h := productHead{Product: p, tab: tab, canWrite: v.can(identity.WriteProducts), canIssue: v.can(identity.WriteLicenses)}
	_, err = v.p.d.Office.FindApplication(v.Context(), v.actor, idText(p.ID))
	if license.CodeOf(err) == license.NotFound {
		return h, nil
	}
	h.application = err == nil
	return h, err
}

// path is the address of a page about the product, below base.
func (h *productHead) path(page string) string {
	path := "/products/" + idText(h.ID)
	if page != "" {
		path += "/" + page
	}
	return path
}

// ref names the product to the office.
func (h *productHead) ref() string { return idText(h.ID) }

// tabs are the pages about a product.
func (h *productHead) tabs(ctx context.Context) []web.Tab {
	tab := func(name, title string) web.Tab {
		return web.Tab{Title: title, URL: base + h.path(name), Current: h.tab == name}
	}
	list := []web.Tab{
		tab("", web.T(ctx, "Overview")), tab("settings", web.T(ctx, "Settings")), tab("security", web.T(ctx, "Security")),
		{Title: web.T(ctx, "Policies"), URL: base + "/policies?product=" + idText(h.ID)},
		tab("versions", web.T(ctx, "Versions")), tab("fields", web.T(ctx, "Features and fields")),
	}
	if h.Bundle {
		list = append(list, tab("parts", web.T(ctx, "Parts")))
	}
	if h.application || !h.Bundle && h.Auth == license.ByKey {
		list = append(list, tab("application", web.T(ctx, "Application")))
	}
	return append(list, web.Tab{Title: web.T(ctx, "Mails"), URL: base + "/mails"})
}

// productOverview is what the first page about a product shows.
type productOverview struct {
	productHead
	policy license.Policy // the default one; the zero one is not known
	app    license.Application
	doors  []doorGuide
	parts  []office.BundleItem
}

func (v *visit) product() error {
	h, err := v.openProduct("")
	if err != nil {
		return err
	}
	view := productOverview{productHead: h}
	o, ctx := v.p.d.Office, v.Context()
	if v.can(identity.ReadPolicies) {
		if view.policy, err = o.FindPolicy(ctx, v.actor, h.ref(), ""); err != nil {
			return err
		}
	}
	if h.application {
		if view.app, err = o.FindApplication(ctx, v.actor, h.ref()); err != nil {
			return err
		}
	}
	if h.Bundle {
		if view.parts, err = o.BundleItems(ctx, v.actor, h.ref()); err != nil {
			return err
		}
	}
	view.doors = doorGuides(ctx, v.licenseURL(), &view)
	return v.draw(h.Name, productPage(&view))
}

// licenseURL is where apps reach the server.
func (v *visit) licenseURL() string {
	for _, a := range v.p.d.Addresses {
		if a.Surface == "license" && a.URL != "" {
			return strings.TrimRight(a.URL, "/")
		}
	}
	return v.p.origin(v.Request)
}

// productBadge is the state of a product as a badge.
func productBadge(ctx context.Context, p *office.Product) (web.Tone, string) {
	switch {
	case p.Archived:
		return web.Quiet, web.T(ctx, "Archived")
	case p.Disabled:
		return web.Bad, web.T(ctx, "Disabled")
	case p.State == license.ProductTesting:
		return web.Warn, web.T(ctx, "Test")
	}
	return web.Good, web.T(ctx, "Active")
}

// maskText is the pattern of a product's keys.
func maskText(p *office.Product) string { return p.Mask.String() }
