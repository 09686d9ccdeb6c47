package platform

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// visit is one request to a page, by somebody who is signed in or not.
type visit struct {
	*http.Request
	p       *Platform
	w       http.ResponseWriter
	cookies web.Cookies
	token   identity.Secret
	session office.WebSession // the zero one where nobody is signed in
	actor   identity.Actor    // at work in the session's tenant
	input   *web.Input        // the form of a POST, else the query
	resent  string            // where whoever sends a form again is sent, where the first was answered with a page that is at no address of its own
}

// can reports whether the person's role holds a permission: buttons that would be refused are left out.
func (v *visit) can(p identity.Permission) bool { return v.actor.Require(v.actor.Tenant, p) == nil }

// id returns the identity that a path names; NotFound for what is none.
func (v *visit) id(name string) (int64, error) {
	id, ok := license.ParseID(v.PathValue(name))
	if !ok {
		return 0, license.Missing("page", v.URL.Path)
	}
	return id, nil
}

// draw answers with a page in the frame.
func (v *visit) draw(title string, body templ.Component) error {
	return v.write(http.StatusOK, title, body)
}

// again answers with the form that was sent, filled in as it was, and with what is wrong with it; err that its sender cannot
// mend is returned as it is.
func (v *visit) again(err error, title string, form func(web.Faults) templ.Component) error {
	faults, ok := web.FaultsOf(err)
	if !ok {
		return err
	}
	v.retryAfter(err)
	return v.write(statusOf(err), title, form(faults))
}

// asked is the error of a form of which some fields could not be read, nil where all could.
func (v *visit) asked() error {
	for field, fault := range v.input.Faults {
		return license.Invalidf(field, "%s", fault)
	}
	return nil
}

// redirect sends the browser to another page of the platform, by GET.
func (v *visit) redirect(path string) error {
	http.Redirect(v.w, v.Request, base+path, http.StatusSeeOther)
	return nil
}

// back sends the browser to the page it came from, which must be ours, else to path.
func (v *visit) back(path string) error {
	if from, err := url.Parse(v.Referer()); err == nil && from.Host == v.Host && strings.HasPrefix(from.Path, base+"/") {
		http.Redirect(v.w, v.Request, from.RequestURI(), http.StatusSeeOther)
		return nil
	}
	return v.redirect(path)
}

// say keeps a message for the next page.
func (v *visit) say(tone web.Tone, text string, args ...any) {
	v.cookies.SetFlash(v.w, web.Flash{Tone: tone, Text: web.T(v.Context(), text, args...)})
}

// sayUndo keeps a message with a button that takes back what was done: a form with fields, sent to path.
func (v *visit) sayUndo(path string, fields map[string]string, text string, args ...any) {
	v.cookies.SetFlash(v.w, web.Flash{
		Tone: web.Good, Text: web.T(v.Context(), text, args...),
		Undo: &web.Undo{Label: web.T(v.Context(), "Undo"), Action: base + path, Fields: fields},
	})
}

// t is web.T for a visit.
func (v *visit) t(text string, args ...any) string { return web.T(v.Context(), text, args...) }

// write answers with a page in its frame: that of the menu for a person with a tenant, else the plain one.
func (v *visit) write(status int, title string, body templ.Component) error {
	frame := v.frame(title)
	frame.Flash = v.cookies.TakeFlash(v.w, v.Request)
	shell := web.Plain
	if v.session.Tenant != 0 && !v.session.Pending {
		shell = web.Shell
	}
	return v.render(status, shell(frame), body)
}

// part answers with a part of a page, for scripts.
func (v *visit) part(body templ.Component) error { return v.render(http.StatusOK, body, nil) }

func (v *visit) render(status int, outer, inner templ.Component) error {
	ctx := v.Context()
	if inner != nil {
		ctx = templ.WithChildren(ctx, inner)
	}
	buf := templ.GetBuffer()
	defer templ.ReleaseBuffer(buf)
	if err := outer.Render(ctx, buf); err != nil {
		return fmt.Errorf("draw %s: %w", v.URL.Path, err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(buf.Bytes()) // Who went away needs no page.
	return nil
}

// frame is what is around a page.
func (v *visit) frame(title string) web.Frame {
	f := web.Frame{Path: v.URL.RequestURI(), Title: title, User: v.session.User.Name, Version: v.p.d.Version, Menu: v.menu()}
	if f.User == "" {
		f.User = v.session.User.Email
	}
	for _, m := range v.session.Memberships {
		here := m.Tenant.ID == v.session.Tenant
		if here {
			f.Tenant, f.Role = m.Tenant.Name, roleName(v.Context(), m.Role)
		}
		f.Tenants = append(f.Tenants, web.Choice{ID: fmt.Sprint(int64(m.Tenant.ID)), Name: m.Tenant.Name, Current: here})
	}
	if strings.HasPrefix(v.URL.Path, base+"/search") {
		f.Search = v.URL.Query().Get("q")
	}
	return f
}

// view is what parts need to know.
func (v *visit) view() web.View {
	view := web.View{Now: v.p.d.Now(), Once: func() string { return rand.Text() }}
	if v.session.Tenant != 0 {
		view.Tenant = fmt.Sprint(int64(v.session.Tenant))
	}
	return view
}
