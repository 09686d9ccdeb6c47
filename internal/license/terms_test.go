package license_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"licet/internal/license"
)

func TestTermsValidate(t *testing.T) {
	t.Parallel()
	type edit = func(*license.Terms)
	seats := license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 120}
	meter := license.UsageTerms{Max: license.AtMost(5)}
	for _, tt := range []struct {
		name  string
		edit  edit
		field string // "" is valid
	}{
		{"default", func(*license.Terms) {}, ""},
		{"zero", func(t *license.Terms) { *t = license.Terms{} }, "type"},
		{"type_unknown", func(t *license.Terms) { t.Type = "lifetime" }, "type"},
		{"starts_unknown", func(t *license.Terms) { t.Starts = "now" }, "starts"},
		{"lock_unknown", func(t *license.Terms) { t.Lock = "mac" }, "lock"},
		{"plan", func(t *license.Terms) { t.Type, t.Plan = license.TimeLimited, "annually" }, ""},
		{"plan_unknown", func(t *license.Terms) { t.Plan = "yearly" }, "plan"},

		{"perpetual_with_duration", func(t *license.Terms) { t.Duration = days(7) }, "type"},
		{"perpetual_trial", func(t *license.Terms) { t.Trial, t.Duration = true, days(7) }, ""},
		{"time_limited", func(t *license.Terms) { t.Type, t.Duration = license.TimeLimited, days(365) }, ""},
		{"time_limited_by_date_only", func(t *license.Terms) { t.Type = license.TimeLimited }, ""},
		{"duration_negative", func(t *license.Terms) { t.Type, t.Duration = license.TimeLimited, license.Span{Seconds: -1} }, "duration"},
		{"duration_too_long", func(t *license.Terms) { t.Type, t.Duration = license.TimeLimited, license.Span{Months: math.MaxInt32} }, "duration"},
		{"maintenance_negative", func(t *license.Terms) { t.Maintained, t.Maintenance = true, license.Span{Months: -1} }, "maintenance"},

		{"grace", func(t *license.Terms) { t.Type, t.GraceHours = license.Subscription, 24 }, ""},
		{"grace_of_time_limited", func(t *license.Terms) { t.Type, t.GraceHours = license.TimeLimited, 24 }, "grace"},
		{"grace_negative", func(t *license.Terms) { t.Type, t.GraceHours = license.Subscription, -1 }, "grace"},
		{"grace_beyond_reckoning", func(t *license.Terms) { t.Type, t.GraceHours = license.Subscription, math.MaxInt64/3600 }, "grace"},

		{"consumption", func(t *license.Terms) { t.Type, t.Usage = license.Consumption, &meter }, ""},
		{"consumption_without_meter", func(t *license.Terms) { t.Type = license.Consumption }, "usage"},
		{"perpetual_with_meter", func(t *license.Terms) { t.Usage = &meter }, "usage"},
		{"reset_unknown", func(t *license.Terms) {
			t.Type, t.Usage = license.Consumption, &license.UsageTerms{Reset: "hourly"}
		}, "usage"},

		{"level_negative", func(t *license.Terms) { t.Level = -1 }, "level"},
		{"floating", func(t *license.Terms) { t.Floating = &seats }, ""},
		{"floating_without_timeout", func(t *license.Terms) { t.Floating = &license.FloatingTerms{Seats: license.AtMost(1)} }, "floating"},
		{"floating_timeout_beyond_reckoning", func(t *license.Terms) {
			t.Floating = &license.FloatingTerms{TimeoutMins: math.MaxInt64 / 60}
		}, "floating"},
		{"borrow", func(t *license.Terms) {
			t.Floating = &license.FloatingTerms{TimeoutMins: 1, Borrow: true, BorrowHours: 12}
		}, ""},
		{"borrow_for_no_time", func(t *license.Terms) { t.Floating = &license.FloatingTerms{TimeoutMins: 1, Borrow: true} }, "floating"},
		{"borrow_negative", func(t *license.Terms) { t.Floating = &license.FloatingTerms{TimeoutMins: 1, BorrowHours: -1} }, "floating"},
		{"borrow_beyond_reckoning", func(t *license.Terms) {
			t.Floating = &license.FloatingTerms{TimeoutMins: 1, Borrow: true, BorrowHours: math.MaxInt64 / 3600}
		}, "floating"},

		{"feature", func(t *license.Terms) {
			t.Features = []license.FeatureTerms{{Code: "pro", Duration: days(30), Floating: &seats, Usage: &meter, Metadata: `{"a":1}`}, {Code: "lite"}}
		}, ""},
		{"feature_without_code", func(t *license.Terms) { t.Features = []license.FeatureTerms{{Name: "Pro"}} }, "features"},
		{"feature_twice", func(t *license.Terms) { t.Features = []license.FeatureTerms{{Code: "pro"}, {Code: "pro"}} }, "features"},
		{"feature_metadata", func(t *license.Terms) { t.Features = []license.FeatureTerms{{Code: "pro", Metadata: "{"}} }, "features"},
		{"feature_meter", func(t *license.Terms) {
			t.Features = []license.FeatureTerms{{Code: "pro", Usage: &license.UsageTerms{Reset: "x"}}}
		}, "usage"},
		{"feature_seats", func(t *license.Terms) {
			t.Features = []license.FeatureTerms{{Code: "pro", Floating: &license.FloatingTerms{}}}
		}, "floating"},
		{"feature_duration", func(t *license.Terms) {
			t.Features = []license.FeatureTerms{{Code: "pro", Duration: license.Span{Seconds: -5}}}
		}, "features"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := withTerms(tt.edit).Validate()
			if tt.field == "" {
				if err != nil {
					t.Errorf("Validate() = %v, want ok", err)
				}
				return
			}
			e, ok := errors.AsType[*license.Error](err)
			if !ok || e.Code != license.Invalid || e.Field != tt.field || e.Message == "" {
				t.Errorf("Validate() = %v, want invalid about %q", err, tt.field)
			}
		})
	}
}

