package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// kind is a kind of thing that people look for by its name.
type kind struct {
	what  string
	roles []string // as Chromium calls them in its tree for assistive technology
}

var (
	pressed = kind{"button or link", strings.Fields("button link menuitem menuitemcheckbox menuitemradio tab switch option DisclosureTriangle DisclosureTriangleGrouped")}
	fields  = kind{"field", strings.Fields("textbox searchbox spinbutton combobox listbox slider textField DateTime Date InputTime ColorWell PopUpButton")}
	choices = kind{"checkbox or radio button", strings.Fields("checkbox radio switch menuitemcheckbox menuitemradio")}
	lists   = kind{"list to select from", strings.Fields("combobox listbox")}
	files   = kind{"field for files", strings.Fields("button")}
)

// named finds the one thing of a kind with an accessible name. Otherwise it says what is there instead.
func (p *Page) named(ctx context.Context, k kind, name string) (runtime.RemoteObjectID, string, error) {
	root, err := p.root(ctx)
	if err != nil || root == "" {
		return "", "there is no " + p.scope, err
	}
	list, err := chromedp.Call(ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: root, AccessibleName: name})
	if err != nil {
		return "", "", err
	}
	hits := k.of(list.Nodes)
	switch len(hits) {
	case 1:
		r, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: hits[0].BackendDOMNodeID})
		if err != nil {
			return "", "", err
		}
		return r.Object.ObjectID, "", nil
	case 0:
		list, err := chromedp.Call(ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: root})
		var names []string
		for _, n := range k.of(list.Nodes) {
			names = append(names, fmt.Sprintf("%s %q", text(n.Role), text(n.Name)))
		}
		return "", fmt.Sprintf("there is no such %s, but %s", k.what, strings.Join(names, ", ")), err
	}
	return "", fmt.Sprintf("there are %d of that name: say with Within which one is meant", len(hits)), nil
}

// of picks the nodes that assistive technology sees as one of the kind.
func (k kind) of(nodes []*accessibility.Node) []*accessibility.Node {
	return slices.DeleteFunc(slices.Clone(nodes), func(n *accessibility.Node) bool {
		return n.Ignored || n.BackendDOMNodeID == 0 || !slices.Contains(k.roles, text(n.Role))
	})
}

// text returns the text of a value of the tree, or "".
func text(v *accessibility.Value) string {
	var s string
	if v != nil {
		_ = json.Unmarshal([]byte(v.Value), &s) // Names and roles are texts.
	}
	return s
}

// root returns the document, or what Within narrows to, or "" when that is not there.
func (p *Page) root(ctx context.Context) (runtime.RemoteObjectID, error) {
	return object(ctx, script(`scope => {`+rootOf+`return rootOf(scope)}`, p.scope))
}

// first returns the first element of a CSS selector, or "".
func (p *Page) first(ctx context.Context, selector string) (runtime.RemoteObjectID, error) {
	return object(ctx, script(`(scope, selector) => {`+rootOf+`return rootOf(scope)?.querySelector(selector) ?? null}`, p.scope, selector))
}

// object evaluates an expression to an object of the page, or to "" for null.
func object(ctx context.Context, expression string) (runtime.RemoteObjectID, error) {
	r, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: expression})
	switch {
	case err != nil:
		return "", err
	case r.ExceptionDetails != nil:
		return "", &chromedp.ExceptionError{ExceptionDetails: r.ExceptionDetails}
	case r.Result == nil:
		return "", errors.New("the browser gives no result")
	}
	return r.Result.ObjectID, nil
}

// on calls a JavaScript function on an object of the page.
func on[T any](ctx context.Context, id runtime.RemoteObjectID, function string, arguments ...any) (T, error) {
	var value T
	params := runtime.CallFunctionOnParams{
		FunctionDeclaration: function, ObjectID: id, ReturnByValue: new(true), UserGesture: new(true),
	}
	for _, argument := range arguments {
		text, err := json.Marshal(argument)
		if err != nil {
			return value, err
		}
		params.Arguments = append(params.Arguments, &runtime.CallArgument{Value: text})
	}
	r, err := chromedp.Call(ctx, runtime.CallFunctionOn, params)
	switch {
	case err != nil:
		return value, err
	case r.ExceptionDetails != nil:
		return value, &chromedp.ExceptionError{ExceptionDetails: r.ExceptionDetails}
	case len(r.Result.Value) == 0:
		return value, nil
	}
	return value, json.Unmarshal([]byte(r.Result.Value), &value)
}
