package store

import (
	"fmt"
	"testing"

	"licet/internal/license"
)

// fillLicenses makes a product with so many licenses, issued one a microsecond from 1 on, of which every fifth is of the customer
// bulk@x.test, and returns the tenant.
func fillLicenses(t *testing.T, s *Store, n int) license.TenantID {
	t.Helper()
	l := someLicense(t, s, someTenant(t, s, "acme"), "app")
	mustWrite(t, s, func(tx *Tx) error {
		c := license.Customer{Tenant: l.Tenant, Email: "bulk@x.test"}
		if _, err := tx.InsertCustomer(&c); err != nil {
			return err
		}
		return tx.run(`
INSERT INTO licenses (tenant_id, id, product_id, order_id, license_key, key_folded, standing, terms_id, issued_at, revision, customer_id, note)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST($2 AS BIGINT))
SELECT tenant_id, id + i, product_id, order_id, 'BULK-' || CAST(i AS TEXT), 'BULK-' || CAST(i AS TEXT), standing, terms_id, i, 1,
       CASE WHEN i % 5 = 0 THEN CAST($3 AS BIGINT) ELSE NULL END, CASE WHEN i % 7000 = 0 THEN 'Gold' ELSE '' END
  FROM licenses, n
 WHERE id = $1`, l.ID, n, c.ID)
	})
	return l.Tenant
}

// Whether a condition leaves few licenses, which an index gives, or too many for that, the pages of a list hold all that meet it, newest
// first, each once.
func TestListLicensesOfMany(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		const n = 3 * maxScanned
		s := db.open(t)
		tenant := fillLicenses(t, s, n)
		for _, c := range []struct {
			name   string
			filter LicenseFilter
			want   int
			pages  int // at most
		}{
			{"few_by_prefix", LicenseFilter{Prefix: "bulk-2999"}, 11, 1},
			{"many_by_prefix", LicenseFilter{Prefix: "BULK-"}, n, 31},
			{"few_of_many_by_prefix", LicenseFilter{Prefix: "BULK-", Note: "gold"}, 4, 4},
			{"few_issued", LicenseFilter{IssuedFrom: 100, IssuedUntil: 200}, 100, 1},
			{"many_issued", LicenseFilter{IssuedFrom: 2}, n - 1, 31},
			{"issued_long_ago", LicenseFilter{IssuedUntil: 3, IssuedFrom: 1}, 3, 1}, // and the one that was there before
			{"few_searched", LicenseFilter{Search: "bulk-29999"}, 1, 1},
			{"many_searched", LicenseFilter{Search: "bulk"}, n, 31},
			{"customers_searched", LicenseFilter{Search: "bulk@"}, n / 5, 7},
			{"notes_searched", LicenseFilter{Search: "gold"}, 4, 4},
			{"nothing_searched", LicenseFilter{Search: "silver"}, 0, 4},
		} {
			t.Run(c.name, func(t *testing.T) {
				got, pages, last := 0, 0, license.LicenseID(license.MaxID)
				mustRead(t, s, func(tx *Tx) error {
					for before := license.LicenseID(0); pages == 0 || before != 0; pages++ {
						list, next, err := tx.ListLicenses(tenant, c.filter, 1, before, 1000)
						if err != nil {
							return err
						}
						for i := range list {
							if list[i].ID >= last {
								t.Fatalf("license %d comes after %d", list[i].ID, last)
							}
							last = list[i].ID
						}
						got, before = got+len(list), next
					}
					return nil
				})
				if got != c.want || pages > c.pages {
					t.Errorf("ListLicenses(%+v) = %d in %d pages, want %d in %d", c.filter, got, pages, c.want, c.pages)
				}
			})
		}
		wantSame(t, s, tenant)
	})
}

// wantSame wants small pages to hold what large ones do.
func wantSame(t *testing.T, s *Store, tenant license.TenantID) {
	t.Helper()
	mustRead(t, s, func(tx *Tx) error {
		f := LicenseFilter{Prefix: "BULK-299"}
		all, _, err := tx.ListLicenses(tenant, f, 1, 0, 1000)
		if err != nil {
			return err
		}
		var some []license.LicenseRecord
		for before := license.LicenseID(0); len(some) == 0 || before != 0; {
			var part []license.LicenseRecord
			if part, before, err = tx.ListLicenses(tenant, f, 1, before, 7); err != nil {
				return err
			}
			some = append(some, part...)
		}
		if len(all) != 111 || fmt.Sprint(keysOf(some)) != fmt.Sprint(keysOf(all)) {
			t.Errorf("by 7: %v\nat once: %v", keysOf(some), keysOf(all))
		}
		return nil
	})
}

func keysOf(list []license.LicenseRecord) (keys []string) {
	for i := range list {
		keys = append(keys, list[i].Key)
	}
	return keys
}
