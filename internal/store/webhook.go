package store

import (
	"fmt"
	"strings"
	"time"

	"licet/internal/license"
)

type (
	WebhookEndpointID int64 // of an endpoint
	WebhookDeliveryID int64 // of what became of one event there
)

// WebhookEndpoint is an address that is told of events.
type WebhookEndpoint struct {
	Tenant         license.TenantID
	ID             WebhookEndpointID
	URL            string
	Description    string
	Kinds          []string     // which events: * for all, license.* for an area, or a kind; at least one
	Secret         []byte       // sealed for Context: what deliveries are signed with
	OldSecret      []byte       // sealed likewise; signs as well until OldUntil; nil is none
	OldUntil       license.Time // 0 is never
	Enabled        bool
	DisabledReason string          // of one that is off
	Cursor         license.EventID // the last event of the feed that was looked at; 0 is none
	FailingSince   license.Time    // the first failure since the last success; 0 is none
	Failures       int             // in a row
	Next           license.Time    // nothing is sent before; or, while a sender is at it, when others may take over
	Created        license.Time
	Updated        license.Time // by people
}

// Context is what the secrets of an endpoint are sealed for.
func (e *WebhookEndpoint) Context() string { return fmt.Sprintf("webhook/%d/%d", e.Tenant, e.ID) }

// Wants reports whether the endpoint is told of events of a kind.
func (e *WebhookEndpoint) Wants(kind license.EventKind) bool {
	for _, pattern := range e.Kinds {
		area, all := strings.CutSuffix(pattern, "*")
		if all && strings.HasPrefix(string(kind), area) || pattern == string(kind) {
			return true
		}
	}
	return false
}

// Paused reports whether nothing is sent because the endpoint fails, or its sender has just begun again.
func (e *WebhookEndpoint) Paused() bool { return e.Failures >= WebhookPatience }

const (
	// WebhookPatience is after how many failures in a row an endpoint rests.
	WebhookPatience = 5
	// WebhookLease is how long a sender has an endpoint for itself, from its last word on.
	WebhookLease = 30 * time.Second
)

const endpointColumns = `tenant_id, id, url, description, kinds, secret, old_secret, old_until, enabled, disabled_reason, cursor_id,
       failing_since, failures, next_at, created_at, updated_at`

// endpointRow is a row of endpointColumns.
type endpointRow struct {
	WebhookEndpoint
	kinds string
}

func (r *endpointRow) into() []any {
	e := &r.WebhookEndpoint
	return []any{
		&e.Tenant, &e.ID, &e.URL, &e.Description, &r.kinds, &e.Secret, &e.OldSecret, &e.OldUntil, &e.Enabled, &e.DisabledReason, &e.Cursor,
		&e.FailingSince, &e.Failures, &e.Next, &e.Created, &e.Updated,
	}
}

func (r *endpointRow) endpoint() WebhookEndpoint {
	r.Kinds = strings.Fields(r.kinds)
	return r.WebhookEndpoint
}

func (tx *Tx) endpoints(sql string, args ...any) ([]WebhookEndpoint, error) {
	rows, err := listOf(tx, sql, args, (*endpointRow).into)
	var out []WebhookEndpoint
	for i := range rows {
		out = append(out, rows[i].endpoint())
	}
	return out, err
}

func (tx *Tx) endpoint(sql string, args ...any) (WebhookEndpoint, error) {
	var r endpointRow
	found, err := tx.one(sql, args, r.into()...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such webhook endpoint"}
	}
	return r.endpoint(), err
}

const insertWebhookEndpoint = `
INSERT INTO webhook_endpoints (` + endpointColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`

// InsertWebhookEndpoint stores a new endpoint. It has its ID already, because its secret is sealed for that.
func (tx *Tx) InsertWebhookEndpoint(e *WebhookEndpoint) error {
	return tx.run(insertWebhookEndpoint, e.Tenant, e.ID, e.URL, e.Description, strings.Join(e.Kinds, " "), e.Secret, e.OldSecret, e.OldUntil,
		e.Enabled, e.DisabledReason, e.Cursor, e.FailingSince, e.Failures, e.Next, e.Created, e.Updated)
}

const findWebhookEndpoint = `SELECT ` + endpointColumns + ` FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2`

// FindWebhookEndpoint returns an endpoint of a tenant, or NotFound.
func (tx *Tx) FindWebhookEndpoint(tenant license.TenantID, id WebhookEndpointID) (WebhookEndpoint, error) {
	return tx.endpoint(findWebhookEndpoint, tenant, id)
}

const lockWebhookEndpoint = `
UPDATE webhook_endpoints SET enabled = enabled
 WHERE tenant_id = $1 AND id = $2
