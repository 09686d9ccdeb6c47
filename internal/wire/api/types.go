package api

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"licet/internal/license"
	"licet/internal/office"
)

// Change is a member of a merge patch (RFC 7396): absent it leaves what is there, null takes it away, a value replaces it.
type Change[T any] struct {
	Given bool
	Value T // the zero value for null
}

// UnmarshalJSON reads a value, or null as the zero value.
func (c *Change[T]) UnmarshalJSON(text []byte) error {
	c.Given = true
	if string(text) == "null" {
		return json.Unmarshal(text, &c.Value) // types that read null, such as limits, have a meaning for it
	}
	return json.Unmarshal(text, &c.Value)
}

// MarshalJSON writes the value.
func (c Change[T]) MarshalJSON() ([]byte, error) { return json.Marshal(c.Value) }

// IsZero reports whether the member is absent.
func (c Change[T]) IsZero() bool { return !c.Given }

// Ptr returns the value, or nil where the member is absent.
func (c Change[T]) Ptr() *T {
	if !c.Given {
		return nil
	}
	return &c.Value
}

// Schema is that of T, or null.
func (Change[T]) Schema(r huma.Registry) *huma.Schema {
	s := r.Schema(reflect.TypeFor[T](), true, "")
	if s.Ref != "" {
		return &huma.Schema{AnyOf: []*huma.Schema{s, {Type: "null"}}}
	}
	or := *s
	or.Nullable = true
	return &or
}

// Paged is what every list can be asked for.
type Paged struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many are wanted at most."`
	Cursor string `query:"cursor" maxLength:"500" doc:"Goes on where the list before ended: its next."`
}

// List is a part of a list.
type List[T any] struct {
	Data []T    `json:"data" nullable:"false"`
	Next string `json:"next,omitempty" doc:"The cursor of the next part; absent at the end. The header Link has the whole address."`
}

func (l List[T]) link() string { return l.Next }

// Page reads where a list goes on that runs by identity.
func (p *Paged) Page() (office.Page, error) {
	after, err := p.After()
	if err != nil || after == "" {
		return office.Page{Limit: p.Limit}, err
	}
	before, err := strconv.ParseInt(after, 10, 64)
	if err != nil || before <= 0 {
		return office.Page{}, badCursor()
	}
	return office.Page{Before: before, Limit: p.Limit}, nil
}

// After reads where a list goes on that runs by name; "" is at its beginning.
func (p *Paged) After() (string, error) {
	if p.Cursor == "" {
		return "", nil
	}
	after, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil || len(after) == 0 {
		return "", badCursor()
	}
	return string(after), nil
}

func badCursor() error {
	return license.Invalidf("cursor", "a cursor is the next of the list before, as it is")
}

// ListOf makes a part of a list out of what was found, which goes on after the last one where it is as long as was asked for.
func ListOf[S, T any](p Paged, found []S, view func(*S) T, name func(*S) string) List[T] {
	l := List[T]{Data: make([]T, len(found))}
	for i := range found {
		l.Data[i] = view(&found[i])
	}
	if len(found) > 0 && len(found) >= p.Limit {
		l.Next = Cursor(name(&found[len(found)-1]))
	}
	return l
}

// Cursor returns the cursor of a name or identity.
func Cursor(after string) string { return base64.RawURLEncoding.EncodeToString([]byte(after)) }

// ID is Cursor's and ListOf's name of an identity.
func ID[I ~int64](id I) string { return strconv.FormatInt(int64(id), 10) }

// linkNext says in a header where the list goes on.
func (c *Call) linkNext(next string) {
	at := *c.Request.URL
	query := at.Query()
	query.Set("cursor", next)
	at.RawQuery = query.Encode()
	c.header.Set("Link", "<"+at.RequestURI()+`>; rel="next"`)
}

// How the types of the core look in JSON.
type (
	timeSchema   struct{}
	limitSchema  struct{}
	spanSchema   struct{}
	objectSchema struct{}
)

func (timeSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "date-time", Nullable: true, Examples: []any{"2026-03-23T12:00:00Z"},
		Description: "A moment in UTC, to the microsecond; null is never."}
}

func (limitSchema) Schema(huma.Registry) *huma.Schema {
	zero := 0.0
	return &huma.Schema{Type: "integer", Format: "int64", Nullable: true, Minimum: &zero, Examples: []any{3},
		Description: "A limit; null is unlimited."}
}

func (spanSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Examples: []any{"1mo"}, MaxLength: ptr(40), Pattern: `^([0-9]+mo)?([0-9]+s)?$`,
		Description: "A length of time: calendar months, then seconds, such as 12mo, 3024000s or 1mo5s; 0s is none."}
}

func (objectSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "object", AdditionalProperties: true, Description: "Any JSON object of your own."}
}

// Object is any JSON object: what a vendor keeps with a thing.
type Object string

// MarshalJSON writes the object, {} where there is none.
func (o Object) MarshalJSON() ([]byte, error) {
	if o == "" {
		return []byte("{}"), nil
	}
	return []byte(o), nil
}

// UnmarshalJSON keeps the object as it was written, without blanks around it.
func (o *Object) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*o = ""
		return nil
	}
	*o = Object(text)
	return nil
}

func ptr[T any](v T) *T { return &v }

func newRegistry() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", schemaName)
	r.RegisterTypeAlias(reflect.TypeFor[license.Time](), reflect.TypeFor[timeSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[license.Limit](), reflect.TypeFor[limitSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[license.Span](), reflect.TypeFor[spanSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[Object](), reflect.TypeFor[objectSchema]())
	return r
}
