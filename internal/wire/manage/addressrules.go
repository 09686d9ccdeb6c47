package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// AddressRule says from where licenses may be used. It is broken where an entry of deny fits, and where allow has entries and none
// of them fits.
type AddressRule struct {
	ID      license.AddressRuleID `json:"id" example:"1774267200000013"`
	Name    string                `json:"name" example:"Europe only"`
	Mode    license.RuleMode      `json:"mode" enum:"off,report,enforce" doc:"off does nothing, report leaves an event where it is broken, enforce refuses."`
	Product license.ProductID     `json:"product_id,omitempty" doc:"Whose licenses it concerns; absent is all." example:"1774267200000001"`
	License license.LicenseID     `json:"license_id,omitempty" doc:"The one license that it concerns; absent is all." example:"1774267200000003"`
	Allow   []string              `json:"allow" nullable:"false" example:"[\"country:DE\",\"country:FR\"]"`
	Deny    []string              `json:"deny" nullable:"false" example:"[\"198.51.100.0/24\"]"`
	Created license.Time          `json:"created_at"`
	Updated license.Time          `json:"updated_at"`
}

// AddressHits is how often an entry of a rule was met.
type AddressHits struct {
	Entry string       `json:"entry" doc:"other is what no entry of allow fits." example:"198.51.100.0/24"`
	Hits  int64        `json:"hits"`
	Last  license.Time `json:"last_at"`
}

// AddressVerdict is what the rules would say of a claim.
type AddressVerdict struct {
	Country string       `json:"country" doc:"Of the address; ZZ where nobody knows." example:"DE"`
	Refused bool         `json:"refused" doc:"As the rules are now."`
	Rules   []AddressSay `json:"rules" nullable:"false" doc:"What each would say, those that are off too."`
}

// AddressSay is what one rule would say.
type AddressSay struct {
	Rule   AddressRule `json:"rule"`
	Broken bool        `json:"broken"`
	Entry  string      `json:"entry,omitempty" doc:"By which it is broken; other is what no entry of allow fits." example:"198.51.100.0/24"`
}

// AddressRehearsal is what a rule would do to the devices that are in use.
type AddressRehearsal struct {
	Devices int64         `json:"devices" doc:"That were looked at, by the addresses that they came from last."`
	More    bool          `json:"more" doc:"There are more, which were not looked at."`
	Hits    []AddressHits `json:"hits" nullable:"false" doc:"How many of them would break the rule, by its entries."`
}

type ofAddressRule struct {
	Rule license.AddressRuleID `path:"rule" minimum:"1" doc:"The identity of the rule." example:"1774267200000013"`
}

// AddressRuleBody is what a rule says, and what it concerns.
type AddressRuleBody struct {
	Product string   `json:"product,omitempty" doc:"The code, number or identity of the product whose licenses it concerns; all where it is left out." example:"my-app"`
	License string   `json:"license,omitempty" doc:"The key or identity of the one license that it concerns." example:"1774267200000003"`
	Allow   []string `json:"allow,omitempty" nullable:"false" maxItems:"200" doc:"Networks, addresses, and countries by their code of ISO 3166; country:ZZ is where nobody knows." example:"[\"country:DE\",\"country:FR\"]"`
	Deny    []string `json:"deny,omitempty" nullable:"false" maxItems:"200" doc:"The same; it wins." example:"[\"198.51.100.0/24\"]"`
}

type newAddressRule struct {
	Body struct {
		Name string           `json:"name" minLength:"1" maxLength:"200" example:"Europe only"`
		Mode license.RuleMode `json:"mode,omitempty" enum:"off,report,enforce" doc:"off where it is left out." example:"report"`
		AddressRuleBody
	}
}

type rehearseAddressRule struct {
	Body AddressRuleBody
}

type changeAddressRule struct {
	ofAddressRule
	Body struct {
		Name  api.Change[string]           `json:"name,omitzero" required:"false" minLength:"1" maxLength:"200" example:"Europe only"`
		Mode  api.Change[license.RuleMode] `json:"mode,omitzero" required:"false" enum:"off,report,enforce" example:"enforce"`
		Allow api.Change[[]string]         `json:"allow,omitzero" required:"false" maxItems:"200" doc:"All of them."`
		Deny  api.Change[[]string]         `json:"deny,omitzero" required:"false" maxItems:"200" doc:"All of them."`
	}
}

type tryAddressRules struct {
	Address string `query:"address" required:"true" doc:"Where a client might come from." example:"198.51.100.7"`
	Country string `query:"country" maxLength:"2" doc:"Where the client might say that it is." example:"DE"`
	Product string `query:"product" doc:"Whose license it might use." example:"my-app"`
	License string `query:"license" doc:"Which license it might use: key or identity." example:"1774267200000003"`
}

const addressRuleTag = "Address rules"

