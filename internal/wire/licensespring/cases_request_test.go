package licensespring_test

import (
	"net/http"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/wire/licensespring/lsclient"
)

// The contract's cases 1 to 11: who calls, and when (§2, §5).
func TestRequests(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		key := s.sold("REQ", nil)
		ask := asks("REQ", key, "HW-1")
		s.good(s.post("activate_license", ask))
		check := func(s *scene) lsclient.Answer { return s.get("check_license", ask) }
		spelled := func(s *scene, sp lsclient.Spelling) lsclient.Answer {
			s.c.Spelling = sp
			return check(s)
		}
		s.play("case_1_no_date", func(s *scene) { s.refused(spelled(s, lsclient.Spelling{NoDate: true}), "missing_headers") })
		s.play("case_2_no_authorization", func(s *scene) {
			s.refused(spelled(s, lsclient.Spelling{NoAuthorization: true}), "missing_headers")
		})
		s.play("case_3_date_S0-30", func(s *scene) {
			at := func(d time.Duration) lsclient.Answer {
				return spelled(s, lsclient.Spelling{Date: s.Now().UTC().Add(d).Format(http.TimeFormat)})
			}
			s.refused(at(-16*time.Minute), "date_header_diff")
			s.refused(at(16*time.Minute), "date_header_diff")
			s.good(at(-14*time.Minute - 59*time.Second))
			s.good(at(14 * time.Minute))
			s.bad(spelled(s, lsclient.Spelling{Date: "yesterday"}), http.StatusBadRequest, "date_header_diff")
		})
		s.play("case_4_wrong_shared_key", func(s *scene) {
			s.c.SharedKey = "another"
			s.refused(check(s), "signature_mismatch")
		})
		s.play("case_5_api_key", func(s *scene) {
			known := s.c.APIKey
			s.c.APIKey = "nobody"
			s.refused(check(s), "invalid_api_key")
			other, secret, err := s.Office.CreateAppKey(s.t.Context(), s.Operator, office.NewAppKey{Name: "old", Kind: store.HMACKey})
			s.ok(err)
			s.c.APIKey, s.c.SharedKey = other.PublicID, secret.Reveal()
			s.good(check(s))
			_, err = s.Office.RevokeAppKey(s.t.Context(), s.Operator, other.PublicID)
			s.ok(err)
			s.refused(check(s), "revoked_api_key")
			s.c.APIKey = known
		})
		s.play("case_5_states_of_keys", func(s *scene) {
			reader, secret, err := s.Office.CreateAppKey(s.t.Context(), s.Operator, office.NewAppKey{Name: "reads", Kind: store.HMACKey, ReadOnly: true})
			s.ok(err)
			s.c.APIKey, s.c.SharedKey = reader.PublicID, secret.Reveal()
			s.good(check(s))
			s.refused(s.post("activate_license", ask), "read_only_api_key")
			s.product("OTHER", nil)
			only, secret, err := s.Office.CreateAppKey(s.t.Context(), s.Operator, office.NewAppKey{Name: "one", Kind: store.HMACKey, Product: "OTHER"})
			s.ok(err)
			s.c.APIKey, s.c.SharedKey = only.PublicID, secret.Reveal()
			s.refused(check(s), "api_key_product_not_allowed")
			s.good(s.get("product_details", object{"product": "OTHER"}))
		})
		s.play("case_6_spellings", func(s *scene) {
			for _, sp := range []lsclient.Spelling{
				{KeyName: "apiKey", Separator: ", "},
				{KeyName: "APIKEY", Order: []string{"apikey", "signature", "headers", "algorithm"}},
			} {
				s.good(spelled(s, sp))
			}
		})
		s.play("case_7_algorithm", func(s *scene) { s.refused(spelled(s, lsclient.Spelling{Algorithm: "hmac-sha1"}), "hmac_required") })
		s.play("case_8_headers", func(s *scene) {
			s.refused(spelled(s, lsclient.Spelling{Headers: "host"}), "authorization_invalid_headers")
			s.refused(spelled(s, lsclient.Spelling{Order: []string{"algorithm", "headers", "apikey"}}), "authorization_missing_params")
			s.refused(spelled(s, lsclient.Spelling{Authorization: "nonsense"}), "authorization_invalid_headers")
		})
		s.play("case_9_unknown_path", func(s *scene) {
			s.bad(s.get("no_such_call", ask), http.StatusNotFound, "not_found")
			s.bad(s.post("check_license", ask), http.StatusNotFound, "not_found")
			s.bad(s.get("floating/nothing", ask), http.StatusNotFound, "not_found")
		})
		s.play("case_10_every_error_has_one_form", func(s *scene) {
			s.bad(s.get("check_license", object{"product": "REQ"}), http.StatusBadRequest, "missing_parameters")
			s.refused(s.post("activate_license", asks("REQ", key, "")), "missing_parameters")
			s.refused(s.c.Post(s.t.Context(), "activate_license", []byte(nil)), "validation_error")
			s.refused(s.post("activate_license", object{"product": 7, "license_key": key, "hardware_id": "HW-1"}), "validation_error")
		})
		s.play("trailing_slash", func(s *scene) { s.good(s.c.Get(s.t.Context(), "check_license/", query(ask))) })
		s.play("replay_is_harmless", func(s *scene) {
			s.c.Spelling = lsclient.Spelling{Date: s.Now().UTC().Format(http.TimeFormat)}
			for range 3 {
				s.has(s.good(s.post("activate_license", ask)), object{"times_activated": 1})
			}
		})
		s.play("rotation_of_the_key", func(s *scene) {
			before := s.get("check_license", ask)
			s.good(before)
			for _, size := range []signing.RSASize{signing.RSA3072, signing.RSA2048} {
				answers, err := s.Office.RotateAnswerKey(s.t.Context(), s.Operator, size)
				s.ok(err)
				after := s.get("check_license", ask)
				if err := s.c.Verify(after, nil); err == nil {
					s.t.Error("an answer after the rotation verifies with the old key")
				}
				s.c.PublicKey, err = lsclient.ParsePublicKey(answers.Public)
				s.ok(err)
				s.good(after)
				if err := s.c.Verify(before, nil); err == nil {
					s.t.Error("an answer before the rotation verifies with the new key")
				}
			}
		})
	})
	t.Run("case_11_vector_A", func(t *testing.T) {
		got := lsclient.Sign("kw4qSnpSwXzgiv5yxYpZZmFEd9QAeiKTQ6OuyMja", "Tue, 07 Jun 2011 20:51:35 GMT")
		if want := "UDysfR6MndUZReo07Y9r+vErn8vSxrnQ5ulit18iJ/Q="; got != want {
			t.Errorf("Sign = %s, want %s", got, want)
		}
	})
}

