package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Application is a product whose users sign in by themselves, with licenses that they redeem.
type Application struct {
	Product  license.ProductID   `json:"product_id" doc:"Whose application it is, and what names it." example:"1774267200000001"`
	Name     string              `json:"name" doc:"What apps call it, besides the owner." example:"My App"`
	Owner    string              `json:"owner" doc:"What apps name you by." example:"hT3kV0pQzB"`
	Version  string              `json:"version" doc:"What apps must have; others are told to update." example:"1.0"`
	Download string              `json:"download" doc:"Where that version is; empty is nowhere." example:"https://example.com/app.zip"`
	Disabled bool                `json:"disabled" doc:"Nobody enters; time runs on."`
	Paused   license.Time        `json:"paused_at" doc:"Nobody enters since, and no time runs."`
	Settings ApplicationSettings `json:"settings"`
	Created  license.Time        `json:"created_at"`
}

// ApplicationSecret is what an application shares with its apps of API 1.2.
type ApplicationSecret struct {
	Name   string `json:"name" example:"My App"`
	Owner  string `json:"owner" example:"hT3kV0pQzB"`
	Secret string `json:"secret" doc:"64 hexadecimal digits." example:"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"`
}

// ApplicationPublicKey is what apps check answers with.
type ApplicationPublicKey struct {
	Key string `json:"public_key" doc:"64 hexadecimal digits: Ed25519." example:"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"`
}

// ApplicationCounts says how much an application has.
type ApplicationCounts struct {
	Unused    int64 `json:"unused_licenses"`
	Used      int64 `json:"used_licenses"`
	Paused    int64 `json:"suspended_licenses" doc:"Used or not."`
	Banned    int64 `json:"banned_licenses" doc:"Or revoked, used or not."`
	Licenses  int64 `json:"licenses" doc:"All of these."`
	Webhooks  int64 `json:"webhooks"`
	Files     int64 `json:"files"`
	Variables int64 `json:"variables"`
	Resellers int64 `json:"resellers"`
	Managers  int64 `json:"managers"`
}

type newApplication struct {
	Body struct {
		Product  string `json:"product" minLength:"1" maxLength:"100" doc:"Code, number or identity of the product." example:"my-app"`
		Name     string `json:"name,omitempty" maxLength:"200" doc:"What apps call it; absent is the name of the product." example:"My App"`
		Version  string `json:"version,omitempty" maxLength:"50" doc:"What apps must have; absent is 1.0." example:"1.0"`
		Download string `json:"download,omitempty" maxLength:"2000" example:"https://example.com/app.zip"`
	}
}

type changeApplication struct {
	ofProduct
	Body struct {
		Name     api.Change[string]        `json:"name,omitzero" required:"false" minLength:"1" maxLength:"200" example:"My App"`
		Version  api.Change[string]        `json:"version,omitzero" required:"false" minLength:"1" maxLength:"50" example:"1.1"`
		Download api.Change[string]        `json:"download,omitzero" required:"false" maxLength:"2000" example:"https://example.com/app.zip"`
		Disabled api.Change[bool]          `json:"disabled,omitzero" required:"false"`
		Settings *applicationSettingsPatch `json:"settings,omitempty"`
	}
}

type newProgramHash struct {
	ofProduct
	Body struct {
		Hash string `json:"hash" minLength:"1" maxLength:"128" doc:"MD5 of a program, 32 hexadecimal digits." example:"d41d8cd98f00b204e9800998ecf8427e"`
	}
}

const (
	applicationTag  = "Applications"
	applicationPath = "/applications/{product}"
)

// addApplications adds applications and all that belongs to them.
func addApplications(a *api.API) {
	addApplicationItself(a)
	addApplicationActions(a)
	addApplicationSecrets(a)
	addApplicationLevels(a)
	addApplicationUsers(a)
	addApplicationUserChanges(a)
	addApplicationLicenses(a)
	addApplicationVariables(a)
	addUserVariables(a)
	addApplicationFiles(a)
	addApplicationWebhooks(a)
	addApplicationBlocks(a)
	addApplicationSessions(a)
	addApplicationChat(a)
	addApplicationButtons(a)
	addApplicationStaff(a)
	addProgramTokens(a)
	addSellerKeys(a)
}

func addApplicationItself(a *api.API) {
	const tag, one = applicationTag, applicationPath
	api.Add(a, op(tag, "listApplications", http.MethodGet, "/applications", "List applications", identity.ReadProducts),
		func(ctx context.Context, c *api.Call, in *struct{ api.Paged }) (api.List[Application], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Application]{}, err
			}
			found, err := c.Office.ListApplications(ctx, c.Actor, page)
			return api.ListOf(in.Paged, found, viewApplication, func(a *license.Application) string { return api.ID(a.Product) }), err
		})
	api.Add(a, with(op(tag, "createApplication", http.MethodPost, "/applications", "Make an application of a product", identity.WriteProducts), creates,
		describedAs("Its users sign in by themselves with licenses that they redeem. It begins with one level, default of number 1.")),
		func(ctx context.Context, c *api.Call, in *newApplication) (Application, error) {
			b := &in.Body
			app, err := c.Office.CreateApplication(ctx, c.Actor, b.Product, office.NewApplication{Name: b.Name, Version: b.Version, Download: b.Download})
			if err != nil {
				return Application{}, err
			}
			c.Created("/applications/" + api.ID(app.Product))
			return viewApplication(&app), nil
		})
	api.Add(a, with(op(tag, "showApplication", http.MethodGet, one, "Show an application", identity.ReadProducts), tagged),
		func(ctx context.Context, c *api.Call, in *ofProduct) (Application, error) {
			return application(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "changeApplication", http.MethodPatch, one, "Change an application", identity.WriteProducts), changes),
		func(ctx context.Context, c *api.Call, in *changeApplication) (Application, error) {
			b := &in.Body
			change := office.ApplicationChange{
				Name: b.Name.Ptr(), Version: b.Version.Ptr(), Download: b.Download.Ptr(), Disabled: b.Disabled.Ptr(),
			}
			if b.Settings != nil {
				change.Settings = b.Settings.apply
			}
			return alter(at(ctx, c, in.Product), identity.WriteProducts, application, func(p place) error {
				_, err := p.office.ChangeApplication(ctx, c.Actor, p.product, change)
				return err
			})
		})
	api.Add(a, op(tag, "countApplication", http.MethodGet, one+"/counts", "Count what an application has", identity.ReadLicenses),
		func(ctx context.Context, c *api.Call, in *ofProduct) (ApplicationCounts, error) {
			n, err := c.Office.CountApplication(ctx, c.Actor, in.Product)
			return ApplicationCounts{
				Unused: n.Unused, Used: n.Used, Paused: n.Paused, Banned: n.Banned, Licenses: n.Licenses, Webhooks: n.Webhooks, Files: n.Files,
				Variables: n.Variables, Resellers: n.Resellers, Managers: n.Managers,
			}, err
		})
}

