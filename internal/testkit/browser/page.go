package browser

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// lookEvery is the time after which a page is looked at again. Events of the page end it sooner; but what its scripts
// change comes without one.
const lookEvery = 10 * time.Millisecond

// Options say who looks at a page, and how. The zero value is somebody at a desk, in English.
type Options struct {
	// Width and Height of the window, in CSS pixels: 1280 × 800 by default, 390 × 844 for a phone.
	Width, Height int
	// Scale is how many pixels of a picture a CSS pixel has: 1 by default, 2 for a phone.
	Scale float64
	// Phone is a touch screen with a phone's rules for the viewport.
	Phone bool
	// Dark prefers dark colours.
	Dark bool
	// ForcedColors has the few colours of a high-contrast theme.
	ForcedColors bool
	// Print shows the page as it is printed.
	Print bool
	// Motion lets things move. By default less motion is preferred.
	Motion bool
	// NoScript runs none of the page's scripts.
	NoScript bool
	// Locale is a language tag: en-GB by default. It is what the browser asks for.
	Locale string
	// Slow is by how much the processor is slower than this machine's: 1 by default.
	Slow float64
	// TimeZone is a name of the IANA database: UTC by default.
	TimeZone string
}

// Page is a tab with cookies of its own. Its methods fail its test by themselves.
type Page struct {
	t       testing.TB
	browser *Browser
	options Options
	ctx     context.Context
	state   *state
	dir     string // of downloads
	scope   string // CSS selector of what Within narrows to, or ""

	patience time.Duration
}

// Page opens an empty tab, with no cookies and an empty cache. It closes with the test.
func (b *Browser) Page(t testing.TB, o Options) *Page {
	t.Helper()
	if o.Phone {
		o.Width, o.Height, o.Scale = cmp.Or(o.Width, 390), cmp.Or(o.Height, 844), cmp.Or(o.Scale, 2)
	}
	o.Width, o.Height, o.Scale, o.Slow = cmp.Or(o.Width, 1280), cmp.Or(o.Height, 800), cmp.Or(o.Scale, 1), cmp.Or(o.Slow, 1)
	o.Locale, o.TimeZone = cmp.Or(o.Locale, "en-GB"), cmp.Or(o.TimeZone, "UTC")
	p := &Page{t: t, browser: b, options: o, dir: t.TempDir(), state: newState(), patience: Patience}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.state.listen), chromedp.WithListener(p.answer))
	p.ctx = ctx
	t.Cleanup(func() {
		b.mu.Lock()
		delete(b.pages, p.state.frame)
		b.mu.Unlock()
		cancel()
	})
	// The first call decides how long the tab lives, so it gets the context without a deadline.
	opened := make(chan error, 1)
	go func() { opened <- chromedp.Do(ctx) }()
	select {
	case err := <-opened:
		if err != nil {
			t.Fatalf("a new page: %v", err)
		}
	case <-time.After(Patience):
		t.Fatalf("a new page does not open within %s", Patience)
	}
	p.state.setFrame(cdp.FrameID(chromedp.FromContext(ctx).Target.TargetID))
	b.mu.Lock()
	b.pages[p.state.frame] = p
	b.mu.Unlock()
	p.step("set up a page", p.setUp)
	return p
}

// setUp makes the tab what the options say.
func (p *Page) setUp(ctx context.Context) error {
	o := p.options
	feature := func(name string, on bool, value string) *emulation.MediaFeature {
		if !on {
			value = ""
		}
		return &emulation.MediaFeature{Name: name, Value: value}
	}
	colours, media := "light", ""
	if o.Dark {
		colours = "dark"
	}
	if o.Print {
		media = "print"
	}
	version, err := chromedp.CallBrowser(ctx, cdpbrowser.GetVersion, cdp.Empty{})
	if err != nil {
		return err
	}
	agent := strings.ReplaceAll(version.UserAgent, "HeadlessChrome", "Chrome")
	return errors.Join(
		call(ctx, audits.Enable, cdp.Empty{}),
		p.size(ctx, o.Height),
		call(ctx, emulation.SetScrollbarsHidden, emulation.SetScrollbarsHiddenParams{Hidden: true}),
		call(ctx, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: o.Phone}),
		call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media, Features: []*emulation.MediaFeature{
			feature("prefers-color-scheme", true, colours),
			feature("prefers-reduced-motion", !o.Motion, "reduce"),
			feature("forced-colors", o.ForcedColors, "active"),
		}}),
		call(ctx, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: strings.ReplaceAll(o.Locale, "-", "_")}),
		call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: o.TimeZone}),
		call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: o.Locale}),
		call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: o.Slow}),
		call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: o.NoScript}),
		callBrowser(ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
			Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: p.dir, EventsEnabled: new(true),
			BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
		}),
	)
}

