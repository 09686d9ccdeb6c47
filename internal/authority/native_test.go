package authority_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// native is a claim of a device about a license of the product app, by its key.
func (w *world) native(key, hwid string) authority.NativeRequest {
	return authority.NativeRequest{
		NativeLookup: store.NativeLookup{Tenant: w.boss.Tenant, Product: "app", Key: key},
		Claim:        license.Claim{HardwareID: hwid, Address: "192.0.2.1", DeviceName: "host-" + hwid},
	}
}

// request is native for the use cases that all doors share.
func (w *world) request(key, hwid string) authority.Request {
	r := w.native(key, hwid)
	return r.Request()
}

func (w *world) validate(r authority.NativeRequest) authority.Answer {
	w.t.Helper()
	ans, err := w.Validate(w.t.Context(), r)
	w.must(err)
	return ans
}

func wantStops(t *testing.T, what string, ans authority.Answer, want license.Reason) {
	t.Helper()
	if got := ans.Verdict.Stops(); got != want {
		t.Errorf("%s is stopped by %q, want %q", what, got, want)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		key := w.issue(func(t *license.Terms) { t.Type, t.Duration = license.TimeLimited, license.Span{Seconds: 86400} })
		wantStops(t, "a license that nobody activated", w.validate(w.native(key, "A")), license.LicenseNotActive)
		w.activate(key, "A")
		ans := w.validate(w.native(key, "A"))
		wantStops(t, "an activated device", ans, "")
		if ans.License.Key != key || ans.License.IssuedAt == 0 || ans.Product.Code != "app" || ans.Product.Number != w.product || ans.Device.Name != "" && ans.Device.ID == 0 {
			t.Errorf("Validate = %+v, want the license with its key, its product and the device", ans.State)
		}
		wantStops(t, "another device", w.validate(w.native(key, "B")), license.DeviceUnknown)

		before := w.validate(w.native(key, "A"))
		if after := w.validate(w.native(key, "A")); after.License.Revision != before.License.Revision {
			t.Errorf("a check takes the revision from %d to %d", before.License.Revision, after.License.Revision)
		}
		w.advance(24 * time.Hour)
		wantStops(t, "an expired license", w.validate(w.native(key, "A")), license.LicenseExpired)
	})
}

func TestValidateNames(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.issue(nil)
		w.activate(key, "A")
		known := w.validate(w.native(key, "A"))
		other, err := w.office.CreateProduct(ctx, w.boss, office.NewProduct{Code: "other", Name: "Other"})
		w.must(err)
		people, err := w.office.CreateProduct(ctx, w.boss, office.NewProduct{Code: "people", Name: "People", Auth: license.ByUser})
		w.must(err)
		rival, err := w.office.CreateTenant(ctx, identity.Actor{Kind: identity.Operator, Name: "operator"}, "rival", "Rival")
		w.must(err)
		app, number := known.Product.ID, strconv.FormatInt(w.product, 10)
		for _, tt := range []struct {
			name string
			by   store.NativeLookup
			want error
		}{
			{"code", store.NativeLookup{Product: "app", Key: key}, nil},
			{"key_in_small_letters", store.NativeLookup{Product: "app", Key: license.FoldKey(key)}, nil},
			{"number", store.NativeLookup{Product: number, Key: key}, nil},
			{"identity", store.NativeLookup{Product: fmt.Sprint(int64(app)), Key: key}, nil},
			{"license", store.NativeLookup{License: known.License.ID}, nil},
			{"license_and_all_else", store.NativeLookup{License: known.License.ID, Key: key, Product: "app"}, nil},
			{"license_and_another_key", store.NativeLookup{License: known.License.ID, Key: "other"}, license.KeyUnknown},
			{"license_and_another_product", store.NativeLookup{License: known.License.ID, Product: "other"}, license.KeyUnknown},
			{"nothing", store.NativeLookup{}, license.Invalid},
			{"key_alone", store.NativeLookup{Key: key}, license.Invalid},
			{"product_alone", store.NativeLookup{Product: "app"}, license.Invalid},
			{"no_such_product", store.NativeLookup{Product: "nope", Key: key}, license.ProductUnknown},
			{"no_such_number", store.NativeLookup{Product: "123456789", Key: key}, license.ProductUnknown},
			{"no_such_key", store.NativeLookup{Product: "app", Key: "nope"}, license.KeyUnknown},
			{"no_such_license", store.NativeLookup{License: 5}, license.KeyUnknown},
			{"key_of_another_product", store.NativeLookup{Product: "other", Key: key}, license.KeyUnknown},
			{"product_of_users", store.NativeLookup{Product: "people", Key: key}, license.AuthMethodWrong},
			{"token_for_one_product", store.NativeLookup{Products: []license.ProductID{app}, Key: key}, nil},
			{"token_for_two_products", store.NativeLookup{Products: []license.ProductID{app, other.ID}, Product: "app", Key: key}, nil},
			{"token_for_another_product", store.NativeLookup{Products: []license.ProductID{other.ID}, Product: "app", Key: key}, license.ProductUnknown},
			{"token_for_another_product_by_license", store.NativeLookup{Products: []license.ProductID{other.ID, people.ID}, License: known.License.ID}, license.KeyUnknown},
			{"token_for_nothing", store.NativeLookup{Products: []license.ProductID{}, Product: "app", Key: key}, license.ProductUnknown},
			{"foreign_tenant", store.NativeLookup{Tenant: rival.ID, Product: "app", Key: key}, license.ProductUnknown},
			{"foreign_tenant_by_number", store.NativeLookup{Tenant: rival.ID, Product: number, Key: key}, license.ProductUnknown},
			{"foreign_tenant_by_identity", store.NativeLookup{Tenant: rival.ID, Product: fmt.Sprint(int64(app)), Key: key}, license.ProductUnknown},
			{"foreign_tenant_by_license", store.NativeLookup{Tenant: rival.ID, License: known.License.ID}, license.KeyUnknown},
		} {
			t.Run(tt.name, func(t *testing.T) {
				if tt.by.Tenant == 0 {
					tt.by.Tenant = w.boss.Tenant
				}
				ans, err := w.Validate(ctx, authority.NativeRequest{NativeLookup: tt.by, Claim: license.Claim{HardwareID: "A"}})
				if !is(err, tt.want) {
					t.Fatalf("Validate = %v, want %v", err, tt.want)
				}
				if tt.want == nil && (ans.License.ID != known.License.ID || ans.Device == nil) {
					t.Errorf("Validate found license %d, want %d with its device", ans.License.ID, known.License.ID)
				}
				if foreign := tt.by.Tenant == rival.ID || tt.want == license.ProductUnknown; foreign && ans.Product.ID != 0 {
					t.Errorf("Validate tells of the product %d", ans.Product.ID)
				}
			})
		}
	})
}

