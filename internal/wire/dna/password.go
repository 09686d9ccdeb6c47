package dna

import (
	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/identity"
)

// changePassword is E5 (§5.1).
func (c *call) changePassword() error {
	current, next := c.secret(passwordMember), c.newPassword(newPasswordMember)
	if c.wrong != nil {
		return c.wrong
	}
	return c.done(c.d.authority.ChangeLicensePassword(c.ctx(), c.asked, current, next))
}

// setAdminPassword is E6 (§5.2).
func (c *call) setAdminPassword() error {
	by, next := c.adminProof(), c.newPassword(newAdminMember)
	if c.wrong != nil {
		return c.wrong
	}
	return c.done(c.d.authority.SetAdminPassword(c.ctx(), c.asked, by, next))
}

// adminProof returns what shows that the administrator asks: one of two things. An empty text is nothing, since some clients send
// both members always.
func (c *call) adminProof() authority.AdminProof {
	by := authority.AdminProof{
		Password: identity.Secret(c.text(adminMember, maxSecret)),
		SetupKey: identity.Secret(c.text(setupKeyMember, maxSecret)),
	}
	switch {
	case by.Password == "" && by.SetupKey == "":
		c.fail(adminMember, "or LicenseKey is required")
	case by.Password != "" && by.SetupKey != "":
		c.fail(adminMember, "and LicenseKey cannot both be given")
	}
	return by
}

// recoverPassword is E7 (§6).
func (c *call) recoverPassword() error {
	if c.wrong != nil {
		return c.wrong
	}
	code, err := c.d.authority.RecoverLicensePassword(c.ctx(), c.asked)
	return c.hand("PasswordResetCode", code, err)
}

// recoverAdminPassword is E8 (§6).
func (c *call) recoverAdminPassword() error {
	if c.wrong != nil {
		return c.wrong
	}
	code, err := c.d.authority.RecoverAdminPassword(c.ctx(), c.asked)
	return c.hand("AdminPasswordResetCode", code, err)
}

// resendSetupKey is E10 (§6): what this dialect calls the License Key.
func (c *call) resendSetupKey() error {
	if c.wrong != nil {
		return c.wrong
	}
	key, err := c.d.authority.LicenseSetupKey(c.ctx(), c.asked)
	return c.hand("LicenseKey", key, err)
}

// hand answers with a code or key, or with nothing when it went out by mail.
func (c *call) hand(name string, code identity.Secret, err error) error {
	if err != nil || code == "" {
		return c.done(err)
	}
	var w canonjson.Writer
	w.Object().Key(name).String(code.Reveal()).End()
	return c.send(&w)
}

// checkAdminPassword is E9.
func (c *call) checkAdminPassword() error {
	password := c.secret(adminMember)
	if c.wrong != nil {
		return c.wrong
	}
	return c.done(c.d.authority.CheckAdminPassword(c.ctx(), c.asked, password))
}
