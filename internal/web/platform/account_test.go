package platform

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

func TestAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := s.person("ann", identity.ReadOnly)
	here, there := s.stranger(), s.stranger()
	here.signIn(email, password)
	there.signIn(email, password)

	t.Run("name", func(t *testing.T) {
		here.post("/account/name", url.Values{"name": {"Ann <b>Example</b>"}}).want(http.StatusOK, "Your name is changed", "Ann &lt;b&gt;Example").lacks("<b>Example")
		here.post("/account/name", url.Values{"name": {strings.Repeat("x", 300)}}).want(http.StatusUnprocessableEntity, strings.Repeat("x", 300))
	})
	change := func(old, one, two string) *answer {
		return here.post("/account/password", url.Values{"old": {old}, "password": {one}, "again": {two}})
	}
	t.Run("password", func(t *testing.T) {
		change(wrongPassword.Reveal(), "Other-Horse-9-Battery", "Other-Horse-9-Battery").want(http.StatusUnauthorized, "This is not your password.")
		change(password.Reveal(), "Other-Horse-9-Battery", "Third-Horse-9-Battery").want(http.StatusUnprocessableEntity, "This is not the same password")
		change(password.Reveal(), "short", "short").want(http.StatusUnprocessableEntity)
		there.get("/licenses").want(http.StatusOK).wantPath("/licenses")
		change(password.Reveal(), "Other-Horse-9-Battery", "Other-Horse-9-Battery").want(http.StatusOK, "The new password holds").wantPath("/account")
		there.get("/licenses").wantPath("/sign-in?back=%2Fplatform%2Flicenses")
		there.signIn(email, "Other-Horse-9-Battery").want(http.StatusOK, "Dashboard")
	})
	t.Run("sessions", func(t *testing.T) {
		third := s.stranger()
		third.signIn(email, "Other-Horse-9-Battery")
		page := there.get("/account").want(http.StatusOK, "Where you are signed in", "this one", "127.0.0.1", "Sign out everywhere else")
		if n := strings.Count(page.body, "/end\""); n != 4 { // One for each of three browsers, and that for all others.
			t.Errorf("the account shows %d ways to end sessions, want 4", n)
		}
		list, err := s.office.ListWebSessions(t.Context(), identity.Actor{Kind: identity.PlatformUser, User: userOf(t, s, email)})
		if err != nil || len(list) != 3 {
			t.Fatalf("ListWebSessions = %v, %v", list, err)
		}
		newest := list[0].ID
		for _, one := range list {
			newest = max(newest, one.ID)
		}
		end := fmt.Sprintf("/account/sessions/%d/end", int64(newest))
		s.as(identity.Owner).post(end, nil).lacks("That browser is signed out")
		third.get("/licenses").wantPath("/licenses")
		there.post(end, nil).want(http.StatusOK, "That browser is signed out")
		third.get("/licenses").wantPath("/sign-in?back=%2Fplatform%2Flicenses")
		there.post("/account/sessions/others/end", nil).want(http.StatusOK, "1 other browser is signed out")
		here.get("/licenses").wantPath("/sign-in?back=%2Fplatform%2Flicenses")
		there.get("/licenses").wantPath("/licenses")
	})
	t.Run("S0-48", func(t *testing.T) {
		for range 5 {
			there.post("/account/password", url.Values{"old": {wrongPassword.Reveal()}, "password": {"Third-Horse-9-Battery"}, "again": {"Third-Horse-9-Battery"}})
		}
		locked := there.post("/account/password", url.Values{"old": {"Other-Horse-9-Battery"}, "password": {"Third-Horse-9-Battery"}, "again": {"Third-Horse-9-Battery"}})
		locked.want(http.StatusForbidden, "This account is locked.")
		if locked.header.Get("Retry-After") == "" {
			t.Error("a lock does not say when to try again")
		}
		s.stranger().signIn(email, "Other-Horse-9-Battery").want(http.StatusForbidden, "This account is locked.")
	})
}

func userOf(t *testing.T, s *site, email string) license.UserID {
	t.Helper()
	m, err := s.office.FindMember(t.Context(), s.operator, email)
	if err != nil {
		t.Fatal(err)
	}
	return m.User.ID
}

