// Package apitest calls the native doors in tests as a client would, over HTTP, and holds every request and every answer against the
// OpenAPI document: what is answered and not described is a failure.
package apitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/wire"
	"licet/internal/wire/api"
	"licet/internal/wire/wiretest"
)

// Site is a server with the native doors, on a store, with a tenant of its own.
type Site struct {
	*wiretest.World
	API   *api.API
	Token string // may do everything

	check *checker
}

// New opens the doors that add adds. It returns when they can be called.
func New(t testing.TB, s *store.Store, add func(*api.API, *wiretest.World), doors ...func(*api.API, *wiretest.World) wire.Door) *Site {
	t.Helper()
	return NewIn(t, wiretest.New(t, s, nil), add, doors...)
}

// NewIn is New for a world that serves nothing yet.
func NewIn(t testing.TB, w *wiretest.World, add func(*api.API, *wiretest.World), doors ...func(*api.API, *wiretest.World) wire.Door) *Site {
	t.Helper()
	site := &Site{World: w, API: api.New(api.Deps{Office: w.Office, Now: w.Now})}
	add(site.API, w)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { api.WriteUnknown(w, r, nil) })
	for _, surface := range []wire.Surface{wire.LicenseSurface, wire.ManageSurface} {
		door := site.API.Door("native-"+string(surface), surface)
		door.Attach(mux, door.Path)
	}
	for _, open := range doors {
		door := open(site.API, w)
		door.Attach(mux, door.Path)
	}
	document, err := site.API.Document()
	if err != nil {
		t.Fatal(err)
	}
	site.check = open(t, document)
	w.Open(t, mux)
	site.Token = site.NewToken(t, identity.AllScopes())
	return site
}

// checker holds calls against one document. It is dear to make and the same for all sites of a test binary that have the document.
type checker struct {
	mu sync.Mutex // held while it checks: the library does not say that it may be used by several
	validator.Validator
}

// checkers are the checkers that were made, by document.
var checkers sync.Map

// open reads the document for a checker.
func open(t testing.TB, document []byte) *checker {
	t.Helper()
	made, _ := checkers.LoadOrStore(string(document), sync.OnceValues(func() (*checker, error) {
		var lines bytes.Buffer // The library finds its way by lines.
		if err := json.Indent(&lines, document, "", " "); err != nil {
			return nil, err
		}
		d, err := libopenapi.NewDocument(lines.Bytes())
		if err != nil {
			return nil, err
		}
		v, faults := validator.NewValidator(d)
		return &checker{Validator: v}, errors.Join(faults...)
	}))
	c, err := made.(func() (*checker, error))()
	if err != nil {
		t.Fatalf("the OpenAPI document has faults: %v", err)
	}
	return c
}

// NewToken makes a token with these scopes.
func (s *Site) NewToken(t testing.TB, scopes identity.Scopes) string {
	t.Helper()
	_, token, err := s.Office.CreateAPIKey(t.Context(), s.Operator, office.NewAPIKey{Name: "test", Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	return token.Reveal()
}

// Call is a request. Body is a text, which goes as it is, or anything that becomes JSON; nil is none.
type Call struct {
	Method, Path string
	Body         any
	Token        string // the site's own where it is empty; "-" is none
	Header       map[string]string
	From         string
	Wild         bool // the request is not held against the document: it is meant to be wrong
}

// Answer is what came back.
type Answer struct {
	t      testing.TB
	call   string
	Status int
	Header http.Header
	Raw    []byte
	JSON   any // nil where the body is none
}

// Do makes a call.
func (s *Site) Do(t testing.TB, c Call) Answer {
	t.Helper()
	var body []byte
	switch b := c.Body.(type) {
	case nil:
	case string:
		body = []byte(b)
	default:
		var err error
		if body, err = json.Marshal(b); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), c.Method, "http://licet.test"+c.Path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token := c.Token; token != "-" {
		if token == "" {
			token = s.Token
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.Header {
		r.Header.Set(name, value)
	}
	answer, err := s.Client(t, c.From).Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", c.Method, c.Path, err)
	}
	defer answer.Body.Close()
	a := Answer{t: t, call: c.Method + " " + c.Path + " " + string(body), Status: answer.StatusCode, Header: answer.Header}
	if a.Raw, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(answer.Header.Get("Content-Type"), "json") && len(a.Raw) > 0 {
		if err := json.Unmarshal(a.Raw, &a.JSON); err != nil {
			t.Fatalf("%s answers %s, which is no JSON", a.call, a.Raw)
		}
	}
	s.hold(t, c, r, body, answer, &a)
	return a
}

// hold holds a call and its answer against the document.
func (s *Site) hold(t testing.TB, c Call, r *http.Request, body []byte, answer *http.Response, a *Answer) {
	t.Helper()
	s.check.mu.Lock()
	defer s.check.mu.Unlock()
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	if ok, faults := s.check.ValidateHttpRequestSync(again); !ok && !c.Wild && a.Status < 300 {
		for _, f := range faults {
			t.Errorf("%s succeeds and is not described: %s: %s %v", a.call, f.Message, f.Reason, f.SchemaValidationErrors)
		}
	}
	again.Body = io.NopCloser(bytes.NewReader(body))
	answer.Body = io.NopCloser(bytes.NewReader(a.Raw))
	if ok, faults := s.check.ValidateHttpResponse(again, answer); !ok && a.Status != http.StatusMethodNotAllowed {
		for _, f := range faults {
			t.Errorf("%s answers %d %s, which is not described: %s: %s %v", a.call, a.Status, a.Raw, f.Message, f.Reason, f.SchemaValidationErrors)
		}
	}
}

// Get is Do for reading.
func (s *Site) Get(t testing.TB, path string) Answer {
	t.Helper()
	return s.Do(t, Call{Method: http.MethodGet, Path: path})
}

// Post is Do for making.
func (s *Site) Post(t testing.TB, path string, body any) Answer {
	t.Helper()
	return s.Do(t, Call{Method: http.MethodPost, Path: path, Body: body})
}

// Patch is Do for changing.
func (s *Site) Patch(t testing.TB, path string, body any) Answer {
	t.Helper()
	return s.Do(t, Call{Method: http.MethodPatch, Path: path, Body: body})
}

// Delete is Do for taking away.
func (s *Site) Delete(t testing.TB, path string) Answer {
	t.Helper()
	return s.Do(t, Call{Method: http.MethodDelete, Path: path})
}

// Want ends the test unless the answer has this status.
func (a Answer) Want(status int) Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s = %d %s, want %d", a.call, a.Status, a.Raw, status)
	}
	return a
}

// Refused ends the test unless the answer is a problem with this status and this reason, code or field, whichever it has.
func (a Answer) Refused(status int, why string) Answer {
	a.t.Helper()
	a.Want(status)
	for _, member := range []string{"reason", "code", "field"} {
		if a.Text(member) == why {
			return a
		}
	}
	a.t.Fatalf("%s = %s, want %s", a.call, a.Raw, why)
	return a
}

// At returns the value at a path of members and indexes, such as "data.0.id"; nil where there is none.
func (a Answer) At(path string) any {
	value := a.JSON
	for name := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			i := 0
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// Text returns the text at a path, or a whole number as its digits; "" where there is none.
func (a Answer) Text(path string) string {
	switch v := a.At(path).(type) {
	case string:
		return v
	case float64:
		return fmt.Sprintf("%.0f", v)
	case bool:
		return fmt.Sprint(v)
	}
	return ""
}

// Len returns how many there are at a path.
func (a Answer) Len(path string) int {
	list, _ := a.At(path).([]any)
	return len(list)
}
