package licensespring_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
)

// The contract's cases 33 to 35: consumption (§7.6).
func TestConsumption(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		metered := func(product string, u license.UsageTerms) object {
			key := s.sold(product, func(c *office.TermsChange) { c.Type, c.Usage = ptr(license.Consumption), &u })
			ask := asks(product, key, "HW1")
			s.has(s.good(s.post("activate_license", ask)), object{"license_type": "consumption", "total_consumptions": 0})
			return ask
		}
		s.play("case_33_limit_and_overage", func(s *scene) {
			ask := metered("METER", license.UsageTerms{Max: license.AtMost(5)})
			use := func(n int, more ...object) object {
				return asks("METER", ask["license_key"].(string), "HW1", append(more, object{"consumptions": n})...)
			}
			got := s.good(s.post("add_consumption", use(3)))
			s.has(got, object{"total_consumptions": 3, "max_consumptions": 5, "allow_unlimited_consumptions": false, "consumption_period": nil})
			s.refused(s.post("add_consumption", use(3)), "license_not_enough_consumptions")
			s.has(s.good(s.post("add_consumption", use(3, object{"allow_overages": true, "max_overages": 2}))),
				object{"total_consumptions": 6, "allow_overages": true, "max_overages": 2})
			s.has(s.good(s.post("add_consumption", ask)), object{"total_consumptions": 7})
			s.refused(s.post("add_consumption", ask), "license_not_enough_consumptions")
			s.has(s.good(s.get("check_license", ask)), object{"total_consumptions": 7, "max_consumptions": 5})
		})
		s.play("case_34_negative", func(s *scene) {
			ask := metered("NONEG", license.UsageTerms{Max: license.AtMost(5)})
			ask["consumptions"] = -1
			s.refused(s.post("add_consumption", ask), "negative_consumptions_not_allowed")
			neg := metered("NEG", license.UsageTerms{Max: license.AtMost(5), Negative: true})
			neg["consumptions"] = -1
			s.has(s.good(s.post("add_consumption", neg)), object{"total_consumptions": -1})
			key := s.sold("PERP", nil)
			s.good(s.post("activate_license", asks("PERP", key, "HW1")))
			s.refused(s.post("add_consumption", asks("PERP", key, "HW1")), "license_not_consumption")
		})
		s.play("resets_each_day", func(s *scene) {
			ask := metered("DAILY", license.UsageTerms{Max: license.AtMost(1), Reset: license.Daily})
			s.has(s.good(s.post("add_consumption", ask)), object{"total_consumptions": 1, "reset_consumption": true, "consumption_period": "daily"})
			s.refused(s.post("add_consumption", ask), "license_not_enough_consumptions")
			s.Advance(24 * time.Hour)
			s.has(s.good(s.post("add_consumption", ask)), object{"total_consumptions": 1})
		})
		s.play("case_35_features", func(s *scene) {
			key := s.sold("FEAT", func(c *office.TermsChange) {
				c.Features = &[]license.FeatureTerms{
					{Code: "PAGES", Name: "Pages", Usage: &license.UsageTerms{Max: license.AtMost(2)}, Metadata: `{"b":1}`},
					{Code: "PRO", Name: "Pro", Duration: license.Span{Seconds: 86400}},
				}
			})
			ask := asks("FEAT", key, "HW1")
			s.good(s.post("activate_license", ask))
			use := asks("FEAT", key, "HW1", object{"feature": "PAGES", "consumptions": 2})
			got := s.good(s.post("add_feature_consumption", use))
			s.has(got, object{"total_consumptions": 2, "max_consumptions": 2})
			s.refused(s.post("add_feature_consumption", use), "feature_not_enough_consumptions")
			one := s.good(s.get("check_license_feature", asks("FEAT", key, "HW1", object{"feature": "PAGES"})))
			s.has(one, object{"code": "PAGES", "name": "Pages", "feature_type": "consumption", "max_consumption": 2, "total_consumptions": 2, "metadata": object{"b": 1}})
			features := func(more object) []any {
				list, _ := s.good(s.get("check_license", asks("FEAT", key, "HW1", more)))["product_features"].([]any)
				return list
			}
			if list := features(nil); len(list) != 2 {
				s.t.Errorf("product_features = %v, want 2", list)
			} else if first := list[0].(object); first["max_consumption"] == nil || first["max_consumptions"] != nil {
				s.t.Errorf("the feature of a check = %v, want max_consumption", first)
			}
			s.Advance(25 * time.Hour)
			if list := features(nil); len(list) != 1 {
				s.t.Errorf("product_features without expired ones = %v", list)
			}
			if list := features(object{"include_expired_features": true}); len(list) != 2 {
				s.t.Errorf("product_features with expired ones = %v", list)
			}
			s.product("OVERF", func(c *office.TermsChange) {
				c.Features = &[]license.FeatureTerms{{Code: "MINS", Duration: license.Span{Seconds: 60}, Usage: &license.UsageTerms{Max: license.AtMost(9)}}}
			})
			s.license("OVERF", "OVERF-KEY", nil)
			s.good(s.post("activate_license", asks("OVERF", "OVERF-KEY", "HW1")))
			s.Advance(time.Minute)
			s.refused(s.post("add_feature_consumption", asks("OVERF", "OVERF-KEY", "HW1", object{"feature": "MINS"})), "feature_expired")
			s.refused(s.get("check_license_feature", asks("FEAT", key, "HW1", object{"feature": "0"})), "invalid_license_feature_code")
			s.refused(s.post("add_feature_consumption", asks("FEAT", key, "HW1", object{"feature": "NONE"})), "unsupported_product_feature")
		})
	})
}