RETURNING ` + endpointColumns

// LockWebhookEndpoint is FindWebhookEndpoint, and nobody else changes the endpoint until the transaction ends.
func (tx *Tx) LockWebhookEndpoint(tenant license.TenantID, id WebhookEndpointID) (WebhookEndpoint, error) {
	return tx.endpoint(lockWebhookEndpoint, tenant, id)
}

const saveWebhookEndpoint = `
UPDATE webhook_endpoints
   SET url = $3, description = $4, kinds = $5, secret = $6, old_secret = $7, old_until = $8, enabled = $9, disabled_reason = $10,
       cursor_id = $11, failing_since = $12, failures = $13, next_at = $14, updated_at = $15
 WHERE tenant_id = $1 AND id = $2`

// SaveWebhookEndpoint stores a locked endpoint. A sender that is at work loses it where Cursor or Next were changed.
func (tx *Tx) SaveWebhookEndpoint(e *WebhookEndpoint) error {
	return tx.run(saveWebhookEndpoint, e.Tenant, e.ID, e.URL, e.Description, strings.Join(e.Kinds, " "), e.Secret, e.OldSecret, e.OldUntil,
		e.Enabled, e.DisabledReason, e.Cursor, e.FailingSince, e.Failures, e.Next, e.Updated)
}

const dropWebhookEndpoint = `DELETE FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2`

// DropWebhookEndpoint forgets an endpoint. What was delivered there is pruned in time, and what waits is not sent.
func (tx *Tx) DropWebhookEndpoint(tenant license.TenantID, id WebhookEndpointID) error {
	return tx.run(dropWebhookEndpoint, tenant, id)
}

const countWebhookEndpoints = `SELECT COUNT(*) FROM webhook_endpoints WHERE tenant_id = $1`

// CountWebhookEndpoints returns how many endpoints a tenant has.
func (tx *Tx) CountWebhookEndpoints(tenant license.TenantID) (n int, err error) {
	_, err = tx.one(countWebhookEndpoints, []any{tenant}, &n)
	return n, err
}

const listWebhookEndpoints = `
SELECT ` + endpointColumns + `
  FROM webhook_endpoints
 WHERE tenant_id = $1 AND id < $2
 ORDER BY id DESC
 LIMIT CAST($3 AS BIGINT)`

// ListWebhookEndpoints returns the endpoints of a tenant, newest first, below before (0 is no bound), at most limit (1 to 1000).
func (tx *Tx) ListWebhookEndpoints(tenant license.TenantID, before WebhookEndpointID, limit int) ([]WebhookEndpoint, error) {
	below, size := pageOf(int64(before), limit)
	return tx.endpoints(listWebhookEndpoints, tenant, below, size)
}

// An endpoint has something to do when its cursor is not at the end of the feed, or when what waits there is due.
const dueWebhookEndpoints = `
SELECT due.tenant_id, due.id
  FROM webhook_endpoints AS due
 WHERE due.enabled = TRUE AND due.next_at <= $1
   AND (due.cursor_id <> COALESCE((SELECT newest.id FROM event_feed AS newest WHERE newest.tenant_id = due.tenant_id
                                    ORDER BY newest.position DESC, newest.turn DESC, newest.id DESC LIMIT 1), 0)
        OR EXISTS (SELECT 1 FROM webhook_deliveries AS late
                    WHERE late.tenant_id = due.tenant_id AND late.endpoint_id = due.id AND late.state = 'waiting' AND late.next_at <= $1))
 ORDER BY due.next_at
 LIMIT CAST($2 AS BIGINT)`

// WebhookEndpointRef names an endpoint of whatever tenant.
type WebhookEndpointRef struct {
	Tenant license.TenantID
	ID     WebhookEndpointID
}

// DueWebhookEndpoints returns the endpoints of all tenants that have something to be sent, at most limit (1 to 1000); those that have
// waited longest come first.
func (tx *Tx) DueWebhookEndpoints(now license.Time, limit int) ([]WebhookEndpointRef, error) {
	return listOf(tx, dueWebhookEndpoints, []any{now, pageSize(limit)}, func(r *WebhookEndpointRef) []any { return []any{&r.Tenant, &r.ID} })
}

const claimWebhookEndpoint = `
UPDATE webhook_endpoints SET next_at = $4
 WHERE tenant_id = $1 AND id = $2 AND enabled = TRUE AND next_at <= $3
RETURNING ` + endpointColumns

// ClaimWebhookEndpoint takes an endpoint for a sender, who has it for itself for WebhookLease; false when somebody else has it, or it
// is not due.
func (tx *Tx) ClaimWebhookEndpoint(ref WebhookEndpointRef, now license.Time) (WebhookEndpoint, bool, error) {
	var r endpointRow
	found, err := tx.one(claimWebhookEndpoint, []any{ref.Tenant, ref.ID, now, now.Add(WebhookLease)}, r.into()...)
	return r.endpoint(), found, err
}
