package licensespring

import (
	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
)

const (
	productsAtOnce = 100
	maxProducts    = 10000
)

// products answers GET products: every product that the app key is for and that is not archived, newest first (§7.12).
func (d *door) products(c *call) error {
	w := c.writer()
	w.Array()
	var before license.ProductID
	for range maxProducts / productsAtOnce {
		list, err := d.authority.Products(c.ctx(), c.tenant(), before, productsAtOnce)
		if err != nil {
			return err
		}
		for i := range list {
			before = list[i].ID
			if c.app.May(before, false) == nil {
				writeProductRow(&w, &list[i])
			}
		}
		if len(list) < productsAtOnce {
			break
		}
	}
	w.End()
	return c.reply(&w)
}

// writeProductRow writes a product with what its licenses are sold with.
func writeProductRow(w *canonjson.Writer, p *authority.ProductInfo) {
	t := &p.Terms
	w.Object()
	w.Key("id").Int(int64(p.ID))
	w.Key("created_at")
	writeTime(w, p.Created)
	w.Key("product_name").String(p.Name)
	w.Key("short_code").String(p.Code)
	w.Key("active").Bool(!p.Disabled && !p.Archived)
	w.Key("company_id").Int(int64(p.Tenant))
	w.Key("authorization_method").String(string(p.Auth))
	w.Key("is_archived").Bool(p.Archived)
	w.Key("is_bundle").Bool(p.Bundle)
	w.Key("is_upgrade").Bool(false)
	w.Key("hardware_id_required").Bool(t.Lock == license.LockHardware)
	w.Key("is_node_locked").Bool(t.Lock == license.LockHardware && t.Floating == nil)
	w.Key("is_user_locked").Bool(p.Auth == license.ByUser)
	w.Key("default_license_type").String(string(t.Type))
	w.Key("max_activations").Int(numberOf(t.Activations))
	writeProductTerms(w, p)
	writeProductTimes(w, t)
	w.Key("is_floating").Bool(false) // That would be a floating server (§16).
	w.Key("is_floating_cloud").Bool(t.Floating != nil)
	w.Key("floating_users")
	if t.Floating == nil {
		w.Int(0)
	} else if most, limited := t.Floating.Seats.Max(); limited {
		w.Int(most)
	} else {
		w.Null()
	}
	writeTrialMeter(w, "max_consumptions", t.Usage)
	w.Key("metadata")
	writeMetadata(w, p.Metadata)
	writeProductFeatures(w, p)
	w.End()
}

// writeProductTimes writes how long licenses of a product last.
func writeProductTimes(w *canonjson.Writer, t *license.Terms) {
	valid, subscribed := durationText(t.Duration), ""
	if t.Type == license.Subscription {
		valid, subscribed = "", valid
	}
	w.Key("valid_duration")
	writeText(w, valid)
	w.Key("subscription_duration")
	writeText(w, subscribed)
	w.Key("enable_maintenance_period").Bool(t.Maintained)
	w.Key("maintenance_duration")
	writeText(w, durationText(t.Maintenance))
}

func writeProductFeatures(w *canonjson.Writer, p *authority.ProductInfo) {
	w.Key("features").Array()
	for i := range p.Terms.Features {
		f := &p.Terms.Features[i]
		most := license.None
		if f.Usage != nil {
			most = f.Usage.Max
		}
		w.Object()
		w.Key("id").Int(featureID(int64(p.ID), f.Code))
		w.Key("code").String(f.Code)
		w.Key("feature_type").String(featureType(f))
		w.Key("max_consumption").Int(numberOf(most))
		w.Key("metadata")
		writeMetadata(w, f.Metadata)
		w.End()
	}
	w.End()
}