func addAddressRules(a *api.API) {
	const tag = addressRuleTag
	api.Add(a, op(tag, "listAddressRules", http.MethodGet, "/address-rules", "List address rules", identity.ReadProducts),
		func(ctx context.Context, c *api.Call, _ *struct{}) (api.List[AddressRule], error) {
			found, err := c.Office.ListAddressRules(ctx, c.Actor)
			return whole(found, viewAddressRule), err
		})
	api.Add(a, with(op(tag, "createAddressRule", http.MethodPost, "/address-rules", "Create an address rule", identity.WriteProducts), creates,
		describedAs("It is in force with the next request. Countries can be enforced where the server has a country database.")),
		func(ctx context.Context, c *api.Call, in *newAddressRule) (AddressRule, error) {
			n := in.Body.rule()
			n.Name, n.Mode = in.Body.Name, in.Body.Mode
			r, err := c.Office.CreateAddressRule(ctx, c.Actor, n)
			if err != nil {
				return AddressRule{}, err
			}
			c.Created("/address-rules/" + api.ID(r.ID))
			return viewAddressRule(&r), nil
		})
	api.Add(a, with(op(tag, "showAddressRule", http.MethodGet, "/address-rules/{rule}", "Show an address rule", identity.ReadProducts), tagged),
		func(ctx context.Context, c *api.Call, in *ofAddressRule) (AddressRule, error) {
			d, err := c.Office.FindAddressRule(ctx, c.Actor, in.Rule)
			return viewAddressRule(&d.AddressRule), err
		})
	api.Add(a, with(op(tag, "changeAddressRule", http.MethodPatch, "/address-rules/{rule}", "Change an address rule", identity.WriteProducts), changes,
		describedAs("What it concerns stays for ever.")),
		func(ctx context.Context, c *api.Call, in *changeAddressRule) (AddressRule, error) {
			b := &in.Body
			r, err := c.Office.ChangeAddressRule(ctx, c.Actor, in.Rule, office.AddressRuleChange{
				Name: b.Name.Ptr(), Mode: b.Mode.Ptr(), Allow: b.Allow.Ptr(), Deny: b.Deny.Ptr(),
				If: func(r license.AddressRule) error { return c.Match(viewAddressRule(&r)) },
			})
			return viewAddressRule(&r), err
		})
	api.Add(a, with(op(tag, "deleteAddressRule", http.MethodDelete, "/address-rules/{rule}", "Delete an address rule", identity.WriteProducts), changes),
		func(ctx context.Context, c *api.Call, in *ofAddressRule) (v AddressRule, err error) {
			err = c.Office.DropAddressRule(ctx, c.Actor, in.Rule, func(r license.AddressRule) error {
				v = viewAddressRule(&r)
				return c.Match(v)
			})
			return v, err
		})
	addAddressTrials(a)
}

// addAddressTrials adds what says how often rules were met, and would be.
func addAddressTrials(a *api.API) {
	const tag = addressRuleTag
	api.Add(a, with(op(tag, "listAddressHits", http.MethodGet, "/address-rules/{rule}/hits", "Show how often a rule was met", identity.ReadProducts),
		describedAs("While it was reported or enforced.")),
		func(ctx context.Context, c *api.Call, in *ofAddressRule) (api.List[AddressHits], error) {
			d, err := c.Office.FindAddressRule(ctx, c.Actor, in.Rule)
			return whole(d.Hits, viewAddressHits), err
		})
	api.Add(a, with(op(tag, "tryAddressRules", http.MethodGet, "/address-rules/try", "Try the address rules", identity.ReadProducts),
		describedAs("What they would say of a client. Nothing is counted by it.")),
		func(ctx context.Context, c *api.Call, in *tryAddressRules) (AddressVerdict, error) {
			v, err := c.Office.TryAddressRules(ctx, c.Actor, office.AddressTrial{
				Address: in.Address, Country: in.Country, Product: in.Product, License: licenseRef(in.Product, in.License)})
			return viewAddressVerdict(&v), err
		})
	api.Add(a, with(op(tag, "rehearseAddressRule", http.MethodPost, "/address-rules/rehearse", "Rehearse an address rule", identity.ReadProducts),
		describedAs("What a rule would do to the devices that are in use. Nothing is stored.")),
		func(ctx context.Context, c *api.Call, in *rehearseAddressRule) (AddressRehearsal, error) {
			h, err := c.Office.RehearseAddressRule(ctx, c.Actor, in.Body.rule())
			return AddressRehearsal{int64(h.Devices), h.More, whole(h.Hits, viewAddressHits).Data}, err
		})
}

func (b *AddressRuleBody) rule() office.NewAddressRule {
	return office.NewAddressRule{Product: b.Product, License: licenseRef(b.Product, b.License), Allow: b.Allow, Deny: b.Deny}
}

func viewAddressRule(r *license.AddressRule) AddressRule {
	return AddressRule{
		ID: r.ID, Name: r.Name, Mode: r.Mode, Product: r.Product, License: r.License, Allow: orEmpty(r.Allow), Deny: orEmpty(r.Deny),
		Created: r.Created, Updated: r.Updated,
	}
}

// orEmpty is a list that is there where it holds nothing.
func orEmpty(list []string) []string { return append([]string{}, list...) }

func viewAddressHits(h *store.AddressHits) AddressHits { return AddressHits{h.Entry, h.Hits, h.Last} }

func viewAddressVerdict(v *office.AddressVerdict) AddressVerdict {
	all := AddressVerdict{Country: v.Country, Refused: v.Refused, Rules: make([]AddressSay, len(v.Rules))}
	for i := range v.Rules {
		say := &v.Rules[i]
		all.Rules[i] = AddressSay{Rule: viewAddressRule(&say.Rule), Broken: say.Entry != "", Entry: say.Entry}
	}
	return all
}

// licenseRef names a license by its key or identity; "" is none.
func licenseRef(product, name string) office.Ref {
	if name == "" {
		return office.Ref{}
	}
	return office.Ref{Product: product, Key: name}
}
