package licensespring

import (
	"bytes"

	"licet/internal/authority"
	"licet/internal/license"
)

// addConsumption answers POST add_consumption (§7.6). Where the app says how far the license may be overdrawn, that is
// stored with it.
func (d *door) addConsumption(c *call) error {
	amount := c.amount()
	overage, given := c.overage()
	c.readEvent()
	r, asked, err := c.request(named)
	if err != nil {
		return err
	}
	r.Amount = amount
	var ans authority.Answer
	if given {
		ans, err = d.authority.ConsumeWithin(c.ctx(), r, overage)
	} else {
		ans, err = d.authority.Consume(c.ctx(), r)
	}
	if err != nil {
		return asked.refusal(err)
	}
	l := &ans.License
	w := c.writer()
	w.Object()
	w.Key("id").Int(int64(l.ID))
	writeMeter(&w, "max_consumptions", l.Terms.Usage, l.UsedAt(ans.Now))
	writeOverages(&w, l.Terms.Usage)
	w.Key("company")
	writeCompany(&w, l.Tenant)
	w.End()
	return c.reply(&w)
}

// addFeatureConsumption answers POST add_feature_consumption (§7.6).
func (d *door) addFeatureConsumption(c *call) error {
	feature, amount := c.need("feature"), c.amount()
	c.readEvent()
	r, asked, err := c.request(named)
	if err != nil {
		return err
	}
	r.Feature, r.Amount = feature, amount
	ans, err := d.authority.Consume(c.ctx(), r)
	if err != nil {
		return asked.refusal(inFeatureUse(err))
	}
	l := &ans.License
	f := l.Terms.Feature(feature)
	w := c.writer()
	w.Object()
	w.Key("id").Int(featureID(int64(l.ID), feature))
	w.Key("license_id").Int(int64(l.ID))
	w.Key("company")
	writeCompany(&w, l.Tenant)
	writeMeter(&w, "max_consumptions", f.Usage, usedOf(f, ans.Grant, ans.Now))
	writeOverages(&w, f.Usage)
	writeFeatureFloating(&w, f.Floating)
	w.End()
	return c.reply(&w)
}

// amount reads how many units are used: 1 where nothing is said.
func (c *call) amount() int64 {
	n, there := c.integer("consumptions")
	switch {
	case !there:
		return 1
	case n == 0:
		c.reject("consumptions", "must not be 0")
	}
	return n
}

// overage reads how far the license may be overdrawn from now on, and whether that is said at all. A number alone
// allows it; the permission alone leaves the number as it is.
func (c *call) overage() (license.Limit, bool) {
	allowed, said := c.truth("allow_overages")
	most, there := c.integer("max_overages")
	switch {
	case there && most < 0:
		c.reject("max_overages", "must not be negative")
	case said && !allowed:
		return license.None, true
	case there:
		return license.AtMost(most), true
	}
	return 0, false
}

// readEvent refuses what contradicts itself; which event it is makes no difference to the count.
func (c *call) readEvent() {
	body := c.member("event", list)
	if body == nil {
		return
	}
	added, synced := false, false
	eachItem(body, func(value []byte) {
		added = added || bytes.Equal(value, []byte(`"consumption_add"`))
		synced = synced || bytes.Equal(value, []byte(`"offline_floating_consumptions_sync"`))
	})
	if added && synced {
		c.reject("event", "must be one of consumption_add and offline_floating_consumptions_sync")
	}
}
