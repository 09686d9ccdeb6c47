package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// side is one server in a contest.
type side struct {
	row  *Row
	load func() (*load, *process, error) // what to send in a round, and where to
}

// against is a side that sends the same load in every round.
func against(row *Row, p *process, l *load) side {
	return side{row: row, load: func() (*load, *process, error) { return l, p, nil }}
}

// contest lets the sides take turns. The order turns around from round to round, so that nobody
// always comes after the same one.
func (r *run) contest(ctx context.Context, rounds int, sides ...side) error {
	for i := range rounds {
		if err := r.rounds(ctx, i, sides); err != nil {
			return err
		}
	}
	for _, s := range sides {
		r.now.Rows = append(r.now.Rows, *s.row)
	}
	return nil
}

// rounds is round i of every side.
func (r *run) rounds(ctx context.Context, i int, sides []side) error {
	turn := slices.Clone(sides)
	if i%2 == 1 {
		slices.Reverse(turn)
	}
	for _, s := range turn {
		l, p, err := s.load()
		if err != nil {
			return err
		}
		round, err := measure(ctx, l, p)
		if err != nil {
			return err
		}
		s.row.Rounds = append(s.row.Rounds, round)
		r.say("  round %d: %s: %s", i+1, s.row.Name, round)
	}
	return nil
}

// String is the round in one line.
func (r Round) String() string {
	s := fmt.Sprintf("%6.0f/s, p50 %s, p99 %s, server %s", r.Rate, short(r.P50), short(r.P99), short(r.ServerCPU))
	if len(r.Errors) > 0 {
		s += ", errors: " + errorText(r.Errors)
	}
	return s
}

func errorText(errors map[string]int64) string {
	var out []string
	for _, kind := range slices.Sorted(maps.Keys(errors)) {
		out = append(out, fmt.Sprintf("%d %s", errors[kind], kind))
	}
	return strings.Join(out, ", ")
}

// measure sends a load to a process once.
func measure(ctx context.Context, l *load, p *process) (Round, error) {
	l.base = p.url
	var server, loader []time.Duration
	o, err := l.run(ctx, func() {
		server = append(server, p.usage().CPU)
		loader = append(loader, ownCPU())
	})
	if err != nil {
		return Round{}, err
	}
	r := Round{
		Rate: o.rate(), Requests: o.latencies.total, Max: o.latencies.most,
		P50: o.latencies.quantile(0.5), P99: o.latencies.quantile(0.99),
	}
	if len(o.errors) > 0 {
		r.Errors = o.errors
	}
	if n := time.Duration(r.Requests); n > 0 {
		r.ServerCPU = (server[1] - server[0]) / n
		r.LoaderCPU = (loader[1] - loader[0]) / n
	}
	if r.Requests == 0 {
		return r, errors.Join(fmt.Errorf("%s answered nothing well: %s", p.name, errorText(o.errors)), ctx.Err())
	}
	return r, nil
}

// anywhere asks for the first device of any license.
func anywhere(k *keys) func(*rand.Rand) (int, int, bool) {
	n := k.count()
	return func(r *rand.Rand) (int, int, bool) { return r.IntN(n), 0, true }
}

// pool deals out the licenses of a database that nobody has used, each once and in no order, so
// that neighbours in time are no neighbours on the disk.
type pool struct {
	count, step int
	used        atomic.Int64
}

func newPool(k *keys) *pool {
	p := &pool{count: k.count(), step: int(float64(k.count()) * 0.618)}
	for p.step = max(p.step, 1); divisor(p.step, p.count) != 1; p.step++ {
	}
	return p
}

func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (p *pool) left() int { return p.count - int(p.used.Load()) }

// all deals out as long as there are any.
func (p *pool) all() func(*rand.Rand) (int, int, bool) { return p.some(p.count) }

// some deals out n and then no more.
func (p *pool) some(n int) func(*rand.Rand) (int, int, bool) {
	var dealt atomic.Int64
	return func(*rand.Rand) (int, int, bool) {
		if dealt.Add(1) > int64(n) {
			return 0, 0, false
		}
		i := int(p.used.Add(1)) - 1
		if i >= p.count {
			return 0, 0, false
		}
		return i * p.step % p.count, 0, true
	}
}
