package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Policy is a template for the terms of new licenses of a product.
type Policy struct {
	ID       license.PolicyID  `json:"id" example:"1774267200000002"`
	Product  license.ProductID `json:"product_id" example:"1774267200000001"`
	Code     string            `json:"code" doc:"Yours, fixed for ever." example:"pro"`
	Name     string            `json:"name" example:"Pro"`
	Default  bool              `json:"default" doc:"New licenses are issued from it where no policy is named."`
	Archived bool              `json:"archived" doc:"No new licenses are issued from it."`
	Terms    api.Terms         `json:"terms"`
	Created  license.Time      `json:"created_at"`
}

type ofPolicy struct {
	ofProduct
	Policy string `path:"policy" doc:"The code or identity of the policy." example:"pro"`
}

type newPolicy struct {
	ofProduct
	Body struct {
		Code    string          `json:"code" minLength:"1" maxLength:"100" example:"pro"`
		Name    string          `json:"name,omitempty" maxLength:"200" example:"Pro"`
		Default bool            `json:"default,omitempty"`
		Terms   *api.TermsPatch `json:"terms,omitempty" doc:"Where they differ from one device for ever."`
	}
}

type changePolicy struct {
	ofPolicy
	Body struct {
		Name     api.Change[string]         `json:"name,omitzero" required:"false" minLength:"1" maxLength:"200" example:"Pro"`
		Default  api.Change[bool]           `json:"default,omitzero" required:"false" doc:"true makes it the default; another one takes that place in the same way."`
		Archived api.Change[bool]           `json:"archived,omitzero" required:"false"`
		Terms    api.Change[api.TermsPatch] `json:"terms,omitzero" required:"false"`
	}
}

type listPolicies struct {
	api.Paged
	ofProduct
	Archived bool `query:"archived" doc:"true: those that are archived, too."`
}

func addPolicies(a *api.API) {
	const tag = "Policies"
	api.Add(a, with(op(tag, "listPolicies", http.MethodGet, "/products/{product}/policies", "List the policies of a product", identity.ReadPolicies)),
		func(ctx context.Context, c *api.Call, in *listPolicies) (api.List[Policy], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Policy]{}, err
			}
			found, err := c.Office.ListPolicies(ctx, c.Actor, in.Product, in.Archived, page)
			return api.ListOf(in.Paged, found, viewPolicy, func(p *license.Policy) string { return api.ID(p.ID) }), err
		})
	api.Add(a, with(op(tag, "createPolicy", http.MethodPost, "/products/{product}/policies", "Create a policy", identity.WritePolicies), creates),
		func(ctx context.Context, c *api.Call, in *newPolicy) (Policy, error) {
			n := office.NewPolicy{Product: in.Product, Code: in.Body.Code, Name: in.Body.Name, Default: in.Body.Default}
			if in.Body.Terms != nil {
				n.Terms = in.Body.Terms.Change()
			}
			p, err := c.Office.CreatePolicy(ctx, c.Actor, n)
			if err != nil {
				return Policy{}, err
			}
			c.Created("/products/" + api.ID(p.Product) + "/policies/" + api.ID(p.ID))
			return viewPolicy(&p), nil
		})
	api.Add(a, with(op(tag, "showPolicy", http.MethodGet, "/products/{product}/policies/{policy}", "Show a policy", identity.ReadPolicies), tagged),
		func(ctx context.Context, c *api.Call, in *ofPolicy) (Policy, error) {
			p, err := c.Office.FindPolicy(ctx, c.Actor, in.Product, in.Policy)
			return viewPolicy(&p), err
		})
	api.Add(a, with(op(tag, "changePolicy", http.MethodPatch, "/products/{product}/policies/{policy}", "Change a policy", identity.WritePolicies), changes,
		describedAs("No license that was issued from it changes. The default policy cannot be archived.")),
		func(ctx context.Context, c *api.Call, in *changePolicy) (Policy, error) {
			b := &in.Body
			if b.Default.Given && !b.Default.Value {
				return Policy{}, license.Invalidf("default", "make another policy the default instead")
			}
			p, err := c.Office.ChangePolicy(ctx, c.Actor, in.Product, in.Policy, office.PolicyChange{
				Name: b.Name.Ptr(), Archived: b.Archived.Ptr(), Default: b.Default.Value, Terms: b.Terms.Value.Change(),
				If: func(p license.Policy) error { return c.Match(viewPolicy(&p)) },
			})
			return viewPolicy(&p), err
		})
}

func viewPolicy(p *license.Policy) Policy {
	return Policy{ID: p.ID, Product: p.Product, Code: p.Code, Name: p.Name, Default: p.Default, Archived: p.Archived, Terms: api.ViewTerms(&p.Terms), Created: p.Created}
}
