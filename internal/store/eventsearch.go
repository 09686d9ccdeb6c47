package store

import (
	"strings"
	"time"

	"licet/internal/license"
)

// EventFilter narrows the events of a tenant; the zero value is all. All conditions hold together.
type EventFilter struct {
	Kind    string // a kind, or with a dot at its end what kinds begin with
	Actor   string // what the actor begins with, byte for byte
	License license.LicenseID
	Subject int64
	From    license.Time // on or after it; 0 is no bound
	Until   license.Time // before it; 0 is no bound
}

// A page looks at the newest events below an identity: those are the inner query, which an index gives. That of a license gives their
// identities alone: for whole rows SQLite would rather go through the events of the tenant.
const (
	eventsLookedAt = `
SELECT ` + eventColumns + `
  FROM (SELECT ` + eventColumns + `
          FROM events
         WHERE tenant_id = $1 AND id < $2
         ORDER BY id DESC
         LIMIT CAST($3 AS BIGINT)) AS looked`
	eventsLookedAtOfLicense = `
SELECT ` + eventColumns + `
  FROM (SELECT events.id, events.tenant_id, events.at, events.kind, events.actor, events.license_id, events.subject_id, events.data
          FROM (SELECT id FROM events
                 WHERE tenant_id = $1 AND license_id = $13 AND id < $2
                 ORDER BY id DESC
                 LIMIT CAST($3 AS BIGINT)) AS mine
         CROSS JOIN events
         WHERE events.tenant_id = $1 AND events.id = mine.id) AS looked`
	eventsWanted = `
 WHERE kind COLLATE "binary" >= $4 AND kind COLLATE "binary" < $5
   AND actor COLLATE "binary" >= $6 AND actor COLLATE "binary" < $7
   AND subject_id >= $8 AND subject_id <= $9 AND at >= $10 AND at < $11
 ORDER BY id DESC
 LIMIT CAST($12 AS BIGINT)`
	searchEvents          = eventsLookedAt + eventsWanted
	searchEventsOfLicense = eventsLookedAtOfLicense + eventsWanted
)

const (
	eventsLooked = `
SELECT COALESCE(MIN(id), 0), COUNT(*)
  FROM (SELECT id FROM events WHERE tenant_id = $1 AND id < $2 ORDER BY id DESC LIMIT CAST($3 AS BIGINT)) AS looked`
	eventsLookedOfLicense = `
SELECT COALESCE(MIN(id), 0), COUNT(*)
  FROM (SELECT id FROM events WHERE tenant_id = $1 AND license_id = $4 AND id < $2 ORDER BY id DESC LIMIT CAST($3 AS BIGINT)) AS looked`
)

// clockSlack is how far the times of neighbouring events may be out of order: transactions take their time, and clocks are set.
const clockSlack = time.Hour

// SearchEvents returns a page of events of a tenant, newest first, below before (0 is no bound), at most limit (1 to 1000), and the before
// of the next page, 0 where there is nothing more. A page looks at 10,000 events and no more, so one of a narrow filter may be short, or
// empty, and yet have a next one. Times of events follow their identities to about an hour; where a clock was set by more, those that lie
// out of order may be missed by From and Until.
func (tx *Tx) SearchEvents(tenant license.TenantID, f *EventFilter, before license.EventID, limit int) ([]license.StoredEvent, license.EventID, error) {
	below, size := pageOf(int64(before), limit)
	floor := int64(0)
	if f.Until != 0 {
		_, end, err := tx.eventsAround(tenant, f.Until.Add(clockSlack), below)
		if err != nil {
			return nil, 0, err
		}
		below = end
	}
	if f.From != 0 {
		var err error
		if floor, _, err = tx.eventsAround(tenant, f.From.Add(-clockSlack), below); err != nil {
			return nil, 0, err
		}
	}
	// What many events meet is found among the first; what few meet takes a longer look.
	look := size + 1
	var page []license.StoredEvent
	for scanned := 0; scanned < maxScanned; look = maxScanned - scanned {
		scanned += look
		rows, err := tx.searchEvents(tenant, f, below, look, size+1-len(page))
		if err != nil {
			return nil, 0, err
		}
		if page = append(page, rows...); len(page) > size {
			return page[:size], page[size-1].ID, nil
		}
		last, count, err := tx.eventsLooked(tenant, f, below, look)
		if err != nil || count < int64(look) || last <= floor {
			return page, 0, err
		}
		below = last
	}
	return page, license.EventID(below), nil
}

// searchEvents returns those that the filter wants of the next look events, at most limit.
func (tx *Tx) searchEvents(tenant license.TenantID, f *EventFilter, below int64, look, limit int) ([]license.StoredEvent, error) {
	kind, beyondKind := f.Kind, f.Kind+"\x01" // No text holds a NUL, so this is the next one.
	if f.Kind == "" || strings.HasSuffix(f.Kind, ".") {
		kind, beyondKind = begins(f.Kind)
	}
	actor, beyondActor := begins(f.Actor)
	least, most, until := f.Subject, f.Subject, f.Until
	if f.Subject == 0 {
		least, most = -license.MaxID, license.MaxID
	}
	if until == 0 {
		until = license.Forever
	}
	sql, args := searchEvents, []any{tenant, below, look, kind, beyondKind, actor, beyondActor, least, most, f.From, until, limit}
	if f.License != 0 {
		sql, args = searchEventsOfLicense, append(args, f.License)
	}
	return tx.eventsOf(sql, args...)
}

// eventsLooked returns the last event of a look, and how many those were.
func (tx *Tx) eventsLooked(tenant license.TenantID, f *EventFilter, below int64, look int) (last, count int64, err error) {
	sql, args := eventsLooked, []any{tenant, below, look}
	if f.License != 0 {
		sql, args = eventsLookedOfLicense, append(args, f.License)
	}
	_, err = tx.one(sql, args, &last, &count)
	return last, count, err
}

const nextEvent = `SELECT id, at FROM events WHERE tenant_id = $1 AND id >= $2 ORDER BY id LIMIT 1`

// idSlack is how many identities eventsAround leaves open: about those of a quarter of an hour.
const idSlack = 1_000_000_000

// eventsAround returns two identities at most idSlack apart: all events below low are earlier than a moment, and all from high on, but
// below the bound, are of that moment or later. There is no index of times, so it looks where identities of that time should lie, and
// then halves what is left.
func (tx *Tx) eventsAround(tenant license.TenantID, at license.Time, below int64) (low, high int64, err error) {
	low, high = 0, below
	probe := int64(at) // Identities are close to microseconds.
	for tries := 0; high-low > idSlack; tries++ {
		if probe <= low || probe >= high || tries > 1 {
			probe = low + (high-low)/2
		}
		id, when := int64(license.MaxID), license.Forever
		if _, err := tx.one(nextEvent, []any{tenant, probe}, &id, &when); err != nil {
			return 0, 0, err
		}
		if id >= high || when >= at {
			high = probe
			probe -= idSlack
		} else {
			low = id + 1
			probe = id + idSlack
		}
	}
	return low, high, nil
}
