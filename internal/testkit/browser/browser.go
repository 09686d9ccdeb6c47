// Package browser lets tests use web pages as people do: a real Chromium opens them, finds fields and buttons by the
// names that assistive technology sees, clicks where they are, types, downloads, and takes pictures.
//
//	b := browser.Start(t)
//	p := b.Page(t, browser.Options{})
//	p.Open(url + "/sign-in")
//	p.FillField("E-mail", "ada@example.com")
//	p.FillField("Password", "…")
//	p.Press("Sign in")
//	p.WaitText("Welcome")
//	p.NoFaults()
//
// A step waits until it can be done, and for the page that it leads to: no test needs to sleep. A step that cannot be
// done within [Patience] fails the test, says why, and keeps a picture and the HTML of the page. So steps belong on the goroutine
// of the test, and a page to one goroutine.
//
// The Chromium is the headless shell where there is one, as it starts pages several times faster than the whole Chromium of the
// same source does. LICET_TEST_CHROMIUM says which program to start instead; "off" skips the tests that need one. Without it, a
// missing Chromium fails them.
package browser

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// Patience bounds each step. It is for machines that do much else at once; a step usually takes milliseconds.
const Patience = 30 * time.Second

// Browser is a Chromium that the tests of a binary share. It may be used by several tests at once.
type Browser struct {
	ctx context.Context

	mu    sync.Mutex
	pages map[cdp.FrameID]*Page // by main frame
}

// shared is the one browser of this test binary. It ends when the binary ends, however it does: see launch.
var shared = sync.OnceValues(launch)

// Start returns the browser that the tests of this binary share, and starts it for the first of them.
func Start(t testing.TB) *Browser {
	t.Helper()
	if os.Getenv("LICET_TEST_CHROMIUM") == "off" {
		t.Skip("LICET_TEST_CHROMIUM is off")
	}
	b, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// find looks where scripts/chromium does.
func find() (string, error) {
	names := []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}
	if given := os.Getenv("LICET_TEST_CHROMIUM"); given != "" {
		names = []string{given}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no %s: run scripts/chromium, or install one; LICET_TEST_CHROMIUM=off leaves this test out", strings.Join(names, ", "))
}

// guardScript runs Chromium until the pipe to it closes, which it does with the test binary, and removes its profile.
const guardScript = `
dir=$1; shift
"$@"
rm -rf "$dir"
`

// fonts lets pages have Inter where they ask for the font of the system, so that pictures look the same wherever it is installed.
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<match target="pattern"><test name="family"><string>sans-serif</string></test><edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>
<match target="pattern"><test name="family"><string>sans</string></test><edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>
<match target="pattern"><test name="family"><string>system-ui</string></test><edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>
</fontconfig>
`

// launch starts a browser. It talks over a pipe, without a port that others could connect to.
func launch() (*Browser, error) {
	path, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "licet-chromium-")
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "fonts.conf")
	if err := os.WriteFile(config, []byte(fonts), 0o600); err != nil {
		return nil, err
	}
	var said output
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(dir),
		chromedp.CombinedOutput(&said),
		chromedp.Env("FONTCONFIG_FILE="+config),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) {
			cmd.Args = append([]string{"/bin/sh", "-c", guardScript, "guard", dir, path}, cmd.Args[1:]...)
			cmd.Path = "/bin/sh"
		}),
		// A page that comes back out of a cache of whole pages is not loaded, and shows nothing new.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,BackForwardCache,MediaRouter,OptimizationHints"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("mute-audio", true),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("lang", "en-GB"),
	)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	// Neither context is cancelled: the browser ends with this program.
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	b := &Browser{ctx: ctx, pages: map[cdp.FrameID]*Page{}}
	started := make(chan error, 1)
	go func() { started <- chromedp.Do(ctx) }()
	select {
	case err = <-started:
	case <-time.After(Patience):
		cancel()
		err = context.DeadlineExceeded
	}
	if err == nil {
		err = chromedp.ListenBrowser(ctx, b.listen)
	}
	if err != nil {
		return nil, fmt.Errorf("%s does not start: %w\n%s", path, err, &said)
	}
	return b, nil
}

// listen gives the page that a download comes from word of it.
func (b *Browser) listen(event any) {
	switch e := event.(type) {
	case *cdpbrowser.EventDownloadWillBegin:
		b.mu.Lock()
		p := b.pages[e.FrameID]
		b.mu.Unlock()
		if p != nil {
			p.state.downloadBegins(e)
		}
	case *cdpbrowser.EventDownloadProgress:
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, p := range b.pages {
			p.state.downloadGoesOn(e)
		}
	}
}

// output keeps what Chromium says while it starts, for the error.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps the first 16 KiB.
func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.text.Len() < 16<<10 {
		o.text.Write(text)
	}
	return len(text), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
