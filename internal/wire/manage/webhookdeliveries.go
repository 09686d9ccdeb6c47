package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// WebhookDelivery is what became of an event at an endpoint.
type WebhookDelivery struct {
	ID       store.WebhookDeliveryID `json:"id,omitempty" doc:"Absent in a dry run." example:"1774267200000021"`
	Event    license.EventID         `json:"event_id,omitempty" doc:"Also the webhook-id; absent for a test." example:"1774267200000020"`
	Kind     license.EventKind       `json:"type" doc:"Of the event." example:"license.issued"`
	State    store.WebhookState      `json:"state" enum:"waiting,delivered,failed" doc:"One that waits is tried again; the others are over."`
	Attempts int                     `json:"attempts" example:"1"`
	Next     license.Time            `json:"next_at" doc:"When one that waits is tried again, unless the endpoint recovers before; null is not any more."`
	Status   int                     `json:"status,omitempty" doc:"HTTP status of the last attempt; absent is no answer." example:"204"`
	Reply    string                  `json:"reply,omitempty" doc:"The beginning of the last answer, or why there was none." example:"ok"`
	Millis   int64                   `json:"duration_ms" doc:"How long the last attempt took." example:"42"`
	Created  license.Time            `json:"created_at"`
	Tried    license.Time            `json:"tried_at" doc:"The last attempt; null is none."`
}

func viewDelivery(d *store.WebhookDelivery) WebhookDelivery {
	return WebhookDelivery{
		ID: d.ID, Event: d.Event, Kind: d.Kind, State: d.State, Attempts: d.Attempts, Next: d.Next, Status: d.Status, Reply: d.Reply,
		Millis: d.Millis, Created: d.Created, Tried: d.Tried,
	}
}

type listDeliveries struct {
	api.Paged
	ofEndpoint
	State store.WebhookState `query:"state" enum:"waiting,delivered,failed" doc:"Those in this state; absent is all."`
}

type ofDelivery struct {
	ofEndpoint
	Delivery store.WebhookDeliveryID `path:"delivery" minimum:"1" doc:"The identity of the delivery." example:"1774267200000021"`
}

type replaySince struct {
	ofEndpoint
	Body struct {
		After license.EventID `json:"after" minimum:"0" doc:"All events after this one; 0 is the beginning." example:"1774267200000020"`
	}
}

func addWebhookDeliveries(a *api.API) {
	const path = endpointPath + "/deliveries"
	api.Add(a, with(op(webhookTag, "listWebhookDeliveries", http.MethodGet, path, "List what became of events at an endpoint", identity.ReadWebhooks),
		describedAs("The newest first. What was delivered is kept for 30 days.")),
		func(ctx context.Context, c *api.Call, in *listDeliveries) (api.List[WebhookDelivery], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[WebhookDelivery]{}, err
			}
			found, err := c.Office.ListDeliveries(ctx, c.Actor, in.Endpoint, in.State, page)
			return api.ListOf(in.Paged, found, viewDelivery, func(d *store.WebhookDelivery) string { return api.ID(d.ID) }), err
		})
	api.Add(a, with(op(webhookTag, "replayWebhookDelivery", http.MethodPost, path+"/{delivery}/replay", "Deliver an event once more", identity.WriteWebhooks), destroys,
		describedAs("With the same webhook-id. Answers the delivery that waits for it.")),
		func(ctx context.Context, c *api.Call, in *ofDelivery) (WebhookDelivery, error) {
			d, err := c.Office.ReplayDelivery(ctx, c.Actor, in.Endpoint, in.Delivery)
			return viewDelivery(&d), err
		})
	api.Add(a, with(op(webhookTag, "replayWebhookEvents", http.MethodPost, endpointPath+"/replay", "Deliver all events since one of them once more", identity.WriteWebhooks), changes,
		describedAs("In their order. An event that was told before has the same webhook-id.")),
		func(ctx context.Context, c *api.Call, in *replaySince) (WebhookEndpoint, error) {
			e, err := c.Office.ReplaySince(ctx, c.Actor, in.Endpoint, in.Body.After)
			return viewEndpoint(&e), err
		})
}
