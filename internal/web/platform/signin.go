package platform

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/web"
)

// signInRoutes lead in.
func (p *Platform) signInRoutes() []route {
	return []route{
		{pattern: "GET /sign-in", who: anybody, page: (*visit).signInPage},
		{pattern: "POST /sign-in", who: anybody, page: (*visit).signIn},
	}
}

// signInPage asks for e-mail address and password; who is signed in goes on.
func (v *visit) signInPage() error {
	if v.session.ID != 0 && !v.session.Pending {
		return v.goOn(v.input.Text("back"))
	}
	return v.draw(v.t("Sign in"), signInForm("", v.input.Text("back"), nil))
}

func (v *visit) signIn() error {
	email, back := v.input.Text("email"), v.input.Text("back")
	session, token, err := v.p.d.Office.SignIn(v.Context(), email, identity.Secret(v.input.Raw("password")), visitor(v.Request))
	if err != nil {
		return v.again(err, v.t("Sign in"), func(f web.Faults) templ.Component { return signInForm(email, back, f) })
	}
	return v.signedIn(session, token, back)
}

// signedIn gives the browser its session, and goes on to the page it wanted, or to the second factor.
func (v *visit) signedIn(s office.WebSession, token identity.Secret, back string) error {
	v.cookies.SetSession(v.w, token, s.Expires.Sub(v.p.d.Now())+time.Second)
	if s.Pending {
		return v.redirect("/sign-in/code" + backQuery(back))
	}
	return v.goOn(back)
}

// goOn sends the browser to a page of ours, the start where there is none.
func (v *visit) goOn(back string) error {
	to := ownPath(back)
	if to == "" {
		to = base + "/"
	}
	http.Redirect(v.w, v.Request, to, http.StatusSeeOther)
	return nil
}
