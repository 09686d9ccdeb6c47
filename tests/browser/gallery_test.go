package browser

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"testing"

	"licet/internal/testkit/browser"
)

const gallery = "/platform/gallery"

// mainPages are those that people see most: nothing on them may move while they load, on a slow computer either. Most of the others are made of
// the same parts.
func mainPages() []string {
	return []string{
		"dashboard-full", "licenses", "license-used", "licenses-new", "users", "user-new", "orders", "order", "customers", "customer",
		"products", "product", "policies", "policy", "keys", "webhooks", "webhook", "mails", "audit", "team", "settings", "sign-in", "account",
	}
}

// variedPages are one of each kind of part: they are looked at in the dark, and on a phone, too.
func variedPages() []string {
	return []string{
		"dashboard-full", "licenses", "licenses-new-wrong", "licenses-import-checked", "account", "customer-hostile", "product", "policy",
		"webhook", "audit", "team", "sign-in-wrong", "settings-rule-rehearsed",
	}
}

// TestGallery looks at every page there is, with made-up data, in each of its states.
func TestGallery(t *testing.T) {
	t.Parallel()
	s := serve(t)
	list := s.page(t, browser.Options{}, gallery)
	var names []string
	for _, address := range browser.Eval[[]string](list, `[...document.querySelectorAll('main li a')].map(a => a.pathname)`) {
		names = append(names, path.Base(address))
	}
	if len(names) < 200 {
		t.Fatalf("the gallery has %d pages, want all of them", len(names))
	}
	for _, name := range slices.Concat(mainPages(), variedPages()) {
		if !slices.Contains(names, name) {
			t.Errorf("the gallery has no page %s, but %q", name, names)
		}
	}
	const tabs = 3 // Each looks at a part of the pages.
	for tab := range tabs {
		var own []string
		for i := tab; i < len(names); i += tabs {
			own = append(own, names[i])
		}
		t.Run(fmt.Sprintf("light_%d", tab), func(t *testing.T) {
			t.Parallel()
			p := browser.Start(t).Page(t, browser.Options{})
			for _, name := range own {
				s.look(t, p, name)
				if w := p.Bytes(); w.Total() > maxPage {
					t.Errorf("%s takes %+v, %d bytes in all, want at most %d", name, w, w.Total(), maxPage)
				}
				p.NoAxeViolations()
			}
			noComplaints(t, p)
		})
	}
	for name, o := range map[string]browser.Options{"dark": {Dark: true}, "phone": {Phone: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := browser.Start(t).Page(t, o)
			for _, name := range variedPages() {
				s.look(t, p, name)
				p.NoAxeViolations()
			}
			noComplaints(t, p)
		})
	}
	t.Run("slow", func(t *testing.T) {
		t.Parallel()
		o := browser.Options{Slow: 4}
		p := browser.Start(t).Page(t, o)
		for _, name := range mainPages() {
			s.look(t, p, name)
			atRest(t, p, o)
		}
	})
	t.Run("narrow", func(t *testing.T) {
		t.Parallel()
		p := browser.Start(t).Page(t, browser.Options{Phone: true})
		for _, name := range names {
			s.look(t, p, name)
			if got := p.Overflow(); got > 0 {
				t.Errorf("%s is %d px wider than a phone", name, got)
			}
		}
		noComplaints(t, p)
	})
}

// look opens a page of the gallery.
func (s *site) look(t *testing.T, p *browser.Page, name string) {
	t.Helper()
	p.Open(s.URL + gallery + "/" + name)
	if got := p.Status(); got != http.StatusOK {
		t.Errorf("%s is answered with %d, want 200", name, got)
	}
}

// noComplaints says what any page of a tab complained about.
func noComplaints(t *testing.T, p *browser.Page) {
	t.Helper()
	for _, text := range slices.Concat(p.ConsoleErrors(), p.CSPViolations()) {
		t.Errorf("a page complains: %s", text)
	}
}
