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

	mu     sync.Mutex // guards the rest
	ended  bool
	jobs   int            // that run or wait
	live   sync.WaitGroup // of all that goes on
	places chan struct{}  // holds a token for each job that runs
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

// end ends all that goes on, and waits for it.
func (b *background) end() {
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
	b.stop()
	b.live.Wait()
}
