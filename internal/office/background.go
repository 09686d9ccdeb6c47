package office

import (
	"context"
	"sync"

	"golang.org/x/sync/singleflight"
)

// background is what goes on in this process behind those who ask.
type background struct {
	ctx  context.Context // ends with end
	stop context.CancelFunc

	counting singleflight.Group // by tenant
	counters chan struct{}      // holds a token while somebody counts behind a page

	places chan struct{}  // holds a token for each job that runs
	live   sync.WaitGroup // of all that goes on

	mu    sync.Mutex // guards the rest
	ended bool
	jobs  int // that run or wait
}

func newBackground() *background {
	b := &background{counters: make(chan struct{}, 1), places: make(chan struct{}, maxJobs)}
	b.ctx, b.stop = context.WithCancel(context.Background())
	return b
}

// begin runs do in a goroutine of its own, unless there is an end to all.
func (b *background) begin(do func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return false
	}
	b.live.Go(do)
	return true
}

// queue takes a place among the jobs that run or wait.
func (b *background) queue() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended || b.jobs >= maxQueued {
		return false
	}
	b.jobs++
	return true
}

// leave gives that place back.
func (b *background) leave() {
	b.mu.Lock()
	b.jobs--
	b.mu.Unlock()
}

// end ends all that goes on, and waits for it.
func (b *background) end() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.stop()
	b.live.Wait()
}
