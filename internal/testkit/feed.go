package testkit

import (
	"context"
	"slices"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

// feedPatience bounds the waiting for other tests on the same PostgreSQL server.
const feedPatience = 3 * time.Minute

// SettleFeed waits until the newest event of a tenant is in its feed. On SQLite it
// always is; on PostgreSQL the feed ends before the oldest transaction that runs anywhere on the server, and other tests run
// there too.
func SettleFeed(t testing.TB, s *store.Store, tenant license.TenantID) {
	t.Helper()
	var after license.EventID
	for deadline := time.Now().Add(feedPatience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		there := false
		err := s.Read(context.Background(), func(tx *store.Tx) error {
			newest, err := tx.ListEvents(tenant, 0, 0, 1)
			if err != nil || len(newest) == 0 {
				there = len(newest) == 0
				return err
			}
			if there = newest[0].ID == after; there {
				return nil
			}
			list, err := tx.FeedAfter(tenant, after, 1000)
			if n := len(list); n > 0 {
				there = slices.ContainsFunc(list, func(e license.StoredEvent) bool { return e.ID == newest[0].ID })
				after = list[n-1].ID
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if there {
			return
		}
	}
	t.Fatalf("the newest event is not in the feed after %s", feedPatience)
}
