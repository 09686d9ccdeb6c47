package platform

import (
	"net/http"
	"net/url"
	"testing"
)

// TestGuestsAreBraked sends forms that nobody need be signed in for: so many, then no more for a while.
func TestGuestsAreBraked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.stranger()
	for range guestForms {
		c.post("/sign-out", nil)
	}
	c.post("/forgot", url.Values{"email": {"ann@acme.example"}}).want(http.StatusTooManyRequests, "Slow down")
	c.get("/sign-in").want(http.StatusOK)
	s.advance(61e9)
	c.post("/forgot", url.Values{"email": {"ann@acme.example"}}).want(http.StatusOK)
}