func TestTermsFeature(t *testing.T) {
	t.Parallel()
	terms := withTerms(func(t *license.Terms) {
		t.Features = []license.FeatureTerms{{Code: "pro"}, {Code: "lite", Name: "Lite"}}
	})
	if f := terms.Feature("lite"); f == nil || f.Name != "Lite" {
		t.Errorf("Feature(lite) = %v, want the terms of lite", f)
	}
	for _, code := range []string{"", "LITE", "max"} {
		if f := terms.Feature(code); f != nil {
			t.Errorf("Feature(%q) = %v, want none", code, f)
		}
	}
}

func TestUsageAllowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ max, overage, want license.Limit }{
		{license.AtMost(5), license.None, license.AtMost(5)},
		{license.AtMost(5), license.AtMost(2), license.AtMost(7)},
		{license.AtMost(5), license.Unlimited, license.Unlimited},
		{license.Unlimited, license.None, license.Unlimited},
		{license.None, license.None, license.None},
		// A sum beyond all numbers is not suddenly none at all.
		{license.AtMost(math.MaxInt64), license.AtMost(1), license.AtMost(math.MaxInt64)},
	} {
		if got := (license.UsageTerms{Max: tt.max, Overage: tt.overage}).Allowed(); got != tt.want {
			t.Errorf("Allowed() of %s and %s more = %s, want %s", tt.max, tt.overage, got, tt.want)
		}
	}
}

