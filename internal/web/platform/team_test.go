package platform

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

func TestTeam(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	email := s.person("ann", identity.Support)
	ann := s.stranger()
	ann.signIn(email, password)
	at := "/team/" + s.memberID(email)
	owner.get("/team").want(http.StatusOK, email, "Invite a colleague", "Can sign in")
	owner.get(at).want(http.StatusOK, "Change the role", "Disable the account")

	t.Run("role", func(t *testing.T) {
		changed := owner.post(at+"/role", url.Values{"role": {"admin"}}).want(http.StatusOK, email, "Admin from now on", "Undo").wantPath(at)
		if action := changed.found(`action="([^"]+/role)"`); action != base+at+"/role" {
			t.Errorf("Undo goes to %s", action)
		}
		ann.get("/team/invite").want(http.StatusOK)
		owner.post(at+"/role", url.Values{"role": {"support"}}).want(http.StatusOK, "Support from now on")
		ann.get("/team/invite").want(http.StatusForbidden, notAllowed)
		owner.post(at+"/role", url.Values{"role": {"king"}}).want(http.StatusOK).lacks("from now on")
		s.as(identity.Admin).post(at+"/role", url.Values{"role": {"owner"}}).lacks("from now on")
	})
	t.Run("last_owner", func(t *testing.T) {
		own := "/team/" + s.memberID("owner@acme.example")
		for act, form := range map[string]url.Values{"role": {"role": {"admin"}}, "disable": nil, "remove": nil} {
			owner.post(own+"/"+act, form).want(http.StatusOK, "notice-bad").lacks("from now on", "does not belong to", "is disabled and")
		}
		owner.get(own).want(http.StatusOK, "This is you", "Can sign in")
		s.as(identity.Admin).get(own).want(http.StatusOK, "Your role does not change this member").lacks("Change the role")
	})
	t.Run("S0-49", func(t *testing.T) {
		off := owner.post(at+"/disable", nil).want(http.StatusOK, "is disabled and signed out everywhere", "Disabled", "somebody switched it off")
		off.lacks("The account is locked", ">Locked<")
		ann.get("/licenses").wantPath("/sign-in?back=%2Fplatform%2Flicenses")
		ann.signIn(email, password).want(http.StatusForbidden, "disabled").lacks("This account is locked.", "Too many attempts")
		owner.get("/lockouts").want(http.StatusOK, "Nobody is locked out").lacks(email)
		owner.post(at+"/unlock", nil)
		ann.signIn(email, password).want(http.StatusForbidden, "disabled") // To unlock is not to enable.
		owner.post(at+"/enable", nil).want(http.StatusOK, "may sign in again", "Can sign in")
		ann.signIn(email, password).want(http.StatusOK, "Dashboard")
	})
	t.Run("S0-46", func(t *testing.T) {
		for range 5 {
			s.stranger().signIn(email, wrongPassword)
		}
		owner.get(at).want(http.StatusOK, "The account is locked", "Unlock the account", "Locked").lacks("Disabled")
		s.as(identity.Admin).get(at).want(http.StatusOK, "An owner can unlock it").lacks("Unlock the account")
		s.as(identity.Admin).post(at+"/unlock", nil).lacks("may sign in at once")
		s.stranger().signIn(email, password).want(http.StatusForbidden, "This account is locked.")
		owner.post(at+"/unlock", nil).want(http.StatusOK, "may sign in at once").lacks("The account is locked")
		s.stranger().signIn(email, password).want(http.StatusOK, "Dashboard")
	})
	t.Run("remove", func(t *testing.T) {
		owner.post(at+"/remove", nil).want(http.StatusOK, "does not belong to").wantPath("/team")
		ann.get("/licenses").lacks("Dashboard").want(http.StatusOK)
		gone := s.stranger().signIn(email, password).want(http.StatusOK, "belong to no company here yet").wantPath("/welcome")
		gone.lacks("Acme Software")
		owner.get(at).want(http.StatusNotFound)
	})
}

