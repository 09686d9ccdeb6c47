package licensespring

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"licet/internal/canonjson"
	"licet/internal/license"
)

// The bounds of texts, in characters.
const (
	maxText = 255     // keys, names, codes, hardware ids
	maxInfo = 4096    // what is told of a machine
	maxLong = 8 << 10 // passwords and tokens of identity providers
)

// kind is what stands in a field, as far as it matters.
type kind uint8

const (
	absent kind = iota // not there, or null
	words              // text of a query string, where a number cannot be told from a text
	text
	number
	truth // true or false
	list
	object
	double // there more than once
)

// field is one parameter. raw is its text, its digits, or its JSON.
type field struct {
	name, raw []byte
	kind      kind
}

// params is what an app says: a query string or a JSON object, whose parameters are read by name. Parameters nobody
// asks for are ignored.
//
// The getters never fail: what is wrong or missing is remembered, and done returns it. So an endpoint reads all it
// needs, asks done once, and goes on.
type params struct {
	fields  []field
	wrong   error
	missing []string
}

// readQuery reads a query string.
func (p *params) readQuery(query string) error {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return license.Invalidf("query", "the query string is malformed")
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil {
			return license.Invalidf(safeName(name), "the value is malformed")
		}
		p.add([]byte(name), words, []byte(value))
	}
	return nil
}

// readJSON reads a JSON object; an empty body is an empty one. Its fields point into body, which must stay as it is.
func (p *params) readJSON(body []byte) error {
	body = bytes.Trim(body, " \t\r\n")
	switch {
	case len(body) == 0:
		return nil
	case !utf8.Valid(body):
		return license.Invalidf("body", "must be text in UTF-8")
	case !json.Valid(body):
		return refuse(invalidJSON)
	case body[0] != '{':
		return license.Invalidf("body", "must be a JSON object")
	}
	eachMember(body, func(name, value []byte) {
		p.add(plainText(name), kindOf(value), value)
	})
	return nil
}

// add keeps a field, and once only: what is there twice is refused by whoever asks for it.
func (p *params) add(name []byte, k kind, raw []byte) {
	for i := range p.fields {
		if bytes.Equal(p.fields[i].name, name) {
			p.fields[i].kind = double
			return
		}
	}
	if len(p.fields) == maxFields {
		return // Nobody asks for so many: the rest is unknown and ignored.
	}
	p.fields = append(p.fields, field{name, raw, k})
}

// maxFields bounds the work of finding duplicates. The largest request of the contract has about 25.
const maxFields = 128

// kindOf returns the kind of a valid JSON value.
func kindOf(value []byte) kind {
	switch value[0] {
	case '"':
		return text
	case '{':
		return object
	case '[':
		return list
	case 't', 'f':
		return truth
	case 'n':
		return absent
	}
	return number
}

// eachMember calls do for each member of an object that is valid JSON: its name in quotes, and its value.
func eachMember(body []byte, do func(name, value []byte)) {
	at := skipBlanks(body, 1)
	for at < len(body) && body[at] == '"' {
		name := body[at:skipValue(body, at)]
		at = skipBlanks(body, at+len(name)) + 1 // The colon.
		at = skipBlanks(body, at)
		end := skipValue(body, at)
		do(name, body[at:end])
		if at = skipBlanks(body, end); at < len(body) && body[at] == ',' {
			at = skipBlanks(body, at+1)
		}
	}
}

// eachItem calls do for each element of an array that is valid JSON.
func eachItem(body []byte, do func(value []byte)) {
	at := skipBlanks(body, 1)
	for at < len(body) && body[at] != ']' {
		end := skipValue(body, at)
		do(body[at:end])
		if at = skipBlanks(body, end); at < len(body) && body[at] == ',' {
			at = skipBlanks(body, at+1)
		}
	}
}

func skipBlanks(b []byte, at int) int {
	for at < len(b) && (b[at] == ' ' || b[at] == '\n' || b[at] == '\t' || b[at] == '\r') {
		at++
	}
	return at
}

// skipValue returns where the value at a place of valid JSON ends.
func skipValue(b []byte, at int) int {
	depth, quoted := 0, false
	for ; at < len(b); at++ {
		switch c := b[at]; {
		case quoted && c == '\\':
			at++
		case c == '"':
			quoted = !quoted
			if !quoted && depth == 0 {
				return at + 1
			}
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return at // The end of what a bare word stands in.
			}
			if depth--; depth == 0 {
				return at + 1
			}
		case depth == 0 && (c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			return at
		}
	}
	return at
}

// plainText returns what a JSON string in quotes says. Half a surrogate pair becomes U+FFFD.
func plainText(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return inner // It is valid JSON, so it can be read.
	}
	return []byte(s)
}

// find returns the field of a name; its kind is absent where there is none.
func (p *params) find(name string) field {
	for i := range p.fields {
		if string(p.fields[i].name) == name {
			return p.fields[i]
		}
	}
	return field{}
}

