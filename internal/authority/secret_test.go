package authority_test

import (
	"crypto/sha256"
	"encoding/json"
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
	"licet/internal/signing"
	"licet/internal/store"
)

// desk is a vendor's server that asks for end users: its client, an ACTIVE product and one in TESTING MODE.
type desk struct {
	*world
	client authority.LicenseClient
}

const (
	sold     = "P0000001"
	tried    = "P0000002"
	userMail = "a@x.test"
	userIP   = "203.0.113.9"
)

func forEachDesk(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	forEachWorld(t, func(t *testing.T, w *world) {
		d := &desk{world: w}
		for code, state := range map[string]license.ProductState{sold: license.ProductActive, tried: license.ProductTesting} {
			_, err := w.office.CreateProduct(t.Context(), w.boss, office.NewProduct{Code: code, Name: code, State: state})
			w.must(err)
		}
		d.addClient("C0000001", store.BasicClient)
		var err error
		d.client, err = w.LicenseClient(t.Context(), "c0000001", "secret")
		w.must(err)
		test(t, d)
	})
}

// addClient makes an API client whose key is secret.
func (d *desk) addClient(id string, kind store.AppKeyKind) {
	d.t.Helper()
	digest := sha256.Sum256([]byte("secret"))
	d.must(d.store.Write(d.t.Context(), func(tx *store.Tx) error {
		return tx.InsertAppKey(&store.AppKey{Tenant: d.boss.Tenant, Kind: kind, Name: "portal", PublicID: id, Secret: digest[:], Created: d.now()})
	}))
}

// sell makes a license and returns its key.
func (d *desk) sell(product string, use license.PasswordUse, places int64, edit func(*office.TermsChange)) string {
	d.t.Helper()
	most := license.AtMost(places)
	terms := office.TermsChange{Password: &use, Activations: &most}
	if edit != nil {
		edit(&terms)
	}
	made, err := d.office.CreateLicenses(d.t.Context(), d.boss, office.NewLicenses{Product: product, Terms: terms})
	d.must(err)
	return made.Licenses[0].Key
}

// place claims a place by a password.
func (d *desk) place(product, key, device string, password, next identity.Secret) (authority.Answer, error) {
	return d.ActivateWithPassword(d.t.Context(), d.boss.Tenant, authority.PasswordActivation{
		Product: product, Key: key, Password: password, NewPassword: next, Email: userMail, Claim: license.Claim{HardwareID: device}})
}

// used makes a license of two places with the password 12345, and a device on it.
func (d *desk) used(product string, use license.PasswordUse) string {
	d.t.Helper()
	key := d.sell(product, use, 2, nil)
	_, err := d.place(product, key, "DEV1", "12345", "")
	d.must(err)
	return key
}

func (d *desk) call(product, key string) authority.SecretCall {
	return authority.SecretCall{Client: d.client, Product: product, License: key, Address: userIP}
}

// opens reports whether a password opens a license, for somebody at an address of their own.
func (d *desk) opens(product, key string, password identity.Secret) bool {
	d.t.Helper()
	c := d.call(product, key)
	c.Address = ""
	_, err := d.SignInLicensePage(d.t.Context(), c, password, authority.DevicePage{})
	if err != nil && license.ReasonOf(err) != license.LicensePasswordWrong {
		d.t.Errorf("SignInLicense = %v", err)
	}
	return err == nil
}

// mails returns kind and recipient of what was queued about a license, oldest first, and what is merged into each.
func (d *desk) mails(key string) (list []string, data []store.MailData) {
	d.t.Helper()
	d.must(d.store.Read(d.t.Context(), func(tx *store.Tx) error {
		mails, err := tx.ListMails(d.boss.Tenant, "", 0, 1000)
		slices.Reverse(mails)
		for i := range mails {
			m := &mails[i]
			text, err := d.keyring().Open(m.Context(), m.Data)
			if err != nil {
				return err
			}
			var say store.MailData
			if err := json.Unmarshal(text, &say); err != nil {
				return err
			}
			if say.LicenseCode == key {
				list, data = append(list, string(m.Kind)+" "+m.Recipient), append(data, say)
			}
		}
		return err
	}))
	return list, data
}

