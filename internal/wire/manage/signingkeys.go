package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// SigningKey is the public half of a key pair that answers of the native API, or license files, are signed with.
type SigningKey struct {
	ID          int64            `json:"id" example:"1774267200000012"`
	Purpose     store.KeyPurpose `json:"purpose" enum:"native-answers,license-files"`
	JWK         JWK              `json:"jwk"`
	Created     license.Time     `json:"created_at"`
	Retired     license.Time     `json:"retired_at" doc:"null is in use."`
	ListedUntil license.Time     `json:"listed_until" doc:"How long /.well-known/jwks.json tells of one that was retired."`
}

// JWK is a public key as everybody reads it (RFC 7517, RFC 8037).
type JWK struct {
	Type      string `json:"kty" example:"OKP"`
	Curve     string `json:"crv" example:"Ed25519"`
	X         string `json:"x" doc:"The key, in base64url." example:"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`
	ID        string `json:"kid" doc:"Its thumbprint (RFC 7638)." example:"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"`
	Use       string `json:"use,omitempty" example:"sig"`
	Algorithm string `json:"alg,omitempty" example:"EdDSA"`
	Purpose   string `json:"purpose,omitempty" example:"native-answers"`
}

type ofSigningKey struct {
	Key int64 `path:"signing_key" minimum:"1" doc:"The identity of the key." example:"1774267200000012"`
}

type rotateSigningKey struct {
	Body struct {
		Purpose store.KeyPurpose `json:"purpose" enum:"native-answers,license-files" example:"license-files"`
	}
}

func addSigningKeys(a *api.API) {
	const tag = "Signing keys"
	api.Add(a, with(op(tag, "listSigningKeys", http.MethodGet, "/signing-keys", "List signing keys", identity.ReadKeys),
		describedAs("Newest first for each purpose. The first ones are made by this call, so that they can be built into apps before anything is signed.")),
		func(ctx context.Context, c *api.Call, _ *struct{}) (api.List[SigningKey], error) {
			found, err := c.Office.ListPublicKeys(ctx, c.Actor)
			return whole(found, viewSigningKey), err
		})
	api.Add(a, with(op(tag, "rotateSigningKey", http.MethodPost, "/signing-keys/rotate", "Rotate a signing key", identity.WriteKeys), destroys,
		describedAs("A new key pair signs from now on. The one before stays at /.well-known/jwks.json for as long as something that it signed may be shown.")),
		func(ctx context.Context, c *api.Call, in *rotateSigningKey) (SigningKey, error) {
			k, err := c.Office.RotateSigningKey(ctx, c.Actor, in.Body.Purpose)
			return viewSigningKey(&k), err
		})
	api.Add(a, with(op(tag, "deleteSigningKey", http.MethodDelete, "/signing-keys/{signing_key}", "Delete a retired signing key", identity.WriteKeys), destroys,
		describedAs("For one that somebody else has got hold of: what it signed is good no more, except where its public key is built in.")),
		func(ctx context.Context, c *api.Call, in *ofSigningKey) (SigningKey, error) {
			k, err := c.Office.DropSigningKey(ctx, c.Actor, in.Key)
			return viewSigningKey(&k), err
		})
}

func viewSigningKey(k *office.PublicKey) SigningKey {
	return SigningKey{ID: k.ID, Purpose: k.Purpose, JWK: viewJWK(&k.JWK), Created: k.Created, Retired: k.RetiredAt, ListedUntil: k.ListedUntil}
}

func viewJWK(k *signing.JWK) JWK { return JWK(*k) }
