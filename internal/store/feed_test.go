package store

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"licet/internal/license"
)

// note records an event that is told apart by its subject.
func note(tx *Tx, tenant license.TenantID, subject int64) error {
	return tx.AppendEvents(tenant, "test", 1, license.Event{Kind: license.LicenseNoted, Subject: subject, Data: map[string]any{"n": subject}})
}

// feedOf reads the feed of a tenant after an event.
func feedOf(t *testing.T, s *Store, tenant license.TenantID, after license.EventID, limit int) (list []license.StoredEvent) {
	t.Helper()
	err := s.Read(t.Context(), func(tx *Tx) (err error) {
		list, err = tx.FeedAfter(tenant, after, limit)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// settledFeed is feedOf once so many events are in the feed: on PostgreSQL it ends before the oldest transaction that runs anywhere on
// the server, and other tests run there too.
func settledFeed(t *testing.T, s *Store, tenant license.TenantID, after license.EventID, n int) (list []license.StoredEvent) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); len(list) < n && time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		list = feedOf(t, s, tenant, after, 1000)
	}
	return list
}

func subjects(list []license.StoredEvent) (out []int64) {
	for _, e := range list {
		out = append(out, e.Subject)
	}
	return out
}

func TestFeed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		const tenant, other = license.TenantID(1), license.TenantID(2)
		if got := feedOf(t, s, tenant, 0, 10); len(got) != 0 {
			t.Errorf("an empty feed has %v", subjects(got))
		}
		for n := int64(1); n <= 5; n++ {
			mustWrite(t, s, func(tx *Tx) error { return note(tx, tenant, n) })
			mustWrite(t, s, func(tx *Tx) error { return note(tx, other, 100+n) })
		}
		mustWrite(t, s, func(tx *Tx) error {
			return tx.AppendEvents(tenant, "test", 1, license.Event{Subject: 6}, license.Event{Subject: 7}, license.Event{Subject: 8})
		})
		all := settledFeed(t, s, tenant, 0, 8)
		if got := subjects(all); !slices.Equal(got, []int64{1, 2, 3, 4, 5, 6, 7, 8}) {
			t.Fatalf("FeedAfter(0) = %v, want 1 to 8", got)
		}
		for i, e := range all {
			if got := subjects(feedOf(t, s, tenant, e.ID, 2)); !slices.Equal(got, subjects(all[i+1:min(i+3, len(all))])) {
				t.Errorf("FeedAfter(%d) = %v", e.Subject, got)
			}
		}
		var end license.EventID
		for _, after := range []license.EventID{license.MaxID, all[0].ID - 1} {
			err := s.Read(t.Context(), func(tx *Tx) (err error) {
				if end, err = tx.FeedEnd(tenant); err != nil {
					return err
				}
				_, err = tx.FeedAfter(tenant, after, 1)
				return err
			})
			if license.CodeOf(err) != license.Invalid {
				t.Errorf("FeedAfter(no event) = %v, want invalid", err)
			}
		}
		if end != all[7].ID {
			t.Errorf("FeedEnd = %d, want %d", end, all[7].ID)
		}
		err := s.Read(t.Context(), func(tx *Tx) error { _, err := tx.FeedAfter(other, end, 1); return err })
		if license.CodeOf(err) != license.Invalid {
			t.Errorf("FeedAfter(an event of another tenant) = %v, want invalid", err)
		}
	})
}

// follower reads a feed again and again while it grows, and returns what it was given, in order: all of it, or what came in three minutes.
func follower(t *testing.T, s *Store, tenant license.TenantID, done <-chan struct{}, want int) (seen []int64) {
	var after license.EventID
	last := false
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); {
		list := feedOf(t, s, tenant, after, 50)
		for _, e := range list {
			seen, after = append(seen, e.Subject), e.ID
		}
		if last && len(seen) == want {
			return seen
		}
		select {
		case <-done:
			last = true
		default:
		}
	}
	return seen
}

