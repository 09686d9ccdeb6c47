package office

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

const readAt = license.Time(1_800_000_000_000_000)

// readAll reads a file to its end: the rows, the faults of others, and what ended it.
func readAll(t testing.TB, text string, format ImportFormat) (rows []importRow, faults []ImportFault, err error) {
	t.Helper()
	reader, err := openImport(strings.NewReader(text), new(ImportFormat), format)
	if err != nil {
		return nil, nil, err
	}
	last := int64(0)
	for {
		raw, err := reader.next()
		var fault *ImportFault
		switch {
		case errors.Is(err, io.EOF):
			return rows, faults, nil
		case errors.As(err, &fault):
		case err != nil:
			return rows, faults, err
		default:
			var row *importRow
			if row, fault = readRow(raw, readAt); fault == nil {
				rows = append(rows, *row)
				last = after(t, row.number, last)
				continue
			}
		}
		faults = append(faults, *fault)
		last = after(t, fault.Row, last)
	}
}

func after(t testing.TB, row, last int64) int64 {
	t.Helper()
	if row <= last {
		t.Fatalf("row %d comes behind row %d", row, last)
	}
	return row
}

func TestReadCSV(t *testing.T) {
	t.Parallel()
	day := license.Span{Seconds: 86400}
	for name, c := range map[string]struct {
		file string
		want importRow
	}{
		"key-alone":          {"key\nABC\n", importRow{}},
		"no-last-line-end":   {"License_Key\nABC", importRow{}},
		"bom-and-crlf":       {"\ufeffLICENSE KEY,level\r\n ABC ,7\r\n", importRow{terms: rowTerms{level: say(int64(7))}}},
		"semicolons":         {"level;key;note\n;ABC;\"a;b\"\n", importRow{note: "a;b"}},
		"tabs":               {"note\tkey\nx\tABC\n", importRow{note: "x"}},
		"said-comma":         {"sep=;\r\nkey;note\r\nABC;x,y,z\r\n", importRow{note: "x,y,z", number: 3}},
		"quoted-line-break":  {"note,key\r\n\"a\r\nb \"\"c\"\"\",ABC\r\n", importRow{note: "a\nb \"c\""}},
		"apostrophe":         {"key,note\nABC,'=1+1\n", importRow{note: "=1+1"}},
		"other-apostrophe":   {"key,note\nABC,'tis\n", importRow{note: "'tis"}},
		"blank-lines":        {"\n\nkey\n\n\nABC\n", importRow{number: 6}},
		"duration":           {"key,duration\nABC,1d\n", importRow{terms: rowTerms{duration: say(day)}}},
		"duration-of-export": {"key,duration\nABC,1mo5s\n", importRow{terms: rowTerms{duration: say(license.Span{Months: 1, Seconds: 5})}}},
		"two-columns":        {"key,expiry_duration,expiry_unit\nABC,1,Days\n", importRow{terms: rowTerms{duration: say(day)}}},
		"unit-alone":         {"key,expiry_duration,expiry_unit\nABC,,days\n", importRow{}},
		"date":               {"key,expires_at\nABC,2026-03-23 12:00:00\n", importRow{expiresAt: 1774267200000000, terms: rowTerms{fixedEnd: true}}},
		"unix-date":          {"key,expires_at\nABC,1774267200\n", importRow{expiresAt: 1774267200000000, terms: rowTerms{fixedEnd: true}}},
		"used":               {"key,status\nABC,Used\n", importRow{usedAt: readAt}},
		"used-at":            {"key,status,used_at\nABC,used,1774267200\n", importRow{usedAt: 1774267200000000}},
		"banned":             {"key,status\nABC,Banned\n", importRow{banned: true}},
		"suspended":          {"key,status\nABC,suspended\n", importRow{standing: license.Suspended}},
		"limit":              {"key,activations\nABC,unlimited\n", importRow{terms: rowTerms{activations: say(license.Unlimited)}}},
		"counted-not-limit":  {"key,activations,max_activations\nABC,1,3\n", importRow{terms: rowTerms{activations: say(license.AtMost(3))}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, faults, err := readAll(t, c.file, "")
			if err != nil || len(faults) > 0 || len(rows) != 1 {
				t.Fatalf("read %q = %d rows, faults %v, %v, want one row", c.file, len(rows), faults, err)
			}
			c.want.key, c.want.folded = "ABC", "ABC"
			if c.want.number == 0 {
				c.want.number = 2
			}
			if c.want.standing == "" {
				c.want.standing = license.Enabled
			}
			if rows[0] != c.want {
				t.Errorf("read %q = %+v, want %+v", c.file, rows[0], c.want)
			}
		})
	}
}

func TestReadFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, field string }{
		"nul":             {"key,note\nA\x00B,\n", "key"},
		"not-utf8":        {"key,note\nABC,\xff\n", "note"},
		"no-key":          {"key,note\n,x\n", "key"},
		"long-key":        {"key\n" + strings.Repeat("K", 256) + "\n", "key"},
		"huge-cell":       {"key,note\nABC,\"" + strings.Repeat("x", 1<<20) + "\"\n", ""},
		"huge-key":        {"key,note\n" + strings.Repeat("x", 1<<20) + ",\n", ""},
		"more-cells":      {"key,note\nABC,a,b\n", ""},
		"quote":           {"key,note\nABC,\"a\"b\n", ""},
		"endless-quote":   {"key,note\nABC,\"a\n", ""},
		"level":           {"key,level\nABC,9223372036854775808\n", "level"},
		"negative-level":  {"key,level\nABC,-1\n", "level"},
		"days":            {"[{\"key\":\"ABC\",\"expiry\":-3}]", "expiry"},
		"no-days":         {"[{\"key\":\"ABC\",\"expiry\":\"0\"}]", "expiry"},
		"many-days":       {"[{\"key\":\"ABC\",\"expiry\":1e300}]", "expiry"},
		"seconds-or-days": {"[{\"key\":\"ABC\",\"duration\":3600}]", "expiry"},
		"json-level":      {"[{\"key\":\"ABC\",\"level\":\"9223372036854775808\"}]", "level"},
		"json-nul":        {"[{\"key\":\"A\\u0000C\"}]", "key"},
		"json-surrogate":  {"[{\"key\":\"A\\ud800C\"}]", "key"},
		"json-not-utf8":   {"[{\"key\":\"A\xffC\"}]", ""},
		"json-huge":       {"[{\"key\":\"" + strings.Repeat("x", 1<<20) + "\"}]", ""},
		"json-bool":       {"[{\"key\":true}]", "key"},
		"json-number":     {"[17]", ""},
		"json-null":       {"[null]", ""},
		"text-days":       {"ABC,1,-2", "expiry"},
		"text-parts":      {"AB,1,2|ABC", ""},
		"duration":        {"key,duration\nABC,30\n", "duration"},
		"two-durations":   {"key,duration,expiry_duration,expiry_unit\nABC,30d,3,days\n", "duration"},
		"no-unit":         {"key,expiry_duration\nABC,30\n", "expiry_unit"},
		"date":            {"key,expires_at\nABC,soon\n", "expires_at"},
		"used-later":      {"key,used_at\nABC,2099-01-01\n", "used_at"},
		"used-or-not":     {"key,status,used_at\nABC,not used,2020-01-01\n", "status"},
		"status":          {"key,status\nABC,lost\n", "status"},
		"metadata":        {"key,metadata\nABC,{\n", "metadata"},
		"customer":        {"key,customer\nABC,ann\n", "customer"},
		"limit":           {"key,activations\nABC,-1\n", "activations"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, faults, err := readAll(t, c.file, "")
			if err != nil || len(faults) != 1 || faults[0].Field != c.field || faults[0].Message == "" {
				t.Errorf("read %.60q = faults %v, %v, want one about %q", c.file, faults, err, c.field)
			}
		})
	}
}

// A row that is refused, however large, leaves those around it.
func TestReadGoesOn(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("x", 1<<20)
	for name, file := range map[string]string{
		"csv":    "key,note\nONE,\nBAD,\"" + huge + "\"\nTWO,\n",
		"json":   `[{"key":"ONE"},{"key":"` + huge + `"},{"key":"TWO"}]`,
		"text":   "ONE,1,2|" + huge + ",1,2|TWO,1,2",
		"quotes": "key,note\nONE,\nBAD,\"a\"b\nTWO,\n",
	} {
		rows, faults, err := readAll(t, file, "")
		if err != nil || len(faults) != 1 || len(rows) != 2 || rows[1].key != "TWO" {
			t.Errorf("%s: %d rows, %d faults, %v, want ONE and TWO, and one fault", name, len(rows), len(faults), err)
		}
	}
}

