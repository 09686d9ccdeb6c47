package licensespring

import (
	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
)

// productDetails answers GET product_details (§7.12).
func (d *door) productDetails(c *call) error {
	code, environment := c.need("product"), c.text("env")
	latest, fields := c.isTrue("include_latest_version"), c.isTrue("include_custom_fields")
	if err := c.done(); err != nil {
		return err
	}
	p, err := c.productOf(code)
	if err != nil {
		return err
	}
	w := c.writer()
	w.Object()
	writeProduct(&w, &p.Product)
	writeProductTerms(&w, p)
	w.Key("company")
	writeCompany(&w, p.Tenant)
	if latest {
		v, err := d.authority.LatestVersion(c.ctx(), p.Tenant, p.ID, environment)
		if err != nil {
			return err
		}
		w.Key("latest_version")
		writeLatest(&w, v)
	}
	if fields {
		w.Key("custom_fields")
		writeFieldDefaults(&w, p)
	}
	w.End()
	return c.reply(&w)
}

// writeLatest writes the newest version of a product; nil is none.
func writeLatest(w *canonjson.Writer, v *license.Version) {
	if v == nil {
		w.Null()
		return
	}
	w.Object()
	w.Key("id").Int(v.ID)
	w.Key("created_at")
	writeTime(w, v.Created)
	w.Key("updated_at")
	writeTime(w, v.Updated)
	w.Key("version").String(v.Version)
	w.Key("full_link").String(v.URL)
	w.Key("filename").String(v.Filename)
	w.Key("release_date").String(dayOf(v.ReleasedAt))
	w.Key("enabled").Bool(v.Enabled)
	w.Key("hash_md5").String(v.HashMD5)
	w.Key("product_id").Int(int64(v.Product))
	w.Key("environment").String(v.Environment)
	w.Key("eula_link").String(v.EULALink)
	w.Key("release_notes_link").String(v.NotesLink)
	w.Key("size")
	writeText(w, v.Size)
	w.Key("requires_version")
	writeText(w, v.RequiresVersion)
	w.Key("channel").String(v.Channel)
	w.End()
}

// dayOf returns the UTC day of a moment.
func dayOf(t license.Time) string { return min(t, lastTime).UTC().Format("2006-01-02") }

// writeFieldDefaults writes the custom fields of a product with what they hold where a license says nothing.
func writeFieldDefaults(w *canonjson.Writer, p *authority.ProductInfo) {
	w.Array()
	for _, f := range p.Fields {
		w.Object()
		w.Key("name").String(f.Name)
		w.Key("id").Int(f.ID)
		w.Key("default_value").String(f.Value)
		w.End()
	}
	w.End()
}
