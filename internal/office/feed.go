package office

import (
	"context"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Feed returns what happened in the actor's tenant after an event, 0 being the beginning, oldest first; limit is 1 to 1000, and 0 is 100.
// Who asks for what comes after the last event that they were given misses nothing. An event may come into the feed a moment after
// it is in [Office.ListEvents]. It needs audit:read; Invalid for the field after, where that is no event.
func (o *Office) Feed(ctx context.Context, actor identity.Actor, after license.EventID, limit int) (list []license.StoredEvent, err error) {
	if err := may(actor, identity.ReadAudit); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.FeedAfter(actor.Tenant, after, Page{Limit: limit}.size())
		return err
	})
	return list, err
}

// FeedEnd returns the last event in the feed of the actor's tenant, from which one may follow what comes; 0 where there is none.
// It needs audit:read.
func (o *Office) FeedEnd(ctx context.Context, actor identity.Actor) (id license.EventID, err error) {
	if err := may(actor, identity.ReadAudit); err != nil {
		return 0, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		id, err = tx.FeedEnd(actor.Tenant)
		return err
	})
	return id, err
}

const (
	followEvery = 500 * time.Millisecond // a look for what other processes have stored
	followGap   = 20 * time.Millisecond  // between two looks, however much happens
	followMost  = 500                    // events at once
)

// Follow calls each with what happens in the actor's tenant after an event, as it happens, until ctx ends or each fails; it returns
// that error. What was there when it began comes at once. It is [Office.Feed] otherwise.
func (o *Office) Follow(ctx context.Context, actor identity.Actor, after license.EventID, each func([]license.StoredEvent) error) error {
	for {
		stored := o.d.Store.EventsStored()
		list, err := o.Feed(ctx, actor, after, followMost)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			if err := each(list); err != nil {
				return err
			}
			after = list[len(list)-1].ID
		}
		if len(list) == followMost {
			continue
		}
		if err := pause(ctx, followGap, nil); err != nil {
			return err
		}
		if err := pause(ctx, followEvery, stored); err != nil {
			return err
		}
	}
}

// pause waits so long, or until early is closed, or until ctx ends, whose error it returns.
func pause(ctx context.Context, wait time.Duration, early <-chan struct{}) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	case <-early:
	}
	return nil
}
