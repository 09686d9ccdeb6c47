package dna

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/wire"
	"licet/internal/wire/wiretest"
)

// TestErrors walks all reasons: none is 401 but for the API client's, none is 409 but for a Test Event, and there are no statuses that
// the contract does not have, save for a body that is too large and a server that cannot.
func TestErrors(t *testing.T) {
	t.Parallel()
	wiretest.ErrorTable(t, Errors)
	statuses := map[int]bool{400: true, 403: true, 404: true, 500: true, 503: true}
	only := map[license.Reason]int{license.TestRefused: 409, license.RateExceeded: 429}
	for _, r := range license.Reasons() {
		row, _ := Errors.Lookup(license.Refuse(r))
		want := only[r]
		if r.Code() == license.Unauthenticated && r != license.CredentialsWrong {
			want = 401
		}
		if want != 0 && row.Status != want || want == 0 && !statuses[row.Status] {
			t.Errorf("%s is answered with %d", r, row.Status)
		}
	}
	for _, r := range []license.Reason{license.LicensePasswordWrong, license.AdminPasswordWrong, license.SetupKeyWrong} {
		if got := Errors.ByReason[r].Status; got != wrongSecret {
			t.Errorf("%s is answered with %d, want %d", r, got, wrongSecret)
		}
	}
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		err        error
		status     int
		message    string
		retryAfter string
	}{
		{"product_form", wrongProduct, 400, "Invalid ProductId format", ""},
		{"path", unknownPath, 404, "No resource was found at this path", ""},
		{"member", license.Invalidf("UserIp", "UserIp must be <an> address"), 400, "UserIp must be <an> address", ""},
		{"client", license.Refuse(license.AppKeyUnknown), 401, "Authorization has been denied for this request.", ""},
		{"revoked", license.Refuse(license.AppKeyRevoked), 401, "Authorization has been denied for this request.", ""},
		{"password", license.Refuse(license.LicensePasswordWrong), 403, "Invalid License Password", ""},
		{"admin_password", license.Refuse(license.AdminPasswordWrong), 403, "Invalid Admin Password", ""},
		{"setup_key", license.Refuse(license.SetupKeyWrong), 403, "Invalid License Key", ""},
		{"locked", license.RefuseFor(license.AddressLocked, 90*time.Minute), 403, "IP Lockout", "5400"},
		{"license", license.Refuse(license.KeyUnknown), 404, "License not found", ""},
		{"withheld", license.Refuse(license.OrderIncomplete), 404, "License not found", ""},
		{"product", license.Refuse(license.ProductUnknown), 404, "Product not found", ""},
		{"foreign_product", license.Refuse(license.AppKeyProduct), 404, "Product not found", ""},
		{"device", license.Refuse(license.DeviceUnknown), 404, "Device not found", ""},
		{"single_user", license.Refuse(license.NoAdministrator), 400, "The license is for a single user and has no Admin Password", ""},
		{"credits", license.Refuse(license.CreditShort), 400, "Not enough credits; nothing was taken", ""},
		{"test", license.Refuse(license.TestRefused), 409, "Test Event on an ACTIVE product: valid, not executed", ""},
		{"quota", license.RefuseFor(license.RateExceeded, 1500*time.Millisecond), 429, "API request quota exceeded", "2"},
		{"too_large", license.Wrap(license.Invalid, "x", wire.ErrBodyTooLarge), 413, "The body of the request is too large", ""},
		{"storage", license.Refuse(license.StorageDown), 503, "the database cannot be reached; nothing was changed", "1"},
		{"fault", errors.New("secret cause"), 500, "An error has occurred.", ""},
		{"panic", wire.PanicError("secret cause"), 500, "An error has occurred.", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			writeError(w, httptest.NewRequest(http.MethodPost, "/", nil), tt.err)
			if want := `{"Message":"` + tt.message + `"}`; w.Code != tt.status || w.Body.String() != want {
				t.Errorf("writeError(%v) = %d %s, want %d %s", tt.err, w.Code, w.Body, tt.status, want)
			}
			if got := w.Header().Get("Retry-After"); got != tt.retryAfter {
				t.Errorf("Retry-After = %q, want %q", got, tt.retryAfter)
			}
			if got := w.Header().Get("WWW-Authenticate"); (got != "") != (tt.status == 401) {
				t.Errorf("WWW-Authenticate = %q", got)
			}
			if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
				t.Errorf("Content-Type = %q", got)
			}
		})
	}
}
