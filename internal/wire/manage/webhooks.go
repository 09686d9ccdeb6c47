package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// WebhookEndpoint is an address that is told of events, without its secret.
type WebhookEndpoint struct {
	WebhookEndpointSettings
	DisabledReason string          `json:"disabled_reason,omitempty" doc:"Why it is off." example:"it answered 410: it is gone"`
	Cursor         license.EventID `json:"cursor" doc:"The last event that was looked at; 0 is none." example:"1774267200000020"`
	FailingSince   license.Time    `json:"failing_since" doc:"The first failure since the last success; null is none."`
	Failures       int             `json:"failures" doc:"In a row. After five it rests, longer each time, at most an hour." example:"0"`
	Created        license.Time    `json:"created_at"`
}

// WebhookEndpointSettings is what people say of an endpoint.
type WebhookEndpointSettings struct {
	ID          store.WebhookEndpointID `json:"id" example:"1774267200000015"`
	URL         string                  `json:"url" example:"https://example.com/licet"`
	Description string                  `json:"description,omitempty" example:"web shop"`
	Kinds       []string                `json:"kinds" nullable:"false" doc:"Which events it is told of." example:"[\"license.*\",\"order.completed\"]"`
	Enabled     bool                    `json:"enabled"`
}

// Version is what If-Match means: deliveries move the rest.
func (v WebhookEndpoint) Version() any { return v.WebhookEndpointSettings }

// NewWebhookEndpoint is an endpoint with a secret that was made just now.
type NewWebhookEndpoint struct {
	WebhookEndpoint
	Secret string `json:"secret" doc:"What deliveries are signed with, for a library of Standard Webhooks. It is shown this once." example:"whsec_…"`
}

type ofEndpoint struct {
	Endpoint store.WebhookEndpointID `path:"endpoint" minimum:"1" doc:"The identity of the endpoint." example:"1774267200000015"`
}

type newEndpoint struct {
	Body struct {
		URL         string   `json:"url" minLength:"1" maxLength:"2000" doc:"https, at a public address." example:"https://example.com/licet"`
		Description string   `json:"description,omitempty" maxLength:"200" doc:"For people." example:"web shop"`
		Kinds       []string `json:"kinds,omitempty" nullable:"false" maxItems:"50" doc:"Which events: * is all, license.* an area, license.issued a kind; absent is all." example:"[\"license.*\",\"order.completed\"]"`
	}
}

type changeEndpoint struct {
	ofEndpoint
	Body struct {
		URL         api.Change[string]   `json:"url,omitzero" required:"false" minLength:"1" maxLength:"2000" example:"https://example.com/licet"`
		Description api.Change[string]   `json:"description,omitzero" required:"false" maxLength:"200" example:"web shop"`
		Kinds       api.Change[[]string] `json:"kinds,omitzero" required:"false" maxItems:"50" doc:"All of them." example:"[\"*\"]"`
		Enabled     api.Change[bool]     `json:"enabled,omitzero" required:"false" doc:"On again it is told of all that happened meanwhile."`
	}
}

type enableEndpoint struct {
	ofEndpoint
	Body struct {
		Skip bool `json:"skip,omitempty" doc:"It is told only of what happens from now on, besides what it already failed to take."`
	}
}

type listEndpoints struct{ api.Paged }

const (
	webhookTag    = "Webhook endpoints"
	endpointsPath = "/webhook-endpoints"
	endpointPath  = endpointsPath + "/{endpoint}"
)

