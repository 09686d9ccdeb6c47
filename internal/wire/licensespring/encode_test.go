package licensespring

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/store"
)

// nasty is a text that most encoders of JSON change.
const nasty = "<b>& \u2028 \u2029 é \x7f / \" \\ \n \x01 😀"

func at(year int, month time.Month, day int) license.Time {
	return license.TimeOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// fullAnswer is an answer about a license that has everything.
func fullAnswer(now license.Time) *authority.Answer {
	terms := license.DefaultTerms()
	terms.Type, terms.Trial, terms.Duration = license.Consumption, true, license.Span{Seconds: 7 * 86400}
	terms.Maintained, terms.Transfers = true, license.AtMost(2)
	terms.Usage = &license.UsageTerms{Max: license.AtMost(5), Overage: license.AtMost(2), Negative: true, Reset: license.Monthly}
	terms.Floating = &license.FloatingTerms{Seats: license.AtMost(3), TimeoutMins: 90, Borrow: true, BorrowHours: 12}
	terms.Features = []license.FeatureTerms{
		{Code: "plain", Metadata: `{"2":1,"1":{"b":2,"a":1}}`},
		{Code: "used", Name: nasty, Usage: &license.UsageTerms{Max: license.Unlimited}},
		{Code: "lent", Floating: &license.FloatingTerms{Seats: license.Unlimited, TimeoutMins: 60}},
		{Code: "over"},
	}
	ans := &authority.Answer{Now: now}
	ans.Product = license.Product{ID: 1749538876210001, Tenant: 7, Code: "TP", Name: nasty, Auth: license.ByKey, Metadata: `{"x": 1.50}`}
	ans.License = license.License{
		ID: 1749538876210079, Tenant: 7, Product: ans.Product.ID, Policy: 12, Key: "AAAA-BBBB-CCCC-DDDD", Standing: license.Enabled,
		Terms: &terms, ExpiresAt: at(2026, 3, 30), MaintainedUntil: at(2027, 3, 23) + 1234, NotBefore: at(2026, 3, 1),
		Activated: 1, Transfers: 1, Used: 3, UsedSince: now,
		Metadata:     `{"html":"<b>&", "line":"` + "\u2028" + `", "letter":"é", "2":"second", "1":"first"}`,
		CustomFields: `[{"id":3,"name":"seat","data_type":"text","value":"é"}]`,
	}
	ans.Device = &license.Device{ID: 55, License: ans.License.ID, Active: true}
	ans.Lease = &license.Lease{Until: now.Add(time.Hour), Borrowed: true}
	ans.Detail = store.Detail{
		Order:    license.Order{Reference: "order-1"},
		Customer: license.Customer{ID: 4, Email: nasty, Name: "Name", Account: 9},
		Account:  license.CustomerAccount{ID: 9, Name: "Account", Code: "ACC"},
		Grants: []license.Grant{
			{Feature: "used", Used: 4, UsedSince: now, ExpiresAt: at(2030, 1, 1)}, {Feature: "over", ExpiresAt: at(2026, 1, 1)},
		},
		Seats:     map[string]int64{"": 2},
		Variables: []license.Variable{{ID: 1, Device: 55, Name: "a", Value: nasty, Created: now}},
	}
	return ans
}

// emptyAnswer is an answer about a license that has nothing but what it must have.
func emptyAnswer(now license.Time) *authority.Answer {
	terms := license.DefaultTerms()
	terms.Activations, terms.Transfers = license.Unlimited, license.None
	ans := &authority.Answer{Now: now}
	ans.Product = license.Product{ID: 2, Tenant: 7, Code: "EP", Auth: license.ByUser}
	ans.License = license.License{ID: 3, Tenant: 7, Standing: license.Enabled, Terms: &terms, Activated: 1}
	ans.Device = &license.Device{ID: 56, Active: true}
	ans.User = &license.LicenseUser{ID: 8, Name: "User@X.com", InitialPassword: true}
	ans.UserDevices = 1
	return ans
}

// kindsOf describes an answer: each member with what kind of value it has.
func kindsOf(t *testing.T, body []byte) map[string]string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	out := map[string]string{}
	for name, value := range members {
		switch value.(type) {
		case nil:
			out[name] = "null"
		case map[string]any:
			out[name] = "object"
		case []any:
			out[name] = "array"
		case float64:
			out[name] = "number"
		default:
			out[name] = fmt.Sprintf("%T", value)
		}
	}
	return out
}

