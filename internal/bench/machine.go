package bench

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// Machine is what the figures depend on. What is not known is empty.
type Machine struct {
	System     string        `json:"system"`
	Processor  string        `json:"processor"`
	Cores      int           `json:"cores"`
	Memory     int64         `json:"memory"`
	Go         string        `json:"go"`
	SQLite     string        `json:"sqlite"`
	PostgreSQL string        `json:"postgresql,omitempty"`
	FileSystem string        `json:"file_system"`
	SyncP50    time.Duration `json:"sync_p50"` // of writing 4 KiB to the end of a file and waiting for the disk
	SyncP99    time.Duration `json:"sync_p99"`
}

// thisMachine describes the machine, and the disk on which dir lies.
func thisMachine(dir string) (Machine, error) {
	m := Machine{
		System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(),
		Go: runtime.Version(), SQLite: sqlite3.SQLITE_VERSION, FileSystem: fileSystem(dir),
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.System = "Linux " + strings.TrimSpace(string(release)) + ", " + m.System
	}
	m.Processor = valueIn("/proc/cpuinfo", "model name")
	_, _ = fmt.Sscanf(valueIn("/proc/meminfo", "MemTotal"), "%d kB", &m.Memory)
	m.Memory <<= 10
	var err error
	m.SyncP50, m.SyncP99, err = measureSync(dir)
	return m, err
}

// valueIn returns the first value of a name in a file of lines "name: value", or "".
func valueIn(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ":")
		if strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

const syncs = 300

// measureSync measures how long the disk takes to confirm a small write.
func measureSync(dir string) (p50, p99 time.Duration, err error) {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	page := make([]byte, 4<<10)
	var took []time.Duration
	for range syncs {
		if _, err := f.Write(page); err != nil {
			return 0, 0, err
		}
		start := time.Now()
		if err := syncData(f); err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[syncs/2], took[syncs*99/100], nil
}

// buildVersion is the version of this program: a tag, or a commit.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version, changed := info.Main.Version, ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && (version == "" || version == "(devel)"):
			version = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	return version + changed
}
