package dna_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire"
	"licet/internal/wire/wiretest"
)

// TestPassword: D01 to D18, D52: the License Password.
func TestPassword(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		change := func(from, to string) fields { return fields{"LicensePassword": from, "NewPassword": to} }
		s.play("D01_D02_S2-01_S2-32_change", func(s *scene) {
			u := s.used(active, "SU", "12345")
			s.wants(s.post(strings.Replace(u, "licenses", "Licenses", 1)+"/password", change("12345", "54321")), 204)
			s.opens(u, "54321", true)
			s.opens(u, "12345", false)
		})
		s.play("S2-02_S2-03_change_of_MU_and_F", func(s *scene) {
			for _, kind := range []string{"MU", "F"} {
				u := s.used(active, kind, "12345")
				s.wants(s.post(u+"/password", change("12345", "54321")), 204)
				s.opens(u, "54321", true)
			}
		})
		s.play("D03_S2-40_letter_case", func(s *scene) {
			u := s.used(active, "SU", "1")
			code := u[strings.LastIndex(u, "/")+1:]
			for i, path := range []string{u + "/password", "/V1/LICENSES/" + active + "/" + code + "/PASSWORD", "/v1/Licenses/p0000001/" + strings.ToLower(code) + "/Password/"} {
				s.wants(s.post(path, change(fmt.Sprint(i+1), fmt.Sprint(i+2))), 204)
			}
		})
		s.play("D04_S2-41_S2-42_S2-43_example", func(s *scene) {
			made, err := s.Office.CreateLicenses(s.t.Context(), s.Operator, office.NewLicenses{Product: trialMode, Keys: []string{"TEST12345"}, Terms: terms("SU")})
			s.ok(err)
			s.ok(s.activate(trialMode, made.Licenses[0].Key, "D", "12345"))
			body := `{"LicensePassword": "12345", "NewPassword": "54321", "UserIp": "0.0.0.0", "SendDnaEmail": false}`
			s.wants(s.send(http.MethodPost, "/v1/licenses/P0000002/TEST12345/password", body), 204)
			s.opens("/v1/licenses/P0000002/TEST12345", "54321", true)
		})
		s.play("D05_S2-45_broken_example", func(s *scene) {
			u := s.used(active, "SU", "12345")
			for _, body := range []string{"\u2019{\"LicensePassword: \"12345\", \"NewPassword\": \"54321\", \"UserIp\": \"0.0.0.0\", \"SendDnaEmail\": false}\u2019", "{", "[]", "\"x\"", "null", "{}x", "\xff"} {
				s.wants(s.send(http.MethodPost, u+"/password", body), 400)
			}
			s.opens(u, "12345", true)
		})
		s.play("D06_S2-34_credentials", func(s *scene) {
			u := s.used(active, "SU", "12345")
			for _, c := range [][2]string{{"", ""}, {s.client, ""}, {"", s.key}, {s.client, s.key + "x"}, {"C0000000", s.key}, {s.key, s.client}} {
				a := s.wants(s.sendAs(c[0], c[1], http.MethodPost, u+"/password", `{}`), 401)
				if a.header.Get("WWW-Authenticate") == "" {
					s.t.Error("401 without WWW-Authenticate")
				}
			}
			for _, value := range []string{"", "Bearer x", "Basic", "Basic !!!"} {
				r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://licet.test/dna"+u+"/password", strings.NewReader("{}"))
				s.ok(err)
				if value != "" {
					r.Header.Set("Authorization", value)
				}
				s.wants(s.do(r), 401)
			}
		})
		s.play("D07_S2-39_product_of_wrong_form", func(s *scene) {
			a := s.wants(s.post("/v1/licenses/xyz/SU1/password", change("a", "b")), 400)
			if a.body != `{"Message":"Invalid ProductId format"}` {
				s.t.Errorf("the answer is %s", a)
			}
		})
		s.play("D08_D09_D10_D11_S2-35_unknown", func(s *scene) {
			u := s.used(active, "SU", "12345")
			code := u[strings.LastIndex(u, "/")+1:]
			other := wiretest.New(s.t, s.db, nil)
			_, err := other.Office.CreateProduct(s.t.Context(), other.Operator, office.NewProduct{Code: "P0000003", Name: "Other"})
			s.ok(err)
			made, err := other.Office.CreateLicenses(s.t.Context(), other.Operator, office.NewLicenses{Product: "P0000003", Terms: terms("SU")})
			s.ok(err)
			for _, path := range []string{"P9999999/" + code, active + "/NOTHING", trialMode + "/" + code, "P0000003/" + made.Licenses[0].Key} {
				s.wants(s.post("/v1/licenses/"+path+"/password", change("12345", "x")), 404)
			}
			s.opens(u, "12345", true)
		})
		s.play("D12_S2-22_address", func(s *scene) {
			u := s.used(active, "SU", "12345")
			for _, value := range []any{nil, "", "abc", 5, "1.2.3.4.5", "1.2.3.4:80"} {
				f := change("12345", "x")
				f["UserIp"] = value
				s.wants(s.post(u+"/password", f), 400)
			}
			for _, value := range []string{"0.0.0.0", "2001:db8::1", "::ffff:192.0.2.1"} {
				f := change("12345", "12345")
				f["UserIp"] = value
				s.wants(s.post(u+"/password", f), 204)
			}
		})
		s.play("D13_D14_S2-31_S2-33_values", func(s *scene) {
			u := s.used(active, "SU", "12345")
			for _, f := range []fields{{"LicensePassword": "12345"}, {"NewPassword": "x"}, {}, change("12345", ""), change("12345", strings.Repeat("p", 17)),
				{"LicensePassword": "12345", "NewPassword": 5}, {"LicensePassword": "12345", "NewPassword": nil}, {"LicensePassword": "12345", "NewPassword": fields{}},
				{"LicensePassword": "12345", "NewPassword": "x", "Test": "perhaps"}, {"LicensePassword": "12345", "NewPassword": "x", "SendDnaEmail": 2}} {
				s.wants(s.post(u+"/password", f), 400)
			}
			s.wants(s.send(http.MethodPost, u+"/password", ""), 400)
			s.wants(s.post(u+"/password", change("12345", strings.Repeat("p", 16))), 204)
		})
		s.play("D15_D16_D17_D18_S2-16_S2-36_tests", func(s *scene) {
			u := s.used(active, "SU", "12345")
			s.wants(s.post(u+"/password", change("wrong", "x")), 403)
			f := change("12345", "x")
			f["Test"], f["SendDnaEmail"] = true, true
			s.wants(s.post(u+"/password", f), 409)
			s.opens(u, "12345", true)
			f["LicensePassword"] = "wrong"
			s.wants(s.post(u+"/password", f), 403)
			u = s.used(trialMode, "SU", "12345")
			f = change("12345", "x")
			f["Test"] = true
			s.wants(s.post(u+"/password", f), 204)
			s.opens(u, "x", true)
		})
		s.play("D51_strings_and_letter_case", func(s *scene) {
			u := s.used(active, "SU", "12345")
			s.wants(s.send(http.MethodPost, u+"/password",
				`{"licensepassword":"12345","NEWPASSWORD":"x","userip":"`+s.address+`","test":"true","senddnaemail":"False"}`), 409)
			s.wants(s.send(http.MethodPost, u+"/password",
				`{"licensepassword":"12345","NEWPASSWORD":"x","userip":"`+s.address+`","test":"false","senddnaemail":"False"}`), 204)
		})
		s.play("D52_race", func(s *scene) {
			u := s.used(active, "SU", "12345")
			var wins sync.Map
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					f := change("12345", fmt.Sprint("p", i))
					f["UserIp"] = fmt.Sprintf("203.0.113.%d", i+1)
					switch a := s.post(u+"/password", f); a.status {
					case 204:
						wins.Store(i, true)
					case 403:
					default:
						s.t.Errorf("the answer is %s, want 204 or 403", a)
					}
				})
			}
			all.Wait()
			n := 0
			wins.Range(func(i, _ any) bool {
				n++
				s.opens(u, fmt.Sprint("p", i), true)
				return true
			})
			if n != 1 {
				s.t.Errorf("%d of 20 changed the password, want 1", n)
			}
		})
		s.play("no_password_yet", func(s *scene) {
			code := s.issue(active, "SU", nil)
			s.wants(s.post("/v1/licenses/"+active+"/"+code+"/password", change("x", "y")), 403)
			code = s.issue(active, "NP", nil)
			s.wants(s.post("/v1/licenses/"+active+"/"+code+"/password", change("x", "y")), 400)
		})
	})
}

