package store

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// logRoom is how much is gathered for the log: 31 pages, and no more than the library writes at once.
const logRoom = 1<<17 - 1

// logBuffer gathers what the writer's connection appends to the log. The library writes each page by two system calls, which for a batch are
// hundreds; they took half of a commit. Nobody can see what is gathered: the library syncs the log before it lets a transaction be
// seen, with synchronous=FULL, and whatever else it does with the log, all is written first.
type logBuffer struct {
	data   []byte
	offset int64 // in the log, of data

	methods sqlite3.Tsqlite3_io_methods // the library's, with those below in place of its own
	below   logMethods                  // the library's own
	own     logMethods
}

type logMethods struct {
	close    closeMethod
	read     readMethod
	write    writeMethod
	truncate truncateMethod
	sync     syncMethod
	size     sizeMethod
}

// gatherLog has the connection write its log through a buffer. Pages of the library are 64 KB at most, so that one fits.
func gatherLog(c *conn) error {
	var version int64
	if _, err := c.one("PRAGMA schema_version", nil, []any{&version}); err != nil { // opens the log
		return err
	}
	file := c.handle(sqlite3.SQLITE_FCNTL_JOURNAL_POINTER)
	if file == nil {
		return nil
	}
	b := &logBuffer{data: make([]byte, 0, logRoom), methods: *(*sqlite3.Tsqlite3_io_methods)(at(file.FpMethods))}
	m := &b.methods
	b.below = logMethods{
		method[closeMethod](m.FxClose), method[readMethod](m.FxRead), method[writeMethod](m.FxWrite),
		method[truncateMethod](m.FxTruncate), method[syncMethod](m.FxSync), method[sizeMethod](m.FxFileSize),
	}
	b.own = logMethods{b.close, b.read, b.write, b.truncate, b.sync, b.size}
	m.FxClose, m.FxRead, m.FxWrite = address(b.own.close), address(b.own.read), address(b.own.write)
	m.FxTruncate, m.FxSync, m.FxFileSize = address(b.own.truncate), address(b.own.sync), address(b.own.size)
	c.log = b // it must outlive the file
	file.FpMethods = uintptr(unsafe.Pointer(m))
	return nil
}

// flush writes what is gathered. When that fails it is gone: the transaction that it comes from fails, and
// the next one writes over it.
func (b *logBuffer) flush(tls *libc.TLS, file uintptr) int32 {
	if len(b.data) == 0 {
		return sqlite3.SQLITE_OK
	}
	data := b.data
	b.data = b.data[:0]
	return b.below.write(tls, file, uintptr(unsafe.Pointer(unsafe.SliceData(data))), int32(len(data)), b.offset)
}

func (b *logBuffer) write(tls *libc.TLS, file, from uintptr, size int32, offset int64) int32 {
	if offset != b.offset+int64(len(b.data)) || len(b.data)+int(size) > logRoom {
		if rc := b.flush(tls, file); rc != sqlite3.SQLITE_OK {
			return rc
		}
		b.offset = offset
	}
	b.data = append(b.data, unsafe.Slice((*byte)(at(from)), int(size))...)
	return sqlite3.SQLITE_OK
}

func (b *logBuffer) sync(tls *libc.TLS, file uintptr, flags int32) int32 {
	if rc := b.flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return b.below.sync(tls, file, flags)
}

func (b *logBuffer) read(tls *libc.TLS, file, to uintptr, size int32, offset int64) int32 {
	if rc := b.flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return b.below.read(tls, file, to, size, offset)
}

func (b *logBuffer) truncate(tls *libc.TLS, file uintptr, size int64) int32 {
	if rc := b.flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return b.below.truncate(tls, file, size)
}

func (b *logBuffer) size(tls *libc.TLS, file, to uintptr) int32 {
	if rc := b.flush(tls, file); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return b.below.size(tls, file, to)
}

// close drops what is gathered: no transaction that was committed is among it.
func (b *logBuffer) close(tls *libc.TLS, file uintptr) int32 { return b.below.close(tls, file) }
