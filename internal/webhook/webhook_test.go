package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"licet/internal/license"
	"licet/internal/outbound"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/webhook"
)

// scene is a Sender on a database with one tenant and one endpoint, under a clock that only moves when told.
type scene struct {
	*webhook.Sender
	t       testing.TB
	store   *store.Store
	keyring *signing.Keyring
	clock   *atomic.Int64
	tenant  license.TenantID
	sink    *sink
	id      store.WebhookEndpointID
	secret  signing.WebhookSecret
}

const started = license.Time(1_800_000_000_000_000)

func forEachScene(t *testing.T, test func(t *testing.T, s *scene)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) { test(t, newScene(t, open(t))) })
}

func newScene(t testing.TB, db *store.Store) *scene {
	t.Helper()
	s := &scene{t: t, store: db, keyring: signing.NewKeyring(signing.MasterKey{1}), clock: new(atomic.Int64), sink: newSink(t)}
	s.clock.Store(int64(started))
	s.Sender = s.sender(db)
	tenant := license.Tenant{Code: "acme", Name: "Acme", Created: started}
	s.write(func(tx *store.Tx) error { return tx.InsertTenant(&tenant) })
	s.tenant = tenant.ID
	s.id, s.secret = s.endpoint(s.sink.URL, "*")
	return s
}

// sender is one more of them, as another server would have it.
func (s *scene) sender(db *store.Store) *webhook.Sender {
	return webhook.New(webhook.Deps{Store: db, Keyring: s.keyring, Now: s.now, Outside: outbound.Options{AllowPlain: true}})
}

func (s *scene) now() license.Time { return license.Time(s.clock.Load()) }

func (s *scene) advance(d time.Duration) { s.clock.Add(d.Microseconds()) }

func (s *scene) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("unexpected error: %v", err)
	}
}

func (s *scene) write(fn func(*store.Tx) error) {
	s.t.Helper()
	s.ok(s.store.Write(context.Background(), fn))
}

// endpoint makes one more.
func (s *scene) endpoint(url string, kinds ...string) (store.WebhookEndpointID, signing.WebhookSecret) {
	s.t.Helper()
	secret, err := signing.NewWebhookSecret(nil)
	s.ok(err)
	e := store.WebhookEndpoint{Tenant: s.tenant, URL: url, Kinds: kinds, Enabled: true, Created: s.now(), Updated: s.now()}
	s.write(func(tx *store.Tx) (err error) {
		e.ID = store.WebhookEndpointID(tx.NewID())
		e.Secret = s.keyring.Seal(e.Context(), []byte(secret.Reveal()))
		if e.Cursor, err = tx.FeedEnd(s.tenant); err != nil {
			return err
		}
		return tx.InsertWebhookEndpoint(&e)
	})
	return e.ID, secret
}

// change changes the endpoint as people would.
func (s *scene) change(do func(*store.WebhookEndpoint)) {
	s.t.Helper()
	s.write(func(tx *store.Tx) error {
		e, err := tx.LockWebhookEndpoint(s.tenant, s.id)
		if err != nil {
			return err
		}
		do(&e)
		return tx.SaveWebhookEndpoint(&e)
	})
}

func (s *scene) find(id store.WebhookEndpointID) (e store.WebhookEndpoint) {
	s.t.Helper()
	s.ok(s.store.Read(context.Background(), func(tx *store.Tx) (err error) {
		e, err = tx.FindWebhookEndpoint(s.tenant, id)
		return err
	}))
	return e
}

func (s *scene) deliveries(state store.WebhookState) (list []store.WebhookDelivery) {
	s.t.Helper()
	s.ok(s.store.Read(context.Background(), func(tx *store.Tx) (err error) {
		list, err = tx.ListWebhookDeliveries(s.tenant, s.id, state, 0, 1000)
		return err
	}))
	return list
}

