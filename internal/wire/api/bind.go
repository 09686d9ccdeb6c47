package api

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"licet/internal/license"
)

// param is a field of an input that is read from the address.
type param struct {
	name   string
	in     string // path or query
	index  []int
	schema *huma.Schema
	field  reflect.StructField
}

// paramsOf lists the parameters of an input, those of embedded structs too.
func (a *API) paramsOf(t reflect.Type) []param {
	var list []param
	for _, f := range reflect.VisibleFields(t) {
		for _, in := range []string{"path", "query"} {
			if name := f.Tag.Get(in); name != "" {
				list = append(list, param{name: name, in: in, index: f.Index, field: f, schema: huma.SchemaFromField(a.registry, f, name)})
			}
		}
	}
	return list
}

const dryRun = "dry_run"

// bind fills an input from a request. The error is Invalid and names what is wrong.
func (a *API) bind(o *operation, c *Call, in any, body []byte) error {
	var wrong violations
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return license.Invalidf("query", "the query of the address cannot be read")
	}
	known := []string{}
	if o.DryRun {
		known = append(known, dryRun)
		if c.DryRun, err = readBool(query.Get(dryRun)); err != nil {
			wrong = append(wrong, Violation{dryRun, err.Error()})
		}
		if len(query[dryRun]) > 1 {
			wrong = append(wrong, Violation{dryRun, "it may be given once"})
		}
	}
	value := reflect.ValueOf(in).Elem()
	for i := range o.params {
		p := &o.params[i]
		text, given := c.Request.PathValue(p.name), true
		if p.in == "query" {
			known = append(known, p.name)
			if text, given = query.Get(p.name), query.Has(p.name); !given {
				text, given = defaultOf(p)
			}
			if len(query[p.name]) > 1 {
				wrong = append(wrong, Violation{p.name, "it may be given once"})
				continue
			}
		}
		if !given {
			continue
		}
		if why := a.set(p, value.FieldByIndex(p.index), text); why != "" {
			wrong = append(wrong, Violation{p.name, why})
		}
	}
	for name := range query {
		if !slices.Contains(known, name) {
			wrong = append(wrong, Violation{name, "there is no such parameter"})
		}
	}
	if o.body != nil && !(o.optional && len(body) == 0) {
		wrong = append(wrong, a.readBodyInto(o, value.FieldByName("Body"), body)...)
	}
	return wrong.err()
}

// err is nil without violations, else the Invalid error of them.
func (v violations) err() error {
	if len(v) == 0 {
		return nil
	}
	slices.SortStableFunc(v, func(x, y Violation) int { return strings.Compare(x.Field, y.Field) })
	e := license.Wrap(license.Invalid, v[0].Detail, v)
	if known, ok := errors.AsType[*license.Error](e); ok {
		known.Field = v[0].Field
	}
	return e
}

func defaultOf(p *param) (string, bool) {
	return p.field.Tag.Lookup("default")
}

func readBool(text string) (bool, error) {
	switch text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, errors.New("it is true or false")
}

// set puts the text of a parameter into its field; it returns what is wrong with it, or "".
func (a *API) set(p *param, to reflect.Value, text string) string {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "it must be text in UTF-8"
	}
	if to.Kind() == reflect.Pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	var value any = text
	switch read := to.Addr().Interface().(type) {
	case json.Unmarshaler: // times and limits, which stand in addresses as they do in JSON, without quotes
		if err := read.UnmarshalJSON(strconv.AppendQuote(nil, text)); err != nil {
			return license.Describe(err).Message
		}
		return ""
	default:
		switch to.Kind() {
		case reflect.String:
			to.SetString(text)
		case reflect.Int64, reflect.Int:
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return "it must be a whole number"
			}
			to.SetInt(n)
			value = n
		case reflect.Bool:
			yes, err := readBool(text)
			if err != nil || text == "" {
				return "it is true or false"
			}
			to.SetBool(yes)
			value = yes
		default:
			return "it cannot be read"
		}
	}
	return first(a.check(p.schema, "", value))
}

func first(wrong violations) string {
	if len(wrong) == 0 {
		return ""
	}
	return wrong[0].Detail
}

// check judges a value by a schema. path is what stands before the names of its members.
func (a *API) check(s *huma.Schema, path string, value any) violations {
	var res huma.ValidateResult
	huma.Validate(a.registry, s, huma.NewPathBuffer([]byte(path), len(path)), huma.ModeWriteToServer, value, &res)
	var wrong violations
	for _, err := range res.Errors {
		d, ok := errors.AsType[*huma.ErrorDetail](err)
		if !ok {
			wrong = append(wrong, Violation{path, "it is not what it must be"})
			continue
		}
		// The value is left out: it may be a key or a password.
		wrong = append(wrong, violation(strings.TrimPrefix(strings.TrimPrefix(d.Location, "body"), "."), d.Message))
	}
	return wrong
}

// strict names the members that are known in another letter case only. The library and encoding/json would take them, beside the
// members they look like, and the schema would judge but one of the two.
func (a *API) strict(s *huma.Schema, path string, value any) (wrong violations) {
	for s.Ref != "" {
		s = a.registry.SchemaFromRef(s.Ref)
	}
	for _, one := range s.AnyOf {
		wrong = append(wrong, a.strict(one, path, value)...)
	}
	switch value := value.(type) {
	case []any:
		for i := range value {
			if s.Items != nil {
				wrong = append(wrong, a.strict(s.Items, path+"["+strconv.Itoa(i)+"]", value[i])...)
			}
		}
	case map[string]any:
		for name, member := range value {
			at := strings.TrimPrefix(path+"."+name, ".")
			if known := s.Properties[name]; known != nil {
				wrong = append(wrong, a.strict(known, at, member)...)
				continue
			}
			for known := range s.Properties {
				if strings.EqualFold(known, name) {
					wrong = append(wrong, Violation{at, "there is no such member"})
				}
			}
		}
	}
	return wrong
}

// violation is what the library says of the thing at a place, in our words where it matters.
func violation(at, message string) Violation {
	if message == "unexpected property" {
		return Violation{at, "there is no such member"}
	}
	if rest, found := strings.CutPrefix(message, "expected required property "); found {
		name, _, _ := strings.Cut(rest, " ")
		return Violation{strings.TrimPrefix(at+"."+name, "."), "it is required"}
	}
	if strings.HasPrefix(message, "expected string to match pattern") {
		return Violation{at, "it is not written as it must be; /docs shows how"}
	}
	return Violation{at, message}
}

// readBodyInto reads the body into its field.
func (a *API) readBodyInto(o *operation, to reflect.Value, body []byte) violations {
	value, err := parse(body)
	if err != nil {
		return violations{{"body", license.Describe(err).Message}}
	}
	if wrong := append(a.check(o.body, "body", value), a.strict(o.body, "", value)...); len(wrong) > 0 {
		return wrong
	}
	if err := json.Unmarshal(body, to.Addr().Interface()); err != nil {
		return violations{unreadable(err)}
	}
	return nil
}

// unreadable says what could not be put into its type, although the schema lets it pass: a date that is none, say.
func unreadable(err error) Violation {
	if e, ok := errors.AsType[*license.Error](err); ok {
		return Violation{e.Field, e.Message}
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return Violation{e.Field, "it must be a number or text of another kind; /docs shows which"}
	}
	return Violation{"body", "it cannot be read"}
}
