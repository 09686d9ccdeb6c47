package store

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/sync/errgroup"

	"licet/internal/license"
)

func TestMigrateOnce(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		// Four processes start at once on an empty database.
		var stores []*Store
		for range 4 {
			s, err := Open(t.Context(), db.Options)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			if v, err := s.SchemaVersion(t.Context()); v != 0 || err != nil {
				t.Fatalf("SchemaVersion of an empty database = %d, %v, want 0", v, err)
			}
			stores = append(stores, s)
		}
		done := make([][]string, len(stores))
		var g errgroup.Group
		for i, s := range stores {
			g.Go(func() (err error) { done[i], err = s.Migrate(t.Context()); return err })
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		ran := 0
		for _, names := range done {
			if len(names) > 0 {
				ran++
				if names[0] != "0001_init" {
					t.Errorf("Migrate ran %v, want 0001_init first", names)
				}
			}
		}
		if ran != 1 {
			t.Errorf("%d of 4 processes migrated, want 1: %v", ran, done)
		}
		s := db.open(t)
		if names, err := s.Migrate(t.Context()); len(names) != 0 || err != nil {
			t.Errorf("Migrate again = %v, %v, want nothing", names, err)
		}
	})
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		mustWrite(t, s, func(tx *Tx) error {
			return tx.run("INSERT INTO schema_versions (version, name, applied_at) VALUES (9999, '9999_future', 0)")
		})
		_, err := Open(t.Context(), db.Options)
		if !errors.Is(err, license.Conflict) || !strings.Contains(err.Error(), "schema 9999") {
			t.Errorf("Open = %v, want a conflict that names schema 9999", err)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	for url, want := range map[string]license.Code{
		"mysql://x/y":                           license.Invalid,
		"postgres://%zz":                        license.Invalid,
		"postgres://licet:geheim@127.0.0.1:1/x": license.Unavailable,
	} {
		_, err := Open(t.Context(), Options{URL: url})
		if license.CodeOf(err) != want || err == nil || strings.Contains(license.Describe(err).Message, "geheim") {
			t.Errorf("Open(%s) = %v, want %s without the password", url, err, want)
		}
	}
}

func TestReadSteps(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	files := fstest.MapFS{
		"migrations/0001_init.sql":          file("one"),
		"migrations/0002_both.sqlite.sql":   file("two for sqlite"),
		"migrations/0002_both.postgres.sql": file("two for postgres"),
	}
	for engine, want := range map[string]string{"sqlite": "two for sqlite", "postgres": "two for postgres"} {
		steps, err := readSteps(files, engine)
		if err != nil || len(steps) != 2 || steps[1].sql != want || steps[1].name != "0002_both" || steps[1].version != 2 {
			t.Errorf("readSteps(%s) = %+v, %v, want 0002_both %q second", engine, steps, err, want)
		}
	}
	for name, files := range map[string]fstest.MapFS{
		"none":      {},
		"no_number": {"migrations/init.sql": file("")},
		"twice":     {"migrations/0001_a.sql": file(""), "migrations/0001_b.sql": file("")},
	} {
		if steps, err := readSteps(files, "sqlite"); err == nil {
			t.Errorf("readSteps of %s = %v, want an error", name, steps)
		}
	}
}

func TestFailingMigrationLeavesNothing(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		err := s.engine.migrate(t.Context(), func(m migration) error {
			if err := m.exec("CREATE TABLE half (id BIGINT PRIMARY KEY); INSERT INTO half (id) VALUES (1);"); err != nil {
				return err
			}
			return m.exec("CREATE TABLE broken (;")
		})
		var n int64
		readErr := s.Read(t.Context(), func(tx *Tx) error {
			_, err := tx.one(s.engine.tables(), []any{"half"}, &n)
			return err
		})
		if err == nil || readErr != nil || n != 0 {
			t.Errorf("migrate = %v with %d tables left (%v), want an error and none", err, n, readErr)
		}
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Errorf("Migrate afterwards = %v, want ok", err)
		}
	})
}