// TestAdministrator: D21 to D27: the Admin Password.
func TestAdministrator(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		for _, kind := range []string{"MU", "F"} {
			s.play("D21_D22_D23_D24_S2-04_S2-05_"+kind, func(s *scene) {
				u := s.used(active, kind, "seatpw")
				key := s.setupKey(u)
				s.wants(s.post(u+"/adminpassword", fields{"LicenseKey": key + "X", "NewAdminPassword": "boss"}), 403)
				s.wants(s.post(u+"/adminpassword", fields{"AdminPassword": "", "NewAdminPassword": "boss"}), 400)
				s.wants(s.post(u+"/adminpassword", fields{"AdminPassword": "boss", "NewAdminPassword": "boss"}), 403)
				if s.post(u, fields{"LicensePassword": "seatpw"}).fields["MuAdminPassSet"] != false {
					s.t.Error("an admin password is set")
				}
				s.wants(s.post(u+"/adminpassword", fields{"LicenseKey": key, "NewAdminPassword": "boss"}), 204)
				if s.post(u, fields{"LicensePassword": "seatpw"}).fields["MuAdminPassSet"] != true {
					s.t.Error("no admin password is set")
				}
				s.wants(s.post(u+"/adminpassword", fields{"AdminPassword": "boss", "NewAdminPassword": "boss2"}), 204)
				s.wants(s.post(u+"/validateadminpass", fields{"AdminPassword": "boss2"}), 204)
				s.wants(s.post(u+"/validateadminpass", fields{"AdminPassword": "boss"}), 403)
				s.wants(s.post(u+"/validateadminpass", fields{"AdminPassword": "boss2", "Test": true}), 409)
			})
		}
		s.play("D25_S2-06_single_user", func(s *scene) {
			u := s.used(active, "SU", "12345")
			s.wants(s.post(u+"/adminpassword", fields{"LicenseKey": "x", "NewAdminPassword": "boss"}), 400)
			s.wants(s.post(u+"/adminpassword", fields{"AdminPassword": "x", "NewAdminPassword": "boss"}), 400)
			s.wants(s.post(u+"/licensekey", nil), 400)
			s.wants(s.post(u+"/admin/passrecovery", nil), 400)
		})
		s.play("D26_members", func(s *scene) {
			u := s.used(active, "MU", "seatpw")
			for _, f := range []fields{{"NewAdminPassword": "x"}, {"LicenseKey": "x"}, {"AdminPassword": "x", "LicenseKey": "y", "NewAdminPassword": "z"}, {"AdminPassword": "x", "NewAdminPassword": strings.Repeat("z", 17)}} {
				s.wants(s.post(u+"/adminpassword", f), 400)
			}
		})
		s.play("D27_S2-09_two_secrets", func(s *scene) {
			u := s.used(active, "MU", "seatpw")
			s.wants(s.post(u+"/adminpassword", fields{"LicenseKey": s.setupKey(u), "NewAdminPassword": "boss"}), 204)
			s.wants(s.post(u+"/password", fields{"LicensePassword": "seatpw", "NewPassword": "other"}), 204)
			s.wants(s.post(u+"/validateadminpass", fields{"AdminPassword": "boss"}), 204)
			s.wants(s.post(u+"/adminpassword", fields{"AdminPassword": "boss", "NewAdminPassword": "chief"}), 204)
			s.opens(u, "other", true)
		})
	})
}

