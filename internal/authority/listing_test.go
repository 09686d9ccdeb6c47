package authority_test

import (
	"testing"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// assigned makes a license of a product and gives it to users.
func (w *world) assigned(n office.NewLicenses, users ...string) license.License {
	w.t.Helper()
	made, err := w.office.CreateLicenses(w.t.Context(), w.boss, n)
	w.must(err)
	l := made.Licenses[0].License
	for _, name := range users {
		_, err := w.office.AssignUser(w.t.Context(), w.boss, office.Ref{ID: l.ID}, name)
		w.must(err)
	}
	return l
}

func (w *world) byUser(code, user, hardware string) authority.Request {
	return authority.Request{By: &store.Lookup{Tenant: w.boss.Tenant, Code: code, User: user}, Claim: license.Claim{HardwareID: hardware}}
}

func ids(list []authority.Answer) []license.LicenseID {
	var out []license.LicenseID
	for i := range list {
		out = append(out, list[i].License.ID)
	}
	return out
}

func TestListings(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		tenant := w.boss.Tenant
		for _, code := range []string{"suite", "other"} {
			_, err := w.office.CreateProduct(ctx, w.boss, office.NewProduct{Code: code, Name: code, Auth: license.ByUser})
			w.must(err)
		}
		ann, annPassword, err := w.office.CreateLicenseUser(ctx, w.boss, office.NewLicenseUser{Email: "ann@corp.test"})
		w.must(err)
		_, _, err = w.office.CreateLicenseUser(ctx, w.boss, office.NewLicenseUser{Email: "bob@corp.test"})
		w.must(err)
		first := w.assigned(office.NewLicenses{Product: "suite", Customer: "buyer@corp.test"}, "ann@corp.test", "bob@corp.test")
		second := w.assigned(office.NewLicenses{Product: "other", Customer: "buyer@corp.test"}, "ann@corp.test")
		_, err = w.Activate(ctx, w.byUser("suite", "ann@corp.test", "A"))
		w.must(err)
		_, err = w.Activate(ctx, w.byUser("other", "ann@corp.test", "A"))
		w.must(err)
		pending := w.assigned(office.NewLicenses{Product: "suite", Customer: "buyer@corp.test", OrderStatus: license.OrderPending}, "ann@corp.test")

		t.Run("licenses-of-user", func(t *testing.T) {
			all, err := w.LicensesOfUser(ctx, tenant, ann, "")
			if err != nil || len(all) != 2 || all[0].License.ID != second.ID || all[1].License.ID != first.ID {
				t.Fatalf("LicensesOfUser = %v, %v, want %d and %d, not %d, which is not paid", ids(all), err, second.ID, first.ID, pending.ID)
			}
			if a := all[1]; a.User.ID != ann.ID || a.Redemption == nil || a.UserDevices != 1 || a.Detail.Customer.Email != "buyer@corp.test" {
				t.Errorf("an answer of LicensesOfUser = %+v, want ann's, on one device, with its customer", a)
			}
			some, err := w.LicensesOfUser(ctx, tenant, ann, "suite")
			if err != nil || len(some) != 1 || some[0].License.ID != first.ID {
				t.Errorf("LicensesOfUser(suite) = %v, %v, want %d", ids(some), err, first.ID)
			}
			_, err = w.LicensesOfUser(ctx, tenant, ann, "none")
			wantReason(t, "LicensesOfUser of no product", err, license.ProductUnknown)
		})
		t.Run("licenses-of-device", func(t *testing.T) {
			key := w.issue(nil)
			w.activate(key, "A")
			w.activate(w.issue(nil), "B")
			left := w.issue(nil)
			w.activate(left, "A")
			w.deactivate(left, "A")
			list, err := w.LicensesOfDevice(ctx, tenant, "A")
			if err != nil || len(list) != 3 {
				t.Fatalf("LicensesOfDevice(A) = %v, %v, want the three it is activated on", ids(list), err)
			}
			if list[0].License.Key != key || list[0].User != nil || list[2].User == nil || list[2].User.ID != ann.ID || list[2].Device == nil {
				t.Errorf("LicensesOfDevice(A) = %+v, want the key's first and ann's last", list)
			}
			none, err := w.LicensesOfDevice(ctx, tenant+1, "A")
			if err != nil || len(none) != 0 {
				t.Errorf("LicensesOfDevice of another tenant = %v, %v, want none", ids(none), err)
			}
			_, err = w.LicensesOfDevice(ctx, tenant, "")
			wantReason(t, "LicensesOfDevice of no device", err, license.DeviceRequired)
		})
		t.Run("users-of-customer", func(t *testing.T) {
			of, err := w.UsersOfCustomer(ctx, tenant, "suite", "BUYER@corp.test")
			if err != nil || len(of.Users) != 2 || of.Customer.Email != "buyer@corp.test" {
				t.Fatalf("UsersOfCustomer = %+v, %v, want ann and bob", of, err)
			}
			if u := of.Users[0]; u.User.ID != ann.ID || u.InitialPassword != annPassword || u.License.ID != first.ID || u.Order.ID != first.Order || u.Devices != 1 {
				t.Errorf("the first user = %+v, want ann with her password, on one device", u)
			}
			w.must(w.ChangeUserPassword(ctx, tenant, "ann@corp.test", annPassword, "Correct-Horse-7!", ""))
			of, err = w.UsersOfCustomer(ctx, tenant, "suite", "buyer@corp.test")
			if err != nil || of.Users[0].InitialPassword != "" || of.Users[0].User.InitialPassword {
				t.Errorf("after the change UsersOfCustomer = %+v, %v, want no password of ann", of, err)
			}
			_, err = w.UsersOfCustomer(ctx, tenant, "suite", "nobody@corp.test")
			wantReason(t, "UsersOfCustomer of nobody", err, license.CustomerUnknown)
			_, err = w.UsersOfCustomer(ctx, tenant, "app", "buyer@corp.test")
			wantReason(t, "UsersOfCustomer of a product with keys", err, license.AuthMethodWrong)
		})
		t.Run("device-of-somebody-who-lost-it", func(t *testing.T) {
			_, err := w.office.UnassignUser(ctx, w.boss, office.Ref{ID: second.ID}, "ann@corp.test")
			w.must(err)
			list, err := w.LicensesOfDevice(ctx, tenant, "A")
			if err != nil || len(list) != 2 {
				t.Errorf("LicensesOfDevice(A) = %v, %v, want the two that are left", ids(list), err)
			}
		})
	})
}
