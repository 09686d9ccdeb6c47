package store

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"syscall"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	_ "modernc.org/sqlite" // patches the library for some systems when it is loaded
	sqlite3 "modernc.org/sqlite/lib"
)

// conn is one SQLite connection, used by one goroutine at a time. It speaks to the library's C
// interface: through database/sql/driver a point read of 20 columns takes twice as long and 60 more
// allocations, because the driver asks for the name and the type of every column again each time.
type conn struct {
	tls     *libc.TLS
	db      uintptr // sqlite3*
	out     uintptr // room for one pointer or int the library hands back
	scratch uintptr // argument bytes of the running statement
	room    int     // size of scratch
	stmts   map[string]*stmt
	reading sqliteReading // the session of the reader it is lent to
}

// stmt is a prepared statement.
type stmt struct {
	handle  uintptr
	order   []int // argument number, from 0, of each parameter of the library
	args    int   // number of arguments
	columns int
	change  bool
	running bool
}

// maxStmts bounds the prepared statements of a connection.
const maxStmts = 192

// sqliteError is an error code of the library.
type sqliteError struct {
	code  int // extended code
	errno int // of the system call that failed, or 0
	text  string
}

func (e *sqliteError) Error() string { return fmt.Sprintf("sqlite: %s (%d)", e.text, e.code) }

// primary is the code without its extension.
func (e *sqliteError) primary() int { return e.code & 0xff }

// openConn opens the file, making it when it is not there, and runs the pragmas. It reads from mapped, which may be nil.
func openConn(path string, mapped *fileMap, pragmas ...string) (*conn, error) {
	c := &conn{tls: libc.NewTLS(), stmts: map[string]*stmt{}}
	c.out = libc.Xmalloc(c.tls, 16)
	name, err := libc.CString(path)
	if err != nil || c.out == 0 {
		return nil, errors.New("sqlite: out of memory")
	}
	defer libc.Xfree(c.tls, name)
	// A connection is never used by two goroutines at once, so the library needs no lock of its own.
	flags := int32(sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE | sqlite3.SQLITE_OPEN_NOMUTEX)
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, c.out, flags, 0)
	c.db = *(*uintptr)(at(c.out))
	if rc != sqlite3.SQLITE_OK {
		defer c.close()
		return nil, fmt.Errorf("open %s: %w", path, c.fail(rc))
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	mapped.lend(c)
	for _, pragma := range pragmas {
		if err := c.exec("PRAGMA " + pragma); err != nil {
			defer c.close()
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	}
	return c, nil
}

func (c *conn) close() {
	for _, s := range c.stmts {
		sqlite3.Xsqlite3_finalize(c.tls, s.handle)
	}
	sqlite3.Xsqlite3_close_v2(c.tls, c.db)
	libc.Xfree(c.tls, c.out)
	if c.scratch != 0 {
		libc.Xfree(c.tls, c.scratch)
	}
	c.tls.Close()
}

// fail builds the error of a result code.
func (c *conn) fail(rc int32) error {
	e := &sqliteError{code: int(rc), text: libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))}
	if c.db != 0 && sqlite3.Xsqlite3_extended_errcode(c.tls, c.db) == rc {
		e.text = libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))
		e.errno = int(sqlite3.Xsqlite3_system_errno(c.tls, c.db))
	}
	return e
}

// exec runs one or more statements without arguments.
func (c *conn) exec(sql string) error {
	text, err := libc.CString(sql)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, text)
	if rc := sqlite3.Xsqlite3_exec(c.tls, c.db, text, 0, 0, 0); rc != sqlite3.SQLITE_OK {
		return c.fail(rc)
	}
	return nil
}

// inTx reports whether a transaction is open; the library ends one by itself after some failures.
func (c *conn) inTx() bool { return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }

// busyTimeout sets for how long the library waits for a lock of another process.
func (c *conn) busyTimeout(milliseconds int32) {
	sqlite3.Xsqlite3_busy_timeout(c.tls, c.db, milliseconds)
}

