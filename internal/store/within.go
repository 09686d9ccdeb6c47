package store

import (
	"context"
	"errors"
)

// Within returns a Store whose reads and writes are parts of the transaction of tx: they see what it has done so far, and are kept or
// taken back with it. A write that fails loses the transaction, also where its error is swallowed. It serves until the transaction
// ends, in its goroutine alone.
func (s *Store) Within(tx *Tx) *Store {
	// What it learns of terms may be taken back, so it keeps that for itself.
	return &Store{engine: partEngine{s.engine, tx}, log: s.log, now: s.now, terms: new(termsCache), settings: s.settings}
}

// partEngine is an engine that is at work within a transaction.
type partEngine struct {
	engine
	tx *Tx
}

// part is the connection of a transaction, which goes on after a read.
type part struct{ session }

func (part) end() {}

func (e partEngine) read(context.Context, bool) (reading, error) { return part{e.tx.on}, nil }

func (e partEngine) write(_ context.Context, _ bool, fn func(*Tx) error) error {
	return e.tx.keep(fn(e.tx))
}

func (e partEngine) rehearse(context.Context, func(*Tx) error) error {
	return errors.New("store: a rehearsal within a transaction")
}

func (e partEngine) migrate(context.Context, func(migration) error) error {
	return errors.New("store: a migration within a transaction")
}

func (e partEngine) close() {}
