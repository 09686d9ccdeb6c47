package licensespring_test

import (
	"strings"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
)

// The contract's cases 12 to 22: activation, check and the count of transfers (§7.1 to §7.3, §10).
func TestLicenses(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		key := s.sold("TP", nil)
		one, two := asks("TP", key, "HW1"), asks("TP", key, "HW2")
		s.play("case_18_check_before_activation", func(s *scene) { s.refused(s.get("check_license", one), "license_not_active") })
		s.play("case_12_activate_S0-50", func(s *scene) {
			got := s.good(s.post("activate_license", one))
			s.has(got, object{"request": "activation", "times_activated": 1, "transfer_count": 0, "active": true, "hardware_id": "HW1",
				"license_type": "perpetual", "is_trial": false, "is_expired": false, "validity_period": nil, "max_activations": 1,
				"license_key": key, "metadata": object{}, "custom_fields": []any{}, "product_features": []any{}})
			for _, name := range strings.Fields(`id device_id license_template_id maintenance_period start_date enable_maintenance_period
				allow_grace_period grace_period max_transfers max_license_users allow_unlimited_activations allow_offline_activation prevent_vm
				is_hardware_key_auth is_air_gapped allow_overages max_overages is_floating is_floating_cloud floating_timeout can_borrow
				max_borrow_time customer company product_details license_signature`) {
				if _, there := got[name]; !there {
					s.t.Errorf("activation lacks %s", name)
				}
			}
			for _, name := range []string{"license_active", "license_enabled", "order_store_id", "username", "user"} {
				if _, there := got[name]; there {
					s.t.Errorf("activation has %s", name)
				}
			}
			if details, ok := got["product_details"].(map[string]any); !ok || details["short_code"] != "TP" || details["authorization_method"] != "license-key" {
				s.t.Errorf("product_details = %v", got["product_details"])
			}
		})
		s.play("case_13_activate_again", func(s *scene) {
			s.has(s.good(s.post("activate_license", one)), object{"times_activated": 1})
		})
		s.play("case_14_no_place", func(s *scene) { s.refused(s.post("activate_license", two), "license_activated_max_times") })
		s.play("case_15_unknown", func(s *scene) {
			s.refused(s.post("activate_license", asks("TP", "NO-SUCH-KEY", "HW1")), "license_not_found")
			s.refused(s.post("activate_license", asks("NOPE", key, "HW1")), "unknown_product")
		})
		s.play("case_17_check", func(s *scene) {
			got := s.good(s.get("check_license", one))
			s.has(got, object{"license_active": true, "license_enabled": true, "is_expired": false, "is_trial": false, "license_key": key,
				"times_activated": 1, "is_borrowed": false, "borrowed_until": nil, "version": "", "installation_file": "", "release_date": nil})
			for _, name := range strings.Fields(`id device_id order_store_id license_type license_template_id validity_period maintenance_period
				start_date allow_grace_period enable_maintenance_period allow_unlimited_activations allow_offline_activation prevent_vm
				is_hardware_key_auth is_air_gapped grace_period max_activations transfer_count max_transfers max_license_users allow_overages
				max_overages is_floating is_floating_cloud floating_timeout can_borrow max_borrow_time metadata custom_fields product_features
				customer company product_details hash_md5 environment eula_link release_notes_link channel requires_version size license_signature`) {
				if _, there := got[name]; !there {
					s.t.Errorf("check lacks %s", name)
				}
			}
		})
		s.play("case_16_disabled", func(s *scene) {
			ref := office.Ref{Product: "TP", Key: key}
			_, err := s.Office.SuspendLicenses(s.t.Context(), s.Operator, ref)
			s.ok(err)
			s.refused(s.post("activate_license", one), "license_not_enabled")
			s.refused(s.get("check_license", one), "license_not_enabled")
			_, err = s.Office.ResumeLicenses(s.t.Context(), s.Operator, ref)
			s.ok(err)
		})
		s.play("case_20_deactivate", func(s *scene) {
			a := s.post("deactivate_license", one)
			s.good(a)
			if string(a.Body) != "license_deactivated" {
				s.t.Errorf("body = %q", a.Body)
			}
			s.refused(s.get("check_license", one), "license_not_active")
			s.refused(s.post("deactivate_license", one), "license_not_active")
		})
		s.play("case_19_device_not_found", func(s *scene) {
			key := s.sold("TWO", func(c *office.TermsChange) { c.Activations = ptr(license.AtMost(2)) })
			s.good(s.post("activate_license", asks("TWO", key, "HW1")))
			s.refused(s.get("check_license", asks("TWO", key, "HW2")), "device_not_found")
		})
		s.play("case_21_transfers_S0-13_S0-14_S0-15", func(s *scene) {
			key := s.sold("MOVE", nil)
			on := func(d string) object { return s.good(s.post("activate_license", asks("MOVE", key, d))) }
			off := func(d string) { s.good(s.post("deactivate_license", asks("MOVE", key, d))) }
			s.has(on("A"), object{"transfer_count": 0})
			off("A")
			s.has(on("B"), object{"transfer_count": 1})
			off("B")
			s.has(on("A"), object{"transfer_count": 2})
		})
		s.play("case_22_max_transfers", func(s *scene) {
			key := s.sold("BOUND", func(c *office.TermsChange) { c.Transfers = ptr(license.AtMost(0)) })
			s.has(s.good(s.post("activate_license", asks("BOUND", key, "HW1"))), object{"max_transfers": -1})
			s.good(s.post("deactivate_license", asks("BOUND", key, "HW1")))
			s.refused(s.post("activate_license", asks("BOUND", key, "HW2")), "license_transfer_not_allowed")
			s.good(s.post("activate_license", asks("BOUND", key, "HW1")))
			free := s.sold("FREE", func(c *office.TermsChange) { c.Transfers = ptr(license.Unlimited) })
			s.has(s.good(s.post("activate_license", asks("FREE", free, "HW1"))), object{"max_transfers": 0})
			s.good(s.post("deactivate_license", asks("FREE", free, "HW1")))
			s.good(s.post("activate_license", asks("FREE", free, "HW2")))
		})
		s.play("blacklisted", func(s *scene) {
			key := s.sold("BLACK", func(c *office.TermsChange) { c.Activations = ptr(license.AtMost(2)) })
			s.good(s.post("activate_license", asks("BLACK", key, "HW1")))
			ref := office.Ref{Product: "BLACK", Key: key}
			_, err := s.Office.BlockDevice(s.t.Context(), s.Operator, ref, office.DeviceRef{Bound: "HW1"})
			s.ok(err)
			s.refused(s.get("check_license", asks("BLACK", key, "HW1")), "blacklisted")
			s.refused(s.post("activate_license", asks("BLACK", key, "HW1")), "blacklisted")
		})
		s.play("virtual_machine", func(s *scene) {
			key := s.sold("NOVM", func(c *office.TermsChange) { c.RefuseVM = ptr(true) })
			s.refused(s.post("activate_license", asks("NOVM", key, "HW1", object{"is_vm": true})), "vm_not_allowed")
			s.good(s.post("activate_license", asks("NOVM", key, "HW1", object{"is_vm": false})))
		})
		s.play("product_states", func(s *scene) {
			key := s.sold("GONE", nil)
			_, err := s.Office.ChangeProduct(s.t.Context(), s.Operator, "GONE", office.ProductChange{Disabled: ptr(true)})
			s.ok(err)
			s.refused(s.post("activate_license", asks("GONE", key, "HW1")), "disabled_product")
			_, err = s.Office.ChangeProduct(s.t.Context(), s.Operator, "GONE", office.ProductChange{Archived: ptr(true)})
			s.ok(err)
			s.refused(s.post("activate_license", asks("GONE", key, "HW1")), "archived_product")
		})
	})
}

