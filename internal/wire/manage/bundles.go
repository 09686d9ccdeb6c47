package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Bundle is a product that stands for others.
type Bundle struct {
	Product Product      `json:"product" doc:"The bundle itself, which is listed and changed as a product."`
	Items   []BundleItem `json:"items" nullable:"false" doc:"What it stands for; fixed for ever."`
}

// BundleItem is a product that a bundle stands for.
type BundleItem struct {
	Product license.ProductID `json:"product_id" example:"1774267200000001"`
	Code    string            `json:"code" example:"my-app"`
	Name    string            `json:"name" example:"My App"`
	Policy  license.PolicyID  `json:"policy_id,omitempty" doc:"Whose terms its licenses get; absent is the product's default." example:"1774267200000002"`
}

type newBundle struct {
	Body struct {
		Code     string               `json:"code" minLength:"1" maxLength:"100" doc:"Unique among the codes of products; fixed for ever." example:"my-suite"`
		Name     string               `json:"name" minLength:"1" maxLength:"200" example:"My Suite"`
		Products []newBundleItem      `json:"products" minItems:"1" maxItems:"50" nullable:"false"`
		State    license.ProductState `json:"state,omitempty" enum:"testing,active"`
		Mask     *Mask                `json:"mask,omitempty"`
		Fields   []CustomField        `json:"custom_fields,omitempty" nullable:"false"`
		Metadata api.Object           `json:"metadata,omitempty"`
		Terms    *api.TermsPatch      `json:"terms,omitempty" doc:"Of its default policy, where they differ from one device for ever."`
	}
}

type newBundleItem struct {
	Product string `json:"product" minLength:"1" maxLength:"100" doc:"Code, number or identity." example:"my-app"`
	Policy  string `json:"policy,omitempty" maxLength:"100" doc:"Code or identity of the policy whose terms its licenses get; absent is the default." example:"pro"`
}

func addBundles(a *api.API) {
	const tag = "Bundles"
	api.Add(a, with(op(tag, "createBundle", http.MethodPost, "/bundles", "Create a bundle", identity.WriteProducts), creates,
		describedAs("A bundle is a product whose licenses open other products too. All of them must prove the right of their users in the same way.")),
		func(ctx context.Context, c *api.Call, in *newBundle) (Bundle, error) {
			b := &in.Body
			n := office.NewBundle{Code: b.Code, Name: b.Name, State: b.State, Metadata: string(b.Metadata), Fields: fields(b.Fields)}
			for _, item := range b.Products {
				ref := item.Product
				if item.Policy != "" {
					ref += ":" + item.Policy
				}
				n.Products = append(n.Products, ref)
			}
			if b.Mask != nil {
				n.Mask = b.Mask.mask()
			}
			if b.Terms != nil {
				n.Terms = b.Terms.Change()
			}
			var made Bundle
			err := c.Office.Together(ctx, func(o *office.Office) error {
				p, err := o.CreateBundle(ctx, c.Actor, n)
				if err == nil {
					made, err = bundle(ctx, c, o, api.ID(p.ID))
				}
				return err
			})
			if err != nil {
				return Bundle{}, err
			}
			c.Created("/bundles/" + api.ID(made.Product.ID))
			return made, nil
		})
	api.Add(a, with(op(tag, "showBundle", http.MethodGet, "/bundles/{product}", "Show a bundle and what it stands for", identity.ReadProducts), tagged),
		func(ctx context.Context, c *api.Call, in *ofProduct) (Bundle, error) {
			return bundle(ctx, c, c.Office, in.Product)
		})
}

// bundle shows a bundle. It refuses with product_unknown a product that is none.
func bundle(ctx context.Context, c *api.Call, o *office.Office, ref string) (Bundle, error) {
	p, err := o.FindProduct(ctx, c.Actor, ref)
	if err != nil {
		return Bundle{}, err
	}
	if !p.Bundle {
		return Bundle{}, license.Refusef(license.ProductUnknown, "the product %s is no bundle", p.Code)
	}
	items, err := o.BundleItems(ctx, c.Actor, ref)
	v := Bundle{Product: viewProduct(&p), Items: []BundleItem{}}
	for i := range items {
		at := &items[i].Product
		v.Items = append(v.Items, BundleItem{Product: at.ID, Code: at.Code, Name: at.Name, Policy: items[i].Policy})
	}
	return v, err
}
