package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"licet/internal/license"
)

// A migration is migrations/NNNN_name.sql, the same text for both databases, or, where that cannot be, a pair
// NNNN_name.sqlite.sql and NNNN_name.postgres.sql. It is never changed once released. All
// that are missing run in one transaction, so that a failing one leaves the database as it was.
//
//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is what an engine gives to the runner.
type migration interface {
	exec(sql string) error // one or more statements without arguments
	run(sql string, args []any) error
	one(sql string, args []any, dest []any) (bool, error)
}

// step is one migration.
type step struct {
	version int64
	name    string // the file's, without its endings
	sql     string
}

const makeVersions = `
CREATE TABLE IF NOT EXISTS schema_versions (
  version    BIGINT PRIMARY KEY,
  name       TEXT   NOT NULL,
  applied_at BIGINT NOT NULL
)`

// Migrate brings the schema up to this program and returns the names of the migrations it ran, none when
// there was nothing to do. Several processes may call it at once: each migration runs once.
func (s *Store) Migrate(ctx context.Context) ([]string, error) {
	done, err := s.migrateTo(ctx, 0)
	if err != nil {
		return nil, err
	}
	return done, s.mendFeed(ctx)
}

// migrateTo is Migrate up to a version, or to the newest when that is 0.
func (s *Store) migrateTo(ctx context.Context, version int64) ([]string, error) {
	steps, err := readSteps(migrationFiles, s.Engine())
	if err != nil {
		return nil, err
	}
	if version == 0 {
		version = steps[len(steps)-1].version
	}
	have, err := s.SchemaVersion(ctx)
	if err != nil || have >= version {
		return nil, err
	}
	var done []string
	err = s.engine.migrate(ctx, func(m migration) error {
		done = nil
		if err := m.exec(makeVersions); err != nil {
			return err
		}
		var have int64
		if _, err := m.one("SELECT COALESCE(MAX(version), 0) FROM schema_versions", nil, []any{&have}); err != nil {
			return err
		}
		for _, step := range steps {
			if step.version <= have || step.version > version {
				continue
			}
			if err := m.exec(step.sql); err != nil {
				return fmt.Errorf("migration %s: %w", step.name, err)
			}
			insert := "INSERT INTO schema_versions (version, name, applied_at) VALUES ($1, $2, $3)"
			if err := m.run(insert, []any{step.version, step.name, int64(license.TimeOf(s.now()))}); err != nil {
				return err
			}
			done = append(done, step.name)
		}
		return nil
	})
	if err != nil {
		return nil, classify(err)
	}
	if len(done) > 0 {
		s.log.InfoContext(ctx, "migrated the database", "engine", s.Engine(), "migrations", done)
	}
	return done, nil
}

// SchemaVersion returns the number of the newest migration the database has, 0 for an empty one.
func (s *Store) SchemaVersion(ctx context.Context) (version int64, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		var tables int64
		if _, err := tx.one(s.engine.tables(), []any{versionsTable}, &tables); err != nil || tables == 0 {
			return err
		}
		_, err := tx.one("SELECT COALESCE(MAX(version), 0) FROM schema_versions", nil, &version)
		return err
	})
	return version, err
}

// refuseNewer is the guard of Open.
func (s *Store) refuseNewer(ctx context.Context) error {
	steps, err := readSteps(migrationFiles, s.Engine())
	if err != nil {
		return err
	}
	have, err := s.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if know := steps[len(steps)-1].version; have > know {
		return &license.Error{Code: license.Conflict, Message: fmt.Sprintf(
			"the database has schema %d, this program knows only %d: use the newer program, or restore a backup from before the upgrade",
			have, know)}
	}
	return nil
}

// readSteps reads the migrations for an engine, oldest first.
func readSteps(files fs.FS, engine string) ([]step, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // in the order of their names
	if err != nil {
		return nil, err
	}
	var steps []step
	for _, path := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(path, "migrations/"), ".sql")
		name, only, isPair := strings.Cut(name, ".")
		if isPair && only != engine {
			continue
		}
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil || version < 1 {
			return nil, fmt.Errorf("store: the migration %s does not begin with a number", path)
		}
		if n := len(steps); n > 0 && steps[n-1].version >= version {
			return nil, fmt.Errorf("store: two migrations have the number %d", version)
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step{version, name, string(text)})
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("store: there are no migrations")
	}
	return steps, nil
}

// sqliteMigration runs on a connection of its own.
type sqliteMigration struct{ *conn }

// pgMigration runs in a session's transaction.
type pgMigration struct{ *pgSession }

// exec sends all statements at once, by the protocol that allows several.
func (m pgMigration) exec(sql string) error {
	if err := m.flush(); err != nil {
		return err
	}
	_, err := m.conn.PgConn().Exec(m.wait, sql).ReadAll()
	return m.named(err)
}
