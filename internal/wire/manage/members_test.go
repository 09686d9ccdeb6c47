package manage

import (
	"net/http"
	"testing"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/wire/api/apitest"
)

const password = "Correct-horse-7-battery"

func TestMembers(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		email := func(name string) string { return name + "-" + s.Operator.Name + "@example.com" }
		_, err := s.Office.CreateUser(t.Context(), s.Operator, office.NewUser{Email: email("owner"), Password: password, Role: identity.Owner})
		if err != nil {
			t.Fatal(err)
		}
		made := s.Post(t, "/v1/members", map[string]any{"email": email("ben"), "name": "Ben", "password": password, "role": "support"}).Want(201)
		if made.At("password") != nil || made.Header.Get("Location") != "/v1/members/"+made.Text("id") {
			t.Errorf("the member is %s", made.Raw)
		}
		s.Post(t, "/v1/members", map[string]any{"email": email("x"), "password": "short", "role": "support"}).Refused(400, "password_weak")
		s.Post(t, "/v1/members", map[string]any{"email": email("x"), "role": "support"}).Refused(404, "not_found")
		s.Post(t, "/v1/members", map[string]any{"email": email("ben"), "role": "support", "name": "B"}).Refused(400, "name")
		s.Post(t, "/v1/members", map[string]any{"email": email("ben"), "role": "support"}).Refused(409, "conflict")
		s.Post(t, "/v1/members", map[string]any{"email": email("x"), "password": password, "role": "owner"}).Refused(403, "permission_missing")

		path := "/v1/members/" + email("ben")
		shown := s.Get(t, path).Want(200)
		if list := s.Get(t, "/v1/members").Want(200); list.Len("data") != 2 || list.Text("data.0.id") != made.Text("id") {
			t.Errorf("the list is %s", list.Raw)
		}
		s.Get(t, "/v1/members/7").Refused(404, "not_found")
		call := apitest.Call{Method: http.MethodPatch, Path: path, Body: `{"role":"admin","disabled":true}`,
			Header: map[string]string{"If-Match": shown.Header.Get("Etag")}}
		if changed := s.Do(t, call).Want(200); changed.Text("role") != "admin" || changed.Text("disabled") != "true" {
			t.Errorf("the changed member is %s", changed.Raw)
		}
		s.Do(t, call).Want(412)
		s.Patch(t, path, map[string]any{"role": nil}).Refused(400, "role")
		s.Patch(t, "/v1/members/"+email("owner"), map[string]any{"role": "admin"}).Refused(403, "permission_missing")

		s.Post(t, path+"/set-password", map[string]any{"password": "Another-horse-8-battery"}).Want(204)
		s.Post(t, path+"/set-password", map[string]any{"password": password}).Refused(400, "password_reused")
		if held := s.Get(t, path+"/lockout").Want(200); held.Text("locked") != "false" || held.At("locked_until") != nil {
			t.Errorf("the lockout is %s", held.Raw)
		}
		s.Get(t, "/v1/members/7/lockout").Refused(404, "not_found")

		if gone := s.Do(t, apitest.Call{Method: http.MethodDelete, Path: path + "?dry_run=true"}).Want(200); gone.Text("id") != made.Text("id") {
			t.Errorf("the deleted member is %s", gone.Raw)
		}
		s.Delete(t, path).Want(200)
		s.Delete(t, path).Refused(404, "not_found")
		s.Post(t, "/v1/members", map[string]any{"email": email("ben"), "role": "read_only"}).Want(201)
		s.Delete(t, "/v1/members/"+email("owner")).Refused(403, "permission_missing")
	})
}