// TestSwitchOfCompanies goes to and fro between the companies of a person.
func TestSwitchOfCompanies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := s.person("ann", identity.Owner)
	other := s.elsewhere()
	c := s.stranger()
	c.signIn(email, password)
	c.get("/").want(http.StatusOK, "Acme Software").lacks(`id="tenants"`, "Umbra Audio")

	if _, err := s.office.AddMember(t.Context(), other, email, identity.Support); err != nil {
		t.Fatal(err)
	}
	third, err := s.office.CreateTenant(t.Context(), s.host(), "zero", "Zero Sound")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("S0-05", func(t *testing.T) {
		page := c.get("/customers?q=x").want(http.StatusOK, `id="tenants"`, "Umbra Audio").lacks("Zero Sound")
		if n := strings.Count(page.body, `action="/platform/tenant"`); n != 2 {
			t.Errorf("there are %d companies to choose, want 2", n)
		}
		moved := c.post("/tenant", url.Values{"tenant": {fmt.Sprint(int64(other.Tenant))}, "back": {"/platform/customers?q=x"}}).want(http.StatusOK).wantPath("/customers?q=x")
		if here := moved.found(`<span class="tenant-name"><bdi>([^<]+)<`); here != "Umbra Audio" {
			t.Errorf("the pages are those of %s", here)
		}
		c.get("/team/invite").want(http.StatusForbidden, notAllowed) // The role there is another.
		c.post("/tenant", url.Values{"tenant": {fmt.Sprint(int64(third.ID))}}).lacks("Zero Sound")
		c.post("/tenant", url.Values{"tenant": {"x"}}).lacks("Zero Sound")
		c.post("/tenant", url.Values{"tenant": {fmt.Sprint(int64(s.operator.Tenant))}, "back": {"https://evil.example/"}}).want(http.StatusOK).wantPath("/")
	})
	t.Run("S0-06", func(t *testing.T) {
		foreign, err := s.office.CreateProduct(t.Context(), other, office.NewProduct{Code: "foreign", Name: "Foreign Product"})
		if err != nil {
			t.Fatal(err)
		}
		member, err := s.office.CreateUser(t.Context(), other, office.NewUser{Email: "kim@umbra.example", Password: password, Role: identity.Admin})
		if err != nil {
			t.Fatal(err)
		}
		hook, _, err := s.office.CreateEndpoint(t.Context(), other, office.NewEndpoint{URL: "https://umbra.example/hook"})
		if err != nil {
			t.Fatal(err)
		}
		rule, err := s.office.CreateAddressRule(t.Context(), other, office.NewAddressRule{Name: "theirs", Mode: license.RuleReport, Deny: []string{"203.0.113.0/24"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{
			fmt.Sprintf("/products/%d", int64(foreign.ID)), fmt.Sprintf("/team/%d", int64(member.User.ID)), fmt.Sprintf("/webhooks/%d", int64(hook.ID)),
			fmt.Sprintf("/webhooks/%d/edit", int64(hook.ID)), fmt.Sprintf("/settings/rules/%d", int64(rule.ID)), "/licenses/1", "/customers/1", "/orders/1", "/mails/log/1", "/team/999999", "/nothing",
		} {
			c.get(path).want(http.StatusNotFound, "Not here").lacks("Foreign Product", "umbra.example")
		}
		for _, path := range []string{fmt.Sprintf("/team/%d/disable", int64(member.User.ID)), fmt.Sprintf("/webhooks/%d/delete", int64(hook.ID)), fmt.Sprintf("/settings/rules/%d/remove", int64(rule.ID))} {
			c.post(path, nil).lacks("is disabled and", "was deleted", "is removed")
		}
		if _, err := s.office.FindEndpoint(t.Context(), other, hook.ID); err != nil {
			t.Errorf("the webhook of another company is gone: %v", err)
		}
	})
	t.Run("other_window", func(t *testing.T) {
		c.get("/settings").want(http.StatusOK, `name="_tenant" value="`+fmt.Sprint(int64(s.operator.Tenant))+`"`)
		got := c.post("/settings/company", url.Values{"company": {"Hijacked"}, "_tenant": {fmt.Sprint(int64(other.Tenant))}})
		got.want(http.StatusOK, "You switched to another company in another window").lacks("Hijacked")
		for _, id := range []license.TenantID{s.operator.Tenant, other.Tenant} {
			if tenant, err := s.office.FindTenant(t.Context(), office.In(s.host(), id), ""); err != nil || tenant.Name == "Hijacked" {
				t.Errorf("FindTenant(%d) = %v, %v", id, tenant.Name, err)
			}
		}
	})
}
