package licensespring

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/store"
)

// What a request file asks for.
const (
	activation   = "activation"
	deactivation = "deactivation"
)

// activateOffline answers POST activate_offline with the JSON of a license file (§8.3).
func (d *door) activateOffline(c *call) error {
	if err := c.postedFile(activation); err != nil {
		return err
	}
	body, err := c.activateByFile()
	if err != nil {
		return err
	}
	return c.replyBytes(body)
}

// activateBundleOffline answers POST activate_bundle_offline: an array of such JSON, signed as a whole (§7.7).
func (d *door) activateBundleOffline(c *call) error {
	if err := c.postedFile(activation); err != nil {
		return err
	}
	all, err := c.activateBundleByFile()
	if err != nil {
		return err
	}
	var list canonjson.Writer
	list.Array()
	for _, one := range all {
		list.Raw(one.json)
	}
	list.End()
	signature, err := c.sign(list.Bytes())
	if err != nil {
		return err
	}
	w := c.writer()
	w.Object()
	w.Key("licenses").Raw(list.Bytes())
	w.Key("bundle_signature_v2").String(signature)
	w.End()
	return c.reply(&w)
}

// deactivateOffline answers POST deactivate_offline.
func (d *door) deactivateOffline(c *call) error {
	if err := c.postedFile(deactivation); err != nil {
		return err
	}
	if err := c.deactivateByFile(false); err != nil {
		return err
	}
	return c.replyText(deactivated)
}

// deactivateBundleOffline answers POST deactivate_bundle_offline.
func (d *door) deactivateBundleOffline(c *call) error {
	if err := c.postedFile(deactivation); err != nil {
		return err
	}
	if err := c.deactivateByFile(true); err != nil {
		return err
	}
	return c.replyText(deactivated)
}

