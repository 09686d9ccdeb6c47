package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	cdpbrowser "github.com/chromedp/cdproto/browser"
)

// Download does something by which the page gives a file, and returns the file's name, as the page suggests it, and what
// is in it.
func (p *Page) Download(by func()) (name string, body []byte) {
	p.t.Helper()
	p.state.mu.Lock()
	before := len(p.state.downloads)
	p.state.mu.Unlock()
	by()
	p.step("download", func(ctx context.Context) error {
		return p.await(ctx, func(context.Context) (string, error) {
			d, there := p.state.download(before)
			switch {
			case !there:
				return "no file comes", nil
			case d.state == cdpbrowser.DownloadProgressStateCanceled:
				return "", fmt.Errorf("%s broke off", d.name)
			case d.state != cdpbrowser.DownloadProgressStateCompleted:
				return d.name + " has not come to its end", nil
			}
			var err error
			name = d.name
			body, err = os.ReadFile(filepath.Join(p.dir, d.guid))
			return "", err
		})
	})
	return name, body
}

// download returns the download of a number.
func (s *state) download(number int) (download, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number >= len(s.downloads) {
		return download{}, false
	}
	return *s.downloads[number], true
}
