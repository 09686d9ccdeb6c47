package seller

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"licet/internal/license"
	"licet/internal/wire"
)

// The bounds of a request.
const (
	maxBody   = 1 << 20 // bytes
	maxParams = 100     // of a form; there is no type with twenty
)

// params is what a bot says: the query and the form in the body, by name. What stands in both counts as it stands in the
// query: shops append their own form, with fields of their own, to an address that the vendor wrote.
type params struct {
	fields   map[string]string
	quantity string // from a shop's order in JSON; "" is none
}

// read reads the parameters of r. A form and JSON are told apart by the Content-Type.
func (p *params) read(r *http.Request) error {
	p.fields = map[string]string{}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return license.Invalidf("query", "the query string is malformed")
	}
	if err := p.add(query); err != nil || r.Method != http.MethodPost {
		return err
	}
	body, err := wire.ReadBody(r, maxBody)
	if err != nil {
		return err
	}
	defer body.Release()
	kind, options, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(bytes.TrimSpace(body.Bytes())) == 0:
		return nil
	case err == nil && kind == "multipart/form-data":
		return p.readMultipart(body.Bytes(), options["boundary"])
	case err == nil && kind == "application/json", bytes.HasPrefix(body.Bytes(), []byte("{")):
		return p.readOrder(body.Bytes())
	}
	form, err := url.ParseQuery(string(body.Bytes()))
	if err != nil {
		return license.Invalidf("body", "the form is malformed")
	}
	return p.add(form)
}

// add keeps what is not there yet. It refuses what no database stores.
func (p *params) add(values url.Values) error {
	for name, list := range values {
		if _, known := p.fields[name]; known || len(p.fields) == maxParams {
			continue
		}
		if strings.ContainsRune(list[0], 0) {
			return license.Invalidf("", "a parameter holds a NUL character")
		}
		p.fields[name] = strings.ToValidUTF8(list[0], "\uFFFD")
	}
	return nil
}

func (p *params) readMultipart(body []byte, boundary string) error {
	form := url.Values{}
	for parts := multipart.NewReader(bytes.NewReader(body), boundary); len(form) < maxParams; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		var value []byte
		if err == nil {
			value, err = io.ReadAll(part) // The body is bounded, so its parts are.
		}
		if err != nil {
			return license.Invalidf("body", "the form is malformed")
		}
		form.Add(part.FormName(), string(value))
	}
	return p.add(form)
}

// readOrder takes how many a shop has sold out of its order: data.order.quantity, or else data.quantity. All else in it
// is the shop's own.
func (p *params) readOrder(body []byte) error {
	var order struct {
		Data struct {
			Quantity json.RawMessage
			Order    struct{ Quantity json.RawMessage }
		}
	}
	if !json.Valid(body) {
		return license.Invalidf("body", "the body is not valid JSON")
	}
	// An order of another shape has no quantity.
	_ = json.Unmarshal(body, &order)
	quantity := order.Data.Order.Quantity
	if len(quantity) == 0 {
		quantity = order.Data.Quantity
	}
	if text := strings.Trim(string(quantity), `"`); text != "null" {
		p.quantity = text
	}
	return nil
}

// get returns a parameter without blanks at its ends; "" is the same as none.
func (p *params) get(names ...string) string { return strings.TrimSpace(p.exactly(names...)) }

// exactly returns a parameter as it is, the first that is there of several names.
func (p *params) exactly(names ...string) string {
	for _, name := range names {
		if text := p.fields[name]; text != "" {
			return text
		}
	}
	return ""
}

// has reports whether a parameter is there, empty or not.
func (p *params) has(name string) bool {
	_, there := p.fields[name]
	return there
}

// yes reports whether a switch is on: 1 or true, in any letter case.
func (p *params) yes(names ...string) bool {
	on, _ := parseSwitch(p.get(names...))
	return on
}

// maybe is yes for a switch that may be left as it is: nil where it is not there, or neither on nor off.
func (p *params) maybe(names ...string) *bool {
	if on, ok := parseSwitch(p.get(names...)); ok {
		return &on
	}
	return nil
}

func parseSwitch(text string) (on, ok bool) {
	switch strings.ToLower(text) {
	case "1", "true", "yes", "on":
		return true, true
	case "0", "false", "no", "off":
		return false, true
	}
	return false, false
}

// integer returns a whole number, or otherwise where there is none.
func (p *params) integer(name string, otherwise int64) (int64, error) {
	text := p.get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, license.Invalidf(name, "it must be a whole number")
	}
	return n, nil
}

// secondsPerDay is what the dialect counts durations in.
const secondsPerDay = 24 * 60 * 60

// days returns a number of days, which may be a decimal, rounded to the second (§9.3). It is false where there is none, or
// no number of any use.
func (p *params) days(name string) (seconds int64, ok bool) {
	days, err := strconv.ParseFloat(p.get(name), 64)
	if err != nil || math.IsNaN(days) || math.Abs(days) > 1e9 {
		return 0, false
	}
	return int64(math.Round(days * secondsPerDay)), true
}
