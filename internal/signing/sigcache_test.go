package signing

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"licet/internal/license"
)

// quickSign stands in for RSA where only the order of things is tested: as RSA it is a function of
// the key and the message alone.
func quickSign(key *RSAKey, digest [sha256.Size]byte) (string, error) {
	return hex.EncodeToString(key.fingerprint[:]) + hex.EncodeToString(digest[:]), nil
}

func quickSigner(o SignerOptions) *Signer {
	s := NewSigner(o)
	s.sign = quickSign
	return s
}

// quickKey is a key for quickSign.
func quickKey(n byte) *RSAKey { return &RSAKey{fingerprint: [sha256.Size]byte{n}} }

func numbered(n int) []byte { return fmt.Appendf(nil, "message %d", n) }

// TestSignerSignsAsTheKey: with a cache that remembers, forgets or is off, a Signer gives the
// signature that the key itself gives, for every key and message in any order.
func TestSignerSignsAsTheKey(t *testing.T) {
	t.Parallel()
	keys := []*RSAKey{rsa2048(), rsaOther()}
	type question struct {
		key     int
		message string
	}
	want := map[question]string{}
	rapid.Check(t, func(t *rapid.T) {
		messages := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 1, 4).Draw(t, "messages")
		s := NewSigner(SignerOptions{Cache: rapid.SampledFrom([]int{-1, 1, 2, 3, 0}).Draw(t, "cache")})
		for range 6 {
			q := question{rapid.IntRange(0, 1).Draw(t, "key"), string(rapid.SampledFrom(messages).Draw(t, "message"))}
			if _, known := want[q]; !known {
				signature, err := keys[q.key].Sign([]byte(q.message))
				if err != nil {
					t.Fatal(err)
				}
				want[q] = signature
			}
			got, err := s.Sign(nil, keys[q.key], []byte(q.message))
			if err != nil || got != want[q] {
				t.Fatalf("Sign(key %d, %x) = %s, %v, want %s", q.key, q.message, got, err, want[q])
			}
		}
	})
}

// TestSignerNeverForeign: neither another key nor a message that differs in a single bit ever
// gets a remembered signature, and a message that its owner changes afterwards changes nothing.
func TestSignerNeverForeign(t *testing.T) {
	t.Parallel()
	s := NewSigner(SignerOptions{})
	message := []byte("hw-1#aaaa#")
	check := func(key *RSAKey) string {
		t.Helper()
		signature, err := s.Sign(nil, key, message)
		if err != nil {
			t.Fatal(err)
		}
		if err := VerifyRSA(key.PublicPEM(), message, signature); err != nil {
			t.Errorf("Sign(%s, %q) does not verify: %v", key.ID(), message, err)
		}
		return signature
	}
	seen := map[string]bool{check(rsa2048()): true, check(rsaOther()): true}
	for bit := range 8 * len(message) {
		message[bit/8] ^= 1 << (bit % 8)
		seen[check(rsa2048())] = true
		message[bit/8] ^= 1 << (bit % 8)
	}
	want := 2 + 8*len(message)
	if len(seen) != want {
		t.Errorf("%d different signatures, want %d", len(seen), want)
	}
	// The same key from another parse is the same key.
	again, err := ParseRSA(rsa2048().PKCS8())
	if err != nil {
		t.Fatal(err)
	}
	if !seen[check(again)] {
		t.Error("the same key parsed again gave another signature")
	}
	if got := s.Stats(); got.Signed != uint64(want) || got.Cached != 1 || got.Refused != 0 || got.Entries != want {
		t.Errorf("Stats = %+v, want %d signed and kept, 1 cached", got, want)
	}
}