func TestReadFormats(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, want string }{
		"json":          {` [ {"key":"A","level":"2","expiry":"0.5"}, {"key":"B, C","level":1,"expiry":3652.42} ] `, "A 2 43200s|B, C 1 315569088s"},
		"json-exponent": {`[{"key":"A","expiry":1e1}]`, "A 0 864000s"},
		"json-empty":    {"[]", ""},
		"json-comma":    {`[{"key":"A","expiry":null},]`, "A 0 0s"},
		"text":          {"A,1,30|B,C,2,1.5|\n|D,1,1|", "A 1 2592000s|B,C 2 129600s|D 1 86400s"},
		"text-lines":    {"A,1,30\r\nB,2,1", "A 1 2592000s|B 2 86400s"},
	} {
		rows, faults, err := readAll(t, c.file, "")
		var have []string
		for _, r := range rows {
			have = append(have, r.key+" "+number(r.terms.level.value)+" "+r.terms.duration.value.Text())
		}
		if strings.Join(have, "|") != c.want || err != nil || len(faults) > 0 {
			t.Errorf("%s = %q, faults %v, %v, want %q", name, have, faults, err, c.want)
		}
	}
	for name, file := range map[string]string{
		"empty": "", "no-names": "ABC\nDEF\n", "utf16": "\xff\xfek\x00e\x00y\x00", "twice": "key,license_key\n", "object": `{"key":"A"}`,
		"cut": `[{"key":"A"}`, "cut-inside": `[{"key":"A`, "more": `[{"key":"A"}] x`, "huge-names": "key," + strings.Repeat("x", 1<<20),
	} {
		if _, _, err := readAll(t, file, ""); !errors.Is(err, license.Invalid) {
			t.Errorf("read the file %s = %v, want invalid", name, err)
		}
	}
	if _, _, err := readAll(t, "key\n", "xml"); !errors.Is(err, license.Invalid) {
		t.Errorf("read as xml = %v, want invalid", err)
	}
}

// FuzzParseCSV: no file does harm, what encoding/csv writes is read as it was, and what is read can be stored.
func FuzzParseCSV(f *testing.F) {
	for _, seed := range []string{"key,note\nABC,x\n", "key;level\n\"a\"\"b\";3\r\n", "\ufeffsep=;\nkey\n", "key,duration,status\nK,30d,used\n", "key\n\"", "'=,key\n"} {
		f.Add(seed, "note")
	}
	f.Fuzz(func(t *testing.T, file, note string) {
		rows, _, _ := readAll(t, file, ImportCSV)
		for _, r := range rows {
			storable(t, &r)
		}
		if !utf8.ValidString(note) || strings.ContainsAny(note, "\r") || len(note) > 1000 || checkNote(note) != nil || bare(neutral(note)) != note {
			return
		}
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.UseCRLF = len(note)%2 == 0
		for _, line := range [][]string{{"key", "note"}, {"K", neutral(note)}} {
			if err := w.Write(line); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		rows, faults, err := readAll(t, b.String(), ImportCSV)
		if err != nil || len(faults) > 0 || len(rows) != 1 || rows[0].note != note {
			t.Errorf("%q read as %+v, %v, %v, want the note %q", b.String(), rows, faults, err, note)
		}
	})
}

// FuzzParseKeyAuth: no file does harm, every element of an array that encoding/json reads is a row or a fault, and what is
// read can be stored.
func FuzzParseKeyAuth(f *testing.F) {
	for _, seed := range []string{`[{"key":"A","level":1,"expiry":30}]`, `[{"key":"\ud83d\ude00","expiry":"1.5"},3,[1,[2]],"x]"]`, "A,1,2|B,1,2", "[]", "[[]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		for _, format := range []ImportFormat{ImportKeyAuth, ImportKeyAuthText} {
			rows, faults, err := readAll(t, file, format)
			for _, r := range rows {
				storable(t, &r)
			}
			var list []json.RawMessage
			if format == ImportKeyAuth && len(file) < maxImportRow && json.Unmarshal([]byte(file), &list) == nil && list != nil {
				if err != nil || len(rows)+len(faults) != len(list) {
					t.Errorf("%q = %d rows and %d faults, %v, want %d in all", file, len(rows), len(faults), err, len(list))
				}
			}
		}
	})
}

// storable fails unless all of a row can be stored.
func storable(t *testing.T, r *importRow) {
	t.Helper()
	if err := license.ValidKey(r.key); err != nil || license.FoldKey(r.key) != r.folded {
		t.Errorf("the key %q, %v", r.key, err)
	}
	for _, text := range []string{r.note, r.order, r.customer, r.metadata} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			t.Errorf("row %+v holds bytes that no database keeps", r)
		}
	}
	if r.terms.level.value < 0 || r.terms.duration.value.Validate() != nil || r.expiresAt < 0 || r.usedAt < 0 || r.usedAt > readAt {
		t.Errorf("row %+v is out of bounds", r)
	}
}

// Every column that an export has is known.
func TestImportKnowsExport(t *testing.T) {
	t.Parallel()
	r, err := newCSVReader(bufio.NewReader(strings.NewReader(strings.Join(exportHeader, ",") + "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"these columns cannot be carried over: issued_at, transfers, used_units, user, activations"}, r.warnings()); diff != "" {
		t.Errorf("warnings about an export (-want +have):\n%s", diff)
	}
	if slices.Contains(r.places, colUnknown) {
		t.Error("a column of an export is unknown")
	}
}
