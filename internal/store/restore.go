package store

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"licet/internal/license"
)

// maxLine bounds a line of a backup: a row is never that large.
const maxLine = 64 << 20

// Restore fills an empty database from a backup of either engine, in one transaction: a broken backup
// leaves the database empty. It makes the schema of the backup's time in a database that has none, and
// brings it up to this program afterwards; so it is called instead of Migrate.
//
// Errors: Invalid for a damaged backup; Conflict for a database that is not empty, for one that has been migrated further
// than the backup, and for a backup of a newer program; each says what to do.
func (s *Store) Restore(ctx context.Context, r io.Reader, progress func(table string, rows int64)) error {
	b, err := openBackup(r)
	if err != nil {
		return err
	}
	if err := s.fitSchema(ctx, b.header.Schema); err != nil {
		return err
	}
	err = s.engine.write(ctx, true, func(tx *Tx) error {
		tables, err := s.liveTables(tx)
		if err != nil {
			return err
		}
		if err := wantEmpty(tx, tables); err != nil {
			return err
		}
		if err := s.newLoader(tx, tables, progress).load(b); err != nil {
			return err
		}
		return stepBack(tx, tables, b.header.Engine)
	})
	if err = classify(err); err != nil {
		if isConstraint(err) {
			return damaged("its rows do not fit together: %v", err)
		}
		return err
	}
	_, err = s.Migrate(ctx)
	return err
}

// stepBack lets webhook endpoints look again at the last minutes before the backup, where it came from PostgreSQL: there events had another
// order than that of their identities, which is all that a backup has, and one that had not been sent may now stand before the
// cursor. What had been sent is sent again, with the same name.
func stepBack(tx *Tx, tables []table, engine string) error {
	there := slices.ContainsFunc(tables, func(t table) bool { return t.Name == "webhook_endpoints" })
	if engine != "postgres" || !there {
		return nil
	}
	return tx.run(stepBackEndpoints, int64(stepBackTime/time.Microsecond))
}

// stepBackTime is longer than changes take, a large import too. Identities follow the clock, in microseconds.
const stepBackTime = 10 * time.Minute

const stepBackEndpoints = `
UPDATE webhook_endpoints
   SET cursor_id = COALESCE((SELECT MAX(events.id) FROM events
                              WHERE events.tenant_id = webhook_endpoints.tenant_id AND events.id <= webhook_endpoints.cursor_id - $1), 0)`

// fitSchema brings the schema to the version of the backup.
func (s *Store) fitSchema(ctx context.Context, version int64) error {
	steps, err := readSteps(migrationFiles, s.Engine())
	if err != nil {
		return err
	}
	if know := steps[len(steps)-1].version; version > know {
		return conflictf("the backup has schema %d, this program knows only %d: restore it with the newer program", version, know)
	}
	if !slices.ContainsFunc(steps, func(st step) bool { return st.version == version }) {
		return damaged("no release had schema %d", version)
	}
	have, err := s.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if have > version {
		return conflictf("the database has schema %d, the backup %d: restore into a new data folder or a new PostgreSQL database", have, version)
	}
	_, err = s.migrateTo(ctx, version)
	return err
}

// wantEmpty refuses a database in which something is kept.
func wantEmpty(tx *Tx, tables []table) error {
	for _, t := range tables {
		if t.Name == idsTable {
			continue
		}
		var n int64
		if _, err := tx.one("SELECT COUNT(*) FROM (SELECT 1 FROM "+quoteName(t.Name)+" LIMIT 1) AS t", nil, &n); err != nil {
			return err
		}
		if n > 0 {
			return conflictf("the database is not empty (table %s): restore into a new data folder or a new PostgreSQL database", t.Name)
		}
	}
	return nil
}

func conflictf(format string, args ...any) error {
	return &license.Error{Code: license.Conflict, Message: fmt.Sprintf(format, args...)}
}

func damaged(format string, args ...any) error {
	return license.Invalidf("backup", "the backup is damaged: "+format, args...)
}

// backupReader reads the lines of a backup and checks their account.
type backupReader struct {
	header backupHeader
	in     *bufio.Reader
	sum    hash.Hash
	line   []byte
	number int
	rows   map[string]int64
	at     *table // whose rows come
	ended  bool
	fields [][]byte
}

// openBackup reads the first line.
func openBackup(r io.Reader) (*backupReader, error) {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return nil, damaged("it is no gzip file")
	}
	b := &backupReader{in: bufio.NewReaderSize(zip, 64<<10), sum: sha256.New(), rows: map[string]int64{}}
	if err := b.next(); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b.line, &b.header); err != nil || b.header.Licet != "backup" {
		return nil, damaged("it does not begin like a backup of Licet")
	}
	if b.header.Format != backupFormat {
		return nil, conflictf("the backup has format %d, this program knows only %d: restore it with the newer program", b.header.Format, backupFormat)
	}
	b.sum.Write(b.line)
	return b, nil
}

