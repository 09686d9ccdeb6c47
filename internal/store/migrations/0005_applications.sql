-- +goose Up

-- Applications: products whose users sign in by themselves, with licenses that they redeem.
CREATE TABLE application_owners (
    tenant_id BIGINT NOT NULL PRIMARY KEY REFERENCES tenants (id),
    owner_id  TEXT   NOT NULL UNIQUE -- ten letters and digits, which apps send
);

CREATE TABLE applications (
    tenant_id   BIGINT  NOT NULL,
    product_id  BIGINT  NOT NULL,
    name        TEXT    NOT NULL,
    name_folded TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    download    TEXT    NOT NULL DEFAULT '',
    secret      BYTEA   NOT NULL, -- sealed
    disabled    BOOLEAN NOT NULL DEFAULT FALSE,
    paused_at   BIGINT  NOT NULL DEFAULT 0,
    settings    TEXT    NOT NULL DEFAULT '', -- as JSON
    created_at  BIGINT  NOT NULL,
    revision    BIGINT  NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, product_id),
    UNIQUE (tenant_id, name_folded),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);

-- What a redeemed license grants, by its level.
CREATE TABLE levels (
    tenant_id   BIGINT  NOT NULL,
    id          BIGINT  NOT NULL,
    product_id  BIGINT  NOT NULL,
    name        TEXT    NOT NULL,
    name_folded TEXT    NOT NULL,
    level       BIGINT  NOT NULL,
    paused      BOOLEAN NOT NULL DEFAULT FALSE,
    created_at  BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, product_id, name_folded),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);
CREATE INDEX levels_by_product ON levels (tenant_id, product_id, id);

-- One license may grant several levels to whoever redeems it.
DROP INDEX redemptions_by_user;
ALTER TABLE redemptions RENAME TO redemptions_before;
CREATE TABLE redemptions (
    tenant_id  BIGINT  NOT NULL,
    license_id BIGINT  NOT NULL,
    user_id    BIGINT  NOT NULL,
    level_id   BIGINT  NOT NULL DEFAULT 0, -- 0 is no level of an application
    level      BIGINT  NOT NULL,
    started_at BIGINT  NOT NULL,           -- 0 is assigned and not used yet
    expires_at BIGINT  NOT NULL DEFAULT 0,
    paused_at  BIGINT  NOT NULL DEFAULT 0, -- what was left then is left
    added      BOOLEAN NOT NULL DEFAULT FALSE, -- to what the user had: it is not what they came with
    PRIMARY KEY (tenant_id, license_id, user_id, level_id),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES license_users (tenant_id, id)
);
INSERT INTO redemptions (tenant_id, license_id, user_id, level, started_at, expires_at)
SELECT tenant_id, license_id, user_id, level, started_at, expires_at FROM redemptions_before;
DROP TABLE redemptions_before;
CREATE INDEX redemptions_by_user ON redemptions (tenant_id, user_id, license_id, level_id);
CREATE INDEX redemptions_by_level ON redemptions (tenant_id, level_id, expires_at) WHERE level_id > 0;

-- What is known of a license user of an application, besides what is known of every one.
CREATE TABLE application_users (
    tenant_id       BIGINT  NOT NULL,
    user_id         BIGINT  NOT NULL,
    product_id      BIGINT  NOT NULL,
    came_with       TEXT    NOT NULL DEFAULT '',    -- the key of the license that is their password too, folded
    address         TEXT    NOT NULL DEFAULT '',
    seen_at         BIGINT  NOT NULL DEFAULT 0,     -- last sign-in
    email_digest    BYTEA,                          -- keyed, NULL is none
    roams           BOOLEAN NOT NULL DEFAULT FALSE, -- the lock to a machine is not for them
    reset_after     BIGINT  NOT NULL DEFAULT 0,     -- they may reset their machine from then on
    muted_until     BIGINT  NOT NULL DEFAULT 0,     -- in chat
    totp_secret     BYTEA,                          -- sealed, NULL is no second factor
    totp_step       BIGINT  NOT NULL DEFAULT 0,     -- the last step a code was taken of
    pending_secret  BYTEA,                          -- sealed, until it is confirmed
    pending_until   BIGINT  NOT NULL DEFAULT 0,
    web_token       BYTEA,                          -- sealed, NULL is none; signs in without the password
    created_by      TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES license_users (tenant_id, id)
);
CREATE INDEX application_users_by_product ON application_users (tenant_id, product_id, user_id);
CREATE INDEX application_users_by_mute ON application_users (tenant_id, product_id, user_id) WHERE muted_until > 0;
CREATE INDEX application_users_by_email ON application_users (tenant_id, product_id, email_digest) WHERE email_digest IS NOT NULL;

-- Machines that a user signs in from. The first is theirs, others were added by the vendor.
CREATE TABLE user_hardware (
    tenant_id   BIGINT NOT NULL,
    user_id     BIGINT NOT NULL,
    hardware_id TEXT   NOT NULL,
    bound_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, hardware_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES license_users (tenant_id, id)
);

