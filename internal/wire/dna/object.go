package dna

import (
	"strconv"
	"strings"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
)

// sendLicense answers with the License object (§4). No password, key or code is in it.
func (c *call) sendLicense(report *authority.LicenseReport) error {
	var w canonjson.Writer
	w.Object()
	writeProduct(&w, c.asked.Product, &report.Product)
	writeLicense(&w, report)
	writeDevices(&w, report)
	w.End()
	return c.send(&w)
}

// writeProduct writes whose license it is; id is what the client calls the product.
func writeProduct(w *canonjson.Writer, id string, p *license.Product) {
	w.Key("ProductID").String(id)
	w.Key("SoftwareDescription").String(p.Name)
	w.Key("ProductSKU").String(p.Code)
}

func writeLicense(w *canonjson.Writer, report *authority.LicenseReport) {
	l, kind := &report.License, kindOf(report.License.Terms)
	w.Key("LicenseCode").String(l.Key)
	w.Key("Status").String(statusOf(&report.Product, l, report.Now))
	w.Key("LicenseType").String(kind.name + "(" + strings.ToUpper(kind.places.String()) + ")")
	w.Key("MuAdminPassSet").Bool(report.AdminSet)
	w.Key("LicenseDescription").String(kind.text)
	w.Key("LicenseCodeType").String(codeType(l.Terms))
	w.Key("ActivationEmail")
	writeText(w, report.Secrets.Email)
	w.Key("ActivationDate") // The client's own clock is not known.
	writeTime(w, l.FirstUsedAt)
	w.Key("OfflineActivation").Bool(false)
	w.Key("ServerActivationDate")
	writeTime(w, l.FirstUsedAt)
	writeExpiry(w, l)
	w.Key("BuildNo").Null()
	w.Key("LicenseData")
	writeText(w, report.Secrets.Data)
	w.Key("InfoTag")
	writeText(w, report.InfoTag)
	w.Key("BuyerName")
	writeText(w, report.Customer.Name)
	w.Key("BuyerCompany")
	writeText(w, report.Customer.Company)
	w.Key("BuyerEmail")
	writeText(w, report.Customer.Email)
}

// secondsPerDay is for durations that are told in days.
const secondsPerDay = 24 * 60 * 60

// writeExpiry writes after how many days a license expires, and when it does.
func writeExpiry(w *canonjson.Writer, l *license.License) {
	ends := l.Terms.Type != license.Perpetual || l.Terms.Trial
	w.Key("ExpiryNoDays")
	if ends && !l.Terms.Duration.IsZero() {
		w.Int((l.Terms.Duration.AboutSeconds() + secondsPerDay/2) / secondsPerDay)
	} else {
		w.Null()
	}
	w.Key("ExpiryDate")
	if ends {
		writeTime(w, l.ExpiresAt)
	} else {
		w.Null()
	}
}

// writeDevices writes the activated devices of a page, and when the last of them was activated anew and was heard of.
func writeDevices(w *canonjson.Writer, report *authority.LicenseReport) {
	var again, seen license.Time
	for i := range report.Devices {
		d := &report.Devices[i]
		if d.ActivatedAt > report.License.FirstUsedAt {
			again = max(again, d.ActivatedAt)
		}
		seen = max(seen, d.SeenAt)
	}
	w.Key("LastReactivationDate")
	writeTime(w, again)
	w.Key("LastValidationDate")
	writeTime(w, seen)
	w.Key("Devices").Array()
	for i := range report.Devices {
		d := &report.Devices[i]
		w.Object()
		w.Key("DeviceId").String(d.Binding.Value)
		w.Key("Description").String(d.Name)
		w.Key("ActivationDate")
		writeTime(w, d.ActivatedAt)
		w.Key("LastValidationDate")
		writeTime(w, d.SeenAt)
		w.End()
	}
	w.End()
	w.Key("NextDevices")
	if report.MoreDevices {
		w.String(strconv.FormatInt(int64(report.Devices[len(report.Devices)-1].ID), 10))
	} else {
		w.Null()
	}
}

// kind is what this dialect calls a license type.
type kind struct {
	name, text string
	places     license.Limit
}

// kindOf returns the type of a license (§10), and on how many devices it may be used.
func kindOf(t *license.Terms) kind {
	switch {
	case t.Password == license.SharedPassword && t.Floating != nil:
		return kind{"F", "Floating License", t.Floating.Seats}
	case t.Password == license.SharedPassword:
		return kind{"MU", "Multi-User License", t.Activations}
	case t.Password == license.SinglePassword:
		return kind{"SU", "Single-User License, with user authentication and roll-over re-activation", t.Activations}
	case t.Password == license.FixedPassword:
		return kind{"NR", "Single-User License, with user authentication", t.Activations}
	}
	return kind{"NP", "License without user authentication", t.Activations}
}

// codeType returns what a code was made for.
func codeType(t *license.Terms) string {
	switch {
	case t.Sample:
		return "TEST"
	case t.Trial:
		return "EVALUATION"
	}
	return "ACTIVATION"
}

// statusOf returns the key words of E3. A product may be banned as a whole (§10).
func statusOf(p *license.Product, l *license.License, now license.Time) string {
	kind, state := codeType(l.Terms), "AVAILABLE"
	switch {
	case l.Standing != license.Enabled || l.RedemptionBlocked || p.Disabled || p.Archived:
		state = "BANNED"
	case l.IsExpired(now):
		state = "EXPIRED"
	case l.IsUsed():
		state = "ACTIVATED"
	case l.Customer != 0:
		state = "RESERVED"
	}
	words := "EXISTS " + kind + " " + state
	if kind == "ACTIVATION" && state != "BANNED" && state != "EXPIRED" {
		words += " VALID"
	}
	return words
}

// dateForm is how moments are written: in UTC, without saying so.
const dateForm = "2006-01-02T15:04:05"

// writeTime writes a moment, or null for none.
func writeTime(w *canonjson.Writer, t license.Time) {
	if t == 0 {
		w.Null()
		return
	}
	w.String(t.UTC().Format(dateForm))
}

// writeText writes a text, or null for an empty one.
func writeText(w *canonjson.Writer, s string) {
	if s == "" {
		w.Null()
		return
	}
	w.String(s)
}
