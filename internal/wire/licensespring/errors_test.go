package licensespring

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
	"licet/internal/wire"
	"licet/internal/wire/wiretest"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	wiretest.ErrorTable(t, Errors)
	for _, r := range license.LicenseReasons() {
		row, ok := Errors.ByReason[r]
		switch ours := r.Code() == license.Unavailable; {
		case !ok:
			t.Errorf("no row for the reason %s", r)
		case row.Code == "":
			t.Errorf("the reason %s has no code", r)
		case !ours && row.Status >= http.StatusInternalServerError:
			t.Errorf("the reason %s is answered with %d: clients would take the server for unreachable", r, row.Status)
		}
	}
	for c, row := range Errors.ByCode {
		if row.Code == "" {
			t.Errorf("the code %s has no code in this dialect", c)
		}
	}
}

// TestErrorsThatClientsActOn keeps the codes that switch a client's cached license off to what they are for (§11).
func TestErrorsThatClientsActOn(t *testing.T) {
	t.Parallel()
	want := map[string][]license.Reason{
		"license_not_active": {license.LicenseNotActive},
		"license_expired":    {license.LicenseExpired},
		"trial_expired":      {license.TrialExpired},
		"license_not_enabled": {license.LicenseRevoked, license.LicenseSuspended, license.LevelUnknown,
			license.RedemptionBlocked, license.UserBanned},
	}
	got := map[string][]license.Reason{}
	for _, r := range license.Reasons() {
		if code := Errors.ByReason[r].Code; want[code] != nil {
			got[code] = append(got[code], r)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reasons by code (-want +got):\n%s", diff)
	}
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		err        error
		status     int
		body       string
		retryAfter string
	}{
		{"reason", license.Refuse(license.LicenseExpired), 400,
			`{"status":400,"code":"license_expired","message":"The license has expired."}`, ""},
		{"own_word", refuse(missingDate), 400,
			`{"status":400,"code":"missing_headers","message":"must have required property 'date'"}`, ""},
		{"own_word_inside", fmt.Errorf("step: %w", refuse(missingDate)), 400,
			`{"status":400,"code":"missing_headers","message":"must have required property 'date'"}`, ""},
		{"field", license.Invalidf("license_id", "must be an integer"), 400,
			`{"status":400,"code":"validation_error","message":"license_id: must be an integer"}`, ""},
		{"characters", license.Invalidf("x", "<b>&\u2028é\"\\\n"), 400,
			"{\"status\":400,\"code\":\"validation_error\",\"message\":\"x: <b>&\u2028é\\\"\\\\\\n\"}", ""},
		{"no_such_path", refuse(unknownPath), 404,
			`{"status":404,"code":"not_found","message":"The requested path was not found"}`, ""},
		{"too_large", license.Wrap(license.Invalid, "the body is too large", wire.ErrBodyTooLarge), 413,
			`{"status":413,"code":"validation_error","message":"the body is too large"}`, ""},
		{"locked", license.RefuseFor(license.LoginLocked, 90*time.Second), 400,
			`{"status":400,"code":"user_locked","message":"The license user is locked after too many wrong passwords"}`, "90"},
		{"token", license.Refuse(license.TokenExpired), 401,
			`{"status":401,"code":"oauth_token_expired","message":"the access token has expired"}`, ""},
		{"busy", license.RefuseFor(license.ServerBusy, 3*time.Second), 503,
			`{"status":503,"code":"internal_error","message":"the server is busy; try again shortly"}`, "3"},
		{"storage", license.Refuse(license.StorageDown), 503,
			`{"status":503,"code":"internal_error","message":"the database cannot be reached; nothing was changed"}`, "1"},
		{"fault", errors.New("secret cause"), 500, `{"status":500,"code":"internal_error","message":"Internal error"}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			writeError(w, nil, tc.err)
			if w.Code != tc.status || w.Body.String() != tc.body {
				t.Errorf("writeError(%v) = %d %s\nwant %d %s", tc.err, w.Code, w.Body, tc.status, tc.body)
			}
			if got := w.Header().Get("Retry-After"); got != tc.retryAfter {
				t.Errorf("Retry-After = %q, want %q", got, tc.retryAfter)
			}
			var body map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || len(body) != 3 || body["status"] != float64(w.Code) {
				t.Errorf("the body is %v (%v), want three members and status %d", body, err, w.Code)
			}
		})
	}
}

func TestInFeature(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		err  error
		code string
	}{
		{"unknown", inFeature(license.Refuse(license.FeatureUnknown), "f<1>"), "invalid_license_feature_code"},
		{"not_floating", inFeature(license.Refuse(license.NotFloating), "f"), "feature_not_floating"},
		{"not_held", inFeature(license.Refuse(license.SeatNotHeld), "f"), "floating_feature_device_not_in_use"},
		{"other", inFeature(license.Refuse(license.SeatLimit), "f"), "floating_not_available"},
		{"use_of_unknown", inFeatureUse(license.Refuse(license.FeatureUnknown)), "unsupported_product_feature"},
		{"used_up", inFeatureUse(license.Refuse(license.UsageLimit)), "feature_not_enough_consumptions"},
		{"use_of_other", inFeatureUse(license.Refuse(license.UsageNegative)), "negative_consumptions_not_allowed"},
	} {
		if row, _ := rowOf(tc.err); row.Code != tc.code || row.Status != 400 {
			t.Errorf("%s: %d %s, want 400 %s", tc.name, row.Status, row.Code, tc.code)
		}
	}
}
