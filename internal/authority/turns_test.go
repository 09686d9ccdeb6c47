package authority

import (
	"testing"

	"licet/internal/license"
)

// One application takes no more turns than it may have, and leaves the others theirs; nobody takes more than there are.
func TestTurns(t *testing.T) {
	t.Parallel()
	two := &turns{each: 2, all: 3}
	take := func(product license.ProductID, want license.Reason) func() {
		t.Helper()
		release, err := two.take(&Visit{App: license.Application{Tenant: 1, Product: product}})
		if license.ReasonOf(err) != want {
			t.Fatalf("a turn of application %d = %v, want %q", product, err, want)
		}
		return release
	}
	first := take(1, "")
	take(1, "")
	take(1, license.ServerBusy)
	second := take(2, "")
	take(3, license.ServerBusy)
	first()
	take(3, "")
	second()
	if take(1, ""); len(two.taken) != 2 {
		t.Errorf("turns of %d applications are remembered, want 2", len(two.taken))
	}
}
