package testkit

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"licet/internal/store"
	"licet/internal/testkit/pgtest"
)

// ForEachDB runs f as the subtests sqlite and postgres, in parallel. open gives a fresh, migrated store, another at
// each call, and closes it with the test.
func ForEachDB(t *testing.T, f func(t *testing.T, open func(t testing.TB) *store.Store)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, OpenSQLite)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		pgtest.Shared(t) // skips where there is none
		f(t, OpenPostgres)
	})
}

// OpenSQLite gives a fresh, migrated store in a folder of the test.
func OpenSQLite(t testing.TB) *store.Store {
	t.Helper()
	dir := t.TempDir()
	empty, err := migrated()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, databaseFile), empty, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return Open(t, store.Options{Dir: dir})
}

// databaseFile is the SQLite file in a data folder.
const databaseFile = "licet.db"

// migrated is the file of a migrated database with nothing in it: making it takes longer than most tests do.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "licet-migrated-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	_, err = s.Migrate(context.Background())
	s.Close()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, databaseFile))
})

// OpenPostgres gives a fresh, migrated store on the shared server.
func OpenPostgres(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, store.Options{URL: pgtest.Shared(t).Database(t)})
}

// Open opens a store, migrates it, and closes it with the test.
func Open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}
