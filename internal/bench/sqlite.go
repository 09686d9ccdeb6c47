package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// The targets.
const (
	wantOfBare       = 0.6
	wantOfSmall      = 0.9
	wantGrouped      = 2.5
	wantGroupedP99   = 0.25
	wantPipelined    = 2.0
	wantIdleMemory   = 40 << 20
	wantStart        = 300 * time.Millisecond
	wantMemoryGrowth = 1.1
)

// verify measures the question that apps ask most.
func (r *run) verify(ctx context.Context) error {
	f, err := r.active(ctx, r.Medium)
	if err != nil {
		return err
	}
	var sides []side
	var children []*process
	title := fmt.Sprintf("%s licenses, %d connections", thousands(r.Medium), verifyConnections)
	for _, c := range []struct {
		name, row string
		what      order
	}{
		{"verify", "licet, " + title, order{Kind: kindLicet, Dir: f.dir}},
		{"bare", "bare net/http handler, the same decoder and encoder", order{Kind: kindBare}},
		{"plain", "bare net/http handler, encoding/json", order{Kind: kindPlain}},
	} {
		p, err := r.child(ctx, c.name, c.what)
		if err != nil {
			return errors.Join(err, stopAll(children))
		}
		children = append(children, p)
		sides = append(sides, against(&Row{Name: c.row}, p, r.verifyLoad(f.keys())))
	}
	err = r.contest(ctx, r.Rounds, sides...)
	if err := errors.Join(err, stopAll(children)); err != nil {
		return err
	}
	licet, bare, plain := sides[0].row, sides[1].row, sides[2].row
	r.atLeast("requests/s: licet to the bare handler with encoding/json", wantOfBare, licet, plain)
	ratio, _ := ratios(licet, bare, rateOf)
	r.fact("requests/s: licet to the bare handler with licet's own decoder and encoder", "%.2f", ratio)
	cpu, _ := ratios(bare, licet, func(x Round) float64 { return float64(x.ServerCPU) })
	r.fact("processor time of the server for a request: bare handler to licet", "%.2f", cpu)
	return r.verifySizes(ctx)
}

// verifySizes compares a small database with a large one.
func (r *run) verifySizes(ctx context.Context) error {
	var sides []side
	var children []*process
	var err error
	for _, n := range []int{r.Small, r.Large} {
		f, e := r.active(ctx, n)
		if err = e; err != nil {
			break
		}
		p, e := r.child(ctx, fmt.Sprintf("verify-%d", n), order{Kind: kindLicet, Dir: f.dir})
		if err = e; err != nil {
			break
		}
		children = append(children, p)
		row := &Row{Name: fmt.Sprintf("licet, %s licenses, %d connections", thousands(n), verifyConnections)}
		sides = append(sides, against(row, p, r.verifyLoad(f.keys())))
	}
	if err == nil {
		err = r.contest(ctx, r.Rounds, sides...)
	}
	if err := errors.Join(err, stopAll(children)); err != nil {
		return err
	}
	r.atLeast(fmt.Sprintf("requests/s: %s licenses to %s", thousands(r.Large), thousands(r.Small)),
		wantOfSmall, sides[1].row, sides[0].row)
	return nil
}

func (r *run) verifyLoad(k *keys) *load {
	return &load{keys: k, connections: verifyConnections, next: anywhere(k), warm: r.Round / 4, span: r.Round}
}

func stopAll(children []*process) (err error) {
	for _, p := range children {
		err = errors.Join(err, p.stop())
	}
	return err
}