// wantKinds reads "name name:kind …", where a name without a kind has the one of the line.
func wantKinds(lines map[string]string) map[string]string {
	out := map[string]string{}
	for kind, names := range lines {
		for _, name := range strings.Fields(names) {
			out[name] = kind
		}
	}
	return out
}

func (c *call) mustActivation(t testing.TB, ans *authority.Answer, asked *who) []byte {
	t.Helper()
	c.product = &authority.ProductInfo{ProductRecord: store.ProductRecord{Product: ans.Product}, Terms: *ans.License.Terms, Trial: ans.License.Terms}
	var w canonjson.Writer
	if err := c.encodeActivation(&w, ans, asked); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

func (c *call) mustCheck(t testing.TB, ans *authority.Answer, asked *who, v *license.Version, expired bool) []byte {
	t.Helper()
	var w canonjson.Writer
	if err := c.encodeCheck(&w, ans, asked, v, expired); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

const common = `is_trial is_expired enable_maintenance_period allow_grace_period allow_unlimited_activations allow_offline_activation
	prevent_vm is_hardware_key_auth is_air_gapped allow_overages is_floating is_floating_cloud can_borrow`

const commonNumbers = `id device_id grace_period max_activations times_activated transfer_count max_transfers max_license_users
	max_overages floating_timeout max_borrow_time`

// TestMembersOfAnswers holds the answers against the tables of §7.1 and §7.2.
func TestMembersOfAnswers(t *testing.T) {
	t.Parallel()
	c, _ := newCall(t)
	now := c.d.now()
	byKey := &who{product: "TP", hardware: "HW-1", key: "AAAA-BBBB-CCCC-DDDD"}
	byUser := &who{product: "EP", hardware: "HW-1", username: "User@X.com|ACC", user: "User@X.com"}
	for _, tc := range []struct {
		name string
		body []byte
		want map[string]string
	}{
		{"activation_full", c.mustActivation(t, fullAnswer(now), byKey), map[string]string{
			"bool":   common + " active floating_in_use allow_unlimited_consumptions allow_negative_consumptions reset_consumption",
			"number": commonNumbers + " license_template_id trial_days floating_users max_consumptions total_consumptions",
			"string": `request hardware_id license_key license_type validity_period maintenance_period start_date consumption_period license_signature`,
			"object": "metadata customer company product_details", "array": "custom_fields product_features variables",
		}},
		{"activation_empty", c.mustActivation(t, emptyAnswer(now), byUser), map[string]string{
			"bool": common + " active", "number": commonNumbers,
			"string": `request hardware_id username license_type license_signature`,
			"null":   "license_template_id validity_period maintenance_period start_date",
			"object": "metadata customer company product_details user", "array": "custom_fields product_features",
		}},
		{"check_full", c.mustCheck(t, fullAnswer(now), byKey, &license.Version{ID: 1, Version: "2.0", URL: nasty, ReleasedAt: now, Size: "12"}, false), map[string]string{
			"bool":   common + " license_active license_enabled is_borrowed allow_unlimited_consumptions allow_negative_consumptions reset_consumption",
			"number": commonNumbers + " license_template_id trial_days floating_users floating_in_use_devices max_consumptions total_consumptions",
			"string": `license_key order_store_id license_type validity_period maintenance_period start_date consumption_period license_signature
				borrowed_until version installation_file hash_md5 environment eula_link release_notes_link channel release_date size`,
			"null":   "requires_version",
			"object": "metadata customer company product_details", "array": "custom_fields product_features",
		}},
		{"check_empty", c.mustCheck(t, emptyAnswer(now), byUser, nil, false), map[string]string{
			"bool": common + " license_active license_enabled is_borrowed", "number": commonNumbers,
			"string": `license_type license_signature version installation_file hash_md5 environment eula_link release_notes_link channel`,
			"null": `order_store_id license_template_id validity_period maintenance_period start_date borrowed_until release_date
				requires_version size`,
			"object": "metadata customer company product_details user", "array": "custom_fields product_features",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(wantKinds(tc.want), kindsOf(t, tc.body)); diff != "" {
				t.Errorf("members (-want +got):\n%s\n%s", diff, tc.body)
			}
		})
	}
}

// TestAnswersAreCanonical is what both ways of checking a signature need: JavaScript prints the body as it is (§4).
func TestAnswersAreCanonical(t *testing.T) {
	t.Parallel()
	c, _ := newCall(t)
	now := c.d.now()
	asked := &who{hardware: nasty, key: nasty}
	version := &license.Version{Version: nasty, ReleasedAt: now}
	for name, body := range map[string][]byte{
		"activation": c.mustActivation(t, fullAnswer(now), asked), "check": c.mustCheck(t, fullAnswer(now), asked, version, true),
		"activation_empty": c.mustActivation(t, emptyAnswer(now), asked), "check_empty": c.mustCheck(t, emptyAnswer(now), asked, nil, true),
	} {
		canonical, err := canonjson.Canonicalize(body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if string(canonical) != string(body) {
			t.Errorf("%s is not canonical:\n%s\n%s", name, body, canonical)
		}
	}
	// Case 26 of §12: the characters are raw, and names that look like numbers come first.
	const want = "\"metadata\":{\"1\":\"first\",\"2\":\"second\",\"html\":\"<b>&\",\"line\":\"\u2028\",\"letter\":\"é\"}"
	if body := string(c.mustCheck(t, fullAnswer(now), asked, nil, true)); !strings.Contains(body, want) {
		t.Errorf("no %s in %s", want, body)
	}
}

// valueOf returns a member as it is written.
func valueOf(t *testing.T, body []byte, name string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatal(err)
	}
	return string(members[name])
}

func TestValuesOfAnswers(t *testing.T) {
	t.Parallel()
	c, _ := newCall(t)
	now := c.d.now()
	byKey := &who{hardware: "HW-1", key: "AAAA-BBBB-CCCC-DDDD"}
	byUser := &who{hardware: "HW-1", username: "User@X.com|ACC"}
	full := c.mustActivation(t, fullAnswer(now), byKey)
	empty := c.mustActivation(t, emptyAnswer(now), byUser)
	check := c.mustCheck(t, fullAnswer(now), byKey, nil, false)
	for _, tc := range []struct {
		body       []byte
		name, want string
	}{
		{full, "id", `1749538876210079`},
		{full, "validity_period", `"2026-03-30T00:00:00.000Z"`},
		{full, "maintenance_period", `"2027-03-23T00:00:00.001Z"`},
		{full, "trial_days", `7`},
		{full, "max_transfers", `2`},
		{full, "max_activations", `1`},
		{full, "total_consumptions", `3`},
		{full, "consumption_period", `"monthly"`},
		{full, "max_overages", `2`},
		{full, "custom_fields", `[{"name":"seat","data_type":"text","value":"é"}]`},
		{full, "variables", `[{"variable":"a","value":` + quoted(nasty) + `,"device_id":55,"created_at":"2026-03-23T12:00:00.000Z"}]`},
		{full, "company", `{"id":7}`},
		{empty, "username", `"User@X.com|ACC"`},
		{empty, "user", `{"id":8,"email":"User@X.com","first_name":"","last_name":"","phone_number":"","is_initial_password":true,` +
			`"max_activations":0,"allow_unlimited_activations":true,"total_activations":2}`},
		{empty, "metadata", `{}`},
		{empty, "max_activations", `0`},
		{empty, "allow_unlimited_activations", `true`},
		{empty, "max_transfers", `-1`},
		{empty, "floating_timeout", `120`},
		{check, "floating_in_use_devices", `2`},
		{check, "borrowed_until", `"2026-03-23T13:00:00.000Z"`},
		{check, "product_details", `{"product_id":1749538876210001,"product_name":` + quoted(nasty) +
			`,"short_code":"TP","authorization_method":"license-key","metadata":{"x":1.5}}`},
	} {
		if got := valueOf(t, tc.body, tc.name); got != tc.want {
			t.Errorf("%s = %s, want %s", tc.name, got, tc.want)
		}
	}
}

func quoted(s string) string { return string(canonjson.AppendString(nil, s)) }

// TestExpiredFeatures are left out of a check unless they are asked for (§7.2).
func TestExpiredFeatures(t *testing.T) {
	t.Parallel()
	c, _ := newCall(t)
	for expired, want := range map[bool][]string{false: {"plain", "used", "lent"}, true: {"plain", "used", "lent", "over"}} {
		body := c.mustCheck(t, fullAnswer(c.d.now()), &who{hardware: "HW-1", key: "K"}, nil, expired)
		var features []struct {
			Code    string `json:"code"`
			Maximum *int64 `json:"max_consumption"`
			Total   *int64 `json:"total_consumptions"`
		}
		if err := json.Unmarshal([]byte(valueOf(t, body, "product_features")), &features); err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, f := range features {
			codes = append(codes, f.Code)
		}
		if !slices.Equal(codes, want) {
			t.Errorf("include_expired_features=%t: %v, want %v", expired, codes, want)
		}
		if f := features[1]; f.Maximum == nil || f.Total == nil || *f.Total != 4 {
			t.Errorf("the feature with a meter is %+v, want total_consumptions 4", f)
		}
	}
}

func TestMetadataIsAnObject(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "{}", `[1]`: "{}", `"x"`: "{}", `{`: "{}", ` { "b" : 1.0 , "a" : 2 } `: `{"b":1,"a":2}`} {
		var w canonjson.Writer
		writeMetadata(&w, in)
		if got := string(w.Bytes()); got != want {
			t.Errorf("metadata %q is written as %s, want %s", in, got, want)
		}
	}
}

func TestFeatureID(t *testing.T) {
	t.Parallel()
	seen := map[int64]string{}
	for of := range int64(200) {
		for _, code := range []string{"a", "b", "ab", "", "é"} {
			id := featureID(of, code)
			if id < 1 || id > license.MaxID || seen[id] != "" {
				t.Errorf("featureID(%d, %s) = %d, already of %q", of, code, id, seen[id])
			}
			seen[id] = fmt.Sprint(of, code)
		}
	}
	if got := featureID(1749538876210079, "f1"); got != 1808764705606854 {
		t.Errorf("featureID = %d: clients may have stored another number", got)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for in, want := range map[license.Time]string{
		0: "null", 1: `"1970-01-01T00:00:00.000Z"`, 1774267200123999: `"2026-03-23T12:00:00.123Z"`,
		license.Forever: `"9999-12-31T23:59:59.999Z"`,
	} {
		var w canonjson.Writer
		writeTime(&w, in)
		if got := string(w.Bytes()); got != want {
			t.Errorf("time %d is written as %s, want %s", in, got, want)
		}
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	second := license.TimeOf(time.Date(2024, 9, 27, 23, 30, 48, 0, time.UTC))
	for in, want := range map[string]license.Time{
		"2024-09-27T23:30:48.016Z": second + 16000, "2024-09-27 23:30:48.016": second + 16000, "2024-09-27 23:30:48": second,
		"2024-09-27 23:30": second - 48e6, "2024-09-27": second.Day(), "2024-09-28T01:30:48+02:00": second,
		"2024-09-27T23:30:48": second, "27.09.2024": 0, "": 0, "1969-12-31": 0, "9999-99-99": 0, "1750000000000": 0,
	} {
		if got, ok := parseDate(in); got != want || ok != (want != 0) {
			t.Errorf("parseDate(%s) = %s, %t, want %s", in, got, ok, want)
		}
	}
}

func TestTransfers(t *testing.T) {
	t.Parallel()
	got := map[string]int64{}
	for name, l := range map[string]license.Limit{"unlimited": license.Unlimited, "none": license.None, "three": license.AtMost(3)} {
		got[name] = transfers(l)
	}
	if want := map[string]int64{"unlimited": 0, "none": -1, "three": 3}; !maps.Equal(got, want) {
		t.Errorf("max_transfers = %v, want %v", got, want)
	}
}

// BenchmarkEncodeCheck measures an answer whose signatures are known: what most checks are.
func BenchmarkEncodeCheck(b *testing.B) {
	c, _ := newCall(b)
	ans, asked := emptyAnswer(c.d.now()), &who{hardware: "HW-1", key: "AAAA-BBBB-CCCC-DDDD"}
	ans.Product.Auth = license.ByKey
	b.ReportAllocs()
	for b.Loop() {
		w := c.writer()
		if err := c.encodeCheck(&w, ans, asked, nil, false); err != nil {
			b.Fatal(err)
		}
		c.out = w.Bytes()
		if _, err := c.sign(c.out); err != nil {
			b.Fatal(err)
		}
	}
}
