package licensespring

import (
	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/store"
)

// writeLicense writes the members that every answer about a license has: those that §7.1 and §7.2 share, but for
// what belongs to one device. expired is whether features that have ended are shown.
func writeLicense(w *canonjson.Writer, l *license.License, detail *store.Detail, expired bool, now license.Time) {
	w.Key("license_type").String(string(l.Terms.Type))
	w.Key("license_template_id")
	if l.Policy == 0 {
		w.Null()
	} else {
		w.Int(int64(l.Policy))
	}
	w.Key("is_trial").Bool(l.Terms.Trial)
	w.Key("is_expired").Bool(l.IsExpired(now))
	writeDates(w, l)
	writePlaces(w, l)
	writeLending(w, l.Terms.Floating)
	writeOverages(w, l.Terms.Usage)
	if l.Terms.Type == license.Consumption && l.Terms.Usage != nil {
		writeMeter(w, "max_consumptions", l.Terms.Usage, l.UsedAt(now))
	}
	w.Key("metadata")
	writeMetadata(w, l.Metadata)
	w.Key("customer")
	writeCustomer(w, &detail.Customer, &detail.Account)
	w.Key("company")
	writeCompany(w, l.Tenant)
	w.Key("custom_fields")
	writeCustomFields(w, l.CustomFields)
	w.Key("product_features")
	writeFeatures(w, l, detail.Grants, expired, now)
}

// writeDates writes when a license begins and ends.
func writeDates(w *canonjson.Writer, l *license.License) {
	t := l.Terms
	if t.Trial {
		w.Key("trial_days").Int(trialDays(t))
	}
	w.Key("validity_period")
	writeTime(w, validityOf(l))
	w.Key("maintenance_period")
	if t.Maintained {
		writeTime(w, l.MaintainedUntil)
	} else {
		w.Null()
	}
	w.Key("start_date")
	writeTime(w, l.NotBefore)
	w.Key("enable_maintenance_period").Bool(t.Maintained)
	w.Key("allow_grace_period").Bool(t.GraceHours > 0)
	w.Key("grace_period").Int(t.GraceHours)
}

// writePlaces writes where a license may be activated, and how often.
func writePlaces(w *canonjson.Writer, l *license.License) {
	t := l.Terms
	w.Key("max_activations").Int(numberOf(t.Activations))
	w.Key("times_activated").Int(l.Activated)
	w.Key("transfer_count").Int(l.Transfers)
	w.Key("max_transfers").Int(transfers(t.Transfers))
	w.Key("max_license_users").Int(numberOf(t.Users))
	w.Key("allow_unlimited_activations").Bool(unlimited(t.Activations))
	w.Key("allow_offline_activation").Bool(!t.RefuseOffline)
	w.Key("prevent_vm").Bool(t.RefuseVM)
	w.Key("is_hardware_key_auth").Bool(false)
	w.Key("is_air_gapped").Bool(false)
}

// writeLending writes the floating seats of a license; f is nil where it has none.
func writeLending(w *canonjson.Writer, f *license.FloatingTerms) {
	w.Key("is_floating").Bool(false) // That would be a floating server (§16).
	w.Key("is_floating_cloud").Bool(f != nil)
	if f == nil {
		w.Key("floating_timeout").Int(defaultTimeout)
		w.Key("can_borrow").Bool(false)
		w.Key("max_borrow_time").Int(0)
		return
	}
	w.Key("floating_timeout").Int(f.TimeoutMins)
	writeSeats(w, f.Seats)
	w.Key("can_borrow").Bool(f.Borrow)
	w.Key("max_borrow_time").Int(f.BorrowHours)
}

// writeProduct writes the members of ProductDetails that both of its forms have (§6).
func writeProduct(w *canonjson.Writer, p *license.Product) {
	w.Key("product_id").Int(int64(p.ID))
	w.Key("product_name").String(p.Name)
	w.Key("short_code").String(p.Code)
	w.Key("authorization_method").String(string(p.Auth))
	w.Key("metadata")
	writeMetadata(w, p.Metadata)
}

// writeProductTerms writes what new licenses of a product get, and whether it can be tried.
func writeProductTerms(w *canonjson.Writer, p *authority.ProductInfo) {
	days := int64(0)
	if p.Trial != nil {
		days = trialDays(p.Trial)
	}
	w.Key("allow_trial").Bool(p.Trial != nil)
	w.Key("trial_days").Int(days)
	writeOverages(w, p.Terms.Usage)
	w.Key("prevent_vm").Bool(p.Terms.RefuseVM)
	timeout := int64(defaultTimeout)
	if p.Terms.Floating != nil {
		timeout = p.Terms.Floating.TimeoutMins
	}
	w.Key("floating_timeout").Int(timeout)
}

// userDevices is how many devices the user of an answer has activated on the license.
func userDevices(ans *authority.Answer) int64 {
	n := ans.UserDevices
	if ans.Device != nil && ans.Device.Active {
		n++
	}
	return n
}

