package identity

import (
	"fmt"
	"io"
	"sync"
	"time"

	"licet/internal/license"
)

// defaultHashWait is how long a caller waits for its turn. Two cores hash about 200 passwords in
// that time, so whoever waits longer would wait in vain.
const defaultHashWait = 3 * time.Second

// Hasher hashes and verifies passwords, at most a fixed number at once: each takes 19 MiB and a
// core. It is safe for use by many goroutines.
//
// Every method takes done, usually the Done channel of the caller's context; nil is allowed. When
// done is closed or MaxWait passes before the caller's turn comes, it fails with server_busy and a
// RetryAfter. Work that has begun is finished.
type Hasher struct {
	// MaxWait bounds the wait for a turn; 0 means 3 seconds. Set it before the first use.
	MaxWait time.Duration

	// Light makes hashes of next to no cost, which protect nothing: for tests alone, which make thousands. Set it before the first use.
	Light bool

	slots  chan struct{}
	mu     sync.Mutex // guards random
	random io.Reader
}

// HashSlots is how many passwords a server with so many cores hashes at once: it leaves one for everybody who asks for no
// password, where there are two, since nothing interrupts a hash for them.
func HashSlots(cores int) int { return max(cores-1, 1) }

// NewHasher returns a Hasher that does slots (at least 1; usually HashSlots) passwords
// at once and takes its salts from random.
func NewHasher(slots int, random io.Reader) *Hasher {
	return &Hasher{slots: make(chan struct{}, max(slots, 1)), random: random}
}

// Hash returns the hash of password with a fresh salt. No policy is asked.
func (h *Hasher) Hash(done <-chan struct{}, password string) (PasswordHash, error) {
	if err := h.acquire(done); err != nil {
		return "", err
	}
	defer h.release()
	return h.hash(password)
}

// HashNew returns the hash of a new password that satisfies policy: password_weak when it breaks
// a rule of composition or is the e-mail address (S0-36, S0-37), password_reused when it is one of
// the account's last ones (S0-38). Composition is checked first and costs nothing.
func (h *Hasher) HashNew(done <-chan struct{}, policy PasswordPolicy, account Account, password string) (PasswordHash, error) {
	if err := policy.Check(password, account.Email, account.Name); err != nil {
		return "", err
	}
	if err := h.acquire(done); err != nil {
		return "", err
	}
	defer h.release()
	last := account.Previous[:min(len(account.Previous), policy.remembered())]
	for _, previous := range last {
		if _, readable := parsePHC(previous); !readable {
			continue // Nothing matches it, so there is nothing to pay for.
		}
		if same, _ := verifyPassword(previous, password, h.memory()); same {
			return "", policy.reused()
		}
	}
	return h.hash(password)
}

// memory is that of a new hash, in KiB.
func (h *Hasher) memory() uint32 {
	if h.Light {
		return 8 * hashLanes // The least there is.
	}
	return hashMemory
}

// Verify is [VerifyPassword] in its turn. For an unknown account give the empty hash: the answer
// is no, after the same time.
func (h *Hasher) Verify(done <-chan struct{}, hash PasswordHash, password string) (ok, needsRehash bool, err error) {
	if err := h.acquire(done); err != nil {
		return false, false, err
	}
	defer h.release()
	ok, needsRehash = verifyPassword(hash, password, h.memory())
	return ok, needsRehash, nil
}

func (h *Hasher) hash(password string) (PasswordHash, error) {
	salt := make([]byte, hashSaltLen)
	h.mu.Lock()
	_, err := io.ReadFull(h.random, salt)
	h.mu.Unlock()
	if err != nil {
		return "", fmt.Errorf("read a salt: %w", err)
	}
	return hashPassword(password, salt, h.memory()), nil
}

// acquire takes a slot, or fails with server_busy.
func (h *Hasher) acquire(done <-chan struct{}) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	default:
	}
	wait := h.MaxWait
	if wait <= 0 {
		wait = defaultHashWait
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-done:
	case <-timer.C:
	}
	return license.RefuseFor(license.ServerBusy, time.Second)
}

func (h *Hasher) release() { <-h.slots }
