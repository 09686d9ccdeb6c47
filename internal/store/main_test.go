package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"licet/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A playground for the tests of the ground floor: the tables of the domain have tests of their own.
const testTables = `
CREATE TABLE t_parent (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, n BIGINT NOT NULL DEFAULT 0);
CREATE TABLE t_child (
  parent_id BIGINT NOT NULL REFERENCES t_parent (id), no INTEGER NOT NULL, ok BOOLEAN, note TEXT, data BYTEA,
  share DOUBLE PRECISION, at BIGINT, PRIMARY KEY (parent_id, no))`

// forEachDB runs f as the subtests sqlite and postgres with a way to open stores on one fresh database.
func forEachDB(t *testing.T, f func(t *testing.T, db testDB)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, testDB{Options{Dir: t.TempDir()}})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, testDB{Options{URL: pgtest.Shared(t).Database(t)}})
	})
}

// testDB is one database, which several stores may open.
type testDB struct{ Options }

// open opens a store and migrates it; edit changes the options.
func (db testDB) open(t testing.TB, edit ...func(*Options)) *Store {
	t.Helper()
	o := db.Options
	for _, f := range edit {
		f(&o)
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// openPlayground is open with the test tables in it.
func (db testDB) openPlayground(t testing.TB, edit ...func(*Options)) *Store {
	t.Helper()
	s := db.open(t, edit...)
	err := s.engine.migrate(t.Context(), func(m migration) error {
		var n int64
		if _, err := m.one(s.engine.tables(), []any{"t_parent"}, []any{&n}); err != nil || n > 0 {
			return err
		}
		return m.exec(testTables)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustWrite(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatalf("Write = %v, want ok", err)
	}
}

// count returns how many rows a table has.
func count(t testing.TB, s *Store, table string) (n int64) {
	t.Helper()
	err := s.Read(context.Background(), func(tx *Tx) error {
		_, err := tx.one("SELECT COUNT(*) FROM "+table, nil, &n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// addParent inserts a row; a taken id or name is a conflict.
func addParent(tx *Tx, id int64, name string) error {
	return tx.run("INSERT INTO t_parent (id, name) VALUES ($1, $2)", id, name)
}

func addMany(tx *Tx, from, n int64) error {
	room := strings.Repeat(".", 200)
	for i := from; i < from+n; i++ {
		if err := addParent(tx, i, parentName(int(i))+room); err != nil {
			return err
		}
	}
	return nil
}

func parentName(i int) string { return fmt.Sprintf("parent-%d", i) }

// clockAt is a clock that stands still.
func clockAt(t time.Time) func() time.Time { return func() time.Time { return t } }
