package browser

import (
	"strings"
	"testing"

	"licet/internal/testkit/browser"
)

// maxPage is what a page may cost to load, in bytes.
const maxPage = 100 << 10

// TestSignIn signs in at a desk, on a phone, in the dark, and without scripts, and looks at the first page.
func TestSignIn(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for name, o := range map[string]browser.Options{
		"light": {}, "dark": {Dark: true}, "phone": {Phone: true}, "no_script": {NoScript: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := s.page(t, o, "/platform/sign-in")
			atRest(t, p, o)
			s.enter(p, s.Platform.Email, s.Platform.Password)
			p.WaitURL("/platform/")
			atRest(t, p, o)
			if got := p.Overflow(); got > 0 {
				t.Errorf("the page is %d px wider than its window", got)
			}
			if w := p.Bytes(); w.Total() > maxPage {
				t.Errorf("the page takes %+v, %d bytes in all, want at most %d", w, w.Total(), maxPage)
			}
			if !o.NoScript {
				p.NoFaults()
			}
		})
	}
	t.Run("wrong_password", func(t *testing.T) {
		t.Parallel()
		p := s.page(t, browser.Options{}, "/platform/sign-in")
		p.FillField("E-mail", s.Platform.Email)
		p.FillField("Password", "not "+s.Platform.Password)
		p.Press("Sign in")
		if got := p.Value("E-mail"); got != s.Platform.Email {
			t.Errorf("the form has %q, want the address that was typed", got)
		}
		if url := p.URL(); !strings.Contains(url, "/sign-in") {
			t.Errorf("the page is %s, want the sign-in", url)
		}
		p.NoFaults()
	})
}

// atRest wants that nothing moved while a page came. Without scripts, nobody can tell.
func atRest(t *testing.T, p *browser.Page, o browser.Options) {
	t.Helper()
	if o.NoScript {
		return
	}
	if got := p.LayoutShift(); got.Score != 0 {
		t.Errorf("the layout of %s shifts by %v, want 0", p.URL(), got)
	}
}
