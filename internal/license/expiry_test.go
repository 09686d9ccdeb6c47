package license_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

func lasting(kind license.Type, n int64) func(*license.Terms) {
	return func(t *license.Terms) { t.Type, t.Duration = kind, days(n) }
}

func grace(hours int64) func(*license.Terms) {
	return func(t *license.Terms) { t.GraceHours = hours }
}

func trial(t *license.Terms) { t.Trial = true }

func starting(at license.StartsAt) func(*license.Terms) {
	return func(t *license.Terms) { t.Starts = at }
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		terms *license.Terms
		steps []step
	}{
		// Status survives expiry; only the flag of a check flips, at the very moment of the date.
		{"S0-20-time-limited", withTerms(places(2), lasting(license.TimeLimited, 10)), []step{
			{"2026-02-01", activate("A"), nil, "active"},
			{"2026-02-10 23:59:59.999999", check("A"), nil, "active"},
			{"2026-02-11", check("A"), told{license.LicenseExpired}, "active, expired"},
			{"2027-02-11", check("A"), told{license.LicenseExpired}, "active, expired"},
			{"2027-02-11", suspend(), nil, "suspended, expired"},
			{"2027-02-11", resume(), nil, "active, expired"},
		}},
		{"S0-20-subscription", withTerms(lasting(license.Subscription, 10)), []step{
			{"2026-02-01", activate("A"), nil, "active"},
			{"2026-02-11", check("A"), told{license.LicenseExpired}, "active, expired"},
			{"2026-02-11", deactivate("A"), nil, "active, expired"},
		}},
		{"S0-20-trial", withTerms(lasting(license.Perpetual, 10), trial), []step{
			{"2026-02-01", activate("A"), nil, "active"},
			{"2026-02-11", check("A"), told{license.TrialExpired}, "active, expired"},
		}},
		{"S0-21", withTerms(places(2), lasting(license.TimeLimited, 10)), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-11", activate("B"), license.LicenseExpired, "active, expired"},
		}},
		{"S0-21-known-device", withTerms(places(2), lasting(license.TimeLimited, 10)), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-02", deactivate("A"), nil, ""},
			{"2026-02-11", activate("A"), license.LicenseExpired, "inactive, expired"},
		}},
		{"S0-21-trial", withTerms(places(2), lasting(license.TimeLimited, 10), trial), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-11", activate("B"), license.TrialExpired, "active, expired"},
		}},
		{"S0-22", withTerms(lasting(license.TimeLimited, 10)), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-05", check("A"), nil, "active"},
			{"2026-02-15", check("A"), told{license.LicenseExpired}, "active, expired"},
			{"2026-02-05", check("A"), nil, "active"}, // the clock went back
		}},
		// Decision 5 of the platform contract: a bound device may activate again and is told.
		{"P9.5-bound-device-activates-again", withTerms(lasting(license.TimeLimited, 10)), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-15", activate("A"), nil, "active, expired"},
			{"2026-02-15", check("A"), told{license.LicenseExpired}, ""},
		}},
		{"S0-35", withTerms(places(4), lasting(license.Subscription, 10), grace(24)), []step{
			{"2026-02-01", activate("A"), nil, "active"},
			{"2026-02-11", check("A"), nil, "active"},
			{"2026-02-11 00:00:00.000001", activate("B"), nil, "active"},
			{"2026-02-11 23:59", check("A"), nil, "active"},
			{"2026-02-12", check("A"), nil, "active"}, // validity + H is still within
			{"2026-02-12", activate("C"), nil, "active"},
			{"2026-02-12 00:00:00.000001", check("A"), told{license.LicenseExpired}, "active, expired"},
			{"2026-02-12 00:00:00.000001", activate("D"), license.LicenseExpired, "active, expired"},
		}},
		{"S0-35-trial", withTerms(places(2), lasting(license.Subscription, 10), grace(1), trial), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-11 01:00", activate("B"), nil, "active"},
			{"2026-02-11 01:01", check("B"), told{license.TrialExpired}, "active, expired"},
		}},
		{"LS-23", withTerms(places(2), lasting(license.TimeLimited, 10)), []step{
			{"2026-02-01", activate("HW1"), nil, ""},
			{"2026-02-12", check("HW1"), told{license.LicenseExpired}, "active, expired"},
			{"2026-02-12", activate("HW2"), license.LicenseExpired, ""},
		}},
		{"LS-24-within", withTerms(lasting(license.Subscription, 10), grace(24)), []step{
			{"2026-02-01", activate("A"), nil, ""}, {"2026-02-11 02:00", check("A"), nil, "active"},
		}},
		{"LS-24-beyond", withTerms(lasting(license.Subscription, 10), grace(1)), []step{
			{"2026-02-01", activate("A"), nil, ""}, {"2026-02-11 02:00", check("A"), told{license.LicenseExpired}, "active, expired"},
		}},
		{"R29", withTerms(), []step{
			{"2026-02-01", activate("A"), nil, "active"},
			{"2099-01-01", check("A"), nil, "active"},
		}},
		// Platform contract, 2.4: a subscription is active from birth, whatever the counts say.
		{"P2.4-subscription", withTerms(lasting(license.Subscription, 10)), []step{
			{"2026-02-01", resume(), nil, "active"},
			{"2026-02-01", check("A"), license.DeviceUnknown, "active"},
			{"2026-02-01", activate("A"), nil, "active"},
			{"2026-02-02", reset(), nil, "active"},
			{"2026-02-02", suspend(), nil, "suspended"},
			{"2026-02-02", check("A"), license.LicenseSuspended, "suspended"},
			{"2026-02-02", resume(), nil, "active"},
		}},
		{"P2.4-others", withTerms(lasting(license.TimeLimited, 10)), []step{
			{"2026-02-01", resume(), nil, "inactive"},
			{"2026-02-01", activate("A"), nil, "active"},
			{"2026-02-02", suspend(), nil, "suspended"},
			{"2026-02-02", resume(), nil, "active"},
			{"2026-02-02", reset(), nil, "inactive"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			story(t, newMemory(t, tt.terms), status, tt.steps)
		})
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	end := moment("2026-03-23")
	for _, tt := range []struct {
		name    string
		terms   *license.Terms
		expires license.Time
		want    license.Time
	}{
		{"perpetual", withTerms(), 0, 0},
		{"perpetual_whatever_its_date", withTerms(), end, 0},
		{"perpetual_trial", withTerms(trial), end, end},
		{"time_limited", withTerms(lasting(license.TimeLimited, 1)), end, end},
		{"time_limited_not_started", withTerms(lasting(license.TimeLimited, 1)), 0, 0},
		{"grace", withTerms(lasting(license.Subscription, 1), grace(24)), end, moment("2026-03-24")},
		{"grace_without_an_end", withTerms(lasting(license.Subscription, 1), grace(24)), 0, 0},
		{"grace_beyond_all_time", withTerms(lasting(license.Subscription, 1), grace(24)), license.Forever, license.Forever},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := license.License{Terms: tt.terms, ExpiresAt: tt.expires}
			if got := l.Deadline(); got != tt.want {
				t.Errorf("Deadline() = %s, want %s", got, tt.want)
			}
			if tt.want == 0 && l.IsExpired(math.MaxInt64) {
				t.Error("expired without a deadline")
			}
			if tt.want != 0 && (l.IsExpired(tt.want-1) || !l.IsExpired(tt.want+1) && tt.want != license.Forever) {
				t.Errorf("IsExpired does not follow the deadline %s", tt.want)
			}
		})
	}
}

