package licensespring_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"testing"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/wire/licensespring"
	"licet/internal/wire/licensespring/lsclient"
)

// offline builds requests that travel by file.
type offline struct {
	*scene
	n int
}

// asks is the content of a request file of schema 2.
func (o *offline) asks(request string, fields ...object) string {
	o.n++
	all := object{"request": request, "request_id": fmt.Sprint(o.t.Name(), " ", o.n), "api_key": o.c.APIKey, "date": "Fri, 04 Jul 2025 10:56:13 GMT"}
	for _, f := range fields {
		maps.Copy(all, f)
	}
	return lsclient.OfflineRequest(all, o.c.SharedKey, o.n%2 == 0)
}

func (o *offline) post(endpoint, text string) lsclient.Answer {
	return o.c.PostText(o.t.Context(), endpoint, text)
}

func files(s *scene) *licensespring.Files {
	return licensespring.NewFiles(licensespring.Deps{Authority: s.Authority, Now: s.Now})
}

// The contract's case 45, and what else people do with files (§8).
func TestFiles(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		key := s.sold("FILE", func(c *office.TermsChange) { c.Activations = ptr(license.AtMost(3)) })
		tenant := s.Operator.Tenant
		s.play("case_45_license_file", func(s *scene) {
			o := &offline{scene: s}
			request := []byte(o.asks("activation", asks("FILE", key, "HW1")) + "\n")
			file, err := files(s).Answer(t.Context(), tenant, request, "activation")
			s.ok(err)
			if !json64(file) {
				s.t.Errorf("Answer = %s, want base64", file)
			}
			got, err := s.c.VerifyOfflineFile(string(file))
			s.ok(err)
			s.has(got, object{"license_key": key, "hardware_id": "HW1"})
			if _, err := files(s).Answer(t.Context(), tenant, request, ""); license.ReasonOf(err) != license.RequestReplayed {
				s.t.Errorf("Answer(the same file again) = %v, want request_replayed", err)
			}
		})
		s.play("case_45_refresh_file", func(s *scene) {
			order := licensespring.FileOrder{Product: "FILE", Key: key, HardwareID: "HW1", App: s.c.APIKey}
			file, err := files(s).Refresh(t.Context(), tenant, order)
			s.ok(err)
			got, err := s.c.VerifyRefreshFile(string(file))
			s.ok(err)
			s.has(got, object{"license_key": key, "license_active": true, "is_expired": false})
			order.HardwareID = "HW9"
			if _, err := files(s).Refresh(t.Context(), tenant, order); license.ReasonOf(err) != license.DeviceUnknown {
				s.t.Errorf("Refresh(another device) = %v, want device_unknown", err)
			}
			order.App = "nobody"
			if _, err := files(s).Refresh(t.Context(), tenant, order); license.ReasonOf(err) != license.AppKeyUnknown {
				s.t.Errorf("Refresh(for another app) = %v, want app_key_unknown", err)
			}
		})
		s.play("policy_file", func(s *scene) {
			order := licensespring.FileOrder{Product: "FILE", Key: key, HardwareID: "HW1", App: s.c.APIKey}
			file, err := files(s).Policy(t.Context(), tenant, order, 4711)
			s.ok(err)
			got, err := s.c.VerifyRefreshFile(string(file))
			s.ok(err)
			s.has(got, object{"id": 4711})
		})
		s.play("deactivation_that_does_not_say_so", func(s *scene) {
			o := &offline{scene: s}
			text := o.asks("", asks("FILE", key, "HW1", object{"request": nil}))
			if _, err := files(s).Answer(t.Context(), tenant, []byte(text), ""); license.CodeOf(err) != license.Invalid {
				s.t.Errorf("Answer(a file that does not say what it wants) = %v, want invalid", err)
			}
			file, err := files(s).Answer(t.Context(), tenant, []byte(text), "deactivation")
			s.ok(err)
			if string(file) != "license_deactivated" {
				s.t.Errorf("Answer = %s, want license_deactivated", file)
			}
		})
		s.play("refusals", func(s *scene) {
			o := &offline{scene: s}
			for name, text := range map[string]string{"empty": " ", "nonsense": "###", "changed": lsclient.OfflineRequest(object{"api_key": s.c.APIKey, "date": "d"}, "other", false)} {
				if _, err := files(s).Answer(t.Context(), tenant, []byte(text), "activation"); err == nil || license.CodeOf(err) == license.Internal {
					s.t.Errorf("Answer(%s) = %v, want a refusal", name, err)
				}
			}
			if _, err := files(s).Answer(t.Context(), tenant+1, []byte(o.asks("activation", asks("FILE", key, "HW2"))), ""); license.ReasonOf(err) != license.AppKeyUnknown {
				s.t.Errorf("Answer(of another tenant) = %v, want app_key_unknown", err)
			}
			s.refused(o.post("activate_offline", o.asks("deactivation", asks("FILE", key, "HW2"))), "validation_error")
			s.refused(o.post("deactivate_offline", o.asks("activation", asks("FILE", key, "HW2"))), "validation_error")
			s.refused(o.post("activate_offline", o.asks("activation", asks("FILE", "", "HW2"))), "license_key_required")
			s.refused(o.post("activate_offline", o.asks("activation", asks("FILE", key, ""))), "missing_parameters")
		})
	})
}

