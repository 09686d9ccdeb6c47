package office

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"licet/internal/license"
)

// keyAuthColumns are those that KeyAuth's files have.
func keyAuthColumns() *[columns]bool {
	return &[columns]bool{colKey: true, colLevel: true, colDays: true}
}

// keyAuthReader reads KeyAuth's JSON: an array of {key, level, expiry}, with the expiry in days (contract keyauth, 9.9).
// It holds one element at a time.
type keyAuthReader struct {
	in      *bufio.Reader
	begun   bool
	ended   bool
	row     rawRow
	text    []byte // the element
	size    int    // its bytes, those that are not held too
	unknown []string
}

func newKeyAuthReader(in *bufio.Reader) *keyAuthReader {
	return &keyAuthReader{in: in, row: rawRow{there: keyAuthColumns()}}
}

func (r *keyAuthReader) warnings() []string {
	if len(r.unknown) == 0 {
		return nil
	}
	return []string{"nothing reads these members: " + strings.Join(r.unknown, ", ")}
}

func (r *keyAuthReader) next() (*rawRow, error) {
	if err := r.element(); err != nil {
		return nil, err
	}
	r.row.number++
	r.row.cells = [columns]string{}
	number := r.row.number
	var members map[string]json.RawMessage
	switch {
	case r.size > maxImportRow:
		return nil, faultf(number, "", "%s", tooLong)
	case !utf8.Valid(r.text):
		return nil, faultf(number, "", "it is not valid UTF-8; save the file as UTF-8")
	}
	if err := json.Unmarshal(r.text, &members); err != nil || members == nil {
		return nil, faultf(number, "", `it is no JSON object; a row is written like {"key": "ABC", "level": 1, "expiry": 30}`)
	}
	names := map[string]column{"key": colKey, "level": colLevel, "expiry": colDays}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		col, known := names[name]
		if !known {
			r.unknown = appendName(r.unknown, name)
			continue
		}
		text, ok := plainJSON(members[name])
		if !ok {
			return nil, faultf(number, name, "it is neither a text nor a number")
		}
		r.row.cells[col] = text
	}
	if members["expiry"] == nil && members["duration"] != nil {
		return nil, faultf(number, "expiry", "it is missing, and nobody knows what duration counts; write expiry, in days")
	}
	return &r.row, nil
}

// plainJSON returns a text, or a number as it is written without an exponent; null is "".
func plainJSON(value json.RawMessage) (text string, ok bool) {
	if value[0] == '"' {
		err := json.Unmarshal(value, &text)
		// Half a surrogate pair becomes this character, and the text another one.
		broken := strings.ContainsRune(text, utf8.RuneError) && !bytes.ContainsRune(value, utf8.RuneError)
		return text, err == nil && !broken
	}
	if text = string(value); text == "null" {
		return "", true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err == nil && strings.ContainsAny(text, "eE") {
		text = strconv.FormatFloat(f, 'f', -1, 64)
	}
	return text, err == nil || errors.Is(err, strconv.ErrRange)
}

// element reads the next element of the array into text.
func (r *keyAuthReader) element() error {
	c, err := r.begin()
	if err != nil {
		return err
	}
	depth, quoted, escaped := 0, false, false
	for ; ; c, err = r.in.ReadByte() {
		if errors.Is(err, io.EOF) {
			return license.Invalidf("file", "it ends in the middle of row %d; is it whole?", r.row.number+1)
		}
		if err != nil {
			return err
		}
		switch {
		case escaped:
			escaped = false
		case quoted:
			quoted, escaped = c != '"', c == '\\'
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case depth == 0 && (c == ',' || c == ']'):
			r.ended = c == ']'
			return nil
		case c == '}' || c == ']':
			depth = max(depth-1, 0)
		}
		if r.size++; r.size <= maxImportRow {
			r.text = append(r.text, c)
		}
	}
}

// begin reads up to the first byte of the next element and returns that; io.EOF at the end of the array.
func (r *keyAuthReader) begin() (byte, error) {
	r.text, r.size = r.text[:0], 0
	c, err := r.skipBlanks()
	if err == nil && !r.begun {
		if c != '[' {
			return 0, license.Invalidf("file", "it is no JSON array; KeyAuth's export is written like [{...}, {...}]")
		}
		r.begun = true
		c, err = r.skipBlanks()
	}
	switch {
	case r.ended && errors.Is(err, io.EOF):
		return 0, io.EOF
	case r.ended && err == nil:
		return 0, license.Invalidf("file", "there is something behind the end of the array")
	case errors.Is(err, io.EOF):
		return 0, license.Invalidf("file", "it ends behind row %d without a ]; is it whole?", r.row.number)
	case err == nil && c == ']':
		r.ended = true
		return r.begin()
	}
	return c, err
}

func (r *keyAuthReader) skipBlanks() (byte, error) {
	for {
		c, err := r.in.ReadByte()
		if err != nil || !isBlankByte(c) {
			return c, err
		}
	}
}

func isBlankByte(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// keyAuthTextReader reads KeyAuth's old text, KEY,LEVEL,DAYS|KEY,LEVEL,DAYS|…, with or without line breaks.
type keyAuthTextReader struct {
	in   *bufio.Reader
	row  rawRow
	text []byte
}

func newKeyAuthTextReader(in *bufio.Reader) *keyAuthTextReader {
	return &keyAuthTextReader{in: in, row: rawRow{there: keyAuthColumns()}}
}

func (r *keyAuthTextReader) warnings() []string { return nil }

func (r *keyAuthTextReader) next() (*rawRow, error) {
	size, err := r.part()
	for err == nil && len(bytes.TrimSpace(r.text)) == 0 && size <= maxImportRow {
		size, err = r.part()
	}
	if err != nil {
		return nil, err
	}
	r.row.number++
	r.row.cells = [columns]string{}
	number, text := r.row.number, string(bytes.TrimSpace(r.text))
	switch {
	case size > maxImportRow:
		return nil, faultf(number, "", "%s", tooLong)
	case !utf8.ValidString(text):
		return nil, faultf(number, "", "it is not valid UTF-8; save the file as UTF-8")
	}
	key, level, days, ok := splitKeyAuthText(text)
	if !ok {
		return nil, faultf(number, "", "it is written KEY,LEVEL,DAYS, and a | stands between two rows")
	}
	r.row.cells[colKey], r.row.cells[colLevel], r.row.cells[colDays] = key, level, days
	return &r.row, nil
}

// splitKeyAuthText splits from the right: a key may have commas.
func splitKeyAuthText(text string) (key, level, days string, ok bool) {
	last := strings.LastIndexByte(text, ',')
	if last < 0 {
		return "", "", "", false
	}
	text, days = text[:last], strings.TrimSpace(text[last+1:])
	last = strings.LastIndexByte(text, ',')
	if last < 0 {
		return "", "", "", false
	}
	return text[:last], strings.TrimSpace(text[last+1:]), days, true
}

// part reads up to the next | or line break, and returns how many bytes that were; io.EOF behind the last.
func (r *keyAuthTextReader) part() (size int, err error) {
	r.text = r.text[:0]
	for {
		c, err := r.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && size > 0:
			return size, nil
		case err != nil:
			return size, err
		case c == '|' || c == '\n':
			return size, nil
		}
		if size++; size <= maxImportRow {
			r.text = append(r.text, c)
		}
	}
}
