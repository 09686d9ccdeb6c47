package authority

import (
	"testing"

	"licet/internal/license"
	"licet/internal/store"
)

// Too many ways of calling between two writings are counted for the meter alone, and cost no memory.
func TestCallsAreBounded(t *testing.T) {
	t.Parallel()
	n := newNotes(1)
	const many = maxTold + 5000
	for i := range many {
		n.call(callKey{1, license.ProductID(i + 1), store.CallCheck, ""}, 1)
	}
	_, calls := n.take()
	var sum int64
	for _, c := range calls {
		sum += c.Calls
	}
	if len(calls) != maxTold+1 || sum != many {
		t.Errorf("%d ways of calling were kept with %d calls, want %d with %d", len(calls), sum, maxTold+1, many)
	}
	n.putBack(nil, calls)
	if _, again := n.take(); len(again) != len(calls) {
		t.Errorf("after they were put back there are %d", len(again))
	}
}
