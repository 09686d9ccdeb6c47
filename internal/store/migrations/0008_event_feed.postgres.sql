-- +goose Up

-- Events in the order in which they happened, up to the oldest transaction that still runs: nothing can come before what
-- has been seen. The position of an event is the number of its own transaction, or of the newest one that had ended when
-- it was made, where that is larger: a transaction may have begun before another and waited for it, and what it then does
-- comes after. All events that were there before come first.
ALTER TABLE events ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE events ALTER COLUMN position SET DEFAULT GREATEST(
    CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT),
    CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT) - 1);
CREATE INDEX events_by_position ON events (tenant_id, position, id);
CREATE VIEW event_feed AS
SELECT tenant_id, id, position, at, kind, actor, license_id, subject_id, data
  FROM events
 WHERE position < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT);