func (c *conn) prepare(sql string) (*stmt, error) {
	if s, ok := c.stmts[sql]; ok {
		return s, nil
	}
	text, err := libc.CString(sql)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, text)
	rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, text, -1, sqlite3.SQLITE_PREPARE_PERSISTENT, c.out, 0)
	if rc != sqlite3.SQLITE_OK {
		return nil, c.fail(rc)
	}
	s := &stmt{handle: *(*uintptr)(at(c.out))}
	if s.handle == 0 {
		return nil, errors.New("sqlite: an empty statement")
	}
	s.columns = int(sqlite3.Xsqlite3_column_count(c.tls, s.handle))
	s.change = sqlite3.Xsqlite3_stmt_readonly(c.tls, s.handle) == 0
	if err := c.numberArgs(s); err != nil {
		sqlite3.Xsqlite3_finalize(c.tls, s.handle)
		return nil, err
	}
	c.makeRoom()
	c.stmts[sql] = s
	return s, nil
}

// numberArgs finds the argument of every parameter: the library numbers $2 before $1 when it stands first.
func (c *conn) numberArgs(s *stmt) error {
	s.order = make([]int, sqlite3.Xsqlite3_bind_parameter_count(c.tls, s.handle))
	for i := range s.order {
		name := libc.GoString(sqlite3.Xsqlite3_bind_parameter_name(c.tls, s.handle, int32(i+1)))
		if len(name) < 2 || name[0] != '$' {
			return fmt.Errorf("sqlite: the parameter %q is not $n", name)
		}
		n, err := strconv.Atoi(name[1:])
		if err != nil || n < 1 {
			return fmt.Errorf("sqlite: the parameter %q is not $n", name)
		}
		s.order[i] = n - 1
		s.args = max(s.args, n)
	}
	return nil
}

// makeRoom drops one prepared statement that is not running, whichever, when there are too many.
func (c *conn) makeRoom() {
	if len(c.stmts) < maxStmts {
		return
	}
	for sql, s := range c.stmts {
		if !s.running {
			sqlite3.Xsqlite3_finalize(c.tls, s.handle)
			delete(c.stmts, sql)
			return
		}
	}
}

// bind gives the arguments to the statement. Their bytes are copied to scratch, where they stay until the next
// statement of this connection.
func (c *conn) bind(s *stmt, args []any) error {
	if len(args) != s.args {
		return errCount("arguments", len(args), s.args)
	}
	if s.args == 0 {
		return nil
	}
	need := 0
	for _, arg := range args {
		switch v := arg.(type) {
		case int64, bool, nil:
		case string:
			need += len(v)
		case []byte:
			need += len(v)
		default:
			need += textLen(v)
		}
	}
	if err := c.grow(need); err != nil {
		return err
	}
	free := 0
	for i, number := range s.order {
		v, err := plain(args[number])
		if err != nil {
			return err
		}
		if free, err = c.bindOne(s.handle, int32(i+1), v, free); err != nil {
			return err
		}
	}
	return nil
}

// bindOne gives one plain argument to the statement and returns the first free byte of scratch.
func (c *conn) bindOne(handle uintptr, i int32, arg any, free int) (int, error) {
	rc := int32(sqlite3.SQLITE_OK)
	switch v := arg.(type) {
	case nil:
		rc = sqlite3.Xsqlite3_bind_null(c.tls, handle, i)
	case int64:
		rc = sqlite3.Xsqlite3_bind_int64(c.tls, handle, i, v)
	case bool:
		n := int64(0)
		if v {
			n = 1
		}
		rc = sqlite3.Xsqlite3_bind_int64(c.tls, handle, i, n)
	case float64:
		rc = sqlite3.Xsqlite3_bind_double(c.tls, handle, i, v)
	case string:
		n := copy(c.bytes(c.scratch+uintptr(free), len(v)), v)
		rc = sqlite3.Xsqlite3_bind_text(c.tls, handle, i, c.scratch+uintptr(free), int32(n), 0)
		free += n
	case []byte:
		n := copy(c.bytes(c.scratch+uintptr(free), len(v)), v)
		rc = sqlite3.Xsqlite3_bind_blob(c.tls, handle, i, c.scratch+uintptr(free), int32(n), 0)
		free += n
	}
	if rc != sqlite3.SQLITE_OK {
		return free, c.fail(rc)
	}
	return free, nil
}

