//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// lockFile opens path and locks it for this process; nil when another has the lock. The system drops the
// lock when the process ends, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		return f, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		f.Close()
		return nil, nil
	default:
		f.Close()
		return nil, err
	}
}

// turn is the place at the head of the processes that want to write to the SQLite file. Without it the process that has
// just committed takes the file's lock again before any other looks.
type turn struct {
	f    *os.File // nil when the file cannot be opened: then there is no order
	mine bool
}

func openTurn(path string) *turn {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return &turn{}
	}
	return &turn{f: f}
}

// take reports whether the place is ours now.
func (t *turn) take() bool {
	if !t.mine {
		t.mine = t.f == nil || syscall.Flock(int(t.f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
	}
	return t.mine
}

// leave gives the place to whoever asks first.
func (t *turn) leave() {
	if t.mine && t.f != nil {
		_ = syscall.Flock(int(t.f.Fd()), syscall.LOCK_UN) // unlocking cannot fail on an open file
	}
	t.mine = false
}

func (t *turn) close() {
	if t.f != nil {
		t.f.Close()
	}
}
