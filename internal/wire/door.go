package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"licet/internal/license"
)

// Surface is one of the sides Licet shows to the world. Each may have its own addresses and host
// names; by default all share one address.
type Surface string

// The closed list of surfaces. The operations address is not one of them: no door opens there.
const (
	LicenseSurface Surface = "license" // what apps call
	ManageSurface  Surface = "manage"  // the vendor's servers, and the vendor's people
	PortalSurface  Surface = "portal"  // end users
	InboundSurface Surface = "inbound" // shops that report orders and payments
)

// Surfaces lists every Surface.
func Surfaces() []Surface {
	return []Surface{LicenseSurface, ManageSurface, PortalSurface, InboundSurface}
}

// Handler answers a request, or returns the error with which its door answers it. It never does
// both, and it never logs.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Plain makes a Handler of an http.Handler, which then writes its errors itself.
func Plain(h http.Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}
}

// Door is one dialect on one surface.
type Door struct {
	// Name is short, unique, of a-z, 0-9, "_" and "-": it is in log lines and metric labels.
	Name string
	// Surface says on which addresses the door opens.
	Surface Surface
	// Path is what all routes of the door begin with, such as "/rmz": no slash at the end, and ""
	// when its routes begin at the root. Where the configuration makes the door the root of a
	// host, its routes answer there without Path as well.
	Path string
	// Mount lists the routes: one call of [Mux.Handle] each. It is called once for every address
	// and host the door opens on, so what must exist once (a rate limiter, a cache) is made before.
	Mount func(*Mux)
	// WriteError answers r with err in the dialect's own words, usually by its ErrorTable. It must
	// take any error; one without a license.Code is a fault of ours, of which nothing may show.
	WriteError func(w http.ResponseWriter, r *http.Request, err error)
	// WriteUnknown answers what is below Path and no route of any door: the path is there for the methods in allowed, or not at all.
	// Where it is nil the server answers plainly.
	WriteUnknown func(w http.ResponseWriter, r *http.Request, allowed []string)
}

// Mux is where a door hangs its routes. It puts the door's path before each and wraps each
// handler as the package comment says.
type Mux struct {
	mux      *http.ServeMux
	door     Door
	prefix   string
	patterns []string
}

// Handle adds a route. The pattern is that of [http.ServeMux] without a host, its path relative to
// the door: "POST /verify". Like ServeMux it panics when the pattern is malformed or clashes with
// another one.
//
// A path that is there but not for the request's method is answered by the server with 405 and
// Allow; a path that is not there, with 404.
func (m *Mux) Handle(pattern string, h Handler) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = "", pattern
	}
	full := m.prefix + strings.TrimSpace(path)
	if method != "" {
		full = method + " " + full
	}
	m.mux.Handle(full, m.door.wrap(h))
	m.patterns = append(m.patterns, full)
}

// Prefix returns what stands before the door's paths here: its Path, or "" at the root of a host.
func (m *Mux) Prefix() string { return m.prefix }

// Attach hangs the door's routes into mux, with prefix in the place of its Path, and returns their
// patterns. It panics where two routes clash, as [http.ServeMux] does.
func (d Door) Attach(mux *http.ServeMux, prefix string) []string {
	m := &Mux{mux: mux, door: d, prefix: prefix}
	d.Mount(m)
	return m.patterns
}

// Handler returns the door alone, at its own path, for tests and for embedding.
func (d Door) Handler() http.Handler {
	mux := http.NewServeMux()
	d.Attach(mux, d.Path)
	return mux
}

// wrap is the one wrapper around each handler of the door.
func (d Door) wrap(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := ExchangeOf(r)
		if x == nil {
			x, r = Begin(w, r, "", PeerOf(r))
		}
		x.Door = d.Name
		defer func() {
			if fault := recover(); fault != nil {
				d.fault(x, r, fault)
			}
		}()
		if err := h(x, r); err != nil {
			d.fail(x, r, err, nil)
		}
	})
}

// fault answers a panic like any other fault of ours. http.ErrAbortHandler is net/http's own way
// to drop a connection and goes on.
func (d Door) fault(x *Exchange, r *http.Request, fault any) {
	if fault == http.ErrAbortHandler {
		panic(fault)
	}
	d.fail(x, r, PanicError(fault), debug.Stack())
}

// PanicError is the error of a recovered panic: Internal, its text for the log alone. What was
// thrown loses its identity: a panic with, say, a NotFound is a fault of ours all the same.
func PanicError(fault any) error {
	return license.Wrap(license.Internal, "internal error", fmt.Errorf("panic: %v", fault))
}

func (d Door) fail(x *Exchange, r *http.Request, err error, stack []byte) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		// The client went away, or the server stops and has waited long enough: nobody's fault.
		err = license.Wrap(license.Unavailable, "the request was cut off; try again", err)
	}
	x.Fail(err, stack)
	if x.Wrote() {
		// A part of an answer is out. Cutting the connection is the only way left to say that it
		// is not the whole.
		panic(http.ErrAbortHandler)
	}
	dropContent(x.Header())
	if d.WriteError == nil {
		WriteMessage(x, err)
		return
	}
	d.WriteError(x, r, err)
}

// dropContent takes back what a handler said about the content it then failed to write.
func dropContent(h http.Header) {
	for _, name := range [...]string{"Content-Type", "Content-Length", "Content-Encoding",
		"Content-Disposition", "Cache-Control", "Etag", "Last-Modified"} {
		delete(h, name)
	}
}

// WriteMessage answers with err where no dialect is at hand: {"message":"…"} and a plain status.
func WriteMessage(w http.ResponseWriter, err error) {
	row, e := ErrorTable{}.Lookup(err)
	row.SetRetryAfter(w.Header(), e)
	WriteNote(w, row.Status, row.Message)
}

// WriteNote answers {"message": text}, the body of an answer that belongs to no dialect.
func WriteNote(w http.ResponseWriter, status int, text string) {
	// A struct with one string always encodes.
	_ = WriteJSON(w, status, struct {
		Message string `json:"message"`
	}{text})
}
