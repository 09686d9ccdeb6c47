package platform

import (
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

func webhookGallery() []specimen {
	on := office.WebhookEndpoint{ID: 5, URL: "https://hooks.acme.example/licet", Description: "CRM", Kinds: []string{"license.*", "order.*"}, Enabled: true, Created: day(-40)}
	failing := on
	failing.ID, failing.URL, failing.Description, failing.Failures, failing.FailingSince = 6, "https://old.acme.example/"+"very-long-path/very-long-path/very-long-path", hostile, 4, day(-1)
	off := failing
	off.ID, off.Enabled, off.DisabledReason = 7, false, "it failed for three days"
	log := []store.WebhookDelivery{
		{ID: 3, Event: 30, Kind: license.LicenseIssued, State: store.WebhookDelivered, Attempts: 1, Status: 204, Millis: 42, Tried: day(0).Add(-60e6)},
		{ID: 2, Event: 29, Kind: license.LicenseBanned, State: store.WebhookFailed, Attempts: 9, Status: 500, Reply: hostile, Millis: 9_800, Tried: day(-3)},
		{ID: 1, State: store.WebhookWaiting, Attempts: 2, Reply: "connection refused", Tried: day(0)},
	}
	full := &webhookView{endpoint: failing, deliveries: log, write: true, next: base + "/webhooks/6?before=1"}
	return []specimen{
		{name: "webhooks", title: "Webhooks", body: webhooksPage([]office.WebhookEndpoint{on, failing, off}, true)},
		{name: "webhooks-empty", title: "Webhooks", body: webhooksPage(nil, true)},
		{name: "webhook", title: "Webhook", body: webhookPage(full)},
		{name: "webhook-off", title: "Webhook", body: webhookPage(&webhookView{endpoint: off, write: true})},
		{name: "webhook-reader", title: "Webhook", body: webhookPage(&webhookView{endpoint: on, deliveries: log})},
		{name: "webhook-new", title: "New webhook", body: webhookForm(webhookInput{url: "http://x", more: hostile}, web.Faults{"url": "It must begin with https://."})},
		{name: "webhook-edit", title: "Change the webhook", body: webhookForm(inputOf(&on), nil)},
		{name: "webhook-secret", title: "New secret", body: webhookSecret(5, "New secret", "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0")},
	}
}