// byUser reports whether an answer is about a license of a user.
func byUser(ans *authority.Answer) bool { return ans.Product.Auth == license.ByUser && ans.User != nil }

// writeHolder writes whose license it is: its key, or its user.
func writeHolder(w *canonjson.Writer, ans *authority.Answer) {
	if byUser(ans) {
		w.Key("user")
		writeUser(w, ans.User, ans.License.Terms.UserActivations, userDevices(ans))
		return
	}
	w.Key("license_key").String(ans.License.Key)
}

// encodeActivation writes the answer of §7.1 as one object, license_signature and all.
func (c *call) encodeActivation(w *canonjson.Writer, ans *authority.Answer, asked *who) error {
	p, err := c.infoOf(ans.Product.Code) // A part of a bundle may be another product than the app key's.
	if err != nil {
		return err
	}
	signature, err := c.signV1(asked.hardware, asked.identity(ans), validityOf(&ans.License))
	if err != nil {
		return err
	}
	w.Object()
	writeActivation(w, ans, asked, p)
	w.Key("license_signature").String(signature)
	w.End()
	return nil
}

// writeActivation writes the members of §7.1 but license_signature.
func writeActivation(w *canonjson.Writer, ans *authority.Answer, asked *who, p *authority.ProductInfo) {
	l, detail := &ans.License, &ans.Detail
	w.Key("id").Int(int64(l.ID))
	w.Key("request").String("activation")
	w.Key("active").Bool(true)
	w.Key("hardware_id").String(asked.hardware)
	w.Key("device_id").Int(int64(ans.Device.ID))
	if byUser(ans) {
		name := asked.username
		if name == "" {
			name = ans.User.Name // It carries the account, which a check needs to find the user again.
		}
		w.Key("username").String(name)
	}
	writeHolder(w, ans)
	writeLicense(w, l, detail, true, ans.Now)
	if l.Terms.Floating != nil {
		w.Key("floating_in_use").Bool(ans.Lease.Live(ans.Now))
	}
	w.Key("product_details").Object()
	writeProduct(w, &ans.Product)
	writeProductTerms(w, p)
	w.Key("validity_period").Null()
	w.Key("company_id").Int(int64(l.Tenant))
	w.End()
	if len(detail.Variables) > 0 {
		w.Key("variables")
		writeVariables(w, detail.Variables, writeTime)
	}
}

// encodeCheck writes the answer of §7.2 as one object, license_signature and all. v is the newest version; nil is none.
func (c *call) encodeCheck(w *canonjson.Writer, ans *authority.Answer, asked *who, v *license.Version, expired bool) error {
	signature, err := c.signV1(asked.hardware, asked.identity(ans), validityOf(&ans.License))
	if err != nil {
		return err
	}
	w.Object()
	writeCheck(w, ans, v, expired)
	w.Key("license_signature").String(signature)
	w.End()
	return nil
}

// writeCheck writes the members of §7.2 but license_signature.
func writeCheck(w *canonjson.Writer, ans *authority.Answer, v *license.Version, expired bool) {
	l := &ans.License
	writeListed(w, ans, expired)
	w.Key("device_id").Int(int64(ans.Device.ID))
	if l.Terms.Floating != nil {
		w.Key("floating_in_use_devices").Int(ans.Detail.Seats[""])
	}
	borrowed := ans.Lease.Live(ans.Now) && ans.Lease.Borrowed
	w.Key("is_borrowed").Bool(borrowed)
	w.Key("borrowed_until")
	if borrowed {
		writeTime(w, ans.Lease.Until)
	} else {
		w.Null()
	}
	writeVersion(w, v)
}

// writeListed writes what a check and a listing of licenses share: the license without the device that asks, but with
// its key or its user.
func writeListed(w *canonjson.Writer, ans *authority.Answer, expired bool) {
	l := &ans.License
	w.Key("id").Int(int64(l.ID))
	w.Key("license_active").Bool(l.IsActive())
	w.Key("license_enabled").Bool(l.Standing == license.Enabled)
	writeHolder(w, ans)
	w.Key("order_store_id")
	writeText(w, ans.Detail.Order.Reference)
	writeLicense(w, l, &ans.Detail, expired, ans.Now)
	w.Key("product_details").Object()
	writeProduct(w, &ans.Product)
	w.End()
}

// writeVersion writes the newest version that can be installed; nil is none.
func writeVersion(w *canonjson.Writer, v *license.Version) {
	if v == nil {
		v = &license.Version{}
	}
	w.Key("version").String(v.Version)
	w.Key("installation_file").String(v.URL)
	w.Key("hash_md5").String(v.HashMD5)
	w.Key("environment").String(v.Environment)
	w.Key("eula_link").String(v.EULALink)
	w.Key("release_notes_link").String(v.NotesLink)
	w.Key("channel").String(v.Channel)
	w.Key("release_date")
	writeTime(w, v.ReleasedAt)
	w.Key("requires_version")
	writeText(w, v.RequiresVersion)
	w.Key("size")
	writeText(w, v.Size)
}
