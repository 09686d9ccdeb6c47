package manage

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	hooks "licet/internal/webhook"
	"licet/internal/wire/api"
)

const (
	heartbeat  = 15 * time.Second // what proxies leave alone
	maxStreams = 20               // of a tenant, since each looks into the database twice a second
	streamWait = 5 * time.Second  // until one of them may be free
)

type streamEvents struct {
	After *license.EventID `query:"after" minimum:"0" doc:"Begins after this event, 0 being the beginning; absent is with what happens from now on. The header Last-Event-ID wins." example:"1774267200000020"`
}

func addEventStream(a *api.API, d Deps) {
	s := &streams{d: d, open: map[license.TenantID]int{}}
	if s.d.Heartbeat == 0 {
		s.d.Heartbeat = heartbeat
	}
	api.Stream(a, with(op(eventTag, "streamEvents", http.MethodGet, "/events/stream", "Follow events as they happen", identity.ReadAudit),
		describedAs("Server-sent events: the id of each is that of the event, and its data is what a webhook's body would be. A comment comes every 15 seconds where nothing happens. When the connection breaks, go on with the last id in the header Last-Event-ID, as browsers do, or in after: nothing is missed. A tenant has at most 20 streams."),
		func(o *api.Operation) { o.Media = "text/event-stream" }), s.serve)
}

// streams are the event streams that are open.
type streams struct {
	d Deps

	mu   sync.Mutex // guards open
	open map[license.TenantID]int
}

// enter counts a stream, and refuses it where there are too many.
func (s *streams) enter(tenant license.TenantID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[tenant] >= maxStreams {
		err := license.Refusef(license.RateExceeded, "%d event streams are open already; close one of them", maxStreams)
		err.RetryAfter = streamWait
		return err
	}
	s.open[tenant]++
	return nil
}

func (s *streams) leave(tenant license.TenantID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[tenant]--; s.open[tenant] == 0 {
		delete(s.open, tenant)
	}
}

// serve tells of events until the client goes, the token ends, or the server stops.
func (s *streams) serve(ctx context.Context, c *api.Call, w http.ResponseWriter, in *streamEvents) error {
	after, err := in.from(ctx, c)
	if err != nil {
		return err
	}
	if err := s.enter(c.Actor.Tenant); err != nil {
		return err
	}
	defer s.leave(c.Actor.Tenant)
	out := newStream(w)
	if err := out.begin(); err != nil || c.Request.Method == http.MethodHead {
		return quiet(ctx, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	events, ended := make(chan []license.StoredEvent), make(chan error, 1)
	var following sync.WaitGroup
	defer following.Wait()
	defer cancel()
	following.Go(func() { // A client that reads nothing would keep the server from stopping.
		select {
		case <-s.d.Stop:
			_ = out.control.SetWriteDeadline(time.Now().Add(time.Second)) // Whoever reads gets the end.
		case <-ctx.Done():
		}
	})
	following.Go(func() {
		ended <- c.Office.Follow(ctx, c.Actor, after, func(list []license.StoredEvent) error {
			select {
			case events <- list:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	beat := time.NewTicker(s.d.Heartbeat)
	defer beat.Stop()
	for err == nil {
		select {
		case list := <-events:
			err = out.tell(list)
		case <-beat.C:
			if !stillMay(ctx, c) {
				return nil // It comes again, and is told why not.
			}
			err = out.send([]byte(":\n\n"))
		case err = <-ended:
		case <-ctx.Done():
			return nil
		case <-s.d.Stop:
			return nil
		}
	}
	return quiet(ctx, err)
}

// quiet is err, unless it comes of the client's going away.
func quiet(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// from says after which event a stream begins. It refuses one that does not exist.
func (in *streamEvents) from(ctx context.Context, c *api.Call) (license.EventID, error) {
	var after license.EventID
	switch last := c.Request.Header.Get("Last-Event-ID"); {
	case last != "":
		id, err := strconv.ParseInt(last, 10, 64)
		if err != nil || id < 0 {
			return 0, license.Invalidf("Last-Event-ID", "it is the id of the last event that you have")
		}
		after = license.EventID(id)
	case in.After != nil:
		after = *in.After
	default:
		return c.Office.FeedEnd(ctx, c.Actor)
	}
	_, err := c.Office.Feed(ctx, c.Actor, after, 1)
	return after, err
}

// stillMay reports whether the token of a stream that has begun would be let in now.
func stillMay(ctx context.Context, c *api.Call) bool {
	token, err := api.TokenOf(c.Request)
	if err != nil {
		return false
	}
	actor, err := c.Office.FindByToken(ctx, token)
	return err == nil && actor.Require(c.Actor.Tenant, identity.ReadAudit) == nil
}

// stream writes server-sent events.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	buffer  bytes.Buffer
}

func newStream(w http.ResponseWriter) *stream {
	return &stream{w: w, control: http.NewResponseController(w)}
}

// begin sends the head of the answer. From here on the time in which requests must arrive counts no more: once it is over, the
// server would take the client for gone.
func (s *stream) begin() error {
	_ = s.control.SetReadDeadline(time.Time{}) // Where there is no deadline, none is taken away.
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // A proxy that collects answers would hold events back.
	s.w.WriteHeader(http.StatusOK)
	return s.send([]byte("retry: 3000\n\n"))
}

// tell sends events.
func (s *stream) tell(list []license.StoredEvent) error {
	s.buffer.Reset()
	for i := range list {
		body, err := hooks.Body(&list[i])
		if err != nil {
			return err
		}
		s.buffer.WriteString("id: " + api.ID(list[i].ID) + "\ndata: ")
		s.buffer.Write(body) // JSON as it is written here has no line breaks.
		s.buffer.WriteString("\n\n")
	}
	return s.send(s.buffer.Bytes())
}

// send gives the client time for what it sends: a stream lasts longer than any answer may.
func (s *stream) send(text []byte) error {
	prolong(s.w)
	if _, err := s.w.Write(text); err != nil {
		return err
	}
	return s.control.Flush()
}
