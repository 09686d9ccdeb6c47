package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
)

// TestDropLicenses: whatever table refers to a license, nothing is left there of one that was dropped, and the one
// beside it keeps all that is its own.
func TestDropLicenses(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := someTenant(t, s, "acme")
		var ids []license.LicenseID
		mustWrite(t, s, func(tx *Tx) error {
			ids = nil
			product, policy, order := ProductRecord{}, license.Policy{}, license.Order{}
			product.Product = license.Product{Tenant: tenant, Code: "app", Name: "app", State: license.ProductActive, Auth: license.ByKey}
			if err := tx.InsertProduct(&product); err != nil {
				return err
			}
			policy = license.Policy{Tenant: tenant, Product: product.ID, Code: "default", Default: true, Terms: license.DefaultTerms()}
			policy.Terms.Type = license.TimeLimited
			if err := tx.InsertPolicy(&policy); err != nil {
				return err
			}
			order = license.Order{Tenant: tenant, Reference: "o", Status: license.OrderCompleted}
			if _, err := tx.InsertOrder(&order); err != nil {
				return err
			}
			records := make([]license.LicenseRecord, 3)
			for i := range records {
				records[i].License = license.License{
					Tenant: tenant, Product: product.ID, Order: order.ID, Key: fmt.Sprintf("K%d", i),
					Standing: license.Enabled, Terms: &policy.Terms, IssuedAt: 1, ExpiresAt: 9, Revision: 1,
				}
			}
			if _, err := tx.InsertLicenses(records); err != nil {
				return err
			}
			user := license.LicenseUser{Tenant: tenant, Product: product.ID, Name: "ann"}
			if _, err := tx.InsertLicenseUser(&user); err != nil {
				return err
			}
			for i := range records {
				ids = append(ids, records[i].ID)
				if err := hangOn(tx, tenant, &product, records[i].ID, user.ID); err != nil {
					return err
				}
			}
			return nil
		})
		tables, err := tablesOfLicenses(t, s)
		if err != nil || len(tables) < 7 {
			t.Fatalf("%d tables refer to licenses, %v", len(tables), err)
		}
		for _, table := range tables {
			if n := rowsOf(t, s, table, ids[0]); n == 0 {
				t.Errorf("the test puts nothing into %s", table)
			}
		}
		mustWrite(t, s, func(tx *Tx) error { return tx.DropLicenses(tenant, ids[0], ids[2]) })
		for _, table := range tables {
			if a, b, c := rowsOf(t, s, table, ids[0]), rowsOf(t, s, table, ids[1]), rowsOf(t, s, table, ids[2]); a != 0 || b == 0 || c != 0 {
				t.Errorf("%s has %d, %d and %d rows, want none of the first and the last", table, a, b, c)
			}
		}
		err = s.Read(t.Context(), func(tx *Tx) error {
			_, err := tx.FindLicense(tenant, ids[0])
			wantCode(t, "FindLicense of a dropped one", err, license.NotFound)
			_, err = tx.FindLicense(tenant, ids[1])
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// hangOn puts something of a license into every table that refers to licenses.
func hangOn(tx *Tx, tenant license.TenantID, p *ProductRecord, id license.LicenseID, user license.LicenseUserID) error {
	d := license.Device{ID: license.DeviceID(tx.NewID()), License: id, Binding: license.Binding{Kind: license.BoundToHardware, Value: "hw"}}
	if err := tx.saveDevice(tenant, &d); err != nil {
		return err
	}
	if err := tx.SaveVariable(tenant, &license.Variable{License: id, Device: d.ID, Name: "v"}); err != nil {
		return err
	}
	if err := tx.saveLease(tenant, &license.Lease{License: id, Device: d.ID, Until: 9}); err != nil {
		return err
	}
	if err := tx.SaveGrant(tenant, &license.Grant{License: id, Feature: "f"}); err != nil {
		return err
	}
	for level := range 2 {
		if err := tx.SaveRedemption(tenant, &license.Redemption{License: id, User: user, LevelID: license.LevelID(level), StartedAt: 1}); err != nil {
			return err
		}
	}
	if err := tx.InsertTrial(tenant, p.ID, fmt.Sprint(id), "", id); err != nil {
		return err
	}
	if _, err := tx.LockLicenseSecrets(tenant, id); err != nil {
		return err
	}
	if err := tx.AddInfoTag(&InfoTag{Tenant: tenant, License: id, Sealed: []byte("x"), At: 1}); err != nil {
		return err
	}
	if _, err := tx.AddCredit(CreditHolder{Tenant: tenant, Product: p.ID, License: id}, "pages", 1); err != nil {
		return err
	}
	if err := tx.InsertUsageEvent(&UsageEvent{Tenant: tenant, License: id, Name: "job", Amount: 1, Total: 1, At: 1}); err != nil {
		return err
	}
	if err := tx.run(insertReservation, tenant, id, tx.NewID(), "", d.ID, 1, 1, 2); err != nil {
		return err
	}
	rule := license.AddressRule{Tenant: tenant, Product: p.ID, License: id, Name: "rule", Mode: license.RuleReport, Deny: []string{"192.0.2.1"}}
	if err := tx.InsertAddressRule(&rule); err != nil {
		return err
	}
	if err := tx.AddAddressHits(tenant, rule.ID, "192.0.2.1", 1, 1); err != nil {
		return err
	}
	if _, err := tx.ReportAddress(tenant, rule.ID, id, 1, 0); err != nil {
		return err
	}
	if err := tx.RuleAddresses(tenant); err != nil {
		return err
	}
	_, err := tx.AddAirGapScalar(tenant, id, []byte("x"))
	return err
}

// tablesOfLicenses names the tables that have a license in them; events and mails outlive theirs.
func tablesOfLicenses(t *testing.T, s *Store) (tables []string, err error) {
	columns, _ := s.engine.schema()
	err = s.Read(t.Context(), func(tx *Tx) error {
		tables = nil
		return tx.each(columns, nil, func(scan func(...any) error) error {
			var table, column, kind string
			var key int64
			err := scan(&table, &column, &kind, &key)
			if column == "license_id" && table != "events" && table != "mails" {
				tables = append(tables, table)
			}
			return err
		})
	})
	return tables, err
}

func rowsOf(t *testing.T, s *Store, table string, id license.LicenseID) (n int64) {
	t.Helper()
	err := s.Read(t.Context(), func(tx *Tx) error {
		_, err := tx.one(`SELECT COUNT(*) FROM `+table+` WHERE license_id = $1`, []any{id}, &n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestApplicationListsAreIndexed: what lists and changes the licenses of an application finds them by an index.
func TestApplicationListsAreIndexed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		drop := make([]any, dropsAtOnce+1)
		for i := range drop {
			drop[i] = i + 1
		}
		type query struct {
			sql  string
			args []any
		}
		queries := map[string]query{
			"listApplicationLicenses": {listApplicationLicenses, []any{1, 2, 3, 10}},
			"findApplicationLicense":  {findApplicationLicense, []any{1, 2, "KEY"}},
			"lockUnusedLicenses":      {lockUnusedLicenses, []any{1, 2, 3, 10}},
			"findSellerKey":           {findSellerKey, []any{[]byte("hash")}},
			"listSellerKeys":          {listSellerKeys, []any{1, 2}},
			"expiredUsers":            {expiredUsers, []any{1, 2, 3, 10, 5}},
		}
		for i, sql := range append(whatGoes(), dropAddressRules) {
			queries[fmt.Sprintf("drop%d", i)] = query{manyRows(sql, 1, dropsAtOnce, ofThisTenant), drop}
		}
		for name, q := range queries {
			t.Run(name, func(t *testing.T) {
				wantNoTenantSearch(t, s, q.sql, q.args)
				// The machines of one user are sorted, which are few.
				if q.sql != listApplicationLicenses && q.sql != findApplicationLicense {
					wantIndex(t, s, q.sql, q.args)
					return
				}
				for _, line := range planOf(t, s, q.sql, q.args) {
					if strings.Contains(line, "Seq Scan") || strings.Contains(line, "SCAN ") {
						t.Errorf("%s in the plan of %s", line, q.sql)
					}
				}
			})
		}
	})
}

func TestSellerKeyRows(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant, other := someTenant(t, s, "acme"), someTenant(t, s, "beta")
		var p ProductRecord
		k := SellerKey{Tenant: tenant, Name: "shop", Hint: "…1234", Scopes: identity.NewScopes(identity.WriteLicenses), Created: 3}
		mustWrite(t, s, func(tx *Tx) error {
			p.Product = license.Product{Tenant: tenant, Code: "app", Name: "app", State: license.ProductActive, Auth: license.ByKey}
			if err := tx.InsertProduct(&p); err != nil {
				return err
			}
			k.Product = p.ID
			return tx.InsertSellerKey(&k, SellerKeyHash("key"))
		})
		mustWrite(t, s, func(tx *Tx) error {
			if got, err := tx.FindSellerKey(SellerKeyHash("key")); err != nil || got != k {
				t.Errorf("FindSellerKey = %+v, %v, want %+v", got, err, k)
			}
			_, err := tx.FindSellerKey(SellerKeyHash("Key"))
			wantCode(t, "FindSellerKey of another key", err, license.NotFound)
			_, err = tx.RevokeSellerKey(other, k.ID, 5)
			wantCode(t, "RevokeSellerKey in another tenant", err, license.NotFound)
			for range 2 {
				if got, err := tx.RevokeSellerKey(tenant, k.ID, 5); err != nil || got.RevokedAt != 5 {
					t.Errorf("RevokeSellerKey = %+v, %v, want revoked at 5", got, err)
				}
			}
			list, err := tx.ListSellerKeys(tenant, p.ID)
			if len(list) != 1 {
				t.Errorf("ListSellerKeys = %v, %v, want one", list, err)
			}
			return err
		})
	})
}

// TestDropLicensesBesideANewAddressRule: a rule that somebody makes while the license of another rule goes stays in force.
func TestDropLicensesBesideANewAddressRule(t *testing.T) {
	postgresOnly(t, func(t *testing.T, _ testDB, s *Store) {
		tenant := someTenant(t, s, "acme")
		l := someLicense(t, s, tenant, "app")
		rule := func(tx *Tx, of license.LicenseID) error {
			if _, err := tx.LockTenant(tenant); err != nil {
				return err
			}
			r := license.AddressRule{Tenant: tenant, Product: l.Product, License: of, Name: "rule", Mode: license.RuleEnforce, Deny: []string{"192.0.2.1"}}
			return errors.Join(tx.InsertAddressRule(&r), tx.RuleAddresses(tenant), tx.flush())
		}
		mustWrite(t, s, func(tx *Tx) error { return rule(tx, l.ID) })
		dropped := make(chan error, 1)
		err := s.engine.(*postgresEngine).alone(t.Context(), true, func(tx *Tx) error {
			if err := rule(tx, 0); err != nil {
				return err
			}
			go func() { dropped <- s.Write(t.Context(), func(tx *Tx) error { return tx.DropLicenses(tenant, l.ID) }) }()
			for waiting := int64(0); waiting == 0 && len(dropped) == 0; {
				_, err := tx.one(`SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))`, nil, &waiting)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err := errors.Join(err, <-dropped); err != nil {
			t.Fatal(err)
		}
		var ruled bool
		err = s.Read(t.Context(), func(tx *Tx) error {
			_, err := tx.one(askAddressRuled, []any{tenant, l.Product}, &ruled)
			return err
		})
		if err != nil || !ruled {
			t.Errorf("the product says that it has rules: %t, %v; want true", ruled, err)
		}
	})
}
