package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

// TestMain makes the test binary the program under test: the runs below start it as their child.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "bench-child" {
		ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
		defer cancel()
		if err := Child(ctx, ChildOptions{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// tiny is a run that takes no time and measures nothing worth knowing.
func tiny(t *testing.T, only ...string) Options {
	return Options{
		Only: only, Quick: true, Rounds: 1, Round: 50 * time.Millisecond, Steady: 100 * time.Millisecond,
		Small: 60, Medium: 120, Large: 240, Dir: t.TempDir(), Program: []string{os.Args[0], "bench-child"},
	}
}

func TestRunOnSQLite(t *testing.T) {
	t.Parallel()
	o := tiny(t, "verify", "activate", "slow-disk", "native", "webhooks", "bulk", "memory", "pages")
	o.Profile, o.Markdown, o.JSON = t.TempDir(), filepath.Join(t.TempDir(), "benchmarks.md"), true
	var out, progress bytes.Buffer
	o.Progress = &progress
	report, err := Run(t.Context(), o, &out)
	if err != nil {
		t.Fatalf("Run = %v, want ok; it said:\n%s", err, progress.String())
	}
	var sections []string
	for _, s := range report.Sections {
		sections = append(sections, s.Name)
		if s.Skipped != "" {
			t.Errorf("section %s was skipped: %s", s.Name, s.Skipped)
		}
		if len(s.Targets) == 0 {
			t.Errorf("section %s has no target", s.Name)
		}
		for i := range s.Rows {
			if r := &s.Rows[i]; r.Typical().Requests == 0 || r.Errors() != 0 {
				t.Errorf("%s: %d requests, %d errors, want some and none", r.Name, r.Typical().Requests, r.Errors())
			}
		}
	}
	if diff := cmp.Diff(o.Only, sections); diff != "" {
		t.Errorf("sections (-want +got):\n%s", diff)
	}
	var read Report
	if err := json.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatalf("the printed report is no JSON: %v", err)
	}
	if diff := cmp.Diff(report, read); diff != "" {
		t.Errorf("the printed report (-want +got):\n%s", diff)
	}
	for _, file := range []string{o.Markdown, filepath.Join(o.Profile, "verify.cpu.pprof"), filepath.Join(o.Profile, "bare.heap.pprof")} {
		if info, err := os.Stat(file); err != nil || info.Size() == 0 {
			t.Errorf("%s is missing or empty: %v", filepath.Base(file), err)
		}
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) != 0 {
		t.Errorf("the run left %v behind, %v", left, err)
	}
}

// All that was acknowledged is there, and nothing else: a load activates every license once.
func TestActivationsAreCounted(t *testing.T) {
	t.Parallel()
	r := &run{Options: must(tiny(t).withDefaults()), dir: t.TempDir(), made: map[string]*folder{}, now: &Section{}}
	f, err := r.copyOf(t.Context(), r.Large, "all")
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.child(t.Context(), "all", order{Kind: kindLicet, Dir: f.dir})
	if err != nil {
		t.Fatal(err)
	}
	l := &load{keys: f.keys(), connections: 7, span: time.Minute, next: newPool(f.keys()).all()}
	round, err := measure(t.Context(), l, p)
	if err != nil || round.Requests != uint64(r.Large) || len(round.Errors) > 0 {
		t.Errorf("measure = %d requests, errors %v, %v, want %d, none", round.Requests, round.Errors, err, r.Large)
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

func TestRunOnPostgres(t *testing.T) {
	t.Parallel()
	o := tiny(t, "postgres")
	var out bytes.Buffer
	report, err := Run(t.Context(), o, &out)
	if err != nil {
		t.Fatalf("Run = %v, want ok", err)
	}
	s := report.Sections[0]
	if s.Skipped != "" {
		if os.Getenv("LICET_TEST_POSTGRES") == "required" {
			t.Fatalf("skipped: %s", s.Skipped)
		}
		t.Skip(s.Skipped)
	}
	if len(s.Rows) != 5 || report.Machine.PostgreSQL == "" {
		t.Errorf("%d rows on PostgreSQL %q, want 5 on some version:\n%s", len(s.Rows), report.Machine.PostgreSQL, out.String())
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"only":  {Only: []string{"everything"}},
		"large": {Small: 10, Medium: 5},
	} {
		_, err := Run(t.Context(), o, &bytes.Buffer{})
		if license.CodeOf(err) != license.Invalid || !strings.Contains(err.Error(), name) {
			t.Errorf("Run(%s) = %v, want invalid and the name", name, err)
		}
	}
}

// A child that cannot start says why.
func TestChildThatCannotStart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := startChild(t.Context(), []string{os.Args[0], "bench-child"}, "broken", order{Kind: kindLicet, Dir: file})
	if err == nil {
		t.Errorf("startChild = ok, want an error; stop = %v", p.stop())
	} else if !strings.HasPrefix(err.Error(), "start broken: ") || strings.Contains(err.Error(), "before it was ready") {
		t.Errorf("startChild = %v, want the child's own words", err)
	}
}

func TestChildWithoutOrder(t *testing.T) {
	t.Parallel()
	err := Child(t.Context(), ChildOptions{In: strings.NewReader("")})
	if err == nil || !strings.Contains(err.Error(), "licet bench") {
		t.Errorf("Child = %v, want to be told of licet bench", err)
	}
}

func must(o Options, err error) Options {
	if err != nil {
		panic(err)
	}
	return o
}
