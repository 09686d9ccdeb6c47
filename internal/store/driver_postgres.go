package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"licet/internal/license"
)

const (
	acquireWait  = 5 * time.Second  // for a connection
	exchangeWait = 30 * time.Second // for the statements of one transaction
	writeTries   = 5                // of a transaction that PostgreSQL asks to repeat
)

// postgresEngine is a pool of connections to one PostgreSQL database.
type postgresEngine struct {
	pool     *pgxpool.Pool
	slots    chan struct{} // one token per connection in use; the pool has one more, for identities
	lanes    chan struct{} // see lead
	queue    chan *change  // changes that found no lane free
	ids      *idClock
	oneByOne bool
}

func openPostgres(ctx context.Context, o Options) (engine, error) {
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		// The text of the error may hold the password.
		return nil, license.Invalidf("database", "the database URL cannot be read; write postgres://user:password@host:5432/name")
	}
	n := o.MaxConns
	if n <= 0 {
		n = max(8, 4*runtime.GOMAXPROCS(0))
	}
	config.MaxConns = int32(n) + 1
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = acquireWait
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "licet"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, &lostError{cause: err}
	}
	e := &postgresEngine{pool: pool, oneByOne: o.OneByOne}
	e.slots, e.lanes, e.queue = make(chan struct{}, n), make(chan struct{}, laneCount), make(chan *change, queueMost)
	e.ids = &idClock{now: o.Now, reserve: e.reserveIDs}
	return e, nil
}

func (e *postgresEngine) name() string { return "postgres" }

func (e *postgresEngine) close() { e.pool.Close() }

// reserveIDs runs in a transaction of its own, on the connection that the slots leave free.
func (e *postgresEngine) reserveIDs(now, n int64) (next int64, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), acquireWait)
	defer cancel()
	err = e.pool.QueryRow(ctx, reserveIDs, now, n).Scan(&next)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, errNoIDs
	}
	if err != nil {
		return 0, named(err)
	}
	return next, nil
}

// acquire waits for a connection.
func (e *postgresEngine) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	select {
	case e.slots <- struct{}{}:
	default:
		timer := time.NewTimer(acquireWait)
		defer timer.Stop()
		select {
		case e.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			return nil, license.RefuseFor(license.ServerBusy, time.Second)
		}
	}
	c, err := e.connect(ctx)
	if err != nil {
		e.leave()
	}
	return c, err
}

// connect takes a connection from the pool for the holder of a slot, whom it does not keep waiting for others.
func (e *postgresEngine) connect(ctx context.Context) (*pgxpool.Conn, error) {
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		return nil, named(err)
	}
	return c, nil
}

// release gives a connection back; the pool drops one that is broken or still in a transaction.
func (e *postgresEngine) release(c *pgxpool.Conn) {
	c.Release()
	e.leave()
}

// leave gives a slot back: to whoever waits in acquire, or else to the changes in the queue.
func (e *postgresEngine) leave() {
	<-e.slots
	e.wake()
}

// named makes an error that no server sent, and that is not the caller's doing, a lostError.
func named(err error) error {
	if _, ok := errors.AsType[*pgconn.PgError](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	return &lostError{cause: err}
}

func (e *postgresEngine) read(ctx context.Context, snapshot bool) (reading, error) {
	c, err := e.acquire(ctx)
	if err != nil {
		return nil, err
	}
	r := &pgReading{engine: e, lent: c}
	r.caller, r.conn = ctx, c.Conn()
	if snapshot {
		r.begin, r.wait, r.cancel = beginSnapshot, ctx, func() {} // exports take as long as they take
	} else {
		r.wait, r.cancel = patient(ctx)
	}
	return r, nil
}

const beginSnapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

// pgReading is a session that gives its connection back.
type pgReading struct {
	pgSession
	engine *postgresEngine
	lent   *pgxpool.Conn
	cancel context.CancelFunc
}

func (r *pgReading) end() {
	r.rollback()
	r.cancel()
	r.lent.Release()
	// Readers hand over to changes, and changes to readers, so that neither waits for ever.
	r.engine.handOver()
}

// patient is a context for talking to the server. It does not end with the caller's, because that costs the connection
// in the middle of an exchange; sessions look at the caller's context before each.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), exchangeWait)
}

// alone runs fn in a transaction of its own, again when that may help.
func (e *postgresEngine) alone(ctx context.Context, once bool, fn func(*Tx) error) error {
	for try := 1; ; try++ {
		err := e.writeOnce(ctx, once, fn)
		lost, isLost := errors.AsType[*lostError](err)
		again := retryable(err) && try < writeTries || isLost && !lost.unknown && try == 1
		if !again || once || ctx.Err() != nil {
			return err
		}
		time.Sleep(time.Duration(rand.Int64N(int64(time.Millisecond) << try)))
	}
}

func (e *postgresEngine) writeOnce(ctx context.Context, once bool, fn func(*Tx) error) error {
	if err := e.ids.fresh(); err != nil {
		return err
	}
	c, err := e.acquire(ctx)
	if err != nil {
		return err
	}
	defer e.release(c)
	wait, cancel := ctx, context.CancelFunc(func() {})
	if !once {
		wait, cancel = patient(ctx)
	}
	defer cancel()
	s := &pgSession{caller: ctx, wait: wait, conn: c.Conn(), begin: "BEGIN", oneByOne: e.oneByOne}
	err = complete(&Tx{on: s, ids: e.ids, write: true}, fn)
	if err == nil {
		err = s.commit()
	}
	if err != nil {
		s.rollback()
	}
	return err
}

// migrationLock is the advisory lock of all migrations of Licet: "licet" in ASCII.
const migrationLock = 0x6c69636574

func (e *postgresEngine) migrate(ctx context.Context, fn func(migration) error) error {
	c, err := e.acquire(ctx)
	if err != nil {
		return err
	}
	s := &pgSession{caller: ctx, wait: ctx, conn: c.Conn(), begin: "BEGIN"}
	err = s.run("SELECT pg_advisory_xact_lock($1)", []any{int64(migrationLock)})
	if err == nil {
		err = fn(pgMigration{s})
	}
	if err == nil {
		err = s.commit()
	}
	if err != nil {
		s.rollback()
	}
	e.release(c)
	e.pool.Reset() // prepared statements of before do not fit the new tables
	return err
}
