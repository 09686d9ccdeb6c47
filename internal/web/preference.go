package web

import (
	"net/http"
	"time"
)

const (
	preferenceAge = 365 * 24 * time.Hour
	maxPreference = 1000 // bytes of one
)

// SetPreference keeps how somebody likes a page, on this browser: nothing secret, and nothing that anything hangs on. The text
// is one that a cookie can hold, such as a query; one too long is not kept, and "" forgets it.
func (c Cookies) SetPreference(w http.ResponseWriter, name, text string) {
	switch {
	case text == "":
		c.set(w, "licet_"+name, "", -1)
	case len(text) <= maxPreference:
		c.set(w, "licet_"+name, text, preferenceAge)
	}
}

// Preference returns what SetPreference kept, "" where it kept nothing. It is what the browser says: anything.
func (c Cookies) Preference(r *http.Request, name string) string {
	cookie, err := r.Cookie(c.name("licet_" + name))
	if err != nil || len(cookie.Value) > maxPreference {
		return ""
	}
	return cookie.Value
}
