package authority

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

const (
	notesEvery   = time.Second // how often notes are written
	maxSightings = 100_000     // devices kept between two writings; further ones wake the writer
	maxTold      = 20_000      // ways of calling counted between two writings; further ones are counted for the meter alone
	callsKept    = 400         // days
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
	calls map[callKey]int64
	most  int           // sightings that are kept
	full  chan struct{} // has a value when the writer should not wait
}

func newNotes(most int) *notes {
	n := &notes{most: most, full: make(chan struct{}, 1)}
	n.seen, n.calls = make(map[sightingKey]store.Sighting), make(map[callKey]int64)
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

// call counts answered calls. The meter never refuses (S0-03).
func (n *notes) call(k callKey, calls int64) {
	n.mu.Lock()
	if len(n.calls) >= maxTold {
		if _, known := n.calls[k]; !known {
			k = callKey{tenant: k.tenant, kind: store.CallOther}
		}
	}
	n.calls[k] += calls
	n.mu.Unlock()
}

// take empties the notes.
func (n *notes) take() ([]store.Sighting, []store.DailyCalls) {
	n.mu.Lock()
	seenNow, callsNow := n.seen, n.calls
	n.seen, n.calls = make(map[sightingKey]store.Sighting, min(len(seenNow), n.most)), make(map[callKey]int64, len(callsNow))
	n.mu.Unlock()
	seen := make([]store.Sighting, 0, len(seenNow))
	for _, s := range seenNow {
		seen = append(seen, s)
	}
	calls := make([]store.DailyCalls, 0, len(callsNow))
	for k, count := range callsNow {
		calls = append(calls, store.DailyCalls{Tenant: k.tenant, Product: k.product, Kind: k.kind, Reason: k.reason, Calls: count})
	}
	slices.SortFunc(calls, func(a, b store.DailyCalls) int { return cmp.Compare(a.Tenant, b.Tenant) })
	return seen, calls
}

// putBack returns notes that could not be written, unless newer ones came.
func (n *notes) putBack(seen []store.Sighting, calls []store.DailyCalls) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range seen {
		key := sightingKey{s.License, s.Binding}
		if _, newer := n.seen[key]; !newer && len(n.seen) < n.most {
			n.seen[key] = s
		}
	}
	for _, c := range calls {
		n.calls[callKey{c.Tenant, c.Product, c.Kind, c.Reason}] += c.Calls
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
	for len(calls) > 0 {
		part := calls[:min(notesAtOnce, len(calls))]
		if err := a.writeCalls(ctx, part); err != nil {
			a.notes.putBack(seen, calls)
			return err
		}
		calls = calls[len(part):]
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

// writeCalls adds calls to the meters of their tenants, which they are in the order of, and to the figures of the day.
func (a *Authority) writeCalls(ctx context.Context, calls []store.DailyCalls) error {
	now := a.now()
	month, day := now.UTC().Format("2006-01"), store.DayOf(now)
	return a.store.Write(ctx, func(tx *store.Tx) error {
		var sum int64
		for i := range calls {
			calls[i].Day = day
			sum += calls[i].Calls
			if i+1 < len(calls) && calls[i+1].Tenant == calls[i].Tenant {
				continue
			}
			if err := tx.AddUsage(calls[i].Tenant, month, sum); err != nil {
				return err
			}
			sum = 0
		}
		return tx.AddDailyCalls(calls)
	})
}

// pruneCalls drops figures of days that nobody is shown any more.
func (a *Authority) pruneCalls(ctx context.Context) error {
	for {
		var gone int64
		err := a.store.Write(ctx, func(tx *store.Tx) (err error) {
			gone, err = tx.PruneDailyCalls(store.DayOf(a.now())-callsKept, pruneAtOnce)
			return err
		})
		if err != nil || gone == 0 {
			return err
		}
	}
}