// happen records events with these numbers as their subject.
func (s *scene) happen(kind license.EventKind, from, to int64) {
	s.t.Helper()
	for n := from; n <= to; n++ {
		s.write(func(tx *store.Tx) error {
			return tx.AppendEvents(s.tenant, "user:1 ann@acme.test", s.now(), license.Event{Kind: kind, License: 7, Subject: n, Data: map[string]any{"n": n}})
		})
	}
}

func (s *scene) deliver() {
	s.t.Helper()
	testkit.SettleFeed(s.t, s.store, s.tenant)
	s.ok(s.Deliver(s.t.Context()))
}

// want fails unless the sink was given events with these numbers, in this order, since it was last asked.
func (s *scene) want(when string, numbers ...int64) []call {
	s.t.Helper()
	calls := s.sink.take()
	var got []int64
	for _, c := range calls {
		got = append(got, c.subject())
	}
	if !slices.Equal(got, numbers) {
		s.t.Errorf("%s the sink was given %v, want %v", when, got, numbers)
	}
	return calls
}

// sink is who receives events.
type sink struct {
	*httptest.Server
	t      testing.TB
	mu     sync.Mutex
	calls  []call
	answer func(n int, c call) int // status; nil is 200
	count  int
}

type call struct {
	header http.Header
	body   []byte
}

func (c call) message() (m struct {
	Type      string
	Timestamp string
	Data      struct {
		ID      int64
		Actor   string
		License *int64 `json:"license_id"`
		Subject *int64 `json:"subject_id"`
		Details map[string]any
	}
}) {
	_ = json.Unmarshal(c.body, &m)
	return m
}

func (c call) subject() int64 {
	if m := c.message(); m.Data.Subject != nil {
		return *m.Data.Subject
	}
	return -1
}

func newSink(t testing.TB) *sink {
	s := &sink{t: t}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		c := call{r.Header.Clone(), body}
		s.mu.Lock()
		s.calls = append(s.calls, c)
		s.count++
		n, answer := s.count, s.answer
		s.mu.Unlock()
		status := http.StatusOK
		if answer != nil {
			status = answer(n, c)
		}
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, "answer\n%d", status)
	}))
	t.Cleanup(s.Close)
	return s
}

// answers sets what the sink answers from now on.
func (s *sink) answers(answer func(n int, c call) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer, s.count = answer, 0
}

func (s *sink) always(status int) { s.answers(func(int, call) int { return status }) }

func (s *sink) take() []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.calls
	s.calls = nil
	return out
}

// Every delivery is what Standard Webhooks asks for, as its own library says.
func TestDelivery(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		s.happen("license.issued", 1, 3)
		s.deliver()
		official, err := standardwebhooks.NewWebhook(s.secret.Reveal())
		s.ok(err)
		for i, c := range s.want("at first", 1, 2, 3) {
			if err := official.VerifyIgnoringTimestamp(c.body, c.header); err != nil {
				t.Errorf("the library says of delivery %d: %v", i, err)
			}
			if err := official.VerifyIgnoringTimestamp(append(c.body, ' '), c.header); err == nil {
				t.Error("the library takes another body")
			}
			m := c.message()
			if m.Type != "license.issued" || m.Timestamp != started.String() || m.Data.Actor != "user:1 ann@acme.test" ||
				*m.Data.License != 7 || m.Data.Details["n"] != float64(i+1) {
				t.Errorf("delivery %d says %s", i, c.body)
			}
			if id, at := c.header.Get("webhook-id"), c.header.Get("webhook-timestamp"); id != strconv.FormatInt(m.Data.ID, 10) || at != "1800000000" {
				t.Errorf("delivery %d has webhook-id %s and webhook-timestamp %s", i, id, at)
			}
			if got := c.header.Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type = %q", got)
			}
		}
		log := s.deliveries(store.WebhookDelivered)
		if len(log) != 3 || log[0].Status != 200 || log[0].Reply != "answer 200" || log[0].Attempts != 1 || log[0].Tried != s.now() {
			t.Errorf("the log has %+v", log)
		}
		s.deliver()
		s.want("with nothing new")
	})
}

