package license_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"licet/internal/license"
)

func metered(u license.UsageTerms) *license.Terms {
	return withTerms(func(t *license.Terms) { t.Type, t.Usage = license.Consumption, &u })
}

func TestUsage(t *testing.T) {
	t.Parallel()
	const day = "2026-02-01"
	for _, tt := range []struct {
		name  string
		terms *license.Terms
		steps []step
	}{
		{"LS-33", metered(license.UsageTerms{Max: license.AtMost(5)}), []step{
			{day, activate("A"), nil, "0 used"},
			{day, consume("A", "", 3), nil, "3 used"},
			{day, consume("A", "", 3), license.UsageLimit, "3 used"},
			{day, consume("A", "", 2), nil, "5 used"},
			{day, consume("A", "", 1), license.UsageLimit, "5 used"},
		}},
		{"LS-33-overage", metered(license.UsageTerms{Max: license.AtMost(5), Overage: license.AtMost(2)}), []step{
			{day, activate("A"), nil, ""},
			{day, consume("A", "", 3), nil, ""},
			{day, consume("A", "", 3), nil, "6 used"},
			{day, consume("A", "", 2), license.UsageLimit, "6 used"},
			{day, consume("A", "", 1), nil, "7 used"},
		}},
		{"LS-34", metered(license.UsageTerms{Max: license.AtMost(5)}), []step{
			{day, activate("A"), nil, ""},
			{day, consume("A", "", -1), license.UsageNegative, "0 used"},
		}},
		{"LS-34-perpetual", withTerms(), []step{
			{day, activate("A"), nil, ""},
			{day, consume("A", "", 1), license.UsageNotMetered, "0 used"},
			{day, consume("A", "", -1), license.UsageNotMetered, "0 used"},
		}},
		{"negative_gives_back", metered(license.UsageTerms{Max: license.AtMost(5), Negative: true}), []step{
			{day, activate("A"), nil, ""},
			{day, consume("A", "", 5), nil, ""},
			{day, consume("A", "", -2), nil, "3 used"},
			{day, consume("A", "", -4), nil, "-1 used"},
			{day, consume("A", "", 7), license.UsageLimit, "-1 used"},
			{day, consume("A", "", 6), nil, "5 used"},
		}},
		{"giving_back_over_the_limit_is_no_refusal", metered(license.UsageTerms{Max: license.AtMost(5), Negative: true}), []step{
			{day, activate("A"), nil, ""},
			{day, byVendor("lower", func(m *memory, _ license.Time) (license.Change, error) {
				m.license.Used = 9
				return license.Change{}, nil
			}), nil, "9 used"},
			{day, consume("A", "", -1), nil, "8 used"},
		}},
		{"unlimited", metered(license.UsageTerms{Max: license.Unlimited}), []step{
			{day, activate("A"), nil, ""},
			{day, consume("A", "", 1_000_000_000_000), nil, "1000000000000 used"},
		}},
		{"none", metered(license.UsageTerms{}), []step{
			{day, activate("A"), nil, ""},
			{day, consume("A", "", 1), license.UsageLimit, "0 used"},
		}},
		{"needs_an_activated_device", metered(license.UsageTerms{Max: license.AtMost(5)}), []step{
			{day, consume("A", "", 1), license.LicenseNotActive, "0 used"},
			{day, activate("B"), nil, ""},
			{day, consume("A", "", 1), license.DeviceUnknown, "0 used"},
		}},
		{"amounts_that_are_none", metered(license.UsageTerms{Max: license.Unlimited, Negative: true}), []step{
			{day, activate("A"), nil, ""},
			{day, consume("A", "", 0), license.Invalid, "0 used"},
			{day, consume("A", "", license.MaxID+1), license.Invalid, "0 used"},
			{day, consume("A", "", -license.MaxID-1), license.Invalid, "0 used"},
		}},
		// A counter that every wire can carry never runs over, in either direction.
		{"counter_stays_a_number", metered(license.UsageTerms{Max: license.Unlimited, Negative: true}), []step{
			{day, activate("A"), nil, ""},
			{day, consume("A", "", license.MaxID), nil, "9007199254740991 used"},
			{day, consume("A", "", 1), license.UsageLimit, "9007199254740991 used"},
			{day, consume("A", "", -license.MaxID), nil, "0 used"},
			{day, consume("A", "", -license.MaxID), nil, "-9007199254740991 used"},
			{day, consume("A", "", -1), license.Invalid, "-9007199254740991 used"},
		}},
		{"expired_goes_on", withTerms(func(t *license.Terms) {
			t.Type, t.Duration, t.Usage = license.Consumption, days(1), &license.UsageTerms{Max: license.AtMost(5)}
		}), []step{
			{day, activate("A"), nil, ""},
			{"2026-02-03", consume("A", "", 1), nil, "1 used"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			story(t, newMemory(t, tt.terms), used, tt.steps)
		})
	}
}

// The periods of platform contract 2.5 begin at 00:00 UTC, without any job.
func TestUsageResets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		reset       license.Period
		first       string // when everything is used up
		last, fresh string // the last microsecond of the period, and the first of the next
	}{
		{"P2.5-daily", license.Daily, "2026-03-23 09:30", "2026-03-23 23:59:59.999999", "2026-03-24"},
		{"P2.5-weekly", license.Weekly, "2026-03-25 09:30", "2026-03-29 23:59:59.999999", "2026-03-30"}, // a Monday
		{"P2.5-weekly-on-monday", license.Weekly, "2026-03-23", "2026-03-29 23:59:59.999999", "2026-03-30"},
		{"P2.5-weekly-on-sunday", license.Weekly, "2026-03-29 23:00", "2026-03-29 23:59:59.999999", "2026-03-30"},
		{"P2.5-weekly-over-new-year", license.Weekly, "2025-12-29", "2026-01-04 23:59:59.999999", "2026-01-05"},
		{"P2.5-monthly", license.Monthly, "2026-02-01", "2026-02-28 23:59:59.999999", "2026-03-01"},
		{"P2.5-monthly-in-leap-year", license.Monthly, "2028-02-01 00:00:00.000001", "2028-02-29 23:59:59.999999", "2028-03-01"},
		{"P2.5-yearly", license.Yearly, "2026-07-01", "2026-12-31 23:59:59.999999", "2027-01-01"},
		{"P2.5-never", license.NoReset, "2026-01-02", "2099-12-31", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory(t, metered(license.UsageTerms{Max: license.AtMost(5), Reset: tt.reset}))
			story(t, m, used, []step{
				{tt.first, activate("A"), nil, "0 used"},
				{tt.first, consume("A", "", 5), nil, "5 used"},
				{tt.last, consume("A", "", 1), license.UsageLimit, "5 used"},
			})
			if tt.fresh == "" {
				return
			}
			if got := m.license.UsedAt(moment(tt.fresh)); got != 0 {
				t.Errorf("UsedAt(%s) = %d, want 0 before anybody asks", tt.fresh, got)
			}
			story(t, m, used, []step{
				{tt.fresh, consume("A", "", 6), license.UsageLimit, "0 used"},
				{tt.fresh, consume("A", "", 4), nil, "4 used"},
			})
			if got := license.PeriodStart(tt.reset, moment(tt.last)); got >= moment(tt.first)+1 {
				t.Errorf("PeriodStart(%s) = %s, want no later than %s", tt.last, got, tt.first)
			}
			if got := license.PeriodStart(tt.reset, moment(tt.fresh)); got != moment(tt.fresh) {
				t.Errorf("PeriodStart(%s) = %s, want itself", tt.fresh, got)
			}
		})
	}
}

