package authority_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// trialProduct makes a product whose trials last a week.
func (w *world) trialProduct(code string, auth license.AuthMethod, fields ...license.CustomField) office.Product {
	w.t.Helper()
	p, err := w.office.CreateProduct(w.t.Context(), w.boss, office.NewProduct{Code: code, Name: code, Auth: auth, Fields: fields})
	w.must(err)
	w.trialPolicy(code, "trial", 7)
	return p
}

func (w *world) trialPolicy(product, code string, days int64) {
	w.t.Helper()
	trial, week := true, license.Span{Seconds: days * 86400}
	_, err := w.office.CreatePolicy(w.t.Context(), w.boss, office.NewPolicy{Product: product, Code: code, Name: code,
		Terms: office.TermsChange{Trial: &trial, Duration: &week}})
	w.must(err)
}

func TestTrialForKey(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.trialProduct("tool", license.ByKey, license.CustomField{Name: "regions", Type: license.TextField, Value: "eu"})
		w.trialPolicy("tool", "long", 30)
		ask := authority.TrialRequest{Tenant: w.boss.Tenant, Code: "tool", HardwareID: "A", Email: "Buyer@corp.test", FirstName: "Ann",
			Company: "Corp", City: "Bonn", Country: "DE", Reference: "r1"}
		got, err := w.TrialFor(ctx, ask)
		w.must(err)
		c := got.Detail.Customer
		if !got.Fresh || got.User != nil || got.License.Key == "" || got.License.CustomFields == "" || got.Detail.Order.Customer != c.ID || !got.Detail.Order.Trial {
			t.Errorf("TrialFor = %+v, want a fresh license with a key, its custom fields and an order of the customer", got)
		}
		if c.Email != "Buyer@corp.test" || c.Company != "Corp" || c.City != "Bonn" || c.Country != "DE" || c.FirstName != "Ann" || c.Reference != "r1" {
			t.Errorf("customer = %+v, want what was said of them", c)
		}
		ask.Company = "Evil"
		again, err := w.TrialFor(ctx, ask)
		w.must(err)
		if again.Fresh || again.License.ID != got.License.ID || again.Detail.Customer.Company != "Corp" {
			t.Errorf("TrialFor again = %+v, want the same license and an untouched customer", again)
		}
		ask.HardwareID, ask.Policy = "B", "long"
		long, err := w.TrialFor(ctx, ask)
		w.must(err)
		if long.License.Terms.Duration.Seconds != 30*86400 || long.Detail.Customer.ID != c.ID {
			t.Errorf("TrialFor by another policy = %+v, want 30 days, of the same customer", long.License)
		}
		for what, c := range map[string]struct {
			edit func(*authority.TrialRequest)
			want license.Reason
		}{
			"without a device":      {func(r *authority.TrialRequest) { r.HardwareID = "" }, license.DeviceRequired},
			"of no product":         {func(r *authority.TrialRequest) { r.Code = "none" }, license.ProductUnknown},
			"by no policy":          {func(r *authority.TrialRequest) { r.Policy = "none" }, license.TrialRefused},
			"by a policy for sale":  {func(r *authority.TrialRequest) { r.Policy = office.DefaultPolicyCode }, license.TrialRefused},
			"of a product for sale": {func(r *authority.TrialRequest) { r.Code = "app" }, license.TrialRefused},
		} {
			bad := authority.TrialRequest{Tenant: w.boss.Tenant, Code: "tool", HardwareID: "C"}
			c.edit(&bad)
			_, err := w.TrialFor(ctx, bad)
			wantReason(t, "TrialFor "+what, err, c.want)
		}
		_, err = w.TrialFor(ctx, authority.TrialRequest{Tenant: w.boss.Tenant, Code: "tool", HardwareID: "C", Email: "no address"})
		if license.CodeOf(err) != license.Invalid {
			t.Errorf("TrialFor of no address = %v, want invalid", err)
		}
	})
}

// A trial begins with its activation, and a device tries a product once.
func TestTrialForEnds(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.trialProduct("tool", license.ByKey)
		ask := authority.TrialRequest{Tenant: w.boss.Tenant, Code: "tool", HardwareID: "A"}
		got, err := w.TrialFor(ctx, ask)
		w.must(err)
		w.advance(20 * 24 * time.Hour) // It lies about unused.
		ans, err := w.Activate(ctx, authority.Request{By: &store.Lookup{Tenant: w.boss.Tenant, Code: "tool", Key: got.License.Key}, Claim: license.Claim{HardwareID: "A"}})
		w.must(err)
		if want := w.now().Add(7 * 24 * time.Hour); ans.License.ExpiresAt != want {
			t.Errorf("the trial ends %s, want %s, a week from its activation", ans.License.ExpiresAt, want)
		}
		w.advance(7*24*time.Hour - time.Second)
		_, err = w.TrialFor(ctx, ask)
		w.must(err)
		w.advance(time.Second)
		_, err = w.TrialFor(ctx, ask)
		wantReason(t, "TrialFor after the trial", err, license.TrialExpired)
	})
}