// When durations begin, and that a fixed date wins over them.
func TestStart(t *testing.T) {
	t.Parallel()
	fixed := moment("2026-06-01")
	basis := func(at license.StartsAt) *license.Terms {
		return withTerms(lasting(license.TimeLimited, 10), starting(at), places(2))
	}
	for _, tt := range []struct {
		name   string
		terms  *license.Terms
		status license.OrderStatus
		fixed  license.Time
		steps  []step
	}{
		{"issue", basis(license.StartsAtIssue), license.OrderCompleted, 0, []step{
			{"2026-01-02", suspend(), nil, "2026-01-11T00:00:00Z"}, {"2026-01-02", resume(), nil, ""},
			{"2026-01-05", activate("A"), nil, "2026-01-11T00:00:00Z"},
			{"2026-01-11", activate("B"), license.LicenseExpired, "2026-01-11T00:00:00Z"},
		}},
		{"issue_in_pending_order", basis(license.StartsAtIssue), license.OrderPending, 0, []step{
			{"2026-01-05", settle(license.OrderCompleted), nil, "2026-01-11T00:00:00Z"},
		}},
		{"order_completed", basis(license.StartsAtOrder), license.OrderCompleted, 0, []step{
			{"2026-01-05", activate("A"), nil, "2026-01-11T00:00:00Z"},
		}},
		{"order_pending", basis(license.StartsAtOrder), license.OrderPending, 0, []step{
			{"2026-01-05", activate("A"), license.OrderIncomplete, "never"},
			{"2026-02-01", settle(license.OrderCompleted), nil, "2026-02-11T00:00:00Z"},
			{"2026-02-05", activate("A"), nil, "2026-02-11T00:00:00Z"},
			{"2026-02-06", settle(license.OrderCompleted), nil, "2026-02-11T00:00:00Z"},
		}},
		{"first_use_by_activation", basis(license.StartsAtFirstUse), license.OrderCompleted, 0, []step{
			{"2026-05-01", resume(), nil, "never"},
			{"2026-05-01", activate("A"), nil, "2026-05-11T00:00:00Z"},
			{"2026-05-02", activate("B"), nil, "2026-05-11T00:00:00Z"},
			{"2026-05-03", deactivate("A"), nil, ""}, {"2026-05-04", activate("A"), nil, "2026-05-11T00:00:00Z"},
		}},
		{"first_use_by_redemption", basis(license.StartsAtFirstUse), license.OrderCompleted, 0, []step{
			{"2026-05-01", redeem("bob"), nil, "2026-05-11T00:00:00Z"},
			{"2026-05-02", activate("A"), nil, "2026-05-11T00:00:00Z"},
		}},
		{"first_use_not_by_order", basis(license.StartsAtFirstUse), license.OrderPending, 0, []step{
			{"2026-05-01", settle(license.OrderCompleted), nil, "never"},
		}},
		{"fixed_date_wins_at_issue", basis(license.StartsAtIssue), license.OrderCompleted, fixed, []step{
			{"2026-05-01", activate("A"), nil, "2026-06-01T00:00:00Z"},
		}},
		{"fixed_date_wins_at_order", basis(license.StartsAtOrder), license.OrderPending, fixed, []step{
			{"2026-05-01", settle(license.OrderCompleted), nil, "2026-06-01T00:00:00Z"},
		}},
		{"fixed_date_wins_at_first_use", basis(license.StartsAtFirstUse), license.OrderCompleted, fixed, []step{
			{"2026-05-01", activate("A"), nil, "2026-06-01T00:00:00Z"},
			{"2026-06-01", activate("B"), license.LicenseExpired, ""},
		}},
		{"fixed_date_holds_before_first_use", basis(license.StartsAtFirstUse), license.OrderCompleted, fixed, []step{
			{"2026-06-01", activate("A"), license.LicenseExpired, "2026-06-01T00:00:00Z"},
			{"2026-06-01", redeem("bob"), license.LicenseExpired, "2026-06-01T00:00:00Z"},
		}},
		{"LS-32", withTerms(lasting(license.Perpetual, 7), trial), license.OrderCompleted, 0, []step{
			{"2026-05-01 10:00", activate("A"), nil, "2026-05-08T10:00:00Z"},
		}},
		{"LS-32-preset-date-wins", withTerms(lasting(license.Perpetual, 7), trial), license.OrderCompleted, fixed, []step{
			{"2026-05-01 10:00", activate("A"), nil, "2026-06-01T00:00:00Z"},
		}},
		{"calendar_month", withTerms(func(t *license.Terms) {
			t.Type, t.Duration = license.TimeLimited, license.Span{Months: 1}
		}), license.OrderCompleted, 0, []step{
			{"2026-01-31 10:30", activate("A"), nil, "2026-02-28T10:30:00Z"},
		}},
		{"no_duration", withTerms(func(t *license.Terms) { t.Type = license.TimeLimited }), license.OrderCompleted, 0, []step{
			{"2026-05-01", activate("A"), nil, "never"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			story(t, issueInto(t, tt.status, tt.terms, tt.fixed), expiry, tt.steps)
		})
	}
}

// The maintenance window and the durations of features begin with the license.
func TestStartOfWindows(t *testing.T) {
	t.Parallel()
	terms := func(at license.StartsAt) *license.Terms {
		return withTerms(starting(at), func(t *license.Terms) {
			t.Maintained, t.Maintenance = true, license.Span{Months: 12}
			t.Features = []license.FeatureTerms{{Code: "pro", Duration: days(30)}, {Code: "lite"}}
		})
	}
	// The features begin with whatever begins the license: here a redemption, and a completed order.
	for name, m := range map[string]*memory{
		"P2.4-redemption":      newMemory(t, terms(license.StartsAtFirstUse)),
		"P2.4-order-completes": issueInto(t, license.OrderPending, terms(license.StartsAtOrder), 0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, m, status, []step{
				{"2026-02-01", settle(license.OrderCompleted), nil, "inactive"},
				{"2026-02-01", redeem("bob"), nil, "inactive"},
			})
			if got := m.grants["pro"].ExpiresAt; got != moment("2026-03-03") || m.license.MaintainedUntil != moment("2027-02-01") {
				t.Errorf("the feature ends %s, maintenance %s, want 2026-03-03 and 2027-02-01", got, m.license.MaintainedUntil)
			}
		})
	}
	for _, at := range []license.StartsAt{license.StartsAtIssue, license.StartsAtOrder, license.StartsAtFirstUse} {
		t.Run("P2.4-"+string(at), func(t *testing.T) {
			t.Parallel()
			m := newMemory(t, terms(at))
			began := moment("2026-01-01")
			if at == license.StartsAtFirstUse {
				began = moment("2026-02-01")
				if m.license.StartedAt != 0 || m.license.MaintainedUntil != 0 || len(m.grants) != 0 {
					t.Error("something began before the first use")
				}
			}
			story(t, m, status, []step{{"2026-02-01", activate("A"), nil, "active"}})
			if m.license.StartedAt != began || m.license.FirstUsedAt != moment("2026-02-01") {
				t.Errorf("started %s, first used %s, want %s and 2026-02-01", m.license.StartedAt, m.license.FirstUsedAt, began)
			}
			if want := (license.Span{Months: 12}).Add(began); m.license.MaintainedUntil != want {
				t.Errorf("maintained until %s, want %s", m.license.MaintainedUntil, want)
			}
			want := map[string]license.Grant{"pro": {License: m.grants["pro"].License, Feature: "pro", ExpiresAt: days(30).Add(began)}}
			if diff := cmp.Diff(want, m.grants); diff != "" {
				t.Errorf("grants differ (-want +got):\n%s", diff)
			}
		})
	}
}

