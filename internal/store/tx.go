package store

import "errors"

// Tx is one view of the database: a transaction inside [Store.Write] and [Store.Snapshot], single
// statements inside [Store.Read]. It belongs to the function it was given to and to one goroutine.
//
// An error from one of its methods is final: the transaction is lost, and Write returns that error
// even when the function swallows it. A statement that may meet a taken name says ON CONFLICT DO
// NOTHING and looks at the number of rows.
//
// Arguments are nil, booleans, integers, floats, strings, []byte and named types of these kinds
// (license.LicenseID, license.Time). Text must be UTF-8 without NUL, else the error is
// license.Invalid. Destinations are pointers to the same kinds; NULL becomes the zero value.
type Tx struct {
	on    session
	ids   *idClock
	cache *termsCache // what was read of terms, which never change

	settings *settingsCache // of applications
	learned  []learned      // the same, read or made in this transaction
	write    bool
	alone    bool // nobody else can write until the transaction ends
	changed  bool // a change was made
	eventful bool // events were recorded
	provisos []proviso
	busy     bool  // a row function of each is running
	err      error // the first error; nothing is done after it
}

// session is what an engine gives to a Tx. Its methods return errors as the driver made them; the Tx
// turns them into license errors.
type session interface {
	run(sql string, args []any) error
	affected(sql string, args []any) (int64, error)
	one(sql string, args []any, dest []any) (bool, error)
	each(sql string, args []any, row func(scan func(dest ...any) error) error) error
	ask(found *bool, sql string, args []any, dest []any) error
	flush() error
	planForAny(any bool) error
	rowsKeepIndex() bool
}

// run makes a change whose result is not needed. On SQLite it happens at once; on PostgreSQL it is
// queued and sent together with the next statement that answers, or with the commit, in one round
// trip, so that its error may only show there.
func (tx *Tx) run(sql string, args ...any) error {
	if err := tx.ready(sql); err != nil {
		return err
	}
	return tx.keep(tx.on.run(sql, args))
}

// affected makes a change and returns the number of rows it touched.
func (tx *Tx) affected(sql string, args ...any) (int64, error) {
	if err := tx.ready(sql); err != nil {
		return 0, err
	}
	n, err := tx.on.affected(sql, args)
	return n, tx.keep(err)
}

// one reads at most one row into dest, also that of UPDATE … RETURNING; false when there is none.
// Further rows are not looked at.
func (tx *Tx) one(sql string, args []any, dest ...any) (bool, error) {
	if err := tx.ready(sql); err != nil {
		return false, err
	}
	ok, err := tx.on.one(sql, args, dest)
	return ok, tx.keep(err)
}

// ask is one whose answer may come later: dest and found, which may be nil, are filled once flush or any other statement
// that answers has returned. On PostgreSQL several of them share a round trip.
func (tx *Tx) ask(found *bool, sql string, args []any, dest ...any) error {
	if err := tx.ready(sql); err != nil {
		return err
	}
	return tx.keep(tx.on.ask(found, sql, args, dest))
}

// flush waits for everything that was asked, and for the errors of everything that was run.
func (tx *Tx) flush() error {
	if tx.err != nil {
		return tx.err
	}
	return tx.keep(tx.on.flush())
}

// proviso is what the outcome of a transaction depends on.
type proviso struct {
	found *bool
	err   error
}

// provided has the transaction fail with err unless found is true once the answer to an ask is there. The function does not wait for it, so that
// on PostgreSQL several of them share a round trip. It may fail for a change of others that is not kept, so err tells the caller to look again.
func (tx *Tx) provided(found *bool, err error) {
	tx.provisos = append(tx.provisos, proviso{found, err})
}

// settle waits for what the outcome depends on, and returns what it comes to.
func (tx *Tx) settle() error {
	if len(tx.provisos) == 0 {
		return nil
	}
	if err := tx.flush(); err != nil {
		return err
	}
	return tx.unproven()
}

// unproven is the error of the first proviso that is not met.
func (tx *Tx) unproven() error {
	for _, p := range tx.provisos {
		if !*p.found {
			return p.err
		}
	}
	return nil
}

// each calls row for every row, as they come from the database. row calls scan once; it must not use
// the Tx. An error from it ends the reading and is returned as it is; the transaction goes on.
func (tx *Tx) each(sql string, args []any, row func(scan func(dest ...any) error) error) error {
	if err := tx.ready(sql); err != nil {
		return err
	}
	stopped := false
	tx.busy = true
	defer func() { tx.busy = false }()
	err := tx.on.each(sql, args, func(scan func(dest ...any) error) error {
		err := row(scan)
		stopped = err != nil
		return err
	})
	if stopped {
		return err
	}
	return tx.keep(err)
}

// forAny runs a statement that is planned for any values, instead of for those that it asks for: from what it has counted of them, PostgreSQL
// would now and then rather sort a whole table than follow an index; nor does it read a table from one end to the other. It counts in a
// Snapshot; SQLite plans so always.
func (tx *Tx) forAny(ask func() error) error {
	if err := tx.keep(tx.on.planForAny(true)); err != nil {
		return err
	}
	if err := ask(); err != nil {
		return err
	}
	return tx.keep(tx.on.planForAny(false))
}

// NewID returns a new identity: unique over all processes and replicas that share the database, growing
// with time, at most [license.MaxID]. Only a Write has identities to give. They never run out; when
// the database cannot be asked for more, NewID panics, and Write takes everything back and returns
// the reason as an error, Unavailable as a rule.
func (tx *Tx) NewID() int64 {
	if tx.ids == nil {
		panic("store: NewID outside of Write")
	}
	return tx.ids.next()
}

// keep remembers the first error of the transaction, as a license error.
func (tx *Tx) keep(err error) error {
	if err == nil {
		return nil
	}
	if tx.err == nil {
		tx.err = classify(err)
	}
	return tx.err
}

// outcome is what the function's own result amounts to: an error of the transaction cannot be swallowed.
func (tx *Tx) outcome(err error) error {
	if tx.err != nil && !errors.Is(err, tx.err) {
		return tx.err
	}
	return err
}

// ready refuses a statement on a lost transaction, inside each, and a change inside a reading one.
func (tx *Tx) ready(sql string) error {
	switch {
	case tx.err != nil:
		return tx.err
	case tx.busy:
		return tx.keep(errors.New("store: a statement inside each"))
	case !isChange(sql):
		return nil
	case !tx.write:
		return tx.keep(errors.New("store: a change inside a reading transaction"))
	}
	tx.changed = true
	return nil
}

// isChange reports whether sql begins with a word that is not of a query.
func isChange(sql string) bool {
	for i := range len(sql) {
		switch sql[i] {
		case ' ', '\n', '\t':
			continue
		case 'S', 's', 'W', 'w': // SELECT, WITH
			return false
		}
		return true
	}
	return true
}

// orNull is v for an argument, or NULL when v is the zero value of its type: for references that may be
// none.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}
