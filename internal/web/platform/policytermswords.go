package platform

import (
	"context"
	"net/url"
	"strings"

	"licet/internal/license"
	"licet/internal/web"
)

// limitSpec is the field of a limit of the form of terms.
func limitSpec(in url.Values, faults web.Faults, name, label, hint, class string) web.LimitSpec {
	fault := faults[name]
	if more := faults[name+"_most"]; fault == "" {
		fault = more
	}
	choice := in.Get(name)
	if choice == "" {
		choice = limitNone
	}
	return web.LimitSpec{Name: name, Label: label, Hint: hint, Choice: choice, Most: in.Get(name + "_most"), Fault: fault, Class: class}
}

// unitOptions are the units of a length, and what it is where no unit measures it.
func unitOptions(ctx context.Context, now string) []web.Option {
	list := []web.Option{
		{Value: string(license.UnitDays), Label: web.T(ctx, "days")},
		{Value: string(license.UnitWeeks), Label: web.T(ctx, "weeks")},
		{Value: string(license.UnitCalendarMonths), Label: web.T(ctx, "months")},
		{Value: string(license.UnitCalendarYears), Label: web.T(ctx, "years")},
		{Value: string(license.UnitHours), Label: web.T(ctx, "hours")},
		{Value: string(license.UnitMinutes), Label: web.T(ctx, "minutes")},
		{Value: string(license.UnitSeconds), Label: web.T(ctx, "seconds")},
		{Value: string(license.UnitMonths), Label: web.T(ctx, "mean months (30.4 days)")},
		{Value: string(license.UnitYears), Label: web.T(ctx, "mean years (365.2 days)")},
	}
	if s, err := license.ParseSpan(now); err == nil {
		list = append(list, web.Option{Value: now, Label: web.T(ctx, "as it is: %s", s.String())})
	}
	if now == string(license.UnitLifetime) {
		list = append(list, web.Option{Value: now, Label: web.T(ctx, "lifetimes of ten years")})
	}
	return list
}

func planOptions(ctx context.Context) []web.Option {
	list := []web.Option{{Value: "", Label: web.T(ctx, "none: the length beside it")}}
	for _, p := range license.Plans() {
		list = append(list, web.Option{Value: string(p), Label: web.T(ctx, "%s: %d days", planName(ctx, p), p.Days())})
	}
	return list
}

// planName is a plan as people call it.
func planName(ctx context.Context, p license.Plan) string {
	switch p {
	case license.PlanMonthly:
		return web.T(ctx, "Monthly")
	case license.PlanQuarterly:
		return web.T(ctx, "Quarterly")
	case license.PlanSemiAnnual:
		return web.T(ctx, "Semi-annual")
	case license.PlanAnnually:
		return web.T(ctx, "Annual")
	case license.PlanBiennial:
		return web.T(ctx, "Biennial")
	case license.PlanQuinquennial:
		return web.T(ctx, "Five years")
	case license.PlanDecennial:
		return web.T(ctx, "Ten years")
	}
	return string(p)
}

// lengthText says how long licenses last.
func lengthText(ctx context.Context, t *license.Terms) string {
	switch {
	case t.Duration.IsZero():
		return web.T(ctx, "no end")
	case t.Plan != "":
		return web.T(ctx, "%s (plan %s)", t.Duration.String(), planName(ctx, license.Plan(t.Plan)))
	}
	return t.Duration.String()
}

// startsText says when licenses begin.
func startsText(ctx context.Context, s license.StartsAt) string {
	switch s {
	case license.StartsAtFirstUse:
		return web.T(ctx, "at the first use")
	case license.StartsAtIssue:
		return web.T(ctx, "when the license is made")
	case license.StartsAtOrder:
		return web.T(ctx, "when the order is paid")
	}
	return string(s)
}

// termsSummary says in a line what terms are about: "Subscription, 1 year, 3 devices".
func termsSummary(ctx context.Context, t *license.Terms) string {
	parts := []string{typeName(ctx, t.Type)}
	if t.Trial {
		parts = append(parts, web.T(ctx, "trial"))
	}
	if !t.Duration.IsZero() {
		parts = append(parts, t.Duration.String())
	}
	switch n, limited := t.Activations.Max(); {
	case !limited:
		parts = append(parts, web.T(ctx, "any number of devices"))
	default:
		parts = append(parts, web.N(ctx, n, "%d device", "%d devices"))
	}
	if t.Floating != nil {
		parts = append(parts, web.T(ctx, "floating"))
	}
	return strings.Join(parts, " · ")
}
