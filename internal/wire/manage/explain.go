package manage

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/wire"
	"licet/internal/wire/api"
)

// ExplainedClaim is what an app would say: which license is meant, on what machine, and what it wants.
type ExplainedClaim struct {
	Operation  string         `json:"operation,omitempty" enum:"check,activate,lease,borrow,release,consume" doc:"What it wants to do; absent is check." example:"activate"`
	Key        string         `json:"key,omitempty" maxLength:"255" doc:"The license key, in any letter case." example:"DEMO-4F7K-92QX-TR8M"`
	Product    string         `json:"product,omitempty" maxLength:"100" doc:"The code, number or identity of the product. Not needed with license, nor with a token for one product." example:"my-app"`
	License    int64          `json:"license,omitempty" minimum:"0" doc:"The identity of the license, in place of key and product."`
	HardwareID string         `json:"hardware_id,omitempty" maxLength:"500" doc:"What the machine is known by." example:"machine-A"`
	Address    string         `json:"address,omitempty" maxLength:"100" doc:"Where the app calls from; absent is where this call comes from." example:"203.0.113.7"`
	User       string         `json:"user,omitempty" maxLength:"800" doc:"The name or identity of the license user, where the product's users sign in. It needs the scope customers:read, and no password."`
	Location   *ClaimLocation `json:"location,omitempty" doc:"Where the app says it is."`
	VM         bool           `json:"vm,omitempty" doc:"The machine is a virtual one."`

	Version      string   `json:"version,omitempty" maxLength:"200" doc:"The release that the app says it is." example:"1.4.0"`
	Features     []string `json:"features,omitempty" nullable:"false" maxItems:"100" doc:"Codes of features that the license must have, with time left. Only a check asks for them."`
	Entitlements []string `json:"entitlements,omitempty" nullable:"false" maxItems:"100" doc:"The same as features."`

	Feature string       `json:"feature,omitempty" maxLength:"100" doc:"The feature whose seat is meant; absent is the license's own."`
	Meter   string       `json:"meter,omitempty" maxLength:"100" doc:"The feature whose meter is meant; absent is the license's own."`
	Amount  int64        `json:"amount,omitempty" doc:"Units to use; absent is 1."`
	Until   license.Time `json:"until,omitempty" doc:"The end of borrowing; absent is the longest allowed time."`
}

// ClaimLocation is where an app says it is.
type ClaimLocation struct {
	Country string `json:"country,omitempty" maxLength:"2" doc:"ISO 3166, two letters." example:"DE"`
}

type explainIn struct{ Body ExplainedClaim }

// Explanation is how an answer about a license comes about. It tells more than an app may know.
type Explanation struct {
	Operation string            `json:"operation" doc:"What was explained. Activating a machine that has its place already is re-activate." example:"activate"`
	Would     string            `json:"would" enum:"passed,refused" doc:"How it would be decided now." example:"refused"`
	Code      string            `json:"code" doc:"ok, or the reason that the app would be told." example:"device_limit"`
	Detail    string            `json:"detail" doc:"The same in a sentence." example:"all activations are taken by other devices"`
	License   license.LicenseID `json:"license_id" example:"1774267200000003"`
	Product   license.ProductID `json:"product_id" example:"1774267200000001"`
	Device    license.DeviceID  `json:"device_id,omitempty" doc:"The machine, where the license knows it." example:"1774267200000004"`
	Steps     []ExplainedRule   `json:"steps" nullable:"false" doc:"Every rule that concerns the operation, in the order in which they count."`
	Wanted    []ExplainedRule   `json:"wanted" nullable:"false" doc:"The rules about the version and the features that are asked for, with a check."`
	Values    []ExplainedValue  `json:"values" nullable:"false" doc:"The terms of the license, and where they come from."`
	Policy    *ExplainedPolicy  `json:"policy,omitempty" doc:"What the license was issued from."`
	Now       license.Time      `json:"now" doc:"The moment that the answer holds for."`
}

// ExplainedRule is one rule.
type ExplainedRule struct {
	Rule     string          `json:"rule" doc:"When it is broken, in the words of the rules table." example:"all activations are taken by other devices"`
	Outcome  license.Outcome `json:"outcome" enum:"passed,told,refused" doc:"told is broken, and the operation goes on." example:"refused"`
	Reason   license.Reason  `json:"reason" doc:"That it gives when it is broken." example:"device_limit"`
	Sentence string          `json:"sentence" doc:"What was found." example:"3 of 3 activations are taken."`
	Remedy   string          `json:"remedy,omitempty" doc:"What would make it pass." example:"Free a device, or raise the limit of activations."`
}

// ExplainedValue is one of the terms.
type ExplainedValue struct {
	Name   string         `json:"name" doc:"As in the terms of a license." example:"activations"`
	Value  any            `json:"value" doc:"As in the terms of a license; null is none, and of a limit unlimited."`
	Source license.Source `json:"source" enum:"license,policy,product,default" doc:"Where it comes from: the license itself, its policy, the product's default policy, or nobody says otherwise." example:"policy"`
}

// ExplainedPolicy is the policy of a license.
type ExplainedPolicy struct {
	ID   license.PolicyID `json:"id" example:"1774267200000002"`
	Code string           `json:"code" example:"default"`
	Name string           `json:"name" example:"Default"`
}