func json64(text []byte) bool {
	raw, err := base64.StdEncoding.Strict().DecodeString(string(text))
	return err == nil && bytes.HasPrefix(raw, []byte("{"))
}

// A request of one app may be posted by another of the same vendor; one that may not change anything makes no files.
func TestOfflineApps(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		key := s.sold("APPS", func(c *office.TermsChange) { c.Activations = ptr(license.AtMost(9)) })
		s.sold("ELSE", nil)
		app := func(n office.NewAppKey) *lsclient.Client {
			made, secret, err := s.Office.CreateAppKey(t.Context(), s.Operator, n)
			s.ok(err)
			c := *s.c
			c.APIKey, c.SharedKey = made.PublicID, secret.Reveal()
			return &c
		}
		s.play("posted_by_another_app", func(s *scene) {
			other := app(office.NewAppKey{Name: "other", Kind: store.HMACKey})
			o := &offline{scene: s}
			a := other.PostText(t.Context(), "activate_offline", o.asks("activation", asks("APPS", key, "HW1")))
			if a.Status != http.StatusOK {
				s.t.Fatalf("activate_offline = %s", a)
			}
			_, err := s.c.VerifyOfflineFile(string(a.Body))
			s.ok(err)
		})
		s.play("made_with_a_read_only_key", func(s *scene) {
			c := app(office.NewAppKey{Name: "reader", Kind: store.HMACKey, ReadOnly: true})
			o := &offline{scene: &scene{World: s.World, t: s.t, c: c}}
			s.refused(s.c.PostText(t.Context(), "activate_offline", o.asks("activation", asks("APPS", key, "HW2"))), "read_only_api_key")
		})
		s.play("made_for_another_product", func(s *scene) {
			c := app(office.NewAppKey{Name: "else", Kind: store.HMACKey, Product: "ELSE"})
			o := &offline{scene: &scene{World: s.World, t: s.t, c: c}}
			s.refused(s.c.PostText(t.Context(), "activate_offline", o.asks("activation", asks("APPS", key, "HW2"))), "api_key_product_not_allowed")
			mine := &offline{scene: s, n: 50}
			s.refused(c.PostText(t.Context(), "activate_offline", mine.asks("activation", asks("APPS", key, "HW2"))), "api_key_product_not_allowed")
		})
		s.play("by_access_token", func(s *scene) {
			client, secret, err := s.Office.CreateAppKey(t.Context(), s.Operator, office.NewAppKey{Name: "oauth", Kind: store.OAuthClient})
			s.ok(err)
			for i, signs := range []string{secret.Reveal(), client.PublicID} {
				fields := asks("APPS", key, fmt.Sprint("HW-OAUTH-", i), object{"client_id": client.PublicID, "date": "d", "request": "activation"})
				a := s.c.PostText(t.Context(), "activate_offline", lsclient.OfflineRequest(fields, signs, true))
				if a.Status != http.StatusOK {
					s.t.Fatalf("activate_offline, signed with %s = %s", []string{"the secret", "the client id"}[i], a)
				}
				c := *s.c
				c.APIKey, c.SharedKey = client.PublicID, secret.Reveal()
				_, err := c.VerifyOfflineFile(string(a.Body))
				s.ok(err)
			}
		})
	})
}

