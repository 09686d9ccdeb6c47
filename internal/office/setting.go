package office

import (
	"context"
	"encoding/json"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// settings lists what a tenant may set, by name.
func settings() []string {
	return []string{
		settingLockout, store.SettingUserLockout, store.SettingChangePassword, store.SettingRSASize, settingAllowance, settingContact,
		settingBrandName, settingBrandColor, settingSupportURL,
	}
}

// Setting is a small text that a tenant keeps under a name.
type Setting struct {
	Name  string
	Value string // "" is the server's default
}

// ListSettings returns every setting that the actor's tenant may set.
func (o *Office) ListSettings(ctx context.Context, actor identity.Actor) (list []Setting, err error) {
	if err := may(actor, identity.ReadSettings); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		list = nil
		for _, name := range settings() {
			value, _, err := tx.TenantSetting(actor.Tenant, name)
			if err != nil {
				return err
			}
			list = append(list, Setting{name, value})
		}
		return nil
	})
	return list, err
}

// SaveSetting sets something for the actor's tenant, from the next request on; "" goes back to the server's default. The
// settings are
//
//   - lockout.platform_user and lockout.license_user: the policy for wrong passwords, as a JSON object of the fields that
//     differ from the server's. It is stored complete, so later releases do not change it (S0-47).
//   - license_users.change_password: "false" keeps license users from changing their passwords; "true" is the default.
//   - answers.rsa_size: "2048", which is the default, "3072" or "4096" bits for keys that are made from now on.
//   - api.allowance: how many calls a month are agreed with the tenant, and api.upgrade_contact: whom to ask for more. Only the
//     operator sets them, and nothing is refused by them (S0-01 to S0-04).
//   - branding.name, branding.color, branding.support_url: how the company shows itself to its customers: a name in place of that of the
//     tenant, a colour as #1a7f5a, and where customers find help: an address that begins with https://, http:// or mailto:.
//
// It returns the setting as it is stored, and NotFound for another name.
func (o *Office) SaveSetting(ctx context.Context, actor identity.Actor, s Setting) (Setting, error) {
	if err := may(actor, identity.WriteSettings); err != nil {
		return s, err
	}
	if !slices.Contains(settings(), s.Name) {
		return s, &license.Error{Code: license.NotFound, Field: "name", Message: "there is no setting " + s.Name}
	}
	if s.Name == settingAllowance || s.Name == settingContact {
		if err := onlyOperator(actor); err != nil {
			return s, err
		}
	}
	if s.Value != "" {
		if err := o.checkSetting(&s); err != nil {
			return s, err
		}
	}
	return s, o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.SaveTenantSetting(actor.Tenant, s.Name, s.Value); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.SettingChanged,
			Data: map[string]any{"setting": s.Name, "value": s.Value}})
	})
}

// checkSetting refuses what a setting cannot be, and completes what it is.
func (o *Office) checkSetting(s *Setting) error {
	switch s.Name {
	case settingLockout:
		return complete(s, o.d.Lockout)
	case store.SettingUserLockout:
		return complete(s, o.d.UserLockout)
	case store.SettingRSASize:
		_, err := parseRSASize(s.Value)
		return err
	case settingAllowance:
		return checkAllowance(s.Value)
	case settingContact:
		return checkText("value", s.Value, 1, maxName)
	case settingBrandName, settingBrandColor, settingSupportURL:
		return checkBranding(s)
	case store.SettingChangePassword:
		if s.Value != "true" && s.Value != "false" {
			return license.Invalidf("value", "it is true or false")
		}
	}
	return nil
}

func complete(s *Setting, server identity.LockoutPolicy) error {
	policy, err := server.With([]byte(s.Value))
	if err != nil {
		return err
	}
	full, err := json.Marshal(policy)
	s.Value = string(full)
	return err
}
