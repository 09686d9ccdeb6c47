package wire

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"licet/internal/license"
)

// Rate is the shape of an abuse brake.
type Rate struct {
	// Limit is how many requests a client has in a window; 0 or less is no brake at all.
	Limit int
	// Window is how long a window lasts from the client's first request; 0 means one minute.
	Window time.Duration
	// IPv6Bits is how much of an IPv6 address makes one client: 128, which 0 means as well, is the
	// address, 64 the network a household has.
	IPv6Bits int
	// MaxClients bounds the memory; 0 means 262,144 clients, which take about 25 MB. Beyond it those
	// with few requests are forgotten for the newcomers: who is over the limit stays there, and
	// nobody is refused for the crowd.
	MaxClients int
}

// Decision is the answer of a brake.
type Decision struct {
	Allowed    bool
	Limit      int           // requests in a window; 0 when there is no brake
	Remaining  int           // requests left in this window
	ResetAfter time.Duration // until a new window; 0 when there is no brake
}

// ResetSeconds is ResetAfter in whole seconds, rounded up, as headers want it.
func (d Decision) ResetSeconds() int { return int(wholeSeconds(d.ResetAfter)) }

// RateLimiter counts requests by address, and where a door wants by what they are about, in fixed
// windows, each from the client's first request.
// Refused requests count too. It is per process: each replica has its own.
//
// It is safe for concurrent use. A nil RateLimiter allows everything.
type RateLimiter struct {
	limit    uint32
	window   int64 // µs
	ipv6Bits int
	perShard int
	seed     [2]uint64
	shards   [rateShards]rateShard
}

const (
	rateShards        = 64
	defaultRateWindow = time.Minute
	defaultMaxClients = 1 << 18
)

// NewRateLimiter makes a brake of that shape.
func NewRateLimiter(rate Rate) *RateLimiter {
	if rate.Window <= 0 {
		rate.Window = defaultRateWindow
	}
	if rate.IPv6Bits <= 0 || rate.IPv6Bits > 128 {
		rate.IPv6Bits = 128
	}
	if rate.MaxClients <= 0 {
		rate.MaxClients = defaultMaxClients
	}
	return &RateLimiter{
		limit:    uint32(min(max(rate.Limit, 0), 1<<31-2)),
		window:   max(rate.Window.Microseconds(), 1),
		ipv6Bits: rate.IPv6Bits,
		perShard: max(rate.MaxClients/rateShards, 1),
		// With a seed of its own nobody can choose addresses that meet in one shard.
		seed: [2]uint64{rand.Uint64(), rand.Uint64()},
	}
}

// Allow counts one request of key at now and says whether it may pass. Every spelling of an
// address is the same client; the zero Addr is a client as well.
func (l *RateLimiter) Allow(key netip.Addr, now license.Time) Decision {
	return l.AllowFor(key, 0, now)
}

// AllowFor is Allow for an address that is a client of its own in each scope, such as what the
// request is about. A scope is a number of the door's choice, usually a hash; 0 is that of Allow.
// Take care that a client cannot spell one scope in many ways.
func (l *RateLimiter) AllowFor(key netip.Addr, scope uint64, now license.Time) Decision {
	if l == nil || l.limit == 0 {
		return Decision{Allowed: true}
	}
	k := l.keyOf(key)
	k.scope = scope
	s := &l.shards[l.shardOf(k)]
	s.mu.Lock()
	e := s.count(k, int64(now), l)
	s.mu.Unlock()
	// A clock that was set back must not lengthen a wait beyond one window.
	left := min(e.start+l.window-int64(now), l.window)
	return Decision{
		Allowed:    e.count <= l.limit,
		Limit:      int(l.limit),
		Remaining:  int(l.limit) - int(min(e.count, l.limit)),
		ResetAfter: time.Duration(left) * time.Microsecond,
	}
}

// Len returns how many clients are remembered, those whose window has ended a while ago apart.
func (l *RateLimiter) Len() int {
	if l == nil {
		return 0
	}
	n := 0
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		n += len(s.current) + len(s.previous)
		s.mu.Unlock()
	}
	return n
}

