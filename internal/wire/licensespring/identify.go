package licensespring

import (
	"strings"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// who says whose license a request is about and how that is proved: the identity fields of §6.
type who struct {
	product  string // the product's code
	hardware string // as it was sent, which v1 signs
	key      string // I1, as it was sent
	username string // I2, as it was sent
	password identity.Secret
	idToken  identity.Secret // I3
	code     identity.Secret // I4
	account  string          // of I3 and I4
	redirect string

	user string // the license user to look for, a suffix of an account and all until identify; "" is by key
}

// proof says what a call wants to know of a user.
type proof uint8

const (
	named  proof = iota // a name is enough; a password is checked if it came with it
	proven              // a password, or a sign-in elsewhere
)

// readWho reads the identity fields, the product and the hardware id.
func (c *call) readWho() who {
	w := who{
		product: c.need("product"), hardware: c.need("hardware_id"),
		key: c.text("license_key"), username: c.text("username"),
		password: identity.Secret(c.textUpTo("password", maxLong)),
		idToken:  identity.Secret(c.textUpTo("id_token", maxLong)),
		code:     identity.Secret(c.textUpTo("code", maxLong)),
		account:  c.text("customer_account_code"),
		redirect: c.textUpTo("redirect_uri", maxInfo),
	}
	w.user = strings.TrimSpace(w.username)
	if w.bySSO() && w.account == "" {
		c.lacks("customer_account_code")
	}
	return w
}

// cutAccount returns a username without the suffix of an account: "email|ACCOUNT" is "email" (§6).
func cutAccount(username string) string {
	name, _, _ := strings.Cut(username, "|")
	return name
}

// bySSO reports whether the user signed in elsewhere.
func (w *who) bySSO() bool {
	return w.username == "" && w.key == "" && (w.idToken != "" || w.code != "")
}

// missing reports whether no identity was sent at all.
func (w *who) missing() bool { return w.username == "" && w.key == "" && !w.bySSO() }

// request reads what every call about a license says, finds out whose it is, and returns it as a question. It
// refuses what is malformed or missing, a product that the app key is not for, and what the proof refuses.
//
// Parameters of its own an endpoint reads before: request asks done.
func (c *call) request(need proof) (authority.Request, who, error) {
	w := c.readWho()
	r := authority.Request{Claim: c.claim()}
	number := license.LicenseID(c.id("license_id"))
	if err := c.done(); err != nil {
		return r, w, err
	}
	if w.missing() {
		return r, w, refuse(missingIdentity)
	}
	err := c.identify(&w, need)
	r.HardwareID = w.hardware
	r.By = &store.Lookup{Tenant: c.tenant(), Code: w.product, License: number, User: w.user}
	if w.user == "" {
		r.By.Key = strings.TrimSpace(w.key)
	}
	return r, w, err
}

// identify finds out how w names its license, and checks what proves it. Only where that depends on the product is
// the product looked for: a check by key is one look at the database.
func (c *call) identify(w *who, need proof) (err error) {
	if w.user, err = c.d.authority.UserName(c.ctx(), c.tenant(), w.user); err != nil {
		return err
	}
	proves := w.password != "" || w.bySSO()
	both := w.key != "" && w.username != ""
	if c.app.Product == 0 && !both && (w.username == "" && !w.bySSO() || !proves && need == named) {
		return nil
	}
	p, err := c.productOf(w.product)
	switch {
	case err != nil:
		return err
	case p.Auth == license.ByKey && w.key != "":
		w.user = "" // What else was sent does not matter to this product.
		return nil
	case p.Auth == license.ByKey:
		return license.Refuse(license.AuthMethodWrong)
	case w.username == "" && !w.bySSO():
		return nil // The lookup refuses a key.
	case w.bySSO():
		u, err := c.d.authority.UserBySSO(c.ctx(), c.tenant(), w.account, w.idToken.Reveal(), w.code.Reveal(), w.redirect)
		w.user = u.Name
		return err
	case w.password != "":
		_, err := c.d.authority.SignInUser(c.ctx(), c.tenant(), w.user, w.password, c.address)
		return err
	case need == proven:
		return refuse(missingParameters.with("Some parameters are missing in the request: { password }"))
	}
	return nil
}

// productOf returns a product that the app key is for.
func (c *call) productOf(code string) (*authority.ProductInfo, error) {
	p, err := c.infoOf(code)
	if err == nil {
		err = c.inProduct(p.ID)
	}
	return p, err
}

// infoOf returns a product of the vendor, loading it once for the call.
func (c *call) infoOf(code string) (*authority.ProductInfo, error) {
	if c.product == nil || c.product.Code != code {
		p, err := c.d.authority.Product(c.ctx(), c.tenant(), code)
		if err != nil {
			return nil, err
		}
		c.product = &p
	}
	return c.product, nil
}

// refusal says that no license was found in the words for one that a user was looked for by.
func (w *who) refusal(err error) error {
	if w.user != "" && license.ReasonOf(err) == license.KeyUnknown {
		return userNotFound
	}
	return err
}

// claim reads what is told of the device (§6), but for deviceInfo.
func (c *call) claim() license.Claim {
	name := c.textUpTo("hostname", maxInfo)
	if name == "" {
		name = c.textUpTo("os_hostname", maxInfo)
	}
	return license.Claim{
		Address: c.address, DeviceName: name, AppVersion: c.textUpTo("app_ver", maxInfo),
		VM: c.isTrue("is_vm"),
	}
}

// deviceInfo returns what else is told of the device, as JSON; "" where that is nothing. Only an activation keeps it.
func (c *call) deviceInfo() string {
	var values [len(infoNames)]string
	told := false
	for i, name := range infoNames {
		values[i] = c.textUpTo(name, maxInfo)
		told = told || values[i] != ""
	}
	if !told {
		return ""
	}
	var w canonjson.Writer
	w.Object()
	for i, name := range infoNames {
		if values[i] != "" {
			w.Key(name).String(values[i])
		}
	}
	w.End()
	return string(w.Bytes())
}

// infoNames are the parameters of §6 that nothing is decided by.
var infoNames = [...]string{"os_ver", "ip", "ip_local", "mac_address", "vm_info", "sdk_ver"}
