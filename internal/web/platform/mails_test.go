package platform

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

func TestMailTemplatePages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if _, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "app", Name: "App"}); err != nil {
		t.Fatal(err)
	}
	owner := s.as(identity.Owner)
	owner.get("/mails/templates").want(http.StatusOK, "not yet", string(store.MailWelcome)).lacks("for all products<", string(store.MailInvitation))
	at := "/mails/templates/" + string(store.MailWelcome)
	page := owner.get(at).want(http.StatusOK, "words; save others to take their place", "As it arrives", "sandbox").lacks("Drop your words")
	page.found(`src="([^"]+/html[^"]*)"`)
	form := func(do, subject, text, html string) url.Values {
		return url.Values{"do": {do}, "subject": {subject}, "text": {text}, "html": {html}}
	}

	owner.post(at, form("preview", "Hello from {{.Product}}", "Take {{.License}}", "")).want(http.StatusOK, "Hello from {{.Product}}", "Hello from ").lacks("say so from now on")
	owner.get(at).want(http.StatusOK).lacks("Hello from")
	owner.post(at, form("save", "Hello {{.Nonsense", "x", "")).want(http.StatusUnprocessableEntity, `value="Hello {{.Nonsense"`, `aria-invalid="true"`)
	owner.post(at, form("preview", "Hello", "{{.Nonsense", "")).want(http.StatusUnprocessableEntity, "{{.Nonsense", `aria-invalid="true"`)

	owner.post(at, form("save", "Hello from {{.Product}}", "Take {{.License}}\n<script>alert(1)</script>", "<p>Take</p><script>alert(1)</script>")).
		want(http.StatusOK, "Mails of this kind say so from now on", "Your words, for all products", "Drop your words").lacks("<script>alert(1)").wantPath(at)
	owner.get("/mails/templates").want(http.StatusOK, "for all products<")
	html := owner.get(at+"/html").want(http.StatusOK, "<p>Take</p>")
	if policy := html.header.Get("Content-Security-Policy"); policy != web.PreviewPolicy || !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src 'self'") {
		t.Errorf("the mail as HTML has the policy %q, want its own, which lets nothing run", policy)
	}
	if frame := html.header.Get("X-Frame-Options"); frame != "SAMEORIGIN" {
		t.Errorf("X-Frame-Options = %q", frame)
	}

	t.Run("product", func(t *testing.T) {
		own := form("save", "Only for App", "Take it", "")
		own.Set("product", "app")
		owner.get(at+"?product=app").want(http.StatusOK, "Your words for all products; save others for this one")
		owner.post(at, own).want(http.StatusOK, "Your words, for app").wantPath(at + "?product=app")
		owner.get(at).want(http.StatusOK, "Hello from").lacks("Only for App")
		owner.get(at + "?product=none").want(http.StatusNotFound)
		owner.post(at+"/reset", url.Values{"product": {"app"}}).want(http.StatusOK, "Your words are gone", "Hello from").lacks("Only for App")
	})
	owner.post(at+"/reset", nil).want(http.StatusOK, "Your words are gone").lacks("Hello from", "Drop your words")
	owner.get("/mails/templates/" + string(store.MailInvitation)).want(http.StatusNotFound)
	owner.get("/mails/templates/nonsense").want(http.StatusNotFound)

	reader := s.as(identity.ReadOnly)
	reader.get(at).want(http.StatusOK, "As it arrives").lacks(`value="save"`, "Drop your words")
	reader.post(at, form("save", "Hijacked", "x", "")).want(http.StatusOK, notAllowed).lacks("Hijacked")
}

func TestMailPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	owner.get("/mails").want(http.StatusOK, "No mails yet")
	email := s.person("ann", identity.Support)
	owner.post("/forgot", url.Values{"email": {email}})
	token := strings.TrimPrefix(s.mailed(store.MailUserReset, email), "/reset?token=")

	page := owner.get("/mails").want(http.StatusOK, email, "waiting")
	at := strings.TrimPrefix(page.found(`href="([^"]+/mails/log/\d+)"`), base)
	owner.get(at).want(http.StatusOK, email, "Try again now").lacks(token)
	owner.get("/mails?state=sent").want(http.StatusOK, "No mails in this state")
	owner.get("/mails?state=waiting").want(http.StatusOK, email)
	owner.post(at+"/retry", nil).want(http.StatusOK, "The mail is tried again now").wantPath(at)
	s.as(identity.ReadOnly).get(at).want(http.StatusOK).lacks("Try again now", token)
	owner.get("/mails/log/999").want(http.StatusNotFound)

	owner.post("/mails/sender", url.Values{"address": {"no address"}}).want(http.StatusUnprocessableEntity, `value="no address"`)
	owner.post("/mails/sender", url.Values{"address": {"sales@acme.example"}, "name": {"Acme"}}).want(http.StatusOK, "Mails come from there", `value="sales@acme.example"`)
	s.as(identity.Support).post("/mails/sender", url.Values{"address": {"evil@acme.example"}}).want(http.StatusOK, notAllowed)
}
