package wire

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"licet/internal/license"
)

// t0 is when all rate tests begin.
const t0 license.Time = 1_774_267_200_000_000

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestRateLimiter_timeline(t *testing.T) {
	t.Parallel()
	const a, b = "192.0.2.1", "192.0.2.2"
	type step struct {
		at   time.Duration
		from string
		want Decision
	}
	ok := func(left int, reset time.Duration) Decision {
		return Decision{Allowed: true, Limit: 2, Remaining: left, ResetAfter: reset}
	}
	no := func(reset time.Duration) Decision { return Decision{Limit: 2, ResetAfter: reset} }
	sec := time.Second
	tests := []struct {
		name  string
		rate  Rate
		steps []step
	}{
		{"window_from_the_first_request", Rate{Limit: 2}, []step{
			{0, a, ok(1, 60*sec)},
			{59 * sec, a, ok(0, sec)},
			{59 * sec, a, no(sec)},
			{60*sec - time.Microsecond, a, no(time.Microsecond)},
			{60 * sec, a, ok(1, 60*sec)},
		}},
		{"refused_requests_do_not_lengthen", Rate{Limit: 2}, []step{
			{0, a, ok(1, 60*sec)}, {0, a, ok(0, 60*sec)}, {30 * sec, a, no(30 * sec)},
			{45 * sec, a, no(15 * sec)}, {60 * sec, a, ok(1, 60*sec)},
		}},
		{"each_address_has_its_own", Rate{Limit: 2}, []step{
			{0, a, ok(1, 60*sec)}, {0, a, ok(0, 60*sec)}, {0, a, no(60 * sec)}, {0, b, ok(1, 60*sec)},
		}},
		{"window_spans_generations", Rate{Limit: 2}, []step{
			{0, a, ok(1, 60*sec)}, {50 * sec, b, ok(1, 60*sec)}, {65 * sec, b, ok(0, 45*sec)},
			{65 * sec, a, ok(1, 60*sec)}, {109 * sec, b, no(sec)}, {110 * sec, b, ok(1, 60*sec)},
			{124 * sec, a, ok(0, sec)}, {125 * sec, a, ok(1, 60*sec)},
		}},
		{"spellings", Rate{Limit: 2}, []step{
			{0, a, ok(1, 60*sec)}, {0, "::ffff:192.0.2.1", ok(0, 60*sec)}, {0, a, no(60 * sec)},
		}},
		{"v6_by_address", Rate{Limit: 2}, []step{
			{0, "2001:db8::1", ok(1, 60*sec)}, {0, "2001:db8::2", ok(1, 60*sec)},
		}},
		{"v6_by_network", Rate{Limit: 2, IPv6Bits: 64}, []step{
			{0, "2001:db8::1", ok(1, 60*sec)}, {0, "2001:db8::2", ok(0, 60*sec)},
			{0, "2001:db8:0:1::2", ok(1, 60*sec)}, {0, a, ok(1, 60*sec)}, {0, b, ok(1, 60*sec)},
		}},
		{"v6_by_site", Rate{Limit: 2, IPv6Bits: 48}, []step{
			{0, "2001:db8::1", ok(1, 60*sec)}, {0, "2001:db8:0:1::2", ok(0, 60*sec)}, {0, "2001:db8:1::", ok(1, 60*sec)},
		}},
		{"another_window", Rate{Limit: 2, Window: 10 * sec}, []step{
			{0, a, ok(1, 10*sec)}, {9 * sec, a, ok(0, sec)}, {10 * sec, a, ok(1, 10*sec)},
		}},
		{"clock_set_back_a_little", Rate{Limit: 2}, []step{
			{0, a, ok(1, 60*sec)}, {-sec, a, ok(0, 60*sec)}, {-sec, a, no(60 * sec)}, {60 * sec, a, ok(1, 60*sec)},
		}},
		{"clock_set_back_far", Rate{Limit: 2}, []step{
			{0, a, ok(1, 60*sec)}, {0, a, ok(0, 60*sec)}, {-24 * time.Hour, a, ok(1, 60*sec)},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := NewRateLimiter(tt.rate)
			for i, s := range tt.steps {
				if got := l.Allow(addr(s.from), t0.Add(s.at)); got != s.want {
					t.Fatalf("step %d: Allow(%s, %s) = %+v, want %+v", i, s.from, s.at, got, s.want)
				}
			}
		})
	}
}

