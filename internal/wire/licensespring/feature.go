package licensespring

import (
	"licet/internal/authority"
	"licet/internal/license"
)

// checkFeature answers GET check_license_feature (§7.5). A floating feature gives the device its seat by it.
func (d *door) checkFeature(c *call) error {
	feature := c.need("feature")
	r, asked, err := c.request(named)
	if err != nil {
		return err
	}
	r.Feature = feature
	ans, err := d.authority.CheckInFeature(c.ctx(), r)
	if err != nil {
		return asked.refusal(inFeatureCheck(err, feature))
	}
	f := ans.License.Terms.Feature(feature)
	if f == nil {
		return inFeature(license.Refuse(license.FeatureUnknown), feature)
	}
	return c.replyFeature(&ans, f)
}

// replyFeature writes the answer of §7.5.
func (c *call) replyFeature(ans *authority.Answer, f *license.FeatureTerms) error {
	l := &ans.License
	g := grantOf(ans.Detail.Grants, f.Code)
	w := c.writer()
	w.Object()
	w.Key("id").Int(featureID(int64(l.ID), f.Code))
	w.Key("license_id").Int(int64(l.ID))
	w.Key("code").String(f.Code)
	w.Key("name").String(featureName(f))
	w.Key("feature_type").String(featureType(f))
	w.Key("company")
	writeCompany(&w, l.Tenant)
	w.Key("metadata")
	writeMetadata(&w, f.Metadata)
	writeFeatureFloating(&w, f.Floating)
	if f.Floating != nil {
		w.Key("floating_in_use_devices").Int(ans.Detail.Seats[f.Code])
	}
	w.Key("expiry_date")
	writeTime(&w, expiryOf(g))
	if f.Usage != nil {
		writeMeter(&w, "max_consumption", f.Usage, usedOf(f, g, ans.Now))
		writeOverages(&w, f.Usage)
	}
	w.End()
	return c.reply(&w)
}

// inFeatureCheck is inFeature for a check, where a feature without free seats is not a wrong one.
func inFeatureCheck(err error, code string) error {
	if license.ReasonOf(err) == license.FeatureUnknown {
		return inFeature(err, code)
	}
	return err
}
