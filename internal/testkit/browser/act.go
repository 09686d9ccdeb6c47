package browser

import (
	"context"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// finder finds one element, or says why there is none.
type finder func(ctx context.Context) (id runtime.RemoteObjectID, problem string, err error)

func (p *Page) bySelector(selector string) finder {
	return func(ctx context.Context) (runtime.RemoteObjectID, string, error) {
		id, err := p.first(ctx, selector)
		if id == "" {
			return "", "there is none", err
		}
		return id, "", err
	}
}

func (p *Page) byName(k kind, name string) finder {
	return func(ctx context.Context) (runtime.RemoteObjectID, string, error) { return p.named(ctx, k, name) }
}

// do finds an element and does something with it, again and again until nothing is in the way. Then it waits for the
// page that this leads to.
func (p *Page) do(what string, find finder, act func(ctx context.Context, id runtime.RemoteObjectID) (problem string, err error)) {
	p.t.Helper()
	p.step(what, func(ctx context.Context) error {
		err := p.await(ctx, func(ctx context.Context) (string, error) {
			id, problem, err := find(ctx)
			if err != nil || problem != "" {
				return problem, err
			}
			return act(ctx, id)
		})
		if err != nil {
			return err
		}
		return p.follow(ctx)
	})
}

// follow waits for the page that an input leads to. A form that is sent, or a link that is followed, is told of while the page
// handles the input, or right after; so the page is asked something more first, which it answers after that.
func (p *Page) follow(ctx context.Context) error {
	for range 2 {
		if _, err := evaluate[int](ctx, `0`); err != nil && !goesAway(err) {
			return err
		}
	}
	return p.settle(ctx)
}

// Click clicks on the middle of the first element of a CSS selector, once nothing covers it.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.do("click on "+selector, p.bySelector(selector), p.click)
}

// Press clicks on the button, link, tab or item of a menu with an accessible name, once nothing covers it.
func (p *Page) Press(name string) {
	p.t.Helper()
	p.do(fmt.Sprintf("press %q", name), p.byName(pressed, name), p.click)
}

// spot is where an element can be clicked.
type spot struct {
	X, Y    float64
	Problem string
}

const findSpot = `function() {
	if (this.matches(':disabled') || this.ariaDisabled === 'true') return {Problem: 'it is disabled'};
	const box = [...this.getClientRects()].find(r => r.width > 0 && r.height > 0);
	if (!box) return {Problem: 'it takes no room'};
	const x = Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1), y = Math.min(Math.max(box.y + box.height / 2, 0), innerHeight - 1);
	const hit = document.elementFromPoint(x, y);
	if (!hit) return {Problem: 'it is outside of the window'};
	if (this !== hit && !this.contains(hit) && ![...this.labels ?? []].some(l => l.contains(hit)))
		return {Problem: 'it is covered by ' + hit.cloneNode().outerHTML};
	return {X: x, Y: y, Problem: ''};
}`

func (p *Page) click(ctx context.Context, id runtime.RemoteObjectID) (string, error) {
	if err := call(ctx, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{ObjectID: id}); err != nil {
		if strings.Contains(err.Error(), "layout object") {
			return "it is not shown", nil
		}
		return "", err
	}
	at, err := on[spot](ctx, id, findSpot)
	if err != nil || at.Problem != "" {
		return at.Problem, err
	}
	for _, what := range []input.DispatchMouseEventType{
		input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased,
	} {
		event := input.DispatchMouseEventParams{Type: what, X: at.X, Y: at.Y}
		if what != input.DispatchMouseEventTypeMouseMoved {
			event.Button, event.ClickCount = input.MouseButtonLeft, 1
		}
		if err := call(ctx, input.DispatchMouseEvent, event); err != nil && !goesAway(err) {
			return "", err
		}
	}
	return "", nil
}

// Fill replaces what is in the first field of a CSS selector, as typing does.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	p.do("fill "+selector, p.bySelector(selector), fill(text))
}

// FillField replaces what is in the field with a visible label. Dates and times are written as their fields have them:
// 2026-12-31, 2026-12-31T23:59.
func (p *Page) FillField(label, text string) {
	p.t.Helper()
	p.do(fmt.Sprintf("fill the field %q", label), p.byName(fields, label), fill(text))
}

// prepare focuses a field and selects what is in it. It fills those in itself that people do not write into.
const prepare = `function(text) {
	if (this.disabled) return 'it is disabled';
	if (this.readOnly) return 'it can only be read';
	this.focus();
	if (document.activeElement !== this) return 'it takes no focus';
	if (/^(date|time|datetime-local|month|week|color|range)$/.test(this.type ?? '')) {
		Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(this, text);
		if (this.value !== text && this.type !== 'range') return 'it makes ' + JSON.stringify(this.value) + ' of it';
		this.dispatchEvent(new Event('input', {bubbles: true}));
		this.dispatchEvent(new Event('change', {bubbles: true}));
		return 'filled';
	}
	if (this.select) this.select(); else getSelection().selectAllChildren(this);
	return '';
}`

