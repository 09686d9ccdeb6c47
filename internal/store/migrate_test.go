package store

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
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

// TestLicensesAreFiledUnderTheirEnd: licenses of before get the end that they have, and the doctor names those that are filed elsewhere.
func TestLicensesAreFiledUnderTheirEnd(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := someTenant(t, s, "acme")
		const expiry = license.Time(1_000_000)
		want := map[license.LicenseID]license.Time{}
		for code, c := range map[string]struct {
			change func(*license.License)
			ends   license.Time
		}{
			"limited":      {func(l *license.License) { l.Terms.Type = license.TimeLimited }, expiry},
			"subscription": {func(l *license.License) { l.Terms.Type, l.Terms.GraceHours = license.Subscription, 2 }, expiry.Add(2 * time.Hour)},
			"no-grace":     {func(l *license.License) { l.Terms.Type = license.Subscription }, expiry},
			"perpetual":    {func(*license.License) {}, 0},
			"trial":        {func(l *license.License) { l.Terms.Trial = true }, expiry},
			"endless":      {func(l *license.License) { l.Terms.Type, l.ExpiresAt = license.TimeLimited, 0 }, 0},
		} {
			l := someLicense(t, s, tenant, code)
			l.Terms, l.ExpiresAt = new(*l.Terms), expiry
			c.change(&l)
			mustWrite(t, s, func(tx *Tx) error { return tx.saveLicense(&l) })
			want[l.ID] = c.ends
		}
		ends := func() map[license.LicenseID]license.Time {
			got := map[license.LicenseID]license.Time{}
			mustRead(t, s, func(tx *Tx) error {
				return tx.each(`SELECT id, ends_at FROM licenses`, nil, func(scan func(...any) error) error {
					var id license.LicenseID
					var at license.Time
					err := scan(&id, &at)
					got[id] = at
					return err
				})
			})
			return got
		}
		if diff := cmp.Diff(want, ends()); diff != "" {
			t.Errorf("ends of what was saved (-want +got):\n%s", diff)
		}

		mustWrite(t, s, func(tx *Tx) error { return tx.run(`UPDATE licenses SET ends_at = 7`) })
		if got := brokenLimits(t, s); got != int64(len(want)) {
			t.Errorf("the doctor finds %d broken, want all %d", got, len(want))
		}
		if got := listedEnds(t, s); len(got) != len(want) {
			t.Errorf("%d licenses are listed by their end, want all %d", len(got), len(want))
		}
		file, err := migrationFiles.ReadFile("migrations/0012_figures." + s.Engine() + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		_, text, _ := strings.Cut(string(file), "UPDATE licenses")
		text, _, _ = strings.Cut(text, ";")
		mustWrite(t, s, func(tx *Tx) error {
			if err := tx.run(`UPDATE licenses SET ends_at = 0`); err != nil {
				return err
			}
			return tx.run(`UPDATE licenses` + text)
		})
		if diff := cmp.Diff(want, ends()); diff != "" {
			t.Errorf("ends after the migration (-want +got):\n%s", diff)
		}
		maps.DeleteFunc(want, func(_ license.LicenseID, at license.Time) bool { return at == 0 })
		if diff := cmp.Diff(want, listedEnds(t, s)); diff != "" {
			t.Errorf("the list of ends (-want +got):\n%s", diff)
		}
		if got := brokenLimits(t, s); got != 0 {
			t.Errorf("the doctor finds %d broken, want none", got)
		}
		mustWrite(t, s, func(tx *Tx) error { return tx.run(`UPDATE license_ends SET ends_at = ends_at + 1`) })
		if got := brokenLimits(t, s); got != int64(2*len(want)) {
			t.Errorf("the doctor finds %d broken in a list of ends that is wrong throughout, want %d", got, 2*len(want))
		}
	})
}

// listedEnds is the list of ends.
func listedEnds(t *testing.T, s *Store) map[license.LicenseID]license.Time {
	t.Helper()
	got := map[license.LicenseID]license.Time{}
	mustRead(t, s, func(tx *Tx) error {
		return tx.each(`SELECT license_id, ends_at FROM license_ends`, nil, func(scan func(...any) error) error {
			var id license.LicenseID
			var at license.Time
			err := scan(&id, &at)
			if _, twice := got[id]; twice {
				t.Errorf("license %d is listed twice", id)
			}
			got[id] = at
			return err
		})
	})
	return got
}

// brokenLimits is how much the doctor finds about terms.
func brokenLimits(t *testing.T, s *Store) int64 {
	t.Helper()
	found, err := s.Examine(t.Context(), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range found {
		if d.Check == "limits" {
			return d.Broken
		}
	}
	t.Fatal("limits are not examined")
	return 0
}
