package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

// someLicense makes a product with one license.
func someLicense(t *testing.T, s *Store, tenant license.TenantID, code string) (l license.License) {
	t.Helper()
	mustWrite(t, s, func(tx *Tx) error {
		p := ProductRecord{Product: license.Product{Tenant: tenant, Code: code, Name: code, State: license.ProductActive, Auth: license.ByKey}}
		if err := tx.InsertProduct(&p); err != nil {
			return err
		}
		policy := license.Policy{Tenant: tenant, Product: p.ID, Code: "default", Default: true, Terms: license.DefaultTerms()}
		if err := tx.InsertPolicy(&policy); err != nil {
			return err
		}
		order := license.Order{Tenant: tenant, Reference: code, Status: license.OrderCompleted}
		if _, err := tx.InsertOrder(&order); err != nil {
			return err
		}
		records := []license.LicenseRecord{{License: license.License{
			Tenant: tenant, Product: p.ID, Order: order.ID, Key: "K",
			Standing: license.Enabled, Terms: &policy.Terms, IssuedAt: 1, Revision: 1,
		}}}
		_, err := tx.InsertLicenses(records)
		l = records[0].License
		return err
	})
	return l
}

func mustRead(t *testing.T, s *Store, fn func(tx *Tx) error) {
	t.Helper()
	if err := s.Read(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestLicenseSecrets(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		l := someLicense(t, s, someTenant(t, s, "acme"), "app")
		want := license.LicenseSecrets{Tenant: l.Tenant, License: l.ID}
		look := func(what string) {
			t.Helper()
			mustRead(t, s, func(tx *Tx) error {
				got, err := tx.FindLicenseSecrets(l.Tenant, l.ID)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: FindLicenseSecrets (-want +got):\n%s", what, diff)
				}
				return err
			})
		}
		look("before")
		for _, full := range []bool{true, false} {
			mustWrite(t, s, func(tx *Tx) error {
				got, err := tx.LockLicenseSecrets(l.Tenant, l.ID)
				if err != nil {
					return err
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("LockLicenseSecrets (-want +got):\n%s", diff)
				}
				got = license.LicenseSecrets{Tenant: l.Tenant, License: l.ID, Email: "a@x.test"}
				if full {
					got.Password, got.Admin, got.SetupKey, got.Data = "p", "a", []byte("k"), "d"
					got.Reset = license.ResetCode{Digest: []byte("r"), Until: 5}
					got.AdminReset = license.ResetCode{Digest: []byte("s"), Until: 6}
				}
				want = got
				return tx.SaveLicenseSecrets(&got)
			})
			look(fmt.Sprint("full ", full))
		}
	})
}

func TestFindProductNamed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant, other := someTenant(t, s, "acme"), someTenant(t, s, "other")
		numbers := map[license.ProductID]int64{}
		ids := map[string]license.ProductID{}
		for _, code := range []string{"app", "p0000077"} {
			l := someLicense(t, s, tenant, code)
			ids[code] = l.Product
			mustRead(t, s, func(tx *Tx) error {
				p, err := tx.FindProduct(tenant, l.Product)
				numbers[l.Product] = p.Number
				return err
			})
		}
		someLicense(t, s, other, "P0000078")
		byNumber := func(id license.ProductID) string { return fmt.Sprintf("p%07d", numbers[id]) }
		for _, c := range []struct {
			name string
			want license.ProductID
		}{
			{"app", ids["app"]},
			{"APP", 0},
			{"P0000077", ids["p0000077"]},
			{"p0000077", ids["p0000077"]},
			{byNumber(ids["app"]), ids["app"]},
			{byNumber(ids["p0000077"]), ids["p0000077"]},
			{"P0000078", 0},
			{"P9999999", 0},
			{"P-000077", 0},
			{"P+000077", 0},
			{"", 0},
		} {
			mustRead(t, s, func(tx *Tx) error {
				p, err := tx.FindProductNamed(tenant, c.name)
				if p.ID != c.want || c.want == 0 && license.ReasonOf(err) != license.ProductUnknown {
					t.Errorf("FindProductNamed(%q) = %d, %v, want %d", c.name, p.ID, err, c.want)
				}
				return nil
			})
		}
	})
}

