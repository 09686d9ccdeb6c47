package platform

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/testkit"
)

// person makes somebody of the tenant, and returns the e-mail address.
func (s *site) person(name string, role identity.Role) string {
	s.t.Helper()
	email := name + "@acme.example"
	if _, err := s.office.CreateUser(s.t.Context(), s.operator, office.NewUser{Email: email, Name: name, Password: password, Role: role}); err != nil {
		s.t.Fatal(err)
	}
	return email
}

// memberID is the identity of somebody of the tenant.
func (s *site) memberID(email string) string {
	s.t.Helper()
	m, err := s.office.FindMember(s.t.Context(), s.operator, email)
	if err != nil {
		s.t.Fatal(err)
	}
	return fmt.Sprint(int64(m.User.ID))
}

// signIn sends the form of the sign-in.
func (c *client) signIn(email string, with identity.Secret, more ...string) *answer {
	c.s.t.Helper()
	form := url.Values{"email": {email}, "password": {with.Reveal()}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return c.post("/sign-in", form)
}

// mailed returns the link in the newest mail of a kind to somebody, as a path below the platform.
func (s *site) mailed(kind store.MailKind, to string) string {
	s.t.Helper()
	list, err := s.office.ListMails(s.t.Context(), s.operator, "", office.Page{Limit: 50})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range list {
		if m.Kind != kind || m.Recipient != to {
			continue
		}
		shown, err := s.office.ShowMail(s.t.Context(), s.operator, m.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		found := regexp.MustCompile(regexp.QuoteMeta(s.url+base) + `(/\S+)`).FindStringSubmatch(shown.Words.Text)
		if found == nil {
			s.t.Fatalf("the mail has no link:\n%s", shown.Words.Text)
		}
		return found[1]
	}
	s.t.Fatalf("there is no mail %s to %s", kind, to)
	return ""
}

// found returns what the first group of a pattern matches on a page.
func (a *answer) found(pattern string) string {
	a.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(a.body)
	if m == nil {
		a.t.Fatalf("%s has no %s:\n%s", a.what, pattern, a.body)
	}
	return m[1]
}

// events are how many there are in the tenant.
func (s *site) events() int {
	s.t.Helper()
	list, err := s.office.ListEvents(s.t.Context(), s.operator, office.Page{Limit: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}

const wrongPassword identity.Secret = "Wrong-Horse-9-Battery"

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := s.person("ann", identity.Owner)
	s.stranger().get("/sign-in").want(http.StatusOK, "Forgot the password?", `autocomplete="current-password"`)

	wrong := s.stranger().signIn(email, wrongPassword).want(http.StatusUnauthorized, "The name or the password is wrong", `value="ann@acme.example"`).lacks(wrongPassword.Reveal())
	nobody := s.stranger().signIn("nobody@acme.example", wrongPassword).want(http.StatusUnauthorized)
	if strings.ReplaceAll(nobody.body, "nobody@", "ann@") != wrong.body {
		t.Error("the sign-in tells whether there is an account")
	}

	c := s.stranger()
	c.signIn("ANN@acme.example", password).want(http.StatusOK, "Dashboard").wantPath("/")
	c.get("/sign-in?back=/platform/team").wantPath("/team")
	for _, cookie := range c.http.Jar.Cookies(mustURL(t, s.url)) {
		if strings.Contains(cookie.Value, "ann") {
			t.Errorf("the cookie %s tells who it is", cookie.Name)
		}
	}
	c.post("/sign-out", nil).want(http.StatusOK, "You are signed out").wantPath("/sign-in")
	c.get("/team").wantPath("/sign-in?back=%2Fplatform%2Fteam")
	c.post("/sign-out", nil).want(http.StatusOK)
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Who signs in goes on to a page of ours, and never to another site.
func TestSignInGoesBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := s.person("ann", identity.Owner)
	for _, tt := range []struct{ back, want string }{
		{"", "/"},
		{"/platform/team", "/team"},
		{"/platform/audit?kind=license.*&from=2026-03-01", "/audit?kind=license.*&from=2026-03-01"},
		{"https://evil.example/platform/team", "/"},
		{"//evil.example/platform/team", "/"},
		{`/\evil.example/platform/`, "/"},
		{`/platform/\evil.example`, "/"},
		{"/platform/../../evil.example", "/"},
		{"/platform/%2e%2e/demo", "/"},
		{"/platform/..//evil.example", "/"},
		{"javascript:alert(1)", "/"},
		{"/demo", "/"},
		{"/platform/team\r\nSet-Cookie: a=b", "/"},
	} {
		got := s.stranger().signIn(email, password, "back", tt.back).want(http.StatusOK)
		if got.path != tt.want {
			t.Errorf("back=%q ended at %s, want %s", tt.back, got.path, tt.want)
		}
	}

	c := s.stranger()
	c.signIn(email, password)
	s.advance(13 * time.Hour)
	gone := c.get("/audit?kind=license.*").want(http.StatusOK)
	if want := "/sign-in?back=%2Fplatform%2Faudit%3Fkind%3Dlicense.%2A"; gone.path != want {
		t.Fatalf("after 13 hours ended at %s, want %s", gone.path, want)
	}
	back := gone.found(`name="back" value="([^"]+)"`)
	c.signIn(email, password, "back", back).wantPath("/audit?kind=license.*")
}

// TestLockedOut shows what a lock looks like to whoever is kept out.
func TestLockedOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := s.person("ann", identity.Admin)
	c := s.stranger()
	for range 5 {
		c.signIn(email, wrongPassword)
	}
	t.Run("S0-44", func(t *testing.T) {
		locked := c.signIn(email, password).want(http.StatusForbidden, "This account is locked.", "It opens by itself:", "2026-03-31 12:15:00", "UTC")
		if got := locked.header.Get("Retry-After"); got != "901" && got != "900" {
			t.Errorf("Retry-After = %q, want 15 minutes", got)
		}
		locked.lacks("licet user unlock", "The name or the password is wrong")
	})
	t.Run("S0-42", func(t *testing.T) {
		s.advance(16 * time.Minute)
		c.signIn(email, password).want(http.StatusOK, "Dashboard")
	})
	t.Run("nobody", func(t *testing.T) {
		for range 5 {
			c.signIn("nobody@acme.example", wrongPassword)
		}
		c := s.stranger()
		c.signIn("nobody@acme.example", password).want(http.StatusForbidden, "This account is locked.")
	})
	t.Run("S0-46", func(t *testing.T) {
		kept := s.person("kept", identity.Support)
		c := s.stranger()
		for range 3 {
			for range 5 {
				c.signIn(kept, wrongPassword)
			}
			s.advance(46 * time.Minute)
		}
		locked := c.signIn(kept, password).want(http.StatusForbidden, "This account is locked.", "an owner of your company", "licet user unlock").lacks("It opens by itself")
		if got := locked.header.Get("Retry-After"); got != "" {
			t.Errorf("Retry-After of a permanent lock = %q, want none", got)
		}
	})
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := s.person("ann", identity.Owner)
	c := s.stranger()
	c.signIn(email, password)
	c.get("/account").want(http.StatusOK, "Set it up")
	start := c.post("/account/second-factor/begin", nil).want(http.StatusOK, "Scan this with it", `class="qr"`)
	secret := start.found(`data-copy>([A-Z2-7]{16,})<`)
	code := func() url.Values {
		t.Helper()
		text, err := identity.TOTP(secret, license.Time(s.clock.Load()))
		if err != nil {
			t.Fatal(err)
		}
		return url.Values{"code": {text}}
	}
	c.post("/account/second-factor", url.Values{"code": {"000000"}}).want(http.StatusUnauthorized, "This code is wrong, or too old", secret)
	kept := c.post("/account/second-factor", code()).want(http.StatusOK, "The second factor is on", "they are not shown again")
	recovery := strings.Fields(kept.found(`(?s)<pre class="recovery"><code[^>]*>([^<]+)<`))
	if len(recovery) != 10 {
		t.Fatalf("there are %d recovery codes, want 10", len(recovery))
	}
	c.get("/account").want(http.StatusOK, "Recovery codes left").lacks(recovery[0], secret)

	s.advance(time.Minute)
	c = s.stranger()
	half := c.signIn(email, password, "back", "/platform/team").want(http.StatusOK, "One more step", email)
	half.wantPath("/sign-in/code?back=%2Fplatform%2Fteam").lacks("Dashboard")
	c.get("/licenses").want(http.StatusOK, "One more step")
	c.post("/account/password", url.Values{"old": {password.Reveal()}, "password": {"Other-Horse-9-Battery"}, "again": {"Other-Horse-9-Battery"}}).want(http.StatusOK, "One more step")
	c.post("/sign-in/code", url.Values{"code": {"000000"}, "back": {"/platform/team"}}).want(http.StatusUnauthorized, "One more step")
	with := code()
	with.Set("back", "/platform/team")
	c.post("/sign-in/code", with).want(http.StatusOK).wantPath("/team")

	other := s.stranger()
	other.signIn(email, password)
	other.post("/sign-in/code", with).want(http.StatusUnauthorized, "One more step") // The same code is good once.
	other.post("/sign-in/code", url.Values{"recovery": {recovery[3]}}).want(http.StatusOK, "Dashboard")
	again := s.stranger()
	again.signIn(email, password)
	again.post("/sign-in/code", url.Values{"recovery": {recovery[3]}}).want(http.StatusUnauthorized, "One more step")
	other.get("/account").want(http.StatusOK, ">9")

	s.advance(11 * time.Minute)
	again.post("/sign-in/code", url.Values{"recovery": {recovery[4]}}).want(http.StatusOK, "That took too long").wantPath("/sign-in")

	c.post("/account/second-factor/recovery", url.Values{"password": {wrongPassword.Reveal()}}).want(http.StatusOK, "That was not your password")
	fresh := c.post("/account/second-factor/recovery", url.Values{"password": {password.Reveal()}}).want(http.StatusOK, "Recovery codes").lacks(recovery[5])
	fresh.lacks("The second factor is on")
	c.post("/account/second-factor/off", url.Values{"password": {wrongPassword.Reveal()}}).want(http.StatusOK, "That was not your password")
	c.post("/account/second-factor/off", url.Values{"password": {password.Reveal()}}).want(http.StatusOK, "The second factor is off")
	s.stranger().signIn(email, password).wantPath("/")
}

func TestNewPasswordByMail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := s.person("ann", identity.Support)
	signedIn := s.stranger()
	signedIn.signIn(email, password)
	c := s.stranger()
	c.get("/forgot").want(http.StatusOK, "Send the link", "This server sends no mails yet")
	c.post("/forgot", url.Values{"email": {"no address"}}).want(http.StatusUnprocessableEntity, `aria-invalid="true"`)
	there := c.post("/forgot", url.Values{"email": {email}}).want(http.StatusOK, "Look into your mails")
	gone := c.post("/forgot", url.Values{"email": {"nobody@acme.example"}}).want(http.StatusOK)
	if strings.ReplaceAll(gone.body, "nobody@", "ann@") != there.body {
		t.Error("the answer tells whether there is an account")
	}
	link := s.mailed(store.MailUserReset, email)
	page := c.get(link).want(http.StatusOK, "Choose a new password", email).wantPath("/reset")
	token := page.found(`name="token" value="([^"]+)"`)
	form := func(one, two string) url.Values {
		return url.Values{"token": {token}, "password": {one}, "again": {two}}
	}
	c.post("/reset", form("short", "short")).want(http.StatusUnprocessableEntity, "Choose a new password")
	c.post("/reset", form("Other-Horse-9-Battery", "Third-Horse-9-Battery")).want(http.StatusUnprocessableEntity, "This is not the same password")
	c.post("/reset", form("Other-Horse-9-Battery", "Other-Horse-9-Battery")).want(http.StatusOK, "The new password holds").wantPath("/sign-in")
	signedIn.get("/licenses").want(http.StatusOK, "Forgot the password?")
	s.stranger().signIn(email, password).want(http.StatusUnauthorized)
	s.stranger().signIn(email, "Other-Horse-9-Battery").want(http.StatusOK, "Dashboard")
	s.stranger().get(link).want(http.StatusNotFound, "The link is not good any more", "/platform/forgot")
	c.post("/reset", form("Third-Horse-9-Battery", "Third-Horse-9-Battery")).want(http.StatusNotFound, "The link is not good any more")

	c.post("/forgot", url.Values{"email": {email}})
	late := s.mailed(store.MailUserReset, email)
	s.advance(2 * time.Hour)
	s.stranger().get(late).want(http.StatusNotFound, "The link is not good any more")
}

func TestInvited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	invite := func(email string, role identity.Role) string {
		t.Helper()
		made := owner.post("/team/invite", url.Values{"email": {email}, "role": {string(role)}}).want(http.StatusOK, "Pass this link on")
		return strings.TrimPrefix(made.found(`data-copy>`+regexp.QuoteMeta(s.url+base)+`(/invitation\?token=[^<]+)<`), "")
	}

	t.Run("accept", func(t *testing.T) {
		link := invite("new@acme.example", identity.Support)
		c := s.stranger()
		page := c.get(link).want(http.StatusOK, "Acme Software", "Support", "owner@acme.example", "Accept and sign in").wantPath("/invitation")
		form := url.Values{"token": {page.found(`name="token" value="([^"]+)"`)}, "name": {"New"}, "password": {"short"}, "again": {"short"}}
		c.post("/invitation", form).want(http.StatusUnprocessableEntity, "Accept and sign in", `value="New"`)
		form.Set("password", password.Reveal())
		form.Set("again", password.Reveal())
		c.post("/invitation", form).want(http.StatusOK, "Welcome to Acme Software").wantPath("/")
		c.get("/team/invite").want(http.StatusForbidden, notAllowed)
		s.stranger().get(link).want(http.StatusNotFound, "The link is not good any more")
		owner.get("/team").want(http.StatusOK, "new@acme.example").lacks("Invitations that wait")
	})
	t.Run("join", func(t *testing.T) {
		other := s.elsewhere()
		if _, err := s.office.CreateUser(t.Context(), other, office.NewUser{Email: "kim@umbra.example", Name: "Kim", Password: password, Role: identity.Owner}); err != nil {
			t.Fatal(err)
		}
		link := invite("kim@umbra.example", identity.Admin)
		stranger := s.stranger()
		stranger.get(link).want(http.StatusOK, "Sign in and join").lacks("Accept and sign in")
		owner.get(link).want(http.StatusOK, "This browser is signed in as somebody else")
		stranger.signIn("kim@umbra.example", password, "back", base+"/invitation").want(http.StatusOK, "Join").wantPath("/invitation")
		token := stranger.get("/invitation").found(`name="token" value="([^"]+)"`)
		owner.post("/invitation/join", url.Values{"token": {token}}).lacks("You belong to")
		joined := stranger.post("/invitation/join", url.Values{"token": {token}}).want(http.StatusOK, "You belong to Acme Software now", "Umbra Audio")
		if here := joined.found(`<span class="tenant-name"><bdi>([^<]+)<`); here != "Acme Software" {
			t.Errorf("the pages are those of %s, want the new company's", here)
		}
		stranger.post("/invitation/join", url.Values{"token": {token}}).want(http.StatusNotFound, "The link is not good any more")
	})
	t.Run("withdrawn", func(t *testing.T) {
		link := invite("gone@acme.example", identity.Owner)
		id := owner.get("/team").want(http.StatusOK, "gone@acme.example").found(`/team/invitations/(\d+)/withdraw`)
		owner.post("/team/invitations/"+id+"/withdraw", nil).want(http.StatusOK, "The invitation is withdrawn").lacks("gone@acme.example")
		s.stranger().get(link).want(http.StatusNotFound, "The link is not good any more")
	})
	t.Run("refused", func(t *testing.T) {
		owner.post("/team/invite", url.Values{"email": {"no address"}, "role": {"admin"}}).want(http.StatusUnprocessableEntity, `value="no address"`)
		owner.post("/team/invite", url.Values{"email": {"x@acme.example"}, "role": {"king"}}).want(http.StatusUnprocessableEntity)
		s.as(identity.Admin).post("/team/invite", url.Values{"email": {"x@acme.example"}, "role": {"owner"}}).lacks("Pass this link on")
	})
}

