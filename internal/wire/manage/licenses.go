package manage

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

const licensesTag = "Licenses"

// ofLicense is the input of an operation about one license.
type ofLicense struct {
	License string `path:"license" doc:"The key or identity of the license." example:"APP-7KQ2-9XWD-4MNP"`
	Product string `query:"product" doc:"The product of the key, where several have the same: code, number or identity." example:"my-app"`
}

func (in *ofLicense) ref() office.Ref { return office.Ref{Product: in.Product, Key: in.License} }

type listLicenses struct {
	api.Paged
	Product  string           `query:"product" doc:"Of this product: code, number or identity." example:"my-app"`
	Policy   string           `query:"policy" doc:"Of this policy: code or identity. Needs product." example:"pro"`
	Order    string           `query:"order" doc:"Of this order: reference or identity." example:"ORDER-4711"`
	Customer string           `query:"customer" doc:"Of this customer: e-mail address or identity." example:"ann@example.com"`
	Standing license.Standing `query:"standing" enum:"enabled,suspended,revoked"`
	Used     *bool            `query:"used" nullable:"false" doc:"Whether they have ever been activated or redeemed."`
	Expired  *bool            `query:"expired" nullable:"false"`
	Banned   *bool            `query:"banned" nullable:"false"`
	Prefix   string           `query:"prefix" maxLength:"100" doc:"What the key begins with, in any letter case." example:"APP-7K"`
	Note     string           `query:"note" maxLength:"100" doc:"What the note contains, in any letter case." example:"telephone"`
	User     string           `query:"user" doc:"Held by this license user: name or identity; of the product's users where product is given, else of the whole tenant's." example:"ann@example.com"`
	From     string           `query:"issued_from" maxLength:"40" doc:"Issued then or later." example:"2026-01-01"`
	Until    string           `query:"issued_until" maxLength:"40" doc:"Issued before." example:"2026-04-01T00:00:00Z"`
	Search   string           `query:"search" maxLength:"100" doc:"What the key or the customer's e-mail address begins with; where none does, what the note contains." example:"ann@"`
}

// NewLicenses says which licenses to make.
type NewLicenses struct {
	Product     string              `json:"product" minLength:"1" doc:"Code, number or identity." example:"my-app"`
	Policy      string              `json:"policy,omitempty" doc:"Code or identity of the policy whose terms they get; absent is the default one." example:"pro"`
	Amount      int                 `json:"amount,omitempty" minimum:"1" maximum:"10000" doc:"How many; absent is as many as keys, or one." example:"3"`
	Keys        []string            `json:"keys,omitempty" nullable:"false" maxItems:"10000" doc:"Keys of your own, one a license, in place of made ones."`
	Mask        *Mask               `json:"mask,omitempty" doc:"The pattern of the keys; absent is the product's."`
	Duration    license.Span        `json:"duration,omitzero" required:"false" doc:"How long they last; absent is what the policy says. Not with plan or expires_at."`
	Plan        license.Plan        `json:"plan,omitempty" enum:"monthly,quarterly,semiAnnual,annually,biennial,quinquennial,decennial" doc:"30, 90, 180, 365, 730, 1825 or 3650 days. Not with duration or expires_at."`
	ExpiresAt   license.Time        `json:"expires_at,omitzero" required:"false" doc:"A fixed end. Not with duration or plan."`
	NotBefore   license.Time        `json:"not_before,omitzero" required:"false" doc:"No activation earlier."`
	Trial       bool                `json:"trial,omitempty"`
	Terms       *api.TermsPatch     `json:"terms,omitempty" doc:"What else differs from the policy."`
	Order       string              `json:"order,omitempty" maxLength:"255" doc:"Reference of their order. One that is known is added to; absent makes one." example:"ORDER-4711"`
	OrderStatus license.OrderStatus `json:"order_status,omitempty" enum:"pending,completed" doc:"Licenses of a pending order are withheld until it is completed. Absent is completed, or as a known order stands."`
	Customer    string              `json:"customer,omitempty" doc:"The buyer's e-mail address; a customer is made where there is none." example:"ann@example.com"`
	Note        string              `json:"note,omitempty" maxLength:"1000" doc:"For your people; no app ever sees it."`
	CreatedBy   string              `json:"created_by,omitempty" maxLength:"200" doc:"Who made them, in your words."`
	Metadata    api.Object          `json:"metadata,omitempty" doc:"Apps see it."`
	Fields      map[string]string   `json:"custom_fields,omitempty" doc:"What custom fields of the product hold, by name; the others hold what the product says."`
}