func addWebhookEndpoints(a *api.API) {
	api.Add(a, op(webhookTag, "listWebhookEndpoints", http.MethodGet, endpointsPath, "List webhook endpoints", identity.ReadWebhooks),
		func(ctx context.Context, c *api.Call, in *listEndpoints) (api.List[WebhookEndpoint], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[WebhookEndpoint]{}, err
			}
			found, err := c.Office.ListEndpoints(ctx, c.Actor, page)
			return api.ListOf(in.Paged, found, viewEndpoint, func(e *office.WebhookEndpoint) string { return api.ID(e.ID) }), err
		})
	api.Add(a, with(op(webhookTag, "createWebhookEndpoint", http.MethodPost, endpointsPath, "Create a webhook endpoint", identity.WriteWebhooks), creates, showsSecret,
		describedAs("It is told of what happens from now on. Deliveries are signed as Standard Webhooks has it, with the secret in this answer, which cannot be had again. A tenant has at most 20 endpoints.")),
		func(ctx context.Context, c *api.Call, in *newEndpoint) (NewWebhookEndpoint, error) {
			b := &in.Body
			e, secret, err := c.Office.CreateEndpoint(ctx, c.Actor, office.NewEndpoint{URL: b.URL, Description: b.Description, Kinds: b.Kinds})
			if err != nil {
				return NewWebhookEndpoint{}, err
			}
			c.Created(endpointsPath + "/" + api.ID(e.ID))
			return NewWebhookEndpoint{viewEndpoint(&e), secretOf(c, secret)}, nil
		})
	api.Add(a, with(op(webhookTag, "showWebhookEndpoint", http.MethodGet, endpointPath, "Show a webhook endpoint", identity.ReadWebhooks), tagged,
		describedAs("Its ETag changes with what people say of it, not with deliveries.")),
		func(ctx context.Context, c *api.Call, in *ofEndpoint) (WebhookEndpoint, error) {
			e, err := c.Office.FindEndpoint(ctx, c.Actor, in.Endpoint)
			return viewEndpoint(&e), err
		})
	api.Add(a, with(op(webhookTag, "changeWebhookEndpoint", http.MethodPatch, endpointPath, "Change a webhook endpoint", identity.WriteWebhooks), changes,
		describedAs("From the next delivery on.")),
		func(ctx context.Context, c *api.Call, in *changeEndpoint) (WebhookEndpoint, error) {
			b := &in.Body
			e, err := c.Office.ChangeEndpoint(ctx, c.Actor, in.Endpoint, office.EndpointChange{
				URL: b.URL.Ptr(), Description: b.Description.Ptr(), Kinds: b.Kinds.Ptr(), Enabled: b.Enabled.Ptr(),
				If: func(e office.WebhookEndpoint) error { return c.Match(viewEndpoint(&e)) },
			})
			return viewEndpoint(&e), err
		})
	api.Add(a, with(op(webhookTag, "deleteWebhookEndpoint", http.MethodDelete, endpointPath, "Delete a webhook endpoint", identity.WriteWebhooks), changes,
		describedAs("What it was not told of it will not be told. Answers with it as it was.")),
		func(ctx context.Context, c *api.Call, in *ofEndpoint) (WebhookEndpoint, error) {
			e, err := c.Office.DropEndpoint(ctx, c.Actor, in.Endpoint, func(e office.WebhookEndpoint) error { return c.Match(viewEndpoint(&e)) })
			return viewEndpoint(&e), err
		})
	addEndpointActs(a)
}

func addEndpointActs(a *api.API) {
	api.Add(a, with(op(webhookTag, "rotateWebhookSecret", http.MethodPost, endpointPath+"/rotate-secret", "Make a new secret of a webhook endpoint", identity.WriteWebhooks), destroys,
		describedAs("It is in this answer and cannot be had again. For 24 hours deliveries are signed with both.")),
		func(ctx context.Context, c *api.Call, in *ofEndpoint) (NewWebhookEndpoint, error) {
			e, secret, err := c.Office.RotateEndpointSecret(ctx, c.Actor, in.Endpoint)
			return NewWebhookEndpoint{viewEndpoint(&e), secretOf(c, secret)}, err
		})
	api.Add(a, with(op(webhookTag, "enableWebhookEndpoint", http.MethodPost, endpointPath+"/enable", "Let a webhook endpoint go on", identity.WriteWebhooks), changes,
		describedAs("Switches it on, or lets one that rests after failures go on at once. It is told of all that happened since it stopped, unless skip is true.")),
		func(ctx context.Context, c *api.Call, in *enableEndpoint) (WebhookEndpoint, error) {
			e, err := c.Office.EnableEndpoint(ctx, c.Actor, in.Endpoint, in.Body.Skip)
			return viewEndpoint(&e), err
		})
	api.Add(a, with(op(webhookTag, "testWebhookEndpoint", http.MethodPost, endpointPath+"/test", "Try a webhook endpoint out", identity.WriteWebhooks), destroys,
		describedAs("Sends a message of the type endpoint.test now, whether or not the endpoint is on, and answers what came of it, also where it failed. A dry run sends nothing.")),
		func(ctx context.Context, c *api.Call, in *ofEndpoint) (WebhookDelivery, error) {
			d, err := c.Office.TestEndpoint(ctx, c.Actor, in.Endpoint)
			return viewDelivery(&d), err
		})
}

func viewEndpoint(e *office.WebhookEndpoint) WebhookEndpoint {
	v := WebhookEndpoint{
		WebhookEndpointSettings: WebhookEndpointSettings{ID: e.ID, URL: e.URL, Description: e.Description, Kinds: e.Kinds, Enabled: e.Enabled},
		DisabledReason:          e.DisabledReason, Cursor: e.Cursor, FailingSince: e.FailingSince, Failures: e.Failures, Created: e.Created,
	}
	if v.Kinds == nil {
		v.Kinds = []string{}
	}
	return v
}
