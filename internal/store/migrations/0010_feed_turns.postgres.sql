-- +goose Up

-- Events of different transactions may have the same position. Their turn then says in which order they were stored,
-- whichever server did so. Those that were there before have none, and come in the order of their identities.
CREATE SEQUENCE event_turns;
ALTER TABLE events ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
ALTER TABLE events ALTER COLUMN turn SET DEFAULT nextval('event_turns');
DROP INDEX events_by_position;
CREATE INDEX events_by_position ON events (tenant_id, position, turn, id);
CREATE OR REPLACE VIEW event_feed AS
SELECT tenant_id, id, position, at, kind, actor, license_id, subject_id, data, turn
  FROM events
 WHERE position < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT);
