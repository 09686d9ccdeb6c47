-- +goose Up

-- Tenants and their people ---------------------------------------------------------------------

CREATE TABLE tenants (
    id         BIGINT NOT NULL PRIMARY KEY,
    code       TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- What a tenant set for itself, as text under a name: its own lockout policies, say.
CREATE TABLE tenant_settings (
    tenant_id BIGINT NOT NULL REFERENCES tenants (id),
    name      TEXT   NOT NULL,
    value     TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

CREATE TABLE platform_users (
    id              BIGINT  NOT NULL PRIMARY KEY,
    email           TEXT    NOT NULL,
    email_folded    TEXT    NOT NULL UNIQUE,
    name            TEXT    NOT NULL,
    password_hash   TEXT    NOT NULL,
    password_hashes TEXT    NOT NULL DEFAULT '', -- recent ones, one a line, newest first
    disabled        BOOLEAN NOT NULL DEFAULT FALSE,
    created_at      BIGINT  NOT NULL
);

CREATE TABLE members (
    tenant_id  BIGINT NOT NULL REFERENCES tenants (id),
    user_id    BIGINT NOT NULL REFERENCES platform_users (id),
    role       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id, tenant_id);

CREATE TABLE api_keys (
    tenant_id   BIGINT NOT NULL REFERENCES tenants (id),
    id          BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    hint        TEXT   NOT NULL, -- first characters, to tell keys apart
    secret_hash BYTEA  NOT NULL UNIQUE,
    scopes      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL DEFAULT 0,
    revoked_at  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
);

-- Failed attempts, per account or address, tenant 0 is the whole server.
CREATE TABLE lockouts (
    tenant_id     BIGINT  NOT NULL,
    audience      TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    failures      BIGINT  NOT NULL,
    level         BIGINT  NOT NULL,
    first_failure BIGINT  NOT NULL,
    last_failure  BIGINT  NOT NULL,
    locked_until  BIGINT  NOT NULL,
    permanent     BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, audience, subject)
);

-- What is sold -----------------------------------------------------------------------------------

CREATE TABLE products (
    tenant_id   BIGINT  NOT NULL REFERENCES tenants (id),
    id          BIGINT  NOT NULL,
    number      BIGINT  NOT NULL UNIQUE, -- over the whole server
    code        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    auth_method TEXT    NOT NULL,
    disabled    BOOLEAN NOT NULL DEFAULT FALSE,
    archived    BOOLEAN NOT NULL DEFAULT FALSE,
    key_mask    TEXT    NOT NULL DEFAULT '', -- pattern of new keys, '' is the default one
    key_letters TEXT    NOT NULL DEFAULT '', -- alphabet of its random characters
    metadata    TEXT    NOT NULL DEFAULT '',
    e2ee_key    BYTEA,  -- sealed, NULL when answers go in clear
    created_at  BIGINT  NOT NULL,
    revision    BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code)
);

-- Terms are never changed, so licenses with equal terms share a row and a row may be cached for ever.
CREATE TABLE terms (
    tenant_id BIGINT NOT NULL REFERENCES tenants (id),
    id        BIGINT NOT NULL,
    digest    BYTEA  NOT NULL, -- SHA-256 of body
    body      TEXT   NOT NULL, -- license.Terms as JSON
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, digest)
);

CREATE TABLE policies (
    tenant_id  BIGINT  NOT NULL,
    id         BIGINT  NOT NULL,
    product_id BIGINT  NOT NULL,
    code       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    is_default BOOLEAN NOT NULL DEFAULT FALSE,
    archived   BOOLEAN NOT NULL DEFAULT FALSE,
    terms_id   BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL,
    revision   BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, product_id, code),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
    FOREIGN KEY (tenant_id, terms_id) REFERENCES terms (tenant_id, id)
);
CREATE UNIQUE INDEX policies_one_default ON policies (tenant_id, product_id) WHERE is_default = TRUE;

-- Who bought it ------------------------------------------------------------------------------------

CREATE TABLE customers (
    tenant_id    BIGINT NOT NULL REFERENCES tenants (id),
    id           BIGINT NOT NULL,
    email        TEXT   NOT NULL,
    email_folded TEXT   NOT NULL,
    name         TEXT   NOT NULL DEFAULT '',
    company      TEXT   NOT NULL DEFAULT '',
    reference    TEXT   NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_folded)
);

CREATE TABLE orders (
    tenant_id    BIGINT  NOT NULL REFERENCES tenants (id),
    id           BIGINT  NOT NULL,
    reference    TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    customer_id  BIGINT,
    is_trial     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT  NOT NULL,
    completed_at BIGINT  NOT NULL DEFAULT 0,
    revision     BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, reference),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
);
CREATE INDEX orders_by_customer ON orders (tenant_id, customer_id, id) WHERE customer_id IS NOT NULL;

