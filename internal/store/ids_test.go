package store

import (
	"errors"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"licet/internal/license"
)

// idSet remembers identities and finds the one given twice.
type idSet struct {
	mu   sync.Mutex
	seen map[int64]bool
}

func (s *idSet) add(t *testing.T, ids []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[int64]bool{}
	}
	for _, id := range ids {
		if s.seen[id] {
			t.Errorf("NewID = %d twice", id)
		}
		if id <= 0 || id > license.MaxID {
			t.Errorf("NewID = %d, want 1..2^53-1", id)
		}
		s.seen[id] = true
	}
}

// draw returns n identities of one committed Write.
func draw(t *testing.T, s *Store, n int) (ids []int64) {
	t.Helper()
	mustWrite(t, s, func(tx *Tx) error {
		ids = ids[:0]
		for range n {
			ids = append(ids, tx.NewID())
		}
		return nil
	})
	return ids
}

func TestIdentitiesAreNeverGivenTwice(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		var set idSet
		start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		var g errgroup.Group
		for i := range 4 {
			// Each replica has a clock of its own, some far behind the others.
			s := db.open(t, func(o *Options) { o.Now = clockAt(start.Add(-time.Duration(i) * time.Hour)) })
			for range 2 {
				g.Go(func() error {
					for _, n := range []int{1, 500, 60_000, 1, 20_000} {
						set.add(t, draw(t, s, n))
					}
					return nil
				})
			}
		}
		_ = g.Wait()
	})
}

func TestIdentitiesFollowTheClock(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		var mu sync.Mutex
		clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
		s := db.open(t, func(o *Options) { o.Now = clock })
		var last int64
		for _, step := range []time.Duration{0, time.Millisecond, time.Hour, -24 * time.Hour, time.Second, 48 * time.Hour} {
			mu.Lock()
			now = now.Add(step)
			mu.Unlock()
			id := draw(t, s, 1)[0]
			if id <= last {
				t.Errorf("NewID = %d after %d, want a larger one", id, last)
			}
			if step >= time.Hour && id < now.UnixMicro() {
				t.Errorf("NewID = %d, want at least the time %d", id, now.UnixMicro())
			}
			last = id
		}
	})
}

func TestIdentitiesAfterTransactionsThatFailed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		// The clock stands still, so that nothing but id_clock keeps identities apart.
		s := db.open(t, func(o *Options) { o.Now = clockAt(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)) })
		var set idSet
		failed := errors.New("failed")
		for range 5 {
			set.add(t, draw(t, s, 30_000))
			err := s.Write(t.Context(), func(tx *Tx) error {
				for range 2*idBlock + 1 { // takes blocks inside the transaction
					tx.NewID()
				}
				return failed
			})
			if !errors.Is(err, failed) {
				t.Errorf("Write = %v, want failed", err)
			}
			set.add(t, draw(t, s, 1))
		}
		// Another process saw the same row all the while.
		set.add(t, draw(t, db.open(t, func(o *Options) { o.Now = s.now }), 70_000))
		set.add(t, draw(t, s, 70_000))
	})
}

func TestNoIdentitiesWithoutTheDatabase(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		mustWrite(t, s, func(tx *Tx) error { return tx.run("DELETE FROM id_clock") })
		other := db.open(t)
		err := other.Write(t.Context(), func(tx *Tx) error { return addParent(tx, tx.NewID(), "a") })
		if !errors.Is(err, errNoIDs) || count(t, s, "t_parent") != 0 {
			t.Errorf("Write without id_clock = %v, want the reason and no row", err)
		}
	})
}
