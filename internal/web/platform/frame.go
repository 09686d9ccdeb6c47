package platform

import (
	"net/http"

	"licet/internal/license"
	"licet/internal/web"
)

// frameRoutes are what every page needs: its files, the switch between companies, the way out, and the search.
func (p *Platform) frameRoutes() []route {
	return []route{
		{pattern: "GET " + web.AssetPath + "{name}", who: anybody, page: (*visit).asset},
		{pattern: "POST /tenant", who: person, page: (*visit).switchTenant},
		{pattern: "POST /sign-out", who: anybody, page: (*visit).signOut},
		{pattern: "GET /search", page: (*visit).search},
		{pattern: "GET /live", needs: "", page: (*visit).live},
	}
}

// asset answers with the style sheet or the script.
func (v *visit) asset() error {
	if !web.ServeAsset(v.w, v.Request) {
		return license.Missing("file", v.PathValue("name"))
	}
	return nil
}

// switchTenant goes on in another of the person's companies, on the same page (S0-05).
func (v *visit) switchTenant() error {
	id, ok := license.ParseID(v.input.Text("tenant"))
	if !ok {
		return license.Missing("company", v.input.Text("tenant"))
	}
	if err := v.p.d.Office.SwitchTenant(v.Context(), v.token, license.TenantID(id)); err != nil {
		return err
	}
	to := ownPath(v.input.Text("back"))
	if to == "" {
		to = base + "/"
	}
	http.Redirect(v.w, v.Request, to, http.StatusSeeOther)
	return nil
}

// signOut ends the session of this browser; nobody signed in is no error.
func (v *visit) signOut() error {
	if v.token != "" {
		if err := v.p.d.Office.SignOut(v.Context(), v.token); err != nil && license.CodeOf(err) != license.Unauthenticated {
			return err
		}
	}
	v.cookies.DropSession(v.w)
	v.say(web.Good, "You are signed out.")
	return v.redirect("/sign-in")
}
