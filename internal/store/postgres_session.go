package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"reflect"
	"unsafe"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// So many queued statements, or arguments of them, are sent without waiting for a reason.
const (
	queueFlush     = 256
	queueFlushArgs = 16_384
)

// pgSession speaks to one connection. In a transaction, changes whose result is not needed
// wait in the queue and travel with the next statement that answers, or with the commit.
type pgSession struct {
	caller   context.Context // looked at before each exchange
	wait     context.Context // bounds each exchange
	conn     *pgx.Conn
	begin    string // opens the transaction; empty when statements stand alone
	begun    bool
	oneByOne bool // every statement is an exchange
	queue    []queued
	queueArg int // arguments in queue

	sent    int   // exchanges so far
	own     int   // where the queue of the group's present member begins
	failure error // of the last exchange that failed
	foreign bool  // failure is that of a statement before own, or of none that is known
}

// queued is a change, or a query for at most one row when it has destinations.
type queued struct {
	sql   string
	args  []any
	dest  []any
	found *bool // may be nil
}

func (s *pgSession) run(sql string, args []any) error { return s.enqueue(nil, sql, args, nil) }

// ask is one whose row is there after the next flush, or the next statement that answers.
func (s *pgSession) ask(found *bool, sql string, args []any, dest []any) error {
	return s.enqueue(found, sql, args, dest)
}

func (s *pgSession) enqueue(found *bool, sql string, args []any, dest []any) error {
	plainArgs, err := plainAll(args)
	if err != nil {
		return err
	}
	s.queue = append(s.queue, queued{sql, plainArgs, dest, found})
	s.queueArg += len(args)
	if s.oneByOne || len(s.queue) >= queueFlush || s.queueArg >= queueFlushArgs {
		return s.flush()
	}
	return nil
}

// planForAny travels with the next statement.
func (s *pgSession) planForAny(any bool) error {
	switch {
	case s.begin == "":
		return nil // Outside of a transaction it would stay.
	case any:
		return s.run("SELECT set_config('plan_cache_mode', 'force_generic_plan', TRUE), set_config('enable_seqscan', 'off', TRUE)", nil)
	}
	return s.run("SELECT set_config('plan_cache_mode', 'auto', TRUE), set_config('enable_seqscan', 'on', TRUE)", nil)
}

// rowsKeepIndex is false: of rows that are compared as one, PostgreSQL takes the first column alone for any index that begins with it.
func (s *pgSession) rowsKeepIndex() bool { return false }

func (s *pgSession) affected(sql string, args []any) (int64, error) {
	tag, err := s.exchange(sql, args, nil)
	return tag.RowsAffected(), err
}

func (s *pgSession) one(sql string, args []any, dest []any) (found bool, err error) {
	_, err = s.exchange(sql, args, s.firstRow(&found, dest))
	return found && err == nil, err
}

