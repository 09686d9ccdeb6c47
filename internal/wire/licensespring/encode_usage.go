package licensespring

import (
	"licet/internal/canonjson"
	"licet/internal/license"
)

// mayPass returns allow_overages and max_overages: whether a meter may be passed, and by how much.
func mayPass(u *license.UsageTerms) (bool, int64) {
	if u == nil {
		return false, 0
	}
	most, limited := u.Overage.Max()
	if !limited {
		most = license.MaxID // There is no word for "any": a client that counts by itself must get a number.
	}
	return most > 0, most
}

// writeOverages writes allow_overages and max_overages.
func writeOverages(w *canonjson.Writer, u *license.UsageTerms) {
	allowed, most := mayPass(u)
	w.Key("allow_overages").Bool(allowed)
	w.Key("max_overages").Int(most)
}

// writeMeter writes the consumption block (§7.1) but for overages. maxName is how the answer calls the limit: the
// contract has max_consumption and max_consumptions.
func writeMeter(w *canonjson.Writer, maxName string, u *license.UsageTerms, used int64) {
	w.Key(maxName).Int(numberOf(u.Max))
	w.Key("total_consumptions").Int(used)
	w.Key("allow_unlimited_consumptions").Bool(unlimited(u.Max))
	w.Key("allow_negative_consumptions").Bool(u.Negative)
	writeReset(w, u)
}

// writeReset writes when a meter starts again; u may be nil.
func writeReset(w *canonjson.Writer, u *license.UsageTerms) {
	period := license.NoReset
	if u != nil {
		period = u.Reset
	}
	w.Key("reset_consumption").Bool(period != license.NoReset)
	w.Key("consumption_period")
	writeText(w, string(period))
}

// grantOf returns what is stored about a feature of a license; nil for nothing yet.
func grantOf(list []license.Grant, code string) *license.Grant {
	for i := range list {
		if list[i].Feature == code {
			return &list[i]
		}
	}
	return nil
}

// usedOf returns the units of a feature that were used in the period that holds now. A grant is counted as a license
// of its own would be.
func usedOf(f *license.FeatureTerms, g *license.Grant, now license.Time) int64 {
	if g == nil || f.Usage == nil {
		return 0
	}
	terms := license.Terms{Usage: f.Usage}
	l := license.License{Terms: &terms, Used: g.Used, UsedSince: g.UsedSince}
	return l.UsedAt(now)
}

// expiryOf returns when a feature ends; 0 is never.
func expiryOf(g *license.Grant) license.Time {
	if g == nil {
		return 0
	}
	return g.ExpiresAt
}

// featureType is "consumption" for a feature with a meter.
func featureType(f *license.FeatureTerms) string {
	if f.Usage != nil {
		return "consumption"
	}
	return "activation"
}

// featureName is what people call a feature.
func featureName(f *license.FeatureTerms) string {
	if f.Name != "" {
		return f.Name
	}
	return f.Code
}

// writeFeatures writes product_features (§6). An expired feature is left out unless expired is true.
func writeFeatures(w *canonjson.Writer, l *license.License, grants []license.Grant, expired bool, now license.Time) {
	w.Array()
	for i := range l.Terms.Features {
		f := &l.Terms.Features[i]
		g := grantOf(grants, f.Code)
		if !expired && g.IsExpired(now) {
			continue
		}
		w.Object()
		w.Key("id").Int(featureID(int64(l.ID), f.Code))
		w.Key("code").String(f.Code)
		w.Key("name").String(featureName(f))
		w.Key("feature_type").String(featureType(f))
		w.Key("expiry_date")
		writeTime(w, expiryOf(g))
		w.Key("metadata")
		writeMetadata(w, f.Metadata)
		writeFeatureFloating(w, f.Floating)
		if f.Usage != nil {
			writeMeter(w, "max_consumption", f.Usage, usedOf(f, g, now))
			writeOverages(w, f.Usage)
		}
		w.End()
	}
	w.End()
}

// writeFeatureFloating writes whether a feature has floating seats, and how they are lent.
func writeFeatureFloating(w *canonjson.Writer, f *license.FloatingTerms) {
	w.Key("is_floating").Bool(false) // That would be a floating server (§16).
	w.Key("is_floating_cloud").Bool(f != nil)
	if f != nil {
		w.Key("floating_timeout").Int(f.TimeoutMins)
		writeSeats(w, f.Seats)
	}
}

// writeSeats writes floating_users, which is null without a limit.
func writeSeats(w *canonjson.Writer, seats license.Limit) {
	w.Key("floating_users")
	if n, limited := seats.Max(); limited {
		w.Int(n)
		return
	}
	w.Null()
}
