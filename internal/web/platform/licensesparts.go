package platform

import (
	"context"
	"slices"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// licensesChip is a filter that is set, in words.
type licensesChip struct{ name, label, text string }

// chips are the filters that are set.
func (l *licensesView) chips(ctx context.Context) (out []licensesChip) {
	labels := map[string]string{
		"q": "Search:", "product": "Product:", "policy": "Policy:", "used": "Status:", "standing": "Standing:", "expired": "Expired:", "banned": "Banned:",
		"customer": "Customer:", "order": "Order:", "user": "Used by:", "note": "Note:", "from": "From:", "until": "Until:",
	}
	for _, name := range licensesFilters {
		text := l.value(name)
		if text == "" {
			continue
		}
		switch {
		case name == "used" && text == "yes":
			text = web.T(ctx, "Used")
		case name == "used" && text == "no":
			text = web.T(ctx, "Not Used")
		case name == "standing":
			text = web.T(ctx, standingName(license.Standing(text)))
		case text == "yes":
			text = web.T(ctx, "Yes")
		case text == "no":
			text = web.T(ctx, "No")
		}
		out = append(out, licensesChip{name, web.T(ctx, labels[name]), text})
	}
	return out
}

// arrow shows which way a column is sorted, for who sees it; aria-sort says it to others.
func (l *licensesView) arrow(up, down office.LicenseSort) string {
	switch l.sort {
	case up:
		return " ↑"
	case down:
		return " ↓"
	}
	return ""
}

func (l *licensesView) shows(c licensesColumn) bool { return slices.Contains(l.columns, c) }

// class is that of a column's cells.
func (c licensesColumn) class() string {
	switch c {
	case colLevel, colActivations:
		return "number"
	case colStatus, colExpires, colFirstUsed, colLastSeen, colCreated, colLength, colStanding:
		return "tight"
	}
	return ""
}

// standingName is a standing in words.
func standingName(s license.Standing) string {
	switch s {
	case license.Enabled:
		return "Enabled"
	case license.Suspended:
		return "Suspended"
	case license.Revoked:
		return "Revoked"
	}
	return string(s)
}

// licensesProductSelect makes a field a select of products.
func licensesProductSelect(products []office.Product, f web.FieldSpec, none string) web.FieldSpec {
	f.Type = "select"
	if none != "" {
		f.Options = append(f.Options, web.Option{Value: "", Label: none})
	}
	found := f.Value == ""
	for i := range products {
		ref := productRef(&products[i])
		f.Options = append(f.Options, web.Option{Value: ref, Label: products[i].Name})
		found = found || ref == f.Value
	}
	if !found { // What was asked for stays to be seen.
		f.Options = append(f.Options, web.Option{Value: f.Value, Label: f.Value})
	}
	return f
}

func licensesPolicyOptions(ctx context.Context, policies []license.Policy) []web.Option {
	out := []web.Option{{Value: "", Label: web.T(ctx, "All")}}
	for i := range policies {
		out = append(out, web.Option{Value: policies[i].Code, Label: policies[i].Name})
	}
	return out
}

func ariaBool(is bool) string {
	if is {
		return "true"
	}
	return "false"
}

// unusual reports whether one of the rarer terms is set, so that they are to be seen.
func (f *newLicensesForm) unusual() bool {
	return f.starts+f.expiresAt+f.notBefore+f.metadata != "" || f.trial
}

// newLicensesLabel is what a field of the form is called.
func newLicensesLabel(field string) string {
	return map[string]string{
		"product": "Product", "policy": "Policy", "amount": "Amount", "mask": "Mask", "level": "Level", "note": "Note", "expiry_unit": "Expiry unit",
		"expiry_duration": "Expiry duration", "starts": "Time runs from", "expires_at": "Or a fixed end", "not_before": "Not usable before",
		"order": "Order", "customer": "Customer's e-mail address", "metadata": "Metadata",
	}[field]
}

// working says what a job is doing.
func (j *jobView) working(ctx context.Context) string {
	switch {
	case j.job.State == office.JobWaiting:
		return web.T(ctx, "Waiting for its turn")
	case j.job.Kind == jobCreate:
		return web.T(ctx, "Licenses that are made")
	case j.job.Kind == jobCheck:
		return web.T(ctx, "Rows that were looked at")
	}
	return web.T(ctx, "Rows that are imported")
}

// again is the form that a job came from.
func (j *jobView) again() string {
	if j.job.Kind == jobCreate {
		return base + "/licenses/new"
	}
	return base + "/licenses/import"
}

// choices are the options of a select: what each is sent as, and its text, in turn.
func choices(ctx context.Context, pairs ...string) (out []web.Option) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, web.Option{Value: pairs[i], Label: web.T(ctx, pairs[i+1])})
	}
	return out
}
