package licensespring

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestRoutes asks for each endpoint without headers: what is there wants them, and all else is not found.
func TestRoutes(t *testing.T) {
	t.Parallel()
	handler := New(Deps{}).Handler()
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader("")))
		return w
	}
	for _, e := range endpoints() {
		if e.access == public {
			continue
		}
		for _, slash := range []string{"", "/"} {
			path := "/licensespring/api/v4/" + e.name + slash
			if w := ask(e.method, path); w.Code != 400 || !strings.Contains(w.Body.String(), `"code":"missing_headers"`) {
				t.Errorf("%s %s = %d %s, want 400 missing_headers", e.method, path, w.Code, w.Body)
			}
			other := http.MethodPost
			if e.method == http.MethodPost {
				other = http.MethodGet
			}
			for _, method := range []string{other, http.MethodPut, http.MethodDelete, http.MethodOptions} {
				notFound(t, method, path, ask(method, path))
			}
		}
	}
	for _, path := range []string{"/licensespring/api/v4/nothing", "/licensespring/api/v4/", "/licensespring/api/v3/check_license",
		"/licensespring/", "/licensespring/api/v4/check_license/x", "/licensespring/api/v4/floating", "/licensespring/check_license"} {
		notFound(t, http.MethodGet, path, ask(http.MethodGet, path))
	}
}

func notFound(t *testing.T, method, path string, w *httptest.ResponseRecorder) {
	t.Helper()
	const want = `{"status":404,"code":"not_found","message":"The requested path was not found"}`
	if w.Code != http.StatusNotFound || w.Body.String() != want || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%s %s = %d %s, want 404 %s", method, path, w.Code, w.Body, want)
	}
}

// TestHeadersBeforeAll checks the first steps of §2.1, which need no database.
func TestHeadersBeforeAll(t *testing.T) {
	t.Parallel()
	const date = "Fri, 04 Jul 2025 10:56:13 GMT"
	const good = `algorithm="hmac-sha256",headers="date",signature="x",apikey="y"`
	handler := New(Deps{}).Handler()
	for _, tc := range []struct{ name, date, authorization, code string }{
		{"no_date", "", good, "missing_headers"},
		{"no_authorization", date, "", "missing_headers"},
		{"a_part_missing", date, `algorithm="hmac-sha256",headers="date",apikey="y"`, "authorization_missing_params"},
		{"malformed", date, `algorithm=hmac`, "authorization_invalid_headers"},
		{"other_headers", date, strings.Replace(good, `"date"`, `"host"`, 1), "authorization_invalid_headers"},
		{"other_algorithm", date, strings.Replace(good, "sha256", "sha1", 1), "hmac_required"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/licensespring/api/v4/check_license", nil)
			for name, value := range map[string]string{"Date": tc.date, "Authorization": tc.authorization} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != 400 || !strings.Contains(w.Body.String(), `"code":"`+tc.code+`"`) {
				t.Errorf("%d %s, want 400 %s", w.Code, w.Body, tc.code)
			}
		})
	}
}

// TestEndpointsAreOnce keeps the table in order: what changes something is not for read-only keys.
func TestEndpointsAreOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range endpoints() {
		if seen[e.name] || e.serve == nil || strings.Trim(e.name, "/") != e.name {
			t.Errorf("endpoint %s is there twice, or malformed", e.name)
		}
		seen[e.name] = true
		if e.method == http.MethodPost && e.access == asking {
			t.Errorf("%s is a POST that a read-only key may call", e.name)
		}
	}
}