func addExplain(a *api.API, d Deps) {
	api.Add(a, with(op("Explain", "explain", http.MethodPost, "/explain", "Explain what an app would be told", identity.ReadLicenses),
		describedAs("Takes what the app would send, and answers which rules decide, what each has found, and what would make it pass. It changes nothing, and is for the vendor's people: it tells more than an app may know.")),
		func(ctx context.Context, c *api.Call, in *explainIn) (Explanation, error) {
			r, err := in.Body.request(ctx, c)
			if err != nil {
				return Explanation{}, err
			}
			operation := in.Body.operation()
			e, err := d.Authority.Explain(ctx, r, operation)
			if err != nil {
				return Explanation{}, err
			}
			return viewExplanation(&e)
		})
}

// operation is what the claim wants to do. The schema lets no other name pass.
func (b *ExplainedClaim) operation() license.Operation {
	for _, o := range license.Operations() {
		if o.Name == b.Operation {
			return o.Op
		}
	}
	return license.OpCheck
}

// request is the claim as the authority takes it.
func (b *ExplainedClaim) request(ctx context.Context, c *api.Call) (authority.NativeRequest, error) {
	r := authority.NativeRequest{
		NativeLookup: store.NativeLookup{Tenant: c.Actor.Tenant, Products: c.Actor.Products, License: license.LicenseID(b.License), Key: b.Key, Product: b.Product},
		Claim: license.Claim{HardwareID: b.HardwareID, Address: wire.AddressText(c.Request), VM: b.VM, Feature: cmp.Or(b.Feature, b.Meter),
			Amount: cmp.Or(b.Amount, 1), Until: b.Until},
		Version: b.Version, Require: slices.Concat(b.Features, b.Entitlements),
	}
	if b.Key == "" && b.License == 0 && b.User == "" {
		return r, license.Invalidf("key", "say which license: by its key and product, or by its identity in license")
	}
	if b.Feature != "" && b.Meter != "" && b.Feature != b.Meter {
		return r, license.Invalidf("meter", "give either a feature or a meter")
	}
	if b.Location != nil {
		r.Country = b.Location.Country
	}
	if b.Address != "" {
		at, err := netip.ParseAddr(b.Address)
		if err != nil || at.Zone() != "" {
			return r, license.Invalidf("address", "%q is no network address; write one like 203.0.113.7", b.Address)
		}
		r.Address = at.Unmap().String()
	}
	if b.User != "" {
		u, err := c.Office.FindLicenseUser(ctx, c.Actor, "", b.User)
		if err != nil {
			return r, err
		}
		r.User = u.ID
	}
	return r, nil
}

func viewExplanation(e *authority.Explanation) (Explanation, error) {
	values, err := viewValues(e)
	v := Explanation{
		Operation: nameOf(e.Trace.Op), Would: "passed", Code: "ok", Detail: "nothing stands in the way", License: e.License.ID, Product: e.Product.ID,
		Steps: viewSteps(e.Trace.Steps), Wanted: viewSteps(e.Wanted.Steps), Values: values, Now: e.Now,
	}
	if why := decided(e); why != "" {
		v.Would, v.Code, v.Detail = "refused", string(why), why.Sentence()
	}
	if e.Device != nil {
		v.Device = e.Device.ID
	}
	if e.Policy != nil {
		v.Policy = &ExplainedPolicy{e.Policy.ID, e.Policy.Code, e.Policy.Name}
	}
	return v, err
}

// decided is why the app would be refused, or "". An app that only asks, or uses units, is refused what is over as well, which the
// rules only tell of.
func decided(e *authority.Explanation) license.Reason {
	if e.Trace.Op == license.OpCheck || e.Trace.Op == license.OpConsume {
		return e.Verdict.Stops()
	}
	return license.ReasonOf(e.Verdict.Err())
}

func nameOf(op license.Operation) string {
	for _, o := range license.Operations() {
		if o.Op == op {
			return o.Name
		}
	}
	return ""
}

func viewSteps(steps []license.Step) []ExplainedRule {
	list := make([]ExplainedRule, len(steps))
	for i, s := range steps {
		list[i] = ExplainedRule{Rule: s.Rule, Outcome: s.Outcome, Reason: s.Reason, Sentence: s.Sentence, Remedy: s.Remedy}
	}
	return list
}

// viewValues shows terms as [api.Terms] has them. Whether maintenance ends at all is no term of its own there: both must come from
// the same place.
func viewValues(e *authority.Explanation) ([]ExplainedValue, error) {
	text, err := json.Marshal(api.ViewTerms(e.License.Terms))
	if err != nil {
		return nil, err
	}
	var shown map[string]any
	if err := json.Unmarshal(text, &shown); err != nil {
		return nil, err
	}
	nearest := []license.Source{license.FromPolicy, license.FromProduct, license.FromDefault, license.FromLicense}
	maintained := license.FromPolicy
	list := make([]ExplainedValue, 0, len(e.Values))
	for _, v := range e.Values {
		switch v.Name {
		case "maintained":
			maintained = v.Source
			continue
		case "maintenance":
			v.Source = nearest[max(slices.Index(nearest, v.Source), slices.Index(nearest, maintained))]
		}
		list = append(list, ExplainedValue{Name: v.Name, Value: shown[v.Name], Source: v.Source})
	}
	return list, nil
}