// TestRolesOnPages asks for every page and every change as somebody who may only read: what is not for them is refused, and buttons
// that would be refused are not drawn.
func TestRolesOnPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if _, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "app", Name: "App"}); err != nil {
		t.Fatal(err)
	}
	s.person("ann", identity.Owner)
	reader := s.as(identity.ReadOnly)
	before := s.events()
	wild := regexp.MustCompile(`\{[a-z]+\}`)
	for _, route := range (&Platform{}).routes() {
		method, path, _ := strings.Cut(route.pattern, " ")
		path = wild.ReplaceAllString(strings.TrimSuffix(path, "{$}"), "1")
		if route.needs == "" || identity.Allows(identity.ReadOnly, route.needs) {
			continue
		}
		if method == http.MethodGet {
			reader.get(path).want(http.StatusForbidden, notAllowed)
			continue
		}
		if route.large {
			continue // Its form is read by the page; the check comes before.
		}
		reader.post(path, nil).want(http.StatusOK, notAllowed)
	}
	for path, buttons := range map[string][]string{
		"/team": {"Invite a colleague"}, "/settings": {"Save the name"}, "/settings/security": {"Take over:"}, "/webhooks": {"New webhook"}, "/": {"Create licenses", "Create a product"},
		"/settings/rules": {"New rule"}, "/lockouts": {"Change this policy"}, "/mails/sender": {">Save<"}, "/licenses": {"Create licenses"}, "/products": {"New product"}, "/customers": {"New customer"},
	} {
		reader.get(path).want(http.StatusOK).lacks(buttons...)
	}
	if n := s.events(); n != before {
		t.Errorf("%d events were stored by somebody who may only read", n-before)
	}
}

// TestPagesChangeNothing asks for every address by GET, also those of changes: nothing happens by it.
func TestPagesChangeNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if _, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "app", Name: "App"}); err != nil {
		t.Fatal(err)
	}
	owner := s.as(identity.Owner)
	before := s.events()
	wild := regexp.MustCompile(`\{[a-z]+\}`)
	for _, route := range (&Platform{}).routes() {
		_, path, _ := strings.Cut(route.pattern, " ")
		if path == "/live" || strings.HasPrefix(path, "/_") {
			continue
		}
		path = wild.ReplaceAllString(strings.TrimSuffix(path, "{$}"), "1")
		if got := owner.get(path); got.status >= 500 {
			t.Errorf("GET %s = %d", path, got.status)
		}
	}
	log, err := s.office.ListEvents(t.Context(), s.operator, office.Page{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range log[:len(log)-before] {
		if e.Kind == license.SigningKeyCreated {
			continue // A key that is shown is made when somebody first asks for it.
		}
		t.Errorf("GET stored %s: %v", e.Kind, e.Data)
	}
	owner.get("/team").want(http.StatusOK).wantPath("/team")
}

// Another site cannot have a browser change anything here.
func TestOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	for name, header := range map[string][2]string{"fetch": {"Sec-Fetch-Site", "cross-site"}, "same_site": {"Sec-Fetch-Site", "same-site"}, "origin": {"Origin", "https://evil.example"}} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/settings/company", "/sign-in", "/sign-out", "/tenant", "/team/invite"} {
				request, err := http.NewRequest(http.MethodPost, s.url+base+path, strings.NewReader("company=Hijacked"))
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				request.Header.Set(header[0], header[1])
				owner.do(request).want(http.StatusForbidden, "Another site sent this")
			}
		})
	}
	owner.get("/settings").want(http.StatusOK).lacks("Hijacked").wantPath("/settings")
}

