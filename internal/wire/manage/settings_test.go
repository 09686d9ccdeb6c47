package manage

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire/api"
	"licet/internal/wire/api/apitest"
	"licet/internal/wire/wiretest"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		if list := s.Get(t, "/v1/settings").Want(200); list.Len("data") < 4 || list.Text("data.0.value") != "" {
			t.Errorf("the settings are %s", list.Raw)
		}
		path := "/v1/settings/license_users.change_password"
		put := func(path, value string) apitest.Answer {
			return s.Do(t, apitest.Call{Method: http.MethodPut, Path: path, Body: map[string]any{"value": value}})
		}
		put(path+"?dry_run=true", "false").Want(200)
		if shown := s.Get(t, path).Want(200); shown.Text("value") != "" {
			t.Errorf("after a dry run the setting is %s", shown.Raw)
		}
		put(path, "false").Want(200)
		put(path, "perhaps").Refused(400, "value")
		put("/v1/settings/none", "x").Refused(404, "not_found")
		if shown := s.Get(t, path).Want(200); shown.Text("value") != "false" {
			t.Errorf("the setting is %s", shown.Raw)
		}
		if policy := put("/v1/settings/lockout.license_user", `{"failures_per_round":3}`).Want(200); !strings.Contains(policy.Text("value"), `"failures_per_round":3,"first_lock`) {
			t.Errorf("the policy is %s", policy.Raw)
		}
		if reset := s.Delete(t, path).Want(200); reset.Text("value") != "" {
			t.Errorf("the reset setting is %s", reset.Raw)
		}
		put("/v1/settings/api.allowance", "1000").Refused(403, "permission_missing")
		s.Delete(t, "/v1/settings/none").Refused(404, "not_found")
		s.Get(t, "/v1/settings/none").Refused(404, "not_found")
		reader := s.NewToken(t, identity.NewScopes(identity.ReadSettings))
		s.Do(t, apitest.Call{Method: http.MethodDelete, Path: path, Token: reader}).Refused(403, "permission_missing")
	})
}

// forEachStore is forEachSite with the store beside it, for what no call of the office makes.
func forEachStore(t *testing.T, test func(*testing.T, *apitest.Site, *store.Store)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		s := open(t)
		test(t, apitest.New(t, s, func(a *api.API, w *wiretest.World) { Add(a, Deps{Now: w.Now, Authority: w.Authority}) }), s)
	})
}

func TestLockouts(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *apitest.Site, db *store.Store) {
		for _, address := range []string{"192.0.2.1", "2001:db8::1"} {
			err := db.Write(t.Context(), func(tx *store.Tx) error {
				key := store.EndUserAddressLockout(s.Operator.Tenant, address)
				if _, err := tx.LockLockout(key); err != nil {
					return err
				}
				return tx.SaveLockout(key, identity.Lockout{Level: 1, LastFailure: s.Now(), LockedUntil: s.Now().Add(time.Hour)})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		list := s.Get(t, "/v1/lockouts?limit=1").Want(200)
		if list.Len("data") != 1 || list.Text("data.0.locked") != "true" || list.Text("data.0.locks") != "1" {
			t.Errorf("the list is %s", list.Raw)
		}
		if rest := s.Get(t, "/v1/lockouts?cursor="+list.Text("next")).Want(200); rest.Len("data") != 1 {
			t.Errorf("the rest of the list is %s", rest.Raw)
		}
		path := "/v1/lockouts/192.0.2.1"
		s.Delete(t, path+"?dry_run=true").Want(204)
		if held := s.Get(t, path).Want(200); held.Text("locked") != "true" {
			t.Errorf("after the dry run it is %s", held.Raw)
		}
		s.Delete(t, path).Want(204)
		if held := s.Get(t, path).Want(200); held.Text("locked") != "false" || held.At("locked_until") != nil {
			t.Errorf("after it was cleared it is %s", held.Raw)
		}
		s.Get(t, "/v1/lockouts/x").Refused(400, "address")
		s.Delete(t, "/v1/lockouts/x").Refused(400, "address")
		token := s.NewToken(t, identity.NewScopes(identity.WriteCustomers))
		s.Do(t, apitest.Call{Method: http.MethodDelete, Path: path, Token: token}).Refused(403, "permission_missing")
	})
}

func TestMails(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *apitest.Site, db *store.Store) {
		m := store.Mail{Tenant: s.Operator.Tenant, Kind: store.MailResetCode, Recipient: "ann@example.com", Created: s.Now()}
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.QueueMail("client", &m, store.MailData{ProductName: "App", LicenseCode: "ABCD", Code: "S3CRETC0DE"}, s.Keyring.Seal)
		})
		if err != nil {
			t.Fatal(err)
		}
		path := "/v1/mails/" + api.ID(m.ID)
		if list := s.Get(t, "/v1/mails?state=waiting").Want(200); list.Len("data") != 1 || list.Text("data.0.id") != api.ID(m.ID) {
			t.Errorf("the list is %s", list.Raw)
		}
		if list := s.Get(t, "/v1/mails?state=sent").Want(200); list.Len("data") != 0 {
			t.Errorf("the list of sent ones is %s", list.Raw)
		}
		s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/mails?state=lost", Wild: true}).Refused(400, "state")
		if shown := s.Get(t, path).Want(200); !strings.Contains(shown.Text("words.text"), "S3CRETC0DE") {
			t.Errorf("the mail is %s", shown.Raw)
		}
		token := s.NewToken(t, identity.NewScopes(identity.ReadCustomers))
		if shown := s.Do(t, apitest.Call{Method: http.MethodGet, Path: path, Token: token}).Want(200); strings.Contains(string(shown.Raw), "S3CRETC0DE") {
			t.Errorf("without the scope to change licenses the mail is %s", shown.Raw)
		}
		s.Get(t, "/v1/mails/7").Refused(404, "not_found")
		s.Post(t, path+"/retry", nil).Want(200)
		s.Post(t, "/v1/mails/7/retry", nil).Refused(404, "not_found")
	})
}

