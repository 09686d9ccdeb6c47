package platform

import (
	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// settingRoutes are the settings of a tenant.
func (p *Platform) settingRoutes() []route {
	return []route{
		{pattern: "GET /settings", needs: identity.ReadSettings, page: (*visit).settingsPage},
		{pattern: "POST /settings/company", needs: identity.WriteSettings, page: (*visit).renameCompany},
		{pattern: "POST /settings/branding", needs: identity.WriteSettings, page: (*visit).saveBranding},
		{pattern: "POST /settings/answers", needs: identity.WriteSettings, page: (*visit).saveAnswers},
		{pattern: "GET /settings/security", needs: identity.ReadSettings, page: (*visit).securityPage},
		{pattern: "POST /settings/security/users", needs: identity.WriteSettings, page: (*visit).saveUserSettings},
		{pattern: "POST /settings/security/{audience}", needs: identity.WriteSettings, page: (*visit).saveLockout},
		{pattern: "POST /settings/security/{audience}/preset", needs: identity.WriteSettings, page: (*visit).presetLockout},
		{pattern: "GET /settings/rules", needs: identity.ReadProducts, page: (*visit).rulesPage},
		{pattern: "GET /settings/rules/new", needs: identity.WriteProducts, page: (*visit).newRulePage},
		{pattern: "POST /settings/rules/new", needs: identity.WriteProducts, page: (*visit).createRule},
		{pattern: "GET /settings/rules/{id}", needs: identity.ReadProducts, page: (*visit).rulePage},
		{pattern: "POST /settings/rules/{id}", needs: identity.WriteProducts, page: (*visit).changeRule},
		{pattern: "POST /settings/rules/{id}/mode", needs: identity.WriteProducts, page: (*visit).switchRule},
		{pattern: "POST /settings/rules/{id}/remove", needs: identity.WriteProducts, page: (*visit).removeRule},
		{pattern: "GET /settings/network", needs: identity.ReadSettings, page: (*visit).networkPage},
	}
}

// The settings of a tenant that have a place on pages, by the names that the office knows them by.
const (
	setMembersLockout = "lockout.platform_user"
	setUsersLockout   = "lockout.license_user"
	setChangePassword = "license_users.change_password"
	setRSASize        = "answers.rsa_size"
	setBrandName      = "branding.name"
	setBrandColor     = "branding.color"
	setSupportURL     = "branding.support_url"
)

// settingTabs leads between the pages of the settings that the role may see.
func (v *visit) settingTabs(here string) []web.Tab {
	var tabs []web.Tab
	for _, t := range []struct {
		title, path string
		needs       identity.Permission
	}{
		{"Company", "/settings", identity.ReadSettings},
		{"Security", "/settings/security", identity.ReadSettings},
		{"Address rules", "/settings/rules", identity.ReadProducts},
		{"Network", "/settings/network", identity.ReadSettings},
	} {
		if v.can(t.needs) {
			tabs = append(tabs, web.Tab{Title: v.t(t.title), URL: base + t.path, Current: t.path == here})
		}
	}
	return tabs
}

// settings are all settings of the tenant, by name.
func (v *visit) settings() (map[string]string, error) {
	list, err := v.p.d.Office.ListSettings(v.Context(), v.actor)
	out := make(map[string]string, len(list))
	for _, s := range list {
		out[s.Name] = s.Value
	}
	return out, err
}

// settingsView is the company's page.
type settingsView struct {
	Tabs       []web.Tab
	CanWrite   bool
	Tenant     license.Tenant
	Name       string // of the company, as it was typed
	Usage      office.APIUsage
	Brand      branding
	RSASize    string
	OfName     web.Faults
	OfBranding web.Faults
}

// branding is what customers see of a company.
type branding struct{ Name, Color, SupportURL string }

func (v *visit) company() (settingsView, error) {
	view := settingsView{Tabs: v.settingTabs("/settings"), CanWrite: v.can(identity.WriteSettings)}
	set, err := v.settings()
	if err != nil {
		return view, err
	}
	view.Brand = branding{set[setBrandName], set[setBrandColor], set[setSupportURL]}
	view.RSASize = set[setRSASize]
	if view.Tenant, err = v.p.d.Office.FindTenant(v.Context(), v.actor, ""); err != nil {
		return view, err
	}
	view.Name = view.Tenant.Name
	view.Usage, err = v.p.d.Office.APIUsage(v.Context(), v.actor, 1)
	return view, err
}

func (v *visit) settingsPage() error {
	view, err := v.company()
	if err != nil {
		return err
	}
	return v.draw(v.t("Settings"), settingsPage(view))
}

func (v *visit) companyAgain(err error, put func(*settingsView, web.Faults)) error {
	view, failed := v.company()
	if failed != nil {
		return failed
	}
	return v.again(err, v.t("Settings"), func(f web.Faults) templ.Component {
		put(&view, f)
		return settingsPage(view)
	})
}

func (v *visit) renameCompany() error {
	name := v.input.Text("company")
	if err := v.p.d.Office.RenameTenant(v.Context(), v.actor, name); err != nil {
		return v.companyAgain(err, func(view *settingsView, f web.Faults) { view.Name, view.OfName = name, f })
	}
	v.say(web.Good, "The name is changed.")
	return v.redirect("/settings")
}

// saveBranding stores all of the branding; the field that is wrong is the one that is named.
func (v *visit) saveBranding() error {
	typed := branding{v.input.Text(setBrandName), v.input.Text(setBrandColor), v.input.Text(setSupportURL)}
	wrong, err := v.saveSettings(office.Setting{Name: setBrandName, Value: typed.Name}, office.Setting{Name: setBrandColor, Value: typed.Color}, office.Setting{Name: setSupportURL, Value: typed.SupportURL})
	if err != nil {
		return v.companyAgain(err, func(view *settingsView, f web.Faults) {
			view.Brand, view.OfBranding = typed, web.Faults{wrong: f["value"] + f[""]}
		})
	}
	v.say(web.Good, "The branding is saved.")
	return v.redirect("/settings")
}

// saveSettings stores settings that differ from what is stored, one after another: the audit log is of changes. wrong is the name of the
// one that err is about; where one is refused, none is stored.
func (v *visit) saveSettings(list ...office.Setting) (wrong string, err error) {
	set, err := v.settings()
	if err != nil {
		return "", err
	}
	for _, o := range []*office.Office{v.p.d.Office.Rehearsal(), v.p.d.Office} {
		for _, s := range list {
			if set[s.Name] == s.Value {
				continue
			}
			if _, err := o.SaveSetting(v.Context(), v.actor, s); err != nil {
				return s.Name, err
			}
		}
	}
	return "", nil
}

func (v *visit) saveAnswers() error {
	if _, err := v.saveSettings(office.Setting{Name: setRSASize, Value: v.input.Text(setRSASize)}); err != nil {
		return err
	}
	v.say(web.Good, "Keys that are made from now on have that size. Keys that are there stay as they are.")
	return v.redirect("/settings")
}

// audienceOf is the setting of an audience that a path names.
func (v *visit) audienceOf() (string, error) {
	switch name := v.PathValue("audience"); name {
	case "members":
		return setMembersLockout, nil
	case "license-users":
		return setUsersLockout, nil
	default:
		return "", license.Missing("policy", name)
	}
}
