package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
)

// someTenant makes a tenant.
func someTenant(t testing.TB, s *Store, code string) license.TenantID {
	t.Helper()
	tenant := license.Tenant{Code: code, Name: code, Created: 1}
	mustWrite(t, s, func(tx *Tx) error { return tx.InsertTenant(&tenant) })
	return tenant.ID
}

// wantCode fails unless err is of a class.
func wantCode(t *testing.T, what string, err error, code license.Code) {
	t.Helper()
	if got := license.CodeOf(err); got != code {
		t.Errorf("%s = %v (%s), want %q", what, err, got, code)
	}
}

func TestTenants(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		first, second := someTenant(t, s, "first"), someTenant(t, s, "second")
		err := s.Write(t.Context(), func(tx *Tx) error { return tx.InsertTenant(&license.Tenant{Code: "first", Name: "x"}) })
		wantCode(t, "InsertTenant with a taken code", err, license.Conflict)
		mustWrite(t, s, func(tx *Tx) error {
			list, err := tx.ListTenants(0, 1)
			if err != nil || len(list) != 1 || list[0].ID != second {
				t.Errorf("ListTenants(0, 1) = %v, %v, want second", list, err)
			}
			if list, err = tx.ListTenants(second, 0); err != nil || len(list) != 1 || list[0].ID != first {
				t.Errorf("ListTenants(second, 0) = %v, %v, want first", list, err)
			}
			if _, err := tx.LockTenant(first); err != nil {
				return err
			}
			_, err = tx.FindTenantByCode("third")
			wantCode(t, "FindTenantByCode(third)", err, license.NotFound)
			if err := tx.SaveTenantSetting(first, "a", "1"); err != nil {
				return err
			}
			if err := tx.SaveTenantSetting(first, "a", "2"); err != nil {
				return err
			}
			value, found, err := tx.TenantSetting(first, "a")
			if err != nil || !found || value != "2" {
				t.Errorf("TenantSetting = %q, %t, %v", value, found, err)
			}
			if _, found, err = tx.TenantSetting(second, "a"); err != nil || found {
				t.Errorf("a setting shows in another tenant: %v", err)
			}
			if err := tx.SaveTenantSetting(first, "a", ""); err != nil {
				return err
			}
			_, found, err = tx.TenantSetting(first, "a")
			if found {
				t.Error("an empty setting is still there")
			}
			return err
		})
	})
}

func TestCredentials(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		u := PlatformUser{Email: "Ann@Acme.test", Name: "Ann", Created: 1}
		mustWrite(t, s, func(tx *Tx) error { return tx.InsertUser(&u, "h0") })
		err := s.Write(t.Context(), func(tx *Tx) error { return tx.InsertUser(&PlatformUser{Email: " ann@acme.TEST"}, "h") })
		wantCode(t, "InsertUser with a taken address", err, license.Conflict)
		for i := 1; i <= 30; i++ {
			mustWrite(t, s, func(tx *Tx) error {
				c, err := tx.FindCredentials("ANN@acme.test")
				if err != nil {
					return err
				}
				if want := identity.PasswordHash(fmt.Sprintf("h%d", i-1)); c.Current() != want || c.ID != u.ID {
					t.Errorf("current hash %d = %s, want %s", i, string(c.Current()), string(want))
				}
				if want := min(i, keptHashes); len(c.Hashes) != want {
					t.Errorf("%d hashes kept after %d passwords, want %d", len(c.Hashes), i, want)
				}
				saved, err := tx.SavePassword(&c, identity.PasswordHash(fmt.Sprintf("h%d", i)))
				if err != nil || !saved {
					return fmt.Errorf("SavePassword = %t: %w", saved, err)
				}
				if saved, err = tx.SavePassword(&c, "late"); saved {
					t.Error("a password was stored over one that is newer")
				}
				return err
			})
		}
	})
}

func TestMembersOfTenants(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		a, b := someTenant(t, s, "aa"), someTenant(t, s, "bb")
		users := make([]PlatformUser, 3)
		mustWrite(t, s, func(tx *Tx) error {
			for i := range users {
				users[i] = PlatformUser{Email: fmt.Sprintf("u%d@x.test", i), Created: 1}
				if err := tx.InsertUser(&users[i], "h"); err != nil {
					return err
				}
				if err := tx.InsertMember(&Member{Tenant: a, User: users[i], Role: identity.Owner, Since: 2}); err != nil {
					return err
				}
			}
			return tx.InsertMember(&Member{Tenant: b, User: users[0], Role: identity.Support, Since: 3})
		})
		mustWrite(t, s, func(tx *Tx) error {
			err := tx.InsertMember(&Member{Tenant: a, User: users[0], Role: identity.Support})
			wantCode(t, "InsertMember again", err, license.Conflict)
			list, err := tx.ListMembers(a, users[2].ID, 10)
			if err != nil {
				return err
			}
			if len(list) != 2 || list[0].User != users[1] || list[1].Role != identity.Owner {
				t.Errorf("ListMembers = %+v", list)
			}
			of, err := tx.Memberships(users[0].ID)
			if err != nil {
				return err
			}
			if len(of) != 2 || of[0].Tenant.ID != a || of[1].Role != identity.Support || of[1].Since != 3 {
				t.Errorf("Memberships = %+v", of)
			}
			if err := tx.DisableUser(users[1].ID, true); err != nil {
				return err
			}
			n, err := tx.CountOtherOwners(a, users[0].ID)
			if err != nil || n != 1 {
				t.Errorf("CountOtherOwners = %d, %v, want 1: disabled ones do not count", n, err)
			}
			if err := tx.DropMember(a, users[0].ID); err != nil {
				return err
			}
			_, err = tx.FindMember(a, users[0].ID)
			wantCode(t, "FindMember once dropped", err, license.NotFound)
			return nil
		})
	})
}

