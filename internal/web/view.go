package web

import (
	"context"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"licet/internal/license"
)

// View is what the parts of a page need to know about the request they are drawn for. It travels in the context that
// components are rendered with.
type View struct {
	Language language.Tag  // of our texts; the zero value is English
	Now      license.Time  // the time of the answer
	Tenant   string        // goes with each form, so that one filled in for another tenant is refused; "" is none
	Once     func() string // a fresh name for a form that must be carried out once; nil is none
}

type viewKey struct{}

// With returns a context in which components are drawn for v.
func With(ctx context.Context, v View) context.Context { return context.WithValue(ctx, viewKey{}, v) }

// ViewOf returns the View of a context, the zero one where there is none.
func ViewOf(ctx context.Context) View {
	v, _ := ctx.Value(viewKey{}).(View)
	return v
}

// T returns one of our texts in the language of the page. The text is the English one, with verbs of package fmt for the
// arguments; where there is no translation it is that text. Numbers are grouped as the language does it.
func T(ctx context.Context, text string, args ...any) string {
	return message.NewPrinter(ViewOf(ctx).tag()).Sprintf(text, args...)
}

// N is T for a count: one is the text for exactly one, many that for every other count. Both name the count by %d.
func N(ctx context.Context, count int64, one, many string) string {
	if count == 1 {
		return T(ctx, one, count)
	}
	return T(ctx, many, count)
}

// Language returns the tag for the lang attribute of the page, and its direction for dir.
func Language(ctx context.Context) (tag, dir string) {
	t := ViewOf(ctx).tag()
	dir = "ltr"
	if script, _ := t.Script(); rightToLeft[script.String()] {
		dir = "rtl"
	}
	return t.String(), dir
}

// rightToLeft are the scripts that are written so, of the languages that people speak to computers in.
var rightToLeft = map[string]bool{"Arab": true, "Hebr": true, "Thaa": true, "Syrc": true, "Nkoo": true, "Adlm": true, "Rohg": true}

func (v View) tag() language.Tag {
	if v.Language == language.Und {
		return language.English
	}
	return v.Language
}
