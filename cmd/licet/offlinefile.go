package main

import (
	"io"

	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/wire/licensespring"
)

// filesDesk is the back office of one tenant, and what makes files for devices without a network.
func (t *tool) filesDesk() (*desk, *licensespring.Files, error) {
	d, a, err := t.appDesk()
	if err != nil {
		return nil, nil, err
	}
	return d, licensespring.NewFiles(licensespring.Deps{Authority: a, Now: t.now}), nil
}

// outputFlag says where a file that was made goes.
type outputFlag struct {
	Output string `help:"File to write, in place of what it holds; - is standard output." short:"o" default:"-" placeholder:"FILE"`
}

// write writes a file that was made.
func (f *outputFlag) write(t *tool, content []byte) error {
	if f.Output == "-" {
		_, err := t.out.Write(append(content, '\n'))
		return err
	}
	size, err := writeWhole(f.Output, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
	if err == nil {
		t.sayf("licet: wrote %s, %d bytes", f.Output, size)
	}
	return err
}

// licenseOffline: licet license offline. An app that has no network writes a request file; this does what it asks for.
type licenseOffline struct {
	Request    string `arg:"" help:"File that an app wrote, such as activate_offline.req; - is standard input."`
	Deactivate bool   `help:"Give the license back, where the file does not say what it asks for."`
	outputFlag
}

// Run answers it.
func (c *licenseOffline) Run(t *tool) error {
	request, err := t.readFile(c.Request)
	if err != nil {
		return err
	}
	d, files, err := t.filesDesk()
	if err != nil {
		return err
	}
	otherwise := "activation"
	if c.Deactivate {
		otherwise = "deactivation"
	}
	content, err := files.Answer(t.ctx, d.tenant.ID, request, otherwise)
	if err != nil {
		return err
	}
	return c.write(t, content)
}

// licenseRefreshFile: licet license refresh-file.
type licenseRefreshFile struct {
	Product string `help:"Product: code, number or id." required:"" placeholder:"PRODUCT"`
	Key     string `help:"License key." placeholder:"KEY" xor:"whose" required:""`
	User    string `help:"License user, where the product's users sign in." placeholder:"NAME" xor:"whose" required:""`
	Device  string `help:"Hardware id of a device that is activated." required:"" placeholder:"HWID"`
	App     string `help:"App key of the app that reads the file; may be left out when there is only one." placeholder:"KEY"`
	outputFlag
}

// Run makes it.
func (c *licenseRefreshFile) Run(t *tool) error {
	d, files, err := t.filesDesk()
	if err != nil {
		return err
	}
	o, err := fileOrder(t, d, c.Product, c.App)
	if err != nil {
		return err
	}
	o.Key, o.User, o.HardwareID = c.Key, c.User, c.Device
	content, err := files.Refresh(t.ctx, d.tenant.ID, o)
	if err != nil {
		return err
	}
	return c.write(t, content)
}

// fileOrder finds the product that a file is about, and the app that will read it: the one named, or the only one.
func fileOrder(t *tool, d *desk, product, app string) (licensespring.FileOrder, error) {
	p, err := d.FindProduct(t.ctx, d.actor, product)
	if err != nil {
		return licensespring.FileOrder{}, err
	}
	o := licensespring.FileOrder{Product: p.Code, App: app}
	if app != "" {
		return o, nil
	}
	list, err := d.ListAppKeys(t.ctx, d.actor, office.Page{Limit: 1000})
	if err != nil {
		return o, err
	}
	for _, k := range list {
		if k.RevokedAt != 0 || k.Kind != store.HMACKey || k.Product != 0 && k.Product != p.ID {
			continue
		}
		if o.App != "" {
			return o, usagef("there are several app keys for %s; choose one with --app, see: licet app list", p.Code)
		}
		o.App = k.PublicID
	}
	if o.App == "" {
		return o, usagef("there is no app key for %s; make one with: licet app create", p.Code)
	}
	return o, nil
}
