package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire"
)

// Path is what all operations begin with.
const Path = "/v1"

// DefaultRate is how many calls one token may make from one address where the configuration says nothing else.
//
//nolint:gochecknoglobals // a constant, but for the type
var DefaultRate = wire.Rate{Limit: 6000, IPv6Bits: 64}

// Deps is what the native doors stand on.
type Deps struct {
	Office  *office.Office
	Now     func() license.Time
	BaseURL string // the public address of the server, for the document; "" is the address it is asked for at
	Rate    wire.Rate
	// NoteKey is told which key was used, for its last use; nil does without.
	NoteKey func(tenant license.TenantID, key license.APIKeyID)
}

// API collects operations and describes them. Operations are added before it serves.
type API struct {
	d        Deps
	registry huma.Registry
	doc      *huma.OpenAPI
	list     []*operation
	brake    *wire.RateLimiter
}

// New returns an API without operations.
func New(d Deps) *API {
	a := &API{d: d, brake: wire.NewRateLimiter(d.Rate), registry: newRegistry()}
	a.doc = newDocument(a.registry, d.BaseURL)
	return a
}

// Operation says what can be asked for, apart from its types.
type Operation struct {
	ID      string // unique: listProducts
	Surface wire.Surface
	Method  string
	Path    string // below /v1: /products/{product}
	Tag     string // the group it is listed in
	Summary string // a few words
	Detail  string // sentences, where there is more to say
	Needs   identity.Permission
	Status  int  // of success; 0 is 200
	DryRun  bool // takes dry_run=true
	Tagged  bool // the answer has an ETag, and a change takes If-Match
	Media   string

	also int // a second status of success; 0 is none
}

// Or returns the operation with a second status of success.
func (o Operation) Or(status int) Operation {
	o.also = status
	return o
}

// operation is one that was added.
type operation struct {
	Operation
	in, out reflect.Type
	body    *huma.Schema // nil where there is none

	optional bool // the body may be left out, since nothing in it is required

	params []param
	serve  func(ctx context.Context, c *Call, w http.ResponseWriter, in any) error // for operations that are carried out here
	hold   func() any                                                              // a new input
}

// None is the output of an operation that answers nothing: 204.
type None struct{}

// Add adds an operation that do carries out.
func Add[In, Out any](a *API, op Operation, do func(ctx context.Context, c *Call, in *In) (Out, error)) {
	o := a.describe(op, reflect.TypeFor[In](), reflect.TypeFor[Out]())
	o.hold = func() any { return new(In) }
	o.serve = func(ctx context.Context, c *Call, w http.ResponseWriter, in any) error {
		out, err := do(ctx, c, in.(*In))
		if err != nil {
			return err
		}
		return c.answer(w, o, out)
	}
}

// Stream adds an operation whose answer is no JSON of a type: a file, or events as they happen. Media says what it is. do writes
// the answer itself, unless it returns an error before it has begun.
func Stream[In any](a *API, op Operation, do func(ctx context.Context, c *Call, w http.ResponseWriter, in *In) error) {
	o := a.describe(op, reflect.TypeFor[In](), reflect.TypeFor[string]())
	o.hold = func() any { return new(In) }
	o.serve = func(ctx context.Context, c *Call, w http.ResponseWriter, in any) error {
		return do(ctx, c, w, in.(*In))
	}
}

// Describe adds an operation to the document that another door carries out.
func Describe[In, Out any](a *API, op Operation) {
	a.describe(op, reflect.TypeFor[In](), reflect.TypeFor[Out]())
}

// Operations returns what was added, in that order.
func (a *API) Operations() []Operation {
	list := make([]Operation, len(a.list))
	for i, o := range a.list {
		list[i] = o.Operation
	}
	return list
}

// Door is the door of the operations of a surface that are carried out here.
func (a *API) Door(name string, surface wire.Surface) wire.Door {
	return wire.Door{
		Name: name, Surface: surface, Path: Path, WriteError: WriteError, WriteUnknown: WriteUnknown,
		Mount: func(m *wire.Mux) {
			for _, o := range a.list {
				if o.serve != nil && o.Surface == surface {
					m.Handle(o.Method+" "+o.Path, a.handler(o))
				}
			}
		},
	}
}

// handler reads a request for o, carries it out, and answers.
func (a *API) handler(o *operation) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, err := a.admit(w, r, o)
		if err != nil {
			return err
		}
		var body []byte
		if o.body != nil {
			read, err := wire.ReadBody(r, 0)
			if err != nil {
				return err
			}
			defer read.Release()
			body = read.Bytes()
		}
		in := o.hold()
		if err := a.bind(o, c, in, body); err != nil {
			return err
		}
		if c.DryRun {
			c.Office = a.d.Office.Rehearsal()
			w.Header().Set("Licet-Dry-Run", "true")
		}
		if name := r.Header.Get("Idempotency-Key"); name != "" && o.Method == http.MethodPost && !c.DryRun { // A dry run keeps nothing, its name neither.
			return a.once(w, r, c, o, name, body, in)
		}
		return o.serve(r.Context(), c, w, in)
	}
}

// find returns the operation with an id.
func (a *API) find(id string) *operation {
	i := slices.IndexFunc(a.list, func(o *operation) bool { return o.ID == id })
	if i < 0 {
		return nil
	}
	return a.list[i]
}