// The contract's cases 36 to 38: floating seats (§7.8, §7.9, §10).
func TestFloating(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		floating := func(product string, f license.FloatingTerms) string {
			key := s.sold(product, func(c *office.TermsChange) { c.Activations, c.Floating = ptr(license.AtMost(5)), &f })
			for _, d := range []string{"HW1", "HW2"} {
				s.good(s.post("activate_license", asks(product, key, d)))
			}
			return key
		}
		s.play("case_36_seats", func(s *scene) {
			key := floating("FLOAT", license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 120})
			check := func(d string) any { return s.get("check_license", asks("FLOAT", key, d)) }
			_ = check
			s.has(s.good(s.get("check_license", asks("FLOAT", key, "HW1"))),
				object{"floating_in_use_devices": 1, "is_floating_cloud": true, "floating_users": 1, "floating_timeout": 120})
			s.refused(s.get("check_license", asks("FLOAT", key, "HW2")), "floating_not_available")
			a := s.post("floating/release", asks("FLOAT", key, "HW1"))
			s.good(a)
			if len(a.Body) != 0 {
				s.t.Errorf("body of release = %q", a.Body)
			}
			s.good(s.get("check_license", asks("FLOAT", key, "HW2")))
			s.refused(s.get("check_license", asks("FLOAT", key, "HW1")), "floating_not_available")
			s.Advance(121 * time.Minute)
			s.good(s.get("check_license", asks("FLOAT", key, "HW1")))
		})
		s.play("case_37_borrow", func(s *scene) {
			key := floating("BORROW", license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 60, Borrow: true, BorrowHours: 12})
			borrow := func(until any) object { return asks("BORROW", key, "HW1", object{"borrowed_until": until}) }
			want := s.Now().Add(12 * time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")
			s.refused(s.post("floating/borrow", borrow(s.Now().Add(13*time.Hour).UTC().Format("2006-01-02 15:04:05"))), "borrow_until_not_valid")
			s.has(s.good(s.post("floating/borrow", borrow(nil))), object{"borrowed_until": want, "max_borrow_time": 12})
			s.has(s.good(s.get("check_license", asks("BORROW", key, "HW1"))), object{"is_borrowed": true, "borrowed_until": want})
			s.Advance(2 * time.Hour)
			s.refused(s.get("check_license", asks("BORROW", key, "HW2")), "floating_not_available")
			s.good(s.post("floating/release", asks("BORROW", key, "HW1")))
			s.has(s.good(s.get("check_license", asks("BORROW", key, "HW2"))), object{"is_borrowed": false, "borrowed_until": nil})
			never := floating("NOBORROW", license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 60})
			s.refused(s.post("floating/borrow", asks("NOBORROW", never, "HW1", object{"borrowed_until": nil})), "license_borrow_not_allowed")
		})
		s.play("borrow_date_spellings", func(s *scene) {
			key := floating("DATES", license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 60, Borrow: true, BorrowHours: 72})
			until := s.Now().Add(36 * time.Hour).UTC()
			for _, layout := range []string{"2006-01-02T15:04:05.000Z", "2006-01-02 15:04:05.000", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
				s.good(s.post("floating/borrow", asks("DATES", key, "HW1", object{"borrowed_until": until.Format(layout)})))
			}
			s.refused(s.post("floating/borrow", asks("DATES", key, "HW1", object{"borrowed_until": "soon"})), "borrow_until_not_valid")
		})
		s.play("case_38_features", func(s *scene) {
			key := s.sold("FF", func(c *office.TermsChange) {
				c.Activations = ptr(license.AtMost(5))
				c.Features = &[]license.FeatureTerms{
					{Code: "CAD", Floating: &license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 60, Borrow: true, BorrowHours: 2}}, {Code: "PLAIN"},
				}
			})
			on := func(d, feature string, more ...object) object {
				return asks("FF", key, d, append(more, object{"feature": feature})...)
			}
			s.good(s.post("activate_license", asks("FF", key, "HW1")))
			s.good(s.post("activate_license", asks("FF", key, "HW2")))
			s.refused(s.get("check_license_feature", on("HW1", "NONE")), "invalid_license_feature_code")
			s.refused(s.post("floating/feature_release", on("HW1", "PLAIN")), "feature_not_floating")
			s.refused(s.post("floating/feature_release", on("HW1", "CAD")), "floating_feature_device_not_in_use")
			s.has(s.good(s.get("check_license_feature", on("HW1", "CAD"))), object{"is_floating_cloud": true, "floating_in_use_devices": 1})
			s.refused(s.get("check_license_feature", on("HW2", "CAD")), "floating_not_available")
			s.good(s.post("floating/feature_borrow", on("HW1", "CAD", object{"borrowed_until": nil})))
			s.good(s.post("floating/feature_release", on("HW1", "CAD")))
			s.good(s.get("check_license_feature", on("HW2", "CAD")))
		})
		s.play("expired_lends_nothing", func(s *scene) {
			s.product("OVER", func(c *office.TermsChange) {
				c.Type, c.Activations = ptr(license.TimeLimited), ptr(license.AtMost(5))
				c.Floating = &license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 60, Borrow: true, BorrowHours: 2}
			})
			s.license("OVER", "OVER-KEY", func(n *office.NewLicenses) { n.ExpiresAt = s.Now().Add(time.Hour) })
			ask := asks("OVER", "OVER-KEY", "HW1")
			s.good(s.post("activate_license", ask))
			s.Advance(2 * time.Hour)
			s.has(s.good(s.get("check_license", ask)), object{"is_expired": true})
			s.refused(s.post("floating/borrow", asks("OVER", "OVER-KEY", "HW1", object{"borrowed_until": nil})), "license_expired")
		})
	})
}

