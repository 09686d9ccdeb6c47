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

// AppKey is what apps of the LicenseSpring door, or servers of the software_DNA door, identify themselves with.
type AppKey struct {
	ID       license.AppKeyID  `json:"id" example:"1774267200000010"`
	Kind     store.AppKeyKind  `json:"kind" enum:"hmac,oauth,basic" doc:"hmac signs requests, oauth asks for access tokens, basic sends its secret."`
	Name     string            `json:"name" example:"desktop app"`
	PublicID string            `json:"public_id" doc:"What the app sends: an API key, or a client id." example:"0f9e1b6c-8d2a-4c3b-9a7e-1f2d3c4b5a69"`
	ReadOnly bool              `json:"read_only" doc:"It may ask, not change."`
	Product  license.ProductID `json:"product_id,omitempty" doc:"The only product it is for; absent is all." example:"1774267200000001"`
	Created  license.Time      `json:"created_at"`
	Revoked  license.Time      `json:"revoked_at"`
}

// NewAppKey is an app key that was made just now.
type NewAppKey struct {
	AppKey
	Secret string `json:"secret" doc:"The shared key, or the secret of the client. It is shown this once." example:"s3cret"`
}

// AnswerKey is a key pair that answers of the LicenseSpring door are or were signed with.
type AnswerKey struct {
	ID        int64        `json:"id" example:"1774267200000011"`
	Algorithm string       `json:"algorithm" example:"rsa-2048"`
	Public    string       `json:"public_key" doc:"PEM." example:"-----BEGIN PUBLIC KEY-----"`
	Created   license.Time `json:"created_at"`
	Retired   license.Time `json:"retired_at" doc:"null is in use."`
}

type ofAppKey struct {
	Key string `path:"app_key" doc:"The API key or client id." example:"0f9e1b6c-8d2a-4c3b-9a7e-1f2d3c4b5a69"`
}

type newAppKey struct {
	Body struct {
		Kind     store.AppKeyKind `json:"kind" enum:"hmac,oauth,basic" example:"hmac"`
		Name     string           `json:"name,omitempty" maxLength:"200" example:"desktop app"`
		ReadOnly bool             `json:"read_only,omitempty"`
		Product  string           `json:"product,omitempty" doc:"The code, number or identity of the only product it is for." example:"my-app"`
	}
}

type rotateAnswerKey struct {
	Body struct {
		Size int64 `json:"size,omitempty" enum:"2048,3072,4096" doc:"Bits; the setting answers.rsa_size where it is left out." example:"3072"`
	}
}

type listAppKeys struct{ api.Paged }

func addAppKeys(a *api.API) {
	const tag = "App keys"
	api.Add(a, with(op(tag, "listAppKeys", http.MethodGet, "/app-keys", "List app keys", identity.ReadKeys), describedAs("Those that were revoked, too.")),
		func(ctx context.Context, c *api.Call, in *listAppKeys) (api.List[AppKey], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[AppKey]{}, err
			}
			found, err := c.Office.ListAppKeys(ctx, c.Actor, page)
			return api.ListOf(in.Paged, found, viewAppKey, func(k *office.AppKey) string { return api.ID(k.ID) }), err
		})
	api.Add(a, with(op(tag, "createAppKey", http.MethodPost, "/app-keys", "Create an app key", identity.WriteKeys), creates, showsSecret,
		describedAs("The first one that is not basic brings the key pair that answers are signed with.")),
		func(ctx context.Context, c *api.Call, in *newAppKey) (NewAppKey, error) {
			b := &in.Body
			k, secret, err := c.Office.CreateAppKey(ctx, c.Actor, office.NewAppKey{Name: b.Name, Kind: b.Kind, ReadOnly: b.ReadOnly, Product: b.Product})
			if err != nil {
				return NewAppKey{}, err
			}
			c.Created("/app-keys/" + k.PublicID)
			return NewAppKey{viewAppKey(&k), secretOf(c, secret)}, nil
		})
	api.Add(a, with(op(tag, "showAppKey", http.MethodGet, "/app-keys/{app_key}", "Show an app key", identity.ReadKeys), tagged),
		func(ctx context.Context, c *api.Call, in *ofAppKey) (AppKey, error) {
			k, err := c.Office.FindAppKey(ctx, c.Actor, in.Key)
			return viewAppKey(&k), err
		})
	api.Add(a, with(op(tag, "revokeAppKey", http.MethodPost, "/app-keys/{app_key}/revoke", "Revoke an app key", identity.WriteKeys), destroys,
		describedAs("It ends for ever, with the next request that shows it.")),
		func(ctx context.Context, c *api.Call, in *ofAppKey) (AppKey, error) {
			if _, err := c.Office.FindAppKey(ctx, c.Actor, in.Key); err != nil {
				return AppKey{}, err
			}
			k, err := c.Office.RevokeAppKey(ctx, c.Actor, in.Key)
			return viewAppKey(&k), err
		})
	addAnswerKeys(a, tag)
}

func addAnswerKeys(a *api.API, tag string) {
	api.Add(a, with(op(tag, "listAnswerKeys", http.MethodGet, "/answer-keys", "List answer keys", identity.ReadKeys),
		describedAs("What apps of the LicenseSpring door check answers with, newest first. There is none before the first app key.")),
		func(ctx context.Context, c *api.Call, _ *struct{}) (api.List[AnswerKey], error) {
			found, err := c.Office.ListAnswerKeys(ctx, c.Actor)
			return whole(found, viewAnswerKey), err
		})
	api.Add(a, with(op(tag, "rotateAnswerKey", http.MethodPost, "/answer-keys/rotate", "Rotate the answer key", identity.WriteKeys), destroys,
		describedAs("A new key pair signs answers from now on. Apps that hold the old public key refuse them: give them the new one first, or with it.")),
		func(ctx context.Context, c *api.Call, in *rotateAnswerKey) (AnswerKey, error) {
			k, err := c.Office.RotateAnswerKey(ctx, c.Actor, signing.RSASize(in.Body.Size))
			return viewAnswerKey(&k), err
		})
}

func viewAppKey(k *office.AppKey) AppKey {
	return AppKey{ID: k.ID, Kind: k.Kind, Name: k.Name, PublicID: k.PublicID, ReadOnly: k.ReadOnly, Product: k.Product, Created: k.Created, Revoked: k.RevokedAt}
}

func viewAnswerKey(k *store.SigningKey) AnswerKey {
	return AnswerKey{k.ID, k.Algorithm, k.Public, k.Created, k.RetiredAt}
}
