package authority_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// devices names the devices of a license as a report lists them.
func (d *desk) devices(product, key string, page authority.DevicePage) (list []string, more bool) {
	d.t.Helper()
	r, err := d.ReportLicense(d.t.Context(), d.call(product, key), page)
	d.must(err)
	for i := range r.Devices {
		list = append(list, r.Devices[i].Binding.Value)
	}
	return list, r.MoreDevices
}

func (d *desk) wantDevices(product, key string, want ...string) {
	d.t.Helper()
	got, _ := d.devices(product, key, authority.DevicePage{})
	if diff := cmp.Diff(want, got); diff != "" {
		d.t.Errorf("the devices (-want +got):\n%s", diff)
	}
}

func wantInvalid(t *testing.T, what string, err error, field string) {
	t.Helper()
	if got := license.Describe(err); err == nil || got.Code != license.Invalid || got.Field != field {
		t.Errorf("%s = %v, want invalid %s", what, err, field)
	}
}

func TestActivateSingleUser(t *testing.T) {
	t.Parallel()
	forEachDesk(t, func(t *testing.T, d *desk) {
		t.Run("roll-over", func(t *testing.T) {
			key := d.sell(sold, license.SinglePassword, 2, nil)
			try := func(device string, password, next identity.Secret) error {
				_, err := d.place(sold, key, device, password, next)
				return err
			}
			wantInvalid(t, "a first password of 17", try("A", identity.Secret(strings.Repeat("p", 17)), ""), "password")
			wantInvalid(t, "no first password", try("A", "", ""), "password")
			wantInvalid(t, "another one at the first", try("A", "one", "two"), "new_password")
			d.must(try("A", "one", ""))
			wantInvalid(t, "no new one", try("B", "one", ""), "new_password")
			wantInvalid(t, "the same one", try("B", "one", "one"), "new_password")
			wantReason(t, "a wrong one", try("B", "bad", "two"), license.LicensePasswordWrong)
			d.advance(time.Second)
			d.must(try("B", "one", "two"))
			d.wantDevices(sold, key, "A", "B")
			wantReason(t, "the one before", try("C", "one", "three"), license.LicensePasswordWrong)
			d.advance(time.Second)
			d.must(try("A", "two", "three")) // It keeps its place, and stays the first one.
			d.wantDevices(sold, key, "A", "B")
			ans, err := d.place(sold, key, "C", "three", "four")
			d.must(err)
			d.wantDevices(sold, key, "B", "C")
			if ans.License.Activated != 2 || ans.Device.Binding.Value != "C" || ans.License.Transfers != 1 {
				t.Errorf("the answer has %d devices and %d transfers, want 2 and 1", ans.License.Activated, ans.License.Transfers)
			}
			_, err = d.Check(t.Context(), authority.Request{Product: ans.Product.Number, Key: key, Claim: license.Claim{HardwareID: "A"}})
			d.must(err)
			if !d.opens(sold, key, "four") {
				t.Error("the new password does not open it")
			}
			d.wantMails(key)
		})
		t.Run("a-refusal-changes-nothing", func(t *testing.T) {
			none := license.None
			key := d.sell(sold, license.SinglePassword, 1, func(c *office.TermsChange) { c.Transfers = &none })
			_, err := d.place(sold, key, "A", "one", "")
			d.must(err)
			_, err = d.place(sold, key, "B", "one", "two")
			wantReason(t, "a move too much", err, license.TransferLimit)
			d.wantDevices(sold, key, "A")
			if !d.opens(sold, key, "one") {
				t.Error("the password was changed")
			}
		})
		t.Run("fixed", func(t *testing.T) {
			key := d.used(sold, license.FixedPassword)
			_, err := d.place(sold, key, "DEV2", "12345", "x")
			wantInvalid(t, "another password", err, "new_password")
			_, err = d.place(sold, key, "DEV2", "12345", "")
			d.must(err)
			_, err = d.place(sold, key, "DEV3", "12345", "")
			wantReason(t, "one too many", err, license.DeviceLimit)
		})
		t.Run("no-password", func(t *testing.T) {
			key := d.sell(sold, license.NoPassword, 1, nil)
			_, err := d.place(sold, key, "A", "whatever", "")
			d.must(err)
			_, err = d.place(sold, key, "A", "", "")
			d.must(err)
			if s := d.secrets(key); s.Password != "" || s.Email != userMail {
				t.Errorf("a license without a password keeps %+v", s)
			}
		})
		t.Run("not-without", func(t *testing.T) {
			key := d.sell(sold, license.SinglePassword, 1, nil)
			p, err := d.office.FindProduct(t.Context(), d.boss, sold)
			d.must(err)
			_, err = d.Activate(t.Context(), authority.Request{Product: p.Number, Key: key, Claim: license.Claim{HardwareID: "A"}})
			wantReason(t, "Activate", err, license.LicensePasswordRequired)
		})
		t.Run("first-password-race", func(t *testing.T) {
			key := d.sell(sold, license.FixedPassword, 8, nil)
			won := d.race(8, license.LicensePasswordWrong, func(i int) error {
				_, err := d.place(sold, key, fmt.Sprint("PC", i), identity.Secret(fmt.Sprint("p", i)), "")
				return err
			})
			if won != 1 {
				t.Errorf("%d of 8 set the first password, want 1", won)
			}
			key = d.sell(sold, license.FixedPassword, 8, nil)
			if won := d.race(8, "", func(i int) error {
				_, err := d.place(sold, key, fmt.Sprint("PC", i), "same", "")
				return err
			}); won != 8 {
				t.Errorf("%d of 8 with the same first password get a place", won)
			}
		})
		t.Run("roll-over-race", func(t *testing.T) {
			key := d.used(sold, license.SinglePassword)
			won := d.race(8, license.LicensePasswordWrong, func(i int) error {
				_, err := d.place(sold, key, fmt.Sprint("PC", i), "12345", identity.Secret(fmt.Sprint("p", i)))
				return err
			})
			if list, _ := d.devices(sold, key, authority.DevicePage{}); won != 1 || len(list) != 2 {
				t.Errorf("%d of 8 re-activate, and there are %d devices; want 1 and 2", won, len(list))
			}
		})
	})
}

