package manage

import (
	"net/http"
	"testing"

	"licet/internal/identity"
	"licet/internal/wire/api/apitest"
)

func TestOrders(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		made := s.Post(t, "/v1/orders", map[string]any{"reference": "a/b 1", "status": "pending", "customer": "ann@example.com"}).Want(201)
		if got := made.Header.Get("Location"); got != "/v1/orders/"+made.Text("id") {
			t.Errorf("Location = %q", got)
		}
		s.Post(t, "/v1/orders", map[string]any{"reference": "a/b 1"}).Refused(409, "conflict")
		s.Do(t, apitest.Call{Method: http.MethodPost, Path: "/v1/orders", Body: map[string]any{"status": "refunded"}, Wild: true}).Refused(400, "status")
		other := s.Post(t, "/v1/orders", map[string]any{"trial": true}).Want(201)

		shown := s.Get(t, "/v1/orders/a%2Fb%201").Want(200)
		if shown.Text("id") != made.Text("id") || shown.Text("status") != "pending" || shown.Text("customer_id") == "" || shown.At("completed_at") != nil {
			t.Errorf("the order is %s", shown.Raw)
		}
		s.Get(t, "/v1/orders/none").Refused(404, "not_found")
		if list := s.Get(t, "/v1/orders?limit=1").Want(200); list.Len("data") != 1 || list.Text("data.0.id") != other.Text("id") || list.Text("next") == "" {
			t.Errorf("the list is %s", list.Raw)
		}
		if list := s.Get(t, "/v1/orders?customer=ANN@example.com").Want(200); list.Len("data") != 1 {
			t.Errorf("the list of the customer is %s", list.Raw)
		}
		if list := s.Get(t, "/v1/orders?status=pending&prefix=a%2F").Want(200); list.Len("data") != 1 {
			t.Errorf("the list of pending ones is %s", list.Raw)
		}
		if list := s.Get(t, "/v1/orders?status=completed&prefix=a%2F").Want(200); list.Len("data") != 0 {
			t.Errorf("the list of completed ones is %s", list.Raw)
		}
		s.Get(t, "/v1/orders?customer=ben@example.com").Refused(404, "not_found")

		tag := map[string]string{"If-Match": shown.Header.Get("Etag")}
		path := "/v1/orders/" + made.Text("id")
		s.Do(t, apitest.Call{Method: http.MethodPatch, Path: path, Body: `{"customer":null}`, Header: tag}).Want(200)
		s.Do(t, apitest.Call{Method: http.MethodPatch, Path: path, Body: `{"customer":"ann@example.com"}`, Header: tag}).Want(412)
		s.Patch(t, path, map[string]any{"customer": "nobody@example.com"}).Refused(404, "not_found")

		if tried := s.Post(t, path+"/complete?dry_run=true", nil).Want(200); tried.Text("status") != "completed" {
			t.Errorf("the dry run answers %s", tried.Raw)
		}
		s.Post(t, path+"/complete", nil).Want(200)
		s.Post(t, path+"/refund", nil).Want(200)
		s.Post(t, path+"/complete", nil).Refused(409, "conflict")
		s.Post(t, "/v1/orders/"+other.Text("id")+"/cancel", nil).Want(200)
		s.Post(t, "/v1/orders/none/cancel", nil).Refused(404, "not_found")

		reader := s.NewToken(t, identity.NewScopes(identity.ReadOrders))
		s.Do(t, apitest.Call{Method: http.MethodPost, Path: "/v1/orders", Body: `{}`, Token: reader}).Refused(403, "permission_missing")
	})
}

