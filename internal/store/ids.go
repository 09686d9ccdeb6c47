package store

import (
	"fmt"
	"sync"
	"time"

	"licet/internal/license"
)

// Identities are close to microseconds since the epoch. One row of id_clock, shared by every process and
// replica, says which number is free; a process takes a block of them with one statement and deals them out.
// That row only ever grows and jumps to the present when it lies behind, so an identity is never given
// twice: not by two replicas, not after the clock was set back, not after an old backup was restored.
const (
	idBlock  = 100_000         // identities taken at once
	idLow    = 50_000          // fewer left than this: take a block before the next transaction
	idMaxAge = 1 * time.Second // so that identities follow the clock
)

// reserveIDs takes $2 identities and returns the first one after them. $1 is the time in microseconds.
const reserveIDs = `
UPDATE id_clock SET next = CASE WHEN next < $1 THEN $1 ELSE next END + $2
 WHERE name = 'ids' RETURNING next`

// idClock deals out identities of one block and takes another when it is used up.
type idClock struct {
	now     func() time.Time
	reserve func(now, n int64) (int64, error) // runs reserveIDs

	mu     sync.Mutex // guards the rest
	from   int64      // the next identity
	to     int64      // the end of the block
	taken  time.Time  // when the block was taken
	blocks int64      // how many blocks have been taken
}

// idFailure is the panic of next when the database gave no identities.
type idFailure struct{ err error }

// fresh makes sure that the block is young and that a transaction of usual size finds it large
// enough. It is called before a transaction begins.
func (c *idClock) fresh() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A clock set back makes the age negative; the block is as good as before then.
	if c.to-c.from >= idLow && c.now().Sub(c.taken) < idMaxAge {
		return nil
	}
	return c.take()
}

// next returns an identity, taking a block in the middle of the transaction if it must.
func (c *idClock) next() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from == c.to {
		if err := c.take(); err != nil {
			panic(idFailure{err})
		}
	}
	c.from++
	return c.from - 1
}

func (c *idClock) take() error {
	now := c.now()
	end, err := c.reserve(now.UnixMicro(), idBlock)
	if err != nil {
		return err
	}
	if end > license.MaxID {
		return fmt.Errorf("store: no identities left, the clock says %s", now.UTC().Format(time.RFC3339))
	}
	c.from, c.to, c.taken = end-idBlock, end, now
	c.blocks++
	return nil
}

// readIDs returns the first identity that nobody has taken.
const readIDs = `SELECT next FROM id_clock WHERE name = 'ids'`

// follow forgets the block where somebody else has taken one since: free is the first identity that nobody has taken. Where
// one transaction runs at a time, and each follows, identities grow from commit to commit, whoever makes it.
func (c *idClock) follow(free int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.to != free {
		c.from, c.to = 0, 0
	}
}

// drop forgets the block: the transaction that took it was rolled back.
func (c *idClock) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.from, c.to = 0, 0
}

// mark returns a number that changes when a block is taken.
func (c *idClock) mark() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.blocks
}