// keyring is the one of the world.
func (d *desk) keyring() *signing.Keyring { return signing.NewKeyring(signing.MasterKey{1}) }

// wantMails wants these mails about a license, and returns what is merged into them.
func (d *desk) wantMails(key string, want ...string) []store.MailData {
	d.t.Helper()
	got, data := d.mails(key)
	if diff := cmp.Diff(want, got); diff != "" {
		d.t.Errorf("the mails (-want +got):\n%s", diff)
	}
	return data
}

func TestLicenseClient(t *testing.T) {
	t.Parallel()
	forEachDesk(t, func(t *testing.T, d *desk) {
		d.addClient("C0000002", store.HMACKey)
		d.addClient("C0000003", store.BasicClient)
		d.must(d.store.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.RevokeAppKey(d.boss.Tenant, "C0000003", d.now())
			return err
		}))
		for _, c := range [][2]identity.Secret{
			{"", ""}, {"C0000001", ""}, {"C0000001", "Secret"}, {"C0000009", "secret"}, {"C0000009", ""}, {"C0000002", "secret"}, {"C0000003", "secret"}, {"C\x00", "secret"}, {"\xff", "secret"},
		} {
			_, err := d.LicenseClient(t.Context(), c[0].Reveal(), c[1])
			wantReason(t, "LicenseClient "+c[0].Reveal(), err, license.AppKeyUnknown)
		}
		if d.client.Tenant != d.boss.Tenant || d.client.Name != "portal" {
			t.Errorf("the client is %+v", d.client)
		}
	})
}