// activate measures changes that must be on the disk before they are answered.
func (r *run) activate(ctx context.Context) error {
	grouped, single := &Row{Name: r.activateTitle("grouped", r.Large)}, &Row{Name: r.activateTitle("one transaction for each request", r.Large)}
	many, err := r.copyOf(ctx, r.Large, "grouped")
	if err != nil {
		return err
	}
	other, err := r.copyOf(ctx, r.Large, "one-by-one")
	if err != nil {
		return err
	}
	a, err := r.child(ctx, "activate", order{Kind: kindLicet, Dir: many.dir})
	if err != nil {
		return err
	}
	b, err := r.child(ctx, "activate-one-by-one", order{Kind: kindLicet, Dir: other.dir, OneByOne: true})
	if err != nil {
		return errors.Join(err, a.stop())
	}
	poolA, poolB := newPool(many.keys()), newPool(other.keys())
	part := poolA.count / (r.Rounds + 3)
	err = r.contest(ctx, r.Rounds,
		r.activating(grouped, a, many.keys(), poolA, part), r.activating(single, b, other.keys(), poolB, part))
	if err = errors.Join(err, b.stop()); err == nil {
		r.againstOneByOne(grouped, single)
		err = r.crowded(ctx, a, many.keys(), poolA, part)
	}
	if err == nil {
		err = r.activateSizes(ctx, a, many.keys(), poolA)
	}
	return errors.Join(err, a.stop())
}

func (r *run) activateTitle(how string, n int) string {
	return fmt.Sprintf("%s, %s free licenses, %d connections", how, thousands(n), activateConnections)
}

// activating is a side whose rounds use up to part of the free licenses.
func (r *run) activating(row *Row, p *process, k *keys, free *pool, part int) side {
	return side{row: row, load: func() (*load, *process, error) {
		return &load{
			keys: k, connections: activateConnections, next: free.some(part), span: r.Round,
		}, p, nil
	}}
}

func (r *run) againstOneByOne(grouped, single *Row) {
	r.atLeast("activations/s: grouped to one transaction for each request", wantGrouped, grouped, single)
	p99, rounds := ratios(grouped, single, p99Of)
	r.target(Target{
		What: "p99: grouped to one transaction for each request", Want: fmt.Sprintf("at most %.2f", wantGroupedP99),
		Have: fmt.Sprintf("%.2f", p99), Met: p99 <= wantGroupedP99, Value: p99, Rounds: rounds,
	})
}

// crowded lets many connections activate at once: nobody may be turned away.
func (r *run) crowded(ctx context.Context, p *process, k *keys, free *pool, part int) error {
	row := &Row{Name: fmt.Sprintf("activate, %s free licenses, %d connections", thousands(k.count()), crowd)}
	l := &load{keys: k, connections: crowd, next: free.some(part), span: r.Round}
	if err := r.contest(ctx, 1, against(row, p, l)); err != nil {
		return err
	}
	n := row.Errors()
	r.target(Target{
		What: fmt.Sprintf("errors of activations at %d connections", crowd), Want: "0", Have: fmt.Sprint(n),
		Met: n == 0, Value: float64(n),
	})
	return nil
}

// activateSizes uses up a small database in each round, and takes as many licenses from all over a
// large one.
func (r *run) activateSizes(ctx context.Context, p *process, k *keys, free *pool) error {
	small, large := &Row{Name: r.activateTitle("grouped, all", r.Small)}, &Row{Name: r.activateTitle("grouped, as many", r.Large)}
	for i := range min(r.Rounds, sizeRounds) {
		f, err := r.copyOf(ctx, r.Small, fmt.Sprintf("small-%d", i))
		if err != nil {
			return err
		}
		child, err := r.child(ctx, "activate-small", order{Kind: kindLicet, Dir: f.dir})
		if err != nil {
			return err
		}
		n := min(r.Small, free.left())
		l := &load{connections: activateConnections, span: time.Minute}
		a, b := *l, *l
		a.keys, a.next = f.keys(), newPool(f.keys()).some(n)
		b.keys, b.next = k, free.some(n)
		pair := []side{against(small, child, &a), against(large, p, &b)}
		if err := errors.Join(r.rounds(ctx, i, pair), child.stop()); err != nil {
			return err
		}
	}
	r.now.Rows = append(r.now.Rows, *small, *large)
	r.atLeast(fmt.Sprintf("activations/s: %s free licenses to %s", thousands(r.Large), thousands(r.Small)), wantOfSmall, large, small)
	return nil
}

// mixed asks for the first device of any license, and now and then activates another one.
func mixed(k *keys) func(*rand.Rand) (int, int, bool) {
	n := k.count()
	return func(r *rand.Rand) (int, int, bool) {
		device := 0
		if r.IntN(20) == 0 {
			device = 1 + r.IntN(2)
		}
		return r.IntN(n), device, true
	}
}
