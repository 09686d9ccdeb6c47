-- +goose Up

-- What apps asked, by day and by how they were answered. It is shown, it decides nothing.
CREATE TABLE daily_calls (
    tenant_id  BIGINT NOT NULL,
    day        BIGINT NOT NULL, -- since 1970-01-01, in UTC
    product_id BIGINT NOT NULL, -- 0 is not known
    operation  TEXT   NOT NULL,
    reason     TEXT   NOT NULL, -- of a refusal; '' is allowed
    calls      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, day, product_id, operation, reason)
);
CREATE INDEX daily_calls_by_day ON daily_calls (day);

-- How many licenses there are of which kind, as they were counted last.
CREATE TABLE tenant_counts (
    tenant_id  BIGINT NOT NULL PRIMARY KEY REFERENCES tenants (id),
    counted_at BIGINT NOT NULL,
    took       BIGINT NOT NULL, -- microseconds
    body       TEXT   NOT NULL  -- JSON
);

-- Work that goes on behind a page.
CREATE TABLE platform_jobs (
    tenant_id  BIGINT NOT NULL REFERENCES tenants (id),
    id         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    state      TEXT   NOT NULL, -- waiting, running, done or failed
    done       BIGINT NOT NULL,
    total      BIGINT NOT NULL, -- 0 is unknown
    created_by TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL, -- when its process last said that it lives
    ended_at   BIGINT NOT NULL DEFAULT 0,
    result     TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
);

-- The last moment of use: the expiry, plus the grace of a subscription; 0 is never, as for a perpetual license that is no trial.
ALTER TABLE licenses ADD COLUMN ends_at BIGINT NOT NULL DEFAULT 0;
UPDATE licenses
   SET ends_at = (SELECT CASE WHEN CAST(terms.body AS JSONB) ->> 'type' = 'perpetual' AND COALESCE(CAST(CAST(terms.body AS JSONB) ->> 'trial' AS BOOLEAN), FALSE) = FALSE THEN 0
                              WHEN CAST(terms.body AS JSONB) ->> 'type' = 'subscription' THEN licenses.expires_at + COALESCE(CAST(CAST(terms.body AS JSONB) ->> 'grace_hours' AS BIGINT), 0) * 3600000000
                              ELSE licenses.expires_at END
                    FROM terms
                   WHERE terms.tenant_id = licenses.tenant_id AND terms.id = licenses.terms_id)
 WHERE expires_at > 0;

-- Licenses by their end and by their key, also those that have none, and those that lists are about which leave out most.
CREATE INDEX licenses_by_end ON licenses (tenant_id, ends_at, id);
CREATE INDEX licenses_banned ON licenses (tenant_id, redemption_blocked, id) WHERE redemption_blocked <> FALSE;
CREATE INDEX licenses_not_enabled ON licenses (tenant_id, standing, id) WHERE standing <> 'enabled';
CREATE INDEX licenses_keyless ON licenses (tenant_id, license_key, id) WHERE key_folded IS NULL;
DROP INDEX licenses_by_key;
CREATE INDEX licenses_by_key ON licenses (tenant_id, key_folded COLLATE "binary", id);

-- License users, and those of all products by what they are called.
CREATE INDEX license_users_by_product ON license_users (tenant_id, product_id, id);
CREATE INDEX license_users_by_any_name ON license_users (tenant_id, name_folded COLLATE "binary", id);
CREATE INDEX license_users_by_email ON license_users (tenant_id, email COLLATE "binary", id) WHERE email <> '';

-- What is locked now.
CREATE INDEX lockouts_permanent ON lockouts (tenant_id, audience, subject) WHERE permanent = TRUE;
CREATE INDEX lockouts_until ON lockouts (tenant_id, audience, locked_until) WHERE locked_until > 0;
