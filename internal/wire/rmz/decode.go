package rmz

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
)

const (
	maxText   = 255    // characters of a license key and of a hardware id (§2)
	wholeBody = "body" // what a complaint names that is about no single field
)

// Decode reads a request (§2): a JSON object, or a form where contentType says
// application/x-www-form-urlencoded. Nothing of body is kept, so its buffer may be used again. The
// Address of the request is left to the caller.
//
// The error is Invalid, and names every field that is wrong with it.
func Decode(body []byte, contentType string) (authority.Request, error) {
	var f fields
	var err error
	switch {
	case isForm(contentType):
		err = f.readForm(body)
	case f.scan(body):
	default:
		f = fields{}
		err = f.readJSON(body)
	}
	if err != nil {
		return authority.Request{}, err
	}
	return f.request()
}

// complaint is one thing that is wrong with a request.
type complaint struct{ field, text string }

// complaints are all of them, in the order of the fields; the cause of Decode's error. They never
// repeat what the client sent.
type complaints []complaint

// Error returns the complaints in one line, for the log.
func (c complaints) Error() string {
	texts := make([]string, len(c))
	for i := range c {
		texts[i] = c[i].text
	}
	return strings.Join(texts, " ")
}

func (c complaints) wrap() error { return license.Wrap(license.Invalid, invalid.Message, c) }

func badBody(text string) error { return complaints{{wholeBody, text}}.wrap() }

// kind is what stands in a field, as far as this dialect tells things apart.
type kind uint8

const (
	absent kind = iota // not there
	null
	text
	number
	form   // text of a form, where a number cannot be told from a text
	other  // true, false, an array, an object
	broken // text that is no Unicode: half a surrogate pair, or broken UTF-8 in a form
	double // there more than once
)

// field is one of the three members. raw is its text, or the digits of a number.
type field struct {
	kind kind
	raw  []byte
}

type fields struct{ product, key, hwid field }

// of returns the field of a name, or nil for a member that this dialect does not know.
func (f *fields) of(name []byte) *field {
	switch string(name) {
	case "product_id":
		return &f.product
	case "license_key":
		return &f.key
	case "hwid":
		return &f.hwid
	}
	return nil
}

// set fills the field, once.
func (f *field) set(k kind, raw []byte) {
	if f.kind != absent {
		k = double
	}
	f.kind, f.raw = k, raw
}

// readJSON reads any JSON text. What [fields.scan] understands it understands in the same way.
func (f *fields) readJSON(body []byte) error {
	switch {
	case len(bytes.Trim(body, " \t\r\n")) == 0:
		return nil // As {}: what is missing is named.
	case !utf8.Valid(body):
		return badBody("The body must be text in UTF-8.")
	case !json.Valid(body):
		return badBody("The body must be valid JSON.")
	}
	in := json.NewDecoder(bytes.NewReader(body))
	if opening, err := in.Token(); err != nil || opening != json.Delim('{') {
		return badBody("The body must be a JSON object.")
	}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return badBody("The body must be valid JSON.")
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return badBody("The body must be valid JSON.")
		}
		if name, ok := name.(string); ok {
			if member := f.of([]byte(name)); member != nil {
				member.set(valueOf(value))
			}
		}
	}
	return nil
}

// valueOf returns the kind of a valid JSON value, and its text or digits.
func valueOf(value []byte) (kind, []byte) {
	switch c := value[0]; {
	case c == 'n':
		return null, nil
	case c == '-' || '0' <= c && c <= '9':
		return number, value
	case c != '"':
		return other, nil
	}
	var s string
	if err := json.Unmarshal(value, &s); err != nil || canonjson.HalfSurrogate(value) {
		return broken, nil
	}
	return text, []byte(s)
}

// isForm reports whether a Content-Type is that of a form; everything else is taken for JSON.
func isForm(contentType string) bool {
	if contentType == "application/json" {
		return false
	}
	essence, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(essence), "application/x-www-form-urlencoded")
}

func (f *fields) readForm(body []byte) error {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return badBody("The body must be a valid form.")
	}
	for name, list := range values {
		member := f.of([]byte(name))
		if member == nil {
			continue
		}
		for _, value := range list {
			k := form
			if !utf8.ValidString(value) {
				k = broken
			}
			member.set(k, []byte(value))
		}
	}
	return nil
}

// request judges the fields.
func (f *fields) request() (authority.Request, error) {
	var r authority.Request
	var wrong complaints
	var why string
	if r.Product, why = f.product.integer(); why != "" {
		wrong = append(wrong, complaint{"product_id", "The product_id field " + why})
	}
	if r.Key, why = f.key.licenseKey(); why != "" {
		wrong = append(wrong, complaint{"license_key", "The license_key field " + why})
	}
	if r.HardwareID, why = f.hwid.hardwareID(); why != "" {
		wrong = append(wrong, complaint{"hwid", "The hwid field " + why})
	}
	if wrong != nil {
		return authority.Request{}, wrong.wrap()
	}
	return r, nil
}

// Why a field is refused; "" is that it is not.
const (
	isRequired    = "is required."
	mustBeInteger = "must be an integer."
	mustBeString  = "must be a string."
	mustBeText    = "must be valid text."
	mustBeOnce    = "must be there once."
	mustBeShorter = "must not be greater than 255 characters."
)

// integer reads a product number: a whole number, also as text. A fraction of zero is no fraction,
// since some languages write 123 as 123.0.
func (f *field) integer() (int64, string) {
	switch f.kind {
	case absent, null:
		return 0, isRequired
	case double:
		return 0, mustBeOnce
	case number, text, form:
	default:
		return 0, mustBeInteger
	}
	digits := f.raw
	if f.kind != number {
		if digits = bytes.TrimSpace(digits); len(digits) == 0 {
			return 0, isRequired
		}
	}
	if n, ok := plainInteger(digits); ok {
		return n, ""
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err == nil {
		return n, ""
	}
	if f.kind == number && !errors.Is(err, strconv.ErrRange) {
		if x, err := strconv.ParseFloat(string(digits), 64); err == nil && x == math.Trunc(x) && math.Abs(x) <= license.MaxID {
			return int64(x), ""
		}
	}
	return 0, mustBeInteger
}

// plainInteger reads up to 18 decimal digits.
func plainInteger(digits []byte) (n int64, ok bool) {
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// licenseKey reads a key. Blanks around it do not count, so a key of blanks is none.
func (f *field) licenseKey() (string, string) {
	switch f.kind {
	case absent, null:
		return "", isRequired
	case number, other:
		return "", mustBeString
	}
	key, why := f.limited(bytes.TrimSpace(f.raw))
	if why == "" && key == "" {
		return "", isRequired
	}
	return key, why
}

// hardwareID reads a hardware id, exactly as sent; absent, null and "" are one case. A number is
// taken as its decimal text.
func (f *field) hardwareID() (string, string) {
	switch f.kind {
	case absent, null:
		return "", ""
	case other:
		return "", mustBeString
	}
	return f.limited(f.raw)
}

// limited returns value where it is text that can be stored, of at most 255 characters.
func (f *field) limited(value []byte) (string, string) {
	switch {
	case f.kind == double:
		return "", mustBeOnce
	case f.kind == broken, bytes.IndexByte(value, 0) >= 0:
		return "", mustBeText
	case len(value) > maxText && utf8.RuneCount(value) > maxText:
		return "", mustBeShorter
	}
	return string(value), ""
}
