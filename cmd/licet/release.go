package main

import (
	"licet/internal/license"
	"licet/internal/office"
)

// releaseCommand: licet release. A release is a version of a product that its apps may load; the file lies elsewhere.
type releaseCommand struct {
	Add     releaseAdd     `cmd:"" help:"Make a version of a product known to its apps."`
	List    releaseList    `cmd:"" help:"List the versions of a product."`
	Disable releaseDisable `cmd:"" help:"Let apps load a version no longer."`
	Enable  releaseEnable  `cmd:"" help:"Let apps load a disabled version again."`
}

type releaseView struct {
	ID              int64             `json:"id"`
	ProductID       license.ProductID `json:"product_id"`
	Version         string            `json:"version"`
	Channel         string            `json:"channel"`
	Environment     string            `json:"environment"` // "" is every one
	URL             string            `json:"url"`
	Filename        string            `json:"filename"`
	HashMD5         string            `json:"hash_md5"`
	EULALink        string            `json:"eula_link"`
	NotesLink       string            `json:"notes_link"`
	Size            string            `json:"size"`
	RequiresVersion string            `json:"requires_version"`
	Enabled         bool              `json:"enabled"`
	ReleasedAt      license.Time      `json:"released_at"`
	Created         license.Time      `json:"created_at"`
}

func viewRelease(v license.Version) releaseView {
	return releaseView{
		ID: v.ID, ProductID: v.Product, Version: v.Version, Channel: v.Channel, Environment: v.Environment, URL: v.URL,
		Filename: v.Filename, HashMD5: v.HashMD5, EULALink: v.EULALink, NotesLink: v.NotesLink, Size: v.Size,
		RequiresVersion: v.RequiresVersion, Enabled: v.Enabled, ReleasedAt: v.ReleasedAt, Created: v.Created,
	}
}

func (v releaseView) pairs() [][2]string {
	return [][2]string{
		{"id", idText(v.ID)}, {"version", v.Version}, {"channel", v.Channel}, {"environment", v.Environment}, {"enabled", yesNo(v.Enabled)},
		{"released", moment(v.ReleasedAt)}, {"url", v.URL}, {"filename", v.Filename}, {"md5", v.HashMD5}, {"size", v.Size},
		{"eula", v.EULALink}, {"notes", v.NotesLink}, {"requires", v.RequiresVersion}, {"created", moment(v.Created)},
	}
}

type releaseAdd struct {
	productArg
	Version     string `arg:"" help:"Name of the version, such as 2.4.1."`
	Channel     string `help:"Channel, such as beta; the usual one when empty." placeholder:"NAME"`
	Environment string `help:"What it is made for: win, win32, win64, mac, linux, linux32 or linux64; every one when empty." placeholder:"NAME"`
	URL         string `help:"Where the file is." name:"url" placeholder:"URL"`
	Filename    string `help:"Name of the file." placeholder:"NAME"`
	MD5         string `help:"MD5 hash of the file, 32 hexadecimal digits." name:"md5" placeholder:"HASH"`
	EULA        string `help:"Link to the license agreement." name:"eula" placeholder:"URL"`
	Notes       string `help:"Link to the release notes." placeholder:"URL"`
	Size        string `help:"Size of the file, as apps shall show it." placeholder:"TEXT"`
	Requires    string `help:"The oldest version that can be updated to this one." placeholder:"VERSION"`
	ReleasedAt  string `help:"When it comes out: 2026-03-23 or 2026-03-23T12:00:00Z; now when empty." placeholder:"TIME"`
	Disabled    bool   `help:"Apps do not get it yet."`
}

// Run adds it.
func (c *releaseAdd) Run(t *tool) error {
	released, err := timeFlag("released-at", c.ReleasedAt)
	if err != nil {
		return err
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	v, err := d.AddVersion(t.ctx, d.actor, office.NewVersion{
		Product: c.Which, Version: c.Version, Channel: c.Channel, Environment: c.Environment, URL: c.URL, Filename: c.Filename,
		HashMD5: c.MD5, EULALink: c.EULA, NotesLink: c.Notes, Size: c.Size, RequiresVersion: c.Requires, ReleasedAt: released, Disabled: c.Disabled,
	})
	if err != nil {
		return err
	}
	return t.print(viewRelease(v), viewRelease(v).pairs)
}

type releaseList struct {
	productArg
	listFlags
}

// Run lists them.
func (c *releaseList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]license.Version, error) { return d.ListVersions(t.ctx, d.actor, c.Which, p) },
		func(v license.Version) int64 { return v.ID })
	all := as(pages(t, c.listFlags, fetch), func(v license.Version) (releaseView, error) { return viewRelease(v), nil })
	return printList(t, releaseHead, all, releaseView.row)
}

const releaseHead = "ID VERSION CHANNEL ENVIRONMENT RELEASED ENABLED URL"

func (v releaseView) row() []string {
	return []string{idText(v.ID), v.Version, v.Channel, v.Environment, moment(v.ReleasedAt), yesNo(v.Enabled), v.URL}
}

// releaseArg names a version, of every environment and channel.
type releaseArg struct {
	productArg
	Version string `arg:"" help:"Name of the version, for every environment and channel; or id of one."`
}

// enable switches it and prints what it named.
func (a releaseArg) enable(t *tool, enabled bool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	list, err := d.EnableVersion(t.ctx, d.actor, a.Which, a.Version, enabled)
	if err != nil {
		return err
	}
	return printList(t, releaseHead, as(seq(list), func(v license.Version) (releaseView, error) { return viewRelease(v), nil }), releaseView.row)
}

type releaseDisable struct{ releaseArg }

// Run disables it.
func (c *releaseDisable) Run(t *tool) error { return c.enable(t, false) }

type releaseEnable struct{ releaseArg }

// Run enables it.
func (c *releaseEnable) Run(t *tool) error { return c.enable(t, true) }
