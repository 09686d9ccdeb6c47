-- +goose Up

-- What apps identify themselves with: an API key and a shared key, or a client id and its secret. The server
-- signs with the secret too, so it is sealed, not hashed.
CREATE TABLE app_keys (
    tenant_id  BIGINT  NOT NULL REFERENCES tenants (id),
    id         BIGINT  NOT NULL,
    kind       TEXT    NOT NULL, -- hmac or oauth
    name       TEXT    NOT NULL,
    public_id  TEXT    NOT NULL UNIQUE, -- what the app sends
    secret     BYTEA   NOT NULL,
    read_only  BOOLEAN NOT NULL DEFAULT FALSE,
    product_id BIGINT, -- the only product it is for, NULL is every one
    created_at BIGINT  NOT NULL,
    revoked_at BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);

-- Key pairs that answers are signed with: one of each purpose is in use.
CREATE TABLE signing_keys (
    tenant_id   BIGINT NOT NULL REFERENCES tenants (id),
    id          BIGINT NOT NULL,
    purpose     TEXT   NOT NULL,
    algorithm   TEXT   NOT NULL,
    public_key  TEXT   NOT NULL,
    private_key BYTEA  NOT NULL, -- sealed
    created_at  BIGINT NOT NULL,
    retired_at  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, purpose, id)
);
CREATE UNIQUE INDEX signing_keys_in_use ON signing_keys (tenant_id, purpose) WHERE retired_at = 0;

-- The key pair by which a license is activated without a network.
CREATE TABLE air_gap_keys (
    tenant_id  BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    scalar     BYTEA  NOT NULL, -- sealed
    PRIMARY KEY (tenant_id, license_id),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

-- Requests that travel by file, each good for once.
CREATE TABLE offline_requests (
    tenant_id  BIGINT NOT NULL,
    request_id TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, request_id)
);

-- People who use licenses. A user belongs to one product, or with product_id 0 to the whole tenant. A license
-- may have several users.
DROP INDEX redemptions_by_user;
ALTER TABLE redemptions RENAME TO redemptions_before;
ALTER TABLE license_users RENAME TO license_users_before;

CREATE TABLE license_users (
    tenant_id        BIGINT  NOT NULL REFERENCES tenants (id),
    id               BIGINT  NOT NULL,
    product_id       BIGINT  NOT NULL,
    name             TEXT    NOT NULL,
    name_folded      TEXT    NOT NULL,
    email            TEXT    NOT NULL DEFAULT '',
    first_name       TEXT    NOT NULL DEFAULT '',
    last_name        TEXT    NOT NULL DEFAULT '',
    phone            TEXT    NOT NULL DEFAULT '',
    customer_id      BIGINT,
    password_hash    TEXT    NOT NULL DEFAULT '', -- '' is no password
    password_hashes  TEXT    NOT NULL DEFAULT '', -- recent ones, one a line, newest first
    initial_password BYTEA,                       -- sealed, NULL once the user has changed it
    banned           BOOLEAN NOT NULL DEFAULT FALSE,
    ban_reason       TEXT    NOT NULL DEFAULT '',
    created_at       BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, product_id, name_folded),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
);
CREATE INDEX license_users_by_customer ON license_users (tenant_id, customer_id, id) WHERE customer_id IS NOT NULL;

CREATE TABLE redemptions (
    tenant_id  BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    level      BIGINT NOT NULL,
    started_at BIGINT NOT NULL, -- 0 is assigned and not used yet
    expires_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, license_id, user_id),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES license_users (tenant_id, id)
);
CREATE INDEX redemptions_by_user ON redemptions (tenant_id, user_id, license_id);

INSERT INTO license_users (tenant_id, id, product_id, name, name_folded, email, banned, ban_reason, created_at)
SELECT tenant_id, id, product_id, name, name_folded, email, banned, ban_reason, created_at FROM license_users_before;
INSERT INTO redemptions (tenant_id, license_id, user_id, level, started_at, expires_at)
SELECT tenant_id, license_id, user_id, level, started_at, expires_at FROM redemptions_before;
DROP TABLE redemptions_before;
DROP TABLE license_users_before;

-- Devices ------------------------------------------------------------------------------------------

