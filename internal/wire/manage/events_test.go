package manage

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/testkit"
	hooks "licet/internal/webhook"
	"licet/internal/wire/api"
	"licet/internal/wire/api/apitest"
	"licet/internal/wire/wiretest"
)

// forEachFeed runs a test on each database with what edit changes of the door, and a function that waits until all events are in the feed.
func forEachFeed(t *testing.T, edit func(*Deps), test func(t *testing.T, s *apitest.Site, settle func())) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		db := open(t)
		s := apitest.New(t, db, func(a *api.API, w *wiretest.World) {
			d := Deps{Now: w.Now, Authority: w.Authority}
			edit(&d)
			Add(a, d)
		})
		test(t, s, func() { testkit.SettleFeed(t, db, s.Operator.Tenant) })
	})
}

func nothing(*Deps) {}

func TestEvents(t *testing.T) {
	t.Parallel()
	forEachFeed(t, nothing, func(t *testing.T, s *apitest.Site, settle func()) {
		withLicenses(t, s, "app", nil, "A-1")
		settle()
		first := s.Get(t, "/v1/events?limit=1").Want(200)
		if first.Text("data.0.type") != string(license.LicenseIssued) || first.Text("data.0.license_id") == "" {
			t.Errorf("the newest event = %s, want the license", first.Raw)
		}
		rest := s.Get(t, "/v1/events?cursor="+first.Text("next")).Want(200)
		all := s.Get(t, "/v1/events/feed").Want(200)
		n := all.Len("data")
		if n != rest.Len("data")+1 || all.Text("data.0.type") != string(license.TenantCreated) || all.Text("more") != "false" || all.Text("after") != first.Text("data.0.id") {
			t.Errorf("the feed = %s, want the same from the beginning on", all.Raw)
		}
		part := s.Get(t, fmt.Sprintf("/v1/events/feed?limit=%d", n-1)).Want(200)
		if part.Len("data") != n-1 || part.Text("more") != "true" {
			t.Errorf("the first %d = %s, want more of them", n-1, part.Raw)
		}
		last := s.Get(t, "/v1/events/feed?after="+part.Text("after")).Want(200)
		if diff := cmp.Diff(all.At(fmt.Sprintf("data.%d", n-1)), last.At("data.0")); diff != "" || last.Len("data") != 1 {
			t.Errorf("what comes after (-want +got):\n%s", diff)
		}
		if none := s.Get(t, "/v1/events/feed?after="+last.Text("after")).Want(200); none.Len("data") != 0 || none.Text("after") != last.Text("after") {
			t.Errorf("at the end the feed = %s, want none, and the same after", none.Raw)
		}
		stored, err := s.Office.Feed(t.Context(), s.Operator, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i := range stored {
			body, err := hooks.Body(&stored[i])
			if err != nil {
				t.Fatal(err)
			}
			var want any
			if err := json.Unmarshal(body, &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, all.At(fmt.Sprintf("data.%d", i))); diff != "" {
				t.Errorf("the feed is not what webhooks say (-webhook +feed):\n%s", diff)
			}
		}
		s.Get(t, "/v1/events/feed?after=7").Refused(400, "after")
		s.Get(t, "/v1/events/feed?limit=1001").Refused(400, "limit")
		s.Get(t, "/v1/events?cursor=x").Refused(400, "cursor")
		for _, path := range []string{"/v1/events", "/v1/events/feed", "/v1/events/stream"} {
			s.Do(t, apitest.Call{Method: http.MethodGet, Path: path, Token: tokenFor(t, s, "licenses:read")}).Refused(403, string(license.PermissionMissing))
		}
	})
}

// following is a stream as a client reads it.
type following struct {
	t      *testing.T
	lines  *bufio.Scanner
	hangUp context.CancelFunc
	answer *http.Response
}

// follow opens a stream. It ends with the test at the latest.
func follow(t *testing.T, s *apitest.Site, token, query, last string) *following {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://licet.test/v1/events/stream"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := s.Client(t, "").Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = answer.Body.Close()
	})
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the stream begins with %d %v", answer.StatusCode, answer.Header)
	}
	return &following{t: t, lines: bufio.NewScanner(answer.Body), hangUp: cancel, answer: answer}
}

// next reads one event.
func (f *following) next() (id string, data any) {
	f.t.Helper()
	for f.lines.Scan() {
		name, value, _ := strings.Cut(f.lines.Text(), ": ")
		switch name {
		case "id":
			id = value
		case "data":
			if err := json.Unmarshal([]byte(value), &data); err != nil {
				f.t.Fatal(err)
			}
		case "":
			if data != nil {
				return id, data
			}
		}
	}
	f.t.Fatalf("the stream ended: %v", f.lines.Err())
	return "", nil
}

// want fails unless the next event is this one.
func (f *following) want(data any) {
	f.t.Helper()
	id, got := f.next()
	if diff := cmp.Diff(data, got); diff != "" {
		f.t.Errorf("the stream tells another event than the feed (-feed +stream):\n%s", diff)
	}
	if inside, _ := got.(object)["data"].(object)["id"].(float64); id != fmt.Sprintf("%.0f", inside) {
		f.t.Errorf("the id of the message is %s, want that of the event, %.0f", id, inside)
	}
}

