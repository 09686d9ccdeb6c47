package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteJSON writes the report for programs.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// WriteText writes the report for people at a terminal.
func (r *Report) WriteText(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range r.about() {
		fmt.Fprintf(out, "%s\t%s\n", f.Name, f.Value)
	}
	for i := range r.Sections {
		s := &r.Sections[i]
		fmt.Fprintf(out, "\n%s\n", s.Title)
		if s.Skipped != "" {
			fmt.Fprintf(out, "  skipped: %s\n", s.Skipped)
		}
		if len(s.Rows) > 0 {
			fmt.Fprintf(out, "\n  %s\n", strings.Join(columns(), "\t"))
			for i := range s.Rows {
				fmt.Fprintf(out, "  %s\n", strings.Join(s.Rows[i].cells(), "\t"))
			}
		}
		if len(s.Targets) > 0 {
			fmt.Fprintf(out, "\n  target\twant\thave\t\trounds\n")
			for _, t := range s.Targets {
				fmt.Fprintf(out, "  %s\t%s\t%s\t%s\t%s\n", t.What, t.Want, t.Have, t.verdict(), t.rounds())
			}
		}
		for _, f := range s.Facts {
			fmt.Fprintf(out, "  %s\t%s\n", f.Name, f.Value)
		}
		for _, n := range s.Notes {
			fmt.Fprintf(out, "  %s\n", n)
		}
	}
	return out.Flush()
}

// WriteMarkdown writes the report as docs/benchmarks.md.
func (r *Report) WriteMarkdown(b *strings.Builder) {
	b.WriteString("# Benchmarks\n\n" +
		"Written by `licet bench --markdown docs/benchmarks.md`; do not edit. The figures are medians over\n" +
		"rounds that took turns, in one run on one machine. The load came over loopback from the same\n" +
		"machine and shares its cores. Compare the ratios, not the figures, with other machines.\n\n")
	if r.Quick {
		b.WriteString("This was a smoke test: **the figures mean nothing.**\n\n")
	}
	table(b, []string{"", ""}, func(row func(...string)) {
		for _, f := range r.about() {
			row(f.Name, f.Value)
		}
	})
	for i := range r.Sections {
		r.Sections[i].markdown(b)
	}
}

func (s *Section) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n", s.Title)
	if s.Skipped != "" {
		fmt.Fprintf(b, "\nSkipped: %s\n", s.Skipped)
	}
	for _, n := range s.Notes {
		fmt.Fprintf(b, "\n%s\n", n)
	}
	if len(s.Targets) > 0 {
		b.WriteByte('\n')
		table(b, []string{"target", "want", "have", "", "in each round"}, func(row func(...string)) {
			for _, t := range s.Targets {
				row(t.What, t.Want, t.Have, t.verdict(), t.rounds())
			}
		})
	}
	if len(s.Rows) > 0 {
		b.WriteByte('\n')
		table(b, columns(), func(row func(...string)) {
			for i := range s.Rows {
				row(s.Rows[i].cells()...)
			}
		})
	}
	if len(s.Facts) > 0 {
		b.WriteByte('\n')
		for _, f := range s.Facts {
			fmt.Fprintf(b, "- %s: %s\n", f.Name, f.Value)
		}
	}
}

// table writes a Markdown table.
func table(b *strings.Builder, head []string, rows func(row func(...string))) {
	row := func(cells ...string) {
		for _, c := range cells {
			b.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
		}
		b.WriteString("|\n")
	}
	row(head...)
	b.WriteString(strings.Repeat("| --- ", len(head)) + "|\n")
	rows(row)
}

// about are the lines that say where and when.
func (r *Report) about() []Fact {
	m := &r.Machine
	lines := []Fact{
		{"date", r.Began.Format(time.DateOnly)},
		{"version", r.Version},
		{"processor", fmt.Sprintf("%s, %d cores", m.Processor, m.Cores)},
		{"memory", gigabytes(m.Memory)},
		{"system", m.System},
		{"disk", fmt.Sprintf("%s, fdatasync of 4 KiB: p50 %s, p99 %s", m.FileSystem, short(m.SyncP50), short(m.SyncP99))},
		{"Go", m.Go},
		{"SQLite", m.SQLite},
	}
	if m.PostgreSQL != "" {
		lines = append(lines, Fact{"PostgreSQL", m.PostgreSQL})
	}
	return append(lines, Fact{"took", r.Took.String()})
}

func columns() []string {
	return []string{"load", "requests/s", "p50", "p99", "max", "errors", "server CPU/request", "loader CPU/request"}
}

func (r *Row) cells() []string {
	t := r.Typical()
	return []string{
		r.Name, thousands(int(t.Rate)), short(t.P50), short(t.P99), short(t.Max), strconv.FormatInt(r.Errors(), 10),
		short(t.ServerCPU), short(t.LoaderCPU),
	}
}

func (t *Target) verdict() string {
	if t.Met {
		return "met"
	}
	return "not met"
}

func (t *Target) rounds() string {
	out := make([]string, len(t.Rounds))
	for i, v := range t.Rounds {
		out[i] = fmt.Sprintf("%.2f", v)
	}
	return strings.Join(out, " ")
}

// short is a duration with three digits or so; "" where it is not known.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Millisecond:
		return fmt.Sprintf("%.1f µs", float64(d)/float64(time.Microsecond))
	case d < time.Second:
		return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// thousands is a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func perSecond(n int, took time.Duration) string {
	return thousands(int(float64(n)/took.Seconds())) + "/s"
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }

func gigabytes(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
}
