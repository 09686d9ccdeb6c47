package store

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"

	"licet/internal/license"
)

// termsID names a row of the table terms. Such a row is never changed, so what was read of it once
// holds for ever, for every process.
type termsID int64

// termsCache keeps decoded terms by their row. Thousands of licenses share a few terms.
type termsCache struct {
	mu      sync.RWMutex
	byID    map[termsID]*license.Terms
	byTerms map[*license.Terms]termsID // the same, the other way round: saving what was loaded needs no query
}

// maxCachedTerms bounds the memory of the cache; beyond it begins anew.
const maxCachedTerms = 20_000

// learned is terms that a transaction has read or made. They are known to others once it has
// committed: what is rolled back never was.
type learned struct {
	id    termsID
	terms *license.Terms
}

func (c *termsCache) get(id termsID) *license.Terms {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.byID[id]
}

func (c *termsCache) id(t *license.Terms) (termsID, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	id, ok := c.byTerms[t]
	return id, ok
}

func (c *termsCache) put(all []learned) {
	if len(all) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range all {
		c.putOne(l.id, l.terms)
	}
}

func (c *termsCache) putOne(id termsID, t *license.Terms) {
	if c.byID == nil || len(c.byID) >= maxCachedTerms {
		c.byID = make(map[termsID]*license.Terms)
		c.byTerms = make(map[*license.Terms]termsID)
	}
	c.byID[id], c.byTerms[t] = t, id
}

const findTerms = `SELECT body FROM terms WHERE tenant_id = $1 AND id = $2`

// terms returns the terms of a row.
func (tx *Tx) terms(tenant license.TenantID, id termsID) (*license.Terms, error) {
	if t := tx.cache.get(id); t != nil {
		return t, nil
	}
	for _, l := range tx.learned {
		if l.id == id {
			return l.terms, nil
		}
	}
	var body string
	found, err := tx.one(findTerms, []any{tenant, id}, &body)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("store: terms %d are missing", id)
	}
	t := new(license.Terms)
	if err := json.Unmarshal([]byte(body), t); err != nil {
		return nil, fmt.Errorf("store: terms %d: %w", id, err)
	}
	tx.learned = append(tx.learned, learned{id, t})
	return t, nil
}

const insertTerms = `
INSERT INTO terms (tenant_id, id, digest, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, digest) DO NOTHING`

const findTermsByDigest = `SELECT id FROM terms WHERE tenant_id = $1 AND digest = $2`

// internTerms returns the row of equal terms, made now when there is none.
func (tx *Tx) internTerms(tenant license.TenantID, t *license.Terms) (termsID, error) {
	if id, ok := tx.cache.id(t); ok {
		return id, nil
	}
	for _, l := range tx.learned {
		if l.terms == t {
			return l.id, nil
		}
	}
	id, err := tx.findOrInsertTerms(tenant, t)
	if err == nil {
		tx.learned = append(tx.learned, learned{id, t})
	}
	return id, err
}

func (tx *Tx) findOrInsertTerms(tenant license.TenantID, t *license.Terms) (termsID, error) {
	body, err := json.Marshal(t)
	if err != nil {
		return 0, err
	}
	digest := sha256.Sum256(body)
	var id termsID
	found, err := tx.one(findTermsByDigest, []any{tenant, digest[:]}, &id)
	if err != nil || found {
		return id, err
	}
	if err := tx.run(insertTerms, tenant, tx.NewID(), digest[:], string(body)); err != nil {
		return 0, err
	}
	// Another replica may have been first: its row counts.
	_, err = tx.one(findTermsByDigest, []any{tenant, digest[:]}, &id)
	return id, err
}
