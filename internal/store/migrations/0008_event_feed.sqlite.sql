-- +goose Up

-- Events in the order in which they were committed. There is one writer here, and its identities grow.
CREATE VIEW event_feed AS
SELECT tenant_id, id, id AS position, at, kind, actor, license_id, subject_id, data
  FROM events;
