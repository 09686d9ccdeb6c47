package store

import (
	"encoding/json"

	"licet/internal/license"
)

const insertEvents = `
INSERT INTO events (tenant_id, id, at, kind, actor, license_id, subject_id, data)
VALUES `

// eventsAtOnce is how many events one statement carries.
const eventsAtOnce = 200

// AppendEvents records facts in the transaction that made them.
func (tx *Tx) AppendEvents(tenant license.TenantID, actor string, now license.Time, events ...license.Event) error {
	const cols = 8
	tx.eventful = tx.eventful || len(events) > 0
	for from := 0; from < len(events); from += eventsAtOnce {
		part := events[from:min(from+eventsAtOnce, len(events))]
		args := make([]any, 0, len(part)*cols)
		for i := range part {
			e := &part[i]
			data := []byte("{}")
			if len(e.Data) > 0 {
				var err error
				if data, err = json.Marshal(e.Data); err != nil {
					return err
				}
			}
			args = append(args, tenant, tx.NewID(), now, e.Kind, actor, orNull(e.License), e.Subject, string(data))
		}
		if err := tx.run(manyRows(insertEvents, len(part), cols, ""), args...); err != nil {
			return err
		}
	}
	return nil
}

const eventColumns = `id, tenant_id, at, kind, actor, license_id, subject_id, data`

const eventsOfTenant = `
SELECT ` + eventColumns + `
  FROM events
 WHERE tenant_id = $1 AND id < $2
 ORDER BY id DESC
 LIMIT CAST($3 AS BIGINT)`

// eventsOfLicense asks for identities alone first: for whole rows SQLite would rather go through the events of the tenant.
const eventsOfLicense = `
SELECT events.id, events.tenant_id, events.at, events.kind, events.actor, events.license_id, events.subject_id, events.data
  FROM (SELECT id FROM events
         WHERE tenant_id = $1 AND license_id = $2 AND id < $3
         ORDER BY id DESC
         LIMIT CAST($4 AS BIGINT)) AS mine
 CROSS JOIN events
 WHERE events.tenant_id = $1 AND events.id = mine.id
 ORDER BY events.id DESC`

// ListEvents returns the newest events of a tenant, or of one of its licenses, that are older than
// before (0 is no bound), at most limit (1 to 1000).
func (tx *Tx) ListEvents(tenant license.TenantID, of license.LicenseID, before license.EventID, limit int) ([]license.StoredEvent, error) {
	if before == 0 {
		before = license.MaxID
	}
	limit = min(max(limit, 1), 1000)
	sql, args := eventsOfTenant, []any{tenant, before, limit}
	if of != 0 {
		sql, args = eventsOfLicense, []any{tenant, of, before, limit}
	}
	return tx.eventsOf(sql, args...)
}

// eventsOf reads events by a query for eventColumns.
func (tx *Tx) eventsOf(sql string, args ...any) ([]license.StoredEvent, error) {
	var out []license.StoredEvent
	err := tx.each(sql, args, func(scan func(...any) error) error {
		var e license.StoredEvent
		var data string
		if err := scan(&e.ID, &e.Tenant, &e.At, &e.Kind, &e.Actor, &e.License, &e.Subject, &data); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(data), &e.Data); err != nil {
			return err
		}
		out = append(out, e)
		return nil
	})
	return out, err
}
