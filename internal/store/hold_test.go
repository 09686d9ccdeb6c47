package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"licet/internal/license"
)

func TestHold(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	release, err := Hold(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Hold(dir)
	if want := fmt.Sprintf("process %d", os.Getpid()); !errors.Is(err, license.Conflict) || !strings.Contains(err.Error(), want) {
		t.Errorf("a second Hold = %v, want a conflict with %s", err, want)
	}
	release()
	// The file stays, which matters to nobody.
	if _, err := os.Stat(filepath.Join(dir, "licet.lock")); err != nil {
		t.Error(err)
	}
	release, err = Hold(dir)
	if err != nil {
		t.Fatalf("Hold after release = %v, want ok", err)
	}
	release()
}

func TestDatabaseFileIsPrivate(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := testDB{Options{Dir: dir}}.open(t)
	mustWrite(t, s, func(tx *Tx) error { return tx.SaveServerSetting("a", "b") })
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("files = %v, %v", files, err)
	}
	for _, path := range files {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, %v, want nothing for others", path, info.Mode(), err)
		}
	}
}
