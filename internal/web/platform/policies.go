package platform

import (
	"context"
	"maps"
	"net/url"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// policyRoutes are policies.
func (p *Platform) policyRoutes() []route {
	return []route{
		{pattern: "GET /policies", needs: identity.ReadPolicies, page: (*visit).policies},
		{pattern: "POST /policies", needs: identity.WritePolicies, page: (*visit).createPolicy},
		{pattern: "GET /policies/new", needs: identity.WritePolicies, page: (*visit).newPolicy},
		{pattern: "GET /policies/{product}/{policy}", needs: identity.ReadPolicies, page: (*visit).policy},
		{pattern: "POST /policies/{product}/{policy}", needs: identity.WritePolicies, page: (*visit).savePolicy},
		{pattern: "POST /policies/{product}/{policy}/state", needs: identity.WritePolicies, page: (*visit).setPolicyState},
	}
}

// policyPath is the page of a policy, below base.
func policyPath(p *license.Policy) string {
	return "/policies/" + idText(p.Product) + "/" + idText(p.ID)
}

// productPolicies are the policies of one product.
type productPolicies struct {
	product  office.Product
	policies []license.Policy
	more     bool // there are more of them
}

// policiesView is what the list of policies shows.
type policiesView struct {
	product  string // the only one whose policies are shown; "" is all
	archived bool
	groups   []productPolicies
	choices  []web.Option // products to choose from
	next     string
	canWrite bool
}

// productsAtOnce is of how many products the policies are on one page.
const productsAtOnce = 20

func (v *visit) policies() error {
	list := policiesView{product: v.input.Text("product"), archived: v.input.Bool("archived"), canWrite: v.can(identity.WritePolicies)}
	all, err := v.p.d.Office.ListProducts(v.Context(), v.actor, false, office.Page{Limit: 1000})
	if err != nil {
		return err
	}
	list.choices = productOptions(v.Context(), all, v.t("all products"))
	products := all
	if list.product != "" {
		one, err := v.p.d.Office.FindProduct(v.Context(), v.actor, list.product)
		if err != nil {
			return err
		}
		list.product = idText(one.ID)
		products = []office.Product{one}
	} else {
		products, list.next = v.pageOfProducts(all)
	}
	for i := range products {
		found, err := v.p.d.Office.ListPolicies(v.Context(), v.actor, idText(products[i].ID), list.archived, office.Page{Limit: listSize + 1})
		if err != nil {
			return err
		}
		group := productPolicies{product: products[i], policies: found, more: len(found) > listSize}
		list.groups = append(list.groups, group)
	}
	return v.draw(v.t("Policies"), policiesPage(&list))
}

// pageOfProducts are those of all that this page is about, and the address of the next page.
func (v *visit) pageOfProducts(all []office.Product) (products []office.Product, next string) {
	before := v.input.Int("before", 0)
	for i := range all {
		if before != 0 && int64(all[i].ID) >= before {
			continue
		}
		if len(products) == productsAtOnce {
			return products, v.URL.Path + web.Query(v.URL.Query(), "before", idText(products[productsAtOnce-1].ID))
		}
		products = append(products, all[i])
	}
	return products, ""
}

// productOptions are products to choose from, after a choice that stands for all or none of them.
func productOptions(ctx context.Context, list []office.Product, none string) []web.Option {
	options := []web.Option{{Value: "", Label: none}}
	for i := range list {
		options = append(options, web.Option{Value: idText(list[i].ID), Label: web.T(ctx, "%s (%s)", list[i].Name, list[i].Code)})
	}
	return options
}

// newPolicyView is the form for a policy.
type newPolicyView struct {
	in       url.Values
	faults   web.Faults
	products []web.Option
}

func (v *visit) newPolicyView(in url.Values, faults web.Faults) (*newPolicyView, error) {
	all, err := v.p.d.Office.ListProducts(v.Context(), v.actor, false, office.Page{Limit: 1000})
	return &newPolicyView{in: in, faults: faults, products: productOptions(v.Context(), all, v.t("Choose one"))}, err
}

// newPolicy begins with the terms of the policy that is copied, else of the product's default one, else with the usual ones.
func (v *visit) newPolicy() error {
	terms, product := license.DefaultTerms(), v.input.Text("product")
	if product != "" {
		from, err := v.p.d.Office.FindPolicy(v.Context(), v.actor, product, v.input.Text("copy"))
		if err != nil {
			return err
		}
		terms, product = from.Terms, idText(from.Product)
	}
	in := policyTermsValues(&terms)
	in.Set("product", product)
	view, err := v.newPolicyView(in, nil)
	if err != nil {
		return err
	}
	return v.draw(v.t("New policy"), newPolicyPage(view))
}

func (v *visit) createPolicy() error {
	in := v.input
	n := office.NewPolicy{Product: in.Text("product"), Code: in.Text("code"), Name: in.Text("name"), Default: in.Bool("default"), Terms: policyTermsOf(in)}
	err := v.asked()
	var made license.Policy
	if err == nil {
		made, err = v.p.d.Office.CreatePolicy(v.Context(), v.actor, n)
	}
	if err != nil {
		view, failed := v.newPolicyView(in.Values, nil)
		if failed != nil {
			return failed
		}
		return v.again(err, v.t("New policy"), func(f web.Faults) templ.Component {
			view.faults = everyFault(in, f)
			return newPolicyPage(view)
		})
	}
	v.say(web.Good, "The policy %s is there. Choose it when you create licenses.", made.Name)
	return v.redirect(policyPath(&made))
}

// policyView is the page of a policy.
type policyView struct {
	license.Policy
	product  office.Product
	in       url.Values
	faults   web.Faults
	canWrite bool
	canIssue bool
}

func (v *visit) openPolicy() (*policyView, error) {
	product, err := v.p.d.Office.FindProduct(v.Context(), v.actor, v.PathValue("product"))
	if err != nil {
		return nil, err
	}
	p, err := v.p.d.Office.FindPolicy(v.Context(), v.actor, idText(product.ID), v.PathValue("policy"))
	if err != nil {
		return nil, err
	}
	view := &policyView{Policy: p, product: product, in: policyTermsValues(&p.Terms), canWrite: v.can(identity.WritePolicies), canIssue: v.can(identity.WriteLicenses)}
	view.in.Set("name", p.Name)
	return view, nil
}

func (v *visit) policy() error {
	view, err := v.openPolicy()
	if err != nil {
		return err
	}
	return v.draw(view.Name, policyPage(view))
}

func (v *visit) savePolicy() error {
	view, err := v.openPolicy()
	if err != nil {
		return err
	}
	in := v.input
	change := office.PolicyChange{Name: new(in.Text("name")), Terms: policyTermsOf(in)}
	if err = v.asked(); err == nil {
		_, err = v.p.d.Office.ChangePolicy(v.Context(), v.actor, idText(view.Product), idText(view.ID), change)
	}
	if err != nil {
		return v.again(err, view.Name, func(f web.Faults) templ.Component {
			view.in, view.faults = maps.Clone(in.Values), everyFault(in, f)
			return policyPage(view)
		})
	}
	v.say(web.Good, "Saved, for licenses made from now on. Those that exist stay as they are.")
	return v.redirect(policyPath(&view.Policy))
}

// setPolicyState archives a policy or takes that back, or makes it the default one of its product.
func (v *visit) setPolicyState() error {
	view, err := v.openPolicy()
	if err != nil {
		return err
	}
	var c office.PolicyChange
	act := v.input.Text("act")
	switch act {
	case "archive", "restore":
		c.Archived = new(act == "archive")
	case "default":
		c.Default = true
	default:
		return license.Invalidf("act", "choose what to do")
	}
	if _, err := v.p.d.Office.ChangePolicy(v.Context(), v.actor, idText(view.Product), idText(view.ID), c); err != nil {
		return err
	}
	path := policyPath(&view.Policy)
	switch act {
	case "archive":
		v.sayUndo(path+"/state", map[string]string{"act": "restore"}, "%s is archived: no licenses are made from it.", view.Name)
	case "restore":
		v.sayUndo(path+"/state", map[string]string{"act": "archive"}, "%s is back.", view.Name)
	default:
		v.say(web.Good, "%s is the default policy of %s now.", view.Name, view.product.Name)
	}
	return v.back(path)
}
