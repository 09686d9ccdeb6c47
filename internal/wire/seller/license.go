package seller

import (
	"iter"
	"net/http"
	"strings"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// maxAmount is how many licenses one call makes at most (§9.1).
const maxAmount = 100

// add makes licenses. Several are answered with 302 and no Location, which is how clients tell them from one.
func (c *call) add() error {
	n, err := c.newLicenses()
	if err != nil {
		return err
	}
	made, err := c.office().CreateApplicationLicenses(c.ctx(), c.actor, c.product, n)
	switch {
	case is(err, license.MaskTooSmall) && !strings.Contains(n.Mask, "*") && n.Amount > 1:
		return say("Can't do custom key with amount greater than one")
	case err != nil:
		return err
	}
	keys := make([]string, 0, len(made.Licenses))
	for i := range made.Licenses {
		keys = append(keys, made.Licenses[i].Key)
	}
	status := http.StatusOK
	if len(keys) > 1 {
		status = http.StatusFound
	}
	if c.bare() {
		writeText(c.w, status, strings.Join(keys, "\r\n"))
		return nil
	}
	var r row
	if len(keys) == 1 {
		c.writeObject(status, "License Successfully Generated", r.text("key", keys[0]))
		return nil
	}
	var list canonjson.Writer
	list.Array()
	for _, key := range keys {
		list.String(key)
	}
	list.End()
	c.writeObject(status, "Licenses successfully generated", r.json("keys", list.Bytes()))
	return nil
}

// newLicenses reads what is to be made.
func (c *call) newLicenses() (office.NewApplicationLicenses, error) {
	n := office.NewApplicationLicenses{
		Mask: c.get("mask"), Note: c.get("note"), CreatedBy: c.get("owner"), Lower: true, Upper: true,
	}
	seconds, ok := c.days("expiry")
	if !ok || seconds <= 0 {
		return n, refusal{http.StatusNotAcceptable, "Expiry not set"}
	}
	n.Lasts = license.Span{Seconds: seconds}
	if c.quantity != "" {
		c.fields["amount"] = c.quantity
	}
	amount, err := c.integer("amount", 1)
	switch {
	case err != nil:
		return n, err
	case amount > maxAmount:
		return n, say("You can only generate 100 licenses at a time")
	case amount < 1:
		return n, license.Invalidf("amount", "the amount is at least 1")
	}
	n.Amount = int(amount)
	if n.Level, err = c.integer("level", 1); err != nil {
		return n, err
	}
	switch c.get("character") {
	case "2":
		n.Lower = false
	case "3":
		n.Upper = false
	}
	// A mask that a bot chose once must not become the one of all bots, so the form's is not asked for.
	if n.Mask == "" {
		n.Mask = license.ApplicationMask
	}
	if n.CreatedBy == "" {
		n.CreatedBy = "SellerAPI"
	}
	return n, nil
}

func (c *call) addTime() error {
	const failed = "Failed to add time!"
	seconds, ok := c.days("time")
	if !ok || seconds <= 0 {
		return refusal{http.StatusInternalServerError, failed}
	}
	n, err := c.office().ExtendUnused(c.ctx(), c.actor, c.product, license.Span{Seconds: seconds})
	if err == nil && n == 0 {
		return refusal{http.StatusInternalServerError, failed}
	}
	return c.outcomeAs(err, "Added time to unused licenses!", http.StatusInternalServerError, failed)
}

func (c *call) verify() error {
	_, err := c.find()
	return c.outcomeAs(err, "Key Successfully Verified", http.StatusNotAcceptable, "Key Not Found")
}

// find returns the license that the call is about.
func (c *call) find() (office.ApplicationLicense, error) {
	return c.office().FindApplicationLicense(c.ctx(), c.actor, c.product, c.get("key"))
}

func (c *call) info() error {
	l, err := c.find()
	if err != nil {
		return in(err, http.StatusOK, "Key Not Found")
	}
	var r row
	r.count("duration", l.Terms.Duration.AboutSeconds())
	r.text("hwid", l.Hardware).text("note", l.Note).text("status", status(&l)).count("level", l.Terms.Level)
	r.text("createdby", l.CreatedBy).text("usedby", l.UsedBy)
	if l.FirstUsedAt == 0 {
		r.text("usedon", "")
	} else {
		r.time("usedon", l.FirstUsedAt)
	}
	return c.object("", r.time("creationdate", l.IssuedAt))
}

// status is what is said of a license (§9.8). What is suspended is Paused; what is revoked, in an order that was paid back
// say, is as good as banned.
func status(l *office.ApplicationLicense) string {
	switch {
	case l.RedemptionBlocked, l.Standing == license.Revoked:
		return "Banned"
	case l.Standing == license.Suspended:
		return "Paused"
	case l.IsUsed():
		return "Used"
	}
	return "Not Used"
}

// activate signs a user up by a license, as the user's own app would. It is the vendor's server that calls, so nothing is
// said of the user's address, and the machine may come later. It always answers JSON.
func (c *call) activate() error {
	delete(c.fields, "format")
	v := c.visit()
	settings := *v.App.Settings
	settings.ForceHardware = false
	v.App.Settings = &settings
	p, err := c.d.authority.Register(c.ctx(), &v, authority.Registration{
		Name: c.get("user"), Key: c.get("key"), Hardware: c.get("hwid"), Password: identity.Secret(c.exactly("pass")),
	})
	if err != nil {
		return activationRefusal(err)
	}
	var info row
	info.text("username", p.User.Name).rows("subscriptions", entitled(p.Levels, p.Now)).text("ip", p.User.Address)
	var r row
	return c.object("Logged in!", r.row("info", &info))
}

// visit is a call of an app in which nobody is signed in.
func (c *call) visit() authority.Visit {
	return authority.Visit{App: c.app, Now: c.d.now()}
}

func activationRefusal(err error) error {
	switch license.ReasonOf(err) {
	case license.NameTaken:
		return say("Username Already Exists.")
	case license.KeyUnknown:
		return say("Key Not Found.")
	case license.AlreadyRedeemed:
		return say("Key Already Used.")
	case license.RedemptionBlocked:
		return say("Your license is banned.")
	case license.Blocklisted:
		return say("HWID is blacklisted")
	case license.NothingHeld, license.LevelUnknown:
		return say("No active subscriptions found.")
	}
	return err
}

// assignKey adds a license to what a user holds.
func (c *call) assignKey() error {
	v := c.visit()
	err := c.d.authority.UpgradeUser(c.ctx(), &v, c.get("user", "username"), c.get("key"))
	switch {
	case is(err, license.UserUnknown):
		return say("User not found!")
	case err != nil:
		return activationRefusal(err)
	}
	return c.done("Successfully assigned license!")
}

func (c *call) deleteLicense() error {
	return c.dropLicenses([]string{c.get("key")}, "Successfully deleted license!")
}

// deleteLicenses deletes licenses by a list of keys, all of them or none.
func (c *call) deleteLicenses() error {
	var keys []string
	for key := range strings.SplitSeq(c.get("key"), ",") {
		if key = strings.TrimSpace(key); key != "" {
			keys = append(keys, key)
		}
	}
	return c.dropLicenses(keys, "Successfully deleted licenses!")
}

func (c *call) dropLicenses(keys []string, message string) error {
	n, err := c.office().DropLicenses(c.ctx(), c.actor, c.product, keys, c.yes("userToo"))
	return c.counted(int64(n), err, message, "Failed to delete license!")
}

func (c *call) deleteUnused() error {
	used := false
	return c.dropWhere(&used, "Deleted All Unused Keys!", "Didn't find any unused keys!")
}

func (c *call) deleteUsed() error {
	used := true
	return c.dropWhere(&used, "Deleted All Used Keys!", "Didn't find any used keys!")
}

func (c *call) deleteAllLicenses() error {
	return c.dropWhere(nil, "Deleted All Keys!", "Didn't find any keys!")
}

func (c *call) dropWhere(used *bool, message, none string) error {
	n, err := c.office().DropLicensesWhere(c.ctx(), c.actor, c.product, used)
	return c.counted(n, err, message, none)
}

func (c *call) banLicense() error {
	err := c.office().BanLicense(c.ctx(), c.actor, c.product, c.get("key"), c.get("reason"), c.yes("userToo"))
	return c.outcome(err, "Successfully banned license!", "Failed to ban license!")
}

func (c *call) unbanLicense() error {
	err := c.office().UnbanLicense(c.ctx(), c.actor, c.product, c.get("key"))
	return c.outcome(err, "Successfully unbanned license!", "Failed to unban license!")
}

func (c *call) setNote() error {
	note := c.get("note")
	err := c.office().EditLicense(c.ctx(), c.actor, c.product, c.get("key"), office.LicenseEdit{Note: &note})
	return c.outcome(err, "Successfully set note", "Failed to set note")
}

// editLicense gives a license another duration, in seconds.
func (c *call) editLicense() error {
	seconds, err := c.integer("expiry", 0)
	switch {
	case err != nil:
		return err
	case seconds <= 0:
		return refusal{http.StatusNotAcceptable, "Expiry not set"}
	}
	lasts := license.Span{Seconds: seconds}
	err = c.office().EditLicense(c.ctx(), c.actor, c.product, c.get("key"), office.LicenseEdit{Lasts: &lasts})
	if is(err, license.KeyUnknown) {
		return say("Key Not Found")
	}
	return c.outcome(err, "License Edit Successful", "")
}

func (c *call) keyOfUser() error {
	key, err := c.office().KeyOfUser(c.ctx(), c.actor, c.product, c.get("user"))
	if err == nil && key == "" {
		return say("License not found")
	}
	if err != nil {
		return in(err, http.StatusOK, "License not found")
	}
	var r row
	return c.single("", r.text("key", key))
}

func (c *call) keyData() error {
	l, err := c.find()
	if err != nil {
		return in(err, http.StatusOK, "Key Not Found")
	}
	var r row
	c.licenseRow(&r, &l)
	return c.object("", &r)
}

func (c *call) allLicenses() error {
	return send(c, listing[office.ApplicationLicense]{
		message: "Successfully Retrieved Licenses", name: "keys", empty: "No License Keys Found",
		all: c.everyKey(), row: c.licenseRow, columns: []string{"key"},
	})
}

// everyKey goes through the licenses that have a key, newest first. Users who came without one hold a license too.
func (c *call) everyKey() iter.Seq2[*office.ApplicationLicense, error] {
	all := pages(func(last *office.ApplicationLicense) ([]office.ApplicationLicense, error) {
		page := before(last, func(l *office.ApplicationLicense) int64 { return int64(l.ID) })
		return c.office().ListApplicationLicenses(c.ctx(), c.actor, c.product, page)
	})
	return func(yield func(*office.ApplicationLicense, error) bool) {
		for l, err := range all {
			if err == nil && l.Key == "" {
				continue
			}
			if !yield(l, err) {
				return
			}
		}
	}
}

// licenseRow tells all of a license. The reference tells the secret of the application as app.
func (c *call) licenseRow(r *row, l *office.ApplicationLicense) {
	r.count("id", int64(l.ID)).text("key", l.Key).text("note", l.Note)
	r.count("expires", l.Terms.Duration.AboutSeconds()).text("status", status(l)).count("level", l.Terms.Level)
	r.text("genby", l.CreatedBy).time("gendate", l.IssuedAt).when("usedon", l.FirstUsedAt).option("usedby", l.UsedBy)
	r.text("app", c.app.Name).option("banned", l.BlockReason)
}

// before is the page below the last row of the one before.
func before[T any](last *T, id func(*T) int64) office.Page {
	p := office.Page{Limit: pageSize}
	if last != nil {
		p.Before = id(last)
	}
	return p
}
