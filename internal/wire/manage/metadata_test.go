package manage

import (
	"testing"

	"licet/internal/wire/api/apitest"
)

// TestMetadataIsMerged: a patch of metadata leaves the members that it does not name (RFC 7396).
func TestMetadataIsMerged(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		type m = map[string]any
		s.Post(t, "/v1/products", m{"code": "demo", "name": "Demo", "metadata": m{"a": 1, "b": m{"c": 2, "d": 3}}}).Want(201)
		made := s.Post(t, "/v1/licenses", m{"product": "demo", "customer": "ann@example.com", "metadata": m{"a": 1, "b": m{"c": 2, "d": 3}}}).Want(201)
		s.Patch(t, "/v1/customers/ann@example.com", m{"metadata": m{"a": 1, "b": m{"c": 2, "d": 3}}}).Want(200)
		for _, path := range []string{"/v1/products/demo", "/v1/licenses/" + made.Text("license.id"), "/v1/customers/ann@example.com"} {
			got := s.Patch(t, path, m{"metadata": m{"a": nil, "b": m{"c": 5}, "e": "x"}}).Want(200)
			if got.At("metadata.a") != nil || got.Text("metadata.b.c") != "5" || got.Text("metadata.b.d") != "3" || got.Text("metadata.e") != "x" {
				t.Errorf("%s = %s, want a gone, b.c 5, b.d 3, e x", path, got.Raw)
			}
			if got = s.Patch(t, path, m{"metadata": nil}).Want(200); got.At("metadata.e") != nil {
				t.Errorf("%s after null = %s, want no metadata", path, got.Raw)
			}
		}
	})
}