func TestLockouts(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		key := LockoutKey{Audience: "platform_user", Subject: "ann@acme.test"}
		full := identity.Lockout{Failures: 1, Level: 2, FirstFailure: 3, LastFailure: 4, LockedUntil: 5, Permanent: true}
		for _, state := range []identity.Lockout{full, {Failures: 7}, {}, full} {
			mustWrite(t, s, func(tx *Tx) error {
				if _, err := tx.LockLockout(key); err != nil {
					return err
				}
				return tx.SaveLockout(key, state)
			})
			err := s.Read(t.Context(), func(tx *Tx) error {
				got, err := tx.FindLockout(key)
				if diff := cmp.Diff(state, got); diff != "" {
					t.Errorf("FindLockout (-want +got):\n%s", diff)
				}
				other, _ := tx.FindLockout(LockoutKey{Tenant: 1, Audience: key.Audience, Subject: key.Subject})
				if other != (identity.Lockout{}) {
					t.Error("a lockout shows in another tenant")
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			rows := int64(1)
			if state == (identity.Lockout{}) {
				rows = 0
			}
			if got := count(t, s, "lockouts"); got != rows {
				t.Errorf("%d rows for %+v, want %d", got, state, rows)
			}
		}
	})
}

func TestListLockouts(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		lock := func(k LockoutKey, failures int) {
			t.Helper()
			mustWrite(t, s, func(tx *Tx) error {
				if _, err := tx.LockLockout(k); err != nil {
					return err
				}
				return tx.SaveLockout(k, identity.Lockout{Failures: failures, LastFailure: 7})
			})
		}
		for i, address := range []string{"192.0.2.3", "192.0.2.1", "192.0.2.2"} {
			lock(EndUserAddressLockout(1, address), i+1)
		}
		lock(EndUserAddressLockout(2, "192.0.2.6"), 1) // another tenant's
		lock(LockoutKey{Audience: "platform_address", Subject: "192.0.2.4"}, 1)
		lock(UserAddressLockout(1, "192.0.2.5"), 1)
		var got []string
		err := s.Read(t.Context(), func(tx *Tx) error {
			for after := ""; ; {
				page, err := tx.ListLockouts(EndUserAddressLockout(1, after), 2)
				for _, h := range page {
					got = append(got, fmt.Sprint(h.Subject, " ", h.Failures))
					after = h.Subject
				}
				if err != nil || len(page) < 2 {
					return err
				}
			}
		})
		if diff := cmp.Diff([]string{"192.0.2.1 2", "192.0.2.2 3", "192.0.2.3 1"}, got); diff != "" || err != nil {
			t.Errorf("ListLockouts in pages of 2: %v (-want +got):\n%s", err, diff)
		}
	})
}

