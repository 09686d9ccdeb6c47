package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"licet/internal/identity"
)

// Cookies reads and writes the cookies of pages. Over an encrypted connection their names begin with __Host-, which binds
// them to this host and to encryption; plain connections are for trying out on one's own machine.
type Cookies struct {
	Secure bool // the browser reaches us encrypted
}

const (
	sessionCookie = "licet_session"
	flashCookie   = "licet_flash"
	flashAge      = time.Minute
	maxFlash      = 2000 // bytes of a message
)

func (c Cookies) name(plain string) string {
	if c.Secure {
		return "__Host-" + plain
	}
	return plain
}

// Session returns the token of the browser's session, "" where it has none.
func (c Cookies) Session(r *http.Request) identity.Secret {
	cookie, err := r.Cookie(c.name(sessionCookie))
	if err != nil {
		return ""
	}
	return identity.Secret(cookie.Value)
}

// SetSession gives the browser the token of its session, until the browser or the session ends.
func (c Cookies) SetSession(w http.ResponseWriter, token identity.Secret, age time.Duration) {
	c.set(w, sessionCookie, token.Reveal(), age)
}

// DropSession takes it away.
func (c Cookies) DropSession(w http.ResponseWriter) { c.set(w, sessionCookie, "", -1) }

// SetSecret gives the browser a short-lived text that no script reads, such as the name of a ceremony.
func (c Cookies) SetSecret(w http.ResponseWriter, name string, value identity.Secret, age time.Duration) {
	c.set(w, "licet_"+name, value.Reveal(), age)
}

// Secret returns such a text, "" where there is none.
func (c Cookies) Secret(r *http.Request, name string) identity.Secret {
	cookie, err := r.Cookie(c.name("licet_" + name))
	if err != nil {
		return ""
	}
	return identity.Secret(cookie.Value)
}

func (c Cookies) set(w http.ResponseWriter, name, value string, age time.Duration) {
	seconds := int(age / time.Second)
	if age < 0 {
		seconds = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: c.name(name), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// Tone is what a message or a badge tells by its colour, besides its words.
type Tone string

// The tones there are. The empty Tone is neutral.
const (
	Good   Tone = "good"
	Warn   Tone = "warn"
	Bad    Tone = "bad"
	Info   Tone = "info"
	Accent Tone = "accent"
	Quiet  Tone = ""
)

// Flash is a message for the next page: what was done, or why not.
type Flash struct {
	Tone Tone   `json:"t"`
	Text string `json:"m"`
	Undo *Undo  `json:"u,omitempty"`
}

// Undo is a button beside a message: a form that takes back what was done.
type Undo struct {
	Label  string            `json:"l"`
	Action string            `json:"a"` // path
	Fields map[string]string `json:"f,omitempty"`
}

// SetFlash keeps a message for the next page. A text too long for a cookie is cut, and an undo that does not fit is left out.
func (c Cookies) SetFlash(w http.ResponseWriter, f Flash) {
	if len(f.Text) > maxFlash/2 {
		f.Text = string([]rune(f.Text)[:min(len([]rune(f.Text)), maxFlash/4)]) + "…"
	}
	text, err := json.Marshal(f)
	if err == nil && len(text) > maxFlash {
		f.Undo = nil
		text, err = json.Marshal(f)
	}
	if err != nil {
		return // Texts always encode.
	}
	c.set(w, flashCookie, base64.RawURLEncoding.EncodeToString(text), flashAge)
}

// TakeFlash returns the message kept for this page, and forgets it.
func (c Cookies) TakeFlash(w http.ResponseWriter, r *http.Request) *Flash {
	cookie, err := r.Cookie(c.name(flashCookie))
	if err != nil || cookie.Value == "" {
		return nil
	}
	c.set(w, flashCookie, "", -1)
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	var f Flash
	if err != nil || json.Unmarshal(text, &f) != nil || f.Text == "" {
		return nil
	}
	return &f
}
