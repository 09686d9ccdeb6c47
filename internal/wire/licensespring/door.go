package licensespring

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/wire"
)

// base is what stands before the name of every endpoint (§1).
const base = "/api/v4/"

// Deps is what the door needs.
type Deps struct {
	Authority *authority.Authority // answers; required
	Signer    *signing.Signer      // signs the answers; nil makes one with the defaults
	Now       func() license.Time  // the server's clock; nil is the time of day
	// BaseURL is what stands before /api/v4 in the addresses that answers name, such as
	// "https://licenses.example.com/licensespring", without a slash at the end; "" takes it from the request.
	BaseURL string
}

// New returns the door.
func New(deps Deps) wire.Door {
	return newDoor(deps).open()
}

// door is what the endpoints share. Each of them is a method of it.
type door struct {
	authority *authority.Authority
	signer    *signing.Signer
	now       func() license.Time
	baseURL   string
	calls     sync.Pool // of *call, for their buffers
}

func newDoor(deps Deps) *door {
	d := &door{authority: deps.Authority, signer: deps.Signer, now: deps.Now, baseURL: strings.TrimRight(deps.BaseURL, "/")}
	if d.signer == nil {
		d.signer = signing.NewSigner(signing.SignerOptions{})
	}
	if d.now == nil {
		d.now = func() license.Time { return license.TimeOf(time.Now()) }
	}
	d.calls.New = func() any { return new(call) }
	return d
}

// access says who may call an endpoint.
type access uint8

const (
	asking   access = iota // every app key
	changing               // app keys that may change something
	public                 // everybody
)

// input says where the parameters of an endpoint are.
type input uint8

const (
	inQuery input = iota // in the query string
	inJSON               // in a body of JSON
	inFile               // in a file made offline (§8), which the endpoint reads by itself: call.file
	inForm               // in a form, which the endpoint reads by itself: call.form
)

// An endpoint is one call of the contract, §7.
type endpoint struct {
	method string
	name   string // what stands behind /api/v4/
	access access
	input  input
	serve  func(*door, *call) error
}

// endpoints lists every endpoint there is.
func endpoints() []endpoint {
	const get, post = http.MethodGet, http.MethodPost
	return []endpoint{
		{post, "activate_license", changing, inJSON, (*door).activateLicense},
		{get, "check_license", asking, inQuery, (*door).checkLicense},
		{post, "deactivate_license", changing, inJSON, (*door).deactivateLicense},

		{post, "activate_bundle", changing, inJSON, (*door).activateBundle},
		{get, "check_bundle", asking, inQuery, (*door).checkBundle},
		{post, "deactivate_bundle", changing, inJSON, (*door).deactivateBundle},

		{get, "check_license_feature", asking, inQuery, (*door).checkFeature},
		{post, "add_consumption", changing, inJSON, (*door).addConsumption},
		{post, "add_feature_consumption", changing, inJSON, (*door).addFeatureConsumption},

		{post, "activate_offline", changing, inFile, (*door).activateOffline},
		{post, "deactivate_offline", changing, inFile, (*door).deactivateOffline},
		{post, "activate_bundle_offline", changing, inFile, (*door).activateBundleOffline},
		{post, "deactivate_bundle_offline", changing, inFile, (*door).deactivateBundleOffline},

		{post, "floating/borrow", changing, inJSON, (*door).borrow},
		{post, "floating/feature_borrow", changing, inJSON, (*door).borrowFeature},
		{post, "floating/release", changing, inJSON, (*door).release},
		{post, "floating/feature_release", changing, inJSON, (*door).releaseFeature},

		{get, "get_device_variables", asking, inQuery, (*door).deviceVariables},
		{post, "track_device_variables", changing, inJSON, (*door).trackVariables},

		{get, "product_details", asking, inQuery, (*door).productDetails},
		{get, "products", asking, inQuery, (*door).products},
		{get, "trial_key", changing, inQuery, (*door).trialKey},
		{post, "change_password", changing, inJSON, (*door).changePassword},
		{get, "versions", asking, inQuery, (*door).versions},
		{get, "installation_file", asking, inQuery, (*door).installationFile},

		{get, "customer_license_users", asking, inQuery, (*door).customerLicenseUsers},
		{get, "user_licenses", asking, inQuery, (*door).userLicenses},
		{get, "device_licenses", asking, inQuery, (*door).deviceLicenses},
		{get, "sso_url", asking, inQuery, (*door).ssoURL},

		{get, ".well-known", public, inQuery, (*door).wellKnown},
		{get, "oauth_url", public, inQuery, (*door).oauthURL},
		{post, "oauth/token", public, inForm, (*door).oauthToken},
	}
}

// open lists the routes: each endpoint with and without a slash at its end. Whatever else is asked below the
// door, by path or by method, is answered with the dialect's own 404 (§5).
func (d *door) open() wire.Door {
	return wire.Door{
		Name: "licensespring", Surface: wire.LicenseSurface, Path: "/licensespring",
		Mount: func(m *wire.Mux) {
			for _, e := range endpoints() {
				pattern := e.method + " " + base + e.name
				handler := d.handler(&e)
				m.Handle(pattern, handler)
				m.Handle(pattern+"/{$}", handler)
			}
			m.Handle(base, noSuchPath)
			if m.Prefix() != "" {
				m.Handle("/", noSuchPath) // At the root of a host the server answers for what is not there.
			}
		},
		WriteError: writeError,
	}
}

func noSuchPath(http.ResponseWriter, *http.Request) error { return refuse(unknownPath) }

// handler makes the route of an endpoint: who calls, what they say, and then the endpoint itself.
func (d *door) handler(e *endpoint) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c := d.calls.Get().(*call)
		c.begin(d, w, r)
		defer c.end()
		if e.access != public {
			if err := c.authenticate(e.access); err != nil {
				return err
			}
		}
		if err := c.read(e.input); err != nil {
			return err
		}
		return e.serve(d, c)
	}
}