// next reads a line, with its end.
func (b *backupReader) next() error {
	b.line = b.line[:0]
	b.number++
	for {
		part, err := b.in.ReadSlice('\n')
		b.line = append(b.line, part...)
		switch {
		case err == nil:
			return nil
		case len(b.line) > maxLine:
			return damaged("line %d is too long", b.number)
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return damaged("it ends in line %d", b.number)
		case errors.Is(err, gzip.ErrChecksum), isCorrupt(err):
			return damaged("line %d: %v", b.number, err)
		default:
			return err // of the file itself
		}
	}
}

// entry reads the next line: a table that begins, a row of it, or neither at the end.
func (b *backupReader) entry() (begins *table, row []any, err error) {
	if err := b.next(); err != nil {
		return nil, nil, err
	}
	switch {
	case b.line[0] == '[' && b.at != nil:
		row, err = b.row()
	case bytes.HasPrefix(b.line, []byte(`{"table":`)):
		begins, err = b.tableLine()
	case b.line[0] == '{':
		return nil, nil, b.trailer()
	default:
		err = damaged("line %d is neither a table nor a row", b.number)
	}
	b.sum.Write(b.line)
	return begins, row, err
}

func (b *backupReader) tableLine() (*table, error) {
	t := new(table)
	if err := json.Unmarshal(b.line, t); err != nil {
		return nil, damaged("line %d: %v", b.number, err)
	}
	if _, twice := b.rows[t.Name]; twice || t.Name == "" || len(t.Columns) == 0 {
		return nil, damaged("line %d: a table without a name or columns, or one that has come before", b.number)
	}
	b.at = t
	b.rows[t.Name] = 0
	return t, nil
}

// trailer checks the last line against what was read, and that nothing follows it.
func (b *backupReader) trailer() error {
	b.ended = true
	var t backupTrailer
	if err := json.Unmarshal(b.line, &t); err != nil {
		return damaged("line %d: %v", b.number, err)
	}
	if t.SHA256 != hex.EncodeToString(b.sum.Sum(nil)) {
		return damaged("its checksum is wrong")
	}
	if !maps.Equal(t.Rows, b.rows) {
		return damaged("its number of rows is wrong")
	}
	if _, err := b.in.ReadByte(); !errors.Is(err, io.EOF) {
		return damaged("something follows its end")
	}
	return nil
}

// row reads the values of a row, one for each column of the table.
func (b *backupReader) row() ([]any, error) {
	var ok bool
	if b.fields, ok = splitRow(b.line, b.fields[:0]); !ok {
		return nil, damaged("line %d is no row", b.number)
	}
	if len(b.fields) != len(b.at.Columns) {
		return nil, damaged("line %d has %d values for %d columns", b.number, len(b.fields), len(b.at.Columns))
	}
	row := make([]any, len(b.fields))
	for i, text := range b.fields {
		v, err := parseField(text, b.at.Columns[i].Type)
		if err != nil {
			return nil, damaged("line %d, column %s: %v", b.number, b.at.Columns[i].Name, err)
		}
		row[i] = v
	}
	b.rows[b.at.Name]++
	return row, nil
}

// splitRow appends the values of a line like [1,"a",null] to fields, each as it stands. It reads what backups
// hold, JSON without blanks, several times faster than a parser of all JSON.
func splitRow(line []byte, fields [][]byte) ([][]byte, bool) {
	line = bytes.TrimSuffix(line, []byte("\n"))
	last := len(line) - 1
	if last < 1 || line[0] != '[' || line[last] != ']' {
		return fields, false
	}
	for i := 1; ; i++ {
		start := i
		if line[i] == '"' {
			for i++; i < last && line[i] != '"'; i++ {
				if line[i] == '\\' {
					i++
				}
			}
			i++
		} else {
			for i < last && line[i] != ',' {
				i++
			}
		}
		if i > last || i < last && line[i] != ',' {
			return fields, false
		}
		fields = append(fields, line[start:i])
		if i == last {
			return fields, true
		}
	}
}

// parseField reads what appendCell writes.
func parseField(text []byte, kind cellKind) (any, error) {
	switch string(text) {
	case "null":
		return nil, nil
	case "true", "false":
		if kind == cellBool {
			return text[0] == 't', nil
		}
	}
	switch kind {
	case cellInt:
		return strconv.ParseInt(string(text), 10, 64)
	case cellFloat:
		return strconv.ParseFloat(string(text), 64)
	case cellText, cellBytes:
		s, err := unquote(text)
		if err != nil {
			return nil, err
		}
		if kind == cellBytes {
			return base64.StdEncoding.DecodeString(s)
		}
		return s, checkText(s)
	}
	return nil, fmt.Errorf("%s is no value of type %s", text, cellNames[kind])
}