// rateKey is an address in a scope, without pointers, so the garbage collector skips the maps.
type rateKey struct{ hi, lo, scope uint64 }

func (l *RateLimiter) keyOf(a netip.Addr) rateKey {
	b := a.As16()
	k := rateKey{hi: binary.BigEndian.Uint64(b[:8]), lo: binary.BigEndian.Uint64(b[8:])}
	if l.ipv6Bits < 128 && a.Is6() && !a.Is4In6() {
		k.hi &= ^uint64(0) << max(64-l.ipv6Bits, 0)
		k.lo &= ^uint64(0) << min(128-l.ipv6Bits, 64)
	}
	return k
}

func (l *RateLimiter) shardOf(k rateKey) int {
	// Two rounds: after one, neighbouring addresses would still be neighbours.
	hi, lo := bits.Mul64(k.hi^l.seed[0], k.lo^l.seed[1])
	hi, lo = bits.Mul64(hi^lo^k.scope^l.seed[0], 0x9e3779b97f4a7c15)
	return int((hi ^ lo) % rateShards)
}

// rateEntry is one client's window. The count stops one above the limit.
type rateEntry struct {
	start int64 // µs
	count uint32
}

// rateShard keeps windows in two generations. A generation is at least one window long, so when
// the next one begins, everything in the one before the last has ended and is dropped at once:
// no sweep, no timer.
type rateShard struct {
	mu       sync.Mutex // guards all below
	current  map[rateKey]rateEntry
	previous map[rateKey]rateEntry
	turned   int64 // when current began, µs
}

// count adds a request of k and returns its window.
func (s *rateShard) count(k rateKey, now int64, l *RateLimiter) rateEntry {
	if s.current == nil || !within(s.turned, now, l.window) {
		s.turn(now)
	}
	if e, ok := s.current[k]; ok && within(e.start, now, l.window) {
		e.count = min(e.count+1, l.limit+1)
		s.current[k] = e
		return e
	}
	if e, ok := s.previous[k]; ok && within(e.start, now, l.window) {
		e.count = min(e.count+1, l.limit+1)
		s.previous[k] = e
		return e
	}
	delete(s.previous, k)
	if _, known := s.current[k]; !known && len(s.current)+len(s.previous) >= l.perShard {
		s.forget(now, l.window)
	}
	e := rateEntry{start: now, count: 1}
	s.current[k] = e
	return e
}

// within reports whether the window from start runs at now. A now slightly before start belongs to
// it: callers read the clock before they wait for the lock, and clocks are set back a little.
func within(start, now, window int64) bool {
	passed := now - start
	return -window < passed && passed < window
}

// keepMap is how large a map may be to be used again; a larger one, left by a flood, is given back.
const keepMap = 256

func (s *rateShard) turn(now int64) {
	spare := s.previous
	s.previous = s.current
	if spare == nil || len(spare) > keepMap {
		spare = make(map[rateKey]rateEntry)
	}
	clear(spare)
	s.current = spare
	s.turned = now
}

// sampleSize is how many entries of each generation are looked at to find one to forget.
const sampleSize = 4

// forget drops one entry to make room: of a few at random an ended one, else the one with the
// fewest requests.
func (s *rateShard) forget(now, window int64) {
	from := s.previous
	victim, least := lightest(s.previous, now, window)
	if k, n := lightest(s.current, now, window); n < least {
		from, victim, least = s.current, k, n
	}
	if least < nobody {
		delete(from, victim)
	}
}

// nobody is what lightest returns of an empty generation.
const nobody = ^uint32(0)

func lightest(entries map[rateKey]rateEntry, now, window int64) (victim rateKey, least uint32) {
	least = nobody
	seen := 0
	for k, e := range entries {
		if !within(e.start, now, window) {
			e.count = 0
		}
		if e.count < least {
			victim, least = k, e.count
		}
		if seen++; seen == sampleSize {
			break
		}
	}
	return victim, least
}