func (d *desk) secrets(key string) (s license.LicenseSecrets) {
	d.t.Helper()
	r, err := d.ReportLicense(d.t.Context(), d.call(sold, key), authority.DevicePage{})
	d.must(err)
	d.must(d.store.Read(d.t.Context(), func(tx *store.Tx) (err error) {
		s, err = tx.FindLicenseSecrets(d.boss.Tenant, r.License.ID)
		return err
	}))
	return s
}

func TestActivateMultiUser(t *testing.T) {
	t.Parallel()
	forEachDesk(t, func(t *testing.T, d *desk) {
		t.Run("D36_D49", func(t *testing.T) {
			key := d.sell(sold, license.SharedPassword, 3, nil)
			p := authority.PasswordActivation{Product: sold, Key: key, Password: "seatpw", Claim: license.Claim{HardwareID: "PC0"}}
			_, err := d.ActivateWithPassword(t.Context(), d.boss.Tenant, p)
			wantInvalid(t, "no address", err, "email")
			p.Email = "none"
			_, err = d.ActivateWithPassword(t.Context(), d.boss.Tenant, p)
			wantInvalid(t, "no such address", err, "email")
			p.Email = "m@x.test"
			_, err = d.ActivateWithPassword(t.Context(), d.boss.Tenant, p)
			d.must(err)
			won := d.race(8, license.DeviceLimit, func(i int) error {
				_, err := d.place(sold, key, fmt.Sprint("PC", i+1), "seatpw", "")
				return err
			})
			if list, _ := d.devices(sold, key, authority.DevicePage{}); won != 2 || len(list) != 3 {
				t.Errorf("%d of 8 get one of 2 places, and there are %d devices", won, len(list))
			}
			_, err = d.place(sold, key, "PC0", "wrong", "")
			wantReason(t, "a wrong password", err, license.LicensePasswordWrong)
			_, err = d.place(sold, key, "PC0", "seatpw", "x")
			wantInvalid(t, "a new password for a seat", err, "new_password")
			data := d.wantMails(key, "license_key m@x.test", "welcome m@x.test")
			setup, err := d.LicenseSetupKey(t.Context(), d.call(sold, key))
			d.must(err)
			if data[0].Code != setup.Reveal() {
				t.Error("the mail says another setup key")
			}
			if s := d.secrets(key); s.Email != "m@x.test" {
				t.Errorf("the address is %s, want that of the first activation", s.Email)
			}
		})
		t.Run("D50_floating", func(t *testing.T) {
			key := d.sell(sold, license.SharedPassword, 0, func(c *office.TermsChange) {
				any := license.Unlimited
				c.Activations, c.Floating = &any, &license.FloatingTerms{Seats: license.AtMost(2), TimeoutMins: 2880}
			})
			seat := func(device string) error {
				_, err := d.place(sold, key, device, "seatpw", "")
				return err
			}
			d.must(seat("A"))
			d.must(seat("B"))
			wantReason(t, "a third seat", seat("C"), license.SeatLimit)
			d.wantDevices(sold, key, "A", "B")
			d.advance(47 * time.Hour)
			d.must(seat("B")) // renews it
			d.advance(time.Hour)
			d.wantDevices(sold, key, "B")
			d.must(seat("C"))
			wantReason(t, "A, too late", seat("A"), license.SeatLimit)
			c := d.call(sold, key)
			d.must(d.DropLicenseDevice(t.Context(), c, "b"))
			d.must(seat("A"))
			d.wantDevices(sold, key, "A", "C")
			d.wantMails(key, "license_key "+userMail, "welcome "+userMail)
		})
		t.Run("after-a-recovery", func(t *testing.T) {
			key := d.sell(sold, license.SharedPassword, 2, nil)
			c := d.call(sold, key)
			email := "b@x.test"
			d.must(d.ChangeActivation(t.Context(), c, &email, nil))
			code, err := d.RecoverLicensePassword(t.Context(), c)
			d.must(err)
			d.must(d.ChangeLicensePassword(t.Context(), c, code, "12345"))
			_, err = d.ActivateWithPassword(t.Context(), d.boss.Tenant, authority.PasswordActivation{Product: sold, Key: key, Password: "12345",
				Claim: license.Claim{HardwareID: "A"}})
			d.must(err)
			d.wantMails(key, "license_key b@x.test", "welcome b@x.test")
		})
	})
}