func TestCustomers(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		s.Post(t, "/v1/customer-accounts", map[string]any{"code": "acme"}).Want(201)
		made := s.Post(t, "/v1/customers", map[string]any{"email": "ann@example.com", "name": "Ann", "account": "acme", "metadata": map[string]any{"vip": true}}).Want(201)
		if made.Text("account_id") == "" || made.At("metadata.vip") != true || made.Header.Get("Location") != "/v1/customers/"+made.Text("id") {
			t.Errorf("the customer is %s", made.Raw)
		}
		s.Post(t, "/v1/customers", map[string]any{"email": "Ann@Example.com"}).Refused(409, "conflict")
		s.Post(t, "/v1/customers", map[string]any{"email": "no address"}).Refused(400, "email")
		s.Post(t, "/v1/customers", map[string]any{"email": "ben@example.com", "account": "none"}).Refused(404, "account_unknown")
		s.Post(t, "/v1/customers?dry_run=true", map[string]any{"email": "ben@example.com"}).Want(201)
		s.Get(t, "/v1/customers/ben@example.com").Refused(404, "not_found")

		shown := s.Get(t, "/v1/customers/ANN@example.com").Want(200)
		if list := s.Get(t, "/v1/customers").Want(200); list.Len("data") != 1 || list.Text("data.0.email") != "ann@example.com" {
			t.Errorf("the list is %s", list.Raw)
		}
		call := apitest.Call{
			Method: http.MethodPatch, Path: "/v1/customers/ann@example.com", Header: map[string]string{"If-Match": shown.Header.Get("Etag")},
			Body: `{"name":"Ann B.","city":"Bonn","account":null,"metadata":null}`,
		}
		changed := s.Do(t, call).Want(200)
		if changed.Text("name") != "Ann B." || changed.At("account_id") != nil || changed.At("metadata.vip") != nil || changed.Text("email") != "ann@example.com" {
			t.Errorf("the changed customer is %s", changed.Raw)
		}
		s.Do(t, call).Want(412)
		s.Do(t, apitest.Call{Method: http.MethodPatch, Path: call.Path, Body: `{"email":"x@example.com"}`, Wild: true}).Refused(400, "email")
		s.Patch(t, "/v1/customers/7", map[string]any{"name": "x"}).Refused(404, "not_found")
		s.Post(t, "/v1/customers", map[string]any{"email": "ben@example.com", "company": "Example Ltd"}).Want(201)
		for query, want := range map[string]int{"?prefix=BEN": 1, "?search=example": 1, "?prefix=x": 0, "?prefix=ann&search=ltd": 0} {
			if list := s.Get(t, "/v1/customers"+query).Want(200); list.Len("data") != want {
				t.Errorf("the list %s is %s", query, list.Raw)
			}
		}
		s.Post(t, "/v1/orders", map[string]any{"customer": "ann@example.com"}).Want(201)
		s.Delete(t, "/v1/customers/ann@example.com").Refused(409, "conflict")
		s.Delete(t, "/v1/customers/ben@example.com?dry_run=true").Want(200)
		s.Delete(t, "/v1/customers/ben@example.com").Want(200)
		s.Delete(t, "/v1/customers/ben@example.com").Refused(404, "not_found")
	})
}

func TestCustomerAccounts(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		made := s.Post(t, "/v1/customer-accounts", map[string]any{
			"code": "acme", "issuer": "https://login.example.com/realm", "client_id": "licet", "client_secret": "s3cret"}).Want(201)
		if made.Text("name") != "acme" || made.At("client_secret") != nil {
			t.Errorf("the account is %s", made.Raw)
		}
		s.Post(t, "/v1/customer-accounts", map[string]any{"code": "acme"}).Refused(409, "conflict")
		s.Post(t, "/v1/customer-accounts", map[string]any{"code": "other", "issuer": "ftp://x"}).Refused(400, "client_id")
		s.Post(t, "/v1/customer-accounts", map[string]any{"code": "other", "issuer": "ftp://x", "client_id": "licet"}).Refused(400, "issuer")
		shown := s.Get(t, "/v1/customer-accounts/acme").Want(200)
		if byID := s.Get(t, "/v1/customer-accounts/"+made.Text("id")).Want(200); string(byID.Raw) != string(shown.Raw) {
			t.Errorf("by identity it is %s", byID.Raw)
		}
		s.Get(t, "/v1/customer-accounts/none").Refused(404, "account_unknown")
		s.Get(t, "/v1/customer-accounts/7").Refused(404, "account_unknown")
		if list := s.Get(t, "/v1/customer-accounts").Want(200); list.Len("data") != 1 {
			t.Errorf("the list is %s", list.Raw)
		}
		call := apitest.Call{
			Method: http.MethodPatch, Path: "/v1/customer-accounts/acme", Header: map[string]string{"If-Match": shown.Header.Get("Etag")},
			Body: `{"name":"Acme","issuer":null}`,
		}
		if changed := s.Do(t, call).Want(200); changed.Text("name") != "Acme" || changed.Text("issuer") != "" || changed.Text("client_id") != "" {
			t.Errorf("the changed account is %s", changed.Raw)
		}
		s.Do(t, call).Want(412)
		s.Patch(t, call.Path, map[string]any{"client_secret": "lonely"}).Refused(400, "issuer")
		s.Patch(t, call.Path, map[string]any{"issuer": "https://login.example.com/", "client_id": "us", "client_secret": "s"}).Want(200)
		s.Patch(t, "/v1/customer-accounts/none", map[string]any{"name": "x"}).Refused(404, "account_unknown")
	})
}