func TestActiveDevices(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		l := someLicense(t, s, someTenant(t, s, "acme"), "app")
		mustWrite(t, s, func(tx *Tx) error {
			for i, value := range []string{"ABC", "abc", "gone", "Z"} {
				d := license.Device{
					ID: license.DeviceID(i + 1), License: l.ID, Binding: license.Binding{Kind: license.BoundToHardware, Value: value},
					Active: value != "gone", ActivatedAt: license.Time(10 - i),
				}
				if err := tx.saveDevice(l.Tenant, &d); err != nil {
					return err
				}
				if err := tx.saveLease(l.Tenant, &license.Lease{License: l.ID, Device: d.ID, Until: license.Time(i)}); err != nil {
					return err
				}
			}
			return nil
		})
		names := func(list []license.Device, err error) string {
			t.Helper()
			text := ""
			for _, d := range list {
				text += d.Binding.Value + " "
			}
			if err != nil {
				t.Error(err)
			}
			return text
		}
		floating := l
		terms := *l.Terms
		terms.Floating = &license.FloatingTerms{Seats: 1, TimeoutMins: 1}
		floating.Terms = &terms
		mustRead(t, s, func(tx *Tx) error {
			for what, got := range map[string][2]string{
				"all":              {names(tx.ActiveDevices(&l, 0, 0, 10)), "ABC abc Z "},
				"page":             {names(tx.ActiveDevices(&l, 0, 1, 1)), "abc "},
				"seats":            {names(tx.ActiveDevices(&floating, 1, 0, 10)), "Z "},
				"first-activated":  {names(tx.FirstActivated(l.Tenant, l.ID, 2)), "Z abc "},
				"seats-before-any": {names(tx.ActiveDevices(&floating, 9, 0, 10)), ""},
			} {
				if got[0] != got[1] {
					t.Errorf("%s: the devices are %q, want %q", what, got[0], got[1])
				}
			}
			for name, want := range map[string]string{"ABC": "ABC", "abc": "abc", "aBc": "", "z": "Z", "gone": "-", "": "-"} {
				d, err := tx.FindActiveDevice(l.Tenant, l.ID, name)
				switch {
				case want == "-" && license.ReasonOf(err) != license.DeviceUnknown:
					t.Errorf("FindActiveDevice(%q) = %v, want device_unknown", name, err)
				case want != "-" && (err != nil || want != "" && d.Binding.Value != want):
					t.Errorf("FindActiveDevice(%q) = %q, %v, want %q", name, d.Binding.Value, err, want)
				}
			}
			return nil
		})
	})
}

func TestCredits(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		l := someLicense(t, s, someTenant(t, s, "acme"), "app")
		own := CreditHolder{Tenant: l.Tenant, Product: l.Product, License: l.ID}
		buyer := CreditHolder{Tenant: l.Tenant, Product: l.Product, Email: "Bob@X.test"}
		add := func(h CreditHolder, name string, n int64) error {
			return s.Write(t.Context(), func(tx *Tx) error { _, err := tx.AddCredit(h, name, n); return err })
		}
		for i := range 5 {
			if err := add(own, fmt.Sprint("c", i), 7); err != nil {
				t.Fatal(err)
			}
		}
		if err := add(buyer, "c1", 2); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{add(own, "c5", 1), add(buyer, "c5", 1), add(own, "c0", 0), add(own, "c0", license.MaxID)} {
			wantCode(t, "AddCredit", err, license.Invalid)
		}
		mustWrite(t, s, func(tx *Tx) error {
			c, err := tx.SpendCredit(own, "c1", 8)
			if err != nil || c.Amount != -1 || c.Target != LicenseCredits {
				t.Errorf("SpendCredit = %+v, %v, want -1 left", c, err)
			}
			_, err = tx.SpendCredit(own, "c1", -1)
			return err
		})
		mustRead(t, s, func(tx *Tx) error {
			got, err := tx.Credits(buyer)
			if diff := cmp.Diff([]Credit{{EmailCredits, "c1", 2}}, got); diff != "" {
				t.Errorf("Credits of the buyer (-want +got):\n%s", diff)
			}
			if err != nil {
				return err
			}
			got, err = tx.Credits(own)
			if len(got) != 5 || got[1] != (Credit{LicenseCredits, "c1", 0}) || got[2].Amount != 7 {
				t.Errorf("Credits of the license = %+v", got)
			}
			return err
		})
	})
}

func TestInfoTags(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		l := someLicense(t, s, someTenant(t, s, "acme"), "app")
		mustWrite(t, s, func(tx *Tx) error {
			for _, text := range []string{"a", "b", "c"} {
				if err := tx.AddInfoTag(&InfoTag{Tenant: l.Tenant, License: l.ID, Sealed: []byte(text), At: 1}); err != nil {
					return err
				}
			}
			return nil
		})
		got, before := "", int64(0)
		mustRead(t, s, func(tx *Tx) error {
			for {
				page, err := tx.ListInfoTags(l.Tenant, l.ID, before, 2)
				for _, tag := range page {
					got, before = got+string(tag.Sealed), tag.ID
				}
				if err != nil || len(page) < 2 {
					return err
				}
			}
		})
		if got != "cba" {
			t.Errorf("the tags are %q, want cba", got)
		}
	})
}
