package platform

import (
	"licet/internal/web"
)

func policyGallery() []specimen {
	product := sampleProduct(1, "studio", "Acme Studio")
	all := samplePolicies()
	choices := []web.Option{{Value: "", Label: "all products"}, {Value: idText(product.ID), Label: "Acme Studio (studio)"}}
	groups := []productPolicies{{product: product, policies: all}, {product: sampleProduct(2, "render", hostile), policies: all[3:], more: true}}
	page := func(i int, write bool) *policyView {
		p := &policyView{Policy: all[i], product: product, in: policyTermsValues(&all[i].Terms), canWrite: write, canIssue: write}
		p.in.Set("name", all[i].Name)
		return p
	}
	wrong := page(0, true)
	wrong.in.Set("activations_most", "-4")
	wrong.faults = web.Faults{"activations": "Write how many, from 1.", "grace": "Only a subscription has a grace period, in whole hours from 0."}
	fresh := policyTermsValues(&all[1].Terms)
	fresh.Set("product", idText(product.ID))
	return []specimen{
		{name: "policies", title: "Policies", body: policiesPage(&policiesView{groups: groups, choices: choices, canWrite: true, archived: true, next: base + "/policies?before=1"})},
		{name: "policies-reader", title: "Policies", body: policiesPage(&policiesView{groups: groups[:1], choices: choices, product: idText(product.ID)})},
		{name: "policies-empty", title: "Policies", body: policiesPage(&policiesView{choices: choices[:1], canWrite: true})},
		{name: "policy-new", title: "New policy", body: newPolicyPage(&newPolicyView{in: fresh, products: choices})},
		{name: "policy-new-wrong", title: "New policy", body: newPolicyPage(&newPolicyView{in: fresh, products: choices, faults: web.Faults{"code": "It must not be empty.", "product": "Say which product."}})},
		{name: "policy", title: "Team", body: policyPage(page(0, true))},
		{name: "policy-wrong", title: "Team", body: policyPage(wrong)},
		{name: "policy-default", title: "Default", body: policyPage(page(3, true))},
		{name: "policy-metered", title: "Metered", body: policyPage(page(2, true))},
		{name: "policy-reader", title: "Team", body: policyPage(page(0, false))},
	}
}
