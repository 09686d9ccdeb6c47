package store

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"licet/internal/license"
)

// someEndpoint makes an endpoint that is told of all that comes.
func someEndpoint(t *testing.T, s *Store, tenant license.TenantID) WebhookEndpoint {
	t.Helper()
	e := WebhookEndpoint{Tenant: tenant, URL: "https://x.test/", Kinds: []string{"*"}, Secret: []byte("sealed"), Enabled: true, Created: 1, Updated: 1}
	mustWrite(t, s, func(tx *Tx) (err error) {
		e.ID = WebhookEndpointID(tx.NewID())
		if e.Cursor, err = tx.FeedEnd(tenant); err != nil {
			return err
		}
		return tx.InsertWebhookEndpoint(&e)
	})
	return e
}

func TestWebhookKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kinds, kind string
		want        bool
	}{
		{"*", "license.issued", true},
		{"license.*", "license.issued", true},
		{"license.*", "licenses.issued", false},
		{"license.issued", "license.issued", true},
		{"license.issued", "license.issued_twice", false},
		{"order.* license.issued", "order.completed", true},
		{"order.* license.issued", "device.activated", false},
		{"", "license.issued", false},
	} {
		r := endpointRow{kinds: tt.kinds}
		e := r.endpoint()
		if got := e.Wants(license.EventKind(tt.kind)); got != tt.want {
			t.Errorf("%q wants %s = %v, want %v", tt.kinds, tt.kind, got, tt.want)
		}
	}
}

func dueEndpoints(t *testing.T, s *Store, now license.Time) (list []WebhookEndpointRef) {
	t.Helper()
	err := s.Read(t.Context(), func(tx *Tx) (err error) {
		list, err = tx.DueWebhookEndpoints(now, 10)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b WebhookEndpointRef) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func TestWebhookEndpointsAreDue(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		const now = license.Time(1000)
		tenant, other := someTenant(t, s, "acme"), someTenant(t, s, "other")
		e, quiet := someEndpoint(t, s, tenant), someEndpoint(t, s, other)
		want := func(when string, refs ...WebhookEndpointRef) {
			t.Helper()
			if got := dueEndpoints(t, s, now); !slices.Equal(got, refs) {
				t.Errorf("%s: due are %v, want %v", when, got, refs)
			}
		}
		ref := WebhookEndpointRef{tenant, e.ID}
		want("before any event")
		mustWrite(t, s, func(tx *Tx) error { return note(tx, tenant, 1) })
		end := settledFeed(t, s, tenant, 0, 1)[0].ID
		want("after an event", ref)
		save := func(change func(*WebhookEndpoint)) {
			t.Helper()
			mustWrite(t, s, func(tx *Tx) error {
				e, err := tx.LockWebhookEndpoint(tenant, e.ID)
				change(&e)
				if err == nil {
					err = tx.SaveWebhookEndpoint(&e)
				}
				return err
			})
		}
		save(func(e *WebhookEndpoint) { e.Enabled = false })
		want("switched off")
		save(func(e *WebhookEndpoint) { e.Enabled, e.Next = true, now+1 })
		want("resting")
		save(func(e *WebhookEndpoint) { e.Next, e.Cursor = 0, end })
		want("told of all")
		waiting := []WebhookDelivery{{Tenant: tenant, Endpoint: e.ID, Event: end, State: WebhookWaiting, Next: now + 1}}
		mustWrite(t, s, func(tx *Tx) error { return tx.InsertWebhookDeliveries(waiting) })
		want("with one that waits a little more")
		waiting[0].Next = now
		mustWrite(t, s, func(tx *Tx) error { return tx.InsertWebhookDeliveries(waiting) })
		want("with one that has waited", ref)
		mustWrite(t, s, func(tx *Tx) error { return note(tx, other, 2) })
		settledFeed(t, s, other, 0, 1)
		want("with another tenant's", ref, WebhookEndpointRef{other, quiet.ID})
	})
}

