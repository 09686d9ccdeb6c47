package torture

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"licet/internal/testkit/pgtest"
)

// sink is an address that takes webhooks. While it is deaf it lets whoever tells it something wait for an answer that never comes.
type sink struct {
	*httptest.Server
	deaf  atomic.Bool
	asked chan struct{} // has a value once somebody was let wait
	mu    sync.Mutex    // guards times
	times map[string]int
}

func newSink(t *testing.T) *sink {
	k := &sink{asked: make(chan struct{}, 1), times: map[string]int{}}
	k.deaf.Store(true)
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if k.deaf.Load() {
			select {
			case k.asked <- struct{}{}:
			default:
			}
			<-r.Context().Done()
			return
		}
		var event struct {
			Data struct {
				ID int64 `json:"id"`
			} `json:"data"`
		}
		if json.Unmarshal(body, &event) != nil || r.Header.Get("webhook-id") != strconv.FormatInt(event.Data.ID, 10) {
			t.Errorf("the sink was told %s with the id %q", body, r.Header.Get("webhook-id"))
		}
		k.mu.Lock()
		k.times[r.Header.Get("webhook-id")]++
		k.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(k.Close)
	return k
}

// has reports whether an event has come.
func (k *sink) has(id int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.times[strconv.FormatInt(id, 10)] > 0
}

// TestKillBeforeDelivery kills the server between the commit of a change and the delivery of its event: a server that is started later
// delivers it.
func TestKillBeforeDelivery(t *testing.T) {
	for _, place := range []struct {
		name string
		url  func(*testing.T) string
	}{{"sqlite", func(*testing.T) string { return "" }}, {"postgres", func(t *testing.T) string { return pgtest.Shared(t).Database(t) }}} {
		t.Run(place.name, func(t *testing.T) {
			t.Setenv("LICET_OUTBOUND_ALLOW_PRIVATE", "true")
			s := newSite(t, t.TempDir(), place.url(t), 1)
			k := newSink(t)
			s.licet("webhook", "create", k.URL, "--kinds", "license.*")
			v := s.serve()
			s.licet("license", "suspend", s.keys[0])
			select {
			case <-k.asked: // It is committed, and being delivered.
			case <-time.After(time.Minute):
				t.Fatalf("the sink is not asked:\n%s", v.log)
			}
			v.kill()
			k.deaf.Store(false)
			var events []struct {
				ID   int64  `json:"id"`
				Kind string `json:"kind"`
			}
			s.decode(&events, "event", "list", "--json")
			var id int64
			for _, e := range events {
				if e.Kind == "license.suspended" {
					id = e.ID
				}
			}
			if id == 0 {
				t.Fatalf("the suspension left no event: %v", events)
			}
			v = s.serve()
			look := time.NewTicker(20 * time.Millisecond)
			defer look.Stop()
			late := time.After(3 * time.Minute)
			for !k.has(id) {
				select {
				case <-look.C:
				case <-late:
					t.Fatalf("the event %d never comes:\n%s", id, v.log)
				}
			}
			t.Logf("the event %d came %d times", id, k.times[strconv.FormatInt(id, 10)])
		})
	}
}