// Several processes write, and whoever reads by a cursor is given each event once, and those of each writer in their order.
func TestFeedLosesNothing(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		const tenant, processes, writers, each = license.TenantID(1), 3, 4, 40
		start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		reader := db.open(t)
		done := make(chan struct{})
		var seen []int64
		var reading sync.WaitGroup
		reading.Go(func() { seen = follower(t, reader, tenant, done, processes*writers*each) })
		var g errgroup.Group
		for p := range processes {
			// The clocks of the processes differ, and so do the identities they would deal out.
			s := db.open(t, func(o *Options) { o.Now = clockAt(start.Add(-time.Duration(p) * time.Hour)) })
			for w := range writers {
				g.Go(func() error {
					for n := range each {
						subject := int64((p*writers+w)*1000 + n)
						if err := s.Write(t.Context(), func(tx *Tx) error { return note(tx, tenant, subject) }); err != nil {
							return err
						}
					}
					return nil
				})
			}
		}
		err := g.Wait()
		close(done)
		reading.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) != processes*writers*each {
			t.Errorf("the reader was given %d events, want %d", len(seen), processes*writers*each)
		}
		next := map[int64]int64{}
		for _, subject := range seen {
			writer := subject / 1000
			if subject%1000 != next[writer] {
				t.Fatalf("writer %d: event %d came when %d was next", writer, subject%1000, next[writer])
			}
			next[writer]++
		}
	})
}

// Identities grow from commit to commit also where several processes write to one file in turn.
func TestSQLiteIdentitiesGrowOverProcesses(t *testing.T) {
	t.Parallel()
	db := testDB{Options{Dir: t.TempDir()}}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	a, b := db.open(t, func(o *Options) { o.Now = clockAt(now) }), db.open(t, func(o *Options) { o.Now = clockAt(now.Add(-time.Hour)) })
	var last int64
	for n := range 40 {
		s := a
		if n%3 == 1 {
			s = b
		}
		id := draw(t, s, 1)[0]
		if id <= last {
			t.Fatalf("draw %d = %d after %d, want a larger one", n, id, last)
		}
		last = id
	}
}

// postgresOnly runs a test on PostgreSQL alone.
func postgresOnly(t *testing.T, test func(t *testing.T, db testDB, s *Store)) {
	t.Helper()
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		if s.Engine() != "postgres" {
			t.Skip("SQLite writes one change at a time")
		}
		test(t, db, s)
	})
}

// A transaction that began first and ends last holds the feed back, so that what it did is not passed over.
func TestPostgresFeedWaitsForOlderTransactions(t *testing.T) {
	postgresOnly(t, func(t *testing.T, _ testDB, s *Store) {
		const tenant = license.TenantID(1)
		began, goOn, slow := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			slow <- s.engine.(*postgresEngine).alone(t.Context(), true, func(tx *Tx) error {
				err := errors.Join(note(tx, tenant, 1), tx.flush())
				close(began)
				<-goOn
				return err
			})
		}()
		<-began
		mustWrite(t, s, func(tx *Tx) error { return note(tx, tenant, 2) })
		if got := subjects(feedOf(t, s, tenant, 0, 10)); len(got) != 0 {
			t.Errorf("beside an older transaction the feed has %v, want nothing yet", got)
		}
		err := s.Read(t.Context(), func(tx *Tx) error {
			newest, err := tx.ListEvents(tenant, 0, 0, 10)
			if err != nil || len(newest) != 1 {
				t.Errorf("ListEvents = %v, %v, want the event that is stored", subjects(newest), err)
				return err
			}
			after, err := tx.FeedAfter(tenant, newest[0].ID, 10)
			if len(after) != 0 {
				t.Errorf("after an event that is not in the feed yet come %v, want nothing", subjects(after))
			}
			return err
		})
		close(goOn)
		if err := errors.Join(err, <-slow); err != nil {
			t.Fatal(err)
		}
		if got := subjects(settledFeed(t, s, tenant, 0, 2)); !slices.Equal(got, []int64{1, 2}) {
			t.Errorf("afterwards the feed has %v, want 1 2", got)
		}
	})
}

