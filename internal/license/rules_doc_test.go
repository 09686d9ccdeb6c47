package license_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

// TestRulesDocUpToDate keeps docs/rules.md equal to the tables in the code.
func TestRulesDocUpToDate(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "rules.md")
	want := rulesDoc()
	if os.Getenv("LICET_UPDATE") == "1" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with: make docs", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/rules.md is stale (-code +file); run: make docs\n%s", diff)
	}
}

func rulesDoc() []byte {
	var b bytes.Buffer
	b.WriteString(`<!-- Generated from internal/license by: make docs. Do not edit. -->

# Licensing rules

Every answer that Licet gives about a license comes from this table, whichever dialect the app speaks. It is printed from the
code that decides, so it cannot be out of date.

## Who is refused what

**refuses**: the operation is refused with this reason, and nothing is changed. **tells**: the operation goes on, and the answer says so.
An empty cell: the rule has no say. Where several rules refuse, the topmost gives the reason, unless a dialect has an order of its own.

`)
	b.WriteString("| reason | when |")
	for _, op := range license.Operations() {
		fmt.Fprintf(&b, " %s |", op.Name)
	}
	b.WriteString("\n|---|---|")
	for range license.Operations() {
		b.WriteString("---|")
	}
	for _, r := range license.Rules() {
		fmt.Fprintf(&b, "\n| `%s` | %s |", r.Reason, r.When)
		for _, op := range license.Operations() {
			switch {
			case r.Blocks&op.Op != 0:
				b.WriteString(" refuses |")
			case r.Tells&op.Op != 0:
				b.WriteString(" tells |")
			default:
				b.WriteString(" |")
			}
		}
	}
	b.WriteString(`

"It" is the license. A re-activation is an activation by a device that holds a place already. Expiry counts at the very moment of its
date; a subscription goes on to the end of its grace period. A dialect with one answer, valid or not, takes it as a no, too, when it is
told that the license or the claimed feature has not begun or is over; then nothing more is counted either.

## What an app may want besides

An app of the native API may say which features it needs and which version it is. These rules come after those of a check.

| reason | when | |
|---|---|---|
`)
	for _, r := range license.RequirementRules() {
		says := "refuses"
		if r.Tells {
			says = "tells"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.Reason, r.When, says)
	}
	b.WriteString(`
## All reasons

Each reason belongs to one class of failure, its code. Reasons that are not in the table above do not come from the license itself but from
the request, the person who asks, or the server.

| reason | code | sentence |
|---|---|---|
`)
	for _, r := range license.Reasons() {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", r, r.Code(), r.Sentence())
	}
	return b.Bytes()
}
