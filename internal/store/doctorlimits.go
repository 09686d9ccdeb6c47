package store

import (
	"encoding/json"

	"licet/internal/license"
)

const everyTerms = `SELECT tenant_id, id, body FROM terms`

// unlessLowered leaves out licenses whose terms people changed: a limit lowered below what is in use
// lets the devices of before go on.
const unlessLowered = `
   AND NOT EXISTS (SELECT 1 FROM events
                    WHERE events.tenant_id = licenses.tenant_id AND events.license_id = licenses.id AND events.kind = 'license.changed')`

const tooManyActivations = `
SELECT tenant_id, id, CAST(activated AS TEXT) || ' activations, allowed are ' || CAST(CAST($3 AS BIGINT) AS TEXT)
  FROM licenses
 WHERE tenant_id = $1 AND terms_id = $2 AND activated > $3` + unlessLowered

const tooManyTransfers = `
SELECT tenant_id, id, CAST(transfers AS TEXT) || ' transfers, allowed are ' || CAST(CAST($3 AS BIGINT) AS TEXT)
  FROM licenses
 WHERE tenant_id = $1 AND terms_id = $2 AND transfers > $3` + unlessLowered

const tooMuchUsage = `
SELECT tenant_id, id, CAST(used AS TEXT) || ' units used, allowed are ' || CAST(CAST($3 AS BIGINT) AS TEXT)
  FROM licenses
 WHERE tenant_id = $1 AND terms_id = $2 AND used > $3` + unlessLowered

const tooManySeats = `
SELECT licenses.tenant_id, licenses.id, CAST(COUNT(*) AS TEXT) || ' seats held, allowed are ' || CAST(CAST($3 AS BIGINT) AS TEXT)
  FROM licenses
  JOIN leases ON leases.tenant_id = licenses.tenant_id AND leases.license_id = licenses.id
 WHERE licenses.tenant_id = $1 AND licenses.terms_id = $2 AND leases.feature = $4 AND leases.ends_at > $5` + unlessLowered + `
 GROUP BY licenses.tenant_id, licenses.id
HAVING COUNT(*) > $3`

// endsElsewhere finds licenses that are filed under another end than the one they have. Its third argument is how long after its expiry a
// license goes on, less than 0 for one that never ends.
const endsElsewhere = `
SELECT tenant_id, id, 'is filed under the end ' || CAST(ends_at AS TEXT) || ', its expiry is ' || CAST(expires_at AS TEXT)
  FROM licenses
 WHERE tenant_id = $1 AND terms_id = $2
   AND ends_at <> CASE WHEN expires_at = 0 OR CAST($3 AS BIGINT) < 0 THEN 0 ELSE expires_at + CAST($3 AS BIGINT) END`

// Licenses that the list of ends leaves out, and those that it has where they are not.
const (
	endUnlisted = `
SELECT tenant_id, id, 'is missing in the list of ends'
  FROM licenses
 WHERE ends_at <> 0
   AND NOT EXISTS (SELECT 1 FROM license_ends
                    WHERE license_ends.tenant_id = licenses.tenant_id AND license_ends.ends_at = licenses.ends_at AND license_ends.license_id = licenses.id)`
	endAstray = `
SELECT tenant_id, license_id, 'is in the list of ends under ' || CAST(ends_at AS TEXT) || ', where it does not end'
  FROM license_ends
 WHERE NOT EXISTS (SELECT 1 FROM licenses
                    WHERE licenses.tenant_id = license_ends.tenant_id AND licenses.id = license_ends.license_id AND licenses.ends_at = license_ends.ends_at)`
)

type heldTerms struct {
	tenant license.TenantID
	id     termsID
	terms  license.Terms
}

// examineLimits checks every limit of every terms row against what is counted under it.
func (tx *Tx) examineLimits(now license.Time) (Diagnosis, error) {
	d := Diagnosis{Check: "limits", Promise: "terms are sound, no activation, transfer, unit or seat is beyond them, and every license is filed under its end"}
	all, err := tx.everyTerms(&d)
	if err != nil {
		return d, err
	}
	for i := range all {
		h := &all[i]
		if err := tx.examineTerms(&d, h, now); err != nil {
			return d, err
		}
	}
	for _, sql := range []string{endUnlisted, endAstray} {
		if err := tx.findings(&d, sql); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (tx *Tx) everyTerms(d *Diagnosis) ([]heldTerms, error) {
	var all []heldTerms
	err := tx.each(everyTerms, nil, func(scan func(...any) error) error {
		var h heldTerms
		var body string
		if err := scan(&h.tenant, &h.id, &body); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &h.terms); err != nil {
			d.add(Finding{h.tenant, int64(h.id), "terms cannot be read: " + err.Error()})
			return nil
		}
		if err := h.terms.Validate(); err != nil {
			d.add(Finding{h.tenant, int64(h.id), "terms are not sound: " + err.Error()})
		}
		all = append(all, h)
		return nil
	})
	return all, err
}

func (tx *Tx) examineTerms(d *Diagnosis, h *heldTerms, now license.Time) error {
	limits := []struct {
		sql   string
		limit license.Limit
	}{{tooManyActivations, h.terms.Activations}, {tooManyTransfers, h.terms.Transfers}}
	if u := h.terms.Usage; u != nil {
		limits = append(limits, struct {
			sql   string
			limit license.Limit
		}{tooMuchUsage, u.Allowed()})
	}
	for _, l := range limits {
		if most, limited := l.limit.Max(); limited {
			if err := tx.findings(d, l.sql, h.tenant, h.id, most); err != nil {
				return err
			}
		}
	}
	expired := license.License{Terms: &h.terms, ExpiresAt: 1}
	if err := tx.findings(d, endsElsewhere, h.tenant, h.id, expired.Deadline()-expired.ExpiresAt); err != nil {
		return err
	}
	if err := tx.examineSeats(d, h, "", h.terms.Floating, now); err != nil {
		return err
	}
	for i := range h.terms.Features {
		f := &h.terms.Features[i]
		if err := tx.examineSeats(d, h, f.Code, f.Floating, now); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) examineSeats(d *Diagnosis, h *heldTerms, feature string, f *license.FloatingTerms, now license.Time) error {
	if f == nil {
		return nil
	}
	most, limited := f.Seats.Max()
	if !limited {
		return nil
	}
	return tx.findings(d, tooManySeats, h.tenant, h.id, most, feature, now)
}
