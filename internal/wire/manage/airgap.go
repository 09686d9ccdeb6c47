package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// AirGapStart is what goes to a device that nothing is carried to but by hand, and into the app on it.
type AirGapStart struct {
	License            license.LicenseID `json:"license_id" example:"1774267200000004"`
	InitializationCode string            `json:"initialization_code" doc:"With it the app makes activation codes; the license's for ever, and a secret." example:"Q7wB"`
	PublicKey          string            `json:"public_key" doc:"Yours, which is built into the app: X and Y in base64." example:"MFkw"`
}

// AirGapConfirmation is what a device gets for the code that it showed.
type AirGapConfirmation struct {
	License          license.LicenseID `json:"license_id" example:"1774267200000004"`
	HardwareID       string            `json:"hardware_id" example:"b3a1c7f2"`
	ConfirmationCode string            `json:"confirmation_code" example:"kZ8="`
}

type ofAirGap struct {
	License string `path:"license" doc:"The identity or the key of the license." example:"1774267200000004"`
	Product string `query:"product" doc:"Where a key is given: the code, number or identity of the product whose it is." example:"my-app"`
}

func (in *ofAirGap) ref() office.Ref { return office.Ref{Product: in.Product, Key: in.License} }

type airGapCode struct {
	ofAirGap
	Body struct {
		HardwareID string `json:"hardware_id" minLength:"1" maxLength:"1000" doc:"What the app shows." example:"b3a1c7f2"`
		Code       string `json:"code" minLength:"1" maxLength:"2000" doc:"What the app shows." example:"mQ4="`
		PolicyID   string `json:"policy_id,omitempty" maxLength:"19" doc:"Of the policy file that the device loads; absent is the license's own." example:"1774267200000004"`
	}
}

func addAirGap(a *api.API) {
	const tag, path = "Air gap", "/licenses/{license}/airgap"
	api.Add(a, with(op(tag, "startAirGap", http.MethodPost, path, "Get the initialization code of a license", identity.WriteLicenses), destroys,
		describedAs("The code and your key pair are made at the first call, and the same ever after.")),
		func(ctx context.Context, c *api.Call, in *ofAirGap) (AirGapStart, error) {
			s, err := c.Office.AirGapInit(ctx, c.Actor, in.ref())
			return AirGapStart{License: s.License.ID, InitializationCode: s.InitializationCode.Reveal(), PublicKey: s.PublicKey}, err
		})
	for _, verb := range []struct {
		id, path, summary, detail string
		do                        func(*office.Office, context.Context, identity.Actor, office.Ref, string, string, string) (string, error)
	}{
		{
			"confirmAirGap", "/confirm", "Activate a device by its activation code",
			"The device accepts the confirmation code and the policy file. It may be asked again.", (*office.Office).AirGapConfirm,
		},
		{
			"freeAirGap", "/free", "Free a device by its deactivation code",
			"The app shows that code when it gives up the license.", (*office.Office).AirGapFree,
		},
	} {
		api.Add(a, with(op(tag, verb.id, http.MethodPost, path+verb.path, verb.summary, identity.WriteLicenses), destroys, describedAs(verb.detail)),
			func(ctx context.Context, c *api.Call, in *airGapCode) (v AirGapConfirmation, err error) {
				err = c.Office.Together(ctx, func(o *office.Office) error {
					l, err := o.FindLicense(ctx, c.Actor, in.ref())
					if err != nil {
						return err
					}
					v = AirGapConfirmation{License: l.ID, HardwareID: in.Body.HardwareID}
					v.ConfirmationCode, err = verb.do(o, ctx, c.Actor, office.Ref{ID: l.ID}, in.Body.HardwareID, in.Body.Code, in.Body.PolicyID)
					return err
				})
				if license.ReasonOf(err) == license.SignatureBad {
					// It is the code that proves nothing; the caller did prove who they are.
					err = license.Invalidf("code", "the code was not made for this license and this device")
				}
				return v, err
			})
	}
}
