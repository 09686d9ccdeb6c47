package seller

import (
	"strconv"

	"licet/internal/canonjson"
	"licet/internal/license"
)

// row is the values of an object by name, in the order in which they are answered. The reference's rows come out of a
// database that tells all columns as texts, and what is not there as null.
type row struct {
	values []value
}

type value struct {
	name, text string
	kind       kind
}

type kind uint8

const (
	words  kind = iota // a text
	null               // nothing
	digits             // a number
	truth              // true or false
	nested             // JSON
)

func (r *row) add(name string, k kind, text string) *row {
	r.values = append(r.values, value{name, text, k})
	return r
}

// text adds a text.
func (r *row) text(name, text string) *row { return r.add(name, words, text) }

// option adds a text, or null for "".
func (r *row) option(name, text string) *row {
	if text == "" {
		return r.null(name)
	}
	return r.text(name, text)
}

// null adds nothing, by name.
func (r *row) null(name string) *row { return r.add(name, null, "") }

// count adds a number in the form of a text.
func (r *row) count(name string, n int64) *row { return r.text(name, strconv.FormatInt(n, 10)) }

// number adds a number.
func (r *row) number(name string, n int64) *row {
	return r.add(name, digits, strconv.FormatInt(n, 10))
}

// flag adds 1 or 0: bots compare it with the number, or ask whether it is anything but nothing.
func (r *row) flag(name string, on bool) *row {
	if on {
		return r.number(name, 1)
	}
	return r.number(name, 0)
}

// truth adds true or false.
func (r *row) truth(name string, on bool) *row { return r.add(name, truth, strconv.FormatBool(on)) }

// time adds a moment in Unix seconds as a text, "0" for none.
func (r *row) time(name string, t license.Time) *row { return r.count(name, unix(t)) }

// when is time with null for none.
func (r *row) when(name string, t license.Time) *row {
	if t == 0 {
		return r.null(name)
	}
	return r.time(name, t)
}

// json adds JSON in canonical form.
func (r *row) json(name string, canonical []byte) *row { return r.add(name, nested, string(canonical)) }

// row adds an object.
func (r *row) row(name string, inner *row) *row {
	var w canonjson.Writer
	inner.object(&w)
	return r.json(name, w.Bytes())
}

// rows adds an array of objects.
func (r *row) rows(name string, list []row) *row {
	var w canonjson.Writer
	w.Array()
	for i := range list {
		list[i].object(&w)
	}
	w.End()
	return r.json(name, w.Bytes())
}

func (r *row) object(w *canonjson.Writer) {
	w.Object()
	r.members(w)
	w.End()
}

// members writes the values into an object that is open.
func (r *row) members(w *canonjson.Writer) {
	for _, v := range r.values {
		w.Key(v.name)
		switch v.kind {
		case words:
			w.String(v.text)
		case null:
			w.Null()
		default:
			w.Raw([]byte(v.text))
		}
	}
}

// find returns the text of a value, "" where there is none of the name.
func (r *row) find(name string) string {
	for _, v := range r.values {
		if v.name == name {
			return v.text
		}
	}
	return ""
}

// unix returns a moment in seconds.
func unix(t license.Time) int64 { return int64(t) / 1e6 }
