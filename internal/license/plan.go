package license

// Plan is one of the fixed terms a store sells (contract rmz, 8). It is closed; its value is its
// key on the wire. The empty Plan is none: a lifetime license.
type Plan string

// The closed list of plans, shortest first. They are fixed numbers of days, not calendar months
// or years.
const (
	PlanMonthly      Plan = "monthly"      // 30 days
	PlanQuarterly    Plan = "quarterly"    // 90 days
	PlanSemiAnnual   Plan = "semiAnnual"   // 180 days
	PlanAnnually     Plan = "annually"     // 365 days
	PlanBiennial     Plan = "biennial"     // 730 days
	PlanQuinquennial Plan = "quinquennial" // 1825 days
	PlanDecennial    Plan = "decennial"    // 3650 days
)

type planRow struct {
	plan Plan
	days int64
}

// plans is the one place where a plan meets its length.
var plans = []planRow{
	{PlanMonthly, 30},
	{PlanQuarterly, 90},
	{PlanSemiAnnual, 180},
	{PlanAnnually, 365},
	{PlanBiennial, 730},
	{PlanQuinquennial, 1825},
	{PlanDecennial, 3650},
}

// Plans lists every Plan, shortest first.
func Plans() []Plan {
	out := make([]Plan, len(plans))
	for i, row := range plans {
		out[i] = row.plan
	}
	return out
}

// PlanByKey returns the plan of a key, letter case counting, and false where there is none.
func PlanByKey(key string) (Plan, bool) {
	if p := Plan(key); p.Days() > 0 {
		return p, true
	}
	return "", false
}

// Days returns the length of p in days; 0 for none.
func (p Plan) Days() int64 {
	for _, row := range plans {
		if row.plan == p {
			return row.days
		}
	}
	return 0
}

// Span returns the length of p; the zero Span for none.
func (p Plan) Span() Span { return Span{Seconds: p.Days() * secondsPerDay} }
