package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/webhook"
	"licet/internal/wire"
)

// What webhooks are measured by.
const (
	sinkPath   = "/sink"
	eventsPath = "/events"
	eventsOf   = 10_000 // told of in a round
	wantBeside = 0.8
	sinkWait   = 2 * time.Minute // for all events to arrive
	sinkLook   = 20 * time.Millisecond
)

// sunk is what a sink has got.
type sunk struct {
	Events   int           `json:"events"`
	Disorder int           `json:"disorder"` // events that came after a later one, or again
	Took     time.Duration `json:"took"`     // between the first of a round and the last

	last  int64     // event
	first time.Time // of a round
}

// webhooks measures what is left for apps that validate while the events of a bulk change are told to an endpoint.
func (r *run) webhooks(ctx context.Context) error {
	f, err := r.activeCopy(ctx, r.Medium, "webhooks")
	if err != nil {
		return err
	}
	sink, err := r.child(ctx, "sink", order{Kind: kindSink})
	if err != nil {
		return err
	}
	licet, err := r.child(ctx, "webhooks", order{Kind: kindLicet, Dir: f.dir, Native: true, Sink: sink.url + sinkPath})
	if err != nil {
		return errors.Join(err, sink.stop())
	}
	t := &telling{run: r, sink: sink, licet: licet, each: min(eventsOf, r.Medium)}
	err = t.measure(ctx, f.keys())
	return errors.Join(err, licet.stop(), sink.stop())
}

// telling is the scenario on its way.
type telling struct {
	*run
	sink, licet *process
	each        int // events of a round
	told        int // in all rounds
	early       int // rounds whose events had all arrived before the load was over
	rates       []float64
}

func (t *telling) measure(ctx context.Context, k *keys) error {
	row := func(name string) *Row { return &Row{Name: fmt.Sprintf("%s, %d connections", name, verifyConnections)} }
	alone, beside := row("validate"), row("validate, while "+thousands(t.each)+" events are told")
	for i := range t.Rounds {
		pair := []side{
			{row: alone, load: func() (*load, *process, error) { return t.validateLoad(k, "", t.licet.token), t.licet, nil }},
			{row: beside, load: func() (*load, *process, error) {
				t.told += t.each
				err := t.post(ctx, t.sink.url+sinkPath+"?begin", nil)
				if err == nil {
					err = t.post(ctx, t.licet.url+eventsPath+"/?n="+strconv.Itoa(t.each), nil)
				}
				return t.validateLoad(k, "", t.licet.token), t.licet, err
			}},
		}
		if i%2 == 1 {
			pair[0], pair[1] = pair[1], pair[0]
		}
		for _, s := range pair {
			if err := t.rounds(ctx, i, []side{s}); err != nil {
				return err
			}
			if err := t.arrived(ctx); err != nil {
				return err
			}
		}
	}
	t.now.Rows = append(t.now.Rows, *alone, *beside)
	t.judge(ctx, alone, beside)
	return nil
}

// arrived waits until the sink has got all that was told so far.
func (t *telling) arrived(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sinkWait)
	defer cancel()
	for looks := 0; ; looks++ {
		var got sunk
		if err := t.post(ctx, t.sink.url+sinkPath+"?look", &got); err != nil {
			return err
		}
		if got.Events >= t.told {
			if n := t.told / t.each; n > len(t.rates) {
				t.rates = append(t.rates, quotient(float64(t.each-1), got.Took.Seconds()))
				if looks == 0 {
					t.early++
				}
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d events have arrived: %w", got.Events, t.told, ctx.Err())
		case <-time.After(sinkLook):
		}
	}
}

func (t *telling) judge(ctx context.Context, alone, beside *Row) {
	t.atLeast("validate/s while events are told to validate/s alone", wantBeside, beside, alone)
	var got sunk
	err := t.post(ctx, t.sink.url+sinkPath+"?look", &got)
	t.target(Target{
		What: "events that arrived in order", Want: strconv.Itoa(t.told), Have: strconv.Itoa(got.Events - got.Disorder),
		Met: err == nil && got.Events == t.told && got.Disorder == 0, Value: float64(got.Events - got.Disorder),
	})
	rate := medianOf(t.rates, func(x float64) float64 { return x })
	t.fact("events told in a second to one endpoint, which has 1000 at most, beside the load and after it", "%.0f", rate)
	if t.early > 0 {
		t.note("In %d rounds all events had arrived before the load was over, so the load had the machine for itself at its end.", t.early)
	}
}

// post calls a child, and reads its answer into out unless that is nil.
func (t *telling) post(ctx context.Context, url string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d", url, answer.StatusCode)
	}
	if out == nil {
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	}
	return json.NewDecoder(answer.Body).Decode(out)
}

// sinking takes events, and tells what it has got with ?look; ?begin begins to count time anew.
func sinking() http.HandlerFunc {
	var mu sync.Mutex
	var got sunk
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch r.URL.RawQuery {
		case "begin":
			got.first = time.Time{}
		case "look":
			_ = json.NewEncoder(w).Encode(got) // The client may have gone away.
		default:
			id, err := strconv.ParseInt(r.Header.Get("Webhook-Id"), 10, 64)
			if err != nil {
				http.Error(w, "webhook-id", http.StatusBadRequest)
				return
			}
			got.take(id, time.Now())
		}
	}
}

func (s *sunk) take(id int64, at time.Time) {
	if s.first.IsZero() {
		s.first = at
	}
	s.Took = at.Sub(s.first)
	s.Events++
	if id <= s.last {
		s.Disorder++
	}
	s.last = max(s.last, id)
}

// openSender makes an endpoint of the sink, and what tells it of events as the real server does.
func openSender(ctx context.Context, s *store.Store, keyring *signing.Keyring, sink string, log *slog.Logger) (*webhook.Sender, error) {
	reach := outbound.Options{AllowPrivate: true}
	o, operator, err := vendor(ctx, s, keyring, "", func(d *office.Deps) { d.Outside = outbound.New(reach) })
	if err != nil {
		return nil, err
	}
	_, _, err = o.CreateEndpoint(ctx, operator, office.NewEndpoint{URL: sink, Kinds: []string{string(license.LicenseIssued)}})
	return webhook.New(webhook.Deps{Store: s, Keyring: keyring, Now: now, Outside: reach, Log: log}), err
}

// eventsDoor leaves n events in one transaction, as a bulk change does.
func eventsDoor(s *store.Store) wire.Door {
	return wire.Door{
		Name: "bench", Surface: wire.LicenseSurface, Path: eventsPath,
		Mount: func(m *wire.Mux) {
			m.Handle("POST /", func(w http.ResponseWriter, r *http.Request) error {
				n, err := strconv.Atoi(r.URL.Query().Get("n"))
				if err != nil {
					return err
				}
				events := make([]license.Event, n)
				for i := range events {
					events[i] = license.Event{Kind: license.LicenseIssued, Subject: int64(i + 1)}
				}
				err = s.Write(r.Context(), func(tx *store.Tx) error {
					tenants, err := tx.ListTenants(0, 1)
					if err != nil || len(tenants) == 0 {
						return errors.Join(err, errors.New("there is no tenant"))
					}
					return tx.AppendEvents(tenants[0].ID, "bench", now(), events...)
				})
				return err
			})
		},
		WriteError: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		},
	}
}
