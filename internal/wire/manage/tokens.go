package manage

import (
	"context"
	"net/http"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Token is what a program shows to be let in, without its secret.
type Token struct {
	ID       license.APIKeyID      `json:"id" example:"1774267200000009"`
	Name     string                `json:"name" example:"web shop"`
	Hint     string                `json:"hint" doc:"The beginning of the token, to tell tokens apart." example:"licet_key_AbC3"`
	Scopes   []identity.Permission `json:"scopes" nullable:"false" doc:"What it may do." example:"[\"licenses:read\"]"`
	Products []license.ProductID   `json:"product_ids,omitempty" nullable:"false" doc:"The products it is for; absent is all." example:"[1774267200000001]"`
	Created  license.Time          `json:"created_at"`
	Expires  license.Time          `json:"expires_at"`
	Revoked  license.Time          `json:"revoked_at"`
	Used     license.Time          `json:"used_at" doc:"The last use, to about a minute."`
}

// NewToken is a token that was made just now.
type NewToken struct {
	Token
	Secret string `json:"token" doc:"The token itself. It is shown this once." example:"licet_key_AbC3…"`
}

type ofToken struct {
	Token license.APIKeyID `path:"token" minimum:"1" doc:"The identity of the token." example:"1774267200000009"`
}

type newToken struct {
	Body struct {
		Name     string                `json:"name" minLength:"1" maxLength:"200" example:"web shop"`
		Scopes   []identity.Permission `json:"scopes,omitempty" nullable:"false" maxItems:"100" doc:"What it may do; not more than the token of this call. A write brings the read of its area." example:"[\"licenses:write\",\"orders:write\"]"`
		Client   bool                  `json:"client,omitempty" doc:"It is for apps: the scope licenses:use alone, in the place of scopes."`
		Products []string              `json:"products,omitempty" nullable:"false" minItems:"1" maxItems:"100" doc:"The codes, numbers or identities of the products it is for; all where it is left out." example:"[\"my-app\"]"`
		Expires  license.Time          `json:"expires_at,omitempty"`
	}
}

type changeToken struct {
	ofToken
	Body struct {
		Name    api.Change[string]       `json:"name,omitzero" required:"false" minLength:"1" maxLength:"200" example:"web shop"`
		Expires api.Change[license.Time] `json:"expires_at,omitzero" required:"false" doc:"null is never."`
	}
}

type listTokens struct{ api.Paged }

func addTokens(a *api.API) {
	const tag = "Tokens"
	api.Add(a, with(op(tag, "listTokens", http.MethodGet, "/tokens", "List tokens", identity.ReadKeys), describedAs("Those that were revoked, too.")),
		func(ctx context.Context, c *api.Call, in *listTokens) (api.List[Token], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Token]{}, err
			}
			found, err := c.Office.ListAPIKeys(ctx, c.Actor, page)
			return api.ListOf(in.Paged, found, viewToken, func(k *office.APIKey) string { return api.ID(k.ID) }), err
		})
	api.Add(a, with(op(tag, "createToken", http.MethodPost, "/tokens", "Create a token", identity.WriteKeys), creates, showsSecret,
		describedAs("The token is in this answer and cannot be had again.")),
		func(ctx context.Context, c *api.Call, in *newToken) (NewToken, error) {
			n, err := in.key()
			if err != nil {
				return NewToken{}, err
			}
			k, secret, err := c.Office.CreateAPIKey(ctx, c.Actor, n)
			if err != nil {
				return NewToken{}, err
			}
			c.Created("/tokens/" + api.ID(k.ID))
			return NewToken{viewToken(&k), secretOf(c, secret)}, nil
		})
	api.Add(a, with(op(tag, "showToken", http.MethodGet, "/tokens/{token}", "Show a token", identity.ReadKeys), tagged),
		func(ctx context.Context, c *api.Call, in *ofToken) (Token, error) {
			k, err := c.Office.FindAPIKey(ctx, c.Actor, in.Token)
			return viewToken(&k), err
		})
	api.Add(a, with(op(tag, "changeToken", http.MethodPatch, "/tokens/{token}", "Change a token", identity.WriteKeys), changes,
		describedAs("What it may do, and which products it is for, stays for ever.")),
		func(ctx context.Context, c *api.Call, in *changeToken) (Token, error) {
			k, err := c.Office.ChangeAPIKey(ctx, c.Actor, in.Token, office.APIKeyChange{
				Name: in.Body.Name.Ptr(), ExpiresAt: in.Body.Expires.Ptr(),
				If: func(k office.APIKey) error { return c.Match(viewToken(&k)) },
			})
			return viewToken(&k), err
		})
	api.Add(a, with(op(tag, "revokeToken", http.MethodPost, "/tokens/{token}/revoke", "Revoke a token", identity.WriteKeys), destroys,
		describedAs("It ends for ever, with the next request that shows it.")),
		func(ctx context.Context, c *api.Call, in *ofToken) (Token, error) {
			k, err := c.Office.RevokeAPIKey(ctx, c.Actor, in.Token)
			return viewToken(&k), err
		})
}

// key is the token as the office takes it. A word that is no scope is refused by name.
func (in *newToken) key() (office.NewAPIKey, error) {
	b := &in.Body
	n := office.NewAPIKey{Name: b.Name, Products: b.Products, ExpiresAt: b.Expires}
	if b.Client {
		if len(b.Scopes) > 0 {
			return n, license.Invalidf("scopes", "a client token has the scope %s and no other", identity.UseLicenses)
		}
		n.Scopes = identity.NewScopes(identity.UseLicenses)
		return n, nil
	}
	for _, p := range b.Scopes {
		if !slices.Contains(identity.Permissions(), p) {
			return n, license.Invalidf("scopes", "%q is no scope; write for instance licenses:read", string(p))
		}
	}
	n.Scopes = identity.NewScopes(b.Scopes...)
	return n, nil
}

func viewToken(k *office.APIKey) Token {
	t := Token{
		ID: k.ID, Name: k.Name, Hint: k.Hint, Scopes: k.Scopes.List(), Products: k.Products, Created: k.Created,
		Expires: k.ExpiresAt, Revoked: k.RevokedAt, Used: k.UsedAt,
	}
	if t.Scopes == nil {
		t.Scopes = []identity.Permission{}
	}
	return t
}

// showsSecret marks an answer with more in it than the thing that it is about, so that no ETag of that can be told.
func showsSecret(o *api.Operation) { o.Tagged = false }

// secretOf is a secret that was made just now; in a dry run it is taken back, and not shown lest somebody use it.
func secretOf(c *api.Call, secret identity.Secret) string {
	if c.DryRun {
		return ""
	}
	return secret.Reveal()
}
