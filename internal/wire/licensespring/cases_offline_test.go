package licensespring_test

import (
	"fmt"
	"net/http"
	"testing"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/licensespring/lsclient"
)

// The contract's cases 43 to 46: activation by file (§7.7, §8).
func TestOffline(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		key := s.sold("OFF", func(c *office.TermsChange) { c.Activations = ptr(license.AtMost(9)) })
		n := 0
		fields := func(device, request string, more ...object) object {
			n++
			return asks("OFF", key, device, append([]object{{"request": request, "request_id": fmt.Sprint("request-", n),
				"api_key": s.c.APIKey, "date": "Fri Jul 4 2025 10:56:13 GMT+0000", "sdk_ver": "1.4.17"}}, more...)...)
		}
		post := func(s *scene, text string) lsclient.Answer {
			return s.c.PostText(s.t.Context(), "activate_offline", text)
		}
		file := func(s *scene, a lsclient.Answer) object {
			s.t.Helper()
			if a.Status != http.StatusOK {
				s.t.Fatalf("activate_offline = %s", a)
			}
			got, err := s.c.VerifyOfflineFile(string(a.Body))
			s.ok(err)
			return got
		}
		s.play("case_43_schema_2", func(s *scene) {
			for i, python := range []bool{false, true} {
				a := post(s, lsclient.OfflineRequest(fields(fmt.Sprint("HW-2", i), "activation"), s.c.SharedKey, python))
				s.has(file(s, a), object{"hardware_id": fmt.Sprint("HW-2", i), "license_key": key, "request": "activation"})
			}
			a := s.c.PostFile(s.t.Context(), "activate_offline", lsclient.OfflineRequest(fields("HW-22", "activation"), s.c.SharedKey, false))
			file(s, a)
			s.refused(post(s, lsclient.OfflineRequest(fields("HW-23", "activation"), "another key", false)), "signature_mismatch")
			once := lsclient.OfflineRequest(fields("HW-24", "activation"), s.c.SharedKey, false)
			file(s, post(s, once))
			s.refused(post(s, once), "request_already_used")
		})
		s.play("case_44_schema_1_and_nonsense", func(s *scene) {
			file(s, post(s, lsclient.OfflineRequestV1(fields("HW-3", "activation"), s.c.SharedKey)))
			s.refused(post(s, ""), "missing_content")
			s.refused(post(s, "not base64 ###"), "authorization_missing_params")
		})
		s.play("case_46_deactivate_and_refusal", func(s *scene) {
			file(s, post(s, lsclient.OfflineRequest(fields("HW-4", "activation"), s.c.SharedKey, false)))
			a := s.c.PostText(s.t.Context(), "deactivate_offline",
				lsclient.OfflineRequest(fields("HW-4", "deactivation", object{"variables": object{"left": "bye"}}), s.c.SharedKey, false))
			if a.Status != http.StatusOK || string(a.Body) != "license_deactivated" {
				s.t.Fatalf("deactivate_offline = %s", a)
			}
			s.refused(s.get("check_license", asks("OFF", key, "HW-4")), "device_not_found")
			s.good(s.post("activate_license", asks("OFF", key, "HW-4")))
			list := s.list(s.get("get_device_variables", asks("OFF", key, "HW-4")))
			if len(list) != 1 {
				s.t.Fatalf("variables = %v", list)
			}
			s.has(list[0].(object), object{"variable": "left", "value": "bye"})
			not := s.sold("NOOFF", func(c *office.TermsChange) { c.RefuseOffline = ptr(true) })
			f := fields("HW-1", "activation")
			f["product"], f["license_key"] = "NOOFF", not
			s.refused(post(s, lsclient.OfflineRequest(f, s.c.SharedKey, false)), "offline_activation_not_allowed")
		})
	})
}

// The contract's case 49: activation by codes that people carry (§9).
func TestAirGap(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("case_49_codes", func(s *scene) {
			key := s.sold("GAP", nil)
			ref := office.Ref{Product: "GAP", Key: key}
			start, err := s.Office.AirGapInit(s.t.Context(), s.Operator, ref)
			s.ok(err)
			code, err := lsclient.AirGapActivationCode(start.InitializationCode.Reveal(), "HW1", key)
			s.ok(err)
			if _, err := s.Office.AirGapConfirm(s.t.Context(), s.Operator, ref, "HW2", code, "42"); err == nil {
				s.t.Error("a code of another device was confirmed")
			}
			confirmed, err := s.Office.AirGapConfirm(s.t.Context(), s.Operator, ref, "HW1", code, "42")
			s.ok(err)
			s.ok(lsclient.VerifyAirGapConfirmation(start.PublicKey, confirmed, "HW1", key, "42"))
			if err := lsclient.VerifyAirGapConfirmation(start.PublicKey, confirmed, "HW1", key, "43"); err == nil {
				s.t.Error("the confirmation holds for another policy")
			}
			s.has(s.good(s.get("check_license", asks("GAP", key, "HW1"))), object{"license_active": true, "times_activated": 1})
			not := s.sold("NOGAP", func(c *office.TermsChange) { c.RefuseOffline = ptr(true) })
			if _, err := s.Office.AirGapInit(s.t.Context(), s.Operator, office.Ref{Product: "NOGAP", Key: not}); license.ReasonOf(err) != license.OfflineRefused {
				s.t.Errorf("AirGapInit where offline is not allowed = %v", err)
			}
		})
	})
}
