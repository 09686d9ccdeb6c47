package office

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"licet/internal/license"
)

// maxImportRow is how many bytes a row of a file may have. Longer ones are refused, and never held.
const maxImportRow = 64 << 10

// column is something that a row of a file may say.
type column int

const (
	colKey column = iota
	colExpiresAt
	colDuration
	colExpiryDuration
	colExpiryUnit
	colDays // a duration as KeyAuth counts
	colLevel
	colNote
	colOrder
	colOrderStatus
	colCustomer
	colStatus
	colStanding
	colUsedAt
	colActivations
	colMaxActivations
	colMaxTransfers
	colMetadata
	colProduct
	colPolicy
	colType
	colTrial
	colPlan
	colLock
	colNotBefore
	colStartedAt
	colMaintainedUntil
	columns // how many there are

	colNeedless   // it follows from others
	colLeftBehind // it cannot be carried over
	colUnknown
)

// importColumns are the names of columns, as normalName writes them: those that people use, and all of an export.
var importColumns = map[string]column{
	"key": colKey, "license_key": colKey, "expires_at": colExpiresAt, "duration": colDuration, "expiry_duration": colExpiryDuration,
	"expiry_unit": colExpiryUnit, "level": colLevel, "note": colNote, "order": colOrder, "order_status": colOrderStatus,
	"customer": colCustomer, "status": colStatus, "standing": colStanding, "used_at": colUsedAt, "first_used_at": colUsedAt,
	"activations": colActivations, "max_activations": colMaxActivations, "max_transfers": colMaxTransfers, "metadata": colMetadata,
	"product": colProduct, "policy": colPolicy, "type": colType, "trial": colTrial, "plan": colPlan, "lock": colLock,
	"not_before": colNotBefore, "started_at": colStartedAt, "maintained_until": colMaintainedUntil,
	"id": colNeedless, "in_force": colNeedless, "expired": colNeedless,
	"issued_at": colLeftBehind, "transfers": colLeftBehind, "used_units": colLeftBehind, "user": colLeftBehind,
}

// rawRow is a row as it was written.
type rawRow struct {
	number int64           // of the row in its file, from 1; a header is a row too
	cells  [columns]string //
	there  *[columns]bool  // which columns the file has
}

// rowReader reads the rows of a file one by one.
type rowReader interface {
	// next returns the next row, which holds until the one after it is read; io.EOF at the end. An *ImportFault is about
	// one row, and reading goes on after it; any other error ends the reading.
	next() (*rawRow, error)
	// warnings is what the file has that nobody will read, in sentences.
	warnings() []string
}

// csvReader reads CSV with a header. Only a row at a time is held, and no more of it than maxImportRow.
type csvReader struct {
	in      *bufio.Reader
	comma   byte
	number  int64    // rows so far
	places  []column // what the columns of the file say
	row     rawRow
	there   [columns]bool
	unknown []string // names of columns
	left    []string // the same

	text  []byte // cells of the row, one behind the other
	ends  []int  // where in text each of them ends
	size  int    // bytes of the row, those of it that are not held too
	state csvState
	fault string
}

type csvState int

const (
	csvStart  csvState = iota // of a cell
	csvPlain                  // in a cell without quotes
	csvQuoted                 // between quotes
	csvClosed                 // behind a quote in a cell with quotes
)

// newCSVReader reads the header. Invalid when there is none, or none that can be meant.
func newCSVReader(in *bufio.Reader) (*csvReader, error) {
	r := &csvReader{in: in, comma: ','}
	if err := r.findComma(); err != nil {
		return nil, err
	}
	names, err := r.record()
	for err == nil && isBlank(names) {
		names, err = r.record()
	}
	var fault *ImportFault
	switch {
	case errors.Is(err, io.EOF):
		return nil, license.Invalidf("file", "it is empty")
	case errors.As(err, &fault):
		return nil, license.Invalidf("file", "its first row, which names the columns, cannot be read: %s", fault.Message)
	case err != nil:
		return nil, err
	}
	return r, r.header(names)
}

// findComma looks what the cells of the first line are kept apart with. Some spreadsheets write semicolons where a comma is
// part of numbers, and some say so in a line of their own.
func (r *csvReader) findComma() error {
	line, err := firstLine(r.in)
	if err != nil {
		return err
	}
	if len(line) == 5 && strings.EqualFold(string(line[:4]), "sep=") {
		r.comma = line[4]
		r.number++
		_, err := r.in.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return err
	}
	counts := map[byte]int{}
	quoted := false
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[c]++
		}
	}
	for _, c := range []byte{';', '\t'} {
		if counts[c] > counts[r.comma] {
			r.comma = c
		}
	}
	return nil
}

