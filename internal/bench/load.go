package bench

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// load is what is sent to one server.
type load struct {
	base        string // base URL of the server
	keys        *keys
	connections int
	// next chooses the license and the device of a request; false when there are none left.
	next func(r *rand.Rand) (license, device int, ok bool)
	form func(base string, k *keys) (form, error) // renders requests; nil is newForm
	warm time.Duration                            // sent first, and not counted
	span time.Duration                            // counted
	// beside is another load that is sent meanwhile, and not counted; nil is none.
	beside *load
}

// after is how long requests may still take when the span is over.
const after = 20 * time.Second

// outcome is what came of a load.
type outcome struct {
	latencies histogram
	errors    map[string]int64 // by kind: a status, or what went wrong with the connection
	took      time.Duration    // the span, or until nothing was left to send
}

func (o *outcome) failed() (n int64) {
	for _, count := range o.errors {
		n += count
	}
	return n
}

// rate returns the good answers for each second.
func (o *outcome) rate() float64 { return float64(o.latencies.total) / o.took.Seconds() }

// The phases of a load.
const (
	warming int32 = iota
	counting
	over
)

// running is a load on its way.
type running struct {
	*load
	host  string
	form  form
	end   time.Time // by which every answer must be there
	phase atomic.Int32
	began time.Time     // of the span
	first chan struct{} // has a value once an answer has counted
}

// run sends the load and waits until every answer is there. meter is called when counting begins
// and when it ends. The error is that of ctx, or that no connection could be opened; all other
// errors are counted.
func (l *load) run(ctx context.Context, meter func()) (*outcome, error) {
	host, err := hostOf(l.base)
	if err != nil {
		return nil, err
	}
	render := l.form
	if render == nil {
		render = newForm
	}
	f, err := render(l.base, l.keys)
	if err != nil {
		return nil, err
	}
	r := &running{load: l, host: host, form: f, end: time.Now().Add(l.warm + l.span + after), first: make(chan struct{}, 1)}
	workers := make([]*worker, l.connections)
	for i := range workers {
		if workers[i], err = r.newWorker(uint64(i)); err != nil {
			for _, w := range workers[:i] {
				w.client.conn.Close()
			}
			return nil, fmt.Errorf("connect to %s: %w", host, err)
		}
	}
	if l.beside != nil {
		stop := l.beside.meanwhile(ctx)
		defer stop()
	}
	// With one thread the load costs less: none of them looks for work that another one has.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if l.warm == 0 {
		r.count(meter)
	}
	var group sync.WaitGroup
	for _, w := range workers {
		group.Go(w.work)
	}
	drained := make(chan struct{})
	go func() { group.Wait(); close(drained) }()
	if l.warm > 0 {
		pause(ctx, drained, l.warm)
		r.count(meter)
	}
	pause(ctx, drained, l.span)
	if len(r.first) == 0 { // on a slow machine the span lasts until there is something to count
		select {
		case <-r.first:
		case <-drained:
		case <-ctx.Done():
		}
	}
	r.phase.Store(over)
	took := time.Since(r.began)
	meter()
	<-drained // no connection lives longer than its deadline
	return collect(workers, took), ctx.Err()
}

// meanwhile sends the load until it is stopped, and waits for its end.
func (l *load) meanwhile(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		endless := *l
		endless.warm, endless.span = 0, time.Hour
		_, _ = endless.run(ctx, func() {}) // It ends with ctx; the load beside which it is sent is what counts.
	}()
	return func() { cancel(); <-ended }
}

// count begins the span.
func (r *running) count(meter func()) {
	meter()
	r.began = time.Now()
	r.phase.Store(counting)
}

// pause waits until the time is over, or there is nothing left to wait for.
func pause(ctx context.Context, drained <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-drained:
	case <-ctx.Done():
	}
}

func collect(workers []*worker, took time.Duration) *outcome {
	o := &outcome{errors: make(map[string]int64), took: took}
	for _, w := range workers {
		o.latencies.add(&w.latencies)
		for kind, n := range w.errors {
			o.errors[kind] += n
		}
	}
	return o
}

// worker keeps one connection busy.
type worker struct {
	run       *running
	client    *client
	form      form
	random    *rand.Rand
	latencies histogram
	errors    map[string]int64
}

func (r *running) newWorker(i uint64) (*worker, error) {
	c, err := dial(r.host, r.end)
	if err != nil {
		return nil, err
	}
	return &worker{
		run: r, client: c, form: r.form.copyOf(), random: rand.New(rand.NewPCG(i, rand.Uint64())),
		errors: make(map[string]int64),
	}, nil
}

// work sends one request after the other. One that was begun before counting began, or that ends
// after it ended, counts for nothing; but errors always count.
func (w *worker) work() {
	defer func() { w.client.conn.Close() }() // the one there is then
	for {
		phase := w.run.phase.Load()
		if phase == over {
			return
		}
		license, device, ok := w.run.next(w.random)
		if !ok {
			return
		}
		start := time.Now()
		kind := w.send(license, device)
		took := time.Since(start)
		switch {
		case kind != "":
			w.errors[kind]++
		case phase == counting && w.run.phase.Load() == counting:
			w.count(took)
		}
		if !w.connected() {
			return
		}
	}
}

func (w *worker) count(took time.Duration) {
	if w.latencies.total == 0 {
		select {
		case w.run.first <- struct{}{}:
		default:
		}
	}
	w.latencies.record(took)
}

// send makes one request, and those that follow from it. It returns the kind of an error, or "".
func (w *worker) send(license, device int) string {
	kind := w.ask(&w.form, license, device)
	if len(w.form.then) == 0 || kind != "" {
		return kind
	}
	var session [sessionLength]byte
	copy(session[:], sessionOf(w.client.answer.body))
	for i := range w.form.then {
		f := &w.form.then[i]
		copy(f.text[f.session:], session[:])
		if kind := w.ask(f, license, device); kind != "" {
			return kind
		}
	}
	return ""
}

func (w *worker) ask(f *form, license, device int) string {
	return w.judge(f, w.client.exchange(f.of(w.run.keys, license, device)))
}

// judge returns the kind of an error, or "".
func (w *worker) judge(f *form, err error) string {
	a := &w.client.answer
	switch {
	case err != nil:
		return err.Error()
	case a.status != cmp.Or(f.status, 200):
		return fmt.Sprintf("status %d", a.status)
	case !bytes.Contains(a.body, f.yes):
		return "no success"
	}
	return ""
}

// connected opens the connection anew where the server has closed it, or an error has left it in
// doubt; false when that fails.
func (w *worker) connected() bool {
	if w.client.err == nil && !w.client.answer.close {
		return true
	}
	w.client.conn.Close()
	if w.run.phase.Load() == over {
		return false
	}
	c, err := dial(w.run.host, w.run.end)
	if err != nil {
		w.errors["no connection"]++
		return false
	}
	w.client = c
	return true
}
