package main

import (
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

// signingKeyCommand: licet signing-key. Answers of the native API and license files are signed with key pairs of the tenant's, one
// for each purpose; whoever checks them finds the public keys at /.well-known/jwks.json, or here.
type signingKeyCommand struct {
	List   signingKeyList   `cmd:"" help:"List the keys, those that sign no longer too. The first ones are made by it."`
	Show   signingKeyShow   `cmd:"" help:"Show a public key, as JSON Web Key with --json."`
	Rotate signingKeyRotate `cmd:"" help:"Sign with a new key pair from now on. What the one before signed stays good for its time."`
	Drop   signingKeyDrop   `cmd:"" help:"Forget a key pair that signs no longer, and with it all that it signed."`
}

type signingKeyView struct {
	ID          int64            `json:"id"`
	Purpose     store.KeyPurpose `json:"purpose"`
	JWK         signing.JWK      `json:"jwk"`
	Created     license.Time     `json:"created_at"`
	Retired     license.Time     `json:"retired_at"`
	ListedUntil license.Time     `json:"listed_until"`
}

func viewSigningKey(k office.PublicKey) signingKeyView {
	return signingKeyView{k.ID, k.Purpose, k.JWK, k.Created, k.RetiredAt, k.ListedUntil}
}

func (v signingKeyView) pairs() [][2]string {
	return [][2]string{
		{"id", idText(v.ID)}, {"purpose", string(v.Purpose)}, {"kid", v.JWK.ID}, {"public key", v.JWK.X}, {"created", moment(v.Created)},
		{"retired", moment(v.Retired)}, {"listed until", moment(v.ListedUntil)},
	}
}

type signingKeyList struct{}

// Run lists them.
func (*signingKeyList) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	list, err := d.ListPublicKeys(t.ctx, d.actor)
	if err != nil {
		return err
	}
	all := func(yield func(signingKeyView, error) bool) {
		for _, key := range list {
			if !yield(viewSigningKey(key), nil) {
				return
			}
		}
	}
	return printList(t, "ID PURPOSE KID CREATED RETIRED", all, func(v signingKeyView) []string {
		return []string{idText(v.ID), string(v.Purpose), v.JWK.ID, moment(v.Created), moment(v.Retired)}
	})
}

type signingKeyArg struct {
	ID int64 `arg:"" help:"Id of the key."`
}

type signingKeyShow struct{ signingKeyArg }

// Run looks through the list: a tenant has few.
func (c *signingKeyShow) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	list, err := d.ListPublicKeys(t.ctx, d.actor)
	if err != nil {
		return err
	}
	for _, key := range list {
		if key.ID == c.ID {
			v := viewSigningKey(key)
			return t.print(v, v.pairs)
		}
	}
	return &license.Error{Code: license.NotFound, Message: "no such signing key; see: licet signing-key list"}
}

type signingKeyRotate struct {
	Purpose string `help:"native-answers: of the answers of the native API. license-files: of license files." required:"" placeholder:"PURPOSE"`
	Yes     bool   `help:"Do not ask."`
}

// Run asks, makes the key pair and shows its public key.
func (c *signingKeyRotate) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	if err := t.confirm(c.Yes, "apps in which the public key of now is built in refuse what is signed from now on"); err != nil {
		return err
	}
	key, err := d.RotateSigningKey(t.ctx, d.actor, store.KeyPurpose(c.Purpose))
	if err != nil {
		return err
	}
	v := viewSigningKey(key)
	return t.print(v, v.pairs)
}

type signingKeyDrop struct {
	signingKeyArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then drops it.
func (c *signingKeyDrop) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := t.confirm(c.Yes, "what the signing key "+idText(c.ID)+" has signed, license files too, is good no more"); err != nil {
		return err
	}
	key, err := d.DropSigningKey(t.ctx, d.actor, c.ID)
	if err != nil {
		return err
	}
	v := viewSigningKey(key)
	return t.print(v, v.pairs)
}