// A clock that is set back over the start of a period, or a second server whose clock is behind,
// gives nobody a second allowance.
func TestUsageSurvivesClockJumps(t *testing.T) {
	t.Parallel()
	m := newMemory(t, metered(license.UsageTerms{Max: license.AtMost(5), Reset: license.Monthly}))
	story(t, m, used, []step{
		{"2026-02-27", activate("A"), nil, ""},
		{"2026-03-01 00:01", consume("A", "", 4), nil, "4 used"},
		{"2026-02-28 23:59", consume("A", "", 1), nil, "5 used"},
		{"2026-02-28 23:59", consume("A", "", 1), license.UsageLimit, "5 used"},
		{"2026-03-01 00:02", consume("A", "", 1), license.UsageLimit, "5 used"},
		{"2026-04-01", consume("A", "", 1), nil, "1 used"},
	})

	terms := withTerms(func(t *license.Terms) {
		t.Features = []license.FeatureTerms{{Code: "pro", Usage: &license.UsageTerms{Max: license.AtMost(5), Reset: license.Daily}}}
	})
	story(t, newMemory(t, terms), used, []step{
		{"2026-02-27", activate("A"), nil, ""},
		{"2026-03-01 00:01", consume("A", "pro", 4), nil, ""},
		{"2026-02-28 23:59", consume("A", "pro", 1), nil, ""},
		{"2026-03-01 00:02", consume("A", "pro", 1), license.UsageLimit, ""},
		{"2026-03-02", consume("A", "pro", 5), nil, ""},
	})
}

