package licensespring_test

import (
	"net/http"
	"testing"
)

// Without its database the server knows nothing, and says so with a 5xx, on which clients enter their own grace
// period (§5): never with a "no". What was written before is there when the database is back.
func TestDatabaseOutage(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		key := s.sold("DOWN", nil)
		ask := asks("DOWN", key, "HW1")
		s.good(s.post("activate_license", ask))
		s.db.Close()
		for name, call := range map[string]func() (int, string, string){
			"check": func() (int, string, string) {
				a := s.get("check_license", ask)
				return a.Status, a.Code(), a.Header.Get("Retry-After")
			},
			"activate": func() (int, string, string) {
				a := s.post("activate_license", ask)
				return a.Status, a.Code(), a.Header.Get("Retry-After")
			},
			"consume": func() (int, string, string) {
				a := s.post("add_consumption", ask)
				return a.Status, a.Code(), a.Header.Get("Retry-After")
			},
		} {
			if status, code, again := call(); status != http.StatusServiceUnavailable || code != "internal_error" || again == "" {
				s.t.Errorf("%s without a database = %d %s, Retry-After %q, want 503 internal_error", name, status, code, again)
			}
		}
	})
}
