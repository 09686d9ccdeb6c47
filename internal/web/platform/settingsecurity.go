package platform

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// securityView is the security policy of a tenant (S0-47).
type securityView struct {
	Tabs           []web.Tab
	CanWrite       bool
	Members        lockoutForm
	Users          lockoutForm
	ChangePassword bool     // license users may change their passwords
	Demands        []string // what passwords of colleagues must be
}

// lockoutForm is the policy for wrong passwords of one audience, every number of it.
type lockoutForm struct {
	Audience string // as in addresses of pages
	Policy   identity.LockoutPolicy
	Own      bool // it is the tenant's, not the server's
	Typed    map[string]string
	Faults   web.Faults
}

// id is the identity of a field: there are two such forms on a page.
func (f *lockoutForm) id(field string) string { return "f-" + f.Audience + "-" + field }

// action is where a form about the audience is sent.
func (f *lockoutForm) action(more string) string {
	return base + "/settings/security/" + f.Audience + more
}

// lockoutFields is a policy as its form has it; boxes that are not ticked are not there.
func lockoutFields(p identity.LockoutPolicy) map[string]string {
	fields := map[string]string{
		"failures_per_round": fmt.Sprint(p.FailuresPerRound), "first_lock_minutes": fmt.Sprint(p.FirstLock), "step_minutes": fmt.Sprint(p.Step),
		"max_lock_minutes": fmt.Sprint(p.MaxLock), "idle_reset_minutes": fmt.Sprint(p.IdleReset), "window_minutes": fmt.Sprint(p.Window),
		"idle_reset_from": string(identity.FromLockEnd), "temporary_locks_before_permanent": "",
	}
	if n, ends := p.TemporaryLocks.Max(); ends {
		fields["temporary_locks_before_permanent"] = fmt.Sprint(n)
	}
	if p.IdleResetFrom == identity.FromLastFailure {
		fields["idle_reset_from"] = string(identity.FromLastFailure)
	}
	for name, on := range map[string]bool{"reset_on_success": p.ResetOnSuccess, "count_while_locked": p.CountWhileLocked, "doubling": p.Doubling} {
		if on {
			fields[name] = "yes"
		}
	}
	return fields
}

// lockoutPolicy reads the form.
func lockoutPolicy(in *web.Input) identity.LockoutPolicy {
	const most = 1 << 30 // more than any field may be
	n := func(name string) int64 { return min(max(in.Int(name, 0), -most), most) }
	p := identity.LockoutPolicy{
		FailuresPerRound: int(n("failures_per_round")), FirstLock: identity.Minutes(n("first_lock_minutes")), Step: identity.Minutes(n("step_minutes")),
		MaxLock: identity.Minutes(n("max_lock_minutes")), IdleReset: identity.Minutes(n("idle_reset_minutes")), Window: identity.Minutes(n("window_minutes")),
		IdleResetFrom: identity.IdleFrom(in.Text("idle_reset_from")), ResetOnSuccess: in.Bool("reset_on_success"), CountWhileLocked: in.Bool("count_while_locked"),
		Doubling: in.Bool("doubling"), TemporaryLocks: license.Unlimited,
	}
	if in.Text("temporary_locks_before_permanent") != "" {
		p.TemporaryLocks = license.Limit(max(n("temporary_locks_before_permanent"), 0))
	}
	return p
}

func (v *visit) security() (securityView, error) {
	view := securityView{Tabs: v.settingTabs("/settings/security"), CanWrite: v.can(identity.WriteSettings), Demands: v.p.d.Office.PasswordDemands()}
	rules, err := v.p.d.Office.LockoutRules(v.Context(), v.actor)
	if err != nil {
		return view, err
	}
	set, err := v.settings()
	view.ChangePassword = set[setChangePassword] != "false"
	view.Members = lockoutForm{Audience: "members", Policy: rules.Members, Own: rules.OwnMembers, Typed: lockoutFields(rules.Members)}
	view.Users = lockoutForm{Audience: "license-users", Policy: rules.Users, Own: rules.OwnUsers, Typed: lockoutFields(rules.Users)}
	return view, err
}

func (v *visit) securityPage() error {
	view, err := v.security()
	if err != nil {
		return err
	}
	return v.draw(v.t("Security"), securityPage(view))
}

// form is that of an audience, by the name of its setting.
func (s *securityView) form(setting string) *lockoutForm {
	if setting == setMembersLockout {
		return &s.Members
	}
	return &s.Users
}

// saveLockout gives an audience a policy of its own, from the next attempt on (S0-47).
func (v *visit) saveLockout() error {
	setting, err := v.audienceOf()
	if err != nil {
		return err
	}
	view, err := v.security()
	if err != nil {
		return err
	}
	form := view.form(setting)
	before := *form
	policy := lockoutPolicy(v.input)
	if err = v.asked(); err == nil {
		err = policy.Validate()
	}
	if err == nil {
		err = v.saveLockoutPolicy(setting, policy)
	}
	if err != nil {
		form.Typed = make(map[string]string)
		for name := range maps.Keys(v.input.Values) {
			form.Typed[name] = v.input.Text(name)
		}
		return v.again(err, v.t("Security"), func(f web.Faults) templ.Component {
			form.Faults = f
			return securityPage(view)
		})
	}
	return v.lockoutSaved(before)
}

func (v *visit) saveLockoutPolicy(setting string, p identity.LockoutPolicy) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = v.p.d.Office.SaveSetting(v.Context(), v.actor, office.Setting{Name: setting, Value: string(text)})
	return err
}

// lockoutSaved says so, and offers what was before.
func (v *visit) lockoutSaved(before lockoutForm) error {
	path := "/settings/security/" + before.Audience
	if before.Own {
		v.sayUndo(path, before.Typed, "The policy holds from the next attempt on.")
	} else {
		v.sayUndo(path+"/preset", map[string]string{"preset": "server"}, "The policy holds from the next attempt on.")
	}
	return v.redirect("/settings/security")
}

// presetLockout takes one of the published policies over (S0-40), or goes back to the server's.
func (v *visit) presetLockout() error {
	setting, err := v.audienceOf()
	if err != nil {
		return err
	}
	view, err := v.security()
	if err != nil {
		return err
	}
	presets := map[string]identity.LockoutPolicy{"portal": identity.Portal(), "platform": identity.Platform(), "classic": identity.Classic()}
	switch name := v.input.Text("preset"); {
	case name == "server":
		_, err = v.p.d.Office.SaveSetting(v.Context(), v.actor, office.Setting{Name: setting})
	case presets[name] == identity.LockoutPolicy{}:
		return license.Invalidf("preset", "%q is no preset", name)
	default:
		err = v.saveLockoutPolicy(setting, presets[name])
	}
	if err != nil {
		return err
	}
	return v.lockoutSaved(*view.form(setting))
}

func (v *visit) saveUserSettings() error {
	value := ""
	if !v.input.Bool(setChangePassword) {
		value = "false"
	}
	if _, err := v.saveSettings(office.Setting{Name: setChangePassword, Value: value}); err != nil {
		return err
	}
	v.say(web.Good, "Saved. It holds from the next request on.")
	return v.redirect("/settings/security")
}
