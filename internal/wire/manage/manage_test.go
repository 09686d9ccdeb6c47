package manage

import (
	"testing"

	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire/api"
	"licet/internal/wire/api/apitest"
	"licet/internal/wire/wiretest"
)

// forEachSite runs a test on each database, with a tenant of its own.
func forEachSite(t *testing.T, test func(*testing.T, *apitest.Site)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		test(t, apitest.New(t, open(t), func(a *api.API, w *wiretest.World) { Add(a, Deps{Now: w.Now, Authority: w.Authority}) }))
	})
}