// The contract's cases 39 to 41: variables, product details, versions (§7.10 to §7.12, §7.15).
func TestThings(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		key := s.sold("THING", func(c *office.TermsChange) { c.Maintenance = &license.Span{Seconds: 30 * 86400} })
		ask := asks("THING", key, "HW1")
		s.play("case_41_before_activation", func(s *scene) {
			s.refused(s.get("versions", ask), "active_license_required")
			s.refused(s.get("installation_file", ask), "active_license_required")
			s.refused(s.get("versions", object{"product": "THING", "hardware_id": "HW1"}), "license_key_or_license_user_required")
		})
		s.good(s.post("activate_license", ask))
		s.play("case_39_variables", func(s *scene) {
			track := func(v object) []any {
				return s.list(s.post("track_device_variables", asks("THING", key, "HW1", object{"variables": v})))
			}
			got := track(object{"a": "x", "b": 1})
			if len(got) != 2 {
				s.t.Fatalf("variables = %v", got)
			}
			first := got[0].(object)
			if n, err := strconv.ParseInt(text(first["created_at"]), 10, 64); err != nil || n != s.Now().UTC().UnixMilli() {
				s.t.Errorf("created_at of track = %v, want milliseconds", first["created_at"])
			}
			track(object{"a": "y"})
			list := s.list(s.get("get_device_variables", ask))
			if len(list) != 2 {
				s.t.Fatalf("variables = %v", list)
			}
			s.has(list[0].(object), object{"variable": "a", "value": "y", "created_at": s.Now().UTC().Format("2006-01-02T15:04:05.000Z")})
			s.has(list[1].(object), object{"variable": "b", "value": "1"})
			if list[0].(object)["id"] == nil {
				s.t.Error("a variable has no id")
			}
			s.refused(s.get("get_device_variables", asks("THING", key, "HW9")), "device_not_found")
		})
		s.play("case_40_product_details", func(s *scene) {
			got := s.good(s.get("product_details", object{"product": "THING"}))
			s.has(got, object{"short_code": "THING", "authorization_method": "license-key", "allow_trial": false})
			for _, name := range []string{"latest_version", "custom_fields"} {
				if _, there := got[name]; there {
					s.t.Errorf("product_details has %s unasked", name)
				}
			}
			got = s.good(s.get("product_details", object{"product": "THING", "include_latest_version": true, "include_custom_fields": true}))
			s.has(got, object{"latest_version": nil, "custom_fields": []any{}})
			s.list(s.get("products", nil))
		})
		s.play("case_41_versions", func(s *scene) {
			for version, days := range map[string]int{"1.0": -2, "2.0": -1, "9.0": 60} {
				_, err := s.Office.AddVersion(s.t.Context(), s.Operator, office.NewVersion{Product: "THING", Version: version,
					URL: "https://example.com/" + version, ReleasedAt: s.Now().Add(time.Duration(days) * 24 * time.Hour)})
				s.ok(err)
			}
			list := s.list(s.get("versions", ask))
			if len(list) != 2 || list[0].(object)["version"] != "1.0" || list[1].(object)["version"] != "2.0" {
				s.t.Errorf("versions = %v, want 1.0 and 2.0", list)
			}
			s.has(s.good(s.get("installation_file", ask)), object{"version": "2.0", "installation_file": "https://example.com/2.0"})
			s.has(s.good(s.get("installation_file", asks("THING", key, "HW1", object{"version": "1.0"}))), object{"version": "1.0"})
			s.refused(s.get("installation_file", asks("THING", key, "HW1", object{"version": "9.9"})), "version_not_found")
		})
	})
}

// text returns a number as it was written.
func text(v any) string {
	if n, ok := v.(interface{ String() string }); ok {
		return n.String()
	}
	return http.StatusText(0)
}
