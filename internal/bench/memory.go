package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"
)

const (
	coldStarts = 5
	samples    = 60 // of memory, over the steady load
)

// memory measures how fast the server starts, what it takes when idle, and whether it grows.
func (r *run) memory(ctx context.Context) error {
	f, err := r.active(ctx, r.Large)
	if err != nil {
		return err
	}
	var starts []time.Duration
	var p *process
	for i := range coldStarts {
		if p != nil {
			if err := p.stop(); err != nil {
				return err
			}
		}
		if err := forgetPages(filepath.Join(f.dir, databaseFile)); err != nil {
			r.note("The file stayed in the page cache between starts: %v.", err)
		}
		var took time.Duration
		if p, took, err = r.coldStart(ctx, f); err != nil {
			return err
		}
		starts = append(starts, took)
		r.say("  start %d: %s", i+1, short(took))
	}
	slices.Sort(starts)
	typical := starts[len(starts)/2]
	r.target(Target{
		What: fmt.Sprintf("start with %s licenses until the first answer", thousands(r.Large)), Want: "less than " + short(wantStart),
		Have: fmt.Sprintf("%s (%s to %s)", short(typical), short(starts[0]), short(starts[len(starts)-1])),
		Met:  typical < wantStart, Value: typical.Seconds(),
	})
	sleep(ctx, min(r.Steady/10, 2*time.Second))
	r.idle(p.usage().Anonymous)
	return errors.Join(r.steady(ctx, p, f), p.stop())
}

// coldStart starts the server and asks it one question.
func (r *run) coldStart(ctx context.Context, f *folder) (*process, time.Duration, error) {
	p, err := r.child(ctx, "memory", order{Kind: kindLicet, Dir: f.dir})
	if err != nil {
		return nil, 0, err
	}
	once := false
	l := &load{keys: f.keys(), connections: 1, span: startWait, next: func(rnd *rand.Rand) (int, int, bool) {
		once = !once
		return rnd.IntN(f.keys().count()), 0, once
	}}
	if _, err := measure(ctx, l, p); err != nil {
		return nil, 0, errors.Join(err, p.stop())
	}
	return p, time.Since(p.began), nil
}

func (r *run) idle(anonymous int64) {
	t := Target{
		What: "anonymous memory when idle", Want: "less than " + megabytes(wantIdleMemory),
		Have: megabytes(anonymous), Met: anonymous < wantIdleMemory, Value: float64(anonymous),
	}
	if anonymous == 0 {
		t.Have, t.Met = "not known on this system", false
	}
	r.target(t)
}

// steady loads the server for a long time and looks at its memory. The last fifth must not need more
// than the one in the middle: until then caches and connections come into being as they are needed.
func (r *run) steady(ctx context.Context, p *process, f *folder) error {
	sizes := make(chan []int64, 1)
	watching, stop := context.WithCancel(ctx)
	go func() {
		var seen []int64
		for watching.Err() == nil {
			seen = append(seen, p.usage().Anonymous)
			sleep(watching, r.Steady/samples)
		}
		sizes <- seen
	}()
	row := &Row{Name: fmt.Sprintf("19 of 20 verify, 1 activates, %s licenses, %d connections", thousands(r.Large), verifyConnections)}
	l := &load{keys: f.keys(), connections: verifyConnections, next: mixed(f.keys()), span: r.Steady}
	err := r.contest(ctx, 1, against(row, p, l))
	stop()
	seen := <-sizes
	if err != nil {
		return err
	}
	fifth := max(len(seen)/5, 1)
	half, end := middle(seen[2*len(seen)/5:2*len(seen)/5+fifth]), middle(seen[len(seen)-fifth:])
	growth := quotient(float64(end), float64(half))
	r.target(Target{
		What: fmt.Sprintf("anonymous memory at the end of a load of %s to that in the middle", r.Steady),
		Want: fmt.Sprintf("at most %.2f", wantMemoryGrowth), Have: fmt.Sprintf("%.2f", growth),
		Met: growth > 0 && growth <= wantMemoryGrowth, Value: growth,
	})
	r.fact("anonymous memory under load: start, middle, end, largest", "%s, %s, %s, %s", megabytes(seen[0]),
		megabytes(seen[len(seen)/2]), megabytes(seen[len(seen)-1]), megabytes(slices.Max(seen)))
	return nil
}

func middle(values []int64) int64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