// bytes is the memory of the library from p on.
func (c *conn) bytes(p uintptr, n int) []byte { return unsafe.Slice((*byte)(at(p)), n) }

// textLen is the number of bytes a named string or bytes kind takes.
func textLen(arg any) int {
	switch v := reflect.ValueOf(arg); v.Kind() {
	case reflect.String, reflect.Slice:
		return v.Len()
	}
	return 0
}

// grow makes scratch hold at least need bytes; it is never empty, since a null address binds NULL.
func (c *conn) grow(need int) error {
	if need < c.room {
		return nil
	}
	if need > math.MaxInt32 {
		return &sqliteError{code: sqlite3.SQLITE_TOOBIG, text: "arguments too big"}
	}
	if c.scratch != 0 {
		libc.Xfree(c.tls, c.scratch)
	}
	c.room = max(1024, 2*need)
	if c.scratch = libc.Xmalloc(c.tls, types.Size_t(c.room)); c.scratch == 0 {
		c.room = 0
		return &sqliteError{code: sqlite3.SQLITE_NOMEM, text: "out of memory"}
	}
	return nil
}

// start binds the arguments and takes the first step; row tells whether a row is there.
func (c *conn) start(sql string, args []any) (s *stmt, row bool, err error) {
	s, err = c.prepare(sql)
	if err != nil {
		return nil, false, err
	}
	if err := c.bind(s, args); err != nil {
		return nil, false, err
	}
	row, err = c.step(s)
	if err != nil {
		c.reset(s)
		return nil, false, err
	}
	s.running = true
	return s, row, nil
}

func (c *conn) step(s *stmt) (bool, error) {
	switch rc := sqlite3.Xsqlite3_step(c.tls, s.handle); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		return false, c.fail(rc)
	}
}

func (c *conn) reset(s *stmt) {
	sqlite3.Xsqlite3_reset(c.tls, s.handle)
	s.running = false
}

// run makes a change.
func (c *conn) run(sql string, args []any) error {
	s, row, err := c.start(sql, args)
	if err != nil {
		return err
	}
	for row && err == nil { // a change is only complete after its last row
		row, err = c.step(s)
	}
	c.reset(s)
	return err
}

// planForAny has nothing to do: SQLite plans without looking at values.
func (c *conn) planForAny(bool) error { return nil }

// rowsKeepIndex is true: where an identity is compared alone, SQLite would rather go by the identities of all of a tenant.
func (c *conn) rowsKeepIndex() bool { return true }

func (c *conn) affected(sql string, args []any) (int64, error) {
	if err := c.run(sql, args); err != nil {
		return 0, err
	}
	return sqlite3.Xsqlite3_changes64(c.tls, c.db), nil
}

func (c *conn) one(sql string, args []any, dest []any) (bool, error) {
	s, row, err := c.start(sql, args)
	if err != nil || !row {
		if s != nil {
			c.reset(s)
		}
		return false, err
	}
	err = c.scan(s, dest)
	for more := s.change; more && err == nil; { // see run
		more, err = c.step(s)
	}
	c.reset(s)
	return err == nil, err
}

func (c *conn) ask(found *bool, sql string, args []any, dest []any) error {
	ok, err := c.one(sql, args, dest)
	if found != nil {
		*found = ok
	}
	return err
}

func (c *conn) flush() error { return nil }

