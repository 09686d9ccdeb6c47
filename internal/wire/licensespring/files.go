package licensespring

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/wire"
)

// Files makes what licenses travel in to devices without a network, for the vendor's people: license files, refresh
// files and policy files (§8, §9). It is safe for use by many goroutines.
type Files struct{ d *door }

// NewFiles returns a maker of files. It needs of deps what the door needs.
func NewFiles(deps Deps) *Files { return &Files{newDoor(deps)} }

// FileOrder says which license of which device a file is for. Of Key and User there is one.
type FileOrder struct {
	Product    string // its code
	Key        string
	User       string // name of the license user
	HardwareID string
	App        string // API key or client id of the app that reads the file: its offline_signature is made with that
}

// Answer does what the content of a request file asks for and returns the content of the file that goes back (§8.3): of
// a bundle one license after the other, by product code. For a deactivation that is the word license_deactivated.
//
// Most files say what they ask for; one that does not, as those of the Node SDK do that give a license back, is taken for
// what otherwise says: "activation" or "deactivation". It refuses as the calls of the door do, and with AppKeyUnknown
// what was made by an app of another tenant.
func (f *Files) Answer(ctx context.Context, tenant license.TenantID, request []byte, otherwise string) ([]byte, error) {
	if request = bytes.TrimSpace(request); len(request) == 0 {
		return nil, shown(refuse(missingContent))
	}
	opened, err := openOffline(request)
	if err != nil {
		return nil, shown(err)
	}
	c := f.call(ctx, tenant)
	want := otherwise
	if members, _ := membersOf(opened.fields); textMember(members, "request") != "" {
		want = textMember(members, "request")
	}
	if want != activation && want != deactivation {
		return nil, license.Invalidf("request", "the file asks for neither an activation nor a deactivation")
	}
	if err := c.believe(opened, want); err != nil {
		return nil, shown(err)
	}
	out, err := c.answerFile(want)
	return out, shown(err)
}

// answerFile does what an opened request file asks for.
func (c *call) answerFile(want string) ([]byte, error) {
	product := c.need("product")
	if err := c.done(); err != nil {
		return nil, err
	}
	p, err := c.productOf(product)
	if err != nil {
		return nil, err
	}
	switch {
	case want == deactivation:
		return []byte(deactivated), c.deactivateByFile(p.Bundle)
	case p.Bundle:
		all, err := c.activateBundleByFile()
		return keyed(all), err
	}
	text, err := c.activateByFile()
	return inBase64(text), err
}

// Refresh returns the content of a license refresh file for a device that is activated (§8.4): what a check would say to
// it. Of a bundle it has all licenses, by product code. It refuses what a check refuses, and takes no floating seat.
func (f *Files) Refresh(ctx context.Context, tenant license.TenantID, o FileOrder) ([]byte, error) {
	c, all, err := f.inspect(ctx, tenant, &o)
	if err != nil {
		return nil, shown(err)
	}
	files := make([]bundleFile, len(all))
	for i := range all {
		files[i].product = all[i].Product.Code
		if files[i].json, err = c.refreshFile(&all[i], o.HardwareID); err != nil {
			return nil, shown(err)
		}
	}
	if all[0].Product.Bundle {
		return keyed(files), nil
	}
	return inBase64(files[0].json), nil
}

// Policy returns the content of the policy file that a device in an air gap loads after its confirmation code (§9.4). id
// is the policy id that the code was made for; 0 is the license's own.
func (f *Files) Policy(ctx context.Context, tenant license.TenantID, o FileOrder, id int64) ([]byte, error) {
	c, all, err := f.inspect(ctx, tenant, &o)
	if err != nil {
		return nil, shown(err)
	}
	if id != 0 {
		all[0].License.ID = license.LicenseID(id)
	}
	text, err := c.refreshFile(&all[0], o.HardwareID)
	return inBase64(text), shown(err)
}

// call returns a call that came by no network.
func (f *Files) call(ctx context.Context, tenant license.TenantID) *call {
	c := &call{d: f.d, r: new(http.Request).WithContext(ctx)}
	c.app.Tenant = tenant
	return c
}

// inspect finds what a file is to say.
func (f *Files) inspect(ctx context.Context, tenant license.TenantID, o *FileOrder) (*call, []authority.Answer, error) {
	c := f.call(ctx, tenant)
	app, err := f.d.authority.App(ctx, o.App)
	switch {
	case err != nil:
		return nil, nil, err
	case app.Tenant != tenant:
		return nil, nil, license.Refuse(license.AppKeyUnknown)
	case app.Answers == nil:
		return nil, nil, license.Invalidf("app", "the tenant has no key pair to sign with")
	}
	c.app = app
	if _, err := c.productOf(o.Product); err != nil {
		return nil, nil, err
	}
	r := authority.Request{By: &store.Lookup{Tenant: tenant, Code: o.Product, Key: strings.TrimSpace(o.Key), User: o.User}}
	r.HardwareID = o.HardwareID
	all, err := f.d.authority.Inspect(ctx, r)
	return c, all, err
}

// refreshFile writes the JSON of a refresh file. Its license_signature_v2 covers the license_signature too, other than
// that of a license file.
func (c *call) refreshFile(ans *authority.Answer, hardwareID string) ([]byte, error) {
	latest, err := c.d.authority.LatestFor(c.ctx(), &ans.License, "", "")
	if err != nil {
		return nil, err
	}
	name := ans.License.Key
	if byUser(ans) {
		name = ans.User.Name
	}
	v1, err := c.signV1(hardwareID, cutAccount(name), validityOf(&ans.License))
	if err != nil {
		return nil, err
	}
	var w canonjson.Writer
	w.Object()
	writeCheck(&w, ans, latest, true)
	w.Key("hardware_id").String(hardwareID)
	if byUser(ans) {
		w.Key("username").String(name)
	}
	c.writeOffline(&w, ans, hardwareID, name)
	w.Key("license_signature").String(v1)
	w.End()
	v2, err := c.sign(w.Bytes())
	if err != nil {
		return nil, err
	}
	return appendText(w.Bytes(), "license_signature_v2", v2), nil
}

// keyed returns a file of several licenses: an object with each by the code of its product.
func keyed(files []bundleFile) []byte {
	var w canonjson.Writer
	w.Object()
	for _, one := range files {
		w.Key(one.product).Raw(one.json)
	}
	w.End()
	return inBase64(w.Bytes())
}

func inBase64(text []byte) []byte {
	out := make([]byte, base64.StdEncoding.EncodedLen(len(text)))
	base64.StdEncoding.Encode(out, text)
	return out
}

// shown turns a refusal of the dialect into one that others can show.
func shown(err error) error {
	if own, ok := err.(word); ok {
		return &license.Error{Code: license.Invalid, Message: wire.Row(own).Message}
	}
	return err
}
