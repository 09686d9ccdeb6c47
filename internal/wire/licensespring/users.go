package licensespring

import (
	"strings"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/identity"
	"licet/internal/license"
)

// changePassword answers POST change_password (§7.14).
func (d *door) changePassword(c *call) error {
	name, old, password := c.need("username"), c.needSecret("password"), c.needSecret("new_password")
	if err := c.done(); err != nil {
		return err
	}
	name, err := d.authority.UserName(c.ctx(), c.tenant(), name)
	if err != nil {
		return err
	}
	if err := d.authority.ChangeUserPassword(c.ctx(), c.tenant(), name, old, password, c.address); err != nil {
		return err
	}
	return c.replyText("password_changed")
}

// needSecret reads a password that must be there.
func (c *call) needSecret(name string) identity.Secret {
	value := c.textUpTo(name, maxLong)
	if value == "" && c.wrong == nil {
		c.lacks(name)
	}
	return identity.Secret(value)
}

// userLicenses answers GET user_licenses: what a license user holds (§7.16).
func (d *door) userLicenses(c *call) error {
	product := c.text("product")
	u, err := c.signIn()
	if err != nil {
		return err
	}
	if product != "" {
		if _, err := c.productOf(product); err != nil {
			return err
		}
	}
	list, err := d.authority.LicensesOfUser(c.ctx(), c.tenant(), u, product)
	if err != nil {
		return err
	}
	w := c.writer()
	w.Array()
	for i := range list {
		ans := &list[i]
		if c.app.May(ans.Product.ID, false) != nil {
			continue
		}
		w.Object()
		w.Key("license").Object()
		writeListed(&w, ans, true)
		w.End()
		w.Key("user")
		writeUser(&w, ans.User, ans.License.Terms.UserActivations, userDevices(ans))
		w.End()
	}
	w.End()
	return c.reply(&w)
}

// signIn finds out which license user calls, who must prove it.
func (c *call) signIn() (license.LicenseUser, error) {
	w := who{
		username: c.text("username"), password: identity.Secret(c.textUpTo("password", maxLong)),
		idToken: identity.Secret(c.textUpTo("id_token", maxLong)), code: identity.Secret(c.textUpTo("code", maxLong)),
		account: c.text("customer_account_code"), redirect: c.textUpTo("redirect_uri", maxInfo),
	}
	switch {
	case w.bySSO() && w.account == "":
		c.lacks("customer_account_code")
	case w.bySSO():
	case w.username == "":
		c.lacks("username")
	case w.password == "":
		c.lacks("password")
	}
	if err := c.done(); err != nil {
		return license.LicenseUser{}, err
	}
	if w.bySSO() {
		return c.d.authority.UserBySSO(c.ctx(), c.tenant(), w.account, w.idToken.Reveal(), w.code.Reveal(), w.redirect)
	}
	name, err := c.d.authority.UserName(c.ctx(), c.tenant(), w.username)
	if err != nil {
		return license.LicenseUser{}, err
	}
	return c.d.authority.SignInUser(c.ctx(), c.tenant(), name, w.password, c.address)
}

// deviceLicenses answers GET device_licenses: what a device is activated on (§7.16).
func (d *door) deviceLicenses(c *call) error {
	hardware := c.text("hardware_id")
	if err := c.done(); err != nil {
		return err
	}
	if hardware == "" {
		return refuse(missingHardware)
	}
	list, err := d.authority.LicensesOfDevice(c.ctx(), c.tenant(), hardware)
	if err != nil {
		return err
	}
	w := c.writer()
	w.Array()
	for i := range list {
		if c.app.May(list[i].Product.ID, false) != nil {
			continue
		}
		w.Object()
		writeListed(&w, &list[i], true)
		w.End()
	}
	w.End()
	return c.reply(&w)
}

// customerLicenseUsers answers GET customer_license_users: who uses what a customer bought of a product (§7.16).
func (d *door) customerLicenseUsers(c *call) error {
	product, email := c.need("product"), c.need("customer")
	if err := c.done(); err != nil {
		return err
	}
	if _, err := c.productOf(product); err != nil {
		return err
	}
	of, err := d.authority.UsersOfCustomer(c.ctx(), c.tenant(), product, strings.TrimSpace(email))
	if err != nil {
		return err
	}
	w := c.writer()
	w.Object()
	w.Key("company")
	writeCompany(&w, c.tenant())
	w.Key("customer")
	writeCustomer(&w, &of.Customer, &of.Account)
	w.Key("users").Array()
	for i := range of.Users {
		writeCustomerUser(&w, &of.Users[i])
	}
	w.End()
	w.End()
	return c.reply(&w)
}

// writeCustomerUser writes a license user with one license.
func writeCustomerUser(w *canonjson.Writer, u *authority.CustomerUser) {
	w.Object()
	writeUserMembers(w, &u.User, u.License.Terms.UserActivations, u.Devices)
	w.Key("is_active").Bool(!u.User.Banned)
	w.Key("initial_password").String(u.InitialPassword.Reveal())
	w.Key("license_id").Int(int64(u.License.ID))
	w.Key("order_store_id")
	writeText(w, u.Order.Reference)
	w.Key("order_id").Int(int64(u.Order.ID))
	w.End()
}