// TestSignerRace: 64 goroutines ask for a few messages under two keys, with room for all of them
// and with room for few; each gets what is its own.
func TestSignerRace(t *testing.T) {
	t.Parallel()
	const goroutines, messages = 64, 8
	run := func(t *testing.T, s *Signer, keys [2]*RSAKey, rounds int) {
		var want [2][messages]string
		for k, key := range keys {
			for m := range messages {
				signature, err := s.sign(key, sha256.Sum256(numbered(m)))
				if err != nil {
					t.Fatal(err)
				}
				want[k][m] = signature
			}
		}
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(g)))
				for range rounds {
					k, m := random.IntN(2), random.IntN(messages)
					got, err := s.Sign(nil, keys[k], numbered(m))
					if err != nil || got != want[k][m] {
						t.Errorf("Sign(key %d, message %d) = %s, %v, want %s", k, m, got, err, want[k][m])
						return
					}
				}
			})
		}
		wg.Wait()
		stats := s.Stats()
		if got := stats.Signed + stats.Cached; got != uint64(goroutines*rounds) || stats.Refused != 0 || stats.Running != 0 {
			t.Errorf("Stats = %+v, want %d signed or cached", stats, goroutines*rounds)
		}
	}
	t.Run("rsa", func(t *testing.T) {
		t.Parallel()
		s := NewSigner(SignerOptions{})
		run(t, s, [2]*RSAKey{rsa2048(), rsaOther()}, 100)
		if got := s.Stats().Signed; got != 2*messages {
			t.Errorf("%d RSA operations, want one for each of %d", got, 2*messages)
		}
	})
	for _, cache := range []int{-1, 1, 5} {
		t.Run(fmt.Sprintf("cache_%d", cache), func(t *testing.T) {
			t.Parallel()
			run(t, quickSigner(SignerOptions{Concurrent: 4, Cache: cache}), [2]*RSAKey{quickKey(1), quickKey(2)}, 500)
		})
	}
}

// gate is a sign function that waits to be let through and counts who is inside.
type gate struct {
	open           chan struct{}
	inside, most   atomic.Int64
	calls, refuses atomic.Int64
}

func (g *gate) sign(key *RSAKey, digest [sha256.Size]byte) (string, error) {
	g.calls.Add(1)
	n := g.inside.Add(1)
	for most := g.most.Load(); n > most && !g.most.CompareAndSwap(most, n); most = g.most.Load() {
	}
	<-g.open
	g.inside.Add(-1)
	return quickSign(key, digest)
}

// gated returns a Signer whose RSA operations wait for the gate.
func gated(o SignerOptions) (*Signer, *gate) {
	s, g := NewSigner(o), &gate{open: make(chan struct{})}
	s.sign = g.sign
	return s, g
}

func wantBusy(t *testing.T, err error) {
	t.Helper()
	var e *license.Error
	if !errors.As(err, &e) || e.Code != license.Unavailable || e.Reason != license.ServerBusy || e.RetryAfter != time.Second {
		t.Errorf("Sign = %v, want unavailable/server_busy, again after 1s", err)
	}
}

// TestSignerBounds: of a flood of messages some are signed, some wait, and the rest is refused.
func TestSignerBounds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                string
		options             SignerOptions
		concurrent, waiting int
	}{
		{"defaults", SignerOptions{}, runtime.GOMAXPROCS(0), 256},
		{"one_and_none", SignerOptions{Concurrent: 1, Waiting: -1}, 1, 0},
		{"two_and_three", SignerOptions{Concurrent: 2, Waiting: 3}, 2, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, g := gated(tt.options)
				const flood = 1000
				var wg sync.WaitGroup
				for i := range flood {
					wg.Go(func() {
						if _, err := s.Sign(t.Context().Done(), quickKey(1), numbered(i)); err != nil {
							g.refuses.Add(1)
							wantBusy(t, err)
						}
					})
				}
				synctest.Wait()
				room := tt.concurrent + tt.waiting
				if in, out := g.inside.Load(), g.refuses.Load(); in != int64(tt.concurrent) || out != int64(flood-room) {
					t.Errorf("%d are signed and %d refused of %d, want %d and %d", in, out, flood, tt.concurrent, flood-room)
				}
				if got := s.Stats(); got.Running != room || got.Refused != uint64(flood-room) {
					t.Errorf("Stats = %+v, want %d running, %d refused", got, room, flood-room)
				}
				close(g.open)
				wg.Wait()
				if got := g.most.Load(); got != int64(tt.concurrent) {
					t.Errorf("%d at once, want at most %d", got, tt.concurrent)
				}
				if got := s.Stats(); got.Running != 0 || got.Signed != uint64(room) || got.Entries != room {
					t.Errorf("Stats = %+v, want %d signed and kept, none running", got, room)
				}
				if _, err := s.Sign(nil, quickKey(1), numbered(flood)); err != nil {
					t.Errorf("Sign after the flood = %v, want ok", err)
				}
			})
		})
	}
}