// TestRecovery: D28 to D35 and D53 without mail: codes in the answer.
func TestRecovery(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		recovered := func(s *scene, u, path, member string) string {
			s.t.Helper()
			code, _ := s.wants(s.post(u+path, nil), 200).fields[member].(string)
			if len(code) < 8 || len(code) > 16 {
				s.t.Fatalf("the code is %q", code)
			}
			return code
		}
		ofLicense, admin := "PasswordResetCode", "AdminPasswordResetCode"
		s.play("D28_D29_S2-10_S2-12_S2-13_S2-14", func(s *scene) {
			u := s.used(active, "SU", "12345")
			code := recovered(s, u, "/passrecovery", ofLicense)
			s.opens(u, "12345", true)
			s.opens(u, code, false)
			s.wants(s.post(u+"/password", fields{"LicensePassword": code, "NewPassword": "newpw"}), 204)
			s.wants(s.post(u+"/password", fields{"LicensePassword": code, "NewPassword": "again"}), 403)
			s.opens(u, "12345", false)
			s.opens(u, "newpw", true)
			code = recovered(s, u, "/passrecovery", ofLicense)
			s.wants(s.post(u+"/password", fields{"LicensePassword": "newpw", "NewPassword": "other"}), 204) // S2-14
			s.wants(s.post(u+"/password", fields{"LicensePassword": code, "NewPassword": "again"}), 403)
		})
		s.play("D31_newer_code", func(s *scene) {
			u := s.used(active, "SU", "12345")
			first, second := recovered(s, u, "/passrecovery", ofLicense), recovered(s, u, "/passrecovery", ofLicense)
			s.wants(s.post(u+"/password", fields{"LicensePassword": first, "NewPassword": "x"}), 403)
			s.wants(s.post(u+"/password", fields{"LicensePassword": second, "NewPassword": "x"}), 204)
			late := recovered(s, u, "/passrecovery", ofLicense)
			s.Advance(24 * time.Hour)
			s.wants(s.post(u+"/password", fields{"LicensePassword": late, "NewPassword": "x"}), 403)
		})
		s.play("D32_test", func(s *scene) {
			u := s.used(active, "SU", "12345")
			if a := s.wants(s.post(u+"/passrecovery", fields{"Test": true}), 409); strings.Contains(a.body, "Code") {
				s.t.Errorf("the answer is %s", a)
			}
		})
		s.play("D33_D34_S2-15_kinds", func(s *scene) {
			u := s.used(active, "MU", "seatpw")
			code := recovered(s, u, "/admin/passrecovery", admin)
			s.wants(s.post(u+"/password", fields{"LicensePassword": code, "NewPassword": "x"}), 403)
			s.wants(s.post(u+"/adminpassword", fields{"AdminPassword": code, "NewAdminPassword": "boss"}), 204)
			s.wants(s.post(u+"/validateadminpass", fields{"AdminPassword": "boss"}), 204)
			s.wants(s.post(u+"/adminpassword", fields{"AdminPassword": code, "NewAdminPassword": "x"}), 403)
			code = recovered(s, u, "/passrecovery", ofLicense)
			s.wants(s.post(u+"/adminpassword", fields{"AdminPassword": code, "NewAdminPassword": "x"}), 403)
		})
		s.play("D35_license_key", func(s *scene) {
			u := s.used(active, "MU", "seatpw")
			if first, second := s.setupKey(u), s.setupKey(u); first != second {
				s.t.Errorf("the license key was %s and is %s", first, second)
			}
		})
		s.play("D53_race", func(s *scene) {
			u := s.used(active, "SU", "12345")
			code := recovered(s, u, "/passrecovery", ofLicense)
			var wins sync.Map
			var all sync.WaitGroup
			for i := range 5 {
				all.Go(func() {
					if s.post(u+"/password", fields{"LicensePassword": code, "NewPassword": fmt.Sprint("p", i), "UserIp": fmt.Sprintf("203.0.113.%d", 100+i)}).status == 204 {
						wins.Store(i, true)
					}
				})
			}
			all.Wait()
			n := 0
			wins.Range(func(any, any) bool { n++; return true })
			if n != 1 {
				s.t.Errorf("a code was used %d times", n)
			}
		})
	})
}

