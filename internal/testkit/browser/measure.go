package browser

import (
	"context"
	"slices"

	"github.com/chromedp/cdproto/network"
)

// ConsoleErrors returns what the console has said in red until now: exceptions, console.error, things that could not be
// loaded. A document with an error status is not among them.
func (p *Page) ConsoleErrors() []string {
	p.t.Helper()
	p.step("read the console", p.follow)
	p.state.mu.Lock()
	defer p.state.mu.Unlock()
	return slices.Clone(p.state.console)
}

// CSPViolations returns what the content security policy of the pages has forbidden until now.
func (p *Page) CSPViolations() []string {
	p.t.Helper()
	p.step("read the violations", p.follow)
	p.state.mu.Lock()
	defer p.state.mu.Unlock()
	return slices.Clone(p.state.violations)
}

// NoFaults says what is wrong with the page as it is now: what the console and the content security policy complain
// about, and what [Page.NoAxeViolations] finds.
func (p *Page) NoFaults() {
	p.t.Helper()
	for _, text := range p.ConsoleErrors() {
		p.t.Errorf("%s: the console says: %s", p.URL(), text)
	}
	for _, text := range p.CSPViolations() {
		p.t.Errorf("%s: %s", p.URL(), text)
	}
	p.NoAxeViolations()
}

// Weight is what a page costs to load, in bytes as they come over the wire, with headers. What the cache has counts as
// much as it did when it came.
type Weight struct {
	Document, Styles, Scripts, Fonts, Images, Other int64
}

// Total is the sum.
func (w Weight) Total() int64 {
	return w.Document + w.Styles + w.Scripts + w.Fonts + w.Images + w.Other
}

// Bytes returns what the page that is shown took to load. Streams of events are left out.
func (p *Page) Bytes() Weight {
	p.t.Helper()
	var w Weight
	p.step("weigh the page", func(ctx context.Context) error {
		return p.await(ctx, func(context.Context) (string, error) {
			var busy string
			w, busy = p.state.weight()
			return busy, nil
		})
	})
	return w
}

// weight adds up the requests of the document that is shown; busy is one that is not over.
func (s *state) weight() (w Weight, busy string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if r.loader != s.shown || r.kind == network.ResourceTypeEventSource {
			continue
		}
		if !r.done {
			busy = r.url + " is not loaded"
		}
		switch r.kind {
		case network.ResourceTypeDocument:
			w.Document += r.bytes
		case network.ResourceTypeStylesheet:
			w.Styles += r.bytes
		case network.ResourceTypeScript:
			w.Scripts += r.bytes
		case network.ResourceTypeFont:
			w.Fonts += r.bytes
		case network.ResourceTypeImage:
			w.Images += r.bytes
		default:
			w.Other += r.bytes
		}
	}
	return w, busy
}

// Shift is what has moved on a page without anybody's doing.
type Shift struct {
	// Score is the sum of the scores of the browser's Layout Instability API, 0 when nothing moved.
	Score float64
	// Moved names each thing that did, with where it was and where it is, in CSS pixels.
	Moved []string
}

// LayoutShift returns what has moved on the page since it began to load. It needs scripts.
func (p *Page) LayoutShift() Shift {
	p.t.Helper()
	p.needScripts("LayoutShift")
	return read[Shift](p, "measure the layout shift", `new Promise(done => {
		const shift = {Score: 0, Moved: []};
		const name = n => !n ? '?' : n.nodeType === 1 ? n.localName + [...n.classList].map(c => '.' + c).join('') : n.nodeName + ' ' + n.data;
		const place = r => r.x + ',' + r.y + ' ' + r.width + '×' + r.height;
		const add = list => {
			for (const e of list) {
				if (e.hadRecentInput) continue;
				shift.Score += e.value;
				for (const s of e.sources) shift.Moved.push(name(s.node) + ' from ' + place(s.previousRect) + ' to ' + place(s.currentRect));
			}
		};
		const o = new PerformanceObserver(list => add(list.getEntries()));
		o.observe({type: 'layout-shift', buffered: true});
		requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => { add(o.takeRecords()); done(shift) })));
	})`)
}

// Overflow returns by how many CSS pixels the page is wider than its window, and so scrolls sideways: 0 when it does not.
func (p *Page) Overflow() int {
	p.t.Helper()
	return read[int](p, "measure the width", `Math.max(0, document.scrollingElement.scrollWidth - innerWidth)`)
}

func (p *Page) needScripts(what string) {
	p.t.Helper()
	if p.options.NoScript {
		p.t.Fatalf("%s needs a page that runs scripts", what)
	}
}
