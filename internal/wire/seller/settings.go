package seller

import (
	"strconv"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// oldTexts are the names that settings had for texts before those of §10.
func oldTexts() [][2]string {
	return [][2]string{
		{"disabledmsg", "appdisabled"}, {"usernametakenmsg", "usernametaken"}, {"licenseinvalidmsg", "keynotfound"},
		{"keytakenmsg", "keyused"}, {"nosubmsg", "nosublevel"}, {"userinvalidmsg", "usernamenotfound"},
		{"passinvalidmsg", "passmismatch"}, {"hwidmismatchmsg", "hwidmismatch"}, {"noactivesubmsg", "noactivesubs"},
		{"blackedmsg", "hwidblacked"}, {"pausedmsg", "pausedsub"}, {"expiredmsg", "noactivesubs"},
	}
}

// newTexts are those that only the newer of the two shapes has.
func newTexts() []string {
	return []string{"keybanned", "userbanned", "sessionunauthed", "hashcheckfail", "loggedInMsg", "pausedApp", "unTooShort",
		"pwLeaked", "pausedsub", "chatHitDelay"}
}

// settings answers in both shapes that bots read: flat, and parted in functions and messages. There is no integration with
// shops by their ids, so those are null. Where log lines go is an address with a secret in it, which is told to keys alone
// that may change it.
func (c *call) settings() error {
	s := c.app.Settings
	var flat, functions, messages row
	hook := ""
	if c.actor.Permissions().Allow(identity.WriteProducts) {
		hook = s.LogWebhook
	}
	for _, r := range []*row{&flat, &functions} {
		r.truth("enabled", !c.app.Disabled)
		if r == &functions {
			r.truth("paused", c.app.PausedAt != 0)
		}
		r.truth("hwid-lock", s.LockHardware)
		if r == &functions {
			r.truth("vpnblock", false).truth("ipLogging", true)
		}
		r.text("version", c.app.Version).option("download", c.app.Download).option("webdownload", s.WebDownload)
		r.option("webhook", hook).option("resellerstore", s.Shop).null("sellixsecret")
		r.text("cooldown", strconv.FormatInt(s.ResetSeconds, 10))
	}
	functions.option("hash", strings.Join(s.Hashes, ","))
	for _, name := range oldTexts() {
		flat.text(name[0], s.Text(name[1]))
		messages.text(name[0], s.Text(name[1]))
	}
	for _, name := range newTexts() {
		messages.text(name, s.Text(name))
	}
	for _, name := range []string{"dayproduct", "weekproduct", "monthproduct", "lifetimeproduct"} {
		flat.null(name)
	}
	return c.object("Retrieved Settings Successfully", flat.row("functions", &functions).row("messages", &messages))
}

// updateSettings changes what the call names. A text that is empty is the default again, an address that is empty is none.
func (c *call) updateSettings() error {
	var change office.ApplicationChange
	if enabled := c.maybe("enabled"); enabled != nil {
		disabled := !*enabled
		change.Disabled = &disabled
	}
	if version := c.get("ver"); version != "" {
		change.Version = &version
	}
	if c.has("download") {
		download := c.get("download")
		change.Download = &download
	}
	change.Settings = c.changeSettings
	_, err := c.office().ChangeApplication(c.ctx(), c.actor, c.product, change)
	return c.outcome(err, "Settings Update Successful", "")
}

func (c *call) changeSettings(s *license.ApplicationSettings) {
	if lock := c.maybe("hwidcheck"); lock != nil {
		s.LockHardware = *lock
	}
	if c.has("webhook") {
		s.LogWebhook = c.get("webhook")
	}
	if c.has("resellerstore") {
		s.Shop = c.get("resellerstore")
	}
	for _, text := range license.ApplicationTexts() {
		if !c.has(text.Name) {
			continue
		}
		if s.Texts == nil {
			s.Texts = map[string]string{}
		}
		s.Texts[text.Name] = c.get(text.Name)
	}
}