// TestLockout: D37 to D40: an end user's address.
func TestLockout(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		wrong := fields{"LicensePassword": "wrong", "NewPassword": "x"}
		right := fields{"LicensePassword": "12345", "NewPassword": "12345"}
		lock := func(s *scene, u string) {
			s.t.Helper()
			for range 20 {
				s.wants(s.post(u+"/password", wrong), 403)
			}
		}
		s.play("D37_D38_S2-24_S2-25", func(s *scene) {
			u := s.used(active, "SU", "12345")
			lock(s, u)
			a := s.wants(s.post(u+"/password", right), 403)
			if a.fields["Message"] != "IP Lockout" || a.header.Get("Retry-After") == "" {
				s.t.Errorf("the answer is %s %v", a, a.header)
			}
			s.wants(s.post(u+"/validateadminpass", fields{"AdminPassword": "x"}), 403)
			other := fields{"LicensePassword": "12345", "NewPassword": "12345", "UserIp": "203.0.113.77"}
			s.wants(s.post(u+"/password", other), 204)
			s.Advance(24 * time.Hour)
			s.wants(s.post(u+"/password", right), 204)
		})
		s.play("D39_cleared", func(s *scene) {
			u := s.used(active, "SU", "12345")
			lock(s, u)
			s.wants(s.post(u+"/password", right), 403)
			s.ok(s.Office.ClearAddressLockout(s.t.Context(), s.Operator, s.address))
			s.wants(s.post(u+"/password", right), 204)
		})
		s.play("unknown_codes_count", func(s *scene) {
			u := s.used(active, "SU", "12345")
			for i := range 20 {
				a := s.post("/v1/licenses/"+active+"/NOTHING"+strconv.Itoa(i)+"/password", right)
				if a.status != 404 && a.status != 403 {
					s.t.Fatalf("the answer is %s", a)
				}
			}
			s.wants(s.post(u+"/password", right), 403)
		})
		s.play("D40_S2-23_one_server_many_users", func(s *scene) {
			u := s.used(active, "SU", "12345")
			for i := range 20 {
				f := fields{"LicensePassword": "wrong", "NewPassword": "x", "UserIp": fmt.Sprintf("2001:db8::%x", 0x1000+i)}
				s.wants(s.post(u+"/password", f), 403)
			}
			s.wants(s.post(u+"/password", right), 204)
		})
	})
}

