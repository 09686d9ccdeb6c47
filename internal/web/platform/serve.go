package platform

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
	"licet/internal/wire"
)

// serve is what is done for every route.
func (p *Platform) serve(route route, w http.ResponseWriter, r *http.Request) error {
	web.SetPolicy(w.Header())
	if err := p.csrf.Check(r); err != nil {
		return license.Wrap(license.Forbidden, "another site sent this; open the page here and try again", err)
	}
	v := &visit{Request: r, p: p, w: w, cookies: p.cookies(r)}
	if route.who == anybody && r.Method == http.MethodPost {
		if d := p.brake.Allow(wire.AddressOf(r), p.d.Now()); !d.Allowed {
			return v.fail(license.RefuseFor(license.RateExceeded, d.ResetAfter))
		}
	}
	switch in, err := v.enter(route); {
	case err != nil:
		return v.fail(err)
	case !in:
		return nil
	}
	v.Request = r.WithContext(web.With(r.Context(), v.view()))
	if err := v.read(route); err != nil {
		return v.fail(err)
	}
	if route.needs != "" {
		if err := v.actor.Require(v.actor.Tenant, route.needs); err != nil {
			return v.fail(err)
		}
	}
	if err := v.once(route.page); err != nil {
		return v.fail(err)
	}
	return nil
}

// enter finds who is there, and reports whether they may come in; who may not was sent elsewhere.
func (v *visit) enter(route route) (in bool, err error) {
	v.token = v.cookies.Session(v.Request)
	if v.token != "" {
		v.session, err = v.p.d.Office.ResumeSession(v.Context(), v.token, visitor(v.Request))
		switch {
		case license.CodeOf(err) == license.Unauthenticated:
			v.cookies.DropSession(v.w)
			v.session = office.WebSession{}
		case err != nil:
			return false, err
		default:
			v.actor = v.session.Actor()
		}
	}
	switch {
	case route.who == anybody:
		return true, nil
	case v.Header.Get("Accept") == "text/event-stream" && v.actor.Tenant == 0:
		v.w.WriteHeader(http.StatusNoContent) // It ends the stream for good; a browser could not follow one elsewhere.
		return false, nil
	case v.session.ID == 0:
		return false, v.signInFirst()
	case v.session.Pending:
		return false, v.redirect("/sign-in/code" + backQuery(v.wanted()))
	case route.who == member && v.session.Tenant == 0:
		return false, v.redirect("/welcome")
	}
	return true, nil
}

// signInFirst sends somebody to the sign-in, and back here afterwards; on a server that nobody has set up, to where that is done.
func (v *visit) signInFirst() error {
	needs, err := v.p.d.Office.NeedsSetUp(v.Context())
	if err != nil {
		return err
	}
	if needs {
		return v.redirect("/setup")
	}
	return v.redirect("/sign-in" + backQuery(v.wanted()))
}

// wanted is the page that was asked for, and where a form was sent, the page that it was on.
func (v *visit) wanted() string {
	if v.Method == http.MethodGet || v.Method == http.MethodHead {
		return v.URL.RequestURI()
	}
	if from, err := url.Parse(v.Referer()); err == nil && from.Host == v.Host {
		return from.RequestURI()
	}
	return ""
}

// backQuery is the query that names the page to come back to.
func backQuery(to string) string {
	if to = ownPath(to); to == "" || to == base+"/" {
		return ""
	}
	return "?" + url.Values{"back": {to}}.Encode()
}

// ownPath returns a path and query of the platform's as it is, and "" for everything else: nobody is sent to another site.
func ownPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.ContainsAny(to, "\\\n\r") {
		return ""
	}
	if !strings.HasPrefix(path.Clean(u.Path)+"/", base+"/") || !strings.HasPrefix(u.Path, base+"/") { // Neither from elsewhere nor out again by dots.
		return ""
	}
	return u.RequestURI()
}

// read reads the form, or the query, and refuses a form that was drawn for another tenant.
func (v *visit) read(route route) error {
	if v.Method != http.MethodPost {
		v.input = web.NewInput(v.URL.Query())
		return nil
	}
	if route.large {
		v.input = web.NewInput(url.Values{})
		return nil
	}
	v.Body = http.MaxBytesReader(v.w, v.Body, wire.MaxBody)
	if err := v.parse(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return license.Invalidf("", "this form is too large")
		}
		return license.Invalidf("", "this form cannot be read")
	}
	v.input = web.NewInput(v.PostForm)
	return v.sameTenant(v.input.Text("_tenant"))
}

func (v *visit) parse() error {
	if strings.HasPrefix(v.Header.Get("Content-Type"), "multipart/form-data") {
		return v.ParseMultipartForm(wire.MaxBody)
	}
	return v.ParseForm()
}

// sameTenant refuses a form that was drawn for another tenant: in another window the person went there meanwhile.
func (v *visit) sameTenant(drawnFor string) error {
	if drawnFor == "" || drawnFor == v.view().Tenant {
		return nil
	}
	return &license.Error{Code: license.Conflict, Message: "you switched to another company in another window; nothing was changed"}
}

// once carries out a form that has a name for it once, and whoever sends it again is sent where the first went.
func (v *visit) once(page func(*visit) error) error {
	name := v.input.Text("_once")
	if v.Method != http.MethodPost || name == "" || v.session.Tenant == 0 {
		return page(v)
	}
	// What was asked for is all but the name: the same name for something else is refused.
	begun, err := v.p.d.Office.Begin(v.Context(), v.actor, "platform "+v.URL.Path+" "+name, sha256.Sum256([]byte(v.PostForm.Encode())))
	if err != nil {
		return err
	}
	if begun.Answered {
		v.say(web.Info, "This was done before; it was not done again.")
		return v.redirect(strings.TrimPrefix(string(begun.Answer), base))
	}
	kept := &outcome{ResponseWriter: v.w}
	v.w = kept
	err = page(v)
	v.w = kept.ResponseWriter
	settle := context.WithoutCancel(v.Context()) // Whoever goes away meanwhile has sent it all the same.
	if err != nil || kept.status >= http.StatusBadRequest {
		return errors.Join(err, v.p.d.Office.Abandon(settle, begun))
	}
	to := cmp.Or(kept.Header().Get("Location"), v.resent, v.URL.Path)
	if failed := v.p.d.Office.Finish(settle, begun, http.StatusSeeOther, []byte(to)); failed != nil && kept.status == 0 {
		return failed
	}
	return nil
}

// outcome notes with which status a page answered.
type outcome struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (o *outcome) WriteHeader(status int) {
	o.status = status
	o.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (o *outcome) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// Upload reads a form with a file, up to so many bytes; the file goes to each of its readers by name.
func (v *visit) upload(name string, most int64) (io.ReadCloser, error) {
	v.Body = http.MaxBytesReader(v.w, v.Body, most)
	if err := v.ParseMultipartForm(1 << 20); err != nil {
		return nil, license.Invalidf(name, "the file cannot be read, or is larger than %d MiB", most>>20)
	}
	v.input = web.NewInput(v.PostForm)
	if err := v.sameTenant(v.input.Text("_tenant")); err != nil {
		return nil, err
	}
	file, _, err := v.FormFile(name)
	if err != nil {
		return nil, license.Invalidf(name, "choose a file")
	}
	return file, nil
}
