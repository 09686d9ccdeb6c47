package licensespring_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/licensespring/lsclient"
)

// Whatever an app says, it is served or refused: never a 5xx, never another form (§5).
func TestHostileInput(t *testing.T) {
	t.Parallel()
	values := []json.RawMessage{
		json.RawMessage(`null`), json.RawMessage(`true`), json.RawMessage(`-1`), json.RawMessage(`1e308`), json.RawMessage(`9007199254740993`),
		json.RawMessage(`""`), json.RawMessage(`"a\u0000b"`), json.RawMessage(`"\ud800"`), json.RawMessage(`[]`), json.RawMessage(`{"a":{"b":[1]}}`),
		json.RawMessage(`"` + strings.Repeat("x", 5000) + `"`), json.RawMessage(`"' OR 1=1 --"`),
	}
	names := strings.Fields(`product license_key hardware_id username password license_id feature consumptions max_overages borrowed_until
		variables version email customer`)
	posts := strings.Fields(`activate_license deactivate_license activate_bundle deactivate_bundle add_consumption add_feature_consumption
		floating/borrow floating/feature_borrow floating/release floating/feature_release track_device_variables change_password`)
	gets := strings.Fields(`check_license check_bundle check_license_feature get_device_variables product_details products trial_key versions
		installation_file customer_license_users user_licenses device_licenses sso_url`)
	files := strings.Fields(`activate_offline deactivate_offline activate_bundle_offline deactivate_bundle_offline`)
	forEachScene(t, func(s *scene) {
		key := s.sold("HOSTILE", func(c *office.TermsChange) {
			c.Type, c.Activations, c.Usage = ptr(license.Consumption), ptr(license.Unlimited), &license.UsageTerms{Max: license.Unlimited}
			c.Floating = &license.FloatingTerms{Seats: license.Unlimited, TimeoutMins: 10, Borrow: true, BorrowHours: 1}
			c.Features = &[]license.FeatureTerms{{Code: "F", Usage: &license.UsageTerms{Max: license.Unlimited}}}
		})
		whole := func() map[string]json.RawMessage {
			out := map[string]json.RawMessage{}
			for name, value := range asks("HOSTILE", key, "HW1", object{"feature": "F", "borrowed_until": nil, "variables": object{"a": "b"},
				"username": nil, "customer_account_code": "X", "new_password": "y", "password": nil}) {
				text, err := json.Marshal(value)
				s.ok(err)
				out[name] = text
			}
			return out
		}
		judge := func(what string, a lsclient.Answer) {
			if a.Err != nil || a.Status >= 500 || a.Status < 200 {
				s.t.Errorf("%s = %s (%v)", what, a, a.Err)
			} else if err := s.c.Verify(a, nil); err != nil && a.Status != http.StatusOK {
				s.t.Errorf("%s: %v", what, err)
			}
		}
		for _, name := range names {
			for _, value := range values {
				said := whole()
				said[name] = value
				text, err := json.Marshal(said)
				s.ok(err)
				for _, endpoint := range posts {
					judge(endpoint+" "+name+"="+string(value[:min(len(value), 40)]), s.c.Post(s.t.Context(), endpoint, json.RawMessage(text)))
				}
				asked := object{}
				for n, v := range said {
					asked[n] = v
					var word string
					if json.Unmarshal(v, &word) == nil {
						asked[n] = word
					}
				}
				for _, endpoint := range gets {
					judge(endpoint+" "+name+"="+string(value[:min(len(value), 40)]), s.c.Get(s.t.Context(), endpoint, query(asked)))
				}
			}
		}
		for _, body := range []string{"", "{", "[]", "null", `"text"`, "\xff\xfe", strings.Repeat("[", 100_000), strings.Repeat("a", 2<<20), `{"a":1}{"b":2}`} {
			for _, endpoint := range posts {
				judge(endpoint, s.c.Post(s.t.Context(), endpoint, json.RawMessage(body)))
			}
			for _, endpoint := range files {
				judge(endpoint, s.c.PostText(s.t.Context(), endpoint, body))
			}
		}
	})
}