ALTER TABLE devices ADD COLUMN user_id BIGINT NOT NULL DEFAULT 0; -- who activated it, 0 is nobody known
ALTER TABLE devices ADD COLUMN info TEXT NOT NULL DEFAULT '';     -- what else the client told of it, as JSON
CREATE INDEX devices_by_user ON devices (tenant_id, license_id, user_id) WHERE user_id > 0;
-- Not WHERE bound_to = 'hwid' too: SQLite would prepare each look for a device anew, to see whether its argument fits.
CREATE INDEX devices_by_hardware ON devices (tenant_id, bound_value, license_id) WHERE active = TRUE;

CREATE TABLE device_variables (
    tenant_id  BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    device_id  BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    id         BIGINT NOT NULL,
    value      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, license_id, device_id, name),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

-- Buyers -------------------------------------------------------------------------------------------

-- A company whose people sign in at an identity provider of their own.
CREATE TABLE customer_accounts (
    tenant_id     BIGINT NOT NULL REFERENCES tenants (id),
    id            BIGINT NOT NULL,
    code          TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    issuer        TEXT   NOT NULL DEFAULT '', -- of OpenID Connect, '' is no single sign-on
    client_id     TEXT   NOT NULL DEFAULT '',
    client_secret BYTEA, -- sealed
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code)
);

ALTER TABLE customers ADD COLUMN first_name TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN last_name TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN city TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN postcode TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN country TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN metadata TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN account_id BIGINT NOT NULL DEFAULT 0; -- 0 is none

-- What is sold -------------------------------------------------------------------------------------

-- A bundle is a product that stands for others: its licenses share one key.
ALTER TABLE products ADD COLUMN bundle BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE products ADD COLUMN custom_fields TEXT NOT NULL DEFAULT ''; -- their names and defaults, as JSON
ALTER TABLE licenses ADD COLUMN custom_fields TEXT NOT NULL DEFAULT ''; -- their values, as JSON
ALTER TABLE licenses ADD COLUMN bundle_id BIGINT NOT NULL DEFAULT 0;    -- the license of the bundle it is part of, 0 is none

CREATE TABLE bundle_items (
    tenant_id  BIGINT NOT NULL,
    bundle_id  BIGINT NOT NULL, -- the product that is the bundle
    position   BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    policy_id  BIGINT NOT NULL DEFAULT 0, -- 0 is the default policy of the product
    PRIMARY KEY (tenant_id, bundle_id, product_id),
    FOREIGN KEY (tenant_id, bundle_id) REFERENCES products (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);
CREATE INDEX licenses_by_bundle ON licenses (tenant_id, bundle_id, id) WHERE bundle_id > 0;

CREATE TABLE product_versions (
    tenant_id        BIGINT  NOT NULL,
    product_id       BIGINT  NOT NULL,
    id               BIGINT  NOT NULL,
    version          TEXT    NOT NULL,
    channel          TEXT    NOT NULL DEFAULT '',
    environment      TEXT    NOT NULL DEFAULT '', -- win, mac, linux, …; '' is any
    url              TEXT    NOT NULL DEFAULT '',
    filename         TEXT    NOT NULL DEFAULT '',
    hash_md5         TEXT    NOT NULL DEFAULT '',
    eula_link        TEXT    NOT NULL DEFAULT '',
    notes_link       TEXT    NOT NULL DEFAULT '',
    size             TEXT    NOT NULL DEFAULT '',
    requires_version TEXT    NOT NULL DEFAULT '',
    enabled          BOOLEAN NOT NULL DEFAULT TRUE,
    released_at      BIGINT  NOT NULL,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, product_id, id),
    UNIQUE (tenant_id, product_id, version, environment, channel),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);
CREATE INDEX product_versions_by_release ON product_versions (tenant_id, product_id, released_at, id);

-- A trial of a user-based product is one for each device and address.
ALTER TABLE trials RENAME TO trials_before;
CREATE TABLE trials (
    tenant_id   BIGINT NOT NULL,
    product_id  BIGINT NOT NULL,
    hardware_id TEXT   NOT NULL,
    name_folded TEXT   NOT NULL DEFAULT '', -- of the license user, '' for a key
    license_id  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, product_id, hardware_id, name_folded),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);
INSERT INTO trials (tenant_id, product_id, hardware_id, license_id)
SELECT tenant_id, product_id, hardware_id, license_id FROM trials_before;
DROP TABLE trials_before;
