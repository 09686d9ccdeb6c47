package store

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// How often the log is moved into the file.
const (
	moveEvery = 1000  // rows changed
	logMost   = 16384 // pages in the log, 64 MB: then the writer waits until all of it is in the file, and starts it anew
	movePause = 16    // pages, after which a commit that is under way goes first
	moveSync  = 128   // pages, after which they are written to the disk, so that no commit waits there behind many
)

// mover moves pages from SQLite's log into the file while changes go on, on a connection of its own: the
// library would do it inside a commit, which then waits for a second fsync and for pages
// from all over the file. What it moves stays in the log, too, until a change finds all of it moved
// and begins the log anew; that takes a moment without changes, or the writer's help.
type mover struct {
	conn *conn
	file *sqliteFile // to write it to the disk
	wake chan struct{}
	done chan struct{}
	help atomic.Bool // the log has grown too long
	seen int64       // rows changed when it was woken last

	commits sync.Mutex // held by the writer during a commit
	methods sqlite3.Tsqlite3_io_methods
	write   writeMethod // the library's
	paced   writeMethod
	pages   int // moved
}

func startMover(path string, f *sqliteFile) (*mover, error) {
	c, err := openConn(path, f.mapped, pragmaFull, pragmaDisk, pragmaMap, pragmaReader)
	if err != nil {
		return nil, err
	}
	c.busyTimeout(0)
	m := &mover{conn: c, file: f, wake: make(chan struct{}, 1), done: make(chan struct{})}
	m.pace()
	go m.loop()
	return m, nil
}

// pace has the library write the file, which its connection does for the log alone, a few pages at a time.
func (m *mover) pace() {
	file := m.conn.handle()
	if file == nil {
		return
	}
	m.methods = *(*sqlite3.Tsqlite3_io_methods)(at(file.FpMethods))
	m.write = method[writeMethod](m.methods.FxWrite)
	m.paced = func(tls *libc.TLS, file, from uintptr, size int32, offset int64) int32 {
		m.pages++
		if m.pages%moveSync == 0 {
			_ = m.file.Sync() // should it fail, the library's own attempt tells
		}
		if m.pages%movePause == 0 {
			m.commits.Lock()
			defer m.commits.Unlock()
		}
		return m.write(tls, file, from, size, offset)
	}
	m.methods.FxWrite = address(m.paced)
	file.FpMethods = uintptr(unsafe.Pointer(&m.methods)) // m outlives its connection
}

func (m *mover) loop() {
	defer close(m.done)
	for range m.wake {
		pages := m.move(m.conn)
		// The library writes to the disk only what completes the log, and all at once. Doing it here leaves
		// little to wait for; should it fail, the library's own attempt tells.
		_ = m.file.Sync()
		if pages > logMost {
			m.help.Store(true)
		}
	}
}

// move moves what it can and waits for nobody; it returns the length of the log in pages. What it leaves, the
// next one moves; an error leaves everything, and the log is as good a place.
func (m *mover) move(c *conn) (pages int64) {
	var busy, moved int64
	_, _ = c.one("PRAGMA wal_checkpoint(PASSIVE)", nil, []any{&busy, &pages, &moved})
	return pages
}

// after is told by the writer that a transaction has ended.
func (m *mover) after(c *conn) {
	if m.help.Swap(false) {
		m.all(c)
		return
	}
	n := sqlite3.Xsqlite3_total_changes64(c.tls, c.db)
	if n-m.seen < moveEvery {
		return
	}
	m.seen = n
	select {
	case m.wake <- struct{}{}:
	default: // it is at work
	}
}

// all moves the whole log while the writer waits.
func (m *mover) all(c *conn) { m.move(c) }

// stop ends the mover and its connection.
func (m *mover) stop() {
	close(m.wake)
	<-m.done
	m.conn.close()
}
