package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"licet/internal/office"
)

type licenseImport struct {
	Product string `help:"Product that they are of: code, number or id." required:"" placeholder:"PRODUCT"`
	Format  string `help:"How the file is written: csv, keyauth (JSON) or keyauth-text; found out when empty." placeholder:"FORMAT"`
	Policy  string `help:"Policy whose terms hold where a row says nothing: code or id; the product's default when empty." placeholder:"POLICY"`
	Order   string `help:"Reference of the order of the rows that name none; a known one is added to. When empty, an order is made for each thousand." placeholder:"REF"`
	DryRun  bool   `help:"Say what would come of it, and change nothing."`
	File    string `arg:"" help:"File with the licenses; - is standard input."`
}

// shownFaults is how many refused rows people see; --json lists more.
const shownFaults = 20

// Run imports them, and prints what came of it whether all rows went in or not.
func (c *licenseImport) Run(t *tool) error {
	in := office.Import{Format: office.ImportFormat(c.Format), Product: c.Product, Policy: c.Policy, Order: c.Order, DryRun: c.DryRun}
	file, err := c.open(t)
	if err != nil {
		return err
	}
	defer file.Close()
	in.Source = file
	if f, ok := file.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			in.Size = info.Size()
		}
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	result, err := d.ImportLicenses(t.ctx, d.actor, in, t.importProgress())
	if _, ok := terminal(t.errs); ok {
		fmt.Fprintln(t.errs)
	}
	if result.Rows == 0 && err != nil {
		return err
	}
	if err := c.show(t, &result); err != nil {
		return err
	}
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted; the counted licenses are kept, and the same command goes on from there")
	case err != nil:
		return fmt.Errorf("stopped before the end of the file: %w; the counted licenses are kept, and the same command goes on from there", err)
	case result.Failed > 0:
		return fmt.Errorf("%d of %d rows were refused; correct them in the file and import it again: what is there already is skipped", result.Failed, result.Rows)
	}
	return nil
}

func (c *licenseImport) open(t *tool) (io.ReadCloser, error) {
	if c.File == "-" {
		return io.NopCloser(t.in), nil
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, usagef("%w", err)
	}
	return f, nil
}

// importProgress tells a person at a terminal how far an import is.
func (t *tool) importProgress() func(done, total int64) {
	if _, ok := terminal(t.errs); !ok {
		return nil
	}
	return func(done, total int64) {
		if total > 0 {
			fmt.Fprintf(t.errs, "\r%d of about %d rows ", done, total)
			return
		}
		fmt.Fprintf(t.errs, "\r%d rows ", done)
	}
}

// show prints what came of an import. What people should look at is said beside it.
func (c *licenseImport) show(t *tool, r *office.ImportResult) error {
	if t.globals.JSON {
		return t.printJSON(r)
	}
	count := func(n int64) string { return strconv.FormatInt(n, 10) }
	pairs := [][2]string{
		{"format", string(r.Format)}, {"rows", count(r.Rows)}, {choose(!r.DryRun, "made") + choose(r.DryRun, "would be made"), count(r.Made)},
		{"already there", count(r.Skipped)}, {"differences", nonZero(r.Different)}, {"of other products", nonZero(r.Elsewhere)},
		{"refused", count(r.Failed)},
	}
	if r.Order != "" {
		pairs = append(pairs, [2]string{"orders", r.Order + "-1 and following"})
	}
	for _, text := range r.Warnings {
		t.sayf("warning: %s", printable(text))
	}
	for _, d := range r.Differences[:min(len(r.Differences), shownFaults)] {
		t.sayf("row %d: %s is there already, with %s %s and not %s; it stays as it is", d.Row, printable(d.Key), d.Field, d.There, d.File)
	}
	for _, f := range r.Errors[:min(len(r.Errors), shownFaults)] {
		t.sayf("%s", printable(f.Error()))
	}
	if more := r.Failed - shownFaults; more > 0 {
		t.sayf("and %d more rows were refused; --json lists the first 1000", more)
	}
	return t.print(r, func() [][2]string { return pairs })
}
