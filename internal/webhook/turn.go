package webhook

import (
	"context"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

const (
	batchMost  = 200              // events whose outcome is stored together
	batchTime  = 2 * time.Second  // nor later than this
	turnTime   = 10 * time.Second // then other endpoints are due
	tooLate    = 72 * time.Hour   // after which an event is given up, and an endpoint switched off
	nearly     = time.Hour        // between the two
	endOfLease = 2 * postWait     // nothing is begun so near to it
)

// turn is one go of a Sender at an endpoint that it has claimed.
type turn struct {
	*Sender
	endpoint store.WebhookEndpoint // as it is stored
	begun    license.Time
	pace     pacer
}

// serve tells an endpoint of what is due, for a while, and gives it back.
func (s *Sender) serve(ctx context.Context, e store.WebhookEndpoint) error {
	t := &turn{Sender: s, endpoint: e, begun: s.d.Now()}
	for {
		b, err := t.batch(ctx)
		if err != nil {
			return err
		}
		now := s.d.Now()
		goOn := b.more && ctx.Err() == nil && now.Sub(t.begun) < turnTime
		switch {
		case b.rest > 0:
			b.Next = now.Add(b.rest)
		case goOn:
			b.Next = now.Add(store.WebhookLease)
		default:
			b.Next = now
		}
		var kept bool
		err = s.d.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) (err error) {
			t.endpoint, kept, err = tx.SaveWebhookBatch(&b.WebhookBatch, now)
			return err
		})
		switch {
		case err != nil:
			return err
		case !kept:
			s.d.Log.Warn("a webhook endpoint was taken over or set back meanwhile; some of its events are sent again",
				"endpoint", int64(e.ID), "tenant", int64(e.Tenant))
			return nil
		case b.Disable != "" && !t.endpoint.Enabled:
			s.d.Log.Warn("a webhook endpoint was switched off", "endpoint", int64(e.ID), "tenant", int64(e.Tenant), "reason", b.Disable)
			return nil
		case !goOn || b.rest > 0 || !t.endpoint.Enabled:
			return nil
		}
	}
}

// batch is what a turn does between two words to the database.
type batch struct {
	store.WebhookBatch
	begun license.Time
	more  bool          // there may be more to send
	rest  time.Duration // the endpoint gets, after failures; 0 is none
}

// stop reports whether the endpoint wants nothing for now.
func (b *batch) stop() bool { return b.rest > 0 || b.Disable != "" }

// batch sends what is due: first what waits, then what is new.
func (t *turn) batch(ctx context.Context) (*batch, error) {
	e := &t.endpoint
	b := &batch{begun: t.d.Now(), WebhookBatch: store.WebhookBatch{
		Held: *e, Cursor: e.Cursor, FailingSince: e.FailingSince, Failures: e.Failures,
	}}
	by, limit := b.begun, batchMost
	if e.Paused() {
		by, limit = license.Forever, 1 // The oldest shows whether the endpoint has recovered.
	}
	var waiting []store.WaitingWebhook
	var fresh []license.StoredEvent
	err := t.d.Store.Read(context.WithoutCancel(ctx), func(tx *store.Tx) (err error) {
		if waiting, err = tx.WaitingWebhooks(e.Tenant, e.ID, by, limit); err != nil || len(waiting) > 0 {
			return err
		}
		fresh, err = tx.FeedAfter(e.Tenant, e.Cursor, batchMost)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(waiting) > 0 {
		t.retry(ctx, b, waiting)
		b.more = true
	} else {
		whole := t.tell(ctx, b, fresh)
		b.more = !whole || len(fresh) == batchMost || b.Recovered
	}
	b.more = b.more && !b.stop()
	return b, nil
}

// late reports whether it is time for a word to the database.
func (t *turn) late(ctx context.Context, b *batch) bool {
	now := t.d.Now()
	return ctx.Err() != nil || now.Sub(b.begun) >= batchTime || now.Add(endOfLease) > b.Held.Next
}

// retry sends again what waits, or a part of it.
func (t *turn) retry(ctx context.Context, b *batch, waiting []store.WaitingWebhook) {
	for i := range waiting {
		if i > 0 && t.late(ctx, b) || b.stop() || b.Recovered {
			return // Once it has recovered, what waits comes anew, in its order.
		}
		w := &waiting[i]
		if !t.send(ctx, b, &w.WebhookDelivery, &w.Of) {
			return
		}
		b.Tried = append(b.Tried, w.WebhookDelivery)
	}
}

// tell sends what is new and moves the cursor over it; false where some of it is left.
func (t *turn) tell(ctx context.Context, b *batch, fresh []license.StoredEvent) bool {
	for i := range fresh {
		event := &fresh[i]
		if t.endpoint.Wants(event.Kind) {
			if i > 0 && t.late(ctx, b) || b.stop() {
				return false
			}
			d := store.WebhookDelivery{
				Tenant: event.Tenant, Endpoint: t.endpoint.ID, Event: event.ID, Kind: event.Kind, Created: b.begun,
			}
			if !t.send(ctx, b, &d, event) {
				return false
			}
			b.New = append(b.New, d)
		}
		b.Cursor = event.ID
	}
	return true
}

// send posts an event and judges what came of it; false where nobody knows, since the server stops.
func (t *turn) send(ctx context.Context, b *batch, d *store.WebhookDelivery, event *license.StoredEvent) bool {
	body, err := Body(event)
	a := attempt{reply: "the event cannot be written as JSON"}
	if err == nil {
		t.pace.wait(ctx, t.d.PerSecond)
		a = t.post(ctx, &t.endpoint, idOf(event.ID), body)
	}
	if a.cut {
		return false
	}
	now := t.d.Now()
	a.note(d, now)
	if a.ok() {
		d.State, d.Next = store.WebhookDelivered, 0
		b.Recovered = b.Recovered || b.Failures >= store.WebhookPatience
		b.Failures, b.FailingSince = 0, 0
		return true
	}
	if b.Failures++; b.FailingSince == 0 {
		b.FailingSince = now
	}
	d.State, d.Next = store.WebhookWaiting, now.Add(retryAfter(d.Attempts))
	switch end := d.Created.Add(tooLate); {
	case now < end:
		d.Next = min(d.Next, end)
	case now.Sub(b.FailingSince) < tooLate-nearly: // Else it is the endpoint that is given up.
		d.State, d.Next = store.WebhookFailed, 0
	}
	switch {
	case a.gone():
		b.Disable = "it answered 410: it is gone"
	case now.Sub(b.FailingSince) >= tooLate:
		b.Disable = "it has not taken anything for three days; the last time: " + outcome(&a)
	case b.Failures >= store.WebhookPatience:
		b.rest = restAfter(b.Failures)
	}
	return true
}

// outcome says what came of an attempt that failed, without the words of the other side.
func outcome(a *attempt) string {
	if a.status != 0 {
		return "status " + idOf(license.EventID(a.status))
	}
	return a.reply
}
