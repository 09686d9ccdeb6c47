package api_test

import (
	"net/http"
	"testing"
	"time"

	"licet/internal/testkit"
	"licet/internal/wire"
	"licet/internal/wire/api"
	"licet/internal/wire/wiretest"
)

// TestBrake: an address has so many calls a minute, every answer says how many are left, and the one too many says when to come again.
func TestBrake(t *testing.T) {
	t.Parallel()
	w := wiretest.New(t, testkit.OpenSQLite(t), func(w *wiretest.World) wire.Door {
		a := api.New(api.Deps{Office: w.Office, Now: w.Now, Rate: wire.Rate{Limit: 2}})
		addBooks(a, w)
		return a.Door("books", wire.ManageSurface)
	})
	ask := func(from string) wiretest.Answer {
		return w.Send(t, wiretest.Request{Method: http.MethodGet, Path: "/v1/books", From: from})
	}
	for _, left := range []string{`"calls";r=1;t=60`, `"calls";r=0;t=60`} {
		if a := ask(""); a.Status != http.StatusUnauthorized || a.Header.Get("RateLimit") != left || a.Header.Get("RateLimit-Policy") != `"calls";q=2;w=60` {
			t.Errorf("answer = %d %v, want 401 and %s", a.Status, a.Header, left)
		}
	}
	if a := ask(""); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "60" || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("one too many = %d %v %s, want 429 with Retry-After", a.Status, a.Header, a.Body)
	}
	if a := ask("198.51.100.7"); a.Status != http.StatusUnauthorized {
		t.Errorf("from elsewhere = %d, want 401", a.Status)
	}
	w.Advance(time.Minute)
	if a := ask(""); a.Status != http.StatusUnauthorized {
		t.Errorf("a minute later = %d, want 401", a.Status)
	}
}
