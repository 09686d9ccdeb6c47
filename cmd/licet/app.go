package main

import (
	"fmt"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

// appCommand: licet app. An app key is what the apps of a vendor identify themselves with, or a server of the vendor that asks for
// end users; its secret is shown once. The answers that apps get are signed with a key pair of the tenant's.
type appCommand struct {
	Create     appCreate     `cmd:"" help:"Make an app key and print its secret, this once."`
	List       appList       `cmd:"" help:"List the app keys, revoked ones too."`
	Show       appShow       `cmd:"" help:"Show an app key, without its secret."`
	Revoke     appRevoke     `cmd:"" help:"End an app key for ever, from the next request on."`
	PublicKey  appPublicKey  `cmd:"" help:"Print the public key that apps check answers with, as PEM."`
	PublicKeys appPublicKeys `cmd:"" help:"List the keys that answers are or were signed with."`
	Rotate     appRotate     `cmd:"" help:"Sign answers with a new key pair from now on."`
}

// appView shows what an app sends and what it proves itself with, by the names of its kind.
type appView struct {
	ID           license.AppKeyID  `json:"id"`
	Name         string            `json:"name"`
	Kind         store.AppKeyKind  `json:"kind"`
	APIKey       string            `json:"api_key,omitempty"`    // of a basic client only from create
	SharedKey    string            `json:"shared_key,omitempty"` // only from create
	ClientID     string            `json:"client_id,omitempty"`
	ClientSecret string            `json:"client_secret,omitempty"` // only from create
	ReadOnly     bool              `json:"read_only"`
	Product      license.ProductID `json:"product_id"`
	Created      license.Time      `json:"created_at"`
	Revoked      license.Time      `json:"revoked_at"`
}

func viewApp(k office.AppKey, secret string) appView {
	v := appView{ID: k.ID, Name: k.Name, Kind: k.Kind, ReadOnly: k.ReadOnly, Product: k.Product, Created: k.Created, Revoked: k.RevokedAt}
	switch k.Kind {
	case store.OAuthClient:
		v.ClientID, v.ClientSecret = k.PublicID, secret
	case store.BasicClient:
		v.ClientID, v.APIKey = k.PublicID, secret
	default:
		v.APIKey, v.SharedKey = k.PublicID, secret
	}
	return v
}

func (v appView) pairs() [][2]string {
	return [][2]string{
		{"id", idText(v.ID)}, {"name", v.Name}, {"kind", string(v.Kind)}, {"api key", v.APIKey}, {"shared key", v.SharedKey},
		{"client id", v.ClientID}, {"client secret", v.ClientSecret}, {"read only", yesNo(v.ReadOnly)}, {"product id", optionalID(v.Product)},
		{"created", moment(v.Created)}, {"revoked", moment(v.Revoked)},
	}
}

type appCreate struct {
	Kind     string `help:"hmac: an API key and a shared key, which signs requests. oauth: a client id and its secret, which get access tokens. basic: a client id and an API key, which a server of yours sends with every request for an end user." default:"hmac" placeholder:"KIND"`
	Name     string `help:"What the key is for." placeholder:"NAME"`
	ReadOnly bool   `help:"Apps with it may ask, not change anything."`
	Product  string `help:"The only product it is for: code, number or id." placeholder:"PRODUCT"`
}

// Run makes it.
func (c *appCreate) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	key, secret, err := d.CreateAppKey(t.ctx, d.actor, office.NewAppKey{
		Name: c.Name, Kind: store.AppKeyKind(c.Kind), ReadOnly: c.ReadOnly, Product: c.Product,
	})
	if err != nil {
		return err
	}
	v := viewApp(key, secret.Reveal())
	return t.print(v, v.pairs)
}

type appList struct{ listFlags }

func (t *tool) appPages(d *desk) func(office.Page) ([]office.AppKey, int64, error) {
	return full(func(p office.Page) ([]office.AppKey, error) { return d.ListAppKeys(t.ctx, d.actor, p) },
		func(k office.AppKey) int64 { return int64(k.ID) })
}

