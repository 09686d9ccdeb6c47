package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"licet/internal/license"
	"licet/internal/testkit/pgtest"
)

// TestPostgresRestart restarts the server under load: what fails is Unavailable, what was acknowledged is there, and
// the store recovers by itself.
func TestPostgresRestart(t *testing.T) {
	t.Parallel()
	server := pgtest.Private(t, false)
	s := testDB{Options{URL: server.Database(t)}}.openPlayground(t)
	const callers = 16
	var acknowledged sync.Map
	var before, failed, after, restarts atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var g errgroup.Group
	for i := range callers {
		g.Go(func() error {
			for n := int64(i); ctx.Err() == nil; n += callers {
				err := s.Write(context.Background(), func(tx *Tx) error {
					return errors.Join(addParent(tx, n, fmt.Sprint(n)), tx.run("INSERT INTO t_child (parent_id, no) VALUES ($1, 1)", n))
				})
				switch {
				case err == nil:
					acknowledged.Store(n, true)
					if restarts.Load() == 2 {
						after.Add(1)
					} else {
						before.Add(1)
					}
				case license.CodeOf(err) == license.Unavailable:
					failed.Add(1)
				default:
					return fmt.Errorf("Write during a restart = %w, want ok or unavailable", err)
				}
				err = s.Read(context.Background(), func(tx *Tx) error {
					_, err := tx.one("SELECT COUNT(*) FROM t_child WHERE parent_id = $1", []any{n}, new(int64))
					return err
				})
				if err != nil && license.CodeOf(err) != license.Unavailable {
					return fmt.Errorf("Read during a restart = %w, want ok or unavailable", err)
				}
			}
			return nil
		})
	}
	deadline := time.Now().Add(5 * time.Minute)
	wait := func(n *atomic.Int64, more int64) {
		for from := n.Load(); n.Load() < from+more && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	}
	for range 2 {
		wait(&before, 200)
		server.Stop()
		if err := s.Ping(t.Context()); !errors.Is(err, license.StorageDown) {
			t.Errorf("Ping of a stopped server = %v, want storage_down", err)
		}
		wait(&failed, 20)
		server.Start(t)
		restarts.Add(1)
	}
	wait(&after, 500)
	stop()
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if after.Load() < 500 {
		t.Errorf("changes after the restarts = %d, want 500: the store does not recover", after.Load())
	}
	have := map[int64]bool{}
	err := s.Read(t.Context(), func(tx *Tx) error {
		return tx.each("SELECT p.id FROM t_parent AS p JOIN t_child AS c ON c.parent_id = p.id", nil, func(scan func(...any) error) error {
			var id int64
			err := scan(&id)
			have[id] = true
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	acknowledged.Range(func(id, _ any) bool {
		if !have[id.(int64)] {
			t.Errorf("the acknowledged change %d is gone", id)
		}
		return true
	})
	if parents, children := count(t, s, "t_parent"), count(t, s, "t_child"); parents != children {
		t.Errorf("%d parents, %d children, want as many: a change was half-written", parents, children)
	}
}

// TestPostgresDeadlock lets two changes lock each other out; PostgreSQL fails one, and it is run again.
func TestPostgresDeadlock(t *testing.T) {
	t.Parallel()
	s := testDB{Options{URL: pgtest.Shared(t).Database(t)}}.openPlayground(t)
	mustWrite(t, s, func(tx *Tx) error { return errors.Join(addParent(tx, 1, "a"), addParent(tx, 2, "b")) })
	var both sync.WaitGroup
	both.Add(2)
	var runs atomic.Int64
	var g errgroup.Group
	for i := range int64(2) {
		g.Go(func() error {
			first := true
			return s.Write(t.Context(), func(tx *Tx) error {
				runs.Add(1)
				if _, err := tx.affected("UPDATE t_parent SET n = n + 1 WHERE id = $1", 1+i); err != nil {
					return err
				}
				if first {
					first = false
					both.Done()
					both.Wait()
				}
				return tx.run("UPDATE t_parent SET n = n + 1 WHERE id = $1", 2-i)
			})
		})
	}
	if err := g.Wait(); err != nil || runs.Load() < 3 {
		t.Errorf("two changes that lock each other out = %v after %d runs, want ok after 3", err, runs.Load())
	}
	var sum int64
	err := s.Read(t.Context(), func(tx *Tx) error { _, err := tx.one("SELECT SUM(n) FROM t_parent", nil, &sum); return err })
	if err != nil || sum != 4 {
		t.Errorf("sum = %d, %v, want 4", sum, err)
	}
}

func TestPostgresPoolIsBounded(t *testing.T) {
	t.Parallel()
	s := testDB{Options{URL: pgtest.Shared(t).Database(t), MaxConns: 1}}.openPlayground(t)
	begun, end := make(chan struct{}), make(chan struct{})
	var g errgroup.Group
	g.Go(func() error {
		return s.Write(context.Background(), func(tx *Tx) error {
			close(begun)
			<-end
			// Identities do not wait for the connections that others hold.
			return addParent(tx, tx.NewID(), "a")
		})
	})
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Read(ctx, func(*Tx) error { return nil }); !errors.Is(err, license.ServerBusy) {
		t.Errorf("Read without a free connection = %v, want server_busy", err)
	}
	close(end)
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// TestPostgresCommitLost cuts the connection before the answer to COMMIT: that is never a success.
func TestPostgresCommitLost(t *testing.T) {
	t.Parallel()
	s := testDB{Options{URL: pgtest.Shared(t).Database(t)}}.openPlayground(t)
	runs := 0
	err := s.engine.write(t.Context(), false, func(tx *Tx) error {
		runs++
		on := tx.on.(*pgSession)
		if err := addParentNow(tx, 1, "a"); err != nil {
			return err
		}
		on.conn.PgConn().Conn().Close()
		return nil
	})
	lost, ok := errors.AsType[*lostError](err)
	if !ok || !lost.unknown || runs != 1 || !errors.Is(classify(err), license.StorageDown) {
		t.Errorf("Write with a lost commit = %v after %d runs, want storage_down, outcome unknown, after 1", err, runs)
	}
	// Lost before the commit, the change runs again by itself.
	runs = 0
	err = s.Write(t.Context(), func(tx *Tx) error {
		if runs++; runs == 1 {
			tx.on.(*pgSession).conn.PgConn().Conn().Close()
		}
		return addParentNow(tx, 2, "b")
	})
	if err != nil || runs != 2 {
		t.Errorf("Write with a lost connection = %v after %d runs, want ok after 2", err, runs)
	}
}
