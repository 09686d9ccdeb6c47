package manage

import (
	"net/http"
	"testing"

	"licet/internal/license"
	"licet/internal/wire/api/apitest"
)

func TestLicenseUsers(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		withLicenses(t, s, "app", object{"customer": "firm@example.com"}, "A-1")
		s.Post(t, "/v1/license-users?dry_run=true", object{"email": "ann@example.com"}).Want(201)
		ann := s.Post(t, "/v1/license-users", object{"email": "ann@example.com", "first_name": "Ann", "customer": "firm@example.com"}).Want(201)
		if ann.Text("password") == "" || ann.Text("name") != "ann@example.com" || ann.Text("initial_password") != "true" || ann.At("customer_id") == nil {
			t.Errorf("createLicenseUser = %s, want a user with a password", ann.Raw)
		}
		of := s.Post(t, "/v1/license-users", object{"name": "cid", "product": "app", "password": "Correct-horse-7-battery"}).Want(201)
		if of.At("password") != nil || of.At("product_id") == nil {
			t.Errorf("createLicenseUser = %s, want one of the product, and no password", of.Raw)
		}
		if shown := s.Get(t, of.Header.Get("Location")).Want(200); shown.Text("name") != "cid" {
			t.Errorf("Location leads to %s, want cid", shown.Raw)
		}
		for query, want := range map[string]string{"": "ann@example.com", "?product=app": "cid", "?customer=firm@example.com": "ann@example.com",
			"?prefix=ANN&banned=false": "ann@example.com"} {
			list := s.Get(t, "/v1/license-users"+query).Want(200)
			if list.Len("data") != 1 || list.Text("data.0.name") != want {
				t.Errorf("license-users%s = %s, want %s", query, list.Raw, want)
			}
		}
		shown := s.Get(t, "/v1/license-users/ann@example.com").Want(200)
		match := map[string]string{"If-Match": shown.Header.Get("Etag")}
		s.Patch(t, "/v1/license-users/ann@example.com?dry_run=true", object{"last_name": "Archer"}).Want(200)
		done := s.Do(t, apitest.Call{Method: http.MethodPatch, Path: "/v1/license-users/ann@example.com", Body: object{"last_name": "Archer", "customer": nil}, Header: match}).Want(200)
		if after := s.Get(t, "/v1/license-users/ann@example.com"); string(after.Raw) != string(done.Raw) || after.Text("last_name") != "Archer" || after.At("customer_id") != nil {
			t.Errorf("PATCH answers %s, GET %s, want the same", done.Raw, after.Raw)
		}
		s.Do(t, apitest.Call{Method: http.MethodPatch, Path: "/v1/license-users/ann@example.com", Body: object{"phone": "1"}, Header: match}).Want(412)

		s.Post(t, "/v1/license-users", object{"name": "Ann@example.com"}).Refused(409, "name")
		s.Post(t, "/v1/license-users", object{"name": "dan", "password": "short"}).Refused(400, string(license.PasswordWeak))
		s.Get(t, "/v1/license-users?product=app&customer=x").Refused(400, "customer")
		s.Get(t, "/v1/license-users/nobody").Want(404)
		s.Get(t, "/v1/license-users/cid").Want(404)
		s.Patch(t, "/v1/license-users/nobody", object{"phone": "1"}).Want(404)
		s.Patch(t, "/v1/license-users/ann@example.com", object{"name": "x"}).Refused(400, "name")
	})
}

func TestLicenseUserActs(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		s.Post(t, "/v1/license-users", object{"name": "ann"}).Want(201)
		s.Post(t, "/v1/license-users/ann/ban?dry_run=true", object{}).Want(200)
		banned := s.Post(t, "/v1/license-users/ann/ban", object{"reason": "shared"}).Want(200)
		if shown := s.Get(t, "/v1/license-users/ann"); shown.Text("ban_reason") != "shared" || string(shown.Raw) != string(banned.Raw) {
			t.Errorf("ban answers %s, and stored is %s; want both banned", banned.Raw, shown.Raw)
		}
		if back := s.Post(t, "/v1/license-users/ann/unban", nil).Want(200); back.Text("banned") != "false" {
			t.Errorf("unban = %s, want not banned", back.Raw)
		}
		if made := s.Post(t, "/v1/license-users/ann/reset-password", object{}).Want(200); made.Text("password") == "" {
			t.Errorf("reset-password = %s, want a password", made.Raw)
		}
		given := s.Post(t, "/v1/license-users/ann/reset-password", object{"password": "Correct-horse-7-battery"}).Want(200)
		if given.At("password") != nil {
			t.Errorf("reset-password = %s, want no password that was given", given.Raw)
		}
		s.Post(t, "/v1/license-users/ann/reset-password", object{"password": "Correct-horse-7-battery"}).Refused(400, string(license.PasswordReused))
		if lock := s.Get(t, "/v1/license-users/ann/lock").Want(200); lock.Text("failures") != "0" || lock.Text("permanent") != "false" {
			t.Errorf("lock = %s, want nothing", lock.Raw)
		}
		s.Post(t, "/v1/license-users/ann/unlock?dry_run=true", nil).Want(200)
		s.Post(t, "/v1/license-users/ann/unlock", nil).Want(200)
		for act, body := range map[string]any{"ban": object{}, "unban": nil, "reset-password": object{}, "unlock": nil} {
			s.Post(t, "/v1/license-users/nobody/"+act, body).Want(404)
		}
		s.Get(t, "/v1/license-users/nobody/lock").Want(404)
	})
}
