package store

import (
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
)

// Whoever sends a token is found with the key that answers are signed with now, whichever keys there were.
func TestFindCaller(t *testing.T) {
	t.Parallel()
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant, rival := someTenant(t, s, "acme"), someTenant(t, s, "rival")
		scopes, err := identity.ParseScopes("licenses:use")
		if err != nil {
			t.Fatal(err)
		}
		hash, key := identity.TokenHash{1}, APIKey{Tenant: tenant, Name: "app", Scopes: scopes, Products: []license.ProductID{7, 9}, Created: 1}
		sign := func(of license.TenantID, purpose KeyPurpose, at license.Time) int64 {
			t.Helper()
			k := SigningKey{Tenant: of, Purpose: purpose, Algorithm: "x", Public: "x", Private: []byte("x"), Created: at}
			mustWrite(t, s, func(tx *Tx) error { return tx.InsertSigningKey(&k) })
			return k.ID
		}
		want := func(what string, signs int64) {
			t.Helper()
			var c Caller
			err := s.Read(t.Context(), func(tx *Tx) (err error) {
				c, err = tx.FindCaller(hash)
				return err
			})
			if err != nil || c.Key.ID != key.ID || c.Key.Tenant != tenant || len(c.Key.Products) != 2 || c.Key.Scopes.String() != "licenses:use" || c.SigningKey != signs {
				t.Errorf("FindCaller %s = %+v, %v; want key %d signed for by %d", what, c, err, key.ID, signs)
			}
		}
		err = s.Read(t.Context(), func(tx *Tx) error { _, err := tx.FindCaller(hash); return err })
		wantCode(t, "FindCaller of nobody", err, license.NotFound)
		mustWrite(t, s, func(tx *Tx) error { return tx.InsertAPIKey(&key, hash) })
		want("without a key", 0)
		sign(rival, NativeAnswerKey, 1)
		sign(tenant, LicenseFileKey, 1)
		want("with keys of others and for other things", 0)
		want("with a key", sign(tenant, NativeAnswerKey, 1))
		want("with a newer key", sign(tenant, NativeAnswerKey, 2))
	})
}
