package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"licet/internal/license"
)

// holdWriter keeps the one writer of SQLite, or the one connection of PostgreSQL, busy until release is called.
func holdWriter(t *testing.T, s *Store) (release func()) {
	t.Helper()
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	begin := sync.OnceFunc(func() { close(begun) }) // the function may run again with others
	go func() {
		done <- s.Write(context.Background(), func(*Tx) error { begin(); <-end; return nil })
	}()
	<-begun
	return func() {
		close(end)
		if err := <-done; err != nil {
			t.Errorf("the holding Write = %v", err)
		}
	}
}

// waitQueued waits until n changes wait for the writer.
func waitQueued(s *Store, n int) {
	queue := func() int {
		if e, ok := s.engine.(*postgresEngine); ok {
			return len(e.queue)
		}
		return len(s.engine.(*sqliteEngine).writer.queue)
	}
	for queue() < n {
		time.Sleep(time.Millisecond)
	}
}

func TestFailingMembersTakeOnlyThemselvesBack(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		db.open(t) // with more connections than one, to migrate
		s := db.openPlayground(t, func(o *Options) { o.MaxConns = 1 })
		mustWrite(t, s, func(tx *Tx) error { return addParent(tx, 1000, "taken") })
		release := holdWriter(t, s)
		// What each kind of member does after its first row, and what its caller must hear.
		kinds := []struct {
			name string
			want license.Code
			fn   func(tx *Tx) error
		}{
			{"ok", "", func(*Tx) error { return nil }},
			{"conflict_heard_late", license.Conflict, func(tx *Tx) error { return addParent(tx, tx.NewID(), "taken") }},
			{"conflict_heard_at_once", license.Conflict, func(tx *Tx) error { return addParentNow(tx, tx.NewID(), "taken") }},
			{"refusal", license.Refused, func(*Tx) error { return license.Refuse(license.DeviceLimit) }},
			{"refusal_after_a_question", license.Refused, func(tx *Tx) error {
				if _, err := tx.one("SELECT COUNT(*) FROM t_parent", nil, new(int64)); err != nil {
					return err
				}
				return license.Refuse(license.DeviceLimit)
			}},
			{"proviso_met", "", func(tx *Tx) error { return bumpIf(tx, "taken") }},
			{"proviso_not_met", license.Refused, func(tx *Tx) error { return bumpIf(tx, "nobody") }},
			{"panic", license.Internal, func(*Tx) error { panic("ouch") }},
			{"invalid_text", license.Invalid, func(tx *Tx) error { return addParent(tx, tx.NewID(), "\x00") }},
			{"asks", "", func(tx *Tx) error {
				var n int64
				found := false
				err := errors.Join(tx.ask(&found, "SELECT COUNT(*) FROM t_parent", nil, &n), tx.flush())
				if err == nil && (!found || n < 2) {
					err = fmt.Errorf("asked: %v %d", found, n)
				}
				return err
			}},
		}
		const rounds = 6
		members := rounds * len(kinds)
		errs := make([]error, members)
		var wg sync.WaitGroup
		for i := range members {
			wg.Go(func() {
				errs[i] = s.Write(t.Context(), func(tx *Tx) error {
					if err := addParent(tx, int64(i), parentName(i)); err != nil {
						return err
					}
					return kinds[i%len(kinds)].fn(tx)
				})
			})
		}
		waitQueued(s, members)
		release()
		wg.Wait()
		for i, err := range errs {
			if kind := kinds[i%len(kinds)]; license.CodeOf(err) != kind.want {
				t.Errorf("Write of member %d, %s = %v, want %q", i, kind.name, err, kind.want)
			}
		}
		if n := count(t, s, "t_parent"); n != 3*rounds+1 {
			t.Errorf("rows = %d, want %d", n, 3*rounds+1)
		}
	})
}

// bumpIf counts up the row of a name, provided that it is there.
func bumpIf(tx *Tx, name string) error {
	found := new(bool)
	tx.provided(found, license.Refuse(license.DeviceLimit))
	return tx.ask(found, "UPDATE t_parent SET n = n + 1 WHERE name = $1 RETURNING n", []any{name}, new(int64))
}

