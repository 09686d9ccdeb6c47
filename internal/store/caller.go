package store

import (
	"licet/internal/identity"
	"licet/internal/license"
)

// Caller is who sends a token to the native doors, and the key that answers to them are signed with.
type Caller struct {
	Key        APIKey // it may be revoked or have expired
	SigningKey int64  // identity of the tenant's key pair for answers; 0 where it has none yet
}

// findCaller reads both at once: it is the first statement of every native request.
const findCaller = `
SELECT ` + apiKeyColumns + `,
       (SELECT signing_keys.id
          FROM signing_keys
         WHERE signing_keys.tenant_id = api_keys.tenant_id AND signing_keys.purpose = '` + string(NativeAnswerKey) + `' AND signing_keys.retired_at = 0)
  FROM api_keys
 WHERE secret_hash = $1`

// FindCaller returns who has a token, in one statement. NotFound when there is no such key.
func (tx *Tx) FindCaller(hash identity.TokenHash) (Caller, error) {
	var r apiKeyRow
	var c Caller
	found, err := tx.one(findCaller, []any{hash[:]}, append(r.into(), &c.SigningKey)...)
	switch {
	case err != nil:
		return c, err
	case !found:
		return c, noCaller()
	}
	err = r.finish()
	c.Key = r.APIKey
	return c, err
}

func noCaller() error { return &license.Error{Code: license.NotFound, Message: "no such API key"} }
