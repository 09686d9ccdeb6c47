package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"licet/internal/license"
)

// Options say what is measured, and for how long. The zero value is the whole run.
type Options struct {
	Only     []string      `help:"Scenarios to run: verify, activate, slow-disk, native, webhooks, licensespring, keyauth, dna, bulk, memory, postgres, pages, pages-postgres; all when empty." placeholder:"NAME"`
	Pages    bool          `help:"Measure the pages of the platform alone: the same as --only=pages,pages-postgres."`
	Quick    bool          `help:"A smoke test of a few seconds; its figures mean nothing."`
	Rounds   int           `help:"Rounds of each load; 0 means 5." placeholder:"N"`
	Round    time.Duration `help:"How long a round lasts; 0 means 3s." placeholder:"TIME"`
	Steady   time.Duration `help:"How long the load lasts over which memory must not grow; 0 means 60s." placeholder:"TIME"`
	Small    int           `help:"Licenses in the small database; 0 means 10000." placeholder:"N"`
	Medium   int           `help:"Licenses in the usual database; 0 means 100000." placeholder:"N"`
	Large    int           `help:"Licenses in the large database; 0 means 1000000." placeholder:"N"`
	Dir      string        `help:"Folder in which databases are made and removed again; it must be on a real disk. The folder for temporary files when empty." placeholder:"DIR" type:"path"`
	Postgres string        `help:"URL of an empty PostgreSQL database to measure, which is left full; a private server is started when empty." env:"LICET_BENCH_POSTGRES" placeholder:"URL"`
	Profile  string        `help:"Folder into which every server under test writes profiles of processor and memory." placeholder:"DIR" type:"path"`
	JSON     bool          `help:"Print JSON instead of tables."`
	Markdown string        `help:"File to write the report to as Markdown." placeholder:"FILE" type:"path"`

	// Program is the command line that calls Child; nil is this program with the argument
	// "bench-child".
	Program []string `kong:"-"`
	// Progress is told what goes on; nil is nobody.
	Progress io.Writer `kong:"-"`
}

// The numbers of connections of the loads.
const (
	verifyConnections   = 16
	activateConnections = 64
	crowd               = 256
)

// sizeRounds is how many small databases are used up at most; each round of it takes a while.
const sizeRounds = 3

