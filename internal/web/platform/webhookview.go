package platform

import (
	"context"
	"fmt"

	"licet/internal/store"
	"licet/internal/web"
)

func webhookPath(id store.WebhookEndpointID) string {
	return fmt.Sprintf("%s/webhooks/%d", base, int64(id))
}

// webhookAction is where the form of an endpoint is sent.
func webhookAction(id store.WebhookEndpointID) string {
	if id == 0 {
		return base + "/webhooks"
	}
	return webhookPath(id)
}

// webhookBack is where its form was opened.
func webhookBack(id store.WebhookEndpointID) string { return webhookAction(id) }

func deliveryTabs(ctx context.Context, w *webhookView) (tabs []web.Tab) {
	for _, t := range []struct {
		title string
		state store.WebhookState
	}{{"All", ""}, {"Waiting", store.WebhookWaiting}, {"Delivered", store.WebhookDelivered}, {"Failed", store.WebhookFailed}} {
		tabs = append(tabs, web.Tab{Title: web.T(ctx, t.title), URL: webhookPath(w.endpoint.ID) + web.Query(nil, "state", string(t.state)), Current: w.state == t.state})
	}
	return tabs
}

func deliveryKind(ctx context.Context, d *store.WebhookDelivery) string {
	if d.Event == 0 {
		return web.T(ctx, "test")
	}
	return string(d.Kind)
}

func deliveryTone(s store.WebhookState) web.Tone {
	switch s {
	case store.WebhookDelivered:
		return web.Good
	case store.WebhookFailed:
		return web.Bad
	}
	return web.Warn
}

// deliveryAnswer is the status of the last answer and how it begins.
func deliveryAnswer(d *store.WebhookDelivery) string {
	if d.Status == 0 {
		return d.Reply
	}
	return fmt.Sprintf("%d %s", d.Status, d.Reply)
}