// Run lists them.
func (c *appList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	all := as(pages(t, c.listFlags, t.appPages(d)), func(k office.AppKey) (appView, error) { return viewApp(k, ""), nil })
	return printList(t, "ID NAME KIND KEY READ-ONLY PRODUCT CREATED REVOKED", all, func(v appView) []string {
		return []string{idText(v.ID), v.Name, string(v.Kind), v.APIKey + v.ClientID, yesNo(v.ReadOnly), optionalID(v.Product), moment(v.Created), moment(v.Revoked)}
	})
}

type appArg struct {
	Key string `arg:"" help:"API key or client id."`
}

type appShow struct{ appArg }

// Run looks through the list: a tenant has few app keys.
func (c *appShow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	for key, err := range pages(t, listFlags{}, t.appPages(d)) {
		if err != nil {
			return err
		}
		if key.PublicID == c.Key {
			return t.print(viewApp(key, ""), viewApp(key, "").pairs)
		}
	}
	return &license.Error{Code: license.NotFound, Message: "no such app key; see: licet app list"}
}

type appRevoke struct {
	appArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then revokes.
func (c *appRevoke) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := t.confirm(c.Yes, "this ends the app key "+c.Key+" for ever; apps that hold it stop working"); err != nil {
		return err
	}
	key, err := d.RevokeAppKey(t.ctx, d.actor, c.Key)
	if err != nil {
		return err
	}
	return t.print(viewApp(key, ""), viewApp(key, "").pairs)
}

type answerKeyView struct {
	ID        int64        `json:"id"`
	Algorithm string       `json:"algorithm"`
	Public    string       `json:"public_key"`
	Created   license.Time `json:"created_at"`
	Retired   license.Time `json:"retired_at"`
}

func viewAnswerKey(k store.SigningKey) answerKeyView {
	return answerKeyView{k.ID, k.Algorithm, k.Public, k.Created, k.RetiredAt}
}

// printAnswerKey prints the public key alone, as files and apps want it.
func (t *tool) printAnswerKey(k store.SigningKey) error {
	if t.globals.JSON {
		return t.printJSON(viewAnswerKey(k))
	}
	_, err := fmt.Fprint(t.out, k.Public)
	return err
}

type appPublicKey struct {
	ID int64 `arg:"" optional:"" help:"Id of the key, also of one that signs no longer; the one that signs now when left out."`
}

// Run prints it.
func (c *appPublicKey) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if c.ID == 0 {
		key, err := d.AnswerKey(t.ctx, d.actor)
		if err != nil {
			return err
		}
		return t.printAnswerKey(key)
	}
	list, err := d.ListAnswerKeys(t.ctx, d.actor)
	if err != nil {
		return err
	}
	for _, key := range list {
		if key.ID == c.ID {
			return t.printAnswerKey(key)
		}
	}
	return &license.Error{Code: license.NotFound, Message: "no such key; see: licet app public-keys"}
}

type appPublicKeys struct{}

// Run lists them.
func (*appPublicKeys) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	list, err := d.ListAnswerKeys(t.ctx, d.actor)
	if err != nil {
		return err
	}
	all := func(yield func(answerKeyView, error) bool) {
		for _, key := range list {
			if !yield(viewAnswerKey(key), nil) {
				return
			}
		}
	}
	return printList(t, "ID ALGORITHM CREATED RETIRED", all, func(v answerKeyView) []string {
		return []string{idText(v.ID), v.Algorithm, moment(v.Created), moment(v.Retired)}
	})
}

type appRotate struct {
	Size int  `help:"Bits of the new key: 2048, 3072 or 4096; when left out, what the setting answers.rsa_size says." placeholder:"BITS"`
	Yes  bool `help:"Do not ask."`
}

// Run asks, makes the key pair and prints its public key.
func (c *appRotate) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	if err := t.confirm(c.Yes, "apps that hold the public key of now refuse answers until they have the new one"); err != nil {
		return err
	}
	key, err := d.RotateAnswerKey(t.ctx, d.actor, signing.RSASize(c.Size))
	if err != nil {
		return err
	}
	return t.printAnswerKey(key)
}
