package platform

import (
	"bytes"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

// TestGallery draws every page with made-up data: each draws, is small enough, and shows what strangers typed as text.
func TestGallery(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range specimens() {
		t.Run(s.name, func(t *testing.T) {
			if seen[s.name] {
				t.Errorf("two pages are called %s", s.name)
			}
			seen[s.name] = true
			var page bytes.Buffer
			if err := templ.Component(s.body).Render(galleryContext(t.Context()), &page); err != nil {
				t.Fatal(err)
			}
			if page.Len() > 80_000 {
				t.Errorf("the page has %d bytes, want at most 80000", page.Len())
			}
			for _, bad := range []string{`<script>alert`, ` style="`, ` onclick=`, `javascript:`} {
				if strings.Contains(page.String(), bad) {
					t.Errorf("the page holds %q", bad)
				}
			}
		})
	}
}