// An event that names nothing has nothing in its place.
func TestBodyOfLittle(t *testing.T) {
	t.Parallel()
	body, err := webhook.Body(&license.StoredEvent{ID: 5, At: started, Event: license.Event{Kind: "tenant.created"}})
	want := `{"type":"tenant.created","timestamp":"2027-01-15T08:00:00Z","data":{"id":5,"actor":"","license_id":null,"subject_id":null,"details":{}}}`
	if err != nil || string(body) != want {
		t.Errorf("Body = %s, %v, want %s", body, err, want)
	}
}

func TestKindsAndTenants(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		s.change(func(e *store.WebhookEndpoint) { e.Kinds = []string{"license.*", "order.completed"} })
		other := license.Tenant{Code: "other", Name: "Other", Created: started}
		s.write(func(tx *store.Tx) error {
			if err := tx.InsertTenant(&other); err != nil {
				return err
			}
			return tx.AppendEvents(other.ID, "x", s.now(), license.Event{Kind: "license.issued", Subject: 99})
		})
		s.happen("license.issued", 1, 1)
		s.happen("device.activated", 2, 2)
		s.happen("order.completed", 3, 3)
		s.happen("order.created", 4, 4)
		s.deliver()
		s.want("of its kinds", 1, 3)
		s.change(func(e *store.WebhookEndpoint) { e.Kinds = []string{"*"} })
		s.deliver()
		s.want("with other kinds, of what is over,")
	})
}

// Large backlogs come in their order, over many words to the database and several turns.
func TestOrderOfMany(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		const n = 450
		events := make([]license.Event, n)
		want := make([]int64, n)
		for i := range events {
			want[i] = int64(i + 1)
			events[i] = license.Event{Kind: "license.issued", Subject: want[i]}
		}
		s.write(func(tx *store.Tx) error { return tx.AppendEvents(s.tenant, "x", s.now(), events...) })
		// Each answer takes a while, so that turns end.
		s.sink.answers(func(int, call) int { s.advance(100 * time.Millisecond); return 204 })
		s.deliver()
		s.want("over many batches", want...)
	})
}

// An event that fails is tried again, later each time, and the others go on.
func TestRetries(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		s.happen("license.issued", 1, 3)
		s.sink.answers(func(_ int, c call) int {
			if c.subject() == 2 {
				return 500
			}
			return 200
		})
		s.deliver()
		first := s.want("at first", 1, 2, 3)
		s.deliver()
		s.want("too early")
		created := s.now()
		for _, wait := range []time.Duration{
			5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour,
		} {
			// In between others succeed, so the endpoint does not count as failing.
			s.happen("license.issued", 9, 9)
			s.deliver()
			s.want("in between", 9)
			s.advance(wait - time.Second)
			s.deliver()
			s.want(fmt.Sprintf("before %s", wait))
			s.advance(wait/10 + time.Second)
			s.deliver()
			again := s.want(fmt.Sprintf("after %s", wait), 2)
			if a, b := first[1].header.Get("webhook-id"), again[0].header.Get("webhook-id"); a != b {
				t.Errorf("webhook-id = %s and then %s, want the same", a, b)
			}
		}
		s.happen("license.issued", 9, 9)
		s.deliver()
		s.want("in between", 9)
		s.clock.Store(int64(created.Add(72 * time.Hour)))
		s.deliver()
		s.want("for the last time", 2)
		s.advance(100 * time.Hour)
		s.deliver()
		s.want("after it was given up")
		failed := s.deliveries(store.WebhookFailed)
		if len(failed) != 1 || failed[0].Attempts != 10 || failed[0].Status != 500 || failed[0].Reply != "answer 500" {
			t.Errorf("the log has %+v, want one that failed ten times", failed)
		}
		if e := s.find(s.id); !e.Enabled {
			t.Error("the endpoint is off, want it on: it took other events")
		}
	})
}

