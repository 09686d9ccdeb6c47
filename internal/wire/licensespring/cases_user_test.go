package licensespring_test

import (
	"net/http"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

const (
	firstPassword  = "Right-Horse-1-Battery"
	secondPassword = "Other-Horse-2-Battery"
)

// The contract's cases 27 to 29 and 47: license users (§7.14, §7.16).
func TestUsers(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		const name = "user.one@example.com"
		s.user("UP", name, firstPassword, func(c *office.TermsChange) { c.Activations = ptr(license.AtMost(5)) })
		sign := func(username, password string) object {
			return object{"product": "UP", "hardware_id": "HW1", "username": username, "password": password}
		}
		ask := object{"product": "UP", "hardware_id": "HW1", "username": name}
		s.play("case_27_activate_S0-55_S0-58", func(s *scene) {
			got := s.good(s.post("activate_license", sign("User.One@Example.com", firstPassword)))
			if _, there := got["license_key"]; there {
				s.t.Error("a user-based answer has a license_key")
			}
			user, _ := got["user"].(object)
			s.has(user, object{"email": name, "first_name": "User", "last_name": "One", "is_initial_password": true})
			s.has(s.good(s.get("check_license", ask))["user"].(object), object{"is_initial_password": true})
		})
		s.play("wrong_password", func(s *scene) {
			s.refused(s.post("activate_license", sign(name, "wrong")), "invalid_credentials")
			s.refused(s.post("activate_license", sign("nobody@example.com", "wrong")), "invalid_credentials")
			s.refused(s.post("activate_license", asks("UP", "A-KEY", "HW1")), "invalid_product_auth_method")
		})
		s.play("case_28_account_suffix", func(s *scene) {
			got := s.good(s.post("activate_license", sign("User.One@Example.com|ACC", firstPassword)))
			if u, _ := got["username"].(string); !strings.EqualFold(u, name+"|ACC") {
				s.t.Errorf("username = %q", u)
			}
		})
		s.play("case_29_change_password_S0-57", func(s *scene) {
			change := object{"username": name, "password": firstPassword, "new_password": secondPassword}
			a := s.post("change_password", change)
			s.good(a)
			if string(a.Body) != "password_changed" {
				s.t.Errorf("body = %q", a.Body)
			}
			s.has(s.good(s.get("check_license", ask))["user"].(object), object{"is_initial_password": false})
			s.refused(s.post("activate_license", sign(name, firstPassword)), "invalid_credentials")
			s.good(s.post("activate_license", sign(name, secondPassword)))
			for _, refused := range []string{"short", name, firstPassword} {
				s.refused(s.post("change_password", object{"username": name, "password": secondPassword, "new_password": refused}), "invalid_password")
			}
		})
		s.play("S0-59_reset_by_the_vendor", func(s *scene) {
			_, err := s.Office.ResetUserPassword(s.t.Context(), s.Operator, "", name, identity.Secret(firstPassword+"!"))
			s.ok(err)
			s.has(s.good(s.get("check_license", ask))["user"].(object), object{"is_initial_password": true})
		})
		s.play("case_29_not_allowed_by_the_company", func(s *scene) {
			s.setting("license_users.change_password", "false")
			s.refused(s.post("change_password", object{"username": name, "password": firstPassword + "!", "new_password": secondPassword + "?"}), "change_password_not_allowed")
			s.setting("license_users.change_password", "")
		})
		s.play("S0-56_no_user_no_flag", func(s *scene) {
			key := s.sold("KEYED", nil)
			got := s.post("activate_license", asks("KEYED", key, "HW1"))
			s.good(got)
			if strings.Contains(string(got.Body), "is_initial_password") {
				s.t.Error("a key-based answer speaks of a password")
			}
			s.refused(s.get("customer_license_users", object{"product": "KEYED", "customer": "a@example.com"}), "invalid_product_auth_method")
		})
		s.play("case_47_listings", func(s *scene) {
			if a := s.get("user_licenses", object{"username": name, "password": "wrong"}); a.Status/100 != 4 {
				s.t.Errorf("user_licenses with a wrong password = %s", a)
			}
			list := s.list(s.get("user_licenses", object{"username": name, "password": firstPassword + "!"}))
			if len(list) != 1 || list[0].(object)["license"] == nil || list[0].(object)["user"] == nil {
				s.t.Fatalf("user_licenses = %v", list)
			}
			if list := s.list(s.get("device_licenses", object{"hardware_id": "HW1"})); len(list) == 0 {
				s.t.Error("device_licenses is empty")
			}
			s.refused(s.get("customer_license_users", object{"product": "UP", "customer": "nobody@example.com"}), "customer_does_not_exist")
		})
		s.play("lockout", func(s *scene) {
			s.user("LOCK", "lock@example.com", firstPassword, nil)
			try := func(password string) object {
				return object{"product": "LOCK", "hardware_id": "HW1", "username": "lock@example.com", "password": password}
			}
			for range 10 {
				s.refused(s.post("activate_license", try("wrong")), "invalid_credentials")
			}
			s.refused(s.post("activate_license", try(firstPassword)), "user_locked")
		})
		s.play("user_limit", func(s *scene) {
			s.user("ONE", "limited@example.com", firstPassword, func(c *office.TermsChange) {
				c.Activations, c.UserActivations = ptr(license.Unlimited), ptr(license.AtMost(1))
			})
			on := func(d string) object {
				return object{"product": "ONE", "hardware_id": d, "username": "limited@example.com", "password": firstPassword}
			}
			s.has(s.good(s.post("activate_license", on("HW1")))["user"].(object), object{"max_activations": 1, "total_activations": 1})
			s.refused(s.post("activate_license", on("HW2")), "license_activated_max_times")
		})
	})
}

