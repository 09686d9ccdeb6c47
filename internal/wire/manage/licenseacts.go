package manage

import (
	"context"
	"net/http"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// act is what an operation does to licenses.
type act func(ctx context.Context, c *api.Call, refs []office.Ref) ([]office.Outcome, error)

// LicenseRefs names the licenses of a call about many.
type LicenseRefs struct {
	Licenses []string `json:"licenses" minItems:"1" maxItems:"10000" nullable:"false" doc:"Keys or identities." example:"APP-7KQ2-9XWD-4MNP,APP-2HXZ-81CF-K0RT"`
	Product  string   `json:"product,omitempty" doc:"The product of the keys, where several have the same: code, number or identity." example:"my-app"`
}

func (b *LicenseRefs) refs() []office.Ref {
	refs := make([]office.Ref, len(b.Licenses))
	for i, name := range b.Licenses {
		refs[i] = office.Ref{Product: b.Product, Key: name}
	}
	return refs
}

// Outcomes is what became of the licenses of a call about many, in the order in which they were named.
type Outcomes struct {
	Changed  int       `json:"changed" doc:"How many are not as they were before."`
	Refused  int       `json:"refused" doc:"How many were left as they are; each says why."`
	Outcomes []Outcome `json:"outcomes" nullable:"false"`
}

// Outcome is what became of one of many licenses.
type Outcome struct {
	License  string            `json:"license" doc:"As it was named." example:"APP-7KQ2-9XWD-4MNP"`
	ID       license.LicenseID `json:"id,omitempty" example:"1774267200000004"`
	Changed  bool              `json:"changed" doc:"false where there was nothing to do, or problem says why not."`
	Standing license.Standing  `json:"standing,omitempty" enum:"enabled,suspended,revoked"`
	Expires  license.Time      `json:"expires_at" doc:"null is never, or not begun."`
	Problem  *api.Problem      `json:"problem,omitempty"`
}

func viewOutcomes(r *http.Request, list []office.Outcome) Outcomes {
	all := Outcomes{Outcomes: make([]Outcome, len(list))}
	for i := range list {
		o := &list[i]
		all.Outcomes[i] = Outcome{License: o.Ref.Key, ID: o.License.ID, Changed: o.Changed, Standing: o.License.Standing, Expires: o.License.ExpiresAt}
		switch {
		case o.Err != nil:
			p, _, _ := api.ProblemOf(r, o.Err)
			p.RequestID = ""
			all.Outcomes[i].Problem = &p
			all.Refused++
		case o.Changed:
			all.Changed++
		}
	}
	return all
}

// Revocation says why licenses are revoked.
type Revocation struct {
	Reason string `json:"reason,omitempty" maxLength:"200" doc:"For the history." example:"charged back"`
}

func (b *Revocation) act(ctx context.Context, c *api.Call, refs []office.Ref) ([]office.Outcome, error) {
	return c.Office.RevokeLicenses(ctx, c.Actor, b.Reason, refs...)
}

// Ban says how licenses are banned.
type Ban struct {
	Reason   string `json:"reason,omitempty" maxLength:"200" doc:"The user may be told." example:"shared in a forum"`
	WithUser bool   `json:"with_user,omitempty" doc:"Ban the users who hold them, too: they lose all their licenses."`
}

func (b *Ban) act(ctx context.Context, c *api.Call, refs []office.Ref) ([]office.Outcome, error) {
	return c.Office.BanLicenses(ctx, c.Actor, b.Reason, b.WithUser, refs...)
}

// Extension says how much longer licenses last.
type Extension struct {
	By     license.Span `json:"by" doc:"How much longer." example:"1mo"`
	OfUser bool         `json:"of_user,omitempty" doc:"Move the end of what the users of redeemed licenses hold, in place of the license's own."`
}

func (b *Extension) act(ctx context.Context, c *api.Call, refs []office.Ref) ([]office.Outcome, error) {
	if b.OfUser {
		return c.Office.ExtendRedemptions(ctx, c.Actor, b.By, refs...)
	}
	return c.Office.ExtendLicenses(ctx, c.Actor, b.By, refs...)
}

// Renewal says which period licenses get next.
type Renewal struct {
	Plan license.Plan `json:"plan,omitempty" enum:"monthly,quarterly,semiAnnual,annually,biennial,quinquennial,decennial" doc:"A plan; it becomes the license's." example:"annually"`
	By   license.Span `json:"by,omitzero" required:"false" doc:"Or a length of time."`
}

func (b *Renewal) act(ctx context.Context, c *api.Call, refs []office.Ref) ([]office.Outcome, error) {
	if b.Plan != "" && !b.By.IsZero() {
		return nil, license.Invalidf("by", "give either a plan or a length of time")
	}
	return c.Office.RenewLicenses(ctx, c.Actor, b.Plan, b.By, refs...)
}

// The bodies of calls about many licenses.
type (
	RevokeMany struct { //nolint:revive // named by what it is for
		LicenseRefs
		Revocation
	}
	BanMany struct { //nolint:revive // as above
		LicenseRefs
		Ban
	}
	ExtendMany struct { //nolint:revive // as above
		LicenseRefs
		Extension
	}
	RenewMany struct { //nolint:revive // as above
		LicenseRefs
		Renewal
	}
)

// onOne is the input of an act on one license that says how.
type onOne[B any] struct {
	ofLicense
	Body B
}

// onMany is that of an act on many.
type onMany[B any] struct{ Body B }

// verb names an act: suspend, with what it is in the document.
type verb struct{ name, summary, many, detail string }

func (v verb) one() api.Operation {
	return with(op(licensesTag, v.name+"License", http.MethodPost, "/licenses/{license}/"+v.name, v.summary, identity.WriteLicenses), changes, describedAs(v.detail))
}

func (v verb) several() api.Operation {
	return with(op(licensesTag, v.name+"Licenses", http.MethodPost, "/licenses/"+v.name, v.many, identity.WriteLicenses), destroys,
		describedAs(strings.TrimSpace(v.detail+" A license that is refused leaves the others as they are asked for.")))
}

// addAct adds an act that has nothing to say, on one license and on many.
func addAct(a *api.API, v verb, do act) {
	api.Add(a, v.one(), func(ctx context.Context, c *api.Call, in *ofLicense) (License, error) {
		return oneLicense(c, func(refs ...office.Ref) ([]office.Outcome, error) { return do(ctx, c, refs) }, in.ref())
	})
	api.Add(a, v.several(), func(ctx context.Context, c *api.Call, in *onMany[LicenseRefs]) (Outcomes, error) {
		out, err := do(ctx, c, in.Body.refs())
		return viewOutcomes(c.Request, out), err
	})
}

// acting is a body that says what is to be done to a license; actingOnMany names the licenses too.
type (
	acting[B any] interface {
		*B
		act(ctx context.Context, c *api.Call, refs []office.Ref) ([]office.Outcome, error)
	}
	actingOnMany[B any] interface {
		acting[B]
		refs() []office.Ref
	}
)

// addSayingAct adds an act whose body says how, on one license and on many.
func addSayingAct[One, Many any, P acting[One], Q actingOnMany[Many]](a *api.API, v verb) {
	api.Add(a, v.one(), func(ctx context.Context, c *api.Call, in *onOne[One]) (License, error) {
		return oneLicense(c, func(refs ...office.Ref) ([]office.Outcome, error) { return P(&in.Body).act(ctx, c, refs) }, in.ref())
	})
	api.Add(a, v.several(), func(ctx context.Context, c *api.Call, in *onMany[Many]) (Outcomes, error) {
		out, err := Q(&in.Body).act(ctx, c, Q(&in.Body).refs())
		return viewOutcomes(c.Request, out), err
	})
}

func addLicenseActs(a *api.API) {
	addAct(a, verb{"suspend", "Suspend a license", "Suspend licenses", "It stops for now. A revoked one is refused."},
		func(ctx context.Context, c *api.Call, refs []office.Ref) ([]office.Outcome, error) {
			return c.Office.SuspendLicenses(ctx, c.Actor, refs...)
		})
	addAct(a, verb{"resume", "Let a suspended license work again", "Let suspended licenses work again", "A revoked one is refused: that is for ever."},
		func(ctx context.Context, c *api.Call, refs []office.Ref) ([]office.Outcome, error) {
			return c.Office.ResumeLicenses(ctx, c.Actor, refs...)
		})
	addSayingAct[Revocation, RevokeMany](a, verb{"revoke", "Revoke a license", "Revoke licenses", "It ends for ever."})
	addSayingAct[Ban, BanMany](a, verb{"ban", "Ban a license", "Ban licenses", "Nobody new may redeem it; who holds it goes on, unless with_user is set."})
	addAct(a, verb{"unban", "Lift the ban of a license", "Lift the ban of licenses", "And of the users who hold it."},
		func(ctx context.Context, c *api.Call, refs []office.Ref) ([]office.Outcome, error) {
			return c.Office.UnbanLicenses(ctx, c.Actor, refs...)
		})
	addSayingAct[Extension, ExtendMany](a, verb{"extend", "Lengthen an unused license", "Lengthen unused licenses",
		"A used one is refused: renew it, or with of_user move the end of its user."})
	addSayingAct[Renewal, RenewMany](a, verb{"renew", "Give a license another period", "Give licenses another period",
		"It goes on from its end, or from now where that is over. A redeemed one is refused."})
	addAct(a, verb{"reset", "Free every device of a license", "Free every device of licenses", "Its transfers and used units are forgotten, too."},
		func(ctx context.Context, c *api.Call, refs []office.Ref) ([]office.Outcome, error) {
			return c.Office.ResetDevices(ctx, c.Actor, refs...)
		})
	addBulkChange(a)
}

// changeLicenses is what changes on many licenses alike.
type changeLicenses struct {
	Body struct {
		LicenseRefs
		Terms    api.Change[api.TermsPatch] `json:"terms,omitzero" required:"false"`
		Metadata api.Change[api.Object]     `json:"metadata,omitzero" required:"false"`
		Note     api.Change[string]         `json:"note,omitzero" required:"false" maxLength:"1000" example:"bought by telephone"`
		Order    api.Change[string]         `json:"order,omitzero" required:"false" minLength:"1" maxLength:"255" doc:"Reference or identity of the order that they go to; the order's customer comes with it."`
		Customer api.Change[string]         `json:"customer,omitzero" required:"false" doc:"E-mail address or identity; null is none."`
	}
}

func addBulkChange(a *api.API) {
	api.Add(a, with(op(licensesTag, "changeLicenses", http.MethodPost, "/licenses/change", "Change licenses", identity.WriteLicenses), destroys,
		describedAs("The same on each; what is absent stays as it is. A license that is refused leaves the others as they are asked for.")),
		func(ctx context.Context, c *api.Call, in *changeLicenses) (Outcomes, error) {
			b := &in.Body
			if err := checkOrderGiven(&b.Order); err != nil {
				return Outcomes{}, err
			}
			change := office.LicenseChange{Terms: b.Terms.Value.Change(), Metadata: text(&b.Metadata), Note: b.Note.Ptr(), Order: b.Order.Ptr(), Customer: b.Customer.Ptr()}
			out, err := c.Office.ChangeLicenses(ctx, c.Actor, change, b.refs()...)
			return viewOutcomes(c.Request, out), err
		})
}
