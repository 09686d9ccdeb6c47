package manage

import (
	"context"
	"net/http"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// SellerKey is what a bot or a shop works in an application with.
type SellerKey struct {
	ID      license.SellerKeyID   `json:"id" example:"1774267200000008"`
	Product license.ProductID     `json:"product_id" example:"1774267200000001"`
	Name    string                `json:"name" example:"shop"`
	Hint    string                `json:"hint" example:"…0e0f"`
	Scopes  []identity.Permission `json:"scopes" nullable:"false" example:"licenses:write"`
	Created license.Time          `json:"created_at"`
	Revoked license.Time          `json:"revoked_at"`
	Key     string                `json:"seller_key,omitempty" doc:"Only in the answer of the call that makes it." example:"000102030405060708090a0b0c0d0e0f"`
}

type ofSellerKey struct {
	ofProduct
	ID license.SellerKeyID `path:"id" minimum:"1" doc:"The identity of the key." example:"1774267200000008"`
}

type newSellerKey struct {
	ofProduct
	Body struct {
		Name   string   `json:"name,omitempty" maxLength:"200" doc:"What it is for." example:"shop"`
		Scopes []string `json:"scopes,omitempty" nullable:"false" doc:"What it may do; absent is all that a seller needs, as far as this token goes." example:"licenses:write"`
	}
}

func addSellerKeys(a *api.API) {
	const tag, all, one = "Seller keys", applicationPath + "/seller-keys", applicationPath + "/seller-keys/{id}"
	api.Add(a, op(tag, "listSellerKeys", http.MethodGet, all, "List the seller keys of an application", identity.ReadKeys),
		func(ctx context.Context, c *api.Call, in *ofProduct) (api.List[SellerKey], error) {
			found, err := c.Office.ListSellerKeys(ctx, c.Actor, in.Product)
			return whole(found, viewSellerKey), err
		})
	api.Add(a, with(op(tag, "createSellerKey", http.MethodPost, all, "Create a seller key", identity.WriteKeys), creates,
		describedAs("It lets a bot or a shop work in this application, as far as its scopes go. It is shown this once.")),
		func(ctx context.Context, c *api.Call, in *newSellerKey) (SellerKey, error) {
			scopes, err := identity.ParseScopes(strings.Join(in.Body.Scopes, " "))
			if err != nil {
				return SellerKey{}, err
			}
			key, secret, err := c.Office.CreateSellerKey(ctx, c.Actor, office.NewSellerKey{Product: in.Product, Name: in.Body.Name, Scopes: scopes})
			if err != nil {
				return SellerKey{}, err
			}
			c.Created(pathOf("/applications", in.Product, "seller-keys", api.ID(key.ID)))
			v := viewSellerKey(&key)
			v.Key = secret.Reveal()
			return v, nil
		})
	api.Add(a, with(op(tag, "showSellerKey", http.MethodGet, one, "Show a seller key", identity.ReadKeys), tagged),
		func(ctx context.Context, c *api.Call, in *ofSellerKey) (SellerKey, error) {
			return sellerKey(in.ID)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "revokeSellerKey", http.MethodDelete, one, "End a seller key for ever", identity.WriteKeys), changes,
		describedAs("From the next request on. It stays in the list.")),
		func(ctx context.Context, c *api.Call, in *ofSellerKey) (SellerKey, error) {
			return alter(at(ctx, c, in.Product), identity.WriteKeys, sellerKey(in.ID), func(p place) error {
				if _, err := sellerKey(in.ID)(p); err != nil {
					return err // it is of another application
				}
				_, err := p.office.RevokeSellerKey(ctx, c.Actor, in.ID)
				return err
			})
		})
}

func sellerKey(id license.SellerKeyID) func(place) (SellerKey, error) {
	return func(p place) (SellerKey, error) {
		k, err := p.office.FindSellerKey(p.ctx, p.c.Actor, p.product, id)
		return viewSellerKey(&k), err
	}
}

func viewSellerKey(k *store.SellerKey) SellerKey {
	return SellerKey{
		ID: k.ID, Product: k.Product, Name: k.Name, Hint: k.Hint, Scopes: append([]identity.Permission{}, k.Scopes.List()...), Created: k.Created,
		Revoked: k.RevokedAt,
	}
}
