package manage

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api/apitest"
)

// stepOf returns the outcome of a rule, with its sentence.
func stepOf(a apitest.Answer, list, reason string) (outcome, sentence, remedy string) {
	steps, _ := a.At(list).([]any)
	for i := range steps {
		if s, _ := steps[i].(object); s["reason"] == reason {
			outcome, _ = s["outcome"].(string)
			sentence, _ = s["sentence"].(string)
			remedy, _ = s["remedy"].(string)
		}
	}
	return outcome, sentence, remedy
}

// valueOf returns a term, and where it comes from.
func valueOf(a apitest.Answer, name string) (value any, source string) {
	values, _ := a.At("values").([]any)
	for i := range values {
		if v, _ := values[i].(object); v["name"] == name {
			value, source = v["value"], v["source"].(string)
		}
	}
	return value, source
}

func TestExplain(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		terms := object{"activations": 2, "lock": "hwid", "duration": "12mo", "features": []object{{"code": "export"}}}
		made := withLicenses(t, s, "app", object{"terms": terms}, "A-1")
		activate(t, s, "app", "A-1", "hw-a")
		activate(t, s, "app", "A-1", "hw-b")
		explain := func(more object) apitest.Answer {
			t.Helper()
			body := object{"key": "a-1", "product": "app", "hardware_id": "hw-c"}
			for name, value := range more {
				body[name] = value
			}
			return s.Post(t, "/v1/explain", body).Want(200)
		}
		full := explain(object{"operation": "activate"})
		outcome, sentence, remedy := stepOf(full, "steps", "device_limit")
		if full.Text("would") != "refused" || full.Text("code") != string(license.DeviceLimit) || outcome != "refused" ||
			!strings.Contains(sentence, "2 of 2") || remedy == "" || full.At("policy") == nil || full.At("device_id") != nil {
			t.Errorf("a third device = %s, want it refused with %s", full.Raw, license.DeviceLimit)
		}
		if full.Text("license_id") != made.Text("licenses.0.id") || full.Text("policy.code") != "default" || full.Len("wanted") != 0 {
			t.Errorf("the explanation is of %s", full.Raw)
		}
		for name, want := range map[string][2]any{"activations": {2.0, "license"}, "users": {nil, ""}, "duration": {"12mo", "license"}, "maintenance": {"0s", "policy"},
			"trial": {false, "policy"}, "floating": {nil, "policy"}} {
			value, source := valueOf(full, name)
			if name == "users" {
				want = [2]any{value, "policy"}
			}
			if diff := cmp.Diff(want, [2]any{value, source}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		if _, source := valueOf(full, "maintained"); source != "" {
			t.Error("maintained is a value of its own, want it in maintenance")
		}
		if held := explain(object{"operation": "activate", "hardware_id": "hw-a"}); held.Text("operation") != "re-activate" || held.Text("would") != "passed" || held.Text("code") != "ok" || held.At("device_id") == nil {
			t.Errorf("a device that has its place = %s", held.Raw)
		}
		good := object{"hardware_id": "hw-a", "features": []string{"export"}, "location": object{"country": "DE"}, "version": "1.0"}
		if got := explain(good); got.Text("would") != "passed" || got.Text("operation") != "check" || got.Len("wanted") == 0 {
			t.Errorf("a check = %s, want it passed", got.Raw)
		}
		wanting := explain(object{"hardware_id": "hw-a", "entitlements": []string{"import"}})
		if outcome, _, remedy := stepOf(wanting, "wanted", "feature_unknown"); wanting.Text("code") != string(license.FeatureUnknown) || outcome != "refused" || remedy == "" {
			t.Errorf("a feature that is not there = %s", wanting.Raw)
		}
		for operation, want := range map[string]string{"lease": "not_floating", "borrow": "not_floating", "release": "not_floating", "consume": "usage_not_metered"} {
			if got := explain(object{"operation": operation, "hardware_id": "hw-a"}); got.Text("code") != want || got.Text("operation") != operation {
				t.Errorf("%s = %s, want %s", operation, got.Raw, want)
			}
		}
		s.Advance(400 * 24 * 3600 * 1e9)
		over := explain(object{"hardware_id": "hw-a"})
		if outcome, _, _ := stepOf(over, "steps", "license_expired"); over.Text("would") != "refused" || over.Text("code") != string(license.LicenseExpired) || outcome != "told" {
			t.Errorf("after its end = %s, want what the app would be told", over.Raw)
		}
	})
}

func TestExplainNames(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		made := withLicenses(t, s, "app", object{"terms": object{"lock": "ip"}}, "A-1")
		withLicenses(t, s, "other", nil, "B-1")
		explain := func(body object) apitest.Answer { return s.Post(t, "/v1/explain", body) }
		id := made.At("licenses.0.id")
		if got := explain(object{"license": id, "operation": "activate", "address": "::ffff:198.51.100.7"}).Want(200); got.Text("would") != "passed" {
			t.Errorf("by identity, from an address = %s, want it passed", got.Raw)
		}
		explain(object{"license": id, "address": "here"}).Refused(400, "address")
		explain(object{}).Refused(400, "key")
		explain(object{"key": "A-1", "product": "none"}).Refused(404, string(license.ProductUnknown))
		explain(object{"key": "none", "product": "app"}).Refused(404, string(license.KeyUnknown))
		explain(object{"key": "A-1", "product": "app", "user": "nobody"}).Want(404)
		explain(object{"key": "A-1", "product": "app", "feature": "x", "meter": "y"}).Refused(400, "meter")
		explain(object{"key": "A-1", "product": "app", "operation": "redeem"}).Refused(400, "operation")
		explain(object{"key": "A-1", "product": "app", "password": "x"}).Refused(400, "password")

		_, narrow, err := s.Office.CreateAPIKey(t.Context(), s.Operator, narrowKey(t, "app"))
		if err != nil {
			t.Fatal(err)
		}
		as := func(token string, body object) apitest.Answer {
			return s.Do(t, apitest.Call{Method: http.MethodPost, Path: "/v1/explain", Body: body, Token: token})
		}
		as(narrow.Reveal(), object{"key": "A-1"}).Want(200)
		as(narrow.Reveal(), object{"key": "B-1", "product": "other"}).Refused(404, string(license.ProductUnknown))
		as(narrow.Reveal(), object{"key": "A-1", "user": "ann"}).Refused(403, string(license.PermissionMissing))
		for _, scope := range []string{"licenses:use", "products:write"} {
			as(tokenFor(t, s, scope), object{"key": "A-1", "product": "app"}).Refused(403, string(license.PermissionMissing))
		}
		s.Post(t, "/v1/license-users", object{"name": "ann"}).Want(201)
		explain(object{"key": "A-1", "product": "app", "user": "ann"}).Want(200)
	})
}

// narrowKey is a token that may read licenses of one product.
func narrowKey(t *testing.T, product string) office.NewAPIKey {
	t.Helper()
	scopes, err := identity.ParseScopes("licenses:read")
	if err != nil {
		t.Fatal(err)
	}
	return office.NewAPIKey{Name: "narrow", Scopes: scopes, Products: []string{product}}
}