// A client over the limit in one scope is a client like any other in the next.
func TestRateLimiter_scopes(t *testing.T) {
	t.Parallel()
	l := NewRateLimiter(Rate{Limit: 2})
	ok := func(left int) Decision {
		return Decision{Allowed: true, Limit: 2, Remaining: left, ResetAfter: time.Minute}
	}
	no := Decision{Limit: 2, ResetAfter: time.Minute}
	for i, s := range []struct {
		from  string
		scope uint64
		want  Decision
	}{
		{"192.0.2.1", 7, ok(1)}, {"192.0.2.1", 7, ok(0)}, {"192.0.2.1", 7, no},
		{"192.0.2.1", 8, ok(1)}, {"192.0.2.2", 7, ok(1)}, {"192.0.2.1", 0, ok(1)},
		{"::ffff:192.0.2.1", 7, no},
	} {
		if got := l.AllowFor(addr(s.from), s.scope, t0); got != s.want {
			t.Errorf("step %d: AllowFor(%s, %d) = %+v, want %+v", i, s.from, s.scope, got, s.want)
		}
	}
	if got := l.Allow(addr("192.0.2.1"), t0); got != ok(0) {
		t.Errorf("Allow(192.0.2.1) = %+v, want the second request of scope 0", got)
	}
	var nobody *RateLimiter
	if got := nobody.AllowFor(addr("192.0.2.1"), 7, t0); !got.Allowed {
		t.Errorf("AllowFor of no limiter = %+v, want allowed", got)
	}
}

// Scopes of one address must not meet in one shard.
func TestRateLimiter_spreads_scopes(t *testing.T) {
	t.Parallel()
	const each = 100
	l := NewRateLimiter(Rate{Limit: 1})
	var load [rateShards]int
	for n := range uint64(each * rateShards) {
		k := l.keyOf(addr("192.0.2.1"))
		k.scope = n
		load[l.shardOf(k)]++
	}
	for i, n := range load {
		if n < each/3 || n > each*3 {
			t.Errorf("shard %d holds %d of %d scopes, want about %d", i, n, each*rateShards, each)
		}
	}
}

func TestRateLimiter_off(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]*RateLimiter{"nil": nil, "zero": NewRateLimiter(Rate{}), "negative": NewRateLimiter(Rate{Limit: -1})} {
		for range 1000 {
			if got := l.Allow(netip.Addr{}, t0); got != (Decision{Allowed: true}) {
				t.Fatalf("%s: Allow = %+v, want allowed without a limit", name, got)
			}
		}
		if l.Len() != 0 {
			t.Errorf("%s: Len = %d, want 0", name, l.Len())
		}
	}
}