// TestQuota: D41.
func TestQuota(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{Limit: 5, Window: time.Minute}, func(s *scene) {
		s.play("D41_S2-37", func(s *scene) {
			code := s.issue(active, "SU", nil)
			at := "/v1/licenses/" + active + "/" + code
			for i := range 5 {
				a := s.wants(s.call(http.MethodGet, at, nil), 200)
				if a.header.Get("X-RateLimit-Limit") != "5" || a.header.Get("X-RateLimit-Remaining") != strconv.Itoa(4-i) {
					s.t.Errorf("the headers are %v", a.header)
				}
			}
			a := s.wants(s.call(http.MethodGet, at, nil), 429)
			left, err := strconv.Atoi(a.header.Get("X-RateLimit-Reset"))
			if err != nil || left < 1 || left > 60 {
				s.t.Fatalf("X-RateLimit-Reset is %q", a.header.Get("X-RateLimit-Reset"))
			}
			s.Advance(time.Duration(left) * time.Second)
			s.wants(s.call(http.MethodGet, at, nil), 200)
		})
	})
}

// TestLicense: D42 to D50: what is told of a license, and done to it.
func TestLicense(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		status := func(s *scene, path string) string {
			s.t.Helper()
			text, _ := s.wants(s.call(http.MethodGet, path+"/status", nil), 200).fields["Status"].(string)
			return text
		}
		s.play("D42_D43_status", func(s *scene) {
			u := s.used(active, "SU", "12345")
			if got := status(s, u); got != "EXISTS ACTIVATION ACTIVATED VALID" {
				s.t.Errorf("the status is %q", got)
			}
			code := s.issue(active, "SU", nil)
			at := "/v1/licenses/" + active + "/"
			if got := status(s, at+code); got != "EXISTS ACTIVATION AVAILABLE VALID" {
				s.t.Errorf("the status of an unused one is %q", got)
			}
			_, err := s.Office.BanLicenses(s.t.Context(), s.Operator, "", false, office.Ref{Product: active, Key: code})
			s.ok(err)
			if got := status(s, at+code); got != "EXISTS ACTIVATION BANNED" {
				s.t.Errorf("the status of a banned one is %q", got)
			}
			code = s.issue(active, "SU", func(n *office.NewLicenses) { n.ExpiresAt = s.Now().Add(time.Hour) })
			s.Advance(time.Hour)
			if got := status(s, at+code); got != "EXISTS ACTIVATION EXPIRED" {
				s.t.Errorf("the status of an expired one is %q", got)
			}
			code = s.issue(active, "SU", func(n *office.NewLicenses) { n.Trial = true })
			if got := status(s, at+code); got != "EXISTS EVALUATION AVAILABLE" {
				s.t.Errorf("the status of an evaluation code is %q", got)
			}
			code = s.issue(active, "SU", func(n *office.NewLicenses) { n.Terms.Sample = ptr(true) })
			if got := status(s, at+code); got != "EXISTS TEST AVAILABLE" {
				s.t.Errorf("the status of a test code is %q", got)
			}
			s.wants(s.call(http.MethodGet, at+"NOTHING/status", nil), 404)
		})
		s.play("D44_D45_change", func(s *scene) {
			u := s.used(active, "SU", "12345")
			s.wants(s.call(http.MethodPatch, u, fields{"NewEmail": "b@x.test", "NewLicenseData": strings.Repeat("d", 201)}), 400)
			if got := s.post(u, fields{"LicensePassword": "12345"}).fields["ActivationEmail"]; got != email {
				s.t.Errorf("the address is %v", got)
			}
			s.wants(s.call(http.MethodPatch, u, nil), 400)
			s.wants(s.call(http.MethodPatch, u, fields{"NewEmail": "none"}), 400)
			s.wants(s.call(http.MethodPatch, u, fields{"NewEmail": "b@x.test", "Test": true}), 409)
			s.wants(s.call(http.MethodPatch, u, fields{"NewEmail": "b@x.test", "NewLicenseData": strings.Repeat("d", 200)}), 204)
			if got := s.post(u, fields{"LicensePassword": "12345"}).fields["ActivationEmail"]; got != "b@x.test" {
				s.t.Errorf("the address is %v", got)
			}
		})
		s.play("D46_D47_device", func(s *scene) {
			u := s.used(active, "MU", "seatpw")
			s.wants(s.call(http.MethodDelete, u+"/DEVICE1", fields{"Test": true}), 409)
			if n := len(s.devices(u)); n != 1 {
				s.t.Errorf("%d devices, want 1", n)
			}
			s.wants(s.call(http.MethodDelete, u+"/device1", nil), 204)
			s.wants(s.call(http.MethodDelete, u+"/DEVICE1", nil), 404)
			if n := len(s.devices(u)); n != 0 {
				s.t.Errorf("%d devices, want none", n)
			}
		})
		s.play("D48_object", func(s *scene) {
			u := s.used(active, "MU", "seatpw")
			s.opens(u, "wrong", false)
			o := s.wants(s.post(u, fields{"LicensePassword": "seatpw"}), 200)
			members := fields{"ProductID": active, "LicenseCode": u[strings.LastIndex(u, "/")+1:], "LicenseType": "MU(25)", "LicenseCodeType": "ACTIVATION",
				"Status": "EXISTS ACTIVATION ACTIVATED VALID", "ActivationEmail": email, "OfflineActivation": false, "MuAdminPassSet": false}
			for name, want := range members {
				if o.fields[name] != want {
					s.t.Errorf("%s = %v, want %v", name, o.fields[name], want)
				}
			}
			for _, secret := range []string{"seatpw", s.setupKey(u), "argon2"} {
				if strings.Contains(o.body, secret) {
					s.t.Errorf("the object holds %q", secret)
				}
			}
			if again := s.wants(s.call(http.MethodGet, u, fields{}), 200); again.fields["LicenseCode"] != o.fields["LicenseCode"] {
				s.t.Errorf("GET = %s", again)
			}
		})
		s.play("D49_26th_seat", func(s *scene) {
			code := s.issue(active, "MU", nil)
			for i := range 25 {
				s.ok(s.activate(active, code, fmt.Sprint("PC", i), "seatpw"))
			}
			if err := s.activate(active, code, "PC25", "seatpw"); license.ReasonOf(err) != license.DeviceLimit {
				s.t.Errorf("the 26th seat = %v, want device_limit", err)
			}
			if err := s.activate(active, code, "PC0", "wrong"); license.ReasonOf(err) != license.LicensePasswordWrong {
				s.t.Errorf("a wrong password = %v", err)
			}
		})
		s.play("wrong_paths_and_verbs", func(s *scene) {
			u := s.used(active, "SU", "12345")
			s.wants(s.call(http.MethodPost, u+"/nothing/here", nil), 404)
			s.wants(s.call(http.MethodGet, "/v1/nothing", nil), 404)
			s.wants(s.call(http.MethodPut, u+"/password", nil), 405)
			s.wants(s.call(http.MethodGet, u+"/password", nil), 405)
		})
		s.play("credits", func(s *scene) {
			_, err := s.Office.CreateCustomer(s.t.Context(), s.Operator, office.NewCustomer{Email: "buyer@x.test"})
			s.ok(err)
			code := s.issue(active, "SU", func(n *office.NewLicenses) { n.Customer = "buyer@x.test" })
			s.ok(s.activate(active, code, "DEVICE1", "12345"))
			u := "/v1/licenses/" + active + "/" + code
			credits := strings.Replace(u, "licenses", "Credits", 1)
			ref := office.Ref{Product: active, Key: u[strings.LastIndex(u, "/")+1:]}
			s.ok(s.Office.AddCredits(s.t.Context(), s.Operator, ref, "LICENSE", "pages", 10))
			s.ok(s.Office.AddCredits(s.t.Context(), s.Operator, ref, "EMAIL", "pages", 5))
			s.wants(s.post(credits+"/consume", fields{"Name": "pages", "Count": 12, "Target": "ALL"}), 200)
			a := s.call(http.MethodGet, credits, fields{"Target": "ALL"})
			if a.status != 200 || !strings.Contains(a.body, `"Count":"3"`) || !strings.Contains(a.body, `"Count":"0"`) {
				s.t.Errorf("the credits are %s", a)
			}
			s.wants(s.post(credits+"/consume", fields{"Name": "pages", "Count": 4, "Target": "ALL"}), 400)
			// Whose mailbox somebody says to have is not who bought.
			stranger := s.used(active, "SU", "12345")
			s.wants(s.call(http.MethodPatch, stranger, fields{"NewEmail": "buyer@x.test"}), 204)
			s.wants(s.post(strings.Replace(stranger, "licenses", "credits", 1)+"/consume", fields{"Name": "pages", "Count": 1, "Target": "ALL"}), 404)
			s.wants(s.post(credits+"/consume", fields{"Name": "pages", "Count": 20001, "Target": "ALL"}), 400)
		})
	})
}

// devices are those that the object of a license lists.
func (s *scene) devices(path string) []any {
	s.t.Helper()
	list, _ := s.wants(s.call(http.MethodGet, path, fields{}), 200).fields["Devices"].([]any)
	return list
}
