package platform

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

func TestCustomers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.studio()
	support := s.as(identity.Support)
	support.get("/customers").want(http.StatusOK, "No customers yet", "New customer", "Companies")
	support.get("/customers/new").want(http.StatusOK, "Only the e-mail address is needed.")
	support.post("/customers", url.Values{"email": {"nonsense"}, "name": {"Ann"}}).want(http.StatusUnprocessableEntity, `value="nonsense"`, `value="Ann"`, `id="f-email-fault"`)
	support.post("/customers", url.Values{"email": {"ann@x.test"}, "account": {"nobody"}}).want(http.StatusUnprocessableEntity, `id="f-account-fault"`, `value="nobody"`)
	support.post("/customers", url.Values{"email": {"ann@x.test"}, "metadata": {"{"}}).want(http.StatusUnprocessableEntity, `id="f-metadata-fault"`)
	form := url.Values{"email": {"ann@x.test"}, "name": {hostile}, "company": {"Customer GmbH"}, "reference": {"K-1"}, "city": {"Berlin"}, "metadata": {`{"a": "</pre><b>x</b>"}`}, "_once": {"c"}}
	made := support.post("/customers", form).want(http.StatusOK, "ann@x.test is there", html.EscapeString(hostile), "Berlin", "They have no orders.").lacks(hostile, "<b>x</b>")
	support.post("/customers", form).want(http.StatusOK, "it was not done again")
	support.post("/customers", url.Values{"email": {"ANN@x.test"}}).want(http.StatusConflict, `id="f-email-fault"`)
	path := regexp.MustCompile(`/customers/\d+`).FindString(made.body)
	page := path

	support.get("/customers?q=ANN").want(http.StatusOK, "ann@x.test")
	support.get("/customers?q=x").want(http.StatusOK, "Nobody is like that")
	for _, text := range []string{"customer gm", "k-1", "ALERT("} {
		support.get("/customers?"+url.Values{"text": {text}}.Encode()).want(http.StatusOK, "ann@x.test")
	}
	support.get(page+"/edit").want(http.StatusOK, `value="K-1"`, "It stays for ever.")
	support.post(page+"/edit", url.Values{"metadata": {"["}, "name": {"Ann"}}).want(http.StatusUnprocessableEntity, `value="Ann"`, `value="ann@x.test"`)
	support.post(page+"/edit", url.Values{"email": {"eve@x.test"}, "name": {"Ann"}, "first_name": {"A"}}).want(http.StatusOK, "ann@x.test is changed", "Ann")
	c, err := s.office.FindCustomer(t.Context(), s.operator, "ann@x.test")
	if err != nil || c.Name != "Ann" || c.Reference != "" || c.FirstName != "A" {
		t.Errorf("the customer is %+v, %v", c, err)
	}

	t.Run("things", func(t *testing.T) {
		issued, err := s.office.CreateLicenses(t.Context(), s.operator, office.NewLicenses{Product: "studio", Amount: 12, Order: "A-1", Customer: "ann@x.test"})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.office.CreateLicenseUser(t.Context(), s.operator, office.NewLicenseUser{Name: "worker", Customer: "ann@x.test"}); err != nil {
			t.Fatal(err)
		}
		support.get(page).want(http.StatusOK, "A-1", issued.Licenses[11].Key, "All licenses", "worker", "This customer is still needed").lacks(page+`/delete"`, "All orders")
		support.post(page+"/delete", nil).want(http.StatusOK, "give those to somebody else first")
		support.get("/users?customer=ann@x.test").want(http.StatusOK, "worker")
		support.get("/orders?customer=ann@x.test").want(http.StatusOK, "A-1")
	})
	t.Run("delete", func(t *testing.T) {
		support.post("/customers", url.Values{"email": {"bob@x.test"}}).want(http.StatusOK, "Delete this customer for ever?", "Backups keep what they have")
		bob, err := s.office.FindCustomer(t.Context(), s.operator, "bob@x.test")
		if err != nil {
			t.Fatal(err)
		}
		support.post(customerPath(bob.ID, "delete"), nil).want(http.StatusOK, "bob@x.test is deleted").wantPath("/customers")
		support.get(customerPath(bob.ID)).want(http.StatusNotFound)
	})
	t.Run("roles", func(t *testing.T) {
		reader := s.as(identity.ReadOnly)
		reader.get("/customers").want(http.StatusOK, "ann@x.test").lacks("New customer")
		reader.get(page).want(http.StatusOK, "ann@x.test").lacks("/edit", "Delete")
		reader.get(page + "/edit").want(http.StatusForbidden)
		reader.get("/customers/accounts/new").want(http.StatusForbidden)
		for _, path := range []string{"/customers", page + "/edit", page + "/delete", "/customers/accounts"} {
			reader.post(path, url.Values{"email": {"eve@x.test"}, "code": {"eve"}}).want(http.StatusOK, notAllowed)
		}
	})
	t.Run("S0-06", func(t *testing.T) {
		elsewhere := s.elsewhere()
		theirs, err := s.office.CreateCustomer(t.Context(), elsewhere, office.NewCustomer{Email: "their@x.test"})
		if err != nil {
			t.Fatal(err)
		}
		account, err := s.office.CreateCustomerAccount(t.Context(), elsewhere, office.NewAccount{Code: "their-company"})
		if err != nil {
			t.Fatal(err)
		}
		support.get("/customers").want(http.StatusOK).lacks("their@x.test")
		support.get("/customers/accounts").want(http.StatusOK).lacks("their-company")
		for _, path := range []string{customerPath(theirs.ID), customerPath(theirs.ID, "edit"), companyPath(account.ID)} {
			support.get(path).want(http.StatusNotFound)
		}
		for _, path := range []string{customerPath(theirs.ID, "edit"), customerPath(theirs.ID, "delete"), companyPath(account.ID)} {
			support.post(path, nil).want(http.StatusNotFound)
		}
	})
	support.get("/customers/nonsense").want(http.StatusNotFound)
}