CREATE TABLE application_sessions (
    tenant_id  BIGINT NOT NULL,
    id_hash    BYTEA  NOT NULL, -- SHA-256 of what the app holds
    product_id BIGINT NOT NULL,
    user_id    BIGINT NOT NULL DEFAULT 0, -- 0 is nobody signed in yet
    enckey     TEXT   NOT NULL DEFAULT '',
    address    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id_hash)
);
CREATE INDEX application_sessions_by_end ON application_sessions (tenant_id, product_id, expires_at);
CREATE INDEX application_sessions_by_user ON application_sessions (tenant_id, user_id) WHERE user_id > 0;

-- Addresses and machines that are kept out, and addresses that are let in whatever else is said of them.
CREATE TABLE application_blocks (
    tenant_id  BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    kind       TEXT   NOT NULL, -- ip, hwid or allow
    value      TEXT   NOT NULL,
    reason     TEXT   NOT NULL DEFAULT '',
    user_id    BIGINT NOT NULL DEFAULT 0, -- whose ban it came with, 0 is nobody's; a machine may be kept out for several
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, product_id, kind, value, user_id)
);
CREATE INDEX application_blocks_by_user ON application_blocks (tenant_id, user_id) WHERE user_id > 0;

CREATE TABLE application_variables (
    tenant_id  BIGINT  NOT NULL,
    product_id BIGINT  NOT NULL,
    name       TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    authed     BOOLEAN NOT NULL, -- only for who is signed in
    PRIMARY KEY (tenant_id, product_id, name)
);

CREATE TABLE user_variables (
    tenant_id BIGINT  NOT NULL,
    user_id   BIGINT  NOT NULL,
    name      TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    read_only BOOLEAN NOT NULL DEFAULT FALSE, -- for the user's app
    PRIMARY KEY (tenant_id, user_id, name),
    FOREIGN KEY (tenant_id, user_id) REFERENCES license_users (tenant_id, id)
);

CREATE TABLE application_files (
    tenant_id  BIGINT  NOT NULL,
    product_id BIGINT  NOT NULL,
    id         TEXT    NOT NULL, -- six digits
    name       TEXT    NOT NULL,
    url        TEXT    NOT NULL,
    size       BIGINT  NOT NULL, -- bytes, when it was added
    authed     BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, product_id, id)
);

-- Addresses that the server asks for an app, so that the app need not know them.
CREATE TABLE application_webhooks (
    tenant_id  BIGINT  NOT NULL,
    product_id BIGINT  NOT NULL,
    id         TEXT    NOT NULL,
    base_url   BYTEA   NOT NULL, -- sealed: it often holds a secret
    host       TEXT    NOT NULL, -- scheme and host of it, which lists show
    user_agent TEXT    NOT NULL DEFAULT '',
    authed     BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, product_id, id)
);

CREATE TABLE application_logs (
    tenant_id  BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    message    TEXT   NOT NULL,
    credential TEXT   NOT NULL DEFAULT '', -- who was signed in
    machine    TEXT   NOT NULL DEFAULT '', -- as the app calls it
    address    TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, product_id, id)
);

CREATE TABLE chat_channels (
    tenant_id  BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    delay      BIGINT NOT NULL, -- seconds between two messages of a user
    PRIMARY KEY (tenant_id, product_id, name)
);

CREATE TABLE chat_messages (
    tenant_id  BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    channel    TEXT   NOT NULL,
    id         BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    author     TEXT   NOT NULL,
    message    TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, product_id, channel, id)
);

-- Buttons of a vendor's web loader.
CREATE TABLE application_buttons (
    tenant_id  BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    value      TEXT   NOT NULL,
    label      TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, product_id, value)
);

-- Managers and resellers of an application.
CREATE TABLE application_staff (
    tenant_id     BIGINT NOT NULL,
    product_id    BIGINT NOT NULL,
    name          TEXT   NOT NULL,
    name_folded   TEXT   NOT NULL,
    role          TEXT   NOT NULL, -- Manager or Reseller
    email         TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    levels        TEXT   NOT NULL DEFAULT '', -- that they may issue, '' is every one
    permissions   BIGINT NOT NULL DEFAULT 0,
    balance       TEXT   NOT NULL DEFAULT '', -- licenses by length, as JSON
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, product_id, name_folded)
);

-- Tokens that a program brings in a file of its own, where an application asks for them.
CREATE TABLE application_tokens (
    tenant_id  BIGINT  NOT NULL,
    product_id BIGINT  NOT NULL,
    token_hash BYTEA   NOT NULL,
    hint       TEXT    NOT NULL,
    holder     TEXT    NOT NULL DEFAULT '', -- whose it is, in the vendor's words
    file_hash  TEXT    NOT NULL DEFAULT '', -- of the first file it came in
    banned     BOOLEAN NOT NULL DEFAULT FALSE,
    ban_reason TEXT    NOT NULL DEFAULT '',
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, product_id, token_hash)
);

-- What a vendor's bots and shops identify themselves with.
CREATE TABLE seller_keys (
    tenant_id  BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    key_hash   BYTEA  NOT NULL UNIQUE,
    hint       TEXT   NOT NULL,
    scopes     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);
CREATE INDEX seller_keys_by_product ON seller_keys (tenant_id, product_id, id);

ALTER TABLE licenses ADD COLUMN created_by TEXT NOT NULL DEFAULT ''; -- in the vendor's words

-- A license can be removed: what refers to it must be found by it.
CREATE INDEX trials_by_license ON trials (tenant_id, license_id);
