package store

import (
	"context"
	"encoding/json"
	"fmt"

	"licet/internal/license"
)

// Finding is one thing that must not be.
type Finding struct {
	Tenant license.TenantID `json:"tenant"`
	ID     int64            `json:"id"`     // identity of what is wrong
	Detail string           `json:"detail"` // in words
}

// Diagnosis is the outcome of one check of the doctor.
type Diagnosis struct {
	Check    string    `json:"check"`    // short name
	Promise  string    `json:"promise"`  // what should hold
	Broken   int64     `json:"broken"`   // how often it does not
	Findings []Finding `json:"findings"` // the first of them
}

// maxFindings is how many findings of one check are kept; all are counted.
const maxFindings = 20

// invariant is a promise with the query that finds what breaks it: tenant, identity, detail.
type invariant struct {
	check, promise, sql string
}

// invariants need only SQL. A terms row with a limit lower than what is in use is no fault when the
// limit was lowered later, which left a license.changed event.
var invariants = []invariant{
	{"activations", "the counter of every license equals its activated devices", `
SELECT licenses.tenant_id, licenses.id,
       'counts ' || CAST(licenses.activated AS TEXT) || ', has ' || CAST(COUNT(devices.id) AS TEXT)
  FROM licenses
  LEFT JOIN devices
    ON devices.tenant_id = licenses.tenant_id AND devices.license_id = licenses.id AND devices.active = TRUE
 GROUP BY licenses.tenant_id, licenses.id, licenses.activated
HAVING licenses.activated <> COUNT(devices.id)`},
	{"first-use", "a license with an activated device is a used one", `
SELECT tenant_id, id, 'activated but never used'
  FROM licenses WHERE activated > 0 AND first_used_at = 0`},
	{"orders", "every license is part of an order that exists", `
SELECT licenses.tenant_id, licenses.id, 'order ' || CAST(licenses.order_id AS TEXT) || ' is missing'
  FROM licenses
 WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.tenant_id = licenses.tenant_id AND orders.id = licenses.order_id)`},
	{"order-status", "a license is withheld exactly while its order is pending, and revoked once it is cancelled or refunded", `
SELECT licenses.tenant_id, licenses.id,
       'order is ' || orders.status || ', license is ' || licenses.standing || CASE WHEN licenses.withheld = TRUE THEN ' and withheld' ELSE '' END
  FROM licenses
  JOIN orders ON orders.tenant_id = licenses.tenant_id AND orders.id = licenses.order_id
 WHERE (orders.status = 'pending' AND licenses.withheld = FALSE AND licenses.standing <> 'revoked')
    OR (orders.status = 'completed' AND licenses.withheld = TRUE)
    OR (orders.status IN ('cancelled', 'refunded') AND licenses.standing <> 'revoked')`},
	{"products", "every license and policy belongs to a product that exists", `
SELECT tenant_id, id, 'product ' || CAST(product_id AS TEXT) || ' is missing'
  FROM licenses
 WHERE NOT EXISTS (SELECT 1 FROM products WHERE products.tenant_id = licenses.tenant_id AND products.id = licenses.product_id)
UNION ALL
SELECT tenant_id, id, 'product ' || CAST(product_id AS TEXT) || ' is missing'
  FROM policies
 WHERE NOT EXISTS (SELECT 1 FROM products WHERE products.tenant_id = policies.tenant_id AND products.id = policies.product_id)`},
	{"default-policy", "every product has exactly one default policy", `
SELECT products.tenant_id, products.id, CAST(COUNT(policies.id) AS TEXT) || ' default policies'
  FROM products
  LEFT JOIN policies
    ON policies.tenant_id = products.tenant_id AND policies.product_id = products.id AND policies.is_default = TRUE
 GROUP BY products.tenant_id, products.id
HAVING COUNT(policies.id) <> 1`},
	{"address-rules", "a product says that it has address rules exactly while one that is not off may concern its licenses", `
SELECT products.tenant_id, products.id, 'says otherwise' FROM products WHERE products.address_ruled <> ` + isAddressRuled},
	{"orphans", "every device, lease, feature grant, counted use, reservation, redemption, trial, secret and info tag belongs to a license that exists", `
SELECT o.tenant_id, o.license_id, o.what || ' of a license that is missing'
  FROM (SELECT tenant_id, license_id, 'device' AS what FROM devices
        UNION ALL SELECT tenant_id, license_id, 'lease' FROM leases
        UNION ALL SELECT tenant_id, license_id, 'feature grant' FROM feature_grants
        UNION ALL SELECT tenant_id, license_id, 'counted use' FROM usage_events
        UNION ALL SELECT tenant_id, license_id, 'reservation' FROM usage_reservations
        UNION ALL SELECT tenant_id, license_id, 'redemption' FROM redemptions
        UNION ALL SELECT tenant_id, license_id, 'trial' FROM trials
        UNION ALL SELECT tenant_id, license_id, 'secret' FROM license_secrets
        UNION ALL SELECT tenant_id, license_id, 'info tag' FROM info_tags) AS o
 WHERE NOT EXISTS (SELECT 1 FROM licenses WHERE licenses.tenant_id = o.tenant_id AND licenses.id = o.license_id)`},
	{"bundles", "every part of a bundle belongs to the license of a bundle that exists, with the same key and in the same order", `
SELECT parts.tenant_id, parts.id, 'part of ' || CAST(parts.bundle_id AS TEXT)
  FROM licenses AS parts
  LEFT JOIN licenses AS wholes ON wholes.tenant_id = parts.tenant_id AND wholes.id = parts.bundle_id
  LEFT JOIN products ON products.tenant_id = wholes.tenant_id AND products.id = wholes.product_id AND products.bundle = TRUE
 WHERE parts.bundle_id > 0
   AND (products.id IS NULL OR wholes.bundle_id > 0 OR wholes.license_key <> parts.license_key OR wholes.order_id <> parts.order_id)`},
	{"levels", "what a user holds of an application is of a level that exists", `
SELECT redemptions.tenant_id, redemptions.license_id, 'level ' || CAST(redemptions.level_id AS TEXT) || ' is missing'
  FROM redemptions
  LEFT JOIN levels ON levels.tenant_id = redemptions.tenant_id AND levels.id = redemptions.level_id
 WHERE redemptions.level_id > 0 AND levels.id IS NULL`},
	{"application-users", "what is known of a user of an application is of a user who exists, and every application has a product and an owner", `
SELECT application_users.tenant_id, application_users.user_id, 'no such user'
  FROM application_users
  LEFT JOIN license_users ON license_users.tenant_id = application_users.tenant_id AND license_users.id = application_users.user_id
 WHERE license_users.id IS NULL
UNION ALL
SELECT applications.tenant_id, applications.product_id, 'an application without a product or an owner'
  FROM applications
  LEFT JOIN products ON products.tenant_id = applications.tenant_id AND products.id = applications.product_id
  LEFT JOIN application_owners ON application_owners.tenant_id = applications.tenant_id
 WHERE products.id IS NULL OR application_owners.owner_id IS NULL`},
	{"seats", "a floating seat is held by an activated device", `
SELECT leases.tenant_id, leases.license_id, 'seat of device ' || CAST(leases.device_id AS TEXT) || ', which is not activated'
  FROM leases
 WHERE NOT EXISTS (SELECT 1 FROM devices
                    WHERE devices.tenant_id = leases.tenant_id AND devices.license_id = leases.license_id
                      AND devices.id = leases.device_id AND devices.active = TRUE)`},
	// EXCEPT, and not NOT EXISTS: for that SQLite looks through all events of the tenant for each license.
	{"issue-events", "every license has the event of its issue", `
SELECT lacking.tenant_id, lacking.id, 'no license.issued event'
  FROM (SELECT tenant_id, id FROM licenses
        EXCEPT SELECT tenant_id, license_id FROM events WHERE kind = 'license.issued' AND license_id IS NOT NULL) AS lacking`},
	{"activation-events", "every activated device has the event of its activation", `
SELECT lacking.tenant_id, lacking.id, 'no device.activated event on license ' || CAST(lacking.license_id AS TEXT)
  FROM (SELECT tenant_id, license_id, id FROM devices WHERE active = TRUE
        EXCEPT SELECT tenant_id, license_id, subject_id FROM events WHERE kind = 'device.activated' AND license_id IS NOT NULL) AS lacking`},
	{"redeemers", "whoever holds a license exists, and one that somebody redeemed is a used one", `
SELECT redemptions.tenant_id, redemptions.license_id, 'held by ' || CAST(redemptions.user_id AS TEXT)
  FROM redemptions
  JOIN licenses ON licenses.tenant_id = redemptions.tenant_id AND licenses.id = redemptions.license_id
 WHERE redemptions.started_at > 0 AND licenses.first_used_at = 0
    OR NOT EXISTS (SELECT 1 FROM license_users
                    WHERE license_users.tenant_id = redemptions.tenant_id AND license_users.id = redemptions.user_id)`},
}