func TestLookAfterLicense(t *testing.T) {
	t.Parallel()
	forEachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		t.Run("D48_report", func(t *testing.T) {
			key := d.used(sold, license.SharedPassword)
			c := d.call(sold, key)
			_, err := d.place(sold, key, "DEV2", "12345", "")
			d.must(err)
			wantReason(t, "a wrong password", func() error { _, err := d.SignInLicensePage(ctx, c, "bad", authority.DevicePage{}); return err }(), license.LicensePasswordWrong)
			r, err := d.SignInLicensePage(ctx, c, "12345", authority.DevicePage{})
			d.must(err)
			want := license.LicenseSecrets{Tenant: d.boss.Tenant, License: r.License.ID, Email: userMail}
			if diff := cmp.Diff(want, r.Secrets); diff != "" || r.AdminSet || r.Product.Code != sold || r.License.Key != key || len(r.Devices) != 2 || r.Now != d.now() {
				t.Errorf("the report is %+v\n%s", r, diff)
			}
			for _, c := range []struct {
				page authority.DevicePage
				want string
				more bool
			}{
				{authority.DevicePage{Limit: 1}, "DEV1", true},
				{authority.DevicePage{Limit: 2}, "DEV1 DEV2", false},
				{authority.DevicePage{After: r.Devices[0].ID, Limit: 5}, "DEV2", false},
				{authority.DevicePage{Limit: -1}, "", false},
			} {
				if list, more := d.devices(sold, key, c.page); strings.Join(list, " ") != c.want || more != c.more {
					t.Errorf("page %+v = %v, %t, want %s, %t", c.page, list, more, c.want, c.more)
				}
			}
			_, err = d.SignInLicensePage(ctx, d.call(sold, d.sell(sold, license.NoPassword, 1, nil)), "x", authority.DevicePage{})
			wantReason(t, "NP", err, license.NoLicensePassword)
		})
		t.Run("D44_D45_change", func(t *testing.T) {
			key := d.used(sold, license.SinglePassword)
			c := d.call(sold, key)
			c.Mail = true
			text := func(s string) *string { return &s }
			wantInvalid(t, "too much data", d.ChangeActivation(ctx, c, text("b@x.test"), text(strings.Repeat("d", 201))), "data")
			wantInvalid(t, "no address", d.ChangeActivation(ctx, c, text("none"), text("d")), "email")
			wantInvalid(t, "nothing", d.ChangeActivation(ctx, c, nil, nil), "")
			test := c
			test.Test = true
			wantReason(t, "a test", d.ChangeActivation(ctx, test, text("b@x.test"), nil), license.TestRefused)
			if s := d.secrets(key); s.Email != userMail || s.Data != "" {
				t.Errorf("something was changed: %+v", s)
			}
			d.wantMails(key)
			d.must(d.ChangeActivation(ctx, c, text(" b@x.test "), text(strings.Repeat("ü", 200))))
			d.must(d.ChangeActivation(ctx, c, text("b@x.test"), text("d")))
			data := d.wantMails(key, "email_changed "+userMail, "email_changed b@x.test")
			if data[0].OldEmail != userMail || data[0].NewEmail != "b@x.test" {
				t.Errorf("the mail says %+v", data[0])
			}
			if s := d.secrets(key); s.Email != "b@x.test" || s.Data != "d" || !d.opens(sold, key, "12345") {
				t.Errorf("the license has %+v", s)
			}
		})
		t.Run("D46_D47_device", func(t *testing.T) {
			key := d.used(sold, license.SharedPassword)
			c := d.call(sold, key)
			test := c
			test.Test = true
			wantReason(t, "a test", d.DropLicenseDevice(ctx, test, "DEV1"), license.TestRefused)
			wantReason(t, "a test of an unknown one", d.DropLicenseDevice(ctx, test, "DEV9"), license.DeviceUnknown)
			d.wantDevices(sold, key, "DEV1")
			if won := d.race(5, license.DeviceUnknown, func(int) error { return d.DropLicenseDevice(ctx, c, "dev1") }); won != 1 {
				t.Errorf("%d of 5 drop one device", won)
			}
			d.wantDevices(sold, key)
			wantReason(t, "no name", d.DropLicenseDevice(ctx, c, ""), license.DeviceUnknown)
			wantReason(t, "a name that is none", d.DropLicenseDevice(ctx, c, "\x00"), license.DeviceUnknown)
		})
		t.Run("info-tags", func(t *testing.T) {
			key := d.used(sold, license.SinglePassword)
			c := d.call(sold, key)
			id := d.secrets(key).License
			d.must(d.store.Write(ctx, func(tx *store.Tx) error {
				for _, text := range []string{"one", "two"} {
					sealed := d.keyring().Seal(store.InfoTagContext(d.boss.Tenant, id), []byte(text))
					if err := tx.AddInfoTag(&store.InfoTag{Tenant: d.boss.Tenant, License: id, Sealed: sealed, At: d.now()}); err != nil {
						return err
					}
				}
				return nil
			}))
			tags, err := d.InfoTags(ctx, c)
			d.must(err)
			r, err := d.ReportLicense(ctx, c, authority.DevicePage{})
			d.must(err)
			if len(tags) != 2 || tags[0].Text != "two" || tags[1].Text != "one" || tags[0].Sealed != nil || r.InfoTag != "two" {
				t.Errorf("the tags are %+v, and the report says %q", tags, r.InfoTag)
			}
		})
	})
}

