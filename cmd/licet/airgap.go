package main

import (
	"licet/internal/license"
	"licet/internal/office"
)

// airgapCommand: licet airgap. A device that nothing is carried to but by hand is activated with short codes.
type airgapCommand struct {
	Init    airgapInit    `cmd:"" help:"Print the initialization code of a license, for the device, and the company's public key, for the app."`
	Confirm airgapConfirm `cmd:"" help:"Activate a device by the activation code that its app shows, and print the confirmation code for it."`
	Free    airgapFree    `cmd:"" help:"Free a device by the code that its app shows when it gives up the license, and print the confirmation code for it."`
	Policy  airgapPolicy  `cmd:"" help:"Write the policy file that the app loads after the confirmation."`
}

type airgapView struct {
	License            license.LicenseID `json:"license_id"`
	InitializationCode string            `json:"initialization_code,omitempty"`
	PublicKey          string            `json:"public_key,omitempty"`
	Device             string            `json:"device,omitempty"`
	ConfirmationCode   string            `json:"confirmation_code,omitempty"`
}

func (v airgapView) pairs() [][2]string {
	return [][2]string{
		{"license", idText(v.License)}, {"initialization code", v.InitializationCode}, {"public key", v.PublicKey},
		{"device", v.Device}, {"confirmation code", v.ConfirmationCode},
	}
}

type airgapInit struct{ licenseArg }

// Run prints them.
func (c *airgapInit) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	start, err := d.AirGapInit(t.ctx, d.actor, c.ref())
	if err != nil {
		return err
	}
	v := airgapView{License: start.License.ID, InitializationCode: start.InitializationCode.Reveal(), PublicKey: start.PublicKey}
	return t.print(v, v.pairs)
}

// airgapDevice says what the app on a device shows.
type airgapDevice struct {
	licenseArg
	Device   string `help:"Hardware id that the app shows." required:"" placeholder:"HWID"`
	Code     string `help:"Code that the app shows." required:"" placeholder:"CODE"`
	PolicyID int64  `help:"Id of the policy file that the device will load; the license's own when 0." name:"policy-id" placeholder:"ID"`
}

// confirm asks the office and prints the confirmation code.
func (a *airgapDevice) confirm(t *tool, do func(d *desk, ref office.Ref) (string, error)) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	l, err := d.FindLicense(t.ctx, d.actor, a.ref())
	if err != nil {
		return err
	}
	code, err := do(d, office.Ref{ID: l.ID})
	if err != nil {
		return err
	}
	v := airgapView{License: l.ID, Device: a.Device, ConfirmationCode: code}
	return t.print(v, v.pairs)
}

type airgapConfirm struct{ airgapDevice }

// Run confirms it.
func (c *airgapConfirm) Run(t *tool) error {
	return c.confirm(t, func(d *desk, ref office.Ref) (string, error) {
		return d.AirGapConfirm(t.ctx, d.actor, ref, c.Device, c.Code, idText(c.PolicyID))
	})
}

type airgapFree struct{ airgapDevice }

// Run frees it.
func (c *airgapFree) Run(t *tool) error {
	return c.confirm(t, func(d *desk, ref office.Ref) (string, error) {
		return d.AirGapFree(t.ctx, d.actor, ref, c.Device, c.Code, idText(c.PolicyID))
	})
}

type airgapPolicy struct {
	licenseArg
	Device   string `help:"Hardware id of the device, which is activated." required:"" placeholder:"HWID"`
	PolicyID int64  `help:"Id that the confirmation code was made for; the license's own when 0." name:"policy-id" placeholder:"ID"`
	App      string `help:"App key of the app that reads the file; may be left out when there is only one." placeholder:"KEY"`
	outputFlag
}

// Run writes it.
func (c *airgapPolicy) Run(t *tool) error {
	d, files, err := t.filesDesk()
	if err != nil {
		return err
	}
	l, err := d.FindLicense(t.ctx, d.actor, c.ref())
	if err != nil {
		return err
	}
	o, err := fileOrder(t, d, idText(l.License.Product), c.App)
	if err != nil {
		return err
	}
	o.Key, o.HardwareID = l.Key, c.Device
	content, err := files.Policy(t.ctx, d.tenant.ID, o, c.PolicyID)
	if err != nil {
		return err
	}
	return c.write(t, content)
}
