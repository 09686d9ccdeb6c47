package signing

import (
	"crypto/sha256"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"licet/internal/license"
)

const (
	defaultSignWaiting = 256
	defaultSignCache   = 16384

	maxSignShards = 32
	minSignShard  = 64 // signatures; a smaller cache has fewer shards
)

// SignerOptions bound a [Signer]. The zero value means the defaults.
type SignerOptions struct {
	// Concurrent is how many RSA operations run at once; 0 means GOMAXPROCS. More would not be faster,
	// and with no more than that whoever wants a core for something else gets it after a millisecond or two.
	Concurrent int

	// Waiting is how many more may wait for their turn; 0 means 256, a negative number none. It
	// bounds the wait too: 256 signatures of 2048 bits take a core about half a second, of 4096
	// bits about three (BenchmarkRSA).
	Waiting int

	// Cache is how many signatures are remembered; 0 means 16384, a negative number none. One
	// takes about 0.6 kB with a key of 2048 bits and 1 kB with one of 4096.
	Cache int
}

// SignerStats is what a [Signer] did since its start, and what it holds now.
type SignerStats struct {
	Signed  uint64 // RSA operations that were done
	Cached  uint64 // answered without one: remembered, or shared with somebody who asked at the same time
	Refused uint64 // turned away: the queue was full, or done was closed first
	Running int    // RSA operations that run or wait for their turn now
	Entries int    // signatures remembered now
}

// Signer signs with RSA keys: at most a fixed number at once, each signature once. It is safe for
// use by many goroutines.
//
// It remembers signatures by the whole fingerprint of the key and the SHA-256 of the message.
// PKCS #1 v1.5 gives the same signature for the same key and message whenever it is asked, so
// there is nothing that could go stale and nothing to invalidate: a changed answer or a replaced
// key is another entry.
type Signer struct {
	slots  chan struct{} // one for each RSA operation that runs
	seats  chan struct{} // one for each that runs or waits
	shards []signShard   // a power of two of them
	sign   func(key *RSAKey, digest [sha256.Size]byte) (string, error)

	signed, shared, refused atomic.Uint64
}

// signShard holds the signatures of every so many digests, each shard under its own lock.
type signShard struct {
	mu      sync.Mutex // guards what follows
	known   clock[signID, string]
	limit   int // of known
	running map[signID]*signCall
	hits    uint64
	_       [64]byte // Neighbours do not share a line of the processor's cache.
}

// signID says what a signature is of. It leaves no room for two that differ.
type signID struct{ key, digest [sha256.Size]byte }

// signCall is a signature that somebody is making and others may wait for.
type signCall struct {
	ready     chan struct{} // closed when the maker is through; the rest is read after that
	signature string
	err       error
}

// errUnfinished is the error of a call whose maker went away before making it: somebody else must.
var errUnfinished = errors.New("the signature was not finished")

// NewSigner returns a Signer within the bounds of o.
func NewSigner(o SignerOptions) *Signer {
	concurrent := o.Concurrent
	if concurrent <= 0 {
		concurrent = runtime.GOMAXPROCS(0)
	}
	waiting := orDefault(o.Waiting, defaultSignWaiting)
	cache := orDefault(o.Cache, defaultSignCache)
	shards := maxSignShards
	for shards > 1 && cache/shards < minSignShard {
		shards /= 2
	}
	s := &Signer{
		slots:  make(chan struct{}, concurrent),
		seats:  make(chan struct{}, concurrent+waiting),
		shards: make([]signShard, shards),
		sign:   (*RSAKey).signDigest,
	}
	for i := range s.shards {
		s.shards[i].running = make(map[signID]*signCall)
		s.shards[i].limit = cache / shards
		if i < cache%shards {
			s.shards[i].limit++
		}
	}
	return s
}

// orDefault returns the default for 0, and 0 for less.
func orDefault(value, fallback int) int {
	if value == 0 {
		return fallback
	}
	return max(value, 0)
}

// Sign returns what key.Sign(message) would, remembered or made in its turn. Several who ask for
// the same at once have it made once, and only one of them takes a place in the queue.
//
// It fails with server_busy and a RetryAfter when too many wait already, or when done, usually the
// Done channel of the caller's context, is closed before the signature is begun; nil is allowed.
// A signature that is remembered is returned in either case.
func (s *Signer) Sign(done <-chan struct{}, key *RSAKey, message []byte) (string, error) {
	id := signID{key: key.fingerprint, digest: sha256.Sum256(message)}
	shard := &s.shards[int(id.digest[0])&(len(s.shards)-1)]
	for {
		signature, call, maker := s.find(shard, id)
		switch {
		case signature != "":
			return signature, nil
		case call == nil:
			return "", s.refuse()
		case maker:
			return s.fulfil(done, shard, id, key, call)
		}
		select {
		case <-call.ready:
		case <-done:
			return "", s.refuse()
		}
		if call.err == errUnfinished {
			continue // Its maker's caller went away, which is no answer to this one.
		}
		if call.err == nil {
			s.shared.Add(1)
		}
		return call.signature, call.err
	}
}

// find returns the signature where it is remembered; or the call of who makes it, which is the
// caller if maker is true; or nothing where the queue is full.
func (s *Signer) find(shard *signShard, id signID) (signature string, call *signCall, maker bool) {
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if signature, ok := shard.known.get(id); ok {
		shard.hits++
		return signature, nil, false
	}
	if call, ok := shard.running[id]; ok {
		return "", call, false
	}
	select {
	case s.seats <- struct{}{}:
	default:
		return "", nil, false
	}
	call = &signCall{ready: make(chan struct{}), err: errUnfinished}
	shard.running[id] = call
	return "", call, true
}

// fulfil makes the signature of call in its turn. However it ends, the call ends with it.
func (s *Signer) fulfil(done <-chan struct{}, shard *signShard, id signID, key *RSAKey, call *signCall) (string, error) {
	defer s.settle(shard, id, call)
	select {
	case s.slots <- struct{}{}:
	default:
		select {
		case s.slots <- struct{}{}:
		case <-done:
			return "", s.refuse()
		}
	}
	defer func() { <-s.slots }()
	call.signature, call.err = s.sign(key, id.digest)
	s.signed.Add(1)
	return call.signature, call.err
}

// settle remembers a signature that was made, gives the seat back and wakes who waits for it. The
// seat is free before they wake, so that one of them can take it when there is nothing for them.
func (s *Signer) settle(shard *signShard, id signID, call *signCall) {
	<-s.seats
	shard.mu.Lock()
	delete(shard.running, id)
	if call.err == nil {
		shard.known.put(id, call.signature, shard.limit)
	}
	shard.mu.Unlock()
	close(call.ready)
}

func (s *Signer) refuse() error {
	s.refused.Add(1)
	return license.RefuseFor(license.ServerBusy, time.Second)
}

// Stats returns the figures of now.
func (s *Signer) Stats() SignerStats {
	stats := SignerStats{
		Signed: s.signed.Load(), Cached: s.shared.Load(), Refused: s.refused.Load(), Running: len(s.seats),
	}
	for i := range s.shards {
		shard := &s.shards[i]
		shard.mu.Lock()
		stats.Cached += shard.hits
		stats.Entries += shard.known.len()
		shard.mu.Unlock()
	}
	return stats
}
