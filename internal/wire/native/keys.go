package native

import (
	"net/http"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/wire"
)

// Keys answers /.well-known/jwks.json: the public keys that answers and license files are checked with, those of all tenants, or with
// ?tenant=CODE those of one.
func Keys(a *authority.Authority) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		tenant := r.URL.Query().Get("tenant")
		if len(tenant) > 100 {
			return &license.Error{Code: license.NotFound, Message: "there is no such tenant"}
		}
		keys, err := a.PublicKeys(r.Context(), tenant)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Header().Set("Cache-Control", "public, max-age=300")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		return wire.WriteJSON(w, http.StatusOK, signing.JWKS{Keys: keys})
	}
}
