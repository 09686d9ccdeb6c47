package platform

import (
	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// accountRoutes are a person's own: name, password, second factor, sessions.
func (p *Platform) accountRoutes() []route {
	return []route{
		{pattern: "GET /account", who: person, page: (*visit).accountPage},
		{pattern: "POST /account/name", who: person, page: (*visit).changeName},
		{pattern: "POST /account/password", who: person, page: (*visit).changePassword},
		{pattern: "POST /account/second-factor/begin", who: person, page: (*visit).beginCodes},
		{pattern: "POST /account/second-factor", who: person, page: (*visit).confirmCodes},
		{pattern: "POST /account/second-factor/off", who: person, page: (*visit).dropCodes},
		{pattern: "POST /account/second-factor/recovery", who: person, page: (*visit).renewRecovery},
		{pattern: "POST /account/passkeys/options", who: person, page: (*visit).passkeyOptions},
		{pattern: "POST /account/passkeys", who: person, page: (*visit).addPasskey},
		{pattern: "POST /account/passkeys/{id}/remove", who: person, page: (*visit).removePasskey},
		{pattern: "POST /account/sessions/others/end", who: person, page: (*visit).endOtherSessions},
		{pattern: "POST /account/sessions/{id}/end", who: person, page: (*visit).endSession},
	}
}

// accountView is what a person sees of their own account.
type accountView struct {
	User        office.User
	Factor      office.SecondFactor
	Sessions    []office.WebSession
	Current     license.WebSessionID // of this browser
	Memberships []office.Membership
	Tenant      license.TenantID // whose pages are open
	Demands     []string         // what a password must be

	Name        string     // as it was typed
	OfName      web.Faults // what is wrong with the name
	OfPassword  web.Faults // and with the change of the password
	LockedUntil *lockView  // nil where wrong passwords have not locked the account
}

func (v *visit) account() (accountView, error) {
	view := accountView{
		User: v.session.User, Name: v.session.User.Name, Current: v.session.ID, Memberships: v.session.Memberships, Tenant: v.session.Tenant,
		Demands: v.p.d.Office.PasswordDemands(),
	}
	var err error
	if view.Factor, err = v.p.d.Office.FindSecondFactor(v.Context(), v.actor); err != nil {
		return view, err
	}
	view.Sessions, err = v.p.d.Office.ListWebSessions(v.Context(), v.actor)
	return view, err
}

func (v *visit) accountPage() error {
	view, err := v.account()
	if err != nil {
		return err
	}
	return v.draw(v.t("Your account"), accountPage(view))
}

// accountAgain shows the account with what is wrong with one of its forms.
func (v *visit) accountAgain(err error, put func(*accountView, web.Faults)) error {
	view, failed := v.account()
	if failed != nil {
		return failed
	}
	return v.again(err, v.t("Your account"), func(f web.Faults) templ.Component {
		put(&view, f)
		return accountPage(view)
	})
}

func (v *visit) changeName() error {
	name := v.input.Text("name")
	if err := v.p.d.Office.ChangeOwnName(v.Context(), v.actor, name); err != nil {
		return v.accountAgain(err, func(view *accountView, f web.Faults) { view.Name, view.OfName = name, f })
	}
	v.say(web.Good, "Your name is changed.")
	return v.redirect("/account")
}

// changePassword asks for the old password behind the same lockout as the sign-in (S0-48).
func (v *visit) changePassword() error {
	password, err := v.newPassword()
	if err == nil {
		err = v.p.d.Office.ChangeOwnPassword(v.Context(), v.actor, identity.Secret(v.input.Raw("old")), password, v.session.ID, visitor(v.Request))
	}
	if err != nil {
		return v.accountAgain(err, func(view *accountView, f web.Faults) {
			switch license.ReasonOf(err) {
			case license.CredentialsWrong:
				f = web.Faults{"old": v.t("This is not your password.")}
			case license.LoginLocked, license.AddressLocked:
				view.LockedUntil, f = lockOf(err, v.session.User.Email, v.p.d.Now()), nil
			}
			view.OfPassword = f
		})
	}
	v.say(web.Good, "The new password holds. You are signed out everywhere else.")
	return v.redirect("/account")
}

// wrongPassword says of a password that was asked for once more what it is there, instead of what it is at the sign-in.
func (v *visit) wrongPassword(err error) error {
	if license.ReasonOf(err) == license.CredentialsWrong {
		return license.Refusef(license.CredentialsWrong, "%s", v.t("That was not your password. Nothing was changed."))
	}
	return err
}

func (v *visit) endSession() error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if license.WebSessionID(id) == v.session.ID {
		return v.signOut()
	}
	if err := v.p.d.Office.EndWebSession(v.Context(), v.actor, license.WebSessionID(id)); err != nil {
		return err
	}
	v.say(web.Good, "That browser is signed out.")
	return v.redirect("/account")
}

func (v *visit) endOtherSessions() error {
	n, err := v.p.d.Office.EndOtherWebSessions(v.Context(), v.actor, v.session.ID)
	if err != nil {
		return err
	}
	v.cookies.SetFlash(v.w, web.Flash{Tone: web.Good, Text: web.N(v.Context(), n, "%d other browser is signed out.", "%d other browsers are signed out.")})
	return v.redirect("/account")
}
