-- +goose Up

-- A device stays known after it is freed. The key is the table itself here, since
-- every check looks one device up by it.
CREATE TABLE devices (
    tenant_id    BIGINT  NOT NULL,
    license_id   BIGINT  NOT NULL,
    bound_to     TEXT    NOT NULL, -- hwid or ip
    bound_value  TEXT    NOT NULL,
    id           BIGINT  NOT NULL,
    name         TEXT    NOT NULL DEFAULT '',
    app_version  TEXT    NOT NULL DEFAULT '',
    address      TEXT    NOT NULL DEFAULT '',
    active       BOOLEAN NOT NULL,
    blocked      BOOLEAN NOT NULL DEFAULT FALSE,
    first_seen   BIGINT  NOT NULL,
    activated_at BIGINT  NOT NULL DEFAULT 0,
    freed_at     BIGINT  NOT NULL DEFAULT 0,
    seen_at      BIGINT  NOT NULL DEFAULT 0, -- to a quarter of an hour
    PRIMARY KEY (tenant_id, license_id, bound_to, bound_value),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
) WITHOUT ROWID;

CREATE TABLE events (
    tenant_id  BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    actor      TEXT   NOT NULL,
    license_id BIGINT,
    subject_id BIGINT NOT NULL DEFAULT 0,
    data       TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX events_by_license ON events (tenant_id, license_id, id) WHERE license_id IS NOT NULL;