// Examine checks every invariant of the database in one consistent view, and names what is broken.
// done hears of each check as it ends; it may be nil.
func (s *Store) Examine(ctx context.Context, now license.Time, done func(Diagnosis)) ([]Diagnosis, error) {
	var out []Diagnosis
	note := func(d Diagnosis, err error) error {
		if err != nil {
			return fmt.Errorf("check %s: %w", d.Check, err)
		}
		out = append(out, d)
		if done != nil {
			done(d)
		}
		return nil
	}
	err := s.Snapshot(ctx, func(tx *Tx) error {
		if err := note(tx.examineFile(s.Engine())); err != nil {
			return err
		}
		for _, i := range invariants {
			if err := note(tx.examine(i)); err != nil {
				return err
			}
		}
		if err := note(tx.examineKeys()); err != nil {
			return err
		}
		return note(tx.examineLimits(now))
	})
	return out, err
}

func (d *Diagnosis) add(f Finding) {
	d.Broken++
	if len(d.Findings) < maxFindings {
		d.Findings = append(d.Findings, f)
	}
}

func (tx *Tx) examine(i invariant) (Diagnosis, error) {
	d := Diagnosis{Check: i.check, Promise: i.promise}
	return d, tx.findings(&d, i.sql)
}

func (tx *Tx) findings(d *Diagnosis, sql string, args ...any) error {
	return tx.each(sql, args, func(scan func(...any) error) error {
		var f Finding
		if err := scan(&f.Tenant, &f.ID, &f.Detail); err != nil {
			return err
		}
		d.add(f)
		return nil
	})
}