// TestSignerSignsOnce: of many who ask for the same one does the work and takes a place, also when
// the queue has no other; those who come for something else are refused, what is known is not.
func TestSignerSignsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := gated(SignerOptions{Concurrent: 1, Waiting: -1})
		close(g.open)
		if _, err := s.Sign(nil, quickKey(1), []byte("known")); err != nil {
			t.Fatal(err)
		}
		g.open = make(chan struct{})
		want, _ := quickSign(quickKey(1), sha256.Sum256([]byte("same")))
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if got, err := s.Sign(nil, quickKey(1), []byte("same")); err != nil || got != want {
					t.Errorf("Sign = %s, %v, want %s", got, err, want)
				}
			})
		}
		synctest.Wait()
		_, err := s.Sign(nil, quickKey(2), []byte("same"))
		wantBusy(t, err)
		gone := make(chan struct{})
		close(gone)
		if _, err := s.Sign(gone, quickKey(1), []byte("known")); err != nil {
			t.Errorf("Sign of what is known = %v, want ok", err)
		}
		close(g.open)
		wg.Wait()
		if got := s.Stats(); got != (SignerStats{Signed: 2, Cached: 64, Refused: 1, Entries: 2}) {
			t.Errorf("Stats = %+v, want 2 signed, 64 cached, 1 refused, 2 kept", got)
		}
	})
}

// TestSignerDone: who goes away stops waiting and frees the place; those who waited for the same
// signature get it all the same, from one of their own.
func TestSignerDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := gated(SignerOptions{Concurrent: 1, Waiting: 1})
		key := quickKey(1)
		var wg sync.WaitGroup
		ask := func(done <-chan struct{}, message string, busy bool) {
			wg.Go(func() {
				_, err := s.Sign(done, key, []byte(message))
				if busy {
					wantBusy(t, err)
				} else if err != nil {
					t.Errorf("Sign(%s) = %v, want ok", message, err)
				}
			})
			synctest.Wait()
		}
		firstGone, makerGone, otherGone := make(chan struct{}), make(chan struct{}), make(chan struct{})
		ask(firstGone, "first", false) // Begun, so it is finished.
		ask(makerGone, "second", true) // Has the only place in the queue.
		ask(otherGone, "second", true) // Waits for the one before.
		ask(nil, "second", false)      // The same, and stays.
		ask(nil, "second", false)      // The same.
		ask(nil, "third", true)        // There is no place.
		close(firstGone)
		close(otherGone)
		synctest.Wait()
		close(makerGone)
		synctest.Wait()
		if got := s.Stats().Running; got != 2 {
			t.Errorf("%d run or wait, want the first and the second with a new maker", got)
		}
		close(g.open)
		wg.Wait()
		if got := s.Stats(); got != (SignerStats{Signed: 2, Cached: 1, Refused: 3, Entries: 2}) {
			t.Errorf("Stats = %+v, want 2 signed, 1 cached, 3 refused, 2 kept", got)
		}
	})
}

// TestSignerFailures: an error reaches all who asked and is forgotten; a panic reaches the one who
// made the signature, and leaves nothing locked or taken.
func TestSignerFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, g := gated(SignerOptions{Concurrent: 1, Waiting: -1})
		broken := errors.New("broken")
		s.sign = func(*RSAKey, [sha256.Size]byte) (string, error) { <-g.open; return "", broken }
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if got, err := s.Sign(nil, quickKey(1), []byte("x")); got != "" || err != broken {
					t.Errorf("Sign = %q, %v, want the error alone", got, err)
				}
			})
		}
		synctest.Wait()
		close(g.open)
		wg.Wait()
		s.sign = func(*RSAKey, [sha256.Size]byte) (string, error) { panic("broken") }
		func() {
			defer func() {
				if recover() == nil {
					t.Error("Sign did not panic")
				}
			}()
			_, _ = s.Sign(nil, quickKey(1), []byte("x"))
		}()
		s.sign = quickSign
		if _, err := s.Sign(nil, quickKey(1), []byte("x")); err != nil {
			t.Errorf("Sign after the failures = %v, want ok", err)
		}
		if got := s.Stats(); got.Running != 0 || got.Entries != 1 || got.Cached != 0 {
			t.Errorf("Stats = %+v, want one kept, none running, none from the cache", got)
		}
	})
}

