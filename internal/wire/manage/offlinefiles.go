package manage

import (
	"context"
	"net/http"
	"strconv"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/wire/api"
	"licet/internal/wire/licensespring"
)

// OfflineFile is a file that is carried to a machine without a network.
type OfflineFile struct {
	Content string       `json:"content" doc:"What the file holds, byte for byte." example:"eyJsaWNlbnNlIjp7fX0="`
	Now     license.Time `json:"now"`
}

type answerOffline struct {
	Body struct {
		Request   string `json:"request" minLength:"1" maxLength:"100000" doc:"What the app's request file holds." example:"eyJhcGlfa2V5Ijoi4oCmIn0="`
		Otherwise string `json:"otherwise,omitempty" enum:"activation,deactivation" doc:"What is asked for, where the file does not say it; absent is an activation."`
	}
}

// fileFor says which file of a device is wanted.
type fileFor struct {
	Body struct {
		Product    string `json:"product" minLength:"1" doc:"The code of the product." example:"my-app"`
		Key        string `json:"key,omitempty" maxLength:"255" example:"DEMO-4F7K-92QX-TR8M"`
		User       string `json:"user,omitempty" maxLength:"200" doc:"The license user in place of the key, where the product's users sign in."`
		HardwareID string `json:"hardware_id" minLength:"1" maxLength:"1000" doc:"Of a device that is activated." example:"b3a1c7f2"`
		App        string `json:"app" minLength:"1" maxLength:"200" doc:"The app key of the app that reads the file." example:"a1b2c3"`
		PolicyID   string `json:"policy_id,omitempty" maxLength:"19" doc:"Of an air-gap policy file: the id that the confirmation code was made for; absent is the license's own."`
	}
}

// addOfflineFiles adds the files that apps of LicenseSpring read; they are made by that door.
func addOfflineFiles(a *api.API, d Deps) {
	const tag = "Offline files"
	files := licensespring.NewFiles(licensespring.Deps{Authority: d.Authority, Now: d.Now})
	answer := func(content []byte, err error) (OfflineFile, error) {
		if license.ReasonOf(err) == license.AppKeyUnknown { // It is what the caller asks about, not who calls.
			err = license.Invalidf("app", "there is no such app key")
		}
		return OfflineFile{string(content), d.Now()}, err
	}
	api.Add(a, with(op(tag, "answerOfflineRequest", http.MethodPost, "/offline-files/answer", "Answer a request file of an app", identity.WriteLicenses),
		describedAs("Activates or deactivates the machine that the file speaks of. Licenses of the native API are checked out with POST /v1/license-files instead.")),
		func(ctx context.Context, c *api.Call, in *answerOffline) (OfflineFile, error) {
			if err := c.Actor.RequireWhole(c.Actor.Tenant, identity.WriteLicenses); err != nil {
				return OfflineFile{}, err
			}
			otherwise := in.Body.Otherwise
			if otherwise == "" {
				otherwise = "activation"
			}
			return answer(files.Answer(ctx, c.Actor.Tenant, []byte(in.Body.Request), otherwise))
		})
	order := func(c *api.Call, in *fileFor) (licensespring.FileOrder, error) {
		b := &in.Body
		return licensespring.FileOrder{Product: b.Product, Key: b.Key, User: b.User, HardwareID: b.HardwareID, App: b.App},
			c.Actor.RequireWhole(c.Actor.Tenant, identity.WriteLicenses)
	}
	api.Add(a, with(op(tag, "makeRefreshFile", http.MethodPost, "/offline-files/refresh", "Make a refresh file for a device", identity.WriteLicenses)),
		func(ctx context.Context, c *api.Call, in *fileFor) (OfflineFile, error) {
			o, err := order(c, in)
			if err != nil {
				return OfflineFile{}, err
			}
			return answer(files.Refresh(ctx, c.Actor.Tenant, o))
		})
	api.Add(a, with(op(tag, "makePolicyFile", http.MethodPost, "/offline-files/policy", "Make the policy file of a device in an air gap", identity.WriteLicenses)),
		func(ctx context.Context, c *api.Call, in *fileFor) (OfflineFile, error) {
			o, err := order(c, in)
			if err != nil {
				return OfflineFile{}, err
			}
			var id int64
			if text := in.Body.PolicyID; text != "" {
				if id, err = strconv.ParseInt(text, 10, 64); err != nil || id < 0 {
					return OfflineFile{}, license.Invalidf("policy_id", "a policy id is a whole number")
				}
			}
			return answer(files.Policy(ctx, c.Actor.Tenant, o, id))
		})
}