// unquote reads a JSON string.
func unquote(text []byte) (s string, err error) {
	if n := len(text); n >= 2 && text[0] == '"' && text[n-1] == '"' && bytes.IndexByte(text, '\\') < 0 {
		return string(text[1 : n-1]), nil
	}
	err = json.Unmarshal(text, &s)
	return s, err
}

// loader writes the entries of a backup into the tables of the live schema.
type loader struct {
	tx       *Tx
	live     []table
	progress func(table string, rows int64)

	at      table
	insert  string // a whole batch of rows into the table
	seen    map[string]bool
	batch   int   // rows that one statement writes
	pending []any // arguments of rows not written yet
	rows    int64 // of the table
}

// newLoader suits the loader to the engine: PostgreSQL gains much by many rows in a statement; SQLite loses by it, since
// it then copies every page so that the statement could be undone, and gains by more memory for its pages.
func (s *Store) newLoader(tx *Tx, live []table, progress func(string, int64)) *loader {
	l := &loader{tx: tx, live: live, progress: progress, batch: 50}
	if c, ok := tx.on.(*conn); ok {
		l.batch = 1
		_ = c.exec("PRAGMA cache_size=-131072") // it only saves time; sqliteEngine.write sets it back
	}
	return l
}

func (l *loader) load(b *backupReader) error {
	l.seen = map[string]bool{}
	for {
		begins, row, err := b.entry()
		if err != nil {
			return err
		}
		if row != nil {
			if err := l.add(row); err != nil {
				return err
			}
			continue
		}
		if err := l.finishTable(); err != nil {
			return err
		}
		if b.ended {
			break
		}
		if err := l.begin(*begins); err != nil {
			return err
		}
	}
	for _, t := range l.live {
		if !l.seen[t.Name] {
			return damaged("the table %s is missing", t.Name)
		}
	}
	return nil
}

// begin checks that the live schema has the table, column for column.
func (l *loader) begin(t table) error {
	i := slices.IndexFunc(l.live, func(live table) bool { return live.Name == t.Name })
	if i < 0 {
		return damaged("there is no table %q", t.Name)
	}
	byName := func(a, b column) int { return strings.Compare(a.Name, b.Name) }
	have, want := slices.SortedFunc(slices.Values(t.Columns), byName), slices.SortedFunc(slices.Values(l.live[i].Columns), byName)
	if !slices.Equal(have, want) {
		return damaged("the columns of %s are not those of its schema", t.Name)
	}
	l.at, l.rows, l.seen[t.Name] = t, 0, true
	l.insert = l.statement(l.batch)
	return nil
}

func (l *loader) add(row []any) error {
	l.rows++
	if l.progress != nil && l.rows%progressEach == 0 {
		l.progress(l.at.Name, l.rows)
	}
	if l.at.Name == idsTable {
		return l.keepLarger(row)
	}
	if l.pending = append(l.pending, row...); len(l.pending) < l.batch*len(row) {
		return nil
	}
	return l.write()
}

// write inserts the pending rows.
func (l *loader) write() error {
	cols := len(l.at.Columns)
	rows := len(l.pending) / cols
	insert := l.insert
	if rows != l.batch {
		insert = l.statement(rows)
	}
	err := l.tx.run(insert, l.pending...)
	l.pending = l.pending[:0]
	return err
}

// statement inserts rows into the table at hand.
func (l *loader) statement(rows int) string {
	head := "INSERT INTO " + quoteName(l.at.Name) + " (" + quoteNames(l.at.Columns) + ") VALUES "
	return manyRows(head, rows, len(l.at.Columns), "")
}

// keepLarger moves the clock of identities forward to the backup's, never back.
func (l *loader) keepLarger(row []any) error {
	i := slices.IndexFunc(l.at.Columns, func(c column) bool { return c.Name == "next" })
	j := slices.IndexFunc(l.at.Columns, func(c column) bool { return c.Name == "name" })
	next, ok := row[i].(int64)
	if !ok || next < 0 || next > license.MaxID {
		return damaged("the identity clock says %v", row[i])
	}
	return l.tx.run(`UPDATE id_clock SET next = CASE WHEN next < $1 THEN $1 ELSE next END WHERE name = $2`, next, row[j])
}

func (l *loader) finishTable() error {
	if len(l.pending) > 0 {
		if err := l.write(); err != nil {
			return err
		}
	}
	if l.progress != nil && l.at.Name != "" {
		l.progress(l.at.Name, l.rows)
	}
	return nil
}

// isCorrupt reports whether the compressed stream is broken.
func isCorrupt(err error) bool {
	if _, ok := errors.AsType[flate.CorruptInputError](err); ok {
		return true
	}
	return errors.Is(err, gzip.ErrHeader)
}
