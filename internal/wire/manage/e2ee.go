package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// E2EE says how the answers to RMZ clients about a product are sent.
type E2EE struct {
	On  bool   `json:"on" doc:"Whether they are end-to-end encrypted."`
	Key string `json:"key,omitempty" doc:"The key that goes into the app, 64 hexadecimal digits. Whoever has it can forge answers." example:"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"`
}

func addE2EE(a *api.API) {
	const tag, path = "End-to-end encryption", "/products/{product}/e2ee"
	api.Add(a, with(op(tag, "showE2EE", http.MethodGet, path, "Show the encryption of a product", identity.WriteProducts), tagged,
		describedAs("The key is a secret, so this needs the right to change the product.")),
		func(ctx context.Context, c *api.Call, in *ofProduct) (E2EE, error) {
			return e2ee(at(ctx, c, in.Product))
		})
	for _, verb := range []struct {
		id, method, path, summary, detail string
		do                                func(place) error
	}{
		{
			"switchOnE2EE", http.MethodPost, path, "Encrypt the answers about a product",
			"It makes a key; where encryption is on, the key stays as it is.", func(p place) error {
				_, err := p.office.SwitchOnE2EE(p.ctx, p.c.Actor, p.product)
				return err
			},
		},
		{
			"rotateE2EE", http.MethodPost, path + "/rotate", "Give a product a new key",
			"Apps with the old key can no longer read the answers, from now on.", func(p place) error {
				_, err := p.office.RotateE2EE(p.ctx, p.c.Actor, p.product)
				return err
			},
		},
		{
			"switchOffE2EE", http.MethodDelete, path, "Answer about a product in clear again", "The key is gone.",
			func(p place) error { return p.office.SwitchOffE2EE(p.ctx, p.c.Actor, p.product) },
		},
	} {
		api.Add(a, with(op(tag, verb.id, verb.method, verb.path, verb.summary, identity.WriteProducts), changes, describedAs(verb.detail)),
			func(ctx context.Context, c *api.Call, in *ofProduct) (v E2EE, err error) {
				p := at(ctx, c, in.Product)
				err = c.Office.InProduct(ctx, c.Actor, identity.WriteProducts, in.Product, func(o *office.Office) (err error) {
					p.office = o
					v, err = altered(c, func() (E2EE, error) { return e2ee(p) }, func() error { return verb.do(p) })
					return err
				})
				return v, err
			})
	}
}

func e2ee(p place) (E2EE, error) {
	key, err := p.office.ShowE2EE(p.ctx, p.c.Actor, p.product)
	return E2EE{On: key != "", Key: key.Reveal()}, err
}
