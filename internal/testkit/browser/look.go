package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// read evaluates an expression once no document is on its way.
func read[T any](p *Page, what, expression string) T {
	p.t.Helper()
	var value T
	p.step(what, func(ctx context.Context) error {
		return p.await(ctx, func(ctx context.Context) (string, error) {
			var err error
			value, err = evaluate[T](ctx, expression)
			return "", err
		})
	})
	return value
}

// script returns the call of a JavaScript function with arguments.
func script(function string, arguments ...any) string {
	var list []string
	for _, argument := range arguments {
		text, err := json.Marshal(argument)
		if err != nil {
			panic(err) // Only texts and numbers come here.
		}
		list = append(list, string(text))
	}
	return "(" + function + ")(" + strings.Join(list, ",") + ")"
}

// rootOf is the JavaScript function that returns what Within narrows to, or null when it is not there.
const rootOf = `const rootOf = scope => scope ? document.querySelector(scope) : document;
const shown = e => !!e && e.checkVisibility({visibilityProperty: true, opacityProperty: false});
const seen = e => e.innerText === undefined ? e.textContent : e.innerText;
`

// Eval returns the value of a JavaScript expression, which may be a promise. Void is chromedp's; struct{} does as well.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	return read[T](p, "evaluate "+expression, expression)
}

// Exists tells whether something matches a CSS selector now, shown or not.
func (p *Page) Exists(selector string) bool {
	p.t.Helper()
	return read[bool](p, "look for "+selector, script(`(scope, selector) => {`+rootOf+`
		return !!rootOf(scope)?.querySelector(selector);
	}`, p.scope, selector))
}

// Text waits for the first element of a CSS selector, and returns its text as it is seen: in capitals where CSS makes
// them, without what is hidden, trimmed.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	var text string
	p.step("read "+selector, func(ctx context.Context) error {
		return p.await(ctx, func(ctx context.Context) (string, error) {
			found, err := evaluate[[]string](ctx, script(`(scope, selector) => {`+rootOf+`
				const e = rootOf(scope)?.querySelector(selector);
				return e ? [seen(e).trim()] : [];
			}`, p.scope, selector))
			if err != nil || len(found) == 0 {
				return "there is none", err
			}
			text = found[0]
			return "", nil
		})
	})
	return text
}

// Texts returns the texts, as Text does, of all elements that match a CSS selector now. There may be none.
func (p *Page) Texts(selector string) []string {
	p.t.Helper()
	return read[[]string](p, "read all "+selector, script(`(scope, selector) => {`+rootOf+`
		return [...rootOf(scope)?.querySelectorAll(selector) ?? []].map(e => seen(e).trim());
	}`, p.scope, selector))
}

// Value returns what is in the field with a visible label.
func (p *Page) Value(label string) string {
	p.t.Helper()
	var value string
	p.step(fmt.Sprintf("read the field %q", label), func(ctx context.Context) error {
		return p.await(ctx, func(ctx context.Context) (string, error) {
			e, problem, err := p.named(ctx, fields, label)
			if err != nil || problem != "" {
				return problem, err
			}
			value, err = on[string](ctx, e, `function() { return this.value ?? this.innerText }`)
			return "", err
		})
	})
	return value
}

// Wait waits until something that matches a CSS selector is shown.
func (p *Page) Wait(selector string) {
	p.t.Helper()
	p.waitFor("wait for "+selector, "there is none", script(`(scope, selector) => {`+rootOf+`
		return [...rootOf(scope)?.querySelectorAll(selector) ?? []].some(shown);
	}`, p.scope, selector))
}

// WaitGone waits until nothing that matches a CSS selector is shown.
func (p *Page) WaitGone(selector string) {
	p.t.Helper()
	p.waitFor("wait until there is no "+selector, "there is one", script(`(scope, selector) => {`+rootOf+`
		return ![...rootOf(scope)?.querySelectorAll(selector) ?? []].some(shown);
	}`, p.scope, selector))
}

// WaitText waits until a text is seen. Any blank in it stands for any number of them.
func (p *Page) WaitText(text string) {
	p.t.Helper()
	p.waitFor(fmt.Sprintf("wait for the text %q", text), "it is not there", script(`(scope, text) => {`+rootOf+`
		const root = rootOf(scope);
		return !!root && seen(root.body ?? root).replace(/\s+/g, ' ').includes(text.replace(/\s+/g, ' '));
	}`, p.scope, text))
}

// waitFor waits until an expression is true.
func (p *Page) waitFor(what, problem, expression string) {
	p.t.Helper()
	p.step(what, func(ctx context.Context) error {
		return p.await(ctx, func(ctx context.Context) (string, error) {
			is, err := evaluate[bool](ctx, expression)
			if is {
				return "", err
			}
			return problem, err
		})
	})
}
