package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
	"licet/internal/testkit/pgtest"
)

// fill writes rows of every type.
func fill(t testing.TB, s *Store, rows int) {
	t.Helper()
	mustWrite(t, s, func(tx *Tx) error {
		if err := tx.SaveServerSetting("naïve \"name\"", "línea\nzwei\t\\ \x01 \u2028 <&>"); err != nil {
			return err
		}
		for i := range rows {
			if err := addParent(tx, int64(i), parentName(i)); err != nil {
				return err
			}
			var note, data any = "note", []byte{0, 1, 2, 255}
			if i%3 == 0 {
				note, data = nil, []byte{}
			}
			if i%3 == 1 {
				note, data = "", nil
			}
			err := tx.run("INSERT INTO t_child (parent_id, no, ok, note, data, share, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
				i, 1, i%2 == 0, note, data, float64(i)/4, license.Forever)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// backup returns the lines of a backup without those that tell of the moment and the engine.
func backup(t testing.TB, s *Store) (file []byte, lines []string) {
	t.Helper()
	var buf bytes.Buffer
	if err := s.Backup(t.Context(), &buf, nil); err != nil {
		t.Fatalf("Backup = %v, want ok", err)
	}
	text := unzip(t, buf.Bytes())
	all := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for _, line := range all[1 : len(all)-1] {
		if !strings.HasPrefix(line, `["ids",`) { // a restore takes identities itself
			lines = append(lines, line)
		}
	}
	return buf.Bytes(), lines
}

func unzip(t testing.TB, file []byte) string {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func zipped(text string) []byte {
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	_, _ = zip.Write([]byte(text))
	_ = zip.Close()
	return buf.Bytes()
}

func TestBackupGoesFromEngineToEngine(t *testing.T) {
	t.Parallel()
	openSQLite := func() *Store { return testDB{Options{Dir: t.TempDir()}}.openPlayground(t) }
	openPostgres := func() *Store { return testDB{Options{URL: pgtest.Shared(t).Database(t)}}.openPlayground(t) }
	first := openSQLite()
	fill(t, first, 333)
	file, want := backup(t, first)
	for i, s := range []*Store{openPostgres(), openPostgres(), openSQLite(), openSQLite()} {
		var heard int64
		err := s.Restore(t.Context(), bytes.NewReader(file), func(table string, rows int64) {
			if table == "t_child" {
				heard = rows
			}
		})
		if err != nil || heard != 333 {
			t.Fatalf("Restore %d = %v (%d rows of t_child), want ok and 333", i, err, heard)
		}
		var got []string
		file, got = backup(t, s)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("backup %d differs (-want +got):\n%s", i, diff)
		}
		// What was restored can be gone on with.
		mustWrite(t, s, func(tx *Tx) error {
			return errors.Join(addParent(tx, tx.NewID(), "later"), tx.run("DELETE FROM t_parent WHERE name = 'later'"))
		})
	}
}

func TestRestoreMakesTheSchema(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		from := testDB{Options{Dir: t.TempDir()}}.open(t)
		mustWrite(t, from, func(tx *Tx) error { return tx.SaveServerSetting("a", "b") })
		file, want := backup(t, from)
		s, err := Open(t.Context(), db.Options) // not migrated
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		if err := s.Restore(t.Context(), bytes.NewReader(file), nil); err != nil {
			t.Fatalf("Restore = %v, want ok", err)
		}
		if _, got := backup(t, s); !cmp.Equal(want, got) {
			t.Errorf("backup after Restore:\n%s", cmp.Diff(want, got))
		}
	})
}

func TestBackupIsOneMoment(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		fill(t, s, 20)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for n := 1_000_000 * (i + 1); ctx.Err() == nil && !t.Failed(); n++ {
					// Parent and child come together, so every backup has as many of each.
					err := s.Write(context.Background(), func(tx *Tx) error {
						return errors.Join(addParent(tx, int64(n), parentName(n)), tx.run("INSERT INTO t_child (parent_id, no) VALUES ($1, 1)", n))
					})
					if err != nil {
						t.Errorf("Write beside Backup = %v, want ok", err)
					}
				}
			})
		}
		for range 5 {
			file, _ := backup(t, s)
			to := testDB{Options{Dir: t.TempDir()}}.openPlayground(t)
			if err := to.Restore(t.Context(), bytes.NewReader(file), nil); err != nil {
				t.Errorf("Restore = %v, want ok", err)
			}
			if parents, children := count(t, to, "t_parent"), count(t, to, "t_child"); parents != children || parents < 20 {
				t.Errorf("a backup has %d parents and %d children, want as many", parents, children)
			}
			to.Close()
		}
		stop()
		wg.Wait()
	})
}

