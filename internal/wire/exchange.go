package wire

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
)

// Exchange is one request and its answer as the server sees them. It is the ResponseWriter that
// handlers get, so it knows what was answered, and it rides in the request's context, so
// [AddressOf] and [IDOf] find it.
//
// An Exchange belongs to the goroutine that serves the request; its fields are set before any
// handler runs and only read by handlers, Route and Note apart.
type Exchange struct {
	ID      string     // the request id, also in the answer's X-Request-Id
	Address netip.Addr // who calls: the peer, or what a trusted proxy says; see [Proxies.ClientOf]
	Door    string     // the door that served it; "" when none did
	Route   string     // what the log says in place of the pattern; for doors with a mux of their own
	MaxBody int64      // what ReadBody takes where the handler names no limit; 0 means [MaxBody]
	Note    any        // what a handler leaves for the WriteError of its door, a panic later too

	w       http.ResponseWriter
	ctx     exchangeContext
	idValue [1]string
	status  int
	bytes   int64
	failure error
	stack   []byte
}

// exchangeContext is the request's context with the Exchange in it. It lives inside the Exchange,
// which saves an allocation on every request.
type exchangeContext struct {
	context.Context
	x *Exchange
}

type exchangeKey struct{}

// Value returns the Exchange for its own key, and asks the parent for all others.
func (c *exchangeContext) Value(key any) any {
	if _, ok := key.(exchangeKey); ok {
		return c.x
	}
	return c.Context.Value(key)
}

// Begin starts the exchange of r: it sets X-Request-Id on the answer and returns the exchange,
// which is the writer to go on with, and the request that carries it.
func Begin(w http.ResponseWriter, r *http.Request, id string, client netip.Addr) (*Exchange, *http.Request) {
	x := &Exchange{ID: id, Address: client, w: w}
	x.ctx = exchangeContext{Context: r.Context(), x: x}
	if id != "" {
		x.idValue[0] = id
		w.Header()["X-Request-Id"] = x.idValue[:]
	}
	return x, r.WithContext(&x.ctx)
}

// ExchangeOf returns the exchange r belongs to, or nil when none was begun.
func ExchangeOf(r *http.Request) *Exchange {
	x, _ := r.Context().Value(exchangeKey{}).(*Exchange)
	return x
}

// AddressOf returns the client's address: the peer, or what a trusted proxy says where the server
// is told to trust it. IPv4-mapped IPv6 is plain IPv4 and zones are gone, so one client has one
// spelling. It is the zero Addr when the request has no readable peer.
func AddressOf(r *http.Request) netip.Addr {
	if x := ExchangeOf(r); x != nil {
		return x.Address
	}
	return PeerOf(r)
}

// AddressText is AddressOf as text, in its one spelling; "" where there is none.
func AddressText(r *http.Request) string {
	if a := AddressOf(r); a.IsValid() {
		return a.String()
	}
	return ""
}

// IDOf returns the request id, or "" outside a server.
func IDOf(r *http.Request) string {
	if x := ExchangeOf(r); x != nil {
		return x.ID
	}
	return ""
}

// Header returns the headers of the answer.
func (x *Exchange) Header() http.Header { return x.w.Header() }

// WriteHeader sends the status. Informational statuses (1xx) pass and are not remembered.
func (x *Exchange) WriteHeader(status int) {
	if x.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		x.status = status
	}
	x.w.WriteHeader(status)
}

// Write sends a part of the body, after status 200 when none was sent.
func (x *Exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.w.Write(b)
	x.bytes += int64(n)
	return n, err
}

// Flush sends what is buffered, where the connection can.
func (x *Exchange) Flush() {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	if f, ok := x.w.(http.Flusher); ok {
		f.Flush()
	}
}

// Unwrap lets http.ResponseController reach the connection's own writer.
func (x *Exchange) Unwrap() http.ResponseWriter { return x.w }

// Wrote reports whether an answer has begun, after which no other can be written.
func (x *Exchange) Wrote() bool { return x.status != 0 }

// Status returns the status of the answer: 200 when the handler wrote nothing at all, as net/http
// has it.
func (x *Exchange) Status() int {
	if x.status == 0 {
		return http.StatusOK
	}
	return x.status
}

// Bytes returns how many bytes of body were written.
func (x *Exchange) Bytes() int64 { return x.bytes }

// Failure returns the error the request ended with, or nil.
func (x *Exchange) Failure() error { return x.failure }

// Stack returns where a handler panicked, or nil.
func (x *Exchange) Stack() []byte { return x.stack }

// Fail notes the error the request ended with, and where it panicked if it did. The first one
// stays: what follows is a consequence.
func (x *Exchange) Fail(err error, stack []byte) {
	if x.failure == nil {
		x.failure, x.stack = err, stack
	}
}

// RequestIDs makes request ids: a prefix that is random for each process, and a counter. An id
// names a line in the log; it is no secret and proves nothing.
type RequestIDs struct {
	prefix string
	last   atomic.Uint64
}

// NewRequestIDs starts a series with a fresh random prefix.
func NewRequestIDs() *RequestIDs {
	return &RequestIDs{prefix: strings.ToLower(rand.Text()[:10]) + "-"}
}

// Next returns the next id, such as "k3jf7s2m4q-1z".
func (ids *RequestIDs) Next() string {
	var buf [32]byte
	return string(strconv.AppendUint(append(buf[:0], ids.prefix...), ids.last.Add(1), 36))
}

// maxIDLength bounds an id that a proxy brings: long enough for a UUID or a trace parent.
const maxIDLength = 64

// ProxyID returns the X-Request-Id that came with r when it is sane: 1 to 64 letters, digits and
// any of "-_.:=". Otherwise it returns "". Only ask it about requests from trusted proxies.
func ProxyID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if len(id) > maxIDLength {
		return ""
	}
	for i := range len(id) {
		if !idByte(id[i]) {
			return ""
		}
	}
	return id
}

func idByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-_.:=", c) >= 0
}
