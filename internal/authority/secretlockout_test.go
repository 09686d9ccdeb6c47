package authority_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/store"
)

func TestAddressLockout(t *testing.T) {
	t.Parallel()
	forEachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		key := d.used(sold, license.SharedPassword)
		at := func(address string) authority.SecretCall {
			c := d.call(sold, key)
			c.Address = address
			return c
		}
		right := func(address string) error { return d.ChangeLicensePassword(ctx, at(address), "12345", "12345") }
		t.Run("D37_D38_S2-24_S2-25", func(t *testing.T) {
			c := at("203.0.113.1")
			wrong := []func() error{ // ten of all kinds
				func() error { return d.ChangeLicensePassword(ctx, c, "bad", "x") },
				func() error {
					test := c
					test.Test = true
					return d.ChangeLicensePassword(ctx, test, "bad", "x")
				},
				func() error { _, err := d.SignInLicensePage(ctx, c, "bad", authority.DevicePage{}); return err },
				func() error { return d.CheckAdminPassword(ctx, c, "bad") },
				func() error { return d.SetAdminPassword(ctx, c, authority.AdminProof{Password: "bad"}, "x") },
				func() error { return d.SetAdminPassword(ctx, c, authority.AdminProof{SetupKey: "bad"}, "x") },
				func() error { unknown := c; unknown.License = "NO"; return d.DropLicenseDevice(ctx, unknown, "x") },
				func() error {
					_, err := d.ActivateWithPassword(ctx, d.boss.Tenant, authority.PasswordActivation{Product: sold, Key: key, Password: "bad",
						Claim: license.Claim{HardwareID: "x", Address: c.Address}})
					return err
				},
				func() error {
					unknown := c
					unknown.License = "NO"
					_, err := d.InfoTags(ctx, unknown)
					return err
				},
			}
			for i, try := range wrong {
				if got := license.ReasonOf(try()); got == license.AddressLocked || got == "" {
					t.Errorf("try %d = %s", i, got)
				}
			}
			d.must(right("203.0.113.1")) // A success clears nothing.
			unknown := c
			unknown.Product = "P9999999"
			_, err := d.InfoTags(ctx, unknown)
			wantReason(t, "an unknown product, which does not count", err, license.ProductUnknown)
			d.must(right("203.0.113.1"))
			wantReason(t, "the tenth", d.ChangeLicensePassword(ctx, c, "bad", "x"), license.LicensePasswordWrong)
			err = right("203.0.113.1")
			if wantReason(t, "the right one while locked", err, license.AddressLocked); license.Describe(err).RetryAfter != 24*time.Hour {
				t.Errorf("RetryAfter is %s, want 24h", license.Describe(err).RetryAfter)
			}
			_, err = d.SignInLicensePage(ctx, c, "12345", authority.DevicePage{})
			wantReason(t, "SignInLicense while locked", err, license.AddressLocked)
			_, err = d.place(sold, key, "DEV1", "12345", "")
			d.must(err)
			d.must(right("203.0.113.2"))
			_, err = d.ReportLicense(ctx, c, authority.DevicePage{})
			d.must(err)
			d.wantLocked("203.0.113.1")
			d.advance(24 * time.Hour)
			d.must(right("203.0.113.1"))
		})
		t.Run("S2-26_it-survives-and-a-policy-counts", func(t *testing.T) {
			d.must(d.store.Write(ctx, func(tx *store.Tx) error {
				return tx.SaveServerSetting(store.SettingAddressLockout, `{"failures_per_round":2}`)
			}))
			for range 2 {
				wantReason(t, "wrong", d.ChangeLicensePassword(ctx, at("203.0.113.3"), "bad", "x"), license.LicensePasswordWrong)
			}
			again := newAuthority(d.world) // as after a restart
			wantReason(t, "after a restart", again.ChangeLicensePassword(ctx, at("203.0.113.3"), "12345", "x"), license.AddressLocked)
		})
		t.Run("a-race-of-guesses", func(t *testing.T) {
			tries := d.race(40, license.AddressLocked, func(i int) error {
				err := d.ChangeLicensePassword(ctx, at("203.0.113.4"), identity.Secret(fmt.Sprint("bad", i)), "x")
				if license.ReasonOf(err) == license.LicensePasswordWrong {
					return nil
				}
				return err
			})
			if tries != 2 {
				t.Errorf("%d of 40 guesses at once are answered, want 2", tries)
			}
		})
	})
}

// newAuthority is another process on the same database.
func newAuthority(w *world) *authority.Authority {
	return authority.New(authority.Deps{Store: w.store, Now: w.now, Keyring: signing.NewKeyring(signing.MasterKey{1}), Hasher: identity.NewHasher(1, nil)})
}

// wantLocked wants one event of an address that was locked.
func (d *desk) wantLocked(address string) {
	d.t.Helper()
	n := 0
	for _, e := range d.events() {
		if e.Kind == license.AddressWasLocked && e.Data["address"] == address {
			n++
		}
	}
	if n != 1 {
		d.t.Errorf("%d events of an address that was locked, want 1", n)
	}
}

func (d *desk) events() (list []license.StoredEvent) {
	d.t.Helper()
	d.must(d.store.Read(d.t.Context(), func(tx *store.Tx) (err error) {
		list, err = tx.ListEvents(d.boss.Tenant, 0, 0, 1000)
		return err
	}))
	return list
}

// D54: what is stored in clear holds no secret.
func TestNoSecretIsStored(t *testing.T) {
	t.Parallel()
	forEachDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		key := d.used(sold, license.SharedPassword)
		c := d.call(sold, key)
		c.Mail = true
		_, err := d.RecoverLicensePassword(ctx, c)
		d.must(err)
		_, data := d.mails(key)
		d.must(d.SetAdminPassword(ctx, c, authority.AdminProof{SetupKey: identity.Secret(data[0].Code)}, "boss-secret"))
		d.must(d.ChangeLicensePassword(ctx, c, identity.Secret(data[2].Code), "other-secret"))
		said := fmt.Sprintf("%v %#v %+v", c, c, authority.PasswordActivation{Password: "other-secret", NewPassword: "boss-secret"})
		for _, e := range d.events() {
			text, err := json.Marshal(e)
			d.must(err)
			said += string(text)
		}
		var s license.LicenseSecrets
		d.must(d.store.Read(ctx, func(tx *store.Tx) error {
			r, err := d.ReportLicense(ctx, c, authority.DevicePage{})
			d.must(err)
			said += fmt.Sprintf("%+v", r)
			s, err = tx.FindLicenseSecrets(d.boss.Tenant, r.License.ID)
			return err
		}))
		said += fmt.Sprintf("%+v%s", s, s.SetupKey)
		for _, secret := range []string{data[0].Code, data[2].Code, "boss-secret", "other-secret", "12345\""} {
			if strings.Contains(said, secret) {
				t.Errorf("a secret of %d characters is stored or shown", len(secret))
			}
		}
	})
}
