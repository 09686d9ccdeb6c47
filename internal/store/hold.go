package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"licet/internal/license"
)

// Hold marks the data folder as served by this process, until the process ends or release is called. A second Hold, of
// this process or another, fails with a Conflict that names the process. A file left by a process that is gone
// does not count. Only serving holds the folder; commands work beside it.
func Hold(dir string) (release func(), err error) {
	if dir, err = openDir(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "licet.lock")
	f, err := lockFile(path)
	if err != nil {
		return nil, license.Wrap(license.Unavailable, fmt.Sprintf("the data folder cannot be locked: %v", err), err)
	}
	if f == nil {
		return nil, &license.Error{Code: license.Conflict, Message: fmt.Sprintf(
			"the data folder %s is already served by %s; stop that server, or choose another folder with --data",
			dir, holder(path))}
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		f.Close()
		return nil, license.Wrap(license.Unavailable, fmt.Sprintf("the data folder cannot be locked: %v", err), err)
	}
	return func() { f.Close() }, nil
}

// holder names the process that wrote the lock file.
func holder(path string) string {
	text, err := os.ReadFile(path)
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" {
		return "process " + pid
	}
	return "another process"
}
