package demo

import (
	"context"
	"fmt"
	"io"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// LicenseSpring is what an app needs for the LicenseSpring door: credentials, a product whose licenses are proved by a
// key, and one whose users sign in.
type LicenseSpring struct {
	APIKey        string `json:"api_key"`
	SharedKey     string `json:"shared_key"`
	ManagementKey string `json:"management_key"`
	Product       string `json:"product"`
	LicenseKey    string `json:"license_key"`
	UserProduct   string `json:"user_product"`
	Username      string `json:"username"`
	Password      string `json:"password"`
	PublicKey     string `json:"public_key"`
}

// The products of the part, and its end user.
const (
	keyedProduct = "demo-key"
	userProduct  = "demo-user"
	endUserEmail = "user@licet.example"
)

func licenseSpring() part {
	return part{
		has: func(f *File) bool { return f.LicenseSpring != nil },
		make: func(ctx context.Context, d *Demo, actor identity.Actor, f *File) (err error) {
			l := LicenseSpring{Product: keyedProduct, UserProduct: userProduct, Username: endUserEmail}
			for _, do := range []func(context.Context, *Demo, identity.Actor) error{l.credentials, l.keyed, l.user} {
				if err := do(ctx, d, actor); err != nil {
					return err
				}
			}
			f.LicenseSpring = &l
			return nil
		},
		show: showLicenseSpring,
	}
}

func (l *LicenseSpring) credentials(ctx context.Context, d *Demo, actor identity.Actor) error {
	key, secret, err := d.Office.CreateAppKey(ctx, actor, office.NewAppKey{Name: "demo app", Kind: store.HMACKey})
	if err != nil {
		return err
	}
	l.APIKey, l.SharedKey = key.PublicID, secret.Reveal()
	answers, err := d.Office.AnswerKey(ctx, actor)
	if err != nil {
		return err
	}
	l.PublicKey = answers.Public
	_, token, err := d.Office.CreateAPIKey(ctx, actor, office.NewAPIKey{Name: "demo server", Scopes: identity.AllScopes()})
	l.ManagementKey = token.Reveal()
	return err
}

// product finds a product or makes it.
func (l *LicenseSpring) product(ctx context.Context, d *Demo, actor identity.Actor, n office.NewProduct) error {
	_, err := d.Office.FindProduct(ctx, actor, n.Code)
	if license.CodeOf(err) == license.NotFound {
		_, err = d.Office.CreateProduct(ctx, actor, n)
	}
	return err
}

func (l *LicenseSpring) keyed(ctx context.Context, d *Demo, actor identity.Actor) error {
	places := license.AtMost(3)
	err := l.product(ctx, d, actor, office.NewProduct{Code: keyedProduct, Name: "Licet Demo, by key", Terms: office.TermsChange{Activations: &places}})
	if err != nil {
		return err
	}
	made, err := d.Office.CreateLicenses(ctx, actor, office.NewLicenses{Product: keyedProduct, Note: "made for the demo"})
	if err != nil {
		return err
	}
	l.LicenseKey = made.Licenses[0].Key
	return nil
}

func (l *LicenseSpring) user(ctx context.Context, d *Demo, actor identity.Actor) error {
	places := license.AtMost(3)
	err := l.product(ctx, d, actor, office.NewProduct{
		Code: userProduct, Name: "Licet Demo, by user", Auth: license.ByUser,
		Terms: office.TermsChange{Activations: &places},
	})
	if err != nil {
		return err
	}
	password, err := passwordMask().Generate(d.Rand)
	if err != nil {
		return err
	}
	l.Password = password
	_, _, err = d.Office.CreateLicenseUser(ctx, actor, office.NewLicenseUser{
		Name: endUserEmail, Email: endUserEmail,
		FirstName: "Demo", LastName: "User", Password: identity.Secret(password),
	})
	if license.CodeOf(err) == license.Conflict { // Its password went with the file.
		_, err = d.Office.ResetUserPassword(ctx, actor, "", endUserEmail, identity.Secret(password))
	}
	if err != nil {
		return err
	}
	made, err := d.Office.CreateLicenses(ctx, actor, office.NewLicenses{Product: userProduct, Note: "made for the demo"})
	if err != nil {
		return err
	}
	_, err = d.Office.AssignUser(ctx, actor, office.Ref{ID: made.Licenses[0].ID}, endUserEmail)
	return err
}

// showLicenseSpring prints one call, whose signature the shell makes.
func showLicenseSpring(w io.Writer, f *File, _ string) error {
	l := f.LicenseSpring
	_, err := fmt.Fprintf(w, `
LicenseSpring, activate a license. The first line signs the date, as apps do:
  D=$(LC_ALL=C date -u '+%%a, %%d %%b %%Y %%H:%%M:%%S GMT'); S=$(printf 'licenseSpring\ndate: %%s' "$D" | openssl dgst -sha256 -hmac '%s' -binary | base64)
  curl -i %s/licensespring/api/v4/activate_license -H "Date: $D" -H "Authorization: algorithm=\"hmac-sha256\",headers=\"date\",signature=\"$S\",apikey=\"%s\"" -H 'Content-Type: application/json' -d '{"product":"%s","license_key":"%s","hardware_id":"my-first-computer"}'
`, l.SharedKey, f.URL, l.APIKey, l.Product, l.LicenseKey)
	return err
}