func TestCompanies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	owner.get("/customers/accounts").want(http.StatusOK, "No companies yet")
	secret := "a-secret-never-shown"
	owner.post("/customers/accounts", url.Values{"code": {"acme gmbh"}, "name": {"Acme"}}).want(http.StatusUnprocessableEntity, `value="acme gmbh"`, `id="f-code-fault"`)
	owner.post("/customers/accounts", url.Values{"code": {"gmbh"}, "issuer": {"http://login.x.test"}, "client_id": {"app"}, "client_secret": {secret}}).
		want(http.StatusUnprocessableEntity, `id="f-issuer-fault"`).lacks(secret)
	form := url.Values{"code": {"gmbh"}, "name": {hostile}, "issuer": {"https://login.x.test/realm"}, "client_id": {"app"}, "client_secret": {secret}}
	made := owner.post("/customers/accounts", form).want(http.StatusOK, "is there", "https://login.x.test/realm", "It is never shown").lacks(secret, hostile)
	owner.post("/customers/accounts", form).want(http.StatusConflict, `id="f-code-fault"`)
	path := regexp.MustCompile(`/customers/accounts/\d+/edit`).FindString(made.body)
	owner.get("/customers/accounts").want(http.StatusOK, html.EscapeString(hostile), "On", "gmbh").lacks(hostile)

	owner.post(path, url.Values{"name": {""}, "issuer": {"https://login.x.test/realm"}, "client_id": {"app"}}).want(http.StatusUnprocessableEntity, `id="f-name-fault"`)
	owner.post(path, url.Values{"name": {"GmbH"}, "issuer": {"https://login.x.test/realm"}, "client_id": {"other"}, "forget_secret": {"yes"}}).want(http.StatusOK, "is changed", `value="other"`)
	owner.post(path, url.Values{"name": {"GmbH"}, "client_id": {"other"}}).want(http.StatusOK, "is changed").lacks("Forget the secret")
	a, err := s.office.FindCustomerAccount(t.Context(), s.operator, "gmbh")
	if want := (license.CustomerAccount{ID: a.ID, Tenant: a.Tenant, Code: "gmbh", Name: "GmbH", Created: a.Created}); err != nil || a != want {
		t.Errorf("the company is %+v, %v, want %+v", a, err, want)
	}
	owner.post("/customers", url.Values{"email": {"ann@x.test"}, "account": {"gmbh"}}).want(http.StatusOK, "GmbH", companyPath(a.ID))
	reader := s.as(identity.ReadOnly)
	reader.get(companyPath(a.ID)).want(http.StatusOK, "GmbH").lacks("client_secret", "Save")
	for i := range peoplePageSize {
		if _, err := s.office.CreateCustomerAccount(t.Context(), s.operator, office.NewAccount{Code: fmt.Sprintf("code-%02d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	first := owner.get("/customers/accounts").want(http.StatusOK, "code-49", "code-00", "Next page").lacks("gmbh")
	owner.get(regexp.MustCompile(`/customers/accounts\?before=\d+`).FindString(first.body)).want(http.StatusOK, "gmbh", "First page").lacks("code-00")
}
