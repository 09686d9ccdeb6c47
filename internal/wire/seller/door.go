package seller

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire"
)

// DefaultRate is the brake of the contract (§11): 120 requests per minute of one seller key, refused ones counted too.
var DefaultRate = wire.Rate{Limit: 120, Window: time.Minute}

// keyLength is how many characters a seller key has (§2).
const keyLength = 32

// Deps is what the door needs.
type Deps struct {
	Office    *office.Office       // answers; required
	Authority *authority.Authority // signs users up and adds licenses to what they hold; required
	Now       func() license.Time  // the server's clock; nil is the time of day
	Rate      wire.Rate            // requests of one seller key; usually DefaultRate, and the zero Rate is no brake
}

// New returns the door. Its brake is one for all addresses and hosts the door opens on.
func New(deps Deps) wire.Door {
	d := &door{office: deps.Office, authority: deps.Authority, now: deps.Now, actions: actions()}
	if d.now == nil {
		d.now = func() license.Time { return license.TimeOf(time.Now()) }
	}
	if deps.Rate.Limit > 0 {
		d.limiter = wire.NewRateLimiter(deps.Rate)
	}
	return d.open()
}

// door is what all requests share.
type door struct {
	office    *office.Office
	authority *authority.Authority
	now       func() license.Time
	limiter   *wire.RateLimiter
	actions   map[string]*action // by every name, in lower case
}

// rootPath is the path of the reference, which the door has at the root of a host too: bots know all of an address but its
// host.
const rootPath = "/api/seller"

// open lists the routes: the one path of the dialect, with and without a slash at its end.
func (d *door) open() wire.Door {
	return wire.Door{
		Name: "keyauth-seller", Surface: wire.ManageSurface, Path: "/keyauth" + rootPath,
		Mount: func(m *wire.Mux) {
			paths := []string{"", "/{$}"}
			if m.Prefix() == "" {
				paths = []string{"/{$}", rootPath, rootPath + "/{$}"}
			}
			handler := d.handler(m.Prefix())
			for _, path := range paths {
				m.Handle(http.MethodGet+" "+path, handler)
				m.Handle(http.MethodPost+" "+path, handler)
			}
		},
		WriteError: writeError,
	}
}

// handler answers requests below a prefix.
func (d *door) handler(prefix string) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c := &call{d: d, w: w, r: r}
		err := d.serve(c, prefix)
		if err != nil && c.bare() {
			return bareError{err}
		}
		return err
	}
}

// serve finds out who calls and what for, and has it done.
func (d *door) serve(c *call, prefix string) error {
	if err := c.params.read(c.r); err != nil {
		return err
	}
	if err := d.admit(c); err != nil {
		return err
	}
	name := c.get("type")
	a := d.actions[strings.ToLower(name)]
	switch {
	case name == "":
		return say("Type not specified")
	case a == nil:
		return say("Type doesn't exist")
	}
	if x := wire.ExchangeOf(c.r); x != nil {
		x.Route = prefix + "/ " + a.name
	}
	for _, p := range a.needs {
		if err := c.actor.Require(c.app.Tenant, p); err != nil {
			return lacking(p)
		}
	}
	return a.serve(c)
}

// admit finds the application of the seller key, and refuses calls from where the key may not be used and those that are
// too many. Only a call with a good key, from a good place, counts against the key: nobody else can use up its calls.
func (d *door) admit(c *call) error {
	key := c.key()
	if len(key) != keyLength {
		return bareError{refusal{status: http.StatusNotFound,
			message: "Invalid seller key length. Seller key is located in seller settings of dashboard."}}
	}
	actor, app, err := d.office.Seller(c.ctx(), key)
	switch {
	case license.CodeOf(err) == license.NotFound:
		return refusal{status: http.StatusNotFound, message: "No application with specified seller key found"}
	case err != nil:
		return err
	}
	if !allowed(app.Settings.SellerAddresses, wire.AddressOf(c.r)) {
		return refusal{status: http.StatusForbidden, message: "This address may not use the seller key"}
	}
	if turn := d.limiter.AllowFor(netip.Addr{}, uint64(actor.ID()), d.now()); !turn.Allowed {
		return license.RefuseFor(license.RateExceeded, turn.ResetAfter)
	}
	c.actor, c.app, c.product = actor, app, strconv.FormatInt(int64(app.Product), 10)
	return nil
}

// allowed reports whether an address is in a list of addresses and ranges; an empty list has every address. An entry that
// is neither has none.
func allowed(list []string, address netip.Addr) bool {
	if len(list) == 0 {
		return true
	}
	for _, entry := range list {
		ranges, err := wire.ParseProxies([]string{entry})
		if err == nil && ranges.Trusts(address) {
			return true
		}
	}
	return false
}

// lacking is the refusal of a call that the seller key is not for.
func lacking(p identity.Permission) error {
	return license.Refusef(license.PermissionMissing, "The seller key lacks the permission %s", p)
}