// postedFile opens the request file that was posted, and makes what it says the parameters of the call.
func (c *call) postedFile(want string) error {
	body, err := c.file()
	if err != nil {
		return err
	}
	text, err := offlineText(body, c.r.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	f, err := openOffline(text)
	if err != nil {
		return err
	}
	return c.believe(f, want)
}

// believe checks whose a request file is and that it was not changed, and makes what it says the parameters of the call,
// and its app the one that asks. A file knows no window of time: it travels by hand (§8.1).
func (c *call) believe(f *offlineFile, want string) error {
	app, err := c.appOf(f)
	if err != nil {
		return err
	}
	if !f.signedWith(app.Secret) {
		return license.Refuse(license.SignatureBad)
	}
	c.app = app
	if err := c.readJSON(f.fields); err != nil {
		return err
	}
	if asked := c.text("request"); asked != "" && asked != want {
		c.reject("request", "must be "+want)
	}
	c.once = c.text("request_id")
	if c.once == "" {
		digest := sha256.Sum256([]byte(f.signature))
		c.once = "signature " + hex.EncodeToString(digest[:])
	}
	return nil
}

// appOf returns the app that made a request file. It may be another one than that which posts it, of the same vendor; but
// then it may do no more than that.
func (c *call) appOf(f *offlineFile) (authority.App, error) {
	app := c.app
	if f.app != app.PublicID {
		var err error
		if app, err = c.d.authority.App(c.ctx(), f.app); err != nil {
			return app, err
		}
	}
	kind := store.HMACKey
	if f.client {
		kind = store.OAuthClient
	}
	switch {
	case app.Tenant != c.app.Tenant, app.Kind != kind:
		return app, license.Refuse(license.AppKeyUnknown)
	case c.app.Product != 0 && app.Product == 0:
		app.Product = c.app.Product
	case c.app.Product != 0 && app.Product != c.app.Product:
		return app, license.Refuse(license.AppKeyProduct)
	}
	return app, app.May(0, true)
}

// activateByFile does what an opened request file asks for, and returns the JSON of the license file.
func (c *call) activateByFile() ([]byte, error) {
	r, asked, err := c.activation()
	if err != nil {
		return nil, err
	}
	r.Offline, r.Once = true, c.once
	ans, err := c.d.authority.Activate(c.ctx(), r)
	if err != nil {
		return nil, asked.refusal(err)
	}
	return c.licenseFile(&ans, &asked)
}

// bundleFile is the license file of one license of a bundle.
type bundleFile struct {
	product string // its code
	json    []byte
}

// activateBundleByFile is activateByFile for a bundle.
func (c *call) activateBundleByFile() ([]bundleFile, error) {
	r, asked, err := c.activation()
	if err != nil {
		return nil, err
	}
	r.Offline, r.Once = true, c.once
	all, err := c.d.authority.ActivateBundle(c.ctx(), r)
	if err != nil {
		return nil, asked.refusal(err)
	}
	files := make([]bundleFile, len(all))
	for i := range all {
		files[i].product = all[i].Product.Code
		if files[i].json, err = c.licenseFile(&all[i], &asked); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// deactivateByFile does what an opened request file asks for: what the device used and stored is counted and kept first.
func (c *call) deactivateByFile(bundle bool) error {
	features := c.featureUses()
	r, asked, uses, err := c.deactivation()
	if err != nil {
		return err
	}
	r.Once = c.once
	uses = append(uses, features...)
	if bundle {
		_, err = c.d.authority.DeactivateBundleAfter(c.ctx(), r, uses)
	} else {
		_, err = c.d.authority.DeactivateAfter(c.ctx(), r, uses)
	}
	return asked.refusal(inUses(err, uses))
}

// maxFeatureUses is how many features a device can have used.
const maxFeatureUses = 1000

// featureUses reads product_features: what a device used of features while it was offline. The contract leaves the
// names of the members open, so those of LicenseSpring's other calls are taken as well.
func (c *call) featureUses() (uses []authority.Use) {
	body := c.member("product_features", list)
	if body == nil {
		return nil
	}
	eachItem(body, func(item []byte) {
		if kindOf(item) != object || len(uses) == maxFeatureUses {
			c.reject("product_features", "must be a list of up to 1000 objects")
			return
		}
		var p params
		_ = p.readJSON(item) // It is part of a valid text.
		u := authority.Use{Feature: p.text("code")}
		if u.Feature == "" {
			u.Feature = p.text("feature")
		}
		for _, name := range [...]string{"consumptions", "local_consumption", "local_consumptions"} {
			if n, there := p.integer(name); there {
				u.Amount = n
				break
			}
		}
		if u.Feature == "" || p.wrong != nil {
			c.reject("product_features", "must have a code and a whole number of consumptions each")
			return
		}
		uses = append(uses, u)
	})
	return uses
}

// inUses is inFeatureUse where the use of several things was counted. Only where the license itself was not among them is
// it known that a feature was used up.
func inUses(err error, uses []authority.Use) error {
	for _, u := range uses {
		if u.Feature == "" && license.ReasonOf(err) != license.FeatureUnknown {
			return err
		}
	}
	if len(uses) == 0 {
		return err
	}
	return inFeatureUse(err)
}

// licenseFile writes the JSON of a license file: the answer of an activation, and three signatures (§8.3).
func (c *call) licenseFile(ans *authority.Answer, asked *who) ([]byte, error) {
	p, err := c.infoOf(ans.Product.Code)
	if err != nil {
		return nil, err
	}
	var w canonjson.Writer
	w.Object()
	writeActivation(&w, ans, asked, p)
	name := asked.fileName(ans)
	c.writeOffline(&w, ans, asked.hardware, name)
	w.End()
	text := w.Bytes()
	v1, err := c.signV1(asked.hardware, cutAccount(name), validityOf(&ans.License))
	if err != nil {
		return nil, err
	}
	v2, err := c.sign(text)
	if err != nil {
		return nil, err
	}
	return appendText(appendText(text, "license_signature", v1), "license_signature_v2", v2), nil
}

// fileName returns what a file names its license by: the user name, or else the license key, as they stand in it.
func (w *who) fileName(ans *authority.Answer) string {
	switch {
	case !byUser(ans):
		return ans.License.Key
	case w.username != "":
		return w.username
	}
	return ans.User.Name
}

// writeOffline writes when a file was made, and the signature that only the app and the server can make.
func (c *call) writeOffline(w *canonjson.Writer, ans *authority.Answer, hardwareID, name string) {
	date := ans.Now.UTC().Format(http.TimeFormat)
	w.Key("date").String(date)
	w.Key("offline_signature").String(offlineSignature(c.app.Secret, date, name, hardwareID, c.app.PublicID))
}

// appendText appends a member to a written object that is not empty.
func appendText(text []byte, name, value string) []byte {
	b := append(text[:len(text)-1], ',')
	b = append(canonjson.AppendString(b, name), ':')
	return append(canonjson.AppendString(b, value), '}')
}
