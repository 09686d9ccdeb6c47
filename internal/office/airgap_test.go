package office_test

import (
	"encoding/base64"
	"fmt"
	"sync"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

// airGapCode is what an app makes of an initialization code.
func airGapCode(t *testing.T, initialization identity.Secret, hardware, key string) string {
	t.Helper()
	scalar, err := base64.StdEncoding.DecodeString(initialization.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	app, err := signing.ParseAirGap(scalar)
	if err != nil {
		t.Fatal(err)
	}
	code, err := app.ActivationCode(hardware, key)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestAirGap(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("app", office.TermsChange{})
		l := h.issue(office.NewLicenses{Product: "app"}).Licenses[0]
		ref := office.Ref{ID: l.ID}
		_, err := h.AirGapConfirm(ctx, h.boss, ref, "A", "AAAA", "42")
		want(t, "AirGapConfirm before an initialization code", err, license.SignatureBad)
		start, err := h.AirGapInit(ctx, h.boss, ref)
		h.ok(err)
		again, err := h.AirGapInit(ctx, h.boss, ref)
		h.ok(err)
		if start.InitializationCode != again.InitializationCode || start.PublicKey != again.PublicKey {
			t.Error("AirGapInit gives another code or key the second time")
		}
		code := airGapCode(t, start.InitializationCode, "A", l.Key)
		confirmed, err := h.AirGapConfirm(ctx, h.boss, ref, "A", code, "42")
		h.ok(err)
		h.ok(signing.VerifyConfirmationCode(start.PublicKey, confirmed, "A", l.Key, "42"))
		if err := signing.VerifyConfirmationCode(start.PublicKey, confirmed, "A", l.Key, "43"); err == nil {
			t.Error("the confirmation code is good for another policy file")
		}
		if now := h.load(ref); now.Activated != 1 {
			t.Errorf("%d activations, want 1", now.Activated)
		}
		_, err = h.AirGapConfirm(ctx, h.boss, ref, "A", code, "")
		h.ok(err)
		if now := h.load(ref); now.Activated != 1 {
			t.Errorf("asked again, %d activations, want 1", now.Activated)
		}
		t.Run("refusals", func(t *testing.T) {
			other := h.issue(office.NewLicenses{Product: "app"}).Licenses[0]
			_, err := h.AirGapInit(ctx, h.boss, office.Ref{ID: other.ID})
			h.ok(err)
			_, err = h.AirGapConfirm(ctx, h.boss, office.Ref{ID: other.ID}, "A", code, "")
			want(t, "AirGapConfirm with the code of another license", err, license.SignatureBad)
			_, err = h.AirGapConfirm(ctx, h.boss, ref, "B", code, "")
			want(t, "AirGapConfirm with the code of another device", err, license.SignatureBad)
			_, err = h.AirGapConfirm(ctx, h.boss, ref, "B", airGapCode(t, start.InitializationCode, "B", l.Key), "")
			want(t, "AirGapConfirm of a second device", err, license.DeviceLimit)
			_, err = h.CreateProduct(ctx, h.boss, office.NewProduct{Code: "people", Name: "People", Auth: license.ByUser})
			h.ok(err)
			_, err = h.AirGapInit(ctx, h.boss, h.license("people"))
			want(t, "AirGapInit of a license without a key", err, license.AuthMethodWrong)
			_, err = h.AirGapInit(ctx, h.boss, office.Ref{Product: "app", Key: "none"})
			want(t, "AirGapInit of no license", err, license.KeyUnknown)
		})
		t.Run("sealed", func(t *testing.T) {
			h.ok(h.store.Read(ctx, func(tx *store.Tx) error {
				sealed, err := tx.AirGapScalar(h.tenant, l.ID)
				if base64.StdEncoding.EncodeToString(sealed) == start.InitializationCode.Reveal() || len(sealed) <= 32 {
					t.Errorf("the scalar is stored as %d bytes, want it sealed", len(sealed))
				}
				return err
			}))
		})
		t.Run("freed", func(t *testing.T) {
			_, err := office.One(h.ChangeLicenses(ctx, h.boss, office.LicenseChange{Terms: office.TermsChange{RefuseOffline: ptr(true)}}, ref))
			h.ok(err)
			_, err = h.AirGapConfirm(ctx, h.boss, ref, "A", code, "")
			want(t, "AirGapConfirm where that is refused", err, license.OfflineRefused)
			_, err = h.AirGapInit(ctx, h.boss, ref)
			want(t, "AirGapInit where that is refused", err, license.OfflineRefused)
			freed, err := h.AirGapFree(ctx, h.boss, ref, "A", code, "42")
			h.ok(err)
			h.ok(signing.VerifyConfirmationCode(start.PublicKey, freed, "A", l.Key, "42"))
			if now := h.load(ref); now.Activated != 0 {
				t.Errorf("%d activations, want 0", now.Activated)
			}
			_, err = h.AirGapFree(ctx, h.boss, ref, "A", code, "42")
			want(t, "AirGapFree again", err, license.LicenseNotActive)
		})
	})
}

// Of many first requests, all get the keys that stay.
func TestAirGapKeysRace(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("app", office.TermsChange{})
		shared := h.license("app")
		var refs []office.Ref
		for range 8 {
			refs = append(refs, h.license("app"), shared)
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		seen := map[string]bool{}
		for _, ref := range refs {
			wg.Go(func() {
				start, err := h.AirGapInit(ctx, h.boss, ref)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
					return
				}
				seen["company "+start.PublicKey] = true
				seen[fmt.Sprint(start.License.ID, start.InitializationCode.Reveal())] = true
			})
		}
		wg.Wait()
		if len(seen) != 10 {
			t.Errorf("16 requests gave %d keys, want one of the company and 9 of licenses", len(seen))
		}
	})
}

func TestAirGapKey(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		_, err := h.AirGapKey(ctx, h.boss)
		wantCode(t, "AirGapKey before there is one", err, license.NotFound)
		made, err := h.EnsureAirGapKey(ctx, h.boss)
		h.ok(err)
		again, err := h.EnsureAirGapKey(ctx, h.boss)
		h.ok(err)
		if made.Public == "" || made.Private != nil || again.Public != made.Public {
			t.Errorf("EnsureAirGapKey = %+v, then %+v, want one key twice, without its private part", made, again)
		}
		h.product("app", office.TermsChange{})
		l := h.issue(office.NewLicenses{Product: "app"}).Licenses[0]
		start, err := h.AirGapInit(ctx, h.boss, office.Ref{ID: l.ID})
		h.ok(err)
		if start.PublicKey != made.Public {
			t.Errorf("AirGapInit tells of the key %q, want %q", start.PublicKey, made.Public)
		}
	})
}
