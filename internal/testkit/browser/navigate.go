package browser

import (
	"context"
	"errors"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// Open goes to an address and waits until the page is loaded.
func (p *Page) Open(url string) {
	p.t.Helper()
	p.step("open "+url, func(ctx context.Context) error {
		went, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: url})
		switch {
		case err != nil:
			return err
		case went.ErrorText != "":
			return errors.New(went.ErrorText)
		}
		return p.settle(ctx)
	})
}

// Reload loads the page again.
func (p *Page) Reload() {
	p.t.Helper()
	p.step("reload", func(ctx context.Context) error {
		p.state.expect()
		if err := call(ctx, page.Reload, page.ReloadParams{}); err != nil {
			return err
		}
		return p.settle(ctx)
	})
}

// Back goes to the page before.
func (p *Page) Back() {
	p.t.Helper()
	p.step("go back", func(ctx context.Context) error {
		history, err := chromedp.Call(ctx, page.GetNavigationHistory, cdp.Empty{})
		if err != nil {
			return err
		}
		if history.CurrentIndex == 0 {
			return errors.New("there is no page before")
		}
		p.state.expect()
		id := history.Entries[history.CurrentIndex-1].ID
		if err := call(ctx, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: id}); err != nil {
			return err
		}
		return p.settle(ctx)
	})
}

// URL returns where the page is.
func (p *Page) URL() string {
	p.t.Helper()
	return read[string](p, "read the address", `location.href`)
}

// Title returns the title of the document.
func (p *Page) Title() string {
	p.t.Helper()
	return read[string](p, "read the title", `document.title`)
}

// Status returns the HTTP status of the document that is shown.
func (p *Page) Status() int {
	p.t.Helper()
	p.step("read the status", p.settle)
	p.state.mu.Lock()
	defer p.state.mu.Unlock()
	return p.state.status
}

// WaitURL waits until the address, without a query and a fragment unless suffix has one, ends in suffix.
func (p *Page) WaitURL(suffix string) {
	p.t.Helper()
	p.step("wait for the address …"+suffix, func(ctx context.Context) error {
		return p.await(ctx, func(ctx context.Context) (string, error) {
			url, err := evaluate[string](ctx, `location.href`)
			bare, _, _ := strings.Cut(url, "#")
			bare, _, _ = strings.Cut(bare, "?")
			if strings.HasSuffix(url, suffix) || strings.HasSuffix(bare, suffix) {
				return "", err
			}
			return "it is " + url, err
		})
	})
}

// Cookies returns the cookies of the page's own profile.
func (p *Page) Cookies() []*network.Cookie {
	p.t.Helper()
	var list []*network.Cookie
	p.step("read the cookies", func(ctx context.Context) error {
		r, err := chromedp.CallBrowser(ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID})
		list = r.Cookies
		return err
	})
	return list
}

// ClearCookies forgets all cookies, as at the end of a session.
func (p *Page) ClearCookies() {
	p.t.Helper()
	p.step("clear the cookies", func(ctx context.Context) error {
		return callBrowser(ctx, storage.ClearCookies, storage.ClearCookiesParams{BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID})
	})
}

// Dialogs returns the texts of alerts and questions that came until now. All of them were accepted.
func (p *Page) Dialogs() []string {
	p.state.mu.Lock()
	defer p.state.mu.Unlock()
	return append([]string(nil), p.state.dialogs...)
}

// answer accepts the dialogs of the page, which stands still before that.
func (p *Page) answer(event any) {
	e, ok := event.(*page.EventJavascriptDialogOpening)
	if !ok {
		return
	}
	p.state.mu.Lock()
	p.state.dialogs = append(p.state.dialogs, e.Message)
	p.state.mu.Unlock()
	go func() {
		// The page may be gone by now; otherwise the step that waits for it fails.
		_ = call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
	}()
}

// expect says that a document is asked for, before the browser does.
func (s *state) expect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = true
}

// rest returns "" when no document is on its way; otherwise what is, and a channel that closes at the next event.
func (s *state) rest() (busy string, crash bool, wake <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.asked:
		busy = "another page was asked for, and has not begun to come"
	case s.going != "" && s.going != s.shown:
		busy = "another page is on its way, and has not come"
	case s.going != "":
		busy = "the page has come, but not all that belongs to it"
	}
	return busy, s.crash, s.wake
}

// settle waits until no document is on its way.
func (p *Page) settle(ctx context.Context) error {
	for {
		busy, crash, wake := p.state.rest()
		if crash {
			return errors.New("the page has crashed")
		}
		if busy == "" {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return p.late(busy)
		}
	}
}
