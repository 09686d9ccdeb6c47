-- +goose Up

-- What an API key is for, and when it was last used, to a minute.
ALTER TABLE api_keys ADD COLUMN products TEXT NOT NULL DEFAULT ''; -- identities, separated by blanks; '' is all
ALTER TABLE api_keys ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;

-- Requests that a client may send again and have carried out once.
CREATE TABLE idempotency_keys (
    tenant_id  BIGINT NOT NULL,
    key_id     BIGINT NOT NULL, -- the API key that asked
    name       TEXT   NOT NULL,
    digest     BYTEA  NOT NULL, -- of the request
    started_at BIGINT NOT NULL,
    status     BIGINT NOT NULL DEFAULT 0, -- of the answer; 0 is none yet
    answer     BYTEA,                     -- sealed
    PRIMARY KEY (tenant_id, key_id, name)
);
CREATE INDEX idempotency_keys_by_start ON idempotency_keys (started_at);

-- Uses that were counted, by the name their sender gave them, so that each counts once.
CREATE TABLE usage_events (
    tenant_id  BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    feature    TEXT   NOT NULL, -- '' is the license itself
    amount     BIGINT NOT NULL,
    total      BIGINT NOT NULL, -- after it
    at         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, license_id, name)
);
CREATE INDEX usage_events_by_time ON usage_events (at);

-- Units that are kept for somebody until they are used, given back, or their time is over.
CREATE TABLE usage_reservations (
    tenant_id  BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    feature    TEXT   NOT NULL,
    device_id  BIGINT NOT NULL,
    amount     BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, license_id, id)
);
CREATE INDEX usage_reservations_live ON usage_reservations (tenant_id, license_id, feature, ends_at);
CREATE INDEX usage_reservations_by_end ON usage_reservations (ends_at);

-- Who is told of events. cursor is the last event that was looked at.
CREATE TABLE webhook_endpoints (
    tenant_id       BIGINT  NOT NULL REFERENCES tenants (id),
    id              BIGINT  NOT NULL,
    url             TEXT    NOT NULL,
    description     TEXT    NOT NULL,
    kinds           TEXT    NOT NULL, -- patterns of event kinds, separated by blanks
    secret          BYTEA   NOT NULL, -- sealed
    old_secret      BYTEA,            -- sealed; signs as well until old_until
    old_until       BIGINT  NOT NULL DEFAULT 0,
    enabled         BOOLEAN NOT NULL,
    disabled_reason TEXT    NOT NULL DEFAULT '',
    cursor_id       BIGINT  NOT NULL,
    failing_since   BIGINT  NOT NULL DEFAULT 0,
    failures        BIGINT  NOT NULL DEFAULT 0, -- in a row
    next_at         BIGINT  NOT NULL DEFAULT 0, -- not before; or, while somebody is at it, when that lapses
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX webhook_endpoints_due ON webhook_endpoints (next_at) WHERE enabled = TRUE;

-- What became of an event at an endpoint. Those of an endpoint that was dropped stay until their time is over.
CREATE TABLE webhook_deliveries (
    tenant_id   BIGINT NOT NULL,
    endpoint_id BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    event_id    BIGINT NOT NULL, -- 0 is a test
    kind        TEXT   NOT NULL,
    state       TEXT   NOT NULL, -- waiting, delivered or failed
    attempts    BIGINT NOT NULL,
    next_at     BIGINT NOT NULL DEFAULT 0, -- of one that waits
    status      BIGINT NOT NULL DEFAULT 0, -- HTTP status of the last attempt; 0 is none
    reply       TEXT   NOT NULL DEFAULT '', -- beginning of the last answer, or why there was none
    millis      BIGINT NOT NULL DEFAULT 0, -- how long the last attempt took
    created_at  BIGINT NOT NULL,
    tried_at    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, endpoint_id, id)
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (tenant_id, endpoint_id, next_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (tenant_id, endpoint_id, state, id) WHERE state <> 'delivered';
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (created_at);

-- From where licenses may be used. product_id and license_id narrow it; 0 is all.
CREATE TABLE address_rules (
    tenant_id  BIGINT NOT NULL REFERENCES tenants (id),
    id         BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    mode       TEXT   NOT NULL, -- off, report or enforce
    allow      TEXT   NOT NULL, -- networks and countries, separated by blanks
    deny       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX address_rules_by_product ON address_rules (tenant_id, product_id, license_id);
CREATE INDEX address_rules_by_license ON address_rules (tenant_id, license_id);
CREATE TABLE address_hits (
    tenant_id BIGINT NOT NULL,
    rule_id   BIGINT NOT NULL,
    entry     TEXT   NOT NULL, -- of the rule; 'other' is no entry of allow
    hits      BIGINT NOT NULL,
    last_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, rule_id, entry),
    FOREIGN KEY (tenant_id, rule_id) REFERENCES address_rules (tenant_id, id) ON DELETE CASCADE
);
-- When a rule was last reported about a license: at most once an hour.
CREATE TABLE address_reports (
    tenant_id  BIGINT NOT NULL,
    rule_id    BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, rule_id, license_id),
    FOREIGN KEY (tenant_id, rule_id) REFERENCES address_rules (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX address_reports_by_license ON address_reports (tenant_id, license_id);
CREATE INDEX address_reports_by_time ON address_reports (at);
-- Whether any rule may concern licenses of the product: a check of others looks at none.
ALTER TABLE products ADD COLUMN address_ruled BOOLEAN NOT NULL DEFAULT FALSE;

-- Public keys are listed for all tenants too, newest first.
CREATE INDEX signing_keys_by_id ON signing_keys (id);