func TestSetUpOfTheServer(t *testing.T) {
	t.Parallel()
	s := bareSite(t, testkit.OpenSQLite(t), nil)
	c := s.stranger()
	c.get("/").want(http.StatusOK, "This server is not set up yet").wantPath("/setup").lacks("is not good any more")
	c.get("/sign-in").wantPath("/setup")
	c.get("/setup?token=lc_setup_wrong").want(http.StatusOK, "This link is not good any more").wantPath("/setup")
	form := url.Values{"company": {"Umbra Audio GmbH"}, "email": {"Ann@umbra.example"}, "name": {"Ann"}, "password": {password.Reveal()}, "again": {password.Reveal()}}
	c.post("/setup", form).want(http.StatusNotFound, "This server is not set up yet")

	token, err := s.office.OpenSetUp(t.Context(), s.host())
	if err != nil {
		t.Fatal(err)
	}
	link := "/setup" + "?token=" + url.QueryEscape(token.Reveal())
	page := c.get(link).want(http.StatusOK, "Your company and its first owner").wantPath("/setup")
	form.Set("token", page.found(`name="token" value="([^"]+)"`))
	form.Set("again", "something else")
	c.post("/setup", form).want(http.StatusUnprocessableEntity, "This is not the same password", `value="Umbra Audio GmbH"`)
	form.Set("again", password.Reveal())
	form.Set("company", "")
	c.post("/setup", form).want(http.StatusUnprocessableEntity, "Set up and sign in")
	form.Set("company", "Umbra Audio GmbH")
	c.post("/setup", form).want(http.StatusOK, "Welcome. Umbra Audio GmbH is set up.", "From here to the first license").wantPath("/")
	c.get("/settings").want(http.StatusOK, `value="umbra-audio-gmbh"`)

	late := s.stranger()
	late.get("/").wantPath("/sign-in")
	late.get(link).wantPath("/sign-in")
	late.post("/setup", form).want(http.StatusOK, "Somebody has set this server up meanwhile").wantPath("/sign-in")
	late.signIn("ann@umbra.example", password).want(http.StatusOK, "Dashboard")
}
