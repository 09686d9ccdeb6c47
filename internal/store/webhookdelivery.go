package store

import (
	"encoding/json"
	"time"

	"licet/internal/license"
)

// WebhookState is what became of a delivery.
type WebhookState string

// The states. One that waits is tried again; the others are over.
const (
	WebhookWaiting   WebhookState = "waiting"
	WebhookDelivered WebhookState = "delivered"
	WebhookFailed    WebhookState = "failed"
)

// WebhookDelivery is what became of an event at an endpoint.
type WebhookDelivery struct {
	Tenant   license.TenantID
	Endpoint WebhookEndpointID
	ID       WebhookDeliveryID
	Event    license.EventID // 0 is a test
	Kind     license.EventKind
	State    WebhookState
	Attempts int
	Next     license.Time // of one that waits: no try before, unless the endpoint has recovered
	Status   int          // HTTP status of the last attempt; 0 is no answer
	Reply    string       // beginning of the last answer, or why there was none
	Millis   int64        // how long the last attempt took
	Created  license.Time
	Tried    license.Time // 0 is never
}

const deliveryColumns = `webhook_deliveries.tenant_id, webhook_deliveries.endpoint_id, webhook_deliveries.id, webhook_deliveries.event_id,
       webhook_deliveries.kind, webhook_deliveries.state, webhook_deliveries.attempts, webhook_deliveries.next_at, webhook_deliveries.status,
       webhook_deliveries.reply, webhook_deliveries.millis, webhook_deliveries.created_at, webhook_deliveries.tried_at`

func deliveryInto(d *WebhookDelivery) []any {
	return []any{
		&d.Tenant, &d.Endpoint, &d.ID, &d.Event, &d.Kind, &d.State, &d.Attempts, &d.Next, &d.Status, &d.Reply, &d.Millis, &d.Created, &d.Tried,
	}
}

const insertWebhookDeliveries = `
INSERT INTO webhook_deliveries (tenant_id, endpoint_id, id, event_id, kind, state, attempts, next_at, status, reply, millis, created_at, tried_at)
VALUES `

// deliveriesAtOnce is how many deliveries one statement carries.
const deliveriesAtOnce = 200

// InsertWebhookDeliveries stores deliveries and gives them their IDs, which grow in their order.
func (tx *Tx) InsertWebhookDeliveries(list []WebhookDelivery) error {
	const cols = 13
	for from := 0; from < len(list); from += deliveriesAtOnce {
		part := list[from:min(from+deliveriesAtOnce, len(list))]
		args := make([]any, 0, len(part)*cols)
		for i := range part {
			d := &part[i]
			d.ID = WebhookDeliveryID(tx.NewID())
			args = append(args, d.Tenant, d.Endpoint, d.ID, d.Event, d.Kind, d.State, d.Attempts, d.Next, d.Status, d.Reply, d.Millis, d.Created, d.Tried)
		}
		if err := tx.run(manyRows(insertWebhookDeliveries, len(part), cols, ""), args...); err != nil {
			return err
		}
	}
	return nil
}

// WaitingWebhook is a delivery to try again, with its event.
type WaitingWebhook struct {
	WebhookDelivery
	Of license.StoredEvent
}

const (
	waitingWebhooks = `
SELECT ` + deliveryColumns + `
  FROM webhook_deliveries
 WHERE webhook_deliveries.tenant_id = $1 AND webhook_deliveries.endpoint_id = $2 AND webhook_deliveries.state = 'waiting'
   AND webhook_deliveries.next_at <= $3
 ORDER BY webhook_deliveries.event_id, webhook_deliveries.id
 LIMIT CAST($4 AS BIGINT)`
	findEventOfWebhook = `SELECT ` + eventColumns + ` FROM events WHERE tenant_id = $1 AND id = $2`
)

