package store

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// mapMost is how much of a file is mapped: addresses, not memory. What lies beyond is read in the usual way.
const mapMost = 16 << 30

// fileMap is the database file as memory, to be read only, for all connections together. Left to itself, the library maps the file once
// for each connection, and anew whenever somebody else has changed anything: then each page that is read costs a page
// fault again, which is a third of a check in a database of 1,000,000 licenses, and more while devices are activated.
type fileMap struct {
	file   *os.File
	memory []byte       // of mapMost, whatever the file's size; what lies beyond its end must not be touched
	size   atomic.Int64 // of the file, when somebody looked last; files grow, nothing makes them smaller

	once    sync.Once
	methods sqlite3.Tsqlite3_io_methods // the library's, with fetch and unfetch in place of two
	fetch   fetchMethod
	unfetch unfetchMethod
	drop    unfetchMethod // the library's unfetch
}

// overread is what the library may read beyond a page of a damaged file; see its unixFetch.
const overread = 256

// mapFile maps the file, which must stay open. It returns nil where the system does not, and then each connection maps it for itself.
func mapFile(f *os.File) *fileMap {
	memory, err := syscall.Mmap(int(f.Fd()), 0, mapMost, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil
	}
	m := &fileMap{file: f, memory: memory}
	m.look()
	base := uintptr(unsafe.Pointer(unsafe.SliceData(memory)))
	m.fetch = func(_ *libc.TLS, _ uintptr, offset int64, amount int32, to uintptr) int32 {
		page := uintptr(0)
		if offset+int64(amount)+overread <= m.size.Load() {
			page = base + uintptr(offset)
		}
		*(*uintptr)(at(to)) = page
		return sqlite3.SQLITE_OK
	}
	m.unfetch = func(tls *libc.TLS, file uintptr, offset int64, page uintptr) int32 {
		if page != 0 {
			return sqlite3.SQLITE_OK
		}
		m.look()                               // Somebody has changed something.
		return m.drop(tls, file, offset, page) // what the library may have mapped for itself, to write
	}
	return m
}

// look finds out how large the file is now.
func (m *fileMap) look() {
	var s syscall.Stat_t
	if err := syscall.Fstat(int(m.file.Fd()), &s); err == nil {
		m.size.Store(min(s.Size, mapMost))
	}
}

// lend has a connection read from this memory. It must not have read anything yet.
func (m *fileMap) lend(c *conn) {
	if m == nil {
		return
	}
	file := c.handle()
	if file == nil {
		return
	}
	m.once.Do(func() {
		m.methods = *(*sqlite3.Tsqlite3_io_methods)(at(file.FpMethods))
		m.drop = method[unfetchMethod](m.methods.FxUnfetch)
		m.methods.FxFetch, m.methods.FxUnfetch = address(m.fetch), address(m.unfetch)
	})
	file.FpMethods = uintptr(unsafe.Pointer(&m.methods)) // m outlives all of its connections
}

// close is called when no connection is open any more. It leaves the file open.
func (m *fileMap) close() {
	if m != nil {
		_ = syscall.Munmap(m.memory)
	}
}
