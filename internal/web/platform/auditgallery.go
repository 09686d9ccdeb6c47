package platform

import (
	"net/url"

	"licet/internal/license"
	"licet/internal/web"
)

func auditGallery() []specimen {
	events := []license.StoredEvent{
		{ID: 3, At: day(0), Actor: "user:7 " + hostile, Event: license.Event{Kind: license.LicenseBanned, License: 11, Data: map[string]any{"reason": hostile, "user_banned": true}}},
		{ID: 2, At: day(-1), Actor: "system", Event: license.Event{Kind: license.LoginWasLocked, Data: map[string]any{"address": "203.0.113.9", "permanent": false}}},
		{ID: 1, At: day(-3), Actor: "operator", Event: license.Event{Kind: license.TenantCreated, Data: map[string]any{"code": "acme"}}},
	}
	none := web.NewInput(nil)
	asked := web.NewInput(url.Values{"kind": {"license."}, "from": {"2026-03-01"}})
	return []specimen{
		{name: "audit", title: "Audit log", body: auditPage(&auditView{query: none, events: events, first: true, next: base + "/audit?before=1"})},
		{name: "audit-empty", title: "Audit log", body: auditPage(&auditView{query: none, first: true})},
		{name: "audit-none", title: "Audit log", body: auditPage(&auditView{query: asked, asked: true, next: base + "/audit?before=1"})},
	}
}
