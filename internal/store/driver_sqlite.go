package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"licet/internal/license"
)

// Every connection: a full fsync at each commit, whatever the library's default becomes; the file is
// mapped, because reading pages costs more than twice as much, and the page cache stays small for that.
const (
	pragmaWait   = "busy_timeout=10000"
	pragmaWAL    = "journal_mode=WAL"
	pragmaFull   = "synchronous=FULL"
	pragmaDisk   = "fullfsync=1" // for macOS, where an fsync alone stops at the disk's cache
	pragmaKeys   = "foreign_keys=1"
	pragmaMap    = "mmap_size=1073741824"
	pragmaWriter = "cache_size=-8000"
	pragmaReader = "cache_size=-2000"
	pragmaQuery  = "query_only=1"
	pragmaMoves  = "wal_autocheckpoint=0" // see mover
)

// sqliteEngine is one SQLite file: a writer and a few readers.
type sqliteEngine struct {
	path   string
	file   *sqliteFile
	writer *writer
	slots  chan struct{} // one token per reader in use
	ended  chan struct{} // closed by close

	mu     sync.Mutex // guards the rest
	idle   []*conn    // the last one used is taken first: its memory is warm
	closed bool
}

func openSQLite(o Options) (engine, error) {
	dir, err := openDir(o.Dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "licet.db")
	makePrivate(path)
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	c, err := openConn(path, f.mapped, pragmaWait, pragmaWAL, pragmaFull, pragmaDisk, pragmaKeys, pragmaMap, pragmaWriter, pragmaMoves)
	if err != nil {
		f.close()
		return nil, err
	}
	m, err := startMover(path, f)
	if err != nil {
		c.close()
		f.close()
		return nil, err
	}
	c.busyTimeout(0) // the writer waits by itself, see begin
	n := o.MaxConns
	if n <= 0 {
		n = min(8, 4*runtime.GOMAXPROCS(0))
	}
	w := startWriter(c, m, openTurn(path+"-turn"), &o)
	return &sqliteEngine{path: path, file: f, writer: w, slots: make(chan struct{}, n), ended: make(chan struct{})}, nil
}

// makePrivate makes the file when there is none, for nobody else to read, whatever the folder allows. The file is made
// under another name and linked: to open and close the database file itself would drop the locks that
// other connections of this process have on it. Where there are no links, the library makes the file.
func makePrivate(path string) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return
	}
	f.Close()
	_ = os.Link(f.Name(), path)
	_ = os.Remove(f.Name())
}

func (e *sqliteEngine) name() string { return "sqlite" }

// reader takes an idle connection, or opens one.
func (e *sqliteEngine) reader(ctx context.Context) (*conn, error) {
	select {
	case e.slots <- struct{}{}:
	default:
		select {
		case e.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-e.ended:
			return nil, because(license.StorageDown, errClosed)
		}
	}
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		<-e.slots
		return nil, because(license.StorageDown, errClosed)
	}
	if n := len(e.idle); n > 0 {
		c := e.idle[n-1]
		e.idle = e.idle[:n-1]
		e.mu.Unlock()
		return c, nil
	}
	e.mu.Unlock()
	c, err := openConn(e.path, e.file.mapped, pragmaWait, pragmaKeys, pragmaMap, pragmaReader, pragmaQuery)
	if err != nil {
		<-e.slots
	}
	return c, err
}

// release gives the connection back. One whose transaction is still open is not used again.
func (e *sqliteEngine) release(c *conn) {
	e.mu.Lock()
	keep := !e.closed && !c.inTx()
	if keep {
		e.idle = append(e.idle, c)
	}
	e.mu.Unlock()
	if !keep {
		c.close()
	}
	<-e.slots
}

func (e *sqliteEngine) read(ctx context.Context, snapshot bool) (reading, error) {
	c, err := e.reader(ctx)
	if err != nil {
		return nil, err
	}
	if snapshot {
		if err := c.run("BEGIN", nil); err != nil {
			e.release(c)
			return nil, err
		}
	}
	// The session is part of the connection, which saves making one for each question.
	c.reading = sqliteReading{conn: c, engine: e, ctx: ctx}
	return &c.reading, nil
}

func (e *sqliteEngine) write(ctx context.Context, once bool, fn func(*Tx) error) error {
	if !once {
		return e.writer.do(ctx, false, fn)
	}
	return e.writer.do(ctx, true, func(tx *Tx) error {
		defer e.writer.conn.exec("PRAGMA " + pragmaWriter) // a restore takes more; harmless if it fails
		return fn(tx)
	})
}

func (e *sqliteEngine) close() {
	e.writer.close()
	e.mu.Lock()
	e.closed = true
	close(e.ended)
	idle := e.idle
	e.idle = nil
	e.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
	for range cap(e.slots) { // wait for the readers that are still busy
		e.slots <- struct{}{}
	}
	e.writer.turn.close()
	e.writer.conn.close() // the last to go moves the log into the file
	e.file.close()
}

// sqliteReading is a reader's session: it looks at the caller's context between statements and rows.
type sqliteReading struct {
	*conn
	engine *sqliteEngine
	ctx    context.Context
}

// end gives the connection back.
func (s *sqliteReading) end() {
	c, e := s.conn, s.engine
	*s = sqliteReading{}
	if c.inTx() {
		_ = c.run("COMMIT", nil) // ends the view; if it fails, release closes the connection
	}
	e.release(c)
}

func (s *sqliteReading) one(sql string, args []any, dest []any) (bool, error) {
	if err := s.ctx.Err(); err != nil {
		return false, err
	}
	return s.conn.one(sql, args, dest)
}

func (s *sqliteReading) each(sql string, args []any, row func(scan func(dest ...any) error) error) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	return s.conn.each(sql, args, func(scan func(dest ...any) error) error {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		return row(scan)
	})
}

// migrate runs fn in a transaction of its own connection: with foreign keys off, so that a table can be
// rebuilt, and checked before the commit.
func (e *sqliteEngine) migrate(ctx context.Context, fn func(migration) error) error {
	c, err := openConn(e.path, nil, pragmaWait, pragmaFull, "foreign_keys=0", pragmaWriter)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.run("BEGIN IMMEDIATE", nil); err != nil {
		return err
	}
	if err := fn(sqliteMigration{c}); err != nil {
		_ = c.run("ROLLBACK", nil) // closing does the same
		return err
	}
	err = c.each("PRAGMA foreign_key_check", nil, func(scan func(dest ...any) error) error {
		var child, parent cell
		if err := scan(&child, new(cell), &parent, new(cell)); err != nil {
			return err
		}
		return fmt.Errorf("after migration a row of %s refers to a missing row of %s", child.bytes, parent.bytes)
	})
	if err != nil {
		return err
	}
	return c.run("COMMIT", nil)
}
