package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// signInRoutes lead in.
func (p *Platform) signInRoutes() []route {
	return []route{
		{pattern: "GET /sign-in", who: anybody, page: (*visit).signInPage},
		{pattern: "POST /sign-in", who: anybody, page: (*visit).signIn},
		{pattern: "POST /sign-in/passkey/options", who: anybody, page: (*visit).passkeySignInOptions},
		{pattern: "POST /sign-in/passkey", who: anybody, page: (*visit).passkeySignIn},
		{pattern: "GET /sign-in/code", who: anybody, page: (*visit).codePage},
		{pattern: "POST /sign-in/code", who: anybody, page: (*visit).code},
		{pattern: "GET /forgot", who: anybody, page: (*visit).forgotPage},
		{pattern: "POST /forgot", who: anybody, page: (*visit).forgot},
		{pattern: "GET /reset", who: anybody, page: (*visit).resetPage},
		{pattern: "POST /reset", who: anybody, page: (*visit).reset},
		{pattern: "GET /invitation", who: anybody, page: (*visit).invitationPage},
		{pattern: "POST /invitation", who: anybody, page: (*visit).acceptInvitation},
		{pattern: "POST /invitation/join", who: person, page: (*visit).joinInvitation},
		{pattern: "GET /setup", who: anybody, page: (*visit).setUpPage},
		{pattern: "POST /setup", who: anybody, page: (*visit).setUp},
		{pattern: "GET /welcome", who: person, page: (*visit).welcomePage},
	}
}

// signInView is what the sign-in shows.
type signInView struct {
	Email  string
	Back   string // page to go on to
	Faults web.Faults
	Lock   *lockView // nil where nothing is locked
}

// lockView is a lock that keeps somebody out (S0-44).
type lockView struct {
	Email   string
	Address bool         // it is the network address that is locked, not the account
	Until   license.Time // when it ends by itself; 0 is never: somebody has to end it (S0-46)
}

// seconds is how long the lock lasts yet.
func (l *lockView) seconds(ctx context.Context) string {
	return fmt.Sprint(int64(l.Until.Sub(web.ViewOf(ctx).Now)/time.Second) + 1)
}

// lockOf returns the lock that an error tells of; nil for any other error. An account that nobody has is locked as any other is.
func lockOf(err error, email string, now license.Time) *lockView {
	reason := license.ReasonOf(err)
	if reason != license.LoginLocked && reason != license.AddressLocked {
		return nil
	}
	lock := &lockView{Email: email, Address: reason == license.AddressLocked}
	if wait := license.Describe(err).RetryAfter; wait > 0 {
		lock.Until = now.Add(wait)
	}
	return lock
}

// signInPage asks for e-mail address and password; who is signed in goes on.
func (v *visit) signInPage() error {
	if v.session.ID != 0 && !v.session.Pending {
		return v.goOn(v.input.Text("back"))
	}
	if needs, err := v.p.d.Office.NeedsSetUp(v.Context()); err != nil || needs {
		return orRedirect(v, err, "/setup")
	}
	return v.draw(v.t("Sign in"), signInPage(signInView{Back: v.input.Text("back")}))
}

func orRedirect(v *visit, err error, path string) error {
	if err != nil {
		return err
	}
	return v.redirect(path)
}

func (v *visit) signIn() error {
	email, back := v.input.Text("email"), v.input.Text("back")
	session, token, err := v.p.d.Office.SignIn(v.Context(), email, identity.Secret(v.input.Raw("password")), visitor(v.Request))
	if err != nil {
		return v.notIn(err, signInView{Email: email, Back: back})
	}
	return v.signedIn(session, token, back)
}

// notIn shows the sign-in again with why it did not work: a lock by its name and end.
func (v *visit) notIn(err error, view signInView) error {
	view.Lock = lockOf(err, view.Email, v.p.d.Now())
	return v.again(err, v.t("Sign in"), func(f web.Faults) templ.Component {
		if view.Lock == nil {
			view.Faults = f
		}
		return signInPage(view)
	})
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

// codeView is what the page for the second factor shows.
type codeView struct {
	Email  string
	Back   string
	Faults web.Faults
	Lock   *lockView
}

// codePage asks for the second factor of somebody who has shown the password.
func (v *visit) codePage() error {
	switch back := v.input.Text("back"); {
	case v.session.ID == 0:
		return v.redirect("/sign-in" + backQuery(back))
	case !v.session.Pending:
		return v.goOn(back)
	default:
		return v.draw(v.t("One more step"), codePage(codeView{Email: v.session.User.Email, Back: back}))
	}
}

func (v *visit) code() error {
	back, code := v.input.Text("back"), v.input.Text("code")
	if code == "" {
		code = v.input.Text("recovery")
	}
	session, token, err := v.p.d.Office.SignInSecondFactor(v.Context(), v.token, code, visitor(v.Request))
	lock := lockOf(err, v.session.User.Email, v.p.d.Now())
	switch {
	case err == nil:
		return v.signedIn(session, token, back)
	case license.CodeOf(err) == license.Unauthenticated && license.ReasonOf(err) == "":
		v.say(web.Warn, "That took too long. Sign in once more.")
		return v.redirect("/sign-in" + backQuery(back))
	}
	return v.again(err, v.t("One more step"), func(f web.Faults) templ.Component {
		view := codeView{Email: v.session.User.Email, Back: back, Faults: f, Lock: lock}
		if lock != nil {
			view.Faults = nil
		}
		return codePage(view)
	})
}

// site is where passkeys are good.
func (v *visit) site() office.Site {
	origin := v.p.origin(v.Request)
	u, err := url.Parse(origin)
	if err != nil {
		return office.Site{Origin: origin} // No passkey is good at such a place.
	}
	return office.Site{ID: u.Hostname(), Origin: origin}
}

// ceremony is the name of the cookie that remembers which question a browser's passkeys were asked.
const (
	ceremony     = "passkey"
	ceremonyTime = 5 * time.Minute
)

// ask answers a script with the question to the browser's passkeys.
func (v *visit) ask(c office.Ceremony, err error) error {
	if err != nil {
		return v.answerJSON(statusOf(err), map[string]string{"error": license.Describe(err).Message})
	}
	v.cookies.SetSecret(v.w, ceremony, c.ID, ceremonyTime)
	return v.answerJSON(http.StatusOK, c.Options)
}

// answered is what the browser's passkeys said, and to which question.
func (v *visit) answered() (question identity.Secret, answer []byte) {
	question = v.cookies.Secret(v.Request, ceremony)
	v.cookies.SetSecret(v.w, ceremony, "", -1)
	return question, []byte(v.input.Raw("answer"))
}

func (v *visit) answerJSON(status int, body any) error {
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(status)
	_ = json.NewEncoder(v.w).Encode(body) // Who went away needs no answer.
	return nil
}

func (v *visit) passkeySignInOptions() error {
	return v.ask(v.p.d.Office.BeginPasskeySignIn(v.Context(), v.site()))
}

func (v *visit) passkeySignIn() error {
	back := v.input.Text("back")
	question, answer := v.answered()
	session, token, err := v.p.d.Office.FinishPasskeySignIn(v.Context(), v.site(), question, answer, visitor(v.Request))
	if err != nil {
		return v.notIn(err, signInView{Back: back})
	}
	return v.signedIn(session, token, back)
}
