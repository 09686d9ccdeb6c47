package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"licet/internal/license"
)

// Options say where the database is. The zero value is SQLite in the current folder.
type Options struct {
	Dir      string           // data folder; the SQLite file is licet.db inside. Made when it is missing
	URL      string           // postgres://… or postgresql://…; empty means SQLite in Dir
	Now      func() time.Time // the clock that identities follow; nil means time.Now
	MaxConns int              // readers on SQLite, connections on PostgreSQL; 0 means four per core, at most 8 readers, at least 8 connections
	OneByOne bool             // for benchmarks: every Write is a transaction of its own, every PostgreSQL statement a round trip
	Logger   *slog.Logger     // nil discards

	CommitDelay time.Duration // for benchmarks: how much longer each commit of SQLite takes, as on a slower disk
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	engine  engine
	closing sync.Once
	log     *slog.Logger
	now     func() time.Time
	terms   *termsCache

	settings *settingsCache
	bell     *commitBell // of events; nil in a rehearsal
}

// engine is one of the two databases.
type engine interface {
	name() string
	// read gives a session whose statements stand alone, or with snapshot one that sees one moment.
	read(ctx context.Context, snapshot bool) (reading, error)
	// write runs fn in a transaction, again when that may help; once only when once is set.
	write(ctx context.Context, once bool, fn func(*Tx) error) error
	// rehearse runs fn in a transaction that nobody else's change is part of. fn ends it with an error.
	rehearse(ctx context.Context, fn func(*Tx) error) error
	// migrate runs fn in a transaction that excludes every other migrate.
	migrate(ctx context.Context, fn func(migration) error) error
	// schema is two queries about the tables as they are: see readSchema.
	schema() (columns, references string)
	// tables is a query for the number of tables named $1.
	tables() string
	close()
}

// reading is a session that only reads, until its end.
type reading interface {
	session
	end()
}

// Open opens the database and makes the SQLite file when there is none. It does not migrate; it refuses a
// database whose schema is newer than this program. Errors: StorageDown when the database cannot be reached.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{log: o.Logger, now: o.Now, terms: new(termsCache), settings: new(settingsCache), bell: new(commitBell)}
	var err error
	switch {
	case o.URL == "":
		s.engine, err = openSQLite(o)
	case strings.HasPrefix(o.URL, "postgres://"), strings.HasPrefix(o.URL, "postgresql://"):
		s.engine, err = openPostgres(ctx, o)
	default:
		return nil, license.Invalidf("database", "the database URL must begin with postgres://; leave it empty for the embedded database")
	}
	if err != nil {
		return nil, classify(err)
	}
	if err := s.refuseNewer(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close waits for running transactions and closes the database. A second Close does nothing.
func (s *Store) Close() { s.closing.Do(s.engine.close) }

// Engine returns "sqlite" or "postgres".
func (s *Store) Engine() string { return s.engine.name() }

// Ping asks the database for a sign of life. On SQLite that is a read of the file.
func (s *Store) Ping(ctx context.Context) error {
	return s.Read(ctx, func(tx *Tx) error {
		_, err := tx.one(s.engine.tables(), []any{versionsTable}, new(int64))
		return err
	})
}

// Read calls fn with a Tx whose statements stand on their own: each sees what is committed when it
// starts. It is the cheapest way to ask one question. fn may query only.
func (s *Store) Read(ctx context.Context, fn func(*Tx) error) error {
	return s.reading(ctx, false, fn)
}

// Snapshot calls fn with a Tx that sees one moment of the database, however long fn takes and
// whatever others write meanwhile. fn may query only.
func (s *Store) Snapshot(ctx context.Context, fn func(*Tx) error) error {
	return s.reading(ctx, true, fn)
}

func (s *Store) reading(ctx context.Context, snapshot bool, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return classify(err)
	}
	on, err := s.engine.read(ctx, snapshot)
	if err != nil {
		return classify(err)
	}
	defer on.end()
	tx := &Tx{on: on, cache: s.terms, settings: s.settings}
	err = classify(tx.outcome(fn(tx)))
	s.terms.put(tx.learned) // a reader sees only what is committed
	return err
}

// Write runs fn in one transaction. When Write returns nil, the change is on disk; when it returns an error, nothing of
// it is kept (but see the package comment about a connection lost during commit). An error of fn is
// returned as it is. fn may run more than once and must touch nothing but tx. A panic in fn is an error.
//
// Errors besides fn's own: Conflict; Unavailable with StorageFull, StorageDown or ServerBusy, also when ctx ends before its turn.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return classify(err)
	}
	var last *Tx
	err := classify(s.engine.write(ctx, false, func(tx *Tx) error {
		tx.cache, tx.settings, last = s.terms, s.settings, tx
		return fn(tx)
	}))
	if err == nil && last != nil {
		s.terms.put(last.learned)
		if last.eventful {
			s.bell.ring()
		}
	}
	return err
}

// attempt calls fn with tx; a panic becomes an error, and an error of tx wins over what fn returns.
func attempt(tx *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case idFailure:
			err = p.err
		default:
			err = fmt.Errorf("store: panic in a transaction: %v\n%s", p, debug.Stack())
		}
		err = tx.outcome(err)
	}()
	return fn(tx)
}

// complete is attempt for a transaction that has nothing to share with others.
func complete(tx *Tx, fn func(*Tx) error) error {
	if err := attempt(tx, fn); err != nil {
		return err
	}
	return tx.settle()
}

// errClosed is the answer of a store that has been closed.
var errClosed = errors.New("the store is closed")

// openDir makes the data folder and returns its path.
func openDir(dir string) (string, error) {
	if dir == "" {
		dir = "."
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", because(license.StorageDown, err)
	}
	return dir, nil
}
