package platform

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/web"
)

// linkTime is how long a browser remembers the token of a link that was opened.
const linkTime = time.Hour

// link returns the token of a link of ours. One that stands in the address is moved into a cookie, and the browser is sent to the same
// page without it: so it is in no history, on no screen that is shown around, and in no address that is passed on. moved says so.
func (v *visit) link(name string) (token identity.Secret, moved bool) {
	if text := v.URL.Query().Get("token"); text != "" {
		v.cookies.SetSecret(v.w, name, identity.Secret(text[:min(len(text), maxToken)]), linkTime)
		http.Redirect(v.w, v.Request, v.URL.Path, http.StatusSeeOther)
		return "", true
	}
	return v.cookies.Secret(v.Request, name), false
}

// maxToken is longer than tokens are, in bytes.
const maxToken = 200

// sent is the token that a form brought back.
func (v *visit) sent() identity.Secret { return identity.Secret(v.input.Text("token")) }

// newPassword is a password that was typed twice; Invalid where the two differ.
func (v *visit) newPassword() (identity.Secret, error) {
	password := v.input.Raw("password")
	if password != v.input.Raw("again") {
		return "", license.Invalidf("again", "this is not the same password")
	}
	return identity.Secret(password), nil
}

// forgotView is what is shown of a link for a new password that is asked for.
type forgotView struct {
	Email  string
	Sent   bool
	Mails  bool // the server sends mails
	Faults web.Faults
}

func (v *visit) forgotPage() error {
	return v.draw(v.t("A new password"), forgotPage(forgotView{Email: v.input.Text("email"), Mails: v.p.d.Office.SendsMail()}))
}

// forgot answers the same whether there is such an account or not.
func (v *visit) forgot() error {
	email := v.input.Text("email")
	if _, err := license.CheckEmail("email", email); err != nil {
		return v.again(err, v.t("A new password"), func(f web.Faults) templ.Component {
			return forgotPage(forgotView{Email: email, Mails: v.p.d.Office.SendsMail(), Faults: f})
		})
	}
	link := func(token string) string { return v.p.origin(v.Request) + base + "/reset" + web.Query(nil, "token", token) }
	if err := v.p.d.Office.AskPasswordReset(v.Context(), email, link, visitor(v.Request)); err != nil {
		return err
	}
	return v.draw(v.t("Look into your mails"), forgotPage(forgotView{Email: email, Sent: true, Mails: v.p.d.Office.SendsMail()}))
}

const resetCookie = "reset"

// resetView is what is shown of a link for a new password that was opened.
type resetView struct {
	Token   identity.Secret
	Email   string
	Demands []string // what a password must be
	Faults  web.Faults
}

func (v *visit) resetPage() error {
	token, moved := v.link(resetCookie)
	if moved {
		return nil
	}
	user, err := v.p.d.Office.FindPasswordReset(v.Context(), token)
	if err != nil {
		return v.linkGone(err, base+"/forgot", "Ask for another link")
	}
	return v.draw(v.t("Choose a new password"), resetPage(resetView{Token: token, Email: user.Email, Demands: v.p.d.Office.PasswordDemands()}))
}

// linkGone says that a link is good no more, and how to come by another one; err that says something else is returned.
func (v *visit) linkGone(err error, url, label string) error {
	if license.CodeOf(err) != license.NotFound {
		return err
	}
	return v.write(http.StatusNotFound, v.t("The link is not good any more"), linkGonePage(url, label))
}

func (v *visit) reset() error {
	token := v.sent()
	user, err := v.p.d.Office.FindPasswordReset(v.Context(), token)
	if err != nil {
		return v.linkGone(err, base+"/forgot", "Ask for another link")
	}
	password, err := v.newPassword()
	if err == nil {
		err = v.p.d.Office.ResetPassword(v.Context(), token, password, visitor(v.Request))
	}
	if err != nil {
		return v.again(err, v.t("Choose a new password"), func(f web.Faults) templ.Component {
			return resetPage(resetView{Token: token, Email: user.Email, Demands: v.p.d.Office.PasswordDemands(), Faults: f})
		})
	}
	v.cookies.SetSecret(v.w, resetCookie, "", -1)
	v.cookies.DropSession(v.w) // It has ended, as all others of the account.
	v.say(web.Good, "The new password holds. Sign in with it.")
	return v.redirect("/sign-in")
}
