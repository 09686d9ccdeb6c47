package keyauth

import (
	"context"
	"crypto/ed25519"
	"hash/maphash"
	"net/http"
	"strings"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/wire"
)

// The brakes of the contract (§4): requests of one address for one application, refused ones counted too. An IPv6 network of
// the size that a household has is one address.
var (
	// DefaultRate is that of the calls by which somebody can guess: a key, a password, a code.
	DefaultRate = wire.Rate{Limit: 30, Window: 30 * time.Second, IPv6Bits: 64}
	// DefaultOtherRate is that of all other calls.
	DefaultOtherRate = wire.Rate{Limit: 300, Window: 30 * time.Second, IPv6Bits: 64}
)

// Deps is what the door needs.
type Deps struct {
	Authority *authority.Authority // answers, and has the key that signs them; required
	Now       func() license.Time  // the server's clock, which stamps the answers; nil is the time of day
	// BaseURL is what stands before /api/1.3 in the addresses that answers name, such as
	// "https://licenses.example.com/keyauth", without a slash at the end; "" takes it from the request.
	BaseURL   string
	Rate      wire.Rate // of calls that guess; usually DefaultRate, and the zero Rate is no brake
	OtherRate wire.Rate // of all others; usually DefaultOtherRate
}

// New returns the door. Its brakes are the same for all addresses and hosts the door opens on.
func New(deps Deps) wire.Door {
	return newDoor(deps).open()
}

// door is what the calls share.
type door struct {
	authority *authority.Authority
	key       func(context.Context) (ed25519.PrivateKey, error) // that signs answers of 1.3
	now       func() license.Time
	baseURL   string
	calls     map[string]*action
	guesses   *wire.RateLimiter
	others    *wire.RateLimiter
	crowd     *wire.RateLimiter // of an address, whatever applications it names
	seed      maphash.Seed      // of the brakes' scopes
}

func newDoor(deps Deps) *door {
	d := &door{
		authority: deps.Authority, key: deps.Authority.ApplicationKey, now: deps.Now, calls: newCalls(),
		baseURL: strings.TrimRight(deps.BaseURL, "/"), seed: maphash.MakeSeed(),
		guesses: wire.NewRateLimiter(deps.Rate), others: wire.NewRateLimiter(deps.OtherRate),
	}
	if d.now == nil {
		d.now = func() license.Time { return license.TimeOf(time.Now()) }
	}
	crowd := deps.OtherRate
	crowd.Limit *= crowdOf
	d.crowd = wire.NewRateLimiter(crowd)
	return d
}

// crowdOf is how many applications' worth of calls an address has in all, so that made-up names are no way around the brake.
const crowdOf = 10

// dialect is a version of the API.
type dialect uint8

const (
	v13 dialect = iota
	v12         // answered for applications that ask for it
)

// String returns the version, as it stands in a path.
func (v dialect) String() string {
	if v == v12 {
		return "1.2"
	}
	return "1.3"
}

// open lists the routes: each version with and without /api before it, and with and without a slash at the end (§3.1).
// Whatever else is asked below the door is answered with a signed failure.
func (d *door) open() wire.Door {
	return wire.Door{
		Name: "keyauth", Surface: wire.LicenseSurface, Path: "/keyauth",
		Mount: func(m *wire.Mux) {
			for _, v := range []dialect{v13, v12} {
				for _, path := range []string{"/api/" + v.String(), "/" + v.String()} {
					m.Handle(path, d.handler(v))
					m.Handle(path+"/{$}", d.handler(v))
					m.Handle(path+"/", d.noSuchPath(v))
				}
			}
			if m.Prefix() != "" {
				m.Handle("/", d.noSuchPath(v13)) // At the root of a host the server answers for what is not there.
			}
		},
		WriteError: d.writeError,
	}
}

// handler makes the route of a version.
func (d *door) handler(v dialect) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c := d.begin(w, r, v)
		switch r.Method {
		case http.MethodGet, http.MethodPost:
			return c.run()
		case http.MethodOptions:
			preflight(w)
			return nil
		}
		w.Header()["Allow"] = []string{"GET, OPTIONS, POST"}
		return wrongMethod
	}
}

func (d *door) noSuchPath(v dialect) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		d.begin(w, r, v)
		return unknownPath
	}
}

// preflight answers a browser that asks whether it may call: everybody may, and nothing here goes by cookies.
func preflight(w http.ResponseWriter) {
	h := w.Header()
	allowAll(h)
	h["Access-Control-Allow-Methods"] = []string{"GET, OPTIONS, POST"}
	h["Access-Control-Allow-Headers"] = []string{"*"}
	h["Access-Control-Max-Age"] = []string{"86400"}
	w.WriteHeader(http.StatusNoContent)
}

// allowAll lets a page of any site read an answer, and its signature with it.
func allowAll(h http.Header) {
	h["Access-Control-Allow-Origin"] = []string{"*"}
	h["Access-Control-Expose-Headers"] = []string{headerStamp + ", " + headerEd25519 + ", " + headerHMAC + ", Retry-After"}
}
