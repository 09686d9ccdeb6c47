package licensespring

import (
	"encoding/json"
	"time"

	"licet/internal/canonjson"
	"licet/internal/license"
)

// writeTime writes a moment, or null for none.
func writeTime(w *canonjson.Writer, t license.Time) {
	if t == 0 {
		w.Null()
		return
	}
	var buf [len(timeFormat) + 2]byte
	b := appendTime(append(buf[:0], '"'), t)
	w.Raw(append(b, '"'))
}

// writeText writes a text, or null for an empty one.
func writeText(w *canonjson.Writer, s string) {
	if s == "" {
		w.Null()
		return
	}
	w.String(s)
}

// numberOf returns the number of a limit; 0 where there is none, which another member says.
func numberOf(l license.Limit) int64 {
	n, limited := l.Max()
	if !limited {
		return 0
	}
	return n
}

// unlimited reports whether there is no limit.
func unlimited(l license.Limit) bool {
	_, limited := l.Max()
	return !limited
}

// transfers returns max_transfers (§10): 0 is no limit, -1 is none at all.
func transfers(l license.Limit) int64 {
	switch n, limited := l.Max(); {
	case !limited:
		return 0
	case n == 0:
		return -1
	default:
		return n
	}
}

// writeMetadata writes the vendor's own JSON as an object, {} where it is none.
func writeMetadata(w *canonjson.Writer, text string) {
	if text != "" {
		if canonical, err := canonjson.Canonicalize([]byte(text)); err == nil && canonical[0] == '{' {
			w.Raw(canonical)
			return
		}
	}
	w.Object().End()
}

// writeCompany writes {"id":…}, whose product it is.
func writeCompany(w *canonjson.Writer, tenant license.TenantID) {
	w.Object().Key("id").Int(int64(tenant))
	w.End()
}

// writeCustomer writes a Customer (§6); of a license without a customer one that is empty.
func writeCustomer(w *canonjson.Writer, c *license.Customer, account *license.CustomerAccount) {
	first := c.FirstName
	if first == "" && c.LastName == "" {
		first = c.Name
	}
	w.Object()
	w.Key("email").String(c.Email)
	w.Key("company_name").String(c.Company)
	w.Key("reference").String(c.Reference)
	w.Key("phone").String(c.Phone)
	w.Key("first_name").String(first)
	w.Key("last_name").String(c.LastName)
	w.Key("city").String(c.City)
	w.Key("postcode").String(c.Postcode)
	w.Key("state").String(c.State)
	w.Key("country").String(c.Country)
	w.Key("address").String(c.Address)
	w.Key("customer_account")
	if account.ID == 0 {
		w.Null()
	} else {
		w.Object()
		w.Key("id").Int(int64(account.ID))
		w.Key("name").String(account.Name)
		w.Key("code").String(account.Code)
		w.End()
	}
	w.Key("metadata")
	writeMetadata(w, c.Metadata)
	w.End()
}

// writeUser writes a LicenseUser (§6). devices is how many devices the user has activated.
func writeUser(w *canonjson.Writer, u *license.LicenseUser, most license.Limit, devices int64) {
	w.Object()
	w.Key("id").Int(int64(u.ID))
	writeUserMembers(w, u, most, devices)
	w.End()
}

// writeUserMembers writes what every form of a license user has.
func writeUserMembers(w *canonjson.Writer, u *license.LicenseUser, most license.Limit, devices int64) {
	w.Key("email").String(emailOf(u))
	w.Key("first_name").String(u.FirstName)
	w.Key("last_name").String(u.LastName)
	w.Key("phone_number").String(u.Phone)
	w.Key("is_initial_password").Bool(u.InitialPassword)
	w.Key("max_activations").Int(numberOf(most))
	w.Key("allow_unlimited_activations").Bool(unlimited(most))
	w.Key("total_activations").Int(devices)
}

// emailOf returns what a user is known by: the address, or the name where there is none.
func emailOf(u *license.LicenseUser) string {
	switch {
	case u == nil:
		return ""
	case u.Email != "":
		return u.Email
	}
	return u.Name
}

// writeCustomFields writes the values of the custom fields of a license (§6).
func writeCustomFields(w *canonjson.Writer, stored string) {
	var fields []license.CustomField
	if stored != "" {
		_ = json.Unmarshal([]byte(stored), &fields) // What is stored was written by us.
	}
	w.Array()
	for _, f := range fields {
		w.Object()
		w.Key("name").String(f.Name)
		w.Key("data_type")
		writeText(w, f.Type)
		w.Key("value").String(f.Value)
		w.End()
	}
	w.End()
}

// writeVariables writes the variables of a device, without their ids and in the way of dates that when writes.
func writeVariables(w *canonjson.Writer, list []license.Variable, when func(*canonjson.Writer, license.Time)) {
	w.Array()
	for i := range list {
		v := &list[i]
		w.Object()
		w.Key("variable").String(v.Name)
		w.Key("value").String(v.Value)
		w.Key("device_id").Int(int64(v.Device))
		w.Key("created_at")
		when(w, v.Created)
		w.End()
	}
	w.End()
}

// writeMillis writes a moment in milliseconds since 1970 (§1).
func writeMillis(w *canonjson.Writer, t license.Time) { w.Int(int64(t) / 1000) }

// trialDays returns the length of a trial in days, a begun one counted as a whole.
func trialDays(t *license.Terms) int64 {
	const day = int64(24 * time.Hour / time.Second)
	return (t.Duration.AboutSeconds() + day - 1) / day
}

// defaultTimeout is floating_timeout where nothing is floating: minutes (§7.1).
const defaultTimeout = 120

// featureID derives the number of a feature from what it belongs to, a product or a license, and its code: FNV-1a,
// cut to 52 bits. Features have no numbers of their own in Licet.
func featureID(of int64, code string) int64 {
	const (
		offset = 14695981039346656037
		prime  = 1099511628211
	)
	h := uint64(offset)
	for shift := 0; shift < 64; shift += 8 {
		h = (h ^ uint64(of)>>shift&0xff) * prime
	}
	for i := range len(code) {
		h = (h ^ uint64(code[i])) * prime
	}
	return max(1, int64(h&(1<<52-1)))
}
