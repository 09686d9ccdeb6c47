package platform

import (
	"time"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/web"
)

// galleryDemands are what passwords must be where nobody says otherwise.
func galleryDemands() []string { return identity.PasswordPolicy{}.Demands() }

func signInGallery() []specimen {
	email := "ann@example.com"
	invitation := office.InvitationView{TenantName: "Umbra Audio GmbH", Invitation: office.Invitation{ID: 3, Email: "bob@example.com", Role: identity.Support, By: email, Created: day(-1), Expires: day(6)}}
	known, rude := invitation, invitation
	known.HasAccount = true
	rude.TenantName, rude.By = hostile, hostile
	plain := []specimen{
		{name: "sign-in", title: "Sign in", body: signInPage(signInView{})},
		{name: "sign-in-wrong", title: "Sign in", body: signInPage(signInView{Email: email, Faults: web.Faults{"": "The e-mail address or the password is wrong."}})},
		{name: "sign-in-locked", title: "Sign in", body: signInPage(signInView{Email: email, Lock: &lockView{Email: email, Until: galleryNow.Add(15 * time.Minute)}})},
		{name: "sign-in-locked-for-good", title: "Sign in", body: signInPage(signInView{Email: hostile, Lock: &lockView{Email: hostile}})},
		{name: "sign-in-address-locked", title: "Sign in", body: signInPage(signInView{Email: email, Lock: &lockView{Address: true, Until: galleryNow.Add(45 * time.Minute)}})},
		{name: "sign-in-code", title: "One more step", body: codePage(codeView{Email: email})},
		{name: "sign-in-code-wrong", title: "One more step", body: codePage(codeView{Email: email, Faults: web.Faults{"": "The code is wrong."}})},
		{name: "forgot", title: "A new password", body: forgotPage(forgotView{Mails: true})},
		{name: "forgot-no-mail", title: "A new password", body: forgotPage(forgotView{})},
		{name: "forgot-sent", title: "Look into your mails", body: forgotPage(forgotView{Email: email, Sent: true, Mails: true})},
		{name: "reset", title: "Choose a new password", body: resetPage(resetView{Email: email, Demands: galleryDemands()})},
		{name: "reset-weak", title: "Choose a new password", body: resetPage(resetView{Email: email, Demands: galleryDemands(), Faults: web.Faults{"password": "The password must contain a digit, contain a special character."}})},
		{name: "reset-gone", title: "The link is not good any more", body: linkGonePage(base+"/forgot", "Ask for another link")},
		{name: "invitation", title: "You are invited", body: invitationPage(invitationView{InvitationView: invitation, Demands: galleryDemands()})},
		{name: "invitation-join", title: "You are invited", body: invitationPage(invitationView{InvitationView: known, SignedIn: "bob@example.com"})},
		{name: "invitation-sign-in", title: "You are invited", body: invitationPage(invitationView{InvitationView: known})},
		{name: "invitation-somebody-else", title: "You are invited", body: invitationPage(invitationView{InvitationView: known, SignedIn: email})},
		{name: "invitation-hostile", title: "You are invited", body: invitationPage(invitationView{InvitationView: rude, Demands: galleryDemands()})},
		{name: "setup", title: "Set Licet up", body: setUpPage(setUpView{Demands: galleryDemands()})},
		{name: "setup-wrong", title: "Set Licet up", body: setUpPage(setUpView{Asked: office.SetUp{Company: hostile, Code: "1", Email: email, Name: "Ann"}, Demands: galleryDemands(), Faults: web.Faults{"code": "A code has 2 to 64 characters."}})},
		{name: "setup-first", title: "Set Licet up", body: setUpFirstPage(false)},
		{name: "setup-stale", title: "Set Licet up", body: setUpFirstPage(true)},
		{name: "welcome", title: "Welcome", body: welcomePage(email)},
	}
	for i := range plain {
		plain[i].plain = true
	}
	return plain
}