func TestCallerLeavesTheQueue(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t, func(o *Options) { o.MaxConns = 1 })
		release := holdWriter(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		left, ran := make(chan error, 1), atomic.Bool{}
		go func() { left <- s.Write(ctx, func(*Tx) error { ran.Store(true); return nil }) }()
		waitQueued(s, 1)
		cancel()
		// The writer is still held: the answer does not come from it.
		if err := <-left; !errors.Is(err, license.ServerBusy) || !errors.Is(err, context.Canceled) {
			t.Errorf("Write of a caller that left = %v, want server_busy because canceled", err)
		}
		release()
		mustWrite(t, s, func(tx *Tx) error { return addParent(tx, 1, "after") })
		if ran.Load() {
			t.Error("the change of a caller that left ran")
		}
	})
}

func TestQueueIsBounded(t *testing.T) {
	w := &writer{queue: make(chan *change, 1)}
	if err := w.send(&change{}); err != nil {
		t.Errorf("send to an empty queue = %v, want ok", err)
	}
	if err := w.send(&change{}); !errors.Is(err, license.ServerBusy) {
		t.Errorf("send to a full queue = %v, want server_busy", err)
	}
}

func TestWritersRaceForALimit(t *testing.T) {
	const limit, callers = 5, 64
	forEachDB(t, func(t *testing.T, db testDB) {
		stores := []*Store{db.openPlayground(t), db.open(t)} // as two replicas, or the server and a command
		mustWrite(t, stores[0], func(tx *Tx) error { return addParent(tx, 1, "license") })
		var granted, refused atomic.Int64
		var g errgroup.Group
		for i := range callers {
			g.Go(func() error {
				err := stores[i%2].Write(t.Context(), func(tx *Tx) error {
					var n int64 // lock by writing, then decide
					if _, err := tx.one("UPDATE t_parent SET n = n + 0 WHERE id = $1 RETURNING id", []any{1}, &n); err != nil {
						return err
					}
					if _, err := tx.one("SELECT COUNT(*) FROM t_child WHERE parent_id = $1", []any{1}, &n); err != nil {
						return err
					}
					if n >= limit {
						return license.Refuse(license.DeviceLimit)
					}
					return errors.Join(
						tx.run("INSERT INTO t_child (parent_id, no) VALUES ($1, $2)", 1, i),
						tx.run("UPDATE t_parent SET n = n + 1 WHERE id = $1", 1))
				})
				switch {
				case err == nil:
					granted.Add(1)
				case errors.Is(err, license.DeviceLimit):
					refused.Add(1)
				default:
					return err
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if granted.Load() != limit || refused.Load() != callers-limit || count(t, stores[0], "t_child") != limit {
			t.Errorf("granted %d, refused %d, rows %d, want %d, %d, %d",
				granted.Load(), refused.Load(), count(t, stores[0], "t_child"), limit, callers-limit, limit)
		}
	})
}

func TestManyCallersAtOnce(t *testing.T) {
	for name, one := range map[string]bool{"grouped": false, "one_by_one": true} {
		t.Run(name, func(t *testing.T) {
			forEachDB(t, func(t *testing.T, db testDB) {
				s := db.openPlayground(t, func(o *Options) { o.OneByOne = one })
				const callers, each = 64, 10
				var g errgroup.Group
				for i := range callers {
					g.Go(func() error {
						for j := range each {
							id := int64(i*each + j)
							err := s.Write(t.Context(), func(tx *Tx) error {
								if err := addParent(tx, id, fmt.Sprint(id)); err != nil {
									return err
								}
								n, err := tx.affected("UPDATE t_parent SET n = n + 1 WHERE id = $1", id)
								if err != nil || n != 1 {
									return fmt.Errorf("affected %d, %w", n, err)
								}
								return tx.run("INSERT INTO t_child (parent_id, no) VALUES ($1, $2)", id, 1)
							})
							if err != nil {
								return err
							}
							err = s.Read(t.Context(), func(tx *Tx) error { // one's own change is seen at once
								var n int64
								_, err := tx.one("SELECT n FROM t_parent WHERE id = $1", []any{id}, &n)
								if err == nil && n != 1 {
									err = fmt.Errorf("read back n = %d of %d", n, id)
								}
								return err
							})
							if err != nil {
								return err
							}
						}
						return nil
					})
				}
				if err := g.Wait(); err != nil {
					t.Fatal(err)
				}
				if n := count(t, s, "t_child"); n != callers*each {
					t.Errorf("rows = %d, want %d", n, callers*each)
				}
			})
		})
	}
}

func TestDiskFull(t *testing.T) {
	s := testDB{Options{Dir: t.TempDir()}}.openPlayground(t)
	setMaxPages := func(n int) {
		mustWrite(t, s, func(tx *Tx) error { return tx.on.(*conn).exec(fmt.Sprintf("PRAGMA max_page_count = %d", n)) })
	}
	var pages int
	mustWrite(t, s, func(tx *Tx) error { _, err := tx.one("PRAGMA page_count", nil, &pages); return err })
	setMaxPages(pages + 20)
	var acknowledged, full atomic.Int64
	var g errgroup.Group
	for i := range 64 {
		g.Go(func() error {
			err := s.Write(t.Context(), func(tx *Tx) error {
				return errors.Join(
					addParent(tx, int64(i), strings.Repeat("x", 3000)+strconv.Itoa(i)),
					tx.run("INSERT INTO t_child (parent_id, no, note) VALUES ($1, $2, $3)", i, 1, strings.Repeat("y", 3000)))
			})
			switch {
			case err == nil:
				acknowledged.Add(1)
			case errors.Is(err, license.StorageFull) && license.CodeOf(err) == license.Unavailable:
				full.Add(1)
			default:
				return err
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	parents, children := count(t, s, "t_parent"), count(t, s, "t_child")
	if full.Load() == 0 || parents != acknowledged.Load() || children != parents {
		t.Errorf("full %d, acknowledged %d, parents %d, children %d; want some full and the rest equal",
			full.Load(), acknowledged.Load(), parents, children)
	}
	setMaxPages(1 << 30)
	mustWrite(t, s, func(tx *Tx) error { return addParent(tx, 1000, strings.Repeat("z", 200_000)) })
	var verdict string
	err := s.Read(t.Context(), func(tx *Tx) error {
		return tx.on.each("PRAGMA integrity_check", nil, func(scan func(...any) error) error { return scan(&verdict) })
	})
	if err != nil || verdict != "ok" {
		t.Errorf("integrity_check = %q, %v, want ok", verdict, err)
	}
}

func TestLockOfAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	s := testDB{Options{Dir: dir}}.openPlayground(t)
	mustWrite(t, s, func(*Tx) error { s.engine.(*sqliteEngine).writer.wait = 20 * time.Millisecond; return nil })
	other, err := openConn(dir+"/licet.db", nil, pragmaWait)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if err := other.exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), func(tx *Tx) error { return addParent(tx, 1, "a") }); !errors.Is(err, license.ServerBusy) {
		t.Errorf("Write beside a lock = %v, want server_busy", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := s.Write(ctx, func(tx *Tx) error { return addParent(tx, 1, "a") }); !errors.Is(err, license.ServerBusy) {
		t.Errorf("Write beside a lock with a short deadline = %v, want server_busy", err)
	}
	if n := count(t, s, "t_parent"); n != 0 {
		t.Errorf("rows = %d, want 0", n)
	}
	if err := other.exec("COMMIT"); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s, func(tx *Tx) error { return addParent(tx, 1, "a") })
}

// TestBesideAnotherProcess writes from this process and from another one at once. The other is this test binary again.
func TestBesideAnotherProcess(t *testing.T) {
	const rows = 300
	add := func(s *Store, from int64) {
		for i := range int64(rows) {
			err := s.Write(t.Context(), func(tx *Tx) error {
				return errors.Join(addParent(tx, from+i, fmt.Sprint(from+i)),
					tx.run("INSERT INTO t_child (parent_id, no, at) VALUES ($1, 1, $2)", from+i, tx.NewID()))
			})
			if err != nil {
				t.Errorf("Write %d = %v, want ok", from+i, err)
			}
		}
	}
	if dir := os.Getenv("STORE_TEST_DIR"); dir != "" {
		s, err := Open(t.Context(), Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		add(s, 1_000_000)
		return
	}
	dir := t.TempDir()
	s := testDB{Options{Dir: dir}}.openPlayground(t)
	other := exec.Command(os.Args[0], "-test.run=^TestBesideAnotherProcess$")
	other.Env = append(os.Environ(), "STORE_TEST_DIR="+dir)
	var out strings.Builder
	other.Stdout, other.Stderr = &out, &out
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	for i := range int64(8) {
		g.Go(func() error { add(s, i*rows); return nil })
	}
	_ = g.Wait()
	if err := other.Wait(); err != nil {
		t.Fatalf("the other process: %v\n%s", err, out.String())
	}
	var different int64
	err := s.Read(t.Context(), func(tx *Tx) error {
		_, err := tx.one("SELECT COUNT(DISTINCT at) FROM t_child", nil, &different)
		return err
	})
	if err != nil || different != 9*rows {
		t.Errorf("identities = %d, %v, want %d different ones", different, err, 9*rows)
	}
}
