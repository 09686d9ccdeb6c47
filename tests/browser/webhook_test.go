package browser

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"licet/internal/testkit/browser"
)

// patience bounds the wait for what the server does by itself.
const patience = 2 * time.Minute

// TestWebhookReplay names an address that listens, which is told what happens, and told again when somebody says so.
func TestWebhookReplay(t *testing.T) {
	t.Parallel()
	s := serve(t, "--outbound-allow-private")
	told := make(chan string, 100)
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		told <- r.Header.Get("webhook-id")
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(sink.Close)
	next := func() string {
		t.Helper()
		select {
		case id := <-told:
			return id
		case <-time.After(patience):
			t.Fatal("the address is not told")
			return ""
		}
	}

	p := s.signIn(t, browser.Options{})
	p.Open(s.URL + "/platform/webhooks/new")
	p.FillField("Address", sink.URL)
	p.FillField("Single events optional", "license.issued")
	p.Press("Create the webhook")
	p.WaitText("Deliveries are signed with this secret.")
	p.Press("I have kept it")
	p.WaitText("No deliveries here")
	page := p.URL()
	s.issue(t, "fernglow", "WEBHOOK-REPLAY")
	first := next()
	for delivered := false; !delivered; { // The answer is written down a moment after it is given.
		p.Open(page)
		delivered = p.Exists("tbody tr")
	}
	p.WaitText("license.issued")
	p.Click("tbody tr:first-child button")
	if got := p.Status(); got != http.StatusOK {
		t.Errorf("a replay: %d, want 200", got)
	}
	if again := next(); again != first || first == "" {
		t.Errorf("the replay is of the event %q, want %q", again, first)
	}
	p.NoFaults()
}