// addApplicationActions adds what is done to an application and answered with it.
func addApplicationActions(a *api.API) {
	const tag, one = applicationTag, applicationPath
	for _, verb := range []struct {
		id, path, summary, detail string
		do                        func(*office.Office, context.Context, identity.Actor, string) (license.Application, error)
	}{
		{"pauseApplication", "/pause", "Keep everybody out for now", "No time runs meanwhile.", (*office.Office).PauseApplication},
		{"resumeApplication", "/resume", "Let people in again", "Everybody has the time that they had.", (*office.Office).ResumeApplication},
	} {
		api.Add(a, with(op(tag, verb.id, http.MethodPost, one+verb.path, verb.summary, identity.WriteProducts), changes, describedAs(verb.detail)),
			func(ctx context.Context, c *api.Call, in *ofProduct) (Application, error) {
				return alter(at(ctx, c, in.Product), identity.WriteProducts, application, func(p place) error {
					_, err := verb.do(p.office, ctx, c.Actor, p.product)
					return err
				})
			})
	}
	api.Add(a, with(op(tag, "addProgramHash", http.MethodPost, one+"/hashes", "Let programs of a hash run", identity.WriteProducts), changes,
		describedAs("With check_hash set no others do. Which there are the settings say.")),
		func(ctx context.Context, c *api.Call, in *newProgramHash) (Application, error) {
			return alter(at(ctx, c, in.Product), identity.WriteProducts, application, func(p place) error {
				return p.office.AddProgramHash(ctx, c.Actor, p.product, in.Body.Hash)
			})
		})
	api.Add(a, with(op(tag, "resetProgramHashes", http.MethodDelete, one+"/hashes", "Forget every hash of an application", identity.WriteProducts), changes),
		func(ctx context.Context, c *api.Call, in *ofProduct) (Application, error) {
			return alter(at(ctx, c, in.Product), identity.WriteProducts, application, func(p place) error {
				return p.office.ResetProgramHashes(ctx, c.Actor, p.product)
			})
		})
}

func addApplicationSecrets(a *api.API) {
	const tag, one = applicationTag, applicationPath
	secret := func(p place) (ApplicationSecret, error) {
		app, err := p.office.FindApplication(p.ctx, p.c.Actor, p.product)
		if err != nil {
			return ApplicationSecret{}, err
		}
		secret, err := p.office.ApplicationSecret(p.ctx, p.c.Actor, p.product)
		return ApplicationSecret{Name: app.Name, Owner: app.Owner, Secret: secret.Reveal()}, err
	}
	api.Add(a, op(tag, "showApplicationSecret", http.MethodGet, one+"/secret", "Show the secret of an application", identity.WriteProducts),
		func(ctx context.Context, c *api.Call, in *ofProduct) (ApplicationSecret, error) {
			return secret(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "rotateApplicationSecret", http.MethodPost, one+"/secret/rotate", "Give an application another secret", identity.WriteProducts), destroys,
		describedAs("Apps of API 1.2 that have the old one stop working at once.")),
		func(ctx context.Context, c *api.Call, in *ofProduct) (ApplicationSecret, error) {
			return alter(at(ctx, c, in.Product), identity.WriteProducts, secret, func(p place) error {
				_, err := p.office.RotateApplicationSecret(ctx, c.Actor, p.product)
				return err
			})
		})
	api.Add(a, op(tag, "showApplicationKey", http.MethodGet, "/application-key", "Show the key that apps check answers with", identity.ReadKeys),
		func(ctx context.Context, c *api.Call, _ *struct{}) (ApplicationPublicKey, error) {
			key, err := c.Office.ApplicationPublicKey(ctx, c.Actor)
			return ApplicationPublicKey{key}, err
		})
}

func application(p place) (Application, error) {
	app, err := p.office.FindApplication(p.ctx, p.c.Actor, p.product)
	if err != nil {
		return Application{}, err
	}
	return viewApplication(&app), nil
}

func viewApplication(app *license.Application) Application {
	return Application{
		Product: app.Product, Name: app.Name, Owner: app.Owner, Version: app.Version, Download: app.Download, Disabled: app.Disabled,
		Paused: app.PausedAt, Settings: viewApplicationSettings(app.Settings), Created: app.Created,
	}
}