func TestEventStream(t *testing.T) {
	t.Parallel()
	forEachFeed(t, nothing, func(t *testing.T, s *apitest.Site, settle func()) {
		withLicenses(t, s, "app", nil, "A-1")
		settle()
		all := s.Get(t, "/v1/events/feed").Want(200)
		data, _ := all.At("data").([]any)
		whole := follow(t, s, s.Token, "?after=0", "")
		for _, event := range data {
			whole.want(event)
		}
		fresh := follow(t, s, s.Token, "", "")
		s.Post(t, "/v1/licenses/A-1/suspend", nil).Want(200)
		settle()
		added := s.Get(t, "/v1/events/feed?after="+all.Text("after")).Want(200)
		whole.want(added.At("data.0"))
		fresh.want(added.At("data.0"))
		whole.hangUp()
		resumed := follow(t, s, s.Token, "?after=0", all.Text("data.1.data.id")) // The header wins.
		for _, event := range data[2:] {
			resumed.want(event)
		}
		resumed.want(added.At("data.0"))

		for last, field := range map[string]string{"x": "Last-Event-ID", "-1": "Last-Event-ID", "7": "after"} {
			s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/events/stream", Header: map[string]string{"Last-Event-ID": last}}).Refused(400, field)
		}
		s.Get(t, "/v1/events/stream?after=7").Refused(400, "after")
		if head := s.Do(t, apitest.Call{Method: http.MethodHead, Path: "/v1/events/stream", Wild: true}); head.Status != 200 || len(head.Raw) != 0 {
			t.Errorf("HEAD = %d %s, want the head alone", head.Status, head.Raw)
		}
	})
}

// ends fails unless the stream ends, and as a whole.
func (f *following) ends(why string) {
	f.t.Helper()
	for f.lines.Scan() {
		continue
	}
	if err := f.lines.Err(); err != nil {
		f.t.Errorf("%s: the stream is cut off: %v", why, err)
	}
}

func TestEventStreamEnds(t *testing.T) {
	t.Parallel()
	t.Run("token", func(t *testing.T) {
		t.Parallel()
		forEachFeed(t, func(d *Deps) { d.Heartbeat = time.Millisecond }, func(t *testing.T, s *apitest.Site, settle func()) {
			made := s.Post(t, "/v1/tokens", object{"name": "follower", "scopes": []string{"audit:read"}}).Want(201)
			settle()
			f := follow(t, s, made.Text("token"), "", "")
			for beats := 0; beats < 3; {
				if !f.lines.Scan() {
					t.Fatalf("the stream ended: %v", f.lines.Err())
				}
				if f.lines.Text() == ":" {
					beats++
				}
			}
			if _, err := s.Office.RevokeAPIKey(t.Context(), s.Operator, idOf(t, made)); err != nil {
				t.Fatal(err)
			}
			f.ends("a token that was revoked") // It may be told of that yet.
		})
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) {
			stop := make(chan struct{})
			s := apitest.New(t, open(t), func(a *api.API, w *wiretest.World) { Add(a, Deps{Now: w.Now, Authority: w.Authority, Stop: stop}) })
			f := follow(t, s, s.Token, "", "")
			close(stop)
			f.ends("a server that stops")
		})
	})
}

func idOf(t *testing.T, a apitest.Answer) license.APIKeyID {
	t.Helper()
	id, ok := license.ParseID(a.Text("id"))
	if !ok {
		t.Fatalf("%s has no id", a.Raw)
	}
	return license.APIKeyID(id)
}

func TestEventStreamsAreFew(t *testing.T) {
	t.Parallel()
	forEachFeed(t, nothing, func(t *testing.T, s *apitest.Site, settle func()) {
		settle()
		var open []*following
		for range maxStreams {
			open = append(open, follow(t, s, s.Token, "", ""))
		}
		full := s.Get(t, "/v1/events/stream").Refused(429, string(license.RateExceeded))
		if full.Header.Get("Retry-After") != "5" {
			t.Errorf("Retry-After = %q, want 5", full.Header.Get("Retry-After"))
		}
		for _, f := range open {
			f.hangUp()
		}
	})
}

// patient notes what a handler says of the times in which things must happen.
type patient struct {
	*httptest.ResponseRecorder
	read, write []time.Time
	wrote       func()
}

func (p *patient) SetReadDeadline(at time.Time) error {
	p.read = append(p.read, at)
	return nil
}

func (p *patient) SetWriteDeadline(at time.Time) error {
	p.write = append(p.write, at)
	return nil
}

func (p *patient) Write(b []byte) (int, error) {
	p.wrote()
	return p.ResponseRecorder.Write(b)
}

// Neither the time in which a request must arrive nor that in which an answer must be written cuts a stream off.
func TestEventStreamOutlivesTimeouts(t *testing.T) {
	t.Parallel()
	forEachFeed(t, func(d *Deps) { d.Heartbeat = time.Millisecond }, func(t *testing.T, s *apitest.Site, settle func()) {
		settle()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		writes := 0
		p := &patient{ResponseRecorder: httptest.NewRecorder()}
		p.wrote = func() {
			if writes++; writes == 3 {
				cancel()
			}
		}
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/events/stream", nil)
		r.Header.Set("Authorization", "Bearer "+s.Token)
		s.API.Door("stream", "manage").Handler().ServeHTTP(p, r)
		if len(p.read) != 1 || !p.read[0].IsZero() {
			t.Errorf("the deadlines of reading are %v, want that it is taken away", p.read)
		}
		if len(p.write) < writes || writes < 3 {
			t.Errorf("%d writes had %d deadlines, want one before each", writes, len(p.write))
		}
		if got := p.Body.String(); !strings.HasPrefix(got, "retry: 3000\n\n:\n\n:\n\n") {
			t.Errorf("the stream is %q, want signs of life", got)
		}
	})
}