func TestTrialForUser(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		tenant := w.boss.Tenant
		w.trialProduct("suite", license.ByUser)
		ask := authority.TrialRequest{Tenant: tenant, Code: "suite", HardwareID: "A", Email: "ann@corp.test", FirstName: "Ann"}

		t.Run("address-needed", func(t *testing.T) {
			_, err := w.TrialFor(ctx, authority.TrialRequest{Tenant: tenant, Code: "suite", HardwareID: "A"})
			wantReason(t, "TrialFor without an address", err, license.EmailRequired)
		})
		t.Run("new-user", func(t *testing.T) {
			got, err := w.TrialFor(ctx, ask)
			w.must(err)
			if !got.Fresh || got.License.Key != "" || got.User == nil || got.User.Name != "ann@corp.test" || !got.User.InitialPassword || got.User.Customer == 0 {
				t.Fatalf("TrialFor = %+v, want a license of a new user with an initial password", got)
			}
			u, err := w.SignInUser(ctx, tenant, "ann@corp.test", got.InitialPassword, "")
			w.must(err)
			ans, err := w.Activate(ctx, authority.Request{By: &store.Lookup{Tenant: tenant, Code: "suite", User: u.Name}, Claim: license.Claim{HardwareID: "A"}})
			w.must(err)
			if ans.License.ID != got.License.ID || ans.Device.User != u.ID {
				t.Errorf("Activate = license %d by user %d, want %d by %d", ans.License.ID, ans.Device.User, got.License.ID, u.ID)
			}
			again, err := w.TrialFor(ctx, ask)
			w.must(err)
			if again.Fresh || again.InitialPassword != "" || again.License.ID != got.License.ID || again.User == nil {
				t.Errorf("TrialFor again = %+v, want the known trial and no password", again)
			}
		})
		t.Run("another-user-of-the-device", func(t *testing.T) {
			other := ask
			other.Email, other.Password = "bob@corp.test", "Correct-Horse-7!"
			got, err := w.TrialFor(ctx, other)
			w.must(err)
			if !got.Fresh || got.InitialPassword != "" || got.User.InitialPassword {
				t.Errorf("TrialFor = %+v, want a trial of their own, and the password they chose", got)
			}
			_, err = w.SignInUser(ctx, tenant, "BOB@corp.test", "Correct-Horse-7!", "")
			w.must(err)
		})
		t.Run("known-user-keeps-the-password", func(t *testing.T) {
			other := ask
			other.HardwareID, other.Email, other.Password, other.FirstName = "B", "BOB@corp.test", "Another-Horse-8!", "Mallory"
			got, err := w.TrialFor(ctx, other)
			w.must(err)
			if !got.Fresh || got.User.FirstName == "Mallory" || got.InitialPassword != "" {
				t.Errorf("TrialFor = %+v, want a fresh trial of bob as he is", got)
			}
			_, err = w.SignInUser(ctx, tenant, "bob@corp.test", "Another-Horse-8!", "")
			wantReason(t, "SignInUser with the other password", err, license.CredentialsWrong)
		})
		t.Run("weak-password", func(t *testing.T) {
			weak := ask
			weak.Email, weak.Password = "eve@corp.test", "short"
			_, err := w.TrialFor(ctx, weak)
			wantReason(t, "TrialFor", err, license.PasswordWeak)
		})
		t.Run("banned-user", func(t *testing.T) {
			_, err := w.office.BanLicenseUser(ctx, w.boss, "", "bob@corp.test", "abuse")
			w.must(err)
			banned := ask
			banned.HardwareID, banned.Email = "C", "bob@corp.test"
			_, err = w.TrialFor(ctx, banned)
			wantReason(t, "TrialFor", err, license.UserBanned)
		})
	})
}

func TestTrialsRace(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.trialProduct("suite", license.ByUser)
		w.trialProduct("tool", license.ByKey)
		var mu sync.Mutex
		for _, code := range []string{"suite", "tool"} {
			licenses, fresh, passwords := map[license.LicenseID]bool{}, 0, map[identity.Secret]bool{}
			won := w.race(16, "", func(i int) error {
				ans, err := w.TrialFor(ctx, authority.TrialRequest{Tenant: w.boss.Tenant, Code: code, HardwareID: "A", Email: "ann@corp.test"})
				mu.Lock()
				defer mu.Unlock()
				licenses[ans.License.ID] = true
				if ans.Fresh {
					fresh++
				}
				if ans.InitialPassword != "" {
					passwords[ans.InitialPassword] = true
				}
				return err
			})
			if won != 16 || len(licenses) != 1 || fresh != 1 {
				t.Errorf("16 requests for %s: %d succeed, %d licenses, %d fresh, want 16, 1, 1", code, won, len(licenses), fresh)
			}
			if code == "suite" && len(passwords) != 1 {
				t.Errorf("%d passwords were given out, want 1", len(passwords))
			}
			for password := range passwords {
				_, err := w.SignInUser(ctx, w.boss.Tenant, "ann@corp.test", password, "")
				w.must(err)
			}
		}
		t.Run("many-devices", func(t *testing.T) {
			won := w.race(16, "", func(i int) error {
				_, err := w.TrialFor(ctx, authority.TrialRequest{Tenant: w.boss.Tenant, Code: "suite", HardwareID: fmt.Sprint("hw", i), Email: "carl@corp.test"})
				return err
			})
			held := 0
			w.must(w.store.Read(ctx, func(tx *store.Tx) error {
				u, err := tx.FindLicenseUserByName(w.boss.Tenant, 0, "carl@corp.test")
				if err != nil {
					return err
				}
				list, err := tx.LicensesOfUser(w.boss.Tenant, u.ID, 0, 100)
				held = len(list)
				return err
			}))
			if won != 16 || held != 16 {
				t.Errorf("16 devices of one new user: %d trials, %d held, want 16 of each", won, held)
			}
		})
	})
}