func TestMailTemplates(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		s.Post(t, "/v1/products", map[string]any{"code": "my-app", "name": "My App"}).Want(201)
		path := "/v1/mail-templates/password_reset_code"
		if shown := s.Get(t, path).Want(200); shown.Text("own") != "false" || shown.Text("text") == "" {
			t.Errorf("the template is %s", shown.Raw)
		}
		put := func(path string, body any) apitest.Answer {
			return s.Do(t, apitest.Call{Method: http.MethodPut, Path: path, Body: body})
		}
		words := map[string]any{"subject": "Code for {{.Product}}", "text": "It is {{.Code}}."}
		saved := put(path+"?product=1", words).Want(200)
		if shown := s.Get(t, path+"?product=my-app").Want(200); string(shown.Raw) != string(saved.Raw) || shown.Text("product") != "my-app" {
			t.Errorf("saved is %s, shown %s", saved.Raw, shown.Raw)
		}
		put(path, map[string]any{"subject": "Code", "text": "There is none."}).Refused(400, "text")
		put(path+"?product=none", words).Refused(404, "product_unknown")
		s.Get(t, path+"?product=none").Refused(404, "product_unknown")
		s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/mail-templates/none", Wild: true}).Refused(400, "kind")
		if list := s.Get(t, "/v1/mail-templates").Want(200); list.Len("data") != 1 || list.Text("data.0.product") != "my-app" {
			t.Errorf("the list is %s", list.Raw)
		}
		if seen := s.Get(t, path+"/preview?product=my-app").Want(200); seen.Text("subject") != "Code for Example & Co" {
			t.Errorf("the preview is %s", seen.Raw)
		}
		s.Get(t, path+"/preview?product=none").Refused(404, "product_unknown")
		if gone := s.Delete(t, path+"?product=my-app").Want(200); gone.Text("text") != "It is {{.Code}}." {
			t.Errorf("deleted is %s", gone.Raw)
		}
		s.Delete(t, path).Refused(404, "not_found")
	})
}

func TestMailSender(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		s.Post(t, "/v1/products", map[string]any{"code": "my-app", "name": "My App"}).Want(201)
		put := func(path, address string) apitest.Answer {
			return s.Do(t, apitest.Call{Method: http.MethodPut, Path: path, Body: map[string]any{"address": address, "name": "Us"}})
		}
		put("/v1/mail-sender", "us@example.com").Want(200)
		put("/v1/mail-sender?product=my-app", "app@example.com").Want(200)
		put("/v1/mail-sender", "no address").Refused(400, "address")
		put("/v1/mail-sender?product=none", "us@example.com").Refused(404, "product_unknown")
		if shown := s.Get(t, "/v1/mail-sender?product=1").Want(200); shown.Text("address") != "app@example.com" || shown.Text("product") != "my-app" {
			t.Errorf("the sender of the product is %s", shown.Raw)
		}
		s.Delete(t, "/v1/mail-sender?product=my-app").Want(204)
		if shown := s.Get(t, "/v1/mail-sender?product=1").Want(200); shown.Text("address") != "us@example.com" || shown.Text("product") != "" {
			t.Errorf("the sender of the product is %s then", shown.Raw)
		}
		s.Delete(t, "/v1/mail-sender?product=none").Refused(404, "product_unknown")
		s.Get(t, "/v1/mail-sender?product=none").Refused(404, "product_unknown")
	})
}
