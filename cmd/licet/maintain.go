package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"licet/internal/store"
)

// migrateCommand: licet migrate. A server migrates by itself when it starts; this is for those who want to
// see it done before.
type migrateCommand struct{}

type migrateView struct {
	Ran    []string `json:"ran"`
	Schema int64    `json:"schema"`
}

// Run migrates.
func (*migrateCommand) Run(t *tool) error {
	db, err := t.open(store.Options{MaxConns: commandConns})
	if err != nil {
		return err
	}
	v := migrateView{Ran: []string{}}
	ran, err := db.Migrate(t.ctx)
	if err != nil {
		return err
	}
	v.Ran = append(v.Ran, ran...)
	if v.Schema, err = db.SchemaVersion(t.ctx); err != nil {
		return err
	}
	return t.print(v, func() [][2]string {
		pairs := [][2]string{{"schema", idText(v.Schema)}}
		for _, name := range v.Ran {
			pairs = append(pairs, [2]string{"ran", name})
		}
		if len(v.Ran) == 0 {
			pairs = append(pairs, [2]string{"ran", "nothing; the database is up to date"})
		}
		return pairs
	})
}

// backupCommand: licet backup. A backup is one moment of the database, whatever goes on meanwhile. The
// same file restores into either database. The master key is not in it.
type backupCommand struct {
	File string `arg:"" help:"File to write, in place of what it holds; - is standard output."`
}

// Run writes it under another name first, so that FILE is a whole backup or what it was.
func (c *backupCommand) Run(t *tool) error {
	db, err := t.existing()
	if err != nil {
		return err
	}
	progress, done := t.progress()
	if c.File == "-" {
		err := db.Backup(t.ctx, t.out, progress)
		done()
		return err
	}
	size, err := writeWhole(c.File, func(w io.Writer) error {
		defer done()
		return db.Backup(t.ctx, w, progress)
	})
	if err == nil {
		t.sayf("licet: wrote %s, %d bytes; keep the master key too, but elsewhere: it is not in the backup", c.File, size)
	}
	return err
}

// writeWhole writes a file in one step, readable by its owner alone; what it returns is on the disk.
func writeWhole(name string, fill func(io.Writer) error) (size int64, err error) {
	tmp := name + ".tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	err = fill(f)
	if info, statErr := f.Stat(); statErr == nil {
		size = info.Size()
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		_ = os.Remove(tmp) // The first error is the one to tell.
		return 0, err
	}
	return size, syncFolder(filepath.Dir(name))
}

// syncFolder makes a rename last. Some systems cannot, and do not need it.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}

// progress returns what to call while tables are written or read, and at the end. Only a terminal is told.
func (t *tool) progress() (rows func(table string, n int64), done func()) {
	if _, ok := terminal(t.errs); !ok {
		return nil, func() {}
	}
	rows = func(table string, n int64) { fmt.Fprintf(t.errs, "\r\x1b[K%s: %d rows", table, n) }
	return rows, func() { fmt.Fprint(t.errs, "\r\x1b[K") }
}

// restoreCommand: licet restore. It never overwrites: the database must be empty.
type restoreCommand struct {
	File string `arg:"" help:"Backup to read; - is standard input."`
}

// Run restores and then examines what came in.
func (c *restoreCommand) Run(t *tool) error {
	in := t.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return usageError{err}
		}
		defer f.Close()
		in = f
	}
	if err := t.hold(); err != nil {
		return err
	}
	db, err := t.open(store.Options{MaxConns: commandConns})
	if err != nil {
		return err
	}
	progress, done := t.progress()
	err = db.Restore(t.ctx, in, progress)
	done()
	if err != nil {
		return err
	}
	t.sayf("licet: restored; before you start the server, bring the master key of the old one to %s", t.masterKeyFile())
	return t.examine(db)
}

// doctorCommand: licet doctor. It changes nothing.
type doctorCommand struct{}

// Run examines the database; what is broken makes it exit 1.
func (*doctorCommand) Run(t *tool) error {
	db, err := t.existing()
	if err != nil {
		return err
	}
	return t.examine(db)
}

type doctorView struct {
	OK     bool              `json:"ok"`
	Checks []store.Diagnosis `json:"checks"`
}

func (t *tool) examine(db *store.Store) error {
	show := t.showCheck
	if t.globals.JSON {
		show = nil
	}
	checks, err := db.Examine(t.ctx, t.now(), show)
	if err != nil {
		return err
	}
	v := doctorView{OK: true, Checks: checks}
	broken := 0
	for i := range checks {
		if checks[i].Findings == nil {
			checks[i].Findings = []store.Finding{}
		}
		if checks[i].Broken > 0 {
			v.OK = false
			broken++
		}
	}
	if t.globals.JSON {
		err = t.printJSON(v)
	}
	if err == nil && broken > 0 {
		err = fmt.Errorf("%d of %d promises are broken", broken, len(checks))
	}
	return err
}

// showCheck prints a check as soon as it is done: a large database takes a while.
func (t *tool) showCheck(d store.Diagnosis) {
	word := "ok"
	if d.Broken > 0 {
		word = "BROKEN"
	}
	fmt.Fprintf(t.out, "%-7s %-18s %s\n", word, d.Check, d.Promise)
	for _, f := range d.Findings {
		fmt.Fprintf(t.out, "        tenant %d, %d: %s\n", f.Tenant, f.ID, printable(f.Detail))
	}
	if rest := d.Broken - int64(len(d.Findings)); rest > 0 {
		fmt.Fprintf(t.out, "        and %d more\n", rest)
	}
	_ = t.out.Flush() // The next write tells.
}
