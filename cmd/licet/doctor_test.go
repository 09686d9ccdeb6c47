package main

import (
	"bytes"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// TestDoctorNamesWhatIsBroken breaks a database behind the program's back.
func TestDoctorNamesWhatIsBroken(t *testing.T) {
	t.Parallel()
	s := newShell(t).on("2026-01-31T12:00:00Z")
	s.run("tenant", "create", "acme")
	s.run("product", "create", "app")
	s.run("license", "create", "--product", "app")
	db, err := sql.Open("sqlite", filepath.Join(s.data, "licet.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE licenses SET activated = 5"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"doctor", "BROKEN  activations"},
		{"doctor --json", `"ok": false`},
	} {
		var out, errs bytes.Buffer
		code := Run(t.Context(), append(strings.Fields(c.args), "--data", s.data), strings.NewReader(""), &out, &errs)
		if code != exitFailed || !strings.Contains(out.String(), c.want) || !strings.Contains(errs.String(), "promises are broken") {
			t.Errorf("licet %s = %d %s%s, want 1 and %s", c.args, code, out.String(), errs.String(), c.want)
		}
	}
}
