package dna

import (
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/wire"
)

// maxBody is how many bytes the body of a request may have: the largest one of the contract has about a thousand.
const maxBody = 64 << 10

// call is one request on its way through the door. It belongs to one goroutine.
type call struct {
	said   // what its body says
	target // what its path names

	d     *door
	w     http.ResponseWriter
	r     *http.Request
	asked authority.SecretCall // who asks, about which license, and how
}

func (c *call) ctx() context.Context { return c.r.Context() }

// run answers the call. The order of its steps is that of the contract, §3.
func (c *call) run(prefix string) error {
	at, named := c.d.find(c.r.URL.EscapedPath(), prefix)
	if at == nil {
		return unknownPath
	}
	if x := wire.ExchangeOf(c.r); x != nil {
		x.Route = prefix + at.path // The path itself has the license code in it.
	}
	does, ok := at.does[c.r.Method]
	if !ok {
		c.w.Header()["Allow"] = []string{at.allow()}
		return wrongMethod
	}
	if err := c.authenticate(); err != nil {
		return err
	}
	if err := c.brake(); err != nil {
		return err
	}
	if does.says {
		if err := c.read(c.r); err != nil {
			return err
		}
	}
	c.target = named
	c.asked.Product, c.asked.License = productOf(c.product), c.license
	if c.asked.Product == "" {
		return wrongProduct
	}
	if does.says {
		c.asked.Address = c.userIP()
		c.asked.Test, c.asked.Mail = c.truth(testMember, false), c.truth(mailMember, true)
	}
	return does.serve(c)
}

// maxClientID bounds the text that is looked up as an API client.
const maxClientID = 64

// authenticate finds out which API client calls (§2). The key is what follows the first colon: ids have none.
func (c *call) authenticate() error {
	id, key, ok := c.r.BasicAuth()
	if !ok || len(c.r.Header["Authorization"]) != 1 || key == "" || !isClientID(id) {
		return license.Refuse(license.AppKeyUnknown)
	}
	client, err := c.d.client(c.ctx(), id, identity.Secret(key))
	c.asked.Client = client
	return err
}

// isClientID reports whether a text can be the id of an API client.
func isClientID(text string) bool {
	if text == "" || len(text) > maxClientID || !utf8.ValidString(text) {
		return false
	}
	return strings.IndexFunc(text, unicode.IsControl) < 0
}

// brake counts the request against the quota of the API client and says so in the headers (§9). It refuses with RateExceeded.
func (c *call) brake() error {
	got := c.d.quota.AllowFor(netip.Addr{}, uint64(c.asked.Client.ID), c.d.now())
	if got.Limit == 0 {
		return nil // There is no quota.
	}
	h := c.w.Header()
	h["X-RateLimit-Limit"] = []string{strconv.Itoa(got.Limit)}
	h["X-RateLimit-Remaining"] = []string{strconv.Itoa(got.Remaining)}
	h["X-RateLimit-Reset"] = []string{strconv.Itoa(got.ResetSeconds())}
	if !got.Allowed {
		return license.RefuseFor(license.RateExceeded, got.ResetAfter)
	}
	return nil
}

// done answers what was done, of which the end user may hear by mail, or the error that it ended with.
func (c *call) done(err error) error {
	if err != nil {
		return err
	}
	if c.asked.Mail {
		c.d.kick()
	}
	c.w.Header()["Cache-Control"] = noStore
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

var (
	jsonType = []string{"application/json; charset=utf-8"}
	noStore  = []string{"no-store"}
)

// send answers 200 with what w holds.
func (c *call) send(w *canonjson.Writer) error {
	c.w.Header()["Content-Type"] = jsonType
	wire.WriteJSONBytes(c.w, http.StatusOK, w.Bytes())
	return nil
}
