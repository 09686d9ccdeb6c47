package license_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"licet/internal/license"
)

// Whatever the state: the trace has the rules of the operation in their order, says what Judge says, and leaves nothing
// without words.
func TestExplainSaysWhatJudgeSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, c := drawState(t), drawClaim(t)
		s.Reserved = rapid.Int64Range(0, 3).Draw(t, "reserved")
		for _, op := range license.Operations() {
			got := license.Explain(s, op.Op, c, now)
			want := license.Judge(s, op.Op, c, now)
			if !slices.Equal(got.Verdict.Broken, want.Broken) || got.Verdict.OK() != want.OK() {
				t.Fatalf("Explain(%s) breaks %v, want %v", op.Name, got.Verdict.Broken, want.Broken)
			}
			var rules, said []license.Reason
			for _, r := range license.Rules() {
				if (r.Blocks|r.Tells)&op.Op != 0 {
					rules = append(rules, r.Reason)
				}
			}
			for _, step := range got.Steps {
				said = append(said, step.Reason)
				wantStep(t, step, want)
			}
			if diff := cmp.Diff(rules, said); diff != "" {
				t.Fatalf("the steps of %s are not its rules (-want +got):\n%s", op.Name, diff)
			}
		}
	})
}

func wantStep(t *rapid.T, step license.Step, v license.Verdict) {
	if passed := step.Outcome == license.RulePassed; passed == v.Has(step.Reason) || passed != (step.Remedy == "") {
		t.Fatalf("%s is %s with the remedy %q", step.Reason, step.Outcome, step.Remedy)
	}
	if !strings.HasSuffix(step.Sentence, ".") || step.Remedy != "" && !strings.HasSuffix(step.Remedy, ".") || step.Rule == "" {
		t.Fatalf("%s says %q and advises %q", step.Reason, step.Sentence, step.Remedy)
	}
}

// stepOf returns the step of a rule.
func stepOf(t *testing.T, tr license.Trace, r license.Reason) license.Step {
	t.Helper()
	for _, step := range tr.Steps {
		if step.Reason == r {
			return step
		}
	}
	t.Fatalf("no step %s", r)
	return license.Step{}
}

func TestExplainNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		op       license.Operation
		reason   license.Reason
		edit     func(*license.State, *license.Claim)
		outcome  license.Outcome
		sentence string
		remedy   string
	}{
		{"devices", license.OpActivate, license.DeviceLimit, func(s *license.State, _ *license.Claim) { s.License.Activated = 2 },
			license.RuleRefused, "2 of 2 activations are taken.", "Free one of the devices, or allow 3 activations."},
		{"devices_left", license.OpActivate, license.DeviceLimit, nil, license.RulePassed, "1 of 2 activations are taken.", ""},
		{"expired", license.OpCheck, license.LicenseExpired, func(s *license.State, _ *license.Claim) { s.License.ExpiresAt = moment("2026-03-01") },
			license.RuleTold, "The license ended on 2026-03-01T00:00:00Z.", "Extend or renew the license."},
		{"not_expired", license.OpCheck, license.LicenseExpired, func(s *license.State, _ *license.Claim) { s.License.ExpiresAt = moment("2026-04-01") },
			license.RulePassed, "The license ends on 2026-04-01T00:00:00Z.", ""},
		{"seats", license.OpLease, license.SeatLimit, func(s *license.State, _ *license.Claim) { s.SeatsTaken = 2 },
			license.RuleRefused, "Others hold 2 of 2 seats.", "Wait until a seat is given back or its time is over, or allow 3 seats."},
		{"units", license.OpConsume, license.UsageLimit, func(s *license.State, c *license.Claim) { s.License.Used, s.Reserved, c.Amount = 3, 1, 2 },
			license.RuleRefused, "3 of 5 units are used; 1 is reserved; 2 are asked for.", "Allow 6 units in all, settle what is reserved, or ask for 1 at most."},
		{"feature", license.OpCheck, license.FeatureUnknown, func(_ *license.State, c *license.Claim) { c.Feature = "max" },
			license.RuleRefused, `The feature "max" is claimed; the license has "pro".`, `Add the feature "max" to the license or its policy.`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, c := goodState(tt.op)
			if tt.op == license.OpActivate {
				s.License.Activated = 1
			}
			if tt.edit != nil {
				tt.edit(s, c)
			}
			got := stepOf(t, license.Explain(s, tt.op, c, now), tt.reason)
			if got.Outcome != tt.outcome || got.Sentence != tt.sentence || got.Remedy != tt.remedy {
				t.Errorf("%s is %s: %q, %q; want %s: %q, %q", tt.reason, got.Outcome, got.Sentence, got.Remedy, tt.outcome, tt.sentence, tt.remedy)
			}
		})
	}
}

// Every term has a value, under the name it has in JSON.
func TestValuesNameEveryTerm(t *testing.T) {
	t.Parallel()
	terms := withTerms()
	var got, want []string
	for _, v := range license.Values(&license.License{Terms: terms}, nil, nil) {
		got = append(got, v.Name)
		if v.Source != license.FromDefault {
			t.Errorf("%s of default terms is from %s, want default", v.Name, v.Source)
		}
	}
	kind := reflect.TypeFor[license.Terms]()
	for i := range kind.NumField() {
		name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
		want = append(want, name)
	}
	if diff := cmp.Diff(want, got); diff != "" || slices.Contains(got, "") {
		t.Errorf("Values (-want +got):\n%s", diff)
	}
}

func TestValuesSource(t *testing.T) {
	t.Parallel()
	policy := withTerms(func(t *license.Terms) { t.Activations, t.Level = license.AtMost(3), 2 })
	product := withTerms(func(t *license.Terms) { t.Transfers = license.AtMost(7) })
	mine := withTerms(func(t *license.Terms) {
		t.Activations, t.Level, t.Transfers, t.Features = license.AtMost(3), 4, license.AtMost(7), []license.FeatureTerms{}
	})
	from := map[string]license.Source{}
	for _, v := range license.Values(&license.License{Terms: mine}, policy, product) {
		from[v.Name] = v.Source
	}
	for name, want := range map[string]license.Source{
		"activations": license.FromPolicy, "level": license.FromLicense, "transfers": license.FromProduct,
		"features": license.FromPolicy, "lock": license.FromPolicy,
	} {
		if from[name] != want {
			t.Errorf("%s is from %s, want %s", name, from[name], want)
		}
	}
}