func TestRestoreRefuses(t *testing.T) {
	source := testDB{Options{Dir: t.TempDir()}}.openPlayground(t)
	fill(t, source, 120)
	file, _ := backup(t, source)
	text := unzip(t, file)
	cases := map[string]struct {
		file []byte
		want license.Code
	}{
		"nothing":        {nil, license.Invalid},
		"no_gzip":        {[]byte("hello"), license.Invalid},
		"other_text":     {zipped("hello\n"), license.Invalid},
		"cut_file":       {file[:len(file)/2], license.Invalid},
		"cut_text":       {zipped(text[:len(text)/2]), license.Invalid},
		"cut_lines":      {zipped(text[:strings.LastIndex(text, `{"rows"`)]), license.Invalid},
		"flipped_bit":    {flip(file), license.Invalid},
		"changed_row":    {zipped(strings.Replace(text, "parent-77", "parent-78x", 1)), license.Invalid},
		"missing_row":    {zipped(strings.Replace(text, `[77,"parent-77",0]`+"\n", "", 1)), license.Invalid},
		"wrong_type":     {zipped(strings.Replace(text, `[77,"parent-77",0]`, `["x","parent-77",0]`, 1)), license.Invalid},
		"wrong_columns":  {zipped(strings.Replace(text, `{"name":"share","type":"float"}`, `{"name":"shape","type":"float"}`, 1)), license.Invalid},
		"unknown_table":  {zipped(strings.Replace(text, `{"table":"t_child"`, `{"table":"t_children"`, 1)), license.Invalid},
		"more_behind":    {zipped(text + "[1]\n"), license.Invalid},
		"newer_schema":   {zipped(strings.Replace(text, `"schema":`, `"schema":9`, 1)), license.Conflict},
		"newer_format":   {zipped(strings.Replace(text, `"format":1`, `"format":2`, 1)), license.Conflict},
		"unknown_schema": {zipped(strings.Replace(text, `"schema":`, `"schema":-`, 1)), license.Invalid},
	}
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		for name, tc := range cases {
			err := s.Restore(t.Context(), bytes.NewReader(tc.file), nil)
			if license.CodeOf(err) != tc.want || err == nil {
				t.Errorf("Restore of %s = %v, want %s", name, err, tc.want)
			}
			if n := count(t, s, "t_parent") + count(t, s, "settings"); n != 0 {
				t.Fatalf("Restore of %s left %d rows, want 0", name, n)
			}
		}
		mustWrite(t, s, func(tx *Tx) error { return addParent(tx, 1, "a") })
		if err := s.Restore(t.Context(), bytes.NewReader(file), nil); !errors.Is(err, license.Conflict) || !strings.Contains(err.Error(), "t_parent") {
			t.Errorf("Restore into a database with rows = %v, want a conflict that names t_parent", err)
		}
		mustWrite(t, s, func(tx *Tx) error { return tx.run("DELETE FROM t_parent") })
		if err := s.Restore(t.Context(), bytes.NewReader(file), nil); err != nil || count(t, s, "t_child") != 120 {
			t.Errorf("Restore afterwards = %v, want ok", err)
		}
	})
}

// flip changes a bit in the middle of a file.
func flip(file []byte) []byte {
	out := bytes.Clone(file)
	out[len(out)/2] ^= 4
	return out
}

func TestRestoreKeepsTheLargerClock(t *testing.T) {
	at := func(year int) func(*Options) {
		return func(o *Options) { o.Now = clockAt(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)) }
	}
	from := testDB{Options{Dir: t.TempDir()}}.open(t, at(2090))
	id := draw(t, from, 1)[0]
	file, _ := backup(t, from)
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t, at(2026))
		if err := s.Restore(t.Context(), bytes.NewReader(file), nil); err != nil {
			t.Fatal(err)
		}
		// The block that this process had taken before is older; a process started now is past the backup.
		if got := draw(t, db.open(t, at(2026)), 1)[0]; got <= id {
			t.Errorf("NewID after Restore = %d, want more than %d", got, id)
		}
	})
}

func FuzzReadBackup(f *testing.F) {
	s := testDB{Options{Dir: f.TempDir()}}.openPlayground(f)
	fill(f, s, 4)
	file, _ := backup(f, s)
	f.Add([]byte(unzip(f, file)))
	f.Add([]byte(`{"licet":"backup","format":1,"schema":1}` + "\n" + `{"table":"t","columns":[{"name":"a","type":"bytes"}]}` + "\n[\"AA==\"]\n{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := openBackup(bytes.NewReader(zipped(string(text))))
		for err == nil && !b.ended {
			_, _, err = b.entry()
		}
		if err != nil && license.CodeOf(err) != license.Invalid && license.CodeOf(err) != license.Conflict {
			t.Errorf("reading a broken backup = %v, want invalid", err)
		}
	})
}

func TestSplitRow(t *testing.T) {
	for line, want := range map[string][]string{
		`[1]`:                      {"1"},
		`[1,"a,]\"b\\",null,true]`: {"1", `"a,]\"b\\"`, "null", "true"},
		`["",""]`:                  {`""`, `""`},
		`[,]`:                      {"", ""},
		``:                         nil,
		`[`:                        nil,
		`]`:                        nil,
		`["a]`:                     nil,
		`["a"b]`:                   nil,
		`["a\"]`:                   nil,
		`1,2`:                      nil,
	} {
		fields, ok := splitRow([]byte(line), nil)
		var got []string
		for _, f := range fields {
			got = append(got, string(f))
		}
		if ok != (want != nil) || ok && !cmp.Equal(got, want) {
			t.Errorf("splitRow(%s) = %q, %v, want %q", line, got, ok, want)
		}
	}
}
