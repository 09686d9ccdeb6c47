package store

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"licet/internal/license"
)

// Group commit: one fsync for all changes that wait.
const (
	batchMost = 256                   // changes in one transaction
	batchTime = 15 * time.Millisecond // no further change is taken into a transaction after this
	queueMost = 4096                  // changes that may wait
	quietTime = 20 * time.Millisecond // without a change, until the log is moved into the file
	lockWait  = 10 * time.Second      // for another process that writes to the file
	lockLook  = time.Millisecond      // between two looks at the lock
)

// writer owns the one connection that changes the SQLite file.
type writer struct {
	conn  *conn
	moves *mover // of the log into the file
	turn  *turn
	ids   *idClock
	queue chan *change
	most  int           // changes in one transaction
	wait  time.Duration // for another process's lock
	delay time.Duration // of each commit, as on a slower disk

	mu     sync.RWMutex // guards closed, and sending to queue against closing it
	closed bool
	done   chan struct{} // closed when the loop has ended
}

// change is one Write that waits.
type change struct {
	ctx    context.Context
	fn     func(*Tx) error
	alone  bool        // in a transaction of its own
	taken  atomic.Bool // by the writer, to run it, or by the caller, to leave
	answer chan error
	err    error
	final  bool // err holds also when the transaction is lost that it comes from
}

func startWriter(c *conn, m *mover, t *turn, o *Options) *writer {
	w := &writer{conn: c, moves: m, turn: t, queue: make(chan *change, queueMost), most: batchMost, wait: lockWait, delay: o.CommitDelay, done: make(chan struct{})}
	if o.OneByOne {
		w.most = 1
	}
	w.ids = &idClock{now: o.Now, reserve: func(now, n int64) (next int64, err error) {
		ok, err := c.one(reserveIDs, []any{now, n}, []any{&next})
		if err == nil && !ok {
			err = errNoIDs
		}
		return next, err
	}}
	go w.loop()
	return w
}

var errNoIDs = errors.New("store: the table id_clock has no row; run migrate")

// do hands fn to the writer and waits for its commit. When ctx ends before fn's turn, fn does not run; once fn has
// run, the answer is worth waiting for, and takes milliseconds.
func (w *writer) do(ctx context.Context, alone bool, fn func(*Tx) error) error {
	c := &change{ctx: ctx, fn: fn, alone: alone, answer: make(chan error, 1)}
	if err := w.send(c); err != nil {
		return err
	}
	return c.wait()
}

// wait waits for the answer, or leaves when ctx ends before the change is taken.
func (c *change) wait() error {
	select {
	case err := <-c.answer:
		return err
	case <-c.ctx.Done():
	}
	if c.take() {
		return c.ctx.Err()
	}
	return <-c.answer
}

// take reports whether the change is the caller's to run, or to leave.
func (c *change) take() bool { return c.taken.CompareAndSwap(false, true) }

// next takes the first change that waits in queue, or nil when none does.
func next(queue <-chan *change) *change {
	select {
	case c := <-queue: // nil when the queue is closed
		return c
	default:
		return nil
	}
}

func (w *writer) send(c *change) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return because(license.StorageDown, errClosed)
	}
	select {
	case w.queue <- c:
		return nil
	default:
		return license.RefuseFor(license.ServerBusy, time.Second)
	}
}

// close lets the waiting changes finish. The connection stays open.
func (w *writer) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.done
	w.moves.stop()
}

func (w *writer) loop() {
	defer close(w.done)
	var left *change // taken from the queue, but it wants a transaction of its own
	tidy := true     // the log has been moved into the file since the last change
	for {
		first := left
		left = nil
		if first == nil {
			var ok bool
			if first, ok = w.next(tidy); !ok {
				return
			}
		}
		if tidy = first == nil; tidy {
			w.moves.all(w.conn)
			continue
		}
		if w.most > 1 {
			// Who has just been answered, or asked, runs first: the next batch then has more members than one, which would have a commit for itself.
			runtime.Gosched()
		}
		left = w.batch(first)
	}
}

// next waits for a change; false when there will be none. It returns nil when the log should be moved into
// the file first: readers find a page faster there, so it happens as soon as nobody has changed
// anything for a moment.
func (w *writer) next(tidy bool) (*change, bool) {
	if tidy {
		c, ok := <-w.queue
		return c, ok
	}
	quiet := time.NewTimer(quietTime)
	defer quiet.Stop()
	select {
	case c, ok := <-w.queue:
		return c, ok
	case <-quiet.C:
		return nil, true
	}
}

// batch runs first and those that wait behind it in one transaction, and answers them all. It returns
// a change it took from the queue but did not run.
func (w *writer) batch(first *change) (left *change) {
	members := make([]*change, 0, min(w.most, 1+len(w.queue)))
	err := w.begin()
	if err == nil {
		members, left, err = w.fill(members, first)
	} else {
		members = w.turnAway(first)
	}
	if errors.Is(err, errApart) {
		w.abandon()
		err = w.apart(members)
	}
	if err == nil {
		err = w.commit()
	}
	if err != nil {
		w.abandon()
		err = classify(err)
	}
	for _, m := range members {
		if m.err == nil {
			m.err = err
		}
		m.answer <- m.err
	}
	w.moves.after(w.conn)
	return left
}

