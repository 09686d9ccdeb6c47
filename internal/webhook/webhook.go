// Package webhook tells the endpoints of vendors of events, as Standard Webhooks has it (version 1): a POST of JSON with the fields
// webhook-id, webhook-timestamp and webhook-signature.
//
// # At least once, and in order
//
// The events are those that changes have left in the database, in the order of the feed. An endpoint has a cursor in that feed, which
// moves in the same transaction that stores what became of the events before it. So nothing is lost when a server dies at any moment;
// what it had sent since its last word is sent again, with the same webhook-id.
//
// Any number of servers may send beside each other: each takes an endpoint for itself for half a minute at a time.
//
// # What fails
//
// An event that an endpoint does not answer with 2xx waits and is tried again, later each time, for three days, while those after
// it go on. After five failures in a row the endpoint rests; then its oldest event is tried, and once that arrives all that
// waited follow in their order before anything new. An endpoint that has answered nothing with 2xx for three days is switched
// off, and so at once is one that answers 410 (Gone). What it then has not been told of it is told when it is switched on again.
package webhook

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"licet/internal/license"
	"licet/internal/outbound"
	"licet/internal/signing"
	"licet/internal/store"
)

// Deps is what a Sender stands on. Store, Keyring and Now are needed; a Sender that only tries endpoints out needs no Store.
type Deps struct {
	Store   *store.Store
	Keyring *signing.Keyring    // opens the secrets of endpoints
	Now     func() license.Time // the server's clock
	Outside outbound.Options    // which addresses may be called besides public ones
	Log     *slog.Logger        // nil discards

	// PerSecond is how many events an endpoint is told of in a second at most, so that a backlog leaves the machine to the apps; 0 is
	// 1000, and a negative number is no limit.
	PerSecond int
}

// Sender sends events. It is safe for concurrent use.
type Sender struct {
	d      Deps
	client *outbound.Client
	kick   chan struct{} // has a value when there may be something to send
}

// New builds a Sender.
func New(d Deps) *Sender {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.PerSecond == 0 {
		d.PerSecond = defaultPerSecond
	}
	d.Outside.KeepOpen, d.Outside.NoRedirects = true, true
	return &Sender{d: d, client: outbound.New(d.Outside), kick: make(chan struct{}, 1)}
}

const (
	atOnce           = 4                     // endpoints that are told at the same time
	lookEvery        = time.Second           // for what is due again, and what other processes have stored
	settle           = 20 * time.Millisecond // after an event, for those that come with it
	defaultPerSecond = 1000
	pruneWait        = time.Hour // between two looks at what is too old
	pruneMost        = 1000      // deliveries that are forgotten in one transaction
)

// Kick wakes Run. It never waits. Run sees by itself what is stored through its Store.
func (s *Sender) Kick() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// Run sends what is due until ctx ends: after each change, each Kick, and every second. What cannot be sent is noted with the
// delivery. What is under way when ctx ends has three more seconds.
func (s *Sender) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	defer s.client.CloseIdle()
	var pruned license.Time
	for {
		stored := s.d.Store.EventsStored()
		if err := s.Deliver(ctx); err != nil && ctx.Err() == nil {
			s.d.Log.Error("webhooks were not sent; the next try follows", "error", err)
		}
		if now := s.d.Now(); now.Sub(pruned) >= pruneWait && ctx.Err() == nil {
			pruned = now
			if err := s.Prune(ctx); err != nil && ctx.Err() == nil {
				s.d.Log.Error("old webhook deliveries were not forgotten; the next try follows", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-s.kick:
		case <-tick.C:
		case <-stored:
			select {
			case <-ctx.Done():
				return
			case <-time.After(settle):
			}
		}
	}
}

// Prune forgets deliveries that are too old (see store.WebhookLogKept). Run does it each hour.
func (s *Sender) Prune(ctx context.Context) error {
	for {
		var n int64
		err := s.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.PruneWebhookDeliveries(s.d.Now(), pruneMost)
			return err
		})
		if err != nil || n < pruneMost {
			return err
		}
	}
}

// Deliver sends everything that is due now, and returns when nothing more is, or soon after ctx has ended. What became of an
// event is stored; the error is of the database alone.
func (s *Sender) Deliver(ctx context.Context) error {
	done := make(chan error, atOnce)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var failed error
	for running := 0; ; {
		if failed == nil && ctx.Err() == nil && running < atOnce {
			var claimed []store.WebhookEndpoint
			claimed, failed = s.claim(ctx, atOnce-running)
			for _, e := range claimed {
				running++
				go func() { done <- s.serve(ctx, e) }()
			}
		}
		if running == 0 {
			return failed
		}
		select {
		case err := <-done:
			running--
			if err != nil {
				failed = err
			}
		case <-s.kick:
		case <-tick.C:
		}
	}
}

// claim takes endpoints that are due, for this Sender alone.
func (s *Sender) claim(ctx context.Context, limit int) (claimed []store.WebhookEndpoint, err error) {
	var due []store.WebhookEndpointRef
	err = s.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.DueWebhookEndpoints(s.d.Now(), limit)
		return err
	})
	if err != nil || len(due) == 0 {
		return nil, err
	}
	err = s.d.Store.Write(ctx, func(tx *store.Tx) error {
		claimed = nil
		for _, ref := range due {
			e, ok, err := tx.ClaimWebhookEndpoint(ref, s.d.Now())
			if err != nil {
				return err
			}
			if ok {
				claimed = append(claimed, e)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// pacer keeps a turn from telling of more events than so many in a second.
type pacer struct {
	begun time.Time
	told  int
}

// paceStep is the shortest wait that is worth one.
const paceStep = 5 * time.Millisecond

// wait waits until the next event may be told, or ctx ends.
func (p *pacer) wait(ctx context.Context, perSecond int) {
	if perSecond < 0 {
		return
	}
	now := time.Now()
	if p.told == 0 {
		p.begun = now
	}
	ahead := time.Duration(p.told)*time.Second/time.Duration(perSecond) - now.Sub(p.begun)
	p.told++
	if ahead < paceStep {
		return
	}
	timer := time.NewTimer(ahead)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// retryAfter is how long an event waits after so many tries, at most a tenth more.
func retryAfter(attempts int) time.Duration {
	waits := [...]time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour,
	}
	if attempts > len(waits) {
		return jitter(24 * time.Hour)
	}
	return jitter(waits[max(attempts, 1)-1])
}

// restAfter is how long an endpoint rests after so many failures in a row: half a minute, twice that each time, at most an hour.
func restAfter(failures int) time.Duration {
	const least, most = 30 * time.Second, time.Hour
	return jitter(min(least<<min(failures-store.WebhookPatience, 10), most))
}

// jitter adds up to a tenth, so that what failed together does not come back together.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/10) }
