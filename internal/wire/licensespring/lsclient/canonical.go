package lsclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A tree is JSON as JavaScript holds it: nil, bool, json.Number, string, []any or object.
type (
	object []member
	member struct {
		name  string
		value any
	}
)

// Restringify returns what JavaScript prints for JSON.stringify(JSON.parse(text)): no spaces, members in
// JavaScript's order, its escapes and its numbers (§4). A lone surrogate comes out as U+FFFD, so that a text
// which holds one never equals its canonical form.
func Restringify(text []byte) ([]byte, error) {
	tree, err := parse(text)
	if err != nil {
		return nil, err
	}
	return printer{comma: ",", colon: ":"}.append(nil, tree), nil
}

// parse reads JSON into a tree and keeps the order of its members.
func parse(text []byte) (any, error) {
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return read(d)
}

func read(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, errors.Join(io.ErrUnexpectedEOF, err)
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := read(d)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		members := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := read(d)
			if err != nil {
				return nil, err
			}
			members = members.with(name.(string), value)
		}
		_, err = d.Token()
		return members, err
	}
	return token, nil
}

// with sets a member. One that comes twice has its first place and its last value, as in JavaScript.
func (o object) with(name string, value any) object {
	if i := slices.IndexFunc(o, func(m member) bool { return m.name == name }); i >= 0 {
		o[i].value = value
		return o
	}
	return append(o, member{name, value})
}

// without returns the object with some members left out.
func (o object) without(names ...string) object {
	return slices.DeleteFunc(slices.Clone(o), func(m member) bool { return slices.Contains(names, m.name) })
}

// member returns a member, nil where it is absent.
func (o object) member(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// text returns a member that is a string, "" for any other.
func (o object) text(name string) string {
	s, _ := o.member(name).(string)
	return s
}

// inOrder returns the members as JavaScript walks over them: array indexes first, by their number.
func (o object) inOrder() object {
	var indexes, others object
	for _, m := range o {
		if _, is := arrayIndex(m.name); is {
			indexes = append(indexes, m)
			continue
		}
		others = append(others, m)
	}
	slices.SortFunc(indexes, func(a, b member) int {
		x, _ := arrayIndex(a.name)
		y, _ := arrayIndex(b.name)
		return int(x - y)
	})
	return append(indexes, others...)
}

// arrayIndex reports whether a name is an array index of JavaScript: 0 to 2^32-2, written in the usual way.
func arrayIndex(name string) (int64, bool) {
	n, err := strconv.ParseInt(name, 10, 64)
	return n, err == nil && n >= 0 && n < math.MaxUint32 && strconv.FormatInt(n, 10) == name
}

// printer writes a tree as JSON.
type printer struct {
	comma, colon string
	ascii        bool // escape all that is not ASCII, as Python does
}

// The two ways in which the SDKs write offline requests (§8.1).
func nodeStyle() printer   { return printer{comma: ",", colon: ":"} }
func pythonStyle() printer { return printer{comma: ", ", colon: ": ", ascii: true} }

func (p printer) append(b []byte, tree any) []byte {
	switch v := tree.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case json.Number:
		return append(b, number(v)...)
	case string:
		return p.appendString(b, v)
	case []any:
		b = append(b, '[')
		for i, value := range v {
			if i > 0 {
				b = append(b, p.comma...)
			}
			b = p.append(b, value)
		}
		return append(b, ']')
	case object:
		b = append(b, '{')
		for i, m := range v.inOrder() {
			if i > 0 {
				b = append(b, p.comma...)
			}
			b = append(p.appendString(b, m.name), p.colon...)
			b = p.append(b, m.value)
		}
		return append(b, '}')
	}
	panic(fmt.Sprintf("lsclient: a %T in a tree", tree))
}

func (p printer) appendString(b []byte, s string) []byte {
	const short = "\b\t\n\f\r\"\\"
	const names = `btnfr"\`
	b = append(b, '"')
	for _, r := range s {
		switch i := strings.IndexRune(short, r); {
		case i >= 0:
			b = append(b, '\\', names[i])
		case r < 0x20, p.ascii && r >= 0x7f && r <= 0xffff && r != 0x7f:
			b = fmt.Appendf(b, `\u%04x`, r)
		case p.ascii && r > 0xffff:
			r -= 0x10000
			b = fmt.Appendf(b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// number writes a number as JavaScript does: the shortest digits that give the same float64, with an exponent
// from 10^21 on and below 10^-6.
func number(n json.Number) string {
	f, _ := strconv.ParseFloat(n.String(), 64) // Out of range is an infinity, as in JavaScript.
	switch {
	case f == 0:
		return "0"
	case math.IsInf(f, 0):
		return "null"
	}
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	digits := strings.Replace(mantissa, ".", "", 1)
	e, _ := strconv.Atoi(exponent)
	point := e + 1 // where the decimal point stands, counted from before the digits
	switch {
	case point > 21 || point <= -6:
		if len(digits) > 1 {
			digits = digits[:1] + "." + digits[1:]
		}
		return fmt.Sprintf("%s%se%+d", sign, digits, e)
	case point <= 0:
		return sign + "0." + strings.Repeat("0", -point) + digits
	case point >= len(digits):
		return sign + digits + strings.Repeat("0", point-len(digits))
	}
	return sign + digits[:point] + "." + digits[point:]
}

// tooLarge returns the first number of a tree that is an integer beyond 2^53-1, or "" (§1, §4).
func tooLarge(tree any) string {
	switch v := tree.(type) {
	case json.Number:
		f, _ := v.Float64()
		if f == math.Trunc(f) && math.Abs(f) > 1<<53-1 {
			return v.String()
		}
	case []any:
		for _, value := range v {
			if n := tooLarge(value); n != "" {
				return n
			}
		}
	case object:
		for _, m := range v {
			if n := tooLarge(m.value); n != "" {
				return n
			}
		}
	}
	return ""
}
