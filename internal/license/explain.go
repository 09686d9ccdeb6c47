package license

import (
	"fmt"
	"reflect"
	"strings"
)

// Outcome is what a rule says about an operation.
type Outcome string

const (
	RulePassed  Outcome = "passed"
	RuleTold    Outcome = "told"    // it is broken, and the operation goes on
	RuleRefused Outcome = "refused" // it is broken, and the operation is refused
)

// Step is one rule of a Trace.
type Step struct {
	Reason   Reason
	Rule     string // when it is broken, in the words of the rules table
	Outcome  Outcome
	Sentence string // what was found, with the numbers at hand
	Remedy   string // what would make it pass; "" for a rule that does
}

// Trace is how a decision comes about: every rule that concerns the operation, in the order in which they count. It is for the
// vendor's people: it tells more than a client may know.
type Trace struct {
	Op      Operation
	Verdict Verdict
	Steps   []Step
}

// Explain says how an operation would be decided, and changes nothing. Its Verdict is that of Judge.
func Explain(s *State, op Operation, c *Claim, now Time) Trace {
	f := newFacts(s, op, c, now)
	t := Trace{Op: op, Verdict: f.judge()}
	for i := range rules {
		r := &rules[i]
		if (r.Blocks|r.Tells)&op == 0 {
			continue
		}
		step := Step{Reason: r.Reason, Rule: r.When, Outcome: RulePassed}
		switch {
		case !t.Verdict.Has(r.Reason):
		case r.Blocks&op != 0:
			step.Outcome = RuleRefused
		default:
			step.Outcome = RuleTold
		}
		broken := step.Outcome != RulePassed
		step.Sentence, step.Remedy = explanations[r.Reason](f, broken)
		if !broken {
			step.Remedy = ""
		}
		t.Steps = append(t.Steps, step)
	}
	return t
}

// ExplainRequirement is Explain for what an app wants besides, as Require judges it.
func ExplainRequirement(s *State, q *Requirement, now Time) Trace {
	t := Trace{Op: OpCheck, Verdict: Require(s, q, now)}
	w := &wanted{State: *s, Requirement: *q, now: now}
	for _, r := range requirementRules {
		step := Step{Reason: r.Reason, Rule: r.When, Outcome: RulePassed}
		switch {
		case !t.Verdict.Has(r.Reason):
		case r.Tells:
			step.Outcome = RuleTold
		default:
			step.Outcome = RuleRefused
		}
		step.Sentence, step.Remedy = w.explain(r.Reason, step.Outcome != RulePassed)
		t.Steps = append(t.Steps, step)
	}
	return t
}

func (w *wanted) explain(r Reason, broken bool) (sentence, remedy string) {
	l := &w.License
	switch {
	case r == FeatureUnknown && broken:
		return fmt.Sprintf("The feature %q is wanted; the license has %s.", w.missing(), featureList(l.Terms)),
			fmt.Sprintf("Add the feature %q to the license or its policy.", w.missing())
	case r == FeatureUnknown:
		return fmt.Sprintf("%s wanted, and on the license.", countOf(int64(len(w.Features)), "feature is", "features are")), ""
	case r == FeatureExpired && broken:
		return fmt.Sprintf("The feature %q ended on %s.", w.over(), w.grant(w.over()).ExpiresAt),
			"Set a later end of the feature, or none."
	case r == FeatureExpired:
		return "No wanted feature is over.", ""
	case r == VersionUnknown && broken:
		return fmt.Sprintf("The product has no release of the version %q, so nobody can tell whether maintenance covers it.", w.Release),
			fmt.Sprintf("Add a release of the version %q to the product.", w.Release)
	case w.Release == "":
		return "The app does not say which version it is.", ""
	case !w.maintained():
		return "Every version may be used: maintenance has no end.", ""
	case w.Version == nil:
		return fmt.Sprintf("When the version %q was released is not known.", w.Release), ""
	case broken:
		return fmt.Sprintf("The version %q was released on %s; maintenance ended on %s.", w.Release, w.Version.ReleasedAt, l.MaintainedUntil),
			"Renew the maintenance, or use a version that was released before it ended."
	}
	return fmt.Sprintf("The version %q was released on %s; maintenance lasts until %s.", w.Release, w.Version.ReleasedAt, l.MaintainedUntil), ""
}

// Source says where a value of a license comes from.
type Source string

const (
	FromLicense Source = "license" // it was set for this license, or its policy has changed since
	FromPolicy  Source = "policy"  // its policy says so
	FromProduct Source = "product" // the default policy of its product says so
	FromDefault Source = "default" // nobody says otherwise
)

// Value is one of the terms of a license, and where it comes from.
type Value struct {
	Name   string // of the term, as in the JSON of Terms
	Value  any    // as it is in Terms
	Source Source
}

// Values returns every term of a license with its source: the first of the policy it was issued from, the default policy of its
// product, and DefaultTerms that says the same, else the license itself. policy and product may be nil.
func Values(l *License, policy, product *Terms) []Value {
	plain := DefaultTerms()
	terms := reflect.ValueOf(*l.Terms)
	var out []Value
	for i := range terms.NumField() {
		name, _, _ := strings.Cut(terms.Type().Field(i).Tag.Get("json"), ",")
		v := Value{Name: name, Value: terms.Field(i).Interface(), Source: FromLicense}
		for _, from := range []struct {
			terms  *Terms
			source Source
		}{{policy, FromPolicy}, {product, FromProduct}, {&plain, FromDefault}} {
			if from.terms != nil && sameValue(v.Value, reflect.ValueOf(*from.terms).Field(i).Interface()) {
				v.Source = from.source
				break
			}
		}
		out = append(out, v)
	}
	return out
}

// sameValue compares two values of a term; a list that is not there is an empty one.
func sameValue(a, b any) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if x.Kind() == reflect.Slice && x.Len() == 0 && y.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a, b)
}

// countOf writes "1 seat is" or "3 seats are".
func countOf(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// ofLimit writes "3 of 5 seats are", or "3 seats are" where there is no limit.
func ofLimit(n int64, limit Limit, one, many string) string {
	most, limited := limit.Max()
	if !limited {
		return countOf(n, one, many)
	}
	if most == 1 {
		many = one
	}
	return fmt.Sprintf("%d of %d %s", n, most, many)
}

// featureList writes the features of terms, or "no features".
func featureList(t *Terms) string {
	if len(t.Features) == 0 {
		return "no features"
	}
	codes := make([]string, len(t.Features))
	for i := range t.Features {
		codes[i] = fmt.Sprintf("%q", t.Features[i].Code)
	}
	return strings.Join(codes, ", ")
}