func TestFeatureUsage(t *testing.T) {
	t.Parallel()
	terms := metered(license.UsageTerms{Max: license.AtMost(2)})
	terms.Features = []license.FeatureTerms{
		{Code: "pro", Duration: days(60), Usage: &license.UsageTerms{Max: license.AtMost(3), Reset: license.Daily}},
		{Code: "lite"},
		{Code: "plus", Usage: &license.UsageTerms{Max: license.AtMost(3), Reset: license.Daily}},
	}
	m := newMemory(t, terms)
	story(t, m, used, []step{
		{"2026-02-01", activate("A"), nil, ""},
		{"2026-02-01", consume("A", "", 2), nil, "2 used"},
		{"2026-02-01", consume("A", "pro", 3), nil, "2 used"}, // a meter of its own
		{"2026-02-01", consume("A", "pro", 1), license.UsageLimit, ""},
		{"2026-02-01", consume("A", "pro", -1), license.UsageNegative, ""},
		{"2026-02-01", consume("A", "lite", 1), license.UsageNotMetered, ""},
		{"2026-02-01", consume("A", "max", 1), license.FeatureUnknown, ""},
		{"2026-02-02", consume("A", "pro", 2), nil, "2 used"}, // a day later
		{"2026-02-02", consume("A", "plus", 2), nil, ""},
		{"2026-02-02", consume("A", "plus", 2), license.UsageLimit, ""},
		{"2026-02-02", consume("A", "plus", 1), nil, ""},
		{"2026-02-01 23:59", consume("A", "plus", 1), license.UsageLimit, ""},
		{"2026-04-01 23:59", consume("A", "pro", 1), nil, ""},
		{"2026-04-02", consume("A", "pro", 1), license.FeatureExpired, ""},
		{"2026-04-02", check("A"), nil, "2 used"}, // of the license itself
	})
	want := license.Grant{License: 5, Feature: "pro", ExpiresAt: moment("2026-04-02"), Used: 1, UsedSince: moment("2026-04-01 23:59")}
	if diff := cmp.Diff(want, m.grants["pro"]); diff != "" {
		t.Errorf("the grant differs (-want +got):\n%s", diff)
	}
}

func TestConsumeChange(t *testing.T) {
	t.Parallel()
	s, c := goodState(license.OpConsume)
	s.License.Used, c.Amount = 2, 3
	got, err := license.Consume(s, c, now)
	if err != nil {
		t.Fatalf("Consume = %s, want ok", outcome(err))
	}
	want := license.Change{License: s.License, Device: s.Device, Events: []license.Event{{
		Kind: license.UsageRecorded, License: 5, Subject: 11, Data: map[string]any{"feature": "", "amount": int64(3), "total": int64(5)},
	}}}
	want.License.Used, want.License.UsedSince = 5, now
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Consume differs (-want +got):\n%s", diff)
	}
	for _, amount := range []int64{license.MaxID, 1<<63 - 1} {
		c.Amount = amount
		if v := license.Judge(s, license.OpConsume, c, now); !v.Has(license.UsageLimit) {
			t.Errorf("Judge(consume, %d) = %v, want usage_limit", amount, v.Err())
		}
	}
	c.Amount = 0
	if _, err := license.Consume(s, c, now); !errors.Is(err, license.Invalid) {
		t.Errorf("Consume(0) = %s, want invalid", outcome(err))
	}
}

// A period begins at 00:00 UTC, not after the moment it is asked for, and holds until the next one.
func TestPeriodStartProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := license.Time(rapid.Int64Range(1, 4e15).Draw(t, "at"))
		for _, p := range []license.Period{license.Daily, license.Weekly, license.Monthly, license.Yearly} {
			start := license.PeriodStart(p, at)
			if start > at || start != start.Day() {
				t.Fatalf("PeriodStart(%s, %s) = %s, want a midnight not later", p, at, start)
			}
			if again := license.PeriodStart(p, start); start > 0 && again != start {
				t.Fatalf("PeriodStart(%s, %s) = %s, want the same for its own start", p, start, again)
			}
			if start > 0 && license.PeriodStart(p, start-1) >= start {
				t.Fatalf("the moment before %s is in the same %s period", start, p)
			}
		}
		if start := license.PeriodStart(license.NoReset, at); start != 0 {
			t.Fatalf("PeriodStart(never, %s) = %s, want never", at, start)
		}
	})
}
