package keyauth

import (
	"context"
	"errors"
	"hash/maphash"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/wire"
)

// ownerLength is how many characters an owner id has (§2).
const ownerLength = 10

// call is one request on its way through the door. It belongs to one goroutine.
type call struct {
	fields // what the app says

	d       *door
	w       http.ResponseWriter
	r       *http.Request
	dialect dialect
	address string          // where from; "" when unknown
	visit   authority.Visit // its App and its Session are zero until they are known
	role    string          // the member role of the answer; "" is none
	json    canonjson.Writer
	out     []byte // what the answer is written into, behind room for the timestamp; see reply.go
}

// begin makes the call of a request and leaves it for writeError: how a refusal is told and signed depends on the call.
func (d *door) begin(w http.ResponseWriter, r *http.Request, v dialect) *call {
	c := &call{d: d, w: w, r: r, dialect: v}
	c.address = wire.AddressText(r)
	if x := wire.ExchangeOf(r); x != nil {
		x.Note = c
	}
	return c
}

func (c *call) ctx() context.Context { return c.r.Context() }

// app is the application; its Settings are nil until it is known.
func (c *call) app() *license.Application { return &c.visit.App }

// run answers the call. The order of its steps is that of the contract, §4.
func (c *call) run() error {
	if err := c.readFields(c.r); err != nil {
		return err
	}
	if err := c.named(); err != nil {
		return err
	}
	does := c.d.calls[c.fields[typeField]]
	if err := c.brake(does != nil && does.guesses); err != nil {
		return err
	}
	if does == nil {
		// With its session, if there is one: 1.2 signs by that.
		if err := c.enter(c.fields[sessionField] != ""); err != nil && license.ReasonOf(err) != license.SessionUnknown && !errors.Is(err, oldSession) {
			return err
		}
		return unknownType
	}
	if err := c.enter(!does.opens); err != nil {
		return err
	}
	if x := wire.ExchangeOf(c.r); x != nil {
		x.Route = does.route[c.dialect] // All calls have one path.
	}
	return does.say(does.serve(c))
}

// named refuses a call that does not say which application it is of.
func (c *call) named() error {
	from := " Select app & copy code snippet from " + c.base() + "/app/"
	switch owner := c.fields[ownerField]; {
	case owner == "":
		return noOwner.with("No OwnerID specified." + from)
	case c.fields[nameField] == "":
		return noName.with("No app name specified." + from)
	case utf8.RuneCountInString(owner) != ownerLength:
		return wrongOwner.with("OwnerID should be 10 characters long." + from)
	}
	return nil
}

// brake refuses with RateExceeded when the address has asked this application for too much. Names are compared as the
// store compares them, or each spelling would be an application of its own.
func (c *call) brake(guesses bool) error {
	limiter := c.d.others
	if guesses {
		limiter = c.d.guesses
	}
	var scope maphash.Hash
	scope.SetSeed(c.d.seed)
	_, _ = scope.WriteString(c.fields[ownerField])
	_ = scope.WriteByte(0)
	_, _ = scope.WriteString(strings.ToLower(c.fields[nameField]))
	from, now := wire.AddressOf(c.r), c.d.now()
	for _, got := range []wire.Decision{c.d.crowd.Allow(from, now), limiter.AllowFor(from, scope.Sum64(), now)} {
		if !got.Allowed {
			return license.RefuseFor(license.RateExceeded, got.ResetAfter)
		}
	}
	return nil
}

// enter finds the application and, where the call is made in one, the session.
func (c *call) enter(session bool) (err error) {
	owner, name := c.fields[ownerField], c.fields[nameField]
	if session {
		c.visit, err = c.d.authority.ApplicationVisit(c.ctx(), owner, name, c.fields[sessionField], c.address)
	} else {
		c.visit.App, err = c.d.authority.Application(c.ctx(), owner, name)
	}
	switch settings := c.app().Settings; {
	case settings == nil:
		return err
	case c.dialect == v12 && !settings.Legacy:
		return legacyOff
	case c.dialect == v12 && license.ReasonOf(err) == license.SessionUnknown:
		return oldSession
	}
	return err
}

// base returns what stands before the version in addresses, without a slash at the end.
func (c *call) base() string {
	if c.d.baseURL != "" {
		return c.d.baseURL
	}
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	prefix, _, _ := strings.Cut(c.r.URL.Path, "/"+c.dialect.String())
	return scheme + "://" + c.r.Host + strings.TrimSuffix(prefix, "/api")
}

// panel returns where users of the application look after themselves.
func (c *call) panel() string {
	a := c.app()
	return c.base() + "/panel/" + url.PathEscape(a.Owner) + "/" + url.PathEscape(a.Name) + "/"
}