// A transaction that began before another, and does something once that has ended, comes after it in the feed: so it is with changes
// that share a transaction.
func TestPostgresFeedIsInTheOrderOfWhatHappened(t *testing.T) {
	postgresOnly(t, func(t *testing.T, db testDB, s *Store) {
		const tenant = license.TenantID(1)
		draw(t, s, 1) // Its block is the first one, and its identities are smaller than those of the other process.
		other := db.open(t)
		err := s.engine.(*postgresEngine).alone(t.Context(), true, func(tx *Tx) error {
			if err := errors.Join(note(tx, tenant, 1), tx.flush()); err != nil {
				return err
			}
			for n := int64(2); n <= 3; n++ {
				if err := other.Write(t.Context(), func(tx *Tx) error { return note(tx, tenant, n) }); err != nil {
					return err
				}
			}
			return note(tx, tenant, 4)
		})
		if err != nil {
			t.Fatal(err)
		}
		// 3 and 4 have the same position, and the identity of 4 is the smaller one.
		if got := subjects(settledFeed(t, s, tenant, 0, 4)); !slices.Equal(got, []int64{1, 2, 3, 4}) {
			t.Errorf("the feed has %v, want 1 to 4 in the order in which they happened", got)
		}
	})
}

// Events that came with a copy of another cluster are in the feed at once, behind those of this one.
func TestPostgresFeedOfAnotherCluster(t *testing.T) {
	postgresOnly(t, func(t *testing.T, _ testDB, s *Store) {
		tenant := someTenant(t, s, "acme")
		for n := int64(1); n <= 6; n++ {
			mustWrite(t, s, func(tx *Tx) error { return note(tx, tenant, n) })
		}
		mustWrite(t, s, func(tx *Tx) error {
			return tx.run("UPDATE events SET position = 4000000000000 + subject_id WHERE subject_id > 3")
		})
		if got := subjects(settledFeed(t, s, tenant, 0, 3)); !slices.Equal(got, []int64{1, 2, 3}) {
			t.Errorf("before it is mended the feed is %v, want 1 2 3", got)
		}
		for range 2 { // The second time there is nothing to do.
			if _, err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		mustWrite(t, s, func(tx *Tx) error { return note(tx, tenant, 7) })
		if got := subjects(settledFeed(t, s, tenant, 0, 7)); !slices.Equal(got, []int64{1, 2, 3, 4, 5, 6, 7}) {
			t.Errorf("once it is mended the feed is %v, want 1 to 7", got)
		}
	})
}

func TestEventsStored(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		rung := func(ch <-chan struct{}) bool {
			select {
			case <-ch:
				return true
			default:
				return false
			}
		}
		first := s.EventsStored()
		mustWrite(t, s, func(tx *Tx) error { return addParent(tx, 1, "a") })
		failed := errors.New("failed")
		err := s.Write(t.Context(), func(tx *Tx) error { return errors.Join(note(tx, 1, 1), failed) })
		if !errors.Is(err, failed) {
			t.Fatalf("Write = %v, want failed", err)
		}
		if err := s.Rehearsal().Write(t.Context(), func(tx *Tx) error { return note(tx, 1, 1) }); err != nil {
			t.Fatal(err)
		}
		if rung(first) {
			t.Error("the bell rang without an event")
		}
		again := s.EventsStored()
		mustWrite(t, s, func(tx *Tx) error { return note(tx, 1, 1) })
		if !rung(first) || !rung(again) {
			t.Error("the bell did not ring for all who wait")
		}
		if rung(s.EventsStored()) {
			t.Error("the bell rings for an event of before")
		}
	})
}
