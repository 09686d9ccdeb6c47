package platform

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"strconv"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// The form of terms is one and the same for policies and for what a product begins with. It is drawn from the fields that it
// sends: those of terms, or what somebody typed.

// The choices of a three-way limit.
const (
	limitNone      = "none"
	limitMost      = "most"
	limitUnlimited = "unlimited"
)

// maxFeatureRows bounds the features that one form has.
const maxFeatureRows = 100

// policyTermsValues are the fields of terms.
func policyTermsValues(t *license.Terms) url.Values {
	in := url.Values{}
	in.Set("type", string(t.Type))
	in.Set("starts", string(t.Starts))
	in.Set("plan", t.Plan)
	in.Set("lock", string(t.Lock))
	in.Set("password", string(t.Password))
	in.Set("grace", numberOrNothing(t.GraceHours))
	in.Set("level", strconv.FormatInt(t.Level, 10))
	setBoxes(in, map[string]bool{"trial": t.Trial, "sample": t.Sample, "refuse_vm": t.RefuseVM, "refuse_offline": t.RefuseOffline})
	setSpan(in, "duration", t.Duration)
	setSpan(in, "maintenance", t.Maintenance)
	for name, limit := range map[string]license.Limit{"activations": t.Activations, "transfers": t.Transfers, "users": t.Users, "user_activations": t.UserActivations} {
		setLimit(in, name, limit)
	}
	setFloating(in, "", t.Floating)
	setUsage(in, "", t.Usage)
	in.Set("features", strconv.Itoa(len(t.Features)))
	for i := range t.Features {
		f, at := &t.Features[i], featureRow(i)
		in.Set(at+"code", f.Code)
		in.Set(at+"name", f.Name)
		in.Set(at+"metadata", f.Metadata)
		setSpan(in, at+"duration", f.Duration)
		setFloating(in, at, f.Floating)
		setUsage(in, at, f.Usage)
	}
	return in
}

// featureRow is what the names of the fields of a feature begin with.
func featureRow(i int) string { return fmt.Sprintf("feature_%d_", i) }

// featureRows is how many features the form has fields for, and room for more.
func featureRows(in url.Values) int {
	n, _ := strconv.Atoi(in.Get("features")) // What is no number has no rows.
	return min(max(n, 0), maxFeatureRows-2)
}

