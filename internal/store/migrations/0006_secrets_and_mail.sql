-- +goose Up

-- What proves who may look after a license: what its user chose, and what its administrator has.
CREATE TABLE license_secrets (
    tenant_id      BIGINT  NOT NULL,
    license_id     BIGINT  NOT NULL,
    password_hash  TEXT    NOT NULL DEFAULT '', -- '' is none yet
    admin_hash     TEXT    NOT NULL DEFAULT '', -- of the administrator's password, '' is none yet
    setup_key      BYTEA,                       -- sealed; sets the administrator's password; NULL is none yet
    reset_digest   BYTEA,                       -- keyed, of a code that counts as the password; NULL is none out
    reset_until    BIGINT  NOT NULL DEFAULT 0,
    admin_digest   BYTEA,                       -- the same for the administrator's password
    admin_until    BIGINT  NOT NULL DEFAULT 0,
    email          TEXT    NOT NULL DEFAULT '', -- given at the first activation
    data           TEXT    NOT NULL DEFAULT '', -- the vendor's own, up to 200 characters
    PRIMARY KEY (tenant_id, license_id),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

-- Notes that an app keeps about a license, with their history.
CREATE TABLE info_tags (
    tenant_id  BIGINT NOT NULL,
    license_id BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    tag        BYTEA  NOT NULL, -- sealed
    at         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, license_id, id),
    FOREIGN KEY (tenant_id, license_id) REFERENCES licenses (tenant_id, id)
);

-- Units that a license, or a buyer by their address, may spend.
CREATE TABLE credits (
    tenant_id  BIGINT NOT NULL,
    license_id BIGINT NOT NULL, -- 0 where they are a buyer's
    email      TEXT   NOT NULL, -- folded; '' where they are a license's
    product_id BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    amount     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, license_id, email, product_id, name),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);
CREATE INDEX credits_by_name ON credits (tenant_id, product_id, name);

-- Mail -----------------------------------------------------------------------------------------------

-- What is to be sent, and what was. It is stored with the change that it tells of, and written when it is sent.
CREATE TABLE mails (
    tenant_id  BIGINT NOT NULL REFERENCES tenants (id),
    id         BIGINT NOT NULL,
    product_id BIGINT NOT NULL DEFAULT 0, -- 0 is about no product
    license_id BIGINT NOT NULL DEFAULT 0,
    kind       TEXT   NOT NULL,
    recipient  TEXT   NOT NULL,
    data       BYTEA,                     -- what is merged into the text, sealed; NULL once it was sent
    state      TEXT   NOT NULL,           -- waiting, sending, sent or failed
    created_at BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,           -- no try before; of one that is being sent, when it is given to another
    until_at   BIGINT NOT NULL,           -- no try after
    attempts   BIGINT NOT NULL DEFAULT 0,
    ended_at   BIGINT NOT NULL DEFAULT 0, -- when it was sent, or given up
    last_error TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX mails_by_state ON mails (tenant_id, state, id);
CREATE INDEX mails_waiting ON mails (next_at, id) WHERE state IN ('waiting', 'sending');

-- The vendor's own words for a kind of mail: of a product, or with product_id 0 of all of them.
CREATE TABLE mail_templates (
    tenant_id  BIGINT NOT NULL REFERENCES tenants (id),
    product_id BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    body       TEXT   NOT NULL, -- plain text
    html       TEXT   NOT NULL DEFAULT '', -- '' is made of the plain text
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, product_id, kind)
);

-- Whom mails come from: of a product, or with product_id 0 of all of them.
CREATE TABLE mail_senders (
    tenant_id  BIGINT NOT NULL REFERENCES tenants (id),
    product_id BIGINT NOT NULL,
    address    TEXT   NOT NULL,
    name       TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, product_id)
);
