package main

import (
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// keyCommand: licet key. An API key lets a program of the vendor work in the tenant, as far as its scopes
// go. Its token is shown once.
type keyCommand struct {
	Create keyCreate `cmd:"" help:"Make an API key and print its token, this once."`
	List   keyList   `cmd:"" help:"List the API keys, revoked ones too."`
	Show   keyShow   `cmd:"" help:"Show an API key, without its token."`
	Set    keySet    `cmd:"" help:"Change the name of an API key, or when it ends."`
	Revoke keyRevoke `cmd:"" help:"End an API key for ever, from the next request on."`
}

type keyView struct {
	ID       license.APIKeyID      `json:"id"`
	Name     string                `json:"name"`
	Hint     string                `json:"hint"`
	Scopes   []identity.Permission `json:"scopes"`
	Products []license.ProductID   `json:"products"` // that it is for; empty is all
	Created  license.Time          `json:"created_at"`
	Used     license.Time          `json:"used_at"` // to about a minute
	Expires  license.Time          `json:"expires_at"`
	Revoked  license.Time          `json:"revoked_at"`
	Token    string                `json:"token,omitempty"` // only from create
}

func viewKey(k office.APIKey) keyView {
	v := keyView{ID: k.ID, Name: k.Name, Hint: k.Hint, Scopes: k.Scopes.List(), Products: []license.ProductID{},
		Created: k.Created, Used: k.UsedAt, Expires: k.ExpiresAt, Revoked: k.RevokedAt}
	v.Products = append(v.Products, k.Products...)
	return v
}

func (v keyView) scopes() string {
	words := make([]string, len(v.Scopes))
	for i, s := range v.Scopes {
		words[i] = string(s)
	}
	return strings.Join(words, ",")
}

func (v keyView) products() string {
	if len(v.Products) == 0 {
		return "all"
	}
	words := make([]string, len(v.Products))
	for i, id := range v.Products {
		words[i] = idText(id)
	}
	return strings.Join(words, ",")
}

func (v keyView) pairs() [][2]string {
	return [][2]string{
		{"id", idText(v.ID)}, {"name", v.Name}, {"token", v.Token}, {"hint", v.Hint}, {"scopes", v.scopes()},
		{"products", v.products()}, {"created", moment(v.Created)}, {"used", moment(v.Used)}, {"expires", moment(v.Expires)}, {"revoked", moment(v.Revoked)},
	}
}

type keyCreate struct {
	Name      string   `arg:"" help:"What the key is for."`
	Scopes    string   `help:"What it may do: all, or permissions such as licenses:read,orders:write." xor:"scopes" required:"" placeholder:"SCOPES"`
	Client    bool     `help:"It may make the license calls alone, as an app does: short for --scopes licenses:use." xor:"scopes" required:""`
	Product   []string `help:"Products that it is for: codes, numbers or ids. All when left out." placeholder:"PRODUCT"`
	ExpiresAt string   `help:"When it ends: 2026-03-23 or 2026-03-23T12:00:00Z." placeholder:"TIME"`
}

// Run makes it.
func (c *keyCreate) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	scopes := identity.AllScopes()
	switch {
	case c.Client:
		scopes = identity.NewScopes(identity.UseLicenses)
	case c.Scopes != "all":
		if scopes, err = identity.ParseScopes(c.Scopes); err != nil {
			return err
		}
	}
	expires, err := timeFlag("expires-at", c.ExpiresAt)
	if err != nil {
		return err
	}
	key, token, err := d.CreateAPIKey(t.ctx, d.actor, office.NewAPIKey{Name: c.Name, Scopes: scopes, Products: c.Product, ExpiresAt: expires})
	if err != nil {
		return err
	}
	v := viewKey(key)
	v.Token = token.Reveal()
	return t.print(v, v.pairs)
}

type keyList struct{ listFlags }

func (t *tool) keyPages(d *desk) func(office.Page) ([]office.APIKey, int64, error) {
	return full(func(p office.Page) ([]office.APIKey, error) { return d.ListAPIKeys(t.ctx, d.actor, p) },
		func(k office.APIKey) int64 { return int64(k.ID) })
}

// Run lists them.
func (c *keyList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	all := as(pages(t, c.listFlags, t.keyPages(d)), func(k office.APIKey) (keyView, error) { return viewKey(k), nil })
	return printList(t, "ID NAME HINT SCOPES PRODUCTS CREATED USED EXPIRES REVOKED", all, func(v keyView) []string {
		return []string{idText(v.ID), v.Name, v.Hint, v.scopes(), v.products(), moment(v.Created), moment(v.Used), moment(v.Expires), moment(v.Revoked)}
	})
}

type keyArg struct {
	ID int64 `arg:"" help:"Id of the API key."`
}

type keyShow struct{ keyArg }

// Run shows it.
func (c *keyShow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	key, err := d.FindAPIKey(t.ctx, d.actor, license.APIKeyID(c.ID))
	if err != nil {
		return err
	}
	return t.print(viewKey(key), viewKey(key).pairs)
}

type keySet struct {
	keyArg
	Name      *string `help:"What the key is for." placeholder:"TEXT"`
	ExpiresAt *string `help:"When it ends: 2026-03-23 or 2026-03-23T12:00:00Z; empty for never." placeholder:"TIME"`
}

// Run changes it.
func (c *keySet) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	change := office.APIKeyChange{Name: c.Name}
	if c.ExpiresAt != nil {
		at, err := timeFlag("expires-at", *c.ExpiresAt)
		if err != nil {
			return err
		}
		change.ExpiresAt = &at
	}
	key, err := d.ChangeAPIKey(t.ctx, d.actor, license.APIKeyID(c.ID), change)
	if err != nil {
		return err
	}
	return t.print(viewKey(key), viewKey(key).pairs)
}

type keyRevoke struct {
	keyArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then revokes.
func (c *keyRevoke) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := t.confirm(c.Yes, "this ends the API key "+idText(c.ID)+" for ever"); err != nil {
		return err
	}
	key, err := d.RevokeAPIKey(t.ctx, d.actor, license.APIKeyID(c.ID))
	if err != nil {
		return err
	}
	return t.print(viewKey(key), viewKey(key).pairs)
}
