package licensespring

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/store"
)

func TestDurationText(t *testing.T) {
	t.Parallel()
	const day = 24 * 3600
	tests := []struct {
		span license.Span
		want string
	}{
		{license.Span{}, ""},
		{license.Span{Months: 1}, "1m"},
		{license.Span{Months: 12}, "1y"},
		{license.Span{Months: 36}, "3y"},
		{license.Span{Months: 14}, "14m"},
		{license.Span{Seconds: 5 * day}, "5d"},
		{license.Span{Seconds: 1}, "1d"},
		{license.Span{Seconds: 5*day + 1}, "6d"},
		{license.Span{Months: 1, Seconds: day}, "32d"},
	}
	for _, tt := range tests {
		if got := durationText(tt.span); got != tt.want {
			t.Errorf("durationText(%v) = %q, want %q", tt.span, got, tt.want)
		}
	}
}

func TestFeatureUses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       []authority.Use
		wrong      bool
	}{
		{"absent", `{}`, nil, false},
		{"null", `{"product_features":null}`, nil, false},
		{"empty", `{"product_features":[]}`, nil, false},
		{"as-guessed", `{"product_features":[{"code":"a","consumptions":3},{"code":"b","consumptions":"-2"}]}`, []authority.Use{{Feature: "a", Amount: 3}, {Feature: "b", Amount: -2}}, false},
		{"other-names", `{"product_features":[{"feature":"a","local_consumption":1},{"feature":"b","local_consumptions":2}]}`, []authority.Use{{Feature: "a", Amount: 1}, {Feature: "b", Amount: 2}}, false},
		{"nothing-used", `{"product_features":[{"code":"a"}]}`, []authority.Use{{Feature: "a"}}, false},
		{"no-list", `{"product_features":{"code":"a"}}`, nil, true},
		{"no-objects", `{"product_features":["a"]}`, nil, true},
		{"no-code", `{"product_features":[{"consumptions":3}]}`, nil, true},
		{"no-number", `{"product_features":[{"code":"a","consumptions":[]}]}`, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := new(call)
			if err := c.readJSON([]byte(tt.body)); err != nil {
				t.Fatal(err)
			}
			got := c.featureUses()
			if (c.wrong != nil) != tt.wrong {
				t.Errorf("featureUses(%s) complains %v, want a complaint: %t", tt.body, c.wrong, tt.wrong)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("featureUses(%s) (-want +got):\n%s", tt.body, diff)
			}
		})
	}
}

func TestInUses(t *testing.T) {
	t.Parallel()
	whole, part := authority.Use{Amount: 1}, authority.Use{Feature: "f", Amount: 1}
	tests := []struct {
		uses   []authority.Use
		reason license.Reason
		want   string
	}{
		{nil, license.DeviceUnknown, "device_not_found"},
		{[]authority.Use{whole}, license.UsageLimit, "license_not_enough_consumptions"},
		{[]authority.Use{part}, license.UsageLimit, "feature_not_enough_consumptions"},
		{[]authority.Use{whole, part}, license.UsageLimit, "license_not_enough_consumptions"},
		{[]authority.Use{whole, part}, license.FeatureUnknown, "unsupported_product_feature"},
		{[]authority.Use{part}, license.DeviceUnknown, "device_not_found"},
	}
	for _, tt := range tests {
		if row, _ := rowOf(inUses(license.Refuse(tt.reason), tt.uses)); row.Code != tt.want {
			t.Errorf("inUses(%s, %v) is answered %s, want %s", tt.reason, tt.uses, row.Code, tt.want)
		}
	}
	if err := inUses(nil, []authority.Use{part}); err != nil {
		t.Errorf("inUses(nil) = %v, want nil", err)
	}
}