func TestChangeLicensePassword(t *testing.T) {
	t.Parallel()
	forEachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		t.Run("D01_D02_S2-01_S2-02_S2-03", func(t *testing.T) {
			for _, use := range []license.PasswordUse{license.SinglePassword, license.FixedPassword, license.SharedPassword} {
				key := d.used(sold, use)
				d.must(d.ChangeLicensePassword(ctx, d.call("p0000001", strings.ToLower(key)), "12345", "54321"))
				if !d.opens(sold, key, "54321") || d.opens(sold, key, "12345") {
					t.Errorf("%s: the password was not changed", use)
				}
			}
		})
		t.Run("D08_D09_D10_D11", func(t *testing.T) {
			key := d.used(sold, license.SinglePassword)
			change := func(edit func(*authority.SecretCall)) error {
				c := d.call(sold, key)
				c.Address = "203.0.113.200"
				edit(&c)
				return d.ChangeLicensePassword(ctx, c, "12345", "x")
			}
			for _, c := range []struct {
				name string
				edit func(*authority.SecretCall)
				want license.Reason
			}{
				{"product", func(c *authority.SecretCall) { c.Product = "P9999999" }, license.ProductUnknown},
				{"product-text", func(c *authority.SecretCall) { c.Product = "P\x00" }, license.ProductUnknown},
				{"license", func(c *authority.SecretCall) { c.License = "NOTHING" }, license.KeyUnknown},
				{"no-license", func(c *authority.SecretCall) { c.License = " " }, license.KeyUnknown},
				{"license-text", func(c *authority.SecretCall) { c.License = "\xff" }, license.KeyUnknown},
				{"of-another-product", func(c *authority.SecretCall) { c.Product = tried }, license.KeyUnknown},
				{"of-another-client", func(c *authority.SecretCall) { c.Client.Tenant++ }, license.ProductUnknown},
				{"client-of-one-product", func(c *authority.SecretCall) { c.Client.Product = 1 }, license.ProductUnknown},
				{"client-that-asks-only", func(c *authority.SecretCall) { c.Client.ReadOnly = true }, license.AppKeyReadOnly},
			} {
				wantReason(t, c.name, change(c.edit), c.want)
			}
			wantReason(t, "NP", d.ChangeLicensePassword(ctx, d.call(sold, d.sell(sold, license.NoPassword, 1, nil)), "a", "b"), license.NoLicensePassword)
			wantReason(t, "no password yet", d.ChangeLicensePassword(ctx, d.call(sold, d.sell(sold, license.SinglePassword, 1, nil)), "", "b"), license.LicensePasswordWrong)
			for _, next := range []identity.Secret{"", identity.Secret(strings.Repeat("p", 17)), "a\nb", "\xff"} {
				err := d.ChangeLicensePassword(ctx, d.call(sold, key), "12345", next)
				if license.CodeOf(err) != license.Invalid || license.Describe(err).Field != "new_password" {
					t.Errorf("a new password of %d bytes = %v, want invalid", len(next), err)
				}
			}
			d.must(d.ChangeLicensePassword(ctx, d.call(sold, key), "12345", identity.Secret(strings.Repeat("ü", 16))))
		})
		t.Run("D16_D17_D18_S2-17_Test", func(t *testing.T) {
			key := d.used(sold, license.SinglePassword)
			c := d.call(sold, key)
			c.Test, c.Mail = true, true
			wantReason(t, "a test", d.ChangeLicensePassword(ctx, c, "12345", "x"), license.TestRefused)
			wantReason(t, "a wrong test", d.ChangeLicensePassword(ctx, c, "wrong", "x"), license.LicensePasswordWrong)
			if !d.opens(sold, key, "12345") {
				t.Error("a test changed the password")
			}
			d.wantMails(key)
			key = d.used(tried, license.SinglePassword)
			c = d.call(tried, key)
			c.Test = true
			d.must(d.ChangeLicensePassword(ctx, c, "12345", "x"))
			if !d.opens(tried, key, "x") {
				t.Error("a test of a product in testing mode changed nothing")
			}
		})
		t.Run("D19_D20_mail", func(t *testing.T) {
			key := d.used(sold, license.SinglePassword)
			c := d.call(sold, key)
			d.must(d.ChangeLicensePassword(ctx, c, "12345", "x"))
			d.wantMails(key)
			c.Mail = true
			d.must(d.ChangeLicensePassword(ctx, c, "x", "y"))
			if data := d.wantMails(key, "license_password_changed "+userMail); data[0] != (store.MailData{ProductName: sold, LicenseCode: key}) {
				t.Errorf("the mail says %+v", data[0])
			}
		})
		t.Run("D52", func(t *testing.T) {
			key := d.used(sold, license.SinglePassword)
			winner := make(chan int, 20)
			won := d.race(20, license.LicensePasswordWrong, func(i int) error {
				c := d.call(sold, key)
				c.Address = fmt.Sprint("203.0.113.", 100+i)
				err := d.ChangeLicensePassword(ctx, c, "12345", identity.Secret(fmt.Sprint("p", i)))
				if err == nil {
					winner <- i
				}
				return err
			})
			if won != 1 || !d.opens(sold, key, identity.Secret(fmt.Sprint("p", <-winner))) {
				t.Errorf("%d of 20 change a password, want one, whose it is", won)
			}
		})
	})
}

