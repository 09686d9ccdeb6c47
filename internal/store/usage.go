package store

import (
	"licet/internal/license"
)

// UsageEvent is a use that was counted under a name of its sender's, so that it counts once.
type UsageEvent struct {
	Tenant  license.TenantID
	License license.LicenseID
	Name    string // unique on the license
	Feature string // "" is the license itself
	Amount  int64
	Total   int64 // used in the period after it
	At      license.Time
}

const findUsageEvent = `
SELECT feature, amount, total, at FROM usage_events
 WHERE tenant_id = $1 AND license_id = $2 AND name = $3`

// FindUsageEvent returns the use that was counted on a license under a name; false when there is none.
func (tx *Tx) FindUsageEvent(tenant license.TenantID, id license.LicenseID, name string) (e UsageEvent, found bool, err error) {
	e = UsageEvent{Tenant: tenant, License: id, Name: name}
	found, err = tx.one(findUsageEvent, []any{tenant, id, name}, &e.Feature, &e.Amount, &e.Total, &e.At)
	return e, found, err
}

const insertUsageEvent = `
INSERT INTO usage_events (tenant_id, license_id, name, feature, amount, total, at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`

// InsertUsageEvent notes a use of a locked license. Conflict when the name is taken.
func (tx *Tx) InsertUsageEvent(e *UsageEvent) error {
	return tx.run(insertUsageEvent, e.Tenant, e.License, e.Name, e.Feature, e.Amount, e.Total, e.At)
}

const sumReserved = `
SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT), COUNT(*)
  FROM usage_reservations
 WHERE tenant_id = $1 AND license_id = $2 AND feature = $3 AND ends_at > $4`

// Reserved returns how many units of a meter live reservations keep, and how many reservations these are.
func (tx *Tx) Reserved(tenant license.TenantID, id license.LicenseID, feature string, now license.Time) (units, count int64, err error) {
	_, err = tx.one(sumReserved, []any{tenant, id, feature, now}, &units, &count)
	return units, count, err
}

const findReservation = `
SELECT license_id, id, feature, device_id, amount, created_at, ends_at
  FROM usage_reservations
 WHERE tenant_id = $1 AND license_id = $2 AND id = $3`

// FindReservation returns a reservation of a license, live or not; nil when there is none.
func (tx *Tx) FindReservation(tenant license.TenantID, of license.LicenseID, id license.ReservationID) (*license.Reservation, error) {
	r := new(license.Reservation)
	found, err := tx.one(findReservation, []any{tenant, of, id}, &r.License, &r.ID, &r.Feature, &r.Device, &r.Amount, &r.Created, &r.Until)
	if err != nil || !found {
		return nil, err
	}
	return r, nil
}

const insertReservation = `
INSERT INTO usage_reservations (tenant_id, license_id, id, feature, device_id, amount, created_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const (
	dropReservation       = `DELETE FROM usage_reservations WHERE tenant_id = $1 AND license_id = $2 AND id = $3`
	dropReservations      = `DELETE FROM usage_reservations WHERE tenant_id = $1 AND license_id = $2`
	dropReservationsOfOne = dropReservations + ` AND device_id = $3`
)

// applyReservations stores what a change does to reservations. A device that gives its place back cannot settle its own any
// more, so they go with it.
func (tx *Tx) applyReservations(tenant license.TenantID, ch *license.Change) error {
	if r := ch.Reservation; r != nil {
		if err := tx.run(insertReservation, tenant, r.License, r.ID, r.Feature, r.Device, r.Amount, r.Created, r.Until); err != nil {
			return err
		}
	}
	if ch.DropReservation != 0 {
		if err := tx.run(dropReservation, tenant, ch.License.ID, ch.DropReservation); err != nil {
			return err
		}
	}
	if ch.DropLeases && ch.License.Terms.Meters() {
		return tx.run(dropReservationsOfOne, tenant, ch.License.ID, ch.Device.ID)
	}
	return nil
}

// nameReservation gives a new reservation its identity.
func (tx *Tx) nameReservation(ch *license.Change) {
	if ch.Reservation == nil || ch.Reservation.ID != 0 {
		return
	}
	ch.Reservation.ID = license.ReservationID(tx.NewID())
	for i := range ch.Events {
		if ch.Events[i].Kind == license.UsageReserved {
			ch.Events[i].Data["reservation"] = int64(ch.Reservation.ID)
		}
	}
}

const pruneUsageEvents = `
DELETE FROM usage_events
 WHERE (tenant_id, license_id, name) IN
       (SELECT old.tenant_id, old.license_id, old.name FROM usage_events AS old
         WHERE old.at < $1 ORDER BY old.at LIMIT CAST($2 AS BIGINT))`

const pruneReservations = `
DELETE FROM usage_reservations
 WHERE (tenant_id, license_id, id) IN
       (SELECT old.tenant_id, old.license_id, old.id FROM usage_reservations AS old
         WHERE old.ends_at <= $1 ORDER BY old.ends_at LIMIT CAST($2 AS BIGINT))`

// PruneUsage drops what nobody asks for any more, at most limit (1 to 1000) of each: uses that were counted before a moment,
// and reservations whose time is over. It returns how many rows went.
func (tx *Tx) PruneUsage(before, now license.Time, limit int) (int64, error) {
	size := pageSize(limit)
	events, err := tx.affected(pruneUsageEvents, before, size)
	if err != nil {
		return 0, err
	}
	held, err := tx.affected(pruneReservations, now, size)
	return events + held, err
}
