package store

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMappedOnce has readers beside changes, and counts what is mapped of the file.
func TestMappedOnce(t *testing.T) {
	t.Parallel()
	const readers = 6
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := testDB{Options{Dir: dir, MaxConns: readers}}.openPlayground(t)
	other, err := openConn(dir+"/licet.db", nil, pragmaWait)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	all := int64(0)
	for round := range int64(5) {
		mustWrite(t, s, func(tx *Tx) error { return addMany(tx, round*1000, 1000) })
		all += 1000
		if err := other.exec("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
			t.Fatal(err)
		}
		var ready, done sync.WaitGroup
		ready.Add(readers)
		for range readers {
			done.Go(func() {
				err := s.Read(t.Context(), func(tx *Tx) error {
					ready.Done()
					ready.Wait() // so that each has a connection of its own
					var n, sum int64
					_, err := tx.one("SELECT COUNT(*), SUM(id) FROM t_parent", nil, &n, &sum)
					if n != all || sum != all*(all-1)/2 {
						t.Errorf("%d rows with the sum %d, want %d with %d", n, sum, all, all*(all-1)/2)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	// One is for all, and two are the library's own, of the connections that write.
	if n := strings.Count(string(maps), dir+"/licet.db\n"); n < 1 || n > 3 {
		t.Errorf("the file is mapped %d times, want once for all readers", n)
	}
}

// TestFileShrinks has another process make the file smaller, as nothing here does, and larger again.
func TestFileShrinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := testDB{Options{Dir: dir}}.openPlayground(t)
	other, err := openConn(dir+"/licet.db", nil, pragmaWait)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	for round := range int64(3) {
		mustWrite(t, s, func(tx *Tx) error { return addMany(tx, 0, 3000) })
		if n := count(t, s, "t_parent"); n != 3000 {
			t.Fatalf("round %d: %d rows, want 3000", round, n)
		}
		large := sizeOfAll(t, other, dir)
		for _, sql := range []string{"DELETE FROM t_parent", "VACUUM"} {
			if err := other.exec(sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		if small := sizeOfAll(t, other, dir); small >= large {
			t.Errorf("round %d: the file has %d bytes, and had %d", round, small, large)
		}
		if n := count(t, s, "t_parent"); n != 0 {
			t.Errorf("round %d: %d rows, want none", round, n)
		}
	}
}

// sizeOfAll is the size of the file when nothing is left in the log.
func sizeOfAll(t *testing.T, c *conn, dir string) int64 {
	t.Helper()
	// The store may be moving pages itself at this moment, and nobody waits for that.
	for busy, deadline := int64(1), time.Now().Add(lockWait); busy != 0; {
		if _, err := c.one("PRAGMA wal_checkpoint(TRUNCATE)", nil, []any{&busy, new(int64), new(int64)}); err != nil || time.Now().After(deadline) {
			t.Fatalf("wal_checkpoint = %v, busy %d", err, busy)
		}
	}
	info, err := os.Stat(dir + "/licet.db")
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
