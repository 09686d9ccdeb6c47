package manage

import (
	"net/http"
	"testing"

	"licet/internal/identity"
	"licet/internal/wire/api/apitest"
)

func TestAddressRules(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		product := s.Post(t, "/v1/products", map[string]any{"code": "my-app", "name": "My App"}).Want(201)
		made := s.Post(t, "/v1/address-rules", map[string]any{
			"name": "no lab", "mode": "report", "product": "my-app", "deny": []string{"198.51.100.7/24", "country:de"}}).Want(201)
		if made.Text("product_id") != product.Text("id") || made.Text("deny.0") != "198.51.100.0/24" || made.Text("deny.1") != "country:DE" || made.Len("allow") != 0 {
			t.Errorf("the rule is %s", made.Raw)
		}
		s.Post(t, "/v1/address-rules", map[string]any{"name": "x"}).Refused(400, "allow")
		s.Post(t, "/v1/address-rules", map[string]any{"name": "x", "deny": []string{"everywhere"}}).Refused(400, "deny")
		s.Post(t, "/v1/address-rules", map[string]any{"name": "x", "mode": "enforce", "deny": []string{"country:DE"}}).Refused(400, "mode")
		s.Post(t, "/v1/address-rules", map[string]any{"name": "x", "product": "none", "deny": []string{"192.0.2.1"}}).Refused(404, "product_unknown")

		path := "/v1/address-rules/" + made.Text("id")
		shown := s.Get(t, path).Want(200)
		s.Get(t, "/v1/address-rules/7").Refused(404, "not_found")
		if list := s.Get(t, "/v1/address-rules").Want(200); list.Len("data") != 1 {
			t.Errorf("the list is %s", list.Raw)
		}
		if hits := s.Get(t, path+"/hits").Want(200); hits.Len("data") != 0 {
			t.Errorf("the hits are %s", hits.Raw)
		}
		s.Get(t, "/v1/address-rules/7/hits").Refused(404, "not_found")
		call := apitest.Call{Method: http.MethodPatch, Path: path, Body: `{"mode":"enforce","deny":["198.51.100.0/24"]}`,
			Header: map[string]string{"If-Match": shown.Header.Get("Etag")}}
		s.Do(t, call).Want(200)
		s.Do(t, call).Want(412)
		s.Patch(t, path, map[string]any{"deny": nil}).Refused(400, "allow")

		tried := s.Get(t, "/v1/address-rules/try?address=198.51.100.9&product=my-app").Want(200)
		if tried.Text("refused") != "true" || tried.Text("country") != "ZZ" || tried.Text("rules.0.entry") != "198.51.100.0/24" {
			t.Errorf("the trial says %s", tried.Raw)
		}
		if other := s.Get(t, "/v1/address-rules/try?address=192.0.2.1&product=my-app").Want(200); other.Text("refused") != "false" || other.Text("rules.0.broken") != "false" {
			t.Errorf("the trial of another address says %s", other.Raw)
		}
		s.Get(t, "/v1/address-rules/try?address=x").Refused(400, "address")
		if h := s.Post(t, "/v1/address-rules/rehearse", map[string]any{"deny": []string{"192.0.2.0/24"}}).Want(200); h.Text("devices") != "0" || h.Len("hits") != 0 {
			t.Errorf("the rehearsal says %s", h.Raw)
		}
		s.Post(t, "/v1/address-rules/rehearse", map[string]any{"deny": []string{"x"}}).Refused(400, "deny")

		reader := s.NewToken(t, identity.NewScopes(identity.ReadProducts))
		s.Do(t, apitest.Call{Method: http.MethodDelete, Path: path, Token: reader}).Refused(403, "permission_missing")
		s.Do(t, apitest.Call{Method: http.MethodDelete, Path: path, Header: call.Header}).Want(412)
		s.Delete(t, path).Want(200)
		s.Delete(t, path).Refused(404, "not_found")
	})
}
