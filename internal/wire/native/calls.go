package native

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/wire/api"
)

// verdict writes the verdict of an answer into the buffer of the call.
func (d *door) verdict(c *call, status int, ans *authority.Answer) reply {
	return reply{status, d.appendVerdict(c.body[:0], ans, d.activation(ans))}
}

// activation names the activation of an answer's device; "" where it holds none.
func (d *door) activation(ans *authority.Answer) string {
	if ans.Device == nil || !ans.Device.Active {
		return ""
	}
	return activationID(d.d.Keyring, ans.License.Tenant, ans.License.ID, ans.Device.ID)
}

// activateIn asks for a place.
type activateIn struct {
	Claim
	Name      string            `json:"device_name,omitempty" maxLength:"255" doc:"What people call the machine." example:"Ann's laptop"`
	Version   string            `json:"version,omitempty" maxLength:"200" doc:"Of the app." example:"1.4.0"`
	VM        bool              `json:"vm,omitempty" doc:"The machine is a virtual one."`
	Variables map[string]string `json:"variables,omitempty" doc:"Values to keep with the device."`
}

func (d *door) activate(ctx context.Context, c *call, in *activateIn) (reply, error) {
	n, err := d.request(c, &in.Claim)
	if err != nil {
		return reply{}, err
	}
	n.DeviceName, n.AppVersion, n.VM = in.Name, in.Version, in.VM
	for name, value := range in.Variables {
		n.Variables = append(n.Variables, authority.Variable{Name: name, Value: value})
	}
	ans, fresh, err := d.d.Authority.ActivateNative(ctx, n.Request())
	if err != nil {
		return reply{}, err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	return d.verdict(c, status, &ans), nil
}

// deactivateIn has no members: the address says it all.
type deactivateIn struct{}

// Ended is the answer to what takes something away.
type Ended struct {
	Ended bool         `json:"ended" example:"true"`
	Now   license.Time `json:"now"`
}

func (d *door) deactivate(ctx context.Context, c *call, _ *deactivateIn) (reply, error) {
	tenant := c.caller.Actor.Tenant
	of, device, err := parseActivation(d.d.Keyring, tenant, c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	r := authority.NativeRequest{NativeLookup: c.lookup(&Claim{License: int64(of)}), Claim: c.claim(&Claim{})}
	ans, err := d.d.Authority.DeactivateNative(ctx, r.Request(), device)
	return asJSON(http.StatusOK, Ended{true, ans.Now}, err)
}

// asJSON is a reply of a struct, or the error.
func asJSON(status int, v any, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	body, err := json.Marshal(v)
	if err != nil {
		return reply{}, fmt.Errorf("encode answer: %w", err)
	}
	return reply{status, body}, nil
}

// trialIn asks for a trial.
type trialIn struct {
	_          struct{}  `json:"-" additionalProperties:"true"`
	Product    Reference `json:"product,omitempty" doc:"The code, number or identity of the product. Not needed with a token for one product." example:"my-app"`
	HardwareID string    `json:"hardware_id" minLength:"1" maxLength:"500" example:"machine-A"`
	Policy     string    `json:"policy,omitempty" maxLength:"100" doc:"The code of a trial policy; absent is the product's default."`
	Email      string    `json:"email,omitempty" maxLength:"254" doc:"Of who tries it. Needed where the product's users sign in." example:"ann@example.com"`
	Password   string    `json:"password,omitempty" maxLength:"1000" doc:"That a new user wants; absent has one made."`
	FirstName  string    `json:"first_name,omitempty" maxLength:"200"`
	LastName   string    `json:"last_name,omitempty" maxLength:"200"`
	Company    string    `json:"company,omitempty" maxLength:"200"`
}

// Trial is a license to try.
type Trial struct {
	Fresh           bool              `json:"fresh" doc:"It was issued now, not before: a machine has one trial of a product."`
	License         license.LicenseID `json:"license_id" example:"1774267200000003"`
	Key             string            `json:"key,omitempty" doc:"What to activate with; absent for one who signs in." example:"DEMO-4F7K-92QX-TR8M"`
	ExpiresAt       license.Time      `json:"expires_at"`
	User            string            `json:"user,omitempty" doc:"The name of the license user."`
	InitialPassword string            `json:"initial_password,omitempty" doc:"That was made for a new user, shown this once."`
	Now             license.Time      `json:"now"`
}

func (d *door) trial(ctx context.Context, c *call, in *trialIn) (reply, error) {
	w := c.lookup(&Claim{Product: in.Product})
	ans, err := d.d.Authority.TrialNative(ctx, w, authority.TrialRequest{
		HardwareID: in.HardwareID, Policy: in.Policy, Email: in.Email, Password: identity.Secret(in.Password), FirstName: in.FirstName,
		LastName: in.LastName, Company: in.Company,
	})
	if err != nil {
		return reply{}, err
	}
	t := Trial{Fresh: ans.Fresh, License: ans.License.ID, Key: ans.License.Key, ExpiresAt: ans.License.ExpiresAt,
		InitialPassword: ans.InitialPassword.Reveal(), Now: ans.Now}
	if ans.User != nil {
		t.User = ans.User.Name
	}
	status := http.StatusOK
	if ans.Fresh {
		status = http.StatusCreated
	}
	return asJSON(status, t, nil)
}

// fileIn asks for a license file.
type fileIn struct {
	Claim
	TTL int64 `json:"ttl_seconds,omitempty" minimum:"0" maximum:"31536000" doc:"How long the file is good at most; absent or 0 is 7 days, 60 seconds are the least, and 365 days the most." example:"604800"`
}

// File is a license file.
type File struct {
	File      string       `json:"file" doc:"A JSON Web Signature in its compact form (EdDSA, typ licet-license+jwt): any JOSE library verifies it with the keys at /.well-known/jwks.json." example:"eyJhbGciOiJFZERTQSJ9.e30.c2ln"`
	KeyID     string       `json:"kid,omitempty" doc:"The key it is signed with."`
	ExpiresAt license.Time `json:"expires_at"`
	Now       license.Time `json:"now"`
}

func (d *door) file(ctx context.Context, c *call, in *fileIn) (reply, error) {
	if in.TTL != 0 && (in.TTL < 60 || in.TTL > 365*86400) {
		return reply{}, license.Invalidf("ttl_seconds", "a file is good for 60 seconds to 365 days")
	}
	n, err := d.request(c, &in.Claim)
	if err != nil {
		return reply{}, err
	}
	text, claims, err := d.d.Authority.LicenseFile(ctx, n.Request(), time.Duration(in.TTL)*time.Second)
	if err != nil {
		return reply{}, err
	}
	return asJSON(http.StatusCreated, File{File: text, ExpiresAt: license.Time(claims.Expires * 1e6), Now: d.d.Now()}, nil)
}

// signInIn proves who somebody is.
type signInIn struct {
	_        struct{} `json:"-" additionalProperties:"true"`
	User     string   `json:"user" minLength:"1" maxLength:"800" example:"ann@example.com"`
	Password string   `json:"password" minLength:"1" maxLength:"1000" example:"correct horse battery staple"`
}

// SignedIn is a license user, and what they hold.
type SignedIn struct {
	User     UserView      `json:"user"`
	Licenses []LicenseView `json:"licenses" nullable:"false"`
	Now      license.Time  `json:"now"`
}

func (d *door) signIn(ctx context.Context, c *call, in *signInIn) (reply, error) {
	if in.User == "" {
		return reply{}, license.Invalidf("user", "say who signs in")
	}
	tenant := c.caller.Actor.Tenant
	u, err := d.d.Authority.SignInUser(ctx, tenant, in.User, identity.Secret(in.Password), c.claim(&Claim{}).Address)
	if err != nil {
		return reply{}, err
	}
	held, err := d.d.Authority.LicensesOfUser(ctx, tenant, u, "")
	if err != nil {
		return reply{}, err
	}
	out := SignedIn{User: UserView{u.ID, u.Name, u.InitialPassword}, Licenses: []LicenseView{}, Now: d.d.Now()}
	for i := range held {
		if c.caller.Actor.Products != nil && !slices.Contains(c.caller.Actor.Products, held[i].Product.ID) {
			continue
		}
		out.Licenses = append(out.Licenses, viewLicense(&held[i], out.Now))
	}
	return asJSON(http.StatusOK, out, nil)
}

func viewLicense(ans *authority.Answer, now license.Time) LicenseView {
	l := &ans.License
	return LicenseView{ID: l.ID, Key: l.Key, Product: ans.Product.Code, Standing: l.Standing, Expired: l.IsExpired(now), IssuedAt: l.IssuedAt,
		StartedAt: l.StartedAt, ExpiresAt: l.ExpiresAt, MaintainedUntil: l.MaintainedUntil, Activations: l.Activated, Metadata: api.Object(l.Metadata)}
}

// passwordIn gives a license user a new password.
type passwordIn struct {
	_        struct{} `json:"-" additionalProperties:"true"`
	User     string   `json:"user" minLength:"1" maxLength:"800" example:"ann@example.com"`
	Password string   `json:"password" minLength:"1" maxLength:"1000" doc:"The one they have." example:"correct horse battery staple"`
	New      string   `json:"new_password" minLength:"1" maxLength:"1000" example:"a better horse eats 4 staples"`
}

// Changed is the answer to a change that has nothing else to tell.
type Changed struct {
	Changed bool         `json:"changed" example:"true"`
	Now     license.Time `json:"now"`
}

func (d *door) changePassword(ctx context.Context, c *call, in *passwordIn) (reply, error) {
	if in.User == "" {
		return reply{}, license.Invalidf("user", "say whose password")
	}
	err := d.d.Authority.ChangeUserPassword(ctx, c.caller.Actor.Tenant, in.User, identity.Secret(in.Password), identity.Secret(in.New), c.claim(&Claim{}).Address)
	return asJSON(http.StatusOK, Changed{true, d.d.Now()}, err)
}