// An endpoint that fails rests, and once it takes its oldest event all others follow in their order.
func TestRestAndRecovery(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		s.sink.always(503)
		s.happen("license.issued", 1, 8)
		s.deliver()
		s.want("while it fails", 1, 2, 3, 4, 5)
		for rest := 30 * time.Second; rest < time.Hour; rest *= 2 {
			s.advance(rest - time.Second)
			s.deliver()
			s.want(fmt.Sprintf("before a rest of %s ends", rest))
			s.advance(rest/10 + time.Second)
			s.deliver()
			s.want(fmt.Sprintf("after a rest of %s", rest), 1)
		}
		s.sink.always(200)
		s.advance(2 * time.Hour)
		s.deliver()
		s.want("once it has recovered", 1, 2, 3, 4, 5, 6, 7, 8)
		if e := s.find(s.id); e.Failures != 0 || e.FailingSince != 0 || !e.Enabled {
			t.Errorf("the endpoint counts %d failures since %s", e.Failures, e.FailingSince)
		}
	})
}

func TestSwitchedOffAfterThreeDays(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		watcher := newSink(t)
		s.endpoint(watcher.URL, "webhook_endpoint.*")
		s.sink.always(500)
		s.happen("license.issued", 1, 2)
		tries := 0
		for hours := 0; s.find(s.id).Enabled && hours < 100; hours++ {
			s.deliver()
			tries += len(s.sink.take())
			s.advance(time.Hour)
		}
		e := s.find(s.id)
		if after := s.now().Sub(started); e.Enabled || after < 72*time.Hour || after > 80*time.Hour || tries < 10 || tries > 100 {
			t.Fatalf("the endpoint is on = %v after %s and %d tries, want it off after three days", e.Enabled, after, tries)
		}
		if want := "it has not taken anything for three days; the last time: status 500"; e.DisabledReason != want {
			t.Errorf("reason = %q, want %q", e.DisabledReason, want)
		}
		s.deliver()
		told := watcher.take()
		if len(told) != 1 || told[0].message().Type != "webhook_endpoint.disabled" || told[0].subject() != int64(s.id) ||
			told[0].message().Data.Details["reason"] != e.DisabledReason {
			t.Errorf("another endpoint was told %d things, want webhook_endpoint.disabled", len(told))
		}
		s.happen("license.issued", 3, 3)
		s.advance(100 * time.Hour)
		s.deliver()
		s.want("while it is off")
		s.sink.always(200)
		s.change(func(e *store.WebhookEndpoint) { e.Enabled, e.Failures, e.FailingSince, e.Next = true, 0, 0, s.now() })
		s.deliver()
		calls := s.sink.take()
		var got []int64
		for _, c := range calls {
			if c.message().Type == "license.issued" {
				got = append(got, c.subject())
			}
		}
		if !slices.Equal(got, []int64{1, 2, 3}) {
			t.Errorf("once it is on again it was given %v, want 1 2 3", got)
		}
	})
}

func TestGone(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		s.sink.always(410)
		s.happen("license.issued", 1, 3)
		s.deliver()
		s.want("at first", 1)
		if e := s.find(s.id); e.Enabled || e.DisabledReason != "it answered 410: it is gone" {
			t.Errorf("the endpoint is on = %v: %s", e.Enabled, e.DisabledReason)
		}
		s.advance(time.Hour)
		s.deliver()
		s.want("once it is gone")
	})
}

// While a secret is replaced, deliveries are signed with both; the library takes either.
func TestTwoSecrets(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		fresh, err := signing.NewWebhookSecret(nil)
		s.ok(err)
		s.change(func(e *store.WebhookEndpoint) {
			e.OldSecret, e.OldUntil = e.Secret, s.now().Add(24*time.Hour)
			e.Secret = s.keyring.Seal(e.Context(), []byte(fresh.Reveal()))
		})
		verify := func(secret signing.WebhookSecret, c call) error {
			official, err := standardwebhooks.NewWebhook(secret.Reveal())
			s.ok(err)
			return official.VerifyIgnoringTimestamp(c.body, c.header)
		}
		s.happen("license.issued", 1, 1)
		s.deliver()
		both := s.want("while both are good", 1)[0]
		if a, b := verify(s.secret, both), verify(fresh, both); a != nil || b != nil {
			t.Errorf("with the old secret: %v; with the new one: %v; want both good", a, b)
		}
		s.advance(24 * time.Hour)
		s.happen("license.issued", 2, 2)
		s.deliver()
		one := s.want("a day later", 2)[0]
		if a, b := verify(s.secret, one), verify(fresh, one); a == nil || b != nil {
			t.Errorf("a day later, with the old secret: %v; with the new one: %v; want the new one alone", a, b)
		}
	})
}

