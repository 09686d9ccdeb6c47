package native

import (
	"cmp"
	"net/http"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/wire"
)

// validateIn asks whether an app may run.
type validateIn struct {
	Claim
	Version      string   `json:"version,omitempty" maxLength:"200" doc:"The release that the app says it is. Maintenance must cover it." example:"1.4.0"`
	Features     []string `json:"features,omitempty" nullable:"false" maxItems:"100" doc:"Codes of features that the license must have, with time left."`
	Entitlements []string `json:"entitlements,omitempty" nullable:"false" maxItems:"100" doc:"The same as features."`
}

// validate answers what apps ask for most, so that token and license are looked up at once. The order of the other calls stays: who
// asks is judged before what they ask for.
func (d *door) validate(w http.ResponseWriter, r *http.Request) error {
	c, token, err := d.greet(w, r)
	if err != nil {
		return err
	}
	body, err := wire.ReadBody(r, maxBody)
	var in validateIn
	if err == nil {
		defer body.Release()
		if err = decode(body.Bytes(), &in); err == nil {
			err = in.check()
		}
	}
	if err != nil {
		return cmp.Or(d.identify(c, token), err)
	}
	c.body = body.Bytes()
	var ans authority.Answer
	if err := d.ask(c, token, &in, &ans); err != nil {
		return err
	}
	return d.send(w, c, d.verdict(c, http.StatusOK, &ans), jsonType)
}

// ask asks whether the app may run.
func (d *door) ask(c *call, token string, in *validateIn, ans *authority.Answer) (err error) {
	require := append(in.Features, in.Entitlements...)
	if in.User == "" {
		n := authority.NativeRequest{NativeLookup: c.lookup(&in.Claim), Claim: c.claim(&in.Claim), Version: in.Version, Require: require}
		c.caller, err = d.d.Authority.ValidateAs(c.r.Context(), token, identity.UseLicenses, &n, ans)
		return err
	}
	// Signing in is for callers who are known.
	if err := d.identify(c, token); err != nil {
		return err
	}
	n, err := d.request(c, &in.Claim)
	if err != nil {
		return err
	}
	n.Version, n.Require = in.Version, require
	*ans, err = d.d.Authority.Validate(c.r.Context(), n)
	return err
}