// A form that is sent twice is carried out once.
func TestFormsSentTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	page := owner.get("/webhooks/new").want(http.StatusOK)
	form := url.Values{"url": {"https://acme.example/hook"}, "_once": {page.found(`name="_once" value="([^"]+)"`)}, "_tenant": {page.found(`name="_tenant" value="([^"]+)"`)}}
	first := owner.post("/webhooks", form).want(http.StatusOK, "Webhook created")
	secret := first.found(`data-copy>(whsec_[^<]+)<`)
	again := owner.post("/webhooks", form).want(http.StatusOK, "This was done before; it was not done again.").wantPath("/webhooks")
	again.lacks(secret)
	list, err := s.office.ListEndpoints(t.Context(), s.operator, office.Page{})
	if err != nil || len(list) != 1 {
		t.Fatalf("sent twice, the form made %d webhooks (%v), want 1", len(list), err)
	}
	form.Set("url", "https://acme.example/other")
	owner.post("/webhooks", form).want(http.StatusOK).lacks("Webhook created") // The same name for something else.

	at := fmt.Sprintf("/webhooks/%d", int64(list[0].ID))
	renew := url.Values{"_once": {"just-once"}}
	fresh := owner.post(at+"/rotate", renew).want(http.StatusOK, "New secret").found(`data-copy>(whsec_[^<]+)<`)
	if fresh == secret {
		t.Error("the new secret is the old one")
	}
	owner.post(at+"/rotate", renew).want(http.StatusOK, "This was done before").wantPath(at).lacks(fresh)

	refused := url.Values{"_once": {"refused-once"}, "url": {"nonsense"}}
	owner.post("/webhooks", refused).want(http.StatusUnprocessableEntity)
	refused.Set("url", "https://acme.example/third")
	owner.post("/webhooks", refused).want(http.StatusOK, "Webhook created") // What was refused was not done.
}

// Whatever people type is shown as text.
func TestTypedTextIsText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	const script = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	const raw1, raw2 = "<script>alert(1)", "<img src=x"
	long := strings.Repeat("ab<i>", 200) // As long as a note may be.
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.office.CreateUser(t.Context(), s.operator, office.NewUser{Email: "x@acme.example", Name: script, Password: password, Role: identity.Support})
	ok(err)
	p, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "app", Name: script})
	ok(err)
	hook, _, err := s.office.CreateEndpoint(t.Context(), s.operator, office.NewEndpoint{URL: "https://acme.example/hook", Description: script})
	ok(err)
	rule, err := s.office.CreateAddressRule(t.Context(), s.operator, office.NewAddressRule{Name: script, Mode: license.RuleReport, Deny: []string{"203.0.113.0/24"}})
	ok(err)
	made, err := s.office.CreateLicenses(t.Context(), s.operator, office.NewLicenses{Product: "app", Amount: 1, Note: long})
	ok(err)
	ok(s.office.RenameTenant(t.Context(), s.operator, script))
	for _, path := range []string{
		"/", "/team", "/team/" + s.memberID("x@acme.example"), "/products", fmt.Sprintf("/products/%d", int64(p.ID)), "/webhooks", fmt.Sprintf("/webhooks/%d", int64(hook.ID)), "/settings", "/settings/rules",
		fmt.Sprintf("/settings/rules/%d", int64(rule.ID)), "/audit", "/licenses", fmt.Sprintf("/licenses/%d", int64(made.Licenses[0].ID)), "/account", "/search?q=" + url.QueryEscape(script),
		"/audit?kind=" + url.QueryEscape(script), "/mails?state=" + url.QueryEscape(script), "/sign-in/code?back=" + url.QueryEscape(script),
	} {
		if got := owner.get(path).lacks(raw1, raw2, "ab<i>"); got.status != http.StatusOK && got.status != http.StatusUnprocessableEntity {
			t.Errorf("GET %s = %d", path, got.status)
		}
	}
	note := owner.get(fmt.Sprintf("/licenses/%d", int64(made.Licenses[0].ID))).want(http.StatusOK, "ab&lt;i&gt;")
	if policy := note.header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src") && !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("Content-Security-Policy = %q", policy)
	}
	s.stranger().signIn(script, "x").want(http.StatusUnauthorized).lacks(raw1, raw2)
	s.stranger().get("/sign-in?back="+url.QueryEscape(script)).want(http.StatusOK).lacks(raw1, raw2)
	owner.post("/team/invite", url.Values{"email": {script}, "role": {"support"}}).want(http.StatusUnprocessableEntity).lacks(raw1, raw2)
	owner.post("/settings/company", url.Values{"company": {strings.Repeat(script, 200)}}).want(http.StatusUnprocessableEntity).lacks(raw1, raw2)
}