// What a device used while it was offline is counted before its place is free, all of it or nothing (§8.1).
func TestOfflineUse(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		key := s.sold("USED", func(c *office.TermsChange) {
			c.Type, c.Activations = ptr(license.Consumption), ptr(license.AtMost(2))
			c.Usage = &license.UsageTerms{Max: license.AtMost(10)}
			c.Features = ptr([]license.FeatureTerms{{Code: "render", Usage: &license.UsageTerms{Max: license.AtMost(5)}}, {Code: "plain"}})
		})
		o := &offline{scene: s}
		on := func(device string) { s.good(s.post("activate_license", asks("USED", key, device))) }
		off := func(device string, more object) lsclient.Answer {
			return o.post("deactivate_offline", o.asks("deactivation", asks("USED", key, device, more)))
		}
		used := func(s *scene, want, feature int64) {
			s.t.Helper()
			got := s.good(s.get("check_license", asks("USED", key, "HW1")))
			s.has(got, object{"total_consumptions": want})
			s.has(got["product_features"].([]any)[0].(object), object{"code": "render", "total_consumptions": feature})
		}
		on("HW1")
		on("HW2")
		s.play("too_much_changes_nothing", func(s *scene) {
			s.refused(off("HW2", object{"consumptions": 11}), "license_not_enough_consumptions")
			s.refused(off("HW2", object{"consumptions": 1, "product_features": []object{{"code": "render", "consumptions": 6}}}), "license_not_enough_consumptions")
			s.refused(off("HW2", object{"product_features": []object{{"code": "render", "consumptions": 6}}}), "feature_not_enough_consumptions")
			s.refused(off("HW2", object{"product_features": []object{{"code": "nope", "consumptions": 1}}}), "unsupported_product_feature")
			used(s, 0, 0)
			s.good(s.get("check_license", asks("USED", key, "HW2")))
		})
		s.play("counted_and_freed", func(s *scene) {
			a := off("HW2", object{"consumptions": 4, "product_features": []object{{"code": "render", "consumptions": 2}, {"code": "render", "consumptions": 1}, {"code": "plain"}}})
			if a.Status != http.StatusOK || string(a.Body) != "license_deactivated" {
				s.t.Fatalf("deactivate_offline = %s", a)
			}
			used(s, 4, 3)
			s.refused(s.get("check_license", asks("USED", key, "HW2")), "device_not_found")
		})
	})
}

// Bundles by file: an array over HTTP, an object by product code in a file (§7.7, §8.4).
func TestOfflineBundles(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.product("ONE", nil)
		s.product("TWO", func(c *office.TermsChange) {
			c.Features = ptr([]license.FeatureTerms{{Code: "render", Usage: &license.UsageTerms{Max: license.AtMost(5)}}})
		})
		_, err := s.Office.CreateBundle(t.Context(), s.Operator, office.NewBundle{Code: "BOTH", Name: "Both", Products: []string{"ONE", "TWO"}})
		s.ok(err)
		made, err := s.Office.CreateLicenses(t.Context(), s.Operator, office.NewLicenses{Product: "BOTH"})
		s.ok(err)
		key := made.Licenses[0].Key
		o := &offline{scene: s}
		s.play("over_HTTP", func(s *scene) {
			a := o.post("activate_bundle_offline", o.asks("activation", asks("BOTH", key, "HW1")))
			if a.Status != http.StatusOK {
				s.t.Fatalf("activate_bundle_offline = %s", a)
			}
			got, err := s.c.VerifyOfflineBundle(string(a.Body))
			s.ok(err)
			if list := got["licenses"].([]any); len(list) != 3 {
				s.t.Errorf("activate_bundle_offline has %d licenses, want 3", len(list))
			}
			s.list(s.get("check_bundle", asks("BOTH", key, "HW1")))
		})
		s.play("refresh_file", func(s *scene) {
			file, err := files(s).Refresh(t.Context(), s.Operator.Tenant, licensespring.FileOrder{Product: "BOTH", Key: key, HardwareID: "HW1", App: s.c.APIKey})
			s.ok(err)
			got, err := s.c.VerifyKeyedBundle(string(file))
			s.ok(err)
			if len(got) != 3 {
				s.t.Errorf("Refresh has %d licenses, want 3", len(got))
			}
		})
		s.play("free_all_and_count", func(s *scene) {
			more := object{"product_features": []object{{"code": "render", "consumptions": 2}}, "variables": object{"x": 1}}
			a := o.post("deactivate_bundle_offline", o.asks("deactivation", asks("BOTH", key, "HW1", more)))
			if a.Status != http.StatusOK || string(a.Body) != "license_deactivated" {
				s.t.Fatalf("deactivate_bundle_offline = %s", a)
			}
			s.refused(s.get("check_bundle", asks("BOTH", key, "HW1")), "license_not_active")
			s.refused(s.get("check_license", asks("TWO", key, "HW1")), "license_not_active")
		})
		s.play("file", func(s *scene) {
			file, err := files(s).Answer(t.Context(), s.Operator.Tenant, []byte(o.asks("activation", asks("BOTH", key, "HW2"))), "")
			s.ok(err)
			got, err := s.c.VerifyKeyedBundle(string(file))
			s.ok(err)
			two := got["TWO"].(object)
			s.has(two["product_features"].([]any)[0].(object), object{"code": "render", "total_consumptions": 2})
		})
	})
}
