package signing

import "sync"

// maxRSAKeys is how many keys RSAKeys remembers, a few kilobytes each.
const maxRSAKeys = 1024

// RSAKeys remembers parsed keys by a number of the caller's, usually the key's in the database, so
// that they are not opened and parsed for each answer. A number must always mean the same key: a
// key that is replaced gets a new number. The zero value is ready for use; it remembers 1024 keys
// and then forgets those that were not asked for lately. It is safe for use by many goroutines.
type RSAKeys struct {
	mu   sync.Mutex // guards keys
	keys clock[int64, *RSAKey]
}

// Get returns the key with the number id, from load where it is not remembered. An error of load
// is returned as it is, and the next Get loads again. Two that miss the same key at once may both
// load it; both get the one that came first.
func (k *RSAKeys) Get(id int64, load func() (*RSAKey, error)) (*RSAKey, error) {
	if key, ok := k.find(id); ok {
		return key, nil
	}
	loaded, err := load() // Not under the lock: it may ask the database.
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if first, ok := k.keys.get(id); ok {
		return first, nil
	}
	k.keys.put(id, loaded, maxRSAKeys)
	return loaded, nil
}

func (k *RSAKeys) find(id int64) (*RSAKey, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys.get(id)
}

// Len returns how many keys are remembered.
func (k *RSAKeys) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys.len()
}
