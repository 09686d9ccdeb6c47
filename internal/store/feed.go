package store

import (
	"context"
	"sync"
	"sync/atomic"

	"licet/internal/license"
)

// The feed is the events of a tenant in the order in which they happened. Whoever has read up to an event misses nothing by
// asking for what comes after it: nothing ever comes in before an event that was in the feed. On SQLite that is the order of
// identities, since one change is written at a time, and [idClock] keeps identities in that order; on PostgreSQL it is that
// of the view event_feed, which ends before the oldest transaction that still runs; of events with the same position there the
// turn decides, which grows from event to event over all servers.

const (
	feedPosition = `SELECT position, turn FROM event_feed WHERE tenant_id = $1 AND id = $2`
	findEvent    = `SELECT id FROM events WHERE tenant_id = $1 AND id = $2`
	feedAfter    = `
SELECT ` + eventColumns + `
  FROM event_feed
 WHERE tenant_id = $1 AND position >= $2 AND (position > $2 OR turn > $3 OR turn = $3 AND id > $4)
 ORDER BY position, turn, id
 LIMIT CAST($5 AS BIGINT)`
	feedEnd = `
SELECT id
  FROM event_feed
 WHERE tenant_id = $1
 ORDER BY position DESC, turn DESC, id DESC
 LIMIT 1`
)

// FeedAfter returns the events of a tenant that come after one of them in the feed, 0 being the beginning; at most limit (1
// to 1000). Invalid for the field after, where that is no event of the tenant.
func (tx *Tx) FeedAfter(tenant license.TenantID, after license.EventID, limit int) ([]license.StoredEvent, error) {
	var position, turn int64
	if after != 0 {
		found, err := tx.one(feedPosition, []any{tenant, after}, &position, &turn)
		if err == nil && !found {
			// An event that is not in the feed yet has nothing after it either.
			found, err = tx.one(findEvent, []any{tenant, after}, new(int64))
			if err == nil && !found {
				err = license.Invalidf("after", "there is no such event")
			}
			return nil, err
		}
		if err != nil {
			return nil, err
		}
	}
	return tx.eventsOf(feedAfter, tenant, position, turn, after, pageSize(limit))
}

// FeedEnd returns the last event in the feed of a tenant; 0 where there is none.
func (tx *Tx) FeedEnd(tenant license.TenantID) (id license.EventID, err error) {
	_, err = tx.one(feedEnd, []any{tenant}, &id)
	return id, err
}

// EventsStored returns a channel that is closed when a change with events is committed through this Store the next time. What other
// processes commit it does not tell, and on PostgreSQL an event may come into the feed a little later: ask again after a while anyway.
func (s *Store) EventsStored() <-chan struct{} { return s.bell.wait() }

// commitBell wakes those who wait for events. The zero value and nil are ready; nil never rings.
type commitBell struct {
	wanted atomic.Bool // somebody waits: spares the lock where nobody does

	mu   sync.Mutex // guards next
	next chan struct{}
}

func (b *commitBell) wait() <-chan struct{} {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	b.wanted.Store(true)
	return b.next
}

func (b *commitBell) ring() {
	if b == nil || !b.wanted.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wanted.Store(false)
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}

// Positions of the feed are numbers of transactions of one PostgreSQL cluster. Events that another one made, and that came
// here with a copy of the whole database, may lie ahead of this one: they would be in no feed until it has got so far, and
// then among others.
const (
	countPositionsAhead = `
SELECT COUNT(*)
  FROM (SELECT id FROM tenants UNION ALL SELECT 0) AS owners
 WHERE (SELECT events.position FROM events WHERE events.tenant_id = owners.id ORDER BY events.position DESC, events.turn DESC, events.id DESC LIMIT 1)
       >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)`
	mendPositions = `
UPDATE events SET position = DEFAULT
 WHERE position >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)`
)

// mendFeed brings events that lie ahead of their PostgreSQL cluster to its present, behind all others and in the order in which
// they were stored.
func (s *Store) mendFeed(ctx context.Context) error {
	if s.Engine() != "postgres" {
		return nil
	}
	var ahead int64
	err := s.Read(ctx, func(tx *Tx) error {
		_, err := tx.one(countPositionsAhead, nil, &ahead)
		return err
	})
	if err != nil || ahead == 0 {
		return err
	}
	var mended int64
	err = s.engine.write(ctx, true, func(tx *Tx) (err error) {
		mended, err = tx.affected(mendPositions)
		return err
	})
	if err != nil {
		return classify(err)
	}
	s.log.InfoContext(ctx, "events of another PostgreSQL cluster were put in order", "events", mended)
	return nil
}