func TestAdminPassword(t *testing.T) {
	t.Parallel()
	forEachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		t.Run("D21_D22_D23_D27_S2-04_S2-09", func(t *testing.T) {
			key := d.used(sold, license.SharedPassword)
			c := d.call(sold, key)
			setup, err := d.LicenseSetupKey(ctx, c)
			d.must(err)
			wantReason(t, "D22", d.SetAdminPassword(ctx, c, authority.AdminProof{SetupKey: setup + "X"}, "boss"), license.SetupKeyWrong)
			wantReason(t, "none set", d.SetAdminPassword(ctx, c, authority.AdminProof{Password: "boss"}, "boss"), license.AdminPasswordWrong)
			c.Mail = true
			d.must(d.SetAdminPassword(ctx, c, authority.AdminProof{SetupKey: identity.Secret(strings.ToLower(setup.Reveal()))}, "boss"))
			c.Mail = false
			d.must(d.SetAdminPassword(ctx, c, authority.AdminProof{Password: "boss"}, "boss2"))
			d.must(d.CheckAdminPassword(ctx, c, "boss2"))
			wantReason(t, "the one before", d.CheckAdminPassword(ctx, c, "boss"), license.AdminPasswordWrong)
			d.must(d.ChangeLicensePassword(ctx, c, "12345", "x"))
			d.must(d.CheckAdminPassword(ctx, c, "boss2"))
			d.must(d.SetAdminPassword(ctx, c, authority.AdminProof{SetupKey: setup}, "boss3"))
			if !d.opens(sold, key, "x") {
				t.Error("the license password is another one")
			}
			c.Test = true
			wantReason(t, "a test of the right one", d.CheckAdminPassword(ctx, c, "boss3"), license.TestRefused)
			wantReason(t, "a test of a wrong one", d.CheckAdminPassword(ctx, c, "boss"), license.AdminPasswordWrong)
			r, err := d.ReportLicense(ctx, c, authority.DevicePage{})
			d.must(err)
			if !r.AdminSet || r.Secrets.Admin != "" {
				t.Errorf("the report says %+v", r.Secrets)
			}
			d.wantMails(key, "license_key "+userMail, "welcome "+userMail, "admin_password_changed "+userMail)
		})
		t.Run("D25_D26_S2-06", func(t *testing.T) {
			single := d.call(sold, d.used(sold, license.SinglePassword))
			wantReason(t, "SU", d.SetAdminPassword(ctx, single, authority.AdminProof{Password: "x"}, "y"), license.NoAdministrator)
			wantReason(t, "SU", d.CheckAdminPassword(ctx, single, "x"), license.NoAdministrator)
			_, err := d.LicenseSetupKey(ctx, single)
			wantReason(t, "SU", err, license.NoAdministrator)
			_, err = d.RecoverAdminPassword(ctx, single)
			wantReason(t, "SU", err, license.NoAdministrator)
			shared := d.call(sold, d.used(sold, license.SharedPassword))
			for _, proof := range []authority.AdminProof{{}, {Password: "x", SetupKey: "y"}} {
				if err := d.SetAdminPassword(ctx, shared, proof, "z"); license.CodeOf(err) != license.Invalid {
					t.Errorf("SetAdminPassword by %+v = %v, want invalid", proof, err)
				}
			}
		})
		t.Run("D35_setup-key", func(t *testing.T) {
			key := d.sell(sold, license.SharedPassword, 2, nil) // never activated
			c := d.call(sold, key)
			c.Mail = true
			_, err := d.LicenseSetupKey(ctx, c)
			wantReason(t, "by mail to nobody", err, license.NoMailAddress)
			c.Mail = false
			keys := make(chan identity.Secret, 8)
			d.race(8, "", func(int) error {
				got, err := d.LicenseSetupKey(ctx, c)
				keys <- got
				return err
			})
			first := <-keys
			for range 7 {
				if again := <-keys; again != first || first == "" {
					t.Error("a setup key that is asked for several times at once differs")
				}
			}
			_, err = d.place(sold, key, "DEV1", "12345", "")
			d.must(err)
			c.Mail = true
			if got, err := d.LicenseSetupKey(ctx, c); got != "" || err != nil {
				t.Errorf("a setup key that is mailed = %d characters, %v, want none", len(got), err)
			}
			c.Test = true
			_, err = d.LicenseSetupKey(ctx, c)
			wantReason(t, "a test", err, license.TestRefused)
			data := d.wantMails(key, "license_key "+userMail, "welcome "+userMail, "license_key "+userMail)
			if data[0].Code != first.Reveal() || data[2].Code != first.Reveal() || data[1].Code != "" {
				t.Error("the mails say another setup key")
			}
		})
	})
}

