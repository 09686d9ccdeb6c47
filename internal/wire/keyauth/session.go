package keyauth

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"licet/internal/authority"
	"licet/internal/license"
)

// maxEnckey is how many characters a key of the app's may have (§6).
const maxEnckey = 35

// noCounter is what init says in place of the counters, as the contract does: they have a call of their own.
const noCounter = "N/A - Use fetchStats() function in latest example"

// openSession answers type=init: it opens a session (§6).
func (c *call) openSession() error {
	enckey := c.fields[enckeyField]
	if utf8.RuneCountInString(enckey) > maxEnckey {
		return longEnckey
	}
	id, err := c.d.authority.OpenSession(c.ctx(), c.app(), authority.NewSession{
		Address: c.address, Enckey: enckey, Version: c.first(verField, versionField), Hash: c.fields[hashField],
		Token: c.fields[tokenField], TokenHash: c.fields[thashField], Legacy: c.dialect == v12,
	})
	if err != nil {
		return err
	}
	w := c.succeed("Initialized")
	w.Key("sessionid").String(id.Reveal())
	c.appInfo(noCounter, noCounter, noCounter)
	w.Key("newSession").Bool(true) // It always is one: people behind one address do not share theirs (§5).
	return c.send(w)
}

// appInfo writes what an answer says of the application; counters are strings.
func (c *call) appInfo(users, online, licenses string) {
	w := c.json.Key("appinfo").Object()
	w.Key("numUsers").String(users)
	w.Key("numOnlineUsers").String(online)
	w.Key("numKeys").String(licenses)
	w.Key("version").String(c.app().Version)
	w.Key("customerPanelLink").String(c.panel())
	w.End()
}

// check answers type=check: whether somebody is signed in. In 1.3 it also says what the vendor pays for, which here is
// everything.
func (c *call) check() error {
	if err := c.visit.SignedIn(); err != nil {
		return err
	}
	c.role = "not_checked"
	if paid := c.fields[checkPaidField]; paid != "" && paid != "0" {
		c.role = "seller"
	}
	return c.done("Session is validated.")
}

// logout answers type=logout.
func (c *call) logout() error {
	if err := c.d.authority.Logout(c.ctx(), &c.visit); err != nil {
		return err
	}
	return c.done("Successfully logged out.")
}

// checkBlocklist answers type=checkblacklist, where success means that the client is kept out.
func (c *call) checkBlocklist() error {
	kept, err := c.d.authority.IsBlocklisted(c.ctx(), &c.visit, c.fields[hwidField])
	switch {
	case err != nil:
		return err
	case !kept:
		return notListed
	}
	return c.done("Client is blacklisted")
}

// fetchStats answers type=fetchStats.
func (c *call) fetchStats() error {
	s, err := c.d.authority.Statistics(c.ctx(), &c.visit)
	if err != nil {
		return err
	}
	w := c.succeed("Successfully fetched stats")
	c.appInfo(strconv.FormatInt(s.Users, 10), strconv.FormatInt(s.Online, 10), strconv.FormatInt(s.Licenses, 10))
	return c.send(w)
}

// fetchOnline answers type=fetchOnline.
func (c *call) fetchOnline() error {
	names, err := c.d.authority.OnlineUsers(c.ctx(), &c.visit)
	switch {
	case err != nil:
		return err
	case len(names) == 0:
		return nobodyOnline
	}
	w := c.succeed("Successfully fetched online users.")
	w.Key("users").Array()
	for _, name := range names {
		w.Object().Key("credential").String(mask(name)).End()
	}
	w.End()
	return c.send(w)
}

// maxShown is how many characters of a name others may see.
const maxShown = 10

// mask hides what is beyond the tenth character of a name.
func mask(name string) string {
	letters := []rune(name)
	if len(letters) <= maxShown {
		return name
	}
	return string(letters[:maxShown]) + strings.Repeat("*", len(letters)-maxShown)
}

// tooLong reports whether a name or a key is longer than any can be.
func tooLong(text string) bool {
	return len(text) > license.MaxApplicationName && utf8.RuneCountInString(text) > license.MaxApplicationName
}
