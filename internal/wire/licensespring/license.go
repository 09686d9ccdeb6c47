package licensespring

import (
	"licet/internal/authority"
	"licet/internal/canonjson"
)

// activateLicense answers POST activate_license (§7.1).
func (d *door) activateLicense(c *call) error {
	r, asked, err := c.activation()
	if err != nil {
		return err
	}
	ans, err := d.authority.Activate(c.ctx(), r)
	if err != nil {
		return asked.refusal(err)
	}
	w := c.writer()
	if err := c.encodeActivation(&w, &ans, &asked); err != nil {
		return err
	}
	return c.reply(&w)
}

// activation reads an activation: of a license or of a bundle.
func (c *call) activation() (authority.Request, who, error) {
	info, variables := c.deviceInfo(), c.variables()
	r, asked, err := c.request(proven)
	r.Info, r.Variables = info, variables
	return r, asked, err
}

// checkLicense answers GET check_license (§7.2). A floating license gives the device its seat by it.
func (d *door) checkLicense(c *call) error {
	ask := c.checking()
	r, asked, err := c.request(named)
	if err != nil {
		return err
	}
	ans, err := d.authority.CheckIn(c.ctx(), r)
	if err != nil {
		return asked.refusal(err)
	}
	w := c.writer()
	if err := c.encodeChecked(&w, &ans, &asked, &ask); err != nil {
		return err
	}
	return c.reply(&w)
}

// checking is what a check says besides whose license it is: of a license or of a bundle.
type checking struct {
	environment, channel string // of the newest version that is told
	expired              bool   // whether features that have ended are told
}

func (c *call) checking() checking {
	return checking{c.text("env"), c.text("channel"), c.isTrue("include_expired_features")}
}

// encodeChecked writes the answer of a check with the newest version that the license offers.
func (c *call) encodeChecked(w *canonjson.Writer, ans *authority.Answer, asked *who, ask *checking) error {
	v, err := c.d.authority.LatestFor(c.ctx(), &ans.License, ask.environment, ask.channel)
	if err != nil {
		return err
	}
	return c.encodeCheck(w, ans, asked, v, ask.expired)
}

const deactivated = "license_deactivated"

// deactivateLicense answers POST deactivate_license (§7.3): variables and use are counted first.
func (d *door) deactivateLicense(c *call) error {
	r, asked, uses, err := c.deactivation()
	if err != nil {
		return err
	}
	if _, err = d.authority.DeactivateAfter(c.ctx(), r, uses); err != nil {
		return asked.refusal(err)
	}
	return c.replyText(deactivated)
}

// deactivation reads a deactivation: of a license or of a bundle.
func (c *call) deactivation() (authority.Request, who, []authority.Use, error) {
	variables := c.variables()
	var uses []authority.Use
	if n, _ := c.integer("consumptions"); n != 0 {
		uses = []authority.Use{{Amount: n}}
	}
	r, asked, err := c.request(named)
	r.Variables = variables
	return r, asked, uses, err
}