// Nothing inside the operator's network is called, and no answer leads there.
func TestInsideIsNotCalled(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		s.happen("license.issued", 1, 1)
		strict := webhook.New(webhook.Deps{Store: s.store, Keyring: s.keyring, Now: s.now})
		testkit.SettleFeed(t, s.store, s.tenant)
		s.ok(strict.Deliver(t.Context()))
		s.want("by a sender that calls public addresses alone")
		log := s.deliveries(store.WebhookWaiting)
		if len(log) != 1 || log[0].Status != 0 || log[0].Reply != "the address is not public, so it is not called" {
			t.Errorf("the log has %+v", log)
		}
		s.sink.always(http.StatusFound)
		s.advance(10 * time.Second)
		s.deliver()
		s.want("with a redirect, which is not followed,", 1)
		if log = s.deliveries(store.WebhookWaiting); len(log) != 1 || log[0].Status != 302 || log[0].Attempts != 2 {
			t.Errorf("the log has %+v", log)
		}
	})
}

// Why an endpoint does not answer is said in words that name nothing of the operator's network.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	s := newScene(t, testkit.OpenSQLite(t))
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	s.ok(err)
	nobody := "http://" + closed.Addr().String()
	s.ok(closed.Close())
	plain := strings.Replace(s.sink.URL, "http://", "https://", 1)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	for _, tt := range []struct{ name, url, want string }{
		{"refused", nobody, "the connection was refused"},
		{"no-tls", plain, "the connection could not be encrypted"},
		{"certificate", secure.URL, "the certificate is not to be trusted"},
		{"no-address", "ftp://x", "the address is none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := s.find(s.id)
			e.URL = tt.url
			d, err := s.Test(t.Context(), &e, "1")
			if err != nil || d.State != store.WebhookFailed || d.Reply != tt.want {
				t.Errorf("Test = %+v, %v, want %s", d, err, tt.want)
			}
		})
	}
	s.sink.take()
	e := s.find(s.id)
	d, err := s.Test(t.Context(), &e, "77")
	calls := s.sink.take()
	if err != nil || d.State != store.WebhookDelivered || d.Kind != webhook.TestKind || len(calls) != 1 || calls[0].header.Get("webhook-id") != "test_77" {
		t.Errorf("Test = %+v, %v", d, err)
	}
	s.keyring = signing.NewKeyring(signing.MasterKey{2})
	d, err = s.sender(s.store).Test(t.Context(), &e, "78")
	if err != nil || d.Reply != "the secret of the endpoint cannot be opened; make a new one" {
		t.Errorf("Test with another master key = %+v, %v", d, err)
	}
}

// Two servers send at once: each event arrives once, and in its order.
func TestTwoSenders(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		const endpoints, events = 6, 30
		sinks := []*sink{s.sink}
		for range endpoints - 1 {
			one := newSink(t)
			s.endpoint(one.URL, "*")
			sinks = append(sinks, one)
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for range 2 {
			running.Go(func() { s.sender(s.store).Run(ctx) })
		}
		all := make(chan struct{})
		var left atomic.Int64
		left.Store(endpoints * events)
		for _, one := range sinks {
			one.answers(func(int, call) int {
				if left.Add(-1) == 0 {
					close(all)
				}
				return 200
			})
		}
		s.happen("license.issued", 1, events)
		<-all
		stop()
		running.Wait()
		for i, one := range sinks {
			var got []int64
			for _, c := range one.take() {
				got = append(got, c.subject())
			}
			if !slices.IsSorted(got) || len(got) != events {
				t.Errorf("sink %d was given %v, want 1 to %d", i, got, events)
			}
		}
		s.deliver()
		s.want("afterwards")
	})
}

