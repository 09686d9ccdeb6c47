package manage

import (
	"context"
	"errors"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Product is what is sold.
type Product struct {
	ID       license.ProductID    `json:"id" example:"1774267200000001"`
	Code     string               `json:"code" doc:"Yours, fixed for ever." example:"my-app"`
	Number   int64                `json:"number" doc:"The server's; RMZ clients send it." example:"1"`
	Name     string               `json:"name" example:"My App"`
	State    license.ProductState `json:"state" enum:"testing,active"`
	Auth     license.AuthMethod   `json:"auth" doc:"How its users prove their right: by a key, or by signing in."`
	Disabled bool                 `json:"disabled" doc:"No new licenses and no new activations; running devices go on."`
	Archived bool                 `json:"archived" doc:"Hidden from lists, and no new activations."`
	Mask     Mask                 `json:"mask" doc:"The pattern of new keys."`
	E2EE     bool                 `json:"e2ee" doc:"Whether RMZ answers are end-to-end encrypted."`
	Bundle   bool                 `json:"bundle" doc:"It stands for other products."`
	Fields   []CustomField        `json:"custom_fields" nullable:"false"`
	Metadata api.Object           `json:"metadata"`
	Created  license.Time         `json:"created_at"`
}

// Mask is the pattern of new keys.
type Mask struct {
	Text     string           `json:"text" minLength:"1" maxLength:"70" doc:"Each * is a random character, the rest stands as it is." example:"APP-****-****-****"`
	Alphabet license.Alphabet `json:"alphabet,omitempty" doc:"What * stands for." example:"clear"`
}

// CustomField is a value that licenses of a product have.
type CustomField struct {
	Name  string `json:"name" minLength:"1" maxLength:"100" example:"regionsAllowed"`
	Type  string `json:"type,omitempty" enum:"number,text,date/time"`
	Value string `json:"value,omitempty" doc:"What new licenses hold unless they are given something else."`
}

type newProduct struct {
	Body struct {
		Code     string               `json:"code" minLength:"1" maxLength:"100" doc:"Lower-case letters, digits, - and _; fixed for ever." example:"my-app"`
		Name     string               `json:"name" minLength:"1" maxLength:"200" example:"My App"`
		State    license.ProductState `json:"state,omitempty" enum:"testing,active"`
		Auth     license.AuthMethod   `json:"auth,omitempty"`
		Mask     *Mask                `json:"mask,omitempty"`
		Fields   []CustomField        `json:"custom_fields,omitempty" nullable:"false"`
		Metadata api.Object           `json:"metadata,omitempty"`
		Terms    *api.TermsPatch      `json:"terms,omitempty" doc:"Of its default policy, where they differ from one device for ever."`
	}
}

type changeProduct struct {
	ofProduct
	Body struct {
		Name     api.Change[string]               `json:"name,omitzero" required:"false" minLength:"1" maxLength:"200" example:"My App"`
		State    api.Change[license.ProductState] `json:"state,omitzero" required:"false" enum:"testing,active"`
		Mask     api.Change[Mask]                 `json:"mask,omitzero" required:"false"`
		Metadata api.Change[api.Object]           `json:"metadata,omitzero" required:"false"`
		Disabled api.Change[bool]                 `json:"disabled,omitzero" required:"false"`
		Archived api.Change[bool]                 `json:"archived,omitzero" required:"false"`
		Fields   api.Change[[]CustomField]        `json:"custom_fields,omitzero" required:"false" doc:"All of them; licenses that were issued keep theirs."`
	}
}

type listProducts struct {
	api.Paged
	Archived bool `query:"archived" doc:"true: those that are archived, too."`
}

func addProducts(a *api.API) {
	const tag = "Products"
	api.Add(a, with(op(tag, "listProducts", http.MethodGet, "/products", "List products", identity.ReadProducts)),
		func(ctx context.Context, c *api.Call, in *listProducts) (api.List[Product], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Product]{}, err
			}
			found, err := c.Office.ListProducts(ctx, c.Actor, in.Archived, page)
			return api.ListOf(in.Paged, found, viewProduct, func(p *office.Product) string { return api.ID(p.ID) }), err
		})
	api.Add(a, with(op(tag, "createProduct", http.MethodPost, "/products", "Create a product", identity.WriteProducts), creates,
		describedAs("It comes with a policy called default, which new licenses are issued from unless another one is named.")),
		func(ctx context.Context, c *api.Call, in *newProduct) (Product, error) {
			b := &in.Body
			n := office.NewProduct{Code: b.Code, Name: b.Name, State: b.State, Auth: b.Auth, Metadata: string(b.Metadata), Fields: fields(b.Fields)}
			if b.Mask != nil {
				n.Mask = b.Mask.mask()
			}
			if b.Terms != nil {
				n.Terms = b.Terms.Change()
			}
			p, err := c.Office.CreateProduct(ctx, c.Actor, n)
			if err != nil {
				return Product{}, err
			}
			c.Created("/products/" + api.ID(p.ID))
			return viewProduct(&p), nil
		})
	api.Add(a, with(op(tag, "showProduct", http.MethodGet, "/products/{product}", "Show a product", identity.ReadProducts), tagged),
		func(ctx context.Context, c *api.Call, in *ofProduct) (Product, error) {
			p, err := c.Office.FindProduct(ctx, c.Actor, in.Product)
			return viewProduct(&p), err
		})
	api.Add(a, with(op(tag, "changeProduct", http.MethodPatch, "/products/{product}", "Change a product", identity.WriteProducts), changes,
		describedAs("Its code and method stay for ever. No license changes. Archiving takes the place of deleting, and can be undone.")),
		func(ctx context.Context, c *api.Call, in *changeProduct) (Product, error) {
			b := &in.Body
			change := office.ProductChange{Name: b.Name.Ptr(), State: b.State.Ptr(), Metadata: text(&b.Metadata), Disabled: b.Disabled.Ptr(), Archived: b.Archived.Ptr()}
			if b.Mask.Given {
				mask := b.Mask.Value.mask()
				change.Mask = &mask
			}
			if b.Fields.Given {
				list := fields(b.Fields.Value)
				change.Fields = &list
			}
			change.If = func(p office.Product) error {
				return errors.Join(c.Match(viewProduct(&p)), b.Metadata.Value.MergeInto(p.Metadata, change.Metadata))
			}
			p, err := c.Office.ChangeProduct(ctx, c.Actor, in.Product, change)
			return viewProduct(&p), err
		})
}

func viewProduct(p *office.Product) Product {
	mask := p.Mask
	if mask.IsZero() {
		mask = license.DefaultMask()
	}
	v := Product{
		ID: p.ID, Code: p.Code, Number: p.Number, Name: p.Name, State: p.State, Auth: p.Auth, Disabled: p.Disabled, Archived: p.Archived,
		Mask: Mask{mask.Text, mask.Alphabet}, E2EE: p.E2EEKey != nil, Bundle: p.Bundle, Fields: []CustomField{}, Metadata: metadata(p.Metadata),
		Created: p.Created,
	}
	for _, f := range p.Fields {
		v.Fields = append(v.Fields, CustomField{f.Name, f.Type, f.Value})
	}
	return v
}

func (m *Mask) mask() license.Mask { return license.Mask{Text: m.Text, Alphabet: m.Alphabet} }

func fields(list []CustomField) []license.CustomField {
	var out []license.CustomField
	for _, f := range list {
		out = append(out, license.CustomField{Name: f.Name, Type: f.Type, Value: f.Value})
	}
	return out
}