// examineFile asks SQLite whether the file itself is sound. PostgreSQL looks after its own.
func (tx *Tx) examineFile(engine string) (Diagnosis, error) {
	d := Diagnosis{Check: "storage", Promise: "the database file is sound"}
	if engine != "sqlite" {
		return d, nil
	}
	err := tx.each(`SELECT quick_check FROM pragma_quick_check`, nil, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		if text != "ok" {
			d.add(Finding{Detail: text})
		}
		return nil
	})
	return d, err
}

const everyKey = `SELECT tenant_id, id, license_key, key_folded, metadata FROM licenses`

// examineKeys checks what SQL cannot: how keys are folded, and that metadata is JSON.
func (tx *Tx) examineKeys() (Diagnosis, error) {
	d := Diagnosis{Check: "keys", Promise: "every key can be found in any letter case, and metadata is JSON"}
	err := tx.each(everyKey, nil, func(scan func(...any) error) error {
		var f Finding
		var key, folded, metadata string
		if err := scan(&f.Tenant, &f.ID, &key, &folded, &metadata); err != nil {
			return err
		}
		switch {
		case license.FoldKey(key) != folded:
			f.Detail = "its key is filed under another spelling"
		case metadata != "" && !json.Valid([]byte(metadata)):
			f.Detail = "its metadata is not JSON"
		default:
			return nil
		}
		d.add(f)
		return nil
	})
	return d, err
}
