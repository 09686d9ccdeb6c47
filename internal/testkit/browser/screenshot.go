package browser

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	maxScreenshot = 512 << 10 // bytes of a picture
	maxTrueColour = 64 << 10  // bytes from which on it gets a palette
	maxHeight     = 8000      // CSS pixels; a longer page is cut off
)

// calm ends what moves, and hides the caret and the room for scrollbars; it says what there is still to wait for. Styles of its own are not subject
// to the page's policy in this form.
const calm = `() => {
	if (document.readyState !== 'complete') return 'the page is not loaded';
	if (document.fonts.status !== 'loaded') return 'the fonts are not loaded';
	if (![...document.images].every(i => i.complete || i.loading === 'lazy')) return 'the images are not loaded';
	for (const a of document.getAnimations()) { try { a.finish() } catch { a.cancel() } }
	const still = new CSSStyleSheet();
	still.replaceSync('*, ::before, ::after { caret-color: transparent !important; transition: none !important; scroll-behavior: auto !important } html { scrollbar-gutter: auto !important }');
	document.adoptedStyleSheets = [...document.adoptedStyleSheets.filter(s => !s.still), Object.assign(still, {still: true})];
	return '';
}`

// Screenshot writes a picture of what is seen, or of the full page, as PNG. It waits for fonts and images, and
// ends what moves. The file has at most 512 KiB: a page of many colours gets a palette. It is left alone when it shows
// the same already.
func (p *Page) Screenshot(path string, full bool) {
	p.t.Helper()
	p.step("take the picture "+filepath.Base(path), func(ctx context.Context) error {
		err := p.await(ctx, func(ctx context.Context) (string, error) { return evaluate[string](ctx, script(calm)) })
		if err != nil {
			return err
		}
		shot, err := p.shoot(ctx, full)
		if err != nil {
			return err
		}
		if shot, err = shrink(shot); err != nil {
			return err
		}
		if len(shot) > maxScreenshot {
			return fmt.Errorf("it has %d KiB, want at most %d", len(shot)>>10, maxScreenshot>>10)
		}
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, shot) {
			return nil
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, shot, 0o644)
	})
}

// shoot takes the picture. For that of a full page the window becomes as high as the page, so that what reaches from top to
// bottom of the window does so in the picture.
func (p *Page) shoot(ctx context.Context, full bool) ([]byte, error) {
	if full {
		metrics, err := chromedp.Call(ctx, page.GetLayoutMetrics, cdp.Empty{})
		if err != nil {
			return nil, err
		}
		if high := int(math.Ceil(metrics.CSSContentSize.Height)); high > p.options.Height {
			if err := p.size(ctx, min(high, maxHeight)); err != nil {
				return nil, err
			}
			defer func() { _ = p.size(ctx, p.options.Height) }() // The page is of use without it.
		}
	}
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	return shot.Data, err
}

// shrink gives a large picture a palette.
func shrink(shot []byte) ([]byte, error) {
	if len(shot) <= maxTrueColour {
		return shot, nil
	}
	picture, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = png.Encode(&out, paletted(picture))
	return out.Bytes(), err
}
