package authority

import (
	"sync"
	"time"

	"licet/internal/license"
)

// turns bounds how many calls of a kind go out at once: of one application, so that none keeps the others waiting, and of all.
type turns struct {
	each, all int

	mu    sync.Mutex // guards what follows
	taken map[applicationOf]int
	total int
}

// take gives a call its turn, which release ends. It refuses with ServerBusy.
func (t *turns) take(v *Visit) (release func(), err error) {
	app := applicationOf{v.App.Tenant, v.App.Product}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[app] >= t.each || t.total >= t.all {
		return nil, license.RefuseFor(license.ServerBusy, time.Second)
	}
	if t.taken == nil {
		t.taken = make(map[applicationOf]int)
	}
	t.taken[app]++
	t.total++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.total--
		if t.taken[app]--; t.taken[app] == 0 {
			delete(t.taken, app)
		}
	}, nil
}
