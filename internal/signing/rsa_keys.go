package signing

import "sync"

// maxKeys is how many keys Keys remembers, a few kilobytes each.
const maxKeys = 1024

// RSAKeys remembers keys that sign answers of the License API.
type RSAKeys = Keys[*RSAKey]

// AnswerSigners remembers keys that sign answers of the native API.
type AnswerSigners = Keys[*AnswerSigner]

// Keys remembers parsed keys by a number of the caller's, usually the key's in the database, so
// that they are not opened and parsed for each answer. A number must always mean the same key: a
// key that is replaced gets a new number. The zero value is ready for use; it remembers 1024 keys
// and then forgets those that were not asked for lately. It is safe for use by many goroutines.
type Keys[K any] struct {
	mu   sync.Mutex // guards keys
	keys clock[int64, K]
}

// Get returns the key with the number id, from load where it is not remembered. An error of load
// is returned as it is, and the next Get loads again. Two that miss the same key at once may both
// load it; both get the one that came first.
func (k *Keys[K]) Get(id int64, load func() (K, error)) (K, error) {
	if key, ok := k.Find(id); ok {
		return key, nil
	}
	loaded, err := load() // Not under the lock: it may ask the database.
	if err != nil {
		var none K
		return none, err
	}
	return k.Add(id, loaded), nil
}

// Find returns the key with the number id where it is remembered.
func (k *Keys[K]) Find(id int64) (K, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys.get(id)
}

// Add remembers a key, unless one with the number id is remembered already, and returns that which is.
func (k *Keys[K]) Add(id int64, key K) K {
	k.mu.Lock()
	defer k.mu.Unlock()
	if first, ok := k.keys.get(id); ok {
		return first
	}
	k.keys.put(id, key, maxKeys)
	return key
}

// Len returns how many keys are remembered.
func (k *Keys[K]) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys.len()
}
