package license_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

func TestPlans(t *testing.T) {
	t.Parallel()

	// The table of contract rmz, 8.
	t.Run("R30-plan-days", func(t *testing.T) {
		t.Parallel()
		start := momentOf(t, "2026-03-23 12:00:00")
		rows := []struct {
			key  string
			days int64
			end  string
		}{
			{"monthly", 30, "2026-04-22 12:00:00"},
			{"quarterly", 90, "2026-06-21 12:00:00"},
			{"semiAnnual", 180, "2026-09-19 12:00:00"},
			{"annually", 365, "2027-03-23 12:00:00"},
			{"biennial", 730, "2028-03-22 12:00:00"},
			{"quinquennial", 1825, "2031-03-22 12:00:00"},
			{"decennial", 3650, "2036-03-20 12:00:00"},
		}
		var order []license.Plan
		for _, row := range rows {
			plan, ok := license.PlanByKey(row.key)
			if !ok || string(plan) != row.key || plan.Days() != row.days {
				t.Errorf("PlanByKey(%q) = %q of %d days, %t, want %d days", row.key, plan, plan.Days(), ok, row.days)
			}
			if got := plan.Span().Add(start).UTC().Format(time.DateTime); got != row.end {
				t.Errorf("%s from 2026-03-23 12:00:00 ends %s, want %s", plan, got, row.end)
			}
			if err := plan.Span().Validate(); err != nil {
				t.Errorf("%s: %v", plan, err)
			}
			order = append(order, plan)
		}
		if diff := cmp.Diff(order, license.Plans()); diff != "" {
			t.Errorf("Plans() differs from the table (-want +got):\n%s", diff)
		}
	})

	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		for _, key := range []string{"", "Monthly", "semiannual", "lifetime", "monthly "} {
			if got, ok := license.PlanByKey(key); ok || got != "" {
				t.Errorf("PlanByKey(%q) = %q, %t, want none", key, got, ok)
			}
		}
		if s := license.Plan("").Span(); !s.IsZero() {
			t.Errorf("no plan: Span() = %+v, want zero", s)
		}
	})
}