// is reports whether an error is of a reason or code; nil is ok.
func is(err, want error) bool {
	switch want := want.(type) {
	case license.Reason:
		return license.ReasonOf(err) == want
	case license.Code:
		return license.CodeOf(err) == want
	}
	return err == nil
}

func TestValidateRequirements(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		w.release(office.NewVersion{Version: "1"}, -1)
		w.release(office.NewVersion{Version: "2"}, 20)
		w.release(office.NewVersion{Version: "2", Environment: "win"}, 5)
		w.release(office.NewVersion{Version: "3"}, 20)
		month, week := license.Span{Seconds: 30 * 86400}, license.Span{Seconds: 10 * 86400}
		features := []license.FeatureTerms{{Code: "pro"}, {Code: "beta", Duration: license.Span{Seconds: 86400}}}
		made, err := w.office.CreateLicenses(t.Context(), w.boss, office.NewLicenses{Product: "app",
			Terms: office.TermsChange{Duration: &month, Maintenance: &week, Features: &features}})
		w.must(err)
		key := made.Licenses[0].Key
		w.activate(key, "A")
		w.advance(21 * 24 * time.Hour)
		for _, tt := range []struct {
			name    string
			version string
			require []string
			stops   license.Reason
			tells   license.Reason
		}{
			{"nothing", "", nil, "", ""},
			{"a_feature", "", []string{"pro"}, "", ""},
			{"a_feature_that_is_over", "", []string{"pro", "beta"}, license.FeatureExpired, license.FeatureExpired},
			{"no_such_feature", "", []string{"max"}, license.FeatureUnknown, license.FeatureUnknown},
			{"a_version_in_time", "1", nil, "", ""},
			{"a_version_that_came_out_in_time_somewhere", "2", nil, "", ""},
			{"a_version_too_late", "3", nil, license.MaintenanceExpired, license.MaintenanceExpired},
			{"no_such_version", "9", nil, "", license.VersionUnknown},
		} {
			t.Run(tt.name, func(t *testing.T) {
				r := w.native(key, "A")
				r.Version, r.Require = tt.version, tt.require
				ans := w.validate(r)
				wantStops(t, "the license", ans, tt.stops)
				if tt.tells != "" && !ans.Verdict.Has(tt.tells) {
					t.Errorf("the verdict is %v, want %s in it", ans.Verdict.Broken, tt.tells)
				}
				if len(ans.Detail.Grants) == 0 {
					t.Errorf("the answer does not say until when the features last")
				}
			})
		}
		r := w.native(key, "A")
		r.Feature = "beta"
		wantStops(t, "a claimed feature that is over", w.validate(r), license.FeatureExpired)
		r.Require = make([]string, 101)
		if _, err := w.Validate(t.Context(), r); license.CodeOf(err) != license.Invalid {
			t.Errorf("Validate with 101 features = %v, want invalid", err)
		}
	})
}