// The exact bytes of answers that are short enough to read.
func TestExactAnswers(t *testing.T) {
	t.Parallel()
	terms := license.DefaultTerms()
	terms.Type, terms.Trial = license.TimeLimited, true
	trial := &authority.TrialAnswer{Answer: authority.Answer{State: license.State{License: license.License{Key: "A-<B>", Terms: &terms}}}}
	user := *trial
	user.User = &license.LicenseUser{Name: "a@b", Email: "A@b"}
	written := func(write func(*canonjson.Writer)) string {
		var w canonjson.Writer
		w.Object()
		write(&w)
		w.End()
		return string(w.Bytes())
	}
	tests := []struct{ name, got, want string }{
		{"known-trial", written(func(w *canonjson.Writer) { writeKnownTrial(w, trial) }), `{"license_type":"time-limited","is_trial":true,"license":"A-<B>"}`},
		{"known-trial-of-a-user", written(func(w *canonjson.Writer) { writeKnownTrial(w, &user) }), `{"license_type":"time-limited","is_trial":true,"license_user":"A@b"}`},
		{"text-added", string(appendText([]byte(`{"a":1}`), "b", `"`)), `{"a":1,"b":"\""}`},
		{"custom-field", written(func(w *canonjson.Writer) {
			writeTrialFields(w, `[{"name":"seat","data_type":"text","value":"7"}]`, []license.CustomField{{ID: 4, Name: "seat"}})
		}), `{"LicenseCustomFields":[{"product_custom_field_id":4,"value":"7"}]}`},
		{"no-custom-field", written(func(w *canonjson.Writer) { writeTrialFields(w, "", nil) }), `{"LicenseCustomFields":[]}`},
		{"nothing-floating", written(func(w *canonjson.Writer) { writeTrialSeats(w, nil) }), `{"floating_users":0,"floating_timeout":120}`},
		{"customer-user", customerUserText(), `{"email":"a@b","first_name":"","last_name":"","phone_number":"","is_initial_password":true,` +
			`"max_activations":0,"allow_unlimited_activations":true,"total_activations":2,"is_active":true,"initial_password":"Secret","license_id":5,"order_store_id":"ref","order_id":6}`},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s = %s, want %s", tt.name, tt.got, tt.want)
		}
	}
}

func customerUserText() string {
	terms := license.DefaultTerms()
	var w canonjson.Writer
	writeCustomerUser(&w, &authority.CustomerUser{
		User: license.LicenseUser{Name: "a@b", InitialPassword: true}, InitialPassword: "Secret",
		License: license.License{ID: 5, Terms: &terms}, Order: license.Order{ID: 6, Reference: "ref"}, Devices: 2,
	})
	return string(w.Bytes())
}

func TestTokenAnswers(t *testing.T) {
	t.Parallel()
	d := newDoor(Deps{Now: func() license.Time { return 1 }})
	newCall := func() (*call, *httptest.ResponseRecorder) {
		rec := httptest.NewRecorder()
		return &call{d: d, w: rec, r: httptest.NewRequest("POST", "/licensespring/api/v4/oauth/token", nil)}, rec
	}
	c, rec := newCall()
	if err := c.replyToken("T", 480*time.Second); err != nil {
		t.Fatal(err)
	}
	if got, want := rec.Body.String(), `{"access_token":"T","expires_in":480,"refresh_expires_in":0,"token_type":"Bearer","not-before-policy":0,"scope":"profile email"}`; got != want {
		t.Errorf("replyToken(T) = %s, want %s", got, want)
	}
	c, rec = newCall()
	if err := c.refuseToken(401, "invalid_client", "no", errors.New("why")); err != nil {
		t.Fatal(err)
	}
	if got, want := rec.Body.String(), `{"error":"invalid_client","error_description":"no"}`; rec.Code != 401 || got != want {
		t.Errorf("refuseToken = %d %s, want 401 %s", rec.Code, got, want)
	}
}

// The name of a server in an answer is what the client called it, unless somebody said what it is called.
func TestRoot(t *testing.T) {
	t.Parallel()
	tests := []struct{ base, target, want string }{
		{"", "http://a.example:8080/licensespring/api/v4/.well-known", "http://a.example:8080/licensespring/api/v4"},
		{"", "http://a.example/api/v4/oauth_url/", "http://a.example/api/v4"},
		{"", "https://a.example/licensespring/api/v4/.well-known", "https://a.example/licensespring/api/v4"},
		{"https://b.example/ls/", "http://a.example/licensespring/api/v4/.well-known", "https://b.example/ls/api/v4"},
	}
	for _, tt := range tests {
		d := newDoor(Deps{BaseURL: tt.base})
		if got := d.root(httptest.NewRequest("GET", tt.target, nil)); got != tt.want {
			t.Errorf("root(%q, %s) = %s, want %s", tt.base, tt.target, got, tt.want)
		}
	}
}

// A file may come from another app than the one that posts it, but not further than that may go.
func TestAppOfNarrows(t *testing.T) {
	t.Parallel()
	c := new(call)
	c.app = authority.App{AppKey: store.AppKey{PublicID: "same", Kind: store.HMACKey, Product: 3}}
	app, err := c.appOf(&offlineFile{app: "same"})
	if err != nil || app.Product != 3 {
		t.Errorf("appOf(same) = %+v, %v, want the app itself", app.AppKey, err)
	}
	if _, err := c.appOf(&offlineFile{app: "same", client: true}); license.ReasonOf(err) != license.AppKeyUnknown {
		t.Errorf("appOf(same as a client id) = %v, want app_key_unknown", err)
	}
	c.app.ReadOnly = true
	if _, err := c.appOf(&offlineFile{app: "same"}); license.ReasonOf(err) != license.AppKeyReadOnly {
		t.Errorf("appOf(same, read only) = %v, want app_key_read_only", err)
	}
}