// reject remembers the first thing that is wrong.
func (p *params) reject(name, why string) {
	if p.wrong == nil {
		p.wrong = license.Invalidf(name, "%s", why)
	}
}

// done returns what was wrong with the parameters that were asked for, or that some are missing.
func (p *params) done() error {
	if p.wrong != nil {
		return p.wrong
	}
	if len(p.missing) > 0 {
		return refuse(missingParameters.with("Some parameters are missing in the request: { " + strings.Join(p.missing, ", ") + " }"))
	}
	return nil
}

// lacks remembers that a parameter is missing.
func (p *params) lacks(name string) { p.missing = append(p.missing, name) }

// has reports whether a parameter is there, and not null.
func (p *params) has(name string) bool { return p.find(name).kind != absent }

// text returns a text of up to 255 characters; "" where there is none.
func (p *params) text(name string) string { return p.textUpTo(name, maxText) }

// need returns a text that must be there and not be empty.
func (p *params) need(name string) string {
	value := p.text(name)
	if value == "" && p.wrong == nil {
		p.lacks(name)
	}
	return value
}

// textUpTo returns a text of up to so many characters; "" where there is none.
func (p *params) textUpTo(name string, most int) string {
	f := p.find(name)
	switch f.kind {
	case absent:
		return ""
	case double:
		p.reject(name, mustBeOnce)
		return ""
	case words:
	case text:
		if canonjson.HalfSurrogate(f.raw) {
			p.reject(name, mustBeText)
			return ""
		}
		f.raw = plainText(f.raw)
	default:
		p.reject(name, "must be a string")
		return ""
	}
	switch {
	case bytes.IndexByte(f.raw, 0) >= 0, !utf8.Valid(f.raw):
		p.reject(name, mustBeText)
	case len(f.raw) > most && utf8.RuneCount(f.raw) > most:
		p.reject(name, "must not be longer than "+strconv.Itoa(most)+" characters")
	default:
		return string(f.raw)
	}
	return ""
}

const (
	mustBeOnce    = "must be there once"
	mustBeText    = "must be valid text"
	mustBeInteger = "must be an integer"
	mustBeTruth   = "must be true or false"
)

// integer returns a whole number between -(2^53-1) and 2^53-1, and whether it is there. Digits in quotes are a
// number too, and so is 3.0, as some languages write 3.
func (p *params) integer(name string) (int64, bool) {
	f := p.find(name)
	digits := f.raw
	switch f.kind {
	case absent:
		return 0, false
	case double:
		p.reject(name, mustBeOnce)
		return 0, false
	case number:
	case words, text:
		if f.kind == text {
			digits = plainText(digits)
		}
		if len(digits) == 0 {
			return 0, false
		}
	default:
		digits = nil
	}
	if n, ok := wholeNumber(digits, f.kind == number); ok {
		return n, true
	}
	p.reject(name, mustBeInteger)
	return 0, false
}

func wholeNumber(digits []byte, fraction bool) (int64, bool) {
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil && fraction {
		x, failed := strconv.ParseFloat(string(digits), 64)
		if failed != nil || x != math.Trunc(x) || math.Abs(x) > license.MaxID {
			return 0, false
		}
		n, err = int64(x), nil
	}
	return n, err == nil && n >= -license.MaxID && n <= license.MaxID
}

// id returns an identity; 0 where there is none.
func (p *params) id(name string) int64 {
	n, there := p.integer(name)
	if there && n <= 0 {
		p.reject(name, "must be a positive integer")
	}
	return n
}

// truth returns true or false, and whether it is there. The words in quotes count as well.
func (p *params) truth(name string) (value, there bool) {
	f := p.find(name)
	raw := f.raw
	switch f.kind {
	case absent:
		return false, false
	case double:
		p.reject(name, mustBeOnce)
		return false, false
	case truth, words:
	case text:
		raw = plainText(raw)
	default:
		p.reject(name, mustBeTruth)
		return false, false
	}
	switch string(raw) {
	case "true":
		return true, true
	case "false":
		return false, true
	case "":
		return false, false
	}
	p.reject(name, mustBeTruth)
	return false, false
}

// isTrue reports whether a parameter is true.
func (p *params) isTrue(name string) bool {
	value, _ := p.truth(name)
	return value
}

// member returns the JSON of an object or an array; nil where there is none.
func (p *params) member(name string, want kind) []byte {
	f := p.find(name)
	switch {
	case f.kind == absent:
		return nil
	case f.kind == double:
		p.reject(name, mustBeOnce)
		return nil
	case f.kind == want:
		return f.raw
	case want == list:
		p.reject(name, "must be an array")
	default:
		p.reject(name, "must be an object")
	}
	return nil
}

// safeName returns a name that may be repeated in an answer.
func safeName(name string) string {
	if name == "" || len(name) > 64 || !utf8.ValidString(name) {
		return "query"
	}
	return name
}