type createLicenses struct{ Body NewLicenses }

// IssuedLicense is one of many licenses that were made, in short: the answer about 10,000 of them can be kept for a repeated request.
type IssuedLicense struct {
	ID  license.LicenseID `json:"id" example:"1774267200000004"`
	Key string            `json:"key" example:"APP-7KQ2-9XWD-4MNP"`
}

// IssuedPart is a license of a product that a bundle stands for.
type IssuedPart struct {
	ID      license.LicenseID `json:"id" example:"1774267200000010"`
	Key     string            `json:"key" example:"APP-7KQ2-9XWD-4MNP"`
	Product license.ProductID `json:"product_id" example:"1774267200000011"`
}

// Issued is what was made.
type Issued struct {
	Order    license.OrderID `json:"order_id" example:"1774267200000003"`
	Ref      string          `json:"order" doc:"The reference of the order." example:"ORDER-4711"`
	License  License         `json:"license" doc:"The first of them. The others differ in id and key alone."`
	Licenses []IssuedLicense `json:"licenses" nullable:"false"`
	Parts    []IssuedPart    `json:"parts" nullable:"false" doc:"Of a bundle: the licenses of the products that it stands for, with the same keys."`
}

type changeLicense struct {
	ofLicense
	Body struct {
		Terms    api.Change[api.TermsPatch] `json:"terms,omitzero" required:"false"`
		Metadata api.Change[api.Object]     `json:"metadata,omitzero" required:"false"`
		Note     api.Change[string]         `json:"note,omitzero" required:"false" maxLength:"1000" example:"bought by telephone"`
		Order    api.Change[string]         `json:"order,omitzero" required:"false" minLength:"1" maxLength:"255" doc:"Reference or identity of the order that it goes to; the order's customer comes with it."`
		Customer api.Change[string]         `json:"customer,omitzero" required:"false" doc:"E-mail address or identity; null is none."`
		Product  api.Change[string]         `json:"product,omitzero" required:"false" doc:"Another product than its own is refused: no license changes its product."`
	}
}

func addLicenses(a *api.API) {
	api.Add(a, with(op(licensesTag, "listLicenses", http.MethodGet, "/licenses", "List and search licenses", identity.ReadLicenses),
		describedAs("All filters hold together. A page of a narrow filter may be short, or empty, and yet have a next one.")),
		func(ctx context.Context, c *api.Call, in *listLicenses) (api.List[License], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[License]{}, err
			}
			filter, err := in.filter()
			if err != nil {
				return api.List[License]{}, err
			}
			found, next, err := c.Office.ListLicenses(ctx, c.Actor, filter, page)
			return upTo(found, next, func(r *license.LicenseRecord) License { return viewLicense(r, c.Now) }), err
		})
	api.Add(a, with(op(licensesTag, "createLicenses", http.MethodPost, "/licenses", "Create licenses", identity.WriteLicenses),
		describedAs("Up to 10,000 at once, all or none, in one order. Of a bundle each comes with one of each product that it stands for."),
		func(o *api.Operation) { o.Status, o.DryRun = http.StatusCreated, true }),
		func(ctx context.Context, c *api.Call, in *createLicenses) (Issued, error) {
			made, err := c.Office.CreateLicenses(ctx, c.Actor, in.Body.order())
			if err != nil {
				return Issued{}, err
			}
			c.Created("/licenses/" + api.ID(made.Licenses[0].ID))
			return viewIssued(&made, c.Now), nil
		})
	api.Add(a, with(op(licensesTag, "showLicense", http.MethodGet, "/licenses/{license}", "Show a license", identity.ReadLicenses), tagged),
		func(ctx context.Context, c *api.Call, in *ofLicense) (License, error) {
			r, err := c.Office.FindLicense(ctx, c.Actor, in.ref())
			if err != nil {
				return License{}, err
			}
			return viewLicense(&r, c.Now), nil
		})
	api.Add(a, with(op(licensesTag, "changeLicense", http.MethodPatch, "/licenses/{license}", "Change a license", identity.WriteLicenses), changes,
		describedAs("Devices that hold a place keep it when a limit falls below their number. The type never changes, nor the duration of a used one.")),
		func(ctx context.Context, c *api.Call, in *changeLicense) (License, error) {
			change, err := in.change(c)
			if err != nil {
				return License{}, err
			}
			return oneLicense(c, func(refs ...office.Ref) ([]office.Outcome, error) {
				return c.Office.ChangeLicenses(ctx, c.Actor, change, refs...)
			}, in.ref())
		})
	api.Add(a, with(op(licensesTag, "listLicenseEvents", http.MethodGet, "/licenses/{license}/events", "List what happened to a license", identity.ReadLicenses)),
		func(ctx context.Context, c *api.Call, in *listOfLicense) (api.List[Event], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Event]{}, err
			}
			found, err := c.Office.LicenseHistory(ctx, c.Actor, in.ref(), page)
			return api.ListOf(in.Paged, found, viewEvent, func(e *license.StoredEvent) string { return api.ID(e.ID) }), err
		})
}

