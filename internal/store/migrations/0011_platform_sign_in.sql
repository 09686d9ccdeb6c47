-- +goose Up

-- Browsers in which people who work for vendors are signed in, or half so.
CREATE TABLE web_sessions (
    token_hash BYTEA   NOT NULL PRIMARY KEY, -- SHA-256 of what the browser holds
    id         BIGINT  NOT NULL,             -- what lists show
    user_id    BIGINT  NOT NULL REFERENCES platform_users (id),
    tenant_id  BIGINT  NOT NULL,             -- whose pages are looked at; 0 is the first one
    pending    BOOLEAN NOT NULL,             -- the second factor was not shown yet
    address    TEXT    NOT NULL,
    agent      TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    seen_at    BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL
);
CREATE UNIQUE INDEX web_sessions_by_user ON web_sessions (user_id, id);
CREATE INDEX web_sessions_by_end ON web_sessions (expires_at);

-- What people who work for vendors make codes from. The secrets are sealed.
CREATE TABLE user_factors (
    user_id       BIGINT NOT NULL PRIMARY KEY REFERENCES platform_users (id),
    secret        BYTEA,                     -- NULL is none
    since         BIGINT NOT NULL DEFAULT 0,
    step          BIGINT NOT NULL DEFAULT 0, -- of the last code that was taken
    pending       BYTEA,                     -- what becomes the secret once a code of it was seen
    pending_until BIGINT NOT NULL DEFAULT 0
);

-- What stands for such a code, once.
CREATE TABLE user_recovery_codes (
    user_id BIGINT NOT NULL REFERENCES platform_users (id),
    digest  BYTEA  NOT NULL, -- keyed
    PRIMARY KEY (user_id, digest)
);

-- Keys that people who work for vendors sign in with (WebAuthn).
CREATE TABLE passkeys (
    user_id         BIGINT  NOT NULL REFERENCES platform_users (id),
    id              BIGINT  NOT NULL,
    credential_id   BYTEA   NOT NULL UNIQUE,
    public_key      BYTEA   NOT NULL, -- COSE
    name            TEXT    NOT NULL,
    aaguid          BYTEA   NOT NULL, -- which kind of authenticator it says it is
    transports      TEXT    NOT NULL, -- separated by blanks
    sign_count      BIGINT  NOT NULL,
    backup_eligible BOOLEAN NOT NULL,
    backed_up       BOOLEAN NOT NULL,
    created_at      BIGINT  NOT NULL,
    used_at         BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, id)
);

-- Questions to passkeys that wait for their answer.
CREATE TABLE passkey_ceremonies (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    user_id    BIGINT NOT NULL, -- who adds a key; 0 is somebody who signs in
    state      BYTEA  NOT NULL, -- sealed
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_ceremonies_by_end ON passkey_ceremonies (expires_at);

-- Links by which people who work for vendors choose a new password. Asking for an account that is none leaves a row too.
CREATE TABLE password_resets (
    token_hash   BYTEA  NOT NULL PRIMARY KEY,
    email_folded TEXT   NOT NULL,
    user_id      BIGINT NOT NULL, -- 0 is nobody
    expires_at   BIGINT NOT NULL
);
CREATE INDEX password_resets_by_email ON password_resets (email_folded, expires_at);
CREATE INDEX password_resets_by_end ON password_resets (expires_at);

-- Who may join a tenant.
CREATE TABLE invitations (
    tenant_id    BIGINT NOT NULL REFERENCES tenants (id),
    id           BIGINT NOT NULL,
    email        TEXT   NOT NULL,
    email_folded TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    inviter      TEXT   NOT NULL, -- in words
    inviter_id   BIGINT NOT NULL, -- platform user; 0 is none
    token_hash   BYTEA  NOT NULL UNIQUE,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX invitations_by_email ON invitations (tenant_id, email_folded);
CREATE INDEX invitations_by_end ON invitations (expires_at);
