//go:build !linux

package bench

import (
	"errors"
	"os"
	"time"
)

func inMemory(string) bool { return false }

func fileSystem(string) string { return "" }

func syncData(f *os.File) error { return f.Sync() }

func ownCPU() time.Duration { return 0 }

func forgetPages(string) error { return errors.New("this system does not forget them on demand") }
