package native

import (
	"net/http"

	"licet/internal/identity"
	"licet/internal/wire"
	"licet/internal/wire/api"
)

// withBody is an input that is only a body.
type withBody[T any] struct {
	Body T
}

// ofActivation is the input of what is about one activation.
type ofActivation struct {
	ID string `path:"id" maxLength:"100" doc:"The activation, as the verdict named it." example:"AAZNdYq1gAMABk11irWABJ2yyB-4XyJz4d2kJQ"`
}

// describe puts the operations of the door into the document.
func (d *door) describe(a *api.API) {
	post := func(id, path, summary, detail string, status int) api.Operation {
		return api.Operation{ID: id, Surface: wire.LicenseSurface, Method: http.MethodPost, Path: path, Tag: "License calls", Summary: summary,
			Detail: detail, Needs: identity.UseLicenses, Status: status}
	}
	api.Describe[withBody[validateIn], Verdict](a, post("validate", "/validate", "May this app run?",
		"Changes nothing. A license that may not be used is answered with 200 and valid false; only a key or product that is not known is a 404.", 0))
	api.Describe[withBody[activateIn], Verdict](a, post("activate", "/activations", "Activate a device",
		"Gives the machine a place on the license; 200 where it has one already.", http.StatusCreated).Or(http.StatusOK))
	end := post("deactivate", "/activations/{id}", "Deactivate a device", "Gives the place back.", 0)
	end.Method = http.MethodDelete
	api.Describe[ofActivation, Ended](a, end)
	api.Describe[withBody[leaseIn], Lease](a, post("lease", "/leases", "Take or renew a floating seat", "The machine must be activated.", 0))
	api.Describe[withBody[renewIn], LeaseRenewals](a, post("renewLeases", "/leases/renew", "Renew several floating seats",
		"Each has its own outcome: what one is refused, the others get.", 0))
	api.Describe[withBody[borrowIn], Lease](a, post("borrow", "/leases/borrow", "Borrow a floating seat", "Holds it while the app is offline.", 0))
	api.Describe[withBody[leaseIn], Ended](a, post("release", "/leases/release", "Give a floating seat back", "", 0))
	api.Describe[withBody[useIn], Used](a, post("use", "/usage", "Count a use", "", 0))
	api.Describe[withBody[reserveIn], Used](a, post("reserve", "/usage/reserve", "Reserve units",
		"Nobody else can use them until they are committed or cancelled, or their time is over.", http.StatusCreated))
	api.Describe[withBody[commitIn], Used](a, post("commit", "/usage/commit", "Use reserved units", "", 0))
	api.Describe[withBody[settleIn], Used](a, post("cancel", "/usage/cancel", "Give reserved units back", "", 0))
	api.Describe[withBody[trialIn], Trial](a, post("trial", "/trials", "Get a trial license",
		"A machine has one trial of a product: asked again, the same is answered with 200.", http.StatusCreated).Or(http.StatusOK))
	api.Describe[withBody[fileIn], File](a, post("checkOutFile", "/license-files", "Check out a license file",
		"A signed file that lets an activated machine run without asking.", http.StatusCreated))
	api.Describe[withBody[signInIn], SignedIn](a, post("signIn", "/users/sign-in", "Sign a license user in", "Answers what they hold.", 0))
	api.Describe[withBody[passwordIn], Changed](a, post("changePassword", "/users/password", "Change a license user's password", "", 0))
}