-- The right to use ---------------------------------------------------------------------------------

CREATE TABLE licenses (
    tenant_id          BIGINT  NOT NULL,
    id                 BIGINT  NOT NULL,
    product_id         BIGINT  NOT NULL,
    order_id           BIGINT  NOT NULL, -- every license is part of an order
    policy_id          BIGINT,
    customer_id        BIGINT,
    license_key        TEXT    NOT NULL DEFAULT '',
    key_folded         TEXT,             -- how the key is compared, NULL when it has none
    standing           TEXT    NOT NULL,
    withheld           BOOLEAN NOT NULL DEFAULT FALSE,
    redemption_blocked BOOLEAN NOT NULL DEFAULT FALSE,
    block_reason       TEXT    NOT NULL DEFAULT '',
    terms_id           BIGINT  NOT NULL,
    issued_at          BIGINT  NOT NULL,
    not_before         BIGINT  NOT NULL DEFAULT 0,
    started_at         BIGINT  NOT NULL DEFAULT 0,
    expires_at         BIGINT  NOT NULL DEFAULT 0,
    maintained_until   BIGINT  NOT NULL DEFAULT 0,
    first_used_at      BIGINT  NOT NULL DEFAULT 0,
    activated          BIGINT  NOT NULL DEFAULT 0,
    transfers          BIGINT  NOT NULL DEFAULT 0,
    freed_device       BIGINT  NOT NULL DEFAULT 0,
    used               BIGINT  NOT NULL DEFAULT 0,
    used_since         BIGINT  NOT NULL DEFAULT 0,
    note               TEXT    NOT NULL DEFAULT '',
    metadata           TEXT    NOT NULL DEFAULT '',
    revision           BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, product_id, key_folded),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
    FOREIGN KEY (tenant_id, policy_id) REFERENCES policies (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    FOREIGN KEY (tenant_id, terms_id) REFERENCES terms (tenant_id, id)
);
CREATE INDEX licenses_by_order ON licenses (tenant_id, order_id, id);
CREATE INDEX licenses_by_product ON licenses (tenant_id, product_id, id);
CREATE INDEX licenses_by_issue ON licenses (tenant_id, issued_at, id);
CREATE INDEX licenses_by_customer ON licenses (tenant_id, customer_id, id) WHERE customer_id IS NOT NULL;

CREATE TABLE leases (
    tenant_id  BIGINT  NOT NULL,
    license_id BIGINT  NOT NULL,
    feature    TEXT    NOT NULL, -- '' is the license itself
    device_id  BIGINT  NOT NULL,
    ends_at    BIGINT  NOT NULL,
    borrowed   BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (tenant_id, license_id, feature, device_id),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);
CREATE INDEX leases_live ON leases (tenant_id, license_id, feature, ends_at);

CREATE TABLE feature_grants (
    tenant_id  BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    feature    TEXT   NOT NULL,
    expires_at BIGINT NOT NULL DEFAULT 0,
    used       BIGINT NOT NULL DEFAULT 0,
    used_since BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, license_id, feature),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

CREATE TABLE license_users (
    tenant_id   BIGINT  NOT NULL,
    id          BIGINT  NOT NULL,
    product_id  BIGINT  NOT NULL,
    name        TEXT    NOT NULL,
    name_folded TEXT    NOT NULL,
    email       TEXT    NOT NULL DEFAULT '',
    banned      BOOLEAN NOT NULL DEFAULT FALSE,
    ban_reason  TEXT    NOT NULL DEFAULT '',
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, product_id, name_folded),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);

CREATE TABLE redemptions (
    tenant_id  BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    level      BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, license_id),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES license_users (tenant_id, id)
);
CREATE INDEX redemptions_by_user ON redemptions (tenant_id, user_id, license_id);

-- One trial per product and device.
CREATE TABLE trials (
    tenant_id   BIGINT NOT NULL,
    product_id  BIGINT NOT NULL,
    hardware_id TEXT   NOT NULL,
    license_id  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, product_id, hardware_id),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

-- What happened ------------------------------------------------------------------------------------

-- Calls answered, per month (UTC). It is shown, it never refuses.
CREATE TABLE api_usage (
    tenant_id BIGINT NOT NULL,
    month     TEXT   NOT NULL, -- 2026-03
    calls     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, month)
);

INSERT INTO id_clock (name, next) VALUES ('product_number', 0);
