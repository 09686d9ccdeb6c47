package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"licet/internal/testkit/browser"
)

// witness is a test that may fail without failing this one.
type witness struct {
	testing.TB
	said string
}

func (w *witness) Helper() {}

func (w *witness) Fatalf(format string, arguments ...any) {
	w.said = fmt.Sprintf(format, arguments...)
	runtime.Goexit()
}

// failing returns what a step says when it cannot be done within a second.
func failing(t *testing.T, o browser.Options, open string, step func(p *browser.Page)) string {
	t.Helper()
	w := &witness{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p := browser.Start(t).Page(w, o)
		p.Open(open)
		browser.Hurry(p)
		step(p)
	}()
	<-done
	return w.said
}

func TestFailures(t *testing.T) {
	t.Parallel()
	url := site(t)
	for _, c := range []struct {
		name, path string
		step       func(p *browser.Page)
		want       string
	}{
		{"no_button", "/form", func(p *browser.Page) { p.Press("Delete") }, `press "Delete": not within 1s: there is no such button or link, but link "Home", button `},
		{"two_links", "/", func(p *browser.Page) { p.Press("Open") }, "there are 2 of that name: say with Within"},
		{"not_within", "/", func(p *browser.Page) { p.Within("footer").Press("Open") }, `press "Open" within footer: not within 1s: there is no footer`},
		{"no_option", "/form", func(p *browser.Page) { p.Select("Unit", "Years") }, `there is no such option, but "Days", "Months"`},
		{"no_text", "/form", func(p *browser.Page) { p.WaitText("Welcome") }, "it is not there"},
		{"address", "/form", func(p *browser.Page) { p.WaitURL("/licenses") }, "it is http://127.0.0.1:"},
		{"covered", "/covered", func(p *browser.Page) { p.Press("Under") }, `it is covered by <div id="over">`},
		{"disabled", "/covered", func(p *browser.Page) { p.Press("Off") }, "it is disabled"},
		{"hidden", "/covered", func(p *browser.Page) { p.Click("#hidden") }, "it is not shown"},
		{"wrong_date", "/form", func(p *browser.Page) { p.FillField("Until", "tomorrow") }, `it makes "" of it`},
		{"download", "/form", func(p *browser.Page) { p.Download(func() {}) }, "no file comes"},
		{"hanging", "/covered", func(p *browser.Page) { p.Press("Hang") }, "another page"},
		{"gone", "/form", func(p *browser.Page) { p.Open("http://127.0.0.1:1/") }, "ERR_"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := failing(t, browser.Options{}, url+c.path, c.step)
			if !strings.Contains(got, c.want) {
				t.Errorf("it says %q, want %q in it", got, c.want)
			}
			for line := range strings.Lines(got) {
				for _, prefix := range []string{"its HTML: ", "a picture: "} {
					if name, is := strings.CutPrefix(strings.TrimSpace(line), prefix); is {
						if info, err := os.Stat(name); err != nil || info.Size() == 0 {
							t.Errorf("%s is not there: %v", name, err)
						}
						defer os.RemoveAll(filepath.Dir(name))
					}
				}
			}
			if !strings.Contains(got, "a picture: ") {
				t.Errorf("it says %q, want a picture", got)
			}
		})
	}
}
