package seller

import (
	"context"
	"net/http"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// call is one request on its way through the door. It belongs to one goroutine.
type call struct {
	params

	d       *door
	w       http.ResponseWriter
	r       *http.Request
	actor   identity.Actor      // the seller key
	app     license.Application // which it is for
	product string              // the application's product, as the office takes it
}

func (c *call) ctx() context.Context { return c.r.Context() }

func (c *call) office() *office.Office { return c.d.office }

// bare reports whether the answer is to be text and not JSON.
func (c *call) bare() bool { return isBare(c.get("format")) }

func isBare(format string) bool {
	return strings.EqualFold(format, "text") || strings.EqualFold(format, "txt")
}

// key returns the seller key: the parameter, or else the Authorization header, with or without "Bearer".
func (c *call) key() string {
	if key := c.get("sellerkey"); key != "" {
		return key
	}
	header := strings.TrimSpace(c.r.Header.Get("Authorization"))
	if scheme, key, ok := strings.Cut(header, " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(key)
	}
	return header
}

// everybody reports whether a user's name stands for all users. Only the types that say so in §11 ask.
func everybody(name string) bool { return strings.EqualFold(name, "all") }