// What began stays as it began: neither later devices nor later starts move it, and dates that were
// set by hand win over durations.
func TestStartOnce(t *testing.T) {
	t.Parallel()
	m := newMemory(t, withTerms(places(2), lasting(license.TimeLimited, 10), func(t *license.Terms) {
		t.Maintained, t.Maintenance = true, days(5)
	}))
	m.license.MaintainedUntil = moment("2026-12-24")
	story(t, m, expiry, []step{
		{"2026-02-01", activate("A"), nil, ""},
		{"2026-02-02", activate("B"), nil, ""}, {"2026-02-02", reset(), nil, ""}, {"2026-02-03", activate("B"), nil, "2026-02-11T00:00:00Z"},
	})
	if m.license.FirstUsedAt != moment("2026-02-01") || m.license.StartedAt != moment("2026-02-01") {
		t.Errorf("first used %s, started %s, want 2026-02-01 for both", m.license.FirstUsedAt, m.license.StartedAt)
	}
	if m.license.MaintainedUntil != moment("2026-12-24") {
		t.Errorf("maintained until %s, want the date set by hand, 2026-12-24", m.license.MaintainedUntil)
	}
}

// Maintenance ends updates, not use: it is held against the date of a release.
func TestMaintenance(t *testing.T) {
	t.Parallel()
	t.Run("P2.5-maintenance", func(t *testing.T) {
		t.Parallel()
		until := moment("2027-02-01")
		for _, tt := range []struct {
			name       string
			maintained bool
			until      license.Time
			released   license.Time
			want       bool
		}{
			{"before", true, until, until - 1, true},
			{"after", true, until, until, false},
			{"no_window", false, until, until + 1, true},
			{"not_started", true, 0, until, true},
		} {
			l := license.License{Terms: withTerms(func(t *license.Terms) { t.Maintained = tt.maintained }), MaintainedUntil: tt.until}
			if got := l.InMaintenance(tt.released); got != tt.want {
				t.Errorf("%s: InMaintenance(%s) = %t, want %t", tt.name, tt.released, got, tt.want)
			}
		}
		m := newMemory(t, withTerms(func(t *license.Terms) { t.Maintained, t.Maintenance = true, days(1) }))
		story(t, m, status, []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-03-01", check("A"), nil, "active"},
		})
	})
}

// A start date in the future stops new activations only.
func TestNotBefore(t *testing.T) {
	t.Parallel()
	m := newMemory(t, withTerms(places(2)))
	story(t, m, transfers, []step{{"2026-01-15", activate("A"), nil, ""}})
	m.license.NotBefore = moment("2026-02-01")
	story(t, m, transfers, []step{
		{"2026-01-31 23:59:59.999999", activate("B"), license.LicenseNotStarted, "0 transfers, 1 active"},
		{"2026-01-31 23:59:59.999999", activate("A"), nil, ""},
		{"2026-01-31 23:59:59.999999", check("A"), told{license.LicenseNotStarted}, ""},
		{"2026-01-31 23:59:59.999999", redeem("bob"), license.AlreadyRedeemed, ""},
		{"2026-02-01", activate("B"), nil, "0 transfers, 2 active"},
	})
}
