package main

import (
	"licet/internal/office"
)

// tenantSettings: licet tenant settings.
type tenantSettings struct{}

type settingView struct {
	Name  string `json:"name"`
	Value string `json:"value"` // "" is the server's default
}

func (v settingView) pairs() [][2]string { return [][2]string{{"name", v.Name}, {"value", v.Value}} }

// Run lists them.
func (*tenantSettings) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	list, err := d.ListSettings(t.ctx, d.actor)
	if err != nil {
		return err
	}
	all := func(yield func(settingView, error) bool) {
		for _, s := range list {
			if !yield(settingView(s), nil) {
				return
			}
		}
	}
	return printList(t, "NAME VALUE", all, func(v settingView) []string { return []string{v.Name, v.Value} })
}

type tenantSet struct {
	Name  string `arg:"" help:"Name of the setting; see: licet tenant settings."`
	Value string `arg:"" optional:"" help:"What it is from now on; the server's default when left out."`
}

// Help says what there is.
func (*tenantSet) Help() string {
	return `The settings:

lockout.platform_user, lockout.license_user: the policy for wrong passwords, as a JSON object of the fields that differ from the server's.

license_users.change_password: false keeps license users from changing their passwords.

answers.rsa_size: 2048, 3072 or 4096 bits for the keys that answers to apps are signed with, when the next one is made.

branding.name, branding.color, branding.support_url: what your customers see of you: a name, a colour as #1a7f5a, and an address for help that
begins with https:// or mailto:.

api.allowance, api.upgrade_contact: how many calls a month are agreed with the tenant, and whom to ask for more; see licet usage. Nothing is
refused by them.`
}

// Run sets it.
func (c *tenantSet) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	s, err := d.SaveSetting(t.ctx, d.actor, office.Setting{Name: c.Name, Value: c.Value})
	if err != nil {
		return err
	}
	return t.print(settingView(s), settingView(s).pairs)
}
