package office

import (
	"licet/internal/license"
)

// TermsChange says what is to differ from the terms it is applied to; a nil field leaves its value.
// It is how people write terms: for a product's default policy from the built-in ones, for a policy
// from its own, for new licenses from those of the policy, for a license from its own.
type TermsChange struct {
	Type            *license.Type
	Trial           *bool
	Starts          *license.StartsAt
	Duration        *license.Span // zero is no end; excludes Plan
	Plan            *license.Plan // "" is none; sets the duration, which then begins with the order
	GraceHours      *int64
	Maintenance     *license.Span // length of the maintenance window; zero is none
	Lock            *license.Lock
	Activations     *license.Limit
	Transfers       *license.Limit
	Users           *license.Limit
	UserActivations *license.Limit
	Level           *int64
	Password        *license.PasswordUse // "" is none
	Sample          *bool
	RefuseVM        *bool
	RefuseOffline   *bool
	Floating        *license.FloatingTerms // zero is none
	Usage           *license.UsageTerms    // for licenses of type consumption
	Features        *[]license.FeatureTerms
}

// Apply returns t with the changes, and t itself untouched. What follows from a change is changed with
// it, unless it is given too: a duration or plan makes a perpetual license time-limited, and a trial that
// becomes a perpetual license loses its end. The outcome is checked as license.Terms.Validate does.
func (c TermsChange) Apply(t license.Terms) (license.Terms, error) {
	set(&t.Type, c.Type)
	set(&t.Trial, c.Trial)
	set(&t.GraceHours, c.GraceHours)
	set(&t.Lock, c.Lock)
	set(&t.Activations, c.Activations)
	set(&t.Transfers, c.Transfers)
	set(&t.Users, c.Users)
	set(&t.UserActivations, c.UserActivations)
	set(&t.Level, c.Level)
	set(&t.Password, c.Password)
	set(&t.Sample, c.Sample)
	set(&t.RefuseVM, c.RefuseVM)
	set(&t.RefuseOffline, c.RefuseOffline)
	set(&t.Features, c.Features)
	if c.Maintenance != nil {
		t.Maintenance, t.Maintained = *c.Maintenance, !c.Maintenance.IsZero()
	}
	if c.Floating != nil {
		t.Floating = orNil(*c.Floating)
	}
	if c.Usage != nil {
		t.Usage = orNil(*c.Usage)
	}
	if err := c.applyTime(&t); err != nil {
		return t, err
	}
	if err := checkSpans(&t); err != nil {
		return t, err
	}
	return t, t.Validate()
}

// applyTime settles type, duration, plan and start, which depend on each other.
func (c TermsChange) applyTime(t *license.Terms) error {
	if c.Duration != nil && !c.Duration.IsZero() && c.Plan != nil && *c.Plan != "" {
		return license.Invalidf("plan", "give either a plan or a duration")
	}
	hadPlan := t.Plan != ""
	switch {
	case c.Plan != nil && *c.Plan != "":
		t.Plan, t.Duration, t.Starts = string(*c.Plan), c.Plan.Span(), license.StartsAtOrder
	case c.Duration != nil:
		t.Plan, t.Duration = "", *c.Duration
	case c.Plan != nil && hadPlan:
		t.Plan, t.Duration = "", license.Span{}
	}
	switch {
	case t.Trial || t.Type != license.Perpetual || t.Duration.IsZero():
	case c.Type == nil && (c.Duration != nil || c.Plan != nil):
		t.Type = license.TimeLimited
	case c.Duration == nil && c.Plan == nil:
		t.Plan, t.Duration = "", license.Span{}
	}
	if hadPlan && t.Plan == "" {
		t.Starts = license.StartsAtFirstUse
	}
	set(&t.Starts, c.Starts)
	if c.Type != nil && t.Type != license.Consumption && c.Usage == nil {
		t.Usage = nil
	}
	if c.Type != nil && t.Type != license.Subscription && c.GraceHours == nil {
		t.GraceHours = 0
	}
	return nil
}

// endsOn returns t as it must be for a license with a fixed end: a date means nothing to a perpetual one.
func endsOn(t license.Terms) license.Terms {
	if t.Type == license.Perpetual && !t.Trial {
		t.Type = license.TimeLimited
	}
	return t
}

func checkSpans(t *license.Terms) error {
	spans := []license.Span{t.Duration, t.Maintenance}
	for _, f := range t.Features {
		spans = append(spans, f.Duration)
	}
	for _, s := range spans {
		if err := s.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// changeTerms is a change of what a license was sold with.
func changeTerms(l license.License, c TermsChange) (license.Change, error) {
	t, err := c.Apply(*l.Terms)
	if err != nil {
		return license.Change{}, err
	}
	return license.ChangeTerms(l, t)
}

// set copies a given value.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// orNil is a pointer to a copy of v, or nil for the zero value.
func orNil[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