// The contract's cases 23 to 26 and 32: time, and what is signed.
func TestTimeAndSignatures(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("case_23_expired_S0-20_S0-21_S0-22", func(s *scene) {
			s.product("LIMITED", func(c *office.TermsChange) {
				c.Type, c.Activations = ptr(license.TimeLimited), ptr(license.AtMost(2))
			})
			key := "LIMITED-KEY"
			s.license("LIMITED", key, func(n *office.NewLicenses) {
				n.ExpiresAt = license.TimeOf(s.Now().UTC().AddDate(0, 0, 1).Truncate(24 * time.Hour))
			})
			s.good(s.post("activate_license", asks("LIMITED", key, "HW1")))
			s.Advance(24 * time.Hour)
			s.has(s.good(s.get("check_license", asks("LIMITED", key, "HW1"))), object{"is_expired": true, "license_active": true})
			s.refused(s.post("activate_license", asks("LIMITED", key, "HW2")), "license_expired")
			s.has(s.good(s.get("check_license", asks("LIMITED", key, "HW1"))), object{"times_activated": 1, "transfer_count": 0})
		})
		s.play("case_24_grace_S0-35", func(s *scene) {
			for hours, expired := range map[int64]bool{24: false, 1: true} {
				code := map[bool]string{true: "SHORT", false: "LONG"}[expired]
				s.product(code, func(c *office.TermsChange) { c.Type, c.GraceHours = ptr(license.Subscription), ptr(hours) })
				key := code + "-KEY"
				s.license(code, key, func(n *office.NewLicenses) { n.ExpiresAt = s.Now().Add(time.Hour) })
				s.has(s.good(s.post("activate_license", asks(code, key, "HW1"))), object{"allow_grace_period": true, "grace_period": hours})
				s.Advance(3 * time.Hour)
				s.has(s.good(s.get("check_license", asks(code, key, "HW1"))), object{"is_expired": expired, "license_active": true})
				if expired {
					s.refused(s.post("activate_license", asks(code, key, "HW2")), "license_expired")
				}
			}
		})
		// A client that is cut off from the server still has what it was told last. Once it gets through, one check is
		// enough: the server has dialled nobody (S0-51), all bodies were small (S0-52), and nothing is activated again.
		s.play("S0-53_renewed_while_cut_off_S0-51_S0-52", func(s *scene) {
			s.product("CUTOFF", func(c *office.TermsChange) { c.Type = ptr(license.Subscription) })
			s.license("CUTOFF", "CUTOFF-KEY", func(n *office.NewLicenses) { n.ExpiresAt = s.Now().Add(24 * time.Hour) })
			ask := asks("CUTOFF", "CUTOFF-KEY", "HW1")
			s.good(s.post("activate_license", ask))
			told := s.good(s.get("check_license", ask))["validity_period"].(string)
			_, err := s.Office.RenewLicenses(s.t.Context(), s.Operator, "", license.Span{Seconds: 30 * 86400}, office.Ref{Product: "CUTOFF", Key: "CUTOFF-KEY"})
			s.ok(err)
			s.Advance(48 * time.Hour)
			if end, err := time.Parse(time.RFC3339, told); err != nil || s.Now().UTC().Before(end) {
				s.t.Errorf("what the client was told holds until %s (%v), it should have run out", told, err)
			}
			s.has(s.good(s.get("check_license", ask)), object{"is_expired": false, "license_active": true, "times_activated": 1, "transfer_count": 0})
		})
		s.play("case_25_v1_without_validity", func(s *scene) {
			// The client builds the signing string; it ends with # where validity_period is null.
			key := s.sold("NOEND", nil)
			s.has(s.good(s.post("activate_license", asks("NOEND", key, "Hw-A53f"))), object{"validity_period": nil})
		})
		s.play("case_26_nasty_metadata", func(s *scene) {
			s.product("NASTY", nil)
			s.license("NASTY", "NASTY-KEY", func(n *office.NewLicenses) {
				n.Metadata = "{\"b\":\"<b>&\", \"2\":\"\u2028\", \"1\":\"é\", \"n\": 1.0}"
			})
			a := s.post("activate_license", asks("NASTY", "NASTY-KEY", "HW1"))
			s.good(a)
			if want := "\"metadata\":{\"1\":\"é\",\"2\":\"\u2028\",\"b\":\"<b>&\",\"n\":1}"; !strings.Contains(string(a.Body), want) {
				s.t.Errorf("body lacks %s: %s", want, a.Body)
			}
		})
		s.play("case_32_trial_time", func(s *scene) {
			s.product("TRY", func(c *office.TermsChange) {
				c.Type, c.Trial, c.Duration = ptr(license.TimeLimited), ptr(true), &license.Span{Seconds: 7 * 86400}
			})
			s.license("TRY", "TRY-KEY", nil)
			got := s.good(s.post("activate_license", asks("TRY", "TRY-KEY", "HW1")))
			s.has(got, object{"is_trial": true, "trial_days": 7, "validity_period": s.Now().Add(7 * 24 * time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")})
			end := s.Now().Add(3 * 24 * time.Hour)
			s.license("TRY", "TRY-PRESET", func(n *office.NewLicenses) { n.ExpiresAt = end })
			s.has(s.good(s.post("activate_license", asks("TRY", "TRY-PRESET", "HW1"))), object{"validity_period": end.UTC().Format("2006-01-02T15:04:05.000Z")})
			s.Advance(8 * 24 * time.Hour)
			s.refused(s.post("activate_license", asks("TRY", "TRY-KEY", "HW2")), "trial_expired")
		})
		s.play("S0-12_start_date", func(s *scene) {
			s.product("SOON", nil)
			s.license("SOON", "SOON-KEY", func(n *office.NewLicenses) { n.NotBefore = s.Now().Add(time.Hour) })
			s.refused(s.post("activate_license", asks("SOON", "SOON-KEY", "HW1")), "license_start_date_not_reached")
			s.Advance(2 * time.Hour)
			s.good(s.post("activate_license", asks("SOON", "SOON-KEY", "HW1")))
		})
	})
}