// listOfLicense is the input of an operation that lists what a license has.
type listOfLicense struct {
	api.Paged
	ofLicense
}

func (in *listLicenses) filter() (f office.LicenseFilter, err error) {
	f = office.LicenseFilter{Product: in.Product, Policy: in.Policy, Order: in.Order, Customer: in.Customer, Standing: in.Standing,
		Used: in.Used, Expired: in.Expired, Banned: in.Banned, Prefix: in.Prefix, Note: in.Note, User: in.User, Search: in.Search}
	if f.IssuedFrom, err = timeOf("issued_from", in.From); err != nil {
		return f, err
	}
	f.IssuedUntil, err = timeOf("issued_until", in.Until)
	return f, err
}

// order is what the office is asked for.
func (b *NewLicenses) order() office.NewLicenses {
	n := office.NewLicenses{
		Product: b.Product, Policy: b.Policy, Amount: b.Amount, Keys: b.Keys, Expiry: b.Duration, ExpiresAt: b.ExpiresAt, Plan: b.Plan,
		NotBefore: b.NotBefore, Trial: b.Trial, Order: b.Order, OrderStatus: b.OrderStatus, Customer: b.Customer, Note: b.Note,
		CreatedBy: b.CreatedBy, Metadata: string(b.Metadata), Fields: b.Fields,
	}
	if b.Mask != nil {
		mask := b.Mask.mask()
		n.Mask = &mask
	}
	if b.Terms != nil {
		n.Terms = b.Terms.Change()
	}
	return n
}

func viewIssued(made *office.Issued, now license.Time) Issued {
	v := Issued{Order: made.Order.ID, Ref: made.Order.Reference, License: viewLicense(&made.Licenses[0], now),
		Licenses: make([]IssuedLicense, len(made.Licenses)), Parts: make([]IssuedPart, len(made.Parts))}
	for i := range made.Licenses {
		v.Licenses[i] = IssuedLicense{made.Licenses[i].ID, made.Licenses[i].Key}
	}
	for i := range made.Parts {
		v.Parts[i] = IssuedPart{made.Parts[i].ID, made.Parts[i].Key, made.Parts[i].Product}
	}
	return v
}

// change is what the office is asked for.
func (in *changeLicense) change(c *api.Call) (office.LicenseChange, error) {
	b := &in.Body
	change := office.LicenseChange{Terms: b.Terms.Value.Change(), Metadata: text(&b.Metadata), Note: b.Note.Ptr(), Order: b.Order.Ptr(), Customer: b.Customer.Ptr()}
	if err := checkOrderGiven(&b.Order); err != nil {
		return change, err
	}
	change.If = func(d *office.LicenseDetail) error {
		err := errors.Join(c.Match(viewLicense(&d.LicenseRecord, c.Now)), b.Metadata.Value.MergeInto(d.License.Metadata, change.Metadata))
		if err != nil || !b.Product.Given {
			return err
		}
		own := []string{d.Product.Code, api.ID(d.Product.Number), api.ID(d.Product.ID)}
		if slices.Contains(own, b.Product.Value) {
			return nil
		}
		return &license.Error{Code: license.Conflict, Field: "product",
			Message: "a license stays with its product for ever; revoke it and issue one of the other product"}
	}
	return change, nil
}

func checkOrderGiven(order *api.Change[string]) error {
	if order.Given && order.Value == "" {
		return license.Invalidf("order", "every license has an order")
	}
	return nil
}

// oneLicense does something to one license and shows it as it is then.
func oneLicense(c *api.Call, do func(...office.Ref) ([]office.Outcome, error), ref office.Ref) (License, error) {
	r, err := office.One(do(ref))
	if err != nil {
		return License{}, err
	}
	return viewLicense(&r, c.Now), nil
}
