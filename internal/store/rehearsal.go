package store

import (
	"context"
	"errors"
)

// Rehearsal returns a Store on the same database whose Write does everything, says how it went, and takes it all back: nothing of
// it is kept or seen by anybody else. Reads see what is stored. Identities that were given out stand for nothing, and may be
// given again. It cannot migrate; Close leaves the database open. A rehearsal keeps other changes waiting as long as one of its size does.
func (s *Store) Rehearsal() *Store {
	e := s.engine
	if r, ok := e.(rehearsalEngine); ok {
		e = r.engine
	}
	return &Store{engine: rehearsalEngine{e}, log: s.log, now: s.now, terms: s.terms, settings: s.settings}
}

// errRehearsed is how a transaction that went well is taken back.
var errRehearsed = errors.New("store: a rehearsal is over")

// rehearsalEngine is an engine that keeps nothing.
type rehearsalEngine struct{ engine }

// write runs fn in a transaction of its own, so that nobody else's change has to run again when it is taken back.
func (e rehearsalEngine) write(ctx context.Context, _ bool, fn func(*Tx) error) error {
	err := e.rehearse(ctx, func(tx *Tx) error {
		err := fn(tx)
		if err == nil {
			err = tx.flush() // what waits to be sent may be refused
		}
		tx.learned = nil // rows that will not be there
		if err == nil {
			err = errRehearsed
		}
		return err
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

func (e rehearsalEngine) migrate(context.Context, func(migration) error) error {
	return errors.New("store: a rehearsal does not migrate")
}

func (e rehearsalEngine) close() {}

// rehearse runs fn in a transaction of its own on the writer's connection.
func (e *sqliteEngine) rehearse(ctx context.Context, fn func(*Tx) error) error {
	return e.writer.do(ctx, true, fn)
}

// rehearse runs fn in a transaction of its own, again when PostgreSQL asks for that.
func (e *postgresEngine) rehearse(ctx context.Context, fn func(*Tx) error) error {
	return e.alone(ctx, false, fn)
}
