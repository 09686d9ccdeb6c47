package bench

import (
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// What statfs calls the file systems that live in memory, and a few others by name.
const (
	tmpfs    = 0x01021994
	ramfs    = 0x858458f6
	ext4     = 0xef53
	xfs      = 0x58465342
	btrfs    = 0x9123683e
	zfs      = 0x2fc12fc1
	overlay  = 0x794c7630
	dontNeed = 4 // POSIX_FADV_DONTNEED
)

func magic(dir string) int64 {
	var s syscall.Statfs_t
	if syscall.Statfs(dir, &s) != nil {
		return 0
	}
	return int64(s.Type) & 0xffffffff
}

func inMemory(dir string) bool {
	m := magic(dir)
	return m == tmpfs || m == ramfs
}

func fileSystem(dir string) string {
	switch m := magic(dir); m {
	case ext4:
		return "ext4"
	case xfs:
		return "xfs"
	case btrfs:
		return "btrfs"
	case zfs:
		return "zfs"
	case overlay:
		return "overlay"
	default:
		return fmt.Sprintf("%#x", m)
	}
}

func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// ownCPU is the processor time that this process has taken.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// forgetPages asks the system to forget what it holds of a file in memory.
func forgetPages(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return err
	}
	if unsafe.Sizeof(uintptr(0)) < 8 {
		return fmt.Errorf("not done on systems of 32 bits")
	}
	if _, _, errno := syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, dontNeed, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