func TestWebhookEndpointIsClaimedOnce(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := someTenant(t, s, "acme")
		e := someEndpoint(t, s, tenant)
		const now = license.Time(1000)
		wins := make(chan WebhookEndpoint, 16)
		var g errgroup.Group
		for range cap(wins) {
			g.Go(func() error {
				return s.Write(t.Context(), func(tx *Tx) error {
					got, ok, err := tx.ClaimWebhookEndpoint(WebhookEndpointRef{tenant, e.ID}, now)
					if ok {
						wins <- got
					}
					return err
				})
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if len(wins) != 1 {
			t.Fatalf("%d senders have the endpoint, want 1", len(wins))
		}
		held := <-wins
		if held.Next != now.Add(WebhookLease) {
			t.Errorf("the lease ends at %d, want %d", held.Next, now.Add(WebhookLease))
		}
		save := func(b WebhookBatch) (got WebhookEndpoint, kept bool) {
			t.Helper()
			mustWrite(t, s, func(tx *Tx) (err error) {
				got, kept, err = tx.SaveWebhookBatch(&b, now)
				return err
			})
			return got, kept
		}
		mustWrite(t, s, func(tx *Tx) error { return note(tx, tenant, 1) })
		event := settledFeed(t, s, tenant, 0, 1)[0].ID
		done := []WebhookDelivery{{Tenant: tenant, Endpoint: e.ID, Event: event, Kind: "a.b", State: WebhookDelivered}}
		next, kept := save(WebhookBatch{Held: held, Cursor: event, Next: held.Next + 1, New: done})
		if !kept || next.Cursor != event || next.Next != held.Next+1 {
			t.Errorf("SaveWebhookBatch = %+v, %v, want it kept", next, kept)
		}
		for name, lost := range map[string]WebhookEndpoint{"lease": held, "cursor": {Tenant: tenant, ID: e.ID, Next: next.Next, Cursor: event - 1}} {
			if _, kept := save(WebhookBatch{Held: lost, Cursor: event, Next: 1, New: done}); kept {
				t.Errorf("SaveWebhookBatch with another %s was kept", name)
			}
		}
		if n := count(t, s, "webhook_deliveries"); n != 1 {
			t.Errorf("%d deliveries are stored, want 1", n)
		}
		off, kept := save(WebhookBatch{Held: next, Cursor: event, Next: 1, Disable: "gone"})
		if !kept || off.Enabled || off.DisabledReason != "gone" {
			t.Errorf("SaveWebhookBatch with Disable = %+v, %v", off, kept)
		}
		if list := settledFeed(t, s, tenant, event, 1); len(list) != 1 || list[0].Kind != license.WebhookEndpointDisabled || list[0].Data["reason"] != "gone" {
			t.Errorf("the feed has %+v, want webhook_endpoint.disabled", list)
		}
	})
}

func TestWebhookDeliveries(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := someTenant(t, s, "acme")
		e, gone := someEndpoint(t, s, tenant), someEndpoint(t, s, tenant)
		now := license.Time(0).Add(100 * 24 * time.Hour)
		old := now.Add(-WebhookLogKept) - 1
		mustWrite(t, s, func(tx *Tx) error { return note(tx, tenant, 1) })
		event := settledFeed(t, s, tenant, 0, 1)[0].ID
		var list []WebhookDelivery
		for _, of := range []WebhookEndpointID{e.ID, gone.ID} {
			for _, state := range []WebhookState{WebhookWaiting, WebhookDelivered, WebhookFailed} {
				for _, at := range []license.Time{old, now} {
					list = append(list, WebhookDelivery{Tenant: tenant, Endpoint: of, Event: event, Kind: "license.noted", State: state, Created: at, Next: 5, Reply: "r"})
				}
			}
		}
		mustWrite(t, s, func(tx *Tx) error { return tx.InsertWebhookDeliveries(list) })
		of := func(id WebhookEndpointID, state WebhookState) (out []WebhookDelivery) {
			t.Helper()
			err := s.Read(t.Context(), func(tx *Tx) (err error) {
				out, err = tx.ListWebhookDeliveries(tenant, id, state, 0, 100)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		for state, n := range map[WebhookState]int{"": 6, WebhookWaiting: 2, WebhookDelivered: 2, WebhookFailed: 2} {
			if got := of(e.ID, state); len(got) != n || state != "" && got[0].State != state || got[0].ID < got[1].ID {
				t.Errorf("ListWebhookDeliveries(%q) = %+v, want %d, newest first", state, got, n)
			}
		}
		var waiting []WaitingWebhook
		err := s.Read(t.Context(), func(tx *Tx) (err error) {
			waiting, err = tx.WaitingWebhooks(tenant, e.ID, 5, 10)
			return err
		})
		if err != nil || len(waiting) != 2 || waiting[0].Of.ID != event || waiting[0].Of.Subject != 1 || waiting[0].Of.Data["n"] != float64(1) {
			t.Errorf("WaitingWebhooks = %+v, %v", waiting, err)
		}
		mustWrite(t, s, func(tx *Tx) error { return tx.DropWebhookEndpoint(tenant, gone.ID) })
		var went int64
		mustWrite(t, s, func(tx *Tx) (err error) {
			went, err = tx.PruneWebhookDeliveries(now, 1000)
			return err
		})
		if here, there := len(of(e.ID, "")), len(of(gone.ID, "")); went != 5 || here != 4 || there != 3 {
			t.Errorf("PruneWebhookDeliveries = %d, leaves %d and %d, want 5, 4 and 3", went, here, there)
		}
	})
}

// TestWebhookStatementsAreIndexed: what a sender asks all day finds its rows by an index.
func TestWebhookStatementsAreIndexed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		for name, q := range map[string]struct {
			sql  string
			args []any
		}{
			"feedPosition":            {feedPosition, []any{1, 2}},
			"feedAfter":               {feedAfter, []any{1, 2, 3, 4, 10}},
			"feedEnd":                 {feedEnd, []any{1}},
			"dueWebhookEndpoints":     {dueWebhookEndpoints, []any{1, 10}},
			"claimWebhookEndpoint":    {claimWebhookEndpoint, []any{1, 2, 3, 4}},
			"findEventOfWebhook":      {findEventOfWebhook, []any{1, 2}},
			"waitingWebhooks":         {waitingWebhooks, []any{1, 2, 3, 10}},
			"saveWebhookProgress":     {saveWebhookProgress, []any{1, 2, 3, 4, 5, 6, 7, 8}},
			"saveWebhookDelivery":     {saveWebhookDelivery, []any{1, 2, 3, "failed", 4, 5, 6, "", 7, 8}},
			"hurryWebhookDeliveries":  {hurryWebhookDeliveries, []any{1, 2, 3}},
			"listAllDeliveries":       {listAllDeliveries, []any{1, 2, 3, 10}},
			"listWaitingDeliveries":   {listWaitingDeliveries, []any{1, 2, 3, 10}},
			"listFailedDeliveries":    {listFailedDeliveries, []any{1, 2, 3, 10}},
			"listDeliveredDeliveries": {listDeliveredDeliveries, []any{1, 2, 3, 10}},
			"pruneWebhookDeliveries":  {pruneWebhookDeliveries, []any{1, 10}},
		} {
			t.Run(name, func(t *testing.T) {
				wantOnePlan(t, s, q.sql, q.args)
				if name == "waitingWebhooks" { // They are sorted, and few.
					if plan := strings.Join(planOf(t, s, q.sql, q.args), "\n"); !strings.Contains(plan, "webhook_deliveries_waiting") {
						t.Errorf("the plan of what waits is\n%s", plan)
					}
					return
				}
				wantIndex(t, s, q.sql, q.args)
			})
		}
	})
}

// A backup of PostgreSQL has events by their identities alone, so endpoints look again at what came just before it.
func TestRestoreStepsBack(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		clock := func() time.Time { return now }
		s := db.open(t, func(o *Options) { o.Now = clock })
		tenant := someTenant(t, s, "acme")
		for n := range int64(3) {
			mustWrite(t, s, func(tx *Tx) error { return note(tx, tenant, n+1) })
			now = now.Add(stepBackTime)
		}
		settledFeed(t, s, tenant, 0, 3)
		e := someEndpoint(t, s, tenant)
		file, _ := backup(t, s)
		restored := testDB{Options{Dir: t.TempDir()}}.open(t)
		if err := restored.Restore(t.Context(), bytes.NewReader(file), nil); err != nil {
			t.Fatal(err)
		}
		var got WebhookEndpoint
		err := restored.Read(t.Context(), func(tx *Tx) (err error) {
			got, err = tx.FindWebhookEndpoint(tenant, e.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []int64{}
		if s.Engine() == "postgres" {
			want = []int64{3}
		}
		if left := subjects(feedOf(t, restored, tenant, got.Cursor, 10)); !slices.Equal(left, want) {
			t.Errorf("after a restore the endpoint is told of %v again, want %v", left, want)
		}
	})
}