// TestSignerCacheBound: whatever its size, the cache fills up to it and never beyond.
func TestSignerCacheBound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ cache, want int }{{-1, 0}, {1, 1}, {63, 63}, {127, 127}, {128, 128}, {1000, 1000}, {4099, 4099}} {
		s := quickSigner(SignerOptions{Cache: tt.cache})
		for i := range 3*tt.want + 10 {
			if _, err := s.Sign(nil, quickKey(1), numbered(i)); err != nil {
				t.Fatal(err)
			}
			if i%64 == 0 {
				if got := s.Stats().Entries; got > tt.want {
					t.Fatalf("cache of %d: %d entries", tt.cache, got)
				}
			}
		}
		// Chance may leave a shard with fewer, but not by much.
		if got := s.Stats().Entries; got > tt.want || got < tt.want*95/100 {
			t.Errorf("cache of %d: %d entries, want %d", tt.cache, got, tt.want)
		}
		limits := 0
		for i := range s.shards {
			limits += s.shards[i].limit
		}
		if limits != tt.want {
			t.Errorf("cache of %d: the shards hold %d, want %d", tt.cache, limits, tt.want)
		}
	}
	if got := len(NewSigner(SignerOptions{}).shards); got != maxSignShards {
		t.Errorf("%d shards by default, want %d", got, maxSignShards)
	}
}

// TestSignerKeepsWhatIsUsed: a flood of messages that nobody asks for twice does not push out the
// one that is asked for all the time.
func TestSignerKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	s := quickSigner(SignerOptions{Cache: 16})
	const flood = 1000
	for i := range flood {
		for _, message := range [][]byte{[]byte("used"), numbered(i)} {
			if _, err := s.Sign(nil, quickKey(1), message); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := s.Stats(); got.Signed != flood+1 || got.Cached != flood-1 || got.Entries != 16 {
		t.Errorf("Stats = %+v, want %d signed, %d cached", got, flood+1, flood-1)
	}
}

// TestClock compares with a plain map that forgets nothing: what the clock still has is right, it
// has no more than its limit and no less than it could, and always what was stored last.
func TestClock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 8).Draw(t, "limit")
		var c clock[uint8, int]
		all := map[uint8]int{}
		for i, key := range rapid.SliceOf(rapid.Uint8Range(0, 20)).Draw(t, "keys") {
			got, ok := c.get(key)
			if ok && got != all[key] {
				t.Fatalf("get(%d) = %d, want %d", key, got, all[key])
			}
			if ok {
				continue
			}
			c.put(key, i, limit)
			all[key] = i
			if want := min(limit, len(all)); c.len() != want || len(c.index) != want {
				t.Fatalf("%d entries and %d in the index, want %d", c.len(), len(c.index), want)
			}
			if _, ok := c.get(key); ok != (limit > 0) {
				t.Fatalf("get(%d) after put = %v, want %v", key, ok, limit > 0)
			}
		}
	})
}

func BenchmarkSigner(b *testing.B) {
	message := bytes.Repeat([]byte("x"), 1200) // A full answer is about this long.
	s := NewSigner(SignerOptions{})
	key := rsa2048()
	b.Run("cached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Sign(nil, key, message); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cached_100_bytes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Sign(nil, key, message[:100]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cached_parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Sign(nil, key, message); err != nil {
					b.Error(err)
				}
			}
		})
	})
	// Full and always new: what the cache costs beside an RSA operation.
	b.Run("never_cached_without_rsa", func(b *testing.B) {
		s := quickSigner(SignerOptions{})
		s.sign = func(*RSAKey, [sha256.Size]byte) (string, error) { return "signature", nil }
		fresh := bytes.Clone(message)
		n := uint64(0)
		b.ReportAllocs()
		for b.Loop() {
			n++
			binary.LittleEndian.PutUint64(fresh, n)
			if _, err := s.Sign(nil, key, fresh); err != nil {
				b.Fatal(err)
			}
		}
	})
}
