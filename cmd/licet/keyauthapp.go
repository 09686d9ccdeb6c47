package main

import (
	"strings"

	"licet/internal/license"
	"licet/internal/office"
)

// keyauthApp: licet keyauth app. An application is named by its product.
type keyauthApp struct {
	Create       keyauthAppCreate       `cmd:"" help:"Make an application of a product, with a level named default."`
	List         keyauthAppList         `cmd:"" help:"List the applications."`
	Show         keyauthAppShow         `cmd:"" help:"Show an application and its settings, without its secret."`
	Set          keyauthAppSet          `cmd:"" help:"Change an application: its name, its version, its settings and its texts."`
	Pause        keyauthAppPause        `cmd:"" help:"Keep everybody out for now; no time runs."`
	Resume       keyauthAppResume       `cmd:"" help:"Let people in again; everybody has the time they had."`
	Secret       keyauthAppSecret       `cmd:"" help:"Print the secret, which only apps of API 1.2 need."`
	RotateSecret keyauthAppRotateSecret `cmd:"" help:"Give an application another secret and print it."`
	Hash         keyauthAppHash         `cmd:"" help:"Hashes of the programs that may run."`
}

type keyauthAppView struct {
	Product  string                       `json:"product"` // its code
	ID       license.ProductID            `json:"product_id"`
	Name     string                       `json:"name"`
	Owner    string                       `json:"ownerid"`
	Version  string                       `json:"version"`
	Download string                       `json:"download"`
	Disabled bool                         `json:"disabled"`
	Paused   license.Time                 `json:"paused_at"`
	Created  license.Time                 `json:"created_at"`
	Settings *license.ApplicationSettings `json:"settings"`
}

// viewApplication shows an application under the code of its product.
func (t *tool) viewApplication(d *desk, a license.Application) (keyauthAppView, error) {
	p, err := d.FindProduct(t.ctx, d.actor, idText(a.Product))
	return keyauthAppView{Product: p.Code, ID: a.Product, Name: a.Name, Owner: a.Owner, Version: a.Version, Download: a.Download,
		Disabled: a.Disabled, Paused: a.PausedAt, Created: a.Created, Settings: a.Settings}, err
}

func (v keyauthAppView) marks() string {
	return words(choose(v.Disabled, "disabled"), choose(v.Paused != 0, "paused"))
}

func (v keyauthAppView) pairs() [][2]string {
	return append([][2]string{
		{"product", v.Product}, {"product id", idText(v.ID)}, {"name", v.Name}, {"owner id", v.Owner}, {"version", v.Version},
		{"download", v.Download}, {"marks", v.marks()}, {"paused", moment(v.Paused)}, {"created", moment(v.Created)},
	}, settingPairs(v.Settings)...)
}

func (t *tool) printApplication(d *desk, a license.Application) error {
	v, err := t.viewApplication(d, a)
	if err != nil {
		return err
	}
	return t.print(v, v.pairs)
}

// application does something to the application and prints it as it is then.
func (a *productArg) application(t *tool, do func(*desk) (license.Application, error)) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	app, err := do(d)
	if err != nil {
		return err
	}
	return t.printApplication(d, app)
}

type keyauthAppCreate struct {
	productArg
	Name       string `help:"What apps call it, with the owner id; the name of the product when empty." placeholder:"NAME"`
	AppVersion string `help:"Version that apps must have." default:"1.0" placeholder:"VERSION"`
	Download   string `help:"Where that version is." placeholder:"URL"`
}

// Run makes it.
func (c *keyauthAppCreate) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	app, err := d.CreateApplication(t.ctx, d.actor, c.Which, office.NewApplication{Name: c.Name, Version: c.AppVersion, Download: c.Download})
	if err != nil {
		return err
	}
	return t.printApplication(d, app)
}

type keyauthAppList struct{ listFlags }

// Run lists them.
func (c *keyauthAppList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]license.Application, error) { return d.ListApplications(t.ctx, d.actor, p) },
		func(a license.Application) int64 { return int64(a.Product) })
	all := as(pages(t, c.listFlags, fetch), func(a license.Application) (keyauthAppView, error) { return t.viewApplication(d, a) })
	return printList(t, "ID PRODUCT NAME OWNER VERSION MARKS CREATED", all, func(v keyauthAppView) []string {
		return []string{idText(v.ID), v.Product, v.Name, v.Owner, v.Version, v.marks(), moment(v.Created)}
	})
}

type keyauthAppShow struct{ productArg }

// Run shows it.
func (c *keyauthAppShow) Run(t *tool) error {
	return c.application(t, func(d *desk) (license.Application, error) { return d.FindApplication(t.ctx, d.actor, c.Which) })
}

