package torture

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"licet/internal/testkit/pgtest"
)

// TestKillInAStorm kills the server twenty times while many devices activate, each time at another
// moment: what was acknowledged is there, and nothing else is broken.
func TestKillInAStorm(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	places := []struct {
		name   string
		rounds int
		site   func(t *testing.T) *site
	}{
		{"sqlite", rounds, func(t *testing.T) *site { return newSite(t, t.TempDir(), "", rounds*100) }},
		{"postgres", max(rounds/4, 1), func(t *testing.T) *site { return newSite(t, t.TempDir(), pgtest.Shared(t).Database(t), rounds*25) }},
	}
	for _, place := range places {
		t.Run(place.name, func(t *testing.T) {
			s := place.site(t)
			all := map[grant]bool{}
			for round := range place.rounds {
				v := s.serve()
				killed := atomic.Bool{}
				after := int64(40 + 11*round)
				granted, _ := s.storm(v, fmt.Sprintf("r%d", round), func(acks int64) bool {
					if acks >= after && killed.CompareAndSwap(false, true) {
						v.kill()
					}
					return false
				})
				if int64(len(granted)) < after {
					t.Fatalf("round %d: %d activations were acknowledged, want at least %d", round, len(granted), after)
				}
				maps.Copy(all, granted)
				s.inspect(all)
			}
			t.Logf("%d kills, %d acknowledged activations, none lost", place.rounds, len(all))
		})
	}
}

// TestDatabaseGoneAndBack restarts PostgreSQL under load: requests fail with 503 while it is away, work
// again without a restart of Licet, and nothing acknowledged is lost.
func TestDatabaseGoneAndBack(t *testing.T) {
	pg := pgtest.Private(t, true)
	s := newSite(t, t.TempDir(), pg.Database(t), 2000)
	v := s.serve()
	var restarted, before atomic.Int64
	granted, statuses := s.storm(v, "pg", func(acks int64) bool {
		if acks >= 200 && restarted.CompareAndSwap(0, 1) {
			before.Store(acks)
			pg.Restart(t)
			restarted.Store(2)
		}
		return restarted.Load() == 2 && acks >= before.Load()+400
	})
	for status, times := range statuses {
		if status != http.StatusOK && status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
			t.Errorf("%d requests were answered with %d", times, status)
		}
	}
	s.inspect(granted)
	t.Logf("statuses %v, %d acknowledged activations, none lost", statuses, len(granted))
}

// TestDiskFull lets the disk run full in a storm: a clear refusal, nothing half-written, and work goes on
// when there is room.
func TestDiskFull(t *testing.T) {
	dir := smallDisk(t, "24m")
	s := newSite(t, filepath.Join(dir, "data"), "", 4000)
	v := s.serve()
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast)
	var full atomic.Int64
	granted, statuses := s.storm(v, "full", func(int64) bool { return full.Add(1) > 4000 })
	if statuses[http.StatusServiceUnavailable] == 0 {
		t.Fatalf("statuses %v: the disk never was full", statuses)
	}
	for status := range statuses {
		if status != http.StatusOK && status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
			t.Errorf("statuses %v on a full disk, want 200, 429 and 503 only", statuses)
		}
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	more, after := s.storm(v, "room", func(acks int64) bool { return acks >= 500 })
	if len(slices.Collect(maps.Keys(after))) == 0 || after[http.StatusServiceUnavailable] > 0 {
		t.Errorf("statuses %v with room again, want no 503", after)
	}
	maps.Copy(granted, more)
	v.kill()
	s.inspect(granted)
	t.Logf("statuses %v while full, %v after", statuses, after)
}

// smallDisk mounts a disk of its own size in memory.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Logf("umount: %v\n%s", err, out)
		}
	})
	return dir
}

// fill writes a file until the disk is full, and leaves a little room.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var size int64
	block := make([]byte, 64<<10)
	for {
		n, err := f.Write(block)
		size += int64(n)
		if err != nil {
			break
		}
	}
	if err := f.Truncate(max(size-(1<<20), 0)); err != nil {
		t.Fatal(err)
	}
}

// TestStopsInTime asks a server to stop in the middle of a storm: it drains and ends with 0.
func TestStopsInTime(t *testing.T) {
	s := newSite(t, t.TempDir(), "", 500)
	v := s.serve()
	told := atomic.Bool{}
	granted, _ := s.storm(v, "stop", func(acks int64) bool {
		if acks >= 100 && told.CompareAndSwap(false, true) {
			if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
		}
		return false
	})
	select {
	case <-v.gone:
	case <-time.After(5 * time.Minute):
		t.Fatal("the server does not stop")
	}
	if code := v.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the server ended with %d, want 0\n%s", code, v.log)
	}
	s.inspect(granted)
}
