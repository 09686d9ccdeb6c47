package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample is a made-up report with everything in it.
func sample() *Report {
	fast := &Row{Name: "licet, 100,000 licenses, 16 connections", Rounds: []Round{
		{Rate: 20100.4, Requests: 80_000, P50: 512 * time.Microsecond, P99: 4 * time.Millisecond, Max: 21 * time.Millisecond, ServerCPU: 41_500, LoaderCPU: 8_200},
		{Rate: 19000, Requests: 76_000, P50: 600 * time.Microsecond, P99: 5 * time.Millisecond, Max: 1500 * time.Millisecond, ServerCPU: 42_000, LoaderCPU: 8_300},
		{Rate: 21000, Requests: 84_000, P50: 480 * time.Microsecond, P99: 3 * time.Millisecond, Max: 9 * time.Millisecond, ServerCPU: 40_000, LoaderCPU: 8_100},
	}}
	bare := &Row{Name: "bare net/http handler, 100,000 licenses, 16 connections", Rounds: []Round{
		{Rate: 30000, Requests: 120_000, P50: 300 * time.Microsecond, P99: 2 * time.Millisecond, Max: 8 * time.Millisecond},
		{Rate: 31000, Requests: 124_000, P50: 310 * time.Microsecond, P99: 2 * time.Millisecond, Max: 8 * time.Millisecond, Errors: map[string]int64{"status 503": 2, "connection broken": 1}},
		{Rate: 40000, Requests: 160_000, P50: 290 * time.Microsecond, P99: 1 * time.Millisecond, Max: 7 * time.Millisecond},
	}}
	r := &run{report: Report{
		Began: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Took: 7 * time.Minute, Version: "v0.1.0",
		Machine: Machine{
			System: "Linux 6.18, linux/amd64", Processor: "Some Processor", Cores: 2, Memory: 24 << 30, Go: "go1.26.8",
			SQLite: "3.53.4", PostgreSQL: "15.18", FileSystem: "ext4", SyncP50: 170 * time.Microsecond, SyncP99: 5 * time.Millisecond,
		},
		Sections: []Section{
			{Name: "verify", Title: "Verify an activated device (SQLite)", Notes: []string{"A note."}, Rows: []Row{*fast, *bare}},
			{Name: "postgres", Title: "PostgreSQL", Skipped: "there is none"},
		},
	}}
	r.Progress = &strings.Builder{}
	r.now = &r.report.Sections[0]
	r.atLeast("requests/s: licet to the bare handler", 0.6, fast, bare)
	r.atLeast("requests/s: the other way round", 0.6, bare, fast)
	r.fact("licenses made", "%s", perSecond(100_000, 4*time.Second))
	return &r.report
}

func TestReports(t *testing.T) {
	t.Parallel()
	var text, markdown strings.Builder
	r := sample()
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	r.WriteMarkdown(&markdown)
	for name, got := range map[string]string{"report.txt": text.String(), "report.md": markdown.String()} {
		file := filepath.Join("testdata", name)
		if os.Getenv("LICET_UPDATE") == "1" {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	r := sample()
	targets := r.Sections[0].Targets
	if len(targets) != 2 || !targets[0].Met || !targets[1].Met {
		t.Fatalf("targets = %+v, want two that are met", targets)
	}
	if got, want := targets[0].Have, "0.65"; got != want {
		t.Errorf("ratio of medians = %s, want %s", got, want)
	}
	if diff := cmp.Diff([]float64{20100.4 / 30000, 19000.0 / 31000, 21000.0 / 40000}, targets[0].Rounds); diff != "" {
		t.Errorf("ratios of rounds (-want +got):\n%s", diff)
	}
	if got := r.Unmet(); len(got) != 0 {
		t.Errorf("Unmet = %v, want none", got)
	}
	targets[1].Met = false
	if got := r.Unmet(); len(got) != 1 || got[0].What != targets[1].What {
		t.Errorf("Unmet = %v, want the second", got)
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "", 900: "0.9 µs", 12_345: "12.3 µs", 3_456_789: "3.46 ms", 1_234_567_890: "1.23 s",
	} {
		if got := short(d); got != want {
			t.Errorf("short(%d) = %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
}
