package browser

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/testkit/browser"
)

// colleague makes an account in the company of the demo, and returns the password.
func (s *site) colleague(t *testing.T, email, role string) string {
	t.Helper()
	var made struct {
		Password string `json:"password"`
	}
	out := s.Licet(t, "user", "create", email, "--role", role, "--generate", "--json", "--tenant", "demo")
	if err := json.Unmarshal(out, &made); err != nil || made.Password == "" {
		t.Fatalf("licet user create: %v\n%s", err, out)
	}
	return made.Password
}

// TestSignInFlows signs in in every way there is, and where it is refused.
func TestSignInFlows(t *testing.T) {
	t.Parallel()
	s := serve(t)
	t.Run("S0-44_lockout", func(t *testing.T) {
		t.Parallel()
		const email = "locked@licet.example"
		password := s.colleague(t, email, "support")
		p := s.page(t, browser.Options{}, "/platform/sign-in")
		for range 5 {
			s.enter(p, email, "not "+password)
		}
		s.enter(p, email, password)
		p.WaitText("This account is locked.")
		p.NoAxeViolations()
		if !strings.Contains(p.URL(), "/sign-in") {
			t.Errorf("the right password leads to %s while the account is locked, want the sign-in", p.URL())
		}
	})
	t.Run("second_factor", func(t *testing.T) {
		t.Parallel()
		const email = "codes@licet.example"
		password := s.colleague(t, email, "support")
		p := s.page(t, browser.Options{}, "/platform/sign-in")
		s.enter(p, email, password)
		p.WaitURL("/platform/")
		p.Open(s.URL + "/platform/account")
		p.Press("Set it up")
		secret := p.Text(".steps code")
		p.FillField("Code", code(t, secret, 0))
		p.Press("Switch it on")
		p.WaitText("The second factor is on.")
		p.Press("I have kept them")
		p.NoFaults()
		p.ClearCookies()
		p.Open(s.URL + "/platform/sign-in")
		s.enter(p, email, password)
		p.WaitText("The password is right.")
		p.FillField("Code", "000000")
		p.Press("Go on")
		p.WaitText("The password is right.")
		// A code is good once, so the next one is given, which a clock that is early would show.
		p.FillField("Code", code(t, secret, 30*time.Second))
		p.Press("Go on")
		p.WaitURL("/platform/")
	})
	t.Run("passkey", func(t *testing.T) {
		t.Parallel()
		const email = "passkey@licet.example"
		password := s.colleague(t, email, "support")
		p := browser.Start(t).Page(t, browser.Options{})
		device := p.VirtualAuthenticator()
		p.Open(browser.Localhost(s.URL) + "/platform/sign-in")
		s.enter(p, email, password)
		p.WaitURL("/platform/")
		p.Open(browser.Localhost(s.URL) + "/platform/account")
		p.FillField("Name of the passkey optional", "Notebook")
		p.Press("Add a passkey")
		p.WaitText("The passkey is added.") // The name alone stands in the hint as well.
		if n := len(device.Credentials()); n != 1 {
			t.Errorf("the device has %d passkeys, want 1", n)
		}
		p.NoFaults()
		p.ClearCookies()
		p.Open(browser.Localhost(s.URL) + "/platform/sign-in")
		p.Press("Sign in with a passkey")
		p.WaitURL("/platform/")
	})
	t.Run("tenant_switch", func(t *testing.T) {
		t.Parallel()
		p := s.signIn(t, browser.Options{})
		p.Open(s.URL + "/platform/licenses/new")
		other := browser.Eval[string](p, `[...document.querySelectorAll('#tenants form')].find(f => f.querySelector('[aria-pressed="false"]')).elements.tenant.value`)
		// As another window does.
		browser.Eval[int](p, `fetch('/platform/tenant', {method: 'POST', body: new URLSearchParams({tenant: '`+other+`'})}).then(r => r.status)`)
		p.Press("Create licenses")
		p.WaitText("switched to another company")
		p.Open(s.URL + "/platform/licenses")
		if key := p.Text("tbody th a"); !strings.HasPrefix(key, "UMBRA-") {
			t.Errorf("the first license after the switch is %s, want one of Umbra Audio", key)
		}
		p.Click("button.tenant")
		p.Press("Licet Demo")
		p.Open(s.URL + "/platform/licenses")
		if key := p.Text("tbody th a"); strings.HasPrefix(key, "UMBRA-") {
			t.Errorf("the first license after the way back is %s, want one of the demo", key)
		}
	})
	t.Run("S0-25_roles", func(t *testing.T) {
		t.Parallel()
		owner := s.signIn(t, browser.Options{})
		for _, c := range []struct{ role, list, button, action, made string }{
			{"read_only", "/platform/licenses", "/platform/licenses/new", "/platform/licenses/new", "order"},
			{"support", "/platform/products", "/platform/products/new", "/platform/products", "product"},
		} {
			email := c.role + "@licet.example"
			password := s.colleague(t, email, c.role)
			p := s.page(t, browser.Options{}, "/platform/sign-in")
			s.enter(p, email, password)
			p.WaitURL("/platform/")
			p.Open(s.URL + c.list)
			if p.Exists(`main a[href="` + c.button + `"]`) {
				t.Errorf("%s is offered %s, want no such button", c.role, c.button)
			}
			p.NoFaults()
			owner.Open(s.URL + c.button)
			body := browser.Eval[string](owner, `(() => {
				const all = new FormData(document.querySelector('main form[method="post"]'));
				all.delete('_once');
				for (const [name, value] of [['amount', '1'], ['order', 'not-by-role'], ['code', 'not-by-role'], ['name', 'Not by role']]) all.set(name, value);
				return new URLSearchParams(all).toString();
			})()`)
			send := `fetch('` + c.action + `', {method: 'POST', headers: {'Content-Type': 'application/x-www-form-urlencoded'}, body: ` + strconv.Quote(body) + `}).then(r => r.status)`
			browser.Eval[int](p, send)
			if out := s.Licet(t, c.made, "list", "--json", "--tenant", "demo"); strings.Contains(string(out), "not-by-role") {
				t.Errorf("%s sent %s, and it was made; want it refused", c.role, c.action)
			}
			browser.Eval[int](owner, send)
			if out := s.Licet(t, c.made, "list", "--json", "--tenant", "demo"); !strings.Contains(string(out), "not-by-role") {
				t.Errorf("the owner sent %s, and nothing was made; so the form is no good for this test", c.action)
			}
		}
	})
}

// code is what an authenticator app shows, at a moment from now.
func code(t *testing.T, secret string, in time.Duration) string {
	t.Helper()
	text, err := identity.TOTP(secret, license.TimeOf(time.Now()).Add(in))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