// firstLine looks at the first line, or as much of it as can be looked at.
func firstLine(in *bufio.Reader) ([]byte, error) {
	head, err := in.Peek(peekSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

// header finds out what the columns say.
func (r *csvReader) header(names []string) error {
	for _, name := range names {
		place, known := importColumns[normalName(name)]
		switch {
		case !known:
			place = colUnknown
			if name != "" {
				r.unknown = appendName(r.unknown, name)
			}
		case place == colLeftBehind:
			r.left = appendName(r.left, name)
		case place < columns && r.there[place]:
			return license.Invalidf("file", "it has two columns for %q; take one of them out", normalName(name))
		case place < columns:
			r.there[place] = true
		}
		r.places = append(r.places, place)
	}
	if r.there[colMaxActivations] && r.there[colActivations] {
		// An export says beside the limit how many devices are activated now.
		i := slices.Index(r.places, colActivations)
		r.places[i], r.there[colActivations] = colLeftBehind, false
		r.left = appendName(r.left, names[i])
	}
	if !r.there[colKey] {
		return license.Invalidf("file", "no column is named license_key or key; the first row of a CSV file names its columns")
	}
	r.row.there = &r.there
	return nil
}

// normalName is how the names of columns are compared.
func normalName(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// appendName adds a name to a list for people, which shall stay short.
func appendName(list []string, name string) []string {
	const most, longest = 50, 64
	if len(name) > longest {
		name = name[:longest] + "…"
	}
	if name = strings.ToValidUTF8(name, "\ufffd"); len(list) >= most || slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}

func (r *csvReader) warnings() []string { return columnWarnings(r.unknown, r.left) }

func columnWarnings(unknown, left []string) (list []string) {
	if len(unknown) > 0 {
		list = append(list, "nothing reads these columns: "+strings.Join(unknown, ", "))
	}
	if len(left) > 0 {
		list = append(list, "these columns cannot be carried over: "+strings.Join(left, ", "))
	}
	return list
}

func (r *csvReader) next() (*rawRow, error) {
	cells, err := r.record()
	for err == nil && isBlank(cells) {
		cells, err = r.record()
	}
	if err != nil {
		return nil, err
	}
	r.row.number, r.row.cells = r.number, [columns]string{}
	for i, cell := range cells {
		switch {
		case i >= len(r.places) && cell != "":
			return nil, faultf(r.number, "", "it has more cells than the first row has names; put cells with a comma into quotes")
		case i >= len(r.places) || r.places[i] >= columns:
			continue
		case !utf8.ValidString(cell):
			return nil, faultf(r.number, fieldNames[r.places[i]], "it is not valid UTF-8; save the file as UTF-8")
		}
		r.row.cells[r.places[i]] = bare(cell)
	}
	return &r.row, nil
}

func isBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return cell != "" })
}

// bare takes the apostrophe away that neutral put before a cell.
func bare(cell string) string {
	if rest, quoted := strings.CutPrefix(cell, "'"); quoted && neutral(rest) != rest {
		return rest
	}
	return cell
}

// record reads a row as RFC 4180 describes it; lines may end as they like.
func (r *csvReader) record() ([]string, error) {
	r.number++
	r.text, r.ends, r.size, r.state, r.fault = r.text[:0], r.ends[:0], 0, csvStart, ""
	for ended := false; !ended; {
		c, err := r.in.ReadByte()
		switch {
		case err == nil:
			ended = r.step(c)
			continue
		case !errors.Is(err, io.EOF):
			return nil, err
		case r.size == 0:
			return nil, io.EOF
		case r.state == csvQuoted:
			r.fault = "a quote begins in it and never ends, so all that follows was not read; end the quote"
		}
		r.endLine()
		ended = true
	}
	if r.fault != "" {
		return nil, faultf(r.number, "", "%s", r.fault)
	}
	cells := make([]string, len(r.ends))
	from := 0
	for i, to := range r.ends {
		cells[i], from = string(r.text[from:to]), to
	}
	return cells, nil
}

// step takes one more byte of a row, and reports whether it was the last.
func (r *csvReader) step(c byte) (ended bool) {
	if r.size++; r.size > maxImportRow {
		r.fault = tooLong
	}
	quotes := r.state == csvQuoted
	switch {
	case quotes && c == '"':
		r.state = csvClosed
	case quotes && c == '\n' && r.last() == '\r':
		r.text[len(r.text)-1] = c
	case quotes:
		r.keep(c)
	case c == r.comma:
		r.endCell()
	case c == '\n':
		r.endLine()
		return true
	case c == '"' && r.state == csvStart:
		r.state = csvQuoted
	case c == '"' && r.state == csvClosed:
		r.state = csvQuoted
		r.keep(c)
	default:
		if r.state == csvClosed && c != '\r' && r.fault == "" {
			r.fault = "there is text behind a quoted cell; a quote within quotes is written twice"
		}
		if r.state == csvStart {
			r.state = csvPlain
		}
		r.keep(c)
	}
	return false
}

// keep holds a byte of a cell, where the row is not too long already.
func (r *csvReader) keep(c byte) {
	if r.size <= maxImportRow {
		r.text = append(r.text, c)
	}
}

// last returns the last byte of the cell so far, 0 where there is none.
func (r *csvReader) last() byte {
	from := 0
	if len(r.ends) > 0 {
		from = r.ends[len(r.ends)-1]
	}
	if len(r.text) == from {
		return 0
	}
	return r.text[len(r.text)-1]
}

// endLine ends the last cell of a row, without what is left of a line end of two characters.
func (r *csvReader) endLine() {
	if r.last() == '\r' {
		r.text = r.text[:len(r.text)-1]
	}
	r.endCell()
}

func (r *csvReader) endCell() {
	r.state = csvStart
	if r.size <= maxImportRow {
		r.ends = append(r.ends, len(r.text))
	}
}
