-- +goose Up

-- No two events have the same position here.
DROP VIEW event_feed;
CREATE VIEW event_feed AS
SELECT tenant_id, id, id AS position, at, kind, actor, license_id, subject_id, data, id AS turn
  FROM events;
