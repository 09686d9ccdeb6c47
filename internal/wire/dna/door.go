package dna

import (
	"context"
	"net/http"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/wire"
)

// DefaultRate is the quota of an API client (§9): 60 requests a minute, refused ones counted too.
var DefaultRate = wire.Rate{Limit: 60, Window: time.Minute}

// Deps is what the door needs.
type Deps struct {
	Authority *authority.Authority // answers; required
	Now       func() license.Time  // the server's clock; nil is the time of day
	Rate      wire.Rate            // of an API client; usually DefaultRate, and the zero Rate is no quota
	Kick      func()               // is called when there may be mail to send; nil is nobody
}

// New returns the door. Its quota is the same for all addresses and hosts the door opens on.
func New(deps Deps) wire.Door {
	return newDoor(deps).open()
}

// door is what the calls share.
type door struct {
	authority *authority.Authority
	client    func(context.Context, string, identity.Secret) (authority.LicenseClient, error) // who has an id and a key
	now       func() license.Time
	quota     *wire.RateLimiter
	kick      func()
	resources []resource
}

func newDoor(deps Deps) *door {
	d := &door{
		authority: deps.Authority, client: deps.Authority.LicenseClient, now: deps.Now,
		quota: wire.NewRateLimiter(deps.Rate), kick: deps.Kick, resources: newResources(),
	}
	if d.now == nil {
		d.now = func() license.Time { return license.TimeOf(time.Now()) }
	}
	if d.kick == nil {
		d.kick = func() {}
	}
	return d
}

// open lists the routes. Letter case does not matter in paths, which no pattern can say, so the door finds out by itself what is
// asked: of everything below it, and at the root of a host of everything below /v1.
func (d *door) open() wire.Door {
	return wire.Door{
		Name: "dna", Surface: wire.LicenseSurface, Path: "/dna",
		Mount: func(m *wire.Mux) {
			handler := d.handler(m.Prefix())
			if m.Prefix() != "" {
				m.Handle("/", handler)
				return
			}
			m.Handle("/v1/", handler)
			m.Handle("/V1/", handler)
		},
		WriteError: writeError,
	}
}

// handler makes the handler of all paths below a prefix.
func (d *door) handler(prefix string) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c := &call{d: d, w: w, r: r}
		return c.run(prefix)
	}
}