// A server that dies between sending and storing sends again; what it had stored it does not.
func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := testkit.Open(t, store.Options{Dir: dir})
	s := newScene(t, first)
	s.happen("license.issued", 1, 2)
	s.deliver()
	s.want("at first", 1, 2)
	s.happen("license.issued", 3, 5)
	// The database is gone when the outcome of 3 to 5 is to be stored.
	s.sink.answers(func(_ int, c call) int {
		if c.subject() == 4 {
			first.Close()
		}
		return 200
	})
	if err := s.Deliver(t.Context()); err == nil {
		t.Fatal("Deliver = ok, want the error of the database")
	}
	if got := s.sink.take(); len(got) < 2 {
		t.Errorf("%d events were sent before, want at least 2", len(got))
	}
	s.sink.always(200)
	s.store = testkit.Open(t, store.Options{Dir: dir})
	s.Sender = s.sender(s.store)
	s.deliver()
	s.want("as long as the dead one has the endpoint")
	s.advance(store.WebhookLease + time.Second)
	s.deliver()
	s.want("after the restart", 3, 4, 5)
}

// A server that is told to stop stores what it has sent, and gives the endpoint back.
func TestStop(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		s.happen("license.issued", 1, 3)
		ctx, stop := context.WithCancel(t.Context())
		s.sink.answers(func(_ int, c call) int {
			if c.subject() == 2 {
				stop()
			}
			return 200
		})
		testkit.SettleFeed(t, s.store, s.tenant)
		s.ok(s.Deliver(ctx))
		s.want("before it stops", 1, 2)
		s.deliver()
		s.want("afterwards", 3)
	})
}

// Who moves the cursor back, or switches the endpoint off, while it is told, is heard.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		s.happen("license.issued", 1, 3)
		start := s.find(s.id).Cursor
		s.sink.answers(func(_ int, c call) int {
			if c.subject() == 3 {
				s.change(func(e *store.WebhookEndpoint) { e.Cursor, e.Next = start, s.now() })
				s.sink.always(200)
			}
			return 200
		})
		// The cursor is where it was, so only the lease that is not held any more shows it.
		s.deliver()
		s.want("set back in the middle", 1, 2, 3, 1, 2, 3)
		s.happen("license.issued", 4, 5)
		s.sink.answers(func(_ int, c call) int {
			s.change(func(e *store.WebhookEndpoint) { e.Enabled = false })
			s.advance(3 * time.Second) // time for a word to the database
			return 200
		})
		s.deliver()
		s.want("switched off in the middle", 4)
		s.change(func(e *store.WebhookEndpoint) { e.Enabled, e.Next = true, s.now() })
		s.sink.always(200)
		s.deliver()
		s.want("switched on again", 5)
	})
}

func TestPrune(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		s.happen("license.issued", 1, 3)
		s.deliver()
		s.ok(s.Prune(t.Context()))
		if n := len(s.deliveries("")); n != 3 {
			t.Errorf("%d deliveries are kept, want 3", n)
		}
		s.advance(store.WebhookLogKept + time.Second)
		s.ok(s.Prune(t.Context()))
		if n := len(s.deliveries("")); n != 0 {
			t.Errorf("%d deliveries are kept after 30 days, want none", n)
		}
	})
}

// Run hears of events that are stored through its store, and ends with its context.
func TestRun(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(t *testing.T, s *scene) {
		ctx, stop := context.WithCancelCause(t.Context())
		arrived := errors.New("it arrived")
		s.sink.answers(func(_ int, c call) int {
			if c.subject() == 1 {
				stop(arrived)
			}
			return 200
		})
		var running sync.WaitGroup
		running.Go(func() { s.Run(ctx) })
		s.happen("license.issued", 1, 1)
		running.Wait()
		if !errors.Is(context.Cause(ctx), arrived) {
			t.Errorf("Run ended for %v", context.Cause(ctx))
		}
		s.want("by Run", 1)
	})
}
