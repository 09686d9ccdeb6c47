package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"licet/internal/license"
)

// A backup is gzip'd text, one JSON value a line, the same for both databases:
//
//	{"licet":"backup","format":1,"schema":2,"engine":"sqlite","created":"2026-11-22T01:02:03Z"}
//	{"table":"settings","columns":[{"name":"name","type":"text"},{"name":"value","type":"text"}]}
//	["mode","quiet"]
//	{"rows":{"settings":1},"sha256":"…"}
//
// Tables come after those they refer to. Types are int, bool, float, text and bytes; bytes are
// written in base64. The last line counts the rows and has the SHA-256 of all lines before it.
const backupFormat = 1

// backupHeader is the first line.
type backupHeader struct {
	Licet   string       `json:"licet"` // always "backup"
	Format  int          `json:"format"`
	Schema  int64        `json:"schema"` // version of the newest migration
	Engine  string       `json:"engine"`
	Created license.Time `json:"created"`
}

// backupTrailer is the last line.
type backupTrailer struct {
	Rows   map[string]int64 `json:"rows"`
	SHA256 string           `json:"sha256"`
}

// These tables tell of the database rather than of what is in it.
const (
	versionsTable = "schema_versions" // not in backups: the header says it
	idsTable      = "id_clock"        // never empty; a restore keeps the larger number
)

// progressEach is the number of rows between two calls of a progress function.
const progressEach = 10_000

// Backup writes everything the database holds to w, as one moment of it, while others go on reading and
// writing. It needs little memory, however large the database is. progress, which may be nil, hears of the rows
// written so far of the table at hand.
func (s *Store) Backup(ctx context.Context, w io.Writer, progress func(table string, rows int64)) error {
	zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	b := &backupWriter{zip: bufio.NewWriterSize(zip, 64<<10), sum: sha256.New(), progress: progress, rows: map[string]int64{}}
	err = s.Snapshot(ctx, func(tx *Tx) error {
		h := backupHeader{Licet: "backup", Format: backupFormat, Engine: s.Engine(), Created: license.TimeOf(s.now())}
		if _, err := tx.one("SELECT COALESCE(MAX(version), 0) FROM schema_versions", nil, &h.Schema); err != nil {
			return err
		}
		if err := b.value(h); err != nil {
			return err
		}
		tables, err := s.liveTables(tx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := b.table(tx, t); err != nil {
				return err
			}
		}
		return b.value(backupTrailer{Rows: b.rows, SHA256: hex.EncodeToString(b.sum.Sum(nil))})
	})
	if err != nil {
		return err
	}
	if err := b.zip.Flush(); err != nil {
		return err
	}
	return zip.Close()
}

// liveTables returns the tables that backups hold, each after those it refers to.
func (s *Store) liveTables(tx *Tx) ([]table, error) {
	columns, references := s.engine.schema()
	tables, err := readSchema(tx, columns, references)
	return slices.DeleteFunc(tables, func(t table) bool { return t.Name == versionsTable }), err
}

// backupWriter writes lines and keeps the account of them.
type backupWriter struct {
	zip      *bufio.Writer
	sum      hash.Hash
	line     []byte
	rows     map[string]int64
	progress func(table string, rows int64)
}

// value writes one line of JSON.
func (b *backupWriter) value(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	b.line = append(b.line[:0], text...)
	return b.end()
}

// end writes the line that has been put together.
func (b *backupWriter) end() error {
	b.line = append(b.line, '\n')
	b.sum.Write(b.line)
	_, err := b.zip.Write(b.line)
	return err
}

// table writes the rows of t, in the order of the primary key, so that two backups of the same content are alike.
func (b *backupWriter) table(tx *Tx, t table) error {
	if err := b.value(t); err != nil {
		return err
	}
	cells := make([]cell, len(t.Columns))
	dest := make([]any, len(cells))
	for i := range cells {
		dest[i] = &cells[i]
	}
	n := int64(0)
	err := tx.each(selectAll(t), nil, func(scan func(dest ...any) error) error {
		if err := scan(dest...); err != nil {
			return err
		}
		b.line = append(b.line[:0], '[')
		for i := range cells {
			if i > 0 {
				b.line = append(b.line, ',')
			}
			var err error
			if b.line, err = appendCell(b.line, &cells[i], t.Columns[i].Type); err != nil {
				return fmt.Errorf("backup: %s.%s: %w", t.Name, t.Columns[i].Name, err)
			}
		}
		b.line = append(b.line, ']')
		n++
		if b.progress != nil && n%progressEach == 0 {
			b.progress(t.Name, n)
		}
		return b.end()
	})
	b.rows[t.Name] = n
	if err == nil && b.progress != nil {
		b.progress(t.Name, n)
	}
	return err
}

// quoteName makes an identifier of a table's or column's name.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// quoteNames joins the names of columns.
func quoteNames(columns []column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quoteName(c.Name)
	}
	return strings.Join(names, ", ")
}

// selectAll is the query for every row of t.
func selectAll(t table) string {
	query := "SELECT " + quoteNames(t.Columns) + " FROM " + quoteName(t.Name)
	for i, name := range t.key {
		if i == 0 {
			query += " ORDER BY "
		} else {
			query += ", "
		}
		query += quoteName(name)
	}
	return query
}

// appendCell writes a value of a column as JSON. SQLite keeps booleans as 0 and 1, and whole floats as integers.
func appendCell(to []byte, c *cell, column cellKind) ([]byte, error) {
	switch {
	case c.kind == cellNull:
		return append(to, "null"...), nil
	case column == cellBool && (c.kind == cellBool || c.kind == cellInt):
		return strconv.AppendBool(to, c.n != 0), nil
	case column == cellInt && c.kind == cellInt:
		return strconv.AppendInt(to, c.n, 10), nil
	case column == cellFloat && c.kind == cellInt:
		return strconv.AppendInt(to, c.n, 10), nil
	case column == cellFloat && c.kind == cellFloat:
		if math.IsNaN(c.f) || math.IsInf(c.f, 0) {
			return to, fmt.Errorf("the value %v cannot be written", c.f)
		}
		return strconv.AppendFloat(to, c.f, 'g', -1, 64), nil
	case column == cellText && c.kind == cellText:
		return appendText(to, c.bytes)
	case column == cellBytes && c.kind == cellBytes:
		to = append(to, '"')
		to = base64.StdEncoding.AppendEncode(to, c.bytes)
		return append(to, '"'), nil
	}
	return to, fmt.Errorf("a value of type %s in a column of type %s", cellNames[c.kind], cellNames[column])
}

// appendText writes text as a JSON string. It refuses what is not UTF-8 rather than changing it.
func appendText(to, text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		return to, fmt.Errorf("the text is not UTF-8")
	}
	const digits = "0123456789abcdef"
	to = append(to, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			to = append(to, '\\', c)
		case c < ' ':
			to = append(to, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			to = append(to, c)
		}
	}
	return append(to, '"'), nil
}