func (o Options) withDefaults() (Options, error) {
	rounds, round, steady, small, medium, large := 5, 3*time.Second, time.Minute, 10_000, 100_000, 1_000_000
	if o.Quick {
		rounds, round, steady, small, medium, large = 2, 300*time.Millisecond, 2*time.Second, 500, 1000, 4000
	}
	orDefault(&o.Rounds, rounds)
	orDefault(&o.Round, round)
	orDefault(&o.Steady, steady)
	orDefault(&o.Small, small)
	orDefault(&o.Medium, medium)
	orDefault(&o.Large, large)
	if o.Rounds < 1 || o.Round <= 0 || o.Steady <= 0 {
		return o, license.Invalidf("rounds", "rounds and times begin at 1")
	}
	if o.Small < 1 || o.Medium < o.Small || o.Large < o.Medium {
		return o, license.Invalidf("large", "the small, usual and large database must have at least 1 license and grow in that order")
	}
	if o.Pages {
		o.Only = append(o.Only, "pages", "pages-postgres")
	}
	for _, name := range o.Only {
		if !slices.ContainsFunc(scenarios(), func(s scenario) bool { return s.name == name }) {
			return o, license.Invalidf("only", "there is no scenario %q; write verify, activate, native, webhooks, licensespring, keyauth, dna, bulk, memory, postgres, pages or pages-postgres", name)
		}
	}
	if o.Program == nil {
		self, err := os.Executable()
		if err != nil {
			return o, fmt.Errorf("find this program: %w", err)
		}
		o.Program = []string{self, "bench-child"}
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o, nil
}

func orDefault[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// scenario is one part of a run.
type scenario struct {
	name, title string
	run         func(*run, context.Context) error
}

func scenarios() []scenario {
	return []scenario{
		{"verify", "Verify an activated device (SQLite)", (*run).verify},
		{"activate", "First activations (SQLite, full fsync)", (*run).activate},
		{"slow-disk", "First activations where each commit takes 2 ms longer (SQLite)", (*run).slowDisk},
		{"native", "Native API: validate, signed with Ed25519 (SQLite)", (*run).native},
		{"webhooks", "Webhooks beside validate (SQLite)", (*run).webhooks},
		{"licensespring", "LicenseSpring: check_license, signed with RSA-2048 (SQLite)", (*run).licenseSpring},
		{"keyauth", "KeyAuth: init, license and check, signed with Ed25519 (SQLite)", (*run).keyAuth},
		{"dna", "software_DNA: changes of passwords (SQLite)", (*run).dna},
		{"bulk", "Make licenses in bulk (SQLite)", (*run).bulk},
		{"memory", "Memory and start (SQLite)", (*run).memory},
		{"postgres", "PostgreSQL", (*run).postgres},
		{"pages", "Pages of the platform (SQLite)", (*run).pages},
		{"pages-postgres", "Pages of the platform (PostgreSQL)", (*run).pagesOnPostgres},
	}
}

// Run measures, prints the report to out and returns it. A target that was missed is no error; an
// error means that the run is not complete, and what was found until then is returned all the same.
func Run(ctx context.Context, o Options, out io.Writer) (Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Report{}, err
	}
	dir, err := workFolder(o.Dir)
	if err != nil {
		return Report{}, err
	}
	defer os.RemoveAll(dir)
	r := &run{Options: o, dir: dir, made: make(map[string]*folder)}
	r.report = Report{Began: time.Now().UTC().Truncate(time.Second), Version: buildVersion(), Quick: o.Quick}
	if r.report.Machine, err = thisMachine(dir); err != nil {
		return r.report, err
	}
	err = r.all(ctx)
	r.report.Took = time.Since(r.report.Began).Round(time.Second)
	return r.report, errors.Join(err, r.print(out))
}

// run is a run on its way.
type run struct {
	Options
	dir    string
	made   map[string]*folder
	report Report
	now    *Section // the scenario that runs
}

func (r *run) all(ctx context.Context) error {
	for _, s := range scenarios() {
		if len(r.Only) > 0 && !slices.Contains(r.Only, s.name) {
			continue
		}
		r.say("%s", s.title)
		r.report.Sections = append(r.report.Sections, Section{Name: s.name, Title: s.title})
		r.now = &r.report.Sections[len(r.report.Sections)-1]
		if err := s.run(r, ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (r *run) print(out io.Writer) error {
	if r.Markdown != "" {
		var b strings.Builder
		r.report.WriteMarkdown(&b)
		if err := os.WriteFile(r.Markdown, []byte(b.String()), 0o644); err != nil {
			return err
		}
	}
	if r.JSON {
		return r.report.WriteJSON(out)
	}
	return r.report.WriteText(out)
}

// say tells what goes on.
func (r *run) say(format string, args ...any) {
	fmt.Fprintf(r.Progress, "%s  %s\n", time.Since(r.report.Began).Round(time.Second), fmt.Sprintf(format, args...))
}

// fact notes a figure of the scenario that runs.
func (r *run) fact(name, format string, args ...any) {
	value := fmt.Sprintf(format, args...)
	r.now.Facts = append(r.now.Facts, Fact{name, value})
	r.say("  %s: %s", name, value)
}

func (r *run) note(format string, args ...any) {
	r.now.Notes = append(r.now.Notes, fmt.Sprintf(format, args...))
}

// target notes how a requirement came out.
func (r *run) target(t Target) {
	r.now.Targets = append(r.now.Targets, t)
	met := "met"
	if !t.Met {
		met = "NOT met"
	}
	r.say("  %s: %s, want %s: %s", t.What, t.Have, t.Want, met)
}

// atLeast is the target that a ratio of two rows is not below want.
func (r *run) atLeast(what string, want float64, a, b *Row) {
	ratio, rounds := ratios(a, b, rateOf)
	r.target(Target{
		What: what, Want: fmt.Sprintf("at least %.2f", want), Have: fmt.Sprintf("%.2f", ratio),
		Met: ratio >= want, Value: ratio, Rounds: rounds,
	})
}

// child starts a server under test.
func (r *run) child(ctx context.Context, name string, what order) (*process, error) {
	if r.Profile != "" {
		what.Profile = filepath.Join(r.Profile, name)
	}
	return startChild(ctx, r.Program, name, what)
}

// workFolder makes the folder for databases.
func workFolder(dir string) (string, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	if inMemory(dir) {
		return "", license.Invalidf("dir", "%s is in memory, where an fsync costs nothing; name a folder on a disk", dir)
	}
	return os.MkdirTemp(dir, "licet-bench-")
}
