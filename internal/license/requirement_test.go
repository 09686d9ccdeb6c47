package license_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"licet/internal/license"
)

func TestRequire(t *testing.T) {
	t.Parallel()
	end := moment("2026-03-01")
	maintained := func(s *license.State) {
		terms := *s.License.Terms
		terms.Maintained = true
		s.License.Terms, s.License.MaintainedUntil = &terms, end
	}
	released := func(at license.Time) license.Requirement {
		return license.Requirement{Release: "2.0", Version: &license.Version{Version: "2.0", ReleasedAt: at}}
	}
	for _, tt := range []struct {
		name   string
		edit   func(*license.State)
		wanted license.Requirement
		broken []license.Reason
		ok     bool
	}{
		{"nothing", nil, license.Requirement{}, nil, true},
		{"a_feature", nil, license.Requirement{Features: []string{"pro"}}, nil, true},
		{"a_feature_that_lasts", nil, license.Requirement{Features: []string{"pro"}, Grants: []license.Grant{{Feature: "pro", ExpiresAt: now + 1}}}, nil, true},
		{"no_such_feature", nil, license.Requirement{Features: []string{"pro", "max"}}, []license.Reason{license.FeatureUnknown}, false},
		{"a_feature_that_is_over", nil, license.Requirement{Features: []string{"pro"}, Grants: []license.Grant{{Feature: "pro", ExpiresAt: now}}},
			[]license.Reason{license.FeatureExpired}, false},
		{"a_release_in_time", maintained, released(end - 1), nil, true},
		{"a_release_of_the_last_moment", maintained, released(end), nil, true},
		{"a_release_too_late", maintained, released(end + 1), []license.Reason{license.MaintenanceExpired}, false},
		{"a_release_without_maintenance", nil, released(end + 1), nil, true},
		{"an_unknown_release", maintained, license.Requirement{Release: "9"}, []license.Reason{license.VersionUnknown}, true},
		{"an_unknown_release_without_maintenance", nil, license.Requirement{Release: "9"}, nil, true},
		{"both", maintained, license.Requirement{Features: []string{"max"}, Release: "2.0", Version: &license.Version{ReleasedAt: end + 1}},
			[]license.Reason{license.FeatureUnknown, license.MaintenanceExpired}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, _ := goodState(license.OpCheck)
			if tt.edit != nil {
				tt.edit(s)
			}
			v := license.Require(s, &tt.wanted, now)
			if !slices.Equal(v.Broken, tt.broken) || v.OK() != tt.ok {
				t.Errorf("Require = %v, %t; want %v, %t", v.Broken, v.OK(), tt.broken, tt.ok)
			}
			trace := license.ExplainRequirement(s, &tt.wanted, now)
			if len(trace.Steps) != len(license.RequirementRules()) || !slices.Equal(trace.Verdict.Broken, v.Broken) {
				t.Errorf("ExplainRequirement has %d steps and breaks %v", len(trace.Steps), trace.Verdict.Broken)
			}
			for _, step := range trace.Steps {
				if passed := step.Outcome == license.RulePassed; passed == v.Has(step.Reason) || passed != (step.Remedy == "") || !strings.HasSuffix(step.Sentence, ".") {
					t.Errorf("%s is %s: %q, %q", step.Reason, step.Outcome, step.Sentence, step.Remedy)
				}
			}
		})
	}
}

// One answer: what stops an app is the first broken rule that refuses, or says that the license has no time.
func TestStops(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		edit func(*license.State, *license.Claim)
		want license.Reason
	}{
		{"nothing", func(*license.State, *license.Claim) {}, ""},
		{"expired", func(s *license.State, _ *license.Claim) { s.License.ExpiresAt = now }, license.LicenseExpired},
		{"not_started", func(s *license.State, _ *license.Claim) { s.License.NotBefore = now + 1 }, license.LicenseNotStarted},
		{"product_disabled", func(s *license.State, _ *license.Claim) { s.Product.Disabled = true }, ""},
		{"product_archived_and_device_blocked", func(s *license.State, _ *license.Claim) { s.Product.Archived, s.Device.Blocked = true, true }, license.DeviceBlocked},
		{"expired_and_unknown", func(s *license.State, _ *license.Claim) { s.License.ExpiresAt, s.Device = now, nil }, license.LicenseExpired},
		{"feature_over", func(s *license.State, c *license.Claim) {
			c.Feature, s.Grant = "pro", &license.Grant{Feature: "pro", ExpiresAt: now}
		}, license.FeatureExpired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, c := goodState(license.OpCheck)
			tt.edit(s, c)
			if got := license.Check(s, c, now).Stops(); got != tt.want {
				t.Errorf("Stops() = %q, want %q", got, tt.want)
			}
		})
	}
}

// Two verdicts together refuse what either refuses, the first one first.
func TestVerdictsTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, c := drawState(t), drawClaim(t)
		q := license.Requirement{Features: []string{rapid.SampledFrom([]string{"pro", "max"}).Draw(t, "wanted")}}
		a, b := license.Check(s, c, now), license.Require(s, &q, now)
		both := a.And(b)
		if both.OK() != (a.OK() && b.OK()) || !a.OK() && license.ReasonOf(both.Err()) != license.ReasonOf(a.Err()) {
			t.Fatalf("%v and %v is %v", a, b, both)
		}
		for _, r := range slices.Concat(a.Broken, b.Broken) {
			if !both.Has(r) {
				t.Fatalf("%v and %v lacks %s", a, b, r)
			}
		}
	})
}
