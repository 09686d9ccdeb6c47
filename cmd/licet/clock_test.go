package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"licet/internal/license"
)

// shell runs the program in this process, under a clock of the test's own.
type shell struct {
	t    *testing.T
	data string
	at   license.Time
}

func newShell(t *testing.T) *shell { return &shell{t: t, data: t.TempDir()} }

// run returns what the program wrote to standard output; it must exit 0 and say nothing else.
func (s *shell) run(args ...string) string {
	s.t.Helper()
	var out, errs bytes.Buffer
	code := runAt(s.t.Context(), func() license.Time { return s.at }, append(args, "--data", s.data), strings.NewReader(""), &out, &errs)
	if code != exitDone || errs.Len() > 0 {
		s.t.Fatalf("licet %s = %d %s, want 0 and no words", strings.Join(args, " "), code, errs.String())
	}
	return out.String()
}

// on sets the clock.
func (s *shell) on(at string) *shell {
	s.t.Helper()
	var err error
	if s.at, err = license.ParseTime(at); err != nil {
		s.t.Fatal(err)
	}
	return s
}

// export returns the keys of the licenses in an export.
func (s *shell) export(args ...string) []string {
	s.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(s.run(append([]string{"license", "export"}, args...)...))).ReadAll()
	if err != nil || len(rows) == 0 || rows[0][0] != "key" {
		s.t.Fatalf("export %v = %v, %v, want CSV with a header", args, rows, err)
	}
	keys := []string{}
	for _, row := range rows[1:] {
		keys = append(keys, row[0])
	}
	return keys
}

// atTheTurnOfTheMonth makes one license in the last second of January and one in the first of February.
func atTheTurnOfTheMonth(t *testing.T) *shell {
	s := newShell(t).on("2026-01-31T23:59:59Z")
	s.run("tenant", "create", "acme")
	s.run("product", "create", "app")
	s.run("license", "create", "--product", "app", "--key", "JANUARY", "--note", `=1+1, "quoted"`)
	s.on("2026-02-01T00:00:00Z").run("license", "create", "--product", "app", "--key", "FEBRUARY")
	return s.on("2026-02-10T12:00:00Z")
}

func TestExport(t *testing.T) {
	t.Parallel()
	s := atTheTurnOfTheMonth(t)

	t.Run("S0-10_CSV_and_nothing_else_is_written", func(t *testing.T) {
		text := s.run("license", "export", "--from", "2026-01-01", "--to", "2026-02-28")
		if !strings.HasPrefix(text, "key,id,product,") || !strings.HasSuffix(text, "\r\n") {
			t.Errorf("export = %q, want a header and lines that end as RFC 4180 says", text)
		}
		if !strings.Contains(text, `"'=1+1, ""quoted"""`) {
			t.Errorf("export = %q, want the note quoted and no formula", text)
		}
	})
	t.Run("S0-11_whole_UTC_days_both_included", func(t *testing.T) {
		for _, c := range []struct {
			args []string
			want []string
		}{
			{[]string{"--from", "2026-01-01", "--to", "2026-01-31"}, []string{"JANUARY"}},
			{[]string{"--from", "2026-01-31", "--to", "2026-01-31"}, []string{"JANUARY"}},
			{[]string{"--from", "2026-02-01", "--to", "2026-02-01"}, []string{"FEBRUARY"}},
			{[]string{"--from", "2026-01-31", "--to", "2026-02-01"}, []string{"JANUARY", "FEBRUARY"}},
			{[]string{"--to", "2026-01-30"}, []string{}},
			{[]string{"--from", "2026-02-02"}, []string{}},
			{nil, []string{"JANUARY", "FEBRUARY"}},
		} {
			if have := s.export(c.args...); !slices.Equal(have, c.want) {
				t.Errorf("export %v = %v, want %v", c.args, have, c.want)
			}
		}
	})
}

// TestS0_12 is not parallel: the time zone belongs to the whole process.
func TestS0_12(t *testing.T) {
	angeles, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Skip(err)
	}
	local := time.Local
	time.Local = angeles
	t.Cleanup(func() { time.Local = local })

	s := atTheTurnOfTheMonth(t)
	t.Run("S0-12_days_of_an_export_are_UTC", func(t *testing.T) {
		if have := s.export("--from", "2026-01-31", "--to", "2026-01-31"); !slices.Equal(have, []string{"JANUARY"}) {
			t.Errorf("export of 31 January = %v, want JANUARY alone", have)
		}
	})
	t.Run("S0-12_times_are_UTC", func(t *testing.T) {
		var one struct {
			Issued string `json:"issued_at"`
		}
		if err := json.Unmarshal([]byte(s.run("license", "show", "FEBRUARY", "--json")), &one); err != nil {
			t.Fatal(err)
		}
		if want := "2026-02-01T00:00:00Z"; one.Issued != want {
			t.Errorf("issued_at = %s, want %s", one.Issued, want)
		}
		if text, want := s.run("license", "show", "FEBRUARY"), "2026-02-01 00:00:00Z"; !strings.Contains(text, want) {
			t.Errorf("license show = %s, want %s in it", text, want)
		}
	})
	t.Run("S0-12_a_day_that_is_written_down_is_UTC", func(t *testing.T) {
		text := s.run("license", "create", "--product", "app", "--expires-at", "2026-07-01", "--json")
		if want := `"expires_at": "2026-07-01T00:00:00Z"`; !strings.Contains(text, want) {
			t.Errorf("license create = %s, want %s in it", text, want)
		}
	})
}

// TestLongLists goes over the pages of a list: nothing is left out, nothing comes twice.
func TestLongLists(t *testing.T) {
	t.Parallel()
	s := newShell(t).on("2026-01-31T12:00:00Z")
	s.run("tenant", "create", "acme")
	s.run("product", "create", "app")
	s.run("license", "create", "--product", "app", "--amount", "2345")
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"--limit", "0"}, 2345},
		{[]string{"--limit", "1000"}, 1000},
		{[]string{"--limit", "1001"}, 1001},
		{nil, 100},
		{[]string{"--limit", "0", "--used"}, 0},
	} {
		var list []licenseView
		if err := json.Unmarshal([]byte(s.run(append([]string{"license", "list", "--json"}, c.args...)...)), &list); err != nil {
			t.Fatal(err)
		}
		keys := make(map[string]bool)
		for _, l := range list {
			keys[l.Key] = true
		}
		if len(list) != c.want || len(keys) != c.want {
			t.Errorf("list %v = %d licenses, %d different, want %d", c.args, len(list), len(keys), c.want)
		}
	}
}
