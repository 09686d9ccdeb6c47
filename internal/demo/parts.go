package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// Platform is the account of somebody who works for the demo's tenant.
type Platform struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// userEmail is in a domain that nobody can have.
const userEmail = "demo@licet.example"

// passwordMask satisfies the password policy and has 119 random bits.
func passwordMask() license.Mask {
	return license.Mask{Text: "Lc1-****-****-****-****-****", Alphabet: license.AlphabetMixed}
}

func platform() part {
	return part{
		has: func(f *File) bool { return f.Platform != nil },
		make: func(ctx context.Context, d *Demo, actor identity.Actor, f *File) error {
			password, err := passwordMask().Generate(d.Rand)
			if err != nil {
				return err
			}
			_, err = d.Office.CreateUser(ctx, actor, office.NewUser{Email: userEmail, Name: "Demo", Password: identity.Secret(password), Role: identity.Owner})
			if license.CodeOf(err) == license.Conflict { // Its password went with the file.
				err = d.Office.SetPassword(ctx, actor, userEmail, identity.Secret(password))
			}
			f.Platform = &Platform{userEmail, password}
			return err
		},
		show: showPlatform,
	}
}

// showPlatform prints where to sign in, and how.
func showPlatform(w io.Writer, f *File, manage string) error {
	_, err := fmt.Fprintf(w, `
The platform, where licenses are made and looked after. Open it in a browser:
  %s/platform/
  e-mail    %s
  password  %s
To try the rest, paste into a shell:
`, manage, f.Platform.Email, f.Platform.Password)
	return err
}

// RMZ is a product for the RMZ door and a license of it for one device.
type RMZ struct {
	ProductID  int64  `json:"product_id"`
	LicenseKey string `json:"license_key"`
}

// productCode is the code of the product, for the command line.
const productCode = "demo"

func rmz() part {
	return part{
		has: func(f *File) bool { return f.RMZ != nil },
		make: func(ctx context.Context, d *Demo, actor identity.Actor, f *File) error {
			p, err := d.Office.FindProduct(ctx, actor, productCode)
			if license.CodeOf(err) == license.NotFound {
				lock, places, plan := license.LockHardware, license.AtMost(1), license.PlanAnnually
				p, err = d.Office.CreateProduct(ctx, actor, office.NewProduct{
					Code: productCode, Name: "Licet Demo",
					Terms: office.TermsChange{Lock: &lock, Activations: &places, Plan: &plan},
				})
			}
			if err != nil {
				return err
			}
			made, err := d.Office.CreateLicenses(ctx, actor, office.NewLicenses{Product: fmt.Sprint(p.ID), Note: "made for the demo"})
			if err != nil {
				return err
			}
			f.RMZ = &RMZ{p.Number, made.Licenses[0].Key}
			return nil
		},
		show: showRMZ,
	}
}

// showRMZ prints two calls: the second comes from another device, for which the license has no place.
func showRMZ(w io.Writer, f *File, _ string) error {
	call := func(hwid string) string {
		body, err := json.Marshal(struct {
			ProductID  int64  `json:"product_id"`
			LicenseKey string `json:"license_key"`
			HWID       string `json:"hwid"`
		}{f.RMZ.ProductID, f.RMZ.LicenseKey, hwid})
		if err != nil {
			return err.Error() // Numbers and texts always encode.
		}
		return fmt.Sprintf("curl -i %s/rmz/verify -H 'Content-Type: application/json' -d '%s'", f.URL, body)
	}
	_, err := fmt.Fprintf(w, `
RMZ, may this app run here? It may, and takes the one place of the license:
  %s
From another device it may not, and the answer is 429 ACTIVATION_LIMIT:
  %s
`, call("my-first-computer"), call("my-second-computer"))
	return err
}
