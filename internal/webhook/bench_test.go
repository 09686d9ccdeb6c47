package webhook_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"licet/internal/license"
	"licet/internal/outbound"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/webhook"
)

// BenchmarkDeliver is how fast 1000 events reach one endpoint on this machine.
func BenchmarkDeliver(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": testkit.OpenSQLite, "postgres": testkit.OpenPostgres} {
		b.Run(name, func(b *testing.B) {
			s := newScene(b, open(b))
			s.change(func(e *store.WebhookEndpoint) { e.Enabled = false })
			quick := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			b.Cleanup(quick.Close)
			s.Sender = webhook.New(webhook.Deps{Store: s.store, Keyring: s.keyring, Now: s.now, Outside: outbound.Options{AllowPlain: true}, PerSecond: -1})
			s.endpoint(quick.URL, "*")
			events := make([]license.Event, 1000)
			for i := range events {
				events[i] = license.Event{Kind: "license.issued", License: 7, Subject: int64(i)}
			}
			for b.Loop() {
				b.StopTimer()
				s.write(func(tx *store.Tx) error { return tx.AppendEvents(s.tenant, "x", s.now(), events...) })
				b.StartTimer()
				s.deliver()
			}
			b.ReportMetric(float64(b.N*len(events))/b.Elapsed().Seconds(), "events/s")
		})
	}
}
