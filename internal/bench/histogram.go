package bench

import (
	"math"
	"math/bits"
	"time"
)

// A histogram has a bucket for each value up to 127 ns and then 64 for each doubling, so a bucket
// is at most one part in 64 wide. Values above its range, about 68 s, count in the last bucket.
const (
	subBits     = 6
	subBuckets  = 1 << subBits
	doublings   = 29
	bucketCount = (doublings + 2) * subBuckets
)

// histogram counts durations. The zero value is empty and ready to use. It is not safe for
// concurrent use.
type histogram struct {
	counts [bucketCount]uint64
	total  uint64
	most   time.Duration
}

func bucketOf(d time.Duration) int {
	v := uint64(max(d, 0))
	e := max(bits.Len64(v)-subBits-1, 0)
	return min(e<<subBits+int(v>>e), bucketCount-1)
}

// bucketEnd is the largest duration that a bucket counts.
func bucketEnd(i int) time.Duration {
	e := max(i>>subBits-1, 0)
	return time.Duration(uint64(i-e<<subBits+1)<<e - 1)
}

func (h *histogram) record(d time.Duration) {
	h.counts[bucketOf(d)]++
	h.total++
	h.most = max(h.most, d)
}

func (h *histogram) add(other *histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
	h.most = max(h.most, other.most)
}

// quantile returns the duration that the fraction q of all values does not pass, to the width of
// a bucket and never above the largest one; 0 when nothing was recorded.
func (h *histogram) quantile(q float64) time.Duration {
	rank := max(uint64(math.Ceil(q*float64(h.total))), 1)
	seen := uint64(0)
	for i, n := range h.counts {
		if seen += n; seen >= rank {
			return min(bucketEnd(i), h.most)
		}
	}
	return h.most
}
