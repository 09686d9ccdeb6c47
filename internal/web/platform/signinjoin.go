package platform

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

const invitationCookie = "invitation"

// invitationView is what an invited person sees.
type invitationView struct {
	office.InvitationView
	Token    identity.Secret
	SignedIn string // e-mail address of who is signed in; "" is nobody
	Name     string // as it was typed
	Demands  []string
	Faults   web.Faults
}

// own reports whether the invited person is signed in.
func (v *invitationView) own() bool { return strings.EqualFold(v.SignedIn, v.Email) }

func (v *visit) invitationPage() error {
	token, moved := v.link(invitationCookie)
	if moved {
		return nil
	}
	view, err := v.invitation(token)
	if err != nil {
		return v.linkGone(err, base+"/sign-in", "To the sign-in")
	}
	return v.draw(v.t("You are invited"), invitationPage(view))
}

func (v *visit) invitation(token identity.Secret) (invitationView, error) {
	found, err := v.p.d.Office.FindInvitation(v.Context(), token)
	view := invitationView{InvitationView: found, Token: token, Demands: v.p.d.Office.PasswordDemands()}
	if !v.session.Pending {
		view.SignedIn = v.session.User.Email
	}
	return view, err
}

// acceptInvitation makes an account for the invited person.
func (v *visit) acceptInvitation() error {
	view, err := v.invitation(v.sent())
	if err != nil {
		return v.linkGone(err, base+"/sign-in", "To the sign-in")
	}
	view.Name = v.input.Text("name")
	var s office.WebSession
	var token identity.Secret
	password, err := v.newPassword()
	if err == nil {
		s, token, err = v.p.d.Office.AcceptInvitation(v.Context(), view.Token, view.Name, password, visitor(v.Request))
	}
	if err != nil {
		return v.again(err, v.t("You are invited"), func(f web.Faults) templ.Component {
			view.Faults = f
			return invitationPage(view)
		})
	}
	v.cookies.SetSecret(v.w, invitationCookie, "", -1)
	v.say(web.Good, "Welcome to %s.", view.TenantName)
	return v.signedIn(s, token, "")
}

// joinInvitation makes the person who is signed in a member, and shows the pages of the new company.
func (v *visit) joinInvitation() error {
	view, err := v.invitation(v.sent())
	if err != nil {
		return v.linkGone(err, base+"/", "To the start page")
	}
	if err := v.p.d.Office.JoinInvitation(v.Context(), v.actor, view.Token); err != nil {
		return err
	}
	v.cookies.SetSecret(v.w, invitationCookie, "", -1)
	if err := v.showNew(v.Context()); err != nil {
		return err
	}
	v.say(web.Good, "You belong to %s now.", view.TenantName)
	return v.redirect("/")
}

// showNew goes on in the company that the person belongs to since this visit began.
func (v *visit) showNew(ctx context.Context) error {
	now, err := v.p.d.Office.ResumeSession(ctx, v.token, visitor(v.Request))
	if err != nil {
		return err
	}
	for _, m := range now.Memberships {
		if !slices.ContainsFunc(v.session.Memberships, func(old office.Membership) bool { return old.Tenant.ID == m.Tenant.ID }) {
			return v.p.d.Office.SwitchTenant(ctx, v.token, m.Tenant.ID)
		}
	}
	return nil
}

const setUpCookie = "setup"

// setUpView is the first-run page.
type setUpView struct {
	Token   identity.Secret
	Asked   office.SetUp // as it was typed
	Demands []string
	Faults  web.Faults
}

// setUpPage makes the first company of a server. It takes the link that the server printed when it started: whoever finds the address
// first is not yet its owner.
func (v *visit) setUpPage() error {
	token, moved := v.link(setUpCookie)
	if moved {
		return nil
	}
	switch err := v.p.d.Office.CheckSetUp(v.Context(), token); license.CodeOf(err) {
	case "":
		return v.draw(v.t("Set Licet up"), setUpPage(setUpView{Token: token, Demands: v.p.d.Office.PasswordDemands()}))
	case license.Conflict:
		return v.redirect("/sign-in")
	case license.NotFound:
		return v.write(http.StatusOK, v.t("Set Licet up"), setUpFirstPage(token != ""))
	default:
		return err
	}
}

func (v *visit) setUp() error {
	n := office.SetUp{Company: v.input.Text("company"), Code: v.input.Text("code"), Email: v.input.Text("email"), Name: v.input.Text("name")}
	view := setUpView{Token: v.sent(), Asked: n, Demands: v.p.d.Office.PasswordDemands()}
	if n.Code == "" {
		n.Code = codeOf(n.Company)
	}
	var s office.WebSession
	var token identity.Secret
	password, err := v.newPassword()
	if err == nil {
		n.Password = password
		s, token, err = v.p.d.Office.SetUp(v.Context(), view.Token, n, visitor(v.Request))
	}
	switch {
	case err == nil:
	case license.CodeOf(err) == license.NotFound:
		return v.write(http.StatusNotFound, v.t("Set Licet up"), setUpFirstPage(true))
	case license.CodeOf(err) == license.Conflict && license.Describe(err).Field == "":
		v.say(web.Info, "Somebody has set this server up meanwhile. Sign in.")
		return v.redirect("/sign-in")
	default:
		return v.again(err, v.t("Set Licet up"), func(f web.Faults) templ.Component {
			view.Faults = f
			return setUpPage(view)
		})
	}
	v.cookies.SetSecret(v.w, setUpCookie, "", -1)
	v.say(web.Good, "Welcome. %s is set up.", n.Company)
	return v.signedIn(s, token, "")
}

// codeOf makes the code of a company of its name: "Umbra Audio GmbH" is "umbra-audio-gmbh". "" where the name has nothing for one.
func codeOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	code := strings.Join(words, "-")
	return strings.Trim(code[:min(len(code), 40)], "-")
}

// welcomePage is for somebody who belongs to no company.
func (v *visit) welcomePage() error {
	if v.session.Tenant != 0 {
		return v.redirect("/")
	}
	return v.draw(v.t("Welcome"), welcomePage(v.session.User.Email))
}