func fill(value string) func(ctx context.Context, id runtime.RemoteObjectID) (string, error) {
	return func(ctx context.Context, id runtime.RemoteObjectID) (string, error) {
		switch problem, err := on[string](ctx, id, prepare, value); {
		case err != nil:
			return "", err
		case problem == "filled":
			return "", nil
		case problem != "":
			return problem, nil
		}
		if value == "" {
			return "", chromedp.Do(ctx, chromedp.KeyEvent(kb.Delete))
		}
		return "", call(ctx, input.InsertText, input.InsertTextParams{Text: value})
	}
}

// Check ticks the checkbox, or chooses the radio button, with a visible label.
func (p *Page) Check(label string) {
	p.t.Helper()
	p.do(fmt.Sprintf("check %q", label), p.byName(choices, label), tick(true))
}

// Uncheck clears the checkbox with a visible label.
func (p *Page) Uncheck(label string) {
	p.t.Helper()
	p.do(fmt.Sprintf("uncheck %q", label), p.byName(choices, label), tick(false))
}

// Checked tells whether the checkbox or radio button with a visible label is chosen.
func (p *Page) Checked(label string) bool {
	p.t.Helper()
	var is bool
	p.step(fmt.Sprintf("look whether %q is checked", label), func(ctx context.Context) error {
		return p.await(ctx, func(ctx context.Context) (string, error) {
			id, problem, err := p.named(ctx, choices, label)
			if err != nil || problem != "" {
				return problem, err
			}
			is, err = on[bool](ctx, id, isChecked)
			return "", err
		})
	})
	return is
}

const isChecked = `function() { return this.checked ?? this.ariaChecked === 'true' }`

// tick uses the keyboard: boxes are often drawn by something else than the box itself.
func tick(want bool) func(ctx context.Context, id runtime.RemoteObjectID) (string, error) {
	return func(ctx context.Context, id runtime.RemoteObjectID) (string, error) {
		is, err := on[bool](ctx, id, isChecked)
		if err != nil || is == want {
			return "", err
		}
		problem, err := on[string](ctx, id, `function() {
			if (this.matches(':disabled')) return 'it is disabled';
			this.focus();
			return document.activeElement === this ? '' : 'it takes no focus';
		}`)
		if err != nil || problem != "" {
			return problem, err
		}
		if err := chromedp.Do(ctx, chromedp.KeyEvent(" ")); err != nil {
			return "", err
		}
		if is, err = on[bool](ctx, id, isChecked); err != nil && !goesAway(err) || is == want {
			return "", err
		}
		return "it does not change", nil
	}
}

// Select chooses the option with a visible text in the list with a visible label.
func (p *Page) Select(label, option string) {
	p.t.Helper()
	p.do(fmt.Sprintf("select %q of %q", option, label), p.byName(lists, label), func(ctx context.Context, id runtime.RemoteObjectID) (string, error) {
		return on[string](ctx, id, `function(want) {
			if (this.matches(':disabled')) return 'it is disabled';
			if (!this.options) return 'it is no list of options, but ' + this.cloneNode().outerHTML;
			const all = [...this.options], one = all.find(o => o.label.trim() === want);
			if (!one) return 'there is no such option, but ' + all.map(o => JSON.stringify(o.label.trim())).join(', ');
			if (one.disabled) return 'the option is disabled';
			this.focus();
			if (one.selected) return '';
			one.selected = true;
			this.dispatchEvent(new Event('input', {bubbles: true}));
			this.dispatchEvent(new Event('change', {bubbles: true}));
			return '';
		}`, option)
	})
}

// Upload puts files, by their names on this machine, into the field with a visible label.
func (p *Page) Upload(label string, names ...string) {
	p.t.Helper()
	p.do(fmt.Sprintf("upload into %q", label), p.byName(files, label), func(ctx context.Context, id runtime.RemoteObjectID) (string, error) {
		return "", call(ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: names, ObjectID: id})
	})
}

// named keys; a single character stands for itself.
var keys = map[string]string{
	"Enter": kb.Enter, "Tab": kb.Tab, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
}

var modifiers = map[string]chromedp.Modifier{
	"Control": chromedp.ModifierCtrl, "Shift": chromedp.ModifierShift, "Alt": chromedp.ModifierAlt, "Meta": chromedp.ModifierMeta,
}

// Key presses keys, one after the other: "/", "Tab", "Enter", "ArrowDown", "Shift+Tab", "Control+k".
func (p *Page) Key(chords ...string) {
	p.t.Helper()
	for _, chord := range chords {
		p.step("press the key "+chord, func(ctx context.Context) error {
			if err := p.settle(ctx); err != nil {
				return err
			}
			parts := strings.Split(chord, "+")
			if strings.HasSuffix(chord, "++") || chord == "+" {
				parts = append(strings.Split(strings.TrimSuffix(chord, "+"), "+"), "+")
			}
			var options []chromedp.KeyOption
			last := len(parts) - 1
			for _, name := range parts[:last] {
				m, known := modifiers[name]
				if !known && name != "" {
					return fmt.Errorf("there is no modifier %s", name)
				}
				if known {
					options = append(options, chromedp.KeyModifiers(m))
				}
			}
			key, known := keys[parts[last]]
			if !known {
				key = parts[last]
				if len([]rune(key)) != 1 {
					return fmt.Errorf("there is no key %s", key)
				}
			}
			if err := chromedp.Do(ctx, chromedp.KeyEvent(key, options...)); err != nil && !goesAway(err) {
				return err
			}
			return p.follow(ctx)
		})
	}
}
