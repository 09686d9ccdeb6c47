package platform

import (
	"cmp"
	"context"
	"net/netip"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/web"
)

// licenseExplain is what apps would be told now, and why.
type licenseExplain struct {
	*licenseView
	in      url.Values // what was asked for
	faults  web.Faults
	answers []licenseAnswer
}

// licenseAnswer is what one operation would come to.
type licenseAnswer struct {
	op    license.Operation
	why   license.Reason // it would be refused; "" is that it would be done
	now   license.Time
	steps []license.Step // every rule that concerns it, in the order in which they count
}

// broken are the rules that stand in the way, or are told of, the deciding one first.
func (a *licenseAnswer) broken() (out []license.Step) {
	for _, s := range a.steps {
		if s.Outcome != license.RulePassed {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(x, y license.Step) int { return cmp.Compare(a.rank(&x), a.rank(&y)) })
	return out
}

func (a *licenseAnswer) rank(s *license.Step) int {
	switch {
	case s.Reason == a.why:
		return 0
	case s.Outcome == license.RuleRefused:
		return 1
	}
	return 2
}

// passed are the rules that do not.
func (a *licenseAnswer) passed() (out []license.Step) {
	for _, s := range a.steps {
		if s.Outcome == license.RulePassed {
			out = append(out, s)
		}
	}
	return out
}

// licenseOperations are the operations that mean something for a license.
func licenseOperations(t *license.Terms) []license.Operation {
	ops := []license.Operation{license.OpCheck, license.OpActivate}
	if t.Lends() {
		ops = append(ops, license.OpLease, license.OpBorrow, license.OpRelease)
	}
	if t.Meters() {
		ops = append(ops, license.OpConsume)
	}
	return append(ops, license.OpDeactivate)
}

func (v *visit) licenseExplain() error {
	l, err := v.licenseOf(licenseAtExplain)
	if err != nil {
		return err
	}
	view := &licenseExplain{licenseView: l, in: v.input.Values}
	if len(view.in) == 0 {
		view.in = licenseFirstClaim(l.Devices)
	}
	request, err := v.licenseRequest(l, web.NewInput(view.in))
	if err != nil {
		return v.again(err, v.t("Why refused? %s", l.name()), func(f web.Faults) templ.Component {
			view.faults = f
			return licenseExplainPage(view)
		})
	}
	for _, op := range licenseOperations(l.Terms) {
		e, err := v.p.d.Authority.Explain(v.Context(), request, op)
		if err != nil {
			return err
		}
		view.answers = append(view.answers, licenseAnswerOf(&e))
	}
	return v.draw(v.t("Why refused? %s", l.name()), licenseExplainPage(view))
}

// licenseFirstClaim is that of the first device that holds a place, else of the first known.
func licenseFirstClaim(list []license.Device) url.Values {
	if len(list) == 0 {
		return url.Values{}
	}
	i := max(slices.IndexFunc(list, func(d license.Device) bool { return d.Active }), 0)
	c := licenseClaim(&list[i])
	return url.Values{"hardware_id": {c.HardwareID}, "address": {c.Address}, "version": {list[i].AppVersion}}
}

// licenseRequest is what an app would send.
func (v *visit) licenseRequest(l *licenseView, in *web.Input) (authority.NativeRequest, error) {
	claim := license.Claim{HardwareID: in.Text("hardware_id"), Country: in.Text("country"), VM: in.Bool("vm"), Feature: in.Text("feature"), Amount: in.Int("amount", 1)}
	for field, fault := range in.Faults {
		return authority.NativeRequest{}, license.Invalidf(field, "%s", fault)
	}
	if text := in.Text("address"); text != "" {
		at, err := netip.ParseAddr(text)
		if err != nil || at.Zone() != "" {
			return authority.NativeRequest{}, license.Invalidf("address", "that is no network address; write one like 203.0.113.7")
		}
		claim.Address = at.Unmap().String()
	}
	r := v.askAbout(l, claim)
	r.Version = in.Text("version")
	name := in.Text("user")
	if name == "" {
		return r, nil
	}
	u, err := v.p.d.Office.FindLicenseUser(v.Context(), v.actor, "", name)
	if license.CodeOf(err) == license.NotFound {
		u, err = v.p.d.Office.FindLicenseUser(v.Context(), v.actor, idText(l.Product.ID), name)
	}
	r.User = u.ID
	return r, licenseAsField(err, "user")
}

// licenseAnswerOf is what an explanation comes to. An app that only asks, or uses units, is refused what is over as well, which the rules
// only tell of.
func licenseAnswerOf(e *authority.Explanation) licenseAnswer {
	a := licenseAnswer{op: e.Trace.Op, now: e.Now, steps: slices.Concat(e.Trace.Steps, e.Wanted.Steps), why: license.ReasonOf(e.Verdict.Err())}
	if a.op == license.OpCheck || a.op == license.OpConsume {
		a.why = e.Verdict.Stops()
	}
	return a
}

// licenseOperation is an operation in words.
func licenseOperation(ctx context.Context, op license.Operation) string {
	switch op {
	case license.OpCheck:
		return web.T(ctx, "Check: may it run?")
	case license.OpActivate:
		return web.T(ctx, "Activate: take a place")
	case license.OpReactivate:
		return web.T(ctx, "Activate again, on its place")
	case license.OpDeactivate:
		return web.T(ctx, "Deactivate: give the place back")
	case license.OpLease:
		return web.T(ctx, "Take a floating seat")
	case license.OpBorrow:
		return web.T(ctx, "Borrow a seat")
	case license.OpRelease:
		return web.T(ctx, "Give a seat back")
	case license.OpConsume:
		return web.T(ctx, "Use units")
	}
	return web.T(ctx, "Redeem")
}

// licenseHardware are the devices that are known, to choose from.
func licenseHardware(list []license.Device) (out []web.Option) {
	for i := range list[:min(len(list), 20)] {
		if list[i].Binding.Kind == license.BoundToHardware {
			out = append(out, web.Option{Value: list[i].Binding.Value, Label: licenseDeviceName(&list[i])})
		}
	}
	return out
}

func licenseFeatureOptions(ctx context.Context, t *license.Terms) []web.Option {
	out := []web.Option{{Value: "", Label: web.T(ctx, "none")}}
	for i := range t.Features {
		out = append(out, web.Option{Value: t.Features[i].Code, Label: t.Features[i].Code})
	}
	return out
}