// size gives the window another height.
func (p *Page) size(ctx context.Context, height int) error {
	return call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(p.options.Width), Height: int64(height), DeviceScaleFactor: p.options.Scale, Mobile: p.options.Phone,
	})
}

// call is for commands without a result that matters.
func call[P, R any](ctx context.Context, command cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(ctx, command, params)
	return err
}

func callBrowser[P, R any](ctx context.Context, command cdp.Command[P, R], params P) error {
	_, err := chromedp.CallBrowser(ctx, command, params)
	return err
}

// Within returns the same page, narrowed to the first element of a CSS selector: what is filled, pressed and read is
// inside of it.
//
//	p.Within("#licenses tr:nth-child(2)").Press("Ban")
func (p *Page) Within(selector string) *Page {
	narrow := *p
	narrow.scope = strings.TrimSpace(p.scope + " " + selector)
	return &narrow
}

// step does one thing within [Patience], or fails the test.
func (p *Page) step(what string, f func(ctx context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.patience)
	defer cancel()
	err := f(ctx)
	if err == nil {
		return
	}
	// While a document is on its way, the browser keeps questions for it.
	if busy, _, _ := p.state.rest(); busy != "" && ctx.Err() != nil {
		err = p.late(busy)
	}
	if p.scope != "" {
		what += " within " + p.scope
	}
	p.t.Fatalf("%s: %v%s", what, err, p.evidence())
}

// late is the error of a step that took too long.
func (p *Page) late(problem string) error {
	return fmt.Errorf("not within %s: %s", p.patience, problem)
}

// await calls look until it reports true, or fails for another reason than a page that goes away meanwhile.
// look may say in problem what it still waits for.
func (p *Page) await(ctx context.Context, look func(ctx context.Context) (problem string, err error)) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	last := "nothing was seen of the page"
	for {
		changed := p.state.changed()
		err := p.settle(ctx)
		if err == nil {
			var problem string
			if problem, err = look(ctx); err == nil && problem == "" {
				return nil
			}
			if err == nil {
				last = problem
			}
		}
		if ctx.Err() != nil {
			return p.late(last)
		}
		if err != nil && !goesAway(err) {
			return err
		}
		select {
		case <-tick.C:
		case <-changed:
		case <-ctx.Done():
			return p.late(last)
		}
	}
}

// goesAway reports whether an error comes from a document that gives way to another. The protocol has no codes for
// these.
func goesAway(err error) bool {
	for _, text := range []string{
		"context was destroyed", "navigated or closed", "Cannot find context", "Could not find node", "No node with given id",
		"Node with given id does not belong to the document", "Cannot find default execution context", "Cannot find object", "Could not find object",
		"Node is detached from document", "Object reference chain is too long",
	} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

// evidence keeps a picture and the HTML of the page, and says where.
func (p *Page) evidence() string {
	ctx, cancel := context.WithTimeout(p.ctx, Patience/6)
	defer cancel()
	_ = call(ctx, page.StopLoading, cdp.Empty{}) // Otherwise the browser waits for what is on its way.
	var said strings.Builder
	if url, err := evaluate[string](ctx, `location.href`); err == nil {
		fmt.Fprintf(&said, "\nat %s", url)
	}
	for _, fault := range p.state.faults() {
		fmt.Fprintf(&said, "\nthe page says: %s", fault)
	}
	dir, err := p.keep()
	if err != nil {
		return said.String() + "\nnothing is kept: " + err.Error()
	}
	if html, err := evaluate[string](ctx, `document.documentElement.outerHTML`); err == nil {
		name := filepath.Join(dir, "page.html")
		if err := os.WriteFile(name, []byte(html), 0o600); err == nil {
			said.WriteString("\nits HTML: " + name)
		}
	}
	if shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{}); err == nil {
		name := filepath.Join(dir, "page.png")
		if err := os.WriteFile(name, shot.Data, 0o600); err == nil {
			said.WriteString("\na picture: " + name)
		}
	}
	return said.String()
}

// keep returns a folder that outlives the test.
func (p *Page) keep() (string, error) {
	if f := flag.Lookup("test.artifacts"); f != nil && f.Value.String() == "true" {
		return os.MkdirTemp(p.t.ArtifactDir(), "page-")
	}
	return os.MkdirTemp("", "licet-page-")
}

// evaluate returns the value of an expression. A promise is waited for.
func evaluate[T any](ctx context.Context, expression string) (T, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, func(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }))
}
