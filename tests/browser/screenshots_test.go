package browser

import (
	"os"
	"path/filepath"
	"testing"

	"licet/internal/testkit/browser"
)

// The pictures that the documentation shows.
const (
	screenshots   = "../../docs/screenshots"
	maxScreenshot = 300 << 10
)

// shot is one of the pictures: of a page, or of what a CSS selector there leads to.
type shot struct {
	name   string
	o      browser.Options
	path   string
	follow string
}

func shots() []shot {
	desk := browser.Options{Width: 1280, Height: 860}
	dark := desk
	dark.Dark = true
	phone := browser.Options{Phone: true, Width: 390, Height: 844}
	return []shot{
		{"dashboard-light", desk, "/platform/", ""},
		{"dashboard-dark", dark, "/platform/", ""},
		{"dashboard-phone", phone, "/platform/", ""},
		{"licenses-light", desk, "/platform/licenses?used=yes", ""},
		{"license-dark", dark, "/platform/licenses?customer=oskar@klatka-film.example&used=yes", "tbody tr:first-child th a"},
		{"license-new-light", desk, "/platform/licenses/new", ""},
		{"user-light", desk, "/platform/users", "tbody tr:first-child th a"},
		{"product-light", desk, "/platform/products?q=fernglow", "tbody tr:first-child th a"},
		{"webhook-dark", dark, "/platform/webhooks", "tbody tr:first-child th a"},
		{"audit-phone", phone, "/platform/audit?kind=device.activated", ""},
	}
}

// TestScreenshots opens what the documentation shows, in the demo. LICET_UPDATE=1 takes the pictures anew: each demo has
// other keys and times, so they are not compared.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	s := serve(t)
	tabs := map[browser.Options]*browser.Page{}
	for _, shot := range shots() {
		p := tabs[shot.o]
		if p == nil {
			p = s.signIn(t, shot.o)
			tabs[shot.o] = p
		}
		p.Open(s.URL + shot.path)
		if shot.follow != "" {
			p.Click(shot.follow)
		}
		if got := p.Status(); got != 200 {
			t.Errorf("%s: %s answers %d, want 200", shot.name, p.URL(), got)
		}
		if got := p.Overflow(); got > 0 {
			t.Errorf("%s: %s is %d px wider than its window", shot.name, p.URL(), got)
		}
		picture(t, p, shot.name)
	}
	for _, p := range tabs {
		noComplaints(t, p)
	}
	picture(t, s.page(t, browser.Options{Width: 1280, Height: 860}, "/platform/sign-in"), "sign-in-light")
}

// picture takes the picture anew if it is to, and looks whether it is there.
func picture(t *testing.T, p *browser.Page, name string) {
	t.Helper()
	file := filepath.Join(screenshots, name+".png")
	if os.Getenv("LICET_UPDATE") == "1" {
		p.Screenshot(file, false)
	}
	switch info, err := os.Stat(file); {
	case err != nil:
		t.Errorf("%v; LICET_UPDATE=1 makes it", err)
	case info.Size() > maxScreenshot:
		t.Errorf("%s has %d KiB, want at most %d", file, info.Size()>>10, maxScreenshot>>10)
	}
}
