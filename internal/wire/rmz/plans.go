package rmz

import "licet/internal/license"

// label returns the Arabic name of a plan, exactly as RMZ spells it (§8): "اشهر" without a hamza in
// one place, "أشهر" with it in the other. "" is no plan.
func label(p license.Plan) string {
	switch p {
	case license.PlanMonthly:
		return "شهر"
	case license.PlanQuarterly:
		return "٣ اشهر"
	case license.PlanSemiAnnual:
		return "٦ أشهر"
	case license.PlanAnnually:
		return "سنه"
	case license.PlanBiennial:
		return "سنتين"
	case license.PlanQuinquennial:
		return "٥ سنوات"
	case license.PlanDecennial:
		return "١٠ سنوات"
	}
	return ""
}
