package signing

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

// The parts of structured fields (RFC 9651) that signatures and digests are made of: dictionaries whose members are byte
// sequences or lists of strings with parameters. What the specification lets a reader choose is read strictly here: a name
// that comes twice is refused, and so is what no signature holds, such as decimals and dates.

// maxFieldSize is how long a header field may be that is read, in bytes.
const maxFieldSize = 8 << 10

// errField is the error of everything in this file: whoever sent the field gets no more detail.
var errField = errors.New("not a header field as RFC 9421 and RFC 9530 have it")

// fieldReader reads a structured field from the front. What it has read is written to canon in the one canonical form, over
// which signatures are made.
type fieldReader struct {
	rest  string
	canon []byte
}

// binaryMember is a member of a dictionary of byte sequences.
type binaryMember struct {
	name  string
	value []byte
}

// parseBinaryDictionary reads name=:base64:, … . Parameters are read and passed over.
func parseBinaryDictionary(text string) (out []binaryMember, err error) {
	err = dictionary(text, func(r *fieldReader, name string) error {
		value, err := r.binary()
		if err != nil {
			return err
		}
		out = append(out, binaryMember{name, value})
		return r.params(func(string, fieldValue) error { return nil })
	})
	return out, err
}

// dictionary calls member for each member of a dictionary, at its value.
func dictionary(text string, member func(r *fieldReader, name string) error) error {
	if len(text) > maxFieldSize {
		return errField
	}
	r := &fieldReader{rest: strings.Trim(text, " ")}
	seen := map[string]bool{}
	for r.rest != "" {
		name, err := r.key()
		if err != nil {
			return err
		}
		if seen[name] || !r.take('=') {
			return errField
		}
		seen[name] = true
		if err := member(r, name); err != nil {
			return err
		}
		r.rest = strings.TrimLeft(r.rest, " \t")
		if r.rest == "" {
			return nil
		}
		if !r.take(',') {
			return errField
		}
		if r.rest = strings.TrimLeft(r.rest, " \t"); r.rest == "" {
			return errField // A comma at the end.
		}
	}
	return nil
}

func (r *fieldReader) peek() byte {
	if r.rest == "" {
		return 0
	}
	return r.rest[0]
}

func (r *fieldReader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// span takes the longest beginning whose bytes are ok.
func (r *fieldReader) span(ok func(c byte) bool) string {
	n := 0
	for n < len(r.rest) && ok(r.rest[n]) {
		n++
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// key reads the name of a member or of a parameter.
func (r *fieldReader) key() (string, error) {
	if c := r.peek(); !isLower(c) && c != '*' {
		return "", errField
	}
	return r.span(func(c byte) bool { return isLower(c) || isDigit(c) || strings.IndexByte("_-.*", c) >= 0 }), nil
}

// fieldValue is the value of a parameter: a text, a number, true or false, a word, or bytes.
type fieldValue struct {
	kind   valueKind
	text   string // of a text or word
	number int64
}

type valueKind byte

const (
	textValue valueKind = iota + 1
	numberValue
	trueValue
	falseValue
	wordValue
	bytesValue
)

// params reads parameters, canonically written behind what is there, and calls f for each.
func (r *fieldReader) params(f func(name string, v fieldValue) error) error {
	var seen []string
	for r.take(';') {
		r.rest = strings.TrimLeft(r.rest, " ")
		name, err := r.key()
		if err != nil {
			return err
		}
		for _, other := range seen {
			if other == name {
				return errField
			}
		}
		seen = append(seen, name)
		r.canon = append(append(r.canon, ';'), name...)
		v := fieldValue{kind: trueValue}
		if r.take('=') {
			mark := len(r.canon)
			r.canon = append(r.canon, '=')
			if v, err = r.value(); err != nil {
				return err
			}
			if v.kind == trueValue {
				r.canon = r.canon[:mark]
			}
		}
		if err := f(name, v); err != nil {
			return err
		}
	}
	return nil
}

// value reads a bare item and writes it canonically.
func (r *fieldReader) value() (fieldValue, error) {
	switch c := r.peek(); {
	case c == '"':
		text, err := r.text()
		return fieldValue{kind: textValue, text: text}, err
	case c == '-' || isDigit(c):
		n, err := r.number()
		return fieldValue{kind: numberValue, number: n}, err
	case c == ':':
		value, err := r.binary()
		r.canon = append(r.canon, ':')
		r.canon = base64.StdEncoding.AppendEncode(r.canon, value)
		r.canon = append(r.canon, ':')
		return fieldValue{kind: bytesValue}, err
	case c == '?':
		return r.boolean()
	case c == '*' || isLower(c|0x20):
		word := r.span(func(c byte) bool {
			return isLower(c|0x20) || isDigit(c) || strings.IndexByte("!#$%&'*+-.^_`|~:/", c) >= 0
		})
		r.canon = append(r.canon, word...)
		return fieldValue{kind: wordValue, text: word}, nil
	}
	return fieldValue{}, errField
}

func (r *fieldReader) boolean() (fieldValue, error) {
	text := r.rest[:min(2, len(r.rest))]
	r.rest = r.rest[len(text):]
	switch text {
	case "?1":
		return fieldValue{kind: trueValue}, nil
	case "?0":
		r.canon = append(r.canon, text...)
		return fieldValue{kind: falseValue}, nil
	}
	return fieldValue{}, errField
}

// number reads a whole number of at most 15 digits.
func (r *fieldReader) number() (int64, error) {
	sign := ""
	if r.take('-') {
		sign = "-"
	}
	digits := r.span(isDigit)
	if digits == "" || len(digits) > 15 || r.peek() == '.' {
		return 0, errField
	}
	n, err := strconv.ParseInt(sign+digits, 10, 64)
	if err != nil {
		return 0, errField
	}
	r.canon = strconv.AppendInt(r.canon, n, 10)
	return n, nil
}

// text reads a text in quotes.
func (r *fieldReader) text() (string, error) {
	if !r.take('"') {
		return "", errField
	}
	var out []byte
	for r.rest != "" {
		c := r.rest[0]
		r.rest = r.rest[1:]
		switch {
		case c == '"':
			r.canon = appendText(r.canon, string(out))
			return string(out), nil
		case c == '\\':
			if c = r.peek(); c != '"' && c != '\\' {
				return "", errField
			}
			r.rest = r.rest[1:]
		case c < 0x20 || c > 0x7e:
			return "", errField
		}
		out = append(out, c)
	}
	return "", errField
}

// binary reads a byte sequence.
func (r *fieldReader) binary() ([]byte, error) {
	if !r.take(':') {
		return nil, errField
	}
	encoded, rest, ok := strings.Cut(r.rest, ":")
	if !ok {
		return nil, errField
	}
	r.rest = rest
	value, ok := decodeLine(encoded)
	if !ok {
		return nil, errField
	}
	return value, nil
}

// appendText writes a text of printable ASCII in quotes.
func appendText(out []byte, text string) []byte {
	out = append(out, '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			out = append(out, '\\')
		}
		out = append(out, text[i])
	}
	return append(out, '"')
}

// isText reports whether a text can stand in quotes.
func isText(text string) bool {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] > 0x7e {
			return false
		}
	}
	return true
}