func TestCredits(t *testing.T) {
	t.Parallel()
	forEachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		_, err := d.office.CreateCustomer(ctx, d.boss, office.NewCustomer{Email: userMail})
		d.must(err)
		use := license.SinglePassword
		made, err := d.office.CreateLicenses(ctx, d.boss, office.NewLicenses{Product: sold, Customer: userMail, Terms: office.TermsChange{Password: &use}})
		d.must(err)
		key := made.Licenses[0].Key
		_, err = d.place(sold, key, "DEV1", "12345", "")
		d.must(err)
		c := d.call(sold, key)
		r, err := d.ReportLicense(ctx, c, authority.DevicePage{})
		d.must(err)
		own := store.CreditHolder{Tenant: d.boss.Tenant, Product: r.Product.ID, License: r.License.ID}
		buyer := store.CreditHolder{Tenant: d.boss.Tenant, Product: r.Product.ID, Email: strings.ToUpper(userMail)}
		add := func(h store.CreditHolder, name string, n int64) {
			t.Helper()
			d.must(d.store.Write(ctx, func(tx *store.Tx) error { _, err := tx.AddCredit(h, name, n); return err }))
		}
		add(own, "pages", 10)
		add(buyer, "pages", 5)
		add(buyer, "scans", 3)
		credits := func(target string) []store.Credit {
			t.Helper()
			list, err := d.LicenseCredits(ctx, c, target)
			d.must(err)
			return list
		}
		want := []store.Credit{{Target: store.LicenseCredits, Name: "pages", Amount: 10}, {Target: store.EmailCredits, Name: "pages", Amount: 5}, {Target: store.EmailCredits, Name: "scans", Amount: 3}}
		for target, want := range map[string][]store.Credit{"ALL": want, "License": want[:1], "EMAIL": want[1:]} {
			if diff := cmp.Diff(want, credits(target)); diff != "" {
				t.Errorf("LicenseCredits(%s) (-want +got):\n%s", target, diff)
			}
		}
		spend := func(name string, n int64, target string) (int64, error) {
			left, err := d.SpendCredits(ctx, c, name, n, target)
			return left.Amount, err
		}
		for _, f := range []struct {
			field, name, target string
			n                   int64
		}{{"count", "pages", "ALL", -1}, {"count", "pages", "ALL", 20_001}, {"target", "pages", "", 1}, {"name", "", "ALL", 1}, {"name", "\x00", "ALL", 1}} {
			_, err := spend(f.name, f.n, f.target)
			wantInvalid(t, fmt.Sprintf("SpendCredits %+v", f), err, f.field)
		}
		_, err = spend("pages", 16, "ALL")
		wantReason(t, "more than there are", err, license.CreditShort)
		_, err = spend("pages", 11, "LICENSE")
		wantReason(t, "more than the license has", err, license.CreditShort)
		_, err = spend("scans", 1, "LICENSE")
		wantReason(t, "another's", err, license.CreditUnknown)
		c.Test = true
		for n, reason := range map[int64]license.Reason{15: license.TestRefused, 16: license.CreditShort} {
			_, err = spend("pages", n, "ALL")
			wantReason(t, fmt.Sprint("a test of ", n), err, reason)
		}
		c.Test = false
		if diff := cmp.Diff(want, credits("ALL")); diff != "" {
			t.Errorf("refusals and tests took some (-want +got):\n%s", diff)
		}
		if left, err := spend("pages", 12, "ALL"); left != 3 || err != nil {
			t.Errorf("SpendCredits(12 of 15) = %d, %v, want 3 left", left, err)
		}
		if left, err := spend("pages", 0, "all"); left != 3 || err != nil {
			t.Errorf("SpendCredits(0) = %d, %v, want 3 left", left, err)
		}
		won := d.race(10, license.CreditShort, func(int) error { _, err := spend("pages", 1, "ALL"); return err })
		got := credits("ALL")
		if won != 3 || slices.ContainsFunc(got, func(c store.Credit) bool { return c.Name == "pages" && c.Amount != 0 }) {
			t.Errorf("%d of 10 take one of 3, and left are %+v", won, got)
		}
	})
}
