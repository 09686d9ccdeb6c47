package manage

import (
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/wire"
	"licet/internal/wire/api"
)

// Deps is what the door stands on besides the office.
type Deps struct {
	Authority *authority.Authority // explains what a client would be told, and makes files for apps
	Now       func() license.Time  // the server's clock
	Stop      <-chan struct{}      // closed when the server begins to stop, which ends event streams; nil is never
	Heartbeat time.Duration        // between two signs of life of an event stream; 0 is 15 s
}

// Add adds the management calls to an API, in the order in which the document lists them.
func Add(a *api.API, d Deps) {
	addProducts(a)
	addPolicies(a)
	addVersions(a)
	addBundles(a)
	addE2EE(a)
	addLicenses(a)
	addLicenseActs(a)
	addLicenseFiles(a)
	addAirGap(a)
	addOfflineFiles(a, d)
	addHolders(a)
	addCreditsAndTags(a)
	addDevices(a)
	addLicenseUsers(a)
	addApplications(a)
	addOrders(a)
	addCustomers(a)
	addCustomerAccounts(a)
	addMembers(a)
	addTokens(a)
	addMe(a)
	addAppKeys(a)
	addSigningKeys(a)
	addSettings(a)
	addLockouts(a)
	addMails(a)
	addMailTemplates(a)
	addAddressRules(a)
	addUsage(a)
	addEvents(a)
	addEventStream(a, d)
	addWebhookEndpoints(a)
	addWebhookDeliveries(a)
	addExplain(a, d)
}

// op is an operation of this door.
func op(tag, id, method, path, summary string, needs identity.Permission) api.Operation {
	return api.Operation{ID: id, Surface: wire.ManageSurface, Method: method, Path: path, Tag: tag, Summary: summary, Needs: needs}
}

// with returns o with what with says of it.
func with(o api.Operation, changes ...func(*api.Operation)) api.Operation {
	for _, change := range changes {
		change(&o)
	}
	return o
}

// destroys marks an operation that can be tried out.
func destroys(o *api.Operation) { o.DryRun = true }

// tagged marks one about a single thing, with an ETag.
func tagged(o *api.Operation) { o.Tagged = true }

// changes marks a change of a single thing.
func changes(o *api.Operation) { o.Tagged, o.DryRun = true, true }

// creates marks one that makes a thing.
func creates(o *api.Operation) { o.Status, o.DryRun, o.Tagged = 201, true, true }

// describedAs adds sentences.
func describedAs(text string) func(*api.Operation) { return func(o *api.Operation) { o.Detail = text } }

// ofProduct is the input of an operation about one product.
type ofProduct struct {
	Product string `path:"product" doc:"The code, number or identity of the product." example:"my-app"`
}

func metadata(text string) api.Object { return api.Object(text) }

func text(o *api.Change[api.Object]) *string {
	if !o.Given {
		return nil
	}
	s := string(o.Value)
	return &s
}
