// Package rmz speaks the verification call of RMZ: POST /verify asks whether a license key may be
// used here, and gives the device a place when it has none yet. The contract is
// docs/contracts/rmz.md; where this package departs from it or had to guess stands in README.md.
//
// The package translates and decides nothing: package authority answers what holds, and the lists
// in errors.go say which of it RMZ's clients are told. A licensing "no" is never a 5xx.
//
// [Decode] and [Encode] are the two translations by themselves, exported so that the benchmark can
// measure a bare handler that does nothing else.
package rmz

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/wire"
)

// DefaultRate is the brake of the contract (§13): 60 requests per minute from one address, refused
// ones counted too.
var DefaultRate = wire.Rate{Limit: 60, Window: time.Minute}

// maxBody is how many bytes a request may have. The longest sensible one has about three thousand.
const maxBody = 64 << 10

// Deps is what the door needs.
type Deps struct {
	Authority *authority.Authority // answers; required
	Keyring   *signing.Keyring     // opens the end-to-end keys of products; required where a product has one
	Now       func() license.Time  // the server's clock, which the brake follows; nil is the time of day
	Rate      wire.Rate            // requests per address; usually DefaultRate, and the zero Rate is no brake
}

// New returns the door. Its brake is one for all addresses and hosts the door opens on.
func New(deps Deps) wire.Door {
	return newDoor(deps).open()
}

// door is what the handlers share.
type door struct {
	check    func(context.Context, authority.Request) (authority.Answer, error)
	activate func(context.Context, authority.Request, *authority.Answer) (authority.Answer, error)
	keyring  *signing.Keyring
	now      func() license.Time
	limiter  *wire.RateLimiter
	numbers  [][]string // the header values "0" to the limit, made once
}

// maxNumbers is the largest limit whose header values are made in advance.
const maxNumbers = 1000

func newDoor(deps Deps) *door {
	d := &door{
		check: deps.Authority.Check, activate: deps.Authority.Admit,
		keyring: deps.Keyring, now: deps.Now,
	}
	if d.now == nil {
		d.now = func() license.Time { return license.TimeOf(time.Now()) }
	}
	if deps.Rate.Limit > 0 {
		d.limiter = wire.NewRateLimiter(deps.Rate)
		for n := range min(deps.Rate.Limit, maxNumbers) + 1 {
			d.numbers = append(d.numbers, []string{strconv.Itoa(n)})
		}
	}
	return d
}

// open lists the routes.
func (d *door) open() wire.Door {
	return wire.Door{
		Name: "rmz", Surface: wire.LicenseSurface, Path: "/rmz",
		Mount: func(m *wire.Mux) {
			m.Handle("POST /verify", d.verify)
			m.Handle("POST /verify/{$}", d.verify)
			m.Handle("/verify", wrongMethod)
			m.Handle("/verify/{$}", wrongMethod)
			if m.Prefix() != "" {
				m.Handle("/", unknownPath) // At the root of a host the server answers for what is not there.
			}
		},
		WriteError: writeError,
	}
}

// wrongMethod answers every method but POST: HEAD and OPTIONS too.
func wrongMethod(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Allow", http.MethodPost)
	wire.WriteNote(w, http.StatusMethodNotAllowed, "Method Not Allowed")
	return nil
}

func unknownPath(w http.ResponseWriter, _ *http.Request) error {
	wire.WriteNote(w, http.StatusNotFound, "Not Found")
	return nil
}

// verify answers POST /verify. The order of its steps is that of the contract, §4.1: the brake, the
// body, the product and its key, then what precedence lists, then the device.
func (d *door) verify(w http.ResponseWriter, r *http.Request) error {
	if err := d.brake(w, r); err != nil {
		return err
	}
	body, err := wire.ReadBody(r, maxBody)
	if err != nil {
		return err
	}
	defer body.Release()
	req, err := Decode(body.Bytes(), r.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	req.Address = wire.AddressText(r)
	ans, refused := d.decide(r.Context(), req)
	envelope, err := d.envelope(&ans.Product)
	switch {
	case err != nil:
		return err
	case refused != nil:
		return inside(envelope, refused)
	}
	// The body is done with, and its buffer is large enough for most answers.
	out := Encode(body.Bytes()[:0], &ans)
	if envelope != nil {
		if out, err = appendEnvelope(nil, envelope, out); err != nil {
			return err
		}
	}
	send(w, out)
	return nil
}

// decide asks whether the device may run, and activates it when nothing but that is missing.
func (d *door) decide(ctx context.Context, req authority.Request) (authority.Answer, error) {
	ans, err := d.check(ctx, req)
	if err != nil {
		return ans, err
	}
	if why := ans.Verdict.First(precedence); why != "" {
		return ans, license.Refuse(why)
	}
	if ans.Verdict.OK() {
		return ans, nil
	}
	// What is left is that the device has no place yet. Anything else, now or in the meantime,
	// the activation refuses by itself.
	admitted, err := d.activate(ctx, req, &ans)
	if admitted.Product.ID == 0 {
		admitted.Product = ans.Product // An activation that could not even begin still answers for this product.
	}
	return admitted, err
}

// brake counts the request and says so in the headers. It refuses with RateExceeded.
func (d *door) brake(w http.ResponseWriter, r *http.Request) error {
	if d.limiter == nil {
		return nil
	}
	got := d.limiter.Allow(wire.AddressOf(r), d.now())
	h := w.Header()
	h["X-Ratelimit-Limit"] = d.number(got.Limit)
	h["X-Ratelimit-Remaining"] = d.number(got.Remaining)
	if got.Allowed {
		return nil
	}
	h["X-Ratelimit-Reset"] = []string{strconv.FormatInt(d.now().Add(got.ResetAfter).UTC().Unix(), 10)}
	return license.RefuseFor(license.RateExceeded, got.ResetAfter)
}

// number returns n as a header value.
func (d *door) number(n int) []string {
	if n < len(d.numbers) {
		return d.numbers[n]
	}
	return []string{strconv.Itoa(n)}
}

var (
	jsonType = []string{"application/json"}
	noStore  = []string{"no-store"}
)

// countedBody is up to which size net/http counts an answer by itself, at no cost.
const countedBody = 2 << 10

// send answers 200 with body, in one Write and with an exact Content-Length.
func send(w http.ResponseWriter, body []byte) {
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = jsonType, noStore
	if len(body) > countedBody {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	_, _ = w.Write(body) // The client has gone away; the server notices by itself.
}
