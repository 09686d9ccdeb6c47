package web_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTemplatesUpToDate compares what is generated from the templates with what is committed. With LICET_UPDATE=1 it writes that.
func TestTemplatesUpToDate(t *testing.T) {
	t.Parallel()
	templ := func(args ...string) ([]byte, error) {
		return exec.CommandContext(t.Context(), "go", append([]string{"tool", "-modfile=../../tools/go.mod", "templ", "generate"}, args...)...).CombinedOutput()
	}
	if os.Getenv("LICET_UPDATE") == "1" {
		if out, err := templ("-path", "."); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	// Generated in a copy, so that the test changes nothing.
	copied := t.TempDir()
	committed := map[string][]byte{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		switch {
		case err != nil:
			return err
		case strings.HasSuffix(path, "_templ.go"):
			committed[path] = text
			return nil
		case !strings.HasSuffix(path, ".templ"):
			return nil
		}
		to := filepath.Join(copied, path)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := templ("-path", copied); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	err = filepath.WalkDir(copied, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_templ.go") {
			return err
		}
		name, err := filepath.Rel(copied, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		// The path of the template stands in the code, for errors.
		if text = bytes.ReplaceAll(text, []byte(copied+"/"), nil); err == nil && !bytes.Equal(text, committed[name]) {
			t.Errorf("%s is not what its template says; run make docs", name)
		}
		delete(committed, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range committed {
		t.Errorf("%s has no template any more; remove it", name)
	}
}