// errApart says that a change failed after it had written something: all others must run again.
var errApart = errors.New("store: a change of the batch is taken back")

// apart runs the changes of a batch again, in a transaction where each can be taken back by itself.
func (w *writer) apart(members []*change) error {
	if err := w.begin(); err != nil {
		return err
	}
	for _, m := range members {
		if err := w.runApart(m); err != nil {
			return err
		}
	}
	return nil
}

// turnAway takes all that wait now, when no transaction can be had: they have waited as long as first has.
func (w *writer) turnAway(first *change) []*change {
	var out []*change
	for c := first; c != nil; c = next(w.queue) {
		if c.take() {
			out = append(out, c)
		}
	}
	return out
}

// commit makes the transaction durable. When another process holds a lock at that moment, it tries once more.
func (w *writer) commit() error {
	w.moves.commits.Lock()
	defer w.moves.commits.Unlock()
	err := w.conn.run("COMMIT", nil)
	if err != nil && w.lockedOut(err) {
		err = w.conn.run("COMMIT", nil)
	}
	if w.delay > 0 {
		time.Sleep(w.delay)
	}
	return err
}

// lockedOut reports whether a commit failed for a lock alone, which leaves the transaction as it was.
func (w *writer) lockedOut(err error) bool {
	e, ok := errors.AsType[*sqliteError](err)
	return ok && e.primary() == sqlite3.SQLITE_BUSY && w.conn.inTx()
}

// begin opens the transaction. Another process may be writing to the file: the writer waits for its turn and then
// for the file's lock, and looks often, because the library's own waiting grows to 100 ms.
func (w *writer) begin() error {
	defer w.turn.leave()
	deadline := time.Now().Add(w.wait)
	for {
		err := errBusy
		if w.turn.take() {
			err = w.conn.run("BEGIN IMMEDIATE", nil)
		}
		if err == nil {
			return w.followIDs()
		}
		e, ok := errors.AsType[*sqliteError](err)
		if !ok || e.primary() != sqlite3.SQLITE_BUSY || time.Now().After(deadline) {
			return err
		}
		time.Sleep(lockLook)
	}
}

// followIDs makes the identities of this transaction larger than those of all before it, also those of other processes.
func (w *writer) followIDs() error {
	var free int64
	if _, err := w.conn.one(readIDs, nil, []any{&free}); err != nil {
		return err
	}
	w.ids.follow(free)
	return nil
}

// errBusy is what the library says when another process has the file's lock.
var errBusy error = &sqliteError{code: sqlite3.SQLITE_BUSY, text: "another process is writing"}

// fill runs first and what waits in the queue. An error means that the whole transaction is lost.
func (w *writer) fill(members []*change, first *change) (_ []*change, left *change, err error) {
	start := time.Now()
	for c := first; c != nil; c = next(w.queue) {
		if len(members) > 0 && c.alone {
			return members, c, nil
		}
		if !c.take() {
			continue // its caller has left
		}
		if c.err = c.ctx.Err(); c.err != nil {
			c.answer <- classify(c.err)
			continue
		}
		members = append(members, c)
		if err := w.runOne(c); err != nil {
			return members, nil, err
		}
		if c.alone || len(members) >= w.most || time.Since(start) >= batchTime {
			break
		}
	}
	return members, nil, nil
}

// runOne runs a change in the transaction of its batch. A change that fails without having written anything
// leaves the others alone; else the error is errApart. Any other error means that the transaction is lost.
func (w *writer) runOne(c *change) error {
	changed, err := w.run(c)
	switch {
	case err != nil:
		return err
	case c.err == nil || !changed && w.conn.inTx():
		return nil
	case c.alone || w.most == 1 || fatal(c.err) || !w.conn.inTx():
		return c.err
	}
	return errApart
}

// runApart runs a change inside a savepoint of its own and takes back only that when it fails. An error means
// that the transaction is lost.
func (w *writer) runApart(c *change) error {
	if err := w.conn.run("SAVEPOINT change", nil); err != nil {
		return err
	}
	mark := w.ids.mark()
	if _, err := w.run(c); err != nil {
		return err
	}
	if c.err != nil {
		if fatal(c.err) || !w.conn.inTx() {
			return c.err
		}
		if w.ids.mark() != mark {
			w.ids.drop() // the block was taken inside the savepoint
		}
		if err := w.conn.run("ROLLBACK TO change", nil); err != nil {
			return err
		}
	}
	return w.conn.run("RELEASE change", nil)
}

// run calls the change's function and keeps its error; it reports whether anything was written.
func (w *writer) run(c *change) (changed bool, err error) {
	if err := w.ids.fresh(); err != nil {
		return false, err
	}
	tx := &Tx{on: w.conn, ids: w.ids, write: true, alone: true}
	c.err = complete(tx, c.fn)
	return tx.changed, nil
}

// abandon ends a transaction that cannot be committed, and what it took of the identities.
func (w *writer) abandon() {
	w.ids.drop()
	if w.conn.inTx() {
		// A rollback fails only when the library has rolled back already.
		_ = w.conn.run("ROLLBACK", nil)
	}
}
