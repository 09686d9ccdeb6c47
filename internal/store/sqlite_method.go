package store

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Methods of a file of the library, as the interface that SQLite offers for file systems has them: https://sqlite.org/c3ref/io_methods.html.
type (
	writeMethod   = func(tls *libc.TLS, file, from uintptr, size int32, offset int64) int32
	fetchMethod   = func(tls *libc.TLS, file uintptr, offset int64, size int32, to uintptr) int32
	unfetchMethod = func(tls *libc.TLS, file uintptr, offset int64, page uintptr) int32
)

// address is what the library, which was C once, calls f by. f must outlive the use.
func address[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// method is the library's method at an address.
func method[F any](address uintptr) (f F) {
	*(*uintptr)(unsafe.Pointer(&f)) = address
	return f
}

// at is the address p of memory that the library owns, which Go's collector does not know.
func at(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

// handle is the connection's own file of the database, or nil.
func (c *conn) handle() *sqlite3.Tsqlite3_file {
	if sqlite3.Xsqlite3_file_control(c.tls, c.db, 0, sqlite3.SQLITE_FCNTL_FILE_POINTER, c.out) != sqlite3.SQLITE_OK {
		return nil
	}
	file := (*sqlite3.Tsqlite3_file)(at(*(*uintptr)(at(c.out))))
	if file == nil || file.FpMethods == 0 {
		return nil
	}
	return file
}
