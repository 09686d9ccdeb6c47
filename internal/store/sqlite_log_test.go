package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"licet/internal/license"
)

// spoil has the store's log be written by f.
func spoil(s *Store, f func(write func() int32) int32) {
	b := s.engine.(*sqliteEngine).writer.conn.log
	below := b.below.write
	b.below.write = func(tls *libc.TLS, file, from uintptr, size int32, offset int64) int32 {
		return f(func() int32 { return below(tls, file, from, size, offset) })
	}
}

// afterCrash opens a copy of the files as they are at this moment, which is what a power failure would leave at most, and returns how
// many rows it has.
func afterCrash(t *testing.T, dir string) (rows int64) {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"licet.db", "licet.db-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := openConn(to+"/licet.db", nil, pragmaWait)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	var verdict string
	_, err = c.one("PRAGMA integrity_check", nil, []any{&verdict})
	if err != nil || verdict != "ok" {
		t.Fatalf("integrity_check = %q, %v", verdict, err)
	}
	if _, err := c.one("SELECT COUNT(*) FROM t_parent", nil, []any{&rows}); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestLogIsGathered counts the writes of a transaction of some hundred pages.
func TestLogIsGathered(t *testing.T) {
	t.Parallel()
	s := testDB{Options{Dir: t.TempDir()}}.openPlayground(t)
	writes := 0
	spoil(s, func(write func() int32) int32 { writes++; return write() })
	mustWrite(t, s, func(tx *Tx) error { return addMany(tx, 0, 2000) })
	if writes < 1 || writes > 15 {
		t.Errorf("the log was written %d times, want about one for each 31 pages", writes)
	}
}

// TestLogHoldsWhatIsAcknowledged mixes transactions of all sizes, some of which outgrow the page cache and
// some of which are taken back, and looks after each what the disk would have.
func TestLogHoldsWhatIsAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := testDB{Options{Dir: dir}}.openPlayground(t)
	sorry := errors.New("taken back")
	rows := int64(0)
	for round, step := range []struct {
		rows int64
		back bool
	}{{1, false}, {3000, false}, {3000, true}, {1, false}, {3000, true}, {3000, false}, {20, true}, {20, false}, {1, true}, {3000, false}} {
		err := s.Write(t.Context(), func(tx *Tx) error {
			small := s.engine.(*sqliteEngine).writer.conn.exec("PRAGMA cache_size=20")
			if err := errors.Join(small, addMany(tx, rows, step.rows)); err != nil || !step.back {
				return err
			}
			return sorry
		})
		if step.back != errors.Is(err, sorry) || !step.back && err != nil {
			t.Fatalf("round %d: Write = %v", round, err)
		}
		if !step.back {
			rows += step.rows
		}
		if n, seen := afterCrash(t, dir), count(t, s, "t_parent"); n != rows || seen != rows {
			t.Errorf("round %d: %d rows after a crash, %d seen by readers, want %d", round, n, seen, rows)
		}
	}
}

// TestLogCannotBeWritten has the disk refuse one piece of the log, the first or a later one.
func TestLogCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, at := range []int{1, 3} {
		dir := t.TempDir()
		s := testDB{Options{Dir: dir}}.openPlayground(t)
		mustWrite(t, s, func(tx *Tx) error { return addMany(tx, 0, 10) })
		piece := 0
		spoil(s, func(write func() int32) int32 {
			if piece++; piece == at {
				return sqlite3.SQLITE_FULL
			}
			return write()
		})
		err := s.Write(t.Context(), func(tx *Tx) error { return addMany(tx, 10, 2000) })
		if !errors.Is(err, license.StorageFull) {
			t.Errorf("piece %d fails: Write = %v, want StorageFull", at, err)
		}
		if n, seen := afterCrash(t, dir), count(t, s, "t_parent"); n != 10 || seen != 10 {
			t.Errorf("piece %d fails: %d rows after a crash, %d seen by readers, want 10", at, n, seen)
		}
		mustWrite(t, s, func(tx *Tx) error { return addMany(tx, 10, 2000) })
		if n, seen := afterCrash(t, dir), count(t, s, "t_parent"); n != 2010 || seen != 2010 {
			t.Errorf("after piece %d failed: %d rows after a crash, %d seen by readers, want 2010", at, n, seen)
		}
	}
}