// The contract's cases 30 to 32: trials (§7.13).
func TestTrials(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		trial := func(c *office.TermsChange) {
			c.Type, c.Trial, c.Duration = ptr(license.TimeLimited), ptr(true), &license.Span{Seconds: 7 * 86400}
		}
		s.play("case_30_trial_key", func(s *scene) {
			s.product("TRIAL", trial)
			ask := object{"product": "TRIAL", "hardware_id": "HW1"}
			got := s.good(s.get("trial_key", ask))
			s.has(got, object{"is_trial": true, "times_activated": 0, "active": false, "enabled": true, "trial_days": 7,
				"LicenseProductFeatures": []any{}, "LicenseCustomFields": []any{}, "valid_duration": nil, "created_at": s.Now().UTC().UnixMilli()})
			key := got["license_key"]
			if key == nil || key != got["license"] {
				s.t.Errorf("license = %v, license_key = %v", got["license"], key)
			}
			again := s.good(s.get("trial_key", ask))
			if len(again) != 3 || again["license"] != key || again["is_trial"] != true || again["license_type"] != "time-limited" {
				s.t.Errorf("the second answer = %v", again)
			}
			s.good(s.post("activate_license", asks("TRIAL", key.(string), "HW1")))
		})
		s.play("case_31_refusals", func(s *scene) {
			s.product("NOTRIAL", nil)
			s.refused(s.get("trial_key", object{"product": "NOTRIAL", "hardware_id": "HW1"}), "trial_not_allowed")
			s.refused(s.get("trial_key", object{"product": "NOTRIAL"}), "missing_hardware_id")
			s.user("UTRIAL", "x@example.com", firstPassword, trial)
			s.refused(s.get("trial_key", object{"product": "UTRIAL", "hardware_id": "HW1"}), "email_missing")
		})
		s.play("user_based", func(s *scene) {
			ask := object{"product": "UTRIAL", "hardware_id": "HW1", "email": "new@example.com", "first_name": "New"}
			got := s.good(s.get("trial_key", ask))
			password, _ := got["initial_password"].(string)
			if got["license_user"] != "new@example.com" || password == "" || got["license"] != nil {
				s.t.Fatalf("trial of a user = %v", got)
			}
			s.has(s.good(s.get("trial_key", ask)), object{"license_user": "new@example.com", "is_trial": true})
			s.good(s.post("activate_license", object{"product": "UTRIAL", "hardware_id": "HW1", "username": "new@example.com", "password": password}))
		})
	})
}

// The contract's case 42: bundles (§7.4).
func TestBundles(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		for _, code := range []string{"PART-A", "PART-B", "PART-C"} {
			s.product(code, nil)
		}
		_, err := s.Office.CreateBundle(s.t.Context(), s.Operator, office.NewBundle{Code: "SUITE", Name: "Suite", Products: []string{"PART-A", "PART-B", "PART-C"}})
		s.ok(err)
		made, err := s.Office.CreateLicenses(s.t.Context(), s.Operator, office.NewLicenses{Product: "SUITE"})
		s.ok(err)
		ask := asks("SUITE", made.Licenses[0].Key, "HW1")
		s.play("case_42_bundle", func(s *scene) {
			codes := func(list []any) string {
				var out []string
				for _, one := range list {
					out = append(out, one.(object)["product_details"].(object)["short_code"].(string))
				}
				return strings.Join(out, " ")
			}
			if got := codes(s.list(s.post("activate_bundle", ask))); got != "SUITE PART-A PART-B PART-C" {
				s.t.Errorf("activate_bundle answered for %q", got)
			}
			if got := codes(s.list(s.get("check_bundle", ask))); got != "SUITE PART-A PART-B PART-C" {
				s.t.Errorf("check_bundle answered for %q", got)
			}
			s.good(s.get("check_license", asks("PART-B", made.Licenses[0].Key, "HW1", object{"bundle_code": "SUITE"})))
			s.refused(s.post("activate_bundle", asks("SUITE", made.Licenses[0].Key, "HW2")), "license_activated_max_times")
			s.good(s.post("deactivate_bundle", ask))
			s.refused(s.get("check_license", asks("PART-B", made.Licenses[0].Key, "HW1")), "license_not_active")
			alone := asks("SUITE", made.Licenses[0].Key, "HW-NEW") // The bundle's own license alone: its parts do not know the device.
			s.good(s.post("activate_license", alone))
			s.good(s.post("deactivate_bundle", alone))
			s.bad(s.post("activate_bundle", asks("PART-A", made.Licenses[0].Key, "HW1")), http.StatusBadRequest, "unknown_product")
		})
	})
}