// WaitingWebhooks returns the deliveries to an endpoint that wait and are due by a moment, those of the oldest events first, at most
// limit (1 to 1000).
func (tx *Tx) WaitingWebhooks(tenant license.TenantID, id WebhookEndpointID, by license.Time, limit int) ([]WaitingWebhook, error) {
	list, err := listOf(tx, waitingWebhooks, []any{tenant, id, by, pageSize(limit)}, func(w *WaitingWebhook) []any {
		return deliveryInto(&w.WebhookDelivery)
	})
	if err != nil {
		return nil, err
	}
	data := make([]string, len(list))
	for i := range list {
		e := &list[i].Of
		err := tx.ask(nil, findEventOfWebhook, []any{tenant, list[i].WebhookDelivery.Event},
			&e.ID, &e.Tenant, &e.At, &e.Kind, &e.Actor, &e.License, &e.Subject, &data[i])
		if err != nil {
			return nil, err
		}
	}
	if err := tx.flush(); err != nil {
		return nil, err
	}
	for i := range list {
		if err := json.Unmarshal([]byte(data[i]), &list[i].Of.Data); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// WebhookBatch is what a sender has done for an endpoint since its last word.
type WebhookBatch struct {
	Held         WebhookEndpoint // as the sender was given it
	Cursor       license.EventID
	FailingSince license.Time
	Failures     int
	Next         license.Time      // the end of the lease, where the sender goes on; else when the endpoint is due again
	New          []WebhookDelivery // of events between the two cursors
	Tried        []WebhookDelivery // that waited
	Recovered    bool              // what waits is due now
	Disable      string            // why the endpoint is switched off; "" leaves it
}

const (
	saveWebhookProgress = `
UPDATE webhook_endpoints SET cursor_id = $5, failing_since = $6, failures = $7, next_at = $8
 WHERE tenant_id = $1 AND id = $2 AND next_at = $3 AND cursor_id = $4
RETURNING ` + endpointColumns
	saveWebhookDelivery = `
UPDATE webhook_deliveries SET state = $4, attempts = $5, next_at = $6, status = $7, reply = $8, millis = $9, tried_at = $10
 WHERE tenant_id = $1 AND endpoint_id = $2 AND id = $3 AND state = 'waiting'`
	hurryWebhookDeliveries = `
UPDATE webhook_deliveries SET next_at = $3
 WHERE tenant_id = $1 AND endpoint_id = $2 AND state = 'waiting' AND next_at > $3`
	disableWebhookEndpoint = `
UPDATE webhook_endpoints SET enabled = FALSE, disabled_reason = $3
 WHERE tenant_id = $1 AND id = $2 AND enabled = TRUE`
)

// webhookActor does what nobody asked for.
const webhookActor = "system"

// SaveWebhookBatch stores what a sender did, and returns the endpoint as it is now: people may have changed it meanwhile. It stores nothing
// and returns false where the sender has the endpoint no more, because its lease lapsed, or because somebody moved the cursor.
func (tx *Tx) SaveWebhookBatch(b *WebhookBatch, now license.Time) (WebhookEndpoint, bool, error) {
	h := &b.Held
	var r endpointRow
	found, err := tx.one(saveWebhookProgress, []any{h.Tenant, h.ID, h.Next, h.Cursor, b.Cursor, b.FailingSince, b.Failures, b.Next}, r.into()...)
	if err != nil || !found {
		return WebhookEndpoint{}, false, err
	}
	if b.Recovered { // before deliveries are stored that have failed since
		if err := tx.run(hurryWebhookDeliveries, h.Tenant, h.ID, now); err != nil {
			return WebhookEndpoint{}, false, err
		}
	}
	if err := tx.InsertWebhookDeliveries(b.New); err != nil {
		return WebhookEndpoint{}, false, err
	}
	for i := range b.Tried {
		d := &b.Tried[i]
		err := tx.run(saveWebhookDelivery, d.Tenant, d.Endpoint, d.ID, d.State, d.Attempts, d.Next, d.Status, d.Reply, d.Millis, d.Tried)
		if err != nil {
			return WebhookEndpoint{}, false, err
		}
	}
	e := r.endpoint()
	if b.Disable != "" && e.Enabled {
		e.Enabled, e.DisabledReason = false, b.Disable
		err = tx.disableWebhookEndpoint(&e, now)
	}
	return e, true, err
}

func (tx *Tx) disableWebhookEndpoint(e *WebhookEndpoint, now license.Time) error {
	if err := tx.run(disableWebhookEndpoint, e.Tenant, e.ID, e.DisabledReason); err != nil {
		return err
	}
	data := map[string]any{"reason": e.DisabledReason, "description": e.Description}
	if e.FailingSince != 0 {
		data["failing_since"] = e.FailingSince
	}
	return tx.AppendEvents(e.Tenant, webhookActor, now, license.Event{Kind: license.WebhookEndpointDisabled, Subject: int64(e.ID), Data: data})
}

const (
	listWebhookDeliveries = `
SELECT ` + deliveryColumns + `
  FROM webhook_deliveries
 WHERE webhook_deliveries.tenant_id = $1 AND webhook_deliveries.endpoint_id = $2 AND webhook_deliveries.id < $3`
	newestDeliveries = `
 ORDER BY webhook_deliveries.id DESC
 LIMIT CAST($4 AS BIGINT)`

	// Each is a text of its own, so that the databases see which index fits.
	listAllDeliveries       = listWebhookDeliveries + newestDeliveries
	listWaitingDeliveries   = listWebhookDeliveries + ` AND webhook_deliveries.state = 'waiting' AND webhook_deliveries.state <> 'delivered'` + newestDeliveries
	listFailedDeliveries    = listWebhookDeliveries + ` AND webhook_deliveries.state = 'failed' AND webhook_deliveries.state <> 'delivered'` + newestDeliveries
	listDeliveredDeliveries = listWebhookDeliveries + ` AND webhook_deliveries.state = 'delivered'` + newestDeliveries
)

// ListWebhookDeliveries returns the deliveries to an endpoint in a state, "" being any, newest first, below before (0 is no bound), at
// most limit (1 to 1000). Invalid for a state that is none.
func (tx *Tx) ListWebhookDeliveries(tenant license.TenantID, id WebhookEndpointID, state WebhookState, before WebhookDeliveryID, limit int) ([]WebhookDelivery, error) {
	var sql string
	switch state {
	case "":
		sql = listAllDeliveries
	case WebhookWaiting:
		sql = listWaitingDeliveries
	case WebhookFailed:
		sql = listFailedDeliveries
	case WebhookDelivered:
		sql = listDeliveredDeliveries
	default:
		return nil, license.Invalidf("state", "a delivery is waiting, delivered or failed")
	}
	below, size := pageOf(int64(before), limit)
	return listOf(tx, sql, []any{tenant, id, below, size}, deliveryInto)
}

const findWebhookDelivery = `
SELECT ` + deliveryColumns + `
  FROM webhook_deliveries
 WHERE webhook_deliveries.tenant_id = $1 AND webhook_deliveries.endpoint_id = $2 AND webhook_deliveries.id = $3`

// FindWebhookDelivery returns a delivery to an endpoint, or NotFound.
func (tx *Tx) FindWebhookDelivery(tenant license.TenantID, endpoint WebhookEndpointID, id WebhookDeliveryID) (d WebhookDelivery, err error) {
	found, err := tx.one(findWebhookDelivery, []any{tenant, endpoint, id}, deliveryInto(&d)...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such delivery"}
	}
	return d, err
}

const pruneWebhookDeliveries = `
DELETE FROM webhook_deliveries
 WHERE (tenant_id, endpoint_id, id) IN (
       SELECT old.tenant_id, old.endpoint_id, old.id
         FROM webhook_deliveries AS old
        WHERE old.created_at < $1
          AND (old.state <> 'waiting' OR NOT EXISTS (
              SELECT 1 FROM webhook_endpoints WHERE webhook_endpoints.tenant_id = old.tenant_id AND webhook_endpoints.id = old.endpoint_id))
        LIMIT CAST($2 AS BIGINT))`

// WebhookLogKept is how long the log of deliveries is kept.
const WebhookLogKept = 30 * 24 * time.Hour

// PruneWebhookDeliveries forgets deliveries that are older than WebhookLogKept, of all tenants, at most limit (1 to 1000) of them. One
// that still waits stays as long as its endpoint does. It returns how many went: fewer than limit are all.
func (tx *Tx) PruneWebhookDeliveries(now license.Time, limit int) (int64, error) {
	return tx.affected(pruneWebhookDeliveries, now.Add(-WebhookLogKept), pageSize(limit))
}
