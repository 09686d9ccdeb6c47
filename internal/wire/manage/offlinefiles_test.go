package manage

import (
	"testing"

	"licet/internal/wire/api/apitest"
)

func TestOfflineFiles(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		s.Run(t, "product demo \"Demo\" lock=hwid\nlicense K of demo")
		app := s.Post(t, "/v1/app-keys", map[string]any{"name": "app", "kind": "hmac"}).Want(201).Text("public_id")
		file := map[string]any{"product": "demo", "key": "K", "hardware_id": "A", "app": app}
		s.Post(t, "/v1/offline-files/refresh", file).Refused(403, "license_not_active")
		s.Post(t, "/v1/offline-files/policy", map[string]any{"product": "demo", "key": "K", "hardware_id": "A", "app": app, "policy_id": "x"}).Refused(400, "policy_id")
		s.Post(t, "/v1/offline-files/answer", map[string]any{"request": "bm90aGluZw=="}).Refused(400, "invalid")
		activate(t, s, "demo", "K", "A")
		for _, path := range []string{"/v1/offline-files/refresh", "/v1/offline-files/policy"} {
			if a := s.Post(t, path, file).Want(200); a.Text("content") == "" {
				t.Errorf("%s = %s, want a file", path, a.Raw)
			}
		}
	})
}
