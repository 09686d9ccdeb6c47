package main

import (
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// keyauthKey: licet keyauth key. A seller key lets a bot or a shop work in one application, as far as its scopes go. It is
// shown once.
type keyauthKey struct {
	Create keyauthKeyCreate `cmd:"" help:"Make a seller key and print it, this once."`
	List   keyauthKeyList   `cmd:"" help:"List the seller keys of an application, revoked ones too."`
	Revoke keyauthKeyRevoke `cmd:"" help:"End a seller key for ever, from the next request on."`
}

type sellerKeyView struct {
	ID      license.SellerKeyID   `json:"id"`
	Product license.ProductID     `json:"product_id"`
	Name    string                `json:"name"`
	Hint    string                `json:"hint"`
	Scopes  []identity.Permission `json:"scopes"`
	Created license.Time          `json:"created_at"`
	Revoked license.Time          `json:"revoked_at"`
	Key     string                `json:"seller_key,omitempty"` // only from create
}

func viewSellerKey(k store.SellerKey) (sellerKeyView, error) {
	return sellerKeyView{ID: k.ID, Product: k.Product, Name: k.Name, Hint: k.Hint, Scopes: k.Scopes.List(), Created: k.Created, Revoked: k.RevokedAt}, nil
}

func (v sellerKeyView) scopes() string { return keyView{Scopes: v.Scopes}.scopes() }

func (v sellerKeyView) pairs() [][2]string {
	return [][2]string{
		{"id", idText(v.ID)}, {"name", v.Name}, {"seller key", v.Key}, {"hint", v.Hint}, {"scopes", v.scopes()},
		{"created", moment(v.Created)}, {"revoked", moment(v.Revoked)},
	}
}

type keyauthKeyCreate struct {
	productArg
	Name   string `help:"What the key is for." placeholder:"NAME"`
	Scopes string `help:"What it may do, such as licenses:write,customers:read; all that a seller needs when empty." placeholder:"SCOPES"`
}

// Run makes it.
func (c *keyauthKeyCreate) Run(t *tool) error {
	scopes, err := identity.ParseScopes(c.Scopes)
	if err != nil {
		return err
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	key, secret, err := d.CreateSellerKey(t.ctx, d.actor, office.NewSellerKey{Product: c.Which, Name: c.Name, Scopes: scopes})
	if err != nil {
		return err
	}
	v, _ := viewSellerKey(key)
	v.Key = secret.Reveal()
	return t.print(v, v.pairs)
}

type keyauthKeyList struct{ productArg }

// Run lists them: an application has few.
func (c *keyauthKeyList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	list, err := d.ListSellerKeys(t.ctx, d.actor, c.Which)
	if err != nil {
		return err
	}
	return printList(t, "ID NAME HINT SCOPES CREATED REVOKED", as(seq(list), viewSellerKey), func(v sellerKeyView) []string {
		return []string{idText(v.ID), v.Name, v.Hint, v.scopes(), moment(v.Created), moment(v.Revoked)}
	})
}

type keyauthKeyRevoke struct {
	ID  int64 `arg:"" help:"Id of the seller key."`
	Yes bool  `help:"Do not ask."`
}

// Run asks, then revokes.
func (c *keyauthKeyRevoke) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := t.confirm(c.Yes, "this ends the seller key "+idText(c.ID)+" for ever; bots and shops that have it stop working"); err != nil {
		return err
	}
	key, err := d.RevokeSellerKey(t.ctx, d.actor, license.SellerKeyID(c.ID))
	if err != nil {
		return err
	}
	v, _ := viewSellerKey(key)
	return t.print(v, v.pairs)
}
