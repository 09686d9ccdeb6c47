package demo

import (
	"context"
	"errors"
	"fmt"
	"io"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// DNA is what a vendor's server needs for the software_DNA door: an API client, a product that is sold and one under test, a
// license of a single user with its password, and one of several users whose administrator has none yet.
type DNA struct {
	ClientID           string `json:"client_id"`
	APIKey             string `json:"api_key"`
	ProductID          string `json:"product_id"`
	TestProductID      string `json:"test_product_id"`
	LicenseID          string `json:"license_id"`
	LicensePassword    string `json:"license_password"`
	MultiUserLicenseID string `json:"multi_user_license_id"`
	LicenseSetupKey    string `json:"license_setup_key"`
}

// The products of the part.
const (
	soldProduct  = "P0000001"
	triedProduct = "P0000002"
)

// codeMask is that of license activation codes: a prefix and twelve characters, without separators.
func codeMask() license.Mask {
	return license.Mask{Text: "DEMO************", Alphabet: license.AlphabetClear}
}

func dna() part {
	return part{
		has: func(f *File) bool { return f.DNA != nil },
		make: func(ctx context.Context, d *Demo, actor identity.Actor, f *File) error {
			l := DNA{ProductID: soldProduct, TestProductID: triedProduct}
			for _, do := range []func(context.Context, *Demo, identity.Actor) error{l.products, l.client, l.singleUser, l.multiUser} {
				if err := do(ctx, d, actor); err != nil {
					return err
				}
			}
			f.DNA = &l
			return nil
		},
		show: showDNA,
	}
}

func (l *DNA) products(ctx context.Context, d *Demo, actor identity.Actor) error {
	for code, state := range map[string]license.ProductState{soldProduct: license.ProductActive, triedProduct: license.ProductTesting} {
		_, err := d.Office.FindProduct(ctx, actor, code)
		if license.CodeOf(err) == license.NotFound {
			_, err = d.Office.CreateProduct(ctx, actor, office.NewProduct{Code: code, Name: "Licet Demo, " + string(state), State: state, Mask: codeMask()})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *DNA) client(ctx context.Context, d *Demo, actor identity.Actor) error {
	key, secret, err := d.Office.CreateAppKey(ctx, actor, office.NewAppKey{Name: "demo portal", Kind: store.BasicClient})
	l.ClientID, l.APIKey = key.PublicID, secret.Reveal()
	return err
}

// activated issues a license and activates a computer on it.
func (l *DNA) activated(ctx context.Context, d *Demo, actor identity.Actor, use license.PasswordUse, seats int64, password string) (code string, err error) {
	places := license.AtMost(seats)
	made, err := d.Office.CreateLicenses(ctx, actor, office.NewLicenses{
		Product: soldProduct, Note: "made for the demo",
		Terms: office.TermsChange{Password: &use, Activations: &places},
	})
	if err != nil {
		return "", err
	}
	code = made.Licenses[0].Key
	_, err = d.Authority.ActivateWithPassword(ctx, actor.Tenant, authority.PasswordActivation{
		Product: soldProduct, Key: code, Password: identity.Secret(password), Email: endUserEmail,
		Claim: license.Claim{HardwareID: "0123456789ABCDEF0123456789ABCDEF", DeviceName: "demo-computer"},
	})
	return code, err
}

// shortPassword is a random password of the length that licenses may have.
func (d *Demo) shortPassword() (string, error) {
	return license.Mask{Text: "************", Alphabet: license.AlphabetMixed}.Generate(d.Rand)
}

func (l *DNA) singleUser(ctx context.Context, d *Demo, actor identity.Actor) (err error) {
	if l.LicensePassword, err = d.shortPassword(); err != nil {
		return err
	}
	l.LicenseID, err = l.activated(ctx, d, actor, license.SinglePassword, 1, l.LicensePassword)
	return err
}

func (l *DNA) multiUser(ctx context.Context, d *Demo, actor identity.Actor) error {
	password, err := d.shortPassword()
	if err != nil {
		return err
	}
	if l.MultiUserLicenseID, err = l.activated(ctx, d, actor, license.SharedPassword, 25, password); err != nil {
		return err
	}
	client, err := d.Authority.LicenseClient(ctx, l.ClientID, identity.Secret(l.APIKey))
	if err != nil {
		return err
	}
	key, err := d.Authority.LicenseSetupKey(ctx, authority.SecretCall{Client: client, Product: soldProduct, License: l.MultiUserLicenseID, Address: "127.0.0.1"})
	if err == nil && key == "" {
		err = errors.New("the license has no setup key")
	}
	l.LicenseSetupKey = key.Reveal()
	return err
}

// showDNA prints the call of the reference: a new password for the license of a single user.
func showDNA(w io.Writer, f *File, _ string) error {
	l := f.DNA
	_, err := fmt.Fprintf(w, `
software_DNA, change the password of a license. The answer is 204, and 403 when it is pasted again:
  curl -i -X POST '%s/dna/v1/licenses/%s/%s/password' -H 'Accept: application/json' -u '%s:%s' -d '{"LicensePassword": "%s", "NewPassword": "54321", "UserIp": "0.0.0.0", "SendDnaEmail": false}'
`, f.URL, l.ProductID, l.LicenseID, l.ClientID, l.APIKey, l.LicensePassword)
	return err
}