// What a native activation does is what every other door sees, and the other way round.
func TestNativeActivation(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.issue(nil)
		ans, fresh, err := w.ActivateNative(ctx, w.request(key, "A"))
		w.must(err)
		if _, again, err := w.ActivateNative(ctx, w.request(key, "A")); !fresh || again || err != nil {
			t.Errorf("ActivateNative twice is fresh: %t and %t, %v; want the first alone", fresh, again, err)
		}
		if ans.License.Activated != 1 || ans.Device.Name != "host-A" || ans.Device.ID == 0 {
			t.Errorf("ActivateNative = %+v, want one device with its name", ans.Device)
		}
		_, _, err = w.ActivateNative(ctx, w.request(key, "B"))
		wantReason(t, "ActivateNative(B)", err, license.DeviceLimit)
		_, err = w.DeactivateNative(ctx, w.request(key, ""), ans.Device.ID+1)
		wantReason(t, "DeactivateNative of no device", err, license.DeviceUnknown)
		gone, err := w.DeactivateNative(ctx, w.request(key, ""), ans.Device.ID)
		w.must(err)
		if gone.License.Activated != 0 || gone.Device.Active {
			t.Errorf("DeactivateNative by identity leaves %d activations", gone.License.Activated)
		}
		_, err = w.DeactivateNative(ctx, w.request(key, ""), ans.Device.ID)
		wantReason(t, "DeactivateNative again", err, license.LicenseNotActive)
		_, _, err = w.ActivateNative(ctx, w.request(key, "B"))
		w.must(err)
		_, err = w.DeactivateNative(ctx, w.request(key, "B"), 0)
		w.must(err)

		bound := w.issue(func(t *license.Terms) { t.Lock = license.LockAddress })
		ans, _, err = w.ActivateNative(ctx, w.request(bound, "A"))
		w.must(err)
		_, err = w.DeactivateNative(ctx, authority.Request{Native: &store.NativeLookup{Tenant: w.boss.Tenant, License: ans.License.ID}}, ans.Device.ID)
		w.must(err)
	})
}

// Where a product's users sign in, an activation says whose it is; then everything goes by the device.
func TestNativeUsers(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.trialProduct("suite", license.ByUser)
		got, err := w.TrialNative(ctx, store.NativeLookup{Tenant: w.boss.Tenant, Product: "suite"}, authority.TrialRequest{HardwareID: "A", Email: "ann@corp.test"})
		w.must(err)
		by := store.NativeLookup{Tenant: w.boss.Tenant, License: got.License.ID}
		ask := authority.Request{Native: &by, Claim: license.Claim{HardwareID: "A"}}
		_, _, err = w.ActivateNative(ctx, ask)
		wantReason(t, "ActivateNative of nobody", err, license.UserRequired)
		by.User = got.User.ID + 1
		_, _, err = w.ActivateNative(ctx, ask)
		if err == nil {
			t.Error("ActivateNative of a user who does not hold the license = ok")
		}
		by.User = got.User.ID
		ans, _, err := w.ActivateNative(ctx, ask)
		w.must(err)
		if ans.Device.User != got.User.ID {
			t.Errorf("the device is of user %d, want %d", ans.Device.User, got.User.ID)
		}
		by.User = 0
		wantStops(t, "the user's device", w.validate(authority.NativeRequest{NativeLookup: by, Claim: ask.Claim}), "")
		_, err = w.office.BanLicenseUser(ctx, w.boss, "", "ann@corp.test", "stolen")
		w.must(err)
		wantStops(t, "the device of a banned user", w.validate(authority.NativeRequest{NativeLookup: by, Claim: ask.Claim}), license.UserBanned)
	})
}