// The contract's case 48: OAuth client credentials (§2.2).
func TestOAuth(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		key := s.sold("OAUTH", nil)
		client, secret, err := s.Office.CreateAppKey(s.t.Context(), s.Operator, office.NewAppKey{Name: "oauth", Kind: store.OAuthClient})
		s.ok(err)
		s.play("case_48_token", func(s *scene) {
			where := s.c.Get(s.t.Context(), "oauth_url", query(object{"login_type": "client_credentials"}))
			tokenURL, _ := where.JSON()["url"].(string)
			if where.Status != http.StatusOK || tokenURL == "" {
				s.t.Fatalf("oauth_url = %s", where)
			}
			got := s.c.Token(s.t.Context(), tokenURL, client.PublicID, secret.Reveal())
			s.has(got.JSON(), object{"token_type": "Bearer", "refresh_expires_in": 0, "not-before-policy": 0})
			s.c.Bearer, _ = got.JSON()["access_token"].(string)
			s.good(s.post("activate_license", asks("OAUTH", key, "HW-1")))
			s.c.Bearer += "x"
			a := s.get("check_license", asks("OAUTH", key, "HW-1"))
			s.bad(a, a.Status, "oauth_token_malformed")
			s.c.Bearer, _ = got.JSON()["access_token"].(string)
			s.Advance(time.Hour)
			a = s.get("check_license", asks("OAUTH", key, "HW-1"))
			if a.Status >= 500 || a.Code() != "oauth_token_expired" {
				s.t.Errorf("an old token = %s, want oauth_token_expired", a)
			}
			refused := s.c.Token(s.t.Context(), tokenURL, client.PublicID, "wrong")
			s.has(refused.JSON(), object{"error": "invalid_client"})
			if refused.Status != http.StatusUnauthorized {
				s.t.Errorf("a wrong secret = %d, want 401", refused.Status)
			}
		})
		s.play("well_known", func(s *scene) {
			got := s.c.Get(s.t.Context(), ".well-known", nil)
			s.has(got.JSON(), object{"supported_api_versions": []string{"v4"}, "default_api_version": "v4"})
			if got.Status != http.StatusOK {
				s.t.Errorf(".well-known = %s", got)
			}
		})
	})
}

// The contract's case 50, and what a race must not break elsewhere.
func TestRaces(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		s.play("case_50_parallel_activations", func(s *scene) {
			key := s.sold("RACE", func(c *office.TermsChange) { c.Activations = ptr(license.AtMost(5)) })
			in := s.crowd(20, func(s *scene, device string) lsclient.Answer {
				return s.post("activate_license", asks("RACE", key, device))
			})
			if in != 5 {
				s.t.Errorf("%d of 20 devices were activated, want 5", in)
			}
		})
		s.play("seats", func(s *scene) {
			key := s.sold("SEATS", func(c *office.TermsChange) {
				c.Activations = ptr(license.Unlimited)
				c.Floating = &license.FloatingTerms{Seats: license.AtMost(3), TimeoutMins: 120}
			})
			for i := range 20 {
				s.good(s.post("activate_license", asks("SEATS", key, device(i))))
			}
			if in := s.crowd(20, func(s *scene, device string) lsclient.Answer {
				return s.get("check_license", asks("SEATS", key, device))
			}); in != 3 {
				s.t.Errorf("%d seats were lent, want 3", in)
			}
		})
		s.play("units", func(s *scene) {
			key := s.sold("UNITS", func(c *office.TermsChange) {
				c.Type, c.Usage = ptr(license.Consumption), &license.UsageTerms{Max: license.AtMost(7)}
			})
			s.good(s.post("activate_license", asks("UNITS", key, device(0))))
			if in := s.crowd(20, func(s *scene, _ string) lsclient.Answer {
				return s.post("add_consumption", asks("UNITS", key, device(0)))
			}); in != 7 {
				s.t.Errorf("%d units were used, want 7", in)
			}
		})
	})
}