func TestResetCodes(t *testing.T) {
	t.Parallel()
	forEachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		recovered := func(c authority.SecretCall) identity.Secret {
			t.Helper()
			code, err := d.RecoverLicensePassword(ctx, c)
			d.must(err)
			return code
		}
		t.Run("D28_D29_S2-13_S2-14", func(t *testing.T) {
			key := d.used(sold, license.SinglePassword)
			c := d.call(sold, key)
			code := recovered(c)
			if len(code) != 10 || d.opens(sold, key, code) || !d.opens(sold, key, "12345") {
				t.Errorf("a code of %d characters opens the license, or the password does not", len(code))
			}
			d.must(d.ChangeLicensePassword(ctx, c, identity.Secret(strings.ToLower(code.Reveal())), "newpw"))
			wantReason(t, "the code again", d.ChangeLicensePassword(ctx, c, code, "x"), license.LicensePasswordWrong)
			if d.opens(sold, key, "12345") || !d.opens(sold, key, "newpw") {
				t.Error("the password was not changed")
			}
			code = recovered(c)
			d.must(d.ChangeLicensePassword(ctx, c, "newpw", "other"))
			wantReason(t, "a code from before a change", d.ChangeLicensePassword(ctx, c, code, "x"), license.LicensePasswordWrong)
			d.wantMails(key)
		})
		t.Run("D30_mail", func(t *testing.T) {
			key := d.used(sold, license.SinglePassword)
			c := d.call(sold, key)
			c.Mail = true
			if got := recovered(c); got != "" {
				t.Error("a code that is mailed is in the answer")
			}
			code := d.wantMails(key, "password_reset_code "+userMail)[0].Code
			c.Mail = false
			d.must(d.ChangeLicensePassword(ctx, c, identity.Secret(code), "x"))
			c = d.call(sold, d.sell(sold, license.SinglePassword, 1, nil))
			c.Mail = true
			_, err := d.RecoverLicensePassword(ctx, c)
			wantReason(t, "nobody to mail it to", err, license.NoMailAddress)
			c = d.call(sold, d.sell(sold, license.NoPassword, 1, nil))
			_, err = d.RecoverLicensePassword(ctx, c)
			wantReason(t, "NP", err, license.NoLicensePassword)
		})
		t.Run("D31_D32", func(t *testing.T) {
			key := d.used(sold, license.SinglePassword)
			c := d.call(sold, key)
			first, second := recovered(c), recovered(c)
			wantReason(t, "the first of two codes", d.ChangeLicensePassword(ctx, c, first, "x"), license.LicensePasswordWrong)
			test := c
			test.Test = true
			code, err := d.RecoverLicensePassword(ctx, test)
			if wantReason(t, "a test", err, license.TestRefused); code != "" {
				t.Error("a test shows a code")
			}
			d.must(d.ChangeLicensePassword(ctx, c, second, "x"))
			late := recovered(c)
			d.advance(24 * time.Hour)
			wantReason(t, "a code after 24 hours", d.ChangeLicensePassword(ctx, c, late, "y"), license.LicensePasswordWrong)
		})
		t.Run("D33_D34_S2-15", func(t *testing.T) {
			key := d.used(sold, license.SharedPassword)
			c := d.call(sold, key)
			admin, err := d.RecoverAdminPassword(ctx, c)
			d.must(err)
			wantReason(t, "D33", d.ChangeLicensePassword(ctx, c, admin, "x"), license.LicensePasswordWrong)
			wantReason(t, "D34", d.SetAdminPassword(ctx, c, authority.AdminProof{Password: recovered(c)}, "x"), license.AdminPasswordWrong)
			wantReason(t, "a code is not the password", d.CheckAdminPassword(ctx, c, admin), license.AdminPasswordWrong)
			d.must(d.SetAdminPassword(ctx, c, authority.AdminProof{Password: admin}, "boss"))
			wantReason(t, "again", d.SetAdminPassword(ctx, c, authority.AdminProof{Password: admin}, "x"), license.AdminPasswordWrong)
			other := d.call(sold, d.used(sold, license.SharedPassword))
			wantReason(t, "of another license", d.ChangeLicensePassword(ctx, other, recovered(c), "x"), license.LicensePasswordWrong)
		})
		t.Run("D53", func(t *testing.T) {
			key := d.used(sold, license.SinglePassword)
			c := d.call(sold, key)
			c.Address = ""
			code := recovered(c)
			if won := d.race(5, license.LicensePasswordWrong, func(i int) error {
				return d.ChangeLicensePassword(ctx, c, code, identity.Secret(fmt.Sprint("p", i)))
			}); won != 1 {
				t.Errorf("%d of 5 use one code", won)
			}
		})
	})
}