func TestNativeTrial(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		tool := w.trialProduct("tool", license.ByKey)
		by := store.NativeLookup{Tenant: w.boss.Tenant, Products: []license.ProductID{tool.ID}}
		first, err := w.TrialNative(ctx, by, authority.TrialRequest{HardwareID: "A"})
		w.must(err)
		again, err := w.TrialNative(ctx, store.NativeLookup{Tenant: w.boss.Tenant, Product: strconv.FormatInt(tool.Number, 10)}, authority.TrialRequest{HardwareID: "A"})
		w.must(err)
		if !first.Fresh || again.Fresh || first.License.ID != again.License.ID || first.License.Key == "" {
			t.Errorf("TrialNative = %v, %v, then %v, %v; want one trial", first.License.ID, first.Fresh, again.License.ID, again.Fresh)
		}
		by.Product = "app"
		_, err = w.TrialNative(ctx, by, authority.TrialRequest{HardwareID: "A"})
		wantReason(t, "TrialNative of a product outside the token", err, license.ProductUnknown)
	})
}

func TestRenewLeases(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		floating := func(t *license.Terms) {
			t.Activations, t.Floating = license.AtMost(5), &license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 10}
		}
		one, two, plain := w.issue(floating), w.issue(floating), w.issue(nil)
		for _, hwid := range []string{"A", "B"} {
			w.activate(one, hwid)
		}
		w.activate(two, "A")
		w.activate(plain, "A")
		got := w.RenewLeases(ctx, []authority.Request{
			w.request(two, "A"), w.request(one, "A"), w.request(one, "B"), w.request(plain, "A"), w.request("nope", "A"), w.ask(two, "A"),
		})
		want := []license.Reason{"", "", license.SeatLimit, license.NotFloating, license.KeyUnknown, ""}
		for i, r := range got {
			wantReason(t, fmt.Sprintf("renewal %d", i), r.Err, want[i])
			if r.Err == nil && r.Lease.Until != w.now().Add(10*time.Minute) {
				t.Errorf("renewal %d lasts until %s, want ten minutes", i, r.Lease.Until)
			}
		}
		if all := w.RenewLeases(ctx, make([]authority.Request, authority.MaxRenewals+1)); license.CodeOf(all[0].Err) != license.Invalid {
			t.Errorf("RenewLeases of 101 = %v, want invalid", all[0].Err)
		}
		w.advance(5 * time.Minute)
		reasons := slices.Collect(func(yield func(license.Reason) bool) {
			for _, r := range w.RenewLeases(ctx, []authority.Request{w.request(one, "A"), w.request(one, "B")}) {
				if !yield(license.ReasonOf(r.Err)) {
					return
				}
			}
		})
		if !slices.Equal(reasons, []license.Reason{"", license.SeatLimit}) {
			t.Errorf("RenewLeases later = %v, want the seat kept by who has it", reasons)
		}
	})
}

func TestNativeExplain(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		features := []license.FeatureTerms{{Code: "pro"}}
		level := int64(3)
		made, err := w.office.CreateLicenses(ctx, w.boss, office.NewLicenses{Product: "app", Terms: office.TermsChange{Features: &features, Level: &level}})
		w.must(err)
		key := made.Licenses[0].Key
		w.activate(key, "A")
		r := w.native(key, "B")
		r.Require = []string{"pro", "max"}
		got, err := w.Explain(ctx, r, license.OpActivate)
		w.must(err)
		if got.Trace.Verdict.First([]license.Reason{license.DeviceLimit}) == "" || len(got.Wanted.Steps) != 0 || got.Policy == nil {
			t.Errorf("Explain(activate) breaks %v with %d wanted steps, want device_limit alone", got.Verdict.Broken, len(got.Wanted.Steps))
		}
		for _, step := range got.Trace.Steps {
			if step.Reason == license.DeviceLimit && step.Sentence != "1 of 1 activation is taken." {
				t.Errorf("Explain says %q", step.Sentence)
			}
		}
		sources := map[string]license.Source{}
		for _, v := range got.Values {
			sources[v.Name] = v.Source
		}
		if sources["level"] != license.FromLicense || sources["activations"] != license.FromPolicy {
			t.Errorf("the values are from %v, want level from the license and activations from the policy", sources)
		}
		r = w.native(key, "A")
		r.Require = []string{"pro", "max"}
		got, err = w.Explain(ctx, r, license.OpCheck)
		w.must(err)
		check := w.validate(r)
		if !slices.Equal(got.Verdict.Broken, check.Verdict.Broken) || got.Verdict.Stops() != license.FeatureUnknown {
			t.Errorf("Explain(check) breaks %v, Validate %v; want the same", got.Verdict.Broken, check.Verdict.Broken)
		}
		if got, err = w.Explain(ctx, r, license.OpActivate); err != nil || got.Trace.Op != license.OpReactivate {
			t.Errorf("Explain(activate) of a device that has its place is of operation %d, %v", got.Trace.Op, err)
		}
	})
}
