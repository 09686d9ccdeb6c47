package main

import (
	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// licenseActivate: licet license activate. It does what the app of a device does: the first activation sets the password that the
// license asks for, and the address.
type licenseActivate struct {
	Product         string `help:"Product: code, number or id." required:"" placeholder:"PRODUCT"`
	Key             string `help:"License key." required:"" placeholder:"KEY"`
	HWID            string `help:"Hardware id of the device." name:"hwid" required:"" placeholder:"HWID"`
	Name            string `help:"Name of the device, for people." placeholder:"NAME"`
	Email           string `help:"Address of the end user, to which mails about the license go; a license with an administrator needs one." placeholder:"ADDRESS"`
	PasswordFile    string `help:"File with the password on its first line, where the license asks for one: the first activation sets it, later ones show it. - is standard input." placeholder:"FILE"`
	NewPasswordFile string `help:"File with the next password on its first line: a license with a single user asks for one at each further activation. - is standard input." placeholder:"FILE"`
}

// Run activates the device, and shows the license as it is then.
func (c *licenseActivate) Run(t *tool) error {
	if c.PasswordFile == "-" && c.NewPasswordFile == "-" {
		return usagef("give only one of --password-file and --new-password-file as standard input")
	}
	p := authority.PasswordActivation{Key: c.Key, Email: c.Email, Claim: license.Claim{HardwareID: c.HWID, DeviceName: c.Name}}
	for _, f := range []struct {
		flag, file string
		to         *identity.Secret
	}{{"password-file", c.PasswordFile, &p.Password}, {"new-password-file", c.NewPasswordFile, &p.NewPassword}} {
		if f.file == "" {
			continue
		}
		var err error
		if *f.to, err = t.passwordFrom(f.flag, f.file); err != nil {
			return err
		}
	}
	d, a, err := t.appDesk()
	if err != nil {
		return err
	}
	product, err := d.FindProduct(t.ctx, d.actor, c.Product)
	if err != nil {
		return err
	}
	p.Product = product.Code
	if _, err := a.ActivateWithPassword(t.ctx, d.tenant.ID, p); err != nil {
		return err
	}
	r, err := d.FindLicense(t.ctx, d.actor, office.Ref{Product: product.Code, Key: c.Key})
	if err != nil {
		return err
	}
	v, err := newNames(t, d).view(r)
	if err != nil {
		return err
	}
	return t.print(v, v.pairs)
}
