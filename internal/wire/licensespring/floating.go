package licensespring

import (
	"strings"
	"time"

	"licet/internal/license"
)

// borrow answers POST floating/borrow (§7.8).
func (d *door) borrow(c *call) error { return c.borrowSeat("") }

// borrowFeature answers POST floating/feature_borrow (§7.8).
func (d *door) borrowFeature(c *call) error { return c.borrowSeat(c.need("feature")) }

// borrowSeat holds a seat of the license, or of a feature, until borrowed_until.
func (c *call) borrowSeat(feature string) error {
	until := c.borrowedUntil()
	r, asked, err := c.request(named)
	if err != nil {
		return err
	}
	r.Feature, r.Until = feature, until
	ans, err := c.d.authority.Borrow(c.ctx(), r)
	if err != nil {
		if feature != "" {
			err = inFeature(err, feature)
		} else if license.ReasonOf(err) == license.NotFloating {
			err = license.Refuse(license.BorrowRefused)
		}
		return asked.refusal(err)
	}
	terms := ans.License.Terms.Floating
	if feature != "" {
		terms = ans.License.Terms.Feature(feature).Floating
	}
	w := c.writer()
	w.Object()
	w.Key("borrowed_until")
	writeTime(&w, ans.Lease.Until)
	w.Key("max_borrow_time").Int(terms.BorrowHours)
	w.Key("device_id").Int(int64(ans.Device.ID))
	w.Key("license_id").Int(int64(ans.License.ID))
	w.Key("company")
	writeCompany(&w, ans.License.Tenant)
	w.End()
	return c.reply(&w)
}

// borrowedUntil reads the end of borrowing; 0 is the longest that is allowed.
func (c *call) borrowedUntil() license.Time {
	said := strings.TrimSpace(c.text("borrowed_until"))
	if said == "" {
		return 0
	}
	at, ok := parseDate(said)
	if !ok && c.wrong == nil {
		c.wrong = license.Refuse(license.BorrowEndInvalid)
	}
	return at
}

// parseDate reads the spellings of §7.8, all of them in UTC, and besides them RFC 3339 with any zone.
func parseDate(said string) (license.Time, bool) {
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, said); err == nil && t.Year() >= 1970 && license.TimeOf(t) > 0 {
			return license.TimeOf(t), true
		}
	}
	return 0, false
}

// release answers POST floating/release (§7.9).
func (d *door) release(c *call) error { return c.releaseSeat("") }

// releaseFeature answers POST floating/feature_release (§7.9).
func (d *door) releaseFeature(c *call) error { return c.releaseSeat(c.need("feature")) }

// releaseSeat gives a seat back, borrowed or not, and answers with nothing.
func (c *call) releaseSeat(feature string) error {
	r, asked, err := c.request(named)
	if err != nil {
		return err
	}
	r.Feature = feature
	if _, err := c.d.authority.Release(c.ctx(), r); err != nil {
		if feature != "" {
			err = inFeature(err, feature)
		}
		return asked.refusal(err)
	}
	return c.replyText("")
}