func TestRateLimiter_race(t *testing.T) {
	t.Parallel()
	const callers, each, limit = 64, 100, 60
	l := NewRateLimiter(Rate{Limit: limit})
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for j := range each {
				if l.Allow(addr("192.0.2.1"), t0.Add(time.Duration(i*j)*time.Microsecond)).Allowed {
					allowed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if allowed.Load() != limit {
		t.Errorf("%d callers with %d requests each: %d allowed, want %d", callers, each, allowed.Load(), limit)
	}
}

func numbered(n uint64) netip.Addr {
	b := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	binary.BigEndian.PutUint64(b[8:], n)
	return netip.AddrFrom16(b)
}

func TestRateLimiter_flood_keeps_memory_and_the_heavy(t *testing.T) {
	t.Parallel()
	const clients = 6400
	l := NewRateLimiter(Rate{Limit: 60, MaxClients: clients})
	heavy := addr("192.0.2.1")
	for range 100 {
		l.Allow(heavy, t0)
	}
	for n := range uint64(20 * clients) {
		now := t0.Add(time.Duration(n) * time.Microsecond)
		if d := l.Allow(numbered(n), now); !d.Allowed || d.Remaining != 59 {
			t.Fatalf("newcomer %d in a flood: %+v, want allowed with 59 left", n, d)
		}
		if n%1000 == 0 && l.Len() > clients {
			t.Fatalf("after %d newcomers: Len = %d, want at most %d", n, l.Len(), clients)
		}
	}
	if d := l.Allow(heavy, t0.Add(time.Second)); d.Allowed {
		t.Errorf("a client over the limit after a flood: %+v, want refused", d)
	}
	// Two windows later the flood is gone from each shard that is used at all.
	for _, w := range []time.Duration{2, 4} {
		for n := range uint64(2000) {
			l.Allow(numbered(n), t0.Add(w*time.Minute))
		}
	}
	if l.Len() > 4000 {
		t.Errorf("two windows after a flood: Len = %d, want the flood forgotten", l.Len())
	}
}

func TestRateLimiter_spreads_neighbours(t *testing.T) {
	t.Parallel()
	const each = 100
	families := map[string]func(uint64) netip.Addr{
		"ipv4":  func(n uint64) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}) },
		"hosts": numbered,
		"networks": func(n uint64) netip.Addr {
			b := [16]byte{0x20, 0x01, 0x0d, 0xb8}
			binary.BigEndian.PutUint32(b[4:], uint32(n))
			return netip.AddrFrom16(b)
		},
	}
	for name, address := range families {
		for range 20 { // Each with seeds of its own.
			l := NewRateLimiter(Rate{Limit: 1})
			var load [rateShards]int
			for n := range uint64(each * rateShards) {
				load[l.shardOf(l.keyOf(address(n)))]++
			}
			for i, n := range load {
				if n < each/3 || n > each*3 {
					t.Errorf("%s: shard %d holds %d of %d clients, want about %d", name, i, n, each*rateShards, each)
				}
			}
		}
	}
}

// FuzzRateLimiter checks the brake against the plainest model there is: a map that never forgets.
func FuzzRateLimiter(f *testing.F) {
	f.Add([]byte{0, 1, 0, 1, 1, 200, 0, 255})
	f.Fuzz(func(t *testing.T, steps []byte) {
		l := NewRateLimiter(Rate{Limit: 3, Window: time.Second})
		type window struct {
			start license.Time
			count int
		}
		model, now := map[byte]window{}, t0
		for i := 0; i+1 < len(steps); i += 2 {
			who := steps[i] % 4
			now = now.Add(time.Duration(steps[i+1]) * 10 * time.Millisecond)
			w := model[who]
			if w.count == 0 || now.Sub(w.start) >= time.Second {
				w = window{start: now}
			}
			w.count++
			model[who] = w
			want := Decision{Allowed: w.count <= 3, Limit: 3, Remaining: max(3-w.count, 0), ResetAfter: w.start.Add(time.Second).Sub(now)}
			if got := l.Allow(numbered(uint64(who)), now); got != want {
				t.Fatalf("step %d: Allow(%d, %s) = %+v, want %+v", i/2, who, now, got, want)
			}
		}
	})
}

func BenchmarkRateLimiter(b *testing.B) {
	l := NewRateLimiter(Rate{Limit: 60})
	keys := make([]netip.Addr, 4096)
	for i := range keys {
		keys[i] = numbered(uint64(i))
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			l.Allow(keys[i&4095], t0.Add(time.Duration(i)*10*time.Microsecond))
			i++
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				l.Allow(keys[i&4095], t0.Add(time.Duration(i)*10*time.Microsecond))
			}
		})
	})
	b.Run("flood", func(b *testing.B) {
		b.ReportAllocs()
		n := uint64(0)
		for b.Loop() {
			l.Allow(numbered(n), t0)
			n++
		}
	})
}
