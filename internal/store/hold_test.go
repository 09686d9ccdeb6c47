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
