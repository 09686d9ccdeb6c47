package dna_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"licet/internal/wire"
)

// Whatever a client says, it is served or refused in the form of the dialect: never a 5xx.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	values := []any{nil, true, -1, 1e308, "", "a\x00b", "\u202e", []int{1}, fields{"a": fields{}}, strings.Repeat("x", 300), "' OR 1=1 --", "É%_"}
	forEachScene(t, wire.Rate{}, func(s *scene) {
		u := s.used(active, "MU", "seatpw")
		n := 0
		judge := func(method, path string, said fields) {
			s.t.Helper()
			if n++; said["UserIp"] == "" {
				said = maps.Clone(said)
				said["UserIp"] = fmt.Sprintf("2001:db8::%x", n) // None of them is locked before it has said what it says.
			}
			body, err := json.Marshal(said)
			s.ok(err)
			a := s.send(method, path, string(body))
			message, _ := a.fields["Message"].(string)
			if a.status >= 500 || a.status >= 400 && (message == "" || len(a.fields) != 1) {
				s.t.Errorf("%s %s %.100s = %s", method, path, body, a)
			}
		}
		for _, c := range []struct {
			method, path string
			says         fields
		}{
			{http.MethodPost, "", fields{"LicensePassword": "seatpw"}},
			{http.MethodPatch, "", fields{"NewEmail": "b@x.test", "NewLicenseData": "d"}},
			{http.MethodPost, "/password", fields{"LicensePassword": "seatpw", "NewPassword": "seatpw"}},
			{http.MethodPost, "/adminpassword", fields{"AdminPassword": "a", "NewAdminPassword": "b"}},
			{http.MethodPost, "/adminpassword", fields{"LicenseKey": "a", "NewAdminPassword": "b"}},
			{http.MethodPost, "/passrecovery", fields{}},
			{http.MethodPost, "/admin/passrecovery", fields{}},
			{http.MethodPost, "/validateadminpass", fields{"AdminPassword": "a"}},
			{http.MethodPost, "/licensekey", fields{}},
			{http.MethodDelete, "/0123", fields{}},
		} {
			all := fields{"UserIp": "", "SendDnaEmail": false, "Test": true}
			maps.Copy(all, c.says)
			for _, name := range slices.Sorted(maps.Keys(all)) {
				for _, value := range values {
					said := maps.Clone(all)
					said[name] = value
					judge(c.method, u+c.path, said)
				}
			}
			for _, part := range []string{"%00", "%ff", "%2F", "%20", "%C3%89", strings.Repeat("A", 300), "'", "a%0ab"} {
				judge(c.method, "/v1/licenses/"+active+"/"+part+c.path, all)
				judge(c.method, "/v1/licenses/"+part+"/SU1"+c.path, all)
				judge(c.method, u+"/"+part, all)
				judge(c.method, u+"?After="+part+"&Devices="+part, all)
			}
		}
		credits := strings.Replace(u, "licenses", "credits", 1)
		for _, value := range values {
			for _, name := range []string{"Name", "Count", "Target", "UserIp", "Test"} {
				said := fields{"UserIp": "", "Name": "pages", "Count": 1, "Target": "ALL", name: value}
				judge(http.MethodPost, credits+"/consume", said)
				judge(http.MethodGet, credits, said)
			}
		}
		judge(http.MethodGet, strings.Replace(u, "licenses", "infotags", 1), fields{})
		s.opens(u, "seatpw", true)
	})
}
