package demo

import (
	"context"
	"fmt"
	"io"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// Native is what an app and a vendor's server need for the native API: a token that may do everything in the tenant, a product,
// and a license of it for three devices. An app is given a client token instead, which may use licenses alone.
type Native struct {
	Token      string `json:"token"`
	Product    string `json:"product"`
	LicenseKey string `json:"license_key"`
}

// nativeProduct is the code of the part's product.
const nativeProduct = "demo-native"

func native() part {
	return part{
		has: func(f *File) bool { return f.Native != nil },
		make: func(ctx context.Context, d *Demo, actor identity.Actor, f *File) error {
			p, err := d.Office.FindProduct(ctx, actor, nativeProduct)
			if license.CodeOf(err) == license.NotFound {
				places := license.AtMost(3)
				p, err = d.Office.CreateProduct(ctx, actor, office.NewProduct{
					Code: nativeProduct, Name: "Licet Demo, native",
					Terms: office.TermsChange{Activations: &places, Features: &[]license.FeatureTerms{{Code: "export", Name: "Export"}}},
				})
			}
			if err != nil {
				return err
			}
			made, err := d.Office.CreateLicenses(ctx, actor, office.NewLicenses{Product: p.Code, Note: "made for the demo"})
			if err != nil {
				return err
			}
			_, token, err := d.Office.CreateAPIKey(ctx, actor, office.NewAPIKey{Name: "demo", Scopes: identity.AllScopes()})
			f.Native = &Native{token.Reveal(), p.Code, made.Licenses[0].Key}
			return err
		},
		show: showNative,
	}
}

// showNative prints an activation, the question that follows it, and a management call.
func showNative(w io.Writer, f *File, _ string) error {
	n := f.Native
	call := func(path string) string {
		return fmt.Sprintf(`curl -i %s/v1/%s -H 'Authorization: Bearer %s' -d '{"key":"%s","product":"%s","hardware_id":"my-first-computer"}'`,
			f.URL, path, n.Token, n.LicenseKey, n.Product)
	}
	_, err := fmt.Fprintf(w, `
The native API: activate this computer, and ask whether the app may run:
  %s
  %s
The licenses of the product, as a vendor's server lists them:
  curl '%s/v1/licenses?product=%s' -H 'Authorization: Bearer %s'
All calls, with examples: %s/docs
`, call("activations"), call("validate"), f.URL, n.Product, n.Token, f.URL)
	return err
}
