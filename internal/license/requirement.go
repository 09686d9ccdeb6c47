package license

import "slices"

// Requirement is what an app wants of a license besides that its device may run.
type Requirement struct {
	Release  string   // the version that the app says it is; "" is not said
	Version  *Version // the release of that name; nil where the product has none, or nothing is said
	Features []string // codes that must be on the license and have time left
	Grants   []Grant  // what the license has used of its features
}

// RequirementRule is a rule about a Requirement. One that tells is no refusal.
type RequirementRule struct {
	Reason Reason
	When   string // the predicate in words, for docs/rules.md
	Tells  bool
	broken func(*wanted) bool
}

// wanted is what such a rule looks at.
type wanted struct {
	State
	Requirement
	now Time
}

// RequirementRules is the table of what an app may ask for besides, in the order of refusal.
func RequirementRules() []RequirementRule { return slices.Clone(requirementRules) }

var requirementRules = []RequirementRule{
	{FeatureUnknown, "a wanted feature is not on the license", false, (*wanted).featureMissing},
	{FeatureExpired, "a wanted feature's expiry has passed", false, (*wanted).featureOver},
	{VersionUnknown, "maintenance ends some day, and the product has no release of the version", true, (*wanted).releaseUnknown},
	{MaintenanceExpired, "the version was released after maintenance ended", false, (*wanted).releasedTooLate},
}

// Require judges what an app wants besides what Check says; [Verdict.And] joins both. It never changes anything.
func Require(s *State, q *Requirement, now Time) Verdict {
	var v Verdict
	w := &wanted{State: *s, Requirement: *q, now: now}
	for i := range requirementRules {
		if r := &requirementRules[i]; r.broken(w) {
			v.Broken = append(v.Broken, r.Reason)
			if v.refused == "" && !r.Tells {
				v.refused = r.Reason
			}
		}
	}
	return v
}

// And returns what both verdicts say, v first.
func (v Verdict) And(also Verdict) Verdict {
	out := Verdict{Broken: slices.Clone(v.Broken), refused: v.refused}
	if out.refused == "" {
		out.refused = also.refused
	}
	for _, r := range also.Broken {
		if !out.Has(r) {
			out.Broken = append(out.Broken, r)
		}
	}
	return out
}

// Stops returns why an app may not run, or nothing more may be used, in a dialect that gives one answer: the first broken rule
// that refuses, or tells that the license or the claimed feature has not begun or is over; "" where nothing stops it. A product
// that is not sold any more stops nobody who runs already.
func (v Verdict) Stops() Reason {
	for _, r := range v.Broken {
		if r == v.refused {
			return r
		}
		switch r {
		case LicenseNotStarted, TrialExpired, LicenseExpired, FeatureExpired:
			return r
		default:
		}
	}
	return ""
}

func (w *wanted) featureMissing() bool { return w.missing() != "" }
func (w *wanted) featureOver() bool    { return w.over() != "" }

// missing returns the first wanted feature that is not on the license.
func (w *wanted) missing() string {
	return w.first(func(code string) bool { return w.License.Terms.Feature(code) == nil })
}

// over returns the first wanted feature that has no time left.
func (w *wanted) over() string {
	return w.first(func(code string) bool { return w.grant(code).IsExpired(w.now) })
}

func (w *wanted) first(is func(string) bool) string {
	if i := slices.IndexFunc(w.Features, is); i >= 0 {
		return w.Features[i]
	}
	return ""
}

func (w *wanted) grant(code string) *Grant {
	if i := slices.IndexFunc(w.Grants, func(g Grant) bool { return g.Feature == code }); i >= 0 {
		return &w.Grants[i]
	}
	return nil
}

// maintained reports whether it matters when a release came out.
func (w *wanted) maintained() bool {
	return w.License.Terms.Maintained && w.License.MaintainedUntil != 0
}

func (w *wanted) releaseUnknown() bool { return w.maintained() && w.Release != "" && w.Version == nil }

// A release of the very last moment still counts, as it does for updates.
func (w *wanted) releasedTooLate() bool {
	return w.maintained() && w.Version != nil && w.Version.ReleasedAt > w.License.MaintainedUntil
}
