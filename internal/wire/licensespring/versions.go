package licensespring

import (
	"slices"
	"strings"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
)

// activeRequired is what is said of a license that no device is activated on.
var activeRequired = word(no("active_license_required", "active license is required"))

// versions answers GET versions: what the holder of a license may install, oldest first (§7.15).
func (d *door) versions(c *call) error {
	environment, channel := c.environment(), c.text("channel")
	r, asked, err := c.versionRequest()
	if err != nil {
		return err
	}
	list, err := d.authority.Versions(c.ctx(), r, environment, channel)
	if err != nil {
		return asked.refusal(needsActive(err))
	}
	w := c.writer()
	w.Array()
	for i := range list {
		w.Object()
		w.Key("version").String(list[i].Version)
		w.Key("release_date")
		writeTime(&w, list[i].ReleasedAt)
		w.End()
	}
	w.End()
	return c.reply(&w)
}

// installationFile answers GET installation_file: one version, or the newest (§7.15).
func (d *door) installationFile(c *call) error {
	environment, channel, version := c.environment(), c.text("channel"), c.text("version")
	r, asked, err := c.versionRequest()
	if err != nil {
		return err
	}
	v, err := d.authority.InstallationFile(c.ctx(), r, environment, channel, version)
	if err != nil {
		return asked.refusal(needsActive(err))
	}
	w := c.writer()
	w.Object()
	w.Key("id").Int(v.ID)
	writeVersion(&w, &v)
	w.Key("company")
	writeCompany(&w, c.tenant())
	w.End()
	return c.reply(&w)
}

// environment reads env.
func (c *call) environment() string {
	environment := c.text("env")
	if environment != "" && !slices.Contains(office.Environments(), environment) {
		c.reject("env", "must be one of "+strings.Join(office.Environments(), ", "))
	}
	return environment
}

// versionRequest is request with the word that these calls have for a missing identity.
func (c *call) versionRequest() (authority.Request, who, error) {
	r, asked, err := c.request(named)
	if err == error(missingIdentity) {
		err = refuse(missingAnyIdentity)
	}
	return r, asked, err
}

// needsActive gives a license that is not active the word that these calls have for it.
func needsActive(err error) error {
	if license.ReasonOf(err) == license.LicenseNotActive {
		return activeRequired
	}
	return err
}