// A page of a filter that hardly anything meets looks at a bounded number of rows and goes on later.
func TestListLicensesIsBounded(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := someTenant(t, s, "aa")
		p := ProductRecord{Product: license.Product{Tenant: tenant, Code: "pp", Name: "P"}, Created: 1}
		o := license.Order{Tenant: tenant, Reference: "o", Status: license.OrderCompleted, Created: 1}
		terms := license.DefaultTerms()
		mustWrite(t, s, func(tx *Tx) error {
			if err := tx.InsertProduct(&p); err != nil {
				return err
			}
			_, err := tx.InsertOrder(&o)
			return err
		})
		const rounds, each = 5, maxScanned/4 + 100
		for round := range rounds {
			all := make([]license.LicenseRecord, each)
			for i := range all {
				all[i] = license.LicenseRecord{License: license.License{
					Tenant: tenant, Product: p.ID, Order: o.ID, Standing: license.Enabled,
					Key: fmt.Sprintf("k-%d-%d", round, i), Terms: &terms, IssuedAt: 1, Revision: 1,
				}}
			}
			if round == 0 {
				all[0].Note = "needle"
			}
			mustWrite(t, s, func(tx *Tx) error {
				taken, err := tx.InsertLicenses(all)
				if len(taken) > 0 {
					t.Errorf("%d keys are taken", len(taken))
				}
				return err
			})
		}
		err := s.Read(t.Context(), func(tx *Tx) error {
			page, next, err := tx.ListLicenses(tenant, LicenseFilter{Note: "needle"}, 1, 0, 10)
			if err != nil || len(page) != 0 || next == 0 {
				t.Errorf("the first page holds %d and goes on at %d: %v", len(page), next, err)
			}
			page, next, err = tx.ListLicenses(tenant, LicenseFilter{Note: "needle"}, 1, next, 10)
			if err != nil || len(page) != 1 || page[0].Note != "needle" || next != 0 {
				t.Errorf("the second page holds %d and goes on at %d: %v", len(page), next, err)
			}
			var ids []license.LicenseID
			for before := license.LicenseID(0); ; {
				if page, next, err = tx.ListLicenses(tenant, LicenseFilter{Product: p.ID}, 1, before, 1000); err != nil {
					return err
				}
				for _, l := range page {
					ids = append(ids, l.ID)
				}
				if before = next; next == 0 {
					break
				}
			}
			slices.Reverse(ids)
			if len(slices.Compact(ids)) != rounds*each || !slices.IsSorted(ids) {
				t.Errorf("all pages together hold %d licenses, want %d, newest first", len(ids), rounds*each)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Every list of people's things finds its page by an index, on both databases.
func TestPeopleQueriesUseIndexes(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		for name, q := range map[string]struct {
			sql  string
			args []any
		}{
			"members":           {listMembers, []any{1, 2, 3}},
			"locked members":    {lockedMembers, []any{1, "platform_user", 3, 10}},
			"api-keys":          {listAPIKeys, []any{1, 2, 3}},
			"products":          {listProducts, []any{1, 2, true, 3}},
			"policies":          {listPolicies, []any{1, 2, 3, true, 4}},
			"customers":         {listCustomers, []any{1, 2, 3}},
			"orders":            {listOrders, []any{1, 2, 3}},
			"orders-customer":   {listOrdersOfCustomer, []any{1, 2, 3, 4}},
			"licenses":          {listLicenses, []any{1, 2, 3}},
			"licenses-product":  {listLicensesOfProduct, []any{1, 2, 3, 4}},
			"licenses-order":    {listLicensesOfOrder, []any{1, 2, 3, 4}},
			"licenses-customer": {listLicensesOfCustomer, []any{1, 2, 3, 4}},
			"licenses-key":      {findLicensesByKey, []any{1, "K"}},
			"order-licenses":    {licensesOfOrder, []any{1, 2, 3, 4}},
			"export":            {exportLicenses, []any{1, 2, 3, 4, 5}},
			"device":            {findDeviceByID, []any{1, 2, 3}},
			"credentials":       {findCredentials, []any{"a"}},
			"api-key":           {findAPIKeyByHash, []any{[]byte{1}}},
			"api-key-id":        {findAPIKey, []any{1, 2}},
			"order-within":      {orderWithin, []any{1, " 2 ", 3}},
			"orders-within":     {listOrdersWithin, []any{1, " 2 ", 3, 4}},
			"address-rules":     {listAddressRules, []any{1}},
			"address-rule":      {findAddressRule, []any{1, 2}},
			"rules-license":     {addressRulesOf, []any{1, 2, 3}}, // A tenant has at most a hundred.
			"rules-product":     {addressRulesOfProduct, []any{1, 2}},
			"ruled-product":     {ruleAddressesOf, []any{1, 2}},
			"address-hits":      {addressHitsOf, []any{1, 2}},
			"usage":             {usageSince, []any{1, "2026-03"}},
			"memberships":       {memberships, []any{1}},
		} {
			t.Run(name, func(t *testing.T) { wantIndex(t, s, q.sql, q.args) })
		}
	})
}

// wantIndex fails when a database would read a whole table, or sort, to answer sql.
func wantIndex(t *testing.T, s *Store, sql string, args []any) {
	t.Helper()
	plan := planOf(t, s, sql, args)
	// SQLite's words for a SELECT without FROM, and for what a SELECT inside of FROM has found by its index.
	text := strings.NewReplacer("SCAN CONSTANT ROW", "no table", "SCAN ends", "what was found").Replace(strings.Join(plan, "\n"))
	for _, bad := range []string{"Seq Scan", "SCAN ", "Sort", "TEMP B-TREE"} {
		if strings.Contains(text, bad) {
			t.Errorf("%s in the plan of %s\n%s", bad, sql, text)
		}
	}
}

// planOf returns how the database would run a statement.
func planOf(t *testing.T, s *Store, sql string, args []any) []string {
	t.Helper()
	explain := "EXPLAIN QUERY PLAN " + sql
	if s.Engine() == "postgres" {
		explain = "EXPLAIN " + sql
	}
	var plan []string
	err := s.Write(t.Context(), func(tx *Tx) error {
		if s.Engine() == "postgres" {
			// Empty tables are read whole; a planner that may not shows whether it could do better.
			for _, off := range []string{"SET LOCAL enable_seqscan = off", "SET LOCAL enable_sort = off", "SET LOCAL enable_bitmapscan = off"} {
				if err := tx.run(off); err != nil {
					return err
				}
			}
		}
		return tx.each(explain, args, func(scan func(...any) error) error {
			var line cell
			dest := []any{&line}
			if s.Engine() == "sqlite" {
				var id, parent, unused int64
				dest = []any{&id, &parent, &unused, &line}
			}
			err := scan(dest...)
			plan = append(plan, string(line.bytes))
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