func (s *pgSession) each(sql string, args []any, row func(scan func(dest ...any) error) error) error {
	_, err := s.exchange(sql, args, func(rows pgx.Rows) error {
		scan := func(dest ...any) error { return s.scan(rows, dest) }
		for rows.Next() {
			if err := s.caller.Err(); err != nil {
				return err
			}
			if err := row(scan); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// exchange sends what is queued and then sql, in one round trip, and gives the rows of sql to read.
func (s *pgSession) exchange(sql string, args []any, read func(pgx.Rows) error) (tag pgconn.CommandTag, err error) {
	plainArgs, err := plainAll(args)
	if err != nil {
		return tag, err
	}
	if s.oneByOne {
		err = s.open()
	}
	if err == nil {
		err = s.caller.Err()
	}
	if err != nil {
		return tag, err
	}
	if len(s.queue) == 0 && (s.begun || s.begin == "") { // nothing to send along
		s.sent++
		rows, err := s.conn.Query(s.wait, sql, plainArgs...)
		if err == nil {
			tag, err = s.finish(rows, read)
		}
		if err = s.named(err); err != nil {
			s.failure, s.foreign = err, false
		}
		return tag, err
	}
	err = s.send(&queued{sql: sql, args: plainArgs}, func(results pgx.BatchResults) error {
		rows, err := results.Query()
		if err == nil {
			tag, err = s.finish(rows, read)
		}
		return err
	})
	return tag, err
}

// flush sends what is queued.
func (s *pgSession) flush() error {
	if err := s.caller.Err(); err != nil || len(s.queue) == 0 {
		return err
	}
	if s.oneByOne {
		if err := s.open(); err != nil {
			return err
		}
	}
	return s.send(nil, nil)
}

// commit sends what is queued and COMMIT. Only the server's own word that it has committed is success.
func (s *pgSession) commit() error {
	if !s.begun && len(s.queue) == 0 {
		return nil
	}
	if err := s.caller.Err(); err != nil {
		return err
	}
	var tag pgconn.CommandTag
	err := s.send(&queued{sql: "COMMIT"}, func(results pgx.BatchResults) (err error) {
		tag, err = results.Exec()
		return err
	})
	if lost, ok := errors.AsType[*lostError](err); ok {
		lost.unknown = true
	}
	if err == nil && tag.String() != "COMMIT" {
		err = fmt.Errorf("postgres: COMMIT was answered with %q", tag.String())
	}
	return err
}

// open sends BEGIN in a round trip of its own, for the benchmark of just that.
func (s *pgSession) open() error {
	if s.begin == "" || s.begun {
		return nil
	}
	s.begun = true
	_, err := s.conn.Exec(s.wait, s.begin)
	return s.named(err)
}

// send makes one round trip of BEGIN when that has not been sent, what is queued, and last, which may be nil and whose
// result goes to read.
func (s *pgSession) send(last *queued, read func(pgx.BatchResults) error) error {
	b := &pgx.Batch{QueuedQueries: make([]*pgx.QueuedQuery, 0, len(s.queue)+2)}
	opens := s.begin != "" && !s.begun
	if opens {
		b.Queue(s.begin)
		s.begun = true
	}
	for _, q := range s.queue {
		b.Queue(q.sql, q.args...)
	}
	if last != nil {
		b.Queue(last.sql, last.args...)
	}
	s.sent++
	results := s.conn.SendBatch(s.wait, b)
	done, err := s.receive(results, opens)
	if err == nil && last != nil {
		err = read(results)
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err = s.named(err); err != nil {
		s.failure, s.foreign = err, done < s.own
	}
	clear(s.queue)
	s.queue, s.queueArg, s.own = s.queue[:0], 0, 0
	return err
}

// receive reads the results of what was queued, and returns how many succeeded.
func (s *pgSession) receive(results pgx.BatchResults, opens bool) (done int, err error) {
	if opens {
		if _, err := results.Exec(); err != nil {
			return -1, err
		}
	}
	for i, q := range s.queue {
		if q.dest == nil {
			if _, err := results.Exec(); err != nil {
				return i, err
			}
			continue
		}
		rows, err := results.Query()
		if err != nil {
			return i, err
		}
		if _, err := s.finish(rows, s.firstRow(q.found, q.dest)); err != nil {
			return i, err
		}
	}
	return len(s.queue), nil
}

// firstRow reads the first row into dest, and whether there is one into found.
func (s *pgSession) firstRow(found *bool, dest []any) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		ok := rows.Next()
		if found != nil {
			*found = ok
		}
		if !ok {
			return nil
		}
		return s.scan(rows, dest)
	}
}

// finish reads the rows and returns what the statement did. The error of read comes first.
func (s *pgSession) finish(rows pgx.Rows, read func(pgx.Rows) error) (pgconn.CommandTag, error) {
	var err error
	if read != nil {
		err = read(rows)
	}
	rows.Close()
	if err == nil {
		err = s.named(rows.Err())
	}
	return rows.CommandTag(), err
}

// rollback ends the transaction if the server knows of one. When that fails, the connection is not used again.
func (s *pgSession) rollback() {
	s.queue = nil
	if !s.begun || s.conn.IsClosed() || s.conn.PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.wait), acquireWait)
	defer cancel()
	if _, err := s.conn.Exec(ctx, "ROLLBACK"); err != nil {
		s.conn.Close(ctx)
	}
}

// named makes an error of a broken connection a lostError.
func (s *pgSession) named(err error) error {
	if err == nil || !s.conn.IsClosed() || !isLost(err) {
		return err
	}
	return &lostError{cause: err}
}

// isLost reports whether err tells of the connection: not the server's answer, and not a fault of ours, over which the
// driver closes connections too.
func isLost(err error) bool {
	if _, ok := errors.AsType[*pgconn.PgError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*lostError](err); ok {
		return false
	}
	_, network := errors.AsType[net.Error](err)
	return network || pgconn.SafeToRetry(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

func plainAll(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, arg := range args {
		v, err := plain(arg)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// scan copies the current row to dest.
func (s *pgSession) scan(rows pgx.Rows, dest []any) error {
	fields, raw := rows.FieldDescriptions(), rows.RawValues()
	if len(dest) != len(raw) {
		return errCount("destinations", len(dest), len(raw))
	}
	for i, d := range dest {
		kind, p := place(d)
		switch {
		case kind == reflect.Invalid:
			return errDest(d)
		case raw[i] == nil:
			clearAt(kind, p)
		case !decode(fields[i], raw[i], kind, p):
			if err := s.convert(fields[i], raw[i], kind, p); err != nil {
				return fmt.Errorf("column %s: %w", fields[i].Name, err)
			}
		}
	}
	return nil
}

// decode reads the common case, the type of the column being that of the destination; false when it is another.
func decode(f pgconn.FieldDescription, raw []byte, kind reflect.Kind, p unsafe.Pointer) bool {
	if f.Format != pgx.BinaryFormatCode {
		return false
	}
	if kind == reflect.Interface {
		return decodeCell(f, raw, (*cell)(p))
	}
	switch f.DataTypeOID {
	case pgtype.Int8OID:
		if kind == reflect.Int64 || kind == reflect.Int || kind == reflect.Int32 {
			putInt(kind, p, int64(binary.BigEndian.Uint64(raw)))
			return true
		}
	case pgtype.Int4OID:
		if kind == reflect.Int64 || kind == reflect.Int || kind == reflect.Int32 {
			putInt(kind, p, int64(int32(binary.BigEndian.Uint32(raw))))
			return true
		}
	case pgtype.BoolOID:
		if kind == reflect.Bool {
			*(*bool)(p) = raw[0] != 0
			return true
		}
	case pgtype.ByteaOID:
		if kind == reflect.Slice {
			*(*[]byte)(p) = append(make([]byte, 0, len(raw)), raw...)
			return true
		}
	case pgtype.Float8OID:
		if kind == reflect.Float64 {
			*(*float64)(p) = math.Float64frombits(binary.BigEndian.Uint64(raw))
			return true
		}
	}
	return false
}

func decodeCell(f pgconn.FieldDescription, raw []byte, c *cell) bool {
	c.bytes = c.bytes[:0]
	switch f.DataTypeOID {
	case pgtype.Int8OID:
		c.kind, c.n = cellInt, int64(binary.BigEndian.Uint64(raw))
	case pgtype.Int4OID:
		c.kind, c.n = cellInt, int64(int32(binary.BigEndian.Uint32(raw)))
	case pgtype.BoolOID:
		c.kind, c.n = cellBool, int64(raw[0])
	case pgtype.Float8OID:
		c.kind, c.f = cellFloat, math.Float64frombits(binary.BigEndian.Uint64(raw))
	case pgtype.ByteaOID:
		c.kind, c.bytes = cellBytes, append(c.bytes, raw...)
	default:
		return false
	}
	return true
}

// convert reads text, and what is neither text nor of the destination's type, through the driver.
func (s *pgSession) convert(f pgconn.FieldDescription, raw []byte, kind reflect.Kind, p unsafe.Pointer) error {
	isText := f.DataTypeOID == pgtype.TextOID || f.DataTypeOID == pgtype.VarcharOID || f.DataTypeOID == pgtype.NameOID
	types := s.conn.TypeMap()
	switch kind {
	case reflect.String:
		if isText {
			*(*string)(p) = string(raw)
			return nil
		}
		return types.Scan(f.DataTypeOID, f.Format, raw, (*string)(p))
	case reflect.Interface:
		if !isText {
			return fmt.Errorf("a type that no backup knows (%d)", f.DataTypeOID)
		}
		c := (*cell)(p)
		c.kind, c.bytes = cellText, append(c.bytes[:0], raw...)
		return nil
	case reflect.Bool:
		return types.Scan(f.DataTypeOID, f.Format, raw, (*bool)(p))
	case reflect.Float64:
		return types.Scan(f.DataTypeOID, f.Format, raw, (*float64)(p))
	case reflect.Slice:
		return types.Scan(f.DataTypeOID, f.Format, raw, (*[]byte)(p))
	}
	var n int64 // a sum is NUMERIC, for one
	if err := types.Scan(f.DataTypeOID, f.Format, raw, &n); err != nil {
		return err
	}
	putInt(kind, p, n)
	return nil
}
