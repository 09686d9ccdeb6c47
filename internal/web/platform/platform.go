// Package platform holds the vendor's pages: where licenses are made and looked after, below /platform on the manage surface.
//
// # How a request goes
//
// [New] hangs every page of routes.go into the mux. One wrapper, [Platform.serve], does for each of them what all need: it
// refuses changes that another site sent, finds who is signed in and in which tenant, sends others to the sign-in and back,
// asks whether the person's role allows the page, makes sure that a form is for the tenant it was drawn for and is carried
// out once, and turns errors into pages. A page is a method of Platform that reads its input, asks the office, and draws a
// templ component, or redirects with a message.
//
// # What is decided where
//
// Nothing about licensing is decided here, and no permission: the office refuses what an actor may not do. Pages merely
// leave out buttons that would be refused.
package platform

import (
	"io"
	"net/http"
	"strings"
	"sync"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
	"licet/internal/wire"
)

// Deps is what the pages stand on.
type Deps struct {
	Office    *office.Office
	Authority *authority.Authority // answers why a license would be refused
	Now       func() license.Time
	Rand      io.Reader // names of forms that are carried out once
	Stop      <-chan struct{}
	PublicURL string    // by which people reach the manage surface, such as https://licenses.example.com; "" follows from the request
	Addresses []Address // where the surfaces answer, for customers' firewalls (S0-18)
	Version   string
	Gallery   bool // every page with made-up data, below /platform/gallery
}

// Address is where a surface answers (S0-18).
type Address struct {
	Surface string `json:"surface"`         // license, manage, portal or inbound; outbound is what the server itself calls from
	URL     string `json:"address"`         // or a host name, a network address or a range
	Since   string `json:"since,omitempty"` // a day, 2026-03-31; "" is not known
}

// Platform serves the pages. It is safe for use by many goroutines.
type Platform struct {
	d       Deps
	brake   *wire.RateLimiter // what nobody has to sign in for, by address
	csrf    *http.CrossOriginProtection
	streams streams
	imports imports
}

// New returns the doors of the platform: its pages, and the way to them from the root of the surface.
func New(d Deps) []wire.Door {
	p := &Platform{d: d, brake: wire.NewRateLimiter(wire.Rate{Limit: guestForms}), csrf: http.NewCrossOriginProtection(), streams: streams{open: map[license.UserID]int{}}}
	if d.PublicURL != "" {
		_ = p.csrf.AddTrustedOrigin(strings.TrimRight(d.PublicURL, "/")) // What is no origin trusts nobody.
	}
	home := func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, base+"/", http.StatusFound)
		return nil
	}
	return []wire.Door{
		{
			Name: "platform", Surface: wire.ManageSurface, Path: base, WriteError: p.writeError, WriteUnknown: p.writeUnknown,
			Mount: func(m *wire.Mux) {
				for _, route := range p.routes() {
					m.Handle(route.pattern, func(w http.ResponseWriter, r *http.Request) error { return p.serve(route, w, r) })
				}
			},
		},
		p.networkDoor(),
		{
			Name: "platform-home", Surface: wire.ManageSurface, WriteError: p.writeError,
			Mount: func(m *wire.Mux) { m.Handle("GET /{$}", home); m.Handle("GET "+base, home) },
		},
	}
}

// streams counts the live streams of each person, of which there are not many.
type streams struct {
	mu   sync.Mutex // guards open
	open map[license.UserID]int
}

// secure reports whether the browser reaches the server encrypted.
func (p *Platform) secure(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(p.d.PublicURL, "https://")
}

// origin is scheme and host by which the browser reaches the server.
func (p *Platform) origin(r *http.Request) string {
	switch {
	case p.d.PublicURL != "":
		return strings.TrimRight(p.d.PublicURL, "/")
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (p *Platform) cookies(r *http.Request) web.Cookies { return web.Cookies{Secure: p.secure(r)} }

func visitor(r *http.Request) office.Visitor {
	return office.Visitor{Address: wire.AddressText(r), Agent: r.UserAgent()}
}

// guestForms is how many forms an address may send in a minute without being signed in: each may cost the hash of a password, or a row.
const guestForms = 60

// base is what the paths of all pages begin with.
const base = web.Base