type keyauthAppSet struct {
	productArg
	Name       *string `help:"What apps call it, with the owner id." placeholder:"NAME"`
	AppVersion *string `help:"Version that apps must have; others are told to update." placeholder:"VERSION"`
	Download   *string `help:"Where that version is; empty for nowhere." placeholder:"URL"`
	Disabled   *bool   `help:"Nobody enters; time runs on." negatable:""`
	keyauthSettings
}

// Help lists the texts.
func (*keyauthAppSet) Help() string {
	var b strings.Builder
	b.WriteString("The texts that --text changes, with what they say otherwise:\n")
	for _, text := range license.ApplicationTexts() {
		b.WriteString("\n- `" + text.Name + "`: " + text.Default)
	}
	return b.String()
}

// Run changes it.
func (c *keyauthAppSet) Run(t *tool) error {
	settings, err := c.change()
	if err != nil {
		return err
	}
	return c.application(t, func(d *desk) (license.Application, error) {
		return d.ChangeApplication(t.ctx, d.actor, c.Which, office.ApplicationChange{
			Name: c.Name, Version: c.AppVersion, Download: c.Download, Disabled: c.Disabled, Settings: settings,
		})
	})
}

type keyauthAppPause struct{ productArg }

// Run pauses it.
func (c *keyauthAppPause) Run(t *tool) error {
	return c.application(t, func(d *desk) (license.Application, error) { return d.PauseApplication(t.ctx, d.actor, c.Which) })
}

type keyauthAppResume struct{ productArg }

// Run resumes it.
func (c *keyauthAppResume) Run(t *tool) error {
	return c.application(t, func(d *desk) (license.Application, error) { return d.ResumeApplication(t.ctx, d.actor, c.Which) })
}

// keyauthSecretView is what an application shares with its apps of API 1.2.
type keyauthSecretView struct {
	Name   string `json:"name"`
	Owner  string `json:"ownerid"`
	Secret string `json:"secret"` // 64 hexadecimal digits
}

func (v keyauthSecretView) pairs() [][2]string {
	return [][2]string{{"name", v.Name}, {"owner id", v.Owner}, {"secret", v.Secret}}
}

// secret prints the secret as it is once do has been done, if there is something to do.
func (a *productArg) secret(t *tool, do func(*desk) error) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	app, err := d.FindApplication(t.ctx, d.actor, a.Which)
	if err != nil {
		return err
	}
	if err := do(d); err != nil {
		return err
	}
	secret, err := d.ApplicationSecret(t.ctx, d.actor, a.Which)
	if err != nil {
		return err
	}
	v := keyauthSecretView{app.Name, app.Owner, secret.Reveal()}
	return t.print(v, v.pairs)
}

type keyauthAppSecret struct{ productArg }

// Run prints it.
func (c *keyauthAppSecret) Run(t *tool) error {
	return c.secret(t, func(*desk) error { return nil })
}

type keyauthAppRotateSecret struct {
	productArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then gives it another one.
func (c *keyauthAppRotateSecret) Run(t *tool) error {
	return c.secret(t, func(d *desk) error {
		if err := t.confirm(c.Yes, "apps of API 1.2 that have the old secret of "+c.Which+" stop working at once"); err != nil {
			return err
		}
		_, err := d.RotateApplicationSecret(t.ctx, d.actor, c.Which)
		return err
	})
}

// keyauthAppHash: licet keyauth app hash. Which hashes there are, the settings of the application say.
type keyauthAppHash struct {
	Add   keyauthHashAdd   `cmd:"" help:"Let programs of a hash run; with --check-hash set, no others do."`
	Reset keyauthHashReset `cmd:"" help:"Forget every hash of an application."`
}

type keyauthHashAdd struct {
	productArg
	Hash []string `arg:"" help:"MD5 hashes of programs, 32 hexadecimal digits each."`
}

// Run adds them.
func (c *keyauthHashAdd) Run(t *tool) error {
	return c.application(t, func(d *desk) (license.Application, error) {
		for _, hash := range c.Hash {
			if err := d.AddProgramHash(t.ctx, d.actor, c.Which, hash); err != nil {
				return license.Application{}, err
			}
		}
		return d.FindApplication(t.ctx, d.actor, c.Which)
	})
}

type keyauthHashReset struct {
	productArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then forgets them.
func (c *keyauthHashReset) Run(t *tool) error {
	return c.application(t, func(d *desk) (license.Application, error) {
		if err := t.confirm(c.Yes, "with --check-hash set, no program of "+c.Which+" runs until another hash is added"); err != nil {
			return license.Application{}, err
		}
		if err := d.ResetProgramHashes(t.ctx, d.actor, c.Which); err != nil {
			return license.Application{}, err
		}
		return d.FindApplication(t.ctx, d.actor, c.Which)
	})
}