func numberOrNothing(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func setBoxes(in url.Values, boxes map[string]bool) {
	for name, ticked := range boxes {
		if ticked {
			in.Set(name, "yes")
		}
	}
}

func setLimit(in url.Values, name string, l license.Limit) {
	n, limited := l.Max()
	switch {
	case !limited:
		in.Set(name, limitUnlimited)
	case n == 0:
		in.Set(name, limitNone)
	default:
		in.Set(name, limitMost)
		in.Set(name+"_most", strconv.FormatInt(n, 10))
	}
}

func setFloating(in url.Values, at string, f *license.FloatingTerms) {
	if f == nil {
		f = &license.FloatingTerms{Seats: license.AtMost(5), TimeoutMins: 15, BorrowHours: 72} // What a form begins with that is opened.
	} else {
		in.Set(at+"floating", "yes")
	}
	setLimit(in, at+"seats", f.Seats)
	in.Set(at+"timeout", numberOrNothing(f.TimeoutMins))
	in.Set(at+"borrow_hours", numberOrNothing(f.BorrowHours))
	setBoxes(in, map[string]bool{at + "borrow": f.Borrow})
}

func setUsage(in url.Values, at string, u *license.UsageTerms) {
	if u == nil {
		u = &license.UsageTerms{Max: license.AtMost(100)}
	} else {
		in.Set(at+"usage", "yes")
	}
	setLimit(in, at+"max", u.Max)
	setLimit(in, at+"overage", u.Overage)
	in.Set(at+"reset", string(u.Reset))
	setBoxes(in, map[string]bool{at + "negative": u.Negative})
}

// setSpan writes a length of time as so many of the largest unit that measures it, and one that none measures as it is.
func setSpan(in url.Values, name string, s license.Span) {
	if s.IsZero() {
		in.Set(name+"_unit", string(license.UnitDays))
		return
	}
	for _, unit := range []license.Unit{
		license.UnitCalendarYears, license.UnitCalendarMonths, license.UnitYears, license.UnitMonths,
		license.UnitWeeks, license.UnitDays, license.UnitHours, license.UnitMinutes, license.UnitSeconds,
	} {
		one, err := unit.Span(1)
		if err != nil {
			continue
		}
		n := s.AboutSeconds() / one.AboutSeconds()
		if whole, err := unit.Span(n); err == nil && whole == s {
			in.Set(name+"_amount", strconv.FormatInt(n, 10))
			in.Set(name+"_unit", string(unit))
			return
		}
	}
	in.Set(name+"_amount", "1")
	in.Set(name+"_unit", s.Text())
}

// policyTermsOf reads the form: what its fields say is all of the terms. Fields that the type of license has no use for are left
// out, whatever stands in them.
func policyTermsOf(in *web.Input) office.TermsChange {
	kind, trial := license.Type(in.Text("type")), in.Bool("trial")
	c := office.TermsChange{
		Type: &kind, Trial: &trial, Starts: new(license.StartsAt(in.Text("starts"))), Duration: new(license.Span), Plan: new(license.Plan),
		GraceHours: new(int64), Maintenance: new(readSpan(in, "maintenance")), Lock: new(license.Lock(in.Text("lock"))),
		Activations: new(readLimit(in, "activations")), Transfers: new(readLimit(in, "transfers")), Users: new(readLimit(in, "users")),
		UserActivations: new(readLimit(in, "user_activations")), Level: new(in.Int("level", 0)), Password: new(license.PasswordUse(in.Text("password"))),
		Sample: new(in.Bool("sample")), RefuseVM: new(in.Bool("refuse_vm")), RefuseOffline: new(in.Bool("refuse_offline")),
		Floating: new(readFloating(in, "")), Usage: new(license.UsageTerms), Features: new(readFeatures(in)),
	}
	if kind != license.Perpetual || trial {
		if *c.Plan = license.Plan(in.Text("plan")); *c.Plan == "" {
			*c.Duration = readSpan(in, "duration")
		}
	}
	if kind == license.Subscription {
		*c.GraceHours = in.Int("grace", 0)
	}
	if kind == license.Consumption {
		*c.Usage = readUsage(in, "")
	}
	return c
}

func readLimit(in *web.Input, name string) license.Limit {
	switch in.Text(name) {
	case limitUnlimited:
		return license.Unlimited
	case limitMost:
		n := in.Int(name+"_most", 0)
		if n < 1 {
			in.Faults[name] = "Write how many, from 1."
		}
		return license.AtMost(n)
	}
	return license.None
}

func readSpan(in *web.Input, name string) license.Span {
	if s, err := license.ParseSpan(in.Text(name + "_unit")); err == nil {
		return s
	}
	n := in.Int(name+"_amount", 0)
	if text, wrong := in.Faults[name+"_amount"]; wrong {
		in.Faults[name] = text
	}
	if n == 0 {
		return license.Span{}
	}
	s, err := license.Unit(in.Text(name + "_unit")).Span(n)
	if err != nil {
		in.Faults[name] = web.Sentence(license.Describe(err).Message)
	}
	return s
}

func readFloating(in *web.Input, at string) license.FloatingTerms {
	if !in.Bool(at + "floating") {
		return license.FloatingTerms{}
	}
	f := license.FloatingTerms{Seats: readLimit(in, at+"seats"), TimeoutMins: in.Int(at+"timeout", 0), Borrow: in.Bool(at + "borrow")}
	if f.TimeoutMins < 1 {
		in.Faults[at+"timeout"] = "Write after how many minutes a seat frees itself, from 1."
	}
	if f.Borrow {
		f.BorrowHours = in.Int(at+"borrow_hours", 0)
	}
	return f
}

func readUsage(in *web.Input, at string) license.UsageTerms {
	return license.UsageTerms{
		Max: readLimit(in, at+"max"), Overage: readLimit(in, at+"overage"), Negative: in.Bool(at + "negative"), Reset: license.Period(in.Text(at + "reset")),
	}
}

// readFeatures reads the rows of features; one whose code is empty is none.
func readFeatures(in *web.Input) []license.FeatureTerms {
	list := []license.FeatureTerms{}
	for i := range featureRows(in.Values) + 2 {
		at := featureRow(i)
		f := license.FeatureTerms{Code: in.Text(at + "code"), Name: in.Text(at + "name"), Metadata: in.Text(at + "metadata")}
		if f.Code == "" {
			continue
		}
		f.Duration = readSpan(in, at+"duration")
		if lent := readFloating(in, at); in.Bool(at + "floating") {
			f.Floating = &lent
		}
		if in.Bool(at + "usage") {
			used := readUsage(in, at)
			f.Usage = &used
		}
		list = append(list, f)
	}
	return list
}

// everyFault is what is wrong with a form: what the office says of it, and what could not be read.
func everyFault(in *web.Input, said web.Faults) web.Faults {
	all := maps.Clone(in.Faults)
	maps.Copy(all, said)
	return all
}

// typeName is a type of license as people call it.
func typeName(ctx context.Context, t license.Type) string {
	switch t {
	case license.Perpetual:
		return web.T(ctx, "Perpetual")
	case license.TimeLimited:
		return web.T(ctx, "Time-limited")
	case license.Subscription:
		return web.T(ctx, "Subscription")
	case license.Consumption:
		return web.T(ctx, "Consumption")
	}
	return string(t)
}

// lockName is a lock as people call it.
func lockName(ctx context.Context, l license.Lock) string {
	switch l {
	case license.LockNone:
		return web.T(ctx, "No lock")
	case license.LockHardware:
		return web.T(ctx, "Hardware id")
	case license.LockAddress:
		return web.T(ctx, "Network address")
	}
	return string(l)
}
