package authority

import (
	"context"
	"sync"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

const (
	notesEvery   = time.Second // how often notes are written
	maxSightings = 100_000     // devices kept between two writings; further ones wake the writer
	notesAtOnce  = 1000        // rows per transaction, so that changes need not wait long
)

// sightingKey names a device.
type sightingKey struct {
	license license.LicenseID
	binding license.Binding
}

// notes collects what a check leaves behind. Only the latest sighting of a device is kept.
type notes struct {
	mu    sync.Mutex
	seen  map[sightingKey]store.Sighting
	calls map[license.TenantID]int64
	most  int
	full  chan struct{} // has a value when the writer should not wait
}

func newNotes(most int) *notes {
	n := &notes{most: most, full: make(chan struct{}, 1)}
	n.seen, n.calls = make(map[sightingKey]store.Sighting), make(map[license.TenantID]int64)
	return n
}

// saw notes a sighting. With a full map a device that is not in it is forgotten: its next check is
// soon enough.
func (n *notes) saw(s store.Sighting) {
	key := sightingKey{s.License, s.Binding}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.seen) >= n.most {
		select {
		case n.full <- struct{}{}:
		default:
		}
		if _, known := n.seen[key]; !known {
			return
		}
	}
	n.seen[key] = s
}

// call counts an answered call for the tenant's meter. The meter never refuses (S0-03).
func (n *notes) call(tenant license.TenantID) {
	n.mu.Lock()
	n.calls[tenant]++
	n.mu.Unlock()
}

// take empties the notes.
func (n *notes) take() ([]store.Sighting, map[license.TenantID]int64) {
	n.mu.Lock()
	seenNow, calls := n.seen, n.calls
	n.seen, n.calls = make(map[sightingKey]store.Sighting, min(len(seenNow), n.most)), make(map[license.TenantID]int64)
	n.mu.Unlock()
	seen := make([]store.Sighting, 0, len(seenNow))
	for _, s := range seenNow {
		seen = append(seen, s)
	}
	return seen, calls
}

// putBack returns notes that could not be written, unless newer ones came.
func (n *notes) putBack(seen []store.Sighting, calls map[license.TenantID]int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range seen {
		key := sightingKey{s.License, s.Binding}
		if _, newer := n.seen[key]; !newer && len(n.seen) < n.most {
			n.seen[key] = s
		}
	}
	for tenant, count := range calls {
		n.calls[tenant] += count
	}
}

// KeepNotes writes the notes about once a second until ctx ends, and then a last time. The error of a
// failed writing goes to failed; those notes wait for the next one.
func (a *Authority) KeepNotes(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(notesEvery)
	defer tick.Stop()
	var pruned license.Time
	for {
		select {
		case <-tick.C:
		case <-a.notes.full:
		case <-ctx.Done():
			if err := a.Flush(context.WithoutCancel(ctx)); err != nil {
				failed(err)
			}
			return
		}
		err := a.Flush(ctx)
		if now := a.now(); err == nil && now.Sub(pruned) >= pruneEvery {
			pruned, err = now, a.Prune(ctx)
		}
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

// Flush writes the notes collected so far.
func (a *Authority) Flush(ctx context.Context) error {
	if err := a.flushMarks(ctx); err != nil {
		return err
	}
	seen, calls := a.notes.take()
	month := a.now().UTC().Format("2006-01")
	if len(calls) > 0 {
		err := a.store.Write(ctx, func(tx *store.Tx) error {
			for tenant, count := range calls {
				if err := tx.AddUsage(tenant, month, count); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			a.notes.putBack(seen, calls)
			return err
		}
	}
	for len(seen) > 0 {
		part := seen[:min(notesAtOnce, len(seen))]
		if err := a.store.Write(ctx, func(tx *store.Tx) error { return tx.SaveSightings(part) }); err != nil {
			a.notes.putBack(seen, nil)
			return err
		}
		seen = seen[len(part):]
	}
	return nil
}
