package bench

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestHistogramBuckets(t *testing.T) {
	t.Parallel()
	previous := time.Duration(-1)
	for i := range bucketCount {
		end := bucketEnd(i)
		if end <= previous {
			t.Fatalf("bucketEnd(%d) = %d, want more than %d", i, end, previous)
		}
		for _, d := range []time.Duration{previous + 1, end} {
			if got := bucketOf(d); got != i {
				t.Fatalf("bucketOf(%d) = %d, want %d", d, got, i)
			}
		}
		previous = end
	}
	if got := bucketOf(time.Hour); got != bucketCount-1 {
		t.Errorf("bucketOf(1h) = %d, want the last bucket %d", got, bucketCount-1)
	}
	if got := bucketOf(-1); got != 0 {
		t.Errorf("bucketOf(-1) = %d, want 0", got)
	}
}

// Every quantile lies at most one part in 64 above the value that sorting finds, and never below it.
func TestHistogramQuantiles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, int64(time.Minute)), 1, 500).Draw(t, "values")
		split := rapid.IntRange(0, len(values)).Draw(t, "split")
		var h, other histogram
		for i, v := range values {
			if i < split {
				h.record(time.Duration(v))
			} else {
				other.record(time.Duration(v))
			}
		}
		h.add(&other)
		slices.Sort(values)
		for _, q := range []float64{0, 0.01, 0.5, 0.99, 1} {
			rank := max(int(q*float64(len(values))+0.999999), 1)
			want := values[rank-1]
			got := int64(h.quantile(q))
			if got < want || got > want+want/subBuckets {
				t.Fatalf("quantile(%v) = %d, want %d to %d", q, got, want, want+want/subBuckets)
			}
		}
		if h.total != uint64(len(values)) || int64(h.most) != values[len(values)-1] {
			t.Fatalf("total, most = %d, %d, want %d, %d", h.total, h.most, len(values), values[len(values)-1])
		}
	})
}

func TestHistogramEmpty(t *testing.T) {
	t.Parallel()
	var h histogram
	if got := h.quantile(0.5); got != 0 {
		t.Errorf("quantile(0.5) of nothing = %v, want 0", got)
	}
}

func BenchmarkHistogram(b *testing.B) {
	var h histogram
	d := time.Duration(rand.Int64N(int64(time.Second)))
	for b.Loop() {
		h.record(d)
	}
}
