package signing

// clock is a map that stays within a limit: when it is full, a hand goes round its slots, gives
// those that were used since its last visit another round, and puts the new entry in the place of
// the first that was not. It keeps what is asked for again nearly as well as a list by last use
// would, and a hit costs one flag. A new entry starts unused, so entries that nobody ever asks for
// again push each other out, not the useful ones.
//
// The zero value is empty and ready. The caller locks.
type clock[K comparable, V any] struct {
	index map[K]int // into slots
	slots []clockSlot[K, V]
	hand  int
}

type clockSlot[K comparable, V any] struct {
	key   K
	value V
	used  bool
}

func (c *clock[K, V]) len() int { return len(c.slots) }

func (c *clock[K, V]) get(key K) (V, bool) {
	i, ok := c.index[key]
	if !ok {
		var none V
		return none, false
	}
	c.slots[i].used = true
	return c.slots[i].value, true
}

// put stores value under key, which must not be stored yet. The limit must be the same in every
// call; where it is 0 nothing is stored.
func (c *clock[K, V]) put(key K, value V, limit int) {
	if limit <= 0 {
		return
	}
	if c.index == nil {
		c.index = make(map[K]int)
	}
	if len(c.slots) < limit {
		c.index[key] = len(c.slots)
		c.slots = append(c.slots, clockSlot[K, V]{key: key, value: value})
		return
	}
	for c.slots[c.hand].used {
		c.slots[c.hand].used = false
		c.advance()
	}
	delete(c.index, c.slots[c.hand].key)
	c.index[key] = c.hand
	c.slots[c.hand] = clockSlot[K, V]{key: key, value: value}
	c.advance()
}

func (c *clock[K, V]) advance() { c.hand = (c.hand + 1) % len(c.slots) }