func (c *conn) each(sql string, args []any, row func(scan func(dest ...any) error) error) error {
	s, more, err := c.start(sql, args)
	if err != nil {
		return err
	}
	defer c.reset(s)
	scan := func(dest ...any) error { return c.scan(s, dest) }
	for more {
		if err := row(scan); err != nil {
			return err
		}
		if more, err = c.step(s); err != nil {
			return err
		}
	}
	return nil
}

// scan copies the current row to dest.
func (c *conn) scan(s *stmt, dest []any) error {
	if len(dest) != s.columns {
		return errCount("destinations", len(dest), s.columns)
	}
	for i, d := range dest {
		kind, p := place(d)
		column := int32(i)
		switch kind {
		case reflect.Int64:
			*(*int64)(p) = sqlite3.Xsqlite3_column_int64(c.tls, s.handle, column)
		case reflect.Int, reflect.Int32:
			putInt(kind, p, sqlite3.Xsqlite3_column_int64(c.tls, s.handle, column))
		case reflect.Bool:
			*(*bool)(p) = sqlite3.Xsqlite3_column_int64(c.tls, s.handle, column) != 0
		case reflect.String:
			*(*string)(p) = string(c.text(s, column))
		case reflect.Float64:
			*(*float64)(p) = sqlite3.Xsqlite3_column_double(c.tls, s.handle, column)
		case reflect.Slice:
			*(*[]byte)(p) = c.blob(s, column)
		case reflect.Interface:
			c.scanCell(s, column, (*cell)(p))
		default:
			return errDest(d)
		}
	}
	return nil
}

// text is the column as the library holds it, valid until the next step.
func (c *conn) text(s *stmt, column int32) []byte {
	p := sqlite3.Xsqlite3_column_text(c.tls, s.handle, column)
	if p == 0 {
		return nil
	}
	return c.bytes(p, int(sqlite3.Xsqlite3_column_bytes(c.tls, s.handle, column)))
}

// blob is a copy of the column: nil for NULL, never nil otherwise.
func (c *conn) blob(s *stmt, column int32) []byte {
	if sqlite3.Xsqlite3_column_type(c.tls, s.handle, column) == sqlite3.SQLITE_NULL {
		return nil
	}
	p := sqlite3.Xsqlite3_column_blob(c.tls, s.handle, column)
	n := int(sqlite3.Xsqlite3_column_bytes(c.tls, s.handle, column))
	out := make([]byte, n)
	if p != 0 {
		copy(out, c.bytes(p, n))
	}
	return out
}

func (c *conn) scanCell(s *stmt, column int32, to *cell) {
	to.bytes = to.bytes[:0]
	switch sqlite3.Xsqlite3_column_type(c.tls, s.handle, column) {
	case sqlite3.SQLITE_INTEGER:
		to.kind, to.n = cellInt, sqlite3.Xsqlite3_column_int64(c.tls, s.handle, column)
	case sqlite3.SQLITE_FLOAT:
		to.kind, to.f = cellFloat, sqlite3.Xsqlite3_column_double(c.tls, s.handle, column)
	case sqlite3.SQLITE_TEXT:
		to.kind, to.bytes = cellText, append(to.bytes, c.text(s, column)...)
	case sqlite3.SQLITE_BLOB:
		to.kind = cellBytes
		if p := sqlite3.Xsqlite3_column_blob(c.tls, s.handle, column); p != 0 {
			to.bytes = append(to.bytes, c.bytes(p, int(sqlite3.Xsqlite3_column_bytes(c.tls, s.handle, column)))...)
		}
	default:
		to.kind = cellNull
	}
}

// noSpace reports whether the system said that the disk is full.
func (e *sqliteError) noSpace() bool {
	errno := syscall.Errno(e.errno)
	return e.primary() == sqlite3.SQLITE_FULL || errno == syscall.ENOSPC || errno == syscall.EDQUOT
}
