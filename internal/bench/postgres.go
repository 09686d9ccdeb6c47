package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"licet/internal/store"
)

// postgres measures the same loads on PostgreSQL.
func (r *run) postgres(ctx context.Context) error {
	return r.onPostgres(ctx, func(url string) error {
		used, free, err := r.fillPostgres(ctx, url)
		if err != nil {
			return err
		}
		return r.contestPostgres(ctx, url, used, free)
	})
}

// onPostgres lets use a server that was given, or a private one that is gone afterwards. Where there is none, the scenario that runs is
// skipped.
func (r *run) onPostgres(ctx context.Context, use func(url string) error) error {
	url := r.Postgres
	if url == "" {
		server, err := startPostgres(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			r.now.Skipped = err.Error()
			return nil
		}
		defer func() {
			if err := server.stop(); err != nil {
				r.note("The private server did not go away: %v.", err)
			}
		}()
		url = server.url
		r.note("A private server with 256 MB of shared buffers, waiting for the disk at each commit, over TCP on loopback.")
	} else {
		r.note("The server was given by LICET_BENCH_POSTGRES; its settings are not known here.")
	}
	var err error
	if r.report.Machine.PostgreSQL, err = postgresVersionAt(ctx, url); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	return use(url)
}

// fillPostgres makes a product with activated licenses and one with licenses nobody has used.
func (r *run) fillPostgres(ctx context.Context, url string) (used, free *keys, err error) {
	s, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	start := time.Now()
	a, err := fill(ctx, s, r.Medium)
	if err != nil {
		return nil, nil, err
	}
	r.say("  made %d licenses, %s", r.Medium, perSecond(r.Medium, time.Since(start)))
	start = time.Now()
	if err := a.activate(ctx); err != nil {
		return nil, nil, err
	}
	r.say("  activated %d licenses, %s", r.Medium, perSecond(r.Medium, time.Since(start)))
	b, err := fill(ctx, s, r.Medium)
	if err != nil {
		return nil, nil, err
	}
	return &a.keys, &b.keys, analyze(ctx, url)
}

func (r *run) contestPostgres(ctx context.Context, url string, used, free *keys) error {
	a, err := r.child(ctx, "postgres", order{Kind: kindLicet, Database: url})
	if err != nil {
		return err
	}
	b, err := r.child(ctx, "postgres-one-by-one", order{Kind: kindLicet, Database: url, OneByOne: true})
	if err != nil {
		return errors.Join(err, a.stop())
	}
	bare, err := r.child(ctx, "bare", order{Kind: kindBare})
	if err != nil {
		return errors.Join(err, a.stop(), b.stop())
	}
	err = r.postgresRounds(ctx, a, b, bare, used, free)
	return errors.Join(err, a.stop(), b.stop(), bare.stop())
}

func (r *run) postgresRounds(ctx context.Context, a, b, bare *process, used, free *keys) error {
	title := fmt.Sprintf("%s licenses, %d connections", thousands(r.Medium), verifyConnections)
	verify, plain := &Row{Name: "verify, " + title}, &Row{Name: "bare net/http handler, " + title}
	err := r.contest(ctx, r.Rounds, against(verify, a, r.verifyLoad(used)), against(plain, bare, r.verifyLoad(used)))
	if err != nil {
		return err
	}
	ratio, _ := ratios(verify, plain, rateOf)
	r.fact("requests/s: verify to the bare handler (no target)", "%.2f", ratio)

	// Both take from the same free licenses, so each round may use half of what one would.
	all := newPool(free)
	part := all.count / (2*r.Rounds + 2)
	grouped := &Row{Name: "activate, " + r.activateTitle("pipelined", r.Medium)}
	single := &Row{Name: "activate, " + r.activateTitle("a round trip for each statement", r.Medium)}
	err = r.contest(ctx, r.Rounds, r.activating(grouped, a, free, all, part), r.activating(single, b, free, all, part))
	if err != nil {
		return err
	}
	r.atLeast("activations/s: pipelined to a round trip for each statement", wantPipelined, grouped, single)
	return r.crowded(ctx, a, free, all, all.left())
}
