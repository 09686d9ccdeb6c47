package dna

import (
	"strconv"
	"strings"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
)

// showLicense is E1: the License object, for who is known already.
func (c *call) showLicense() error {
	page := c.devicePage()
	if c.wrong != nil {
		return c.wrong
	}
	report, err := c.d.authority.ReportLicense(c.ctx(), c.asked, page)
	if err != nil {
		return err
	}
	return c.sendLicense(&report)
}

// signIn is E2: the License object, for who has the License Password.
func (c *call) signIn() error {
	password, page := c.secret(passwordMember), c.devicePage()
	if c.wrong != nil {
		return c.wrong
	}
	report, err := c.d.authority.SignInLicensePage(c.ctx(), c.asked, password, page)
	if err != nil {
		return err
	}
	return c.sendLicense(&report)
}

// maxDevices is how many devices an answer lists at most.
const maxDevices = 1000

// devicePage returns which devices shall be listed, as the query says: at most Devices of them, and those After the one that the
// answer before ended with.
func (c *call) devicePage() authority.DevicePage {
	page := authority.DevicePage{Limit: maxDevices}
	for name, values := range c.r.URL.Query() {
		n, err := strconv.ParseInt(values[0], 10, 64)
		switch {
		case strings.EqualFold(name, "Devices"):
			if err != nil || n < 0 || n > maxDevices {
				c.refuse("Devices", "must be a whole number from 0 to 1000")
			}
			page.Limit = int(n)
			if n == 0 {
				page.Limit = -1
			}
		case strings.EqualFold(name, "After"):
			if err != nil || n < 0 || n > license.MaxID {
				c.refuse("After", "must be what NextDevices says")
			}
			page.After = license.DeviceID(n)
		}
	}
	return page
}

// showStatus is E3.
func (c *call) showStatus() error {
	report, err := c.d.authority.ReportLicense(c.ctx(), c.asked, authority.DevicePage{Limit: -1})
	if err != nil {
		return err
	}
	var w canonjson.Writer
	w.Object().Key("Status").String(statusOf(&report.Product, &report.License, report.Now)).End()
	return c.send(&w)
}

// changeActivation is E4: all that is given, or nothing.
func (c *call) changeActivation() error {
	email, data := c.newEmail(), c.newData()
	if email == nil && data == nil {
		c.fail(emailMember, "or NewLicenseData is required")
	}
	if c.wrong != nil {
		return c.wrong
	}
	return c.done(c.d.authority.ChangeActivation(c.ctx(), c.asked, email, data))
}

// newEmail returns the address that is given, or nil.
func (c *call) newEmail() *string {
	if !c.there(emailMember) {
		return nil
	}
	email, err := license.CheckEmail(emailMember.String(), c.text(emailMember, maxText))
	if err != nil {
		c.fail(emailMember, "must be an e-mail address")
	}
	return &email
}

// newData returns the License Data that is given, or nil. An empty text takes it away.
func (c *call) newData() *string {
	if !c.there(dataMember) {
		return nil
	}
	data := c.text(dataMember, license.MaxLicenseData)
	return &data
}

// dropDevice is E11.
func (c *call) dropDevice() error {
	if c.wrong != nil {
		return c.wrong
	}
	return c.done(c.d.authority.DropLicenseDevice(c.ctx(), c.asked, c.device))
}
