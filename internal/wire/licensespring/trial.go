package licensespring

import (
	"encoding/json"
	"strconv"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/identity"
	"licet/internal/license"
)

// trialKey answers GET trial_key: a trial for a device, issued or found again (§7.13). It activates nothing.
func (d *door) trialKey(c *call) error {
	r := authority.TrialRequest{
		Tenant: c.tenant(), Code: c.need("product"), HardwareID: c.text("hardware_id"), Policy: c.text("license_policy"),
		Email: c.text("email"), Password: identity.Secret(c.textUpTo("password", maxLong)),
		FirstName: c.text("first_name"), LastName: c.text("last_name"), Phone: c.text("phone"),
		Company: c.text("company_name"), Address: c.text("address"), Postcode: c.text("postcode"), State: c.text("state"),
		Country: c.text("country"), City: c.text("city"), Reference: c.text("reference"),
	}
	if err := c.done(); err != nil {
		return err
	}
	if r.HardwareID == "" {
		return refuse(missingHardware)
	}
	p, err := c.productOf(r.Code)
	if err != nil {
		return err
	}
	ans, err := d.authority.TrialFor(c.ctx(), r)
	if err != nil {
		return err
	}
	w := c.writer()
	w.Object()
	if ans.Fresh {
		writeTrial(&w, &ans, p.Fields)
	} else {
		writeKnownTrial(&w, &ans)
	}
	w.End()
	return c.reply(&w)
}

// writeKnownTrial writes what a device hears that has its trial already: three members.
func writeKnownTrial(w *canonjson.Writer, ans *authority.TrialAnswer) {
	w.Key("license_type").String(string(ans.License.Terms.Type))
	w.Key("is_trial").Bool(true)
	if ans.User != nil {
		w.Key("license_user").String(emailOf(ans.User))
	} else {
		w.Key("license").String(ans.License.Key)
	}
}

// writeTrial writes a trial that was just issued. fields are the custom fields of its product.
func writeTrial(w *canonjson.Writer, ans *authority.TrialAnswer, fields []license.CustomField) {
	l := &ans.License
	t := l.Terms
	w.Key("id").Int(int64(l.ID))
	w.Key("order_id").Int(int64(l.Order))
	w.Key("product_id").Int(int64(l.Product))
	w.Key("created_at")
	writeMillis(w, l.IssuedAt)
	w.Key("updated_at")
	writeMillis(w, l.IssuedAt)
	w.Key("times_activated").Int(0)
	w.Key("is_trial").Bool(true)
	w.Key("active").Bool(false)
	w.Key("enabled").Bool(true)
	w.Key("is_floating").Bool(false) // That would be a floating server (§16).
	w.Key("is_floating_cloud").Bool(t.Floating != nil)
	w.Key("max_activations").Int(numberOf(t.Activations))
	w.Key("trial_days").Int(trialDays(t))
	w.Key("license_type").String(string(t.Type))
	w.Key("max_transfers").Int(transfers(t.Transfers))
	w.Key("prevent_vm").Bool(t.RefuseVM)
	w.Key("enable_maintenance_period").Bool(t.Maintained)
	w.Key("maintenance_duration")
	writeText(w, durationText(t.Maintenance))
	w.Key("metadata")
	writeMetadata(w, l.Metadata)
	w.Key("is_hardware_key_auth").Bool(false)
	w.Key("company")
	writeCompany(w, l.Tenant)
	writeTrialFeatures(w, ans)
	writeTrialFields(w, l.CustomFields, fields)
	writeOverages(w, t.Usage)
	writeTrialMeter(w, "max_consumptions", t.Usage)
	w.Key("valid_duration").Null()
	w.Key("validity_period")
	writeTime(w, validityOf(l))
	w.Key("allow_grace_period").Bool(t.GraceHours > 0)
	w.Key("grace_period").Int(t.GraceHours)
	writeTrialSeats(w, t.Floating)
	writeTrialHolder(w, ans)
}

// writeTrialHolder writes whose the trial is.
func writeTrialHolder(w *canonjson.Writer, ans *authority.TrialAnswer) {
	if ans.User == nil {
		w.Key("license").String(ans.License.Key)
		w.Key("license_key").String(ans.License.Key)
		return
	}
	w.Key("license_user").String(emailOf(ans.User))
	w.Key("license_user_id").Int(int64(ans.User.ID))
	w.Key("initial_password").String(ans.InitialPassword.Reveal())
	w.Key("max_license_users").Int(numberOf(ans.License.Terms.Users))
}

// writeTrialFeatures writes LicenseProductFeatures, a name that LicenseSpring spells like that.
func writeTrialFeatures(w *canonjson.Writer, ans *authority.TrialAnswer) {
	l := &ans.License
	w.Key("LicenseProductFeatures").Array()
	for i := range l.Terms.Features {
		f := &l.Terms.Features[i]
		w.Object()
		w.Key("id").Int(featureID(int64(l.ID), f.Code))
		w.Key("product_feature_id").Int(featureID(int64(l.Product), f.Code))
		writeTrialMeter(w, "max_consumption", f.Usage)
		writeOverages(w, f.Usage)
		w.Key("expiry_date")
		writeTime(w, expiryOf(grantOf(ans.Detail.Grants, f.Code)))
		w.Key("metadata")
		writeMetadata(w, f.Metadata)
		writeFeatureFloating(w, f.Floating)
		w.End()
	}
	w.End()
}

// writeTrialFields writes LicenseCustomFields: the values of a license, by the numbers that its product's fields have.
func writeTrialFields(w *canonjson.Writer, stored string, fields []license.CustomField) {
	var values []license.CustomField
	if stored != "" {
		_ = json.Unmarshal([]byte(stored), &values) // What is stored was written by us.
	}
	w.Key("LicenseCustomFields").Array()
	for _, v := range values {
		id := v.ID
		for _, f := range fields {
			if f.Name == v.Name {
				id = f.ID
			}
		}
		w.Object()
		w.Key("product_custom_field_id").Int(id)
		w.Key("value").String(v.Value)
		w.End()
	}
	w.End()
}

// writeTrialMeter writes how much may be used and when that starts again; u is nil where nothing is counted.
func writeTrialMeter(w *canonjson.Writer, maxName string, u *license.UsageTerms) {
	most := license.None
	if u != nil {
		most = u.Max
	}
	w.Key(maxName).Int(numberOf(most))
	writeReset(w, u)
}

// writeTrialSeats writes floating_users and floating_timeout; f is nil where nothing is floating.
func writeTrialSeats(w *canonjson.Writer, f *license.FloatingTerms) {
	if f == nil {
		w.Key("floating_users").Int(0)
		w.Key("floating_timeout").Int(defaultTimeout)
		return
	}
	writeSeats(w, f.Seats)
	w.Key("floating_timeout").Int(f.TimeoutMins)
}

// durationText writes a span as "3y", "2m" or "5d", in the largest unit that says it exactly; a span that needs several,
// in days. "" is none.
func durationText(s license.Span) string {
	const day = 24 * 3600
	switch months, seconds := s.Months, s.Seconds; {
	case s.IsZero():
		return ""
	case seconds == 0 && months%12 == 0:
		return strconv.FormatInt(int64(months)/12, 10) + "y"
	case seconds == 0:
		return strconv.FormatInt(int64(months), 10) + "m"
	}
	return strconv.FormatInt((s.AboutSeconds()+day-1)/day, 10) + "d"
}
