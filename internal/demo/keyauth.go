package demo

import (
	"context"
	"fmt"
	"io"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// KeyAuth is what an app needs for the KeyAuth door, and a vendor's bot for its Seller API: an application, licenses of its
// level 1 that nobody has used, and a variable called motd.
type KeyAuth struct {
	Name        string   `json:"name"`
	OwnerID     string   `json:"ownerid"`
	Secret      string   `json:"secret"`
	SellerKey   string   `json:"seller_key"`
	Version     string   `json:"version"`
	PublicKey   string   `json:"public_key"`
	LicenseKeys []string `json:"license_keys"`
}

// The application of the part.
const (
	appProduct  = "demo-app"
	appName     = "LicetDemo"
	appLicenses = 5
)

func keyAuth() part {
	return part{
		has: func(f *File) bool { return f.KeyAuth != nil },
		make: func(ctx context.Context, d *Demo, actor identity.Actor, f *File) error {
			k := KeyAuth{Name: appName}
			for _, do := range []func(context.Context, *Demo, identity.Actor) error{k.application, k.credentials, k.licenses} {
				if err := do(ctx, d, actor); err != nil {
					return err
				}
			}
			f.KeyAuth = &k
			return nil
		},
		show: showKeyAuth,
	}
}

// application finds the application or makes it.
func (k *KeyAuth) application(ctx context.Context, d *Demo, actor identity.Actor) error {
	_, err := d.Office.FindProduct(ctx, actor, appProduct)
	if license.CodeOf(err) == license.NotFound {
		_, err = d.Office.CreateProduct(ctx, actor, office.NewProduct{Code: appProduct, Name: "Licet Demo, by sign-in"})
	}
	if err != nil {
		return err
	}
	app, err := d.Office.FindApplication(ctx, actor, appProduct)
	if license.ReasonOf(err) == license.ApplicationUnknown {
		app, err = d.Office.CreateApplication(ctx, actor, appProduct, office.NewApplication{Name: appName})
	}
	if err != nil {
		return err
	}
	k.OwnerID, k.Version = app.Owner, app.Version
	err = d.Office.SaveVariable(ctx, actor, appProduct, office.ApplicationVariable{Name: "motd", Value: "Hello from Licet"}, true)
	if license.CodeOf(err) == license.Conflict { // It is there from before.
		return nil
	}
	return err
}

func (k *KeyAuth) credentials(ctx context.Context, d *Demo, actor identity.Actor) error {
	secret, err := d.Office.ApplicationSecret(ctx, actor, appProduct)
	if err != nil {
		return err
	}
	k.Secret = secret.Reveal()
	if k.PublicKey, err = d.Office.ApplicationPublicKey(ctx, actor); err != nil {
		return err
	}
	_, key, err := d.Office.CreateSellerKey(ctx, actor, office.NewSellerKey{Product: appProduct, Name: "demo bot"})
	k.SellerKey = key.Reveal()
	return err
}

func (k *KeyAuth) licenses(ctx context.Context, d *Demo, actor identity.Actor) error {
	month, err := license.UnitMonths.Span(1)
	if err != nil {
		return err
	}
	made, err := d.Office.CreateApplicationLicenses(ctx, actor, appProduct, office.NewApplicationLicenses{
		Amount: appLicenses, Mask: "DEMO-******-******-******", Upper: true, Level: 1, Note: "made for the demo", Lasts: month,
	})
	for i := range made.Licenses {
		k.LicenseKeys = append(k.LicenseKeys, made.Licenses[i].Key)
	}
	return err
}

// showKeyAuth prints a sign-in with a license: the first line begins a session, as apps do.
func showKeyAuth(w io.Writer, f *File, _ string) error {
	k := f.KeyAuth
	_, err := fmt.Fprintf(w, `
KeyAuth, sign in with a license. The first line begins a session, as apps do:
  A='%s/keyauth/api/1.3/?name=%s&ownerid=%s'; S=$(curl -s "$A" -d type=init -d ver=%s | sed 's/.*"sessionid":"\([^"]*\)".*/\1/')
  curl -i "$A" -d type=license -d sessionid=$S -d key=%s -d hwid=my-first-computer-0001
A license more, as a vendor's bot makes it:
  curl '%s/keyauth/api/seller/?sellerkey=%s&type=add&expiry=30&format=text'
`, f.URL, k.Name, k.OwnerID, k.Version, k.LicenseKeys[0], f.URL, k.SellerKey)
	return err
}
