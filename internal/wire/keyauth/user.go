package keyauth

import (
	"strconv"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
)

// login answers type=login and type=loginEmail.
func (c *call) login() error {
	cred := authority.Credentials{
		Name: c.fields[usernameField], Hardware: c.fields[hwidField], Code: c.fields[codeField], Token: c.fields[tokenField],
		Password: identity.Secret(c.fields[passField]),
	}
	if c.fields[typeField] == "loginEmail" {
		cred.Name, cred.Email = "", c.fields[emailField]
	}
	p, err := c.d.authority.Login(c.ctx(), &c.visit, cred)
	return c.signedIn(&p, err)
}

// register answers type=register.
func (c *call) register() error {
	reg := authority.Registration{
		Name: c.fields[usernameField], Key: c.fields[keyField], Email: c.fields[emailField], Hardware: c.fields[hwidField],
		Password: identity.Secret(c.fields[passField]),
	}
	switch {
	case tooLong(reg.Name):
		return longName
	case tooLong(reg.Key):
		return longKey
	}
	p, err := c.d.authority.Register(c.ctx(), &c.visit, reg)
	return c.signedIn(&p, err)
}

// byKey answers type=license.
func (c *call) byKey() error {
	key := c.fields[keyField]
	if tooLong(key) {
		return longKey
	}
	p, err := c.d.authority.LoginByKey(c.ctx(), &c.visit, key, c.fields[hwidField], c.fields[codeField])
	return c.signedIn(&p, err)
}

// signedIn answers who has signed in (§8).
func (c *call) signedIn(p *authority.Profile, err error) error {
	if err != nil {
		return err
	}
	w := c.succeed(c.text("loggedInMsg"))
	c.info(p)
	return c.send(w)
}

// info writes a user. Clients end where a member is missing or of another type (§8).
func (c *call) info(p *authority.Profile) {
	u := &p.User
	w := c.json.Key("info").Object()
	w.Key("username").String(u.Name)
	w.Key("subscriptions").Array()
	for i := range p.Levels {
		c.subscription(&p.Levels[i], p.Now)
	}
	w.End()
	w.Key("ip").String(u.Address)
	w.Key("hwid")
	if len(u.Hardware) > 0 {
		w.String(u.Hardware[0])
	} else {
		w.Null()
	}
	w.Key("createdate").String(unix(u.Created))
	w.Key("lastlogin").String(unix(u.SeenAt))
	w.End()
}

func (c *call) subscription(e *license.Entitlement, now license.Time) {
	ends := endOf(e.ExpiresAt)
	w := c.json.Object()
	w.Key("subscription").String(e.Name)
	w.Key("key")
	if e.Key != "" {
		w.String(e.Key)
	} else {
		w.Null()
	}
	w.Key("expiry").String(unix(ends))
	w.Key("timeleft").Int(int64(ends-now) / 1e6)
	w.Key("level").String(strconv.FormatInt(e.Number, 10))
	w.End()
}

// The contract knows no subscription without an end, and clients take every one for a date.
const (
	never  license.Time = 4102444800 * 1e6   // 2100-01-01, which stands for none
	latest license.Time = 253402214400 * 1e6 // 9999-12-31: the calendars of clients end there
)

// endOf returns the end of a subscription as clients understand it.
func endOf(t license.Time) license.Time {
	if t == 0 {
		return never
	}
	return min(t, latest)
}

// unix returns a moment in whole seconds; never is "0".
func unix(t license.Time) string { return strconv.FormatInt(int64(t)/1e6, 10) }

// upgrade answers type=upgrade.
func (c *call) upgrade() error {
	if err := c.d.authority.UpgradeUser(c.ctx(), &c.visit, c.fields[usernameField], c.fields[keyField]); err != nil {
		return err
	}
	return c.done("Upgraded successfully")
}

// forgot answers type=forgot.
func (c *call) forgot() error {
	if err := c.d.authority.ForgotPassword(c.ctx(), &c.visit, c.fields[usernameField], c.fields[emailField]); err != nil {
		return err
	}
	return c.done("Successfully sent email to change password.")
}

// changeUsername answers type=changeUsername, which ends the session.
func (c *call) changeUsername() error {
	if err := c.visit.SignedIn(); err != nil {
		return err
	}
	name := c.fields[newUsernameField]
	if tooLong(name) {
		return longName
	}
	if err := c.d.authority.RenameSelf(c.ctx(), &c.visit, name); err != nil {
		return err
	}
	return c.done("Successfully changed username, user logged out.")
}

// ban answers type=ban: the app bans its own user.
func (c *call) ban() error {
	if err := c.d.authority.BanSelf(c.ctx(), &c.visit, c.fields[reasonField], c.fields[hwidField]); err != nil {
		return err
	}
	return c.done("Successfully Banned User")
}

const secondFactorDone = "2fa successfully activated"

// enableSecondFactor answers type=2faenable: without a code it begins, with one it ends.
func (c *call) enableSecondFactor() error {
	code := c.fields[codeField]
	e, err := c.d.authority.EnableSecondFactor(c.ctx(), &c.visit, code)
	switch {
	case err != nil:
		return err
	case code != "":
		return c.done(secondFactorDone)
	}
	w := c.succeed("Add the secret to your authenticator and confirm with its code")
	w.Key("2fa").Object()
	w.Key("secret_code").String(e.Secret)
	w.Key("QRCode").String(e.URI)
	w.End()
	return c.send(w)
}

// disableSecondFactor answers type=2fadisable. Its text is that of the contract.
func (c *call) disableSecondFactor() error {
	if err := c.d.authority.DisableSecondFactor(c.ctx(), &c.visit, c.fields[codeField]); err != nil {
		return err
	}
	return c.done(secondFactorDone)
}
