package server

import (
	"net/http"
	"runtime/debug"
	"time"

	"licet/internal/wire"
)

// front is what stands before the muxes of one place.
type front struct {
	server *Server
	houses houses
}

// ServeHTTP gives the request all it needs before a door sees it, and accounts for it afterwards.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	s := f.server
	s.metrics.inFlight.Inc()
	x, r := s.begin(w, r)
	defer func() { s.end(x, r, began, recover()) }()

	house := f.houses.of(r.Host)
	if house == nil {
		wire.WriteNote(x, http.StatusMisdirectedRequest, "Misdirected Request")
		return
	}
	house.ServeHTTP(x, r)
}

// begin finds out who calls, gives the request an id and bounds its body.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) (*wire.Exchange, *http.Request) {
	client := wire.PeerOf(r)
	id := ""
	if len(s.proxies) > 0 && s.proxies.Trusts(client) {
		client = s.proxies.ClientOf(r, wire.ProxyHeader(s.cfg.ProxyHeader))
		id = wire.ProxyID(r)
	}
	if id == "" {
		id = s.ids.Next()
	}
	x, r := wire.Begin(w, r, id, client)
	x.MaxBody = s.cfg.MaxBody
	// A body with a Content-Length within the limit cannot be longer: net/http stops there.
	if r.ContentLength < 0 || r.ContentLength > s.cfg.MaxBody {
		r.Body = http.MaxBytesReader(w, r.Body, s.cfg.MaxBody)
	}
	return x, r
}

// end answers a panic that no door has caught, counts the request and logs it.
func (s *Server) end(x *wire.Exchange, r *http.Request, began time.Time, fault any) {
	cut := fault != nil
	if cut && fault != http.ErrAbortHandler {
		x.Fail(wire.PanicError(fault), debug.Stack())
		if cut = x.Wrote(); !cut {
			wire.WriteMessage(x, x.Failure())
		}
	}
	took := time.Since(began)
	s.metrics.inFlight.Dec()
	s.metrics.observe(x.Door, x.Status(), took)
	s.logRequest(x, r, began.Add(took), took, cut)
	if cut {
		// Half an answer must not look like a whole one: net/http drops the connection.
		panic(http.ErrAbortHandler)
	}
}