// Terms are stored and shown as JSON: unlimited is null, none is 0, and nothing is lost.
func TestTermsJSON(t *testing.T) {
	t.Parallel()
	terms := withTerms(func(t *license.Terms) {
		t.Activations, t.Transfers = license.Unlimited, license.None
		t.Floating = &license.FloatingTerms{Seats: license.Unlimited, TimeoutMins: 5}
		t.Features = []license.FeatureTerms{{Code: "pro", Usage: &license.UsageTerms{Max: license.None, Overage: license.Unlimited}}}
	})
	b, err := json.Marshal(terms)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"activations":null`, `"transfers":0`, `"seats":null`, `"max":0`, `"overage":null`, `"users":null`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("Marshal = %s, want %s in it", b, want)
		}
	}
	var back license.Terms
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*terms, back); diff != "" {
		t.Errorf("terms change on their way through JSON (-before +after):\n%s", diff)
	}
}

func TestTermsJSONRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms := drawTerms(t)
		if err := terms.Validate(); err != nil {
			t.Fatalf("Validate() = %v, want ok for %+v", err, terms)
		}
		b, err := json.Marshal(terms)
		if err != nil {
			t.Fatal(err)
		}
		var back license.Terms
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*terms, back); diff != "" {
			t.Fatalf("%s changes on its way through JSON (-before +after):\n%s", b, diff)
		}
	})
}

func drawLimit(t *rapid.T, label string, most int64) license.Limit {
	return license.Limit(rapid.Int64Range(-1, most).Draw(t, label))
}

func drawFloating(t *rapid.T, label string) *license.FloatingTerms {
	if rapid.Bool().Draw(t, label+" is none") {
		return nil
	}
	f := license.FloatingTerms{
		Seats:       drawLimit(t, label+" seats", 3),
		TimeoutMins: rapid.Int64Range(1, 200).Draw(t, label+" timeout"),
		Borrow:      rapid.Bool().Draw(t, label+" borrow"),
	}
	if f.Borrow {
		f.BorrowHours = rapid.Int64Range(1, 50).Draw(t, label+" hours")
	}
	return &f
}

func drawUsage(t *rapid.T, label string) license.UsageTerms {
	return license.UsageTerms{
		Max: drawLimit(t, label+" max", 9), Overage: drawLimit(t, label+" overage", 4),
		Negative: rapid.Bool().Draw(t, label+" negative"),
		Reset: rapid.SampledFrom([]license.Period{
			license.NoReset, license.Daily, license.Weekly, license.Monthly, license.Yearly,
		}).Draw(t, label+" reset"),
	}
}

// drawTerms draws valid terms with small limits, so that a few acts reach them.
func drawTerms(t *rapid.T) *license.Terms {
	terms := license.Terms{
		Type:            rapid.SampledFrom([]license.Type{license.Perpetual, license.TimeLimited, license.Subscription, license.Consumption}).Draw(t, "type"),
		Trial:           rapid.Bool().Draw(t, "trial"),
		Starts:          rapid.SampledFrom([]license.StartsAt{license.StartsAtFirstUse, license.StartsAtIssue, license.StartsAtOrder}).Draw(t, "starts"),
		Maintained:      rapid.Bool().Draw(t, "maintained"),
		Maintenance:     drawSpan(t, "maintenance"),
		Lock:            rapid.SampledFrom([]license.Lock{license.LockNone, license.LockHardware, license.LockAddress}).Draw(t, "lock"),
		Activations:     drawLimit(t, "activations", 3),
		Transfers:       drawLimit(t, "transfers", 3),
		Users:           drawLimit(t, "users", 3),
		UserActivations: drawLimit(t, "user activations", 3),
		Level:           rapid.Int64Range(0, 5).Draw(t, "level"),
		RefuseVM:        rapid.Bool().Draw(t, "refuse vm"),
		RefuseOffline:   rapid.Bool().Draw(t, "refuse offline"),
		Floating:        drawFloating(t, "floating"),
	}
	if terms.Type != license.Perpetual || terms.Trial {
		terms.Duration = license.Span{Seconds: rapid.Int64Range(0, 60*86400).Draw(t, "duration")}
	}
	if terms.Type == license.Subscription {
		terms.GraceHours = rapid.Int64Range(0, 72).Draw(t, "grace")
	}
	if terms.Type == license.Consumption {
		u := drawUsage(t, "usage")
		terms.Usage = &u
	}
	if rapid.Bool().Draw(t, "has pro") {
		u := drawUsage(t, "pro usage")
		terms.Features = []license.FeatureTerms{{Code: "pro", Duration: license.Span{Seconds: rapid.Int64Range(0, 40*86400).Draw(t, "pro duration")}, Floating: drawFloating(t, "pro"), Usage: &u}}
	}
	return &terms
}
