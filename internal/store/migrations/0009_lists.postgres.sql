-- +goose Up

-- Texts by their bytes, as SQLite compares them, whatever the language of the database: what begins with a prefix lies together.
CREATE COLLATION "binary" FROM "C";

-- Lists that are narrowed, and licenses by their key alone.
CREATE INDEX licenses_by_key ON licenses (tenant_id, key_folded COLLATE "binary", id) WHERE key_folded IS NOT NULL;
CREATE INDEX orders_by_status ON orders (tenant_id, status, id);
CREATE INDEX orders_by_reference ON orders (tenant_id, reference COLLATE "binary");
CREATE INDEX customers_by_email ON customers (tenant_id, email_folded COLLATE "binary");
CREATE INDEX license_users_by_name ON license_users (tenant_id, product_id, name_folded COLLATE "binary");
