package native

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/wire"
)

// Claim is what every call about a license says: which one is meant, and on what machine. Members that the server does not know are
// ignored, so that newer apps can talk to older servers.
type Claim struct {
	_          struct{}  `json:"-" additionalProperties:"true"`
	Key        string    `json:"key,omitempty" maxLength:"255" doc:"The license key, in any letter case." example:"DEMO-4F7K-92QX-TR8M"`
	Product    Reference `json:"product,omitempty" doc:"The code, number or identity of the product. Not needed with license, nor with a token for one product." example:"my-app"`
	License    int64     `json:"license,omitempty" doc:"The identity of the license, in place of key and product."`
	HardwareID string    `json:"hardware_id,omitempty" maxLength:"500" doc:"What the machine is known by." example:"machine-A"`
	User       string    `json:"user,omitempty" maxLength:"800" doc:"The name of the license user, where the product's users sign in."`
	Password   string    `json:"password,omitempty" maxLength:"1000" doc:"Their password."`
	Location   *Location `json:"location,omitempty" doc:"Where the app says it is. Rules about addresses judge it besides the address."`
}

// Location is where an app says it is.
type Location struct {
	Country string `json:"country,omitempty" maxLength:"2" doc:"ISO 3166, two letters." example:"DE"`
}

// Reference names a product: a text, or a number.
type Reference string

// UnmarshalJSON reads a text or a whole number.
func (r *Reference) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] >= '0' && text[0] <= '9' {
		*r = Reference(text)
		return nil
	}
	return json.Unmarshal(text, (*string)(r))
}

// decode reads a body. Members that are not known are ignored; a wrong type names the member.
func decode(body []byte, in any) error {
	if len(body) == 0 {
		return nil // As {}: what is missing is named.
	}
	if fast, ok := in.(interface{ scan([]byte) bool }); ok && fast.scan(body) {
		return nil
	}
	if !utf8.Valid(body) {
		return license.Invalidf("body", "the body must be text in UTF-8")
	}
	err := json.Unmarshal(body, in)
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field == "" {
			return license.Invalidf("body", "the body must be a JSON object")
		}
		// The decoder names structs that are embedded as if they were members.
		field := strings.NewReplacer("settleIn.", "", "leaseIn.", "", "Claim.", "").Replace(wrong.Field)
		return license.Invalidf(field, "it must be %s", kindOf(wrong.Type.Kind().String()))
	}
	if known, ok := errors.AsType[*license.Error](err); ok {
		return known
	}
	return license.Invalidf("body", "the body must be valid JSON")
}

// kindOf is a type in the words of JSON.
func kindOf(kind string) string {
	switch kind {
	case "int64", "int":
		return "a whole number"
	case "bool":
		return "true or false"
	case "slice":
		return "a list"
	case "struct", "map", "ptr":
		return "an object"
	}
	return "a text"
}

// lookup says which license a call means.
func (c *call) lookup(in *Claim) store.NativeLookup {
	return store.NativeLookup{Tenant: c.caller.Actor.Tenant, Products: c.caller.Actor.Products, License: license.LicenseID(in.License),
		Key: in.Key, Product: string(in.Product)}
}

// claim says on what machine.
func (c *call) claim(in *Claim) license.Claim {
	claim := license.Claim{HardwareID: in.HardwareID, Address: wire.AddressText(c.r)}
	if in.Location != nil {
		claim.Country = in.Location.Country
	}
	return claim
}

// check refuses what no license can have.
func (in *Claim) check() error {
	switch {
	case utf8.RuneCountInString(in.HardwareID) > license.MaxHardwareID:
		return license.Invalidf("hardware_id", "it has at most %d characters", license.MaxHardwareID)
	case len(in.Key) > 4*255:
		return license.Invalidf("key", "no key is so long")
	case in.Key == "" && in.License == 0 && in.User == "":
		return license.Invalidf("key", "say which license: by its key and product, or by its identity in license")
	}
	return nil
}

// request makes the claim of a call, signing its user in where it names one.
func (d *door) request(c *call, in *Claim) (authority.NativeRequest, error) {
	r := authority.NativeRequest{NativeLookup: c.lookup(in), Claim: c.claim(in)}
	if err := in.check(); err != nil {
		return r, err
	}
	if in.User == "" {
		return r, nil
	}
	u, err := d.d.Authority.SignInUser(c.r.Context(), r.Tenant, in.User, identity.Secret(in.Password), r.Address)
	r.User = u.ID
	return r, err
}
