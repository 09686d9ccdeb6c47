package store

import (
	"licet/internal/license"
)

// Idempotency is a request that somebody may send again and that is carried out once.
type Idempotency struct {
	Tenant  license.TenantID
	Key     int64  // who asked, by the identity within their kind
	Name    string // that they gave the request
	Digest  []byte // of the request
	Started license.Time
	Status  int64  // of the answer; 0 is none yet
	Answer  []byte // sealed; nil is none, or one too large to be kept
}

// claimIdempotency takes a name that is free, or whose request began before $6.
const claimIdempotency = `
INSERT INTO idempotency_keys (tenant_id, key_id, name, digest, started_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, key_id, name) DO UPDATE
   SET digest = excluded.digest, started_at = excluded.started_at, status = 0, answer = NULL
 WHERE idempotency_keys.started_at < $6`

const findIdempotency = `
SELECT digest, started_at, status, answer
  FROM idempotency_keys
 WHERE tenant_id = $1 AND key_id = $2 AND name = $3`

// ClaimIdempotency takes the name of a request for whoever calls it first, and tells everybody else what is known of that request.
// One that began before old counts no more. It returns true with what is in k, or false with what is stored; a Status of 0 with a Started
// of 0 means that the first one has given up at this very moment.
func (tx *Tx) ClaimIdempotency(k Idempotency, old license.Time) (Idempotency, bool, error) {
	n, err := tx.affected(claimIdempotency, k.Tenant, k.Key, k.Name, k.Digest, k.Started, old)
	if err != nil || n == 1 {
		return k, n == 1, err
	}
	stored := Idempotency{Tenant: k.Tenant, Key: k.Key, Name: k.Name}
	_, err = tx.one(findIdempotency, []any{k.Tenant, k.Key, k.Name}, &stored.Digest, &stored.Started, &stored.Status, &stored.Answer)
	return stored, false, err
}

const finishIdempotency = `
UPDATE idempotency_keys SET status = $5, answer = $6
 WHERE tenant_id = $1 AND key_id = $2 AND name = $3 AND started_at = $4 AND status = 0`

// FinishIdempotency stores the answer of k; false where the claim is gone.
func (tx *Tx) FinishIdempotency(k *Idempotency) (bool, error) {
	var answer any
	if k.Answer != nil {
		answer = k.Answer
	}
	n, err := tx.affected(finishIdempotency, k.Tenant, k.Key, k.Name, k.Started, k.Status, answer)
	return n == 1, err
}

const dropIdempotency = `
DELETE FROM idempotency_keys
 WHERE tenant_id = $1 AND key_id = $2 AND name = $3 AND started_at = $4 AND status = 0`

// DropIdempotency gives the name of k free again, unless there is an answer.
func (tx *Tx) DropIdempotency(k *Idempotency) error {
	return tx.run(dropIdempotency, k.Tenant, k.Key, k.Name, k.Started)
}

const pruneIdempotency = `
DELETE FROM idempotency_keys
 WHERE started_at < $1
   AND (tenant_id, key_id, name) IN
       (SELECT tenant_id, key_id, name FROM idempotency_keys WHERE started_at < $1 ORDER BY started_at LIMIT CAST($2 AS BIGINT))`

// PruneIdempotency forgets requests that began before old, at most limit, and returns how many.
func (tx *Tx) PruneIdempotency(old license.Time, limit int) (int64, error) {
	return tx.affected(pruneIdempotency, old, limit)
}
